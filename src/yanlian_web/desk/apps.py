"""The desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Companies, people, meetings, promises, deals, agreements and landing."""

    name = "yanlian_web.desk"
    label = "desk"

    def ready(self) -> None:
        """Make the rules, forms and actions of all records known."""
        from yanlian_web.desk import actions, doings, sheets

        assert actions
        assert doings
        assert sheets
