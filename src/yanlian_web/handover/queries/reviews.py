"""Reviews of trips: which are due, and one with its figures from the log."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import QueryDict

from yanlian.progress import promises as promise_rules
from yanlian.progress import stages
from yanlian.progress.money import Column
from yanlian.progress.reminders import REVIEWS, review_days
from yanlian.progress.review import Happening, Look, look_back
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Agreement, Deal, Event, Gap, Meeting, Promise, Trip
from yanlian_web.desk.models.base import RESTRICTED, spoken
from yanlian_web.desk.queries.ledger import promise_rows, state_said, with_names
from yanlian_web.handover.models import Review, ReviewDecision
from yanlian_web.handover.queries.dues import FORGOTTEN
from yanlian_web.offices.models import Member

FIELDS = (
    "kind", "subject", "on", "recorded_on", "deal", "agreement", "gap", "trip", "side",
    "due_on", "value", "level", "what", "mark",
)  # fmt: skip
TRIPS = 400
STATES = ("due", "held", "coming", "missed")


def review_list(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return reviews that are due, were held, or are to come; asks twice."""
    day = today()
    trips = list(
        Trip.objects.seen_by(member)
        .live()
        .exclude(state="cancelled")
        .filter(to_on__lte=day)
        .select_related("owner__user")
        .order_by("-to_on", "-pk")[:TRIPS]
    )
    held = {
        (review.trip_id, review.after): review
        for review in Review.objects.filter(trip__in=trips, archived_on=None)
        .select_related("owner__user")
        .order_by()
    }
    rows = []
    for trip in trips:
        for after, on in review_days(trip.to_on).items():
            review = held.get((trip.pk, after))
            state = "held" if review else _state(on, day)
            rows.append(
                {
                    "trip": trip,
                    "after": after,
                    "on": on,
                    "review": review,
                    "state": state,
                    "late": (day - on).days if state == "due" else 0,
                }
            )
    if query.get("owner") == "me":
        rows = [row for row in rows if row["trip"].owner_id == member.pk]
    counts = {state: sum(row["state"] == state for row in rows) for state in STATES}
    chosen = query.get("state", "due")
    if chosen in STATES:
        rows = [row for row in rows if row["state"] == chosen]
    rows.sort(key=lambda row: row["on"], reverse=chosen != "coming")
    return {
        "rows": rows[:200],
        "counts": counts,
        "state": chosen if chosen in STATES else "all",
        "today": day,
    }


def _state(on: datetime.date, day: datetime.date) -> str:
    """Return how a review that was not held stands: due, to come, or passed by."""
    if on > day:
        return "coming"
    return "due" if on >= day - FORGOTTEN else "missed"


def review_page(member: Member, trip: Trip, after: int) -> dict[str, Any]:
    """Return a review: figures as of its day, and the records behind them.

    What was held shows what was known on the day it was held, for ever the same; until
    then the figures are those known today. Asks a fixed number of times.
    """
    day = today()
    review = (
        Review.objects.seen_by(member)
        .live()
        .filter(trip=trip, after=after)
        .select_related("owner__user")
        .first()
    )
    due = review_days(trip.to_on)[after]
    as_of = review.as_of if review else min(due, day)
    known = review.done_on if review else day
    made = {
        f"promise:{pk}": pk
        for pk in Promise.objects.filter(meeting__trip=trip, archived_on=None)
        .order_by()
        .values_list("pk", flat=True)
    }
    log = list(_log_of(trip, made))
    visited = _visited(member, trip)
    look = look_back(log, trip.ref, as_of, known_on=known, made=made)
    return {
        "trip": trip,
        "after": after,
        "others": REVIEWS,
        "review": review,
        "due": due,
        "as_of": as_of,
        "known": known,
        "ahead": due > day,
        "late": max((day - due).days, 0) if review is None else 0,
        "look": look,
        "sides": _sides(look),
        "money": _money(look),
        **_named(member, trip, look),
        "decisions": _decisions(review),
        "visited": visited,
        "learned": [
            m
            for m in visited
            if m.on <= as_of
            and m.secrecy != RESTRICTED
            and (m.summary_en or m.summary_zh)
        ],
        "planned": len(visited),
    }


def _log_of(trip: Trip, made: Iterable[str]) -> Iterator[Happening]:
    """Yield the lines about a trip, its deals, promises and gaps, in their order."""
    events = Event.objects.filter(office_id=trip.office_id)
    rows: dict[int, tuple[Any, ...]] = {}

    def read(found: Any) -> None:
        rows.update({row[0]: row[1:] for row in found.values_list("id", *FIELDS)})

    read(events.filter(trip=trip.ref, trip__gt=""))
    deals = {row[4] for row in rows.values() if row[4]}
    gaps = {row[6] for row in rows.values() if row[6]}
    read(events.filter(deal__in=deals))
    told = {row[1] for row in rows.values() if row[0] == "promised"}
    read(events.filter(subject__in={*made, *told}))
    gaps |= {row[6] for row in rows.values() if row[6]}
    read(events.filter(kind__in=("gap_closed", "gap_opened"), gap__in=gaps))
    for pk in sorted(rows):
        yield Happening(*rows[pk])


def _sides(look: Look) -> list[dict[str, Any]]:
    """Return how each side kept its word, with the parts of a drawn bar."""
    found = []
    for side in promise_rules.SIDES:
        kept = look.kept[side]
        whole = kept.made - kept.withdrawn
        parts, x = [], 0.0
        for name in ("on_time", "late", "overdue", "broken", "waiting"):
            width = 240 * getattr(kept, name) / whole if whole else 0.0
            parts.append({"name": name, "x": f"{x:.1f}", "w": f"{width:.1f}"})
            x += width
        found.append({"side": side, "kept": kept, "parts": parts})
    return found


def _money(look: Look) -> list[dict[str, Any]]:
    """Return money in three columns, what binds and what does not on rows apart."""
    return [
        {
            "binding": binding,
            **{
                column.value: look.money[binding, column].value_cny for column in Column
            },
        }
        for binding in (True, False)
    ]


def _named(member: Member, trip: Trip, look: Look) -> dict[str, Any]:
    """Return the records behind the figures that a member may see; asks four times."""

    def numbers(refs: Iterable[str]) -> list[int]:
        return [int(ref.partition(":")[2]) for ref in refs]

    mine = Promise.objects.seen_by(member).live()
    promises = with_names(mine.filter(pk__in=numbers(look.states))).order_by(
        "side", "due_on", "pk"
    )
    deals = {
        deal.ref: deal
        for deal in Deal.objects.seen_by(member)
        .filter(pk__in=numbers(look.deals))
        .select_related("company", "gap")
    }
    texts = Agreement.objects.seen_by(member).filter(
        pk__in=numbers([*look.signed[True], *look.signed[False]])
    )
    codes = look.gaps
    gaps = Gap.objects.seen_by(member).filter(gap_id__in=codes).order_by("pk")
    return {
        "promises": [
            {
                **row,
                "then": look.states[row["promise"].ref],
                "said": state_said(look.states[row["promise"].ref]),
            }
            for row in promise_rows(promises, look.as_of)
        ],
        "deals": [
            {
                "deal": deals[ref],
                "stage": code,
                "label": spoken(stages.stage(code).name),
            }
            for ref, code in look.deals.items()
            if ref in deals and code in {item.code for item in stages.stages()}
        ],
        "agreements": list(texts.select_related("company").order_by("signed_on")),
        "gaps": [{"gap": gap, "closed": gap.gap_id in look.closed} for gap in gaps],
    }


def _decisions(review: Review | None) -> list[dict[str, Any]]:
    if review is None:
        return []
    pks = ReviewDecision.objects.filter(review=review).values("promise")
    listed = with_names(Promise.objects.filter(pk__in=pks)).order_by("due_on", "pk")
    return promise_rows(listed)


def _visited(member: Member, trip: Trip) -> list[Meeting]:
    """Return the meetings of a trip that a member may see; asks once."""
    return list(
        Meeting.objects.seen_by(member)
        .live()
        .filter(trip=trip)
        .exclude(state="cancelled")
        .select_related("company", "organisation")
        .order_by("on", "start_min", "pk")
    )
