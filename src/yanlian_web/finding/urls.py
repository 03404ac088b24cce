"""Addresses of finding."""

from typing import Any

urlpatterns: list[Any] = []
