"""Stable pairs: the two examples of Gale and Shapley, and what must always hold."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from yanlian.suppliers import blocking_pairs, first_introductions, stable_pairs


def lists(table):
    """Turn a ranking matrix of the paper into the lists of both sides."""
    rows, columns = range(len(table)), range(len(table[0]))
    asking = {r: sorted(columns, key=lambda c: table[r][c][0]) for r in rows}
    offering = {c: sorted(rows, key=lambda r: table[r][c][1]) for c in columns}
    return asking, offering


# Gale and Shapley (1962), example 1: rows are men, columns are women.
EXAMPLE_1 = [
    [(1, 3), (2, 2), (3, 1)],
    [(3, 1), (1, 3), (2, 2)],
    [(2, 2), (3, 1), (1, 3)],
]
# Example 2, whose only stable set is circled in the paper.
EXAMPLE_2 = [
    [(1, 3), (2, 3), (3, 2), (4, 3)],
    [(1, 4), (4, 1), (3, 3), (2, 2)],
    [(2, 2), (1, 4), (3, 4), (4, 1)],
    [(4, 1), (2, 2), (3, 1), (1, 4)],
]


def all_stable(table):
    asking, offering = lists(table)
    size = len(table)
    return [
        order
        for order in itertools.permutations(range(size))
        if not blocking_pairs(dict(enumerate(order)), asking, offering)
    ]


def test_example_1_has_three_stable_sets_and_men_get_their_first_choice():
    assert set(all_stable(EXAMPLE_1)) == {(0, 1, 2), (1, 2, 0), (2, 0, 1)}
    asking, offering = lists(EXAMPLE_1)
    assert stable_pairs(asking, offering) == {0: 0, 1: 1, 2: 2}
    # When the women ask, they get theirs.
    assert stable_pairs(offering, asking) == {0: 1, 1: 2, 2: 0}


def test_example_2_has_the_one_stable_set_of_the_paper():
    assert all_stable(EXAMPLE_2) == [(2, 3, 0, 1)]
    asking, offering = lists(EXAMPLE_2)
    assert stable_pairs(asking, offering) == {0: 2, 1: 3, 2: 0, 3: 1}


SCORES = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(10, 14)),
    st.integers(0, 20).map(float),
    max_size=25,
)


@given(SCORES, st.dictionaries(st.integers(10, 14), st.integers(1, 3)))
def test_nobody_would_both_rather_have_the_other(scores, places):
    found = first_introductions(scores, places)
    asking, offering = {}, {}
    for need, offer in sorted(scores, key=lambda pair: -scores[pair]):
        asking.setdefault(need, []).append(offer)
        offering.setdefault(offer, []).append(need)
    assert not blocking_pairs(found, asking, offering, places)
    for offer in set(found.values()):
        taken = sum(1 for other in found.values() if other == offer)
        assert taken <= places.get(offer, 1)


def test_empty():
    assert stable_pairs({}, {}) == {}
    assert first_introductions({}) == {}
    assert stable_pairs({"a": []}, {"x": ["a"]}) == {}
