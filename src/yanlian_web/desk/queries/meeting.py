"""The record page of a meeting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, Prefetch, Q, Value, When

from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.actions.meetings import VISITS, returned
from yanlian_web.desk.masks import can_open, reading, veil
from yanlian_web.desk.models import (
    Attachment,
    Attendance,
    Fact,
    Meeting,
    Post,
    Promise,
    Question,
)
from yanlian_web.desk.models.base import OURS, THEIRS
from yanlian_web.desk.models.companies import FIELDS, HEADS
from yanlian_web.desk.queries.history import history_of
from yanlian_web.desk.queries.ledger import promise_rows, with_names
from yanlian_web.desk.queries.meetings import overlapping
from yanlian_web.offices.models import Member

LABELS = dict(FIELDS)
LINES = 30
# Of their side no rank is kept; who led and who received come first.
FIRST = Case(
    *(When(role=role, then=Value(n)) for n, role in enumerate(("leader", "host"))),
    When(role="interpreter", then=Value(9)),
    default=Value(5),
)


def meeting_of(meeting: Meeting) -> Meeting:
    """Return a meeting with all that its page names; asks once."""
    found: Meeting = Meeting.objects.select_related(
        "company",
        "organisation",
        "deal",
        "gap",
        "trip",
        "pair",
        "owner__user",
        "office",
    ).get(pk=meeting.pk)
    return found


def meeting_page(member: Member, meeting: Meeting) -> dict[str, Any]:
    """Return the page of a meeting. Asks a fixed number of times."""
    own = meeting.office_id == member.office_id
    other = returned(meeting)
    questions = list(
        Question.objects.seen_by(member).live().filter(meeting=meeting).order_by("order", "pk")
    )  # fmt: skip
    files = attached(meeting) if own else []
    made = with_names(
        Promise.objects.seen_by(member).live().filter(meeting=meeting)
    ).order_by("side", "due_on", "pk")
    with reading(member, "page") as read:
        masked = veil(read, meeting)
    return {
        "own": own,
        "masked": masked,
        "can_open": can_open(member, meeting),
        "sides": people_of(member, meeting),
        "seen": {
            name: record
            for name in ("gap", "trip", "deal")
            if (record := getattr(meeting, name)) is not None
            and may_see(member, record)
        },
        "questions": questions,
        "asked": sum(bool(q.answer_en or q.answer_zh) for q in questions),
        "learned": _learned(member, meeting),
        "promises": promise_rows(made),
        "pictures": [f for f in files if f.file.media_type.startswith("image/")],
        "files": [f for f in files if not f.file.media_type.startswith("image/")],
        "pair": other if other is not None and may_see(member, other) else None,
        "no_return": meeting.way in VISITS
        and meeting.state != "cancelled"
        and other is None,
        "overlaps": overlapping(meeting) if own else [],
        "file_count": len(files),
        "history": history_of(member, meeting, LINES) if own else [],
        "today": today(),
        "future": meeting.on > today(),
    }


def attached(meeting: Meeting) -> list[Attachment]:
    """Return the files on a meeting; asks once."""
    rows = Attachment.objects.filter(office_id=meeting.office_id, record=meeting.ref)
    return list(rows.select_related("file").order_by("pk"))


def people_of(member: Member, meeting: Meeting) -> list[dict[str, Any]]:
    """Return the people of both sides in order of precedence, with their posts then.

    Asks twice.
    """
    then = Q(since=None) | Q(since__lte=meeting.on)
    then &= Q(until=None) | Q(until__gte=meeting.on)
    posts = (
        Post.objects.live()
        .filter(then)
        .select_related("company", "organisation")
        .order_by(F("since").desc(nulls_last=True), "pk")
    )
    rows = (
        Attendance.objects.live()
        .filter(meeting=meeting)
        .select_related("person")
        .prefetch_related(Prefetch("person__posts", queryset=posts, to_attr="then"))
        .order_by(F("person__rank").asc(nulls_last=True), FIRST, "pk")
    )
    found: dict[str, list[dict[str, Any]]] = {THEIRS: [], OURS: []}
    for row in rows:
        seen = may_see(member, row.person)
        found[row.side].append(
            {
                "row": row,
                "person": row.person if seen else None,
                "posts": _posts(row.person.then, meeting) if seen else [],
            }
        )
    return [
        {"side": THEIRS, "people": found[THEIRS]},
        {"side": OURS, "people": found[OURS]},
    ]


def _posts(posts: Iterable[Post], meeting: Meeting) -> list[Post]:
    """Return the posts that matter at a meeting: those at its company first."""
    listed = sorted(posts, key=lambda p: p.company_id != meeting.company_id)
    return listed[:2]


def _learned(member: Member, meeting: Meeting) -> list[dict[str, Any]]:
    """Return what was learned, under the four heads first and then by field."""
    rows: dict[str, list[Fact]] = {}
    facts = Fact.objects.seen_by(member).live().filter(meeting=meeting).order_by("pk")
    for fact in facts:
        rows.setdefault(fact.field, []).append(fact)
    others = [code for code in rows if code not in HEADS]
    return [
        {"code": code, "label": LABELS.get(code, code), "rows": rows.get(code, [])}
        for code in (*HEADS, *others)
    ]
