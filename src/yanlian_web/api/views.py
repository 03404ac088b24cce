"""Pages of tokens and webhooks, and what the interface answers elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from yanlian_web.api.v1.problems import problem


@csrf_exempt
def absent(request: Any, rest: str) -> HttpResponse:
    """Say in the form of the interface that there is nothing here."""
    return problem(request, 404)
