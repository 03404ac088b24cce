"""Pages of promises: the ledger, its week, one promise."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_by_number
from yanlian_web.desk.models import Promise
from yanlian_web.desk.queries import ledger as many
from yanlian_web.desk.queries import promise as one
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def promises(request: Any) -> HttpResponse:
    """Show the commitments ledger under one state of filters."""
    member, query = request.member, request.GET
    listed = many.promises_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"promises-{today()}",
            many.COLUMNS,
            many.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_by_number(listed, many.with_names(Promise.objects.all()), query)
    context = {
        "query": query,
        "page": page,
        "rows": many.promise_rows(page.rows),
        "total": page.total,
        "counts": many.counts_of(member),
        "today": today(),
        **many.ledger_choices(member, query),
        **shape_page(LISTS["promises"], member, query),
    }
    return render(request, "desk/promises.html", context)


@require_GET
@need("see")
def week(request: Any) -> HttpResponse:
    """Show what is due in a week on both sides, and how both keep their word."""
    page = many.week_page(request.member, request.GET.get("of", ""))
    return render(request, "desk/promises_week.html", page)


@require_GET
@need("see")
def promise(request: Any, pk: int) -> HttpResponse:
    """Show one promise with its papers and its history."""
    member = request.member
    record = record_or_404(member, "promise", pk)
    assert isinstance(record, Promise)
    found = one.promise_of(record)
    page = one.promise_page(member, found)
    context = {**page, "doings": offered(found, member) if page["own"] else []}
    return render(request, "desk/promise.html", context)
