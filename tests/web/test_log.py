"""The log: every action has its sentence, and nobody reads what they may not see."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse

from yanlian_web.desk import codes
from yanlian_web.desk.acting import SILENT, acting
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.models import KINDS, Deal
from yanlian_web.desk.queries.history import history_of, lines_of, log_page
from yanlian_web.offices.models import LogLine

SRC = Path(codes.__file__).parent.parent
WRITING = {"acting", "log"}


def written():
    """Return the codes that the source gives to actions, ``{kind}`` for any kind."""
    found = {}
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in WRITING or len(node.args) < 2:
                continue
            code = text(node.args[1])
            if code and code.count(".") >= 2:
                found[code] = path.name
    return found


def text(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "{kind}"
            for part in node.values
        )
    return ""


def test_every_action_of_the_source_has_a_sentence():
    found = written()
    assert len(found) > 20
    missing = {
        code: where
        for code, where in found.items()
        if not all(
            codes.known(code.replace("{kind}", kind))
            for kind in (KINDS if "{kind}" in code else [""])
        )
    }
    assert not missing


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_every_sentence_is_in_both_languages(lang, settings):
    from django.utils.translation import override

    with override(lang):
        for code in (*codes.CODES, "desk.deal.added"):
            said = codes.sentence(code)
            assert said
            assert said != code
            if lang == "zh-hans":
                assert any("\u4e00" <= c <= "\u9fff" for c in said), code


def test_no_field_is_without_a_label():
    bare = {
        field.name
        for model in KINDS.values()
        for field in model._meta.concrete_fields
        if field.name not in SILENT | {"id"}
        and str(field.verbose_name) == field.name.replace("_", " ")
    }
    assert bare <= set(codes.FIELDS)


def test_what_is_not_known_shows_itself():
    assert codes.sentence("desk.nothing.whatever") == "desk.nothing.whatever"


def test_a_line_says_who_did_what_and_what_changed(client, people, things, members):
    record_change(
        by=members["bo"], kind="promise", pk=things["promise"].pk, version=None,
        values={"text_en": "Name 40 mu", "owner": members["alice"]},
    )  # fmt: skip
    client.force_login(people["alice"])
    page = client.get(reverse("log"))
    line = page.context["lines"][0]
    assert line.who == "bo"
    assert line.record.record == things["promise"]
    changes = {str(c["label"]): (c["old"], c["new"]) for c in line.changes}
    assert changes["In English"] == ("Name 30 mu", "Name 40 mu")
    assert changes["Owner"] == ("bo", "alice")
    text_ = page.content.decode()
    assert "Promise changed" in text_
    assert reverse("promises-one", args=[things["promise"].pk]) in text_
    assert "training data" in text_


def test_markup_in_what_changed_is_text(alice, things, members):
    record_change(
        by=members["bo"], kind="promise", pk=things["promise"].pk, version=None,
        values={"text_en": "<script>alert(1)</script>"},
    )  # fmt: skip
    page = alice.get(reverse("log")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"record": "deal"}, lambda line, it: line.record.record in it.values()),
        ({"code": "desk.meeting.added"}, lambda line, it: line.line.code == "desk.meeting.added"),
        ({"who": "bo"}, lambda line, it: line.who == "bo"),
        ({"day": "2000-01-01"}, lambda line, it: False),
        ({"day": "yesterday"}, lambda line, it: True),
    ],
)  # fmt: skip
def test_filters_narrow_the_log(alice, things, members, query, fits):
    if "record" in query:
        query = {"record": things["deal"].ref}
    if "who" in query:
        query = {"who": members["bo"].pk}
    lines = alice.get(reverse("log"), query).context["lines"]
    assert all(fits(line, things) for line in lines)
    assert lines or query == {"day": "2000-01-01"}


def test_own_records_are_read_by_their_owner_and_the_head(client, people, things, members):  # fmt: skip
    Deal.objects.update(visibility="own", owner=members["alice"], made_by=members["alice"])  # fmt: skip
    client.force_login(people["bo"])
    page = client.get(reverse("log"), {"record": things["deal"].ref})
    assert page.context["lines"] == []
    assert page.context["held"] >= 1
    assert "Haiyue" not in page.content.decode()
    client.force_login(people["alice"])
    assert client.get(reverse("log"), {"record": things["deal"].ref}).context["lines"]


def test_a_hidden_record_in_a_change_has_no_name(things, members):
    record_change(
        by=members["alice"], kind="promise", pk=things["promise"].pk, version=None,
        values={"deal": None},
    )  # fmt: skip
    Deal.objects.update(visibility="own", owner=members["alice"], made_by=members["alice"])  # fmt: skip
    line = LogLine.objects.filter(code="desk.promise.changed").first()
    shown, _ = lines_of(members["rita"], [line])
    old = {str(c["label"]): c["old"] for c in shown[0].changes}
    assert old["Deal"] == "a record you may not see"


def test_pages_follow_one_another(alice, things, members):
    for number in range(60):
        with acting(members["bo"], "desk.gap.planned") as act:
            act.note(number=number)
    first = alice.get(reverse("log"))
    assert len(first.context["lines"]) == 50
    older = alice.get(reverse("log"), {"before": first.context["older"]})
    seen = [line.line.pk for line in (*first.context["lines"], *older.context["lines"])]
    assert seen == sorted(set(seen), reverse=True)
    assert older.context["lines"]


def test_readers_have_no_log_and_others_their_own(client, people, things):
    client.force_login(people["rita"])
    assert client.get(reverse("log")).status_code == 403
    client.force_login(people["chen"])
    assert client.get(reverse("log")).context["lines"] == []


def test_the_history_of_a_record_holds_what_its_events_say(things, members):
    lines = history_of(members["alice"], things["deal"])
    assert any(line.line.code == "desk.deal.added" for line in lines)


def test_the_log_asks_as_often_for_many_lines(
    things, members, rf, django_assert_max_num_queries
):
    with django_assert_max_num_queries(26):
        log_page(members["alice"], rf.get("/").GET)
    for number in range(30):
        record_add(
            by=members["bo"], kind="company", training=True,
            values={"name_en": f"F{number}", "firm_id": f"T8{number}"},
        )  # fmt: skip
    with django_assert_max_num_queries(26):
        log_page(members["alice"], rf.get("/").GET)
