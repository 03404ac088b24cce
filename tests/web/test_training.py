"""Training data: invented firms only, a story that is alive, removed without a trace."""

import pytest
from django.core.files.base import ContentFile
from django.db import models

from tests.story import paths_of
from yanlian.errors import YanlianError
from yanlian_web.cultivate.training.chapter import rows_of as cultivated
from yanlian_web.desk.acting import Refused, acting, today, training_day
from yanlian_web.desk.actions.files import attach, file_put, path_of
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.gates import lacking
from yanlian_web.desk.models import (
    KINDS,
    Company,
    Deal,
    Event,
    File,
    Gap,
    Incentive,
    Meeting,
    Promise,
    StageMove,
)
from yanlian_web.desk.training import training_load, training_remove
from yanlian_web.desk.training.removing import marked
from yanlian_web.desk.training.tables import rows_of
from yanlian_web.offices.models import Office


@pytest.fixture
def officer(trained):
    return trained.members.get(role="officer")


def companies_of(record):
    """The companies a record hangs on, through whatever it refers to."""
    found, seen, todo = set(), set(), [record]
    while todo:
        item = todo.pop()
        if item is None or (type(item), item.pk) in seen:
            continue
        seen.add((type(item), item.pk))
        if isinstance(item, Company):
            found.add(item)
            continue
        todo += [
            getattr(item, field.name)
            for field in item._meta.concrete_fields
            if isinstance(field, models.ForeignKey)
            and field.related_model in KINDS.values()
        ]
    return found


def test_nothing_invented_hangs_on_a_real_company(trained):
    invented = set(
        Company.objects.filter(training=True).values_list("firm_id", flat=True)
    )
    local = cultivated("firms")
    assert len(invented) == len(rows_of("companies")) + len(local)
    for model in KINDS.values():
        for record in model.objects.filter(training=True):
            assert all(firm.training for firm in companies_of(record)), record.ref
    named = Event.objects.filter(training=True).exclude(company="")
    assert set(named.values_list("company", flat=True)) <= invented
    # And the other way round: what is real names nothing invented.
    assert not Event.objects.filter(training=False, company__in=invented).exists()
    assert not Deal.objects.filter(training=False).exists()


def test_the_invented_names_are_no_real_ones(office):
    real = Company.objects.filter(in_tables=True)
    for row in (*rows_of("companies"), *cultivated("firms")):
        for stem in ("name_en", "name_zh"):
            assert not real.filter(**{f"{stem}__icontains": row[stem]}).exists(), row


def test_the_story_is_alive_on_the_day_of_loading(trained):
    now = today()
    assert Meeting.objects.filter(on=now, state="planned").count() >= 2
    open_ones = Promise.objects.filter(
        agreement=None, kept_on=None, broken_on=None, withdrawn_on=None
    )
    for side in ("ours", "theirs"):
        assert open_ones.filter(side=side, due_on__lt=now).exists(), side
        assert open_ones.filter(side=side, due_on__gt=now).exists(), side
    states = set(Deal.objects.values_list("status", flat=True))
    assert states == {"active", "on_hold", "lost", "abandoned", "exited"}
    assert set(Incentive.objects.values_list("level", flat=True)) == {"green", "amber", "red"}  # fmt: skip
    assert set(Deal.objects.values_list("stage", flat=True)) >= {"S0", "S1", "S3", "S4", "S5", "S6", "S7a", "S8", "S9", "S11", "S13"}  # fmt: skip
    spread = Event.objects.aggregate(first=models.Min("on"), last=models.Max("on"))
    assert (spread["last"] - spread["first"]).days > 800
    # Nobody went through a gate for which something was missing, by exception or not.
    assert not StageMove.objects.filter(exception=True).exists()
    for deal in Deal.objects.filter(status="active").select_related("company"):
        assert lacking(deal, deal.stage) == (), deal.company


def test_one_story_goes_from_the_gap_to_its_end(trained):
    gap = Gap.objects.get(gap_id="extend-C14")
    deal = gap.closed_by
    assert gap.closed_on
    assert deal.stage == "S11"
    assert deal.meetings.filter(state="final").count() >= 3
    kinds = [a.sort_of for a in deal.agreements.order_by("signed_on")]
    assert kinds == ["framework", "investment"]
    reached = deal.milestones.exclude(verified_on=None)
    assert {m.code for m in reached} >= {"registered", "start", "completion", "production"}  # fmt: skip
    assert all(m.evidence.exists() for m in reached)
    ends = gap.deals.exclude(pk=deal.pk).values_list("status", flat=True)
    assert set(ends) == {"lost", "abandoned"}
    days = list(
        Event.objects.filter(gap=gap.gap_id, kind__in=["gap_opened", "gap_closed"])
        .order_by("on")
        .values_list("kind", flat=True)
    )
    assert days == ["gap_opened", "gap_closed"]


def test_a_file_that_something_real_uses_stays(trained, officer):
    bo = officer
    known = File.objects.filter(training=True).first()
    real = record_add(
        by=bo, kind="person",
        values={"name_en": "Real", "source": "x", "source_on": today()},
    )  # fmt: skip
    with acting(bo, "desk.test") as act:
        act.about(real)
        upload = ContentFile(path_of(known).read_bytes(), name="again.txt")
        attach(act, real, file_put(act, upload))
    training_remove(trained)
    known.refresh_from_db()
    assert not known.training
    assert path_of(known).is_file()


def test_training_and_real_records_do_not_mix(trained, officer):
    bo = officer
    real = Company.objects.get(office=trained, firm_id="X001")
    deal = Deal.objects.filter(training=True).first()
    with pytest.raises(Refused) as error:
        record_add(
            by=bo, kind="meeting",
            values={"way": "call", "company": real, "deal": deal, "title_en": "x", "on": today()},
        )  # fmt: skip
    assert "desk.training" in {f.code for f in error.value.findings}
    with training_day(today()), pytest.raises(Refused) as error:
        record_add(
            by=bo, kind="meeting",
            values={"way": "call", "company": real, "title_en": "x", "on": today()},
        )  # fmt: skip
    finding = next(f for f in error.value.findings if f.code == "desk.training")
    assert finding.where == "company"
    assert finding.say.en != finding.say.zh
    call = record_add(
        by=bo, kind="meeting",
        values={"way": "call", "company": real, "title_en": "x", "on": today()},
    )  # fmt: skip
    with pytest.raises(Refused):
        record_change(
            by=bo, kind="meeting", pk=call.pk, version=call.version,
            values={"gap": deal.gap},
        )  # fmt: skip


def test_it_needs_a_head_and_an_officer(other_office, people):
    with pytest.raises(YanlianError) as error:
        training_load(other_office)
    assert "officer" in error.value.text("en")
    assert error.value.text("zh") != error.value.text("en")


def test_every_marked_table_is_known_to_the_remover():
    labels = {model._meta.label for model in marked()}
    assert {"offices.LogLine", "desk.Event", "desk.StageMove", "desk.File",
            "desk.Attachment", "desk.MilestonePlan"} <= labels  # fmt: skip
    assert {model._meta.label for model in KINDS.values()} <= labels


def test_pages_say_that_the_office_holds_training_data(trained, client):
    client.force_login(trained.members.get(role="head").user)
    assert b'<a class="training"' in client.get("/help/").content
    Office.objects.update(training=False)
    assert b'<a class="training"' not in client.get("/help/").content


def test_every_page_marks_what_is_invented(trained, head):
    firms = Company.objects.filter(office=trained, training=True)
    names = {name for firm in firms for name in (firm.name_en, firm.name_zh)}
    bare = []
    for path in paths_of(trained):
        page = head.get(path).content.decode()
        # Without the mark of the shell, which stands on every page.
        main = page[page.index("<main") : page.index("</main>")]
        if any(name in main for name in names) and 'class="training"' not in main:
            bare.append(path)
    assert bare == []


def test_every_exported_list_says_which_rows_are_invented(trained, head):
    exported = 0
    for path in paths_of(trained):
        if "?" in path:
            continue
        answer = head.get(path, {"export": "csv"})
        if answer.headers["Content-Type"].startswith("text/csv"):
            exported += 1
            lines = answer.content.decode("utf-8-sig").splitlines()
            assert "Training data" in lines[0], path
            assert "training data" in answer.content.decode(), path
    assert exported >= 4
