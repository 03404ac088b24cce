"""Pages of tables and sources."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.queries import conflicts
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
    return render(request, "data/data.html", {"tables": listed})


@require_GET
@need("see")
def sources(request: Any) -> HttpResponse:
    """Show every source with how many rows rest on it, and where sources disagree."""
    tables = queries.workspace_tables(request.member.office)
    found: dict[str, dict[str, Any]] = {}
    own = 0
    for name, table in tables.items():
        if "source_url" not in table:
            continue
        for url, kind, checked in zip(
            table["source_url"], table["source_kind"], table["checked_on"], strict=True
        ):
            if not url:
                own += 1
                continue
            row = found.setdefault(
                url,
                {
                    "url": url,
                    "kind": kind,
                    "checked_on": checked,
                    "tables": {},
                    "rows": 0,
                },
            )
            row["rows"] += 1
            row["tables"][name] = row["tables"].get(name, 0) + 1
            row["checked_on"] = max(row["checked_on"], checked)
    kinds: dict[str, int] = {}
    for row in found.values():
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + 1
    chosen = request.GET.get("kind", "")
    listed = [row for row in found.values() if chosen in {"", row["kind"]}]
    listed.sort(key=lambda row: (-row["rows"], row["url"]))
    facts: dict[str, list[dict[str, Any]]] = {}
    for row in tables["facts"].rows() if "facts" in tables else ():
        facts.setdefault(row["firm_id"], []).append(row)
    names = {}
    if "firms" in tables:
        names = {row["firm_id"]: row for row in tables["firms"].rows()}
    disagree = [
        {**item, "firm": names.get(firm, {})}
        for firm, rows in facts.items()
        for item in conflicts(rows)
    ]
    context = {
        "sources": listed[:400],
        "total": len(found),
        "own": own,
        "kinds": sorted(kinds.items()),
        "kind": chosen,
        "disagree": disagree + _indicators(tables),
    }
    return render(request, "data/sources.html", context)


def _indicators(tables: Any) -> list[dict[str, Any]]:
    """Return indicators of one region and year on which sources disagree."""
    if "indicators" not in tables:
        return []
    regions = (
        {r["region_id"]: r for r in tables["regions"].rows()}
        if "regions" in tables
        else {}
    )
    groups: dict[tuple[str, str, float, str], list[dict[str, Any]]] = {}
    for row in tables["indicators"].rows():
        if row["value"] == row["value"] and row["year"] == row["year"]:
            key = (row["region_id"], row["indicator"], row["year"], row["unit"])
            groups.setdefault(key, []).append(
                {**row, "text_en": row["value_text"], "text_zh": row["value_text"]}
            )
    return [
        {
            "firm": regions.get(region, {}),
            "field": indicator,
            "year": int(year),
            "name_en": rows[0]["name_en"],
            "name_zh": rows[0]["name_zh"],
            "rows": rows,
        }
        for (region, indicator, year, _), rows in groups.items()
        if len({row["value"] for row in rows}) > 1
    ]
