"""Training data goes as a whole and leaves no trace; what is sourced stays."""

import datetime
import os

from django.apps import apps

from tests.web.databases import run
from yanlian import job
from yanlian_web.desk.acting import acting, today
from yanlian_web.desk.actions.deals import pipelines_ensure
from yanlian_web.desk.actions.files import attach, file_put
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import Agreement, Company, Event, File, Meeting, Promise
from yanlian_web.desk.training import sourced_load, training_load, training_remove
from yanlian_web.desk.training.tables import text_file
from yanlian_web.offices.models import Chain, LogLine, Seal


def all_rows(office):
    """Everything the database holds, but for what an office notes of loading.

    Seals outlive the lines of training data; see test_audit.
    """
    found = {}
    for model in apps.get_models():
        if model in (Seal, Chain):
            continue
        rows = list(model._base_manager.order_by("pk").values())
        if model is LogLine:
            rows = [r for r in rows if not r["code"].startswith("desk.training.")]
        found[model._meta.label] = rows
    return found


def test_it_is_removed_and_everything_else_stays_byte_for_byte(
    office, members, settings, tmp_path
):
    settings.DATA_FOLDER = tmp_path
    bo = members["bo"]
    sourced_load(office)
    firm = Company.objects.get(office=office, firm_id="X001")
    pipelines_ensure(office=office)
    meeting = record_add(
        by=bo, kind="meeting",
        values={"way": "call", "company": firm, "title_en": "Call", "on": today()},
    )  # fmt: skip
    with acting(bo, "desk.test") as act:
        act.about(meeting)
        attach(act, meeting, file_put(act, text_file("note", "note")))
    before = all_rows(office)
    kept = {p: p.read_bytes() for p in (tmp_path / "files").rglob("*") if p.is_file()}
    count = training_load(office)
    assert count > 300
    assert training_load(office) == 0
    assert File.objects.filter(training=True).count() > 50
    shown = all_rows(office)
    assert shown["desk.Event"] != before["desk.Event"]
    assert training_remove(office) > 1000
    assert all_rows(office) == before
    files = {p: p.read_bytes() for p in (tmp_path / "files").rglob("*") if p.is_file()}
    assert files == kept
    assert not office.training
    # It can be loaded again.
    assert training_load(office) == count


def test_sourced_visits_are_real_and_loaded_once(office, members, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    count = sourced_load(office)
    assert sourced_load(office) == 0
    trip = Meeting.objects.filter(on=datetime.date(2022, 9, 5))
    assert trip.count() == 5
    assert count >= 5
    firms = set(trip.values_list("company__firm_id", flat=True))
    assert firms == {"X001", "X002", "X003", "X004", "X005"}
    for meeting in trip:
        assert not meeting.training
        assert meeting.state == "final"
        assert "http" in meeting.summary_en
        assert not meeting.no_promises
        assert not Promise.objects.filter(company=meeting.company).exists()
    one = trip[0].trip
    assert one.to_on == datetime.date(2022, 9, 6)
    assert not Agreement.objects.exists()
    contacts = Event.objects.filter(kind="contact", on=datetime.date(2022, 9, 5))
    assert contacts.count() == 5
    assert not contacts.filter(training=True).exists()


def test_the_command_loads_and_removes(tmp_path):
    folder = job.copy_sample(tmp_path / "yongkang")
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "YANLIAN_DATA"}}  # fmt: skip
    words = ("-m", "yanlian.cli", "training")
    steps = [("load", "en"), ("load", "zh"), ("remove", "en"), ("remove", "zh")]
    told = [
        run(env, *words, what, "--workspace", str(folder), "--lang", lang)
        for what, lang in steps
    ]
    assert "records of training data were loaded" in told[0]
    assert "练习数据已经载入" in told[1]
    assert "nothing else changed" in told[2]
    assert "已移除练习数据 0 行" in told[3]
    left = (tmp_path / "workbench" / "files").rglob("*")
    assert not [path for path in left if path.is_file()]
