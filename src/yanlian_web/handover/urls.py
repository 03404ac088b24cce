"""Addresses of handover."""

from typing import Any

urlpatterns: list[Any] = []
