"""Pages of trips that were decided, and accepting a plan."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.desk.acting import Refused
from yanlian_web.desk.actions.trips import trip_accept, trip_of_run
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import page_of
from yanlian_web.desk.models import Trip
from yanlian_web.desk.models.gaps import TRIP_STATES
from yanlian_web.desk.queries import journeys as queries
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need
from yanlian_web.ui.templatetags.yl import reader


@require_GET
@need("see")
def journeys(request: Any) -> HttpResponse:
    """Show the trips that were decided, newest first."""
    member, query = request.member, request.GET
    page = page_of(queries.journeys_found(member, query), query)
    context = {
        "query": query,
        "page": page,
        "rows": queries.journey_rows(page.rows),
        "total": page.total,
        "states": TRIP_STATES,
    }
    return render(request, "desk/journeys.html", context)


@require_GET
@need("see")
def journey(request: Any, pk: int) -> HttpResponse:
    """Show a trip: days with meetings, delegation, promises, what it brought."""
    member = request.member
    record = record_or_404(member, "trip", pk)
    assert isinstance(record, Trip)
    own = record.office_id == member.office_id
    context = {
        **queries.journey_page(member, record),
        "trip": record,
        "own": own,
        "doings": offered(record, member) if own else [],
    }
    return render(request, "desk/journey.html", context)


@require_POST
@need("decide")
def accept(request: Any) -> HttpResponse:
    """Accept a plan; lead to the trip that is there when it was accepted before."""
    run_id = request.POST.get("run", "")
    try:
        made = trip_accept(by=request.member, run_id=run_id)
    except Refused as error:
        context = {
            "texts": [finding.say.text(reader()) for finding in error.findings],
            "trip": trip_of_run(request.member, run_id),
        }
        return render(request, "desk/journey_refused.html", context, status=409)
    return redirect("journeys-one", pk=made.pk)
