"""Trips: equal to brute force, never break a rule, and say what was left out."""

import itertools

import numpy as np
import pytest

from yanlian.errors import InfeasibleError, ParamError
from yanlian.tables import Table
from yanlian.trips import (
    Day,
    Problem,
    Site,
    TripParams,
    check_plan,
    plan_trip,
    schedule_day,
)
from yanlian.trips.check import Rules
from yanlian.trips.model import plan_value, upper_bound
from yanlian.trips.solve import solve


def random_problem(seed, size=5, keep=1.0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 60, (size + 1, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    sites = tuple(
        Site(f"f{i}", float(rng.integers(10, 100)), (f"g{rng.integers(0, 3)}",),
             int(rng.integers(3, 7)) * 15, 540, int(rng.choice([720, 1050])))
        for i in range(size)
    )  # fmt: skip
    days = (Day(510, 1080, size, size),) * 2
    return Problem(sites, days, np.rint(km).astype(int), km, 10, 60, 690, 810, keep)


def brute_force(problem):
    size = len(problem.sites)
    fits = [
        {
            frozenset(order)
            for count in range(size + 1)
            for order in itertools.permutations(range(size), count)
            if schedule_day(problem, day, order)
        }
        for day in range(len(problem.days))
    ]
    return max(
        plan_value(problem, sorted(a | b))
        for a in fits[0]
        for b in fits[1]
        if not a & b
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("keep", [1.0, 0.5])
def test_a_small_plan_is_worth_what_brute_force_finds(seed, keep):
    problem = random_problem(seed, keep=keep)
    plan = solve(problem, seed=seed, iterations=300)
    value = plan_value(problem, list(itertools.chain(*plan)))
    best = brute_force(problem)
    assert value == pytest.approx(best)
    assert upper_bound(problem) >= best - 1e-9


def test_the_same_seed_gives_the_same_plan():
    problem = random_problem(3, size=12)
    assert solve(problem, seed=5, iterations=200) == solve(
        problem, seed=5, iterations=200
    )


def case(count=4, **firm):
    firms = [
        {
            "firm_id": f"f{i}",
            "name_en": f"Firm {i}",
            "lat": 31.2 + i / 50,
            "lon": 121.4,
            **firm,
        }
        for i in range(count)
    ]
    targets = [
        {"target_id": f"f{i}/g{i}", "firm_id": f"f{i}", "gap_id": f"g{i}", "segment_id": "s",
         "value": 50 - i}
        for i in range(count)
    ]  # fmt: skip
    regions = [
        {
            "region_id": "home",
            "name_en": "Home",
            "name_zh": "甲",
            "lat": 31.0,
            "lon": 121.3,
        },
        {
            "region_id": "goal",
            "name_en": "Goal",
            "name_zh": "乙",
            "lat": 31.2,
            "lon": 121.4,
        },
    ]
    return {
        "firms": Table.of("firms", firms),
        "targets": Table.of("targets", targets),
        "regions": Table.of("regions", regions),
    }


PARAMS = {"region": "home", "destination": "goal", "iterations": 100}


def visits(result):
    return [row for row in result.tables["stops"].rows() if row["kind"] == "visit"]


def test_all_fit_and_every_check_holds():
    result = plan_trip(case(), TripParams(**PARAMS))
    assert len(visits(result)) == 4
    assert result.summary["feasible"] is True
    assert result.summary["value"] == pytest.approx(50 + 49 + 48 + 47)
    assert all(row["start_min"] >= 540 for row in visits(result))


def test_the_checker_accepts_the_sample_plan(sample_job):
    _, runs = sample_job
    trip = runs["trip"].result
    assert [r["check"] for r in trip.tables["trip_checks"].rows() if not r["ok"]] == []
    assert trip.summary["compare_missing"]
    assert 0 < trip.summary["compare_share"] < 1


def test_what_must_not_be_visited_is_left_out_with_its_reason():
    result = plan_trip(case(), TripParams(**PARAMS, must_not=("f0",)))
    assert "f0" not in {row["firm_id"] for row in visits(result)}
    left = {row["firm_id"]: row for row in result.tables["left_out"].rows()}
    assert left["f0"]["reason"] == "must_not"


def test_a_lock_is_kept_to_the_minute():
    result = plan_trip(case(), TripParams(**PARAMS, locks=("f2@2@14:30",)))
    row = next(row for row in visits(result) if row["firm_id"] == "f2")
    assert (row["day"], row["start_min"], row["locked"]) == (2, 870, 1)


def test_reasons_tell_place_distance_hours_and_time():
    tables = case(12)
    firms = tables["firms"].rows()
    firms[0]["lat"] = firms[0]["lon"] = None
    firms[1]["lat"] = 40.0
    tables["firms"] = Table.of("firms", firms)
    tables["visiting"] = Table.of(
        "visiting",
        [{"firm_id": "f2", "open_min": 720, "close_min": 755, "visit_min": 30}],
    )
    result = plan_trip(tables, TripParams(**PARAMS, dates=("2026-12-07",)))
    reasons = {
        row["firm_id"]: row["reason"] for row in result.tables["left_out"].rows()
    }
    assert reasons["f0"] == "no_place"
    assert reasons["f1"] == "far"
    assert reasons["f2"] == "closed"
    assert "swap" in reasons.values()
    for row in result.tables["left_out"].rows():
        if row["reason"] == "swap":
            assert row["delta_value"] <= 1e-6
            assert row["instead_of"]


def test_what_cannot_fit_names_what_binds():
    with pytest.raises(InfeasibleError, match="all together"):
        plan_trip(
            case(14),
            TripParams(
                **PARAMS, dates=("2026-12-07",), must=tuple(f"f{i}" for i in range(14))
            ),
        )
    tables = case(2)
    tables["visiting"] = Table.of(
        "visiting",
        [{"firm_id": "f0", "open_min": 720, "close_min": 760, "wish": "must"}],
    )
    with pytest.raises(InfeasibleError, match="leave no room beside lunch"):
        plan_trip(tables, TripParams(**PARAMS))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dates": ()}, "days of the trip"),
        ({"dates": ("2026-02-30",)}, "days of the trip"),
        ({"locks": ("f0@9",)}, "locked visits"),
        ({"destination": "moon"}, "no coordinates"),
    ],
)
def test_wrong_parameters_are_explained(change, words):
    with pytest.raises(ParamError, match=words):
        plan_trip(case(), TripParams(**{**PARAMS, **change}))


def test_no_candidate_gives_an_empty_plan_with_lunch():
    tables = case(1)
    tables["targets"] = tables["targets"].take([])
    result = plan_trip(tables, TripParams(**PARAMS))
    assert result.summary["visits"] == 0
    assert result.summary["feasible"] is True


def test_a_given_matrix_stands_over_the_model():
    tables = case(1)
    tables["travel"] = Table.of(
        "travel",
        [{"from_id": "home", "to_id": "f0", "duration_min": 200, "mode": "rail"}],
    )
    result = plan_trip(tables, TripParams(**PARAMS, dates=("2026-12-07",)))
    way = next(r for r in result.tables["stops"].rows() if r["kind"] == "travel")
    total = sum(
        r["duration_min"]
        for r in result.tables["stops"].rows()
        if r["kind"] == "travel" and r["to_id"] == "f0"
    )
    assert total == 200
    assert way["mode"] == "rail"


BASE = [
    {"day": 1, "seq": 1, "kind": "start", "start_min": 480, "end_min": 480, "to_id": "h"},
    {"day": 1, "seq": 2, "kind": "travel", "start_min": 480, "end_min": 540, "from_id": "h",
     "to_id": "f"},
    {"day": 1, "seq": 3, "kind": "visit", "start_min": 540, "end_min": 600, "firm_id": "f",
     "to_id": "f", "window_start_min": 540, "window_end_min": 1000},
    {"day": 1, "seq": 4, "kind": "travel", "start_min": 615, "end_min": 675, "from_id": "f",
     "to_id": "h"},
    {"day": 1, "seq": 5, "kind": "lunch", "start_min": 690, "end_min": 750},
    {"day": 1, "seq": 6, "kind": "end", "start_min": 750, "end_min": 750, "to_id": "h"},
]  # fmt: skip
RULES = {"days": [(480, 1200)], "lunch": (60, 690, 810), "buffer_min": 15,
         "ways": {("h", "f"): 60, ("f", "h"): 60}}  # fmt: skip


def broken(changes=None, **rules):
    rows = [{**row, **(changes or {}).get(row["seq"], {})} for row in BASE]
    table = check_plan(Table.of("stops", rows), Rules(**{**RULES, **rules}))
    return {row["check"] for row in table.rows() if not row["ok"]}


def test_a_good_timetable_passes():
    assert broken() == set()


@pytest.mark.parametrize(
    ("changes", "rules", "found"),
    [
        ({2: {"start_min": 470}}, {}, {"overlap", "day"}),
        ({3: {"window_start_min": 560}}, {}, {"window"}),
        ({5: {"end_min": 740}}, {}, {"lunch"}),
        ({5: {"start_min": 790, "end_min": 850}, 6: {"start_min": 850, "end_min": 850}}, {}, {"lunch"}),
        ({2: {"end_min": 530}}, {}, {"way"}),
        ({4: {"start_min": 605}}, {}, {"way"}),
        ({6: {"end_min": 1300}}, {}, {"day"}),
        ({}, {"must": ["x"]}, {"must"}),
        ({}, {"must_not": ["f"]}, {"must_not"}),
        ({}, {"fixed": {"f": (1, 550)}}, {"locked"}),
    ],
)  # fmt: skip
def test_each_broken_rule_is_found(changes, rules, found):
    assert broken(changes, **rules) == found
