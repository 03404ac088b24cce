"""Pages of companies, and the search box."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_GET

from yanlian.identity import fold, search_text
from yanlian.text import N_
from yanlian_web.desk import queries
from yanlian_web.desk.actions import companies_value
from yanlian_web.desk.models.companies import TIERS
from yanlian_web.desk.queries.search import found_of
from yanlian_web.offices.models import Office
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries as studies

VIEWS = ("table", "map", "board")
PAGES = (
    ("home", N_("Home")),
    ("chain", N_("Chain")),
    ("gaps", N_("Gaps")),
    ("companies", N_("Companies")),
    ("people", N_("People")),
    ("organisations", N_("Organisations")),
    ("conflicts", N_("Disagreeing sources")),
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
    member = request.member
    office = member.office
    companies_value(office=office)
    view = request.GET.get("view", "table")
    view = view if view in VIEWS else "table"
    query = request.GET
    context: dict[str, Any] = {"view": view, "query": query}
    if view == "map":
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


@require_GET
@need("see")
def search(request: Any) -> HttpResponse:
    """Find companies, people, organisations, deals, agreements and segments by names."""
    words = fold(request.GET.get("q", "")).split()
    segments = _segments(request.member.office, words) if words else []
    typed = request.headers.get("HX-Request")
    context = {
        **found_of(request.member, request.GET.get("q", "")),
        "segments": segments,
        "q": request.GET.get("q", ""),
        "pages": _pages(words) if typed else [],
    }
    return render(request, "desk/found.html" if typed else "desk/search.html", context)


def _segments(office: Office, words: list[str]) -> list[Any]:
    """Return the segments whose names, codes or pinyin hold all words."""
    run_id = studies.latest(office, "gaps")
    cells = studies.chain(office, run_id)["cells"].values() if run_id else ()
    return [
        cell
        for cell in cells
        if all(
            word
            in search_text(
                cell["segment_id"], cell["name_en"], cell["name_zh"], cell["short_zh"]
            )
            for word in words
        )
    ][:20]


def _pages(words: list[str]) -> list[tuple[str, str]]:
    """Return the pages whose names, in either language or pinyin, hold all words."""
    return [
        (url, label)
        for url, label in PAGES
        if all(word in search_text(label, translation(label)) for word in words)
    ]
