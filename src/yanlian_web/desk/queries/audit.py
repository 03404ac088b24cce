"""The audit as its page shows it: every line, what was read of masked fields, the chain."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from yanlian.text import N_
from yanlian_web.desk.codes import sentence
from yanlian_web.desk.lists import EXPORTED, Column
from yanlian_web.desk.masks import OPENED, READ
from yanlian_web.desk.queries.history import lines_of
from yanlian_web.desk.queries.refs import named_refs
from yanlian_web.offices.audit import head
from yanlian_web.offices.models import LogLine, Member, Seal
from yanlian_web.offices.verifying import verify
from yanlian_web.ui.templatetags.yl import person, reader

SIZE = 50
# How many of the newest lines the page verifies; all of them the command line does.
NEWEST = 5000
# What one looks for, by the codes of lines: those that begin so, or are so.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("reads", N_("Masked data read or opened"), (READ, OPENED)),
    ("exports", N_("Taken along as files"), (EXPORTED, "archive.")),
    ("signing", N_("Signing in"), ("accounts.",)),
    ("members", N_("Members, looking as another"), ("offices.",)),
    ("merging", N_("Imports and merges"), ("intake.", "merging.")),
    ("changes", N_("Records"), ("desk.", "cultivate.", "handover.")),
)
COLUMNS = (
    Column(N_("Number"), "number"),
    Column(N_("Day and time"), "at"),
    Column(N_("Who"), "who"),
    Column(N_("Action"), "code"),
    Column(N_("In words"), "action"),
    Column(N_("Record"), "record"),
    Column(N_("Why"), "why"),
    Column(N_("Details"), "details"),
    Column(N_("Seal"), "hash"),
)


def lines_found(member: Member, query: QueryDict) -> models.QuerySet[LogLine]:
    """Return the lines that fit the filters: who, what, from, until, record."""
    lines = LogLine.objects.filter(office_id=member.office_id)
    who = query.get("who", "")
    if who == "program":
        lines = lines.filter(by=None)
    elif who.isdigit():
        lines = lines.filter(by__member=int(who))
    group = next((codes for key, _, codes in GROUPS if key == query.get("what")), None)
    if group is not None:
        fits = models.Q()
        for code in group:
            # Between the dot and the character after it: by the index of codes.
            fits |= (
                models.Q(code__gte=code, code__lt=code[:-1] + "/")
                if code.endswith(".")
                else models.Q(code=code)
            )
        lines = lines.filter(fits)
        if query.get("what") == "changes":
            lines = lines.exclude(code__in=(READ, OPENED, EXPORTED))
    for key, sign in (("from", "gte"), ("until", "lt")):
        day = _day(query.get(key, ""))
        if day is not None:
            if key == "until":
                day += datetime.timedelta(days=1)
            start = timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
            lines = lines.filter(**{f"at__{sign}": start})
    ref = query.get("record", "").strip()[:60]
    if ref:
        # That lines are about a record one may not see is not told by asking for it.
        lines = lines.none() if hidden_ref(member, ref) else lines.filter(subject=ref)
    return lines


def hidden_ref(member: Member, ref: str) -> bool:
    """Tell whether a reference is that of a record the member may not see."""
    return named_refs(member, [ref])[ref].hidden


def _day(text: str) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def audit_page(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a page of the audit and the state of the chain. Asks a fixed number of times."""
    lines = lines_found(member, query)
    before = query.get("before", "")
    if before.isdigit():
        lines = lines.filter(pk__lt=int(before))
    found = list(lines.select_related("by__member").order_by("-pk")[: SIZE + 1])
    count, newest = head(member.office)
    people = Member.objects.filter(office_id=member.office_id).select_related("user")
    verified = None
    if query.get("verify") == "yes":
        verified = verify(member.office, last=NEWEST)
    return {
        "rows": audit_rows(member, found[:SIZE]),
        "older": found[SIZE - 1].pk if len(found) > SIZE else None,
        "people": list(people),
        "groups": [(key, label) for key, label, _ in GROUPS],
        "count": count,
        "hash": newest,
        "newest": NEWEST,
        "verified": verified,
        "findings": [text.text(reader()) for text in verified.findings]
        if verified
        else [],
        "query": query,
    }


def audit_rows(member: Member, lines: list[LogLine]) -> list[dict[str, Any]]:
    """Return lines of the audit as they are shown; none is left out.

    Of a record the member may not see, the line says who did what and when, and not to
    which record.
    """
    shown = {line.line.pk: line for line in lines_of(member, lines)[0]}
    seals = {
        seal.line_id: seal
        for seal in Seal.objects.filter(line_id__in=[line.pk for line in lines])
    }
    refs = {ref for line in lines for ref in _read(line)}
    named = named_refs(member, refs)
    members = {
        f"member:{m.pk}": person(m)
        for m in Member.objects.filter(office_id=member.office_id).select_related(
            "user"
        )
    }
    rows = []
    for line in lines:
        item = shown.get(line.pk)
        read = [named[ref] for ref in _read(line)]
        rows.append(
            {
                "line": line,
                "l": item,
                "who": item.who if item else _who(line),
                "action": item.action if item else sentence(line.code),
                "hidden": item is None,
                "member": members.get(line.subject, ""),
                "read": [r for r in read if not r.hidden and r.ref != line.subject],
                "read_hidden": sum(r.hidden for r in read),
                "details": _details(line),
                "seal": seals.get(line.pk),
            }
        )
    return rows


def _read(line: LogLine) -> list[str]:
    read = line.data.get("read", {}) if isinstance(line.data, dict) else {}
    return list(read) if isinstance(read, dict) else []


def _who(line: LogLine) -> str:
    found = getattr(line.by, "member", None)
    if found is not None:
        return person(found)
    return line.by.get_username() if line.by else gettext("the program")


def _details(line: LogLine) -> str:
    """Return what else a line says of a file that was taken along or a member."""
    data = line.data if isinstance(line.data, dict) else {}
    if line.code == EXPORTED:
        return gettext("%(list)s, %(form)s, %(rows)s rows") % {
            "list": data.get("list", ""),
            "form": str(data.get("form", "")).upper(),
            "rows": data.get("rows", ""),
        }
    changes = data.get("member")
    if isinstance(changes, dict):
        return "; ".join(f"{key}: {old} → {new}" for key, (old, new) in changes.items())
    return ""


def export_rows(
    member: Member, lines: models.QuerySet[LogLine], most: int
) -> Iterator[dict[str, Any]]:
    """Return the rows of the file, newest first, in portions."""
    last: int | None = None
    left = most
    while left > 0:
        asked = lines if last is None else lines.filter(pk__lt=last)
        found = list(
            asked.select_related("by__member").order_by("-pk")[: min(left, 500)]
        )
        if not found:
            return
        last, left = found[-1].pk, left - len(found)
        for row in audit_rows(member, found):
            yield _exported(row)


def _exported(row: dict[str, Any]) -> dict[str, Any]:
    line, item, seal = row["line"], row["l"], row["seal"]
    record = item.record if item else None
    if row["hidden"]:
        subject = gettext("a record you may not see")
    elif record is not None:
        subject = f"{record.name} ({record.ref})"
    else:
        subject = row["member"] or line.subject
    read = ", ".join(f"{r.name} ({r.ref})" for r in row["read"])
    return {
        "number": seal.number if seal else None,
        "at": f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}",
        "who": row["who"],
        "code": line.code,
        "action": row["action"],
        "record": subject,
        "why": item.why if item else "",
        "details": row["details"] or read,
        "hash": seal.hash if seal else "",
        "training": line.training,
    }
