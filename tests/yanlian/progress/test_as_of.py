"""What was known on a day: cut logs, late records, moves back, corrections."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.yanlian.progress.logs import kpis, log, rows_of, stage
from yanlian.errors import TableError
from yanlian.progress import ProgressParams, measure_progress
from yanlian.progress.events import Events, event_kinds, parse
from yanlian.progress.promises import Promise, keeping
from yanlian.progress.stages import stages
from yanlian.tables import Table

DAY = datetime.date(2025, 1, 1)
CODES = [item.code for item in stages()]


def iso(day):
    return (DAY + datetime.timedelta(days=day)).isoformat()


def test_a_deal_that_was_moved_back_below_the_stage_has_not_met_it():
    table = log(
        stage("a", "S5", "2025-02-01"),
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S5", "2025-04-01", mark="back"),
        stage("a", "S7b", "2025-06-01"),
    )
    rates = [
        kpis(table, as_of=day)["K02"]["value"]
        for day in ("2025-03-31", "2025-04-30", "2025-06-01")
    ]
    assert rates == [1, 0, 1]
    # Signed again, the day of the entry that stands counts: 120 days, not 28.
    assert kpis(table, as_of="2025-06-01")["K02"]["second"] == 120


def test_a_move_back_that_stays_above_the_stage_undoes_nothing():
    table = log(
        stage("a", "S5", "2025-02-01"),
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S9", "2025-04-01"),
        stage("a", "S8", "2025-05-01", mark="back"),
    )
    found = kpis(table)
    assert (found["K02"]["value"], found["K06"]["value"]) == (1, 0)


def test_a_cohort_keeps_a_deal_that_was_moved_back():
    table = log(
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S5", "2025-04-01", mark="back"),
        stage("b", "S7b", "2025-03-01"),
        stage("b", "S8", "2025-04-01"),
    )
    # Left out, the rate would be 100 %.
    assert rows_of(table, "K05") == {"a": "not_met", "b": "met"}


def test_moving_back_is_not_entering():
    table = log(
        stage("a", "S7b", "2025-03-01"), stage("a", "S5", "2025-04-01", mark="back")
    )
    assert rows_of(table, "K02") == {}


def test_what_was_recorded_later_is_left_out_of_what_was_known():
    late = {"recorded_on": "2025-09-01"}
    table = log(
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S8", "2025-04-01", **late),
        stage("b", "S7b", "2025-03-01", **late),
    )
    assert kpis(table, as_of="2025-06-30")["K05"]["value"] == 0.5
    known = kpis(table, as_of="2025-06-30", known_on="2025-06-30")["K05"]
    assert (known["value"], known["denominator"]) == (0, 1)


def test_an_event_without_day_of_recording_was_recorded_when_it_happened():
    table = log(stage("a", "S7b", "2025-03-01"), stage("b", "S7b", "2025-08-01"))
    assert kpis(table, as_of="2025-12-31", known_on="2025-06-30")["K05"]["denominator"] == 1  # fmt: skip


def test_without_days_the_last_of_the_log_counts_as_far_as_it_was_known():
    table = log(
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S8", "2025-08-01", recorded_on="2025-08-05"),
    )
    found = measure_progress({"progress_events": table})
    assert found.summary["as_of"] == "2025-08-01"
    params = ProgressParams(known_on="2025-08-04")
    found = measure_progress({"progress_events": table}, params)
    assert found.summary["as_of"] == "2025-03-01"


def test_a_later_record_of_the_same_agreement_corrects_it():
    table = log(
        ("signed", "A", "2025-03-01", {"value": 5e8, "mark": "binding"}),
        ("signed", "A", "2025-03-01", {"value": 3e8, "mark": "binding", "recorded_on": "2025-05-01"}),
    )  # fmt: skip
    assert kpis(table)["K10"]["value"] == 3e8
    assert kpis(table, known_on="2025-04-30")["K10"]["value"] == 5e8
    notes = measure_progress({"progress_events": table}).notes
    assert [(n.code, n.rows) for n in notes[1:]] == [("progress.corrected", 1)]


def test_evidence_that_was_taken_back_no_longer_counts():
    table = log(
        ("paid", "x", "2025-03-01", {"value": 5.0, "level": "evidenced"}),
        ("paid", "x", "2025-03-01", {"value": 5.0, "level": "stated", "recorded_on": "2025-05-01"}),
    )  # fmt: skip
    assert kpis(table)["K08"]["value"] == 0


@st.composite
def logs(draw, size=40):
    """Logs of any events of a few records, in any order."""
    events = []
    for number in range(draw(st.integers(0, size))):
        kind = draw(st.sampled_from(["stage"] * 6 + list(event_kinds())))
        record = draw(st.sampled_from("abcd"))
        day = draw(st.integers(0, 60))
        row = {
            "event_id": f"e{number}",
            "kind": kind,
            "subject": record,
            "deal": record,
            "company": draw(st.sampled_from(["x", "y", ""])),
            "agreement": record,
            "gap": draw(st.sampled_from(["g", "h", ""])),
            "trip": draw(st.sampled_from(["t", ""])),
            "side": draw(st.sampled_from(["ours", "theirs"])),
            "on": iso(day),
            "recorded_on": iso(day + draw(st.integers(0, 20))),
            "due_on": draw(st.sampled_from(["", iso(day + 7), iso(day + 30)])),
            "value": draw(st.integers(0, 4)) / 4,
            "level": draw(st.sampled_from(["stated", "evidenced", "verified"])),
            "what": draw(st.sampled_from(["jobs", "investment", "local", "total", "K05"])),
            "mark": draw(st.sampled_from(["", "binding", "leading", "reused", "chain"])),
        }  # fmt: skip
        if kind == "stage":
            row["what"] = draw(st.sampled_from(CODES))
            row["mark"] = draw(st.sampled_from(["", "", "back", "chain"]))
        elif kind == "status":
            row["what"] = draw(st.sampled_from(["lost", "active", "exited"]))
        elif kind == "target":
            row["mark"] = draw(st.sampled_from(["", "2"]))
        events.append(row)
    return events


WINDOW = {"window_from": iso(0), "window_to": iso(60)}


def figures(rows, **params):
    table = Table.of("progress_events", rows)
    found = measure_progress(
        {"progress_events": table}, ProgressParams(**{**WINDOW, **params})
    )
    return {name: found.tables[name] for name in ("kpis", "kpi_rows")}


def same(first, second):
    return all(first[name].hash == second[name].hash for name in first)


@settings(max_examples=150, deadline=None)
@given(logs(), st.integers(0, 70), st.sampled_from(["yanlian", "reports"]))
def test_as_of_a_day_is_the_log_cut_at_that_day(rows, day, chosen):
    cut = [row for row in rows if row["on"] <= iso(day)]
    whole = figures(rows, as_of=iso(day), set=chosen)
    assert same(whole, figures(cut, as_of=iso(day), set=chosen))


def test_what_comes_later_does_not_change_the_order_of_the_rows():
    past = [stage("b", "S7b", iso(0)), stage("a", "S5", iso(0))]
    # It names "a" first, a record further down on the day that is asked for.
    later = log(stage("a", "S12", iso(30)), *past)
    for chosen in ("yanlian", "reports"):
        found = [
            list(rows_of(table, "K02", as_of=iso(0), set=chosen))
            for table in (later, log(*past))
        ]
        assert found[0] == found[1]


@settings(max_examples=100, deadline=None)
@given(logs(), st.integers(0, 70))
def test_known_on_a_day_is_the_log_without_later_records(rows, day):
    cut = [row for row in rows if row["recorded_on"] <= iso(day)]
    whole = figures(rows, as_of=iso(60), known_on=iso(day))
    assert same(whole, figures(cut, as_of=iso(60)))


@settings(max_examples=100, deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_the_order_of_the_table_does_not_matter_between_days(rows, random):
    once = {row["on"]: row for row in rows}
    # One event a day, all recorded on its day, so that the order is known.
    kept = [row | {"recorded_on": ""} for row in once.values()]
    shuffled = list(kept)
    random.shuffle(shuffled)
    assert same(figures(kept), figures(shuffled))


@settings(max_examples=100, deadline=None)
@given(logs())
def test_shares_are_shares_and_every_figure_is_behind_its_rows(rows):
    tables = figures(rows, as_of=iso(60))
    listed = tables["kpi_rows"].rows()
    keys = [(r["set"], r["code"], r["part"], r["event_id"]) for r in listed]
    assert len(set(keys)) == len(keys)
    for row in tables["kpis"].rows():
        mine = [
            r for r in listed if (r["code"], r["part"]) == (row["code"], row["part"])
        ]
        value = row["value"]
        assert bool(row["cannot_en"]) == np.isnan(value), row["code"]
        if row["code"] in {"K01", "K02", "K05", "K06", "K12", "K20", "K21", "K27", "K30"} and value == value:  # fmt: skip
            assert 0 <= value <= 1
            assert row["denominator"] == len(mine)
            assert row["numerator"] == sum(r["role"] == "met" for r in mine)
        if row["code"] in {"K08", "K10", "K22"}:
            assert value == pytest.approx(sum(r["value"] for r in mine))
        if row["code"] == "K15":
            assert value == len(mine)


def slow_cohort(rows, first, least, day):
    """Return met and begun of a cohort of stages, one deal and one event at a time."""
    order = {code: number for number, code in enumerate(CODES)}
    met = begun = 0
    for deal in "abcd":
        path = [r for r in rows if r["kind"] == "stage" and r["subject"] == deal and r["on"] <= day]  # fmt: skip
        path.sort(key=lambda r: (r["on"], r["recorded_on"]))
        start, standing = None, None
        for row in path:
            if row["mark"] == "back":
                if order[row["what"]] < order[least]:
                    standing = None
                continue
            if start is None and row["what"] == first:
                start = row["on"]
        for number, row in enumerate(path):
            if row["mark"] == "back" or order[row["what"]] < order[least]:
                continue
            undone = any(
                r["mark"] == "back" and order[r["what"]] < order[least]
                for r in path[number + 1 :]
            )
            if start is not None and row["on"] >= start and not undone:
                standing = standing or row["on"]
        begun += start is not None
        met += start is not None and standing is not None
    return met, begun


@settings(max_examples=150, deadline=None)
@given(logs(), st.integers(0, 70))
def test_a_cohort_agrees_with_counting_deal_by_deal(rows, day):
    found = figures(rows, as_of=iso(day))["kpis"].rows()
    by_code = {row["code"]: row for row in found}
    for code, first, least in (("K02", "S5", "S7b"), ("K06", "S7b", "S9")):
        met, begun = slow_cohort(rows, first, least, iso(day))
        row = by_code[code]
        assert (row["numerator"], row["denominator"]) == (met, begun), code


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.none() | st.integers(0, 40),
            st.none() | st.integers(0, 40),
        ),
        max_size=12,
    ),
    st.integers(0, 40),
)
def test_k20_is_what_the_rules_of_promises_say(promises, day):
    events, listed = [], []
    for number, (due, kept, withdrawn) in enumerate(promises):
        name = f"p{number}"
        events.append(("promised", name, iso(0), {"side": "ours", "due_on": iso(due)}))
        days = {"kept": kept, "withdrawn": withdrawn}
        events += [(k, name, iso(d)) for k, d in days.items() if d is not None]
        dates = {
            k: DAY + datetime.timedelta(d) for k, d in days.items() if d is not None
        }
        listed.append(Promise("ours", DAY + datetime.timedelta(due), **dates))
    today = DAY + datetime.timedelta(day)
    row = kpis(log(*events), as_of=today.isoformat())["K20"]
    expected = keeping(listed, "ours", today)
    assert row["denominator"] == expected.due
    if expected.due:
        assert row["value"] == expected.rate
        assert row["second"] == expected.late / expected.due


def test_days_may_be_written_without_hyphens():
    table = log(stage("a", "S7b", "2025-03-01"))
    assert kpis(table, window_from="20250101")["K05"]["window_from"] == "2025-01-01"


def test_marks_are_words_and_not_parts_of_words():
    table = log(("signed", "A", "2025-01-01", {"value": 1.0, "mark": "nonbinding"}))
    events = Events(table, "2025-12-31")
    assert not events.select(parse("signed mark=binding")).any()


@pytest.mark.parametrize(
    ("event", "code", "word"),
    [
        (stage("a", "S14", "2025-01-01"), "log.stage", "S14"),
        (("status", "a", "2025-01-01", {"what": "won"}), "log.status", "won"),
        (("forecast", "a", "2025-01-01", {"value": 70.0}), "log.forecast", "70"),
        (("forecast", "a", "2025-01-01"), "log.forecast", "nan"),
        (("paid", "a", "2025-01-01", {"value": 7.0, "unit": "USD"}), "log.unit", "USD"),
        (("signed", "a", "2025-01-01", {"mark": "binding; nonbinding"}), "log.binding", "binding"),
        (("target", "a", "2025-01-01", {"what": "K05", "mark": "heavy"}), "log.weight", "heavy"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_counted_rightly_is_refused(event, code, word):
    fine = ("contact", "c", "2025-01-01")
    with pytest.raises(TableError) as caught:
        kpis(log(fine, event))
    (finding,) = caught.value.findings
    assert finding.code == code
    assert word in finding.say.en
    assert "rows 2" in finding.say.en
    assert finding.say.en != finding.say.zh


def test_all_findings_of_a_log_come_at_once():
    with pytest.raises(TableError) as caught:
        kpis(log(stage("a", "S14", "2025-01-01"), ("status", "a", "2025-01-01")))
    assert [f.code for f in caught.value.findings] == ["log.stage", "log.status"]


def test_what_names_no_record_is_left_out_and_said():
    table = log(
        ("contact", "m1", "2025-02-01", {"company": "x", "mark": "leading"}),
        ("contact", "m2", "2025-02-01", {"mark": "leading"}),
        ("signed", "A", "2025-02-01", {"value": 1.0}),
    )
    result = measure_progress({"progress_events": table})
    assert {(note.code, note.rows) for note in result.notes[1:]} == {
        ("progress.left_out", 1), ("progress.unmarked", 1),
    }  # fmt: skip


def test_an_event_without_a_day_is_in_no_figure():
    table = log(stage("a", "S7b", ""), stage("b", "S7b", "2025-03-01"))
    assert kpis(table)["K05"]["denominator"] == 1
    assert measure_progress({"progress_events": table}).summary["as_of"] == "2025-03-01"
    assert (
        len(
            measure_progress({"progress_events": log(stage("a", "S7b", ""))}).tables[
                "kpi_rows"
            ]
        )
        == 0
    )
