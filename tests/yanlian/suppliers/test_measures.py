"""Likeness, overlap and units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.suppliers import UNITS, bigram_likeness, convert, overlap, word_units

TEXTS = st.text(alphabet="abc 压铸铝件电机", max_size=12)


def test_night_and_nacht():
    # Dice's coefficient as in Kondrak, Marcu and Knight (2003): one pair of four and four.
    assert bigram_likeness("night", "nacht") == 0.25


@given(TEXTS, TEXTS)
def test_likeness_is_symmetric_and_a_share(first, second):
    found = bigram_likeness(first, second)
    assert found == bigram_likeness(second, first)
    assert 0 <= found <= 1


@given(TEXTS)
def test_a_text_has_all_of_its_own_words(text):
    words = word_units(text)
    assert overlap(words, words) == (1.0 if words else 0.0)


def test_nothing_asked_is_no_overlap():
    assert overlap(set(), {"die"}) == 0.0
    assert overlap({"die"}, set()) == 0.0
    assert bigram_likeness("", "") == 0.0
    assert bigram_likeness("压", "压") == 1.0


@given(st.sampled_from(list(UNITS)), st.sampled_from(list(UNITS)), st.floats(0, 1e9))
def test_there_and_back(unit, other, value):
    there = convert(value, unit, other)
    if UNITS[unit][0] != UNITS[other][0]:
        assert math.isnan(there)
    else:
        assert convert(there, other, unit) == pytest.approx(value)
