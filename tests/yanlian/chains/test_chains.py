"""Graph, strength and gaps on a chain small enough to compute by hand."""

import math

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.yanlian.chains.conftest import segments, supplies
from yanlian.chains import GapParams, check_chain, find_gaps, measures
from yanlian.chains.graph import build_chain, nearest_strong
from yanlian.chains.layout import layered_positions, layers
from yanlian.chains.strength import estimate_strengths, size_level
from yanlian.errors import TableError
from yanlian.tables import Table, split_list


def by(table, key):
    return {row[key]: row for row in table.rows()}


def test_a_cycle_is_reported_with_its_members():
    findings = check_chain(segments(), supplies([("drill", "bar", 1)]))
    assert [f.code for f in findings] == ["chain.cycle"]
    assert "bar > gear > drill > bar" in findings[0].say.en
    with pytest.raises(TableError, match="1 findings"):
        build_chain(segments(), supplies([("drill", "bar", 1)]))


def test_every_cycle_is_reported_at_once():
    edges = [("drill", "bar", 1), ("shop", "cell", 1), ("shop", "drill", 1)]
    assert len(check_chain(segments(), supplies(edges))) == 1  # one component of five
    both = supplies([("gear", "bar", 1), ("shop", "drill", 1)])
    assert len(check_chain(segments(), both)) == 2


def test_supplies_to_unknown_segments_stop_the_building():
    with pytest.raises(TableError) as caught:
        build_chain(segments(), supplies([("gear", "moon", 1)]))
    assert "moon" in caught.value.text("en")


def test_states_are_those_of_the_picture(tables):
    strengths, evidence = estimate_strengths(tables, "home")
    found = by(strengths, "segment_id")
    assert {k: v["state"] for k, v in found.items()} == {
        "ore": "unknown", "bar": "adequate", "gear": "missing", "cell": "unknown",
        "drill": "strong", "shop": "unknown",
    }  # fmt: skip
    # Surveyed, level 4 of 4: mean level 1, precision 8, confidence 8 / (8 + 3).
    assert found["drill"]["strength"] == 1.0
    assert found["drill"]["confidence"] == pytest.approx(8 / 11)
    # One firm of CNY 1 bn: level 0.7; alone it is capped at 0.35 + 0.25 × 0.7.
    assert found["bar"]["strength"] == pytest.approx(0.525)
    assert found["bar"]["firms"] == 1
    assert math.isnan(found["cell"]["strength"])
    assert set(evidence["segment_id"]) == {"bar", "gear", "drill"}


def test_no_data_is_unknown_never_missing(tables):
    bare = {k: tables[k] for k in ("segments", "supplies")}
    strengths, evidence = estimate_strengths(bare, "home")
    assert set(strengths["state"]) == {"unknown"}
    assert np.isnan(strengths["strength"]).all()
    assert len(evidence) == 0


def test_half_the_evidence_lowers_confidence_not_strength(tables):
    row = {"region_id": "home", "segment_id": "cell", "level": 3, "survey": "reported"}
    many = {**tables, "presence": Table.of("presence", [row] * 4)}
    few = {**tables, "presence": Table.of("presence", [row] * 2)}
    a = by(estimate_strengths(many, "home")[0], "segment_id")["cell"]
    b = by(estimate_strengths(few, "home")[0], "segment_id")["cell"]
    assert a["strength"] == b["strength"] == 0.75
    assert a["confidence"] > b["confidence"]
    assert (
        a["strength_high"] - a["strength_low"] < b["strength_high"] - b["strength_low"]
    )


def test_gaps_have_the_kinds_of_the_picture(tables):
    result = find_gaps(tables, GapParams(region="home"))
    gaps = by(result.tables["gaps"], "segment_id")
    assert gaps["gear"]["kind"] == "fill"
    assert gaps["cell"]["kind"] == "fill"
    assert gaps["shop"]["kind"] == "extend"
    assert "drill" not in gaps
    assert gaps["gear"]["path"] == "gear; drill"
    assert gaps["gear"]["needed_by"] == "drill"
    assert split_list(gaps["gear"]["inputs_here"]) == ["bar"]
    assert "looked for here and not found" in gaps["gear"]["reason_en"]
    assert "unknown" in gaps["cell"]["reason_en"]


def test_demand_is_that_of_the_formula(tables):
    result = find_gaps(tables, GapParams(region="home"))
    parts = {
        (row["gap_id"], row["name"]): row
        for row in result.tables["gap_contributions"].rows()
    }
    # One strong buyer (strength 1) that cannot do without it: 1 - exp(-1 / 2).
    demand = parts["fill-gear", "demand"]
    assert demand["raw"] == pytest.approx(1 - math.exp(-1 / 2))
    assert demand["value"] == pytest.approx(30 * (1 - math.exp(-0.5)), abs=1e-3)
    assert parts["fill-cell", "theme"]["value"] == 16.0
    assert parts["fill-gear", "theme"]["value"] == 0.0
    assert demand["rows"] == "supplies:gear>drill"


def test_a_score_is_exactly_the_sum_of_its_contributions(sample_job):
    _, runs = sample_job
    tables = runs["gaps"].result.tables
    sums = {}
    for row in tables["gap_contributions"].rows():
        sums[row["gap_id"]] = sums.get(row["gap_id"], 0.0) + row["value"]
    for gap in tables["gaps"].rows():
        if gap["score"] == gap["score"]:
            assert gap["score"] == pytest.approx(sums[gap["gap_id"]], abs=1e-9)


def test_the_same_seed_gives_the_same_result_and_another_other_ranks(tables):
    one = find_gaps(tables, GapParams(region="home"), seed=1).tables["gaps"].hash
    assert (
        find_gaps(tables, GapParams(region="home"), seed=1).tables["gaps"].hash == one
    )


def test_rows_in_another_order_give_the_same_scores(tables):
    turned = {k: t.take(np.arange(len(t))[::-1]) for k, t in tables.items()}
    a = by(find_gaps(tables, GapParams(region="home")).tables["gaps"], "gap_id")
    b = by(find_gaps(turned, GapParams(region="home")).tables["gaps"], "gap_id")
    assert {k: v["score"] for k, v in a.items()} == pytest.approx(
        {k: v["score"] for k, v in b.items()}, nan_ok=True
    )


def test_a_weight_of_zero_takes_a_reason_out(tables):
    result = find_gaps(tables, GapParams(region="home", weight_theme=0))
    values = [
        r["value"]
        for r in result.tables["gap_contributions"].rows()
        if r["name"] == "theme"
    ]
    assert values
    assert not any(values)


def test_an_empty_chain_has_no_gaps():
    empty = {"segments": segments().take([]), "supplies": supplies().take([])}
    result = find_gaps(empty, GapParams(region="home"))
    assert len(result.tables["gaps"]) == 0


@given(st.integers(2, 12), st.integers(0, 1000))
def test_ways_to_a_strong_segment_agree_with_networkx(size, seed):
    rng = np.random.default_rng(seed)
    dense = np.triu(rng.integers(0, 4, (size, size)), 1).astype(float)
    ids = tuple(f"s{i}" for i in range(size))
    chain = type(build_chain(segments(), supplies()))(
        ids, {k: i for i, k in enumerate(ids)}, sp.csr_array(dense)
    )
    strong = rng.random(size) < 0.3
    distance, ways = nearest_strong(chain, strong, 3)
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    for a, b in zip(*np.nonzero(dense), strict=True):
        graph.add_edge(int(a), int(b), weight=1 + (3 - dense[a, b]) / 2)
    sources = np.flatnonzero(strong).tolist()
    found = (
        nx.multi_source_dijkstra_path_length(graph, sources, cutoff=3)
        if sources
        else {}
    )
    for node in range(size):
        assert distance[node] == found.get(node, np.inf)
        if 0 < distance[node] < np.inf:
            assert nx.path_weight(graph, ways[node], "weight") == distance[node]
            assert strong[ways[node][-1]]


def test_a_way_over_vital_parts_is_nearer_than_one_over_trifles(tables):
    chain = build_chain(segments(), supplies())
    distance, _ = nearest_strong(
        chain, np.array([s == "drill" for s in chain.index]), 3
    )
    assert dict(zip(chain.index, distance, strict=True)) == {
        "ore": 3, "bar": 2, "gear": 1, "cell": 1, "drill": 0, "shop": 1.5,
    }  # fmt: skip


@given(st.integers(2, 9), st.integers(0, 1000))
def test_more_need_never_means_less_pull(size, seed):
    rng = np.random.default_rng(seed)
    supply = sp.csr_array(np.triu(rng.integers(0, 4, (size, size)), 1).astype(float))
    strength = np.where(rng.random(size) < 0.5, rng.random(size), np.nan)
    pull = measures.demand_pull(supply, strength, 2.0, 0.6)
    more = measures.demand_pull(supply, np.nan_to_num(strength) + 0.1, 2.0, 0.6)
    assert (pull >= np.nan_to_num(strength)).all()
    assert (more >= pull - 1e-12).all()


@given(hnp.arrays(float, (5, 8), elements=st.floats(0, 1)),
       hnp.arrays(float, 8, elements=st.floats(0.01, 3)))  # fmt: skip
def test_scores_stay_within_their_range(raw, weights):
    score = measures.gap_scores(raw, weights).sum(axis=1)
    # The minus part cannot exceed its points over those of the plus part.
    assert (score <= 100 + 1e-9).all()
    doubled = measures.gap_scores(raw, 2 * weights).sum(axis=1)
    assert doubled == pytest.approx(score)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=6))
def test_an_interval_holds_its_estimate(pieces):
    level = np.array([sum(p * v for v, p in pieces)])
    total = np.array([sum(p for _, p in pieces)])
    mean, low, high = measures.beta_estimate(level, total)
    assert 0 <= low <= mean <= high <= 1


def test_sizes_of_unknown_firms_are_neutral():
    nan = float("nan")
    assert size_level(np.array([nan]), np.array([nan]))[0] == 0.45
    assert size_level(np.array([1e13]), np.array([nan]))[0] == 1.0


@given(st.integers(1, 14), st.integers(0, 1000))
def test_every_supply_leads_to_a_higher_layer_and_no_two_cells_meet(size, seed):
    rng = np.random.default_rng(seed)
    dense = np.triu(
        rng.integers(0, 4, (size, size)) * (rng.random((size, size)) < 0.4), 1
    )
    supply = sp.csr_array(dense.astype(float))
    level = layers(supply)
    rows, columns = supply.nonzero()
    assert (level[columns] > level[rows]).all()
    ids = tuple(f"s{i}" for i in range(size))
    chain = type(build_chain(segments(), supplies()))(
        ids, {k: i for i, k in enumerate(ids)}, supply
    )
    at = layered_positions(chain)
    assert len({tuple(p) for p in at}) == size
    # The longest way to a segment, as another program finds it.
    graph = nx.from_numpy_array(dense, create_using=nx.DiGraph)
    assert level.max() == nx.dag_longest_path_length(graph, weight=None)
