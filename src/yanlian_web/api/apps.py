"""REST interface with tokens and signed webhooks."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST interface with tokens and signed webhooks."""

    name = "yanlian_web.api"
    label = "api"
