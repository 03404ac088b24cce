"""The terms of segments, and how a phrase is read against them."""

import numpy as np
import pytest

from yanlian import job
from yanlian.firms import build_placer, words
from yanlian.firms.placer import DESCRIBES, SAME, cell, name_parts, segment_terms
from yanlian.firms.scores import score_phrases, score_texts
from yanlian.tables import Table, read_table


@pytest.fixture(scope="module")
def segments():
    return read_table(job.SAMPLE / "segments.csv")


@pytest.fixture(scope="module")
def placer(segments):
    return build_placer(segments)


def one(**segment):
    return Table.of("segments", [{"segment_id": "s", **segment}])


def key(placer, text):
    codes = [placer.lexicon[token] for token in words.tokens(words.fold(text))]
    (found,), _ = words.phrases(codes, placer.terms)
    return found[0]


def test_a_name_of_two_things_names_both():
    assert dict(name_parts("Air fryer, oven and electric grill")) == {
        "Air fryer": 1.0,
        "oven and electric grill": 1.0,
        "oven": 0.3,
        "oven grill": 0.8,
        "electric grill": 0.8,
    }
    assert ("玻璃杯", SAME) in name_parts("玻璃杯与塑料杯")
    # Equipment alone is too general to be the name of a segment.
    assert "equipment" not in dict(name_parts("Equipment and battery leasing"))


def test_a_segment_gets_synonyms_kinds_and_families_with_falling_weight():
    (terms,) = segment_terms(one(name_en="Angle grinder", keywords_zh="角磨机"))
    own, same = terms["angle", "grinder"], terms[tuple("角向磨光机")]
    family = terms["power", "tool"]
    assert own == 1.0
    assert own > same > family > 0
    (terms,) = segment_terms(one(name_en="Bearing"))
    assert own > terms["ball", "bearing"] > 0


def test_one_minor_word_in_common_is_little():
    (terms,) = segment_terms(one(name_en="Leaf clearing", keywords_zh="吹风机"))
    assert terms[tuple("电吹风")] < 0.5


def test_the_word_that_names_the_thing_counts_more_than_the_one_before(placer):
    reading = placer.read(key(placer, "forklift gearbox"))
    weight = {stop: value for _, value, _, stop in reading.matches}
    assert weight[2] > weight[1]
    assert weight[1] <= DESCRIBES


@pytest.mark.parametrize(
    ("phrase", "segment", "other"),
    [
        ("robot lawn mower", "X06", "G03"),
        ("割草机器人", "X06", "G03"),
        ("air-conditioning compressor", None, "T08"),
        ("空调压缩机", None, "T08"),
        ("hub motor", "C07", "C05"),
        ("injection moulding machine", "E04", "P06"),
    ],
)
def test_a_longer_term_covers_the_shorter_inside_it(placer, phrase, segment, other):
    found = score_phrases([key(placer, phrase)], placer)
    ids = placer.segment_ids
    covered = cell(found, 0, ids.index(other))
    assert covered < 0.35
    if segment:
        assert cell(found, 0, ids.index(segment)) > 2 * covered


def test_what_follows_the_name_of_the_thing_changes_little(placer):
    bare, dressed = (key(placer, t) for t in ("能源储能", "储能系统产品"))
    found = score_phrases([key(placer, "储能"), bare, dressed], placer)
    column = placer.segment_ids.index("X12")
    assert cell(found, 2, column) > 0.5
    assert cell(found, 2, column) > 0.7 * cell(found, 0, column)


def test_scores_are_finite_and_never_negative(placer):
    scores = score_texts([[("steel cup", 1.0)], [("", 1.0)], []], placer)
    assert np.isfinite(scores.total).all()
    assert (scores.total >= 0).all()
    assert not scores.total[1:].any()
    assert scores.phrases.tolist() == [1, 0, 0]


def test_a_chain_without_keywords_is_ordered_by_the_whole_description():
    chain = [
        {"segment_id": "a", "name_en": "Household appliances", "name_zh": "家用电器"},
        {"segment_id": "b", "name_en": "Steel casting", "name_zh": "铸钢"},
    ]
    placer = build_placer(Table.of("segments", chain))
    total = score_texts([[("厨房用具及小型电器", 1.0)]], placer).total
    assert total[0, 0] > total[0, 1]


def test_a_chain_of_no_segments_and_one_without_words_are_allowed():
    none = build_placer(Table.of("segments", []))
    assert none.segment_ids == ()
    assert not score_texts([[("gear, 齿轮", 1.0)], []], none).total.any()
    placer = build_placer(one(name_en="1", name_zh="门"))
    assert score_texts([[("门", 1.0)]], placer).total.shape == (1, 1)
