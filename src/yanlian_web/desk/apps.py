"""The app of the desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Companies of an office."""

    name = "yanlian_web.desk"
    default_auto_field = "django.db.models.BigAutoField"
