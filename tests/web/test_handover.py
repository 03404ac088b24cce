"""Handover packs, the act of handing over, and undoing it."""

import io

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from tests.people import person
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.actions.records import record_add, record_archive, record_change
from yanlian_web.desk.models import Deal, Person, Promise
from yanlian_web.handover.actions.handovers import (
    handover_confirm,
    handover_give,
    handover_undo,
)
from yanlian_web.handover.models import Handover
from yanlian_web.offices.models import LogLine

LANGUAGES = ["en", "zh-hans"]


@pytest.fixture
def dora(people, office):
    """Another officer of the office, who takes over."""
    return person("dora", office, "officer").member


def chosen(*records):
    for record in records:
        record.refresh_from_db()
    return [(r.kind, r.pk, r.version) for r in records]


def give(members, dora, things, *kinds, by="bo", note=""):
    records = [things[kind] for kind in kinds]
    return handover_give(
        by=members[by], giver=members["bo"], receiver=dora, chosen=chosen(*records),
        note=note,
    )  # fmt: skip


def codes(error):
    return {finding.code for finding in error.value.findings}


def test_all_records_go_over_with_one_line_and_come_back(members, things, dora):
    before = LogLine.objects.count()
    made = give(members, dora, things, "deal", "promise", "meeting", note="Good luck")
    assert LogLine.objects.count() == before + 1
    line = LogLine.objects.first()
    assert line.code == "handover.handover.given"
    assert line.subject == made.ref
    assert {things[k].ref for k in ("deal", "promise", "meeting")} <= set(line.data["changes"])  # fmt: skip
    for kind in ("deal", "promise", "meeting"):
        things[kind].refresh_from_db()
        assert things[kind].owner == dora
    handover_confirm(by=dora, pk=made.pk, version=made.version)
    made.refresh_from_db()
    assert made.state == "confirmed"
    handover_undo(by=members["alice"], pk=made.pk, version=made.version, why="Back")
    made.refresh_from_db()
    assert made.state == "undone"
    assert not made.left
    for kind in ("deal", "promise", "meeting"):
        things[kind].refresh_from_db()
        assert things[kind].owner == members["bo"]


def test_what_was_changed_meanwhile_is_told_and_nothing_is_stored(
    members, things, dora
):
    read = chosen(things["deal"], things["promise"], things["meeting"], things["gap"])
    record_change(
        by=members["alice"], kind="deal", pk=things["deal"].pk,
        version=things["deal"].version, values={"title_en": "New title"},
    )  # fmt: skip
    record_change(
        by=members["alice"], kind="promise", pk=things["promise"].pk,
        version=things["promise"].version, values={"owner": members["alice"]},
    )  # fmt: skip
    record_archive(by=members["bo"], kind="gap", pk=things["gap"].pk, version=None, why="x")  # fmt: skip
    with pytest.raises(Refused) as error:
        handover_give(by=members["bo"], giver=members["bo"], receiver=dora, chosen=read)
    # All of them at once: two changed since, one archived (and so changed) as well.
    assert len(error.value.findings) == 3
    assert any("New title" in f.say.en for f in error.value.findings)
    assert all(f.say.en != f.say.zh for f in error.value.findings)
    things["meeting"].refresh_from_db()
    assert things["meeting"].owner == members["bo"]
    assert Handover.objects.count() == 1  # that of the fixture


def test_bad_wishes_are_told(members, things, dora):
    bo = members["bo"]
    read = chosen(things["deal"])
    cases = [
        ({"receiver": None, "chosen": read}, "handover.receiver"),
        ({"receiver": bo, "chosen": read}, "handover.same"),
        ({"receiver": members["rita"], "chosen": read}, "handover.receiver"),
        ({"receiver": dora, "chosen": []}, "handover.none"),
        ({"receiver": dora, "chosen": [("deal", n, 1) for n in range(901)]}, "handover.many"),
    ]  # fmt: skip
    for values, code in cases:
        with pytest.raises(Refused) as error:
            handover_give(by=bo, giver=bo, **values)
        assert code in codes(error)
    dora.user.is_active = False
    dora.user.save()
    with pytest.raises(Refused) as error:
        handover_give(by=bo, giver=bo, receiver=dora, chosen=read)
    assert codes(error) == {"handover.receiver"}


def test_only_the_giver_and_the_head_hand_over(members, things, dora, people):
    read = chosen(things["deal"])
    with pytest.raises(PermissionDenied):
        handover_give(by=dora, giver=members["bo"], receiver=dora, chosen=read)
    with pytest.raises(PermissionDenied):
        handover_give(
            by=people["chen"].member, giver=members["bo"], receiver=dora, chosen=read
        )
    with pytest.raises(PermissionDenied):
        handover_give(by=members["bo"], giver=members["bo"], receiver=dora, chosen=[("handover", 1, 1)])  # fmt: skip
    assert give(members, dora, things, "deal", by="alice").giver == members["bo"]


def test_real_and_invented_records_do_not_mix(members, things, dora):
    real = record_add(
        by=members["bo"], kind="person",
        values={"name_en": "Real", "owner": members["bo"], "source": "x", "source_on": today()},
    )  # fmt: skip
    with pytest.raises(Refused) as error:
        handover_give(
            by=members["bo"], giver=members["bo"], receiver=dora,
            chosen=chosen(real, things["deal"]),
        )  # fmt: skip
    assert codes(error) == {"handover.mixed"}
    made = handover_give(by=members["bo"], giver=members["bo"], receiver=dora, chosen=chosen(real))  # fmt: skip
    assert not made.training
    assert not LogLine.objects.first().training
    assert Person.objects.get(pk=real.pk).owner == dora


def test_the_receiver_alone_confirms_and_once(members, things, dora):
    made = give(members, dora, things, "deal")
    for who in ("bo", "alice"):
        with pytest.raises(Refused) as error:
            handover_confirm(by=members[who], pk=made.pk, version=None)
        assert codes(error) == {"handover.receiver"}
    handover_confirm(by=dora, pk=made.pk, version=None)
    with pytest.raises(Refused) as error:
        handover_confirm(by=dora, pk=made.pk, version=None)
    assert codes(error) == {"handover.confirmed"}
    with pytest.raises(Conflict):
        handover_undo(by=members["alice"], pk=made.pk, version=1, why="x")


def test_after_it_is_confirmed_only_the_head_undoes(members, things, dora):
    made = give(members, dora, things, "deal")
    with pytest.raises(Refused) as error:
        handover_undo(by=dora, pk=made.pk, version=None, why=" ")
    assert codes(error) == {"handover.why"}
    handover_confirm(by=dora, pk=made.pk, version=None)
    for who in (members["bo"], dora):
        with pytest.raises(Refused) as error:
            handover_undo(by=who, pk=made.pk, version=None, why="x")
        assert codes(error) == {"handover.undo"}
    handover_undo(by=members["alice"], pk=made.pk, version=None, why="x")
    with pytest.raises(Refused) as error:
        handover_undo(by=members["alice"], pk=made.pk, version=None, why="x")
    assert codes(error) == {"handover.undone"}


def test_undo_loses_no_later_edit_and_leaves_what_others_took(members, things, dora):
    made = give(members, dora, things, "deal", "promise", "meeting", "company")
    deal = Deal.objects.get(pk=things["deal"].pk)
    record_change(by=dora, kind="deal", pk=deal.pk, version=deal.version, values={"title_en": "Edited"})  # fmt: skip
    promise = Promise.objects.get(pk=things["promise"].pk)
    record_change(by=dora, kind="promise", pk=promise.pk, version=promise.version, values={"owner": members["alice"]})  # fmt: skip
    record_archive(by=dora, kind="meeting", pk=things["meeting"].pk, version=None, why="x")  # fmt: skip
    handover_undo(by=members["bo"], pk=made.pk, version=None, why="Too early")
    made.refresh_from_db()
    deal.refresh_from_db()
    promise.refresh_from_db()
    assert (deal.owner, deal.title_en) == (members["bo"], "Edited")
    assert promise.owner == members["alice"]
    assert set(made.left) == {promise.ref, things["meeting"].ref}


def test_a_handover_is_not_archived(members, things, dora):
    made = give(members, dora, things, "deal")
    with pytest.raises(Refused) as error:
        record_archive(by=members["bo"], kind="handover", pk=made.pk, version=None, why="x")  # fmt: skip
    assert codes(error) == {"handover.stays"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_in_both_languages(client, people, members, things, dora, language):
    client.force_login(people["bo"])
    client.cookies["django_language"] = language
    bo = members["bo"].pk
    for path in ("/handover/", f"/handover/{bo}/", "/handover/office/", f"/handover/{bo}/give/", f"/handover/{bo}/?form=print&lang=both", f"/handover/given/{things['handover'].pk}/"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert " style=" not in text
        marks = text.replace("&#x27;", "'")
        assert ("练习数据" if language == "zh-hans" else "training data") in marks, path


def test_the_pack_holds_what_one_answers_for(client, people, members, things):
    client.force_login(people["bo"])
    page = client.get(f"/handover/{members['bo'].pk}/")
    counts = page.context["pack"].counts
    assert counts["promises"] == 1
    assert counts["deals"] == 1
    # The overdue promise, the blocker; the deal stands at its first stage since today.
    assert counts["risks"] == 2
    assert page.context["pack"].paper.label.en == "internal"
    nobody = client.get(f"/handover/{members['alice'].pk}/")
    assert set(nobody.context["pack"].counts.values()) == {0}
    assert nobody.context["pack"].paper.label.en == "open"


def test_relationships_tell_who_else_knows_them(client, people, members, things, dora):
    from yanlian_web.desk.models import Attendance, Meeting

    Meeting.objects.update(state="final")
    ours = Person.objects.create(
        office=members["bo"].office, name_en="Dora", side="ours", member=dora,
        source="x", source_on=today(), training=True,
    )  # fmt: skip
    Attendance.objects.create(
        office=ours.office, meeting=things["meeting"], person=ours, side="ours",
        training=True,
    )  # fmt: skip
    client.force_login(people["bo"])
    part = dict(client.get(f"/handover/{members['bo'].pk}/").context["pack"].parts)
    line = part["people"].lines[0]
    assert line.cells[0].zh == "林海"
    assert line.cells[2] == 1
    assert line.cells[4].en == "dora"


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_files_carry_label_and_marks(client, people, members, things, lang):
    client.force_login(people["bo"])
    path = f"/handover/{members['bo'].pk}/"
    paper = client.get(path, {"form": "docx", "lang": lang})
    assert paper["Content-Type"].endswith("wordprocessingml.document")
    book = docx.Document(io.BytesIO(paper.content))
    text = "\n".join(c.text for t in book.tables for r in t.rows for c in r.cells)
    head = book.sections[0].header.paragraphs[0].text
    for word, of in (("练习数据", "zh"), ("training data", "en")):
        assert (word in text) == (lang in {of, "both"})
    for word, of in (("内部", "zh"), ("internal", "en")):
        assert (word in head) == (lang in {of, "both"})
    sheets = client.get(path, {"form": "xlsx", "lang": lang})
    names = CalamineWorkbook.from_filelike(io.BytesIO(sheets.content)).sheet_names
    assert len(names) == 7 * (2 if lang == "both" else 1)


def test_nothing_of_a_private_record_is_in_the_pack_of_a_stranger(
    client, people, members, things, dora
):
    Promise.objects.update(visibility="own", text_en="A secret")
    client.force_login(dora.user)
    assert b"A secret" not in client.get(f"/handover/{members['bo'].pk}/").content
    client.force_login(people["alice"])
    assert b"A secret" in client.get(f"/handover/{members['bo'].pk}/").content


def test_handing_over_by_the_page(client, people, members, things, dora):
    client.force_login(people["bo"])
    path = f"/handover/{members['bo'].pk}/give/"
    deal = Deal.objects.get(pk=things["deal"].pk)
    for bad in ("deal:1", "deal:x:1", "x", f"deal:{'9' * 40}:1", ""):
        page = client.post(path, {"receiver": dora.pk, "r": bad})
        assert page.status_code == 422
        assert page.context["errors"]
    bad = client.post(path, {"receiver": "9" * 30, "r": f"{deal.ref}:{deal.version}"})
    assert bad.status_code == 422
    assert b"checked" in bad.content
    sent = {"receiver": dora.pk, "r": f"{deal.ref}:{deal.version}", "note": "<b>x</b>"}
    done = client.post(path, sent)
    assert done.status_code == 302
    page = client.get(done["Location"])
    assert b"&lt;b&gt;x" in page.content
    again = client.post(path, sent)
    assert again.status_code == 422
    client.force_login(dora.user)
    made = Handover.objects.get(receiver=dora)
    assert client.post(f"/do/handover-confirm/{made.pk}/", {"version": made.version}).status_code == 302  # fmt: skip
    made.refresh_from_db()
    assert made.confirmed_on == today()


def test_the_number_of_queries_does_not_grow(client, people, members, things):
    client.force_login(people["alice"])
    bo = members["bo"]

    def asked(path):
        client.get(path)
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found)

    paths = ("/handover/", f"/handover/{bo.pk}/", "/handover/office/", f"/handover/{bo.pk}/give/")  # fmt: skip
    few = [asked(path) for path in paths]
    for number in range(6):
        firm = record_add(by=bo, kind="company", values={"name_en": f"F{number}", "firm_id": f"N{number}", "owner": bo}, training=True)  # fmt: skip
        deal = record_add(by=bo, kind="deal", values={"company": firm, "pipeline": things["pipeline"], "owner": bo}, training=True)  # fmt: skip
        record_add(
            by=bo, kind="promise", training=True,
            values={"side": "ours", "text_en": "x", "company": firm, "deal": deal, "made_on": today(), "due_on": today(), "owner": bo},
        )  # fmt: skip
    assert [asked(path) for path in paths] == few
    assert max(few) <= 45
