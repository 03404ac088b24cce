"""The app of data and their sources."""

from django.apps import AppConfig


class DataConfig(AppConfig):
    """Tables of the workspace and where they come from."""

    name = "yanlian_web.data"
