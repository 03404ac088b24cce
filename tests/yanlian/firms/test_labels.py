"""The hand-made labels, and the quality that must not fall."""

import csv
from pathlib import Path

import numpy as np
import pytest

from yanlian import job
from yanlian.firms import measures, place_firms
from yanlian.firms.place import PlaceParams, calibration
from yanlian.tables import read_table

LABELS = Path(__file__).parents[3] / "benchmarks" / "labels"


def rows(name):
    with (LABELS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(row):
    return [part for part in row["segment_ids"].split(";") if part]


@pytest.fixture(scope="module")
def segments():
    return read_table(job.SAMPLE / "segments.csv")


@pytest.fixture(scope="module")
def firms():
    return read_table(job.SAMPLE / "firms.csv")


@pytest.mark.parametrize("name", ["yongkang_firms.csv", "listed_firms.csv"])
def test_labels_name_segments_once_and_have_two_halves(segments, name):
    found = rows(name)
    known = set(segments["segment_id"])
    for row in found:
        assert set(parts(row)) <= known, row
        assert len(set(parts(row))) == len(parts(row)), row
        assert row["half"] in {"calibration", "test"}
    halves = [row["half"] for row in found]
    assert 0.4 < halves.count("test") / len(halves) < 0.6
    keys = [row.get("firm_id") or row["stock_code"] for row in found]
    assert len(set(keys)) == len(keys) >= 100


def test_the_sample_is_labelled_and_no_description_is_in_both_halves(firms):
    half = {row["firm_id"]: row["half"] for row in rows("yongkang_firms.csv")}
    assert sum(firm in half for firm in firms["firm_id"]) >= 150
    seen = {}
    for row in firms.rows():
        if row["products_zh"] and row["firm_id"] in half:
            seen.setdefault(row["products_zh"], set()).add(half[row["firm_id"]])
    assert [text for text, halves in seen.items() if len(halves) > 1] == []


# What was measured on the test half, less about three firms.
BARS = {
    "both": (0.92, 0.93, 0.86, 0.83),
    "products_en": (0.88, 0.91, 0.88, 0.76),
    "products_zh": (0.88, 0.91, 0.87, 0.80),
}


@pytest.mark.parametrize("view", BARS)
def test_placements_of_the_test_half_do_not_get_worse(segments, firms, view):
    truth = {
        row["firm_id"]: parts(row)
        for row in rows("yongkang_firms.csv")
        if row["half"] == "test"
    }
    chosen = firms.take(np.array([firm in truth for firm in firms["firm_id"]]))
    if view != "both":
        lang = view[-2:]
        blank = np.full(len(chosen), "", object)
        other = {"en": "zh", "zh": "en"}[lang]
        chosen = chosen.with_columns(
            **{f"products_{other}": blank, f"name_{other}": blank}
        )
    tables = {"segments": segments, "firms": chosen}
    every = place_firms(tables, PlaceParams(min_confidence=0.0)).tables["placements"]
    order = {}
    for row in every.rows():
        order.setdefault(row["firm_id"], []).append(row["segment_id"])
    known = [firm for firm in chosen["firm_id"] if truth[firm]]
    first = np.mean([order.get(f, [""])[0] in truth[f] for f in known])
    third = np.mean([bool({*order.get(f, [])[:3]} & {*truth[f]}) for f in known])
    kept = place_firms(tables).tables["placements"].rows()
    right = sum(row["segment_id"] in truth[row["firm_id"]] for row in kept)
    precision = right / len(kept)
    recall = right / sum(min(len(truth[firm]), 4) for firm in known)
    got = (first, third, precision, recall)
    assert all(value >= bar for value, bar in zip(got, BARS[view], strict=True)), got
    said = np.array([row["confidence"] for row in kept])
    was = np.array([row["segment_id"] in truth[row["firm_id"]] for row in kept], float)
    assert measures.brier_score(said, was) < 0.10


def test_the_calibration_says_what_it_was_fitted_on():
    for kind in ("", "_names_only"):
        assert len(calibration()[f"coefficients{kind}"]) == 5
        assert calibration()[f"fitted_on{kind}"]
    assert len(calibration()["features"]) == 5
    assert "calibration half" in calibration()["fitted_on"]
