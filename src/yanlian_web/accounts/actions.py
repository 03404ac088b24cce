"""Actions on members and their sign-in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from yanlian_web.accounts import sessions
from yanlian_web.accounts.limits import code_key, name_key, opened
from yanlian_web.accounts.links import link_make
from yanlian_web.accounts.models import INVITATION, PASSWORD, Policy
from yanlian_web.accounts.noting import note
from yanlian_web.accounts.policy import has_factor, must
from yanlian_web.offices.members import member_add
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import may


def _guard(by: Member, member: Member | None = None) -> None:
    if by.looked_at or not may(by, "admin"):
        raise PermissionDenied
    if member is None:
        return
    if member.office_id != by.office_id:
        raise PermissionDenied
    # Whoever sets the password of a head could do what only a head may.
    if member.role == "head" and by.role != "head":
        raise PermissionDenied


@transaction.atomic
def member_invite(
    *,
    by: Member,
    username: str,
    role: str,
    name_en: str = "",
    name_zh: str = "",
    email: str = "",
) -> tuple[Member, str]:
    """Add a member who has no password yet.

    Returns
    -------
    Member
    str
        What stands in the link by which the member sets a password; shown once.

    Raises
    ------
    PermissionDenied
    YanlianError
        When the name is taken, or the role cannot be given.
    """
    _guard(by)
    member, _ = member_add(
        by=by, username=username, role=role, name_en=name_en, name_zh=name_zh
    )
    user: Any = member.user
    user.email = email
    user.set_unusable_password()
    user.save(update_fields=["email", "password"])
    return member, link_make(member=member, kind=INVITATION, by=by)


@transaction.atomic
def member_link(*, by: Member, member: Member) -> str:
    """Make a link by which a member sets a new password; shown once."""
    _guard(by, member)
    kind = PASSWORD if member.user.has_usable_password() else INVITATION
    return link_make(member=member, kind=kind, by=by)


@transaction.atomic
def member_sessions_end(*, by: Member, member: Member) -> int:
    """End all sessions of a member."""
    _guard(by, member)
    return sessions.end_all(member.user, why="admin", by=by.user)


@transaction.atomic
def member_factor_reset(*, by: Member, member: Member) -> None:
    """Take a member's second factor away, who has lost it; ends their sessions."""
    _guard(by, member)
    Authenticator.objects.filter(user=member.user).delete()
    note(member.user, "accounts.factor.reset", by=by.user)
    sessions.end_all(member.user, why="admin", by=by.user)


def member_unlock(*, request: HttpRequest, by: Member, member: Member) -> None:
    """Open an account that is closed after failed attempts."""
    _guard(by, member)
    opened(request, name_key(member.user.get_username()))
    opened(request, code_key(member.user.pk))
    note(member.user, "accounts.sign_in.unlocked", by=by.user)


@transaction.atomic
def policy_set(*, by: Member, second_factor: str) -> None:
    """Say who must have a second factor; who lacks it signs in anew and sets it up."""
    _guard(by)
    office: Office = by.office
    Policy.objects.update_or_create(
        office=office, defaults={"second_factor": second_factor}
    )
    note(by.user, "accounts.policy.set", by=by.user, second_factor=second_factor)
    for member in office.members.select_related("user", "office"):
        if member.pk != by.pk and must(member) and not has_factor(member.user):
            sessions.end_all(member.user, why="policy", by=by.user)
