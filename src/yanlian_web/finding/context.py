"""What every page shows of lists: saved views, the way through a list, what can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from yanlian_web.desk.neighbours import neighbours
from yanlian_web.desk.shapes import LISTS
from yanlian_web.finding.actions import views_of
from yanlian_web.finding.lists import VIEWED, normal, place
from yanlian_web.finding.models import SavedView
from yanlian_web.offices.models import Member

UNDO = "undo"


def lists(request: HttpRequest) -> dict[str, Any]:
    """Return views and steps; each is asked for only when a page shows it."""
    member = getattr(request, "member", None)
    if member is None or request.resolver_match is None:
        return {}
    here = request.resolver_match.url_name or ""
    found: dict[str, Any] = {
        "undo": SimpleLazyObject(lambda: request.session.pop(UNDO, None))
    }
    if here in VIEWED and request.method == "GET":
        known = getattr(request, "views_here", None)
        views = views_of(member, here) if known is None else known
        found["kept_views"] = _views(member, here, request.GET, views)
    elif request.GET.get("from") and here.endswith("-one"):
        found["steps"] = _steps(request, member, here)
    return found


def _views(
    member: Member, page: str, query: QueryDict, views: Iterable[SavedView]
) -> dict[str, Any]:
    now = normal(query)
    listed = [
        {
            "view": view,
            "href": f"{place(page)}?{view.query}" if view.query else place(page),
            "here": view.query == now,
            "own": view.owner_id == member.pk,
        }
        for view in views
    ]
    return {
        "page": page,
        "place": place(page),
        "label": VIEWED[page],
        "listed": listed,
        "query": now,
        # What is shown is a view already, or nothing but the list as it is.
        "plain": not now,
        "known": any(item["here"] for item in listed),
    }


def _steps(request: HttpRequest, member: Member, here: str) -> dict[str, Any] | None:
    """Return the records before and after in the list that ``from`` names."""
    page, _, filters = request.GET["from"].partition("?")
    listing = LISTS.get(page)
    match = request.resolver_match
    if listing is None or listing.one != here or match is None:
        return None
    pk = match.kwargs.get("pk")
    if pk is None:
        return None
    near = neighbours(listing, member, QueryDict(filters), pk)
    onward = "?" + urlencode({"from": request.GET["from"]})
    back = place(page) + (f"?{filters}" if filters else "")

    def one(found: int | None) -> str:
        return reverse(here, args=[found]) + onward if found else ""

    return {
        "label": listing.label,
        "back": back,
        "at": near["at"],
        "total": near["total"],
        "before": one(near["before"]),
        "after": one(near["after"]),
    }
