"""The station, touch plans, issues, the capability book and needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.cultivate.actions.touches import plans_make
from yanlian_web.cultivate.models import Need
from yanlian_web.cultivate.queries import book, home, issues, touches
from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models.companies import TIERS
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def station(request: Any) -> HttpResponse:
    """Show what is due: touches, issues, matches, firms near a tier."""
    page = home.home_page(request.member, request.GET)
    return render(request, "cultivate/home.html", {**page, "today": today()})


@require_GET
@need("see")
def touch_list(request: Any) -> HttpResponse:
    """Show touch plans by the day on which the next touch is due."""
    member, query = request.member, request.GET
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"touches-{today()}",
            touches.COLUMNS,
            touches.export_rows(member, touches.found(member, query)),
            form=query["export"],
            training=member.office.training,
        )
    page, listed = touches.page(member, query)
    context = {
        "query": query,
        "page": page,
        "counts": touches.counts(listed),
        "norms": touches.norms_of(member.office),
        "unplanned": touches.unplanned(member),
        "axis": touches.axis(),
        "tiers": TIERS,
        "today": today(),
    }
    return render(request, "cultivate/touches.html", context)


@require_POST
@need("decide")
def touch_make(request: Any) -> HttpResponse:
    """Plan for every local company of a tier that has no plan yet."""
    plans_make(by=request.member, tier=request.POST.get("tier", ""))
    return HttpResponseRedirect(reverse("cultivate-touches"))


@require_GET
@need("see")
def issue_list(request: Any) -> HttpResponse:
    """Show what firms have raised, with the clock of each, and how it ends."""
    member, query = request.member, request.GET
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"issues-{today()}",
            issues.COLUMNS,
            issues.export_rows(member, query),
            form=query["export"],
            training=member.office.training,
        )
    context = issues.page(member, query)
    for row in context["page"].rows:
        row["doings"] = offered(row["record"], member)
    return render(
        request, "cultivate/issues.html", {**context, "query": query, "today": today()}
    )


@require_GET
@need("see")
def book_list(request: Any) -> HttpResponse:
    """Show the capability book: what local firms can make."""
    member, query = request.member, request.GET
    rows = book.book_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"capabilities-{today()}",
            book.BOOK_COLUMNS,
            book.book_export(member, rows),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(rows, query)
    context = {
        "query": query,
        "page": page,
        "rows": book.book_rows(member, page.rows),
        "today": today(),
    }
    return render(request, "cultivate/book.html", context)


@require_GET
@need("see")
def need_list(request: Any) -> HttpResponse:
    """Show what anchor firms need, and how many local firms fit."""
    member, query = request.member, request.GET
    page = page_of(book.needs_found(member, query), query)
    context = {
        "query": query,
        "page": page,
        "rows": book.need_rows(member, page.rows),
        "worth": book.WORTH,
        "today": today(),
    }
    return render(request, "cultivate/needs.html", context)


@require_GET
@need("see")
def need_one(request: Any, pk: int) -> HttpResponse:
    """Show the match sheet of a need, or send it as a file."""
    member, query = request.member, request.GET
    wanted = record_or_404(member, "need", pk, own=True)
    assert isinstance(wanted, Need)
    page = book.need_page(member, wanted)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"match-sheet-{pk}-{today()}",
            book.SHEET_COLUMNS,
            book.sheet_export(page),
            form=query["export"],
            training=member.office.training,
        )
    return render(request, "cultivate/need.html", {**page, "today": today()})
