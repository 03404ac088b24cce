"""Pages of companies."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from yanlian_web.desk import queries
from yanlian_web.desk.actions import companies_value
from yanlian_web.desk.models.companies import TIERS
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def companies(request: Any) -> HttpResponse:
    """Show companies as table, map or board under one state of filters."""
    member = request.member
    office = member.office
    companies_value(office=office)
    query = request.GET
    context: dict[str, Any] = {
        "query": query,
        **shape_page(LISTS["companies"], member, query),
    }
    view = context["view"] = context["shape"]
    if view == "print":
        pass
    elif view == "map":
        context["map"] = queries.company_map(office, query, member)
        context["total"] = queries.found(office, query, member).count()
    elif view == "board":
        context["columns"], context["total"] = queries.company_board(
            office, query, member
        )
    else:
        context["list"] = queries.company_list(office, query, member)
        context["total"] = context["list"].total
    kept = query.copy()
    kept.pop("page", None)
    context["kept"] = kept.urlencode()
    context["gap"] = queries.gap_named(office, query.get("gap", ""))
    context["regions"] = queries.regions_of(office)
    context["tiers"] = TIERS
    context["owners"] = queries.owners_of(office)
    return render(request, "desk/companies.html", context)


@require_GET
@need("see")
def company(request: Any, firm_id: str) -> HttpResponse:
    """Show the record of one company."""
    companies_value(office=request.member.office)
    page = queries.company_page(request.member, firm_id, request.GET)
    if page is None:
        raise Http404
    into = page["company"].merged_into
    if into is not None:
        # The old address leads to the company it turned out to be.
        return redirect("companies-one", firm_id=into.firm_id)
    kept = request.GET.copy()
    for key in ("line", "older", "as_of"):
        kept.pop(key, None)
    # Somebody new is entered first, and their post at this company right after.
    post = {"company": page["company"].pk, "next": request.get_full_path()}
    person = {
        "side": "theirs",
        "next": f"{reverse('new', args=['post'])}?{urlencode(post)}",
    }
    page["new_person"] = f"{reverse('new', args=['person'])}?{urlencode(person)}"
    return render(request, "desk/company.html", {**page, "kept": kept.urlencode()})
