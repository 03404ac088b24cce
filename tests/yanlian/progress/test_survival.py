"""Times of which some have not ended: a published table, and a slow form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress.survival import quantile, survival

# Weeks of remission, Freireich et al. 1963, as printed by Kaplan-Meier textbooks
# (Cox & Oakes 1984, Table 1.1); "+" is not ended.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
CONTROL = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def read(text):
    weeks = [float(word.rstrip("+")) for word in text.split()]
    return weeks, [not word.endswith("+") for word in text.split()]


def test_the_median_of_the_treated_is_23_weeks_and_of_the_others_8():
    assert quantile(*read(TREATED), 0.5) == 23
    assert quantile(*read(CONTROL), 0.5) == 8


def test_the_published_table_of_the_treated_is_found():
    times, share = survival(*read(TREATED))
    assert times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert share.round(3) == pytest.approx(published)


def test_a_share_that_is_not_reached_is_unknown():
    assert math.isnan(quantile(*read(TREATED), 0.9))
    assert math.isnan(quantile([], [], 0.5))
    assert math.isnan(quantile([3, 4], [False, False], 0.5))


def test_without_open_ones_it_is_the_share_itself():
    times, share = survival([1, 2, 3, 4], [True] * 4)
    assert share.tolist() == [0.75, 0.5, 0.25, 0.0]
    assert quantile([1, 2, 3, 4], [True] * 4, 0.5) == 2
    assert times.tolist() == [1, 2, 3, 4]


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1))
def test_it_agrees_with_the_product_of_the_textbook(cases):
    days, ended = zip(*cases, strict=True)
    times, share = survival(days, ended)
    left = 1.0
    for time, found in zip(times, share, strict=True):
        risk = sum(day >= time for day in days)
        ends = sum(day == time and end for day, end in cases)
        left *= 1 - ends / risk
        assert found == pytest.approx(left)
    assert np.all(np.diff(share) <= 0)
