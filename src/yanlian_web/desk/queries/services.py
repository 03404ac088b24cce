"""Services with their clocks, as a list and as a file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import QueryDict

from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.services import CLOCKS, SUMMED
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import Service
from yanlian_web.desk.models.services import SERVICES
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name

# What finishing one of a kind is called; gettext gets whole words.
ENDS = {
    "enquiry": N_("Answered"),
    "assignment": N_("Assigned"),
    "proposal": N_("Finished"),
    "feedback": N_("Answer came"),
}
COLUMNS = (
    Column(N_("Number"), "pk"),
    Column(N_("Kind"), "kind"),
    Column(N_("Company"), "company"),
    Column(N_("What"), "text"),
    Column(N_("Day"), "on"),
    Column(N_("Due on"), "due_on"),
    Column(N_("Done on"), "done_on"),
    Column(N_("Days"), "days"),
    Column(N_("What came out"), "outcome"),
    Column(N_("Confirmed"), "confirmed"),
    Column(N_("Number or amount"), "value"),
    Column(N_("Indicator"), "code"),
    Column(N_("Owner"), "owner"),
)


def services_found(member: Member, query: QueryDict) -> QuerySet[Service]:
    """Return the services that fit the filters of an address."""
    listed: QuerySet[Service] = Service.objects.seen_by(member).live()
    if query.get("kind") in dict(SERVICES):
        listed = listed.filter(sort_of=query["kind"])
    state = query.get("state", "")
    if state == "open":
        listed = listed.filter(sort_of__in=CLOCKS, done_on=None)
    elif state == "late":
        listed = listed.filter(sort_of__in=CLOCKS, done_on=None, due_on__lt=today())
    if query.get("owner") == "me":
        listed = listed.filter(owner_id=member.pk)
    return listed.select_related("company", "deal", "owner__user")


def service_rows(items: Sequence[Service]) -> list[dict[str, Any]]:
    """Return the rows of the list: each with its clock."""
    day = today()
    return [{"item": item, **_clock(item, day)} for item in items]


def _clock(item: Service, day: datetime.date) -> dict[str, Any]:
    clock = item.sort_of in CLOCKS
    end = item.done_on or day
    late = (end - item.due_on).days if clock and item.due_on else 0
    return {
        "clock": clock,
        "open": clock and item.done_on is None,
        "days": max((end - item.on).days, 0) if clock else None,
        "late": max(late, 0),
        "end": ENDS.get(item.sort_of, ""),
        "money": item.sort_of in SUMMED,
    }


def service_kinds(member: Member) -> list[dict[str, Any]]:
    """Return each kind with its counts: all, open, oldest open, overdue; asks once."""
    day = today()
    waiting = Q(sort_of__in=CLOCKS, done_on=None)
    rows = (
        Service.objects.seen_by(member)
        .live()
        .order_by()
        .values("sort_of")
        .annotate(
            n=Count("pk"),
            open=Count("pk", filter=waiting),
            first=Min("on", filter=waiting),
            late=Count("pk", filter=waiting & Q(due_on__lt=day)),
            last=Max("on"),
        )
    )
    found = {row["sort_of"]: row for row in rows}
    return [
        {
            "code": code,
            "label": label,
            "clock": code in CLOCKS,
            "n": found.get(code, {}).get("n", 0),
            "open": found.get(code, {}).get("open", 0),
            "late": found.get(code, {}).get("late", 0),
            "oldest": (day - first).days
            if (first := found.get(code, {}).get("first"))
            else None,
        }
        for code, label in SERVICES
    ]


def export_rows(listed: QuerySet[Service]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file."""
    day = today()
    for item in listed.iterator(chunk_size=2000):
        yield {
            "pk": item.pk,
            "kind": item.get_sort_of_display(),
            "company": name(item.company) if item.company else "",
            "text": called(item),
            "on": item.on.isoformat(),
            "due_on": item.due_on.isoformat() if item.due_on else "",
            "done_on": item.done_on.isoformat() if item.done_on else "",
            "days": _clock(item, day)["days"],
            "outcome": item.outcome,
            "confirmed": int(item.confirmed),
            "value": item.value,
            "code": item.code,
            "owner": str(item.owner or ""),
            "training": item.training,
        }
