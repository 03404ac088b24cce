"""Choosing among known ways of a day: a linear program for prices, an integer one for a plan.

A column is a way through one day. Each day takes one, each site is visited once at
most, and of each gap one visit counts whole, one ``keep``, one ``keep`` squared …: as the
best assignment of visits to these ranks is the sorted one, the sum is the true value.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix

from yanlian.tables import Floats
from yanlian.trips.model import Plan, Problem, plan_value, schedule_day
from yanlian.trips.pricing import UNIT, Ints
from yanlian.trips.search import NEVER, Search

# Ranks that are told apart; further visits for the same gap count like the last rank,
# which can only make the bound higher.
RANKS = 8
NODES = 400
# Ways of which neighbours are made, those kept with each site, and how long a way may be
# for two of its visits to make room.
GOOD_WAYS = 60
WAYS_WITH_SITE = 12
SHORT = 6
# Ways taken by each of two ranks into a choice around a plan, and those with a site.
FEW = 40


@dataclass(frozen=True)
class Prices:
    """Multipliers of the relaxed rules, millionths of a point.

    Attributes
    ----------
    once : ndarray of int, shape (sites,)
        Of "once at most"; below 0 where a visit must be.
    rank : ndarray of int, shape (pairs,)
        Of "each rank of a gap once at most".
    prize : ndarray of int, shape (sites,)
        What a visit is worth under these.
    """

    once: Ints
    rank: Ints
    prize: Ints

    @property
    def constant(self) -> int:
        """Return what the multipliers add to the bound whatever is visited."""
        return int(self.once.sum() + self.rank.sum())


@dataclass(frozen=True)
class Choice:
    """A plan chosen among ways.

    Attributes
    ----------
    plan : tuple of tuple of int
    value : float
        Its value, points.
    bound : float
        Value that no choice among the ways exceeds, points.
    """

    plan: Plan
    value: float
    bound: float


class Columns:
    """A growing set of ways and the two programs over it.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.classes = problem.alike()
        self.ways: list[tuple[int, tuple[int, ...]]] = []
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._fits: dict[tuple[int, tuple[int, ...]], bool] = {}
        self._planned: list[int] = []
        self.enriched = False
        # How far each class of days is from its best way under the last prices.
        self.rated: tuple[Ints, list[int]] | None = None
        groups: dict[str, list[int]] = {}
        for index, site in enumerate(problem.sites):
            groups.setdefault(site.group, []).append(index)
        self.group = [""] * len(problem.sites)
        # Site, rank among the visits for its gap, number of the rule "once" or -1.
        self.modes: list[tuple[int, int, int]] = []
        self.pairs = 0
        ranks = 1 if problem.keep >= 1.0 else RANKS
        for name, members in groups.items():
            count = min(len(members), ranks)
            for rank in range(count):
                # The last rank also stands for all after it.
                last = rank + 1 == count and len(members) > count
                bound = len(members) > 1 and not last
                self.modes += [(i, rank, self.pairs if bound else -1) for i in members]
                self.pairs += bound
            for member in members:
                self.group[member] = name
        self.must = [i for i, site in enumerate(problem.sites) if site.must]
        # More than any plan is worth: a visit that must be is given up last.
        self.penalty = 1.0 + sum(site.value for site in problem.sites)

    def add(self, kind: int, way: Iterable[int]) -> bool:
        """Add a way to a class of days; return whether it is new.

        Of the orders of the same visits one that keeps all rules is enough. One that
        breaks them, from a coarse grid of time, does not stand for the others.
        """
        key = (kind, tuple(int(i) for i in way))
        same = (kind, tuple(sorted(key[1])))
        if same in self._known:
            at = self._known[same]
            if key == self.ways[at] or self.fits(at) or not self._keeps(*key):
                return False
        self._known[same] = len(self.ways)
        self.ways.append(key)
        return True

    def add_plan(self, plan: Plan) -> None:
        """Add the ways of a plan, and remember them as the last."""
        for kind, days in enumerate(self.classes):
            for day in days:
                self.add(kind, plan[day])
        self._planned = [
            self._known[kind, tuple(sorted(plan[day]))]
            for kind, days in enumerate(self.classes)
            for day in days
        ]

    def prices(self) -> tuple[float, Prices]:
        """Return value and multipliers of the relaxed choice among the ways."""
        if not self.ways:
            size = len(self.problem.sites)
            none = np.zeros(self.pairs, np.int64)
            return 0.0, self.priced(np.zeros(size, np.int64), none)
        matrix, limit, cost, _ = self._program(range(len(self.ways)))
        found = linprog(
            cost, A_ub=matrix, b_ub=limit, bounds=(0, None), method="highs-ds"
        )
        dual = -found.ineqlin.marginals
        size, kinds = len(self.problem.sites), len(self.classes)
        once = dual[kinds : kinds + size].copy()
        start = kinds + 2 * size
        rank = dual[start : start + self.pairs]
        once[self.must] -= dual[start + self.pairs :]
        return -float(found.fun), self.priced(
            np.rint(once * UNIT).astype(np.int64), np.rint(rank * UNIT).astype(np.int64)
        )

    def priced(self, once: Ints, rank: Ints) -> Prices:
        """Return the prize of each site under multipliers, rounded upwards."""
        rank = np.maximum(rank, 0)
        free = np.ones(len(once), bool)
        free[self.must] = False
        once = np.where(free, np.maximum(once, 0), once)
        worth = np.full(len(once), -(1 << 50))
        for site, rank_of, pair in self.modes:
            share = self.problem.keep**rank_of
            value = int(np.ceil(self.problem.sites[site].value * share * UNIT))
            value -= int(rank[pair]) if pair >= 0 else 0
            worth[site] = max(worth[site], value)
        return Prices(once, rank, worth - once)

    def plan(
        self,
        must: Collection[int] = (),
        bonus: Mapping[int, float] | None = None,
        among: Collection[int] | None = None,
    ) -> Choice | None:
        """Return the best plan of ways that can truly be gone.

        Parameters
        ----------
        must : collection of int
            Sites to be visited beside those that have to be.
        bonus : mapping of int to float, optional
            Points that ways, by their number, count more; to break ties.
        among : collection of int, optional
            Numbers of the ways to choose among; all that fit when absent.
        """
        if among is None:
            among = range(len(self.ways))
        kept = [k for k in among if self.fits(k)]
        if not kept:
            empty: Plan = ((),) * len(self.problem.days)
            return None if self.must or must else Choice(empty, 0.0, 0.0)
        matrix, limit, cost, count = self._program(kept)
        low = np.full(len(limit), -np.inf)
        kinds = len(self.classes)
        for needed in (*self.must, *must):
            low[kinds + needed] = 1.0
        cost[:count] -= [(bonus or {}).get(k, 0.0) for k in kept]
        whole = np.zeros(len(cost))
        whole[:count] = 1
        found = milp(
            cost,
            constraints=LinearConstraint(matrix, low, limit),
            integrality=whole,
            options={"node_limit": NODES, "mip_rel_gap": 0.0, "presolve": False},
        )
        if found.x is None:
            return None
        made: list[tuple[int, ...]] = [()] * len(self.problem.days)
        free = [list(days) for days in self.classes]
        for column in np.flatnonzero(found.x[:count] > 0.5).tolist():
            kind, way = self.ways[kept[column]]
            made[free[kind].pop(0)] = way
        visited = list(itertools.chain(*made))
        bound = np.inf if found.mip_dual_bound is None else -found.mip_dual_bound
        return Choice(tuple(made), plan_value(self.problem, visited), float(bound))

    def rating(self, index: int) -> int:
        """Return how far a way is from the best of its day, millionths of a point."""
        if self.rated is None:
            return 0
        prize, tops = self.rated
        kind, way = self.ways[index]
        return int(prize[list(way)].sum()) - tops[kind]

    def best(self, most: int) -> list[int]:
        """Return the numbers of the ways that rate best, and of the last plan added."""
        every = range(len(self.ways))
        if len(every) <= most:
            return list(every)
        order = sorted(every, key=lambda k: (-self.rating(k), k))
        return sorted({*order[:most], *self._planned})

    def best_ways(self, kind: int, most: int) -> list[tuple[int, ...]]:
        """Return the ways of a class of days that rate best and can be gone."""
        good = [k for k in range(len(self.ways)) if self.ways[k][0] == kind]
        good = [k for k in good if self.fits(k)]
        good.sort(key=lambda k: (-self.rating(k), k))
        return [self.ways[k][1] for k in good[:most]]

    def widen(self, search: Search) -> None:
        """Add for each site ways that visit it: good ways with the site put in.

        In each of the best ways up to two visits make room; of all results the few that
        rate best for each site are added.

        Parameters
        ----------
        search : Search
            Says which sites fit where.
        """
        if self.rated is None:
            return
        prize, _ = self.rated
        for kind, days in enumerate(self.classes):
            bases: dict[tuple[int, ...], int] = {}
            for way in self.best_ways(kind, GOOD_WAYS):
                # Long ways have too many pairs, and a single visit more often suffices.
                for count in (0, 1, 2) if len(way) <= SHORT else (0, 1):
                    for out in itertools.combinations(way, min(count, len(way))):
                        base = tuple(i for i in way if i not in out)
                        bases.setdefault(base, int(prize[list(base)].sum()))
            taken = np.zeros(len(prize), np.int64)
            for base in sorted(bases, key=lambda base: (-bases[base], base)):
                added, position = search.spots(days[0], base)
                added[list(base)] = NEVER
                for site in np.flatnonzero((added < NEVER) & (taken < WAYS_WITH_SITE)):
                    at = int(position[site])
                    taken[site] += self.add(kind, (*base[:at], int(site), *base[at:]))

    def around(self, plan: Plan) -> Callable[[int], list[int]]:
        """Return a function that gives for a site the ways worth choosing among.

        They are the best under the last prices and the best in place of one of the
        plan's own, of all ways and of those that visit the site. To choose among these
        few is much faster, and nearly always gives the same.

        Parameters
        ----------
        plan : tuple of tuple of int
        """
        good = [k for k in range(len(self.ways)) if self.fits(k)]
        rating = {k: float(self.rating(k)) for k in good}
        beside = {k: self._in_place(k, plan) for k in good}
        best: set[int] = set()
        of_site: dict[int, set[int]] = {}
        for rank in (rating, beside):
            order = sorted(good, key=lambda k: (-rank[k], k))
            best |= {*order[:FEW]}
            taken: Counter[int] = Counter()
            for k in order:
                for site in self.ways[k][1]:
                    if taken[site] < FEW:
                        taken[site] += 1
                        of_site.setdefault(site, set()).add(k)
        return lambda site: sorted(best | of_site.get(site, set()))

    def _in_place(self, index: int, plan: Plan) -> float:
        """Return the value of a plan with a way in place of one of its own."""
        kind, way = self.ways[index]
        values = []
        for day in self.classes[kind]:
            others = itertools.chain(*plan[:day], *plan[day + 1 :])
            values.append(plan_value(self.problem, list({*way, *others})))
        return max(values)

    def fits(self, index: int) -> bool:
        """Return whether a way keeps all rules of its day."""
        return self._keeps(*self.ways[index])

    def _keeps(self, kind: int, way: tuple[int, ...]) -> bool:
        if (kind, way) not in self._fits:
            self._fits[kind, way] = len(set(way)) == len(way) and bool(
                schedule_day(self.problem, self.classes[kind][0], way)
            )
        return self._fits[kind, way]

    def _program(self, kept: Iterable[int]) -> tuple[csr_matrix, Floats, Floats, int]:
        """Return rules, limits and costs: ways, then visits by rank, then gaps left."""
        size, kinds = len(self.problem.sites), len(self.classes)
        row: list[int] = []
        column: list[int] = []
        entry: list[float] = []
        start, count = kinds + 2 * size, 0
        of_must = {site: start + self.pairs + k for k, site in enumerate(self.must)}

        def put(at: int, where: int, value: float) -> None:
            row.append(at)
            column.append(where)
            entry.append(value)

        # How many visits for a gap the ways can make together: further ranks are idle.
        most: dict[tuple[str, int], int] = {}
        used: set[int] = set()
        for index in kept:
            kind, way = self.ways[index]
            put(kind, count, 1)
            for site in way:  # entries of a repeated visit add up
                put(kinds + site, count, 1)
                put(kinds + size + site, count, -1)
                if site in of_must:
                    put(of_must[site], count, -1)
            for name, visits in Counter(self.group[i] for i in way).items():
                most[name, kind] = max(most.get((name, kind), 0), visits)
            used.update(way)
            count += 1
        ranks: Counter[str] = Counter()
        for (name, kind), visits in most.items():
            ranks[name] += visits * len(self.classes[kind])
        cost = [0.0] * count
        for site, rank, pair in self.modes:
            if site in used and rank < ranks[self.group[site]]:
                put(kinds + size + site, len(cost), 1)
                if pair >= 0:
                    put(start + pair, len(cost), 1)
                share = self.problem.keep**rank
                cost.append(-share * self.problem.sites[site].value)
        for site in self.must:
            put(of_must[site], len(cost), -1)
            cost.append(self.penalty)
        rows = start + self.pairs + len(self.must)
        limit = np.concatenate(
            [
                [float(len(days)) for days in self.classes],
                np.ones(size),
                np.zeros(size),
                np.ones(self.pairs),
                -np.ones(len(self.must)),
            ]
        )
        matrix = csr_matrix((entry, (row, column)), shape=(rows, len(cost)))
        return matrix, limit, np.array(cost), count
