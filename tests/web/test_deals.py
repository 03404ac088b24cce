"""Deals: gates, moves, four eyes, states, norms, likelihoods and pipelines."""

import datetime
import random

import pytest
from django.core.exceptions import PermissionDenied

from yanlian.progress import stages
from yanlian_web.desk import gates
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.actions import deals
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.models import (
    Agreement,
    Deal,
    Event,
    Incentive,
    Meeting,
    Milestone,
    Pipeline,
    Promise,
    StageMove,
)
from yanlian_web.offices.models import LogLine, Office

DAY = datetime.timedelta(days=1)
FIELDS = [item.key for item in stages.requirements() if item.kind == "field"]
ALL = {item.key for item in stages.requirements()}


def codes(error):
    return {finding.code for finding in error.value.findings}


def stand(deal, stage, **more):
    """Put a deal at a stage without asking; tests begin somewhere."""
    Deal.objects.filter(pk=deal.pk).update(stage=stage, **more)
    deal.refresh_from_db()
    return deal


@pytest.fixture
def deal(things):
    return things["deal"]


@pytest.fixture
def all_held(monkeypatch):
    """Everything any gate asks for is there, but for what is taken out of the set."""
    found = set(ALL)
    monkeypatch.setattr(deals, "held", lambda deal: found)
    return found


# What the gates ask for ---------------------------------------------------------------


@pytest.mark.parametrize("item", stages.requirements(), ids=lambda item: item.key)
def test_each_requirement_stops_a_deal_at_its_gate(members, deal, all_held, item):
    order = stages.stage(item.from_stage).order
    if not order:
        # Nobody enters the first stage.
        assert item in stages.needed(item.from_stage)
        return
    stand(deal, stages.stages()[order - 1].code)
    all_held.discard(item.key)
    with pytest.raises(Refused) as error:
        deals.deal_move(
            by=members["alice"], pk=deal.pk, version=None, to=item.from_stage
        )
    assert codes(error) == {"deal.gate"}
    assert item.label.en in error.value.text("en")
    assert item.label.zh in error.value.text("zh")
    deal.refresh_from_db()
    assert deal.stage == stages.stages()[order - 1].code
    all_held.add(item.key)
    deals.deal_move(by=members["alice"], pk=deal.pk, version=None, to=item.from_stage)
    deal.refresh_from_db()
    assert deal.stage == item.from_stage


def test_a_move_is_allowed_exactly_when_nothing_is_missing(members, deal, monkeypatch):
    chance = random.Random(7)
    order = [item.code for item in stages.stages()]
    moved = refused = 0
    for _ in range(150):
        here, to = sorted(chance.sample(range(len(order)), 2))
        stand(deal, order[here])
        share = chance.choice((0.5, 0.9, 1.0))
        there = {key for key in ALL if chance.random() < share}
        monkeypatch.setattr(deals, "held", lambda deal, there=there: there)
        asked = {
            "by": members["alice"],
            "pk": deal.pk,
            "version": None,
            "to": order[to],
        }
        if stages.missing(there, order[to]):
            with pytest.raises(Refused):
                deals.deal_move(**asked)
            refused += 1
        else:
            deals.deal_move(**asked)
            moved += 1
        deal.refresh_from_db()
        assert deal.stage == (order[here] if stages.missing(there, order[to]) else order[to])  # fmt: skip
    assert moved > 20
    assert refused > 20


@pytest.mark.parametrize("key", FIELDS)
def test_what_is_noted_is_held_with_source_day_and_who(members, deal, key):
    by = members["alice"]
    note = {"by": by, "pk": deal.pk, "version": None, "key": key}
    found = deals.deal_note(**note, text="  30 mu ", source="Letter 7")
    assert key in gates.held(found)
    assert found.facts[key] == {
        "text": "30 mu", "source": "Letter 7", "on": today().isoformat(), "by": by.pk,
    }  # fmt: skip
    found = deals.deal_note(**note, text=" ")
    assert key not in found.facts


def test_records_are_held_as_they_come(members, things, office):
    deal, bo = things["deal"], members["bo"]
    held = lambda: gates.held(Deal.objects.get(pk=deal.pk))  # noqa: E731
    assert {"company", "owner", "reason"} <= held()
    assert not held() & {"contact", "visit", "promises", "competition"}
    Meeting.objects.filter(pk=things["meeting"].pk).update(state="final", way="call")
    assert held() >= {"contact"}
    assert not held() & {"visit", "promises"}
    Meeting.objects.filter(pk=things["meeting"].pk).update(way="outbound")
    assert held() >= {"contact", "visit", "promises"}
    Promise.objects.filter(deal=deal).update(archived_on=today())
    assert "promises" not in held()
    Meeting.objects.filter(pk=things["meeting"].pk).update(no_promises=True)
    assert "promises" in held()
    assert "offer" in held()
    deals.deal_note(
        by=members["alice"], pk=deal.pk, version=None, key="review", text="14, passed"
    )
    Incentive.objects.filter(deal=deal).update(level="red")
    assert "competition" not in held()
    Incentive.objects.filter(deal=deal).update(level="green")
    assert "competition" in held()
    Milestone.objects.create(
        office=office, deal=deal, code="registered", reached_on=today(), owner=bo
    )
    assert "registered" not in held()
    Milestone.objects.update(verified_on=today())
    assert "registered" in held()


def test_a_framework_does_not_open_the_gate_of_an_investment_agreement(things):
    deal = things["deal"]
    Agreement.objects.filter(deal=deal).update(
        sort_of="framework", state="signed", value_cny=1e8, amount_basis="intention"
    )
    assert not gates.held(deal) & {"agreement_text", "obligations", "amount"}
    Agreement.objects.filter(deal=deal).update(sort_of="investment")
    assert "amount" in gates.held(deal)


def test_evidence_of_many_deals_is_asked_for_together(
    members, things, django_assert_max_num_queries
):
    deal = things["deal"]
    for number in range(12):
        record_add(
            by=members["bo"], kind="deal", training=True,
            values={"company": deal.company, "pipeline": deal.pipeline, "title_en": str(number)},
        )  # fmt: skip
    listed = list(Deal.objects.all())
    with django_assert_max_num_queries(6):
        gates.held_of(listed)


# Moving -------------------------------------------------------------------------------


def test_a_deal_moves_and_the_log_says_so(members, deal):
    moved = deals.deal_move(by=members["bo"], pk=deal.pk, version=deal.version, to="S1")
    assert (moved.stage, moved.stage_on) == ("S1", today())
    line = LogLine.objects.filter(code="desk.deal.moved").get()
    assert line.subject == deal.ref
    assert line.data["changes"][deal.ref]["stage"] == ["S0", "S1"]
    event = line.events.get()
    assert (event.kind, event.what, event.mark, event.level) == (
        "stage", "S1", "chain", "stated",
    )  # fmt: skip
    assert StageMove.objects.filter(deal=deal).count() == 2


def test_several_stages_are_passed_in_one_step_and_a_framework_passed_by(
    members, deal, all_held
):
    for key in ("framework_text", "framework_expiry", "framework_next", "source"):
        all_held.discard(key)
    moved = deals.deal_move(by=members["alice"], pk=deal.pk, version=None, to="S7b")
    assert moved.stage == "S7b"
    assert StageMove.objects.filter(deal=deal).latest("pk").from_stage == "S0"
    assert gates.next_stage(stand(deal, "S6")) == "S7b"


def test_going_back_needs_a_reason_and_is_logged(members, deal):
    stand(deal, "S4")
    back = {"by": members["bo"], "pk": deal.pk, "version": None, "to": "S2"}
    with pytest.raises(Refused) as error:
        deals.deal_move(**back, why="  ")
    assert codes(error) == {"deal.why"}
    deals.deal_move(**back, why="The plant was sold")
    move = StageMove.objects.filter(deal=deal).latest("pk")
    assert (move.from_stage, move.to_stage, move.why) == ("S4", "S2", "The plant was sold")  # fmt: skip
    assert "back" in Event.objects.filter(kind="stage").latest("pk").mark


def test_only_the_head_lets_pass_what_is_missing_and_says_why(members, deal):
    stand(deal, "S1")
    ask = {"pk": deal.pk, "version": None, "to": "S5", "exception": True}
    with pytest.raises(PermissionDenied):
        deals.deal_move(by=members["bo"], why="Mayor asked", **ask)
    with pytest.raises(Refused) as error:
        deals.deal_move(by=members["alice"], **ask)
    assert codes(error) == {"deal.why"}
    deals.deal_move(by=members["alice"], why="Mayor asked", **ask)
    line = LogLine.objects.filter(code="desk.deal.moved").get()
    assert "fit" in line.data["exception"]
    assert line.data["why"] == "Mayor asked"
    assert StageMove.objects.filter(deal=deal).latest("pk").exception
    assert "exception" in Event.objects.filter(kind="stage").latest("pk").mark


@pytest.mark.parametrize("to", ["S7b", "S8", "S9", "S10", "S11", "S12"])
def test_who_handles_a_deal_does_not_confirm_its_win(members, deal, all_held, to):
    with pytest.raises(Refused) as error:
        deals.deal_move(by=members["bo"], pk=deal.pk, version=None, to=to)
    assert codes(error) == {"deal.four_eyes"}
    deals.deal_move(by=members["alice"], pk=deal.pk, version=None, to=to)
    assert Event.objects.filter(kind="stage").latest("pk").level == "verified"


@pytest.mark.parametrize("to", ["S6", "S7a", "S13"])
def test_other_stages_are_entered_by_the_owner(members, deal, all_held, to):
    deals.deal_move(by=members["bo"], pk=deal.pk, version=None, to=to)
    assert Event.objects.filter(kind="stage").latest("pk").level == "stated"


def test_handing_a_deal_over_does_not_let_its_seller_confirm(members, deal, all_held):
    stand(deal, "S6")
    record_change(
        by=members["bo"], kind="deal", pk=deal.pk, version=None,
        values={"owner": members["alice"]},
    )  # fmt: skip
    for who in ("alice", "bo"):
        with pytest.raises(Refused) as error:
            deals.deal_move(by=members[who], pk=deal.pk, version=None, to="S7b")
        assert codes(error) == {"deal.four_eyes"}


def test_the_head_handling_a_deal_cannot_confirm_it_by_exception(members, deal):
    stand(deal, "S6", owner=members["alice"])
    with pytest.raises(Refused) as error:
        deals.deal_move(
            by=members["alice"], pk=deal.pk, version=None, to="S7b", why="Now",
            exception=True,
        )  # fmt: skip
    assert "deal.four_eyes" in codes(error)


def test_the_review_is_noted_by_somebody_else(members, deal):
    note = {"pk": deal.pk, "version": None, "key": "review", "text": "14, passed"}
    with pytest.raises(Refused) as error:
        deals.deal_note(by=members["bo"], **note)
    assert codes(error) == {"deal.four_eyes"}
    deals.deal_note(by=members["alice"], **note)


@pytest.mark.parametrize("days", [-30, 1])
def test_the_day_of_a_move_lies_between_the_last_and_today(members, deal, days):
    stand(deal, "S0", stage_on=today() - 20 * DAY)
    with pytest.raises(Refused) as error:
        deals.deal_move(
            by=members["bo"], pk=deal.pk, version=None, to="S1", on=today() + days * DAY
        )
    assert codes(error) == {"deal.day"}
    deals.deal_move(
        by=members["bo"], pk=deal.pk, version=None, to="S1", on=today() - 5 * DAY
    )
    assert Event.objects.filter(kind="stage").latest("pk").on == today() - 5 * DAY


@pytest.mark.parametrize("to", ["S99", "", "S0"])
def test_a_stage_that_is_none_or_the_same_is_refused(members, deal, to):
    with pytest.raises(Refused):
        deals.deal_move(by=members["bo"], pk=deal.pk, version=None, to=to)
    assert not LogLine.objects.filter(code="desk.deal.moved").exists()


def test_all_that_is_wrong_is_said_at_once(members, deal):
    stand(deal, "S6", status="lost")
    with pytest.raises(Refused) as error:
        deals.deal_move(
            by=members["bo"], pk=deal.pk, version=None, to="S7b", on=today() + DAY
        )
    assert codes(error) == {"deal.closed", "deal.gate", "deal.day", "deal.four_eyes"}


def test_a_stage_is_not_changed_beside_its_gate(members, things):
    deal, bo = things["deal"], members["bo"]
    with pytest.raises(Refused) as error:
        record_change(
            by=bo, kind="deal", pk=deal.pk, version=None, values={"stage": "S7b"}
        )
    assert codes(error) == {"deal.stage"}
    with pytest.raises(Refused):
        record_add(
            by=bo, kind="deal",
            values={"company": deal.company, "pipeline": deal.pipeline, "stage": "S9"},
        )  # fmt: skip
    assert Deal.objects.count() == 1


def test_the_second_of_two_who_move_a_deal_is_told(members, deal):
    deals.deal_note(
        by=members["alice"], pk=deal.pk, version=deal.version, key="fit", text="Yes"
    )
    with pytest.raises(Conflict):
        deals.deal_move(by=members["bo"], pk=deal.pk, version=deal.version, to="S1")
    deal.refresh_from_db()
    assert deal.stage == "S0"


def test_a_reader_and_another_office_change_nothing(members, people, deal):
    for who in (members["rita"], people["chen"].member):
        for action in (
            lambda by: deals.deal_move(by=by, pk=deal.pk, version=None, to="S1"),
            lambda by: deals.deal_note(by=by, pk=deal.pk, version=None, key="fit", text="x"),
            lambda by: deals.deal_forecast(by=by, pk=deal.pk, version=None, percent=50),
            lambda by: deals.deal_close(by=by, pk=deal.pk, version=None, status="on_hold", why="x"),
        ):  # fmt: skip
            with pytest.raises(PermissionDenied):
                action(who)


# States beside the stage --------------------------------------------------------------


def close(members, deal, **more):
    return deals.deal_close(by=members["bo"], pk=deal.pk, version=None, **more)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"status": "active", "why": "x"}, {"deal.status"}),
        ({"status": "sold", "why": "x"}, {"deal.status"}),
        ({"status": "lost", "why": " "}, {"deal.why", "deal.lost_to"}),
        ({"status": "lost", "why": "Land", "lost_to": " "}, {"deal.lost_to"}),
        ({"status": "on_hold", "why": "Waits"}, {"deal.review"}),
        ({"status": "on_hold", "why": "x", "review_on": today()}, {"deal.review"}),
        ({"status": "exited", "why": "Left"}, {"deal.status"}),
    ],
)
def test_a_state_needs_what_explains_it(members, deal, given, expected):
    with pytest.raises(Refused) as error:
        close(members, deal, **given)
    assert codes(error) == expected
    deal.refresh_from_db()
    assert deal.status == "active"


def test_a_lost_deal_says_where_to_and_moves_no_more(members, deal):
    close(members, deal, status="lost", why="Land", lost_to="Linjiang", lesson="Ask")
    deal.refresh_from_db()
    assert (deal.status, deal.lost_to, deal.lesson) == ("lost", "Linjiang", "Ask")
    assert Event.objects.filter(kind="status", what="lost").count() == 1
    with pytest.raises(Refused) as error:
        deals.deal_move(by=members["bo"], pk=deal.pk, version=None, to="S1")
    assert codes(error) == {"deal.closed"}
    for action in (
        lambda: deals.deal_note(by=members["bo"], pk=deal.pk, version=None, key="fit", text="x"),
        lambda: deals.deal_forecast(by=members["bo"], pk=deal.pk, version=None, percent=5),
        lambda: close(members, deal, status="lost", why="Land", lost_to="Linjiang"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            action()
    deals.deal_reopen(by=members["bo"], pk=deal.pk, version=None, why="They are back")
    deals.deal_move(by=members["bo"], pk=deal.pk, version=None, to="S1")
    assert Event.objects.filter(kind="status").latest("pk").what == "active"


def test_a_deal_on_hold_is_looked_at_again(members, deal):
    held = close(members, deal, status="on_hold", why="Waits", review_on=today() + DAY)
    assert held.review_on == today() + DAY
    with pytest.raises(Refused):
        deals.deal_reopen(by=members["bo"], pk=deal.pk, version=None, why=" ")
    deal = deals.deal_reopen(by=members["bo"], pk=deal.pk, version=None, why="Goes on")
    assert (deal.status, deal.review_on) == ("active", None)
    with pytest.raises(Refused):
        deals.deal_reopen(by=members["bo"], pk=deal.pk, version=None, why="Again")


def test_what_has_landed_can_leave(members, deal):
    stand(deal, "S9")
    assert (
        close(members, deal, status="exited", why="Moved to a port").status == "exited"
    )


@pytest.mark.parametrize(
    ("key", "text"), [("no_such", "x"), ("visit", "x"), ("offer", "x"), ("fit", "x" * 2001)]
)  # fmt: skip
def test_what_no_gate_asks_for_is_not_noted(members, deal, key, text):
    with pytest.raises(Refused):
        deals.deal_note(by=members["bo"], pk=deal.pk, version=None, key=key, text=text)
    deal.refresh_from_db()
    assert deal.facts == {}


# Likelihoods --------------------------------------------------------------------------


def test_each_stated_likelihood_is_an_event(members, deal):
    for percent in (40, 40, 70):
        deals.deal_forecast(by=members["bo"], pk=deal.pk, version=None, percent=percent)
    said = Event.objects.filter(kind="forecast").values_list("value", "what", "deal")
    assert list(said) == [(v, "S0", deal.ref) for v in (0.4, 0.4, 0.7)]
    for wrong in (-1, 101, float("nan")):
        with pytest.raises(Refused):
            deals.deal_forecast(by=members["bo"], pk=deal.pk, version=None, percent=wrong)  # fmt: skip
    assert Event.objects.filter(kind="forecast").count() == 3


# Pipelines ----------------------------------------------------------------------------


def test_an_office_gets_its_main_line_once(office):
    made = deals.pipelines_ensure(office=office)
    assert (made.name_en, made.name_zh) == ("Main line", "主线")
    assert deals.pipelines_ensure(office=office) is None
    assert LogLine.objects.filter(code="desk.pipeline.added").count() == 1


def test_opening_the_first_form_makes_the_main_line(alice, office):
    assert alice.get("/new/deal/").status_code == 200
    line = Pipeline.objects.get()
    assert f'<option value="{line.pk}" selected>' in alice.get("/new/deal/").content.decode()  # fmt: skip


def test_the_head_sets_the_norms_of_a_pipeline(members, things):
    line = things["pipeline"]
    with pytest.raises(PermissionDenied):
        deals.pipeline_norms(by=members["bo"], pk=line.pk, version=None, S3=10)
    deals.pipeline_norms(by=members["alice"], pk=line.pk, version=None, S3=10, S4=None)
    line.refresh_from_db()
    assert line.norms == {"S3": 10}
    for wrong in ({"S3": 0}, {"S3": 4000}, {"S99": 5}):
        with pytest.raises(Refused):
            deals.pipeline_norms(by=members["alice"], pk=line.pk, version=None, **wrong)


def test_the_form_of_norms_asks_for_every_stage(alice, things):
    path = f"/do/pipeline-norms/{things['pipeline'].pk}/"
    page = alice.get(path).content.decode()
    assert page.count('type="number"') == len(stages.stages())
    assert alice.post(path, {"S3": "9", "version": "1"}).status_code == 302
    assert Pipeline.objects.get().norms == {"S3": 9}
    assert alice.post(path, {"S3": "0"}).status_code == 422


def test_a_deal_is_never_deleted(alice, things):
    deal = things["deal"]
    for method in ("delete", "put", "patch"):
        for path in (f"/deals/{deal.pk}/", f"/edit/deal/{deal.pk}/"):
            assert getattr(alice, method)(path).status_code == 405
    assert Deal.objects.filter(pk=deal.pk).exists()
    assert Office.objects.count() == 2
