"""The app of the page shell."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Shell, components and static sources."""

    name = "yanlian_web.ui"
