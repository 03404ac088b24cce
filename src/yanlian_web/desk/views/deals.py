"""Pages of deals: board, table, record, gate, and how well likelihoods foretold."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models import Deal
from yanlian_web.desk.queries import deal as one
from yanlian_web.desk.queries import deals as many
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def deals(request: Any) -> HttpResponse:
    """Show deals as board, table or print under one state of filters."""
    member, query = request.member, request.GET
    if query.get("export") in {"csv", "xlsx"}:
        listed = many.ordered(many.deals_found(member, query), query)
        return exported(
            f"deals-{today()}",
            many.COLUMNS,
            many.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    context: dict[str, Any] = {
        "query": query,
        "today": today().isoformat(),
        **many.choices_of(member, query),
        **shape_page(LISTS["deals"], member, query),
    }
    view = context["view"] = context["shape"]
    if context["drawn"]:
        return render(request, "desk/deals.html", context)
    if view == "board":
        context |= many.deal_board(member, query)
    elif view == "print":
        context |= many.printed(member, query)
    else:
        listed = many.ordered(many.deals_found(member, query), query)
        page = page_of(listed.values_list("pk", flat=True), query)
        context |= {
            "page": page,
            "rows": many.deal_rows(many.deals_by(page.rows)),
            "total": page.total,
            "sort": query.get("sort", ""),
        }
    kept = query.copy()
    kept.pop("page", None)
    context["kept"] = kept.urlencode()
    return render(request, "desk/deals.html", context)


@require_GET
@need("see")
def deal(request: Any, pk: int) -> HttpResponse:
    """Show the record of a deal."""
    member = request.member
    record = record_or_404(member, "deal", pk)
    assert isinstance(record, Deal)
    found = one.deal_of(record)
    own = found.office_id == member.office_id
    context = {
        **one.deal_page(member, found, request.get_full_path()),
        "near": many.neighbours(member, found, request.GET),
        "doings": list(offered(found, member)) if own else [],
        "own": own,
        "kept": request.GET.urlencode(),
    }
    return render(request, "desk/deal.html", context)


@require_GET
@need("see")
def gate(request: Any, pk: int) -> HttpResponse:
    """Show what a gate asks; as a part of the board, or as a page of its own."""
    member = request.member
    record = record_or_404(member, "deal", pk, own=True)
    assert isinstance(record, Deal)
    part = bool(request.headers.get("HX-Request"))
    # What is supplied leads back to the gate itself.
    back = request.get_full_path()
    context = {
        **one.gate_page(member, one.deal_of(record), request.GET.get("to", ""), back),
        "part": part,
        "back": back,
    }
    name = "desk/gate_part.html" if part else "desk/gate.html"
    return render(request, name, context)


@require_GET
@need("see")
def forecasts(request: Any) -> HttpResponse:
    """Show how well stated likelihoods foretold what came."""
    return render(request, "desk/forecasts.html", one.forecasts_page(request.member))
