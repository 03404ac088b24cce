"""The study: rows of each table, wording, marks, notes, wrong parameters, the sample."""

import csv
import math

import pytest

from tests.yanlian.ladder.firms import GIANT, INNOVATIVE, SRDI, run
from yanlian import job, studies
from yanlian.errors import ParamError
from yanlian.ladder import LadderParams
from yanlian.tables import Table

YEAR = LadderParams(year=2025, length=100)


def rows(result, table, **wanted):
    return [
        row
        for row in result.tables[table].rows()
        if all(row[name] == value for name, value in wanted.items())
    ]


def test_one_row_for_each_firm_and_tier_with_all_rules_counted():
    result = run(INNOVATIVE, YEAR)
    listed = rows(result, "ladder")
    assert [r["tier"] for r in listed] == ["innovative_sme", "srdi_sme", "little_giant"]
    for row in listed:
        counted = sum(
            row[f"rules_{name}"] for name in ("met", "part", "unmet", "unknown")
        )
        assert counted == len(rows(result, "ladder_rules", tier=row["tier"]))
    first = listed[0]
    assert (first["passes"], first["points_low"], first["points_high"]) == (
        "yes",
        75,
        75,
    )


def test_an_outcome_speaks_of_what_is_on_file_and_claims_no_entitlement():
    first, second, third = rows(run(GIANT | INNOVATIVE, YEAR), "ladder")
    for row in (first, second, third):
        assert "what is on file" in row["reason_en"].lower()
        assert "在册资料" in row["reason_zh"]
        for word in ("entitled", "qualif", "eligible"):
            assert word not in row["reason_en"]
    assert "No entitlement follows" in first["reason_en"]
    assert "不构成认定资格" in first["reason_zh"]


def test_rules_not_seen_are_marked_in_every_output():
    result = run(SRDI, YEAR)
    (row,) = rows(result, "ladder", tier="srdi_sme")
    assert (row["passes"], row["rests_on_unseen"], row["rules_unseen"]) == (
        "yes",
        1,
        13,
    )
    assert "to be checked" in row["reason_en"]
    assert "待核" in row["reason_zh"]
    scored = rows(result, "ladder_rules", tier="srdi_sme", kind="score")
    assert {r["text_seen"] for r in scored} == {"one source"}
    for near in rows(result, "nearest", tier="little_giant"):
        marked = "check the rule before use" in near["text_en"]
        assert marked == (near["text_seen"] != "yes")
        assert ("使用前请核对" in near["text_zh"]) == marked
    assert any(note.code == "ladder.unseen" for note in result.notes)


def test_a_rule_row_names_value_threshold_distance_year_and_source():
    result = run({"rd_share@2024": 0.025}, YEAR)
    (row,) = rows(result, "ladder_rules", rule_id="I-2")
    assert (row["state"], row["points_low"], row["points_high"]) == ("part", 10, 10)
    assert (row["value"], row["threshold"], row["unit"]) == (0.025, 0.03, "share")
    assert row["distance"] == pytest.approx(0.005)
    assert (row["year"], row["source"], row["basis"]) == (2024, "source 0", "stated")
    assert (
        row["evidence_en"] == "R&D spend in revenue: 2.5 % (2024, stated by the firm)"
    )
    assert "2.5%（2024 年，企业自述）" in row["evidence_zh"]


def test_both_values_of_sources_that_differ_are_given():
    result = run({"rd_share": [0.028, 0.032]}, YEAR)
    (row,) = rows(result, "ladder_rules", rule_id="I-2")
    assert row["state"] == "unknown"
    assert math.isnan(row["value"])
    assert "2.8 %" in row["evidence_en"]
    assert "3.2 %" in row["evidence_en"]
    assert row["source"] == "source 0; source 1"
    first = rows(result, "nearest", tier="innovative_sme")[0]
    assert first["rule_id"] == "I-2"
    assert "sources differ across the threshold" in first["text_en"]


def test_a_computed_value_names_the_sources_of_its_parts():
    result = run({"rd_spend_cny": 2e6, "revenue_cny": 1e8}, YEAR)
    (row,) = rows(result, "ladder_rules", rule_id="I-2")
    assert row["value"] == 0.02
    assert row["source"] == "source 0"
    assert row["basis"] == "stated; computed"


def test_what_is_nearest_comes_first_and_says_how_much_and_whom_to_ask():
    said = {
        "rd_spend_cny": 900_000, "revenue_cny": 4e7, "niche_years": 1,
        "equity_cny": 0, "equity_cny@2024": 0,
    }  # fmt: skip
    near = rows(run(said, YEAR), "nearest", tier="srdi_sme")
    assert [r["rank"] for r in near] == list(range(1, len(near) + 1))
    codes = [r["rule_id"] for r in near]
    # R&D share lacks a quarter of its threshold, the years a half, like the unknown.
    assert codes.index("S-M2") < codes.index("S-M1") < codes.index("S-D4")
    (row,) = [r for r in near if r["rule_id"] == "S-M2"]
    assert row["text_en"] == (
        "R&D spend: R&D spend in revenue is 2.25 % on file (year 2025), asked is at least "
        "3 %, short by 0.75 %. To update it, ask for R&D spend and revenue of the same year."
    )
    assert "还差 0.75%" in row["text_zh"]


def test_nobody_is_told_to_shrink():
    near = rows(run(GIANT | {"rd_share": 0.01}, YEAR), "nearest", rule_id="L-4a")
    assert [r["measure"] for r in near] == ["rd_share"]


def test_a_tier_that_is_met_has_nothing_left_to_do():
    assert not rows(run(INNOVATIVE, YEAR), "nearest", tier="innovative_sme")


def test_the_row_of_the_firm_is_evidence_too():
    result = run(
        {}, YEAR, revenue_cny=2e7, revenue_year=2024, founded=2025, employees=80,
        recognitions_en="High-tech enterprise (2024); National little giant (2023)",
        recognitions_zh="高新技术企业（2024 年）；专精特新“小巨人”企业（2023 年）".replace("；", "; "),
        source_url="https://example.org/firm", basis="reported",
    )  # fmt: skip
    first, second, third = rows(result, "ladder")
    assert (first["passes"], first["direct"]) == ("yes", "yes")
    assert third["title_en"] == "National little giant (2023)"
    assert "小巨人" in third["title_zh"]
    assert (first["title_en"], second["title_en"]) == ("", "")
    (size,) = rows(result, "ladder_rules", rule_id="S-M3")
    assert (size["state"], size["source"]) == ("met", "https://example.org/firm")
    assert third["passes"] == "no"


def test_a_value_in_both_tables_is_one_value():
    firms = [{"firm_id": "F", "name_en": "F", "revenue_cny": 2e7, "revenue_year": 2024,
              "source_url": "u"}]  # fmt: skip
    listed = [{"firm_id": "F", "measure": "revenue_cny", "value": 2e7, "year": 2024,
               "source_url": "u"}]  # fmt: skip
    tables = {
        "firms": Table.of("firms", firms),
        "firm_measures": Table.of("firm_measures", listed),
    }
    result = studies.run("ladder", tables, YEAR).result
    (row,) = rows(result, "ladder_rules", rule_id="S-M3")
    assert row["evidence_en"].count("Revenue:") == 1


@pytest.mark.parametrize(
    ("params", "year"),
    [
        (LadderParams(), 2024),
        (LadderParams(as_of="2026-11-22"), 2025),
        (LadderParams(as_of="2026-11-22", year=2023), 2023),
    ],
)
def test_the_reference_year(params, year):
    result = run({"rd_share@2024": 0.05}, params)
    assert result.summary["year"] == year


def test_wrong_tiers_and_companies_are_all_named():
    with pytest.raises(ParamError) as caught:
        run({}, LadderParams(tiers=("giant",), firms=("F", "X", "Y")))
    assert [f.code for f in caught.value.findings] == [
        "param.choice", "param.firm", "param.firm",
    ]  # fmt: skip


def test_only_the_tiers_and_companies_asked_for():
    result = run(INNOVATIVE, LadderParams(tiers=("little_giant",), firms=("F",)))
    assert [r["tier"] for r in rows(result, "ladder")] == ["little_giant"]


def test_companies_that_no_longer_work_are_left_out_unless_named():
    result = run(INNOVATIVE, YEAR, status="historical")
    assert len(result.tables["ladder"]) == 0
    assert any(note.code == "ladder.historical" for note in result.notes)
    named = run(INNOVATIVE, LadderParams(firms=("F",)), status="historical")
    assert len(named.tables["ladder"]) == 3


def test_every_sentence_is_chinese_in_chinese():
    result = run(SRDI | {"rd_share": [0.02, 0.04], "own_brand": 0}, YEAR)
    for table, column in (("ladder", "reason"), ("nearest", "text")):
        for row in rows(result, table):
            words = row[f"{column}_zh"].replace("R&D", "").replace("ISO", "")
            assert "%(" not in words
            assert words.endswith("。")
            assert " is " not in words


def test_the_sample_says_only_what_its_facts_say():
    with (job.SAMPLE / "facts.csv").open(encoding="utf-8", newline="") as file:
        facts = {
            (r["firm_id"], r["text_en"], r["text_zh"], r["source_url"], r["year"])
            for r in csv.DictReader(file)
        }
    with (job.SAMPLE / "firm_measures.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert listed
    for row in listed:
        key = (
            row["firm_id"], row["text_en"], row["text_zh"], row["source_url"], row["year"],
        )  # fmt: skip
        assert key in facts, row


def test_the_sample_runs_and_marks_nobody_without_evidence():
    workspace = job.open_workspace(job.SAMPLE)
    result = job.run_to(workspace, "ladder", keep=False)["ladder"].result
    assert result.summary["year"] == 2025
    for row in rows(result, "ladder", passes="yes"):
        assert row["direct"] == "yes" or row["points_low"] >= 60
    for row in rows(result, "ladder_rules", state="unmet"):
        assert row["evidence_en"], row
