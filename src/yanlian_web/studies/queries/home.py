"""The home page: what waits for a decision, the line of work, and five cards."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian.tables import split_list
from yanlian.text import N_
from yanlian_web.offices.models import Office
from yanlian_web.studies.queries.chain import chain
from yanlian_web.studies.queries.gaps import KINDS, gap_list
from yanlian_web.studies.queries.rows import (
    by_key,
    latest,
    rows,
    run_of,
    settings_of,
)
from yanlian_web.studies.queries.trip import trip_page

SHOWN = 4
# Marked here for the catalogue; the page translates them.
AHEAD = (N_("promises"), N_("agreements"), N_("milestones"), N_("closed gaps"))
PROJECTS = frozenset({"signing", "agreement", "groundbreaking", "production"})


def home_page(office: Office) -> dict[str, Any] | None:
    """Return what the home page shows, or None before the main job has run."""
    gaps_run = latest(office, "gaps")
    targets_run = latest(office, "targets")
    trip_run = latest(office, "trip")
    if not (gaps_run and targets_run and trip_run):
        return None
    gaps = gap_list(office, gaps_run, None)
    targets = rows(office, targets_run, "targets")
    firms = by_key(office, targets_run, "firms", "firm_id")
    segments = by_key(office, targets_run, "segments", "segment_id")
    short = [
        {**row, "firm": firms[row["firm_id"]], "segment": segments[row["segment_id"]]}
        for row in targets
        if row["shortlisted"] == 1
    ]
    trip = trip_page(office, trip_run)
    courted = {row["firm_id"]: row for row in targets if row["last_courted"]}
    first = gaps["gaps"][:1]
    unknown = [g for g in gaps["gaps"] if g["state"] == "unknown" and g not in first]
    rivals = _rivals(office, gaps_run)
    likely = sum(row["likelihood"] == row["likelihood"] for row in short)
    for day in trip["days"]:
        for block in day["blocks"]:
            block |= _hours(block["start_min"], block["end_min"])
    return {
        "today": datetime.date.today().isoformat(),
        "ahead": AHEAD,
        "settings": settings_of(office),
        "chain": run_of(office, gaps_run).manifest["summary"],
        "gaps": gaps,
        "kinds": [
            {
                "kind": kind,
                "known": sum(
                    g["kind"] == kind and g["state"] != "unknown" for g in gaps["gaps"]
                ),
                "count": gaps["kinds"][kind],
            }
            for kind in KINDS
        ],
        "top_gaps": gaps["gaps"][:SHOWN],
        "short": short[:SHOWN],
        "short_count": len(short),
        "short_gaps": len({row["gap_id"] for row in short}),
        "firm_count": len({row["firm_id"] for row in targets}),
        "gaps_without": len(gaps["gaps"]) - len({row["gap_id"] for row in targets}),
        "likely": likely,
        "unlikely": len(short) - likely,
        "kinds_most": max(gaps["kinds"].values()),
        "trip": trip,
        "trip_run": trip_run,
        "visits": [
            b for d in trip["days"] for b in d["blocks"] if b["kind"] == "visit"
        ],
        "courted": [{**row, "firm": firms[key]} for key, row in courted.items()][
            :SHOWN
        ],
        "courted_count": len(courted),
        "rivals": _bars([{"year": year, "count": count} for year, count in rivals]),
        "rivals_count": sum(count for _, count in rivals),
        "unknown": [
            {**gap, "buyers": len(split_list(gap["needed_by"]))}
            for gap in unknown[:SHOWN]
        ],
        "unknown_count": len(unknown),
        "strengths": _bars(
            [
                {"step": step, "count": count}
                for step, count in enumerate(chain(office, gaps_run)["steps"])
            ]
        ),
        "run_id": gaps_run,
    }


def _bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the place of their bars in a drawing 84 high."""
    most = max((row["count"] for row in rows), default=0) or 1
    made = []
    for row in rows:
        high = 66 * row["count"] / most
        made.append(
            {
                **row,
                "high": f"{high:.1f}",
                "top": f"{84 - high:.1f}",
                "label": f"{80 - high:.1f}",
            }
        )
    return made  # fmt: skip


def _hours(start_min: float, end_min: float) -> dict[str, str]:
    """Return where a block stands on a line from seven to nine in the evening."""
    scale = 154 / (14 * 60)
    first, last = (min(max(m - 420, 0), 840) * scale for m in (start_min, end_min))
    return {"x": f"{44 + first:.1f}", "w": f"{last - first:.1f}"}


def _rivals(office: Office, run_id: str) -> list[tuple[int, int]]:
    """Return by year how many projects other regions won for segments of the chain."""
    years: dict[int, int] = {}
    for row in rows(office, run_id, "events"):
        won = row["kind"] in PROJECTS and row["region_id"] != office.region_id
        if won and row["date"][:4].isdigit() and split_list(row["segment_ids"]):
            year = int(row["date"][:4])
            years[year] = years.get(year, 0) + 1
    last = max(years, default=0)
    return [(year, years.get(year, 0)) for year in range(last - 5, last + 1)]
