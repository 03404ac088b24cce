"""Addresses of merging."""

from typing import Any

urlpatterns: list[Any] = []
