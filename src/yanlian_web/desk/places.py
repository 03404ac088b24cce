"""Where the page of a record is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from yanlian_web.desk.models import Record

PLACES: dict[str, Callable[[Any], str]] = {
    "company": lambda r: reverse("companies-one", args=[r.firm_id]),
    "company-link": lambda r: place_of(r.child),
    "site": lambda r: place_of(r.company),
    "fact": lambda r: place_of(r.company),
    "decision": lambda r: place_of(r.company),
    "person": lambda r: reverse("people-one", args=[r.pk]),
    "post": lambda r: place_of(r.person),
    "contact": lambda r: place_of(r.person),
    "organisation": lambda r: reverse("organisations-one", args=[r.pk]),
    "gap": lambda r: reverse("trace", args=[r.gap_id]),
    "trip": lambda r: reverse("journeys-one", args=[r.pk]),
    "meeting": lambda r: reverse("meetings-one", args=[r.pk]),
    "attendance": lambda r: place_of(r.meeting),
    "question": lambda r: place_of(r.meeting),
    "promise": lambda r: reverse("promises-one", args=[r.pk]),
    "pipeline": lambda r: reverse("deals"),
    "deal": lambda r: reverse("deals-one", args=[r.pk]),
    "agreement": lambda r: reverse("agreements-one", args=[r.pk]),
    "party": lambda r: place_of(r.agreement),
    "incentive": lambda r: place_of(r.deal) + "#offer",
    "competition-rule": lambda r: reverse("incentives-rules"),
    "milestone": lambda r: reverse("landing-one", args=[r.deal_id]),
    "payment": lambda r: reverse("landing-one", args=[r.deal_id]),
    "measure": lambda r: reverse("landing-one", args=[r.deal_id]),
    "evidence": lambda r: place_of(r.milestone or r.payment or r.measure or r.promise),
    "blocker": lambda r: reverse("landing-one", args=[r.deal_id]),
    "service": lambda r: reverse("services"),
    "definition-set": lambda r: reverse("impact-definitions"),
}


def place_of(record: Record) -> str:
    """Return the address of the page on which a record is shown."""
    return PLACES[record.kind](record)
