"""Cutting descriptions of both languages into phrases, and phrases into words.

A description is read as a row of *phrases*: what stands between commas, conjunctions
and verbs. The last word of a phrase names the thing ("tool battery *cells*",
in Chinese as in English), and a phrase after "for", or before its Chinese counterpart,
names what the thing is for. Both tell products from applications without a model.

The words that mark this are data: ``marks.csv``. What means the same in either language
is ``terms.csv``, one concept a row; ``common.csv`` holds in what share of the English
descriptions of 18,344 listed companies a word stands (counted in FinanceDatabase, MIT
licence, Copyright 2023 Jeroen Bouma).
"""

from __future__ import annotations

import csv
import functools
import math
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent

# What a token is to the reading of a phrase. Zero and above are words: zero one that no
# segment and no trade term knows, above zero its number in the vocabulary.
AND, STRONG, STOP, USE, SERVE, BEFORE, MAKE, PAST, COMPANY, SKIP = range(-1, -11, -1)
# Roles of phrases.
PRODUCT, APPLICATION, LISTED, SERVED, MAYBE, NAME, OLD = range(7)
Phrase = tuple[tuple[int, ...], int, int, int]

# Chinese marks are put into the text as single characters of the private use area.
_SIGNS = {
    "before": "\ue001",
    "use": "\ue002",
    "past": "\ue003",
    "company": "\ue004",
    "and": "\ue005",
}
_SIGN_CODES = {
    "\ue001": BEFORE,
    "\ue002": USE,
    "\ue003": PAST,
    "\ue004": COMPANY,
    "\ue005": AND,
}
_POINTS = {";": STRONG, ".": STOP, "\n": STOP, "\u3002": STOP}
_CODES = {
    "and": AND,
    "use": USE,
    "serve": SERVE,
    "make": MAKE,
    "past": PAST,
    "company": COMPANY,
}
_REST = (
    r"|[\u3400-\u9fff]|[\ue001-\ue005]|[,;:()/|&+\n\u3001\u3002]"
    # A full stop ends a sentence, but not in "Co., Ltd. makes".
    r"|(?<!\bco)(?<!\bltd)(?<!\binc)(?<!\bcorp)\.(?=\s|$)"
)
# A single letter and a hyphen belong to the word: e-bike, x-ray.
_ASCII = re.compile(r"(?<![a-z0-9])[a-z]-[a-z]{2,}|[a-z0-9]+" + _REST)
_ANY = re.compile(
    r"(?<![a-z0-9])[a-z]-[a-z]{2,}|[^\W_\u3400-\u9fff\ue001-\ue005]+" + _REST
)
LONGEST_PHRASE = 64  # units; what has no point for so long is no name of a thing
_HAN = re.compile(r"[\u3400-\u9fff]")

# American and other spellings, and words that trades use for the same thing.
_SPELLINGS = {
    "aluminum": "aluminium",
    "armored": "armoured",
    "auto": "car",
    "automobile": "car",
    "automotive": "car",
    "caliper": "calliper",
    "carburetor": "carburettor",
    "carburizing": "carburising",
    "center": "centre",
    "color": "colour",
    "fiber": "fibre",
    "gasoline": "petrol",
    "gearwheel": "gear",
    "gray": "grey",
    "jewelry": "jewellery",
    "knives": "knife",
    "labeling": "labelling",
    "leaves": "leaf",
    "lenses": "lens",
    "li": "lithium",
    "mold": "mould",
    "molding": "moulding",
    "molded": "moulded",
    "silicium": "silicon",
    "tire": "tyre",
    "vapor": "vapour",
}
_IZE = re.compile(r"iz(e|ed|er|ing|ation)$")


def stem(word: str) -> str:
    """Return a Latin word in lower case without its plural.

    Examples
    --------
    >>> [stem(w) for w in ("motors", "batteries", "glass", "switches", "bus")]
    ['motor', 'battery', 'glass', 'switch', 'bus']
    """
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) == 4 and word.endswith("us"):
        return word[:-1]  # MCUs, GPUs
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@functools.lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """Return a Latin word free of plural, hyphen and American spelling.

    Examples
    --------
    >>> [fold_word(w) for w in ("molds", "e-bikes", "galvanized", "automotive")]
    ['mould', 'ebike', 'galvanised', 'car']
    """
    word = word.replace("-", "")
    word = _SPELLINGS.get(word) or stem(word)
    word = _SPELLINGS.get(word, word)
    return _IZE.sub(r"is\1", word) if len(word) > 6 else word


@functools.cache
def marks() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the English and the Chinese words of every mark."""
    with (_FOLDER / "marks.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["mark"]: (_split(row["en"]), _split(row["zh"]))
            for row in csv.DictReader(file)
        }


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@functools.cache
def _chinese_marks() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the pattern of Chinese marks of several characters, and their signs."""
    found = marks()
    signs = {
        word: _SIGNS[mark]
        for mark in ("and", "use", "past", "company")
        for word in found[mark][1]
        if len(word) > 1
    }
    (before,) = found["before"][1]
    inside = "".join(found["not_before"][1])
    longest_first = sorted(signs, key=lambda word: (-len(word), word))
    pattern = "|".join(
        # The single mark needs words on both sides of it.
        [*longest_first, rf"(?<=\w)(?<![{inside}]){before}(?=\w)"]
    )
    signs[before] = _SIGNS["before"]
    return re.compile(pattern), signs


def fold(text: str) -> str:
    """Return a text in one width and lower case with the Chinese marks put in.

    The result has the characters of the text in Unicode form NFKC at the same
    positions, so that a word found in it can be shown as it was written.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text)
    lower = plain.lower()
    if len(lower) != len(plain):  # a few capitals become two characters
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)
    pattern, signs = _chinese_marks()
    return pattern.sub(lambda m: signs[m.group()] * len(m.group()), lower)


def tokens(folded: str) -> list[str]:
    """Return the tokens of a folded text: words, Han characters and points."""
    return (_ASCII if folded.isascii() else _ANY).findall(folded)


def units(text: str) -> tuple[str, ...]:
    """Return the words of a term in the form in which phrases are compared.

    Examples
    --------
    >>> units("Vacuum flasks"), units("Li-ion cells")
    (('vacuum', 'flask'), ('lithium', 'ion', 'cell'))
    """
    found = (token for token in tokens(fold(text)) if token[0].isalnum())
    return tuple(t if _HAN.match(t) else fold_word(t) for t in found)


def is_han(unit: str) -> bool:
    """Whether a unit is a Han character."""
    return bool(_HAN.match(unit))


def shown(written: Iterable[str]) -> str:
    """Return units as one text: Latin words apart, Han characters together.

    Examples
    --------
    >>> shown(("hub", "motor"))
    'hub motor'
    """
    text = ""
    for unit in written:
        gap = text and unit and not (is_han(unit) or is_han(text[-1]))
        text += f" {unit}" if gap else unit
    return text


class Lexicon(dict[str, int]):
    """What every token is: a mark, a known word, or an unknown one.

    Parameters
    ----------
    known : mapping of str to int
        Number of every known unit, from 1.
    """

    # Words of all descriptions ever read would not fit; those beyond it are looked up anew.
    MOST = 500_000

    def __init__(self, known: Mapping[str, int]) -> None:
        super().__init__()
        self._known = known
        self._fixed: dict[str, int] = {}
        for point in ",:()/|&+\u3001":
            self._fixed[point] = AND
        self._fixed |= _POINTS
        self._fixed |= _SIGN_CODES
        for mark, code in _CODES.items():
            english, chinese = marks()[mark]
            for word in (*english, *chinese):
                if len(units(word)) == 1:
                    self._fixed[word] = code
        for word in marks()["skip"][0]:
            self._fixed[word] = SKIP

    def __missing__(self, token: str) -> int:
        code = self._fixed.get(token)
        if code is None:
            code = self._known.get(token if _HAN.match(token) else fold_word(token), 0)
            if not code and any(c.isdigit() for c in token):
                code = SKIP  # amounts, years and sizes
        if len(self) >= self.MOST:
            self.clear()
        self[token] = code
        return code


def phrases(
    codes: Sequence[int], terms: Container[tuple[int, ...]] = ()
) -> tuple[list[Phrase], int]:
    """Cut the tokens of a text into phrases with their role.

    Parameters
    ----------
    codes : sequence of int
        What every token is, as :class:`Lexicon` gives it.
    terms : container of tuple of int
        Whole terms. In "EV and storage batteries" the first phrase borrows the last
        word of the second when that makes a term.

    Returns
    -------
    list of tuple
        Units of each phrase with a known word, its role, and the positions of its
        first token and of the token after it.
    int
        Number of phrases in all, with those of unknown words.
    """
    found: list[Phrase] = []
    unit: list[int] = []
    role, first, clause, count = PRODUCT, 0, 0, 0
    for at, code in enumerate((*codes, STOP)):
        if code >= 0:
            if not unit:
                first = at
            elif len(unit) == LONGEST_PHRASE:
                if any(unit) and role != OLD:
                    found.append((tuple(unit), role, first, at))
                unit, first = [], at
            unit.append(code)
            continue
        if code == SKIP:
            continue
        if unit:
            if role != OLD:
                count += 1
                if any(unit):
                    kind = role
                    if code == COMPANY:
                        kind = NAME
                    elif code == BEFORE:
                        kind = APPLICATION
                    found.append((tuple(unit), kind, first, at))
            unit = []
        if code == AND:
            if role == APPLICATION:
                role = LISTED
        elif code == STOP:
            role, clause = PRODUCT, len(found)
        elif role == OLD:
            continue
        elif code == STRONG:
            role, clause = SERVED if role == SERVED else PRODUCT, len(found)
        elif code == USE:
            role = SERVED if role == SERVED else APPLICATION
        elif code == SERVE:
            role = SERVED
        elif code == PAST:
            role = OLD
        elif code == BEFORE:
            # "cars, robots, tools" before the mark may all be applications.
            for index in range(clause, len(found) - 1):
                if found[index][1] == PRODUCT:
                    key, _, start, stop = found[index]
                    found[index] = (key, MAYBE, start, stop)
            role, clause = PRODUCT, len(found)
        elif code == MAKE:
            role = PRODUCT
    if terms:
        _borrow(found, codes, terms)
    return found, count


def _borrow(
    found: list[Phrase], codes: Sequence[int], terms: Container[tuple[int, ...]]
) -> None:
    """Complete phrases that share the last words of the next one."""
    for index in range(len(found) - 2, -1, -1):
        key, role, start, stop = found[index]
        following, other, begin, _ = found[index + 1]
        if begin != stop + 1 or codes[stop] != AND or role != other:
            continue
        for size in range(1, min(4, len(following) - 1) + 1):
            whole = key + following[-size:]
            if whole in terms:
                found[index] = (whole, role, start, stop)
                break


@dataclass(frozen=True)
class Written:
    """A phrase as it stands in its text.

    Attributes
    ----------
    text : str
        The whole text in Unicode form NFKC.
    spans : tuple of (int, int)
        Where each of its units stands; borrowed ones stand nowhere.
    """

    text: str
    spans: tuple[tuple[int, int], ...]

    def part(self, start: int, stop: int) -> str:
        """Return the units from ``start`` to ``stop`` as they were written."""
        spans = self.spans[start:stop]
        return self.text[spans[0][0] : spans[-1][1]] if spans else ""


def located(
    text: str, lexicon: Lexicon, terms: Container[tuple[int, ...]] = ()
) -> Iterator[tuple[tuple[int, ...], Written]]:
    """Yield the units of each phrase of a text with where they stand.

    Slower than :func:`phrases` alone; for the texts whose words are shown.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    folded = fold(text)
    pattern = _ASCII if folded.isascii() else _ANY
    spans = [match.span() for match in pattern.finditer(folded)]
    codes = [lexicon[folded[a:b]] for a, b in spans]
    for key, _, first, stop in phrases(codes, terms)[0]:
        at = [i for i in range(first, stop) if codes[i] >= 0]
        yield key, Written(plain, tuple(spans[i] for i in at))


@dataclass(frozen=True)
class Concept:
    """One row of the trade glossary.

    Attributes
    ----------
    exact : tuple of tuple of str
        Units of the terms that mean the same, the main English and the main Chinese
        term first.
    main : frozenset
        The main terms.
    broader : tuple of tuple of str
        Terms that name a family to which the concept belongs.
    share : float
        Share of company descriptions in which the main English term stands.
    """

    exact: tuple[tuple[str, ...], ...]
    main: frozenset[tuple[str, ...]]
    broader: tuple[tuple[str, ...], ...]
    share: float


@functools.cache
def glossary() -> tuple[Concept, ...]:
    """Return the concepts of the trade glossary, ``terms.csv``."""
    made = []
    with (_FOLDER / "terms.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            en, zh = _split(row["en"]), _split(row["zh"])
            made.append(
                Concept(
                    exact=tuple(dict.fromkeys(units(t) for t in (*en, *zh))),
                    main=frozenset(units(part[0]) for part in (en, zh) if part),
                    broader=tuple(
                        units(t)
                        for cell in (row["broader_en"], row["broader_zh"])
                        for t in _split(cell)
                    ),
                    share=common().get(" ".join(units(en[0])), 0.0) if en else 0.0,
                )
            )
    return tuple(made)


@functools.cache
def common() -> Mapping[str, float]:
    """Return the share of company descriptions in which frequent English words stand."""
    with (_FOLDER / "common.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: float(row["share"]) for row in csv.DictReader(file)}


def plainness(share: float, rare: float = 0.003, least: float = 0.3) -> float:
    """Return how far a word counts: less, the more descriptions hold it.

    Parameters
    ----------
    share : float
        Share of all descriptions, 0 to 1.
    rare : float
        Share up to which a word counts fully.
    least : float
        What is left of the most common word.

    Returns
    -------
    float
        ``ln(share) / ln(rare)``, from ``least`` to 1.

    Examples
    --------
    >>> [round(plainness(share), 2) for share in (0.0, 0.003, 0.03, 0.3)]
    [1.0, 1.0, 0.6, 0.3]
    """
    if share <= rare:
        return 1.0
    return max(least, math.log(share) / math.log(rare))
