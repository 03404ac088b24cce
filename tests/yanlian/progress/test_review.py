"""What came of a trip by a day, from the log alone."""

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import MixedMoneyError
from yanlian.progress.money import Column
from yanlian.progress.review import Happening, look_back

DAY = datetime.date
TRIP = "trip:1"
AS_OF = DAY(2026, 4, 2)


def line(kind, subject, on, *, recorded=None, **more):
    return Happening(kind, subject, on, recorded or on, **more)


def promised(number, side, on, due, **more):
    return line("promised", f"promise:{number}", on, trip=TRIP, side=side, due_on=due, **more)  # fmt: skip


STORY = [
    line("contact", "meeting:1", DAY(2026, 3, 2), trip=TRIP, gap="fill:C45"),
    line("contact", "meeting:2", DAY(2026, 3, 3), trip=TRIP),
    line("stage", "deal:1", DAY(2026, 3, 5), trip=TRIP, deal="deal:1", gap="fill:C45", what="S4"),
    promised(1, "ours", DAY(2026, 3, 2), DAY(2026, 3, 10)),
    promised(2, "ours", DAY(2026, 3, 2), DAY(2026, 3, 12)),
    promised(3, "theirs", DAY(2026, 3, 2), DAY(2026, 3, 20)),
    promised(4, "theirs", DAY(2026, 3, 2), DAY(2026, 9, 1)),
    line("kept", "promise:1", DAY(2026, 3, 9), side="ours"),
    line("kept", "promise:2", DAY(2026, 3, 15), side="ours"),
    line("signed", "agreement:1", DAY(2026, 3, 20), deal="deal:1", agreement="agreement:1", what="framework", mark="nonbinding", value=2e8),
    line("signed", "agreement:2", DAY(2026, 3, 30), deal="deal:1", agreement="agreement:2", what="investment", mark="binding", value=1e8),
    line("promised", "promise:8", DAY(2026, 3, 20), deal="deal:1", trip=TRIP, agreement="agreement:1", side="theirs", due_on=DAY(2026, 12, 31), what="investment", value=2e8, mark="nonbinding"),
    line("promised", "promise:9", DAY(2026, 3, 30), deal="deal:1", trip=TRIP, agreement="agreement:2", side="theirs", due_on=DAY(2026, 12, 31), what="investment", value=1e8, mark="binding"),
    line("paid", "payment:1", DAY(2026, 4, 1), deal="deal:1", agreement="agreement:2", value=3e7, level="evidenced"),
    line("paid", "payment:1", DAY(2026, 4, 1), recorded=DAY(2026, 5, 1), deal="deal:1", agreement="agreement:2", value=3e7, level="verified"),
    line("stage", "deal:1", DAY(2026, 6, 1), trip=TRIP, deal="deal:1", what="S8"),
    line("gap_closed", "gap:1", DAY(2026, 7, 1), gap="fill:C45"),
]  # fmt: skip


def test_it_counts_what_there_was_on_the_day():
    look = look_back(STORY, TRIP, AS_OF)
    assert look.visits == {"meeting:1", "meeting:2"}
    assert look.deals == {"deal:1": "S4"}
    ours, theirs = look.kept["ours"], look.kept["theirs"]
    assert (ours.made, ours.on_time, ours.late) == (2, 1, 1)
    assert (theirs.made, theirs.overdue, theirs.waiting) == (4, 1, 3)
    assert look.signed == {True: ["agreement:2"], False: ["agreement:1"]}
    assert look.gaps == {"fill:C45"}
    assert not look.closed
    later = look_back(STORY, TRIP, DAY(2026, 8, 1))
    assert later.deals == {"deal:1": "S8"}
    assert later.closed == {"fill:C45"}


def test_money_stands_in_three_columns_and_two_classes():
    money = look_back(STORY, TRIP, AS_OF).money
    found = {key: amount.value_cny for key, amount in money.items()}
    assert found == {
        (True, Column.PROMISED): 1e8,
        (True, Column.EVIDENCED): 3e7,
        # Verified on a later day: on the day of the review it was not.
        (True, Column.VERIFIED): 0,
        (False, Column.PROMISED): 2e8,
        (False, Column.EVIDENCED): 0,
        (False, Column.VERIFIED): 0,
    }
    later = look_back(STORY, TRIP, DAY(2026, 5, 1)).money
    assert later[True, Column.VERIFIED].value_cny == 3e7
    for one, other in itertools.combinations(money.values(), 2):
        with pytest.raises(MixedMoneyError):
            one + other


def test_what_was_written_down_later_can_be_left_out():
    late = line("contact", "meeting:3", DAY(2026, 3, 3), recorded=DAY(2026, 5, 1), trip=TRIP)  # fmt: skip
    assert len(look_back([*STORY, late], TRIP, AS_OF).visits) == 3
    look = look_back([*STORY, late], TRIP, AS_OF, known_on=AS_OF)
    assert len(look.visits) == 2
    assert look.later == 4


def test_a_later_line_corrects_an_earlier_one():
    moved = line("due_changed", "promise:3", DAY(2026, 3, 19), side="theirs", due_on=DAY(2026, 4, 30))  # fmt: skip
    back = line("unkept", "promise:1", DAY(2026, 3, 11), side="ours")
    gone = line("withdrawn", "promise:9", DAY(2026, 3, 31), side="theirs")
    look = look_back([*STORY, moved, back, gone], TRIP, AS_OF)
    assert look.states["promise:3"] == "open"
    assert look.states["promise:1"] == "overdue"
    assert look.money[True, Column.PROMISED].value_cny == 0


def test_another_trip_is_not_mixed_in():
    other = [
        line("contact", "meeting:9", DAY(2026, 3, 2), trip="trip:2"),
        line("promised", "promise:20", DAY(2026, 3, 2), trip="trip:2", side="ours", due_on=AS_OF),
        line("signed", "agreement:9", DAY(2026, 3, 2), deal="deal:9", mark="binding"),
    ]  # fmt: skip
    now, before = (
        look_back([*STORY, *other], TRIP, AS_OF),
        look_back(STORY, TRIP, AS_OF),
    )
    assert (now.visits, now.states, now.signed) == (before.visits, before.states, before.signed)  # fmt: skip


@given(st.integers(0, 400), st.permutations(STORY[-3:]))
def test_what_comes_after_the_day_changes_nothing(days, tail):
    day = DAY(2026, 3, 1) + datetime.timedelta(days=days)
    past = [h for h in STORY if h.on <= day and h.recorded_on <= day]
    future = [h for h in tail if h.on > day]
    one = look_back(past, TRIP, day, known_on=day)
    other = look_back([*past, *future], TRIP, day, known_on=day)
    assert one.states == other.states
    assert one.money == other.money
    assert one.deals == other.deals
