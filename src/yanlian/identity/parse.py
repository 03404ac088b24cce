"""What the parts of a company's name are: region, stem, words of trade, legal form."""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yanlian.identity.rules import (
    SUFFIX_LENGTH,
    forms,
    regions,
    regions_agree,
    words,
)
from yanlian.identity.search import HAN, syllables

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch|| y || e yu ya i i e g".replace(
            "||", " | "
        ).split(),
        strict=False,
    )
)
_LATIN = str.maketrans(
    {
        **{letter: latin.replace("|", "") for letter, latin in _CYRILLIC.items()},
        **{"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d"},
        **{"þ": "th", "ı": "i"},
    }
)
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_](?:\s?[.]\s?[^\W\d_])+)[.]?(?![^\W_])")
_AMPERSAND = re.compile(r"\s*[&+]\s*")
_QUOTES = re.compile(r"['\u2018\u2019\u02bc`\u00b4\u02b9]")
_OPEN = str.maketrans("[{<\u3010\u3014\u300a\u3008", "(((((((")
_CLOSE = str.maketrans(")]}>\u3011\u3015\u300b\u3009", "))))))))")
_OTHER = re.compile(r"[^0-9a-z\u3400-\u9fff()]+")
_GLUED = re.compile(r"(?<=[a-z]{2})(AG|SA|AB|NV|SE|GmbH|Ltd|Inc|LLC|Corp)\b")
_BRACKET = re.compile(r"\(([^()]*)\)")
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_HAN_OR_LATIN = re.compile(r"[\u3400-\u9fff]+|[0-9a-z]+")
_ROMAN = re.compile(r"^(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})$")


@functools.cache
def _simplifier() -> object:
    import opencc

    return opencc.OpenCC("t2s")


def _simplified(text: str) -> str:
    if not HAN.search(text):
        return text
    return str(_simplifier().convert(text))  # type: ignore[attr-defined]


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = _GLUED.sub(r" \1", text).casefold()
    text = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.translate(_LATIN))
        if not unicodedata.combining(letter)
    ).translate(_LATIN)
    text = _simplified(unicodedata.normalize("NFKC", text))
    text = _QUOTES.sub("", text).translate(_OPEN).translate(_CLOSE)
    text = _INITIALS.sub(lambda match: re.sub(r"[\s.]", "", match[1]), text)
    text = _AMPERSAND.sub(" and ", text)
    text = _OTHER.sub(" ", text)
    text = re.sub(r"\(\s*\)", " ", text)
    text = re.sub(r"\s*([()])\s*", r"\1", text)
    # Between Han characters a space says nothing.
    text = re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text)
    return " ".join(text.split())


def normal_name(text: str) -> str:
    """Return a name in one spelling: half width, simplified, lower case, no accents.

    Dots of initials are closed up, brackets of every kind become round ones, Cyrillic
    letters become Latin ones. A normalised name stays as it is.

    Examples
    --------
    >>> normal_name("Ｓｏｃｉｅ́té Générale S.A.")
    'societe generale sa'
    >>> normal_name("AT&T Inc."), normal_name("J.P. Morgan & Co.")
    ('at and t inc', 'jp morgan and co')
    """
    for _ in range(6):
        changed = _once(text)
        if changed == text:
            break
        text = changed
    return text


@dataclass(frozen=True)
class Unit:
    """A piece of a name.

    Attributes
    ----------
    text : str
        The piece in the normal spelling.
    kind : str
        ``"region"``, ``"word"``, ``"stem"``, ``"number"`` or ``"small"``.
    meanings : frozenset of int
        Rows of the table of words.
    codes : frozenset of str
        Regions that it can name.
    """

    text: str
    kind: str
    meanings: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Name:
    """A company's name and its parts.

    Attributes
    ----------
    text : str
        The name as it was written.
    normal : str
        The name in the normal spelling.
    lang : str
        ``"zh"``, ``"en"`` (any Latin or Cyrillic name) or empty.
    units : tuple of Unit
        Regions, words and stem in the order of the name; no legal form.
    form : str
        Legal form, a code of ``forms.csv``; empty when the name has none.
    other : tuple of (str, Name)
        Further names that the text holds, each ``"former"`` or ``"other"``.
    """

    text: str
    normal: str
    lang: str
    units: tuple[Unit, ...]
    form: str = ""
    other: tuple[tuple[str, Name], ...] = ()

    @property
    def core(self) -> str:
        """The name without its legal form, in the normal spelling."""
        gap = "" if self.lang == "zh" else " "
        return gap.join(unit.text for unit in self.units)

    @property
    def regions(self) -> tuple[frozenset[str], ...]:
        """What places the name holds, each as the codes it can mean."""
        return tuple(unit.codes for unit in self.units if unit.kind == "region")

    @property
    def stem(self) -> str:
        """The part that is neither region nor word of trade; else the whole core."""
        gap = "" if self.lang == "zh" else " "
        found = gap.join(unit.text for unit in self.units if unit.kind == "stem")
        return found or self.core

    @property
    def trade(self) -> tuple[str, ...]:
        """The words of trade in English, the order of the name."""
        label = words().label
        found = (
            label[min(unit.meanings)] for unit in self.units if unit.kind == "word"
        )
        return tuple(dict.fromkeys(found))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers, years and Roman numerals of the name."""
        return tuple(unit.text for unit in self.units if unit.kind == "number")


@functools.cache
def _marks() -> Mapping[str, tuple[str, ...]]:
    path = Path(__file__).parent / "marks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["kind"]: tuple(word.strip() for word in row["words"].split(";"))
            for row in csv.DictReader(file)
        }


def _region_at(text: str, start: int) -> tuple[int, frozenset[str]]:
    """Return how long the region at a place of a Chinese name is, and its codes."""
    table, suffixes = regions(), _marks()["region_suffix"]
    for length in range(min(5, len(text) - start), 1, -1):
        word = text[start : start + length]
        codes = table.with_suffix.get(word)
        if codes is None:
            continue
        after = text[start + length : start + length + SUFFIX_LENGTH]
        for suffix in suffixes:
            # Not the city's ending but the first half of a word: 市场, 区块, 县域.
            if after.startswith(suffix) and after[: len(suffix) + 1] not in words().zh:
                return length + len(suffix), codes
        if word in table.zh:
            return length, table.zh[word]
    return 0, frozenset()


def _cut_words(text: str) -> list[Unit]:
    """Cut a Chinese text into words of trade and the rest.

    The cut with the fewest letters outside words is taken, then that with the fewest
    pieces. A word of one letter counts only at the end: there it names a trade.
    """
    table = words().zh
    size = len(text)
    best: list[tuple[float, int]] = [(0.0, 0)] * (size + 1)
    for end in range(1, size + 1):
        cost, cut = best[end - 1][0] + 1.0, end - 1
        for length in range(2, min(7, end) + 1):
            if text[end - length : end] in table:
                with_word = best[end - length][0] + 0.6
                if with_word <= cost:
                    cost, cut = with_word, end - length
        if end == size and size > 4 and text[end - 1 :] in table:
            with_word = best[end - 1][0] + 0.9
            if with_word < cost:
                cost, cut = with_word, end - 1
        best[end] = (cost, cut)
    pieces: list[Unit] = []
    end = size
    while end:
        cut = best[end][1]
        piece = text[cut:end]
        meanings = table.get(piece, frozenset())
        is_word = bool(meanings) and (len(piece) > 1 or (end == size and size > 4))
        pieces.append(Unit(piece, "word" if is_word else "stem", meanings))
        end = cut
    pieces.reverse()
    joined: list[Unit] = []
    for unit in pieces:
        if unit.kind == "stem" and joined and joined[-1].kind == "stem":
            joined[-1] = Unit(joined[-1].text + unit.text, "stem")
        else:
            joined.append(unit if unit.kind == "word" else Unit(unit.text, "stem"))
    return joined


def _cut_zh(text: str) -> tuple[list[Unit], str]:
    """Return the pieces of a Chinese name, and its legal form."""
    form = ""
    plain = text
    for _ in range(3):
        for ending, code in forms().zh:
            if plain.endswith(ending) and (code != "plant" or len(plain) > 4):
                plain = plain[: -len(ending)].rstrip()
                form = form if form and form != "limited" else code
                break
        else:
            break
    if form == "branch":
        # A branch has the whole name of its company before its own place.
        for ending, code in forms().zh:
            at = plain.find(ending)
            if at > 0 and code in ("limited", "shares"):
                plain = f"{plain[:at]}({plain[at + len(ending) :]})"
                break
    units: list[Unit] = []
    for index, run in enumerate(_HAN_OR_LATIN.findall(plain)):
        if not HAN.match(run):
            units += [
                Unit(token, "number" if token.isdigit() else "stem")
                for token in _TOKEN.findall(run)
            ]
            continue
        start = 0
        while index == 0 or start == 0:
            length, codes = _region_at(run, start)
            if not length:
                break
            units.append(Unit(run[start : start + length], "region", codes=codes))
            start += length
        units += _cut_words(run[start:])
    return units, form


def _form_en(tokens: list[str]) -> tuple[list[str], str]:
    """Take legal forms off both ends of an English name."""
    table = forms().en
    found = ""
    for _ in range(3):
        for length in range(min(6, len(tokens)), 0, -1):
            code = table.get(tuple(tokens[-length:]))
            if code:
                tokens = tokens[:-length]
                found = found or code
                break
        else:
            break
    for length in range(min(6, len(tokens) - 1), 0, -1):
        code = table.get(tuple(tokens[:length]))
        # At the front only what cannot be a word: OOO, PT, Limited Liability Company.
        if code and (length > 1 or len(tokens[0]) < 5) and tokens[0] != "as":
            tokens, found = tokens[length:], found or code
            break
    return tokens, found


def _cut_en(text: str) -> tuple[list[Unit], str]:
    """Return the pieces of a Latin name, and its legal form."""
    tokens = re.findall(r"[a-z0-9]+", text)
    while len(tokens) > 2 and tokens[-1] == "and":
        tokens.pop()
    tokens, form = _form_en(tokens)
    if tokens and tokens[-1] == "and":
        tokens.pop()
    table, places = words(), regions().en
    small, region_words = set(_marks()["small_words"]), set(_marks()["region_word"])
    units: list[Unit] = []
    at = 0
    while at < len(tokens):
        for length in (3, 2, 1):
            piece = tuple(tokens[at : at + length])
            if len(piece) < length:
                continue
            codes = places.get(piece) or (
                places.get(("".join(piece),)) if length > 1 else None
            )
            if codes:
                units.append(
                    Unit(" ".join(piece), "region", table.english(piece), codes)
                )
                break
            meanings = table.english(piece)
            if meanings:
                units.append(Unit(" ".join(piece), "word", meanings))
                break
        else:
            length = 1
            token = tokens[at]
            if token in small or (token in region_words and units):
                kind = "small"
            elif token.isdigit() or (_ROMAN.match(token) and at):
                kind = "number"
            else:
                kind = "stem"
            units.append(Unit(token, kind))
        at += length
    return units, form


def _single(text: str, normal: str) -> Name:
    if HAN.search(normal):
        units, form = _cut_zh(normal)
        return Name(text, normal, "zh", tuple(units), form)
    if not normal.strip("() "):
        return Name(text, "", "", ())
    units, form = _cut_en(normal)
    return Name(text, normal, "en", tuple(units), form)


def _marked(text: str) -> tuple[str, str]:
    """Return what kind of further name stands in brackets, and the name."""
    for kind in ("former", "other"):
        for word in _marks()[kind]:
            if text.startswith(word):
                rest = text[len(word) :].strip()
                if HAN.search(word) or text[len(word) :].startswith(" "):
                    return kind, rest
    return "", text


def _only_place(text: str) -> bool:
    length, _ = _region_at(text, 0)
    return length == len(text) or tuple(text.split()) in regions().en


@functools.lru_cache(maxsize=20_000)
def parse_name(text: str) -> Name:
    r"""Return the parts of a company's name in either language.

    Parameters
    ----------
    text : str
        A full, short, English or mixed name; former names in brackets are kept apart.

    Returns
    -------
    Name

    Examples
    --------
    >>> name = parse_name("Suzhou Bojun Industrial Technology Co., Ltd")
    >>> name.stem, name.trade, name.form
    ('bojun', ('industr', 'technolog'), 'limited')
    >>> parse_name("Botanee Group (formerly Dianlan Ltd)").other[0][1].stem
    'dianlan'
    """
    normal = normal_name(text)
    other: list[tuple[str, Name]] = []

    def bracket(match: re.Match[str]) -> str:
        inside = match[1].strip()
        kind, name = _marked(inside)
        if not name:
            return " "
        if kind:
            other.append((kind, _single(name, name)))
            return " "
        outside = match.string[: match.start()] + match.string[match.end() :]
        if (
            not HAN.search(inside)
            and HAN.search(outside)
            and len(inside) > 2
            and not _only_place(inside)
        ) or (HAN.search(inside) and not HAN.search(outside)):
            other.append(("other", _single(inside, inside)))
            return " "
        return f" {inside} " if not HAN.search(inside) else f"({inside})"

    plain = _BRACKET.sub(bracket, normal)
    # Chinese and English side by side: a Latin run of two words or more is a name.
    if HAN.search(plain):
        for run in re.findall(r"[0-9a-z][0-9a-z ]*[0-9a-z]", plain):
            if " " in run and len(run) > 6:
                other.append(("other", _single(run, run)))
                plain = plain.replace(run, " ")
    for kind in ("former", "other"):
        for word in _marks()[kind]:
            if HAN.search(word) and len(word) < 2:
                continue
            gap = "" if HAN.search(word) else " "
            at = plain.find(gap + word + gap)
            if at > 0:
                rest = plain[at + len(gap + word) :].strip(" ()")
                if rest:
                    other.append((kind, _single(rest, rest)))
                    plain = plain[:at]
    plain = " ".join(plain.split()) if not HAN.search(plain) else plain.strip()
    main = _single(text, plain)
    if not main.units and other and not main.form:
        kind, first = other.pop(0)
        main = Name(text, first.normal, first.lang, first.units, first.form)
    return Name(text, main.normal, main.lang, main.units, main.form, tuple(other))


__all__ = ["Name", "Unit", "normal_name", "parse_name", "regions_agree", "syllables"]
