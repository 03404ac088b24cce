"""Addresses of cultivate."""

from typing import Any

urlpatterns: list[Any] = []
