"""The app of offices and members."""

from django.apps import AppConfig


class OfficesConfig(AppConfig):
    """Offices, members, roles and rights."""

    name = "yanlian_web.offices"
    default_auto_field = "django.db.models.BigAutoField"
