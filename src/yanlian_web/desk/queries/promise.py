"""The record page of a promise."""

from __future__ import annotations

from typing import Any

from yanlian.progress.landing import evidence_kinds
from yanlian.text import N_
from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.models import Evidence, Promise
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries.ledger import promise_rows
from yanlian_web.offices.models import LogLine, Member

# What a line of the log is called on the page.
DONE = {
    "desk.promise.added": N_("entered"),
    "desk.promise.changed": N_("changed"),
    "desk.promise.moved": N_("new due day"),
    "desk.promise.kept": N_("kept, with paper"),
    "desk.promise.unkept": N_("keeping taken back"),
    "desk.promise.verified": N_("verified"),
    "desk.promise.broken": N_("broken"),
    "desk.promise.withdrawn": N_("withdrawn"),
    "desk.promise.archived": N_("archived"),
    "desk.promise.restored": N_("brought back"),
}
LINES = 60
LINKED = (
    "company", "deal", "gap", "meeting", "agreement", "person", "department", "owner",
    "kept_by", "verified_by",
)  # fmt: skip


def promise_of(promise: Promise) -> Promise:
    """Return a promise with all that its page names; asks once."""
    found: Promise = Promise.objects.select_related(
        *LINKED, "owner__user", "kept_by__user", "verified_by__user", "deal__company"
    ).get(pk=promise.pk)
    return found


def promise_page(member: Member, promise: Promise) -> dict[str, Any]:
    """Return the page of a promise. Asks twice beyond the promise itself."""
    row = promise_rows([promise])[0]
    lines = _history(promise)
    return {
        **row,
        "own": promise.office_id == member.office_id,
        "seen": {
            name: record
            for name in ("company", "deal", "gap", "meeting", "agreement", "person")
            if (record := getattr(promise, name)) is not None
            and may_see(member, record)
        },
        "papers": _papers(member, promise),
        "history": lines,
        "moves": sum(line["code"] == "desk.promise.moved" for line in lines),
        "today": today(),
    }


def _papers(member: Member, promise: Promise) -> list[dict[str, Any]]:
    names = evidence_kinds()
    rows = Evidence.objects.filter(promise=promise).select_related(
        "file", "made_by__user"
    )
    return [
        {"paper": row, "kind": spoken(names[row.sort_of].name)}
        for row in rows.order_by("pk")
        if may_see(member, row)
    ]


def _history(promise: Promise) -> list[dict[str, Any]]:
    """Return the lines of the log about a promise, newest first."""
    lines = LogLine.objects.filter(
        office_id=promise.office_id, subject=promise.ref
    ).select_related("by__member")
    found = []
    for line in lines[:LINES]:
        changes = line.data.get("changes", {}).get(promise.ref, {})
        due = changes.get("due_on") if line.code == "desk.promise.moved" else None
        found.append(
            {
                "code": line.code,
                "at": line.at,
                "by": getattr(line.by, "member", None),
                "label": DONE.get(line.code, N_("changed")),
                "why": line.data.get("why", "") or _why(changes),
                "due": due,
            }
        )
    return found


def _why(changes: dict[str, list[Any]]) -> str:
    """Return the reason that was stored with a promise."""
    for name in ("why", "archived_why"):
        if name in changes and changes[name][1]:
            return str(changes[name][1])
    return ""
