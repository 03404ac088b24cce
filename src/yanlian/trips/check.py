"""Checking a timetable without the solver: only from the stops and the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanlian.tables import Table
from yanlian.text import N_, Say, say


@dataclass(frozen=True)
class Rules:
    """What a timetable must keep; minutes after midnight.

    Attributes
    ----------
    days : sequence of (int, int)
        Earliest start and latest end of each day.
    lunch : tuple of (int, int, int)
        Length, and the band in which it lies.
    buffer_min : int
        Least time between the end of a visit and the next way.
    ways : mapping of (str, str) to int
        Least minutes of each way.
    must, must_not : sequence of str
        Firms that have to, or may not, be visited.
    fixed : mapping of str to (int or None, int or None)
        Day (1 is the first) and start of locked visits.
    """

    days: Sequence[tuple[int, int]]
    lunch: tuple[int, int, int]
    buffer_min: int
    ways: Mapping[tuple[str, str], int]
    must: Sequence[str] = ()
    must_not: Sequence[str] = ()
    fixed: Mapping[str, tuple[int | None, int | None]] | None = None


def check_plan(stops: Table, rules: Rules) -> Table:
    """Return every rule with whether the timetable keeps it.

    Parameters
    ----------
    stops : Table
        Blocks of the timetable.
    rules : Rules
        What it must keep.

    Returns
    -------
    Table
        ``trip_checks``: overlap, day, window, lunch, way, once, must, must_not, locked.
    """
    by_day: dict[int, list[dict[str, Any]]] = {}
    for row in stops.rows():
        by_day.setdefault(int(row["day"]), []).append(row)
    broken: dict[str, list[str]] = {name: [] for name in _RULES}
    for day, rows in by_day.items():
        _check_day(day, sorted(rows, key=lambda r: r["seq"]), rules, broken)
    visits = [row for row in stops.rows() if row["kind"] == "visit"]
    firms = [row["firm_id"] for row in visits]
    broken["once"] += [f for f in dict.fromkeys(firms) if firms.count(f) > 1]
    broken["must"] += [f for f in rules.must if f not in firms]
    broken["must_not"] += [f for f in rules.must_not if f in firms]
    for firm, (day_wanted, start) in (rules.fixed or {}).items():
        rows = [row for row in visits if row["firm_id"] == firm]
        kept = rows and all(
            day_wanted in {None, int(row["day"])} and start in {None, row["start_min"]}
            for row in rows
        )
        if not kept:
            broken["locked"].append(firm)
    made = []
    for name, found in broken.items():
        text = _finding(name, found)
        made.append(
            {
                "check": name,
                "ok": 0.0 if found else 1.0,
                "text_en": text.en,
                "text_zh": text.zh,
            }
        )
    return Table.of("trip_checks", made)


_RULES = {
    "overlap": N_("No two blocks overlap."),
    "day": N_("Every block lies within the hours of its day."),
    "window": N_("Every visit lies within the hours of its host."),
    "lunch": N_("Every day has its lunch, whole and within its band."),
    "way": N_("Every way has the time it takes, and every visit its buffer."),
    "once": N_("No company is visited twice."),
    "must": N_("Every company that must be visited is."),
    "must_not": N_("No company that must not be visited is."),
    "locked": N_("Every locked visit has its day and time."),
}


def _finding(name: str, found: Sequence[str]) -> Say:
    rule = say(_RULES[name])
    if not found:
        return rule
    return say(
        N_("Broken: %(rule)s Found: %(found)s."), rule=rule, found=", ".join(found[:8])
    )


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def _check_day(
    day: int,
    rows: Sequence[Mapping[str, Any]],
    rules: Rules,
    broken: dict[str, list[str]],
) -> None:
    start, end = rules.days[day - 1]
    clock = float("-inf")
    for row in rows:
        mark = f"{day}/{_clock(row['start_min'])}"
        if row["start_min"] < clock or row["end_min"] < row["start_min"]:
            broken["overlap"].append(mark)
        clock = max(clock, row["end_min"])
        if row["start_min"] < start or row["end_min"] > end:
            broken["day"].append(mark)
        if row["kind"] == "visit" and not (
            row["window_start_min"] <= row["start_min"]
            and row["end_min"] <= row["window_end_min"]
        ):
            broken["window"].append(mark)
    length, band_from, band_to = rules.lunch
    lunches = [row for row in rows if row["kind"] == "lunch"]
    good = [
        row
        for row in lunches
        if row["end_min"] - row["start_min"] >= length
        and band_from <= row["start_min"]
        and row["end_min"] <= band_to
    ]
    if len(lunches) != 1 or not good:
        broken["lunch"].append(str(day))
    _check_ways(day, rows, rules, broken)


def _check_ways(
    day: int,
    rows: Sequence[Mapping[str, Any]],
    rules: Rules,
    broken: dict[str, list[str]],
) -> None:
    """Compare the time on the way between two places with what it takes at least."""
    here, travelled, left, visit_end = "", 0.0, None, None
    for row in rows:
        if row["kind"] == "start":
            here = row["to_id"]
        elif row["kind"] == "travel":
            travelled += row["end_min"] - row["start_min"]
            left = row["start_min"] if left is None else left
        elif row["kind"] in {"visit", "end"}:
            there = row["firm_id"] if row["kind"] == "visit" else row["to_id"]
            needed = rules.ways.get((here, there), 0)
            late = (
                visit_end is not None
                and left is not None
                and left < visit_end + rules.buffer_min
            )
            if travelled < needed or late:
                broken["way"].append(f"{day}: {here} \u2192 {there}")
            here, travelled, left = there, 0.0, None
            visit_end = row["end_min"] if row["kind"] == "visit" else None
