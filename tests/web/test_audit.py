"""The chain of the log: whatever is done to it behind the back is found."""

import datetime
import json
import re

import pytest
from django.db import connection

from tests.web.databases import BOTH, database, run  # noqa: F401 -- a fixture
from yanlian_web.desk.acting import acting
from yanlian_web.desk.actions.deals import deal_note
from yanlian_web.desk.models import Event
from yanlian_web.desk.training import training_load, training_remove
from yanlian_web.offices import sealing
from yanlian_web.offices.audit import head, noted, parts_of, redact, seal_rest
from yanlian_web.offices.models import Chain, LogLine, Office, Seal
from yanlian_web.offices.verifying import compare, heads, keep, verify


@pytest.fixture
def log(members, things):
    """An office with lines, one of which moves a deal and so has events."""
    office = members["bo"].office
    for number in range(5):
        noted(office, members["bo"].user, "desk.test.noted", "deal:1", number=number)
    return office


@pytest.fixture
def behind():
    """Do something to the database behind the back: without its triggers."""

    def act(*statements):
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                if name.startswith("offices_"):
                    cursor.execute(f"DROP TRIGGER {name}")
            for text, values in statements:
                cursor.execute(text, values)

    return act


def number_of(line):
    return Seal.objects.get(line_id=line.pk).number


def texts(found, lang="en"):
    return [text.text(lang) for text in found.findings]


def test_every_line_is_sealed_and_the_chain_holds(log):
    found = verify(log)
    assert found.intact
    assert found.lines == LogLine.objects.filter(office=log).count() > 15
    assert head(log) == (found.count, found.hash)


def test_actions_seal_what_happened_with_their_line(log, members, things):
    event = Event.objects.filter(office=log).first()
    assert event is not None
    parts = parts_of([event.line_id])[event.line_id]
    assert event.kind in {part["kind"] for part in parts}


def test_an_action_that_fails_leaves_the_chain_as_it_was(log, members):
    before = head(log)

    def fail():
        with acting(members["bo"], "desk.test.failed") as act:
            act.close()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert head(log) == before
    assert verify(log).intact


CHANGES = {
    "data": ("UPDATE offices_logline SET data = '{\"number\": 9}' WHERE id = %s", "what was changed"),
    "code": ("UPDATE offices_logline SET code = 'desk.test.other' WHERE id = %s", "the action"),
    "subject": ("UPDATE offices_logline SET subject = 'deal:2' WHERE id = %s", "what it is about"),
    "at": ("UPDATE offices_logline SET at = '2020-01-01 00:00:00' WHERE id = %s", "when"),
    "by": ("UPDATE offices_logline SET by_id = NULL WHERE id = %s", "who"),
    "training": ("UPDATE offices_logline SET training = NOT training WHERE id = %s", "whether it is training data"),
}  # fmt: skip


@pytest.mark.parametrize("field", list(CHANGES))
def test_one_line_changed_behind_the_back_is_found(log, behind, field):
    line = LogLine.objects.filter(code="desk.test.noted").order_by("pk")[2]
    statement, called = CHANGES[field]
    behind((statement, [line.pk]))
    found = verify(log)
    assert not found.intact
    assert found.broken == number_of(line)
    assert len(found.findings) == 1
    said = texts(found)[0]
    assert f"Line {found.broken}," in said
    assert f"Changed was: {called}." in said
    assert "第" in texts(found, "zh")[0]


def test_a_line_cannot_be_changed_while_the_triggers_are_there(log):
    from django.db import DatabaseError, transaction

    line = LogLine.objects.filter(office=log).first()
    for change in (
        lambda: LogLine.objects.filter(pk=line.pk).update(code="x"),
        lambda: Seal.objects.filter(line_id=line.pk).update(hash="x"),
        lambda: Seal.objects.filter(line_id=line.pk)._raw_delete("default"),
        lambda: Chain.objects.filter(office=log).update(count=1),
        lambda: Chain.objects.filter(office=log)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="only"), transaction.atomic():
            change()
    assert verify(log).intact


def test_a_changed_event_is_found_at_its_line(log, behind):
    event = Event.objects.filter(office=log).order_by("pk").first()
    behind(
        ("DROP TRIGGER IF EXISTS desk_event_no_update", []),
        ("UPDATE desk_event SET value = 42 WHERE id = %s", [event.pk]),
    )
    found = verify(log)
    assert found.broken == Seal.objects.get(line_id=event.line_id).number
    assert "what happened, its events" in texts(found)[0]


def test_a_removed_line_is_found(log, behind):
    line = LogLine.objects.filter(code="desk.test.noted").order_by("pk")[1]
    number = number_of(line)
    behind(("DELETE FROM offices_logline WHERE id = %s", [line.pk]))
    found = verify(log)
    assert found.broken == number
    assert f"Line {number} was removed" in texts(found)[0]


def test_a_line_removed_with_its_seal_is_found(log, behind):
    line = LogLine.objects.filter(code="desk.test.noted").order_by("pk")[1]
    number = number_of(line)
    behind(
        ("DELETE FROM offices_logline WHERE id = %s", [line.pk]),
        ("DELETE FROM offices_seal WHERE line_id = %s", [line.pk]),
    )
    found = verify(log)
    assert found.broken == number
    assert "are missing" in texts(found)[0]


def test_a_tail_that_was_cut_off_is_found(log, behind):
    count, _ = head(log)
    last = list(Seal.objects.filter(office=log).order_by("-number")[:2])
    for seal in last:
        behind(
            ("DELETE FROM offices_logline WHERE id = %s", [seal.line_id]),
            ("DELETE FROM offices_seal WHERE id = %s", [seal.pk]),
        )
    found = verify(log)
    assert found.broken == count - 1
    assert f"ends at line {count - 2}, and its head says {count}" in texts(found)[0]


def test_a_tail_cut_off_with_the_head_is_found_by_what_was_noted(log, behind, tmp_path):
    path = tmp_path / "heads.csv"
    found = verify(log)
    keep(path, log, found)
    last = Seal.objects.filter(office=log).order_by("-number").first()
    before = Seal.objects.get(office=log, number=last.number - 1)
    behind(
        ("DELETE FROM offices_logline WHERE id = %s", [last.line_id]),
        ("DELETE FROM offices_seal WHERE id = %s", [last.pk]),
        ("UPDATE offices_chain SET count = %s, hash = %s WHERE office_id = %s",
         [before.number, before.hash, log.pk]),
    )  # fmt: skip
    found = verify(log)
    assert found.intact, "inside the database nothing tells"
    compare(found, log, heads(path, log))
    assert found.broken == last.number
    assert "now there are fewer" in texts(found)[0]


def test_a_chain_written_anew_is_found_by_what_was_noted(log, behind, tmp_path):
    path = tmp_path / "heads.csv"
    keep(path, log, verify(log))
    line = LogLine.objects.filter(code="desk.test.noted").order_by("pk").first()
    behind(
        ("UPDATE offices_logline SET subject = 'deal:7' WHERE id = %s", [line.pk]),
        ("DELETE FROM offices_seal", []),
        ("DELETE FROM offices_chain", []),
    )
    seal_rest(log)
    found = verify(log)
    assert found.intact
    compare(found, log, heads(path, log))
    assert "another seal" in texts(found)[0]


def test_a_line_written_past_the_program_is_found(log):
    LogLine.objects.create(office=log, code="desk.test.smuggled")
    found = verify(log)
    assert "1 lines have no seal" in texts(found)[0]
    assert "desk.test.smuggled" in texts(found)[0]


def test_two_lines_exchanged_are_found(log, behind):
    a, b = (
        Seal.objects.get(line_id=line.pk)
        for line in LogLine.objects.filter(code="desk.test.noted").order_by("pk")[1:3]
    )
    behind(
        ("UPDATE offices_seal SET line_id = -1 WHERE id = %s", [a.pk]),
        ("UPDATE offices_seal SET line_id = %s WHERE id = %s", [a.line_id, b.pk]),
        ("UPDATE offices_seal SET line_id = %s WHERE id = %s", [b.line_id, a.pk]),
    )
    assert verify(log).broken == a.number


def test_a_changed_seal_is_found(log, behind):
    seal = Seal.objects.filter(office=log).order_by("number")[3]
    behind(("UPDATE offices_seal SET digest = %s WHERE id = %s", ["0" * 64, seal.pk]))
    found = verify(log)
    assert found.broken == seal.number
    assert any("does not follow" in text for text in texts(found))


def test_a_real_line_cannot_pass_for_training_data_that_went(log, behind):
    real = noted(log, None, "desk.test.real")
    number = number_of(real)
    behind(
        ("DELETE FROM offices_logline WHERE id = %s", [real.pk]),
        ("UPDATE offices_seal SET training = %s WHERE line_id = %s", [True, real.pk]),
    )
    found = verify(log)
    assert found.broken == number


def test_a_renamed_person_is_found(log, members):
    user = members["bo"].user
    user.username = "somebody"
    user.save()
    found = verify(log)
    assert "Changed was: who." in texts(found)[0]


def test_the_chain_holds_after_training_data_went(office, members, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    noted(office, members["bo"].user, "desk.test.before")
    training_load(office)
    loaded = verify(office)
    assert loaded.intact
    training_remove(office)
    noted(office, members["bo"].user, "desk.test.after")
    found = verify(office)
    assert found.intact, texts(found)
    assert found.gone > 50
    assert found.lines + found.gone == found.count
    # It can be loaded again on top.
    training_load(office)
    assert verify(office).intact


def test_training_lines_that_went_without_removal_are_found(log, things):
    line = LogLine.objects.filter(office=log, training=True).first()
    Event.objects.filter(line=line)._raw_delete("default")
    LogLine.objects.filter(pk=line.pk)._raw_delete("default")
    assert "no line says" in texts(verify(log))[0]


def test_personal_data_are_taken_out_and_the_chain_says_so(log, members):
    line = LogLine.objects.filter(code="desk.test.noted").order_by("pk").first()
    assert redact(log, members["alice"].user, {line.pk: {}}, why="Erased") == 1
    line.refresh_from_db()
    assert line.data == {}
    found = verify(log)
    assert found.intact, texts(found)
    assert found.redacted == 1
    # Once more, with something else: the newest line about it holds.
    redact(log, members["alice"].user, {line.pk: {"x": 1}}, why="Erased")
    assert verify(log).intact
    # What is changed after that by somebody else is found.
    LogLine.objects.filter(pk=line.pk).update(data={"x": 2})
    assert verify(log).broken == number_of(line)


def test_offices_have_chains_of_their_own(log, other_office, behind):
    first = noted(other_office, None, "desk.test.first")
    assert number_of(first) == 1
    assert verify(other_office).intact
    line = LogLine.objects.filter(office=log).order_by("pk").first()
    behind(
        ("UPDATE offices_logline SET office_id = %s WHERE id = %s", [other_office.pk, line.pk]),
    )  # fmt: skip
    assert not verify(log).intact
    assert not verify(other_office).intact


def test_the_newest_part_alone_is_verified(log, behind):
    line = LogLine.objects.filter(office=log).order_by("pk").first()
    behind(("UPDATE offices_logline SET code = 'x' WHERE id = %s", [line.pk]))
    assert verify(log, last=3).intact
    assert verify(log, last=3).lines == 3
    assert not verify(log).intact


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1.0}, {"a": 1}),
        ({"a": 1e20}, {"a": 10**20}),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"a": -0.0}, {"a": 0}),
    ],
)
def test_what_either_database_gives_back_is_the_same(one, other):
    same = {"at": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "by": "", "code": "c"}  # fmt: skip
    made = [
        sealing.digest(sealing.content(**same, subject="", data=data, training=False))
        for data in (one, other)
    ]
    assert made[0] == made[1]


def test_fields_cannot_run_into_each_other():
    base = {"at": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "by": "", "data": {}, "training": False}  # fmt: skip
    one = sealing.digest(sealing.content(**base, code="ab", subject="c"))
    other = sealing.digest(sealing.content(**base, code="a", subject="bc"))
    assert one != other


def test_the_page_lists_and_filters(client, people, log, members):
    client.force_login(people["alice"])
    page = client.get("/audit/").content.decode()
    assert "lines sealed" in page
    assert Seal.objects.order_by("-number").first().hash[:8] in page
    assert "are intact" in client.get("/audit/?verify=yes").content.decode()
    noted(log, people["bo"], "accounts.sign_in.done")
    page = client.get("/audit/?what=signing").content.decode()
    assert "Signed in" in page
    assert "desk.test.noted" not in page
    who = client.get(f"/audit/?who={members['alice'].pk}").content.decode()
    assert "No line fits" in who
    assert "No line fits" in client.get("/audit/?until=2020-01-01").content.decode()
    assert client.get("/audit/?from=nonsense&before=x&who=zz").status_code == 200


def test_the_page_says_when_the_chain_is_broken(client, people, log, behind):
    line = LogLine.objects.filter(office=log).order_by("-pk").first()
    behind(("UPDATE offices_logline SET code = 'x' WHERE id = %s", [line.pk]))
    client.force_login(people["alice"])
    page = client.get("/audit/?verify=yes").content.decode()
    assert "The chain does not hold" in page
    assert "Changed was" in page


def test_the_audit_is_exported_and_that_is_noted(client, people, log):
    client.force_login(people["alice"])
    answer = client.get("/audit/?export=csv")
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == LogLine.objects.filter(office=log).count()
    line = LogLine.objects.filter(office=log).first()
    assert line.code == "desk.list.exported"
    assert line.by == people["alice"]
    assert line.data["rows"] == len(rows) - 1


def test_the_page_asks_as_often_for_many_lines(
    client, people, log, django_assert_max_num_queries
):
    client.force_login(people["alice"])
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/audit/?what=signing")
    for number in range(60):
        noted(log, people["bo"], "accounts.sign_in.done", number=number)
    client.get("/audit/?what=signing")
    with CaptureQueriesContext(connection) as many:
        client.get("/audit/?what=signing")
    assert len(many) <= len(few) + 1


OLD = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", "offices", "0003_roles", verbosity=0, interactive=False)
call_command("migrate", "desk", "0003_indexes", verbosity=0, interactive=False)
from django.contrib.auth import get_user_model
from django.utils import timezone
user = get_user_model().objects.create(username="old", last_login=timezone.now())
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO offices_office (slug, name_en, name_zh, region_id, workspace, training) VALUES ('o', 'O', '', '', '/nowhere', %s)", [False])
    cursor.execute("SELECT id FROM offices_office")
    office = cursor.fetchone()[0]
    for number in range(2500):
        cursor.execute(
            "INSERT INTO offices_logline (office_id, by_id, at, code, subject, data, training) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [office, user.pk, timezone.now() if connection.vendor != "sqlite" else timezone.now().replace(tzinfo=None), "desk.old", "deal:1", '{"n": 1.0, "text": "\\u6c38\\u5eb7"}', False],
        )
    cursor.execute("SELECT max(id) FROM offices_logline")
    line = cursor.fetchone()[0]
    cursor.execute(
        "INSERT INTO desk_event (office_id, line_id, kind, subject, deal, company, agreement, gap, trip, side, \\"on\\", recorded_on, value, unit, level, what, mark, training) "
        "VALUES (%s, %s, 'moved', 'deal:1', '', '', '', '', '', '', '2026-01-02', '2026-01-02', 3.5, '', 'stated', '', '', %s)", [office, line, False])
call_command("migrate", verbosity=0, interactive=False)
import json
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import Office
from yanlian_web.offices.verifying import verify
office = Office.objects.get(slug="o")
found = verify(office)
noted(office, user, "desk.new")
again = verify(office)
with connection.cursor() as cursor:
    try:
        cursor.execute("UPDATE offices_logline SET code = 'x'")
        kept = False
    except Exception as error:
        kept = "only added" in str(error)
print(json.dumps({"intact": found.intact, "lines": found.lines, "again": again.intact, "more": again.lines, "kept": kept, "vendor": connection.vendor}))
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_lines_from_before_are_sealed_by_the_migration(database, request):  # noqa: F811
    told = json.loads(run(database, "-c", OLD).splitlines()[-1])
    assert told == {
        "intact": True, "lines": 2500, "again": True, "more": 2501, "kept": True,
        "vendor": request.node.callspec.params["database"],
    }  # fmt: skip


def test_the_command_says_intact_or_where_not(
    office, members, monkeypatch, tmp_path, capsys
):
    from pathlib import Path

    from yanlian_web.runner import audit

    monkeypatch.setenv("YANLIAN_DATA", str(tmp_path))
    folder = Path(office.workspace)
    Office.objects.filter(pk=office.pk).update(workspace=str(folder.resolve()))
    noted(office, members["bo"].user, "desk.test.noted")
    assert audit(folder, what="verify", lang="en") == 0
    said = capsys.readouterr().out
    assert re.search(r"\d+ lines, intact\. The newest seal is [0-9a-f]{16}", said)
    assert (tmp_path / "audit-heads.csv").is_file()
    LogLine.objects.create(office=office, code="desk.test.smuggled")
    assert audit(folder, what="verify", lang="zh") == 1
    said = capsys.readouterr().out
    assert "日志不完整" in said
    assert "desk.test.smuggled" in said
    assert audit(tmp_path / "elsewhere", what="verify", lang="en") == 1


def test_a_deal_noted_is_sealed_once(log, members, things):
    deal = things["deal"]
    before, _ = head(log)
    deal_note(by=members["bo"], pk=deal.pk, version=deal.version, key="fit", text="x")
    assert head(log)[0] == before + 1
