"""The home page of an officer: today, what falls due, what stops at a gate."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from yanlian.progress import stages
from yanlian_web.desk.acting import today
from yanlian_web.desk.gates import held_of, next_stage
from yanlian_web.desk.models import Attendance, Deal, Gap, Meeting, Trip
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries.deals import CODES, ageing_of, open_promises
from yanlian_web.desk.queries.home import SHOWN, due_row
from yanlian_web.offices.models import Member

DUE_SHOWN = 9
GATES_SHOWN = 6
# Of so many deals that stood longest it is asked when their company was last seen.
STALE_OF = 60
BEFORE_WIN = [c for c in CODES if stages.stage(c).order < stages.stage("S7b").order]


def officer_page(member: Member) -> dict[str, Any]:
    """Return the day of an officer. Asks a fixed number of times."""
    day = today()
    return {
        "today": day.isoformat(),
        "meetings": _today(member, day),
        "due": _mine_due(member, day),
        **_my_deals(member, day),
        "my_gaps": list(
            Gap.objects.seen_by(member)
            .live()
            .filter(Q(owner=member) | Q(owner=None), closed_on=None)
            .order_by(F("rank").asc(nulls_last=True), "pk")[:SHOWN]
        ),
        "trip": _next_trip(member, day),
    }


def _today(member: Member, day: datetime.date) -> list[dict[str, Any]]:
    rows = list(
        _with_me(member)
        .filter(on=day)
        .exclude(state="cancelled")
        .select_related("company", "organisation")
        .annotate(
            asked=Count("questions", distinct=True),
            made=Count("promises", distinct=True),
        )
        .order_by(F("start_min").asc(nulls_first=True), "pk")
    )
    # The first that is neither over nor written up is the one that is on.
    now = next((row for row in rows if row.state in {"planned", "draft"}), None)
    return [
        {"meeting": row, "now": row is now, "done": row.state == "final"}
        for row in rows
    ]


def _with_me(member: Member) -> QuerySet[Meeting]:
    """Return meetings a member owns or takes part in."""
    found: QuerySet[Meeting] = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(
            Q(owner=member)
            | Q(
                pk__in=Attendance.objects.filter(person__member=member).values(
                    "meeting_id"
                )
            )
        )
    )
    return found


def _mine_due(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return open promises of both sides that a member follows, by day. Asks twice."""
    mine = open_promises().filter(office_id=member.office_id, owner=member)
    rows = mine.select_related("company", "department").order_by("due_on", "pk")
    soon = dict(
        mine.filter(due_on__lte=day + datetime.timedelta(days=30))
        .order_by()
        .values_list("side")
        .annotate(n=Count("pk"))
    )
    return {
        "rows": [due_row(row, day) for row in rows[:DUE_SHOWN]],
        "ours": soon.get("ours", 0),
        "theirs": soon.get("theirs", 0),
    }


def _my_deals(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return what stops a member's deals at their gate, and who was not seen for long.

    Asks seven times, of the deals that stood longest at their stage.
    """
    deals = list(
        Deal.objects.seen_by(member)
        .live()
        .filter(owner=member, status="active")
        .select_related("company", "gap", "pipeline")
        .order_by("stage_on", "pk")[:STALE_OF]
    )
    held = held_of(deals)
    stopped: list[dict[str, Any]] = []
    for deal in deals:
        to = next_stage(deal)
        lacking = stages.missing(held[deal.pk], to) if to else ()
        if lacking and len(stopped) < GATES_SHOWN:
            stopped.append(
                {
                    "deal": deal,
                    "to": to,
                    "first": spoken(lacking[0].label),
                    "who": spoken(lacking[0].who),
                    "more": len(lacking) - 1,
                }
            )
    last = dict(
        Meeting.objects.filter(
            company__in={deal.company_id for deal in deals},
            on__lte=day,
        )
        .order_by()
        .values_list("company_id")
        # Inside the maximum, so that the database goes by the company alone.
        .annotate(last=Max("on", filter=Q(state="final", archived_on=None)))
    )
    stale = []
    for deal in deals:
        if deal.stage not in BEFORE_WIN:
            continue
        age = ageing_of(deal, day)
        since = (
            day - max(last.get(deal.company_id) or deal.stage_on, deal.stage_on)
        ).days
        if since > age["norm"]:
            name = spoken(stages.stage(deal.stage).name)
            stale.append(
                {"deal": deal, "days": since, "norm": age["norm"], "stage": name}
            )
    stale.sort(key=lambda row: -row["days"])
    return {"stopped": stopped, "stale": stale[:SHOWN], "stale_count": len(stale)}


def _next_trip(member: Member, day: datetime.date) -> dict[str, Any] | None:
    """Return the next trip with its visits; asks twice when there is one."""
    trip = (
        Trip.objects.seen_by(member)
        .live()
        .filter(from_on__gte=day, state="planned")
        .order_by("from_on", "pk")
        .first()
    )
    if trip is None:
        return None
    rows = Meeting.objects.filter(trip=trip, archived_on=None).select_related("company")
    return {
        "trip": trip,
        "days": (trip.from_on - day).days,
        "meetings": list(rows.order_by("on", "start_min")[:GATES_SHOWN]),
    }
