"""Addresses of api."""

from typing import Any

urlpatterns: list[Any] = []
