"""Two companies that are one: all that hangs on one moves, and comes back."""

import datetime

import pytest
from django.db import models
from django.utils import timezone

DAY = datetime.date
SOURCE = {"source": "Visit", "source_on": DAY(2026, 2, 1)}
HANGING = ("deal", "meeting", "promise", "agreement")


@pytest.fixture
def add(members):
    from yanlian_web.desk.actions.records import record_add

    def made(kind, **values):
        return record_add(by=members["bo"], kind=kind, values=values, training=True)

    return made


@pytest.fixture
def full(things, add):
    """The company of ``things`` with a row in every relation that moves."""
    from yanlian_web.desk.models import Attachment, File

    firm, org = things["company"], things["organisation"]
    # The books of what firms can make and of touch plans are of firms that are here.
    type(firm).objects.filter(pk=firm.pk).update(local=True)
    firm.refresh_from_db()
    above = add("company", name_en="Above")
    below = add("company", name_en="Below")
    made = {
        "above": above,
        "post": add("post", person=things["person"], company=firm, title_en="Head", **SOURCE),
        "fact": add("fact", company=firm, field="employees", value=80, year=2025, **SOURCE),
        "site": add("site", company=firm, name_en="Works", use="plant", **SOURCE),
        "parent": add("company-link", parent=above, child=firm, **SOURCE),
        "child": add("company-link", parent=firm, child=below, **SOURCE),
        "service": add("service", sort_of="aftercare", company=firm, text_en="Help", on=DAY(2026, 3, 1)),
        "issue": add("issue", company=firm, text_en="Water", on=DAY(2026, 3, 1), department=org),
        "need": add("need", company=firm, text_en="Castings", **SOURCE),
        "capability": add("capability", company=firm, text_en="Cells", **SOURCE),
        "touch": add("touch-plan", company=firm, months=3, since=DAY(2026, 1, 1)),
        "ladder": add("ladder-fact", company=firm, measure="revenue_cny", value=1e6, year=2025, **SOURCE),
    }  # fmt: skip
    file = File.objects.create(
        office=firm.office, sha256="0" * 64, name="a", media_type="text/plain",
        size_bytes=1, training=True,
    )  # fmt: skip
    made["file"] = Attachment.objects.create(
        office=firm.office, file=file, record=firm.ref, training=True
    )
    return made


def state():
    """Everything the database holds of the records, but versions and times."""
    from yanlian_web.desk.models import KINDS, Attachment

    return {
        (model._meta.label, row["id"]): {
            k: v for k, v in row.items() if k not in {"version", "changed_at"}
        }
        for model in (*KINDS.values(), Attachment)
        for row in model.objects.values()
    }


def test_every_relation_is_laid_down():
    from yanlian_web.merging.relations import WAYS, relations, unknown

    assert unknown() == []
    # And none is that is not there any more.
    assert set(WAYS) <= set(relations())


def test_everything_moves_and_comes_back(full, things, twin, merge, part):
    from yanlian_web.merging.relations import moving, rows_of

    firm = things["company"]
    before = state()
    made = merge(twin, firm)
    moved = {label for label, _, _ in made.rows}
    # A row of every relation was there, or the test would say less than it seems to.
    rare = {"desk.Company.merged_into", "desk.Decision.company"}
    assert moved == {label for label, _ in moving()} - rare
    for label, _ in moving():
        if label != "desk.Company.merged_into":
            assert not rows_of(label, firm).exists()
    assert firm.merged_into == twin
    assert firm.archived_on
    part(made)
    assert made.stayed == []
    after = state()
    assert {key: after[key] for key in before} == before


def test_one_line_and_the_log_stays_as_it_was(things, twin, merge, part):
    from yanlian_web.desk.models import Event
    from yanlian_web.offices.models import LogLine
    from yanlian_web.offices.verifying import verify

    def log():
        return list(LogLine.objects.order_by("pk").values()), list(
            Event.objects.order_by("pk").values()
        )

    lines, events = log()
    made = merge(twin, things["company"], why="Card from the fair")
    later, more = log()
    assert later[: len(lines)] == lines
    assert more[: len(events)] == events
    assert [line["code"] for line in later[len(lines) :]] == ["merging.company.merged"]
    line = later[-1]
    assert line["subject"] == twin.ref
    assert line["data"]["merged"] == things["company"].ref
    assert line["data"]["why"] == "Card from the fair"
    deal = things["deal"]
    assert line["data"]["changes"][deal.ref] == {
        "company_id": [things["company"].pk, twin.pk]
    }
    part(made)
    assert LogLine.objects.order_by("pk").last().code == "merging.company.parted"
    assert verify(twin.office).intact


def test_versions_tell_of_every_move(things, twin, merge, part):
    from yanlian_web.desk.acting import Conflict
    from yanlian_web.desk.actions.records import record_change

    made = merge(twin, things["company"])
    promise = things["promise"]
    with pytest.raises(Conflict):
        record_change(
            by=promise.owner, kind="promise", pk=promise.pk, version=promise.version,
            values={"text_en": "Opened before the merge"},
        )  # fmt: skip
    part(made)
    for kind in HANGING:
        things[kind].refresh_from_db()
        assert things[kind].version == 3


def test_names_are_kept_as_chosen(things, twin, merge):
    firm = things["company"]
    merge(twin, firm, choices={"name_zh": "other", "name_en": "kept"}, left="former")
    assert twin.name_zh == "海岳电芯"
    assert twin.name_en == "Haiyue Cells"
    assert twin.former_names.split("; ") == ["海岳电芯有限公司", "Haiyue Cell"]
    assert twin.aliases == ""
    assert "haiyue cell" in twin.search


def test_both_values_are_united(things, twin, members, merge):
    from yanlian_web.desk.actions.records import record_change

    def put(company, **values):
        company.refresh_from_db()
        record_change(
            by=members["bo"], kind="company", pk=company.pk, version=company.version,
            values=values,
        )  # fmt: skip

    firm = things["company"]
    put(firm, aliases="HY; Haiyue", note_en="From the fair", website="one.example.cn")
    put(twin, aliases="hy; Haiyue Group", note_en="Met in May")
    merge(twin, firm)
    # Names of the other company go among the other names as well.
    names = twin.aliases.split("; ")
    assert names[:3] == ["hy", "Haiyue Group", "Haiyue"]
    assert set(names[3:]) == {"海岳电芯", "Haiyue Cell"}
    assert twin.note_en == "Met in May\nFrom the fair"
    assert twin.website == "https://one.example.cn"


def test_the_stricter_visibility_is_proposed(things, twin, members, merge):
    from yanlian_web.desk.actions.records import record_change

    firm = things["company"]
    record_change(
        by=members["bo"], kind="company", pk=firm.pk, version=firm.version,
        values={"visibility": "own"},
    )  # fmt: skip
    merge(twin, firm)
    assert twin.visibility == "own"


def test_what_both_have_is_archived_once(full, things, twin, add, merge, part):
    from yanlian_web.desk.models import Company

    person = things["person"]
    mine = [
        add("post", person=person, company=twin, title_en="Head", **SOURCE),
        add("site", company=twin, name_en="Works", use="plant", **SOURCE),
        add("touch-plan", company=twin, months=6, since=DAY(2026, 1, 1)),
        add("company-link", parent=full["above"], child=twin, **SOURCE),
    ]
    made = merge(twin, things["company"])
    doubled = [full[key] for key in ("post", "site", "touch", "parent")]
    for record in (*mine, *doubled):
        record.refresh_from_db()
    assert all(record.archived_on is None for record in mine)
    assert all(record.archived_on for record in doubled)
    part(made)
    for record in (*mine, *doubled):
        record.refresh_from_db()
        assert record.archived_on is None
    assert Company.objects.get(pk=things["company"].pk).posts.count() == 1


def test_a_chain_of_merges_comes_apart_from_its_end(things, twin, add, merge, part):
    from yanlian_web.desk.acting import Refused

    firm = things["company"]
    last = add("company", name_en="Haiyue Cell Works")
    first = merge(twin, firm)
    second = merge(last, twin)
    firm.refresh_from_db()
    assert firm.merged_into == last
    with pytest.raises(Refused, match="Take that apart first"):
        part(first)
    part(second)
    firm.refresh_from_db()
    assert firm.merged_into == twin
    part(first)
    firm.refresh_from_db()
    assert firm.merged_into is None


def test_what_was_changed_since_stays_and_is_told(things, twin, members, merge, part):
    from yanlian_web.desk.actions.records import record_change

    made = merge(twin, things["company"])
    record_change(
        by=members["bo"], kind="company", pk=twin.pk, version=twin.version,
        values={"aliases": twin.aliases + "; HY"},
    )  # fmt: skip
    promise = things["promise"]
    promise.refresh_from_db()
    record_change(
        by=members["bo"], kind="promise", pk=promise.pk, version=promise.version,
        values={"text_en": "Name 40 mu"},
    )  # fmt: skip
    part(made)
    twin.refresh_from_db()
    promise.refresh_from_db()
    # The names as a person has corrected them stay; the promise goes with its edit.
    assert "HY" in twin.aliases
    assert made.stayed == [{"of": "field", "ref": "aliases", "why": "changed"}]
    assert promise.company == things["company"]
    assert promise.text_en == "Name 40 mu"


def test_what_hangs_together_goes_together(things, twin, add, members, merge, part):
    from yanlian_web.desk.actions.records import record_change

    own = add("deal", company=twin, pipeline=things["pipeline"])
    made = merge(twin, things["company"])
    things["deal"].refresh_from_db()
    day = timezone.localdate()
    # Entered since: one on the deal that goes back, one of the company alone.
    with_deal = add(
        "promise", side="ours", text_en="More land", company=twin, deal=things["deal"],
        made_on=day, due_on=day, owner=members["bo"],
    )  # fmt: skip
    alone = add("promise", side="ours", text_en="Call", company=twin, made_on=day, due_on=day, owner=members["bo"])  # fmt: skip
    # And a meeting of the one was put to a deal of the other.
    meeting = things["meeting"]
    other = add(
        "meeting", way="call", title_en="Call", company=twin, deal=own, on=day,
        start_min=540, end_min=600,
    )  # fmt: skip
    part(made)
    for record in (with_deal, alone, meeting, other):
        record.refresh_from_db()
    assert with_deal.company == things["company"]
    assert alone.company == twin
    assert meeting.company == things["company"]
    assert other.company == twin
    assert made.stayed == []
    things["company"].refresh_from_db()
    again = merge(twin, things["company"])
    promise = things["promise"]
    promise.refresh_from_db()
    own.refresh_from_db()
    record_change(
        by=members["bo"], kind="promise", pk=promise.pk, version=promise.version,
        values={"deal": own, "meeting": None},
    )  # fmt: skip
    part(again)
    promise.refresh_from_db()
    assert promise.company == twin
    assert {
        "of": "desk.Promise.company",
        "ref": promise.ref,
        "why": "bound",
    } in again.stayed


def test_a_relation_nobody_thought_of_stops_it(things, twin, merge, part, settings):
    """Stops both ways, with the name of the relation and nothing stored."""
    from django.apps import apps

    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.models import Company
    from yanlian_web.offices.models import LogLine

    made = merge(twin, things["company"])
    part(made)
    lines = LogLine.objects.count()

    class Vehicle(models.Model):
        firm_that_owns = models.ForeignKey(Company, models.CASCADE, related_name="+")
        seen_at = models.ManyToManyField(Company, related_name="+")
        subject = models.CharField(max_length=60)

        class Meta:
            app_label = "merging"

        def __str__(self):
            return self.subject

    try:
        with pytest.raises(Refused) as error:
            merge(twin, things["company"])
        labels = {finding.say.en.split(" ")[0] for finding in error.value.findings}
        assert "merging.Vehicle.firm_that_owns" in labels
        assert "merging.Vehicle.subject" in labels
        assert "merging.Vehicle_seen_at.company" in labels
        assert {finding.code for finding in error.value.findings} == {"merge.relation"}
    finally:
        for name in ("vehicle", "vehicle_seen_at"):
            del apps.all_models["merging"][name]
        apps.clear_cache()
    assert LogLine.objects.count() == lines
    again = merge(twin, things["company"])
    assert again.rows
