"""A trip as numbers: days, sites, times between them, and what a day's order costs.

Lunch is part of the way: each day has a morning and an afternoon, a visit lies in one
of them, and the way from the last morning visit to the first afternoon visit takes the
length of lunch longer. Lunch can then always be laid into its band, before, after or
on that way.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanlian.tables import Floats

Plan = tuple[tuple[int, ...], ...]
_Window = tuple[int, int] | None


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

    @property
    def group(self) -> str:
        """Return what further visits share the value with: the best gap."""
        return self.gaps[0] if self.gaps else self.firm_id


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

    def lunch_on(self, day: int) -> int:
        """Return the minutes lunch takes on a day; 0 when its hours hold no lunch.

        A day that begins too late or ends too early for a lunch within the band has
        none, and neither has a trip whose lunch takes no time.
        """
        frame = self.days[day]
        late = frame.start_min + self.lunch_min > self.lunch_to
        early = self.lunch_from + self.lunch_min > frame.end_min
        return 0 if late or early else self.lunch_min

    def windows(self, site: Site, day: int) -> list[tuple[int, int, bool]]:
        """Return the windows of a visit's start on a day: from, to, in the morning.

        A day without lunch is all afternoon.
        """
        if site.day is not None and site.day != day:
            return []
        early, late = site.open_min, site.close_min - site.visit_min
        if site.start_min is not None:
            early, late = max(early, site.start_min), min(late, site.start_min)
        if early > late:
            return []
        if not self.lunch_on(day):
            return [(early, late, False)]
        ends, starts = self.noon
        found = []
        if early <= min(late, ends - site.visit_min):
            found.append((early, min(late, ends - site.visit_min), True))
        if max(early, starts) <= late:
            found.append((max(early, starts), late, False))
        return found

    @functools.cached_property
    def halves(self) -> list[list[tuple[_Window, _Window]]]:
        """Return the windows of a start by day and site: morning, afternoon."""
        found = []
        for day in range(len(self.days)):
            row = []
            for site in self.sites:
                known = {m: (a, b) for a, b, m in self.windows(site, day)}
                row.append((known.get(True), known.get(False)))
            found.append(row)
        return found

    def alike(self) -> list[list[int]]:
        """Return the days in classes: same hours, same ends, the same for every site.

        Examples
        --------
        The middle days of a trip, hotel to hotel, are alike unless a visit is bound to
        one of them.
        """
        bound = {site.day for site in self.sites}
        classes: dict[object, list[int]] = {}
        for number, frame in enumerate(self.days):
            key = (frame, number) if number in bound else frame
            classes.setdefault(key, []).append(number)
        return list(classes.values())


@dataclass(frozen=True)
class Timed:
    """One visit of a day's order with its times."""

    site: int
    arrive_min: int
    start_min: int
    end_min: int
    morning: bool


def schedule_day(
    problem: Problem,
    day: int,
    order: Sequence[int],
    wished: Mapping[int, int] | None = None,
) -> tuple[list[Timed], int] | None:
    """Return the times of a day's order, or None when it does not fit.

    Parameters
    ----------
    problem : Problem
    day : int
        0 is the first day.
    order : sequence of int
        Sites in the order of the visits.
    wished : mapping of int to int, optional
        Starts that visits had before; they are kept where the day still fits.

    Returns
    -------
    list of Timed
        Visits with their times: the earliest, or the wished ones.
    int
        Arrival at the end of the day, minutes after midnight.
    """
    best: tuple[list[Timed], int] | None = None
    least = (math.inf, math.inf)
    # The number of morning visits decides where lunch lies.
    splits = range(len(order), -1, -1) if problem.lunch_on(day) else (0,)
    for mornings in splits:
        made = _schedule(problem, day, order, mornings, wished or {})
        if made is None:
            continue
        moved = sum(
            abs(item.start_min - wished[item.site])
            for item in made[0]
            if wished and item.site in wished
        )
        if (moved, made[1]) < least:
            best, least = made, (moved, made[1])
    return best


def _schedule(
    problem: Problem,
    day: int,
    order: Sequence[int],
    mornings: int,
    wished: Mapping[int, int],
) -> tuple[list[Timed], int] | None:
    frame, lunch = problem.days[day], problem.lunch_on(day)
    nodes = [frame.start_node, *order, frame.end_node]
    ways = [
        int(problem.minutes[a, b]) + (lunch if position == mornings else 0)
        for position, (a, b) in enumerate(itertools.pairwise(nodes))
    ]
    windows = []
    for position, index in enumerate(order):
        window = problem.halves[day][index][0 if position < mornings else 1]
        if window is None:
            return None
        windows.append(window)
    stays = [problem.sites[i].visit_min + problem.buffer_min for i in order]
    latest = [late for _, late in windows]
    if wished:
        # A visit may wait for its wished start only as long as the rest still fits.
        limit = frame.end_min
        for position in range(len(order) - 1, -1, -1):
            limit -= ways[position + 1] + stays[position]
            limit = latest[position] = min(limit, latest[position])
    clock = frame.start_min
    timed = []
    for position, index in enumerate(order):
        early, late = windows[position]
        arrive = clock + ways[position]
        start = max(arrive, early, min(wished.get(index, 0), latest[position]))
        if start > late:
            return None
        end = start + problem.sites[index].visit_min
        timed.append(Timed(index, arrive, start, end, position < mornings))
        clock = start + stays[position]
    home = clock + ways[-1]
    return (timed, home) if home <= frame.end_min else None


def plan_value(problem: Problem, visited: Sequence[int]) -> float:
    """Value of a set of visits: of each gap the best counts whole, further ones less.

    Examples
    --------
    Two firms for one gap, values 10 and 8, the second counts half: 14.
    """
    return sum(marginal_values(problem, visited).values())


def marginal_values(problem: Problem, visited: Sequence[int]) -> dict[int, float]:
    """Value each visit has in a plan; they sum to :func:`plan_value`."""
    groups: dict[str, list[int]] = {}
    for index in visited:
        groups.setdefault(problem.sites[index].group, []).append(index)
    found = {}
    for members in groups.values():
        ranked = sorted(members, key=lambda i: (-problem.sites[i].value, i))
        for rank, index in enumerate(ranked):
            found[index] = problem.sites[index].value * problem.keep**rank
    return found


def gains(problem: Problem, visited: Sequence[int]) -> Floats:
    """Value each site would add to a plan, points; 0 for those in it.

    Parameters
    ----------
    problem : Problem
    visited : sequence of int
        Sites of the plan.

    Returns
    -------
    ndarray, shape (sites,)
    """
    base: dict[str, list[float]] = {}
    for index in visited:
        site = problem.sites[index]
        base.setdefault(site.group, []).append(site.value)
    for values in base.values():
        values.sort(reverse=True)
    inside = set(visited)
    keep = problem.keep
    found = np.zeros(len(problem.sites))
    for index, site in enumerate(problem.sites):
        if index in inside:
            continue
        beside = base.get(site.group, [])
        rank = sum(value >= site.value for value in beside)
        # All visits behind it move one rank down.
        loss = sum(
            value * keep**at * (1 - keep)
            for at, value in enumerate(beside[rank:], start=rank)
        )
        found[index] = site.value * keep**rank - loss
    return found
