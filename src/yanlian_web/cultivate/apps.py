"""Firms that are here: touch plans, issues, supplier book, readiness ladder."""

from django.apps import AppConfig


class CultivateConfig(AppConfig):
    """Firms that are here: touch plans, issues, supplier book, readiness ladder."""

    name = "yanlian_web.cultivate"
    label = "cultivate"
