"""A trip as numbers: days, sites, times between them, and what a day's order costs.

Lunch is part of the way: each day has a morning and an afternoon, a visit lies in one
of them, and the way from the last morning visit to the first afternoon visit takes the
length of lunch longer. Lunch can then always be laid into its band, before, after or
on that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanlian.tables import Floats


@dataclass(frozen=True)
class Site:
    """A company that may be visited.

    Attributes
    ----------
    firm_id : str
    value : float
        Value of the visit, points.
    gaps : tuple of str
        Gaps it serves, the best first.
    visit_min : int
        Length of the visit.
    open_min, close_min : int
        The visit lies between these minutes after midnight.
    day : int or None
        Only this day (0 is the first), or any.
    start_min : int or None
        Fixed start.
    must : bool
        Whether it has to be visited.
    """

    firm_id: str
    value: float
    gaps: tuple[str, ...]
    visit_min: int
    open_min: int
    close_min: int
    day: int | None = None
    start_min: int | None = None
    must: bool = False


@dataclass(frozen=True)
class Day:
    """One day of the trip; minutes after midnight."""

    start_min: int
    end_min: int
    start_node: int
    end_node: int


@dataclass(frozen=True)
class Problem:
    """All numbers of a trip.

    Attributes
    ----------
    sites : tuple of Site
        Sites are nodes 0 … n-1; places follow.
    days : tuple of Day
    minutes, km : ndarray, shape (nodes, nodes)
        Time (whole minutes) and length of each way.
    buffer_min : int
        Added after each visit.
    lunch_min, lunch_from, lunch_to : int
        Length of lunch, and the band in which it lies.
    keep : float
        Each further visit for the same gap counts so many times the one before.
    """

    sites: tuple[Site, ...]
    days: tuple[Day, ...]
    minutes: NDArray[np.int64]
    km: Floats
    buffer_min: int
    lunch_min: int
    lunch_from: int
    lunch_to: int
    keep: float

    @property
    def noon(self) -> tuple[int, int]:
        """Return when a morning visit ends at the latest, an afternoon one starts."""
        ends = self.lunch_to - self.lunch_min - self.buffer_min
        return ends, self.lunch_from + self.lunch_min

    def windows(self, site: Site, day: int) -> list[tuple[int, int, bool]]:
        """Return the windows of a visit's start on a day: from, to, in the morning."""
        if site.day is not None and site.day != day:
            return []
        ends, starts = self.noon
        early = site.open_min if site.start_min is None else site.start_min
        late = site.close_min - site.visit_min
        late = late if site.start_min is None else min(late, site.start_min)
        found = []
        if early <= min(late, ends - site.visit_min):
            found.append((early, min(late, ends - site.visit_min), True))
        if max(early, starts) <= late:
            found.append((max(early, starts), late, False))
        return found


@dataclass(frozen=True)
class Timed:
    """One visit of a day's order with its times."""

    site: int
    arrive_min: int
    start_min: int
    end_min: int
    morning: bool


def schedule_day(
    problem: Problem, day: int, order: Sequence[int]
) -> tuple[list[Timed], int] | None:
    """Return the earliest times of a day's order, or None when it does not fit.

    Parameters
    ----------
    problem : Problem
    day : int
        0 is the first day.
    order : sequence of int
        Sites in the order of the visits.

    Returns
    -------
    list of Timed
        Visits with their times.
    int
        Arrival at the end of the day, minutes after midnight.
    """
    best: tuple[list[Timed], int] | None = None
    # The number of morning visits decides where lunch lies.
    for mornings in range(len(order), -1, -1):
        made = _schedule(problem, day, order, mornings)
        if made and (best is None or made[1] < best[1]):
            best = made
    return best


def _schedule(
    problem: Problem, day: int, order: Sequence[int], mornings: int
) -> tuple[list[Timed], int] | None:
    frame = problem.days[day]
    clock, here = frame.start_min, frame.start_node
    timed: list[Timed] = []
    for position, index in enumerate(order):
        site = problem.sites[index]
        morning = position < mornings
        window = [w for w in problem.windows(site, day) if w[2] == morning]
        if not window:
            return None
        early, late, _ = window[0]
        arrive = clock + int(problem.minutes[here, index])
        if position == mornings:
            arrive += problem.lunch_min
        start = max(arrive, early)
        if start > late:
            return None
        end = start + site.visit_min
        timed.append(Timed(index, arrive, start, end, morning))
        clock, here = end + problem.buffer_min, index
    home = clock + int(problem.minutes[here, frame.end_node])
    if mornings == len(order):
        home += problem.lunch_min
    return (timed, home) if home <= frame.end_min else None


def plan_value(problem: Problem, visited: Sequence[int]) -> float:
    """Value of a set of visits: of each gap the best counts whole, further ones less.

    Examples
    --------
    Two firms for one gap, values 10 and 8, the second counts half: 14.
    """
    by_gap: dict[str, list[float]] = {}
    for index in visited:
        site = problem.sites[index]
        gap = site.gaps[0] if site.gaps else site.firm_id
        by_gap.setdefault(gap, []).append(site.value)
    total = 0.0
    for values in by_gap.values():
        for rank, value in enumerate(sorted(values, reverse=True)):
            total += value * problem.keep**rank
    return total


def marginal_values(problem: Problem, visited: Sequence[int]) -> dict[int, float]:
    """Value each visit has in a plan; they sum to :func:`plan_value`."""
    groups: dict[str, list[int]] = {}
    for index in visited:
        site = problem.sites[index]
        groups.setdefault(site.gaps[0] if site.gaps else site.firm_id, []).append(index)
    found = {}
    for members in groups.values():
        ranked = sorted(members, key=lambda i: (-problem.sites[i].value, i))
        for rank, index in enumerate(ranked):
            found[index] = problem.sites[index].value * problem.keep**rank
    return found


def upper_bound(problem: Problem) -> float:
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
        - problem.lunch_min
        - float(minutes[:size, frame.end_node].min())
        for frame in problem.days
    )
    first = _knapsack(value, stay + reach.min(axis=0), hours)
    if size == 1:
        return first
    between = reach[:size].min(axis=0)
    opened = min(site.open_min for site in problem.sites)
    closed = max(site.close_min for site in problem.sites)
    free = problem.buffer_min + float(between.max())
    received = len(problem.days) * (closed - opened - problem.lunch_min + free)
    return min(first, _knapsack(value, stay + between, received))


def _knapsack(value: Floats, weight: Floats, capacity: float) -> float:
    """Value of the best fractional filling of a capacity."""
    order = np.argsort(-value / np.maximum(weight, 1e-9), kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weight[order])[:-1]])
    take = np.clip((capacity - before) / np.maximum(weight[order], 1e-9), 0, 1)
    return float(take @ value[order])
