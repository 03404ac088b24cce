"""Links that let a member set a password once."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from yanlian_web.accounts import sessions
from yanlian_web.accounts.models import Link
from yanlian_web.accounts.noting import note
from yanlian_web.offices.models import Member

# Where a session keeps the invitation while single sign-on is under way.
IN_SESSION = "accounts.link"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_make(*, member: Member, kind: str, by: Member | None) -> str:
    """Make a link for a member and return what stands in it; earlier ones are closed."""
    token = secrets.token_urlsafe(32)
    Link.objects.filter(user=member.user, closed_at=None).update(
        closed_at=timezone.now()
    )
    Link.objects.create(
        office=member.office,
        user=member.user,
        kind=kind,
        digest=_digest(token),
        made_by=by,
        expires_at=timezone.now() + datetime.timedelta(hours=settings.LINK_HOURS),
    )
    note(
        member.user,
        "accounts.link.made",
        by=by.user if by else None,
        kind=kind,
        hours=settings.LINK_HOURS,
    )
    return token


def link_of(token: str, *, lock: bool = False) -> Link | None:
    """Return the link that works now, or nothing: why it does not is never told."""
    found = Link.objects.select_related("user", "office")
    if lock:
        found = found.select_for_update(of=("self",))
    return found.filter(
        digest=_digest(token),
        closed_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    ).first()


@transaction.atomic
def link_use(token: str, *, password: str | None = None) -> Link | None:
    """Use a link up; set the password when one is given.

    Returns
    -------
    Link or None
        None when the link does not work, or does not any more.
    """
    link = link_of(token, lock=True)
    if link is None:
        return None
    link.closed_at = timezone.now()
    link.save(update_fields=["closed_at"])
    user: Any = link.user
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end_all(user, why="password", by=user)
    note(user, "accounts.link.used", by=user, kind=link.kind)
    return link
