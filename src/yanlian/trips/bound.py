"""A value no plan can exceed, and the ways that reach it: relaxation by column generation.

The rule that a site is visited once at most, and the ranks by which further visits for
a gap count less, are taken into the value with multipliers. What is left falls into
single days, which :mod:`yanlian.trips.pricing` solves exactly, but for ways that return
to a site after two others. Whatever the multipliers, the sum is an upper bound; the
best come from a linear program over the ways met so far. Sites through which no way can
beat the best plan are taken out, and time is refined to the minute. When few enough
ways are left that could be part of a better plan, all are listed, and the choice among
them proves the best plan.

References
----------
.. [1] Butt, S. E., Ryan, D. M. (1999). An optimal solution procedure for the multiple
   tour maximum collection problem using column generation. *Computers & Operations
   Research*, 26, 427-441.
.. [2] Boussier, S., Feillet, D., Gendreau, M. (2007). An exact algorithm for team
   orienteering problems. *4OR*, 5, 211-230.
.. [3] Geoffrion, A. M. (1974). Lagrangean relaxation for integer programming.
   *Mathematical Programming Study*, 2, 82-114.
.. [4] Baldacci, R., Christofides, N., Mingozzi, A. (2008). An exact algorithm for the
   vehicle routing problem based on the set partitioning formulation with additional
   cuts. *Mathematical Programming*, 115, 351-385. Listing all ways within the gap.
.. [5] Righini, G., Salani, M. (2009). Decremental state space relaxation strategies and
   initialization heuristics for solving the orienteering problem with time windows.
   *Computers & Operations Research*, 36, 1191-1203.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from yanlian.tables import Floats
from yanlian.trips.columns import Columns, Prices
from yanlian.trips.model import Plan, Problem, plan_value
from yanlian.trips.pricing import (
    UNIT,
    DayPricer,
    Ints,
    Labels,
    day_grid,
    through,
    ways_above,
)
from yanlian.trips.search import EPSILON, Search

# Cells of the largest program of one day; bounds memory (4 bytes each) and time.
CELLS = 6_000_000
# Rounds of column generation at most, and ways that each adds for a day.
ROUNDS = 60
WAYS = 24
# Partial ways that may be tried to list all that could be part of a better plan, and to
# list good ways for other plans.
TRIED = 20_000
TRIED_NEAR = 8_000
# Times that neighbours of good ways are added while that makes the plan better.
WIDENINGS = 4
# A bound this near to the value proves the plan, points: prizes are rounded upwards, and
# the programs end with a tolerance.
PROVEN = 1e-5
# Ways among which a plan is chosen at most, half as many where nothing is to be proven.
CHOICES = 4_000
# Share of the value by which ways listed for other plans may fall behind, at first.
NEAR = 1 / 64


@dataclass(frozen=True)
class Relaxed:
    """What the relaxation found.

    Attributes
    ----------
    bound : float
        Value no plan can exceed, points.
    plan : tuple of tuple of int, or None
        Best plan known.
    with_site : ndarray, shape (sites,)
        Value no plan that visits the site can exceed, points; below 0 when none can.
    columns : Columns
        Ways met, among which plans can be chosen.
    stage : _Stage or None
        The day programs of all sites.
    """

    bound: float
    plan: Plan | None
    with_site: Floats
    columns: Columns
    stage: _Stage | None

    def enrich(self, search: Search) -> None:
        """Add ways that good plans with any one site may use.

        All ways within some distance of the best are added, as far as the number of
        tries allows, and the neighbours of the best. Once is enough.
        """
        if self.columns.enriched:
            return
        self.columns.enriched = True
        if self.stage is not None:
            share = NEAR
            while share <= 1.0 and self.stage.complete(
                self.bound * (1 - share), TRIED_NEAR
            ):
                share *= 2
        self.columns.widen(search)


def upper_bound(problem: Problem, plan: Plan | None = None) -> float:
    """Value no plan can exceed, points.

    Parameters
    ----------
    problem : Problem
    plan : tuple of tuple of int, optional
        A plan that keeps the rules; the better it is, the sooner the bound is tight.
    """
    return relax(problem, plan).bound


def relax(
    problem: Problem,
    plan: Plan | None = None,
    *,
    search: Search | None = None,
    ways: Plan | None = None,
) -> Relaxed:
    """Return a bound, and the best plan among the ways met on the way to it.

    Parameters
    ----------
    problem : Problem
    plan : tuple of tuple of int, optional
        Best plan known.
    search : Search, optional
        Improves each plan chosen, and finds more ways when the best plan is not proven.
    ways : tuple of tuple of int, optional
        Further ways, one for each day, that a plan may use.
    """
    columns = Columns(problem)
    best = _Best(columns, search)
    if ways is not None:
        columns.add_plan(ways)
    if plan is None and not any(site.must for site in problem.sites):
        plan = ((),) * len(problem.days)
    if plan is not None:
        best.take(plan)
    size = len(problem.sites)
    limit = knapsack_bound(problem)
    with_site = np.full(size, limit)
    sites = np.arange(size)
    must = np.array([site.must for site in problem.sites], bool)
    width, taken = 0, -np.inf
    first: _Stage | None = None
    while len(sites):
        finer = _width(problem, sites)
        if finer is None or (width and finer >= width):
            break
        width = finer
        stage = _Stage(columns, sites, width)
        first = first or stage
        limit = min(limit, max(stage.generate(), best.value))
        best.choose()
        # A plan with this site may hold one taken out before, which bounds it too.
        reach = np.maximum(stage.through(), taken)
        with_site[sites] = np.minimum(with_site[sites], reach)
        if width == 1:
            if limit > best.value + PROVEN and stage.complete(best.value):
                limit = min(limit, max(best.choose(proof=True), best.value))
            break
        # What cannot be part of a better plan need not be looked at again.
        alive = must[sites] | (reach > best.value)
        taken = max(taken, float(reach[~alive].max(initial=-np.inf)))
        sites = sites[alive]
    limit = max(limit, best.value)
    for _ in range(WIDENINGS):
        reached = best.value
        if search is None or limit - reached <= PROVEN:
            break
        columns.widen(search)
        best.choose()
        if best.value <= reached:
            break
    limit = max(limit, best.value)
    return Relaxed(limit, best.plan, np.minimum(with_site, limit), columns, first)


class _Best:
    """The best plan so far, and how a better one is chosen."""

    def __init__(self, columns: Columns, search: Search | None) -> None:
        self.columns, self.search = columns, search
        self.plan: Plan | None = None
        self.value = 0.0

    def take(self, plan: Plan) -> None:
        """Keep a plan if it is worth more."""
        value = plan_value(self.columns.problem, list(itertools.chain(*plan)))
        if self.plan is None or value > self.value + EPSILON:
            self.plan, self.value = plan, value
            self.columns.add_plan(plan)

    def choose(self, *, proof: bool = False) -> float:
        """Choose among the best ways; return a value that no choice can exceed.

        Parameters
        ----------
        proof : bool
            Whether to choose among all ways, if they are not too many: only then the
            value returned is finite.
        """
        count = len(self.columns.ways)
        proof = proof and count <= CHOICES
        found = self.columns.plan(
            among=range(count) if proof else self.columns.best(CHOICES // 2)
        )
        if found is None:
            return np.inf
        self.take(self.search.improve(found.plan) if self.search else found.plan)
        return found.bound if proof else np.inf


def _width(problem: Problem, sites: Ints) -> int | None:
    """Return the finest slot for which the program of a day stays small enough."""
    stay = np.array([problem.sites[i].visit_min + problem.buffer_min for i in sites])
    step = stay[:, None] + problem.minutes[np.ix_(sites, sites)]
    np.fill_diagonal(step, 1 << 40)
    cells = 0
    for row in problem.halves:
        slots, visits = [0, 0], [0, 0]
        for site in sites:
            for half, window in enumerate(row[site]):
                if window is not None:
                    slots[half] += window[1] - window[0] + 1
                    visits[half] += 1
        # Each slot of a visit looks at all visits it may follow.
        cells = max(cells, slots[0] * visits[0] + slots[1] * sum(visits))
    width = max(1, -(-cells // CELLS))
    # A step must not lie within one slot: the program runs forward in time.
    return width if width <= int(step.min()) else None


class _Stage:
    """Column generation over some sites on one grid."""

    def __init__(self, columns: Columns, sites: Ints, width: int) -> None:
        self.columns, self.sites = columns, sites
        problem = columns.problem
        self.grids = [
            day_grid(problem, days[0], sites, width) for days in columns.classes
        ]
        self.pricers = [DayPricer(grid) for grid in self.grids]
        self.bound = np.inf
        self.center: Prices | None = None
        self._kept: tuple[Prices, list[tuple[Labels, Labels]]] | None = None

    def generate(self) -> float:
        """Add ways until the relaxed choice among them is the best; return the bound."""
        for _ in range(ROUNDS):
            value, prices = self.columns.prices()
            new = self._price(prices)
            if not new or self.bound - value <= 1e-6 * max(1.0, abs(value)):
                break
        return self.bound

    def _price(self, prices: Prices) -> int:
        """Bound the value by these prices and add the ways they favour."""
        total, new = prices.constant, 0
        runs = [pricer.run(prices.prize[self.sites]) for pricer in self.pricers]
        for kind, labels in enumerate(runs):
            total += len(self.columns.classes[kind]) * labels.value
            for way in labels.ways(WAYS):
                named = self.sites[list(way)]
                new += self.columns.add(kind, named)
                if len(set(way)) < len(way):
                    self.columns.add(kind, dict.fromkeys(named.tolist()))
        if total / UNIT < self.bound:
            self.bound, self.center = total / UNIT, prices
            self.columns.rated = (prices.prize, [labels.value for labels in runs])
        return new

    def _sides(self) -> list[tuple[Labels, Labels]]:
        """Return for each class of days the labels under the best prices, both ways."""
        prices = self.center
        assert prices is not None  # generate has run
        if self._kept is None or self._kept[0] is not prices:
            prize = prices.prize[self.sites]
            sides = [
                (pricer.run(prize), DayPricer(grid.mirrored()).run(prize))
                for pricer, grid in zip(self.pricers, self.grids, strict=True)
            ]
            self._kept = prices, sides
        return self._kept[1]

    def through(self) -> Floats:
        """Return for each site of the stage a value no plan with it can exceed."""
        reach = np.full(len(self.sites), -np.inf)
        for kind, (ahead, behind) in enumerate(self._sides()):
            value, ways = through(ahead, behind)
            # One day goes through the site, the others have their best ways.
            reach = np.maximum(reach, self.bound + (value - ahead.value) / UNIT)
            for way in ways:
                if way:
                    self.columns.add(kind, self.sites[list(way)])
        return reach

    def complete(self, value: float, tried: int = TRIED) -> bool:
        """Add every way that a plan worth more than ``value`` may use.

        Parameters
        ----------
        value : float
            Value of the best plan known, points.
        tried : int
            Partial ways tried at most on each day.

        Returns
        -------
        bool
            Whether all were listed; not when there are too many.
        """
        slack = int(np.ceil((self.bound - value) * UNIT))
        for kind, (ahead, behind) in enumerate(self._sides()):
            ways = ways_above(ahead, behind, ahead.value - slack, tried)
            if ways is None:
                return False
            for way in ways:
                self.columns.add(kind, self.sites[list(way)])
        return True


def knapsack_bound(problem: Problem) -> float:
    """Value no plan can exceed: the smaller of two fractional knapsacks over time.

    In the first a visit takes its length, its buffer and the shortest way into it, and
    the days have their hours less lunch and the shortest ways home. In the second the
    way is the shortest from another company, and a day has the hours in which hosts
    receive, less lunch; its first way and its last buffer fall outside these hours.
    """
    size = len(problem.sites)
    if not size:
        return 0.0
    minutes = problem.minutes.astype(float)
    stay = np.array([site.visit_min + problem.buffer_min for site in problem.sites])
    value = np.array([site.value for site in problem.sites])
    reach = minutes[:, :size].copy()
    np.fill_diagonal(reach[:size], np.inf)
    hours = sum(
        frame.end_min
        - frame.start_min
        - problem.lunch_on(day)
        - float(minutes[:size, frame.end_node].min())
        for day, frame in enumerate(problem.days)
    )
    first = _knapsack(value, stay + reach.min(axis=0), hours)
    if size == 1:
        return first
    between = reach[:size].min(axis=0)
    opened = min(site.open_min for site in problem.sites)
    closed = max(site.close_min for site in problem.sites)
    free = problem.buffer_min + float(between.max())
    received = sum(
        closed - opened - problem.lunch_on(day) + free
        for day in range(len(problem.days))
    )
    return min(first, _knapsack(value, stay + between, received))


def _knapsack(value: Floats, weight: Floats, capacity: float) -> float:
    """Value of the best fractional filling of a capacity."""
    order = np.argsort(-value / np.maximum(weight, 1e-9), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weight[order])[:-1]])
    take = np.clip((capacity - before) / np.maximum(weight[order], 1e-9), 0, 1)
    return float(take @ value[order])
