"""What the rail of every page shows of the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from yanlian_web.desk.queries.rail import waiting


def rail(request: HttpRequest) -> dict[str, Any]:
    """Return how much work waits at each station; asked only when a page shows it."""
    member = getattr(request, "member", None)
    if member is None:
        return {"waiting": {}}
    return {"waiting": SimpleLazyObject(lambda: waiting(member))}
