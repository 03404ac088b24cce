"""The home page of a leader: what waits for a decision, the line, five columns."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    Q,
    Sum,
)

from yanlian.progress import stages
from yanlian.progress.landing import milestones
from yanlian.progress.money import agreement_kinds
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import (
    Agreement,
    Blocker,
    Company,
    Deal,
    Gap,
    Incentive,
    Meeting,
    Milestone,
    Payment,
    Promise,
    Trip,
)
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries.deals import (
    CODES,
    due_of,
    open_promises,
)
from yanlian_web.offices.models import Member, Office

SHOWN = 4
DECISIONS = 5
DUE_SHOWN = 9
GATES_SHOWN = 6
# Of so many deals that stood longest it is asked when their company was last seen.
STALE_OF = 60
QUARTERS = 8
LANDED = [c for c in CODES if stages.stage(c).order >= stages.stage("S8").order]
BEFORE_WIN = [c for c in CODES if stages.stage(c).order < stages.stage("S7b").order]
VISITS = ("outbound", "inbound")


def begun(office: Office) -> bool:
    """Tell whether the desk holds records; until then the home page teaches."""
    return (
        Office.objects.filter(pk=office.pk)
        .filter(
            Exists(Deal.objects.filter(office=office))
            | Exists(Promise.objects.filter(office=office))
            | Exists(Meeting.objects.filter(office=office))
            | Exists(Gap.objects.filter(office=office))
        )
        .exists()
    )


def leader_page(member: Member, planned: dict[str, Any] | None) -> dict[str, Any]:
    """Return the home page of a leader. Asks a fixed number of times.

    Parameters
    ----------
    member : Member
    planned : dict or None
        The home page of the studies; None before the main job has run.
    """
    day = today()
    gaps = _gaps(member, day)
    trips = _trips(member, day)
    promised = _promises(member, day)
    landing = _landing(member, day)
    risks = _risks(member, day)
    decisions = _decisions(member, day, gaps, promised, landing, planned)
    line = _line(member, day, gaps, promised, landing, planned)
    return {
        "today": day.isoformat(),
        "decisions": decisions,
        "line": line,
        "gaps": gaps,
        "trips": trips,
        "promised": promised,
        "landing": landing,
        "risks": risks,
    }


def _year(day: datetime.date) -> datetime.date:
    return day.replace(month=1, day=1)


def _gaps(member: Member, day: datetime.date) -> dict[str, Any]:
    rows = list(
        Gap.objects.seen_by(member)
        .live()
        .select_related("owner__user")
        .order_by(F("rank").asc(nulls_last=True), "opened_on", "pk")
    )
    still = [row for row in rows if not row.closed_on]
    shut = [row for row in rows if row.closed_on and row.closed_on >= _year(day)]
    return {
        "open": len(still),
        "new": sum(row.opened_on >= _year(day) for row in rows),
        "closed": len(shut),
        "unowned": [row for row in still if not row.owner_id],
        "top": [
            {"gap": row, "closed": False, "days": (day - row.opened_on).days}
            for row in still[: SHOWN - min(len(shut), 1)]
        ]
        + [{"gap": row, "closed": True} for row in shut[:1]],
        "quarters": _quarters(rows, day),
        "training": any(row.training for row in rows),
    }


def _quarters(rows: list[Gap], day: datetime.date) -> list[dict[str, Any]]:
    """Return the gaps open at the end of each of the last quarters, and closed in it."""
    made = []
    first = day.year * 4 + (day.month - 1) // 3 - QUARTERS + 1
    for number in range(first, first + QUARTERS):
        year, quarter = divmod(number, 4)
        start = datetime.date(year, quarter * 3 + 1, 1)
        after = divmod(number + 1, 4)
        end = datetime.date(after[0], after[1] * 3 + 1, 1)
        count = sum(
            row.opened_on < end and (not row.closed_on or row.closed_on >= end)
            for row in rows
        )
        shut = sum(bool(row.closed_on and start <= row.closed_on < end) for row in rows)
        made.append(
            {"label": f"{year % 100}Q{quarter + 1}", "count": count, "shut": shut}
        )
    most = max([row["count"] for row in made] + [row["shut"] for row in made] + [1])
    for number, row in enumerate(made):
        row |= {
            "x": number * 20,
            "high": f"{76 * row['count'] / most:.1f}",
            "top": f"{80 - 76 * row['count'] / most:.1f}",
            "shut_high": f"{76 * row['shut'] / most:.1f}",
            "shut_top": f"{80 - 76 * row['shut'] / most:.1f}",
            "last": number == QUARTERS - 1,
        }
    return made


def _trips(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return the trips ahead, and what the last ones brought. Asks three times."""
    rows = list(
        Trip.objects.seen_by(member)
        .live()
        .exclude(state="cancelled")
        .order_by("-from_on", "-pk")[:12]
    )
    pks = [row.pk for row in rows]
    seen = dict(
        Meeting.objects.filter(trip__in=pks, archived_on=None)
        .exclude(state="cancelled")
        .order_by()
        .values_list("trip_id")
        .annotate(n=Count("pk"))
    )
    made = {
        trip: (count, kept)
        for trip, count, kept in Promise.objects.filter(
            meeting__trip__in=pks, archived_on=None
        )
        .order_by()
        .values_list("meeting__trip_id")
        .annotate(n=Count("pk"), kept=Count("kept_on"))
    }
    listed = [
        {
            "trip": row,
            "visits": seen.get(row.pk, 0),
            "made": made.get(row.pk, (0, 0))[0],
            "kept": made.get(row.pk, (0, 0))[1],
            "squares": [
                {"x": 9 * n, "kept": n < made.get(row.pk, (0, 0))[1]}
                for n in range(min(made.get(row.pk, (0, 0))[0], 14))
            ],
            "days": (row.from_on - day).days,
        }
        for row in rows
    ]
    ahead = [row for row in listed if row["trip"].to_on >= day][::-1]
    past = [row for row in listed if row["trip"].to_on < day]
    return {
        "ahead": len(ahead),
        "next": ahead[0] if ahead else None,
        "past": past[:3],
        "named": (ahead[:2] + past)[:SHOWN],
    }


def _promises(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return how both sides kept their word of what fell due this year, and what is next.

    Asks twice.
    """
    due = Q(due_on__lte=day)
    rows = (
        Promise.objects.seen_by(member)
        .live()
        .filter(due_on__gte=_year(day), due_on__lte=day, withdrawn_on=None)
        .order_by()
        .values("side")
        .annotate(
            due=Count("pk", filter=due),
            kept=Count("pk", filter=Q(kept_on__lte=F("due_on"))),
            late=Count("pk", filter=Q(kept_on__gt=F("due_on"))),
            open=Count("pk", filter=Q(kept_on=None, due_on__lt=day)),
        )
    )
    nothing = {"due": 0, "kept": 0, "late": 0, "open": 0}
    sides: dict[str, dict[str, Any]] = {"ours": {**nothing}, "theirs": {**nothing}}
    for row in rows:
        sides[row.pop("side")] = row
    for side in sides.values():
        total = side["due"]
        widths = [side[key] / total * 180 if total else 0.0 for key in ("kept", "late", "open")]  # fmt: skip
        side |= {
            "rate": side["kept"] / total if total else None,
            "kept_w": f"{widths[0]:.1f}",
            "late_x": f"{widths[0]:.1f}",
            "late_w": f"{widths[1]:.1f}",
            "open_x": f"{widths[0] + widths[1]:.1f}",
            "open_w": f"{widths[2]:.1f}",
        }
    coming = (
        open_promises()
        .seen_by(member)
        .select_related("company", "department")
        .order_by("due_on", "pk")
    )
    return {
        **sides,
        "rows": [due_row(row, day) for row in coming[: SHOWN + DECISIONS]],
    }


def due_row(row: Promise, day: datetime.date) -> dict[str, Any]:
    """Return an open promise with how its due day stands to today."""
    return {"promise": row, "company": row.company, **due_of(row.due_on, day)}


def _landing(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return landed projects, money of three kinds apart, and the last milestones.

    What binds, what does not, and what is paid are three figures on one scale; they
    are never added. Asks five times.
    """
    kinds = agreement_kinds()
    sums = {False: 0.0, True: 0.0}
    counts = {False: 0, True: 0}
    signed = (
        Agreement.objects.seen_by(member)
        .live()
        .filter(signed_on__gte=_year(day), signed_on__lte=day)
        .exclude(state="draft")
        .order_by()
        .values_list("sort_of")
        .annotate(n=Count("pk"), total=Sum("value_cny"))
    )
    for kind, count, amount in signed:
        binding = kinds[kind].binding
        sums[binding] += amount or 0.0
        if kind in {"framework", "intent", "investment"}:
            counts[binding] += count
    paid = (
        Payment.objects.seen_by(member)
        .live()
        .filter(on__gte=_year(day), on__lte=day)
        .exclude(verified_on=None)
        .aggregate(total=Sum("value_cny"))["total"]
        or 0.0
    )
    most = max(sums[False], sums[True], paid) or 1.0
    states = (
        Milestone.objects.seen_by(member)
        .live()
        .filter(reached_on__gte=_year(day))
        .order_by("-reached_on", "-pk")
    )
    names = milestones()
    shown = list(states.select_related("deal__company")[:SHOWN])
    number = states.aggregate(
        verified=Count("pk", filter=~Q(verified_on=None)),
        waiting=Count("pk", filter=Q(verified_on=None)),
    )
    return {
        "projects": Deal.objects.seen_by(member)
        .live()
        .filter(status="active", stage__in=LANDED)
        .count(),
        "loose": sums[False],
        "firm": sums[True],
        "paid": paid,
        "loose_w": f"{170 * sums[False] / most:.1f}",
        "firm_w": f"{170 * sums[True] / most:.1f}",
        "paid_w": f"{170 * paid / most:.1f}",
        "frameworks": counts[False],
        "investments": counts[True],
        "verified": number["verified"],
        "waiting": number["waiting"],
        "rows": [
            {"row": row, "label": spoken(names[row.code].name), "deal": row.deal}
            for row in shown
        ],
    }


def _risks(member: Member, day: datetime.date) -> dict[str, Any]:
    """Return what stops deals, and milestones that passed their day. Asks four times."""
    stops = Blocker.objects.seen_by(member).live().filter(solved_on=None)
    slipped = (
        Milestone.objects.seen_by(member)
        .live()
        .filter(reached_on=None, planned_on__lt=day, deal__status="active")
    )
    names = milestones()
    stopped = list(
        stops.select_related("deal__company", "department").order_by("due_on", "pk")[
            :SHOWN
        ]
    )
    late = list(slipped.select_related("deal__company").order_by("planned_on")[:SHOWN])
    counts = stops.aggregate(
        n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)), since=Max("since")
    )
    behind = slipped.count()
    rows = [
        {
            "deal": row.deal,
            "text": row,
            "department": row.department,
            "days": (day - row.due_on).days,
        }
        for row in stopped
    ] + [
        {
            "deal": row.deal,
            "label": spoken(names[row.code].name),
            "days": (day - row.planned_on).days if row.planned_on else 0,
        }
        for row in late
    ]
    rows.sort(key=lambda row: -row["days"])
    return {
        "total": counts["n"] + behind,
        "stops": counts["n"],
        "stops_late": counts["late"],
        "behind": behind,
        "stops_boxes": [9 * n for n in range(min(counts["n"], 12))],
        "behind_boxes": [9 * n for n in range(min(behind, 12))],
        "rows": rows[:SHOWN],
    }


def _decisions(
    member: Member,
    day: datetime.date,
    gaps: dict[str, Any],
    promised: dict[str, Any],
    landing: dict[str, Any],
    planned: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return what waits for a decision: first one of each kind, then what is overdue.

    Asks three times.
    """
    found: list[dict[str, Any]] = []
    if planned:
        run = planned["trip_run"]
        taken = Trip.objects.filter(office_id=member.office_id, run_id=run).exists()
        if not taken:
            found.append({"kind": "trip", "trip": planned["trip"], "run": run})
    if gaps["unowned"]:
        gap = gaps["unowned"][0]
        days = (day - gap.opened_on).days
        found.append({"kind": "gap", "gap": gap, "days": days})
    overdue = [
        {"kind": "promise", **row}
        for row in promised["rows"]
        if row["late"] and row["promise"].side == "ours"
    ]
    found += overdue[:1]
    unclear = (
        Incentive.objects.seen_by(member)
        .live()
        .filter(level__in=("red", "amber"), cleared_on=None, deal__status="active")
        .select_related("deal__company")
        .order_by("-level", "pk")
        .first()
    )
    if unclear:
        found.append({"kind": "incentive", "incentive": unclear, "deal": unclear.deal})
    claim = (
        Milestone.objects.seen_by(member)
        .live()
        .filter(reached_on__lte=day, verified_on=None)
        .exclude(deal__owner=member)
        .exclude(claimed_by=member)
        .select_related("deal__company")
        .order_by("reached_on", "pk")
        .first()
    )
    if claim:
        found.append(
            {
                "kind": "win",
                "row": claim,
                "deal": claim.deal,
                "label": spoken(milestones()[claim.code].name),
                "days": (day - claim.reached_on).days if claim.reached_on else 0,
            }
        )
    return (found + overdue[1:])[:DECISIONS]


def _line(
    member: Member,
    day: datetime.date,
    gaps: dict[str, Any],
    promised: dict[str, Any],
    landing: dict[str, Any],
    planned: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the seven counts of the line. Asks twice."""
    visits = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(on__gte=_year(day), on__lte=day)
        # Inside the count, so that the index that holds all of this is gone through.
        .aggregate(n=Count("pk", filter=Q(state="final", way__in=VISITS)))["n"]
    )
    targets = Company.objects.filter(
        office_id=member.office_id, visit_value__gt=-1
    ).count()
    due = promised["ours"]["due"] + promised["theirs"]["due"]
    kept = sum(promised[s][k] for s in ("ours", "theirs") for k in ("kept", "late"))
    return {
        "gaps": gaps["open"],
        "scored": len(planned["gaps"]["gaps"]) if planned else None,
        "targets": targets,
        "visits": visits,
        "due": due,
        "kept": kept,
        "agreements": landing["frameworks"] + landing["investments"],
        "milestones": landing["verified"],
        "closed": gaps["closed"],
    }
