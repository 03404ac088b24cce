"""Landing: evidence, order, four eyes, money counted once, blockers, what waits."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tests.web.landing_case import (
    ago,
    ahead,
    claimed,
    codes,
    duty,
    paid,
    paper,
    pdf,
    signed,
)
from yanlian.progress.events import parse
from yanlian_web.desk.acting import Refused
from yanlian_web.desk.actions import landing as actions
from yanlian_web.desk.actions import papers
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.gates import held
from yanlian_web.desk.models import (
    Blocker,
    Deal,
    Event,
    Evidence,
    File,
    Measure,
    Milestone,
    MilestonePlan,
    Payment,
)
from yanlian_web.desk.queries.log import events_of
from yanlian_web.offices.models import Office


@pytest.fixture
def landed(members, things):
    """The deal with a signed agreement, as far as the landing pages show it."""
    signed(members, things)
    Deal.objects.filter(pk=things["deal"].pk).update(stage="S8")
    things["deal"].refresh_from_db()
    return things["deal"]


def claim(members, things, code, on, *evidence):
    return actions.milestone_claim(
        by=members["bo"], pk=things["deal"].pk, version=None, code=code, on=on,
        evidence=evidence,
    )  # fmt: skip


def test_a_milestone_is_claimed_and_verified_by_another(members, things):
    made = claimed(members, things)
    assert "registered" not in held(things["deal"])
    with pytest.raises(Refused) as error:
        actions.milestone_verify(by=members["bo"], pk=made.pk, version=None)
    assert codes(error) == ["landing.four_eyes"]
    with pytest.raises(PermissionDenied):
        actions.milestone_verify(by=members["rita"], pk=made.pk, version=None)
    done = actions.milestone_verify(by=members["alice"], pk=made.pk, version=None)
    assert done.verified_by == members["alice"]
    assert "registered" in held(things["deal"])
    with pytest.raises(Refused) as error:
        actions.milestone_verify(by=members["alice"], pk=made.pk, version=None)
    assert codes(error) == ["landing.verified"]


def test_who_claimed_does_not_verify_even_when_another_handles_the_deal(
    members, things
):
    made = actions.milestone_claim(
        by=members["alice"], pk=things["deal"].pk, version=None, code="registered",
        on=ago(5), evidence=[paper("licence", "1")],
    )  # fmt: skip
    with pytest.raises(Refused) as error:
        actions.milestone_verify(by=members["alice"], pk=made.pk, version=None)
    assert codes(error) == ["landing.four_eyes"]


@pytest.mark.parametrize(
    ("code", "on", "given", "wanted"),
    [
        ("registered", 5, [], ["landing.evidence"]),
        ("registered", 5, [("invoice", "1")], ["landing.evidence"]),
        ("registered", -5, [("licence", "1")], ["landing.future"]),
        ("start", 5, [("site_photo", "1")], ["landing.evidence"]),
        ("registered", 5, [("", "77")], ["landing.evidence", "paper.kind"]),
        ("registered", 5, [("licence", "")], ["paper.nothing"]),
        ("nonsense", 5, [], ["milestone.code"]),
    ],
)
def test_claims_without_what_proves_them_are_refused(
    members, things, code, on, given, wanted
):
    listed = [papers.Given(k, n, ago(3), None, "x") for k, n in given if k or n] or [
        papers.Given()
    ]
    with pytest.raises(Refused) as error:
        claim(members, things, code, ago(on), *listed)
    found = codes(error)
    if given == [("licence", "")]:
        assert found == wanted
    assert set(wanted) <= set(found)
    assert not Milestone.objects.exists()
    assert not Evidence.objects.exists()


def test_production_does_not_come_before_the_start(members, things):
    claim(members, things, "start", ago(30), paper("construction_permit", "P1"))
    with pytest.raises(Refused) as error:
        claim(members, things, "production", ago(60), paper("invoice", "I1"))
    assert codes(error) == ["landing.order"]


def test_a_day_of_a_paper_is_needed_and_not_still_to_come(members, things):
    for day, code in ((None, "paper.day"), (ahead(2), "paper.future")):
        with pytest.raises(Refused) as error:
            claim(members, things, "registered", ago(1), papers.Given("licence", "1", day))  # fmt: skip
        assert codes(error) == [code]


def test_a_paper_proves_one_thing_and_the_message_names_it(members, things):
    claim(members, things, "registered", ago(30), paper("licence", "L-1", file=pdf("a")))  # fmt: skip
    for again in (paper("construction_permit", "X", file=pdf("a")), paper("licence", " l-1 ")):  # fmt: skip
        with pytest.raises(Refused) as error:
            claim(members, things, "start", ago(10), again)
        assert "landing.reused" in codes(error)
        texts = " ".join(f.say.en for f in error.value.findings)
        assert "Registered of “Haiyue Cell”" in texts
    with pytest.raises(Refused) as error:
        actions.payment_add(
            by=members["bo"], pk=things["deal"].pk, version=None, on=ago(3),
            value_cny=5.0, evidence=paper("bank_slip", "B", file=pdf("a")),
        )  # fmt: skip
    assert codes(error) == ["landing.reused"]
    assert File.objects.filter(name="text.pdf").count() == 1


def test_the_database_refuses_it_too_in_the_same_words(members, things, monkeypatch):
    claimed(members, things)
    # As when somebody else used the paper after it was looked up.
    real = papers.used
    calls = []

    def late(member, listed):
        calls.append(1)
        return {} if len(calls) == 1 else real(member, listed)

    monkeypatch.setattr(papers, "used", late)
    with pytest.raises(Refused) as error:
        claim(members, things, "land", ago(5), paper("lease", "S"), paper("licence", "L-1"))  # fmt: skip
    assert codes(error) == ["landing.reused"]
    assert "Registered of" in error.value.findings[0].say.en
    assert not Milestone.objects.filter(code="land").exists()


def test_what_is_sent_back_sets_its_paper_free(members, things):
    made = claimed(members, things)
    with pytest.raises(Refused) as error:
        actions.milestone_reject(by=members["alice"], pk=made.pk, version=None, why=" ")
    assert codes(error) == ["desk.why"]
    back = actions.milestone_reject(by=members["alice"], pk=made.pk, version=None, why="Wrong firm")  # fmt: skip
    assert (back.reached_on, back.rejected_why) == (None, "Wrong firm")
    again = claimed(members, things, on=ago(19))
    assert again.pk == made.pk
    assert again.rejected_on is None


def test_a_claim_is_not_archived_and_a_paper_not_parted(members, things):
    made = claimed(members, things)
    for kind, pk in (("milestone", made.pk), ("evidence", made.evidence.get().pk)):
        with pytest.raises(Refused):
            record_archive(by=members["alice"], kind=kind, pk=pk, version=None, why="x")


def test_every_planned_day_is_kept_and_moving_needs_a_reason(members, things):
    def plan(day, why=""):
        return actions.milestone_plan(
            by=members["bo"], pk=things["deal"].pk, version=None, code="start",
            planned_on=day, why=why,
        )  # fmt: skip

    made = plan(ahead(10))
    for day, code in ((ahead(40), "desk.why"), (ahead(10), "milestone.same")):
        with pytest.raises(Refused) as error:
            plan(day)
        assert codes(error) == [code]
    plan(ahead(40), "Power late")
    assert list(MilestonePlan.objects.filter(milestone=made).values_list("why", flat=True)) == ["", "Power late"]  # fmt: skip
    with pytest.raises(Refused) as error:
        actions.milestone_plan(
            by=members["bo"], pk=things["deal"].pk, version=None, code="production",
            planned_on=ahead(5),
        )  # fmt: skip
    assert codes(error) == ["milestone.order"]


def test_money_counts_once_also_when_it_is_verified(members, things):
    made = paid(members, things)
    with pytest.raises(Refused):
        actions.payment_verify(by=members["bo"], pk=made.pk, version=None)
    actions.payment_verify(by=members["alice"], pk=made.pk, version=None)
    events = Event.objects.filter(kind="paid").order_by("pk")
    assert [(e.value, e.level) for e in events] == [(1e7, "evidenced"), (1e7, "verified")]  # fmt: skip
    assert {event.deal for event in events} == {things["deal"].ref}
    assert funds(members) == 1e7


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"value_cny": 0.0}, "landing.amount"),
        ({"value_cny": -4.0}, "landing.amount"),
        ({"value_cny": float("inf")}, "landing.amount"),
        ({"value_cny": 5e12}, "landing.absurd"),
        ({"on": "ahead"}, "landing.future"),
        ({"evidence": ("licence", "1")}, "landing.evidence"),
        ({"evidence": ("", "")}, "paper.none"),
    ],
)
def test_payments_without_sense_or_paper_are_refused(members, things, values, code):
    given = {"on": ago(2), "value_cny": 10.0, "evidence": ("bank_slip", "1"), **values}
    given["evidence"] = paper(*given["evidence"])
    if given["on"] == "ahead":
        given["on"] = ahead(1)
    with pytest.raises(Refused) as error:
        actions.payment_add(by=members["bo"], pk=things["deal"].pk, version=None, **given)  # fmt: skip
    assert codes(error) == [code]
    assert not Payment.objects.exists()


def funds(members, level="evidenced"):
    """The funds in place that the log tells, as the indicators reckon them."""
    events = events_of(members["bo"].office, datetime.date.today())
    return events.value[events.select(parse("paid"), level)].sum()


def test_a_payment_counts_once_before_and_after_it_is_verified(members, things):
    made = paid(members, things)
    assert (funds(members), funds(members, "verified")) == (made.value_cny, 0)
    actions.payment_verify(by=members["alice"], pk=made.pk, version=None)
    assert funds(members) == funds(members, "verified") == made.value_cny


def test_a_payment_that_is_taken_off_leaves_the_sum(members, things):
    made = paid(members, things)
    actions.payment_reject(by=members["alice"], pk=made.pk, version=None, why="Not ours")  # fmt: skip
    assert funds(members) == 0
    with pytest.raises(Refused) as error:
        record_restore(by=members["bo"], kind="payment", pk=made.pk)
    assert codes(error) == ["paper.none"]
    paid(members, things)  # its paper is free again


def test_who_handles_the_deal_does_not_take_off_what_is_verified(members, things):
    made = paid(members, things)
    actions.payment_verify(by=members["alice"], pk=made.pk, version=None)
    for call in (
        lambda: actions.payment_reject(
            by=members["bo"], pk=made.pk, version=None, why="x"
        ),
        lambda: record_archive(
            by=members["bo"], kind="payment", pk=made.pk, version=None, why="x"
        ),
    ):
        with pytest.raises(Refused) as error:
            call()
        assert codes(error) == ["landing.four_eyes"]


def count(members, things, value, number, *, what="jobs", on=None, kind="payroll"):
    return actions.measure_add(
        by=members["bo"], pk=things["deal"].pk, version=None, what=what, on=on or ago(5),
        value=value, evidence=paper(kind, number) if kind else papers.Given(),
    )  # fmt: skip


def test_counts_have_three_levels(members, things):
    count(members, things, 50, "", kind="")
    made = count(members, things, 40, "R1")
    actions.measure_verify(by=members["alice"], pk=made.pk, version=None)
    events = Event.objects.filter(kind="measured").order_by("pk")
    assert [(e.level, e.value) for e in events] == [("stated", 50), ("evidenced", 40), ("verified", 40)]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"what": "investment"}, "measure.what"),
        ({"value": -1}, "measure.value"),
        ({"value": float("nan")}, "measure.value"),
        ({"value": 1e9}, "landing.absurd"),
        ({"kind": "licence"}, "landing.evidence"),
        ({"on": "ahead"}, "landing.future"),
    ],
)
def test_counts_without_sense_are_refused(members, things, values, code):
    given = {"value": 5, "number": "R1", **values}
    if given.get("on"):
        given["on"] = ahead(2)
    with pytest.raises(Refused) as error:
        count(members, things, **given)
    assert codes(error) == [code]


def test_when_a_count_is_taken_off_the_one_before_stands(members, things):
    count(members, things, 30, "R1", on=ago(50))
    last = count(members, things, 99, "R2")
    actions.measure_reject(by=members["alice"], pk=last.pk, version=None, why="Double")
    event = Event.objects.filter(kind="measured").order_by("on", "pk").last()
    assert (event.value, event.level, event.on) == (30, "evidenced", ago(5))


def test_blockers_run_a_clock_and_are_taken_up_and_solved(members, things, alice):
    made = things["blocker"]
    with pytest.raises(Refused) as error:
        actions.blocker_escalate(by=members["bo"], pk=made.pk, version=None, to="", why="")  # fmt: skip
    assert codes(error) == ["blocker.to", "desk.why"]
    actions.blocker_escalate(by=members["bo"], pk=made.pk, version=None, to="Vice mayor", why="Late")  # fmt: skip
    page = alice.get(reverse("blockers"), {"show": "escalated"})
    assert page.context["rows"][0]["late"] > 0
    assert page.context["departments"][0]["late"] == 1
    with pytest.raises(Refused) as error:
        actions.blocker_solve(by=members["bo"], pk=made.pk, version=None, how="", on=ahead(4))  # fmt: skip
    assert codes(error) == ["blocker.day", "blocker.how"]
    actions.blocker_solve(by=members["bo"], pk=made.pk, version=None, how="Built")
    assert not alice.get(reverse("blockers")).context["rows"]
    assert "Built" in alice.get(reverse("blockers"), {"show": "solved"}).content.decode()  # fmt: skip


def test_a_blocker_does_not_begin_tomorrow_or_end_before(members, things):
    for values in ({"since": ahead(3)}, {"due_on": ago(900)}):
        with pytest.raises(Refused):
            record_change(by=members["bo"], kind="blocker", pk=things["blocker"].pk, version=None, values=values)  # fmt: skip
    assert Blocker.objects.get().version == 1


def test_the_pages_show_line_money_jobs_and_what_waits(
    members, things, alice, landed, client
):
    Office.objects.update(training=True)
    claimed(members, things)
    paid(members, things)
    duty(members, things["agreement"], "theirs", 90, what="jobs", value=180)
    count(members, things, 121, "R1")
    row = alice.get(reverse("landing")).context["rows"][0]
    assert [stop["state"] for stop in row["line"]][:2] == ["claimed", "unplanned"]
    assert row["money"][0].promised.value_cny == 3.2e8
    assert row["money"][0].evidenced.value_cny == 1e7
    assert (row["jobs"]["promised"], row["jobs"]["evidenced"], row["jobs"]["verified"]) == (180, 121, None)  # fmt: skip
    for show, n in (("waits", 1), ("late", 0), ("blocked", 1)):
        assert len(alice.get(reverse("landing"), {"show": show}).context["rows"]) == n
    page = alice.get(reverse("landing-one", args=[landed.pk]))
    assert reverse("do", args=["milestone-verify", Milestone.objects.get().pk]) in page.content.decode()  # fmt: skip
    waits = alice.get(reverse("verify")).context
    assert [waits[k]["total"] for k in ("milestone", "payment", "measure")] == [1, 1, 1]
    text = alice.get(reverse("landing"), {"export": "csv"}).content.decode()
    assert "Promised, not binding" in text
    assert "training data" in text
    alice.cookies["django_language"] = "zh-hans"
    assert "到位资金" in alice.get(reverse("landing-one", args=[landed.pk])).content.decode()  # fmt: skip


def test_the_queue_leaves_out_what_one_may_not_verify(members, things, client, people):
    claimed(members, things)
    paid(members, things)
    client.force_login(people["bo"])
    assert client.get(reverse("verify")).context["total"] == 0


def test_papers_are_sent_to_who_may_see_them(members, things, client, people):
    made = claim(members, things, "registered", ago(4), paper("licence", "1", file=pdf("p")))  # fmt: skip
    address = reverse("landing-paper", args=[made.evidence.get().pk])
    client.force_login(people["rita"])
    sent = client.get(address)
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert b"".join(sent.streaming_content).endswith(b" p")
    client.force_login(people["chen"])
    assert client.get(address).status_code == 404


def test_what_belongs_to_a_deal_of_mine_alone_is_seen_by_nobody_else(
    members, things, client, people
):
    paid(members, things)
    other = members["bo"]
    Deal.objects.filter(pk=things["deal"].pk).update(visibility="own", owner=None, made_by=None)  # fmt: skip
    client.force_login(people["bo"])
    assert other.role == "officer"
    assert client.get(reverse("landing-one", args=[things["deal"].pk])).status_code == 404  # fmt: skip
    assert not client.get(reverse("blockers")).context["rows"]
    made = Payment.objects.get()
    address = reverse("do", args=["payment-verify", made.pk])
    assert client.post(address, {}).status_code == 403


def test_production_offers_to_close_the_gap(members, things, alice, landed):
    made = claim(members, things, "production", ago(3), paper("invoice", "I1"))
    assert not alice.get(reverse("landing-one", args=[landed.pk])).context["closing"]
    actions.milestone_verify(by=members["alice"], pk=made.pk, version=None)
    page = alice.get(reverse("landing-one", args=[landed.pk]))
    assert page.context["closing"]
    assert "still open" in page.content.decode()


def test_forms_claim_and_pay(members, things, client, people, landed):
    client.force_login(people["bo"])
    address = reverse("do", args=["milestone-claim", landed.pk])
    page = client.get(address, {"code": "start"}).content.decode()
    assert "Photo of the site + Works contract" in page
    sent = {"code": "start", "on": ago(2).isoformat(), "kind_1": "site_photo", "number_1": "1", "dated_1": ago(2).isoformat()}  # fmt: skip
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert refused.context["form"].errors["kind_1"]
    sent |= {"kind_2": "works_contract", "number_2": "2", "dated_2": ago(2).isoformat()}
    assert client.post(address, sent).status_code == 302
    assert Milestone.objects.get().evidence.count() == 2
    money = {"on": ago(1).isoformat(), "value_cny": "5e6", "kind": "bank_slip", "number": "9", "dated": ago(1).isoformat()}  # fmt: skip
    assert client.post(reverse("do", args=["payment-add", landed.pk]), money).status_code == 302  # fmt: skip
    jobs = {"what": "jobs", "on": ago(1).isoformat(), "value": "7"}
    assert client.post(reverse("do", args=["measure-add", landed.pk]), jobs).status_code == 302  # fmt: skip
    assert (Payment.objects.count(), Measure.objects.count()) == (1, 1)


def test_lists_ask_as_often_for_twenty_rows_as_for_one(
    members, things, alice, landed, django_assert_max_num_queries
):
    claimed(members, things)
    for name in ("landing", "blockers", "verify"):
        with django_assert_max_num_queries(21):
            alice.get(reverse(name))
    for number in range(19):
        deal = record_add(
            by=members["bo"], kind="deal",
            values={"company": things["company"], "pipeline": things["pipeline"], "owner": members["bo"]},
        )  # fmt: skip
        Deal.objects.filter(pk=deal.pk).update(stage="S9")
        record_add(
            by=members["bo"], kind="blocker",
            values={"deal": deal, "text_en": f"B{number}", "since": ago(9), "due_on": ahead(9)},
        )  # fmt: skip
        claimed(members, {"deal": deal}, number=f"N{number}")
    for name in ("landing", "blockers", "verify"):
        with django_assert_max_num_queries(21):
            alice.get(reverse(name))
