"""Services: clocks, amounts and targets, and the events that indicators count."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from yanlian.progress.events import event_kinds
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.actions.services import CLOCKS, service_done
from yanlian_web.desk.models import Event, Service
from yanlian_web.desk.models.services import EVENTS, SERVICES

DAY = datetime.timedelta(days=1)


def enter(member, kind, **values):
    values = {"sort_of": kind, "text_en": "Asks for a plant", "on": today() - 9 * DAY, **values}  # fmt: skip
    return record_add(by=member, kind="service", values=values, training=True)


def events(*kinds):
    return list(
        Event.objects.filter(kind__in=kinds)
        .order_by("pk")
        .values_list("kind", "subject", "value", "what")
    )


def codes(error):
    return {finding.code for finding in error.value.findings}


def test_every_kind_of_service_has_events_that_are_known():
    assert set(EVENTS) == {code for code, _ in SERVICES}
    for pair in EVENTS.values():
        assert set(pair) - {""} <= set(event_kinds())


@pytest.mark.parametrize("kind", sorted(CLOCKS))
def test_a_clock_begins_and_ends_with_events_of_one_subject(members, things, kind):
    bo = members["bo"]
    item = enter(bo, kind, company=things["company"], due_on=today() + DAY)
    first, last = EVENTS[kind]
    service_done(
        by=bo, pk=item.pk, version=item.version, done_on=today() - 2 * DAY,
        outcome="Sent", confirmed=True, manager=members["alice"],
    )  # fmt: skip
    assert [row[:2] for row in events(first, last)] == [(first, item.ref), (last, item.ref)]  # fmt: skip
    end = Event.objects.get(kind=last)
    assert end.on == today() - 2 * DAY
    assert ("confirmed" in end.mark) == (kind == "feedback")
    item.refresh_from_db()
    assert item.done_on == today() - 2 * DAY
    if kind == "assignment":
        assert item.owner == members["alice"]
    with pytest.raises(Refused) as error:
        service_done(by=bo, pk=item.pk, version=None, outcome="x", manager=bo)
    assert codes(error) == {"service.done"}


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("enquiry", {"on": today() + DAY}, {"service.ahead"}),
        ("enquiry", {"due_on": today() - 20 * DAY}, {"service.order"}),
        ("proposal", {}, {"service.due"}),
        ("feedback", {}, {"service.company"}),
        ("expansion", {}, {"service.company"}),
        ("purchase_local", {}, {"service.company", "service.value"}),
        ("cost", {}, {"service.value"}),
        ("cost", {"value": -1.0}, {"desk.field"}),
        ("cost", {"value": float("inf")}, {"desk.field"}),
        ("target", {"value": 5.0, "code": "K99"}, {"service.code"}),
        ("target", {"value": 0.0, "code": "K10"}, {"service.value"}),
        ("enquiry", {"text_en": " "}, {"desk.name"}),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(members, kind, given, expected):
    with pytest.raises(Refused) as error:
        enter(members["alice"], kind, **given)
    assert expected <= codes(error)
    assert not Service.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("enquiry", {"outcome": " "}, "service.outcome"),
        ("enquiry", {"outcome": "x", "done_on": today() + DAY}, "service.day"),
        ("enquiry", {"outcome": "x", "done_on": today() - 30 * DAY}, "service.day"),
        ("assignment", {}, "service.manager"),
    ],
)
def test_finishing_needs_its_day_and_its_answer(members, kind, given, expected):
    item = enter(members["bo"], kind)
    with pytest.raises(Refused) as error:
        service_done(by=members["bo"], pk=item.pk, version=None, **given)
    assert codes(error) == {expected}
    item.refresh_from_db()
    assert item.done_on is None


def test_only_the_head_sets_targets(members):
    with pytest.raises(Refused) as error:
        enter(members["bo"], "target", value=3e8, code="K10")
    assert codes(error) == {"service.target"}
    item = enter(members["alice"], "target", value=3e8, code="K10")
    assert events("target") == [("target", item.ref, 3e8, "K10")]
    with pytest.raises(Refused):
        record_change(
            by=members["bo"], kind="service", pk=item.pk, version=None, values={"value": 1.0}
        )  # fmt: skip
    record_change(
        by=members["alice"], kind="service", pk=item.pk, version=None, values={"value": 4e8}
    )  # fmt: skip
    record_archive(by=members["alice"], kind="service", pk=item.pk, version=None, why="No")  # fmt: skip
    assert [row[2] for row in events("target")] == [3e8, 4e8, 0.0]


def test_an_amount_corrected_or_archived_is_not_counted_twice(members):
    bo = members["bo"]
    item = enter(bo, "cost", value=100.0)
    total = lambda: sum(row[2] for row in events("cost"))  # noqa: E731
    assert total() == 100
    record_change(by=bo, kind="service", pk=item.pk, version=None, values={"value": 80.0})  # fmt: skip
    assert total() == 80
    record_change(by=bo, kind="service", pk=item.pk, version=None, values={"text_en": "Trip"})  # fmt: skip
    record_archive(by=bo, kind="service", pk=item.pk, version=None, why="Twice")
    assert total() == 0
    record_restore(by=bo, kind="service", pk=item.pk)
    assert total() == 80


def test_purchases_say_which_of_them_are_local(members, things):
    for kind in ("purchase_total", "purchase_local"):
        enter(members["bo"], kind, company=things["company"], value=10.0)
    assert [row[3] for row in events("purchase")] == ["total", "local"]
    assert set(Event.objects.filter(kind="purchase").values_list("company", flat=True)) == {"T001"}  # fmt: skip


def test_aftercare_is_timed_from_the_deal(members, things):
    enter(members["bo"], "aftercare", deal=things["deal"])
    event = Event.objects.get(kind="aftercare")
    assert (event.subject, event.company) == (things["deal"].ref, "T001")


def test_kind_and_first_day_of_a_clock_stay(members, things):
    item = enter(members["bo"], "enquiry", company=things["company"])
    with pytest.raises(Refused) as error:
        record_change(
            by=members["bo"], kind="service", pk=item.pk, version=None,
            values={"sort_of": "proposal", "on": today()},
        )  # fmt: skip
    assert {"service.kind", "service.day"} <= codes(error)


def test_readers_and_other_offices_finish_nothing(members, people):
    item = enter(members["bo"], "enquiry")
    for who in (members["rita"], people["chen"].member):
        with pytest.raises(PermissionDenied):
            service_done(by=who, pk=item.pk, version=None, outcome="x")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_clocks_and_filters(alice, members, things, language):
    alice.cookies["django_language"] = language
    late = enter(members["bo"], "proposal", due_on=today() - 2 * DAY)
    enter(members["bo"], "enquiry", company=things["company"])
    enter(members["bo"], "cost", value=12000.0)
    page = alice.get("/services/")
    assert page.status_code == 200
    assert page.context["total"] == 3
    kinds = {kind["code"]: kind for kind in page.context["kinds"]}
    assert (kinds["proposal"]["open"], kinds["proposal"]["late"]) == (1, 1)
    assert kinds["enquiry"]["oldest"] == 9
    assert alice.get("/services/?state=late").context["rows"][0]["item"] == late
    assert alice.get("/services/?state=open").context["total"] == 2
    assert alice.get("/services/?kind=cost").context["total"] == 1
    assert alice.get("/services/?kind=none&state=none&page=x").status_code == 200
    assert "text/csv" in alice.get("/services/?export=csv")["Content-Type"]


def test_the_page_asks_a_fixed_number_of_times(alice, members, things):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    alice.get("/services/")
    for number in (1, 19):
        for _ in range(number):
            enter(members["bo"], "enquiry", company=things["company"])
        with CaptureQueriesContext(connection) as found:
            alice.get("/services/")
        counts.append(len(found))
    assert counts[0] == counts[1] <= 9


def test_an_enquiry_is_answered_on_its_form(alice, members):
    item = enter(members["bo"], "enquiry")
    path = f"/do/service-done/{item.pk}/"
    assert 'name="manager"' not in alice.get(path).content.decode()
    assert alice.post(path, {"outcome": "", "version": "1"}).status_code == 422
    answer = alice.post(path, {"outcome": "Plants listed", "version": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/services/")
