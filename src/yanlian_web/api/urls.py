"""Addresses of the interface, of tokens and of webhooks."""

from django.urls import path

from yanlian_web.api import views
from yanlian_web.api.v1.main import build

api = build()

urlpatterns = [
    path("api/v1/", api.urls),
    path("api/<path:rest>", views.absent, name="api-absent"),
    path("account/tokens/", views.tokens, name="api-tokens"),
    path(
        "account/tokens/<int:pk>/revoke/", views.token_revoke, name="api-token-revoke"
    ),
    path("webhooks/", views.webhooks, name="api-webhooks"),
    path("webhooks/<int:pk>/", views.webhook, name="api-webhook"),
    path("webhooks/<int:pk>/<int:delivery>/again/", views.again, name="api-again"),
]
