"""What the pages show of runs: plain data, cached by the run, which never changes."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from yanlian import job
from yanlian.chains import CONTRIBUTIONS, gap_scores
from yanlian.store import Run, Store
from yanlian.tables import Table, split_list
from yanlian_web.offices.models import Office

Row = dict[str, Any]


def store_of(office: Office) -> Store:
    """Return the store of an office's workspace."""
    return Store(office.folder / ".yanlian")


@functools.lru_cache(maxsize=64)
def _run(folder: Path, run_id: str) -> Run:
    return Store(folder / ".yanlian").load(run_id)


@functools.lru_cache(maxsize=16)
def _inputs(folder: Path, run_id: str) -> dict[str, Table]:
    return Store(folder / ".yanlian").inputs(_run(folder, run_id).manifest)


@functools.lru_cache(maxsize=256)
def _rows(folder: Path, run_id: str, table: str) -> tuple[Row, ...]:
    made = _run(folder, run_id)
    found = made.result.tables.get(table)
    if found is None:
        found = _inputs(folder, run_id).get(table)
    return tuple(found.rows()) if found is not None else ()


def run_of(office: Office, run_id: str) -> Run:
    """Return a run of the office."""
    return _run(office.folder, run_id)


def latest(office: Office, study: str) -> str | None:
    """Return the identifier of the newest run of a study."""
    runs = store_of(office).runs(study)
    return runs[0]["id"] if runs else None


def rows(office: Office, run_id: str, table: str) -> tuple[Row, ...]:
    """Return the rows of a result or input table of a run; none when it has none."""
    return _rows(office.folder, run_id, table)


def by_key(office: Office, run_id: str, table: str, key: str) -> dict[str, Row]:
    """Return rows of a table by a key column."""
    return _by_key(office.folder, run_id, table, key)


@functools.lru_cache(maxsize=256)
def _by_key(folder: Path, run_id: str, table: str, key: str) -> dict[str, Row]:
    return {row[key]: row for row in _rows(folder, run_id, table)}


@functools.lru_cache(maxsize=128)
def _grouped(folder: Path, run_id: str, table: str, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _rows(folder, run_id, table):
        found.setdefault(row[key], []).append(row)
    return found


def grouped(office: Office, run_id: str, table: str, key: str) -> dict[str, list[Row]]:
    """Return rows of a table in groups of a key column."""
    return _grouped(office.folder, run_id, table, key)


def step(strength: float) -> int:
    """Return the step of strength, 1 weak to 5 strong; 0 without data."""
    return 0 if strength != strength else max(1, min(5, int(strength * 5) + 1))


@functools.lru_cache(maxsize=16)
def _chain(folder: Path, run_id: str) -> dict[str, Any]:
    segments = _rows(folder, run_id, "segments")
    strengths = _by_key(folder, run_id, "strengths", "segment_id")
    gaps = _by_key(folder, run_id, "gaps", "segment_id")
    cells: dict[str, Row] = {}
    stages: dict[str, dict[str, list[Row]]] = {}
    for segment in segments:
        found = strengths.get(segment["segment_id"], {})
        gap = gaps.get(segment["segment_id"])
        value = found.get("strength", float("nan"))
        cell = {
            **segment,
            "step": step(value),
            "strength": value,
            "low": found.get("strength_low"),
            "high": found.get("strength_high"),
            "state": found.get("state", "unknown"),
            "confidence": found.get("confidence_word", "none"),
            "firms": found.get("firms", 0.0),
            "evidence": found.get("evidence", 0.0),
            "last_checked": found.get("last_checked", ""),
            "gap": gap,
            "marked": bool(gap and gap["rank"] == gap["rank"] and gap["rank"] <= 15),
        }
        cells[segment["segment_id"]] = cell
        lanes = stages.setdefault(segment["stage"], {})
        lanes.setdefault(segment["pillar_en"], []).append(cell)
    order = ("upstream", "midstream", "downstream")
    columns = []
    for stage in order:
        lanes = stages.get(stage, {})
        if not lanes:
            continue
        total = sum(len(listed) for listed in lanes.values())
        columns.append(
            {
                "stage": stage,
                "count": total,
                "lanes": [
                    {
                        "pillar_en": key,
                        "pillar_zh": listed[0]["pillar_zh"],
                        "cells": listed,
                    }
                    for key, listed in lanes.items()
                ],
            }
        )
    suppliers: dict[str, list[Row]] = {}
    buyers: dict[str, list[Row]] = {}
    for row in _rows(folder, run_id, "supplies"):
        suppliers.setdefault(row["buyer_id"], []).append(row)
        buyers.setdefault(row["supplier_id"], []).append(row)
    return {
        "columns": columns,
        "cells": cells,
        "suppliers": suppliers,
        "buyers": buyers,
        "edges": len(_rows(folder, run_id, "supplies")),
    }


def chain(office: Office, run_id: str) -> dict[str, Any]:
    """Return stages with lanes of cells, and the supplies around each cell."""
    return _chain(office.folder, run_id)


def segment_sheet(office: Office, run_id: str, segment_id: str) -> Row | None:
    """Return everything the sheet of a segment shows, or None when there is none."""
    view = chain(office, run_id)
    cell = view["cells"].get(segment_id)
    if cell is None:
        return None

    def linked(listed: list[Row], key: str) -> list[Row]:
        made = [
            {
                **view["cells"][row[key]],
                "importance": int(row["importance"]),
                "sourced": bool(row["source_url"]),
                "source_url": row["source_url"],
            }
            for row in listed
        ]
        return sorted(made, key=lambda r: (-r["importance"], r["segment_id"]))

    evidence = grouped(office, run_id, "strength_evidence", "segment_id")
    firms = by_key(office, run_id, "firms", "firm_id")
    places = grouped(office, run_id, "placements", "segment_id").get(segment_id, [])
    outside = [
        {**firms[p["firm_id"]], "confidence": p["confidence"], "words": p["words"]}
        for p in sorted(places, key=lambda p: -p["confidence"])
        if p["firm_id"] in firms
        and firms[p["firm_id"]]["region_id"] != office.region_id
    ]
    return {
        **cell,
        "inputs": linked(view["suppliers"].get(segment_id, []), "supplier_id"),
        "outputs": linked(view["buyers"].get(segment_id, []), "buyer_id"),
        "rows": evidence.get(segment_id, []),
        "outside": outside,
    }


def gap_list(
    office: Office, run_id: str, weights: list[float] | None
) -> dict[str, Any]:
    """Return gaps in order, with their contributions under the weights given.

    The scores come from the same function as those of the study.
    """
    gaps = rows(office, run_id, "gaps")
    parts = grouped(office, run_id, "gap_contributions", "gap_id")
    segments = by_key(office, run_id, "segments", "segment_id")
    scored = [gap for gap in gaps if gap["score"] == gap["score"]]
    listed: list[Row] = []
    if weights is None:
        for gap in scored:
            listed.append({**gap, "parts": parts.get(gap["gap_id"], [])})
    else:
        raw = np.array(
            [[part["raw"] for part in parts[gap["gap_id"]]] for gap in scored], float
        ).reshape(len(scored), len(CONTRIBUTIONS))
        points = np.round(gap_scores(raw, np.array(weights)), 3)
        for gap, row in zip(scored, points, strict=True):
            again = [
                {**part, "value": float(value)}
                for part, value in zip(parts[gap["gap_id"]], row, strict=True)
            ]
            listed.append(
                {**gap, "parts": again, "score": float(row.sum()), "was": gap["rank"]}
            )
        listed.sort(key=lambda g: (-g["score"], g["was"]))
        for number, gap in enumerate(listed, start=1):
            gap["rank"] = number
    for gap in listed:
        segment = segments[gap["segment_id"]]
        gap |= {k: segment[k] for k in ("name_en", "name_zh", "pillar_en", "pillar_zh")}
    unscored = [
        {**gap, **{k: segments[gap["segment_id"]][k] for k in (
            "name_en", "name_zh", "pillar_en", "pillar_zh")}, "parts": []}
        for gap in gaps
        if gap["score"] != gap["score"]
    ]  # fmt: skip
    plus = [sum(p["value"] for p in g["parts"] if p["value"] > 0) for g in listed]
    minus = [sum(p["value"] for p in g["parts"] if p["value"] < 0) for g in listed]
    return {
        "gaps": listed,
        "unscored": unscored,
        "most": max(plus, default=1.0),
        "least": min(minus, default=0.0),
        "kinds": {
            kind: sum(gap["kind"] == kind for gap in (*listed, *unscored))
            for kind in ("fill", "extend", "strengthen", "build")
        },
    }


def targets_of(office: Office, key: str, value: str) -> list[Row]:
    """Return the targets of a gap or a firm in the newest run, best first."""
    run_id = latest(office, "targets")
    if run_id is None:
        return []
    firms = by_key(office, run_id, "firms", "firm_id")
    segments = by_key(office, run_id, "segments", "segment_id")
    parts = grouped(office, run_id, "target_contributions", "target_id")
    gaps = by_key(office, run_id, "gaps", "gap_id")
    made = []
    for row in grouped(office, run_id, "targets", key).get(value, []):
        made.append(
            {
                **row,
                "firm": firms[row["firm_id"]],
                "segment": segments[row["segment_id"]],
                "gap": gaps[row["gap_id"]],
                "parts": parts.get(row["target_id"], []),
            }
        )
    return made


SLOT_MIN = 10
FIRST_MIN = 6 * 60


def trip_page(office: Office, run_id: str) -> dict[str, Any]:
    """Return days with blocks laid on a grid of ten minutes, and what was left out."""
    made = run_of(office, run_id)
    firms = by_key(office, run_id, "firms", "firm_id")
    gaps = by_key(office, run_id, "gaps", "gap_id")
    segments = by_key(office, run_id, "segments", "segment_id")

    def served(cell: str) -> list[Row]:
        return [
            {**gaps[key], "segment": segments.get(gaps[key]["segment_id"], {})}
            for key in split_list(cell)
            if key in gaps
        ]

    days = []
    number = 0
    for day in rows(office, run_id, "trip_days"):
        blocks = []
        for stop in rows(office, run_id, "stops"):
            if stop["day"] != day["day"] or stop["kind"] in {"start", "end"}:
                continue
            slot = round((stop["start_min"] - FIRST_MIN) / SLOT_MIN)
            size = max(round((stop["end_min"] - FIRST_MIN) / SLOT_MIN) - slot, 1)
            block = {**stop, "slot": max(slot, 0), "size": size}
            if stop["kind"] == "visit":
                number += 1
                block |= {
                    "number": number,
                    "firm": firms[stop["firm_id"]],
                    "gaps": served(stop["gap_ids"])[:1],
                }
            blocks.append(block)
        days.append({**day, "blocks": blocks})
    left = [
        {
            **row,
            "firm": firms.get(row["firm_id"], {}),
            "gaps": served(row["gap_ids"])[:1],
        }
        for row in rows(office, run_id, "left_out")
    ]
    checks = rows(office, run_id, "trip_checks")
    summary = made.manifest["summary"]
    return {
        "days": days,
        "left": left,
        "checks": checks,
        "summary": summary,
        "manifest": made.manifest,
        "hours": [(h, (h * 60 - FIRST_MIN) // SLOT_MIN) for h in range(7, 21)],
        "map": _trip_map(office, run_id, days),
        "compare": [
            firms[key] for key in made.params.get("compare_with", []) if key in firms
        ],
    }


def _trip_map(office: Office, run_id: str, days: list[Row]) -> Row:
    """Return points and lines of a trip on plain coordinates, no outlines."""
    regions = by_key(office, run_id, "regions", "region_id")
    points: list[Row] = []
    lines: list[Row] = []
    for day in days:
        here = regions.get(day["start_id"], {})
        last = (here.get("lon"), here.get("lat"))
        spread = 0
        for block in day["blocks"]:
            if block["kind"] != "visit":
                continue
            # Companies known by their city alone would hide each other.
            spread += 1
            at = (block["lon"] + 0.09 * (spread % 3 - 1), block["lat"] + 0.05 * spread)
            points.append({"at": at, "number": block["number"], "day": int(day["day"])})
            lines.append({"a": last, "b": at, "day": int(day["day"])})
            last = at
        end = regions.get(day["end_id"], {})
        lines.append(
            {"a": last, "b": (end.get("lon"), end.get("lat")), "day": int(day["day"])}
        )
    named = {
        day[k]: regions.get(day[k]) for day in days for k in ("start_id", "end_id")
    }
    places = [{"at": (r["lon"], r["lat"]), **r} for r in named.values() if r]
    every = [p["at"] for p in (*points, *places)]
    if not every:
        return {}
    west, east = min(x for x, _ in every) - 0.4, max(x for x, _ in every) + 0.4
    south, north = min(y for _, y in every) - 0.3, max(y for _, y in every) + 0.4
    high = 420.0
    scale = high / (north - south)
    shrink = float(np.cos(np.radians((north + south) / 2)))
    wide = (east - west) * scale * shrink

    def xy(at: tuple[float, float]) -> tuple[str, str]:
        return (
            f"{(at[0] - west) * scale * shrink:.1f}",
            f"{(north - at[1]) * scale:.1f}",
        )

    return {
        "wide": f"{wide:.0f}",
        "high": f"{high:.0f}",
        "points": [{**p, "x": xy(p["at"])[0], "y": xy(p["at"])[1]} for p in points],
        "places": [{**p, "x": xy(p["at"])[0], "y": xy(p["at"])[1]} for p in places],
        "lines": [
            {**line, "a": xy(line["a"]), "b": xy(line["b"])}
            for line in lines
            if line["a"][0] is not None and line["b"][0] is not None
        ],
        "lats": [(d, xy((west, d))[1]) for d in range(int(south) + 1, int(north) + 1)],
        "lons": [(d, xy((d, south))[0]) for d in range(int(west) + 1, int(east) + 1)],
    }


def workspace_tables(office: Office) -> dict[str, Table]:
    """Return the input tables of all newest runs, or of the folder without runs."""
    found: dict[str, Table] = {}
    for study in ("place", "gaps", "targets", "trip"):
        run_id = latest(office, study)
        if run_id:
            found |= _inputs(office.folder, run_id)
    if found:
        return {n: t for n, t in found.items() if n in _INPUT_NAMES}
    return job.open_workspace(office.folder).tables


_INPUT_NAMES = frozenset(
    [
        "segments",
        "supplies",
        "firms",
        "facts",
        "presence",
        "regions",
        "indicators",
        "events",
        "courting",
        "people",
        "travel",
        "visiting",
    ]
)
