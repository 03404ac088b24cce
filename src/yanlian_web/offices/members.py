"""Actions on members: who belongs to the office, in which role and team.

Each needs the right ``admin`` and writes one line of the log. Nobody is deleted: what
they have done stays theirs.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from yanlian.errors import Finding, YanlianError
from yanlian.text import N_, Say, say
from yanlian_web.offices.audit import noted
from yanlian_web.offices.middleware import may_look
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import ROLES, may

HEAD = "head"
MOST = {"username": 150, "name_en": 100, "name_zh": 100, "team": 100, "why": 500}


def _refuse(*findings: Finding) -> None:
    if findings:
        raise YanlianError(
            N_("Nothing was stored. %(count)s things are not right:"),
            findings=findings,
            count=len(findings),
        )


def _wrong(where: str, text: Say, code: str) -> Finding:
    return Finding(where, text, code=code)


def _open(by: Member, right: str = "admin") -> Office:
    """Check the right, and let one change of members of an office happen at a time."""
    if by.looked_at or not may(by, right):
        raise PermissionDenied
    return Office.objects.select_for_update().get(pk=by.office_id)


def _of_office(office: Office, pk: int) -> Member:
    found: Member | None = (
        Member.objects.select_related("user").filter(office=office, pk=pk).first()
    )
    if found is None:
        raise PermissionDenied
    return found


def _texts(**values: str) -> list[Finding]:
    """Return what is wrong with what was typed."""
    found = []
    for name, value in values.items():
        if len(value) > MOST[name]:
            text = say(
                N_("Found %(count)s characters. Expected at most %(most)s."),
                count=len(value),
                most=MOST[name],
            )
            found.append(_wrong(name, text, "member.long"))
        if any(not mark.isprintable() for mark in value):
            text = say(
                N_("Found characters that cannot be seen. Type the text anew."),
            )
            found.append(_wrong(name, text, "member.hidden"))
    return found


def _role(by: Member, role: str, now: str = "") -> list[Finding]:
    """Return what speaks against giving a role: only a head makes or unmakes a head."""
    if role not in ROLES:
        text = say(
            N_("Found %(role)s. Expected one of %(roles)s."),
            role=role[:40],
            roles=", ".join(ROLES),
        )
        return [_wrong("role", text, "member.role")]
    if HEAD in {role, now} and role != now and by.role != HEAD:
        text = say(N_("Only a head of the office gives or takes the role of a head."))
        return [_wrong("role", text, "member.head")]
    return []


def _other_heads(office: Office, member: Member) -> bool:
    return (
        Member.objects.filter(office=office, role=HEAD, user__is_active=True)
        .exclude(pk=member.pk)
        .exists()
    )


def _last_head() -> Finding:
    text = say(
        N_(
            "This is the only head of the office who can sign in. Make somebody else a "
            "head first."
        )
    )
    return _wrong("role", text, "member.last")


@transaction.atomic
def member_add(
    *,
    by: Member,
    username: str,
    role: str,
    team: str = "",
    name_en: str = "",
    name_zh: str = "",
) -> tuple[Member, str]:
    """Add a member who signs in with a first password, which is returned this once.

    Raises
    ------
    PermissionDenied
    YanlianError
        When the name is taken or not one to sign in with, or the role cannot be given.
    """
    office = _open(by)
    username, team = username.strip(), team.strip()
    name_en, name_zh = name_en.strip(), name_zh.strip()
    users: Any = get_user_model()
    found = _texts(username=username, team=team, name_en=name_en, name_zh=name_zh)
    found += _role(by, role)
    user = users(username=username)
    try:
        users._meta.get_field("username").clean(username, user)
    except ValidationError:
        text = say(
            N_(
                "Found %(name)s. Expected a name to sign in with: letters, digits and "
                "@ . + - _ only."
            ),
            name=username[:40] or "\u2013",
        )
        found.append(_wrong("username", text, "member.username"))
    if users.objects.filter(username__iexact=username).exists():
        text = say(
            N_("Somebody signs in as %(name)s already. Choose another name."),
            name=username,
        )
        found.append(_wrong("username", text, "member.taken"))
    _refuse(*found)
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save()
    made = Member.objects.create(
        user=user, office=office, role=role, team=team, name_en=name_en, name_zh=name_zh
    )
    noted(
        office, by.user, "offices.member.added", f"member:{made.pk}",
        username=username, role=role, team=team,
    )  # fmt: skip
    return made, password


@transaction.atomic
def member_change(
    *,
    by: Member,
    pk: int,
    role: str,
    team: str = "",
    name_en: str = "",
    name_zh: str = "",
) -> Member:
    """Change role, team and names of a member.

    Nobody gives themselves another role, but for a head who hands the role on; nobody
    but a head puts themselves into a team, by which they would see more.

    Raises
    ------
    PermissionDenied
    YanlianError
    """
    office = _open(by)
    member = _of_office(office, pk)
    values = {
        "role": role,
        "team": team.strip(),
        "name_en": name_en.strip(),
        "name_zh": name_zh.strip(),
    }
    found = _texts(**{k: v for k, v in values.items() if k != "role"})
    found += _role(by, role, member.role)
    own = member.pk == by.pk
    if own and role != member.role and not (by.role == HEAD and role in ROLES):
        text = say(
            N_("Nobody changes their own role. Ask the head or another administrator.")
        )
        found.append(_wrong("role", text, "member.own"))
    if own and values["team"] != member.team and by.role != HEAD:
        text = say(
            N_("Nobody but a head changes their own team. Ask the head of the office.")
        )
        found.append(_wrong("team", text, "member.team"))
    if member.role == HEAD and role != HEAD and not _other_heads(office, member):
        found.append(_last_head())
    _refuse(*found)
    changes = {
        name: [getattr(member, name), value]
        for name, value in values.items()
        if getattr(member, name) != value
    }
    if changes:
        for name, value in values.items():
            setattr(member, name, value)
        member.save(update_fields=list(values))
        noted(
            office, by.user, "offices.member.changed", f"member:{member.pk}",
            member=changes,
        )  # fmt: skip
    return member


@transaction.atomic
def member_disable(*, by: Member, pk: int, why: str) -> Member:
    """Let a member sign in no more; what they have done and own stays.

    Raises
    ------
    PermissionDenied
    YanlianError
        For the last head, for oneself, and without a reason.
    """
    office = _open(by)
    member = _of_office(office, pk)
    found = _texts(why=why.strip())
    if not why.strip():
        text = say(N_("Say why; it stands in the log."))
        found.append(_wrong("why", text, "member.why"))
    if member.pk == by.pk:
        text = say(N_("Nobody disables themselves. Ask the head or an administrator."))
        found.append(_wrong("", text, "member.self"))
    if member.role == HEAD and by.role != HEAD:
        found += _role(by, "reader", HEAD)
    if member.role == HEAD and not _other_heads(office, member):
        found.append(_last_head())
    _refuse(*found)
    if member.user.is_active:
        member.user.is_active = False
        member.user.save(update_fields=["is_active"])
        noted(
            office, by.user, "offices.member.disabled", f"member:{member.pk}",
            why=why.strip(),
        )  # fmt: skip
    return member


@transaction.atomic
def member_enable(*, by: Member, pk: int) -> Member:
    """Let a member sign in again; a head only by a head."""
    office = _open(by)
    member = _of_office(office, pk)
    if member.role == HEAD:
        _refuse(*_role(by, HEAD, "reader"))
    if not member.user.is_active:
        member.user.is_active = True
        member.user.save(update_fields=["is_active"])
        noted(office, by.user, "offices.member.enabled", f"member:{member.pk}")
    return member


@transaction.atomic
def looking_begin(*, by: Member, pk: int) -> Member:
    """Begin to look at the workbench as another member; see the middleware.

    Raises
    ------
    PermissionDenied
        When the right is missing, or it is somebody as whom one may not look.
    """
    office = _open(by)
    member = _of_office(office, pk)
    if not may_look(by, member):
        raise PermissionDenied
    noted(office, by.user, "offices.looking.began", f"member:{member.pk}")
    return member


def looking_end(*, by: Member, member: Member) -> None:
    """Write down that looking as another member has ended."""
    noted(by.office, by.user, "offices.looking.ended", f"member:{member.pk}")
