"""Everything out in open formats and in again; one person's data out or erased."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """Everything out in open formats and in again; one person's data out or erased."""

    name = "yanlian_web.archive"
    label = "archive"
