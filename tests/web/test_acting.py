"""Right, lock, rules, one transaction, one log line: what every action goes through."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from yanlian.text import say
from yanlian_web.desk.acting import Conflict, Refused, acting, refuse, wrong
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.models import KINDS, Company, Deal, Event, Person
from yanlian_web.offices.models import LogLine

DAY = datetime.date


def person(by, **values):
    first = {"name_en": "Lin Hai", "source": "Visit", "source_on": DAY(2026, 2, 1)}
    return record_add(by=by, kind="person", values={**first, **values})


def test_an_action_leaves_one_log_line_with_what_changed(members):
    made = person(members["bo"])
    changed = record_change(
        by=members["bo"], kind="person", pk=made.pk, version=1,
        values={"name_en": "Lin Hai", "languages": "zh, en"},
    )  # fmt: skip
    lines = list(LogLine.objects.filter(subject=made.ref))
    assert [line.code for line in lines] == ["desk.person.changed", "desk.person.added"]
    assert lines[0].data["changes"] == {made.ref: {"languages": ["", "zh, en"]}}
    assert changed.version == 2


def test_nothing_is_stored_when_nothing_differs(members):
    made = person(members["bo"])
    same = record_change(
        by=members["bo"], kind="person", pk=made.pk, version=1, values={"name_en": "Lin Hai"}
    )  # fmt: skip
    assert same.version == 1


def test_a_reader_writes_nothing(members):
    with pytest.raises(PermissionDenied):
        person(members["rita"])
    assert not Person.objects.exists()
    assert not LogLine.objects.filter(code="desk.person.added").exists()


def test_the_second_of_two_is_told_and_overwrites_nothing(members):
    made = person(members["bo"])
    record_change(
        by=members["alice"], kind="person", pk=made.pk, version=1,
        values={"name_zh": "林海"},
    )  # fmt: skip
    with pytest.raises(Conflict) as error:
        record_change(
            by=members["bo"], kind="person", pk=made.pk, version=1,
            values={"name_zh": "林涛"},
        )  # fmt: skip
    assert "alice" in error.value.text("en")
    made.refresh_from_db()
    assert made.name_zh == "林海"


def test_all_findings_come_at_once_and_nothing_is_kept(members):
    before = Event.objects.count(), LogLine.objects.count()
    with pytest.raises(Refused) as error:
        person(members["bo"], name_en="", source="", source_on=DAY(1066, 1, 1))
    assert {f.where for f in error.value.findings} == {"name_en", "source", "source_on"}
    assert (Event.objects.count(), LogLine.objects.count()) == before


def test_findings_speak_both_languages(members):
    with pytest.raises(Refused) as error:
        person(members["bo"], source="")
    (finding,) = error.value.findings
    assert finding.say.en != finding.say.zh


def test_a_rule_that_speaks_late_takes_back_all_before(members):
    def act_twice():
        with acting(members["bo"], "desk.test") as act:
            act.add(Person(name_en="Early", source="x", source_on=DAY(2026, 1, 1)))
            refuse(wrong("", say("There is no such stage.")))

    with pytest.raises(Refused):
        act_twice()
    assert not Person.objects.exists()


def test_what_belongs_to_another_office_is_not_there(members, people):
    made = person(members["bo"])
    with pytest.raises(PermissionDenied):
        record_change(
            by=people["chen"].member, kind="person", pk=made.pk, version=1, values={}
        )


def test_a_record_of_another_office_cannot_be_named(members, people):
    there = record_add(
        by=people["chen"].member, kind="company",
        values={"name_en": "Elsewhere", "firm_id": "E1"},
    )  # fmt: skip
    with pytest.raises(Refused) as error:
        record_add(
            by=members["bo"], kind="meeting",
            values={"company": there, "way": "call", "title_en": "x", "on": DAY(2026, 1, 1)},
        )  # fmt: skip
    assert "company" in {f.where for f in error.value.findings}


@pytest.mark.parametrize(
    ("visibility", "who", "seen"),
    [
        ("own", "bo", True), ("own", "alice", True), ("own", "rita", False),
        ("office", "rita", True), ("all", "rita", True),
    ],
)  # fmt: skip
def test_who_sees_a_record(members, visibility, who, seen):
    made = person(members["bo"], visibility=visibility, owner=members["bo"])
    assert (made in Person.objects.seen_by(members[who])) is seen


def test_another_office_sees_only_what_is_for_all(members, people):
    chen = people["chen"].member
    own, shared = person(members["bo"]), person(members["bo"], visibility="all")
    assert list(Person.objects.seen_by(chen)) == []
    assert list(Person.objects.shared_with(chen)) == [shared]
    assert own != shared


def test_archived_is_kept_refuses_changes_and_comes_back(members):
    bo, made = members["bo"], person(members["bo"])
    with pytest.raises(Refused):
        record_archive(by=bo, kind="person", pk=made.pk, version=1, why=" ")
    record_archive(by=bo, kind="person", pk=made.pk, version=1, why="Left the trade")
    with pytest.raises(Refused):
        record_change(by=bo, kind="person", pk=made.pk, version=2, values={"rank": 2})
    assert made not in Person.objects.live()
    back = record_restore(by=bo, kind="person", pk=made.pk)
    assert back in Person.objects.live()


@pytest.mark.parametrize("table", ["offices_logline", "desk_event", "desk_stagemove"])
def test_the_log_is_only_added_to(things, table):
    column = "to_stage" if table == "desk_stagemove" else "training"
    value = "'S9'" if table == "desk_stagemove" else "TRUE"
    # A line about training data may go with it; a real one never.
    for statement in (
        f"UPDATE {table} SET {column} = {value}",
        f"DELETE FROM {table} WHERE NOT training",
    ):
        if "DELETE" in statement and table != "offices_logline":
            continue
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


def test_what_hangs_on_training_data_is_training_data(things):
    made = [
        record for kind, record in things.items() if kind not in {"member", "import"}
    ]
    assert all(record.training for record in made)
    assert not Event.objects.filter(training=False).exists()


def test_every_kind_of_record_has_its_word_and_place():
    assert all(kind == model.kind and model.label for kind, model in KINDS.items())
    assert KINDS["deal"] is Deal
    assert KINDS["company"] is Company
