"""Placing firms: words that justify, codes, and the answer that it cannot be done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian import job
from yanlian.firms import PlaceParams, measures, place_firms
from yanlian.firms.place import build_placer, score_texts
from yanlian.tables import Table, read_table, split_list


@pytest.fixture(scope="module")
def segments():
    return read_table(job.SAMPLE / "segments.csv")


def placed(segments, **firm):
    firms = Table.of("firms", [{"firm_id": "f", "name_en": "Firm", **firm}])
    return place_firms({"segments": segments, "firms": firms})


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("vacuum flasks and insulated bottles", "U01"),
        ("cordless drills and impact wrenches", "T05"),
        ("harmonic reducers", "C14"),
        ("general MCUs", "C34"),
        ("MOSFET and IGBT chips", "C32"),
        ("injection moulding machines", "E04"),
        ("heavy-truck battery swap stations", "X09"),
    ],
)
def test_english_descriptions_find_their_segment(segments, text, segment):
    rows = placed(segments, products_en=text).tables["placements"].rows()
    assert rows[0]["segment_id"] == segment
    assert rows[0]["words"]


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("不锈钢保温杯", "U01"),
        ("谐波减速器", "C14"),
        ("单片机", "C34"),
        ("融资租赁", "S06"),
    ],
)
def test_chinese_descriptions_find_their_segment(segments, text, segment):
    rows = placed(segments, products_zh=text).tables["placements"].rows()
    assert rows[0]["segment_id"] == segment


def test_a_code_places_a_firm_without_words(segments):
    codes = [code for cell in segments["hs6"] for code in split_list(cell)]
    single = next(code for code in codes if codes.count(code) == 1)
    rows = placed(segments, hs6=single).tables["placements"].rows()
    assert rows[0]["method"] == "code"
    shared = next(code for code in codes if codes.count(code) > 3)
    assert len(placed(segments, hs6=shared).tables["placements"]) == 0


@pytest.mark.parametrize(
    ("firm", "reason"),
    [({}, "no_text"), ({"products_en": "xyzzy quux"}, "no_word")],
)
def test_what_cannot_be_placed_says_why(segments, firm, reason):
    result = placed(segments, **firm)
    assert len(result.tables["placements"]) == 0
    row = result.tables["unplaced"].rows()[0]
    assert row["reason"] == reason
    assert row["reason_zh"] != row["reason_en"]
    assert result.notes[0].rows == 1


def test_every_firm_is_placed_or_listed_as_unplaced(sample_job):
    workspace, runs = sample_job
    tables = runs["place"].result.tables
    both = set(tables["placements"]["firm_id"]) | set(tables["unplaced"]["firm_id"])
    assert both == set(workspace.tables["firms"]["firm_id"])
    assert not set(tables["placements"]["firm_id"]) & set(tables["unplaced"]["firm_id"])


def test_fewer_segments_are_kept_when_asked(segments):
    firms = Table.of(
        "firms",
        [{"firm_id": "f", "name_en": "F", "products_en": "kettles, blenders, ovens"}],
    )
    result = place_firms(
        {"segments": segments, "firms": firms}, PlaceParams(max_segments=1)
    )
    assert len(result.tables["placements"]) == 1


@given(st.lists(st.sampled_from("abcdef"), max_size=4))
def test_an_embedder_is_optional_and_used_when_given(words):
    segments = read_table(job.SAMPLE / "segments.csv").take(np.arange(5))
    firms = Table.of("firms", [{"firm_id": "f", "products_en": " ".join(words)}])

    def embedder(texts):
        vectors = np.zeros((len(texts), 5))
        vectors[np.arange(len(texts)), np.arange(len(texts)) % 5] = 1
        return vectors

    result = place_firms({"segments": segments, "firms": firms}, embedder=embedder)
    assert result.tables["placements"]["segment_id"][0] == segments["segment_id"][0]


def test_scores_are_never_negative(segments):
    score, glossary, _ = score_texts(
        [[("steel cup", 1.0)], [("", 1.0)]], build_placer(segments)
    )
    assert (score >= 0).all()
    assert (glossary >= 0).all()
    assert not score[1].any()


def test_the_fit_recovers_known_coefficients():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    truth = np.array([-0.5, 1.5, -1.0])
    right = (rng.random(4000) < measures.logistic(x, truth)).astype(float)
    assert measures.fit_logistic(x, right) == pytest.approx(truth, abs=0.15)
