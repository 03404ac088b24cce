"""What the pages of the account and of the members show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Count, Max
from django.http import HttpRequest
from django.utils import timezone

from yanlian_web.accounts import sessions
from yanlian_web.accounts.limits import network_of
from yanlian_web.accounts.models import FACTORS, STRICTNESS, Link
from yanlian_web.accounts.policy import asked, concerns, must
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import MemberRequest

# How browsers name themselves; the first that is found counts.
BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("WeChat", re.compile(r"MicroMessenger/(\d+)")),
    ("360", re.compile(r"(?:QIHU|360SE|360EE)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS|Chromium)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+).*Safari/")),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str) -> str:
    """Return a short name of a browser and its system."""
    name = next(
        (
            " ".join([word, *(g for g in found.groups() if g)])
            for word, pattern in BROWSERS
            if (found := pattern.search(agent))
        ),
        "",
    )
    system = next((word for mark, word in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (name, system) if part)


@dataclass(frozen=True)
class Open:
    """An open session as it is shown."""

    pk: int
    here: bool
    browser: str
    network: str
    since: Any
    seen: Any


def account_page(request: HttpRequest) -> dict[str, Any]:
    """Return what the page of one's account shows."""
    user: Any = request.user
    here = request.session.session_key
    factors = {a.type: a for a in Authenticator.objects.filter(user=user)}
    codes = factors.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "sessions": [
            Open(
                one.pk,
                one.session_key == here,
                browser(one.user_agent),
                network_of(one.ip),
                one.created_at,
                one.last_seen_at,
            )
            for one in sessions.sessions_of(user)
        ],
        "totp": factors.get(Authenticator.Type.TOTP),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "must": must(getattr(user, "member", None)),
        "has_password": user.has_usable_password(),
        "sso": settings.SINGLE_SIGN_ON and _sso_name(),
        "connected": settings.SINGLE_SIGN_ON
        and SocialAccount.objects.filter(user=user).exists(),
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "hours": settings.SESSION_HOURS,
        "most": settings.SESSIONS_MOST,
    }


def _sso_name() -> str:
    return str(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["name"])


def sso() -> str:
    """Return the name of the single sign-on; nothing when there is none."""
    return _sso_name() if settings.SINGLE_SIGN_ON else ""


@dataclass(frozen=True)
class Row:
    """A member as the list shows them."""

    member: Member
    name: str
    active: bool
    me: bool
    factor: bool
    must: bool
    password: bool
    sessions: int
    last: Any
    link_until: Any
    helped: bool


def access_page(request: MemberRequest) -> dict[str, Any]:
    """Return what the page of the members' sign-in shows."""
    by = request.member
    office = by.office
    members = list(
        office.members.select_related("user").order_by("user__username", "pk")
    )
    users = [member.user_id for member in members]
    now = timezone.now()
    factors = set(
        Authenticator.objects.filter(user_id__in=users)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    opened = {
        row["user_id"]: row
        for row in UserSession.objects.filter(user_id__in=users)
        .values("user_id")
        .annotate(count=Count("pk"), last=Max("last_seen_at"))
    }
    waiting = dict(
        Link.objects.filter(
            user_id__in=users, closed_at=None, expires_at__gt=now
        ).values_list("user_id", "expires_at")
    )
    word = asked(office)
    rows = []
    for member in members:
        member.office = office
        user: Any = member.user
        found = opened.get(user.pk, {})
        rows.append(
            Row(
                member=member,
                name=user.get_username(),
                active=user.is_active,
                me=member.pk == by.pk,
                factor=user.pk in factors,
                must=concerns(word, member),
                password=user.has_usable_password(),
                sessions=found.get("count", 0),
                last=user.last_login,
                link_until=waiting.get(user.pk),
                helped=user.is_active and (by.role == "head" or member.role != "head"),
            )
        )
    lowest = STRICTNESS.index(settings.SECOND_FACTOR)
    return {
        "rows": rows,
        "factors": [f for f in FACTORS if STRICTNESS.index(f[0]) >= lowest],
        "asked": word,
        "fixed": settings.SECOND_FACTOR,
        "lacking": sum(row.must and not row.factor for row in rows),
    }
