"""The desk."""

from pathlib import Path

from django.apps import AppConfig

from yanlian.text import add_sentences

SENTENCES = Path(__file__).parent.parent / "locale" / "parts"


class DeskConfig(AppConfig):
    """Companies, people, meetings, promises, deals, agreements and landing."""

    name = "yanlian_web.desk"
    label = "desk"

    def ready(self) -> None:
        """Make the rules, forms and actions of all records known, and what they say."""
        add_sentences(SENTENCES)
        from yanlian_web.desk import actions, doings, sheets

        assert actions
        assert doings
        assert sheets
        from yanlian_web.desk.models.events import sealed_of
        from yanlian_web.offices import audit

        if sealed_of not in audit.PARTS:
            audit.PARTS.append(sealed_of)
