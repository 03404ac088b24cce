"""One box for everything; saved views; lists in every shape."""

from django.apps import AppConfig


class FindingConfig(AppConfig):
    """One box for everything; saved views; lists in every shape."""

    name = "yanlian_web.finding"
    label = "finding"

    def ready(self) -> None:
        """Keep the index with the records, and make saved views known."""
        from django.urls import reverse

        from yanlian_web.desk.models import KINDS
        from yanlian_web.desk.places import PLACES
        from yanlian_web.finding import indexing
        from yanlian_web.finding.models import SavedView

        KINDS[SavedView.kind] = SavedView
        PLACES[SavedView.kind] = lambda record: reverse("views")
        indexing.connect()
