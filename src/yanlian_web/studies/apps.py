"""The app of studies and their runs."""

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """Runs of studies and the pages made of them."""

    name = "yanlian_web.studies"
