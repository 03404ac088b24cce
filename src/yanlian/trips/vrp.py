"""A trip as PyVRP sees it: prize collecting with time windows, one vehicle per day.

References
----------
.. [1] Wouda, N. A., Lan, L., Kool, W. (2024). PyVRP: a high-performance VRP solver
   package. *INFORMS Journal on Computing*, 36, 943-955.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanlian.tables import Floats
from yanlian.trips.model import Plan, Problem, schedule_day
from yanlian.trips.pricing import Ints

# Values decide; a kilometre weighs a ten-thousandth of a point and only breaks ties.
PRIZE_SCALE = 1000
KM_SCALE = 0.1
# A way that cannot be gone, minutes.
FAR = 10_000_000
# PyVRP's own settings are for runs of many ten thousand iterations; these are short.
# Penalties follow what was feasible among so many solutions (500), and a solution may be
# worse than the one this share of the iterations ago (300 of them).
UPDATE_AFTER = 50
MEMORY = 1 / 50
LEAST_MEMORY = 20


@dataclass(frozen=True)
class _Client:
    """A site in one half of the day."""

    site: int
    half: int
    early: int
    late: int
    group: int | None


def pyvrp_plan(
    problem: Problem, prizes: Floats, seed: int, iterations: int
) -> Plan | None:
    """Return PyVRP's plan for some prizes, or None when it finds none.

    A site is one client for the morning and one for the afternoon, of which a group
    takes one at most; all days share the clients and the axis of time. A way from a
    morning to an afternoon takes lunch longer, one back cannot be gone. Each class of
    days has its own times: where a site is bound to another day, no way leads to it.

    Parameters
    ----------
    problem : Problem
    prizes : ndarray, shape (sites,)
        Points for each visit.
    seed, iterations : int
        The same numbers give the same plan.
    """
    import pyvrp
    from pyvrp.stop import MaxIterations

    clients = _clients(problem)
    reached = {client.site for client in clients}
    if any(site.must and i not in reached for i, site in enumerate(problem.sites)):
        return None
    if not clients:
        return tuple(() for _ in problem.days)
    places = sorted({n for f in problem.days for n in (f.start_node, f.end_node)})
    nodes = np.array([*(client.site for client in clients), *places, *places])
    classes = problem.alike()
    durations: list[Any] = [
        _minutes(problem, days[0], clients, nodes, len(places)) for days in classes
    ]
    distance = np.rint(problem.km[np.ix_(nodes, nodes)] * KM_SCALE).astype(np.int64)
    np.fill_diagonal(distance, 0)
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0)] * len(nodes),
        [
            pyvrp.Client(
                number,
                service_duration=_stay(problem, client.site),
                tw_early=client.early,
                tw_late=client.late,
                prize=round(max(float(prizes[client.site]), 0.0) * PRIZE_SCALE),
                required=problem.sites[client.site].must and client.group is None,
                group=client.group,
            )
            for number, client in enumerate(clients)
        ],
        [pyvrp.Depot(len(clients) + k) for k in range(2 * len(places))],
        [
            pyvrp.VehicleType(
                len(days),
                start_depot=places.index(problem.days[days[0]].start_node),
                end_depot=len(places) + places.index(problem.days[days[0]].end_node),
                tw_early=problem.days[days[0]].start_min,
                tw_late=problem.days[days[0]].end_min,
                profile=profile,
            )
            for profile, days in enumerate(classes)
        ],
        [distance] * len(classes),
        durations,
        _groups(problem, clients, pyvrp),
    )
    params = pyvrp.SolveParams(
        ils=pyvrp.IteratedLocalSearchParams(
            history_length=max(LEAST_MEMORY, round(iterations * MEMORY))
        ),
        penalty=pyvrp.PenaltyParams(solutions_between_updates=UPDATE_AFTER),
    )
    with warnings.catch_warnings():
        # PyVRP warns when it struggles; what it finds is checked, so that is no news.
        warnings.simplefilter("ignore")
        result = pyvrp.solve(
            data,
            MaxIterations(iterations),
            seed=seed,
            collect_stats=False,
            params=params,
        )
    if not result.is_feasible():
        return None
    made: list[tuple[int, ...]] = [()] * len(problem.days)
    free = [list(days) for days in classes]
    for route in result.best.routes():
        way = tuple(clients[a.idx].site for a in route if a.is_client())
        made[free[route.vehicle_type()].pop(0)] = way
    return _checked(problem, tuple(made))


def _stay(problem: Problem, site: int) -> int:
    return problem.sites[site].visit_min + problem.buffer_min


def _clients(problem: Problem) -> list[_Client]:
    """Return the clients; the two of one site share a group."""
    made: list[_Client] = []
    groups = 0
    for site in range(len(problem.sites)):
        windows: dict[int, tuple[int, int]] = {}
        for row in problem.halves:
            for half, window in enumerate(row[site]):
                if window is not None:
                    # Days with and without lunch differ; the widest serves all.
                    low, high = windows.get(half, window)
                    windows[half] = min(low, window[0]), max(high, window[1])
        group = groups if len(windows) > 1 else None
        groups += len(windows) > 1
        made += [
            _Client(site, half, early, late, group)
            for half, (early, late) in windows.items()
        ]
    return made


def _groups(problem: Problem, clients: list[_Client], pyvrp: Any) -> list[Any]:
    members: dict[int, list[int]] = {}
    for number, client in enumerate(clients):
        if client.group is not None:
            members.setdefault(client.group, []).append(number)
    return [
        pyvrp.ClientGroup(both, required=problem.sites[clients[both[0]].site].must)
        for both in members.values()
    ]


def _minutes(
    problem: Problem, day: int, clients: list[_Client], nodes: Ints, places: int
) -> Ints:
    """Return the times between clients, starts and ends on a day."""
    # Starts count as morning and ends as afternoon: lunch lies between them.
    half = np.array(
        [*(client.half for client in clients), *[0] * places, *[1] * places]
    )
    lunch = (half[:, None] == 0) & (half[None, :] == 1)
    back = (half[:, None] == 1) & (half[None, :] == 0)
    way: Ints = problem.minutes[np.ix_(nodes, nodes)].astype(np.int64)
    way += np.where(lunch, problem.lunch_on(day), 0) + np.where(back, FAR, 0)
    for number, client in enumerate(clients):
        if problem.halves[day][client.site][client.half] is None:
            way[:, number] += FAR
    np.fill_diagonal(way, 0)
    return way


def _checked(problem: Problem, plan: Plan) -> Plan | None:
    """Return the plan without the days that do not fit, or None when a must is lost."""
    made = tuple(
        way if schedule_day(problem, day, way) else () for day, way in enumerate(plan)
    )
    held = {site for way in made for site in way}
    lost = any(site.must and i not in held for i, site in enumerate(problem.sites))
    return None if lost else made
