"""Addresses of archive."""

from typing import Any

urlpatterns: list[Any] = []
