"""Where records are shown, what the log says of them, and what stands on desk pages."""

from __future__ import annotations

from django.urls import reverse

from yanlian.text import N_
from yanlian_web.desk.codes import CODES, FIELDS
from yanlian_web.desk.panels import Panel, panel
from yanlian_web.desk.places import PLACES
from yanlian_web.handover.queries.parts import home_part, person_part, trip_part

PLACES.update(
    {
        "handover": lambda r: reverse("handover-given", args=[r.pk]),
        "review": lambda r: reverse("reviews-one", args=[r.trip_id, r.after]),
        "review-decision": lambda r: reverse("promises-one", args=[r.promise_id]),
    }
)
CODES.update(
    {
        "handover.handover.given": N_("Records handed over"),
        "handover.handover.confirmed": N_("Handover confirmed"),
        "handover.handover.undone": N_("Handover undone"),
        "handover.review.held": N_("Review of a trip held"),
        "handover.review.changed": N_("Review of a trip changed"),
        "handover.wish.set": N_("Reminders chosen"),
        "handover.norms.set": N_("Norms of reminders set"),
        "handover.feed.renewed": N_("Calendar address made"),
        "handover.feed.changed": N_("Calendar changed"),
        "handover.feed.revoked": N_("Calendar address taken back"),
        "handover.digests.sent": N_("Reminders sent by e-mail"),
    }
)
FIELDS.setdefault("confirmed_on", N_("Confirmed on"))
panel("home", Panel("reminders", N_("Reminders"), "handover/_home.html", home_part))
panel("trip", Panel("reviews", N_("Reviews"), "handover/_trip.html", trip_part))
panel("person", Panel("handover", N_("Handover"), "handover/_person.html", person_part))
