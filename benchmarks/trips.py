"""Trips: time, value and bound at 100 candidates; agreement with brute force; quality on
published instances of the team orienteering problem with time windows (TOPTW); the same
plan from the same seed.

*Greedy* adds the visit with the most points for each minute it costs until none fits.
*PyVRP* is the first of its three runs alone; *plan* is what ``plan_trip`` gives. The gap
of a plan is to its bound, or to the best value known in the literature; one below zero is
a plan worth more than that. On TOPTW a day is a route, a customer a host, and times are
the tenths or hundredths to which the distances are cut.
"""

from __future__ import annotations

import csv
import itertools
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.yanlian.trips.brute import best_value, case_of, random_problem, worth

from benchmarks.measure import measured
from yanlian import job
from yanlian.tables import Table
from yanlian.trips import Day, Problem, Site, TripParams, plan_trip
from yanlian.trips.case import build_case
from yanlian.trips.left_out import why_left
from yanlian.trips.model import gains, plan_value
from yanlian.trips.search import NEVER, Search
from yanlian.trips.solve import Solved, solve
from yanlian.trips.vrp import pyvrp_plan

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("YANLIAN_DATA_SHARED", ROOT / ".." / "shared" / "data"))
# Of each family, easy and hard, with 48 to 240 customers.
INSTANCES = ("c105", "r107", "r203", "rc103", "rc205", "pr01", "pr05", "pr13")
QUICK = ("c105", "r107", "pr01")
ITERATIONS = 4000
DAYS = tuple(f"2026-12-{day:02d}" for day in range(7, 12))


def greedy(problem: Problem) -> float:
    """Return the value of a plain insertion: most points a minute, until none fits."""
    search = Search(problem)
    days: list[tuple[int, ...]] = [() for _ in problem.days]
    while True:
        visited = list(itertools.chain(*days))
        gain = gains(problem, visited)
        gain[visited] = 0.0
        spots = [search.spots(day, order) for day, order in enumerate(days)]
        rate = np.array(
            [
                np.where(added < NEVER, gain / np.maximum(added, 1), 0.0)
                for added, _ in spots
            ]
        )
        day, site = np.unravel_index(int(rate.argmax()), rate.shape)
        if rate[day, site] <= 0:
            return plan_value(problem, visited)
        at = int(spots[day][1][site])
        days[day] = (*days[day][:at], int(site), *days[day][at:])


def pyvrp_alone(problem: Problem, iterations: int) -> float:
    """Return the value of PyVRP's first plan."""
    values = np.array([site.value for site in problem.sites])
    plan = pyvrp_plan(problem, values, 0, iterations)
    return plan_value(problem, list(itertools.chain(*plan))) if plan else 0.0


def synthetic(firms: int, seed: int = 0) -> dict[str, Table]:
    """Return companies around a city, with values as skew as real ones, for 25 gaps."""
    rng = np.random.default_rng(seed)
    rows, targets = [], []
    for number in range(firms):
        lat, lon = 31.2 + rng.normal(0, 0.4), 121.3 + rng.normal(0, 0.5)
        key = f"F{number:03d}"
        rows.append({"firm_id": key, "name_en": key, "lat": lat, "lon": lon})
        targets.append(
            {
                "target_id": f"{key}/g",
                "firm_id": key,
                "gap_id": f"g{rng.integers(0, 25)}",
                "segment_id": "s",
                "value": float(min(rng.gamma(3, 4), 100)),
            }
        )
    regions = [
        {"region_id": "home", "name_en": "Home", "lat": 28.89, "lon": 120.05},
        {"region_id": "goal", "name_en": "Goal", "lat": 31.23, "lon": 121.47},
    ]
    return {
        "firms": Table.of("firms", rows),
        "targets": Table.of("targets", targets),
        "regions": Table.of("regions", regions),
    }


def _sample() -> tuple[dict[str, Table], Any]:
    workspace = job.open_workspace(job.SAMPLE)
    runs = job.run_to(workspace, "targets", keep=False)
    return job.all_tables(workspace, runs), workspace.params("trip")


def _planned(firms: int, days: int) -> dict[str, object]:
    """Return what one call of plan_trip gives; the sample when ``firms`` is 0."""
    if firms:
        tables = synthetic(firms)
        params = TripParams(
            region="home", destination="goal", dates=DAYS[:days], pool=firms
        )
    else:
        tables, params = _sample()
    started = time.perf_counter()
    result = plan_trip(tables, params)
    seconds = time.perf_counter() - started
    problem = build_case(tables, params).problem
    summary = result.summary
    return {
        "seconds": seconds,
        "greedy": greedy(problem),
        "PyVRP": pyvrp_alone(problem, params.iterations),
        "plan": float(summary["value"] or 0),
        "bound": float(summary["upper_bound"] or 0),
        "candidates": summary["candidates"],
        "visits": summary["visits"],
        "reasons": len(result.tables["left_out"]),
        "rules kept": summary["feasible"],
    }


def _speed(quick: bool) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, firms, days in (
        ("Yongkang, 2 days", 0, 2),
        ("100 candidates, 2 days", 100, 2),
        ("100 candidates, 5 days", 100, 5),
        ("400 candidates, 3 days", 400, 3),
    )[: 2 if quick else 4]:
        found, _, peak = measured(_planned, firms, days)
        plan, bound = found["plan"], found["bound"]
        rows.append(
            {
                "trip": name,
                "candidates": found["candidates"],
                "visits": found["visits"],
                "reasons": found["reasons"],
                "seconds": round(found["seconds"], 1),
                "peak MB": round(peak),
                "greedy": round(found["greedy"], 1),
                "PyVRP": round(found["PyVRP"], 1),
                "plan": round(plan, 1),
                "bound": round(bound, 1),
                "gap %": round(100 * (1 - plan / bound), 2),
                "aim": "10 s" if "100" in name and days == 2 else "",
            }
        )
    return rows


def _agreement(quick: bool) -> list[dict[str, object]]:
    """Compare plans, bounds and prices of forced visits with brute force."""
    rows: list[dict[str, object]] = []
    for size, count in ((None, 60 if quick else 400), (9, 20 if quick else 60)):
        plans = bounds = feasible = alone = deltas = forced = 0
        seconds = 0.0
        for seed in range(count):
            problem = random_problem(seed, size)
            best = best_value(problem)
            started = time.perf_counter()
            made = solve(problem, seed=seed, iterations=100)
            seconds += time.perf_counter() - started
            if best is None or made is None:
                plans += best is None and made is None
                continue
            feasible += 1
            plans += abs(worth(problem, itertools.chain(*made.plan)) - best) < 1e-6
            bounds += best - 1e-6 < made.bound < best + 1e-4
            alone += pyvrp_alone(problem, 100) > best - 1e-6
            right, asked = _prices(problem, made)
            deltas, forced = deltas + right, forced + asked
        rows.append(
            {
                "random trips": f"{count} of {size or '2 to 7'} candidates, 1 to 3 days",
                "plan as brute force": f"{plans} of {count}",
                "PyVRP alone": f"{alone} of {feasible}",
                "bound reached": f"{bounds} of {feasible}",
                "price of a forced visit right": f"{deltas} of {forced}",
                "ms a plan": 1000 * seconds / count,
            }
        )
    return rows


def _prices(problem: Problem, made: Solved) -> tuple[int, int]:
    """Return how many changes of value of left-out visits are right, of how many."""
    rows, _ = why_left(case_of(problem)[0], made)
    right = asked = 0
    for row in rows:
        best = best_value(problem, forced=[int(row["firm_id"][1:])])
        if best is not None:
            asked += 1
            right += abs(best - made.value - row["delta_value"]) < 0.06
    return right, asked


def read_toptw(folder: Path, name: str, routes: int, decimals: int) -> Problem:
    """Return a published instance as a trip: no lunch, no buffer, own hours."""
    with (folder / "instances" / f"{name}.csv").open(encoding="utf-8") as file:
        depot, *rows = list(csv.DictReader(file))
    scale = 10**decimals
    x, y = (np.array([float(row[k]) for row in (*rows, depot)]) for k in "xy")
    # The rules of the instances: Euclidean, cut after so many decimals.
    way = np.hypot(x[:, None] - x, y[:, None] - y) * scale + 1e-9
    minutes = np.floor(way).astype(np.int64)

    def units(value: str) -> int:
        return round(float(value) * scale)

    sites = tuple(
        Site(
            firm_id=row["id"],
            value=float(row["profit"]),
            gaps=(),
            visit_min=units(row["service"]),
            open_min=units(row["open"]),
            # The window is of the start; ours holds the whole visit.
            close_min=units(row["close"]) + units(row["service"]),
        )
        for row in rows
    )
    day = Day(units(depot["open"]), units(depot["close"]), len(sites), len(sites))
    km = minutes / scale
    return Problem(sites, (day,) * routes, minutes, km, 0, 0, 0, 0, 1.0)


def _published(quick: bool) -> list[dict[str, object]]:
    folder = SHARED / "toptw"
    if not folder.is_dir():
        return [
            {
                "instance": "not measured: no folder toptw in the folder of "
                "YANLIAN_DATA_SHARED"
            }
        ]
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        manifest = {row["instance"]: row for row in csv.DictReader(file)}
    with (folder / "best_known.csv").open(encoding="utf-8") as file:
        known = {
            (row["instance"], int(row["m"])): float(row["best_known"])
            for row in csv.DictReader(file)
        }
    rows: list[dict[str, object]] = []
    for name, routes in itertools.product(QUICK if quick else INSTANCES, (1, 2)):
        if (name, routes) not in known:
            continue
        decimals = int(manifest[name]["distance_decimals_truncated"])
        problem = read_toptw(folder, name, routes, decimals)
        best = known[name, routes]
        by_greedy, alone = greedy(problem), pyvrp_alone(problem, ITERATIONS)
        started = time.perf_counter()
        made = solve(problem, seed=0, iterations=ITERATIONS)
        seconds = time.perf_counter() - started
        assert made is not None  # nothing must be visited
        rows.append(
            {
                "instance": name,
                "customers": len(problem.sites),
                "routes": routes,
                "best known": round(best),
                "greedy": round(by_greedy),
                "gap of greedy %": 100 * (1 - by_greedy / best),
                "PyVRP": round(alone),
                "gap of PyVRP %": 100 * (1 - alone / best),
                "plan": round(made.value),
                "gap of plan %": 100 * (1 - made.value / best),
                "bound": round(made.bound, 1),
                "seconds": round(seconds, 1),
            }
        )
    gaps = [key for key in rows[0] if key.startswith("gap")]
    mean: dict[str, object] = dict.fromkeys(rows[0], "")
    mean["instance"] = "mean"
    for key in gaps:
        mean[key] = float(np.mean([float(str(row[key])) for row in rows]))
    return [*rows, mean]


def _same(quick: bool) -> list[dict[str, object]]:
    """Plan twice with each of some seeds and compare every table."""
    tables = synthetic(40)
    params = TripParams(region="home", destination="goal", dates=DAYS[:2])
    seeds = range(2 if quick else 5)
    same, values = 0, set()
    for seed in seeds:
        first, again = (plan_trip(tables, params, seed=seed) for _ in range(2))
        values.add(round(float(first.summary["value"] or 0), 3))
        same += all(
            table.hash == again.tables[name].hash
            for name, table in first.tables.items()
        )
    return [
        {
            "seeds": len(seeds),
            "same tables from the same seed": f"{same} of {len(seeds)}",
            "values over all seeds": ", ".join(
                f"{value:g}" for value in sorted(values)
            ),
        }
    ]


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure time and bound, agreement, published instances and repetition."""
    return [*_speed(quick), *_agreement(quick), *_published(quick), *_same(quick)]
