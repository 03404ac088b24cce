"""Pages of reviews."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.progress.reminders import REVIEWS
from yanlian.text import N_
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.models import Company, Deal, Trip
from yanlian_web.desk.queries.filters import day_of
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.handover.actions.reviews import TEXTS, Decided, review_hold
from yanlian_web.handover.models import Review
from yanlian_web.handover.queries.reviews import review_list, review_page
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import called, name, reader

# Rows for decisions on the form.
ROWS = 4
HEADS = (
    (N_("Note"), "note"),
    (N_("What was learned"), "learned"),
    (N_("Open questions"), "questions"),
)


@require_GET
@need("see")
def reviews(request: Any) -> HttpResponse:
    """List the reviews that are due, were held, and are to come."""
    context = review_list(request.member, request.GET)
    return render(request, "handover/reviews.html", {**context, "query": request.GET})


@require_http_methods(["GET", "POST"])
@need("see")
def review(request: Any, pk: int, after: int) -> HttpResponse:
    """Show a review of a trip, or hold it."""
    member = request.member
    trip = record_or_404(member, "trip", pk, own=True)
    assert isinstance(trip, Trip)
    if after not in REVIEWS:
        raise Http404
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        if not may(member, "write"):
            raise PermissionDenied
        sent = request.POST
        version = sent.get("version", "")
        try:
            review_hold(
                by=member,
                trip=trip,
                after=after,
                texts={name: sent.get(name, "")[:10_000] for name in TEXTS},
                decided=_decided(request),
                version=int(version) if version.isdecimal() and len(version) < 9 else 0,
            )
        except Conflict as error:
            status = 409
            context["errors"] = [error.text(reader())]
        except Refused as error:
            status = 422
            context["errors"] = [f.say.text(reader()) for f in error.findings]
        else:
            return redirect("reviews-one", pk=trip.pk, after=after)
        context["sent"] = sent
    page = review_page(member, trip, after)
    held = page["review"]
    labels = {f.name: f.verbose_name for f in Review._meta.concrete_fields}
    texts = context.get("sent") or {n: getattr(held, n, "") for n in TEXTS}
    context |= page | {
        "today": today(),
        "fields": [
            {
                "name": name,
                "label": labels[name],
                "value": texts.get(name, ""),
                "own": name.endswith(f"_{reader()}"),
            }
            for name in TEXTS
        ],
        "heads": [
            (label, [getattr(held, f"{stem}_{lang}", "") for lang in ("en", "zh")])
            for label, stem in HEADS
        ],
        "bound": len(page["look"].signed[True]),
        "loose": len(page["look"].signed[False]),
        "abouts": _abouts(page),
        "rows": _rows(context.get("sent")),
        "members": list(
            Member.objects.filter(office_id=member.office_id)
            .exclude(role="reader")
            .select_related("user")
        ),
        "may_hold": may(member, "write")
        and not page["ahead"]
        and trip.state != "cancelled"
        and not trip.archived_on,
        "edit": "sent" in context or request.GET.get("edit") == "1" or held is None,
    }
    return render(request, "handover/review.html", context, status=status)


def _abouts(page: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a decision can be about: the deals and companies of the trip."""
    found = {
        row["deal"].ref: f"{name(row['deal'].company)}: {called(row['deal'])}"
        for row in page["deals"]
    }
    firms = [
        *(meeting.company for meeting in page["visited"]),
        *(row["promise"].company for row in page["promises"]),
    ]
    found |= {firm.ref: name(firm) for firm in firms if firm}
    return list(found.items())


def _rows(sent: Any) -> list[dict[str, Any]]:
    """Return the rows for decisions, as they were sent or empty."""
    return [
        {
            "number": number,
            **{
                name: sent.get(f"{name}_{number}", "") if sent else ""
                for name in ("decision", "due", "owner", "about")
            },
        }
        for number in range(1, ROWS + 1)
    ]


def _decided(request: Any) -> list[Decided]:
    """Return the decisions that were written; empty rows are none."""
    member, sent = request.member, request.POST
    found = []
    for row in _rows(sent):
        text = row["decision"].strip()[:500]
        if not (text or row["due"]):
            continue
        owner, about = row["owner"], row["about"]
        kind, _, number = about.partition(":")
        number = int(number) if number.isdecimal() and len(number) < 18 else 0
        deals = Deal.objects.seen_by(member).live().select_related("company")
        firms = Company.objects.seen_by(member).live()
        day: datetime.date | None = day_of(row["due"])
        found.append(
            Decided(
                text,
                reader(),
                day,
                Member.objects.filter(pk=int(owner), office_id=member.office_id).first()
                if owner.isdecimal() and len(owner) < 18
                else None,
                firms.filter(pk=number).first() if kind == "company" else None,
                deals.filter(pk=number).first() if kind == "deal" else None,
            )
        )
    return found
