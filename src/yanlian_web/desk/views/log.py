"""The log of what people did."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.queries.history import log_page
from yanlian_web.offices.rights import need


@require_GET
@need("write")
def log(request: Any) -> HttpResponse:
    """List the lines of the log, newest first."""
    return render(request, "desk/log.html", log_page(request.member, request.GET))
