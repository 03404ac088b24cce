"""What the pages of the archive show."""

from __future__ import annotations

from typing import Any

from yanlian_web.archive.carried import left_out, tables
from yanlian_web.archive.models import Passage
from yanlian_web.archive.persons import keeping, linked, mentions
from yanlian_web.desk.models import KINDS, Attachment, Person
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.ui.templatetags.yl import reader

# How many earlier exports are shown.
SHOWN = 20


def everything_page(member: Member) -> dict[str, Any]:
    """Return what an export of the office holds, and the exports there were."""
    labels = {model._meta.label.lower(): model.label for model in KINDS.values()}
    rows: list[dict[str, Any]] = []
    for table in tables():
        if table.path is None:
            continue
        count = table.rows(member.office).order_by().count()
        rows.append(
            {"name": table.name, "label": labels.get(table.name, ""), "count": count}
        )
    return {
        "tables": [row for row in rows if row["count"]],
        "empty": sum(not row["count"] for row in rows),
        "total": sum(int(row["count"]) for row in rows),
        "left_out": left_out(),
        "passages": list(
            Passage.objects.filter(office=member.office)
            .select_related("by__member")
            .order_by("-id")[:SHOWN]
        ),
    }


def personal_page(person: Person) -> dict[str, Any]:
    """Return what is kept about a person and what stands against erasing it."""
    labels = {model._meta.label.lower(): model.label for model in KINDS.values()}
    counts = [
        {"label": labels.get(table.name, table.name), "count": rows.count()}
        for table, rows in linked(person)
    ]
    lang = reader()
    return {
        "person": person,
        "counts": counts,
        "contacts": list(person.contacts.live().order_by("expires_on", "pk")),
        "files": Attachment.objects.filter(
            office_id=person.office_id, record=person.ref
        ).count(),
        "lines": LogLine.objects.filter(
            office_id=person.office_id, subject=person.ref
        ).count(),
        "mentions": mentions(person),
        "keeping": [finding.say.text(lang) for finding in keeping(person)],
        "refused": [],
        "why": "",
    }
