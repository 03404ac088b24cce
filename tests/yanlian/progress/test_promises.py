"""States of a promise, and how a side keeps its word."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress.promises import (
    LABELS,
    Promise,
    days_late,
    keeping,
    state,
)
from yanlian.text import translate

DUE = datetime.date(2026, 1, 15)


def day(offset):
    return DUE + datetime.timedelta(offset)


@pytest.mark.parametrize(
    ("more", "today", "expected", "late"),
    [
        ({}, -8, "open", 0),
        ({}, -7, "soon", 0),
        ({}, 0, "soon", 0),
        ({}, 1, "overdue", 1),
        ({"kept": 0}, 0, "kept", 0),
        ({"kept": 3}, 2, "overdue", 2),
        ({"kept": 3}, 9, "kept_late", 3),
        ({"broken": 1}, 1, "broken", 1),
        ({"broken": 1, "kept": 5}, 6, "kept_late", 5),
        ({"withdrawn": 5}, 4, "overdue", 4),
        ({"withdrawn": 5}, 5, "withdrawn", 0),
        ({"withdrawn": 5, "kept": -1}, 6, "kept", 0),
        ({"withdrawn": 1, "kept": 4}, 6, "withdrawn", 0),
    ],
)
def test_state_on_a_day(more, today, expected, late):
    promise = Promise("ours", DUE, **{k: day(v) for k, v in more.items()})
    assert state(promise, day(today)) == expected
    assert days_late(promise, day(today)) == late
    assert translate(LABELS[expected], "zh") != LABELS[expected]


offsets = st.integers(-40, 40)
maybe = st.none() | offsets
promises = st.builds(
    lambda side, due, *rest: Promise(side, day(due), *(None if d is None else day(d) for d in rest)),
    st.sampled_from(["ours", "theirs"]), offsets, maybe, maybe, maybe,
)  # fmt: skip


@given(st.lists(promises), offsets, st.sampled_from(["ours", "theirs"]))
def test_keeping_counts_every_due_promise_once(listed, today, side):
    found = keeping(listed, side, day(today))
    assert found.due == found.on_time + found.late + found.open
    assert (found.rate is None) == (found.due == 0)
    assert found.rate is None or 0 <= found.rate <= 1


@given(promises, offsets, st.integers(0, 30))
def test_what_comes_later_is_not_known_before(promise, today, ahead):
    cut = Promise(
        promise.side,
        promise.due,
        *(
            None if d is None or d > day(today) else d
            for d in (promise.kept, promise.broken, promise.withdrawn)
        ),
    )
    assert state(promise, day(today)) == state(cut, day(today))


def test_keeping_as_a_sentence():
    listed = [
        Promise("ours", DUE, kept=DUE),
        Promise("ours", DUE),
        Promise("theirs", DUE),
    ]
    found = keeping(listed, "ours", day(1))
    assert found.rate == 0.5
    assert found.say.en == "2 due: 1 on time, 0 late, 1 open"
    assert found.say.zh == "到期 2：按时 1，逾期 0，未结 1"
    assert keeping(listed, "ours", day(1), since=day(1)).rate is None
