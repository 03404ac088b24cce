"""Ranking targets: three sums, what is missing, and a balanced list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import ParamError
from yanlian.tables import Table
from yanlian.targets import TargetParams, balanced_list, rank_targets, visit_value


def make(firms, **more):
    segments = Table.of(
        "segments",
        [{"segment_id": s, "name_en": s, "name_zh": s, "short_en": s, "short_zh": s,
          "kind": "product", "stage": "upstream"} for s in ("cell", "chip")],
    )  # fmt: skip
    gaps = Table.of(
        "gaps",
        [
            {
                "gap_id": "fill-cell",
                "rank": 1,
                "segment_id": "cell",
                "kind": "fill",
                "score": 80,
            },
            {
                "gap_id": "fill-chip",
                "rank": 2,
                "segment_id": "chip",
                "kind": "fill",
                "score": 40,
            },
        ],
    )
    regions = Table.of(
        "regions",
        [
            {
                "region_id": "home",
                "name_en": "Home",
                "name_zh": "甲",
                "lat": 30,
                "lon": 120,
            },
            {
                "region_id": "far",
                "name_en": "Far",
                "name_zh": "乙",
                "lat": 31,
                "lon": 120,
            },
        ],
    )
    rows = [{"region_id": "far", "lat": 31.0, "lon": 120.0, "name_en": f["firm_id"],
             **{k: v for k, v in f.items() if k != "on"}} for f in firms]  # fmt: skip
    placements = [
        {"firm_id": f["firm_id"], "segment_id": s, "rank": n + 1, "confidence": c}
        for f in firms
        for n, (s, c) in enumerate(f["on"])
    ]
    return {
        "segments": segments,
        "gaps": gaps,
        "regions": regions,
        "firms": Table.of("firms", rows),
        "placements": Table.of("placements", placements),
        **more,
    }


PARAMS = TargetParams(region="home")


def test_fit_is_the_sum_of_its_parts_computed_by_hand():
    tables = make([{"firm_id": "a", "on": [("cell", 0.5)]}])
    row = rank_targets(tables, PARAMS).tables["targets"].rows()[0]
    # 62 × 0.5 for the placement and 14 for the first trade.
    assert row["fit"] == pytest.approx(45.0)
    assert np.isnan(row["likelihood"])
    assert "no project" in row["missing_en"]
    # 111 km by great circle, 145 km by road: by rail 55 + 60 × 144.6 / 190 = 101 min.
    assert row["reach"] == pytest.approx(
        63 - 0.12 * (55 + 60 * 1.3 * 111.195 / 190 - 30), abs=0.02
    )
    assert row["value"] == pytest.approx(
        80 * 0.45 * (50 + row["reach"]) / 200, abs=0.01
    )


def test_each_score_is_the_exact_sum_of_its_contributions(sample_job):
    _, runs = sample_job
    tables = runs["targets"].result.tables
    sums = {}
    for part in tables["target_contributions"].rows():
        key = part["target_id"], part["score"]
        sums[key] = sums.get(key, 0.0) + part["value"]
    for row in tables["targets"].rows():
        for name in ("fit", "likelihood", "reach"):
            if row[name] == row[name]:
                assert row[name] == pytest.approx(
                    sums[row["target_id"], name], abs=1e-6
                )
                assert 0 <= row[name] <= 100
            else:
                assert (row["target_id"], name) not in sums


def test_local_and_historical_firms_are_no_targets():
    tables = make(
        [
            {"firm_id": "a", "on": [("cell", 0.9)], "region_id": "home"},
            {"firm_id": "b", "on": [("cell", 0.9)], "status": "historical"},
            {"firm_id": "c", "on": [("cell", 0.9)]},
        ]
    )
    assert set(rank_targets(tables, PARAMS).tables["targets"]["firm_id"]) == {"c"}


def test_a_firm_without_coordinates_cannot_be_scored_on_reach():
    tables = make([{"firm_id": "a", "on": [("cell", 0.9)], "lat": None, "lon": None}])
    row = rank_targets(tables, PARAMS).tables["targets"].rows()[0]
    assert np.isnan(row["reach"])
    assert "coordinates" in row["missing_en"]


def test_a_planted_order_is_recovered():
    events = [
        {"event_id": "e1", "date": "2024-01-01", "kind": "groundbreaking", "title_en": "Plant",
         "title_zh": "厂", "firm_ids": "moves", "region_id": "far"},
    ]  # fmt: skip
    firms = [
        {"firm_id": "weak", "on": [("cell", 0.4)]},
        {"firm_id": "fits", "on": [("cell", 0.9)]},
        {"firm_id": "moves", "on": [("cell", 0.9)]},
        {"firm_id": "other", "on": [("chip", 0.9)]},
    ]
    tables = make(firms, events=Table.of("events", events))
    order = list(rank_targets(tables, PARAMS).tables["targets"]["firm_id"])
    # Half the gap is worth less than a placement that is only half as sure.
    assert order == ["moves", "fits", "weak", "other"]


def test_an_unrelated_firm_changes_nothing_for_the_others():
    firms = [
        {"firm_id": "a", "on": [("cell", 0.9)]},
        {"firm_id": "b", "on": [("chip", 0.6)]},
    ]
    more = [*firms, {"firm_id": "z", "on": []}]
    a = rank_targets(make(firms), PARAMS).tables["targets"]
    b = rank_targets(make(more), PARAMS).tables["targets"]
    assert a.hash == b.hash


def test_without_gaps_or_firms_the_list_is_empty():
    tables = make([{"firm_id": "a", "on": []}])
    assert len(rank_targets(tables, PARAMS).tables["targets"]) == 0
    tables = {**tables, "gaps": tables["gaps"].take([])}
    assert rank_targets(tables, PARAMS).summary["targets"] == 0


def test_who_courts_a_firm_is_told_with_its_date():
    courting = [{"courting_id": "c1", "firm_id": "a", "firm_name_en": "A", "suitor_en": "City B",
                 "suitor_zh": "乙市", "suitor_region_id": "far", "kind": "visit",
                 "date": "2023-02", "text_en": "Visit.", "text_zh": "走访。"}]  # fmt: skip
    tables = make(
        [{"firm_id": "a", "on": [("cell", 0.9)]}],
        courting=Table.of("courting", courting),
    )
    row = rank_targets(tables, PARAMS).tables["targets"].rows()[0]
    assert (row["courted_by_en"], row["courted_by_zh"]) == ("City B", "乙市")
    assert row["last_courted"] == "2023-02"
    assert row["likelihood"] == 39.0  # base 30 and one suitor 9


@given(
    st.lists(
        st.tuples(st.floats(0.1, 100), st.integers(0, 3), st.integers(0, 5)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 12),
    st.floats(0, 1),
)
def test_a_short_list_names_no_firm_twice_and_nothing_worthless(rows, size, keep):
    value, gap, firm = (np.array(column) for column in zip(*rows, strict=True))
    chosen = balanced_list(value.astype(float), gap, firm, size, keep)
    assert len(chosen) <= size
    assert len(set(firm[chosen])) == len(chosen)


def project(firm, date):
    return {"event_id": f"e{firm}", "date": date, "kind": "groundbreaking", "title_en": "Plant",
            "title_zh": "工厂", "firm_ids": firm, "region_id": "far"}  # fmt: skip


def test_a_sign_of_four_years_ago_counts_half():
    events = Table.of(
        "events", [project("a", "2026-06-15"), project("b", "2022-06-15")]
    )
    firms = [{"firm_id": k, "on": [("cell", 0.9)]} for k in ("a", "b")]
    params = TargetParams(region="home", as_of="2026-06-15")
    found = rank_targets(make(firms, events=events), params).tables["targets"]
    likelihood = dict(zip(found["firm_id"], found["likelihood"], strict=True))
    assert likelihood["a"] == pytest.approx(30 + 26)
    assert likelihood["b"] == pytest.approx(30 + 13, abs=0.01)


def test_titles_and_losses_are_read_in_chinese_too():
    facts = [{"fact_id": "k1", "firm_id": "a", "head": "operation", "text_en": "Result.",
              "text_zh": "净亏损 3 亿元。", "date": "2026-06-15"}]  # fmt: skip
    firms = [
        {
            "firm_id": "a",
            "on": [("cell", 0.9)],
            "recognitions_zh": "国家专精特新“小巨人”企业",
        }
    ]
    params = TargetParams(region="home", as_of="2026-06-15")
    result = rank_targets(make(firms, facts=Table.of("facts", facts)), params)
    parts = {p["name"]: p for p in result.tables["target_contributions"].rows()}
    assert {p["name"] for p in parts.values() if p["score"] == "likelihood"} == {
        "base", "losses", "titles",
    }  # fmt: skip
    assert parts["losses"]["value"] == -14
    assert result.tables["targets"]["likelihood"][0] == 30 + 14 - 14


def test_a_loss_alone_is_no_sign_that_a_firm_moves():
    facts = [{"fact_id": "k1", "firm_id": "a", "head": "operation",
              "text_en": "Net loss CNY 3 m.", "text_zh": "", "date": "2026"}]  # fmt: skip
    firms = [{"firm_id": "a", "on": [("cell", 0.9)]}]
    tables = make(firms, facts=Table.of("facts", facts))
    assert np.isnan(rank_targets(tables, PARAMS).tables["targets"]["likelihood"][0])


def test_targets_near_each_other_are_reached_by_one_trip():
    firms = [
        {"firm_id": "a", "on": [("cell", 0.9)]},
        {"firm_id": "b", "on": [("chip", 0.9)], "lat": 31.1},
        {"firm_id": "c", "on": [("chip", 0.9)], "lat": 35.0},
    ]
    parts = rank_targets(make(firms), PARAMS).tables["target_contributions"].rows()
    along = {p["target_id"]: p["value"] for p in parts if p["name"] == "along"}
    assert along == {"a/fill-cell": 1.5, "b/fill-chip": 1.5}


def test_local_buyers_could_introduce_us():
    supplies = [{"supplier_id": "chip", "buyer_id": "cell", "importance": 3}]
    firms = [
        {"firm_id": "a", "on": [("chip", 0.9)]},
        {"firm_id": "Buyer", "on": [("cell", 0.9)], "region_id": "home"},
    ]
    tables = make(firms, supplies=Table.of("supplies", supplies))
    parts = rank_targets(tables, PARAMS).tables["target_contributions"].rows()
    introduced = [p for p in parts if p["name"] == "introduction"]
    assert [p["value"] for p in introduced] == [7]
    assert "Buyer" in introduced[0]["text_en"]


def test_a_day_that_cannot_be_read_is_explained():
    with pytest.raises(ParamError, match="2026-12-07"):
        TargetParams(as_of="soon")


@given(st.floats(-40, 100), *(st.floats(0, 100) for _ in range(3)))
def test_a_visit_is_never_worth_more_than_its_gap(gap, fit, likelihood, reach):
    arrays = (np.array([x]) for x in (gap, fit, likelihood, reach))
    value, readiness = visit_value(*arrays)
    assert 0 <= value[0] <= max(gap, 0) + 1e-9
    assert 0 <= readiness[0] <= 1
