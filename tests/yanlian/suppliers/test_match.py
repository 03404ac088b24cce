"""Matching: reasons that add up, unknown as an interval, and cases with a known answer."""

import datetime
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.suppliers import PARTS, Need, Offer, match_needs, match_pair

DAY = datetime.date(2026, 11, 1)
NEED = Need(
    "n", ("Zinc die castings for tool housings", "电动工具壳体锌压铸件"),
    {"P03": 0.9}, ("IATF 16949", "ISO 9001"), 120_000, "piece", DAY + datetime.timedelta(90),
)  # fmt: skip
OFFER = Offer(
    "o", ("锌合金压铸件",), {"P03": 0.95}, ("ISO9001", "IATF16949"), 300, "thousand_pieces",
    45, "reported", DAY,
)  # fmt: skip
SHARES = st.floats(0, 1)
OFFERS = st.builds(
    Offer,
    key=st.text("abc", min_size=1, max_size=3),
    texts=st.lists(st.sampled_from(["锌压铸件", "die casting", "", "电机"]), max_size=2).map(tuple),
    segments=st.dictionaries(st.sampled_from(["P03", "C13"]), SHARES, max_size=2),
    certificates=st.lists(st.sampled_from(["ISO 9001", "IATF 16949"]), max_size=2).map(tuple),
    capacity=st.one_of(st.just(math.nan), st.floats(0, 1e6)),
    unit=st.sampled_from(["", "piece", "t"]),
    lead_days=st.one_of(st.just(math.nan), st.floats(0, 400)),
    basis=st.sampled_from(["reported", "stated", "estimated", "inferred"]),
    stated_on=st.one_of(st.none(), st.dates(datetime.date(2020, 1, 1), DAY)),
)  # fmt: skip


def part(pair, name):
    return next((p for p in pair.parts if p.name == name), None)


def test_all_is_known_and_fits():
    pair = match_pair(NEED, OFFER, DAY)
    assert pair.low == pair.high
    assert pair.segment == "P03"
    assert part(pair, "certificates").state == "met"
    assert (
        part(pair, "capacity").text.en == "Free capacity is 250 % of the volume asked."
    )
    assert part(pair, "time").state == "met"
    # Only the words are partly shared; the segment is as sure as its placement.
    assert pair.low > 80


@given(OFFERS)
def test_reasons_add_up_and_stay_within_a_hundred(offer):
    pair = match_pair(NEED, offer, DAY)
    assert pair.low == pytest.approx(sum(p.low for p in pair.parts), abs=0.06)
    assert 0 <= pair.low <= pair.high <= 100
    assert sum(p.weight for p in pair.parts) == pytest.approx(100, abs=0.5)
    for p in pair.parts:
        assert 0 <= p.low <= p.high <= p.weight
        assert (p.state == "unknown") == (p.low < p.high) or p.weight < 0.1


@given(OFFERS)
def test_what_becomes_known_stays_within_what_was_possible(offer):
    before = match_pair(NEED, replace(offer, certificates=()), DAY)
    for held in (("ISO 9001",), ("ISO 9001", "IATF 16949")):
        after = match_pair(NEED, replace(offer, certificates=held), DAY)
        assert before.low - 0.11 <= after.low <= after.high <= before.high + 0.11


@given(st.lists(OFFERS, max_size=6, unique_by=lambda o: o.key), st.randoms())
def test_the_order_of_the_book_changes_nothing(offers, random):
    first = match_needs([NEED], offers, DAY)["n"]
    shuffled = list(offers)
    random.shuffle(shuffled)
    assert match_needs([NEED], shuffled, DAY)["n"] == first


def test_cases_with_a_known_answer():
    # Twelve invented offers; who can serve whom was laid down when they were invented.
    book = [
        Offer("zinc", ("锌合金压铸件 zinc die castings",), {"P03": 0.9}),
        Offer("alu", ("铝压铸件 aluminium die castings",), {"P03": 0.8}),
        Offer("screw", ("不锈钢紧固件 stainless fasteners",), {"P07": 0.9}),
        Offer("bolt", ("高强度螺栓 high-strength bolts",), {"P07": 0.8}),
        Offer("coat", ("粉末涂装 powder coating",), {"P11": 0.9}),
        Offer("plate", ("电镀 electroplating",), {"P11": 0.7}),
        Offer("motor", ("无刷电机 brushless motors",), {"C12": 0.9}),
        Offer("wind", ("电机绕组 motor windings",), {"C12": 0.6}),
        Offer("box", ("彩盒包装 printed boxes",), {"V02": 0.9}),
        Offer("mould", ("注塑模具 injection moulds",), {"E20": 0.9}),
        Offer("inject", ("注塑件 injection mouldings",), {"P05": 0.9}),
        Offer("gear", ("行星减速器 planetary gearboxes",), {"C13": 0.9}),
    ]
    needs = {
        "zinc": Need("1", ("锌压铸壳体", "zinc die cast housings"), {"P03": 0.9}),
        "screw": Need("2", ("不锈钢螺钉", "stainless screws"), {"P07": 0.9}),
        "coat": Need("3", ("粉末喷涂", "powder coating"), {"P11": 0.9}),
        "motor": Need("4", ("无刷电机", "brushless motors"), {"C12": 0.9}),
        "mould": Need("5", ("注塑模具", "injection moulds"), {"E20": 0.9}),
        "gear": Need("6", ("行星减速器", "planetary gearbox"), {"C13": 0.9}),
    }
    found = match_needs(needs.values(), book, DAY)
    assert {right: found[need.key][0].offer for right, need in needs.items()} == {
        right: right for right in needs
    }
    # Nothing without common ground is listed.
    assert "box" not in {pair.offer for pairs in found.values() for pair in pairs}


def test_unknown_is_never_a_no():
    bare = Offer("o", ("锌压铸件",), {"P03": 0.9})
    pair = match_pair(NEED, bare, DAY)
    assert {p.name for p in pair.unknown} == {"certificates", "capacity", "time"}
    assert pair.high - pair.low == pytest.approx(
        100 * (PARTS["certificates"] + PARTS["capacity"] + PARTS["time"]) / 100, abs=0.2
    )
    other = match_pair(NEED, replace(bare, capacity=5.0, unit="t"), DAY)
    assert part(other, "capacity").state == "unknown"


def test_edges():
    assert match_needs([], [OFFER], DAY) == {}
    assert match_needs([NEED], [], DAY) == {"n": []}
    empty = match_pair(Need("n", ()), Offer("o", ()), DAY)
    assert [p.name for p in empty.parts] == ["segment", "words", "evidence"]
    late = match_pair(replace(NEED, due_on=DAY - datetime.timedelta(1)), replace(OFFER, lead_days=math.nan), DAY)  # fmt: skip
    assert part(late, "time").state == "unmet"
    short = match_pair(replace(NEED, due_on=DAY), OFFER, DAY)
    assert part(short, "time").low == 0
    missing = match_pair(replace(NEED, certificates=("CE", "ISO 9001")), OFFER, DAY)
    assert part(missing, "certificates").state == "part"
    assert "CE" in part(missing, "certificates").text.zh
    assert match_needs([NEED], [replace(OFFER, segments={"X": 1.0}, texts=("无关",))], DAY) == {"n": []}  # fmt: skip
