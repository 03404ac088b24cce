"""Money that binds is never added to money that does not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import MixedMoneyError
from yanlian.progress.money import (
    Column,
    Money,
    agreement_kinds,
    by_kind,
    due_by,
    total,
)

moneys = st.builds(
    Money,
    st.floats(-1e15, 1e15, allow_nan=False),
    st.booleans(),
    st.sampled_from(Column),
)


@given(moneys, moneys)
def test_a_sum_is_of_one_kind_or_refused(first, second):
    if (first.binding, first.column) == (second.binding, second.column):
        found = first + second
        assert (found.binding, found.column) == (first.binding, first.column)
        assert found.value_cny == first.value_cny + second.value_cny
    else:
        with pytest.raises(MixedMoneyError):
            first + second


@given(st.lists(moneys, max_size=12), st.booleans(), st.sampled_from(Column))
def test_no_sequence_of_additions_mixes_kinds(amounts, binding, column):
    mixed = any((a.binding, a.column) != (binding, column) for a in amounts)
    if mixed:
        with pytest.raises(MixedMoneyError):
            total(amounts, binding=binding, column=column)
    else:
        found = total(amounts, binding=binding, column=column)
        assert found.value_cny == math.fsum(a.value_cny for a in amounts)
        assert (found.binding, found.column) == (binding, column)


@given(st.lists(moneys))
def test_sums_by_kind_are_those_of_each_part_and_lose_nothing(amounts):
    found = by_kind(amounts)
    assert len(found) == 6
    for (binding, column), money in found.items():
        part = [a.value_cny for a in amounts if (a.binding, a.column) == (binding, column)]  # fmt: skip
        assert money == Money(math.fsum(part), binding, column)


@given(st.lists(moneys), st.randoms(use_true_random=False))
def test_the_order_changes_no_sum(amounts, random):
    shuffled = list(amounts)
    random.shuffle(shuffled)
    assert by_kind(amounts) == by_kind(shuffled)


def test_a_plain_number_is_no_money():
    with pytest.raises(TypeError):
        Money(1.0, True) + 2.0
    with pytest.raises(TypeError):
        sum([Money(1.0, True), Money(2.0, True)])


def test_the_refusal_says_what_to_do_in_both_languages():
    with pytest.raises(MixedMoneyError) as caught:
        Money(1.0, True) + Money(1.0, False)
    assert "beside each other" in caught.value.text("en")
    assert "并列" in caught.value.text("zh")
    with pytest.raises(MixedMoneyError, match="three columns"):
        Money(1.0, True) + Money(1.0, True, Column.VERIFIED)


def test_frameworks_and_letters_do_not_bind():
    binding = {code for code, kind in agreement_kinds().items() if kind.binding}
    assert binding == {"investment", "supplement", "supervision"}
    assert {"framework", "intent"} == set(agreement_kinds()) - binding


def test_what_is_due_by_a_day():
    rows = [("2025-01-01", 1.0), ("2025-01-02", 2.0), ("", 4.0), ("2024-01-01", math.nan)]  # fmt: skip
    assert due_by(rows, "2025-01-01") == 1
