"""Placing firms: words that justify, codes, and the answer that it cannot be done."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanlian import job
from yanlian.firms import (
    PlaceParams,
    build_placer,
    place_firms,
    place_stream,
    place_texts,
)
from yanlian.tables import Table, read_table, split_list


@pytest.fixture(scope="module")
def segments():
    return read_table(job.SAMPLE / "segments.csv")


@pytest.fixture(scope="module")
def placer(segments):
    return build_placer(segments)


def placed(segments, **firm):
    firms = Table.of("firms", [{"firm_id": "f", "name_en": "Firm", **firm}])
    return place_firms({"segments": segments, "firms": firms})


# The same thing said in both languages, and the segment of the chain that it is.
SAME = [
    ("vacuum flasks and insulated bottles", "不锈钢保温杯", "U01"),
    ("cordless drills and impact wrenches", "锂电钻、冲击扳手", "T05"),
    ("harmonic reducers", "谐波减速器", "C14"),
    ("general MCUs", "通用单片机", "C34"),
    ("MOSFET and IGBT chips", "功率半导体器件", "C32"),
    ("injection moulding machines", "注塑机", "E04"),
    ("heavy-truck battery swap stations", "重卡换电站", "X09"),
    ("equipment leasing", "设备租赁", "S06"),
    ("sintered NdFeB magnets", "烧结钕铁硼磁体", "M19"),
    ("cold-rolled stainless steel strip", "冷轧不锈钢带", "M02"),
    ("walking tractors", "手扶拖拉机", "G06"),
    ("printed circuit boards", "印制线路板", "C30"),
]


@pytest.mark.parametrize(("en", "zh", "segment"), SAME)
def test_both_languages_find_the_same_segment(segments, en, zh, segment):
    for firm in ({"products_en": en}, {"products_zh": zh}):
        rows = placed(segments, **firm).tables["placements"].rows()
        assert rows[0]["segment_id"] == segment, firm
        assert rows[0]["words"]
        assert rows[0]["method"] == "glossary"
        assert rows[0]["status"] == "placed"


@pytest.mark.parametrize(
    ("firm", "product", "application"),
    [
        ({"products_en": "brushless motors for power tools"}, "C06", "T05"),
        ({"products_zh": "电动工具用无刷电机"}, "C06", "T05"),
        ({"products_en": "gears and bearings used in motorcycles"}, "C12", "V03"),
        ({"products_zh": "齿轮，广泛应用于摩托车"}, "C12", "V03"),
        ({"products_en": "forklift gearboxes"}, "C63", "E17"),
        ({"products_zh": "电池包、扫地机器人用激光雷达"}, "C40", "X07"),
    ],
)
def test_what_a_product_is_for_is_not_the_product(segments, firm, product, application):
    result = placed(segments, **firm)
    found = {
        row["segment_id"]: row["confidence"]
        for row in result.tables["placements"].rows()
    }
    assert product in found
    assert found.get(application, 0.0) < found[product] - 0.3


@pytest.mark.parametrize(
    "text",
    [
        "technology, equipment, smart systems and solutions",
        "The company was formerly known as Ningbo Bearing Co., Ltd.",
        "智能装备与技术服务、整体解决方案、新材料产业",
        "air conditioners and air-conditioning compressors",
        "汽车零部件、汽车配件",
    ],
)
def test_general_words_and_other_things_place_nobody_surely(segments, text):
    result = placed(segments, products_en=text)
    rows = result.tables["placements"].rows()
    assert [row for row in rows if row["confidence"] > 0.6] == []


def test_a_code_places_a_firm_without_words(segments):
    codes = [code for cell in segments["hs6"] for code in split_list(cell)]
    single = next(code for code in codes if codes.count(code) == 1)
    rows = placed(segments, hs6=single).tables["placements"].rows()
    assert rows[0]["method"] == "code"
    assert rows[0]["words"] == single
    shared = next(code for code in codes if codes.count(code) > 3)
    assert len(placed(segments, hs6=shared).tables["placements"]) == 0


def test_a_code_adds_to_words(segments):
    wordy = placed(segments, products_en="gears").tables["placements"].rows()[0]
    code = split_list(segments["gbt4754"][list(segments["segment_id"]).index("C12")])[0]
    both = placed(segments, products_en="gears", gbt4754=code)
    row = next(r for r in both.tables["placements"].rows() if r["segment_id"] == "C12")
    assert row["confidence"] > wordy["confidence"]
    assert split_list(row["words"]) == [code, "gears"]


@pytest.mark.parametrize(
    ("firm", "reason"),
    [
        ({}, "no_text"),
        ({"products_en": " "}, "no_text"),
        ({"name_zh": "某某科技有限公司"}, "no_text"),
        ({"products_en": "xyzzy quux"}, "no_word"),
        ({"products_zh": "某某"}, "no_word"),
    ],
)
def test_what_cannot_be_placed_says_why(segments, firm, reason):
    result = placed(segments, **firm)
    assert len(result.tables["placements"]) == 0
    row = result.tables["unplaced"].rows()[0]
    assert row["reason"] == reason
    assert row["reason_zh"] != row["reason_en"]
    assert result.notes[0].rows == 1


def test_a_weak_likeness_is_no_placement_and_says_so(segments):
    result = placed(segments, products_en="cloth for motorcycles")
    assert len(result.tables["placements"]) == 0
    assert result.tables["unplaced"]["reason"].tolist() == ["weak"]


def test_every_firm_is_placed_or_listed_as_unplaced(sample_job):
    workspace, runs = sample_job
    tables = runs["place"].result.tables
    both = set(tables["placements"]["firm_id"]) | set(tables["unplaced"]["firm_id"])
    assert both == set(workspace.tables["firms"]["firm_id"])
    assert not set(tables["placements"]["firm_id"]) & set(tables["unplaced"]["firm_id"])


def test_the_words_kept_stand_in_the_description(segments):
    firms = read_table(job.SAMPLE / "firms.csv")
    placements = place_firms(
        {"segments": segments, "firms": firms},
        PlaceParams(min_confidence=0.0, max_segments=20),
    ).tables["placements"]
    columns = ("products_en", "products_zh", "name_en", "name_zh")
    texts = {
        row["firm_id"]: unicodedata.normalize(
            "NFKC", "\n".join(row[c] for c in columns)
        )
        for row in firms.rows()
    }
    for row in placements.rows():
        kept = split_list(row["words"])
        assert kept, row
        assert [w for w in kept if w not in texts[row["firm_id"]]] == [], row


def same_rows(one, other):
    assert one.rows() == other.rows()


@pytest.mark.parametrize("size", [1, 7, 255])
def test_the_size_of_batches_changes_nothing(segments, size):
    firms = read_table(job.SAMPLE / "firms.csv")
    whole = place_firms({"segments": segments, "firms": firms}).tables
    cuts = range(0, len(firms), size)
    parts = list(
        place_stream(
            (firms.take(np.arange(len(firms))[at : at + size]) for at in cuts),
            segments,
        )
    )
    for name in ("placements", "unplaced"):
        rows = [row for part in parts for row in getattr(part, name).rows()]
        assert rows == whole[name].rows()


def test_the_order_of_firms_changes_nothing(segments):
    firms = read_table(job.SAMPLE / "firms.csv")
    turned = firms.take(np.arange(len(firms))[::-1])
    one, other = (
        place_firms({"segments": segments, "firms": table}).tables["placements"]
        for table in (firms, turned)
    )
    assert sorted(map(str, one.rows())) == sorted(map(str, other.rows()))


def test_the_same_input_gives_the_same_result_whatever_the_seed(segments):
    firms = read_table(job.SAMPLE / "firms.csv")
    one, other = (
        place_firms({"segments": segments, "firms": firms}, seed=seed).tables
        for seed in (0, 1)
    )
    same_rows(one["placements"], other["placements"])
    same_rows(one["unplaced"], other["unplaced"])


def test_each_batch_is_answered_before_the_next_is_read(segments):
    read = []

    def batches():
        for at in range(3):
            read.append(at)
            yield Table.of("firms", [{"firm_id": str(at), "products_en": "pumps"}])

    stream = place_stream(batches(), segments)
    assert read == []
    assert next(stream).placements["firm_id"][0] == "0"
    assert read == [0]


def test_no_firms_give_empty_tables(segments):
    firms = Table.of("firms", [])
    result = place_firms({"segments": segments, "firms": firms})
    assert len(result.tables["placements"]) == len(result.tables["unplaced"]) == 0
    assert result.summary == {"firms": 0, "placed": 0, "unplaced": 0}
    assert result.notes == ()


def test_a_chain_of_no_segments_places_nobody():
    firms = Table.of("firms", [{"firm_id": "f", "products_en": "pumps"}])
    result = place_firms({"segments": Table.of("segments", []), "firms": firms})
    assert result.tables["unplaced"]["reason"].tolist() == ["no_word"]


def test_progress_is_told_before_each_batch_and_can_stop_the_work(segments):
    class Halt(Exception):
        pass

    def progress(done, total, say):
        assert (done, total) == (0, 1)
        raise Halt

    firms = Table.of("firms", [{"firm_id": "f", "products_en": "pumps"}])
    with pytest.raises(Halt):
        place_firms({"segments": segments, "firms": firms}, progress=progress)


def test_names_alone_make_less_sure_than_keywords_and_codes_as_sure():
    chain = [
        {"segment_id": "a", "name_en": "Harmonic reducers", "gbt4754": "3453"},
        {"segment_id": "b", "name_en": "Steel castings", "gbt4754": "3391"},
    ]
    worded = [{**row, "keywords_en": row["name_en"]} for row in chain]
    firm = {"products_en": "harmonic reducers, motors and pumps"}
    bare, with_words, coded = (
        placed(Table.of("segments", rows), **firm, **code)
        .tables["placements"]
        .rows()[0]
        for rows, code in ((chain, {}), (worded, {}), (chain, {"gbt4754": "3453"}))
    )
    assert bare["confidence"] < with_words["confidence"] < coded["confidence"]


def test_fewer_segments_are_kept_when_asked(segments):
    firms = Table.of(
        "firms",
        [{"firm_id": "f", "name_en": "F", "products_en": "kettles, blenders, ovens"}],
    )
    result = place_firms(
        {"segments": segments, "firms": firms}, PlaceParams(max_segments=1)
    )
    assert len(result.tables["placements"]) == 1


def test_a_higher_bound_keeps_a_part_of_the_placements(segments):
    firms = read_table(job.SAMPLE / "firms.csv")
    low, high = (
        place_firms(
            {"segments": segments, "firms": firms}, PlaceParams(min_confidence=bound)
        ).tables["placements"]
        for bound in (0.2, 0.7)
    )
    pairs = [set(zip(t["firm_id"], t["segment_id"], strict=True)) for t in (low, high)]
    assert pairs[1] < pairs[0]
    assert high.floats("confidence").min() >= 0.7


TEXT = st.text(
    st.one_of(
        st.sampled_from("abcdeorst ,.;()-用与、，。电机动工具池车锁门泵杯"),
        st.characters(codec="utf-8"),
    ),
    max_size=80,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_any_description_is_placed_with_falling_confidence(placer, texts):
    parts = [[(en, 1.0), (zh, 0.5)] for en, zh in texts]
    together = place_texts(parts, placer)
    assert together == [place_texts([part], placer)[0] for part in parts]
    for found, (en, zh) in zip(together, texts, strict=True):
        sure = [placement.confidence for placement in found]
        assert sure == sorted(sure, reverse=True)
        assert all(0 <= value <= 1 for value in sure)
        assert len({placement.segment_id for placement in found}) == len(found)
        plain = (
            unicodedata.normalize("NFKC", en) + "\n" + unicodedata.normalize("NFKC", zh)
        )
        assert all(word in plain for placement in found for word in placement.words)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("abcdef"), max_size=4))
def test_an_embedder_is_optional_and_used_when_given(words):
    segments = read_table(job.SAMPLE / "segments.csv").take(np.arange(5))
    firms = Table.of("firms", [{"firm_id": "f", "products_en": " ".join(words)}])

    def embedder(texts):
        vectors = np.zeros((len(texts), 5))
        vectors[np.arange(len(texts)), np.arange(len(texts)) % 5] = 1
        return vectors

    result = place_firms({"segments": segments, "firms": firms}, embedder=embedder)
    row = result.tables["placements"].rows()[0]
    assert row["segment_id"] == segments["segment_id"][0]
    assert row["method"] == "text"
