"""Plans, bounds and reasons against brute force on random small trips."""

import dataclasses
import itertools

import numpy as np
import pytest

from tests.yanlian.trips.brute import (
    best_value,
    case_of,
    random_problem,
    sets_of_day,
    worth,
)
from yanlian.trips import Day, Problem, Site, bound, check_plan, schedule_day
from yanlian.trips.bound import knapsack_bound, relax, upper_bound
from yanlian.trips.case import rules_of
from yanlian.trips.columns import Columns
from yanlian.trips.left_out import WORTH_TELLING, why_left
from yanlian.trips.model import gains, plan_value
from yanlian.trips.pricing import (
    UNIT,
    DayPricer,
    day_grid,
    through,
    ways_above,
)
from yanlian.trips.search import NEVER, Search
from yanlian.trips.solve import solve
from yanlian.trips.timetable import Timetable
from yanlian.trips.vrp import pyvrp_plan

SEEDS = range(60)


def solved(seed, size=None):
    problem = random_problem(seed, size)
    return problem, solve(problem, seed=seed, iterations=60)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_small_plan_is_worth_what_brute_force_finds(seed):
    problem, made = solved(seed)
    best = best_value(problem)
    if best is None:
        assert made is None
        return
    assert made.value == pytest.approx(best)
    assert made.value == pytest.approx(worth(problem, itertools.chain(*made.plan)))
    # With so few sites every way is listed, and the plan is proven.
    assert made.bound == pytest.approx(best)
    for day, way in enumerate(made.plan):
        assert frozenset(way) in sets_of_day(problem, day)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cells", [bound.CELLS, 900])
def test_no_plan_is_worth_more_than_the_bound(seed, cells, monkeypatch):
    # Few cells force a coarse grid of time, which must stay on the safe side.
    monkeypatch.setattr(bound, "CELLS", cells)
    problem = random_problem(seed)
    best = best_value(problem)
    if best is None:
        return
    assert knapsack_bound(problem) >= best - 1e-9
    assert upper_bound(problem) >= best - 1e-9
    found = relax(problem)
    for site in range(len(problem.sites)):
        forced = best_value(problem, forced=[site])
        assert forced is None or found.with_site[site] >= forced - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_coarse_and_fine_grids_agree_on_trips_too_large_for_brute_force(
    seed, monkeypatch
):
    problem = random_problem(seed, size=16)
    values, limits = [], []
    for cells in (4_000, 20_000, bound.CELLS):
        monkeypatch.setattr(bound, "CELLS", cells)
        found = relax(problem, search=Search(problem))
        if found.plan is not None:
            values.append(plan_value(problem, list(itertools.chain(*found.plan))))
            limits.append(found.bound)
    assert not values or min(limits) >= max(values) - 1e-6


def test_an_order_that_breaks_the_rules_does_not_stand_for_one_that_keeps_them():
    site = Site("", 10.0, ("g",), 60, 540, 1050)
    sites = (
        dataclasses.replace(site, firm_id="early", gaps=("a",), close_min=660),
        dataclasses.replace(site, firm_id="late", gaps=("b",), open_min=840),
    )
    minutes = np.full((3, 3), 20) - 20 * np.eye(3, dtype=np.int64)
    problem = Problem(
        sites, (Day(480, 1080, 2, 2),), minutes, minutes * 1.0, 10, 60, 690, 810, 1.0
    )
    columns = Columns(problem)
    assert columns.add(0, (1, 0))
    assert columns.plan() is None or columns.plan().plan == ((),)
    assert columns.add(0, (0, 1))
    assert not columns.add(0, (1, 0))
    assert columns.plan().plan == ((0, 1),)


def test_the_bound_never_falls_below_the_plan_it_is_given():
    for seed in range(20):
        problem = random_problem(seed)
        plan = pyvrp_plan(problem, np.array([s.value for s in problem.sites]), 0, 40)
        if plan is not None:
            value = plan_value(problem, list(itertools.chain(*plan)))
            assert upper_bound(problem, plan) >= value


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_the_best_way_of_a_day_is_found_on_the_minute_and_never_missed(seed):
    problem = random_problem(seed)
    sites = np.arange(len(problem.sites))
    prizes = np.array([round(s.value * UNIT) for s in problem.sites], np.int64)
    for day in range(len(problem.days)):
        best = max(
            sum(problem.sites[i].value for i in way)
            for way in sets_of_day(problem, day)
        )
        for width in (1, 7, 30):
            grid = day_grid(problem, day, sites, width)
            if grid.same[grid.same < NEVER].min(initial=NEVER) < 1:
                continue
            labels = DayPricer(grid).run(prizes)
            assert labels.value >= best * UNIT
            for way in labels.ways(5):
                assert all(a != b for a, b in itertools.pairwise(way))
                assert all(a != c for a, c in zip(way, way[2:], strict=False))
        grid = day_grid(problem, day, sites, 1)
        labels = DayPricer(grid).run(prizes)
        ways = labels.ways(1)
        if ways and len({*ways[0]}) == len(ways[0]):
            assert labels.value == best * UNIT
            assert schedule_day(problem, day, ways[0])


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_ways_through_each_site_and_all_ways_above_a_value(seed):
    problem = random_problem(seed)
    sites = np.arange(len(problem.sites))
    prizes = np.array([round(s.value * UNIT) for s in problem.sites], np.int64)
    for day in range(len(problem.days)):
        grid = day_grid(problem, day, sites, 1)
        ahead, behind = (DayPricer(g).run(prizes) for g in (grid, grid.mirrored()))
        assert ahead.value == behind.value
        value, ways = through(ahead, behind)
        sets = {
            s: sum(problem.sites[i].value for i in s) * UNIT
            for s in sets_of_day(problem, day)
        }
        for site in sites:
            best = max((v for s, v in sets.items() if site in s), default=None)
            if best is None:
                continue
            assert value[site] >= best
            assert site in ways[site]
            assert prizes[list(ways[site])].sum() == value[site]
        limit = ahead.value // 2
        listed = ways_above(ahead, behind, limit, 100_000)
        assert {frozenset(way) for way in listed} == {
            s for s, v in sets.items() if s and v >= limit
        }
        assert len(listed) < 3 or ways_above(ahead, behind, 0, 2) is None


@pytest.mark.parametrize("seed", range(40))
def test_every_timetable_keeps_every_rule(seed):
    problem, made = solved(seed)
    if made is None or not all(
        way or schedule_day(problem, day, way) for day, way in enumerate(made.plan)
    ):
        return
    case, params = case_of(problem)
    stops, days = Timetable(case).tables(made.plan)
    checks = check_plan(stops, rules_of(case, params))
    assert [row["text_en"] for row in checks.rows() if not row["ok"]] == []
    assert all(row["wait_min"] >= 0 for row in days.rows())


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_out_costs_what_the_reason_says(seed):
    problem, made = solved(seed)
    if made is None:
        return
    case, _ = case_of(problem)
    rows, better = why_left(case, made)
    assert better == made.plan
    visited = {*itertools.chain(*made.plan)}
    assert len(rows) == len(problem.sites) - len(visited)
    for row in rows:
        site = int(row["firm_id"][1:])
        forced = best_value(problem, forced=[site])
        if forced is None:
            assert row["reason"] in {"closed", "no_time"}
            continue
        # Never a smaller loss than is true; not a larger one worth telling either.
        true = forced - made.value
        assert true - WORTH_TELLING - 1e-3 <= row["delta_value"] <= true + 1e-3
        assert row["reason"] in {"swap", "no_gain"}
        assert bool(row["instead_of"]) == (row["reason"] == "swap")


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_a_spot_is_free_exactly_when_the_day_still_fits(seed):
    problem = random_problem(seed)
    search = Search(problem)
    rng = np.random.default_rng(seed)
    for day in range(len(problem.days)):
        order = [int(i) for i in rng.permutation(len(problem.sites))[:2]]
        while order and schedule_day(problem, day, order) is None:
            order.pop()
        added, position = search.spots(day, order)
        for site in {*range(len(problem.sites))} - {*order}:
            fits = any(
                schedule_day(problem, day, [*order[:at], site, *order[at:]])
                for at in range(len(order) + 1)
            )
            assert fits == (added[site] < NEVER)
            if fits:
                at = position[site]
                assert schedule_day(problem, day, [*order[:at], site, *order[at:]])


def test_gains_are_differences_of_plan_values():
    for seed in range(20):
        problem = random_problem(seed)
        visited = [i for i in range(len(problem.sites)) if (seed >> i) & 1]
        gain = gains(problem, visited)
        base = plan_value(problem, visited)
        for site in range(len(problem.sites)):
            more = visited if site in visited else [*visited, site]
            assert gain[site] == pytest.approx(plan_value(problem, more) - base)


def test_the_same_seed_gives_the_same_plan():
    problem = random_problem(3, size=12)
    first, again = (solve(problem, seed=5, iterations=100) for _ in range(2))
    assert first.plan == again.plan
    assert first.bound == again.bound
