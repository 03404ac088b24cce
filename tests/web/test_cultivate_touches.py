"""Touch plans: norms of tiers, what was done from the meetings, what is due."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from tests.web.cultivating import DAY, codes, firm, met, texts
from yanlian_web.cultivate.actions.touches import plans_make
from yanlian_web.cultivate.models import TouchPlan
from yanlian_web.cultivate.queries import touches
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.offices.models import LogLine

NONE = QueryDict()


def plan(member, company, **more):
    values = {"company": company, "since": today() - 400 * DAY, "owner": member, **more}
    return record_add(by=member, kind="touch-plan", values=values, training=True)


def only(member, query=NONE):
    (touch,) = touches.found(member, query)
    return touch


@pytest.mark.parametrize(
    ("tier", "months"), [("strategic", 3), ("key", 6), ("watch", 12)]
)
def test_the_norm_of_the_tier_says_how_often(members, tier, months):
    bo = members["bo"]
    company = firm(bo, "A", tier=tier)
    plan(bo, company)
    met(bo, company, 10)
    touch = only(bo)
    assert (touch.months, touch.by_norm) == (months, True)
    assert touch.due == touches.add_months(today() - 10 * DAY, months)
    assert touch.late == 0


def test_what_was_done_comes_from_the_meetings_alone(members):
    bo = members["bo"]
    company = firm(bo, "A", tier="strategic")
    plan(bo, company)
    assert only(bo).last is None
    assert only(bo).late > 0
    met(bo, company, 1, state="planned")
    met(bo, company, 2, state="cancelled")
    met(bo, company, 3, way="call")
    assert only(bo).last is None
    met(bo, company, 200)
    met(bo, company, 100, way="inbound", state="draft")
    touch = only(bo)
    assert touch.last == today() - 100 * DAY
    assert touch.late == (today() - touches.add_months(touch.last, 3)).days
    meeting = met(bo, company, 5, state="draft")
    assert only(bo).late == 0
    record_archive(by=bo, kind="meeting", pk=meeting.pk, version=None, why="Twice")
    assert only(bo).last == today() - 100 * DAY


def test_a_call_counts_where_the_plan_says_so(members):
    bo = members["bo"]
    company = firm(bo, "A", tier="strategic")
    made = plan(bo, company, means="any", months=2)
    met(bo, company, 3, way="call")
    assert only(bo).last == today() - 3 * DAY
    record_change(by=bo, kind="touch-plan", pk=made.pk, version=None, values={"means": "visit"})  # fmt: skip
    assert only(bo).last is None


def test_the_next_meeting_in_the_calendar_is_named(members):
    bo = members["bo"]
    company = firm(bo, "A", tier="key")
    plan(bo, company)
    met(bo, company, -9, state="planned")
    met(bo, company, -20, state="planned")
    assert only(bo).planned == today() + 9 * DAY


def test_a_plan_that_begins_later_asks_nothing_before(members):
    bo = members["bo"]
    company = firm(bo, "A", tier="strategic")
    met(bo, company, 300)
    plan(bo, company, since=today() + 5 * DAY)
    assert only(bo).due == today() + 5 * DAY


def test_one_plan_for_a_company(members):
    bo = members["bo"]
    company = firm(bo, "A", tier="key")
    first = plan(bo, company)
    with pytest.raises(Refused) as error:
        plan(bo, company)
    assert codes(error) == {"touch.twice"}
    record_archive(by=bo, kind="touch-plan", pk=first.pk, version=None, why="Left")
    plan(bo, company)
    with pytest.raises(Refused) as error:
        record_restore(by=bo, kind="touch-plan", pk=first.pk)
    assert codes(error) == {"touch.twice"}


def test_without_tier_or_months_nothing_says_how_often(members):
    bo = members["bo"]
    company = firm(bo, "A")
    with pytest.raises(Refused) as error:
        plan(bo, company)
    assert codes(error) == {"touch.months"}
    assert "tier" in texts(error, "en")[0]
    assert "级别" in texts(error, "zh")[0]
    plan(bo, company, months=4)
    assert only(bo).months == 4


@pytest.mark.parametrize("months", [0, 37, -1, 10**9])
def test_absurd_months_are_refused(members, months):
    with pytest.raises(Refused):
        plan(members["bo"], firm(members["bo"], "A", tier="key"), months=months)
    assert not TouchPlan.objects.exists()


def test_only_the_head_sets_norms_and_each_once(members):
    values = {"tier": "key", "months": 4, "means": "any"}
    with pytest.raises(Refused) as error:
        record_add(by=members["bo"], kind="touch-norm", values=values, training=True)
    assert codes(error) == {"touch.norm"}
    record_add(by=members["alice"], kind="touch-norm", values=values, training=True)
    with pytest.raises(Refused) as error:
        record_add(by=members["alice"], kind="touch-norm", values=values, training=True)
    assert codes(error) == {"touch.norm_twice"}
    company = firm(members["bo"], "A", tier="key")
    plan(members["bo"], company)
    assert (only(members["bo"]).months, only(members["bo"]).means) == (4, "any")


def test_plans_for_a_whole_tier(members, office):
    bo, alice = members["bo"], members["alice"]
    for name in ("A", "B", "C"):
        firm(bo, name, tier="key")
    firm(bo, "D", tier="watch")
    plan(bo, firm(bo, "E", tier="key"))
    before = LogLine.objects.count()
    assert touches.unplanned(alice) == {"key": 3, "watch": 1}
    with pytest.raises(PermissionDenied):
        plans_make(by=bo, tier="key")
    assert plans_make(by=alice, tier="key") == 3
    assert plans_make(by=alice, tier="key") == 0
    assert touches.unplanned(alice) == {"watch": 1}
    assert LogLine.objects.count() == before + 1
    # What is invented is planned for as invented, and goes with it.
    assert LogLine.objects.first().training
    assert all(TouchPlan.objects.values_list("training", flat=True))
    with pytest.raises(Refused) as error:
        plans_make(by=alice, tier="<b>")
    assert codes(error) == {"touch.tier"}


def test_filters(members):
    bo, alice = members["bo"], members["alice"]
    late = firm(bo, "A", tier="strategic")
    week = firm(bo, "B", tier="key")
    far = firm(bo, "C", tier="watch")
    plan(bo, late)
    plan(alice, week)
    plan(bo, far)
    met(bo, week, (today() - touches.add_months(today() + 3 * DAY, -6)).days)
    met(bo, far, 5)

    def names(query):
        return [t.company_id for t in touches.found(bo, QueryDict(query))]

    assert names("") == [late.pk, week.pk, far.pk]
    assert names("state=late") == [late.pk]
    assert names("state=week") == [late.pk, week.pk]
    assert names("state=soon") == [late.pk, week.pk]
    assert names("tier=watch") == [far.pk]
    assert names("owner=me") == [late.pk, far.pk]
    assert names(f"owner={alice.pk}") == [week.pk]
    assert names("tier=<script>&state=x&owner=x") == [late.pk, week.pk, far.pk]


def test_what_a_member_may_not_see(members):
    bo, rita = members["bo"], members["rita"]
    company = firm(bo, "A", tier="key", visibility="own")
    plan(bo, company)
    other = firm(bo, "B", tier="key")
    plan(bo, other)
    met(bo, other, 3, visibility="own")
    assert [t.company_id for t in touches.found(rita, NONE)] == [other.pk]
    assert only(rita).last is None
    assert {t.company_id for t in touches.found(members["alice"], NONE)} == {company.pk, other.pk}  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2026, 3, 15), -15, (2024, 12, 15)),
    ],
)
def test_months_are_added_as_calendars_do(day, months, expected):
    assert touches.add_months(datetime.date(*day), months) == datetime.date(*expected)


def test_questions_do_not_grow_with_the_plans(members, django_assert_num_queries):
    bo = members["bo"]
    for number in range(3):
        plan(bo, firm(bo, f"A{number}", tier="key"))
    with django_assert_num_queries(6):
        touches.page(bo, NONE)
    for number in range(12):
        company = firm(bo, f"B{number}", tier="strategic")
        plan(bo, company)
        met(bo, company, number)
    with django_assert_num_queries(6):
        page, listed = touches.page(bo, NONE)
    assert len(listed) == page.total == 15
    assert all(t.plan for t in page.rows)
