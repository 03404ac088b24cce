"""Pages of companies, and the search box."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, override
from django.views.decorators.http import require_GET

from yanlian.identity import fold, search_text
from yanlian.text import N_
from yanlian_web.desk import queries
from yanlian_web.desk.actions import companies_value
from yanlian_web.desk.models import Company
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries as studies

VIEWS = ("table", "map", "board")
PAGES = (
    ("home", N_("Home")),
    ("chain", N_("Chain")),
    ("gaps", N_("Gaps")),
    ("companies", N_("Companies")),
    ("trips", N_("Trips")),
    ("runs", N_("Runs")),
    ("sources", N_("Sources")),
    ("data", N_("Data")),
    ("help", N_("Guide")),
)


def translation(label: str) -> str:
    """Return the Chinese of a label, whatever the reader's language."""
    with override("zh-hans"):
        return gettext(label)


@require_GET
@need("see")
def companies(request: Any) -> HttpResponse:
    """Show companies as table, map or board under one state of filters."""
    office = request.member.office
    companies_value(office=office)
    view = request.GET.get("view", "table")
    view = view if view in VIEWS else "table"
    query = request.GET
    context: dict[str, Any] = {"view": view, "query": query}
    if view == "map":
        context["map"] = queries.company_map(office, query)
        context["total"] = queries.found(office, query).count()
    elif view == "board":
        context["columns"], context["total"] = queries.company_board(office, query)
    else:
        context["list"] = queries.company_list(office, query)
        context["total"] = context["list"].total
    kept = query.copy()
    kept.pop("page", None)
    context["kept"] = kept.urlencode()
    context["gap"] = queries.gap_named(office, query.get("gap", ""))
    context["regions"] = queries.regions_of(office)
    return render(request, "desk/companies.html", context)


@require_GET
@need("see")
def company(request: Any, firm_id: str) -> HttpResponse:
    """Show the record of one company."""
    companies_value(office=request.member.office)
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
    typed = request.headers.get("HX-Request")
    context = {
        "firms": firms,
        "segments": segments,
        "q": request.GET.get("q", ""),
        "pages": _pages(words) if typed else [],
    }
    return render(request, "desk/found.html" if typed else "desk/search.html", context)


def _pages(words: list[str]) -> list[tuple[str, str]]:
    """Return the pages whose names, in either language or pinyin, hold all words."""
    return [
        (url, label)
        for url, label in PAGES
        if all(word in search_text(label, translation(label)) for word in words)
    ]
