"""Everything out and in again in one database: the same, or refused with all findings."""

import hashlib
import json
import shutil
import zipfile

import pytest
from django.db import transaction
from django.urls import reverse

from yanlian.errors import SourceError, StoreError
from yanlian_web.archive.carried import KINDS as TYPES
from yanlian_web.archive.carried import left_out, tables
from yanlian_web.archive.entering import load
from yanlian_web.archive.leaving import export
from yanlian_web.archive.models import Passage
from yanlian_web.offices.models import LogLine, Office
from yanlian_web.offices.verifying import verify


class Back(Exception):
    pass


@pytest.fixture
def archive(request, db, settings, tmp_path):
    """An archive as a folder, of records that were there a moment ago."""
    settings.DATA_FOLDER = tmp_path / "data"
    with pytest.raises(Back), transaction.atomic():  # noqa: PT012
        request.getfixturevalue("things")
        member = request.getfixturevalue("members")["bo"]
        _attach(member)
        export(tmp_path / "out")
        raise Back
    settings.DATA_FOLDER = tmp_path / "new"
    assert not Office.objects.exists()
    return tmp_path / "out"


def _attach(member):
    from django.core.files.base import ContentFile

    from yanlian_web.desk.acting import acting
    from yanlian_web.desk.actions.files import attach, file_put
    from yanlian_web.desk.models import Deal

    with acting(member, "desk.test.attached") as act:
        deal = act.lock(Deal, Deal.objects.get().pk)
        act.about(deal)
        file = file_put(act, ContentFile("一份文件".encode(), name="note.txt"))
        attach(act, deal, file)


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_bytes())


def write_manifest(folder, manifest):
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"
    (folder / "manifest.json").write_bytes(text)


def rewrite(folder, name, change, *, rows=None):
    """Change a table and make its fingerprint fit: only a careful forger does so."""
    path = folder / f"tables/{name}.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    lines = change(lines)
    data = b"".join(
        line if isinstance(line, bytes)
        else json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for line in lines
    )  # fmt: skip
    path.write_bytes(data)
    manifest = manifest_of(folder)
    one = next(one for one in manifest["tables"] if one["name"] == name)
    one["bytes"], one["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    one["rows"] = len(lines) if rows is None else rows
    write_manifest(folder, manifest)


def refused(folder, tmp_path, **more):
    with pytest.raises((StoreError, SourceError)) as error:
        load(folder, place=tmp_path / "place", **more)
    assert not Office.objects.exists()
    assert not LogLine.objects.exists()
    assert not Passage.objects.exists()
    assert not list((tmp_path / "place").glob("*"))
    assert error.value.text("zh") != error.value.text("en")
    return [f.code for f in error.value.findings]


def test_what_went_out_comes_in_and_goes_out_the_same(archive, tmp_path):
    entered = load(archive, place=tmp_path / "place")
    assert entered.rows > 100
    office = Office.objects.get(slug="yongkang")
    assert verify(office).intact
    export(tmp_path / "again")
    one = {
        p.relative_to(archive): p.read_bytes()
        for p in archive.rglob("*")
        if p.is_file()
    }
    two = {
        p.relative_to(tmp_path / "again"): p.read_bytes()
        for p in (tmp_path / "again").rglob("*")
        if p.is_file()
    }
    assert one == two
    assert any(str(name).startswith("files") for name in one)
    assert any(str(name).startswith("workspaces") for name in one)


def test_work_goes_on_after_an_import(archive, tmp_path):
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.offices.models import Member

    load(archive, place=tmp_path / "place")
    by = Member.objects.get(user__username="bo")
    assert not by.user.has_usable_password()
    made = record_add(by=by, kind="company", values={"name_en": "After"})
    assert made.pk
    assert verify(by.office).intact


def test_an_archive_as_one_file_is_the_same(archive, tmp_path):
    load(archive, place=tmp_path / "place")
    left = export(tmp_path / "a.zip")
    again = export(tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert left.fingerprint == again.fingerprint
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None


def test_secrets_stay_behind(archive):
    everything = b"".join(p.read_bytes() for p in archive.rglob("*.jsonl"))
    for word in (b"md5$", b"password", b"session_key", b'digest":"pbkdf2'):
        assert word not in everything


def test_each_table_of_the_program_is_carried_or_named_as_left():
    from django.apps import apps

    carried = {table.name for table in tables()}
    left = {name for name, _ in left_out()}
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("yanlian_web."):
            assert model._meta.label.lower() in carried | left
            for field in model._meta.concrete_fields:
                if not field.is_relation:
                    assert field.get_internal_type() in TYPES
    # What another office may not have is known to belong to one.
    assert {table.name for table in tables() if table.path is None} == set()


def test_an_import_into_what_is_not_empty_is_refused(archive, tmp_path):
    Office.objects.create(slug="here", name_en="Here", workspace=str(tmp_path))
    with pytest.raises(StoreError) as error:
        load(archive, place=tmp_path / "place")
    assert [f.where for f in error.value.findings] == ["offices.office"]
    assert Office.objects.count() == 1


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (lambda f: (f / "manifest.json").unlink(), {"archive.manifest"}),
        (lambda f: (f / "manifest.json").write_text("{"), {"archive.manifest"}),
        (lambda f: (f / "manifest.json").write_text("[" * 100_000), {"archive.manifest"}),
        (lambda f: (f / "manifest.json").write_text('{"format": "x"}'), {"archive.format"}),
        (lambda f: (f / "tables/desk.deal.jsonl").unlink(), {"archive.missing"}),
        (lambda f: (f / "tables/desk.deal.jsonl").write_bytes(b""), {"archive.changed"}),
        (lambda f: (f / "extra.txt").write_text("x"), {"archive.extra"}),
        (lambda f: next((f / "files").iterdir()).write_bytes(b"x"), {"archive.changed"}),
        (lambda f: shutil.rmtree(f / "files"), {"archive.missing"}),
    ],
)  # fmt: skip
def test_a_damaged_archive_is_refused(archive, tmp_path, spoil, codes):
    spoil(archive)
    assert set(refused(archive, tmp_path)) == codes


def test_all_that_is_wrong_is_said_at_once(archive, tmp_path):
    (archive / "tables/desk.deal.jsonl").unlink()
    (archive / "tables/desk.person.jsonl").write_bytes(b"x")
    (archive / "more.txt").write_text("x")
    codes = sorted(refused(archive, tmp_path))
    assert codes == ["archive.changed", "archive.extra", "archive.missing"]


def _log_changed(lines):
    lines[0]["data"] = {"forged": True}
    return lines


def _log_cut(lines):
    return lines[:-1]


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("offices.logline", _log_changed, "audit"),
        ("offices.logline", _log_cut, "audit"),
        ("offices.seal", _log_cut, "audit"),
        ("desk.person", lambda rows: rows + rows[:1], "twice"),
        ("desk.person", lambda rows: [{**rows[0], "name_en": 5}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "name_en": "x" * 301}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "name_en": "a\x00b"}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "office_id": None}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "made_at": "yesterday"}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "id": 2**70}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "training": 1}], "value"),
        ("desk.person", lambda rows: [{**rows[0], "more": 1}], "row"),
        ("desk.person", lambda rows: [b"[]\n"], "line"),
        ("desk.person", lambda rows: [b"[" * 100_000 + b"\n"], "line"),
        ("desk.person", lambda rows: [], "reference"),
        ("desk.deal", lambda rows: [{**rows[0], "company_id": 999}], "reference"),
        ("desk.deal", lambda rows: [{**rows[0], "owner_id": 999}], "reference"),
        ("offices.office", lambda rows: [{**r, "slug": "../up"} for r in rows], "slug"),
        ("auth.user", lambda rows: [{**r, "username": "same"} for r in rows], "refused"),
    ],
)  # fmt: skip
def test_a_forged_archive_is_refused(archive, tmp_path, name, change, code):
    rewrite(archive, name, change)
    assert f"archive.{code}" in refused(archive, tmp_path)
    assert not (tmp_path / "up").exists()


def test_fewer_rows_than_told_are_noticed(archive, tmp_path):
    rewrite(archive, "desk.question", lambda rows: rows, rows=5)
    assert refused(archive, tmp_path) == ["archive.rows"]


@pytest.mark.parametrize(
    "name",
    ["../up.txt", "/etc/up", "files/../../up", "a\\b", "files/" + "0" * 64, "", "c:x"],
)
def test_a_name_that_leads_elsewhere_is_refused(archive, tmp_path, name):
    manifest = manifest_of(archive)
    manifest["files"].append({"name": name, "bytes": 1, "sha256": "1" * 64})
    write_manifest(archive, manifest)
    assert refused(archive, tmp_path) == ["archive.shape"]


def test_a_table_of_another_version_is_refused(archive, tmp_path):
    manifest = manifest_of(archive)
    manifest["tables"][0]["columns"].pop()
    manifest["tables"][1]["name"] = "desk.unknown"
    write_manifest(archive, manifest)
    codes = refused(archive, tmp_path)
    assert {"archive.columns", "archive.table", "archive.missing"} <= set(codes)


def test_the_fingerprint_of_the_export_tells_a_forged_archive(archive, tmp_path):
    first = hashlib.sha256((archive / "manifest.json").read_bytes()).hexdigest()
    rewrite(archive, "desk.person", lambda rows: [{**rows[0], "note_en": "forged"}])
    assert refused(archive, tmp_path, fingerprint=first) == ["archive.fingerprint"]


def test_what_is_no_archive_is_refused(archive, tmp_path):
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 nothing")
    assert refused(tmp_path / "no.zip", tmp_path) == ["zip"]
    assert refused(tmp_path / "not-there", tmp_path) == ["zip"]


def test_a_file_cut_short_is_refused(archive, tmp_path):
    whole = shutil.make_archive(str(tmp_path / "whole"), "zip", archive)
    data = (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: len(data) // 2])
    assert refused(tmp_path / "cut.zip", tmp_path) == ["zip"]
    broken = bytearray(data)
    broken[len(data) // 3] ^= 0xFF
    (tmp_path / "broken.zip").write_bytes(bytes(broken))
    assert refused(tmp_path / "broken.zip", tmp_path)
    assert load(tmp_path / "whole.zip", place=tmp_path / "place").rows
    assert whole


def test_a_small_file_that_holds_endless_zeros_is_not_unpacked(archive, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path in archive.rglob("*"):
            if path.is_file():
                name = path.relative_to(archive).as_posix()
                zeros = name == "tables/desk.deal.jsonl"
                out.writestr(name, b"\0" * 50_000_000 if zeros else path.read_bytes())
    assert refused(tmp_path / "bomb.zip", tmp_path) == ["archive.changed"]


def test_an_export_never_writes_over_anything(archive, tmp_path):
    with pytest.raises(StoreError):
        export(archive)
    assert not list(tmp_path.glob(".archive-*"))


def test_a_file_that_is_gone_stops_the_export(archive, tmp_path, settings):
    load(archive, place=tmp_path / "place")
    shutil.rmtree(settings.DATA_FOLDER / "files")
    with pytest.raises(StoreError) as error:
        export(tmp_path / "second")
    assert {f.code for f in error.value.findings} == {"archive.file"}
    assert not (tmp_path / "second").exists()


# The page


def confirmed(client):
    """The password was typed a moment ago."""
    client.post(reverse("account_reauthenticate"), {"password": "correct horse"})


def test_the_head_exports_the_own_office_and_no_other(
    alice, things, other_office, people, tmp_path, settings
):
    answer = alice.post(reverse("everything-export"))
    assert answer["Location"].startswith("/account/again/")
    confirmed(alice)
    answer = alice.post(reverse("everything-export"))
    data = b"".join(answer.streaming_content)
    (tmp_path / "x.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "x.zip") as found:
        offices = found.read("tables/offices.office.jsonl").splitlines()
        users = found.read("tables/auth.user.jsonl").decode()
        text = found.read("manifest.json")
    assert len(offices) == 1
    assert "chen" not in users
    line = LogLine.objects.filter(code="archive.exported").get()
    assert line.data["fingerprint"] == hashlib.sha256(text).hexdigest()
    assert line.by == people["alice"]
    assert not list((settings.DATA_FOLDER / "leaving").iterdir())
    page = alice.get(reverse("everything")).content.decode()
    assert line.data["fingerprint"] in page


def test_the_export_of_an_office_makes_an_installation(request, db, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path / "data"
    with pytest.raises(Back), transaction.atomic():  # noqa: PT012
        request.getfixturevalue("things")
        export(tmp_path / "office.zip", office=request.getfixturevalue("office"))
        raise Back
    entered = load(tmp_path / "office.zip", place=tmp_path / "place")
    assert [office.slug for office in entered.offices] == ["yongkang"]


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_page_opens(alice, things, lang, django_assert_max_num_queries):
    alice.cookies["django_language"] = lang
    with django_assert_max_num_queries(100):
        page = alice.get(reverse("everything"))
    assert page.status_code == 200
    assert "desk.company" in page.content.decode()
