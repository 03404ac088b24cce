"""The home page, by role."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.actions import companies_value
from yanlian_web.desk.panels import panels_of
from yanlian_web.desk.queries import home as queries
from yanlian_web.desk.queries.day import officer_page
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries as studies


@require_GET
@need("see")
def home(request: Any) -> HttpResponse:
    """Show what waits: a leader's decisions, an officer's day, or how to begin."""
    member = request.member
    companies_value(office=member.office)
    planned = studies.home_page(member.office)
    if not queries.begun(member.office):
        if planned is None:
            return render(request, "studies/empty.html")
        return render(request, "desk/home_start.html", planned)
    panels = panels_of(member, None, "home")
    if member.role == "officer":
        page = officer_page(member)
        return render(request, "desk/home_officer.html", {**page, "panels": panels})
    page = queries.leader_page(member, planned)
    page |= {"planned": planned, "panels": panels}
    return render(request, "desk/home_leader.html", page)
