"""The chain as lanes, as a graph, and one segment in focus."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from yanlian.chains import build_chain, layered_positions
from yanlian_web.offices.models import Office
from yanlian_web.studies.queries.rows import (
    Row,
    _by_key,
    _inputs,
    _rows,
    by_key,
    grouped,
)

STAGES = ("upstream", "midstream", "downstream")
# Columns of cells per stage on a desk screen; the print takes the same.
COLUMNS = {"upstream": 4, "midstream": 4, "downstream": 1}
MARKED = 15


def step(strength: float) -> int:
    """Return the step of strength, 1 weak to 5 strong; 0 without data."""
    return 0 if strength != strength else max(1, min(5, int(strength * 5) + 1))


@functools.lru_cache(maxsize=16)
def _chain(folder: Path, run_id: str) -> dict[str, Any]:
    strengths = _by_key(folder, run_id, "strengths", "segment_id")
    gaps = _by_key(folder, run_id, "gaps", "segment_id")
    cells: dict[str, Row] = {}
    stages: dict[str, dict[str, list[Row]]] = {}
    for segment in _rows(folder, run_id, "segments"):
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
            "marked": bool(gap and gap["rank"] <= MARKED),
        }
        cells[segment["segment_id"]] = cell
        lanes = stages.setdefault(segment["stage"], {})
        lanes.setdefault(segment["pillar_en"], []).append(cell)
    suppliers: dict[str, list[Row]] = {}
    buyers: dict[str, list[Row]] = {}
    for row in _rows(folder, run_id, "supplies"):
        suppliers.setdefault(row["buyer_id"], []).append(row)
        buyers.setdefault(row["supplier_id"], []).append(row)
    steps = [cell["step"] for cell in cells.values()]
    return {
        "stages": [
            {
                "stage": stage,
                "count": sum(len(listed) for listed in stages[stage].values()),
                "columns": _columns(stages[stage], COLUMNS[stage]),
            }
            for stage in STAGES
            if stage in stages
        ],
        "cells": cells,
        "suppliers": suppliers,
        "buyers": buyers,
        "edges": len(_rows(folder, run_id, "supplies")),
        "marked": sum(cell["marked"] for cell in cells.values()),
        "steps": [steps.count(number) for number in range(6)],
    }


def _columns(lanes: dict[str, list[Row]], count: int) -> list[list[Row]]:
    """Lay lanes into columns of about one height; a lane that goes on says so."""
    total = sum(len(listed) + 1 for listed in lanes.values()) + count - 1
    height = -(-total // count)
    columns: list[list[Row]] = [[]]
    for key, listed in lanes.items():
        head = {"head": True, "name_en": key, "name_zh": listed[0]["pillar_zh"]}
        # A head with nothing under it would stand alone at the foot of a column.
        if len(columns[-1]) + 2 > height and len(columns) < count:
            columns.append([])
        columns[-1].append({**head, "count": len(listed), "again": False})
        for cell in listed:
            if len(columns[-1]) >= height and len(columns) < count:
                columns.append([{**head, "count": 0, "again": True}])
            columns[-1].append(cell)
    return columns


def chain(office: Office, run_id: str) -> dict[str, Any]:
    """Return stages with columns of cells, and the supplies around each cell."""
    return _chain(office.folder, run_id)


@functools.lru_cache(maxsize=8)
def _graph(folder: Path, run_id: str) -> tuple[list[Row], list[Row]]:
    inputs = _inputs(folder, run_id)
    made = build_chain(inputs["segments"], inputs["supplies"])
    at = layered_positions(made)
    cells = _chain(folder, run_id)["cells"]
    nodes = [
        {
            "id": key,
            "x": round(float(x) * 150, 1),
            "y": round(float(y) * 30, 1),
            "step": cells[key]["step"],
            "marked": cells[key]["marked"],
            "short_en": cells[key]["short_en"],
            "short_zh": cells[key]["short_zh"],
        }
        for key, (x, y) in zip(made.segment_ids, at, strict=True)
    ]
    edges = [
        {
            "id": f"{row['supplier_id']}>{row['buyer_id']}",
            "source": row["supplier_id"],
            "target": row["buyer_id"],
            "need": int(row["importance"]),
        }
        for row in _rows(folder, run_id, "supplies")
    ]
    return nodes, edges


def graph(office: Office, run_id: str) -> tuple[list[Row], list[Row]]:
    """Return nodes with their positions, and edges, of the chain as a graph."""
    return _graph(office.folder, run_id)


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

    firms = by_key(office, run_id, "firms", "firm_id")
    places = grouped(office, run_id, "placements", "segment_id").get(segment_id, [])
    outside = [
        {**firms[p["firm_id"]], "confidence": p["confidence"], "words": p["words"]}
        for p in sorted(places, key=lambda p: -p["confidence"])
        if p["firm_id"] in firms
        and firms[p["firm_id"]]["region_id"] != office.region_id
    ]
    order = list(view["cells"])
    at = order.index(segment_id)
    inputs = linked(view["suppliers"].get(segment_id, []), "supplier_id")
    outputs = linked(view["buyers"].get(segment_id, []), "buyer_id")
    return {
        **cell,
        "inputs": inputs,
        "outputs": outputs,
        "around": {row["segment_id"]: ("in", row) for row in inputs}
        | {row["segment_id"]: ("out", row) for row in outputs},
        "rows": grouped(office, run_id, "strength_evidence", "segment_id").get(
            segment_id, []
        ),
        "outside": outside,
        "before": order[at - 1] if at else "",
        "after": order[at + 1] if at + 1 < len(order) else "",
    }
