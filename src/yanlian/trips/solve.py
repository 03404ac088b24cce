"""Solving a trip: PyVRP finds a plan, the relaxation betters it and says how good it is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from yanlian.trips.bound import Relaxed, relax
from yanlian.trips.columns import Columns
from yanlian.trips.model import (
    Plan,
    Problem,
    marginal_values,
    plan_value,
    schedule_day,
)
from yanlian.trips.search import EPSILON, Search, repriced
from yanlian.trips.vrp import pyvrp_plan

# What a visit kept on its day, and one kept at its time, is worth, points: it breaks ties
# and buys nothing.
HABIT = 1e-5
# Ways whose times are compared with those of the plan before.
TIMED = 300


@dataclass(frozen=True)
class Solved:
    """A plan and how good it is.

    Attributes
    ----------
    plan : tuple of tuple of int
        Sites of each day in their order.
    value : float
        Its value, points.
    bound : float
        Value no plan can exceed, points.
    relaxed : Relaxed
        Ways met, among which other plans can be chosen, and what they can be worth.
    """

    plan: Plan
    value: float
    bound: float
    relaxed: Relaxed

    def with_plan(self, plan: Plan) -> Solved:
        """Return the same with another plan of the same problem."""
        problem = self.relaxed.columns.problem
        plan = Search(problem).ordered(plan)
        value = _value(problem, plan)
        return dataclasses.replace(
            self, plan=plan, value=value, bound=max(self.bound, value)
        )


def solve(
    problem: Problem,
    *,
    seed: int,
    iterations: int,
    passes: int = 3,
    previous: Mapping[int, tuple[int, int]] | None = None,
    watch: Callable[[int, int, float], None] | None = None,
) -> Solved | None:
    """Return the best plan found, or None when not all that must be can be visited.

    Parameters
    ----------
    problem : Problem
    seed : int
    iterations : int
        Iterations of PyVRP in each pass; the same number gives the same plan.
    passes : int
        Number of passes.
    previous : mapping of int to (int, int), optional
        Day and start that visits had in the plan before. Of plans of equal value the
        one that keeps more of them is chosen.
    watch : callable, optional
        Called with steps done, steps in all and the best value so far.
    """
    search = Search(problem)
    plan = _passes(problem, search, seed, iterations, passes, watch)
    before = _previous_ways(problem, previous or {})
    held = set(itertools.chain(*before))
    if all(i in held for i, site in enumerate(problem.sites) if site.must):
        again = search.improve(before)
        if plan is None or _value(problem, again) > _value(problem, plan) + EPSILON:
            plan = again
    relaxed = relax(problem, plan, search=search, ways=before)
    if relaxed.plan is None:
        return None
    plan = relaxed.plan
    if previous:
        relaxed.enrich(search)
        plan = _nearest(search, plan, relaxed.columns, previous)
    plan = search.ordered(_without_idle(problem, plan, previous or {}), previous)
    value = _value(problem, plan)
    if watch:
        watch(passes + 1, passes + 1, value)
    return Solved(plan, value, max(relaxed.bound, value), relaxed)


def _value(problem: Problem, plan: Plan) -> float:
    return plan_value(problem, list(itertools.chain(*plan)))


def _passes(
    problem: Problem,
    search: Search,
    seed: int,
    iterations: int,
    passes: int,
    watch: Callable[[int, int, float], None] | None,
) -> Plan | None:
    """Return the best plan of some passes of PyVRP, each improved by local search.

    Prizes are the values of the visits. Since a second company for the same gap counts
    less, PyVRP runs again with the values that visits have beside the best plan so far.
    Each pass has its own seed, and the best plan by its true value stays.
    """
    prizes = np.array([site.value for site in problem.sites], float)
    best: Plan | None = None
    best_value = -1.0
    for turn in range(passes):
        plan = pyvrp_plan(problem, prizes, seed + turn, iterations)
        if plan is not None:
            plan = search.improve(plan)
            value = _value(problem, plan)
            if value > best_value + EPSILON:
                best, best_value = plan, value
        if watch:
            watch(turn + 1, passes + 1, max(best_value, 0.0))
        if best is not None:
            prizes = repriced(problem, list(itertools.chain(*best)))
    return best


def _previous_ways(problem: Problem, previous: Mapping[int, tuple[int, int]]) -> Plan:
    """Return what is left of the plan before, day by day."""
    made = []
    for day in range(len(problem.days)):
        order = sorted(
            (start, site) for site, (on, start) in previous.items() if on == day
        )
        way = tuple(site for _, site in order)
        # A visit whose window has changed may have to go; the others stay.
        while way and schedule_day(problem, day, way) is None:
            worst = min(
                way, key=lambda i: (problem.sites[i].must, problem.sites[i].value)
            )
            way = tuple(site for site in way if site != worst)
        made.append(way)
    return tuple(made)


def _without_idle(
    problem: Problem, plan: Plan, previous: Mapping[int, tuple[int, int]]
) -> Plan:
    """Return the plan without visits that add nothing, as far as nobody asked for them."""
    worth = marginal_values(problem, list(itertools.chain(*plan)))
    made = []
    for day, way in enumerate(plan):
        short = tuple(
            site
            for site in way
            if worth[site] > EPSILON or problem.sites[site].must or site in previous
        )
        # Where ways are not metric a shorter day need not fit.
        made.append(short if schedule_day(problem, day, short) or not short else way)
    return tuple(made)


def _nearest(
    search: Search,
    plan: Plan,
    columns: Columns,
    previous: Mapping[int, tuple[int, int]],
) -> Plan:
    """Return the plan of equal value nearest to the one before, days in their places."""
    problem = search.problem
    near = columns.plan(bonus=_habits(search, columns, previous))
    if near is not None and near.value >= _value(problem, plan) - EPSILON:
        plan = near.plan
    made = [*plan]
    for days in columns.classes:
        # Days of one class are the same for the plan; the one before tells them apart.
        kept = np.array(
            [
                [
                    sum(previous.get(i, (-1, 0))[0] == day for i in plan[of])
                    for day in days
                ]
                for of in days
            ]
        )
        rows, places = linear_sum_assignment(-kept)
        for row, place in zip(rows, places, strict=True):
            made[days[place]] = plan[days[row]]
    return tuple(made)


def _habits(
    search: Search, columns: Columns, previous: Mapping[int, tuple[int, int]]
) -> dict[int, float]:
    """Return for each way how many visits keep their day, and their time, as a bonus."""
    overlap = {
        k: max(
            sum(previous.get(site, (-1, 0))[0] == day for site in way)
            for day in columns.classes[kind]
        )
        for k, (kind, way) in enumerate(columns.ways)
    }
    found = {k: HABIT * count for k, count in overlap.items() if count}
    # Times are compared for the ways that could matter: near the best, much the same.
    for k in sorted(found, key=lambda k: (-overlap[k], -columns.rating(k), k))[:TIMED]:
        kind, way = columns.ways[k]
        if not columns.fits(k):
            continue
        kept = 0
        for day in columns.classes[kind]:
            starts = {i: at for i, (on, at) in previous.items() if on == day and at}
            order = search.best_order(day, way, starts)
            made = schedule_day(search.problem, day, order, starts)
            assert made is not None  # the way fits
            kept = max(kept, sum(starts.get(t.site) == t.start_min for t in made[0]))
        found[k] += HABIT * kept
    return found
