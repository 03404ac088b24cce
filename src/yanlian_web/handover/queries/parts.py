"""What stands of reminders, reviews and handovers on pages of the desk."""

from __future__ import annotations

from typing import Any

from yanlian.progress.reminders import LATE, TODAY, kinds, review_days
from yanlian_web.desk.acting import today
from yanlian_web.desk.models.base import spoken
from yanlian_web.handover.models import Handover, Review
from yanlian_web.handover.queries.dues import Told, reminders_of
from yanlian_web.offices.models import Member

SHOWN = 6
# The home page of an officer shows these in chapters of their own.
ELSEWHERE = frozenset({"promise_ours", "promise_theirs", "contact"})


def home_part(member: Member, record: Any) -> dict[str, Any]:
    """Return what a member is reminded of: counts, and what no other chapter shows."""
    found = reminders_of(member)
    shown = [item for item in found if item.duty.kind not in ELSEWHERE]
    return {
        "late": sum(item.reminder.state == LATE for item in found),
        "today": sum(item.reminder.state == TODAY for item in found),
        "total": len(found),
        "rows": [row_of(item) for item in shown[:SHOWN]],
    }


def row_of(item: Told) -> dict[str, Any]:
    """Return a reminder as a row."""
    return {
        "told": item,
        "kind": spoken(kinds()[item.duty.kind].name),
        "days": abs(item.reminder.days),
        "late": item.reminder.state == LATE,
        "now": item.reminder.state == TODAY,
    }


def trip_part(member: Member, trip: Any) -> dict[str, Any] | None:
    """Return the reviews of a trip: held, due, and still to come; asks once."""
    if trip.state == "cancelled" or trip.office_id != member.office_id:
        return None
    held = {
        review.after: review
        for review in Review.objects.seen_by(member)
        .live()
        .filter(trip=trip)
        .select_related("owner__user")
    }
    day = today()
    return {
        "trip": trip,
        "rows": [
            {
                "after": after,
                "on": on,
                "review": held.get(after),
                "due": on <= day,
                "late": max((day - on).days, 0),
            }
            for after, on in review_days(trip.to_on).items()
        ],
    }


def person_part(member: Member, person: Any) -> dict[str, Any] | None:
    """Return the way to the handover pack of an official who signs in; asks once."""
    if person.member_id is None or person.office_id != member.office_id:
        return None
    waits = Handover.objects.filter(
        receiver=person.member_id, confirmed_on=None, undone_on=None
    )
    return {"member": person.member_id, "waits": waits.count()}
