"""The practice city: ten invented segments, every figure computed by hand below."""

import math

import pytest

from yanlian import job
from yanlian.chains import GapParams, find_gaps
from yanlian.tables import Table, read_workspace

HOME = GapParams(region="practice")
# Level of a firm: 0.3 at CNY 10 m, 0.2 more for each tenfold.
FAN_WORKS = 0.3 + 0.2 * math.log10(80)  # CNY 800 m
MOTOR_WORKS = 0.3 + 0.2 * math.log10(20)  # CNY 200 m
# Survey 8 × 1, indicator of CNY 10 bn 3 × 1, one firm 1.5 × its level.
FAN = (8 + 3 + 1.5 * FAN_WORKS) / 12.5
# Trade body 4 × 3/4, one firm 1.5 × its level.
MOTOR = (4 * 0.75 + 1.5 * MOTOR_WORKS) / 5.5


def need(amount):
    return 1 - math.exp(-amount / 2)


@pytest.fixture(scope="module")
def practice():
    placed = {"L1": "PP1", "L2": "PC2", "L3": "PC5", "O1": "PM2", "O2": "PC1"}
    placements = [
        {"firm_id": firm, "segment_id": segment, "rank": 1, "confidence": 1.0}
        for firm, segment in placed.items()
    ]
    tables = read_workspace(job.SAMPLES / "practice")
    return {**tables, "placements": Table.of("placements", placements)}


def found(tables):
    result = find_gaps(tables, HOME).tables
    strengths = {r["segment_id"]: r for r in result["strengths"].rows()}
    gaps = {r["segment_id"]: r for r in result["gaps"].rows()}
    raw = {
        (r["gap_id"].split("-", 1)[1], r["name"]): r["raw"]
        for r in result["gap_contributions"].rows()
    }
    return strengths, gaps, raw


def test_strengths_are_those_computed_by_hand(practice):
    strengths, _, _ = found(practice)
    assert strengths["PP1"]["strength"] == pytest.approx(FAN)
    assert strengths["PC2"]["strength"] == pytest.approx(MOTOR)
    assert strengths["PC5"]["strength"] == pytest.approx(0.3)
    assert {k: v["state"] for k, v in strengths.items()} == {
        "PM1": "unknown", "PM2": "missing", "PC1": "missing", "PC2": "strong",
        "PC3": "unknown", "PC4": "unknown", "PC5": "weak", "PP1": "strong",
        "PP2": "unknown", "PS1": "unknown",
    }  # fmt: skip


def test_gaps_are_of_the_kinds_a_person_would_name(practice):
    _, gaps, _ = found(practice)
    assert {k: v["kind"] for k, v in gaps.items()} == {
        "PM2": "fill",  # motors cannot be made without magnets, nobody makes them
        "PC1": "fill",  # fans use chips, all are bought elsewhere
        "PC3": "fill",  # fans cannot be made without blades, no maker is on file
        "PP2": "extend",  # one step from the strong motor
        "PC4": "build",  # new energy without a base
    }


def test_demand_is_that_computed_by_hand(practice):
    _, _, raw = found(practice)
    assert raw["PM2", "demand"] == pytest.approx(need(MOTOR))
    # A usual part counts (2/3)² of the fan's need.
    assert raw["PC1", "demand"] == pytest.approx(need(4 / 9 * FAN))
    assert raw["PC3", "demand"] == pytest.approx(need(FAN))
    assert raw["PC4", "demand"] == 0.0


def test_the_other_reasons_are_those_computed_by_hand(practice):
    _, _, raw = found(practice)
    assert raw["PM2", "path"] == 1.0  # one step along a vital supply
    assert raw["PC1", "path"] == pytest.approx(2**-0.5)  # one and a half steps
    assert raw["PM2", "resilience"] == pytest.approx(1 - math.exp(-MOTOR / 1.5))
    assert raw["PC1", "resilience"] == 0.0
    assert raw["PM2", "theme"] == 1.0
    assert raw["PC1", "rivals"] == pytest.approx(1 - math.exp(-1 / 3))
    # Surveyed: precision 8 of 8 + 3; nothing on file: no confidence at all.
    assert raw["PM2", "evidence"] == pytest.approx(1 - 8 / 11)
    assert raw["PC3", "evidence"] == 1.0


def test_what_is_here_meets_part_of_the_need(practice):
    rows = practice["presence"].rows()
    for row in rows:
        row["level"] = 1.0 if row["segment_id"] == "PC2" else row["level"]
    _, gaps, raw = found({**practice, "presence": Table.of("presence", rows)})
    motor = (4 * 0.25 + 1.5 * MOTOR_WORKS) / 5.5
    assert gaps["PC2"]["kind"] == "strengthen"
    assert raw["PC2", "demand"] == pytest.approx((1 - motor) * need(FAN))


def test_a_supplier_on_file_alone_is_a_gap_to_strengthen(practice):
    supplies = practice["supplies"].rows()
    for row in supplies:
        if row["supplier_id"] == "PC5":
            row["importance"] = 3.0
    _, gaps, _ = found({**practice, "supplies": Table.of("supplies", supplies)})
    assert gaps["PC5"]["kind"] == "strengthen"


def test_without_any_evidence_nothing_is_called_missing(practice):
    bare = {k: practice[k] for k in ("segments", "supplies", "regions")}
    strengths, _, _ = found(bare)
    assert {v["state"] for v in strengths.values()} == {"unknown"}
