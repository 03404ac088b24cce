"""Phrases and their roles; the data that marks them."""

import csv
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.firms import words

FOLDER = Path(words.__file__).parent
ROLE = {
    words.PRODUCT: "product",
    words.APPLICATION: "use",
    words.LISTED: "use",
    words.SERVED: "use",
    words.MAYBE: "maybe",
    words.NAME: "name",
}


class Any(dict):
    """Every word and every Han character is known."""

    def __missing__(self, key):
        self[key] = len(self) + 1
        return self[key]

    def get(self, key, default=None):
        return self[key]


def read(text, terms=()):
    """The phrases of a text as (words, role)."""
    known = Any()
    lexicon = words.Lexicon(known)
    codes = [lexicon[token] for token in words.tokens(words.fold(text))]
    found, _ = words.phrases(codes, {tuple(known[u] for u in t) for t in terms})
    unit = {number: text for text, number in known.items()}
    return [
        (words.shown(unit[number] for number in key), ROLE[role])
        for key, role, _, _ in found
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("motors for power tools", [("motor", "product"), ("power tool", "use")]),
        (
            "gears for cars, robots and tools; pumps",
            [("gear", "product"), ("car", "use"), ("robot", "use"), ("tool", "use")]
            + [("pump", "product")],
        ),
        (
            "Its motors are used in tools; and fans. It offers pumps.",
            [
                ("motor", "product"),
                ("tool", "use"),
                ("fan", "use"),
                ("pump", "product"),
            ],
        ),
        (
            "Ningbo Motor Co., Ltd. makes pumps",
            [("ningbo motor", "name"), ("pump", "product")],
        ),
        (
            "pumps. Formerly known as Lock Factory. Seals",
            [("pump", "product")] + [("seal", "product")],
        ),
        ("电动工具用电机", [("电动工具", "use"), ("电机", "product")]),
        (
            "汽车、机器人用齿轮与轴承",
            [
                ("汽车", "maybe"),
                ("机器人", "use"),
                ("齿轮", "product"),
                ("轴承", "product"),
            ],
        ),
        ("乘用车、家用电器", [("乘用车", "product"), ("家用电器", "product")]),
        ("电机，用于电动工具", [("电机", "product"), ("电动工具", "use")]),
        ("面向骑手的换电柜", [("骑手", "use"), ("换电柜", "product")]),
    ],
)
def test_a_phrase_has_the_role_its_place_gives_it(text, expected):
    assert read(text) == expected


def test_a_phrase_borrows_the_last_word_of_the_next():
    terms = [("ev", "battery"), ("四", "足", "机", "器", "人")]
    assert read("EV and storage batteries", terms)[0][0] == "ev battery"
    assert read("四足与人形机器人", terms)[0][0] == "四足机器人"
    assert read("pumps and storage batteries", terms)[0][0] == "pump"
    # The full stop between them ends the sentence.
    assert read("EV. Storage batteries", terms)[0][0] == "ev"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aluminum molds", "aluminium mould"),
        ("carbon-fiber", "Carbon fibre"),
        ("e-Bikes", "ebike"),
        ("Li-ion cells", "lithium ion cell"),
        ("galvanized", "galvanised"),
        ("ＬＥＤ灯", "LED灯"),
        ("automotive tires", "car tyre"),
    ],
)
def test_spellings_of_one_word_are_one(one, other):
    assert words.units(one) == words.units(other)


TEXT = st.text(
    st.one_of(
        st.sampled_from("abcelmost ,.;()/-&用与、，。；电机器人汽车"),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)


@given(TEXT)
def test_any_text_is_cut_and_every_word_found_stands_in_it(text):
    plain = unicodedata.normalize("NFKC", text)
    assert len(words.fold(text)) == len(plain)
    for key, written in words.located(text, words.Lexicon(Any())):
        assert len(written.spans) == len(key)
        assert written.part(0, len(key))
        assert written.part(0, len(key)) in plain


@given(TEXT, TEXT)
def test_phrases_of_two_paragraphs_are_those_of_each(one, other):
    def cut(text):
        lexicon = words.Lexicon(known)
        codes = [lexicon[token] for token in words.tokens(words.fold(text))]
        return [(key, role) for key, role, _, _ in words.phrases(codes)[0]]

    known = Any()
    # Combining marks would join across the line.
    one, other = one.strip() + ".", "x " + other
    assert cut(one + "\n" + other) == cut(one) + cut(other)


def test_no_two_rows_of_the_trade_glossary_hold_the_same_term():
    held = Counter(term for row in words.glossary() for term in row.exact)
    assert [words.shown(term) for term, count in held.items() if count > 1] == []


def test_every_row_of_the_trade_glossary_speaks_both_languages():
    with (FOLDER / "terms.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["en"], row
            assert row["zh"], row
            assert bool(row["broader_en"]) == bool(row["broader_zh"]), row


def test_no_term_of_the_trade_glossary_is_cut_by_a_mark():
    lexicon = words.Lexicon({})
    for concept in words.glossary():
        for term in (*concept.exact, *concept.broader):
            # A number is a word where a term holds it.
            cut = [u for u in term if lexicon[u] < 0 and not re.search(r"\d", u)]
            assert not cut, (term, cut)


def test_common_words_are_shares_and_marks_are_folded():
    assert 0.05 < words.common()["design"] < 0.5
    assert all(0 < share <= 1 for share in words.common().values())
    assert set(words.marks()) >= {"and", "use", "before", "make", "tail", "generic"}


def test_a_text_without_points_is_cut_all_the_same():
    found = read("pump " * 1000)
    assert {len(text.split()) for text, _ in found} <= {words.LONGEST_PHRASE, 1000 % 64}
    assert len("".join(text for text, _ in found).replace(" ", "")) == 4000
