"""The calendar of a member: what they may see at the moment somebody asks."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

import icalendar
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override

from yanlian.progress.reminders import kinds
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Attendance, Meeting, Trip
from yanlian_web.desk.models.base import HELD, OPEN
from yanlian_web.handover.actions.wishes import hashed
from yanlian_web.handover.models import Feed
from yanlian_web.handover.models.wishes import OMIT
from yanlian_web.handover.queries.dues import dues_until, key_of
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import called, name, reader

BEFORE, AHEAD = datetime.timedelta(days=60), datetime.timedelta(days=400)
MOST = 1000
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def feed_of(secret: str) -> Feed | None:
    """Return the calendar of an address; None when nobody may read it now."""
    found = (
        Feed.objects.filter(secret=hashed(secret))
        .select_related("member__user", "member__office")
        .first()
    )
    if found is None or not found.secret:
        return None
    member = found.member
    return found if member.user.is_active and may(member, "see") else None


def ics_of(feed: Feed) -> bytes:
    """Return a calendar as ICS, with the time zone spelled out.

    What is confidential is busy and nothing else, or left out. Asks a fixed number of
    times.
    """
    with override(LANGUAGES[feed.lang]):
        book = icalendar.Calendar()
        book.add("prodid", "-//Yanlian//calendar//ZH")
        book.add("version", "2.0")
        book.add("method", "PUBLISH")
        book.add("x-wr-calname", gettext("Yanlian"))
        book.add("x-wr-timezone", settings.TIME_ZONE)
        book.add("refresh-interval", datetime.timedelta(hours=1), {"value": "DURATION"})
        day = today()
        for made in (*_meetings(feed, day), *_trips(feed, day), *_dues(feed, day)):
            book.add_component(made)
        book.add_missing_timezones()
        return bytes(book.to_ical())


def _event(feed: Feed, key: str, stamp: Any, *, secret: bool) -> Any:
    """Return an event without its days; None for what is left out."""
    if secret and feed.private == OMIT:
        return None
    event = icalendar.Event()
    event.add("uid", f"{key}-{feed.member_id}@yanlian.invalid")
    event.add("dtstamp", stamp)
    if secret:
        event.add("class", "PRIVATE")
    return event


def _meetings(feed: Feed, day: datetime.date) -> list[Any]:
    """Return one's meetings with their times."""
    member = feed.member
    zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
    mine = Attendance.objects.live().filter(person__member=member)
    rows = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(Q(owner=member) | Q(pk__in=mine.order_by().values("meeting")))
        .filter(on__gte=day - BEFORE, on__lte=day + AHEAD)
        .select_related("company", "organisation")
        .order_by("on", "start_min", "pk")[:MOST]
    )
    found = []
    for row in rows:
        secret = row.secrecy != OPEN or row.visibility in HELD
        event = _event(feed, row.ref.replace(":", "-"), row.changed_at, secret=secret)
        if event is None:
            continue
        event.add("sequence", row.version)
        if row.start_min is None:
            event.add("dtstart", row.on)
            event.add("dtend", row.on + datetime.timedelta(days=1))
        else:
            end = row.end_min if row.end_min is not None else row.start_min + 60
            event.add("dtstart", _moment(row.on, row.start_min, zone))
            event.add("dtend", _moment(row.on, end, zone))
        cancelled = row.state == "cancelled"
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
        if secret:
            event.add("summary", gettext("Busy"))
        else:
            _say(event, called(row), row)
            where = name(row, "place")
            if where:
                event.add("location", where)
        found.append(event)
    return found


def _moment(on: datetime.date, minutes: int, zone: Any) -> datetime.datetime:
    """Return a time of day; midnight at the end of a day is that of the next."""
    midnight = datetime.datetime.combine(on, datetime.time(), tzinfo=zone)
    at = midnight.replace(hour=minutes // 60 % 24, minute=minutes % 60)
    return at + datetime.timedelta(days=minutes // 1440)


def _trips(feed: Feed, day: datetime.date) -> list[Any]:
    """Return one's trips as whole days."""
    member = feed.member
    mine = Attendance.objects.live().filter(
        person__member=member, meeting__trip__isnull=False
    )
    rows = (
        Trip.objects.seen_by(member)
        .live()
        .exclude(state="cancelled")
        .filter(
            Q(owner=member)
            | Q(leader__member=member)
            | Q(pk__in=mine.order_by().values("meeting__trip"))
        )
        .filter(to_on__gte=day - BEFORE, from_on__lte=day + AHEAD)
        .order_by("from_on", "pk")[:MOST]
    )
    found = []
    for row in rows:
        secret = row.visibility in HELD
        event = _event(feed, row.ref.replace(":", "-"), row.changed_at, secret=secret)
        if event is None:
            continue
        event.add("dtstart", row.from_on)
        event.add("dtend", row.to_on + datetime.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        if secret:
            event.add("summary", gettext("Busy"))
        else:
            _say(event, called(row), row)
        found.append(event)
    return found


def _dues(feed: Feed, day: datetime.date) -> list[Any]:
    """Return what falls due as whole days; what passed long ago is on the page."""
    found = []
    stamp = timezone.now()
    for duty in dues_until(feed.member, day + AHEAD):
        if duty.on < day - BEFORE:
            continue
        key = f"due-{duty.kind}-{key_of(duty)}".replace(":", "-")
        event = _event(feed, key, stamp, secret=duty.internal)
        if event is None:
            continue
        event.add("dtstart", duty.on)
        event.add("dtend", duty.on + datetime.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        if duty.internal:
            event.add("summary", gettext("Busy"))
        else:
            kind = kinds()[duty.kind].name.text(reader())
            firm = f" ({name(duty.company)})" if duty.company else ""
            text = gettext("%(kind)s: %(what)s") % {
                "kind": kind,
                "what": called(duty.record) + firm,
            }
            _say(event, text, duty.record)
        found.append(event)
    return found


def _say(event: Any, text: str, record: Any) -> None:
    """Say what an event is; what is invented says so."""
    mark = f" [{gettext('training data')}]" if record.training else ""
    event.add("summary", text + mark)
