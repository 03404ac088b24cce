"""How strong segments were at one run and at another."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian_web.desk.models import Gap
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries as studies

Strengths = dict[str, float]


def runs_by_day(office: Office) -> list[tuple[str, str]]:
    """Return day and identifier of the runs that found gaps, earliest first."""
    runs = studies.store_of(office).runs("gaps")
    return sorted((run["time"][:10], run["id"]) for run in runs)


def _date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def strengths(office: Office, run_id: str) -> Strengths:
    """Return the strength of each segment that a run could tell, from 0 to 1."""
    cells = studies.chain(office, run_id)["cells"]
    return {
        key: cell["strength"]
        for key, cell in cells.items()
        if cell["strength"] == cell["strength"]
    }


def strength_of(office: Office, gap: Gap) -> dict[str, Any] | None:
    """Return how strong a gap's segment was when it was found, and is by the newest run.

    None when there are no two runs to compare, or one of them cannot tell.
    """
    runs = runs_by_day(office)
    first = next((run for run in runs if run[1] == gap.run_id), None)
    if first is None or len(runs) < 2 or runs[-1] == first:
        return None
    before = strengths(office, first[1]).get(gap.segment_id)
    after = strengths(office, runs[-1][1]).get(gap.segment_id)
    if before is None or after is None:
        return None
    return {
        "before": before,
        "after": after,
        "first": _date(first[0]),
        "last": _date(runs[-1][0]),
    }


def chain_between(office: Office, first: str, last: str) -> dict[str, Any] | None:
    """Return the segments whose strength differs between two days.

    Parameters
    ----------
    office : Office
    first, last : str
        ISO dates. The run that was newest at each counts; where none is that old, the
        earliest one stands for the first.

    Returns
    -------
    dict or None
        ``rows`` by how much they changed, ``before`` and ``after`` (days of the runs),
        and ``same`` when both days have one run; None without a run by the last day.
    """
    runs = [run for run in runs_by_day(office) if run[0] <= last]
    if not runs:
        return None
    older = [run for run in runs if run[0] < first]
    start, end = (older or runs[:1])[-1], runs[-1]
    old, new = strengths(office, start[1]), strengths(office, end[1])
    names = studies.by_key(office, end[1], "segments", "segment_id")
    rows = [
        {
            "segment_id": key,
            "name_en": names[key]["name_en"],
            "name_zh": names[key]["name_zh"],
            "before": old.get(key),
            "after": value,
            "change": value - old[key] if key in old else None,
        }
        for key, value in new.items()
        if old.get(key) is None or abs(value - old[key]) >= 0.005
    ]
    rows.sort(key=lambda r: (r["change"] is None, -abs(r["change"] or 0)))
    return {
        "rows": rows,
        "before": _date(start[0]),
        "after": _date(end[0]),
        "same": start == end,
        "segments": len(new),
    }
