"""Addresses of the interface, of tokens and of webhooks."""

from django.urls import path

from yanlian_web.api import views
from yanlian_web.api.v1.main import build

api = build()

urlpatterns = [
    path("api/v1/", api.urls),
    path("api/<path:rest>", views.absent, name="api-absent"),
]
