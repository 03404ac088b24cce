"""The readiness ladder: all firms, and one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.cultivate.actions.ladder import ladder_run
from yanlian_web.cultivate.queries import ladder as queries
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models import Company
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def ladder(request: Any) -> HttpResponse:
    """Show firms by how near they are to their next tier."""
    member, query = request.member, request.GET
    listed = queries.found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"ladder-{today()}",
            queries.COLUMNS,
            queries.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed, query)
    context = {
        "query": query,
        "page": page,
        "rows": queries.rows_of(page.rows),
        "summary": queries.summary(member),
        "passes": queries.PASSES,
        "today": today(),
    }
    return render(request, "cultivate/ladder.html", context)


@require_GET
@need("see")
def ladder_one(request: Any, pk: int) -> HttpResponse:
    """Show every rule of every tier for one firm."""
    member = request.member
    company = record_or_404(member, "company", pk, own=True)
    assert isinstance(company, Company)
    page = queries.company_ladder(member, company, request.GET.get("tier", ""))
    return render(request, "cultivate/ladder_one.html", {**page, "today": today()})


@require_POST
@need("run")
def run(request: Any) -> HttpResponse:
    """Assess all firms that are here again."""
    ladder_run(by=request.member)
    return HttpResponseRedirect(reverse("cultivate-ladder"))
