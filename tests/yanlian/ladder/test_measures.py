"""Three values and intervals: what adds to what is known never widens it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.yanlian.ladder.firms import YEAR, file, pieces
from yanlian.ladder import (
    File,
    all_of,
    any_of,
    assess_tier,
    condition_state,
    item_points,
    rules,
)
from yanlian.ladder.measures import nearness, shortfall
from yanlian.tables import measures

STATES = st.sampled_from(["met", "unmet", "unknown"])
WORTH = {"unmet": 0, "unknown": 1, "met": 2}
NUMBERS = {
    "CNY": st.integers(0, 200_000_000),
    "share": st.floats(0, 1),
    "persons": st.integers(1, 500),
    "items": st.integers(0, 4),
    "years": st.integers(0, 20),
    "year": st.integers(2000, YEAR),
    "level": st.integers(0, 4),
    "points": st.integers(0, 15),
    "yes_no": st.integers(0, 1),
}


@st.composite
def filed(draw):
    """What is on file: at most one value a measure and year, in the last three."""
    said = {}
    names = draw(st.lists(st.sampled_from(list(measures())), max_size=25, unique=True))
    for name in names:
        yearly = measures()[name].span == "year"
        size = 3 if yearly else 1
        count = draw(st.integers(1, size))
        for year in range(YEAR, YEAR - count, -1):
            said[f"{name}@{year}"] = draw(NUMBERS[measures()[name].unit])
    return said


def consistent(said):
    """Leave out what contradicts its part: two items of high value are two items."""
    for measure in measures().values():
        whole = f"{measure.part_of}@{YEAR}"
        part = f"{measure.name}@{YEAR}"
        if whole in said and part in said:
            said[whole] = max(said[whole], said[part])
    top = f"award_national@{YEAR}"
    if top in said:
        said[top] = max(said[top], said.get(f"award_national_top3@{YEAR}", 0))
    return said


@settings(deadline=None)
@given(filed().map(consistent), st.data())
def test_what_is_added_on_something_unknown_never_widens_the_points(said, data):
    names = sorted({key.split("@")[0] for key in said})
    left_out = set(
        data.draw(st.lists(st.sampled_from(names), unique=True)) if names else ()
    )
    # Since when, and the founding, stand in for the years only where those are absent.
    left_out |= {"niche_since_year", "founded_year"} & set(names)
    every = {
        k: v for k, v in said.items() if not k.startswith(("niche_since", "founded"))
    }
    fewer = {k: v for k, v in every.items() if k.split("@")[0] not in left_out}
    for tier in ("innovative_sme", "srdi_sme", "little_giant"):
        less, more = (assess_tier(tier, file(s)) for s in (fewer, every))
        for one, other in zip(less.checked, more.checked, strict=True):
            assert one.points[0] <= other.points[0], one.rule.code
            assert one.points[1] >= other.points[1], one.rule.code
            if one.state not in {"unknown"}:
                assert other.state == one.state, one.rule.code
        if less.passes != "unknown":
            assert more.passes == less.passes


@given(st.lists(st.tuples(STATES, st.integers(0, 20)), max_size=6), st.data())
def test_meeting_more_never_lowers_points(ways, data):
    better = [
        (data.draw(STATES.filter(lambda s, w=state: WORTH[s] >= WORTH[w])), points)
        for state, points in ways
    ]
    for add_up in ("best", "sum"):
        low, high = item_points(ways, 20, add_up=add_up)
        new_low, new_high = item_points(better, 20, add_up=add_up)
        assert low <= high <= 20
        assert new_low >= low
        assert new_high >= high


@given(st.lists(STATES), st.lists(STATES))
def test_states_follow_the_three_valued_logic(first, second):
    assert WORTH[all_of(first + second)] == min(
        WORTH[all_of(first)], WORTH[all_of(second)]
    )
    assert WORTH[any_of(first + second)] == max(
        WORTH[any_of(first)], WORTH[any_of(second)]
    )


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_wider_interval_settles_no_more(a, b, threshold):
    low, high = min(a, b), max(a, b)
    for operator in (">=", "<=", "<"):
        state = condition_state((low, high), operator, threshold)
        if state != "unknown":
            assert condition_state((a, a), operator, threshold) == state


def test_shortfall_is_nothing_where_the_threshold_is_reached():
    assert shortfall(0.03, ">=", 0.03) == 0
    assert shortfall(0.7, "<=", 0.7) == 0
    assert shortfall(4e6, ">=", 5e6) == 1e6
    assert nearness(1e6, 5e6) == pytest.approx(0.2)
    assert nearness(-0.0, 1.0) == 0


def test_nothing_on_file_leaves_every_rule_unknown():
    for tier, listed in rules().items():
        found = assess_tier(tier, File([], YEAR, 3))
        assert {one.state for one in found.checked} == {"unknown"}
        assert len(found.checked) == len(listed)
        assert found.passes == "unknown"


@settings(deadline=None)
@given(filed())
def test_the_order_of_what_is_on_file_makes_no_difference(said):
    listed = pieces(said)
    for tier in rules():
        forth = assess_tier(tier, File(listed, YEAR, 3))
        back = assess_tier(tier, File(reversed(listed), YEAR, 3))
        assert [o.state for o in forth.checked] == [o.state for o in back.checked]
        assert repr(forth.points) == repr(back.points)
