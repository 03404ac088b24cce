"""The page of one's own day: now, next, whom to call, what to ask, what is promised."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.masks import reading, veil
from yanlian_web.desk.models import Attendance, Contact, Meeting, Promise, Question
from yanlian_web.desk.models.base import THEIRS
from yanlian_web.desk.queries.filters import day_of
from yanlian_web.desk.queries.ledger import promise_rows, with_names
from yanlian_web.desk.queries.meeting import attached
from yanlian_web.desk.queries.meetings import with_me
from yanlian_web.offices.models import Member

# Signs a telephone number may have in an address.
_NO_DIAL = re.compile(r"[^0-9+*#]")
DUES = ("three_days", "week", "month")


def my_meetings(member: Member) -> QuerySet[Meeting]:
    """Return the meetings of a member that were not cancelled, in the order of the day."""
    found: QuerySet[Meeting] = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(with_me(member))
        .exclude(state="cancelled")
        .select_related("company", "organisation", "gap", "trip")
        .order_by("on", F("start_min").asc(nulls_first=True), "pk")
    )
    return found


def due_days(day: datetime.date) -> dict[str, datetime.date]:
    """Return the days that the buttons of the page stand for."""
    month = day.month % 12 + 1
    year = day.year + (day.month == 12)
    last = calendar.monthrange(year, month)[1]
    return {
        "three_days": day + datetime.timedelta(days=3),
        "week": day + datetime.timedelta(days=7),
        "month": datetime.date(year, month, min(day.day, last)),
    }


def day_page(member: Member, on: str, chosen: str) -> dict[str, Any]:
    """Return a day of a member, or that of the next meeting when there is none.

    Parameters
    ----------
    member : Member
    on : str
        The day; today when it is none.
    chosen : str
        Number of the meeting that is looked at; the one that is on otherwise.
    """
    day = today()
    asked = day_of(on) or day
    mine = my_meetings(member)
    rows = list(mine.filter(on=asked))
    later = None
    if not rows:
        later = mine.filter(on__gt=asked).first()
        if later is not None:
            rows = list(mine.filter(on=later.on))
    moment = timezone.localtime()
    minute = moment.hour * 60 + moment.minute
    shown = rows[0].on if rows else asked
    focus = _focus(rows, chosen, minute if shown == day else None)
    context: dict[str, Any] = {
        "day": shown,
        "asked": asked,
        "elsewhere": bool(later),
        "is_today": shown == day,
        "before": asked - datetime.timedelta(days=1),
        "after": asked + datetime.timedelta(days=1),
        "rows": rows,
        "focus": focus,
        "minute": minute,
        "dues": [
            {"code": code, "on": due, "on_first": code == "week"}
            for code, due in due_days(day).items()
        ],
    }
    if focus is not None:
        context |= _focused(member, focus, rows, minute if shown == day else None)
    return context


def _focus(rows: list[Meeting], chosen: str, minute: int | None) -> Meeting | None:
    """Return the meeting that is chosen, that is on, or that comes next."""
    for row in rows:
        if chosen == str(row.pk):
            return row
    open_ones = [row for row in rows if row.state != "final"]
    if minute is not None:
        for row in rows:
            if row.start_min is not None and row.start_min <= minute < end_of(row):
                return row
        for row in open_ones:
            if row.start_min is None or minute < end_of(row):
                return row
    return next(iter(open_ones or rows), None)


def end_of(meeting: Meeting) -> int:
    """Return when a meeting ends; an hour after it began when that is not said."""
    if meeting.end_min is not None:
        return meeting.end_min
    return (meeting.start_min or 0) + 60


def _focused(
    member: Member, focus: Meeting, rows: list[Meeting], minute: int | None
) -> dict[str, Any]:
    """Return what the page shows of the meeting looked at. Asks five times."""
    questions = list(
        Question.objects.seen_by(member)
        .live()
        .filter(meeting=focus)
        .order_by("order", "pk")
    )
    made = with_names(Promise.objects.seen_by(member).live().filter(meeting=focus))
    start, end = focus.start_min, end_of(focus)
    running = minute is not None and start is not None and start <= minute < end
    trip = focus.trip
    return {
        "running": running,
        "left": end - minute if running and minute is not None else None,
        "gone": (minute - start) / max(end - start, 1)
        if running and minute is not None and start is not None
        else 0.0,
        "next": [row for row in rows if row.pk != focus.pk],
        "calls": calls_of(member, focus),
        "questions": questions,
        "answered": sum(bool(q.answer_en or q.answer_zh) for q in questions),
        "made": promise_rows(made.order_by("-pk")),
        "pictures": [
            row for row in attached(focus) if row.file.media_type.startswith("image/")
        ],
        "trip_day": (focus.on - trip.from_on).days + 1 if trip is not None else 0,
        "fixed": focus.state == "final",
    }


def calls_of(member: Member, meeting: Meeting) -> list[dict[str, Any]]:
    """Return telephone numbers of their side that may still be kept. Asks twice."""
    people = {
        row.person_id: row.person
        for row in Attendance.objects.live()
        .filter(meeting=meeting, side=THEIRS)
        .select_related("person")
        .order_by(F("person__rank").asc(nulls_last=True), "pk")
        if may_see(member, row.person)
    }
    contacts = (
        Contact.objects.seen_by(member)
        .live()
        .filter(
            person__in=people, means__in=("mobile", "phone"), expires_on__gte=today()
        )
        .order_by("means", "pk")
    )
    numbers: dict[int, list[Contact]] = {}
    for contact in contacts:
        numbers.setdefault(contact.person_id, []).append(contact)
    # The meeting is why its owner has to call; others say why they do.
    because = meeting if meeting.owner_id == member.pk else None
    with reading(member, "phone", because=because) as read:
        return [
            {
                "person": person,
                "masked": bool(veil(read, c)),
                "value": c.value,
                "dial": _NO_DIAL.sub("", c.value),
            }
            for pk, person in people.items()
            for c in numbers.get(pk, ())[:1]
        ]
