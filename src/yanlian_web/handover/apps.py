"""Handover packs, reviews after a trip, reminders and calendar feeds."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """Handover packs, reviews after a trip, reminders and calendar feeds."""

    name = "yanlian_web.handover"
    label = "handover"
