"""What the desk adds to the record page of a company: group, people, work, timeline."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from yanlian.progress import promises as promise_rules
from yanlian.progress.landing import milestones
from yanlian.progress.stages import exits, stage
from yanlian.text import N_
from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.merged import refs_of
from yanlian_web.desk.models import (
    Agreement,
    Company,
    CompanyLink,
    Deal,
    Event,
    Meeting,
    Milestone,
    Post,
    Promise,
    Site,
    StageMove,
)
from yanlian_web.desk.models.base import seen_rows, spoken
from yanlian_web.desk.models.meetings import CANCELLED, PLANNED
from yanlian_web.offices.models import Member

# Levels of a group that are followed up and down, and companies shown on each.
LEVELS, PER_LEVEL = 4, 60
SHOWN = 40
PROMISES = 8
LINES = (
    ("", N_("All")),
    ("meetings", N_("Meetings")),
    ("promises", N_("Promises")),
    ("deals", N_("Deals")),
    ("news", N_("Facts and news")),
)
OPEN_STATES = frozenset({"open", "soon", "overdue"})


def desk_part(member: Member, company: Company, query: QueryDict) -> dict[str, Any]:
    """Return what the desk knows of a company.

    Asks a fixed number of times, and at most once for each level of its group.
    """
    day = today()
    as_of = _day(query.get("as_of", "")) or day
    posts = list(
        Post.objects.filter(company=company)
        .live()
        .filter(seen_rows(member, "person"), person__archived_on=None)
        .select_related("person")
        .order_by("person__sort", "pk")
    )
    deals = list(
        Deal.objects.filter(company=company)
        .seen_by(member)
        .live()
        .select_related("owner__user", "gap")
    )
    promises = list(
        Promise.objects.filter(company=company)
        .seen_by(member)
        .live()
        .order_by("-due_on", "-pk")[: 5 * SHOWN]
    )
    meetings = list(
        Meeting.objects.filter(company=company)
        .seen_by(member)
        .live()
        .exclude(state=CANCELLED)
        .select_related("owner__user")[: 5 * SHOWN]
    )
    checked = Event.objects.filter(
        office=company.office_id,
        subject__in=refs_of(company),
        kind__in=("checked", "filed"),
    ).order_by("-on", "-pk")
    return {
        "as_of": as_of,
        "tree": group_tree(member, company, as_of),
        "sites": list(
            Site.objects.filter(company=company).live().order_by("use", "pk")
        ),
        "posts": [p for p in posts if p.until is None or p.until >= day],
        "former_posts": [p for p in posts if p.until is not None and p.until < day],
        "promises": promise_rows(promises, day),
        "deals": [deal_row(deal) for deal in deals],
        "desk_line": _line(company, deals, promises, meetings, day),
        "met": sum(m.state != PLANNED for m in meetings),
        "last_checked": checked.values_list("on", flat=True).first(),
    }


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def deal_row(deal: Deal) -> dict[str, Any]:
    """Return a deal with the name of its stage and state."""
    state = exits()[deal.status]
    return {
        "deal": deal,
        "stage": spoken(stage(deal.stage).name),
        "state": spoken(state.name) if deal.status != "active" else "",
    }


def promise_rows(
    promises: Iterable[Promise], day: datetime.date
) -> list[dict[str, Any]]:
    """Return what is still to be kept, the most urgent first, then what was settled."""
    rows: list[dict[str, Any]] = []
    for promise in promises:
        state = promise_rules.state(promise.rule, day)
        rows.append(
            {
                "record": promise,
                "state": state,
                "label": promise_rules.LABELS[state],
                "late": promise_rules.days_late(promise.rule, day),
            }
        )
    open_ones = [row for row in rows if row["state"] in OPEN_STATES]
    open_ones.sort(key=lambda row: (row["record"].due_on, row["record"].pk))
    settled = [row for row in rows if row["state"] not in OPEN_STATES]
    return [*open_ones, *settled][: max(PROMISES, len(open_ones))][: 3 * PROMISES]


def group_tree(
    member: Member, company: Company, as_of: datetime.date
) -> list[dict[str, Any]]:
    """Return the companies above and below one in its group, as it was on a day.

    Returns
    -------
    list of dict
        ``company``, ``depth`` from 0, ``link`` to the one it hangs on (None for the
        company itself) and ``here``.
    """
    above = _levels(member, company, as_of, up=True)
    below = _levels(member, company, as_of, up=False)
    rows = [
        {"company": link.parent, "link": link, "depth": len(above) - 1 - n, "up": True}
        for n, level in reversed(list(enumerate(above)))
        for link in level
    ]
    rows.append({"company": company, "link": None, "depth": len(above), "here": True})
    children: dict[int, list[CompanyLink]] = {}
    for level in below:
        for link in level:
            children.setdefault(link.parent_id, []).append(link)

    def hang(pk: int, depth: int, path: frozenset[int]) -> None:
        for link in children.get(pk, ()):
            rows.append({"company": link.child, "link": link, "depth": depth})
            if link.child_id not in path:
                hang(link.child_id, depth + 1, path | {link.child_id})

    hang(company.pk, len(above) + 1, frozenset({company.pk}))
    return rows if len(rows) > 1 else []


def _levels(
    member: Member, company: Company, as_of: datetime.date, *, up: bool
) -> list[list[CompanyLink]]:
    """Return the relations of each level, the nearest first."""
    from_, to = ("child", "parent") if up else ("parent", "child")
    found: list[list[CompanyLink]] = []
    here, seen = {company.pk}, {company.pk}
    for _ in range(LEVELS):
        links = (
            CompanyLink.objects.filter(
                Q(since=None) | Q(since__lte=as_of),
                Q(until=None) | Q(until__gte=as_of),
                office=company.office_id,
                **{f"{from_}__in": here},
            )
            .live()
            .select_related(to)
            .order_by(f"{to}__sort", "pk")[:PER_LEVEL]
        )
        level = [
            link
            for link in links
            if getattr(link, to).pk not in seen and may_see(member, getattr(link, to))
        ]
        if not level:
            break
        found.append(level)
        here = {getattr(link, to).pk for link in level}
        seen |= here
    return found


def _line(
    company: Company,
    deals: list[Deal],
    promises: list[Promise],
    meetings: list[Meeting],
    day: datetime.date,
) -> list[dict[str, Any]]:
    """Return what happened at the desk and what is planned."""
    rows = [_met(meeting) for meeting in meetings]
    rows += [row for promise in promises for row in _promised(promise, day)]
    rows += _moved(deals)
    rows += _signed(company, deals)
    rows += _reached(deals)
    return rows


def _row(
    date: datetime.date, kind: str, group: str, code: str, **more: Any
) -> dict[str, Any]:
    return {
        "date": date.isoformat(),
        "kind": kind,
        "group": group,
        "code": code,
        "training": False,
        "source_url": "",
        **more,
    }


def _met(meeting: Meeting) -> dict[str, Any]:
    planned = meeting.state == PLANNED
    return _row(
        meeting.on,
        "plan" if planned else "event",
        "meetings",
        "meeting",
        record=meeting,
        who=meeting.owner,
        training=meeting.training,
    )


def _promised(promise: Promise, day: datetime.date) -> list[dict[str, Any]]:
    state = promise_rules.state(promise.rule, day)
    common = {"record": promise, "training": promise.training, "state": state}
    rows = [_row(promise.made_on, "fact", "promises", "promised", **common)]
    if state in OPEN_STATES:
        rows.append(_row(promise.due_on, "plan", "promises", "due", **common))
    elif state == "withdrawn" and promise.withdrawn_on:
        rows.append(
            _row(promise.withdrawn_on, "fact", "promises", "withdrawn", **common)
        )
    elif state == "broken" and promise.broken_on:
        rows.append(_row(promise.broken_on, "fact", "promises", "broken", **common))
    elif promise.kept_on:
        rows.append(_row(promise.kept_on, "fact", "promises", "kept", **common))
    return rows


def _moved(deals: list[Deal]) -> list[dict[str, Any]]:
    known = {deal.pk: deal for deal in deals}
    moves = StageMove.objects.filter(deal__in=known).select_related("by__user")
    return [
        _row(
            move.on,
            "fact",
            "deals",
            "moved" if move.from_stage else "opened",
            record=known[move.deal_id],
            stage=spoken(stage(move.to_stage).name),
            stage_code=move.to_stage,
            who=move.by,
            training=move.training,
        )
        for move in moves.order_by("-on", "-pk")[: 2 * SHOWN]
    ]


def _signed(company: Company, deals: list[Deal]) -> list[dict[str, Any]]:
    listed = Agreement.objects.filter(company=company).live().exclude(signed_on=None)
    seen = {deal.pk for deal in deals}
    return [
        _row(
            agreement.signed_on,
            "fact",
            "deals",
            "signed",
            record=agreement,
            binding=agreement.binding,
            training=agreement.training,
        )
        for agreement in listed[:SHOWN]
        if agreement.deal_id is None or agreement.deal_id in seen
    ]


def _reached(deals: list[Deal]) -> list[dict[str, Any]]:
    known = {deal.pk: deal for deal in deals}
    names = milestones()
    rows = []
    for item in Milestone.objects.filter(deal__in=known).live():
        date = item.reached_on or item.planned_on
        if date is not None:
            rows.append(
                _row(
                    date,
                    "fact" if item.reached_on else "plan",
                    "deals",
                    "reached" if item.reached_on else "planned",
                    record=item,
                    stage=spoken(names[item.code].name),
                    verified=item.verified_on is not None,
                    training=item.training,
                )
            )
    return rows
