"""Stages and what each asks for: one table, without holes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress.landing import milestones
from yanlian.progress.stages import (
    ageing,
    check_move,
    exits,
    missing,
    needed,
    requirements,
    stage,
    stages,
)

CODES = [item.code for item in stages()]
KEYS = [item.key for item in requirements()]
codes = st.sampled_from(CODES)
held = st.sets(st.sampled_from(KEYS))


def test_the_stages_are_those_of_the_field():
    assert ["S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7a", "S7b"] + [
        f"S{n}" for n in range(8, 14)
    ] == CODES
    assert [item.code for item in stages() if item.optional] == ["S7a"]


@pytest.mark.parametrize("code", CODES)
def test_every_stage_asks_for_something_first_at_its_own_gate(code):
    own = [item for item in requirements() if item.from_stage == code]
    assert own
    for text in (stage(code).name, stage(code).entry, *(i.label for i in own)):
        assert text.en
        assert text.zh
    assert stage(code).norm_days > 0


def test_keys_are_different_and_milestones_are_known():
    assert len(set(KEYS)) == len(KEYS)
    for item in requirements():
        if item.kind == "milestone":
            assert milestones()[item.key].stage == item.from_stage
    for item in stages():
        assert not item.milestone or milestones()[item.milestone].stage == item.code


def test_a_framework_is_not_needed_for_an_investment_agreement():
    asked = {item.key for item in needed("S7b")}
    assert not asked & {"framework_text", "framework_expiry", "framework_next"}
    assert {"framework_text", "framework_expiry"} <= {i.key for i in needed("S7a")}
    assert "source" not in {item.key for item in needed("S1")}


@given(codes, codes)
def test_a_later_stage_asks_for_all_that_an_earlier_one_does(first, second):
    if stage(first).order <= stage(second).order:
        earlier = {item.key for item in needed(first) if not item.only}
        assert earlier <= {item.key for item in needed(second)}


@given(codes, codes, held)
def test_a_move_on_is_allowed_exactly_when_nothing_is_missing(here, to, keys):
    move = check_move(keys, here, to)
    if here == to:
        assert not move.allowed
        assert move.why
    elif stage(to).order < stage(here).order:
        assert (move.allowed, move.back, move.missing) == (True, True, ())
    else:
        assert move.missing == missing(keys, to)
        assert move.allowed == (not move.missing)
        assert (move.why is None) == move.allowed
        assert not move.back


@given(codes, codes, held, st.sampled_from(KEYS))
def test_more_evidence_never_closes_a_gate(here, to, keys, key):
    assert check_move(keys, here, to).allowed <= check_move(keys | {key}, here, to).allowed  # fmt: skip


def test_what_is_missing_is_named_in_both_languages():
    why = check_move(set(KEYS) - {"amount"}, "S6", "S7b").why
    assert why.en == "1 things are missing for Investment agreement: Amount."
    assert why.zh == "进入“投资协议”尚缺 1 项：金额。"


@pytest.mark.parametrize(
    ("days", "state"), [(0, "within"), (60, "within"), (61, "above"), (91, "late")]
)
def test_ageing_goes_by_the_norm(days, state):
    assert ageing(days, "S7b") == state


def test_an_office_may_keep_its_own_norms():
    assert ageing(20, "S4", {"S4": 10}) == "late"
    assert ageing(20, "S5", {"S4": 10}) == "within"


def test_only_a_loss_has_to_say_where_to():
    assert {code for code, item in exits().items() if item.needs_place} == {"lost"}  # fmt: skip
    assert [code for code, item in exits().items() if item.open] == ["active", "on_hold"]  # fmt: skip
    assert next(iter(exits())) == "active"


def test_a_stage_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        stage("S7")
