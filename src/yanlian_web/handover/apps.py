"""Handover packs, reviews after a trip, reminders and calendar feeds."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """Handover packs, reviews after a trip, reminders and calendar feeds."""

    name = "yanlian_web.handover"
    label = "handover"

    def ready(self) -> None:
        """Make records, actions and what stands on the desk's pages known."""
        from yanlian_web.handover import actions, doings, places

        assert actions
        assert doings
        assert places
