"""Opening a list with the view its reader has chosen for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from yanlian_web.desk.models.base import OWN, TEAM
from yanlian_web.finding.actions import views_of
from yanlian_web.finding.lists import VIEWED


class FirstView:
    """Send who opens a list from elsewhere, without filters, to its first view.

    Whoever takes the last filter away on the list itself sees all of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Return the way to the view, or None to go on."""
        match = request.resolver_match
        if match is None or match.url_name not in VIEWED or request.method != "GET":
            return None
        if request.META.get("QUERY_STRING") or request.headers.get("HX-Request"):
            return None
        if urlsplit(request.headers.get("Referer", "")).path == request.path:
            return None
        member = getattr(request.user, "member", None)
        if member is None:
            return None
        order = {OWN: 0, TEAM: 1}
        listed = list(views_of(member, match.url_name))
        # The page shows them too and need not ask again.
        request.views_here = listed  # type: ignore[attr-defined]
        first = sorted(
            (found for found in listed if found.first and found.query),
            key=lambda found: order.get(found.visibility, 2),
        )
        if not first:
            return None
        return HttpResponseRedirect(f"{request.path}?{first[0].query}")
