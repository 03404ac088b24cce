"""All sources of the workspace, and where they disagree."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from yanlian.tables import Table, disagreements
from yanlian_web.offices.models import Office
from yanlian_web.studies.queries.rows import (
    Row,
    inputs_together,
    run_key,
    workspace_tables,
)

SHOWN = 400


def sources_page(office: Office, kind: str) -> dict[str, Any]:
    """Return sources of a kind, or all, the most used first, and disagreements."""
    runs = run_key(office)
    page = _known(office.folder, runs) if runs else _page(workspace_tables(office))
    listed = [row for row in page["every"] if kind in {"", row["kind"]}]
    return {**page, "sources": listed[:SHOWN]}


@functools.lru_cache(maxsize=8)
def _known(folder: Path, key: tuple[str, ...]) -> dict[str, Any]:
    """Return the page of stored runs, which never change, from memory."""
    return _page(inputs_together(folder, key))


def _page(tables: dict[str, Table]) -> dict[str, Any]:
    found: dict[str, Row] = {}
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
    return {
        "every": sorted(found.values(), key=lambda row: (-row["rows"], row["url"])),
        "total": len(found),
        "own": own,
        "kinds": sorted(kinds.items()),
        "disagree": _facts(tables) + _indicators(tables),
    }


def _facts(tables: dict[str, Table]) -> list[Row]:
    """Return facts of one company and year on which sources disagree."""
    facts: dict[str, list[Row]] = {}
    for row in tables["facts"].rows() if "facts" in tables else ():
        facts.setdefault(row["firm_id"], []).append(row)
    found = [
        {**item, "firm_id": firm}
        for firm, rows in facts.items()
        for item in disagreements(rows)
    ]
    if not found or "firms" not in tables:
        return [{**item, "firm": {}} for item in found]
    firms = tables["firms"]
    at = {key: i for i, key in enumerate(firms["firm_id"].tolist())}
    return [
        {**item, "firm": firms.take([at[item["firm_id"]]]).rows()[0]}
        if item["firm_id"] in at
        else {**item, "firm": {}}
        for item in found
    ]


def _indicators(tables: dict[str, Table]) -> list[dict[str, Any]]:
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
