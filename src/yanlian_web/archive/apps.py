"""Everything out in open formats and in again; one person's data out or erased."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """Everything out in open formats and in again; one person's data out or erased."""

    name = "yanlian_web.archive"
    label = "archive"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make known what pages of the desk show of it."""
        from yanlian_web.archive import known  # noqa: F401
