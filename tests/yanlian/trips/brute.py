"""Random trips, and answers that share no code with the planner.

The search below goes through every order of every day, minute by minute, with lunch
laid in at any point. It is slow and plain on purpose.
"""

import datetime

import numpy as np

from yanlian.text import Say
from yanlian.trips import TripParams
from yanlian.trips.candidates import Candidate, Wishes
from yanlian.trips.case import Case
from yanlian.trips.model import Day, Problem, Site


def random_problem(seed, size=None):
    """Return 2 to 7 sites over 1 to 3 days, with all that a trip can have."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 8)) if size is None else size
    count = int(rng.integers(1, 4))
    xy = rng.uniform(0, 70, (size + 2, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    minutes = np.rint(km * rng.uniform(0.6, 1.6)).astype(np.int64)
    if rng.random() < 0.3:  # a matrix given by a person need not be metric
        minutes += rng.integers(0, 60, minutes.shape)
    np.fill_diagonal(minutes, 0)
    groups = int(rng.integers(1, 5))
    sites = []
    for number in range(size):
        opened, closed = rng.choice([540, 540, 600, 840]), rng.choice([1050, 720, 960])
        if closed <= opened:
            opened, closed = 540, 1050
        sites.append(
            Site(
                firm_id=f"f{number}",
                value=float(rng.integers(0, 100)),
                gaps=(f"g{rng.integers(0, groups)}",),
                visit_min=int(rng.choice([30, 45, 60, 75, 90, 120])),
                open_min=int(opened),
                close_min=int(closed),
                day=int(rng.integers(0, count)) if rng.random() < 0.2 else None,
                start_min=int(rng.choice([540, 600, 800, 840, 900]))
                if rng.random() < 0.12
                else None,
                must=bool(rng.random() < 0.12),
            )
        )
    start, end = rng.choice([420, 510, 540, 840]), rng.choice([1080, 1140, 1230])
    home, hotel = size, size + 1
    days = tuple(
        Day(
            int(start),
            int(end),
            home if day == 0 else hotel,
            home if day == count - 1 else hotel,
        )
        for day in range(count)
    )
    lunch = int(rng.choice([60, 60, 45, 90, 0]))
    buffer = int(rng.choice([0, 10, 15]))
    keep = float(rng.choice([0.0, 0.5, 0.7, 1.0]))
    return Problem(tuple(sites), days, minutes, km, buffer, lunch, 690, 810, keep)


def sets_of_day(problem, day):
    """Return every set of sites that some order visits on a day."""
    frame, length = problem.days[day], problem.lunch_min
    if (
        frame.start_min + length > problem.lunch_to
        or problem.lunch_from + length > frame.end_min
    ):
        length = 0
    minutes = problem.minutes.tolist()
    found = {frozenset()}

    def go(here, free, eaten, done):
        for number, site in enumerate(problem.sites):
            if number in done or site.day not in {None, day}:
                continue
            low, high = site.open_min, site.close_min - site.visit_min
            if site.start_min is not None:
                low, high = max(low, site.start_min), min(high, site.start_min)
            for eats in (False,) if eaten else (False, True):
                if eats and free + length > problem.lunch_to:
                    continue
                start = free + minutes[here][number] + (length if eats else 0)
                start = max(start, low)
                if length and (eaten or eats):
                    start = max(start, problem.lunch_from + length)
                then = start + site.visit_min + problem.buffer_min
                full = eaten or eats
                if start > high or (not full and then + length > problem.lunch_to):
                    continue
                now = done | {number}
                home = then + minutes[number][frame.end_node]
                if home + (0 if full else length) <= frame.end_min:
                    found.add(now)
                go(number, then, full, now)

    go(frame.start_node, frame.start_min, length == 0, frozenset())
    return found


def worth(problem, visited):
    """Return the value of a set of sites, by its definition."""
    by_gap = {}
    for number in visited:
        site = problem.sites[number]
        by_gap.setdefault(site.gaps[0], []).append(site.value)
    return sum(
        value * problem.keep**rank
        for values in by_gap.values()
        for rank, value in enumerate(sorted(values, reverse=True))
    )


def best_value(problem, forced=()):
    """Return the value of the best plan, or None when there is none."""
    unions = {frozenset()}
    for day in range(len(problem.days)):
        sets = sets_of_day(problem, day)
        unions = {a | b for a in unions for b in sets if not a & b}
    must = {n for n, site in enumerate(problem.sites) if site.must} | {*forced}
    return max((worth(problem, u) for u in unions if must <= u), default=None)


def case_of(problem):
    """Return a case around a problem, and parameters with the same hours."""
    ids = (*(site.firm_id for site in problem.sites), "home", "hotel")
    names = tuple(Say(key, key) for key in ids)
    found = tuple(
        Candidate(site.firm_id, name, site.value, site.gaps, 31.0, 121.0, 1.0)
        for site, name in zip(problem.sites, names, strict=False)
    )
    dates = tuple(
        datetime.date(2026, 12, 7) + datetime.timedelta(day)
        for day in range(len(problem.days))
    )
    must = frozenset(site.firm_id for site in problem.sites if site.must)
    rail = np.zeros(problem.minutes.shape, bool)
    wishes = Wishes(must, frozenset(), {}, {})
    params = TripParams(
        day_start_min=problem.days[0].start_min,
        day_end_min=problem.days[0].end_min,
        buffer_min=problem.buffer_min,
        lunch_min=problem.lunch_min,
    )
    return Case(problem, found, dates, ids, names, rail, wishes, [], "hotel"), params
