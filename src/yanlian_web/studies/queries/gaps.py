"""Gaps with their reasons, and the targets that could fill them."""

from __future__ import annotations

from typing import Any

import numpy as np

from yanlian.chains import CONTRIBUTIONS, gap_scores
from yanlian_web.offices.models import Office
from yanlian_web.studies.queries.rows import Row, by_key, grouped, latest, rows

KINDS = ("fill", "extend", "strengthen", "build")
# Confidence after an office's own survey, see yanlian.chains.strength.
SURVEYED = 8 / 11


def gap_list(
    office: Office, run_id: str, weights: list[float] | None
) -> dict[str, Any]:
    """Return gaps in order, with their contributions under the weights given.

    The scores come from the same function as those of the study.
    """
    gaps = rows(office, run_id, "gaps")
    parts = grouped(office, run_id, "gap_contributions", "gap_id")
    segments = by_key(office, run_id, "segments", "segment_id")
    named = ("name_en", "name_zh", "short_en", "short_zh", "pillar_en", "pillar_zh")
    counts = _target_counts(office)

    def shown(gap: Row, **more: Any) -> Row:
        segment = segments[gap["segment_id"]]
        return {
            **gap,
            **{key: segment[key] for key in named},
            "targets": counts.get(gap["gap_id"], 0),
            "parts": parts.get(gap["gap_id"], []),
            **more,
        }

    scored = [gap for gap in gaps if gap["score"] == gap["score"]]
    listed = [shown(gap) for gap in scored]
    if weights is not None:
        raw = np.array(
            [[part["raw"] for part in gap["parts"]] for gap in listed], float
        ).reshape(len(listed), len(CONTRIBUTIONS))
        points = np.round(gap_scores(raw, np.array(weights)), 3)
        for gap, row in zip(listed, points, strict=True):
            gap["parts"] = [
                {**part, "value": float(value)}
                for part, value in zip(gap["parts"], row, strict=True)
            ]
            gap |= {"score": float(row.sum()), "was": gap["rank"]}
        listed.sort(key=lambda gap: (-gap["score"], gap["was"]))
        for number, gap in enumerate(listed, start=1):
            gap["rank"] = number
    unscored = [shown(gap) for gap in gaps if gap["score"] != gap["score"]]
    plus = [sum(p["value"] for p in g["parts"] if p["value"] > 0) for g in listed]
    minus = [sum(p["value"] for p in g["parts"] if p["value"] < 0) for g in listed]
    every = (*listed, *unscored)
    return {
        "gaps": listed,
        "unscored": unscored,
        "every": len(every),
        "most": max(plus, default=1.0),
        "least": min(minus, default=0.0),
        "kinds": {kind: sum(gap["kind"] == kind for gap in every) for kind in KINDS},
        "pillars": list(
            {gap["pillar_en"]: (gap["pillar_en"], gap["pillar_zh"]) for gap in every}.values()
        ),
    }  # fmt: skip


def surveyed_points(gap: Row) -> float:
    """Return the points a survey that finds no maker would add to a gap."""
    part = next((p for p in gap["parts"] if p["name"] == "evidence"), None)
    if part is None or part["raw"] <= 1 - SURVEYED:
        return 0.0
    more: float = -part["value"] * (1 - (1 - SURVEYED) / part["raw"])
    return more


def _target_counts(office: Office) -> dict[str, int]:
    run_id = latest(office, "targets")
    if run_id is None:
        return {}
    groups = grouped(office, run_id, "targets", "gap_id")
    return {gap: len(listed) for gap, listed in groups.items()}


def targets_of(office: Office, key: str, value: str) -> list[Row]:
    """Return the targets of a gap or a firm in the newest run, best first."""
    run_id = latest(office, "targets")
    if run_id is None:
        return []
    firms = by_key(office, run_id, "firms", "firm_id")
    segments = by_key(office, run_id, "segments", "segment_id")
    parts = grouped(office, run_id, "target_contributions", "target_id")
    gaps = by_key(office, run_id, "gaps", "gap_id")
    return [
        {
            **row,
            "firm": firms[row["firm_id"]],
            "segment": segments[row["segment_id"]],
            "gap": gaps[row["gap_id"]],
            "parts": parts.get(row["target_id"], []),
        }
        for row in grouped(office, run_id, "targets", key).get(value, [])
    ]
