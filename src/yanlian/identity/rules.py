"""The tables of names: regions, words with their English, legal forms."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yanlian.identity.search import HAN, syllables

_FOLDER = Path(__file__).parent
SUFFIX_LENGTH = 8  # the longest ending of a region, with room


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _list(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


@dataclass(frozen=True)
class Words:
    """What words of either language mean.

    Attributes
    ----------
    zh : mapping of str to frozenset of int
        Meanings of a Chinese word; a meaning is the number of its row.
    exact, begins : mapping of tuple of str to frozenset of int
        Meanings of one to three English words, and of those that only begin so.
    common : frozenset of int
        Meanings that tell little: technology, group, industry.
    label : tuple of str
        English of each meaning.
    """

    zh: Mapping[str, frozenset[int]]
    exact: Mapping[tuple[str, ...], frozenset[int]]
    begins: Mapping[tuple[str, ...], frozenset[int]]
    common: frozenset[int]
    label: tuple[str, ...]

    def english(self, tokens: tuple[str, ...]) -> frozenset[int]:
        """Return the meanings of one to three English words."""
        found = self.exact.get(tokens, frozenset())
        head, last = tokens[:-1], tokens[-1]
        for length in range(min(len(last), 12), 1, -1):
            found |= self.begins.get((*head, last[:length]), frozenset())
        return found


@functools.cache
def words() -> Words:
    """Return the table of words."""
    zh: dict[str, set[int]] = {}
    exact: dict[tuple[str, ...], set[int]] = {}
    begins: dict[tuple[str, ...], set[int]] = {}
    common, label = set(), []
    for number, row in enumerate(_rows("words")):
        for word in _list(row["zh"]):
            zh.setdefault(word, set()).add(number)
        english = _list(row["en"])
        label.append(english[0].replace("*", "") if english else "")
        for phrase in english:
            tokens = tuple(phrase.rstrip("*").replace("* ", " ").split())
            (begins if phrase.endswith("*") else exact).setdefault(tokens, set()).add(
                number
            )
        if row["common"] == "yes":
            common.add(number)
    frozen = [
        {key: frozenset(value) for key, value in table.items()}
        for table in (exact, begins)
    ]
    return Words(
        {key: frozenset(value) for key, value in zh.items()},
        frozen[0],
        frozen[1],
        frozenset(common),
        tuple(label),
    )


@dataclass(frozen=True)
class Regions:
    """Regions by their Chinese and their English name.

    Attributes
    ----------
    zh : mapping of str to frozenset of str
        Codes of a Chinese name that is read as a region without an ending.
    with_suffix : mapping of str to frozenset of str
        Codes of every Chinese name; read only with an ending.
    en : mapping of tuple of str to frozenset of str
        Codes of one to three English words.
    name : mapping of str to str
        Chinese name of each code.
    """

    zh: Mapping[str, frozenset[str]]
    with_suffix: Mapping[str, frozenset[str]]
    en: Mapping[tuple[str, ...], frozenset[str]]
    name: Mapping[str, str]


@functools.cache
def regions() -> Regions:
    """Return the table of regions."""
    zh: dict[str, set[str]] = {}
    longer: dict[str, set[str]] = {}
    en: dict[tuple[str, ...], set[str]] = {}
    name: dict[str, str] = {}
    for row in _rows("regions"):
        code = row["code"].rstrip("0") if row["code"].isdigit() else row["code"]
        if row["code"].isdigit():
            code = code.ljust(2 if len(code) <= 2 else 4 if len(code) <= 4 else 6, "0")
        for word in _list(row["zh"]):
            name.setdefault(code, word)
            longer.setdefault(word, set()).add(code)
            if row["bare"] == "yes":
                zh.setdefault(word, set()).add(code)
        english = _list(row["en"])
        if not english and row["bare"] == "yes":
            english = ["".join(syllables(row["zh"]))]
        for phrase in english:
            en.setdefault(tuple(phrase.split()), set()).add(code)
    places, all_places = (
        {key: frozenset(codes) for key, codes in table.items()}
        for table in (zh, longer)
    )
    return Regions(
        places, all_places, {key: frozenset(codes) for key, codes in en.items()}, name
    )


def regions_agree(a: frozenset[str], b: frozenset[str]) -> int:
    """Tell whether two readings of a region can be one place.

    Returns
    -------
    int
        1 the same, or one inside the other; 0 not known; -1 different places.
    """
    if not a or not b:
        return 0
    for one in a:
        for other in b:
            if one.startswith(other) or other.startswith(one):
                return 1
            if "cn" in (one, other) and (one.isdigit() or other.isdigit()):
                return 0
    return -1


@dataclass(frozen=True)
class Forms:
    """Legal forms by their Chinese ending and their English words."""

    zh: tuple[tuple[str, str], ...]
    en: Mapping[tuple[str, ...], str]


@functools.cache
def forms() -> Forms:
    """Return the table of legal forms, the longest Chinese ending first."""
    zh: list[tuple[str, str]] = []
    en: dict[tuple[str, ...], str] = {}
    for row in _rows("forms"):
        for name in _list(row["names"]):
            if HAN.search(name):
                zh.append((name, row["code"]))
            else:
                en.setdefault(tuple(name.split()), row["code"])
    return Forms(tuple(sorted(zh, key=lambda item: (-len(item[0]), item))), en)
