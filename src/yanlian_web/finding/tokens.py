"""What names are found by: the starts of everything a reader may type of them.

A name is taken apart into units, a Han character or a word of letters or digits each.
From every unit on, the rest of the name is kept as it is written, as pinyin and as the
first letters of the pinyin. Whatever somebody types of a name, in whichever of the
three, is then the beginning of one of these tokens, so that an index that finds
beginnings finds everything.
"""

from __future__ import annotations

import functools
import re
import string
import unicodedata
from collections.abc import Iterable
from typing import Any

from yanlian.identity.search import HAN, syllables

# Letters of a token; what is typed beyond is compared with the name itself.
LONGEST = 16
# Words of a search, and units of a long text, that are looked at.
WORDS = 8
UNITS = 60
# Shorter words are not searched with typing errors: too much would be near.
LEAST_LATIN, LEAST_HAN = 4, 2
_RUN = re.compile(r"[\u3400-\u9fff]+|[0-9a-z]+")
# Letters that no decomposition turns into plain ones.
_LATIN = str.maketrans({"\u00df": "ss", "\u00f8": "o", "\u00e6": "ae", "\u0153": "oe", "\u0142": "l"})  # fmt: skip
_QUOTES = str.maketrans("", "", "'\u2018\u2019\u00b7\u02bc`")


@functools.cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def plain(text: str) -> str:
    r"""Return a text in lower case, half width, simplified and without accents.

    Examples
    --------
    >>> plain("\uff39\uff2bW\u00dcJ \u6c38\u5eb7\u4e94\u91d1")
    'ykwuj \u6c38\u5eb7\u4e94\u91d1'
    """
    if text.isascii():
        return text.lower().translate(_QUOTES)
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LATIN)
    folded = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", folded)
        if not unicodedata.combining(sign)
    )
    if HAN.search(folded):
        folded = str(_converter().convert(folded))
    return folded.translate(_QUOTES)


def units_of(text: str) -> list[tuple[str, str, str]]:
    """Return the units of a text: as written, as pinyin, and their first letter."""
    found: list[tuple[str, str, str]] = []
    for run in _RUN.findall(plain(text)):
        if not HAN.match(run):
            found.append((run, run, run[0]))
            continue
        sounds = syllables(run)
        if len(sounds) != len(run):
            # A rare character without a reading stands for itself.
            sounds = tuple(s for sign in run for s in (syllables(sign) or (sign,)))
        found += [
            (sign, sound, sound[0]) for sign, sound in zip(run, sounds, strict=False)
        ]
    return found[:UNITS]


@functools.lru_cache(maxsize=20_000)
def tokens_of(text: str) -> frozenset[str]:
    r"""Return the tokens of a text; those it begins with are marked with ``^``.

    Examples
    --------
    >>> sorted(tokens_of("Wujin Co"))
    ['^wujinco', 'co', 'wujinco']
    """
    units = units_of(text)
    found = set()
    for start in range(len(units)):
        rest = units[start : start + LONGEST]
        forms = {"".join(unit[kind] for unit in rest)[:LONGEST] for kind in (0, 1)}
        if any(unit[0] != unit[1] for unit in rest):
            forms.add("".join(unit[2] for unit in rest)[:LONGEST])
        found |= forms
        if start == 0:
            found |= {f"^{form}" for form in forms}
    return frozenset(found)


def all_tokens(texts: Iterable[str], marks: Iterable[str] = ()) -> str:
    """Return the tokens of several texts and marks, parted by spaces."""
    found: set[str] = set(marks)
    for text in texts:
        if text:
            found |= tokens_of(text)
    return " ".join(sorted(found))


@functools.lru_cache(maxsize=5_000)
def _line(texts: tuple[str, ...]) -> str:
    return " " + all_tokens(texts)


def fits(words: Iterable[str], *texts: str) -> bool:
    """Tell whether each word is the beginning of a token of one of the texts."""
    line = _line(texts)
    return all(f" {word[:LONGEST]}" in line for word in words)


def words_of(text: str) -> list[str]:
    r"""Return the words of a search; Han characters and letters part by themselves.

    Examples
    --------
    >>> words_of("  YK\uff37J\u4e94\u91d1 ")
    ['ykwj', '\u4e94\u91d1']
    """
    return _RUN.findall(plain(text[:200]))[:WORDS]


@functools.lru_cache(maxsize=256)
def near(word: str) -> tuple[str, ...]:
    """Return every word that a single slip of the keyboard turns into this one."""
    parts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
    letters = string.ascii_lowercase
    found = {a + b[1:] for a, b in parts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    found |= {a + sign + b[1:] for a, b in parts if b for sign in letters}
    found |= {a + sign + b for a, b in parts for sign in letters}
    return tuple(sorted(found))
