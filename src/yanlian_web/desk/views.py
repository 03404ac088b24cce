"""Pages of companies, and the search box."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian.identity import fold, search_text
from yanlian_web.desk import queries
from yanlian_web.desk.models import Company
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries as studies

VIEWS = ("table", "map", "board")


@require_GET
@need("see")
def companies(request: Any) -> HttpResponse:
    """Show companies as table, map or board under one state of filters."""
    office = request.member.office
    view = request.GET.get("view", "table")
    view = view if view in VIEWS else "table"
    query = request.GET
    context: dict[str, Any] = {"view": view, "query": query}
    if view == "map":
        context["map"] = queries.company_map(office, query)
        context["total"] = queries.found(office, query).count()
    elif view == "board":
        context["columns"] = queries.company_board(office, query)
        context["total"] = sum(len(c["cards"]) for c in context["columns"])
    else:
        context["list"] = queries.company_list(office, query)
        context["total"] = context["list"].total
    kept = query.copy()
    kept.pop("page", None)
    context["kept"] = kept.urlencode()
    return render(request, "desk/companies.html", context)


@require_GET
@need("see")
def company(request: Any, firm_id: str) -> HttpResponse:
    """Show the record of one company."""
    page = queries.company_page(request.member.office, firm_id, request.GET)
    if page is None:
        raise Http404
    return render(
        request, "desk/company.html", {**page, "kept": request.GET.urlencode()}
    )


@require_GET
@need("see")
def search(request: Any) -> HttpResponse:
    """Find companies, segments and gaps by names, pinyin and initials."""
    office = request.member.office
    words = fold(request.GET.get("q", "")).split()
    firms: list[Any] = []
    segments: list[Any] = []
    if words:
        listed = Company.objects.filter(office=office)
        for word in words:
            listed = listed.filter(search__contains=word)
        firms = list(listed.values(*queries.FIELDS)[:20])
        run_id = studies.latest(office, "gaps")
        cells = studies.chain(office, run_id)["cells"].values() if run_id else ()
        segments = [
            cell
            for cell in cells
            if all(
                word
                in search_text(
                    cell["segment_id"],
                    cell["name_en"],
                    cell["name_zh"],
                    cell["short_zh"],
                )
                for word in words
            )
        ][:20]
    context = {"firms": firms, "segments": segments, "q": request.GET.get("q", "")}
    return render(request, "desk/search.html", context)
