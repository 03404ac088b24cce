"""Trips that were decided: accepted from the planner, joined, done or cancelled."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from yanlian.errors import Finding
from yanlian.tables import split_list
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, acting, checks, may_see, refuse, wrong
from yanlian_web.desk.actions.meetings import TRIP_CANCELLED, cancel
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import (
    Attendance,
    Company,
    Gap,
    Meeting,
    Person,
    Question,
    Trip,
)
from yanlian_web.desk.models.base import OURS
from yanlian_web.desk.models.meetings import CANCELLED, DRAFT, OUTBOUND, PLANNED
from yanlian_web.desk.queries.asked import questions_of
from yanlian_web.offices.models import Member
from yanlian_web.studies import queries as studies

DONE = "desk.trip.done"
MOVING = frozenset({DONE, TRIP_CANCELLED})
OPEN = (PLANNED, DRAFT)


@checks("trip")
def _check(act: Act, trip: Trip, old: dict[str, Any]) -> list[Finding]:
    found = []
    if not old:
        trip.owner = trip.owner or act.by
    if trip.state != old.get("state", "planned") and act.code not in MOVING:
        text = say(N_("A trip is planned first; mark it as done or cancel it."))
        found.append(wrong("state", text, "trip.state"))
    days = (trip.from_on, trip.to_on)
    if old and (old["from_on"], old["to_on"]) != days:
        found += _other_days(trip, old["state"])
    if trip.leader is not None and trip.leader.side != OURS:
        text = say(N_("The leader of a trip is one of our officials."))
        found.append(wrong("leader", text, "trip.leader"))
    return found


def _other_days(trip: Trip, state: str) -> list[Finding]:
    """Return why the days of a trip cannot be changed so."""
    if state != PLANNED:
        text = say(N_("The trip is over; its days do not change any more."))
        return [wrong("from_on", text, "trip.over")]
    if not (trip.from_on and trip.to_on):
        return []  # the fields themselves say so
    outside = Meeting.objects.filter(trip=trip, archived_on=None).exclude(
        on__range=(trip.from_on, trip.to_on)
    )
    if outside.exclude(state=CANCELLED).exists():
        text = say(
            N_("A meeting of the trip would be outside its days. Move it first.")
        )
        return [wrong("to_on", text, "trip.outside")]
    return []


def trip_of_run(member: Member, run_id: str) -> Trip | None:
    """Return the trip that was accepted from a plan; None when there is none."""
    found: Trip | None = Trip.objects.filter(
        office_id=member.office_id, run_id=run_id
    ).first()
    return found


def trip_accept(*, by: Member, run_id: str) -> Trip:
    """Accept a plan: it becomes a trip with a planned meeting for each of its stops.

    Each meeting bears company, time and gap, and asks what the office does not know of
    the company. Only the head of office decides this, and once for each plan.

    Raises
    ------
    PermissionDenied
    Refused
        When there is no such plan, or it was accepted before.
    """
    with acting(by, "desk.trip.accepted", right="decide") as act:
        known = trip_of_run(by, run_id)
        if known is not None:
            text = say(
                N_("This plan was accepted on %(day)s already."),
                day=known.made_at.date().isoformat(),
            )
            refuse(wrong("run_id", text, "trip.twice"))
        if run_id not in {
            run["id"] for run in studies.store_of(by.office).runs("trip")
        }:
            text = say(N_("This office has no such plan of a trip."))
            refuse(wrong("run_id", text, "trip.unknown"))
        moved = moved_firms(by.office)
        stops = [
            {**row, "firm_id": moved.get(row["firm_id"], row["firm_id"])}
            for row in studies.rows(by.office, run_id, "stops")
            if row["kind"] == "visit"
        ]
        firms = {
            item.firm_id: item
            for item in Company.objects.filter(
                office=act.office, firm_id__in={row["firm_id"] for row in stops}
            )
        }
        refuse(*_unknown(act.by, stops, firms))
        trip = act.add(_trip(by, run_id))
        asked = questions_of(by.office, firms.values())
        for stop in stops:
            firm = firms[stop["firm_id"]]
            _visit(act, trip, stop, firm, asked[firm.firm_id])
        return trip


def _unknown(
    member: Member, stops: Iterable[Mapping[str, Any]], firms: Mapping[str, Company]
) -> list[Finding]:
    """Return which companies of a plan cannot be visited any more."""
    found = []
    for stop in stops:
        firm = firms.get(stop["firm_id"])
        if firm is None or not may_see(member, firm):
            text = say(
                N_(
                    "%(name)s is not among the companies any more. Plan the trip again."
                ),
                name=Say(stop["text_en"], stop["text_zh"] or stop["text_en"]),
            )
            found.append(wrong("run_id", text, "trip.company"))
        elif firm.archived_on:
            text = say(
                N_("%(name)s was archived. Bring it back, or plan the trip again."),
                name=Say(str(firm), firm.name_zh or str(firm)),
            )
            found.append(wrong("run_id", text, "trip.archived"))
    return found


def _trip(by: Member, run_id: str) -> Trip:
    """Return the trip of a plan, not stored yet."""
    summary = studies.run_of(by.office, run_id).manifest["summary"]
    regions = studies.by_key(by.office, run_id, "regions", "region_id")
    goal = regions.get(str(summary.get("destination", "")), {})
    en, zh = goal.get("name_en", ""), goal.get("name_zh", "")
    title = say(N_("Trip to %(place)s"), place=Say(en or zh, zh or en))
    days = [row["date"] for row in studies.rows(by.office, run_id, "trip_days")]
    return Trip(
        run_id=run_id,
        title_en=title.en,
        title_zh=title.zh,
        from_on=datetime.date.fromisoformat(min(days)),
        to_on=datetime.date.fromisoformat(max(days)),
        value=float(summary["value"]),
    )


def _visit(
    act: Act,
    trip: Trip,
    stop: Mapping[str, Any],
    firm: Company,
    asked: list[Say],
) -> None:
    """Store the meeting of a stop with its questions."""
    gap_ids = split_list(stop["gap_ids"])
    gap = Gap.objects.filter(
        office=act.office, gap_id__in=gap_ids, archived_on=None, training=False
    ).first()
    purpose = _purpose(act.by, trip.run_id, gap_ids)
    meeting = act.add(
        Meeting(
            way=OUTBOUND,
            title_en=firm.name_en,
            title_zh=firm.name_zh,
            company=firm,
            gap=gap,
            trip=trip,
            on=datetime.date.fromisoformat(stop["date"]),
            start_min=int(stop["start_min"]),
            end_min=int(stop["end_min"]),
            place_en=firm.city_en,
            place_zh=firm.city_zh,
            purpose_en=purpose.en,
            purpose_zh=purpose.zh,
            owner=trip.owner,
        )
    )
    for number, question in enumerate(asked, 1):
        act.add(
            Question(
                meeting=meeting,
                text_en=question.en,
                text_zh=question.zh,
                order=number,
                owner=trip.owner,
            )
        )


def _purpose(by: Member, run_id: str, gap_ids: Iterable[str]) -> Say:
    """Return what a visit is for: the gaps that the company could fill."""
    gaps = studies.by_key(by.office, run_id, "gaps", "gap_id")
    segments = studies.by_key(by.office, run_id, "segments", "segment_id")
    names = [
        segments[gaps[key]["segment_id"]]
        for key in gap_ids
        if key in gaps and gaps[key]["segment_id"] in segments
    ]
    if not names:
        return Say("", "")
    listed = Say(
        ", ".join(row["name_en"] or row["name_zh"] for row in names),
        "\u3001".join(row["name_zh"] or row["name_en"] for row in names),
    )
    return say(
        N_("Find out whether the company can and will help to close: %(gaps)s."),
        gaps=listed,
    )


def trip_join(
    *,
    by: Member,
    pk: int,
    version: int | None,
    person: Person,
    role: str = "member",
) -> int:
    """Put one of our officials on a trip: on all its meetings that are not final.

    Returns
    -------
    int
        To how many meetings the person was added.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.trip.joined") as act:
        trip = act.lock(Trip, pk, version)
        found = _not_planned(trip)
        if person.side != OURS:
            text = say(N_("A delegation is made up of our officials. Choose one."))
            found.append(wrong("person", text, "trip.person"))
        meetings = list(
            trip.meetings.filter(state__in=OPEN, archived_on=None).exclude(
                pk__in=Attendance.objects.filter(
                    person=person, archived_on=None
                ).values("meeting_id")
            )
        )
        if not meetings:
            text = say(
                N_(
                    "There is no meeting of this trip that the person could be added to."
                )
            )
            found.append(wrong("person", text, "trip.none"))
        refuse(*found)
        for meeting in meetings:
            act.add(Attendance(meeting=meeting, person=person, side=OURS, role=role))
        act.about(trip)
        act.note(person=person.ref, meetings=len(meetings))
        return len(meetings)


def trip_leave(*, by: Member, pk: int, version: int | None, person: Person) -> int:
    """Take one of our officials off all meetings of a trip that are not final."""
    with acting(by, "desk.trip.left") as act:
        trip = act.lock(Trip, pk, version)
        refuse(*_not_planned(trip))
        rows = Attendance.objects.filter(
            meeting__trip=trip,
            meeting__state__in=OPEN,
            person=person,
            archived_on=None,
        )
        taken = [act.lock(Attendance, row.pk) for row in rows]
        for row in taken:
            row.archived_on, row.archived_why = act.day, "trip"
            act.save(row)
        act.about(trip)
        act.note(person=person.ref, meetings=len(taken))
        return len(taken)


def _not_planned(trip: Trip) -> list[Finding]:
    if trip.state == PLANNED:
        return []
    return [wrong("", say(N_("The trip is over.")), "trip.over")]


def trip_done(*, by: Member, pk: int, version: int | None) -> Trip:
    """Mark a trip as done; each of its days then counts for what trips bring.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, DONE) as act:
        trip = act.lock(Trip, pk, version)
        found = _not_planned(trip)
        if trip.to_on > act.day:
            text = say(
                N_("The trip lasts until %(day)s. Mark it as done afterwards."),
                day=trip.to_on.isoformat(),
            )
            found.append(wrong("", text, "trip.future"))
        refuse(*found)
        trip.state = "done"
        act.save(trip)
        for number in range((trip.to_on - trip.from_on).days + 1):
            day = trip.from_on + datetime.timedelta(days=number)
            act.event("trip_day", trip, trip=trip, on=day)
        return trip


def trip_cancel(*, by: Member, pk: int, version: int | None, why: str) -> Trip:
    """Cancel a trip with those of its meetings that were not begun; with a reason.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, TRIP_CANCELLED) as act:
        trip = act.lock(Trip, pk, version)
        found = _not_planned(trip)
        if not why.strip():
            text = say(N_("Say why it is cancelled."))
            found.append(wrong("why", text, "trip.why"))
        if trip.meetings.filter(
            state__in=("draft", "final"), archived_on=None
        ).exists():
            text = say(
                N_("A meeting of the trip took place. Mark the trip as done instead.")
            )
            found.append(wrong("", text, "trip.began"))
        refuse(*found)
        trip.state, trip.why = "cancelled", why.strip()[:500]
        act.save(trip)
        for meeting in trip.meetings.filter(state=PLANNED, archived_on=None):
            cancel(act, act.lock(Meeting, meeting.pk), why)
        act.about(trip)
        return trip
