"""Which reminders are due on a day."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress import reminders as rules
from yanlian.progress.reminders import Due, contact_by, remind, review_days, state
from yanlian.progress.stages import stages

DAY = datetime.date
TODAY = DAY(2026, 5, 10)
DAYS = st.dates(DAY(2025, 1, 1), DAY(2027, 12, 31))
DUES = st.lists(
    st.builds(Due, st.sampled_from(list(rules.kinds())), st.sampled_from("abcde"), DAYS)
)


def test_every_stage_has_a_norm_and_every_kind_two_names():
    assert set(rules.contact_norms()) == {item.code for item in stages()}
    for kind in rules.kinds().values():
        assert kind.name.en != kind.name.zh
        assert kind.ahead_days >= 0


def test_late_comes_first_and_what_is_far_off_does_not_come():
    dues = [
        Due("promise_ours", "promise:1", TODAY + datetime.timedelta(days=3)),
        Due("promise_ours", "promise:2", TODAY - datetime.timedelta(days=2)),
        Due("promise_ours", "promise:3", TODAY + datetime.timedelta(days=8)),
        Due("agreement", "agreement:1", TODAY + datetime.timedelta(days=60)),
        Due("agreement", "agreement:2", TODAY + datetime.timedelta(days=61)),
    ]
    found = remind(dues, TODAY)
    assert [(r.due.key, r.days, r.state) for r in found] == [
        ("promise:2", -2, "late"),
        ("promise:1", 3, "soon"),
        ("agreement:1", 60, "soon"),
    ]


def test_days_ahead_and_kinds_can_be_chosen():
    due = Due("promise_ours", "promise:1", TODAY + datetime.timedelta(days=8))
    assert not remind([due], TODAY)
    assert remind([due], TODAY, ahead={"promise_ours": 8})
    assert not remind([due], TODAY, ahead={"promise_ours": 8}, wanted=["review"])


@given(DUES, DAYS)
def test_each_is_told_once_by_its_earliest_day(dues, today):
    found = remind(dues, today)
    keys = [(r.due.kind, r.due.key) for r in found]
    assert len(keys) == len(set(keys))
    assert [r.due.on for r in found] == sorted(r.due.on for r in found)
    for r in found:
        same = [d.on for d in dues if (d.kind, d.key) == (r.due.kind, r.due.key)]
        assert r.due.on == min(same)
        assert r.state == state(r.due.on, today, rules.kinds()[r.due.kind].ahead_days)


@given(DUES, DAYS)
def test_the_order_they_come_in_changes_nothing(dues, today):
    assert remind(dues, today) == remind(dues[::-1], today)


@given(DUES, DAYS)
def test_what_is_late_stays_until_it_is_settled(dues, today):
    late = {r.due.key for r in remind(dues, today) if r.state == "late"}
    later = today + datetime.timedelta(days=30)
    assert late <= {r.due.key for r in remind(dues, later) if r.state == "late"}


@pytest.mark.parametrize(
    ("last", "on"), [(None, DAY(2026, 5, 15)), (DAY(2026, 4, 1), DAY(2026, 5, 15)), (DAY(2026, 5, 9), DAY(2026, 5, 23))]
)  # fmt: skip
def test_contact_counts_from_the_later_of_contact_and_stage(last, on):
    assert contact_by("S5", DAY(2026, 5, 1), last) == on


def test_an_office_can_have_norms_of_its_own_and_none():
    since = DAY(2026, 5, 1)
    assert contact_by("S5", since, None, {"S5": 3}) == DAY(2026, 5, 4)
    assert contact_by("S5", since, None, {"S5": 0}) is None
    assert contact_by("S4", since, None, {"S5": 3}) == DAY(2026, 5, 22)


def test_reviews_count_from_the_last_day_of_a_trip():
    assert review_days(DAY(2026, 3, 3)) == {
        30: DAY(2026, 4, 2),
        90: DAY(2026, 6, 1),
        365: DAY(2027, 3, 3),
    }
