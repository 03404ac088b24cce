"""Milestones only with evidence, in their order; money counted once."""

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress.landing import (
    Paper,
    Payment,
    check_claim,
    check_payment,
    evidence_kinds,
    marks,
    milestones,
    slip,
)
from yanlian.text import Say

TODAY = datetime.date(2026, 6, 1)
DAY = datetime.date(2026, 5, 1)
USED = {"sha256:abc": Say("Registered", "注册")}


def claim(code, papers, day=DAY, reached=None, used=None):
    return [
        finding.code
        for finding in check_claim(
            code, day, papers, reached=reached or {}, used=used or {}, today=TODAY
        )
    ]


@pytest.mark.parametrize("code", list(milestones()))
def test_every_milestone_can_be_proven_and_not_by_nothing(code):
    assert claim(code, []) == ["landing.evidence"]
    for way in milestones()[code].evidence:
        assert claim(code, [Paper(kind) for kind in way]) == []
        # A way of several papers needs all of them.
        for part in itertools.combinations(way, len(way) - 1):
            if not milestones()[code].proven_by(part):
                assert claim(code, [Paper(kind) for kind in part]) == [
                    "landing.evidence"
                ]


def test_a_photo_proves_a_start_only_with_the_contract():
    assert claim("start", [Paper("site_photo")]) == ["landing.evidence"]
    assert claim("start", [Paper("site_photo"), Paper("works_contract")]) == []
    assert claim("start", [Paper("construction_permit")]) == []


def test_a_paper_proves_one_thing():
    assert claim("registered", [Paper("licence", "abc")], used=USED) == [
        "landing.reused"
    ]
    used = {"invoice:no 7": Say("In production", "投产")}
    assert claim("production", [Paper("invoice", number="No 7 ")], used=used) == [
        "landing.reused"
    ]


def test_one_file_cannot_be_both_papers_of_a_pair():
    pair = [Paper("site_photo", "one"), Paper("works_contract", "one")]
    assert claim("start", pair) == ["landing.reused"]


def test_a_milestone_is_not_claimed_for_a_day_to_come():
    tomorrow = TODAY + datetime.timedelta(1)
    assert claim("registered", [Paper("licence")], tomorrow) == ["landing.future"]
    assert claim("registered", [Paper("licence")], TODAY) == []


def test_milestones_stand_in_their_order():
    later, earlier = DAY + datetime.timedelta(1), DAY - datetime.timedelta(1)
    permit = [Paper("construction_permit")]
    assert claim("start", permit, reached={"land": later}) == ["landing.order"]
    assert claim("start", permit, reached={"registered": later}) == ["landing.order"]
    assert claim("start", permit, reached={"completion": earlier}) == ["landing.order"]
    assert claim("start", permit, reached={"land": DAY, "completion": DAY}) == []
    # Completion and production do not wait for each other.
    assert (
        claim("completion", [Paper("acceptance")], reached={"production": earlier})
        == []
    )


def test_all_that_speaks_against_a_claim_is_said_at_once():
    found = claim(
        "start",
        [Paper("other", "abc")],
        TODAY + datetime.timedelta(9),
        reached={"land": TODAY + datetime.timedelta(10)},
        used=USED,
    )
    assert found == ["landing.future", "landing.order", "landing.evidence", "landing.reused"]  # fmt: skip


def test_a_kind_of_paper_that_is_not_there_is_named():
    assert claim("start", [Paper("rumour")]) == ["landing.kind", "landing.evidence"]


def pay(payment, used=None):
    return [f.code for f in check_payment(payment, used=used or {}, today=TODAY)]


@pytest.mark.parametrize("kind", list(evidence_kinds()))
def test_only_papers_of_money_prove_a_payment(kind):
    expected = [] if evidence_kinds()[kind].money else ["landing.evidence"]
    assert pay(Payment(DAY, 1e6, Paper(kind))) == expected


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_payment_has_an_amount(value):
    assert pay(Payment(DAY, value, Paper("bank_slip"))) == ["landing.amount"]


def test_the_same_money_is_not_counted_twice():
    first = Payment(DAY, 1e6, Paper("bank_slip", "f00", "77"))
    used = dict.fromkeys(marks(first.paper), Say("Land fee", "土地款"))
    assert pay(first, used) == ["landing.reused"]
    # The same number under another scan is the same paper.
    assert pay(Payment(DAY, 1e6, Paper("bank_slip", "f01", "77")), used) == ["landing.reused"]  # fmt: skip
    assert pay(Payment(DAY, 1e6, Paper("bank_slip", "f01", "78")), used) == []


def test_a_payment_to_come_and_an_unknown_paper_are_said():
    later = TODAY + datetime.timedelta(1)
    assert pay(Payment(later, 1e6, Paper("rumour"))) == [
        "landing.future",
        "landing.kind",
    ]


def test_findings_speak_both_languages():
    for finding in check_claim(
        "start", DAY, [], reached={}, used={}, today=TODAY
    ) + check_payment(Payment(DAY, 0, Paper("licence")), used={}, today=TODAY):
        assert finding.say.en != finding.say.zh


dates = st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 1, 1))


@given(st.lists(dates), st.none() | dates)
def test_a_slip_is_from_the_first_plan_to_what_came(planned, actual):
    found = slip(planned, actual)
    if not planned:
        assert found is None
        return
    assert (found.first, found.last) == (planned[0], planned[-1])
    end = actual or planned[-1]
    assert found.days == (end - planned[0]).days
    assert found.times <= len(planned) - 1
    assert (found.times == 0) == (len(set(planned)) == 1)
