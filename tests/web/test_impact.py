"""Indicators on the web: figures, rows, past days, sets of one's own, never stale."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanlian.progress import compare_sets, default_definitions
from yanlian.progress.measure import ProgressParams, compute, definitions_of
from yanlian.tables import Table
from yanlian_web.desk.acting import Refused, training_day
from yanlian_web.desk.actions.definitions import definitions_put
from yanlian_web.desk.actions.records import record_add, record_archive
from yanlian_web.desk.models import Company, Deal, DefinitionSet, Event
from yanlian_web.desk.queries import log as logs
from yanlian_web.desk.queries.asking import Ask, asked
from yanlian_web.desk.queries.impact import figures_of
from yanlian_web.offices.models import LogLine, Office

DAY = datetime.date
LAST = DAY(2026, 11, 20)
HEADER = "set,code,name_en,name_zh,shape,cohort,outcome,count,window_by,within_days,level,unit,note_en,note_zh\n"
OURS = HEADER + (
    "ours,K06,Start rate,开工率,cohort_rate,stage what=S7b | stage what=S7a,"
    "stage what=S9+,subject,cohort,,stated,share,,\n"
)


def write(office, rows):
    """Put events into the log: kind, subject, day, and whatever else."""
    line = LogLine.objects.create(office=office, code="desk.test.made")
    Event.objects.bulk_create(
        Event(
            office=office,
            line=line,
            kind=kind,
            subject=subject,
            on=on,
            recorded_on=more.pop("recorded_on", on),
            **more,
        )
        for kind, subject, on, more in rows
    )


@pytest.fixture
def hunan(office):
    """Of 319 projects signed in 2020, 266 had begun to build by the end of the year."""
    rows = []
    for number in range(319):
        deal = f"deal:{10_000 + number}"
        rows.append(("stage", deal, DAY(2020, 1, 10), {"what": "S7b", "deal": deal}))
        if number < 266:
            rows.append(("stage", deal, DAY(2020, 6, 1), {"what": "S9", "deal": deal}))
    # Signed before, begun in the year: in the count of a report, not in the cohort.
    old = "deal:20000"
    rows.append(("stage", old, DAY(2019, 5, 1), {"what": "S7b", "deal": old}))
    rows.append(("stage", old, DAY(2020, 7, 1), {"what": "S9", "deal": old}))
    write(office, rows)


YEAR = {"from": "2020-01-01", "to": "2020-12-31", "as_of": "2020-12-31"}


def figure(page, code):
    return next(f for f in page.context["figures"] if f["code"] == code)


def test_266_started_of_319_signed_is_83_4_percent(alice, hunan):
    page = alice.get(reverse("impact"), YEAR)
    found = figure(page, "K06")
    assert (found["text"], found["above"], found["below"]) == ("83.4%", "266", "319")
    assert "83.4%" in page.content.decode()
    one = alice.get(reverse("impact-one", args=["K06"]), YEAR)
    assert one.context["page"].total == 319
    assert {key: n for key, _, n in one.context["roles"]} == {
        "met": 266,
        "not_met": 53,
    }
    some = alice.get(reverse("impact-one", args=["K06"]), {**YEAR, "role": "not_met"})
    assert some.context["page"].total == 53


def test_another_set_is_explained_with_the_records_that_differ(alice, hunan, office):
    page = alice.get(
        reverse("impact-one", args=["K06"]), {**YEAR, "with": "reports"}
    ).context["compared"]
    assert page["figure"]["above"] == "267"
    assert any("two counts of one period" in text for text in page["sentences"])
    # The library says the same from the table alone.
    table = logs.log_of(office).table
    told = compare_sets(
        {"progress_events": table},
        "K06",
        ("yanlian", "reports"),
        ProgressParams(
            window_from=YEAR["from"], window_to=YEAR["to"], as_of=YEAR["as_of"]
        ),
    )
    assert page["count"] == len(told["rows"])
    assert page["sentences"] == [text.en for text in told["differences"]]


def test_a_past_day_is_asked_for(alice, hunan):
    query = {**YEAR, "as_of": "2020-05-31"}
    found = figure(alice.get(reverse("impact"), query), "K06")
    assert (found["above"], found["below"]) == ("0", "319")


def test_what_was_written_down_later_is_left_out_when_asked(alice, office):
    late = {"what": "S7b", "recorded_on": DAY(2020, 9, 1)}
    write(
        office,
        [
            ("stage", "deal:1", DAY(2020, 1, 1), {"what": "S5"}),
            ("stage", "deal:1", DAY(2020, 3, 1), late),
        ],
    )
    query = {"from": "2020-01-01", "to": "2020-06-30", "as_of": "2020-06-30"}
    now = figure(alice.get(reverse("impact"), query), "K02")
    then = figure(alice.get(reverse("impact"), {**query, "known": "yes"}), "K02")
    assert (now["above"], then["above"]) == ("1", "0")


def test_every_indicator_is_shown_or_says_why_not(alice):
    page = alice.get(reverse("impact"))
    codes = set(default_definitions()["code"].tolist())
    assert {f["code"] for f in page.context["figures"]} == codes
    for found in page.context["figures"]:
        assert found["text"] != "\u2013" or found["cannot_text"] or found["parts"]
        assert found["rule"]


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_pages_read_in_both_languages(alice, hunan, lang):
    alice.cookies["django_language"] = lang
    for code in ("K06", "K10", "K22", "K24", "K29"):
        page = alice.get(reverse("impact-one", args=[code]), {"with": "reports"})
        assert page.status_code == 200
        assert "style=" not in page.content.decode()
    text = alice.get(reverse("impact"), YEAR).content.decode()
    assert {"en": "Start rate", "zh-hans": "开工率"}[lang] in text


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "30 June"},
        {"from": "2020-13-01"},
        {"to": "0001-01-01"},
        {"from": "2021-01-01", "to": "2020-01-01"},
        {"set": "nobody"},
    ],
)
def test_an_address_that_cannot_be_read_is_told(alice, query):
    page = alice.get(reverse("impact"), query)
    assert page.status_code == 422
    assert "Expected" in page.content.decode() or "ends on" in page.content.decode()


def test_an_indicator_nobody_defines_is_not_there(alice):
    assert alice.get(reverse("impact-one", args=["K99"])).status_code == 404


def test_a_target_shows_how_far_it_is_reached(alice, office, hunan):
    aim = {"what": "K06", "value": 0.9}
    write(office, [("target", "service:1", DAY(2020, 1, 2), aim)])
    found = figure(alice.get(reverse("impact"), YEAR), "K06")
    assert (found["target_text"], found["done"]) == ("90.0%", "92.7%")
    # A target set after the day asked for was not known.
    write(office, [("target", "service:2", DAY(2020, 12, 1), {**aim, "value": 1.0})])
    early = {**YEAR, "as_of": "2020-11-30"}
    assert figure(alice.get(reverse("impact"), early), "K06")["target_text"] == "90.0%"
    assert figure(alice.get(reverse("impact"), YEAR), "K06")["target_text"] == "100.0%"


def test_money_that_binds_and_money_that_does_not_stay_apart(alice, office):
    write(
        office,
        [
            ("signed", "agreement:1", DAY(2020, 2, 1), {"value": 5e8, "mark": "nonbinding"}),
            ("signed", "agreement:2", DAY(2020, 3, 1), {"value": 3e8, "mark": "binding"}),
        ],
    )  # fmt: skip
    found = figure(alice.get(reverse("impact"), YEAR), "K10")
    assert (found["value"], found["second"]) == (3e8, 5e8)
    money = alice.get(reverse("year", args=[2020])).context["money"]
    assert (money["binding"], money["loose"], money["evidenced"]) == (3e8, 5e8, 0.0)


def test_rows_name_records_and_hide_what_may_not_be_seen(client, people, things):
    Deal.objects.update(visibility="own")
    deal = things["deal"]
    write(deal.office, [("stage", deal.ref, LAST, {"what": "S7b", "deal": deal.ref})])
    query = {"from": "2026-01-01", "to": "2026-12-31", "as_of": "2026-12-31"}
    place = reverse("impact-one", args=["K06"])
    client.force_login(people["rita"])
    page = client.get(place, query).content.decode()
    assert "Haiyue" not in page
    assert "a record you may not see" in page
    export = client.get(place, {**query, "export": "csv"}).content.decode()
    assert "Haiyue" not in export
    client.force_login(people["alice"])
    page = client.get(place, query).content.decode()
    assert reverse("deals-one", args=[deal.pk]) in page
    assert "training data" in page


def test_names_are_asked_for_in_bulk(alice, things, hunan, django_assert_max_num_queries):  # fmt: skip
    place = reverse("impact-one", args=["K06"])
    alice.get(place, YEAR)
    with django_assert_max_num_queries(16):
        alice.get(place, YEAR)


def test_exports_hold_every_row_and_no_formula(alice, office, hunan):
    text = alice.get(reverse("impact-one", args=["K06"]), {**YEAR, "export": "csv"})
    assert len(text.content.decode("utf-8-sig").strip().splitlines()) == 320
    Company.objects.filter(firm_id="X001").update(name_en="=HYPERLINK(1)")
    write(office, [("contact", "meeting:1", DAY(2020, 2, 1), {"company": "X001", "mark": "leading"})])  # fmt: skip
    text = alice.get(reverse("impact-one", args=["K15"]), {**YEAR, "export": "csv"})
    assert "'=HYPERLINK" in text.content.decode("utf-8-sig")
    figures = alice.get(reverse("impact"), {**YEAR, "export": "csv"})
    assert "0.8338" in figures.content.decode("utf-8-sig")
    assert alice.get(reverse("impact"), {"export": "xlsx"}).status_code == 200


def test_the_log_as_a_table_is_that_of_the_library(office, things):
    table = logs.log_of(office).table
    assert table.name == "progress_events"
    assert len(table) == Event.objects.filter(office=office).count()
    first = Event.objects.filter(office=office).order_by("id").first()
    assert table["event_id"][0] == str(first.pk)
    assert table["on"][0] == first.on.isoformat()
    assert table["due_on"].tolist().count("") >= 1


def test_what_is_kept_is_never_stale(office, other_office, hunan):
    before = len(logs.log_of(office))
    assert logs.log_of(office) is logs.log_of(office)
    write(office, [("contact", "meeting:1", DAY(2020, 2, 1), {})])
    assert len(logs.log_of(office)) == before + 1
    write(other_office, [("contact", "meeting:2", DAY(2020, 2, 1), {})])
    assert len(logs.log_of(other_office)) == 1
    assert len(logs.log_of(office)) == before + 1


def test_a_log_put_back_from_a_copy_is_read_again(office):
    write(office, [("contact", "meeting:1", DAY(2020, 2, 1), {})])
    kept = logs.log_of(office)
    # Same numbers, other lines: what a restored database looks like.
    LogLine.objects.filter(pk=kept.key[-2]).first()
    stale = logs.Log((*kept.key[:-1], kept.key[-1] - datetime.timedelta(days=1)), kept.columns, [])  # fmt: skip
    logs._logs[kept.key[0], office.pk] = stale
    assert logs.log_of(office) is not stale
    assert logs.log_of(office).table["subject"].tolist() == ["meeting:1"]


def test_the_log_is_read_with_few_questions(office, hunan, django_assert_num_queries):
    logs.log_of(office)
    with django_assert_num_queries(2):
        logs.log_of(office)
    write(office, [("contact", "meeting:1", DAY(2020, 2, 1), {})])
    with django_assert_num_queries(5):
        logs.log_of(office)


def test_a_log_that_says_what_cannot_be_stops_the_measuring(alice, office):
    write(office, [("stage", "deal:1", DAY(2020, 2, 1), {"what": "S99"})])
    page = alice.get(reverse("impact"), YEAR)
    assert page.status_code == 409
    assert "S99" in page.content.decode()


KINDS = st.sampled_from(["S1", "S2", "S5", "S7b", "S8", "S9", "S11"])
STORY = st.lists(
    st.tuples(
        st.integers(0, 5), KINDS, st.integers(0, 360), st.integers(0, 40), st.booleans()
    ),
    max_size=25,
)


@given(story=STORY, asked_day=st.integers(0, 400))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_past_figure_is_the_one_computed_on_that_day(story, asked_day):
    """The whole log as it was known on a day gives what the log of that day gave."""
    start = DAY(2025, 1, 1)
    rows = []
    for number, (deal, stage, on, later, back) in enumerate(story):
        happened = start + datetime.timedelta(days=on)
        rows.append(
            {
                "event_id": str(number),
                "kind": "stage",
                "subject": f"deal:{deal}",
                "deal": f"deal:{deal}",
                "on": happened.isoformat(),
                "recorded_on": (happened + datetime.timedelta(days=later)).isoformat(),
                "what": stage,
                "mark": "back" if back else "",
            }
        )
    day = (start + datetime.timedelta(days=asked_day)).isoformat()
    window = logs.window_of(start, DAY(2026, 12, 31), DAY.fromisoformat(day))
    chosen = definitions_of({}, "yanlian")

    def figures(listed, known):
        columns = logs.Columns(Table.of("progress_events", listed))
        events = logs.Events(columns, day, known)
        return [
            (kpi.code, f.part, f.numerator, f.denominator, f.value, f.second)
            for kpi in chosen.values()
            for f in compute(events, kpi, window, chosen)
        ]

    then = [row for row in rows if row["recorded_on"] <= day]
    assert str(figures(rows, day)) == str(figures(then, ""))


def test_a_story_played_again_gives_the_figures_of_each_day(members, office):
    """Figures are noted on each day of a story; asked for afterwards they are the same."""
    bo = members["bo"]
    noted = {}
    with training_day(DAY(2025, 3, 1)):
        firm = record_add(by=bo, kind="company", training=True, values={"name_en": "A", "firm_id": "T1"})  # fmt: skip
        line = record_add(by=bo, kind="pipeline", training=True, values={"name_en": "M", "name_zh": "主"})  # fmt: skip
    for month in range(3, 10):
        day = DAY(2025, month, 5)
        with training_day(day):
            record_add(
                by=bo, kind="deal", training=True,
                values={"company": firm, "pipeline": line, "likelihood": 0.1 * month},
            )  # fmt: skip
        write(office, [("stage", f"deal:{month}", day, {"what": "S7b"})])
        if month > 5:
            write(office, [("stage", f"deal:{month - 2}", day, {"what": "S9"})])
        ask = Ask("yanlian", DAY(2025, 1, 1), DAY(2025, 12, 31), day, known=True)
        noted[ask] = str(_numbers(office, ask))
    for ask, was in noted.items():
        assert str(_numbers(office, ask)) == was


def _numbers(office, ask):
    return [
        (
            row["kpi"].code,
            row["part"],
            row["value"],
            row["numerator"],
            row["denominator"],
        )
        for row in figures_of(office, ask)
    ]


def test_the_default_is_this_year_as_of_today(rf):
    ask = asked(rf.get("/").GET, LAST)
    assert (ask.first, ask.last, ask.as_of) == (DAY(2026, 1, 1), LAST, LAST)
    ask = asked(rf.get("/", {"as_of": "2025-06-30"}).GET, LAST)
    assert (ask.first, ask.last) == (DAY(2025, 1, 1), DAY(2025, 6, 30))


def test_a_set_of_ones_own_is_used_and_compared(alice, office, hunan):
    sent = SimpleUploadedFile("ours.csv", OURS.encode(), "text/csv")
    answer = alice.post(
        reverse("impact-definitions"), {"file": sent, "name_en": "Ours"}
    )
    assert answer.status_code == 302
    record = DefinitionSet.objects.get()
    assert (record.code, record.count, record.name_en) == ("ours", 1, "Ours")
    page = alice.get(reverse("impact"), {**YEAR, "set": "ours"})
    assert len(page.context["figures"]) == 31
    assert figure(page, "K06")["set"] == "ours"
    one = alice.get(reverse("impact-one", args=["K06"]), {**YEAR, "with": "ours"})
    assert one.context["compared"]["sentences"]


def test_the_same_set_again_replaces_it(members):
    alice = members["alice"]
    definitions_put(by=alice, data=OURS.encode(), name_en="First")
    again = OURS.replace("Start rate", "Rate of starts").encode()
    record = definitions_put(by=alice, data=again)
    assert DefinitionSet.objects.count() == 1
    assert (record.version, record.name_en) == (2, "First")
    assert "Rate of starts" in record.text


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"", 1),
        (b"\xff\xfe\x00", 1),
        (b"x" * 1_000_001, 1),
        (OURS.replace("ours,", "yanlian,").encode(), 1),
        ((OURS + OURS.splitlines()[1].replace("ours", "other")).encode(), 1),
        (OURS.replace("stage what=S9+", "stag what=S9+").encode(), 1),
        (
            (
                HEADER
                + "o,K06,A,A,cohort_rate,,,subject,cohort,,stated,share,,\n"
                + "o,K07,B,B,guess,stage,stage,subject,cohort,,stated,share,,\n"
            ).encode(),
            1,
        ),
        (
            (
                HEADER
                + "o,K06,A,A,cohort_rate,,stag,subject,cohort,,stated,share,,\n"
                + "o,K07,B,B,cohort_rate,,,subject,cohort,,stated,share,,\n"
            ).encode(),
            3,
        ),
    ],
    ids=["empty", "not text", "large", "own name", "two sets", "word", "shape", "all at once"],
)  # fmt: skip
def test_a_bad_set_is_refused_with_all_that_is_wrong(members, data, count):
    with pytest.raises(Refused) as caught:
        definitions_put(by=members["alice"], data=data)
    assert len(caught.value.findings) >= count
    assert not DefinitionSet.objects.exists()
    assert not LogLine.objects.filter(code="desk.definitions.stored").exists()


def test_findings_of_a_bad_set_stand_on_the_page(alice):
    sent = SimpleUploadedFile("x.csv", OURS.replace("S9+", "S99").encode(), "text/csv")
    page = alice.post(reverse("impact-definitions"), {"file": sent})
    assert page.status_code == 422
    assert "S99" in page.content.decode()
    assert alice.post(reverse("impact-definitions"), {}).status_code == 422


def test_only_the_head_decides_definitions(client, people, members):
    with pytest.raises(PermissionDenied):
        definitions_put(by=members["bo"], data=OURS.encode())
    client.force_login(people["bo"])
    page = client.get(reverse("impact-definitions"))
    assert b'name="file"' not in page.content
    sent = SimpleUploadedFile("ours.csv", OURS.encode(), "text/csv")
    assert client.post(reverse("impact-definitions"), {"file": sent}).status_code == 403
    record = definitions_put(by=members["alice"], data=OURS.encode())
    with pytest.raises(Refused):
        record_archive(
            by=members["bo"], kind="definition-set", pk=record.pk, version=None, why="x"
        )


def test_an_archived_set_is_not_used(alice, members):
    record = definitions_put(by=members["alice"], data=OURS.encode())
    record_archive(
        by=members["alice"],
        kind="definition-set",
        pk=record.pk,
        version=None,
        why="Old",
    )
    assert alice.get(reverse("impact"), {"set": "ours"}).status_code == 422


def test_another_office_does_not_see_figures(client, people, hunan):
    client.force_login(people["chen"])
    assert figure(client.get(reverse("impact"), YEAR), "K06")["cannot_text"]
    assert Office.objects.count() == 2
