"""Firms that are here: touch plans, issues, supplier book, readiness ladder."""

from django.apps import AppConfig


class CultivateConfig(AppConfig):
    """Firms that are here: touch plans, issues, supplier book, readiness ladder."""

    name = "yanlian_web.cultivate"
    label = "cultivate"

    def ready(self) -> None:
        """Make the records, rules, forms, actions and chapters known to the desk."""
        from yanlian_web.cultivate import actions, doings, known, sheets

        known.tell_desk()
        assert actions
        assert doings
        assert sheets
