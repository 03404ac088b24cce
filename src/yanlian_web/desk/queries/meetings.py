"""Meetings as table, calendar, print and file under one state of filters."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.identity import fold
from yanlian.text import N_, clock
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import Column
from yanlian_web.desk.masks import reading, veil
from yanlian_web.desk.models import Attendance, Company, Meeting, Promise
from yanlian_web.desk.models.meetings import CANCELLED, MEETINGS, STATES
from yanlian_web.desk.queries.filters import day_of, said
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name, person

# Meetings of a day that the calendar names; the others are counted.
A_DAY = 4
COLUMNS = (
    Column(N_("Number"), "pk"),
    Column(N_("Day"), "on"),
    Column(N_("Begins"), "start"),
    Column(N_("Ends"), "end"),
    Column(N_("Kind"), "way"),
    Column(N_("State"), "state"),
    Column(N_("Title"), "title"),
    Column(N_("Company"), "company"),
    Column(N_("Organisation"), "organisation"),
    Column(N_("Place"), "place"),
    Column(N_("Label"), "secrecy"),
    Column(N_("Summary (English)"), "summary_en"),
    Column(N_("Summary (Chinese)"), "summary_zh"),
    Column(N_("Owner"), "owner"),
)


def with_me(member: Member) -> Q:
    """Return the meetings that a member answers for or takes part in."""
    attends = Attendance.objects.filter(person__member=member, archived_on=None)
    return Q(owner=member) | Q(pk__in=attends.values("meeting_id"))


def meetings_found(member: Member, query: QueryDict) -> QuerySet[Meeting]:
    """Return the meetings that fit the filters of an address and that a member may see."""
    listed: QuerySet[Meeting] = Meeting.objects.seen_by(member).live()
    if query.get("state") in dict(STATES):
        listed = listed.filter(state=query["state"])
    if query.get("way") in dict(MEETINGS):
        listed = listed.filter(way=query["way"])
    owner = query.get("owner", "")
    if owner == "me":
        listed = listed.filter(with_me(member))
    elif owner.isdigit():
        listed = listed.filter(owner_id=int(owner))
    for key in ("company", "organisation", "deal", "gap", "trip"):
        asked = query.get(key, "")
        if asked.isdigit():
            listed = listed.filter(**{f"{key}_id": int(asked)})
    words = fold(query.get("q", "")).split()
    if words:
        listed = listed.filter(said(member, words, ("title_en", "title_zh")))
    for key, sign in (("from", "gte"), ("to", "lte")):
        found = day_of(query.get(key, ""))
        if found:
            listed = listed.filter(**{f"on__{sign}": found})
    return listed


def with_names(listed: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Return meetings with what their rows name."""
    return listed.select_related("company", "organisation", "owner__user")


def meeting_rows(meetings: Sequence[Meeting]) -> list[dict[str, Any]]:
    """Return the rows of the table with people and promises counted; asks twice."""
    pks = [row.pk for row in meetings]
    people = _counted(Attendance, pks)
    promises = _counted(Promise, pks)
    day = today()
    return [
        {
            "meeting": row,
            "people": people.get(row.pk, 0),
            "promises": promises.get(row.pk, 0),
            # Should have been written up by now.
            "waits": row.on < day and row.state in {"planned", "draft"},
        }
        for row in meetings
    ]


def _counted(model: Any, pks: Sequence[int]) -> dict[int, int]:
    rows = model.objects.filter(meeting__in=pks, archived_on=None).order_by()
    return dict(rows.values_list("meeting_id").annotate(n=Count("pk")))


def month_of(text: str) -> datetime.date:
    """Return the first day of a month such as ``2026-11``; of this month otherwise."""
    return day_of(f"{text}-01") or today().replace(day=1)


def calendar_page(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a month as weeks of days with their meetings. Asks four times."""
    first = month_of(query.get("month", ""))
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    span = (weeks[0][0], weeks[-1][-1])
    listed = meetings_found(member, query).filter(on__range=span)
    counts = dict(listed.order_by().values_list("on").annotate(n=Count("pk")))
    numbered = (
        listed.order_by()
        .annotate(
            place_of_day=Window(
                RowNumber(),
                partition_by=[F("on")],
                order_by=[F("start_min").asc(nulls_first=True), F("pk")],
            )
        )
        .filter(place_of_day__lte=A_DAY)
    )
    shown = with_names(
        Meeting.objects.filter(pk__in=list(numbered.values_list("pk", flat=True)))
    )
    by_day: dict[datetime.date, list[Meeting]] = {}
    for row in shown.order_by("on", F("start_min").asc(nulls_first=True), "pk"):
        by_day.setdefault(row.on, []).append(row)
    day = today()
    return {
        "first": first,
        "week_days": [
            gettext("Mon"),
            gettext("Tue"),
            gettext("Wed"),
            gettext("Thu"),
            gettext("Fri"),
            gettext("Sat"),
            gettext("Sun"),
        ],
        "before": _month(first - datetime.timedelta(days=1)),
        "after": _month(first + datetime.timedelta(days=31)),
        "total": sum(n for on, n in counts.items() if on.month == first.month),
        "weeks": [
            [
                {
                    "on": on,
                    "inside": on.month == first.month,
                    "now": on == day,
                    "rows": by_day.get(on, []),
                    "more": max(counts.get(on, 0) - A_DAY, 0),
                }
                for on in week
            ]
            for week in weeks
        ],
    }


def _month(day: datetime.date) -> str:
    return f"{day.year}-{day.month:02d}"


def meeting_choices(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return what the filters offer, and what they are set to."""
    company = query.get("company", "")
    return {
        "ways": MEETINGS,
        "states": STATES,
        "members": list(
            Member.objects.filter(office_id=member.office_id).select_related("user")
        ),
        "company": Company.objects.seen_by(member).filter(pk=int(company)).first()
        if company.isdigit()
        else None,
    }


def export_rows(member: Member, listed: QuerySet[Meeting]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file; what is masked for the member stays so."""
    with reading(member, "export") as read:
        for item in with_names(listed).iterator(chunk_size=2000):
            veil(read, item)
            yield _export_row(item)


def _export_row(item: Meeting) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "on": item.on.isoformat(),
        "start": clock(item.start_min) if item.start_min is not None else "",
        "end": clock(item.end_min) if item.end_min is not None else "",
        "way": item.get_way_display(),
        "state": item.get_state_display(),
        "title": called(item),
        "company": name(item.company) if item.company else "",
        "organisation": name(item.organisation) if item.organisation else "",
        "place": name(item, "place"),
        "secrecy": item.get_secrecy_display(),
        "summary_en": item.summary_en,
        "summary_zh": item.summary_zh,
        "owner": person(item.owner),
        "training": item.training,
    }


def overlapping(meeting: Meeting) -> list[dict[str, Any]]:
    """Return meetings of the same time at which the same people of ours are expected.

    Asks twice; nothing overlaps a meeting without a time or one that is cancelled.
    """
    if meeting.start_min is None or meeting.state == CANCELLED:
        return []
    end = meeting.end_min or meeting.start_min + 60
    mine = set(
        Attendance.objects.filter(
            meeting=meeting, side="ours", archived_on=None
        ).values_list("person_id", flat=True)
    )
    others = (
        Attendance.objects.filter(
            person__in=mine,
            archived_on=None,
            meeting__office_id=meeting.office_id,
            meeting__on=meeting.on,
            meeting__archived_on=None,
            meeting__start_min__lt=end,
        )
        .filter(
            Q(meeting__end_min__gt=meeting.start_min)
            | Q(meeting__end_min=None, meeting__start_min__gt=meeting.start_min - 60)
        )
        .exclude(meeting=meeting)
        .exclude(meeting__state=CANCELLED)
        .select_related("person", "meeting__company")
        .order_by("meeting__start_min", "pk")
    )
    return [{"person": row.person, "meeting": row.meeting} for row in others[:6]]
