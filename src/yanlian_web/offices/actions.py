"""Actions on offices and what is there from the start."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from yanlian import job
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import ROLES

# What the first members are called until somebody gives them their names.
FIRST_NAMES = {
    "reader": ("Reader", "\u67e5\u9605\u4eba"),
    "officer": ("Officer", "\u7ecf\u529e\u4eba"),
    "admin": ("Administrator", "\u7ba1\u7406\u5458"),
    "head": ("Head of office", "\u4e3b\u4efb"),
}


def log(
    office: Office, code: str, *, by: Any = None, subject: str = "", **data: Any
) -> None:
    """Add one line to the log of an office."""
    noted(office, by, code, subject, **data)


@transaction.atomic
def office_open(*, folder: Path) -> Office:
    """Return the office of a workspace folder; make it on first sight.

    Only the command line calls this, as the person who owns the machine.
    """
    settings = job.read_settings(folder)
    office, made = Office.objects.get_or_create(
        workspace=str(folder.resolve()),
        defaults={
            "slug": f"{folder.name[:30]}-{secrets.token_hex(3)}",
            "name_en": settings.get("name_en") or folder.name,
            "name_zh": settings.get("name_zh", ""),
            "region_id": settings.get("region", ""),
        },
    )
    if made:
        log(office, "offices.office.opened", subject=office.slug)
    return office


@transaction.atomic
def members_ensure(*, office: Office) -> dict[str, str]:
    """Make one member per role where the office has none; return their passwords.

    Returns
    -------
    dict of str to str
        Name and password of the members made now; passwords are shown once and only
        their hash is kept.
    """
    made: dict[str, str] = {}
    if office.members.exists():
        return made
    users = get_user_model()
    for role in reversed(ROLES):
        name = role
        if users.objects.filter(username=name).exists():
            name = f"{role}-{office.slug}"
        password = secrets.token_urlsafe(9)
        user = users.objects.create_user(username=name, password=password)
        en, zh = FIRST_NAMES[role]
        Member.objects.create(
            user=user, office=office, role=role, name_en=en, name_zh=zh
        )
        made[name] = password
    log(office, "offices.members.made", names=list(made))
    return made
