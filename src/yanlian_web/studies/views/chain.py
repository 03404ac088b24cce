"""The chain."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import reader


def empty_page(request: Any) -> HttpResponse:
    """Tell how results come about, where there is none yet."""
    return render(request, "studies/empty.html")


@require_GET
@need("see")
def chain(request: Any) -> HttpResponse:
    """Show the chain as lanes, graph or table, with one segment in focus."""
    office = request.member.office
    run_id = request.GET.get("run") or queries.latest(office, "gaps")
    if not run_id:
        return empty_page(request)
    view = queries.chain(office, run_id)
    focus = request.GET.get("segment", "")
    sheet = queries.segment_sheet(office, run_id, focus) if focus else None
    if focus and sheet is None:
        raise Http404
    shown = request.GET.get("view", "lanes")
    context = {
        "view": view,
        "count": len(view["cells"]),
        "sheet": sheet,
        "around": sheet["around"] if sheet else {},
        "focus": focus,
        "targets": queries.targets_of(office, "segment_id", focus) if focus else [],
        "shown": shown if shown in {"lanes", "graph", "table"} else "lanes",
        "run": queries.run_of(office, run_id).manifest,
        "settings": queries.settings_of(office),
    }
    return render(request, "studies/chain.html", context)


@require_GET
@need("see")
def chain_graph(request: Any, run_id: str) -> HttpResponse:
    """Send nodes with positions and edges of the chain, for the drawing."""
    nodes, edges = queries.graph(request.member.office, run_id)
    chinese = reader() == "zh"
    shown = [
        {
            **{k: node[k] for k in ("id", "x", "y", "step", "marked")},
            "label": node["short_zh"] if chinese else node["short_en"],
            "href": f"{reverse('chain')}?segment={quote(node['id'])}&run={run_id}",
        }
        for node in nodes
    ]
    return JsonResponse({"nodes": shown, "edges": edges})
