"""Local search on a plan: adding, exchanging and ordering visits.

Whether a visit fits between two others is answered for all sites and positions at once
from the earliest time a party is free and the latest it has to arrive (push forward and
push back, [1]_).

References
----------
.. [1] Savelsbergh, M. W. P. (1985). Local search in routing problems with time windows.
   *Annals of Operations Research*, 4, 285-305.
.. [2] Vansteenwegen, P., Souffriau, W., Vanden Berghe, G., Van Oudheusden, D. (2009).
   Iterated local search for the team orienteering problem with time windows. *Computers
   & Operations Research*, 36, 3281-3290.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from yanlian.tables import Floats
from yanlian.trips.model import (
    Plan,
    Problem,
    gains,
    marginal_values,
    plan_value,
    schedule_day,
)

Ints = NDArray[np.int64]
NEVER = 1 << 40
# Orders of a day are compared one by one up to so many visits (720 orders).
ORDERED = 6
# A change must gain more than this, points: sums of decimals differ in the last digits.
EPSILON = 1e-9


class Search:
    """Local search on the plans of one problem.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        days, size = len(problem.days), len(problem.sites)
        self.early = np.full((days, 2, size), NEVER)
        self.late = np.full((days, 2, size), -NEVER)
        for day, row in enumerate(problem.halves):
            for site, windows in enumerate(row):
                for half, window in enumerate(windows):
                    if window is not None:
                        self.early[day, half, site] = window[0]
                        self.late[day, half, site] = window[1]
        self.stay = np.array(
            [site.visit_min + problem.buffer_min for site in problem.sites], np.int64
        )

    def spots(self, day: int, order: Sequence[int]) -> tuple[Ints, Ints]:
        """Return for each site where it fits best into a day's order.

        Parameters
        ----------
        day : int
        order : sequence of int
            Sites visited; the site asked for must not be among them.

        Returns
        -------
        added : ndarray of int, shape (sites,)
            Minutes by which the next visit, or the end of the day, is reached later;
            very large where the site does not fit.
        position : ndarray of int, shape (sites,)
            Where it would be put.
        """
        problem, size = self.problem, len(self.problem.sites)
        added = np.full(size, NEVER)
        position = np.zeros(size, np.int64)
        lunch = problem.lunch_on(day)
        frame, minutes = problem.days[day], problem.minutes
        before = np.array([frame.start_node, *order])
        after = np.array([*order, frame.end_node])
        into, out = minutes[before, :size], minutes[:size, after].T
        for split in range(len(order) + 1) if lunch else (0,):
            made = self._free(day, order, split)
            if made is None:
                continue
            free, arrive, latest = made
            for half in (0, 1) if lunch else (1,):
                at = slice(0, split + 1) if half == 0 else slice(split, len(order) + 1)
                noon = np.zeros(len(order) + 1, np.int64)
                noon[split] = lunch
                noon = noon[at, None]
                reach = free[at, None] + into[at] + (noon if half == 1 else 0)
                start = np.maximum(reach, self.early[day, half])
                then = start + self.stay + out[at] + (noon if half == 0 else 0)
                good = (start <= self.late[day, half]) & (then <= latest[at, None])
                more = np.where(good, then - arrive[at, None], NEVER)
                row = more.argmin(axis=0)
                least = more[row, np.arange(size)]
                better = least < added
                added[better] = least[better]
                position[better] = row[better] + at.start
        return added, position

    def _free(
        self, day: int, order: Sequence[int], split: int
    ) -> tuple[Ints, Ints, Ints] | None:
        """Return for each gap of an order: free from, arrival after it, arrival allowed."""
        problem = self.problem
        frame, lunch = problem.days[day], problem.lunch_on(day)
        nodes = [frame.start_node, *order, frame.end_node]
        ways = [int(problem.minutes[a, b]) for a, b in itertools.pairwise(nodes)]
        ways[split] += lunch
        free, arrive = [frame.start_min], []
        for position, site in enumerate(order):
            window = problem.halves[day][site][0 if position < split else 1]
            arrive.append(free[-1] + ways[position])
            if window is None or arrive[-1] > window[1]:
                return None
            free.append(max(arrive[-1], window[0]) + int(self.stay[site]))
        arrive.append(free[-1] + ways[-1])
        if arrive[-1] > frame.end_min:
            return None
        latest = [frame.end_min]
        for position in range(len(order) - 1, -1, -1):
            site = order[position]
            window = problem.halves[day][site][0 if position < split else 1]
            assert window is not None  # seen on the way forward
            room = latest[-1] - ways[position + 1] - int(self.stay[site])
            latest.append(min(window[1], room))
        return np.array(free), np.array(arrive), np.array(latest[::-1])

    def improve(self, plan: Plan, kept: Collection[int] = ()) -> Plan:
        """Return the plan with every visit added or exchanged that makes it worth more.

        Parameters
        ----------
        plan : tuple of tuple of int
        kept : collection of int
            Sites that stay, beside those that must.
        """
        while True:
            plan = self._filled(plan)
            best: tuple[float, int, int] | None = None
            for out, change in self._exchanges(plan, kept):
                site = int(change.argmax())
                if change[site] > EPSILON and (best is None or change[site] > best[0]):
                    best = (float(change[site]), site, out)
            if best is None:
                return plan
            plan = self.exchange(plan, best[2], best[1])

    def exchange(self, plan: Plan, out: int, site: int) -> Plan:
        """Return the plan with one visit in place of another."""
        days = [tuple(i for i in day if i != out) for day in plan]
        return self.insert(days, site)

    def insert(self, days: Sequence[tuple[int, ...]], site: int) -> Plan:
        """Return the days with a site put where it makes them the least longer."""
        found = [self.spots(day, order) for day, order in enumerate(days)]
        day = int(np.argmin([added[site] for added, _ in found]))
        at = int(found[day][1][site])
        order = days[day]
        made = [*days]
        made[day] = (*order[:at], site, *order[at:])
        return tuple(made)

    def _filled(self, plan: Plan) -> Plan:
        """Return the plan with every visit added that still fits, best first."""
        days = list(plan)
        found = [self.spots(day, order) for day, order in enumerate(days)]
        while True:
            visited = [i for order in days for i in order]
            gain = gains(self.problem, visited)
            added = np.min([spot[0] for spot in found], axis=0)
            gain[added >= NEVER] = 0.0
            gain[visited] = 0.0
            site = int(gain.argmax()) if len(gain) else 0
            if not len(gain) or gain[site] <= EPSILON:
                return tuple(days)
            day = int(np.argmin([spot[0][site] for spot in found]))
            at = int(found[day][1][site])
            days[day] = (*days[day][:at], site, *days[day][at:])
            found[day] = self.spots(day, days[day])

    def _exchanges(
        self, plan: Plan, kept: Collection[int] = ()
    ) -> Iterator[tuple[int, Floats]]:
        """Yield for each visit what the plan gains by each site in its place.

        Yields
        ------
        out : int
            Visit that gives way.
        change : ndarray, shape (sites,)
            Points; minus infinity where the site does not fit then.
        """
        problem = self.problem
        visited = [i for order in plan for i in order]
        base = plan_value(problem, visited)
        around = [self.spots(day, order)[0] for day, order in enumerate(plan)]
        for day, order in enumerate(plan):
            others = [around[other] for other in range(len(plan)) if other != day]
            for out in order:
                if problem.sites[out].must or out in kept:
                    continue
                rest = [i for i in visited if i != out]
                inside = self.spots(day, [i for i in order if i != out])[0]
                added = np.min([inside, *others], axis=0)
                change = gains(problem, rest) + plan_value(problem, rest) - base
                change[added >= NEVER] = -np.inf
                change[visited] = -np.inf
                yield out, change

    def exchanged(self, plan: Plan) -> dict[int, tuple[float, int]]:
        """Return for each site that can take one visit's place the best such change.

        Returns
        -------
        dict of int to (float, int)
            Change of the plan's value, points, and the visit that gives way.
        """
        found: dict[int, tuple[float, int]] = {}
        for out, change in self._exchanges(plan):
            for site in np.flatnonzero(np.isfinite(change)):
                if int(site) not in found or change[site] > found[int(site)][0]:
                    found[int(site)] = (float(change[site]), out)
        return found

    def fitting(self, plan: Plan) -> set[int]:
        """Return the sites that could be added to a plan as it stands."""
        added = np.min(
            [self.spots(day, order)[0] for day, order in enumerate(plan)], axis=0
        )
        visited = {i for order in plan for i in order}
        return {int(i) for i in np.flatnonzero(added < NEVER)} - visited

    def ordered(
        self, plan: Plan, wished: Mapping[int, tuple[int, int]] | None = None
    ) -> Plan:
        """Return the plan with the visits of each day in their best order.

        Parameters
        ----------
        plan : tuple of tuple of int
        wished : mapping of int to (int, int), optional
            Day and start visits had before. Orders that keep more of them come first,
            then those with the shorter ways.
        """
        made = []
        for day, order in enumerate(plan):
            starts = {
                i: at for i, (on, at) in (wished or {}).items() if on == day and at
            }
            made.append(self.best_order(day, order, starts))
        return tuple(made)

    def best_order(
        self, day: int, order: tuple[int, ...], starts: Mapping[int, int]
    ) -> tuple[int, ...]:
        """Return the order of a day that keeps most starts, then has the shortest ways.

        Parameters
        ----------
        day : int
        order : tuple of int
            An order that fits; it is kept when the day is too long to try all.
        starts : mapping of int to int
            Starts that visits had before.
        """
        if len(order) > ORDERED:
            return order
        frame = self.problem.days[day]
        best, least = order, (np.inf, np.inf, np.inf)
        for tried in itertools.permutations(order):
            nodes = [frame.start_node, *tried, frame.end_node]
            way = sum(
                int(self.problem.minutes[a, b]) for a, b in itertools.pairwise(nodes)
            )
            if not starts and (0.0, float(way), 0.0) >= least:
                continue
            made = schedule_day(self.problem, day, tried, starts)
            if made is None:
                continue
            moved = sum(
                abs(t.start_min - starts.get(t.site, t.start_min)) for t in made[0]
            )
            rank = (float(moved), float(way), float(made[1]))
            if rank < least:
                best, least = tried, rank
        return best


def repriced(problem: Problem, visited: Sequence[int]) -> Floats:
    """Return the value of each site beside a plan."""
    found = gains(problem, visited)
    for site, value in marginal_values(problem, visited).items():
        found[site] = value
    return found
