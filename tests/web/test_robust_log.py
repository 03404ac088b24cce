"""The log tells all: records, deals, promises and money can be reckoned from it again."""

from collections import defaultdict

import pytest
from django.db import models

from yanlian_web.desk.acting import _plain, _values
from yanlian_web.desk.models import (
    KINDS,
    Agreement,
    Deal,
    Event,
    Gap,
    Measure,
    Milestone,
    Payment,
    Promise,
    StageMove,
)
from yanlian_web.offices.models import LogLine

# Set beside the actions: what the search reads, and when something was stored.
ASIDE = {"version", "changed_at", "made_at", "search", "sort", "visit_value"}


@pytest.fixture
def told(trained):
    """Changes of every record in the order in which they were made."""
    found = defaultdict(list)
    for line in LogLine.objects.filter(office=trained).order_by("pk"):
        for ref, fields in line.data.get("changes", {}).items():
            if fields:
                found[ref].append(fields)
    return found


def test_every_record_is_what_its_changes_make_of_it(trained, told):
    looked = 0
    for kind, model in KINDS.items():
        for record in model.objects.filter(office=trained, training=True):
            now = {k: _plain(v) for k, v in _values(record).items()}
            last = {}
            for fields in told[f"{kind}:{record.pk}"]:
                for name, (old, new) in fields.items():
                    assert name not in last or last[name] == old, (record.ref, name)
                    last[name] = new
            assert {k: v for k, v in last.items() if now[k] != v} == {}, record.ref
            assert record.version == 1 + len(told[record.ref]), record.ref
            looked += 1
    assert looked > 500


def test_every_record_and_event_has_its_line(trained):
    subjects = set(LogLine.objects.filter(office=trained).values_list("subject", flat=True))  # fmt: skip
    inside = {
        ref
        for line in LogLine.objects.filter(office=trained)
        for ref in line.data.get("changes", {})
    }
    for model in KINDS.values():
        for record in model.objects.filter(office=trained, training=True):
            assert record.ref in subjects | inside, record.ref
    events = Event.objects.filter(office=trained)
    assert not events.exclude(line__office=trained).exists()
    mixed = events.exclude(line__training=models.F("training"))
    assert not mixed.exists()


def last_of(kind, subject):
    return Event.objects.filter(kind=kind, subject=subject).order_by("-pk").first()


def test_stages_and_states_come_from_events(trained):
    for deal in Deal.objects.filter(office=trained):
        stage = last_of("stage", deal.ref)
        assert (stage.what, stage.on) == (deal.stage, deal.stage_on)
        moves = StageMove.objects.filter(deal=deal).order_by("pk")
        stages = Event.objects.filter(kind="stage", subject=deal.ref).order_by("pk")
        assert [m.to_stage for m in moves] == [e.what for e in stages]
        assert [m.on for m in moves] == [e.on for e in stages]
        state = last_of("status", deal.ref)
        assert (state.what if state else "active") == deal.status
        stated = last_of("forecast", deal.ref)
        assert (stated.value if stated else None) == deal.likelihood


def test_promises_come_from_events(trained):
    for promise in Promise.objects.filter(office=trained):
        made = last_of("promised", promise.ref)
        assert made is not None, promise
        assert (made.side, made.on) == (promise.side, promise.made_on)
        for kind, day in (
            ("kept", promise.kept_on),
            ("broken", promise.broken_on),
            ("withdrawn", promise.withdrawn_on),
        ):
            event = last_of(kind, promise.ref)
            assert (event.on if event else None) == day, (promise, kind)
        moved = last_of("due_changed", promise.ref)
        assert (moved.due_on if moved else promise.due_first) == promise.due_on


def test_money_counts_and_gaps_come_from_events(trained):
    for agreement in Agreement.objects.filter(office=trained, state="signed"):
        event = last_of("signed", agreement.ref)
        assert (event.on, event.value) == (agreement.signed_on, agreement.value_cny)
        marks = event.mark.split(";")
        assert ("binding" in marks) is agreement.binding
        assert ("nonbinding" in marks) is not agreement.binding
    for payment in Payment.objects.filter(office=trained):
        # The last record of a payment is the one that counts.
        event = last_of("paid", payment.ref)
        assert (event.on, event.value) == (payment.on, payment.value_cny), payment
        assert event.level == ("verified" if payment.verified_on else "evidenced")
    for measure in Measure.objects.filter(office=trained):
        event = last_of("measured", measure.ref)
        assert (event.on, event.value, event.what) == (measure.on, measure.value, measure.what)  # fmt: skip
    for milestone in Milestone.objects.filter(office=trained).exclude(verified_on=None):
        assert last_of("checked", milestone.ref).level == "verified"
    for gap in Gap.objects.filter(office=trained):
        assert last_of("gap_opened", gap.ref).on == gap.opened_on
        closed = last_of("gap_closed", gap.ref)
        assert (closed.on if closed else None) == gap.closed_on


def test_events_of_past_days_say_when_they_were_written(trained):
    for event in Event.objects.filter(office=trained, training=True):
        assert event.on <= event.recorded_on or event.kind == "target", event
