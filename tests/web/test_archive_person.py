"""One person's data: all of it out, or erased so that nothing of it stands anywhere."""

import datetime
import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse

from tests.web.test_archive import confirmed
from yanlian_web.archive.carried import tables
from yanlian_web.archive.persons import mentions, person_erase
from yanlian_web.desk.acting import Conflict, Refused, acting
from yanlian_web.desk.actions.files import attach, file_put, path_of
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.models import Attachment, Event, File, Person
from yanlian_web.offices.models import LogLine
from yanlian_web.offices.verifying import verify

DAY = datetime.date
SECRETS = (
    "欧阳明远",
    "Ouyang Mingyuan",
    "13800138000",
    "likes tea",
    "名片来源",
    "总工程师",
)


@pytest.fixture
def person(members, things, settings, tmp_path):
    """A real person with a post, a number, a card and a note that names him."""
    settings.DATA_FOLDER = tmp_path
    bo = members["bo"]

    def add(kind, **values):
        return record_add(by=bo, kind=kind, values=values)

    firm = add("company", name_en="Real firm", name_zh="真实企业")
    source = {"source": "名片来源", "source_on": DAY(2026, 2, 1)}
    found = add(
        "person", name_zh="欧阳明远", name_en="Ouyang Mingyuan", side="theirs",
        note_en="He likes tea.", **source,
    )  # fmt: skip
    add("post", person=found, company=firm, title_zh="总工程师", **source)
    add(
        "contact", person=found, means="mobile", value="13800138000", purpose="visit",
        ground="consent", expires_on=DAY.today() + datetime.timedelta(days=90), **source,
    )  # fmt: skip
    record_change(
        by=bo,
        kind="person",
        pk=found.pk,
        version=1,
        values={"note_zh": "欧阳明远喜欢喝茶"},
    )
    add("promise", side="theirs", text_zh="请欧阳明远寄送资料", company=firm, made_on=DAY(2026, 3, 1), due_on=DAY(2026, 4, 1), owner=bo)  # fmt: skip
    with acting(bo, "desk.test.attached") as act:
        held = act.lock(Person, found.pk)
        act.about(held)
        attach(act, held, file_put(act, ContentFile(b"a card", name="card.txt")))
    found.refresh_from_db()
    return found


def erase(members, person, **more):
    given = {"why": "asked for it", "texts": [m.key for m in mentions(person)]}
    return person_erase(
        by=members["alice"], pk=person.pk, version=person.version, **{**given, **more}
    )


def everywhere():
    """All that the database holds, as text."""
    found = []
    for table in tables():
        for row in table.rows(None).values():
            found.append(json.dumps(row, ensure_ascii=False, default=str))
    return "\n".join(found)


def test_nothing_of_an_erased_person_stands_anywhere(
    members, person, django_capture_on_commit_callbacks
):
    before = everywhere()
    assert all(word in before for word in SECRETS)
    card = path_of(File.objects.get(name="card.txt"))
    lines = LogLine.objects.count()
    events = list(Event.objects.order_by("pk").values())
    with django_capture_on_commit_callbacks(execute=True):
        done = erase(members, person)
    after = everywhere()
    assert [word for word in SECRETS if word in after] == []
    assert not card.exists()
    assert not Attachment.objects.filter(record=person.ref).exists()
    assert done["records"] == 3
    assert done["texts"] == 1
    assert done["lines"] == 1
    # The log holds, and no line of it is gone.
    checked = verify(person.office)
    assert checked.intact
    assert checked.redacted == done["lines"]
    assert LogLine.objects.count() == lines + 2
    kept = list(Event.objects.order_by("pk").values())[: len(events)]
    assert kept == events
    person.refresh_from_db()
    assert person.archived_on is not None
    assert person.name_en == f"Erased person {person.pk}"


def test_the_command_that_verifies_agrees(members, person):
    erase(members, person)
    assert verify(person.office).findings == []
    call_command("check", verbosity=0)


def test_a_text_that_is_not_ticked_keeps_the_name(members, person):
    erase(members, person, texts=[])
    assert "请欧阳明远寄送资料" in everywhere()


@pytest.mark.parametrize("ground", ["duty", "contract"])
def test_what_has_to_be_kept_is_not_erased(members, person, ground):
    contact = person.contacts.get()
    record_change(
        by=members["bo"],
        kind="contact",
        pk=contact.pk,
        version=1,
        values={"ground": ground},
    )
    before = everywhere()
    with pytest.raises(Refused) as error:
        erase(members, person)
    assert [f.code for f in error.value.findings] == ["person.ground"]
    assert everywhere() == before


@pytest.mark.parametrize(
    "why", ["", "   ", "x" * 501, "欧阳明远 asked", "Ouyang Mingyuan asked"]
)
def test_the_reason_is_given_and_names_nobody(members, person, why):
    with pytest.raises(Refused) as error:
        erase(members, person, why=why)
    assert [f.code for f in error.value.findings] == ["person.why"]


def test_who_signs_in_is_not_erased(members, person, things):
    record_add(
        by=members["bo"], kind="person",
        values={"name_en": "Rita", "side": "ours", "member": members["rita"], "source": "x", "source_on": DAY(2026, 1, 1)},
    )  # fmt: skip
    ours = Person.objects.get(name_en="Rita")
    with pytest.raises(Refused) as error:
        erase(members, ours)
    assert [f.code for f in error.value.findings] == ["person.member"]


def test_a_person_is_erased_once_and_as_it_was_read(members, person):
    with pytest.raises(Conflict):
        person_erase(by=members["alice"], pk=person.pk, version=1, why="x", texts=[])
    erase(members, person)
    person.refresh_from_db()
    with pytest.raises(Refused) as error:
        erase(members, person)
    assert "person.erased" in [f.code for f in error.value.findings]


@pytest.mark.parametrize(
    "text", ["deal:1:note_en", "promise:999:text_zh", "x", "a:b:c"]
)
def test_a_text_that_does_not_name_the_person_is_left_alone(members, person, text):
    with pytest.raises(Refused):
        erase(members, person, texts=[text])


def test_only_head_and_administrator_get_at_it(client, people, person):
    for name in ("personal", "personal-export", "personal-erase"):
        for who, status in (("bo", 403), ("rita", 403), ("chen", 404)):
            client.force_login(people[who])
            confirmed(client)
            method = client.get if name == "personal" else client.post
            assert method(reverse(name, args=[person.pk])).status_code == status


def test_everything_about_a_person_is_handed_out(alice, person):
    answer = alice.post(reverse("personal-export", args=[person.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        assert found.testzip() is None
        data = json.loads(found.read("person.json"))
        page = found.read("person.html").decode()
        files = [name for name in found.namelist() if name.startswith("files/")]
        assert found.read(files[0]) == b"a card"
    text = json.dumps(data, ensure_ascii=False)
    for word in SECRETS:
        assert word in text
        assert word in page
    assert {"desk.post", "desk.contact"} <= set(data["records"])
    assert "请欧阳明远寄送资料" in text
    line = LogLine.objects.get(code="archive.person.exported")
    assert line.subject == person.ref


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_head_erases_on_the_page(alice, person, lang):
    alice.cookies["django_language"] = lang
    way = reverse("personal-erase", args=[person.pk])
    page = alice.get(reverse("personal", args=[person.pk])).content.decode()
    assert f'value="{person.version}"' in page
    assert alice.post(way, {"why": "x"})["Location"].startswith("/account/again/")
    confirmed(alice)
    data = {"version": person.version, "why": "", "texts": []}
    assert alice.post(way, data).status_code == 422
    assert alice.post(way, {**data, "version": "1", "why": "x"}).status_code == 409
    assert alice.post(way, {**data, "version": "²", "why": "x"}).status_code == 409
    answer = alice.post(way, {**data, "why": "asked <b>for</b> it"})
    assert answer.status_code == 302
    page = alice.get(reverse("personal", args=[person.pk])).content.decode()
    assert "欧阳明远" not in page.replace("请欧阳明远寄送资料", "")


def test_what_stands_in_a_field_is_never_run(
    alice, members, things, settings, tmp_path
):
    settings.DATA_FOLDER = tmp_path
    evil = "<script>alert(1)</script>"
    record_add(
        by=members["bo"], kind="person",
        values={"name_en": evil, "side": "theirs", "source": "=cmd()", "source_on": DAY(2026, 1, 1)},
    )  # fmt: skip
    made = Person.objects.get(name_en=evil)
    page = alice.get(reverse("personal", args=[made.pk])).content.decode()
    assert evil not in page
    answer = alice.post(reverse("personal-export", args=[made.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as found:
        assert evil not in found.read("person.html").decode()
