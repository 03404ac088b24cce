"""Looking at the workbench as another member: read only, and marked on every page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from yanlian_web.offices.models import Member

KEY = "looking_as"
# It ends by itself.
MOST_SECONDS = 3600
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What may be sent meanwhile: the end of it, signing out, and what only sets a cookie.
ALLOWED = frozenset(
    {"looking-end", "sign-out", "account_logout", "language", "numbers"}
)


class LookingMiddleware:
    """Say of each request as whom its sender looks, and let nothing be changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.looked_at = None
        kept = request.session.get(KEY)
        if not kept:
            return self.get_response(request)
        member = _looked_at(request, kept)
        if member is None:
            del request.session[KEY]
            return self.get_response(request)
        request.looked_at = member
        if request.method not in SAFE and _name(request) not in ALLOWED:
            request.member = member
            return render(request, "offices/looking.html", status=403)
        return self.get_response(request)


def _looked_at(request: Any, kept: Any) -> Member | None:
    """Return as whom one looks; None when it is over or not allowed any more."""
    own = getattr(request.user, "member", None)
    if own is None or time.time() - kept.get("since", 0) > MOST_SECONDS:
        return None
    found: Member | None = (
        Member.objects.select_related("office", "user")
        .filter(pk=kept.get("member"), office_id=own.office_id)
        .first()
    )
    if found is None or not may_look(own, found):
        return None
    found.looked_at = True
    return found


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def may_look(own: Member, other: Member) -> bool:
    """Tell whether a member may look at the workbench as another one.

    A head as anybody of the office. An administrator as anybody but a head: rows kept
    for oneself and the head are none of an administrator's business.
    """
    if own.pk == other.pk or own.office_id != other.office_id:
        return False
    if not other.user.is_active:
        return False
    return own.role == "head" or (own.role == "admin" and other.role != "head")
