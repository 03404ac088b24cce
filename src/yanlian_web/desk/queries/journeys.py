"""Trips that were decided: as a list, and one with its days, people and yield."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.http import QueryDict

from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.models import Attendance, Event, Meeting, Person, Promise, Trip
from yanlian_web.desk.models.base import OURS
from yanlian_web.desk.models.gaps import TRIP_STATES
from yanlian_web.desk.panels import panels_of
from yanlian_web.desk.queries.ledger import promise_rows, with_names
from yanlian_web.offices.models import Member

# Days after its beginning at which it is asked what a trip brought.
AFTER = (30, 90, 365)


def journeys_found(member: Member, query: QueryDict) -> QuerySet[Trip]:
    """Return the trips that fit the filters of an address, the newest first."""
    listed: QuerySet[Trip] = Trip.objects.seen_by(member).live()
    if query.get("state") in dict(TRIP_STATES):
        listed = listed.filter(state=query["state"])
    if query.get("owner") == "me":
        listed = listed.filter(owner=member)
    return listed.select_related("leader", "owner__user").order_by("-from_on", "id")


def journey_rows(trips: Sequence[Trip]) -> list[dict[str, Any]]:
    """Return the rows of the list with their meetings and promises counted; asks twice."""
    pks = [trip.pk for trip in trips]
    meetings = {
        row["trip_id"]: row
        for row in Meeting.objects.filter(trip__in=pks, archived_on=None)
        .order_by()
        .values("trip_id")
        .annotate(n=Count("pk"), final=Count("pk", filter=Q(state="final")))
    }
    promises = dict(
        Promise.objects.filter(meeting__trip__in=pks, archived_on=None)
        .order_by()
        .values_list("meeting__trip_id")
        .annotate(n=Count("pk"))
    )
    return [
        {
            "trip": trip,
            "days": (trip.to_on - trip.from_on).days + 1,
            "meetings": meetings.get(trip.pk, {}).get("n", 0),
            "final": meetings.get(trip.pk, {}).get("final", 0),
            "promises": promises.get(trip.pk, 0),
        }
        for trip in trips
    ]


def journey_page(member: Member, trip: Trip) -> dict[str, Any]:
    """Return the page of a trip. Asks five times, and what the chapters of others ask."""
    meetings = list(
        Meeting.objects.seen_by(member)
        .live()
        .filter(trip=trip)
        .select_related("company", "organisation", "gap")
        .annotate(
            asked=Count(
                "questions", filter=Q(questions__archived_on=None), distinct=True
            ),
            people_count=Count(
                "people", filter=Q(people__archived_on=None), distinct=True
            ),
        )
        .order_by("on", F("start_min").asc(nulls_first=True), "pk")
    )
    length = (trip.to_on - trip.from_on).days + 1
    days = [trip.from_on + datetime.timedelta(days=n) for n in range(length)]
    outside = sorted({row.on for row in meetings} - set(days))
    made = with_names(
        Promise.objects.seen_by(member).live().filter(meeting__trip=trip)
    ).order_by("side", "due_on", "pk")
    day = today()
    return {
        "days": [
            {
                "on": on,
                "number": number,
                "now": on == day,
                "meetings": [row for row in meetings if row.on == on],
            }
            for number, on in enumerate([*days, *outside], 1)
        ],
        "count": len(meetings),
        "final": sum(row.state == "final" for row in meetings),
        "delegation": _delegation(member, trip),
        "promises": promise_rows(made),
        "yields": yields_of(trip, length, day),
        "today": day,
        "over": trip.to_on < day,
        "panels": panels_of(member, trip),
    }


def _delegation(member: Member, trip: Trip) -> list[dict[str, Any]]:
    """Return our people on a trip in order of precedence; asks once."""
    counts = (
        Attendance.objects.live()
        .filter(meeting__trip=trip, meeting__archived_on=None, side=OURS)
        .exclude(meeting__state="cancelled")
        .order_by()
        .values("person")
        .annotate(n=Count("pk"), first=Min("meeting__on"), last=Max("meeting__on"))
    )
    found = {row["person"]: row for row in counts}
    people = Person.objects.filter(pk__in=found).order_by(
        F("rank").asc(nulls_last=True), "pk"
    )
    return [
        {"person": person, "n": found[person.pk]["n"]}
        for person in people
        if may_see(member, person)
    ]


def yields_of(trip: Trip, length: int, day: datetime.date) -> list[dict[str, Any]]:
    """Return what came of a trip 30, 90 and 365 days after it began; asks once.

    The same events that the indicator of trip yield counts: changes of stage, promises,
    and the different gaps that its events name.
    """
    events = list(
        Event.objects.filter(
            office_id=trip.office_id,
            trip=trip.ref,
            trip__gt="",
            on__gte=trip.from_on,
            on__lte=trip.from_on + datetime.timedelta(days=AFTER[-1]),
        ).values_list("kind", "subject", "gap", "on", "mark")
    )
    found = []
    for limit in AFTER:
        last = trip.from_on + datetime.timedelta(days=limit)
        within = [row for row in events if row[3] <= min(last, day)]
        moves = sum(
            kind == "stage" and "back" not in mark.split(";")
            for kind, _, _, _, mark in within
        )
        promises = len({row[1] for row in within if row[0] == "promised"})
        gaps = len({row[2] for row in within if row[2]})
        found.append(
            {
                "limit": limit,
                "moves": moves,
                "promises": promises,
                "gaps": gaps,
                "a_day": (moves + promises + gaps) / length,
                "over": last <= day,
                "began": trip.from_on <= day,
            }
        )
    return found
