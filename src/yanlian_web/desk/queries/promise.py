"""The record page of a promise."""

from __future__ import annotations

from typing import Any

from yanlian.progress.landing import evidence_kinds
from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.actions.promises import MOVED
from yanlian_web.desk.models import Evidence, Promise
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries.history import history_of
from yanlian_web.desk.queries.ledger import promise_rows
from yanlian_web.offices.models import Member

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
    """Return the page of a promise. Asks a fixed number of times."""
    row = promise_rows([promise])[0]
    lines = history_of(member, promise, LINES)
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
        "moves": sum(item.line.code == MOVED for item in lines),
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
