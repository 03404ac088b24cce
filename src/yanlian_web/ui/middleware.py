"""Turning errors of the library into a page that says what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from yanlian.errors import ParamError, StoreError, YanlianError


class ErrorMiddleware:
    """Show a :class:`YanlianError` as a page in the reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """Return the page, or None for an error of another kind."""
        if not isinstance(error, YanlianError):
            return None
        lang = "zh" if (get_language() or "").startswith("zh") else "en"
        status = 422 if isinstance(error, ParamError) else 404
        if not isinstance(error, (ParamError, StoreError)):
            status = 409
        lines = error.text(lang).splitlines()
        return render(
            request,
            "ui/error.html",
            {"head": lines[0], "lines": lines[1:]},
            status=status,
        )
