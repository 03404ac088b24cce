"""Solving a trip with PyVRP: orienteering with time windows over days."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from yanlian.tables import Floats
from yanlian.trips.model import Problem, marginal_values, plan_value, schedule_day

Plan = tuple[tuple[int, ...], ...]
PRIZE_SCALE = 1000
DAY_MIN = 1440


def solve(
    problem: Problem,
    *,
    seed: int,
    iterations: int,
    passes: int = 3,
    watch: Callable[[int, int, float], None] | None = None,
) -> Plan | None:
    """Return the best plan found, or None when not all that must be can be visited.

    Prizes are the values of the visits. Since a second company for the same gap counts
    less, the solver runs again with the values that visits have beside the plan found,
    and the best plan by its true value stays.

    Parameters
    ----------
    problem : Problem
    seed : int
    iterations : int
        Iterations of the solver in each pass; the same number gives the same plan.
    passes : int
        Number of passes.
    watch : callable, optional
        Called with pass, passes and the best value so far.
    """
    prizes = np.array([site.value for site in problem.sites], float)
    best: Plan | None = None
    best_value = -1.0
    for turn in range(passes):
        plan = _solve_once(problem, prizes, seed + turn, iterations)
        if plan is not None:
            plan = improve(problem, plan)
            value = plan_value(problem, list(itertools.chain(*plan)))
            if value > best_value + 1e-9:
                best, best_value = plan, value
        if watch:
            watch(turn + 1, passes, max(best_value, 0.0))
        if best is None or problem.keep >= 1.0:
            break
        again = _repriced(problem, list(itertools.chain(*best)))
        if np.allclose(again, prizes):
            break
        prizes = again
    return best


def _repriced(problem: Problem, visited: Sequence[int]) -> Floats:
    """Return the value of each site beside a plan."""
    inside = marginal_values(problem, visited)
    base = plan_value(problem, visited)
    return np.array(
        [
            inside.get(i, plan_value(problem, [*visited, i]) - base)
            for i in range(len(problem.sites))
        ]
    )


def _solve_once(
    problem: Problem, prizes: Floats, seed: int, iterations: int
) -> Plan | None:
    import pyvrp
    from pyvrp.stop import MaxIterations

    model = pyvrp.Model()
    size = len(problem.sites)
    if not size:
        return tuple(() for _ in problem.days)
    halves = [(i, morning) for i in range(size) for morning in (True, False)]
    locations = {half: model.add_location(0, 0) for half in halves}
    places = {}
    for frame in problem.days:
        for node in (frame.start_node, frame.end_node):
            if node not in places:
                places[node] = (model.add_location(0, 0), model.add_location(0, 0))
    depots = {
        node: (model.add_depot(start), model.add_depot(end))
        for node, (start, end) in places.items()
    }
    clients: list[tuple[int, int]] = []
    for index, site in enumerate(problem.sites):
        options = [
            (day, window)
            for day in range(len(problem.days))
            for window in problem.windows(site, day)
        ]
        if not options:
            if site.must:
                return None
            continue
        group = model.add_client_group(required=site.must) if len(options) > 1 else None
        for day, (early, late, morning) in options:
            model.add_client(
                locations[index, morning],
                service_duration=site.visit_min + problem.buffer_min,
                tw_early=day * DAY_MIN + early,
                tw_late=day * DAY_MIN + late,
                prize=round(max(float(prizes[index]), 0.0) * PRIZE_SCALE),
                required=site.must and group is None,
                group=group,
            )
            clients.append((index, day))
    if not clients:
        return tuple(() for _ in problem.days)
    for day, frame in enumerate(problem.days):
        model.add_vehicle_type(
            start_depot=depots[frame.start_node][0],
            end_depot=depots[frame.end_node][1],
            tw_early=day * DAY_MIN + frame.start_min,
            tw_late=day * DAY_MIN + frame.end_min,
            unit_distance_cost=1,
        )
    _edges(model, problem, locations, places)
    result = model.solve(MaxIterations(iterations), seed=seed, display=False)
    if not result.is_feasible():
        return None
    plan: list[tuple[int, ...]] = [() for _ in problem.days]
    for route in result.best.routes():
        order = tuple(
            clients[activity.idx][0] for activity in route if activity.is_client()
        )
        plan[route.vehicle_type()] = order
    return tuple(plan)


def _edges(model: object, problem: Problem, locations: object, places: object) -> None:
    """Give all ways; the way over noon takes the length of lunch longer."""
    lunch = problem.lunch_min
    add = model.add_edge  # type: ignore[attr-defined]
    sites = locations.items()  # type: ignore[attr-defined]
    # Times decide; kilometres only break ties, a hundredth of a point each.
    km = np.rint(problem.km * 10).astype(int).tolist()
    minutes = problem.minutes.tolist()
    for (a, a_morning), source in sites:
        for (b, b_morning), target in sites:
            if source is not target:
                extra = lunch if a_morning and not b_morning else 0
                # Company and its twin: no way is ever taken.
                way = 0 if a == b else minutes[a][b]
                add(source, target, km[a][b], way + extra)
    for node, (start, end) in places.items():  # type: ignore[attr-defined]
        for (index, morning), site in sites:
            before = 0 if morning else lunch
            add(start, site, km[node][index], minutes[node][index] + before)
            after = lunch if morning else 0
            add(site, end, km[index][node], minutes[index][node] + after)
        for other, (_, finish) in places.items():  # type: ignore[attr-defined]
            add(start, finish, km[node][other], minutes[node][other] + lunch)


def improve(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with every visit added or exchanged that makes it worth more."""
    while True:
        plan = _filled(problem, plan)
        visited = {i for day in plan for i in day}
        best: tuple[float, int, int] | None = None
        for index in range(len(problem.sites)):
            change = None if index in visited else swap(problem, plan, index)
            if change and change[0] > 1e-6 and (best is None or change[0] > best[0]):
                best = (change[0], index, change[1])
        if best is None:
            return plan
        days = [[i for i in day if i != best[2]] for day in plan]
        spot = insertion(problem, days, best[1])
        assert spot is not None  # swap has found it
        days[spot[0]].insert(spot[1], best[1])
        plan = tuple(tuple(day) for day in days)


def _filled(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with every visit added that still fits, best first."""
    days = [list(day) for day in plan]
    while True:
        visited = [i for day in days for i in day]
        base = plan_value(problem, visited)
        gain: tuple[float, int, int, int] | None = None
        for index in range(len(problem.sites)):
            if index in visited:
                continue
            more = plan_value(problem, [*visited, index]) - base
            if more <= 1e-9 or (gain and more <= gain[0]):
                continue
            spot = insertion(problem, days, index)
            if spot:
                gain = (more, index, *spot)
        if gain is None:
            return tuple(tuple(day) for day in days)
        days[gain[2]].insert(gain[3], gain[1])


def insertion(
    problem: Problem, days: Sequence[Sequence[int]], index: int
) -> tuple[int, int] | None:
    """Return day and position where a visit still fits, ending the day the soonest."""
    best: tuple[int, int, int] | None = None
    for day, order in enumerate(days):
        if not problem.windows(problem.sites[index], day):
            continue
        for position in range(len(order) + 1):
            tried = [*order[:position], index, *order[position:]]
            made = schedule_day(problem, day, tried)
            if made and (best is None or made[1] < best[0]):
                best = (made[1], day, position)
    return None if best is None else best[1:]


def swap(problem: Problem, plan: Plan, index: int) -> tuple[float, int] | None:
    """Return the best change of value by forcing a visit in, and who gives way.

    Returns
    -------
    tuple of (float, int) or None
        Change of the plan's value and the site that gives way; None when no single
        exchange makes room.
    """
    visited = [i for day in plan for i in day]
    base = plan_value(problem, visited)
    best: tuple[float, int] | None = None
    for out in visited:
        if problem.sites[out].must:
            continue
        days = [[i for i in day if i != out] for day in plan]
        change = plan_value(problem, [*(i for i in visited if i != out), index]) - base
        if best is not None and change <= best[0]:
            continue
        if insertion(problem, days, index):
            best = (change, out)
    return best
