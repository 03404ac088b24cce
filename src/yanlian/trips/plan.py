"""Planning a trip: the study that chooses, orders and times the visits, and says why."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from yanlian.errors import Finding, InfeasibleError
from yanlian.results import Note, Progress, Result, Scalar, no_progress
from yanlian.tables import Table
from yanlian.text import N_, Say, say
from yanlian.trips.case import Case, build_case, rules_of
from yanlian.trips.check import check_plan
from yanlian.trips.left_out import why_left
from yanlian.trips.model import Day, Plan, Problem, plan_value, schedule_day
from yanlian.trips.params import TripParams
from yanlian.trips.solve import solve
from yanlian.trips.timetable import Timetable

PASSES = 3


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
        Called after each step with the best value so far.

    Returns
    -------
    Result
        ``stops``, ``left_out`` (with reason), ``trip_days`` and ``trip_checks``.

    Raises
    ------
    ParamError
        When days, places, locks or wishes cannot be read.
    InfeasibleError
        When not all that must be visited can be; names what binds.
    """
    values = params or TripParams()
    case = build_case(tables, values)
    problem = case.problem

    def watch(done: int, total: int, value: float) -> None:
        text = say(N_("Planning the trip: best value %(value)s"), value=f"{value:.1f}")
        progress(done, total + 1, text)

    watch(0, PASSES + 1, 0.0)
    solved = solve(
        problem,
        seed=seed,
        iterations=values.iterations,
        passes=PASSES,
        previous=case.previous(),
        watch=watch,
    )
    if solved is None:
        raise InfeasibleError(
            N_("Not all companies that must be visited fit into the trip."),
            findings=tuple(_binding(case, seed)),
        )
    reasons, better = why_left(case, solved)
    for _ in range(PASSES):
        if better == solved.plan:
            break
        # Only where the best plan is not proven: a forced visit led to a better one.
        solved = solved.with_plan(better)
        reasons, better = why_left(case, solved)
    _check_ways_without_visits(case, solved.plan)
    stops, days = Timetable(case).tables(solved.plan)
    left = [*case.left, *reasons]
    # What cannot be scored comes last.
    left.sort(key=lambda row: (np.nan_to_num(-row["value"], nan=1.0), row["firm_id"]))
    checks = check_plan(stops, rules_of(case, values))
    visited = list(itertools.chain(*solved.plan))
    gaps = {problem.sites[i].gaps[0] for i in visited if problem.sites[i].gaps}
    gap = 1 - solved.value / solved.bound if solved.bound else 0.0
    summary: dict[str, Scalar] = {
        "value": round(solved.value, 3),
        "upper_bound": round(solved.bound, 3),
        "gap_to_bound": round(max(gap, 0.0), 4),
        "visits": len(visited),
        "gaps": len(gaps),
        "candidates": len(case.found),
        "feasible": bool((checks.floats("ok") == 1).all()),
        "seed": seed,
        "destination": case.destination,
    }
    notes = _notes(case, values)
    if values.previous:
        note = _changes(case, stops, tables["firms"])
        notes.append(note)
        summary["kept_visits"] = len(case.wishes.previous) - note.rows
    if values.compare_with:
        summary |= _compare(case, values, seed, solved.value)
    watch(PASSES + 2, PASSES + 1, solved.value)
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


def _check_ways_without_visits(case: Case, plan: Plan) -> None:
    """Raise when a day without visits is too short for its own way.

    Raises
    ------
    InfeasibleError
    """
    findings = []
    for number, way in enumerate(plan):
        if not way and schedule_day(case.problem, number, way) is None:
            frame = case.problem.days[number]
            text = say(
                N_(
                    "Day %(day)s is too short for the way from %(a)s to %(b)s. Start "
                    "earlier, end later, or give a shorter way in table travel."
                ),
                day=number + 1,
                a=case.names[frame.start_node],
                b=case.names[frame.end_node],
            )
            findings.append(Finding("day_end_min", text, code="trip.way"))
    if findings:
        raise InfeasibleError(
            N_("The ways of the trip do not fit into its days."),
            findings=tuple(findings),
        )


def _notes(case: Case, params: TripParams) -> list[Note]:
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
    shared = len(case.found) - len({(c.lat, c.lon) for c in case.found})
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


def _changes(case: Case, stops: Table, firms: Table) -> Note:
    """Return who has to be told that a visit of the plan before moved or fell out."""
    now = {
        row["firm_id"]: (int(row["day"]) - 1, int(row["start_min"]))
        for row in stops.rows()
        if row["kind"] == "visit"
    }
    names = {
        row["firm_id"]: Say(
            row["name_en"] or row["name_zh"], row["name_zh"] or row["name_en"]
        )
        for row in firms.rows()
        if row["firm_id"] in case.wishes.previous
    }
    moved = [
        firm
        for firm, (day, start) in case.wishes.previous.items()
        if firm not in now or now[firm][0] != day or start not in {None, now[firm][1]}
    ]
    count = len(case.wishes.previous)
    if not moved:
        text = say(
            N_("All %(count)s visits of the plan before keep day and time."),
            count=count,
        )
        return Note("trip.kept", text)
    listed = [names.get(firm, Say(firm, firm)) for firm in moved]
    text = say(
        N_(
            "%(kept)s of %(count)s visits of the plan before keep day and time. To be told "
            "of a change: %(names)s."
        ),
        kept=count - len(moved),
        count=count,
        names=Say(", ".join(n.en for n in listed), "\u3001".join(n.zh for n in listed)),
    )
    return Note("trip.moved", text, len(moved))


def _part(problem: Problem, chosen: Sequence[int]) -> Problem:
    """Return the problem of some of the sites."""
    size = len(problem.sites)
    keep = [*chosen, *range(size, len(problem.minutes))]
    nodes = {old: new for new, old in enumerate(keep)}
    return dataclasses.replace(
        problem,
        sites=tuple(problem.sites[i] for i in chosen),
        days=tuple(
            Day(d.start_min, d.end_min, nodes[d.start_node], nodes[d.end_node])
            for d in problem.days
        ),
        minutes=problem.minutes[np.ix_(keep, keep)],
        km=problem.km[np.ix_(keep, keep)],
    )


def _compare(
    case: Case, params: TripParams, seed: int, value: float
) -> dict[str, Scalar]:
    """Return the value a plan of given visits reaches, under the same rules."""
    chosen = [i for i, c in enumerate(case.found) if c.firm_id in params.compare_with]
    known = {case.found[i].firm_id for i in chosen}
    absent = [firm for firm in params.compare_with if firm not in known]
    part = _part(case.problem, chosen)
    # A company that must be visited need not fit among these few.
    part = dataclasses.replace(
        part, sites=tuple(dataclasses.replace(s, must=False) for s in part.sites)
    )
    solved = solve(part, seed=seed, iterations=params.iterations)
    visited = list(itertools.chain(*solved.plan)) if solved else []
    reached = plan_value(part, visited)
    return {
        "compare_value": round(reached, 3),
        "compare_share": round(reached / value, 4) if value else None,
        "compare_visits": len(visited),
        "compare_missing": ", ".join(absent),
    }


def _binding(case: Case, seed: int) -> list[Finding]:
    """Return what keeps the visits that must be from fitting."""
    problem = case.problem
    findings = []
    must = [i for i, site in enumerate(problem.sites) if site.must]
    days = range(len(problem.days))
    for index in must:
        name = case.found[index].name
        if not any(problem.windows(problem.sites[index], day) for day in days):
            text = N_(
                "%(name)s cannot be met at all: its hours or its fixed time leave no room "
                "beside lunch. Change its hours, its day or its time."
            )
            findings.append(Finding("must", say(text, name=name), code="trip.closed"))
        elif not any(schedule_day(problem, day, [index]) for day in days):
            text = N_(
                "%(name)s cannot be reached and left within any day. Start earlier, end "
                "later, or drop it."
            )
            findings.append(Finding("must", say(text, name=name), code="trip.far"))
    if findings:
        return findings
    # Take out what can go without making the rest fit: what stays is in conflict.
    for index in list(must):
        rest = [i for i in must if i != index]
        if (
            len(rest) > 1
            and solve(_part(problem, rest), seed=seed, iterations=100) is None
        ):
            must = rest
    text = N_(
        "Each of these %(count)s visits fits alone, but not all together: %(names)s. "
        "Drop one, shorten visits, or add a day."
    )
    names = [case.found[i].name for i in must]
    both = Say(", ".join(n.en for n in names), "\u3001".join(n.zh for n in names))
    return [
        Finding("must", say(text, count=len(must), names=both), code="trip.together")
    ]
