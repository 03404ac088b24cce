"""Who must have a second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from yanlian_web.accounts.models import EVERYBODY, LEADERS, OFF, STRICTNESS, Policy
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import RIGHTS


def asked(office: Office) -> str:
    """Return what is asked: the stricter of the installation's and the office's word."""
    own = (
        Policy.objects.filter(office=office)
        .values_list("second_factor", flat=True)
        .first()
    )
    return max(settings.SECOND_FACTOR, own or OFF, key=STRICTNESS.index)


def must(member: Member | None) -> bool:
    """Tell whether a member must have a second factor."""
    if member is None:
        return False
    return concerns(asked(member.office), member)


def concerns(word: str, member: Member) -> bool:
    """Tell whether what an office asks concerns a member."""
    return word == EVERYBODY or (word == LEADERS and member.role in RIGHTS["admin"])


def has_factor(user: Any) -> bool:
    """Tell whether a user has a second factor; recovery codes alone are none."""
    found = Authenticator.objects.filter(user_id=user.pk)
    return bool(found.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())
