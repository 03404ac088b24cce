"""One box for everything; saved views; lists in every shape."""

from django.apps import AppConfig


class FindingConfig(AppConfig):
    """One box for everything; saved views; lists in every shape."""

    name = "yanlian_web.finding"
    label = "finding"

    def ready(self) -> None:
        """Keep the index with the records, and make saved views known."""
        from yanlian_web.finding import indexing

        indexing.connect()
