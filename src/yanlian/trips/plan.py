"""Planning a trip: candidates, the solver's plan, the timetable, and what was left out."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanlian.errors import Finding, InfeasibleError, ParamError
from yanlian.geo import TravelModel, haversine_km
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table, join_list
from yanlian.text import N_, Say, say
from yanlian.trips.check import Rules, check_plan
from yanlian.trips.model import (
    Day,
    Problem,
    Site,
    marginal_values,
    plan_value,
    schedule_day,
    upper_bound,
)
from yanlian.trips.solve import Plan, solve, swap

_TIMES = N_("Times")
_CHOICE = N_("Choice of companies")
_WAYS = N_("Ways")


@dataclass(frozen=True)
class TripParams(Params):
    """Parameters of a trip."""

    region: str = param(
        "",
        label=N_("Home region"),
        help=N_("Start and end of the trip."),
        kind="region",
    )
    destination: str = param(
        "shanghai",
        label=N_("Destination"),
        help=N_("Region around which companies are visited; the hotel is there."),
        kind="region",
    )
    dates: tuple[str, ...] = param(
        ("2026-12-07", "2026-12-08"),
        label=N_("Days"),
        help=N_("One date per day, in order."),
        kind="dates",
    )
    radius_km: float = param(
        130.0,
        label=N_("Radius"),
        help=N_("Companies farther from the destination are left out."),
        unit="km",
        low=1,
        high=20000,
    )
    day_start_min: int = param(
        7 * 60,
        label=N_("Day begins"),
        help=N_("Minutes after midnight, local time."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    day_end_min: int = param(
        20 * 60 + 30,
        label=N_("Day ends"),
        help=N_("Minutes after midnight, local time."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    open_min: int = param(
        9 * 60,
        label=N_("Hosts receive from"),
        help=N_("Minutes after midnight; the visiting table can say otherwise."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    close_min: int = param(
        17 * 60 + 30,
        label=N_("Hosts receive until"),
        help=N_("Minutes after midnight; the visiting table can say otherwise."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    visit_min: int = param(
        75, label=N_("Length of a visit"), unit="min", low=10, high=480, group=_TIMES
    )
    visit_top_min: int = param(
        90,
        label=N_("Length of a weighty visit"),
        help=N_("For the upper third of companies by value."),
        unit="min",
        low=10,
        high=480,
        group=_TIMES,
    )
    buffer_min: int = param(
        15, label=N_("Buffer after a visit"), unit="min", low=0, high=240, group=_TIMES
    )
    lunch_min: int = param(
        60, label=N_("Length of lunch"), unit="min", low=0, high=240, group=_TIMES
    )
    lunch_from: int = param(
        11 * 60 + 30,
        label=N_("Lunch from"),
        help=N_("Minutes after midnight."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    lunch_to: int = param(
        13 * 60 + 30,
        label=N_("Lunch until"),
        help=N_("Minutes after midnight."),
        unit="min",
        low=0,
        high=1440,
        group=_TIMES,
    )
    must: tuple[str, ...] = param(
        (), label=N_("Must be visited"), kind="firms", group=_CHOICE
    )
    must_not: tuple[str, ...] = param(
        (), label=N_("Must not be visited"), kind="firms", group=_CHOICE
    )
    locks: tuple[str, ...] = param(
        (),
        label=N_("Locked visits"),
        help=N_("Each as firm@day or firm@day@HH:MM, such as X002@1@10:30."),
        group=_CHOICE,
    )
    compare_with: tuple[str, ...] = param(
        (),
        label=N_("Compare with these visits"),
        help=N_("The result says what share of the value a plan of these reaches."),
        kind="firms",
        group=_CHOICE,
    )
    pool: int = param(
        100,
        label=N_("Candidates"),
        help=N_("The best so many companies enter the plan."),
        low=1,
        high=400,
        group=_CHOICE,
    )
    keep: float = param(
        0.7,
        label=N_("Value of the next visit for the same gap"),
        help=N_("0 visits one company per gap, 1 ignores coverage."),
        unit="share",
        low=0,
        high=1,
        group=_CHOICE,
    )
    iterations: int = param(
        600,
        label=N_("Iterations"),
        help=N_("More can find a better plan and takes longer."),
        low=1,
        high=1000000,
        group=_CHOICE,
    )
    city_speed_kmh: float = param(
        28.0, label=N_("Speed in a city"), unit="km/h", low=1, high=200, group=_WAYS
    )
    road_speed_kmh: float = param(
        75.0, label=N_("Speed by road"), unit="km/h", low=1, high=200, group=_WAYS
    )
    rail_speed_kmh: float = param(
        190.0, label=N_("Speed by rail"), unit="km/h", low=1, high=500, group=_WAYS
    )
    same_place_km: float = param(
        12.0,
        label=N_("Way inside one city"),
        help=N_("Between two companies whose city alone is known."),
        unit="km",
        low=0,
        high=100,
        group=_WAYS,
    )


@dataclass(frozen=True)
class _Candidate:
    firm_id: str
    name: Say
    value: float
    gaps: tuple[str, ...]
    lat: float
    lon: float
    direct_km: float


def _dates(params: TripParams) -> list[datetime.date]:
    found, wrong = [], []
    for text in params.dates:
        try:
            found.append(datetime.date.fromisoformat(text))
        except ValueError:
            wrong.append(text)
    if wrong or not found:
        message = say(
            N_("Found %(value)s. Expected one date per day, such as 2026-12-07."),
            value=", ".join(wrong) or "\u2013",
        )
        raise ParamError(
            N_("The days of the trip cannot be read."),
            findings=(Finding("dates", message, code="param.dates"),),
        )
    return found


def _locks(params: TripParams, days: int) -> dict[str, tuple[int, int | None]]:
    """Return day (0 is the first) and start of each lock."""
    found: dict[str, tuple[int, int | None]] = {}
    findings = []
    for text in params.locks:
        parts = text.split("@")
        try:
            day = int(parts[1]) - 1
            start = None
            if len(parts) > 2:
                hours, minutes = parts[2].split(":")
                start = int(hours) * 60 + int(minutes)
            if not 0 <= day < days:
                raise ValueError(text)
        except (IndexError, ValueError):
            message = say(
                N_(
                    "Found %(value)s. Expected firm@day or firm@day@HH:MM with a day from 1 "
                    "to %(days)s."
                ),
                value=text,
                days=days,
            )
            findings.append(Finding("locks", message, code="param.locks"))
            continue
        found[parts[0]] = (day, start)
    if findings:
        raise ParamError(
            N_("%(count)s locked visits cannot be read."),
            findings=tuple(findings),
            count=len(findings),
        )
    return found


def _region(tables: Mapping[str, Table], key: str) -> tuple[float, float, Say]:
    """Return place and names of a region.

    Raises
    ------
    ParamError
        When the region is not in the table or has no coordinates.
    """
    regions = tables.get("regions")
    for row in regions.rows() if regions is not None else ():
        if row["region_id"] == key and row["lat"] == row["lat"]:
            return row["lat"], row["lon"], Say(row["name_en"], row["name_zh"])
    raise ParamError(
        N_(
            "Region %(region)s has no coordinates in table regions. Add them, or choose "
            "another region."
        ),
        region=key or "\u2013",
    )


def _candidates(
    tables: Mapping[str, Table],
    params: TripParams,
    center: tuple[float, float],
    wanted: set[str],
) -> tuple[list[_Candidate], list[dict[str, Any]]]:
    """Return candidates by value, and the rows left out before planning."""
    firms, targets = tables["firms"], tables["targets"]
    rows_of = {key: i for i, key in enumerate(firms["firm_id"].tolist())}
    best: dict[str, list[tuple[float, str]]] = {}
    for firm, gap, value in zip(
        targets["firm_id"].tolist(),
        targets["gap_id"].tolist(),
        targets["value"].tolist(),
        strict=True,
    ):
        if value == value and firm in rows_of:
            best.setdefault(firm, []).append((-value, gap))
    for firm in sorted(wanted):
        # A person may want a company that no score speaks for.
        if firm in rows_of:
            best.setdefault(firm, [])
    direct = haversine_km(*center, firms.floats("lat"), firms.floats("lon"))
    found: list[_Candidate] = []
    left: list[dict[str, Any]] = []
    for firm, listed in best.items():
        at = rows_of[firm]
        listed.sort()
        value = -listed[0][0] if listed else 0.0
        en, zh = firms["name_en"][at], firms["name_zh"][at]
        candidate = _Candidate(
            firm,
            Say(en or zh, zh or en),
            value,
            tuple(gap for _, gap in listed),
            float(firms["lat"][at]),
            float(firms["lon"][at]),
            float(direct[at]),
        )
        if firm in params.must_not:
            left.append(_left(candidate, "must_not", say(N_("Must not be visited."))))
        elif candidate.lat != candidate.lat:
            text = say(N_("No coordinates are on file, so no way can be computed."))
            left.append(_left(candidate, "no_place", text))
        elif candidate.direct_km > params.radius_km and firm not in wanted:
            text = say(
                N_(
                    "%(km)s km from the destination, beyond the radius of %(radius)s km."
                ),
                km=f"{candidate.direct_km:.0f}",
                radius=f"{params.radius_km:g}",
            )
            left.append(_left(candidate, "far", text))
        else:
            found.append(candidate)
    found.sort(key=lambda c: (c.firm_id not in wanted, -c.value, c.firm_id))
    for candidate in found[params.pool :]:
        text = say(
            N_("Not among the best %(pool)s candidates within reach."), pool=params.pool
        )
        left.append(_left(candidate, "pool", text))
    return found[: params.pool], left


def _left(
    candidate: _Candidate,
    reason: str,
    text: Say,
    delta: float = float("nan"),
    instead: str = "",
) -> dict[str, Any]:
    return {
        "firm_id": candidate.firm_id,
        "gap_ids": join_list(candidate.gaps),
        "value": candidate.value,
        "reason": reason,
        "reason_en": text.en,
        "reason_zh": text.zh,
        "delta_value": delta,
        "instead_of": instead,
    }


def _problem(
    candidates: Sequence[_Candidate],
    tables: Mapping[str, Table],
    params: TripParams,
    places: Sequence[tuple[str, float, float]],
    days: int,
    locks: Mapping[str, tuple[int, int | None]],
) -> tuple[Problem, Any]:
    """Return the trip as numbers, and which ways are by rail."""
    lat = np.array([c.lat for c in candidates] + [p[1] for p in places])
    lon = np.array([c.lon for c in candidates] + [p[2] for p in places])
    direct = haversine_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    model = TravelModel(
        city_speed_kmh=params.city_speed_kmh,
        road_speed_kmh=params.road_speed_kmh,
        rail_speed_kmh=params.rail_speed_kmh,
        same_place_km=params.same_place_km,
    )
    minutes, rail = model.duration_min(direct)
    km = model.road_km(direct)
    np.fill_diagonal(minutes, 0)
    np.fill_diagonal(km, 0)
    nodes = [c.firm_id for c in candidates] + [p[0] for p in places]
    _given_ways(tables.get("travel"), nodes, minutes, km, rail)
    top = np.quantile([c.value for c in candidates], 2 / 3) if candidates else 0.0
    rows = (
        {row["firm_id"]: row for row in tables["visiting"].rows()}
        if "visiting" in tables
        else {}
    )
    sites = []
    for candidate in candidates:
        row = rows.get(candidate.firm_id, {})
        day, start = locks.get(candidate.firm_id, (None, None))
        length = params.visit_top_min if candidate.value >= top else params.visit_min
        given = {k: v for k, v in row.items() if isinstance(v, float) and v == v}
        if "day" in given and day is None:
            day = int(given["day"]) - 1
        if "start_min" in given and start is None:
            start = int(given["start_min"])
        sites.append(
            Site(
                firm_id=candidate.firm_id,
                value=candidate.value,
                gaps=candidate.gaps,
                visit_min=int(given.get("visit_min", length)),
                open_min=int(given.get("open_min", params.open_min)),
                close_min=int(given.get("close_min", params.close_min)),
                day=day,
                start_min=start,
                must=candidate.firm_id in params.must
                or candidate.firm_id in locks
                or row.get("wish") == "must",
            )
        )
    home, hotel = len(candidates), len(candidates) + 1
    frames = tuple(
        Day(
            params.day_start_min,
            params.day_end_min,
            home if number == 0 else hotel,
            home if number == days - 1 else hotel,
        )
        for number in range(days)
    )
    problem = Problem(
        tuple(sites),
        frames,
        np.rint(minutes).astype(np.int64),
        km,
        params.buffer_min,
        params.lunch_min,
        params.lunch_from,
        params.lunch_to,
        params.keep,
    )
    return problem, rail


def _given_ways(
    travel: Table | None, nodes: Sequence[str], minutes: Any, km: Any, rail: Any
) -> None:
    """Put the rows of a given matrix over the times of the model."""
    if travel is None:
        return
    index = {key: i for i, key in enumerate(nodes)}
    for row in travel.rows():
        a, b = index.get(row["from_id"]), index.get(row["to_id"])
        if a is not None and b is not None:
            minutes[a, b] = row["duration_min"]
            rail[a, b] = row["mode"] == "rail"
            if row["distance_km"] == row["distance_km"]:
                km[a, b] = row["distance_km"]


def plan_trip(
    tables: Mapping[str, Table],
    params: TripParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Choose which companies to visit, in what order and when.

    Parameters
    ----------
    tables : mapping of str to Table
        ``firms``, ``targets`` and ``regions``; where given ``travel`` (ways that are
        known better than the model) and ``visiting`` (hours, lengths, wishes).
    params : TripParams, optional
        Days, hours, places, wishes.
    seed : int
        Seed of the solver; the same seed and iterations give the same plan.
    progress : Progress, optional
        Called after each pass with the best value so far.

    Returns
    -------
    Result
        ``stops``, ``left_out`` (with reason), ``trip_days`` and ``trip_checks``.

    Raises
    ------
    ParamError
        When days, places or locks cannot be read.
    InfeasibleError
        When not all that must be visited can be; names what binds.
    """
    values = params or TripParams()
    dates = _dates(values)
    locks = _locks(values, len(dates))
    home = _region(tables, values.region)
    goal = _region(tables, values.destination)
    wanted = {*values.must, *locks} - set(values.must_not)
    if "visiting" in tables:
        visiting = tables["visiting"]
        wanted |= set(visiting["firm_id"][visiting["wish"] == "must"].tolist())
        banned = visiting["firm_id"][visiting["wish"] == "must_not"].tolist()
    else:
        banned = []
    found, left = _candidates(tables, values, goal[:2], wanted)
    for candidate in [c for c in found if c.firm_id in banned]:
        found.remove(candidate)
        left.append(_left(candidate, "must_not", say(N_("Must not be visited."))))
    places = [(values.region, *home[:2]), (values.destination, *goal[:2])]
    problem, rail = _problem(found, tables, values, places, len(dates), locks)

    def watch(done: int, total: int, value: float) -> None:
        text = say(N_("Planning the trip: best value %(value)s"), value=f"{value:.1f}")
        progress(done, total + 1, text)

    watch(0, 3, 0.0)
    plan = solve(problem, seed=seed, iterations=values.iterations, watch=watch)
    if plan is None:
        raise InfeasibleError(
            N_("Not all companies that must be visited fit into the trip."),
            findings=tuple(_binding(problem, found)),
        )
    writer = _Timetable(problem, found, rail, dates, home[2], goal[2], values, locks)
    stops, days = writer.tables(plan)
    visited = [i for day in plan for i in day]
    left += _why_left(problem, plan, found)
    left.sort(key=lambda row: (-row["value"], row["firm_id"]))
    nodes = [c.firm_id for c in found] + [p[0] for p in places]
    ways = {
        (a, b): int(problem.minutes[i, j])
        for i, a in enumerate(nodes)
        for j, b in enumerate(nodes)
        if i != j
    }
    rules = Rules(
        days=[(values.day_start_min, values.day_end_min)] * len(dates),
        lunch=(values.lunch_min, values.lunch_from, values.lunch_to),
        buffer_min=values.buffer_min,
        ways=ways,
        must=sorted(wanted),
        must_not=sorted({*values.must_not, *banned}),
        fixed={firm: (day + 1, start) for firm, (day, start) in locks.items()},
    )
    checks = check_plan(stops, rules)
    value = plan_value(problem, visited)
    bound = max(upper_bound(problem), value)
    summary: dict[str, int | float | str | bool | None] = {
        "value": round(value, 3),
        "upper_bound": round(bound, 3),
        "gap_to_bound": round(1 - value / bound, 4) if bound else 0.0,
        "visits": len(visited),
        "gaps": len(
            {problem.sites[i].gaps[0] for i in visited if problem.sites[i].gaps}
        ),
        "candidates": len(found),
        "feasible": bool((checks.floats("ok") == 1).all()),
        "seed": seed,
        "destination": values.destination,
    }
    notes = _notes(found, values)
    if values.compare_with:
        summary |= _compare(problem, found, values, seed, value)
    watch(3, 3, value)
    return Result(
        {
            "stops": stops,
            "left_out": Table.of("left_out", left),
            "trip_days": days,
            "trip_checks": checks,
        },
        summary,
        tuple(notes),
    )


def _notes(found: Sequence[_Candidate], params: TripParams) -> list[Note]:
    text = say(
        N_(
            "Times of ways not in table travel are estimated from distances (road %(road)s "
            "km/h, city %(city)s km/h, rail %(rail)s km/h); expect an error of a quarter. "
            "Check trains before departure."
        ),
        road=f"{params.road_speed_kmh:g}",
        city=f"{params.city_speed_kmh:g}",
        rail=f"{params.rail_speed_kmh:g}",
    )
    notes = [Note("trip.model", text)]
    shared = len(found) - len({(c.lat, c.lon) for c in found})
    if shared:
        text = say(
            N_(
                "%(count)s companies are known by their city centre only; ways between them "
                "take %(km)s km. Ask for the addresses."
            ),
            count=shared,
            km=f"{params.same_place_km:g}",
        )
        notes.append(Note("trip.centre", text, shared))
    return notes


def _compare(
    problem: Problem,
    found: Sequence[_Candidate],
    params: TripParams,
    seed: int,
    value: float,
) -> dict[str, int | float | str | bool | None]:
    """Return the value a plan of given visits reaches, under the same rules."""
    chosen = [i for i, c in enumerate(found) if c.firm_id in params.compare_with]
    absent = [
        f for f in params.compare_with if f not in {found[i].firm_id for i in chosen}
    ]
    keep = [*chosen, len(found), len(found) + 1]
    nodes = {old: new for new, old in enumerate(keep)}
    part = Problem(
        tuple(problem.sites[i] for i in chosen),
        tuple(
            Day(d.start_min, d.end_min, nodes[d.start_node], nodes[d.end_node])
            for d in problem.days
        ),
        problem.minutes[np.ix_(keep, keep)],
        problem.km[np.ix_(keep, keep)],
        problem.buffer_min,
        problem.lunch_min,
        problem.lunch_from,
        problem.lunch_to,
        problem.keep,
    )
    plan = solve(part, seed=seed, iterations=params.iterations) or ()
    visited = list(itertools.chain(*plan))
    reached = plan_value(part, visited)
    return {
        "compare_value": round(reached, 3),
        "compare_share": round(reached / value, 4) if value else None,
        "compare_visits": len(visited),
        "compare_missing": ", ".join(absent),
    }


def _binding(problem: Problem, found: Sequence[_Candidate]) -> list[Finding]:
    """Return what keeps the visits that must be from fitting."""
    findings = []
    must = [i for i, site in enumerate(problem.sites) if site.must]
    for index in must:
        name = found[index].name
        windows = [
            problem.windows(problem.sites[index], d) for d in range(len(problem.days))
        ]
        alone = any(
            schedule_day(problem, day, [index]) for day in range(len(problem.days))
        )
        if not any(windows):
            text = N_(
                "%(name)s cannot be met at all: its hours or its fixed time leave no room "
                "beside lunch. Change its hours, its day or its time."
            )
            findings.append(Finding("must", say(text, name=name), code="trip.closed"))
        elif not alone:
            text = N_(
                "%(name)s cannot be reached and left within any day. Start earlier, end "
                "later, or drop it."
            )
            findings.append(Finding("must", say(text, name=name), code="trip.far"))
    if not findings:
        text = N_(
            "Each of these %(count)s visits fits alone, but not all together: %(names)s. "
            "Drop one, shorten visits, or add a day."
        )
        names = Say(
            ", ".join(found[i].name.en for i in must),
            "\u3001".join(found[i].name.zh for i in must),
        )
        findings.append(
            Finding(
                "must", say(text, count=len(must), names=names), code="trip.together"
            )
        )
    return findings


def _why_left(
    problem: Problem, plan: Plan, found: Sequence[_Candidate]
) -> list[dict[str, Any]]:
    """Return for each candidate not visited the reason and what adding it would do."""
    visited = {i for day in plan for i in day}
    made = []
    for index, candidate in enumerate(found):
        if index in visited:
            continue
        site = problem.sites[index]
        days = range(len(problem.days))
        if not any(problem.windows(site, day) for day in days):
            text = say(N_("The host cannot be met in its hours on any day."))
            made.append(_left(candidate, "closed", text))
            continue
        if not any(schedule_day(problem, day, [index]) for day in days):
            text = say(N_("Too far to be visited within one day."))
            made.append(_left(candidate, "no_time", text))
            continue
        change = swap(problem, plan, index)
        if change is None:
            text = say(N_("No single visit could give way to it; two would have to."))
            made.append(_left(candidate, "no_time", text))
        else:
            delta, out = change
            other = found[out]
            text = say(
                N_(
                    "Fits only in place of %(name)s; the trip would be worth %(delta)s."
                ),
                name=other.name,
                delta=f"{delta:+.1f}".replace("-", "\u2212"),
            )
            made.append(_left(candidate, "swap", text, round(delta, 3), other.firm_id))
    return made


class _Timetable:
    """Writes a plan as blocks of time."""

    def __init__(
        self,
        problem: Problem,
        found: Sequence[_Candidate],
        rail: Any,
        dates: Sequence[datetime.date],
        home: Say,
        goal: Say,
        params: TripParams,
        locks: Mapping[str, Any],
    ) -> None:
        self.problem, self.found, self.rail, self.dates = problem, found, rail, dates
        self.params, self.locks = params, locks
        self.ids = [c.firm_id for c in found] + [params.region, params.destination]
        self.names = [c.name for c in found] + [home, goal]

    def tables(self, plan: Plan) -> tuple[Table, Table]:
        worth = marginal_values(self.problem, [i for day in plan for i in day])
        stops: list[dict[str, Any]] = []
        days: list[dict[str, Any]] = []
        for number, order in enumerate(plan):
            rows = self._day(number, order, worth)
            stops += rows
            visits = [r for r in rows if r["kind"] == "visit"]
            ways = [r for r in rows if r["kind"] == "travel"]
            start, end = rows[0]["start_min"], rows[-1]["end_min"]
            spent = sum(r["duration_min"] for r in (*visits, *ways))
            frame = self.problem.days[number]
            days.append(
                {
                    "day": number + 1,
                    "date": self.dates[number].isoformat(),
                    "start_id": self.ids[frame.start_node],
                    "end_id": self.ids[frame.end_node],
                    "start_min": start,
                    "end_min": end,
                    "visits": len(visits),
                    "visit_min": sum(r["duration_min"] for r in visits),
                    "travel_min": sum(r["duration_min"] for r in ways),
                    "wait_min": end - start - spent - self.problem.lunch_min,
                    "distance_km": round(sum(r["distance_km"] for r in ways), 1),
                }
            )
        return Table.of("stops", stops), Table.of("trip_days", days)

    def _day(
        self, number: int, order: Sequence[int], worth: Mapping[int, float]
    ) -> list[dict[str, Any]]:
        problem = self.problem
        frame = problem.days[number]
        made = schedule_day(problem, number, order)
        assert made is not None  # the solver's plan fits by its own times
        timed, _ = made
        rows: list[dict[str, Any]] = []
        # Leave as late as the first visit allows: nobody waits at a closed door.
        here, clock = frame.start_node, frame.start_min
        if timed:
            spare = timed[0].start_min - timed[0].arrive_min
            clock += max(spare, 0)
        else:
            clock = problem.lunch_from
        text = say(N_("Start in %(place)s"), place=self.names[here])
        self._add(rows, number, "start", clock, clock, text, to=here)
        lunched = False
        for item in timed:
            over_noon = not item.morning and not lunched
            clock = self._way(
                rows, number, here, item.site, clock, over_noon, item.start_min
            )
            lunched = lunched or over_noon
            self._visit(rows, number, item.site, item.start_min, item.end_min, worth)
            here, clock = item.site, item.end_min + problem.buffer_min
        end = self._way(rows, number, here, frame.end_node, clock, not lunched, None)
        text = say(N_("End in %(place)s"), place=self.names[frame.end_node])
        self._add(rows, number, "end", end, end, text, to=frame.end_node)
        return rows

    def _way(
        self,
        rows: list[dict[str, Any]],
        number: int,
        here: int,
        there: int,
        clock: int,
        lunch: bool,
        until: int | None,
    ) -> int:
        """Write a way, with lunch laid into its band, and the waiting after it."""
        problem = self.problem
        left = int(problem.minutes[here, there])
        if not lunch:
            clock = self._leg(rows, number, here, there, clock, left, 1.0)
        else:
            latest = problem.lunch_to - problem.lunch_min
            # Eat on arrival if that lies in the band, else stop on the way.
            at = min(max(clock + left, problem.lunch_from), latest)
            at = max(at, clock)
            before = min(left, at - clock)
            total = max(left, 1)
            clock = self._leg(rows, number, here, there, clock, before, before / total)
            if clock < at:
                self._wait(rows, number, clock, at)
            text = say(N_("Lunch"))
            self._add(rows, number, "lunch", at, at + problem.lunch_min, text)
            clock = at + problem.lunch_min
            rest = left - before
            clock = self._leg(rows, number, here, there, clock, rest, rest / total)
        if until is not None and clock < until:
            self._wait(rows, number, clock, until)
            clock = until
        return clock

    def _leg(
        self,
        rows: list[dict[str, Any]],
        number: int,
        here: int,
        there: int,
        clock: int,
        minutes: int,
        share: float,
    ) -> int:
        if minutes <= 0:
            return clock
        by_rail = bool(self.rail[here, there])
        km = round(float(self.problem.km[here, there]) * share, 1)
        message = (
            N_("By rail: %(a)s to %(b)s") if by_rail else N_("By car: %(a)s to %(b)s")
        )
        text = say(message, a=self.names[here], b=self.names[there])
        self._add(
            rows,
            number,
            "travel",
            clock,
            clock + minutes,
            text,
            frm=here,
            to=there,
            distance_km=km,
            mode="rail" if by_rail else "car",
        )
        return clock + minutes

    def _wait(
        self, rows: list[dict[str, Any]], number: int, start: int, end: int
    ) -> None:
        self._add(rows, number, "wait", start, end, say(N_("Spare time")))

    def _visit(
        self,
        rows: list[dict[str, Any]],
        number: int,
        index: int,
        start: int,
        end: int,
        worth: Mapping[int, float],
    ) -> None:
        site, candidate = self.problem.sites[index], self.found[index]
        self._add(
            rows,
            number,
            "visit",
            start,
            end,
            candidate.name,
            to=index,
            firm_id=site.firm_id,
            gap_ids=join_list(site.gaps),
            value=round(worth.get(index, 0.0), 3),
            window_start_min=site.open_min,
            window_end_min=site.close_min,
            locked=1.0 if site.firm_id in self.locks else 0.0,
            lat=candidate.lat,
            lon=candidate.lon,
        )

    def _add(
        self,
        rows: list[dict[str, Any]],
        number: int,
        kind: str,
        start: int,
        end: int,
        text: Say,
        *,
        frm: int | None = None,
        to: int | None = None,
        **more: Any,
    ) -> None:
        rows.append(
            {
                "day": number + 1,
                "seq": len(rows) + 1,
                "date": self.dates[number].isoformat(),
                "kind": kind,
                "start_min": start,
                "end_min": end,
                "duration_min": end - start,
                "text_en": text.en,
                "text_zh": text.zh,
                "from_id": "" if frm is None else self.ids[frm],
                "to_id": "" if to is None else self.ids[to],
                **more,
            }
        )
