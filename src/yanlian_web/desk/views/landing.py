"""Pages of landing: all projects, one project, what blocks, and what to verify."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian.progress import stages
from yanlian_web.desk.acting import may_see, today
from yanlian_web.desk.forms import DOINGS, offered
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models import Deal, Evidence
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries import landing as many
from yanlian_web.desk.queries import money
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.agreements import sent
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import may, need


@require_GET
@need("see")
def landing(request: Any) -> HttpResponse:
    """Show the projects since their signature: milestones, money, jobs, blockers."""
    member, query, day = request.member, request.GET, today()
    listed = many.ordered(many.landing_found(member, query))
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"landing-{day}",
            many.COLUMNS,
            many.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed.values_list("pk", flat=True), query)
    sums = money.columns_of_office(member, day)
    context = {
        "query": query,
        "page": page,
        "rows": many.landing_rows(
            many.in_order(many.with_names(Deal.objects.all()), page.rows), day
        ),
        "sums": [sums[True]] + ([] if sums[False].empty else [sums[False]]),
        "stages": [(code, spoken(stages.stage(code).name)) for code in many.LANDED],
        "today": day,
        **shape_page(LISTS["landing"], member, query),
    }
    return render(request, "desk/landing.html", context)


@require_GET
@need("see")
def project(request: Any, pk: int) -> HttpResponse:
    """Show one project: milestones with evidence, money, counts and blockers."""
    member = request.member
    record_or_404(member, "deal", pk)
    deal = Deal.objects.select_related("company", "gap", "owner__user").get(pk=pk)
    own = deal.office_id == member.office_id
    page = many.landing_page(member, deal, today())
    for row in page["blockers"]:
        row["doings"] = offered(row["record"], member) if own else []
    context = {
        **page,
        "own": own,
        "can_verify": own and may(member, "verify"),
        "gap_close": "gap-close" in DOINGS,
        "today": today(),
    }
    return render(request, "desk/landing_one.html", context)


@require_GET
@need("see")
def paper(request: Any, pk: int) -> Any:
    """Send the file of a paper to whoever may see what it proves."""
    row = (
        Evidence.objects.filter(pk=pk)
        .select_related(
            "file", "milestone__deal", "payment__deal", "measure__deal", "promise"
        )
        .first()
    )
    if row is None or row.file is None or not may_see(request.member, row):
        raise Http404
    thing = row.milestone or row.payment or row.measure
    about = thing.deal if thing else row.promise
    if about is None or not may_see(request.member, about):
        raise Http404
    return sent(row.file)


@require_GET
@need("see")
def blockers(request: Any) -> HttpResponse:
    """Show what stops projects, by the department that can move it."""
    member, query, day = request.member, request.GET, today()
    listed = many.blockers_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"blockers-{day}",
            many.BLOCKER_COLUMNS,
            many.blocker_export(listed, day),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed, query)
    rows = [many.clock_of(row, day) for row in page.rows]
    for row in rows:
        row["doings"] = offered(row["record"], member)
    context = {
        "query": query,
        "page": page,
        "rows": rows,
        "departments": many.departments(member, day),
        "here": "landing",
    }
    return render(request, "desk/blockers.html", context)


@require_GET
@need("verify")
def verify(request: Any) -> HttpResponse:
    """Show what waits for a second person and this member may verify."""
    context = {
        **many.verify_page(request.member),
        "promise_verify": "promise-verify" in DOINGS,
        "here": "landing",
    }
    return render(request, "desk/verify.html", context)
