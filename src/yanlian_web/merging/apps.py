"""Two companies that are one, side by side; merged, and taken apart again."""

from django.apps import AppConfig


class MergingConfig(AppConfig):
    """Two companies that are one, side by side; merged, and taken apart again."""

    name = "yanlian_web.merging"
    label = "merging"
