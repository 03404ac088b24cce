"""Tables and sources."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.offices.rights import need
from yanlian_web.studies import queries


@require_GET
@need("see")
def data(request: Any) -> HttpResponse:
    """Show the tables of the workspace with their columns."""
    tables = queries.workspace_tables(request.member.office)
    listed = [
        {"name": name, "rows": len(table), "columns": table.schema.columns}
        for name, table in sorted(tables.items())
    ]
    return render(request, "studies/data.html", {"tables": listed})


@require_GET
@need("see")
def sources(request: Any) -> HttpResponse:
    """Show every source with how many rows rest on it, and where sources disagree."""
    chosen = request.GET.get("kind", "")
    page = queries.sources_page(request.member.office, chosen)
    return render(request, "studies/sources.html", {**page, "kind": chosen})
