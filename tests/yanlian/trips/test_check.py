"""The checker finds every way in which a timetable can be wrong."""

import copy

import pytest

from tests.yanlian.trips.brute import case_of, random_problem
from yanlian.tables import Table
from yanlian.trips import check_plan
from yanlian.trips.case import rules_of
from yanlian.trips.check import Rules
from yanlian.trips.model import schedule_day
from yanlian.trips.solve import solve
from yanlian.trips.timetable import Timetable

BASE = [
    {"day": 1, "seq": 1, "kind": "start", "start_min": 480, "end_min": 480, "to_id": "h"},
    {"day": 1, "seq": 2, "kind": "travel", "start_min": 480, "end_min": 540, "from_id": "h",
     "to_id": "f"},
    {"day": 1, "seq": 3, "kind": "visit", "start_min": 540, "end_min": 600, "firm_id": "f",
     "to_id": "f", "window_start_min": 540, "window_end_min": 1000},
    {"day": 1, "seq": 4, "kind": "travel", "start_min": 615, "end_min": 675, "from_id": "f",
     "to_id": "g"},
    {"day": 1, "seq": 5, "kind": "wait", "start_min": 675, "end_min": 690},
    {"day": 1, "seq": 6, "kind": "lunch", "start_min": 690, "end_min": 750},
    {"day": 1, "seq": 7, "kind": "visit", "start_min": 750, "end_min": 810, "firm_id": "g",
     "to_id": "g", "window_start_min": 540, "window_end_min": 1000},
    {"day": 1, "seq": 8, "kind": "travel", "start_min": 825, "end_min": 855, "from_id": "g",
     "to_id": "h"},
    {"day": 1, "seq": 9, "kind": "end", "start_min": 855, "end_min": 855, "to_id": "h"},
]  # fmt: skip
RULES = Rules(
    days=[(480, 1200)],
    lunch=(60, 690, 810),
    buffer_min=15,
    ways={("h", "f"): 60, ("f", "g"): 60, ("g", "h"): 30},
    must=["f"],
    must_not=["x"],
    fixed={"g": (1, 750)},
    hosts={"f": (540, 1000, 60), "g": (540, 1000, 60), "x": (540, 1000, 60)},
    ends=[("h", "h")],
)


def broken(rows, rules=RULES):
    table = check_plan(Table.of("stops", rows), rules)
    return {row["check"] for row in table.rows() if not row["ok"]}


def changed(changes, drop=(), add=()):
    rows = [{**row, **changes.get(row["seq"], {})} for row in BASE]
    return [row for row in rows if row["seq"] not in drop] + list(add)


def test_a_good_timetable_passes():
    assert broken(BASE) == set()


@pytest.mark.parametrize(
    ("changes", "drop", "found"),
    [
        # A block that begins before the one before it ends, or ends before it begins.
        ({2: {"start_min": 470}}, (), {"overlap", "day"}),
        ({3: {"start_min": 610}}, (), {"overlap", "length"}),
        ({8: {"start_min": 805}}, (), {"overlap", "way"}),
        # A time that is absent.
        ({3: {"start_min": None}}, (), {"overlap", "day", "window", "length", "way"}),
        # Hours of the host: those of the rules count, not those of the row.
        ({3: {"start_min": 530, "end_min": 590}, 2: {"start_min": 480, "end_min": 530}}, (),
         {"window", "way"}),
        ({3: {"window_start_min": 0, "window_end_min": 2000, "end_min": 580}}, (), {"length"}),
        # Lunch: too short, outside its band, twice, or none.
        ({6: {"end_min": 740}}, (), {"lunch"}),
        ({6: {"start_min": 685, "end_min": 745}, 5: {"end_min": 685}}, (), {"lunch"}),
        ({5: {"kind": "lunch"}}, (), {"lunch"}),
        ({}, (6,), {"lunch"}),
        # Ways: too short, to another place, from nowhere, without the buffer, left out.
        ({2: {"end_min": 530}}, (), {"way"}),
        ({4: {"to_id": "h"}}, (), {"way"}),
        ({4: {"start_min": 605}}, (), {"way"}),
        ({}, (4,), {"way"}),
        ({7: {"to_id": "f"}}, (), {"way"}),
        # A visit of nobody on file.
        ({3: {"firm_id": "y", "to_id": "y"}}, (), {"window", "way", "must"}),
        # Twice the same, one that must not be, one that must be and is not.
        ({7: {"firm_id": "f", "to_id": "f"}}, (), {"once", "way"}),
        ({7: {"firm_id": "x", "to_id": "x"}}, (), {"must_not", "way"}),
        ({4: {"from_id": "h"}}, (2, 3), {"must", "way"}),
        # A visit moved from its agreed time.
        ({7: {"start_min": 755, "end_min": 815}, 8: {"start_min": 830, "end_min": 860},
          9: {"start_min": 860, "end_min": 860}}, (), {"locked"}),
        # Past the end of the day, or an end elsewhere, or none.
        ({9: {"start_min": 1201, "end_min": 1201}}, (), {"day"}),
        ({9: {"to_id": "f"}}, (), {"ends", "way"}),
        ({}, (9,), {"ends"}),
        ({}, (1,), {"ends", "way"}),
        ({1: {"to_id": "f"}}, (), {"ends", "way"}),
        # A day that the trip does not have.
        ({9: {"day": 2}}, (), {"day", "ends"}),
        ({9: {"day": 0}}, (), {"day", "ends"}),
    ],
)  # fmt: skip
def test_each_broken_rule_is_found(changes, drop, found):
    assert broken(changed(changes, drop)) == found


def test_a_day_without_any_block_is_found():
    rules = Rules(**{**vars(RULES), "days": [(480, 1200)] * 2, "ends": None})
    assert broken(BASE, rules) == {"ends", "lunch"}
    assert broken([], RULES) == {"ends", "lunch", "must"}


def test_a_day_whose_hours_hold_no_lunch_needs_none():
    rows = changed({}, drop=(5, 6))
    assert broken(rows, Rules(**{**vars(RULES), "lunch": (0, 690, 810)})) == set()
    late = Rules(**{**vars(RULES), "lunch": (60, 300, 420)})
    assert broken(rows, late) == set()
    # One that is written nevertheless must lie in the band.
    assert broken(BASE, late) == {"lunch"}


def mutants(rows):
    """Yield what goes wrong, the rule it breaks, and the timetable."""
    visits = [k for k, row in enumerate(rows) if row["kind"] == "visit"]

    def made(at, **change):
        new = copy.deepcopy(rows)
        new[at] |= {
            key: value(new[at][key]) if callable(value) else value
            for key, value in change.items()
        }
        return new

    for at in visits:
        row = rows[at]
        early = row["start_min"] - row["window_start_min"] + 1
        yield (
            "before its window",
            "window",
            made(
                at, start_min=lambda x, e=early: x - e, end_min=lambda x, e=early: x - e
            ),
        )
        late = row["window_end_min"] - row["end_min"] + 1
        yield (
            "after its window",
            "window",
            made(
                at, start_min=lambda x, e=late: x + e, end_min=lambda x, e=late: x + e
            ),
        )
        yield "shortened", "length", made(at, end_min=lambda x: x - 5)
        yield "lengthened into the buffer", "way", made(at, end_min=lambda x: x + 1)
        yield (
            "into the next day",
            "day",
            made(at, start_min=lambda x: x + 1440, end_min=lambda x: x + 1440),
        )
        yield "a visit of a stranger", "way", made(at, firm_id="nobody", to_id="nobody")
        yield "twice", "once", [*rows, {**rows[at], "seq": len(rows) + 1}]
        yield "left out", "way", rows[:at] + rows[at + 1 :]
    for at, row in enumerate(rows):
        if row["kind"] == "lunch":
            yield (
                "lunch too early",
                "lunch",
                made(at, start_min=629.0, end_min=row["duration_min"] + 629),
            )
            yield (
                "lunch too late",
                "lunch",
                made(at, start_min=811.0 - row["duration_min"], end_min=811.0),
            )
            yield "lunch cut", "lunch", made(at, end_min=lambda x: x - 1)
            yield "no lunch", "lunch", rows[:at] + rows[at + 1 :]
        if row["kind"] == "travel":
            yield "way cut", "way", made(at, end_min=lambda x: x - 1)
            yield "way left out", "way", rows[:at] + rows[at + 1 :]
            yield "way elsewhere", "way", made(at, to_id="nobody")


@pytest.mark.parametrize("seed", range(24))
def test_every_mutant_of_a_plan_is_found(seed):
    problem = random_problem(seed)
    made = solve(problem, seed=0, iterations=40)
    if made is None or not all(
        way or schedule_day(problem, day, way) for day, way in enumerate(made.plan)
    ):
        return
    case, params = case_of(problem)
    stops, _ = Timetable(case).tables(made.plan)
    rules = rules_of(case, params)
    rows = [dict(row) for row in stops.rows()]
    assert broken(rows, rules) == set()
    for what, rule, mutant in mutants(rows):
        assert rule in broken(mutant, rules), what
