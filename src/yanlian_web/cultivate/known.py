"""What the desk has to know of the records of cultivating."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse

from yanlian.text import N_
from yanlian_web.cultivate import dues
from yanlian_web.cultivate.models import KINDS, Issue
from yanlian_web.cultivate.queries.panel import company_panel
from yanlian_web.cultivate.training import tell
from yanlian_web.desk import codes, models, panels, places
from yanlian_web.desk.queries import refs
from yanlian_web.desk.training import loading
from yanlian_web.offices.models import Member

CODES = {
    "cultivate.plans.made": N_("Touch plans made for a tier"),
    "cultivate.issue.solved": N_("Issue solved"),
    "cultivate.issue.confirmed": N_("Company's word on an issue noted"),
    "cultivate.match.introduced": N_("Local firm introduced to an anchor"),
    "cultivate.match.outcome": N_("Outcome of an introduction noted"),
    "cultivate.need.closed": N_("Need closed"),
    "cultivate.need.reopened": N_("Need opened again"),
    "cultivate.ladder.run": N_("Firms assessed on the readiness ladder"),
}
FIELDS = {
    "confirmed_on": N_("Confirmed on"),
    "confirmed_by": N_("Confirmed by"),
    "solved_how": N_("How it was solved"),
    "reopened": N_("Times opened again"),
    "state": N_("State"),
    "low": N_("Least points"),
    "high": N_("Most points"),
    "introduced_on": N_("Introduced on"),
    "introduced_how": N_("How it was introduced"),
    "outcome_on": N_("Outcome on"),
    "outcome_why": N_("Why it came so"),
    "paper": N_("Order or contract"),
    "places": N_("Segments found"),
}
PLACES: dict[str, Any] = {
    "touch-norm": lambda r: reverse("cultivate-touches"),
    "touch-plan": lambda r: reverse("cultivate-touches"),
    "issue": lambda r: reverse("cultivate-issues"),
    "capability": lambda r: reverse("cultivate-book"),
    "need": lambda r: reverse("cultivate-need", args=[r.pk]),
    "match": lambda r: reverse("cultivate-need", args=[r.need_id]),
    "ladder-fact": lambda r: reverse("cultivate-ladder-one", args=[r.company_id]),
}


def waiting(member: Member, day: datetime.date) -> Any:
    """Return the issues of a member that are past their day."""
    return Issue.objects.filter(
        owner=member, solved_on=None, due_on__lt=day, archived_on=None
    )


def tell_desk() -> None:
    """Make everything known; called once, when the program starts."""
    models.KINDS.update({model.kind: model for model in KINDS})
    places.PLACES.update(PLACES)
    codes.CODES.update(CODES)
    for key, label in FIELDS.items():
        codes.FIELDS.setdefault(key, label)
    refs.WITH.update(
        {
            "touch-plan": ("company",),
            "ladder-fact": ("company",),
            "match": ("need__company", "capability__company"),
        }
    )
    refs.BY_OWNER.update({"touch-plan": "company", "ladder-fact": "company"})
    panels.WAITING["cultivate"] = waiting
    panels.panel(
        "company",
        panels.Panel(
            "cultivate",
            N_("Cultivate"),
            "cultivate/panel.html",
            company_panel,
            order=40,
        ),
    )
    loading.MORE.append(tell)
    # Importing it makes its duties known.
    assert dues
