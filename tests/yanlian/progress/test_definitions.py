"""Definitions are data: a city's own set, what is wrong with one, how two differ."""

import json
import re
from pathlib import Path

import pytest

from tests.yanlian.progress.logs import kpis, log, stage
from yanlian import cli
from yanlian.errors import ParamError
from yanlian.progress import (
    ProgressParams,
    compare_sets,
    default_definitions,
    definitions_of,
    differences,
    read_definitions,
    rule_text,
)
from yanlian.progress.data import rule_table
from yanlian.progress.events import event_kinds, parse
from yanlian.progress.shapes import SHAPES
from yanlian.progress.wording import SHAPES as SHAPES_SAID
from yanlian.progress.wording import specs_text
from yanlian.tables import Table, read_workspace, schema, write_csv

LOG = log(
    stage("a", "S7b", "2025-03-01"),
    stage("a", "S8", "2025-04-01"),
    stage("b", "S7b", "2025-03-01"),
    stage("c", "S7b", "2024-03-01"),
    stage("c", "S8", "2025-04-01"),
)


def own(**changes):
    row = {
        "set": "luohe", "code": "K05", "name_en": "Landing rate", "name_zh": "落地率",
        "shape": "cohort_rate", "cohort": "stage what=S7b", "outcome": "stage what=S9+",
        "unit": "share",
    }  # fmt: skip
    return Table.of("kpi_definitions", [row | changes])


def test_a_set_of_ones_own_changes_its_indicators_and_keeps_the_others():
    found = kpis(LOG, own(), set="luohe")
    assert found["K05"]["value"] == 0
    assert found["K05"]["set"] == "luohe"
    assert found["K06"]["set"] == "yanlian"
    assert kpis(LOG, own())["K05"]["value"] == 0.5


def test_within_limits_the_days():
    assert kpis(LOG, own(outcome="stage what=S8", within_days=31.0), set="luohe")["K05"]["value"] == 0.5  # fmt: skip
    assert kpis(LOG, own(outcome="stage what=S8", within_days=30.0), set="luohe")["K05"]["value"] == 0  # fmt: skip


def test_an_evidence_rule_leaves_out_what_is_only_stated():
    table = log(
        stage("a", "S7b", "2025-03-01"),
        stage("a", "S8", "2025-04-01", level="verified"),
        stage("b", "S7b", "2025-03-01"),
        stage("b", "S8", "2025-04-01"),
    )
    changed = own(outcome="stage what=S8", level="verified")
    assert kpis(table, changed, set="luohe")["K05"]["value"] == 0.5
    assert kpis(table)["K05"]["value"] == 1


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"outcome": "stag what=S8"}, "kpi.spec", "stag"),
        ({"outcome": "stage what=S77"}, "kpi.spec", "S77"),
        ({"outcome": "stage which=S8"}, "kpi.spec", "which"),
        ({"outcome": "stage paid"}, "kpi.spec", "paid"),
        ({"outcome": "stage what="}, "kpi.spec", "what="),
        ({"outcome": ""}, "kpi.needs", "outcome"),
        ({"cohort": " | "}, "kpi.needs", "cohort"),
        ({"shape": "fresh"}, "kpi.needs", "within_days"),
    ],
)
def test_a_definition_that_cannot_be_used_is_named(changes, code, word):
    with pytest.raises(ParamError) as caught:
        read_definitions(own(**changes))
    finding = caught.value.findings[0]
    assert finding.code == code
    assert finding.where == "kpi_definitions luohe K05"
    assert word in finding.say.en
    assert word in finding.say.zh


def test_a_set_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ParamError, match="luohe, reports, yanlian"):
        kpis(LOG, own(), set="luoyang")


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(ParamError, match="window is empty"):
        kpis(LOG, window_from="2025-12-31", window_to="2025-01-01")


def test_two_formulas_on_one_log_and_why_they_differ():
    params = ProgressParams(window_from="2025-01-01", window_to="2025-12-31")
    tables = {"progress_events": LOG}
    found = compare_sets(tables, "K05", ("yanlian", "reports"), params)
    assert [f.value for f in found["figures"]] == [0.5, 1.0]
    assert [text.en.split(":")[0] for text in found["differences"]] == [
        "Computed as", "Outcome",
    ]  # fmt: skip
    # The deal signed last year counts in one formula only.
    assert found["rows"] == [{"subject": "c", "first": "", "second": "met"}]
    with pytest.raises(ParamError, match="K99"):
        compare_sets(tables, "K99", ("yanlian", "reports"), params)


def test_equal_definitions_do_not_differ():
    first = definitions_of({}, "yanlian")["K05"]
    assert differences(first, first) == ()
    limit = definitions_of({"kpi_definitions": own(within_days=90.0)}, "luohe")["K05"]
    assert differences(first, limit)[-1].en == "Within: no limit against 90 days."


def test_every_definition_is_said_in_both_languages():
    for kpi in read_definitions(default_definitions()).values():
        text = rule_text(kpi)
        assert text.en != text.zh
        assert "%" not in text.en
        assert specs_text((*kpi.cohort, *kpi.outcome)).en
        assert kpi.name.en
        assert kpi.name.zh


def test_a_later_stage_is_said():
    assert (
        specs_text(parse("stage what=S8+")).en == "entry into a stage (Landed or later)"
    )


def test_words_and_tables_name_the_same_things():
    choices = {c.name: c.choices for c in schema("kpi_definitions").columns}
    assert set(choices["shape"]) == {*SHAPES, "target"} == set(SHAPES_SAID)
    kinds = {c.name: c.choices for c in schema("progress_events").columns}["kind"]
    assert kinds == event_kinds()
    assert len(rule_table("kinds")) == len(kinds)


def test_the_log_is_measured_the_same_from_a_file(tmp_path, capsys):
    write_csv(LOG, tmp_path / "progress_events.csv")
    write_csv(own(), tmp_path / "kpi_definitions.csv")
    words = ["kpis", "--workspace", str(tmp_path), "--window-from", "2025-01-01"]
    assert cli.main([*words, "--set", "luohe", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    row = next(r for r in shown["tables"]["kpis"] if r["code"] == "K05")
    assert (row["set"], row["value"], row["as_of"]) == ("luohe", 0, "2025-04-01")
    assert shown["study"] == "progress"
    assert cli.main([*words, "--lang", "zh", "--out", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "落地率" in text
    assert "50.0 %" in text
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "kpis.csv", "kpi_rows.csv", "manifest.json",
    }  # fmt: skip


def test_a_workspace_without_a_log_says_what_to_add(capsys):
    assert cli.main(["kpis", "--lang", "en"]) == 1
    assert "progress_events" in capsys.readouterr().err
    assert cli.main(["kpis", "--lang", "zh"]) == 1
    assert "progress_events" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_tables_of_the_guide_can_be_measured(lang, tmp_path):
    root = Path(__file__).parent.parent.parent.parent
    text = (root / "docs" / "guide" / lang / "progress.md").read_text("utf-8")
    blocks = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    for block, name in zip(blocks, ("progress_events", "kpi_definitions"), strict=True):
        (tmp_path / f"{name}.csv").write_text(block, encoding="utf-8")
    tables = read_workspace(tmp_path)
    found = kpis(tables["progress_events"], tables["kpi_definitions"], set="luohe")
    assert found["K02"]["value"] == 1
    assert found["K05"]["value"] == 0
    assert found["K08"]["value"] == 2e7
    assert found["K22 promised"]["value"] == 120
