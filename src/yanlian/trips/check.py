"""Checking a timetable without the solver: only from the stops and the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanlian.tables import Table
from yanlian.text import N_, Say, clock, say

Row = Mapping[str, Any]


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
        Least minutes of each way; no other way may be gone.
    must, must_not : sequence of str
        Firms that have to, or may not, be visited.
    fixed : mapping of str to (int or None, int or None)
        Day (1 is the first) and start of visits that are bound to one.
    hosts : mapping of str to (int, int, int), optional
        Hours of each host, and the least length of a visit. Without it the hours are
        those in the stops.
    ends : sequence of (str, str), optional
        Place where each day starts, and where it ends.
    """

    days: Sequence[tuple[int, int]]
    lunch: tuple[int, int, int]
    buffer_min: int
    ways: Mapping[tuple[str, str], int]
    must: Sequence[str] = ()
    must_not: Sequence[str] = ()
    fixed: Mapping[str, tuple[int | None, int | None]] | None = None
    hosts: Mapping[str, tuple[int, int, int]] | None = None
    ends: Sequence[tuple[str, str]] | None = None


def check_plan(stops: Table, rules: Rules) -> Table:
    """Return every rule with whether the timetable keeps it.

    A time that is absent breaks the rule that needs it.

    Parameters
    ----------
    stops : Table
        Blocks of the timetable.
    rules : Rules
        What it must keep.

    Returns
    -------
    Table
        ``trip_checks``: overlap, day, ends, window, length, lunch, way, once, must,
        must_not, locked.
    """
    broken: dict[str, list[str]] = {name: [] for name in _RULES}
    by_day: dict[int, list[Row]] = {day + 1: [] for day in range(len(rules.days))}
    for row in stops.rows():
        day = int(row["day"]) if row["day"] == row["day"] else 0
        if day in by_day:
            by_day[day].append(row)
        else:
            broken["day"].append(str(day))
    for day, rows in by_day.items():
        ordered = sorted(rows, key=lambda row: row["seq"])
        _check_blocks(day, ordered, rules, broken)
        _check_lunch(day, ordered, rules, broken)
        _check_ways(day, ordered, rules, broken)
    visits = [row for row in stops.rows() if row["kind"] == "visit"]
    firms = [row["firm_id"] for row in visits]
    broken["once"] += [f for f in dict.fromkeys(firms) if firms.count(f) > 1]
    broken["must"] += [f for f in rules.must if f not in firms]
    broken["must_not"] += [f for f in rules.must_not if f in firms]
    for row in visits:
        day_wanted, start = (rules.fixed or {}).get(row["firm_id"], (None, None))
        if not (day_wanted in {None, row["day"]} and start in {None, row["start_min"]}):
            broken["locked"].append(row["firm_id"])
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
    "ends": N_("Every day starts and ends where it should."),
    "window": N_("Every visit lies within the hours of its host."),
    "length": N_("Every visit has its length."),
    "lunch": N_("Every day has its lunch, whole and within its band."),
    "way": N_("Every way has the time it takes, and every visit its buffer."),
    "once": N_("No company is visited twice."),
    "must": N_("Every company that must be visited is."),
    "must_not": N_("No company that must not be visited is."),
    "locked": N_("Every visit bound to a day or a time has it."),
}


def _finding(name: str, found: Sequence[str]) -> Say:
    rule = say(_RULES[name])
    if not found:
        return rule
    return say(
        N_("Broken: %(rule)s Found: %(found)s."), rule=rule, found=", ".join(found[:8])
    )


def _mark(day: int, row: Row) -> str:
    at = row["start_min"]
    return f"{day}/{clock(at)}" if at == at else f"{day}/?"


def _check_blocks(
    day: int, rows: Sequence[Row], rules: Rules, broken: dict[str, list[str]]
) -> None:
    """Check each block by itself and against the one before."""
    first, last = rules.days[day - 1]
    until = float("-inf")
    for row in rows:
        mark = _mark(day, row)
        start, end = row["start_min"], row["end_min"]
        # Written so that a time that is absent, which compares with nothing, is found.
        if not until <= start <= end:
            broken["overlap"].append(mark)
        until = max(until, end)
        if not (first <= start and end <= last):
            broken["day"].append(mark)
        if row["kind"] != "visit":
            continue
        opened, closed, length = row["window_start_min"], row["window_end_min"], 0
        if rules.hosts is not None:
            opened, closed, length = rules.hosts.get(
                row["firm_id"], (float("nan"), float("nan"), 0)
            )
        if not (opened <= start and end <= closed):
            broken["window"].append(mark)
        if not end - start >= length:
            broken["length"].append(mark)
    kinds = [row["kind"] for row in rows]
    whole = (
        kinds[:1] == ["start"]
        and kinds[-1:] == ["end"]
        and kinds.count("start") == kinds.count("end") == 1
    )
    places = (rows[0]["to_id"], rows[-1]["to_id"]) if whole else ("", "")
    if not whole or (rules.ends is not None and places != tuple(rules.ends[day - 1])):
        broken["ends"].append(str(day))


def _check_lunch(
    day: int, rows: Sequence[Row], rules: Rules, broken: dict[str, list[str]]
) -> None:
    """Check that there is one lunch within the band, on days whose hours hold one."""
    length, band_from, band_to = rules.lunch
    first, last = rules.days[day - 1]
    lunches = [row for row in rows if row["kind"] == "lunch"]
    good = [
        row
        for row in lunches
        if row["end_min"] - row["start_min"] >= length
        and band_from <= row["start_min"]
        and row["end_min"] <= band_to
    ]
    none = length == 0 or first + length > band_to or band_from + length > last
    if len(good) != len(lunches) or len(lunches) != (0 if none else 1):
        broken["lunch"].append(str(day))


def _check_ways(
    day: int, rows: Sequence[Row], rules: Rules, broken: dict[str, list[str]]
) -> None:
    """Compare the time on the way between two places with what it takes at least."""
    here, travelled, free = "", 0.0, float("-inf")
    legs: list[Row] = []
    for row in rows:
        if row["kind"] == "start":
            here = row["to_id"]
        elif row["kind"] == "travel":
            travelled += row["end_min"] - row["start_min"]
            legs.append(row)
        elif row["kind"] in {"visit", "end"}:
            there = row["firm_id"] if row["kind"] == "visit" else row["to_id"]
            needed = 0 if here == there else rules.ways.get((here, there))
            joined = row["to_id"] == there and all(
                (leg["from_id"], leg["to_id"]) == (here, there) for leg in legs
            )
            if needed is None or not (joined and travelled >= needed):
                broken["way"].append(f"{day}: {here} \u2192 {there}")
            here, travelled, legs = there, 0.0, []
        if row["kind"] != "wait" and not free <= row["start_min"]:
            broken["way"].append(_mark(day, row))
        if row["kind"] == "visit":
            free = row["end_min"] + rules.buffer_min
