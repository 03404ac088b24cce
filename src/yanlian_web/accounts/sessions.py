"""Sessions of people: how long they last, how many there are, ending them."""

from __future__ import annotations

import time
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from yanlian_web.accounts.limits import agent, network
from yanlian_web.accounts.noting import note

# What a session keeps about itself.
KEPT = "yanlian"
# How often the last use is written down.
EVERY_SECONDS = 60


def begin(request: HttpRequest) -> None:
    """Write down when, where and in which browser a session began."""
    now = int(time.time())
    request.session[KEPT] = {
        "at": now,
        "seen": now,
        "network": network(request),
        "agent": agent(request),
    }


def ended_because(request: HttpRequest) -> str:
    """Return why a session is over, or nothing; notes that it is in use."""
    kept = request.session.get(KEPT)
    if kept is None:
        begin(request)
        return ""
    now = int(time.time())
    if now - kept["at"] > settings.SESSION_HOURS * 3600:
        return "old"
    if now - kept["seen"] > settings.SESSION_IDLE_MINUTES * 60:
        return "idle"
    if settings.SESSION_BOUND and kept["network"]:
        here = (network(request), agent(request))
        if here != (kept["network"], kept["agent"]):
            return "moved"
    if now - kept["seen"] >= EVERY_SECONDS:
        kept["seen"] = now
        request.session.modified = True
        UserSession.objects.filter(session_key=request.session.session_key).update(
            last_seen_at=timezone.now()
        )
    return ""


def sessions_of(user: Any) -> list[UserSession]:
    """Return the sessions of a user that are still open, the last used first."""
    found = list(UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk"))
    alive = set(
        Session.objects.filter(
            session_key__in=[one.session_key for one in found],
            expire_date__gt=timezone.now(),
        ).values_list("session_key", flat=True)
    )
    return [one for one in found if one.session_key in alive]


def end(user: Any, sessions: list[UserSession], *, why: str, by: Any) -> int:
    """End sessions of a user and write it down; return how many."""
    if not sessions:
        return 0
    keys = [one.session_key for one in sessions]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    note(user, "accounts.session.ended", by=by, why=why, count=len(keys))
    return len(keys)


def end_all(user: Any, *, why: str, by: Any, but: str = "") -> int:
    """End all sessions of a user but one."""
    found = [one for one in sessions_of(user) if one.session_key != but]
    return end(user, found, why=why, by=by)


def keep_most(request: HttpRequest) -> None:
    """End the sessions used longest ago when a person has more than are allowed."""
    user = request.user
    found = sessions_of(user)
    others = [s for s in found if s.session_key != request.session.session_key]
    end(user, others[settings.SESSIONS_MOST - 1 :], why="most", by=user)
