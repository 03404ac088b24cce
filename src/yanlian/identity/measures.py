"""How alike two parsed names are: the figures a score is made of."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from yanlian.identity.parse import Name, Unit
from yanlian.identity.rules import Words, regions_agree, words
from yanlian.identity.search import HAN, syllables

KINDS = ("zh-zh", "zh-en", "en-en")
FEATURES = {
    "zh-zh": (
        "short_in_long",
        "stem_in_long",
        "alike",
        "stem_equal",
        "stem_begins",
        "unbroken",
        "same_first",
        "places_agree",
        "places_differ",
        "trade_shared",
        "trade_differs",
        "one_short",
        "letters",
    ),
    "zh-en": (
        "en_told",
        "zh_told",
        "stem_told",
        "stem_sound",
        "stem_first",
        "stem_bones",
        "initials",
        "trade_told",
        "trade_differs",
        "trade_count",
        "places_agree",
        "places_differ",
        "one_short",
        "letters",
        "stem_free",
        "all_told",
        "en_lone",
        "zh_lone",
        "sound_and_trade",
    ),
    "en-en": (
        "alike",
        "covered",
        "covered_less",
        "stem_alike",
        "stem_equal",
        "numbers_differ",
        "places_agree",
        "places_differ",
        "forms_differ",
        "forms_equal",
        "trade_differs",
        "initials",
        "same_first",
        "letters",
    ),
}
# A vowel is heard less than a consonant; these are written for one another when a name
# is made pleasing in English (Hanvo for Henghui).
_CLASS = str.maketrans("bdgjqxzcvywhr", "ptkssssskkkkl")
_PAIRS = (("sh", "s"), ("ch", "s"), ("zh", "s"), ("ph", "f"), ("th", "t"), ("ng", "n"))
_BONES = str.maketrans("", "", "aeiou")


@functools.lru_cache(maxsize=50_000)
def bones(text: str) -> str:
    """Return the consonants of a text by class, one of each run.

    Examples
    --------
    >>> bones("hanvo"), bones("henghui")
    ('knk', 'knk')
    """
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    found = text.translate(_CLASS).translate(_BONES)
    return "".join(
        letter for at, letter in enumerate(found) if not at or letter != found[at - 1]
    )


def common_length(a: str, b: str) -> int:
    """Return the length of the longest common subsequence, by bits.

    References
    ----------
    .. [1] Hyyro, H. (2004). Bit-parallel LCS-length computation revisited. *AWOCA*.

    Examples
    --------
    >>> common_length("botanee", "beitaini")
    4
    """
    if not a or not b:
        return 0
    where: dict[str, int] = {}
    bit = 1
    for letter in a:
        where[letter] = where.get(letter, 0) | bit
        bit <<= 1
    mask = bit - 1
    row = mask
    for letter in b:
        hit = row & where.get(letter, 0)
        row = ((row + hit) | (row - hit)) & mask
    return (~row & mask).bit_count()


def alike(a: str, b: str) -> float:
    """Return twice the common length over both lengths, 0 to 1."""
    total = len(a) + len(b)
    return 2 * common_length(a, b) / total if total else 0.0


@functools.lru_cache(maxsize=50_000)
def _told(unit: Unit) -> float:
    """Return how much a piece says of who a company is."""
    if unit.kind == "small":
        return 0.05
    if unit.kind == "region":
        return 0.5
    if unit.kind == "number":
        return 1.0
    if unit.kind == "word":
        return 0.25 if unit.meanings & words().common else 0.8
    return (
        1.0 + 0.2 * min(len(unit.text), 6)
        if not HAN.match(unit.text)
        else (0.7 * len(unit.text))
    )


@dataclass(frozen=True)
class Heard:
    """A Chinese name as it sounds.

    Attributes
    ----------
    sounds : list of str
        Pinyin of every letter; Latin letters stay.
    owner : list of int
        The unit of every letter.
    spans : dict of str to (int, int)
        Where a run of up to four letters sounds so.
    """

    sounds: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)


@functools.lru_cache(maxsize=50_000)
def heard(name: Name) -> Heard:
    """Return a Chinese name as it sounds, computed once."""
    found = Heard()
    for number, unit in enumerate(name.units):
        if HAN.match(unit.text):
            pieces: Sequence[str] = syllables(unit.text)
            if len(pieces) != len(unit.text):
                # A rare letter without pinyin stands for itself.
                pieces = ["".join(syllables(one)) or one for one in unit.text]
        else:
            pieces = (unit.text,)
        for piece in pieces:
            found.sounds.append(piece.replace("\u00fc", "v"))
            found.owner.append(number)
    size = len(found.sounds)
    for length in (1, 2, 3, 4):
        for start in range(size - length + 1):
            sound = "".join(found.sounds[start : start + length])
            found.spans.setdefault(sound, (start, start + length))
            if "v" in sound:
                found.spans.setdefault(sound.replace("v", "u"), (start, start + length))
                found.spans.setdefault(
                    sound.replace("v", "yu"), (start, start + length)
                )
    return found


def places(a: Name, b: Name) -> tuple[float, float]:
    """Return whether places agree, and whether they differ, 1 or 0 each."""
    agree = differ = 0.0
    for one in a.regions:
        for other in b.regions:
            found = regions_agree(one, other)
            agree = max(agree, float(found > 0))
            differ = max(differ, float(found < 0))
    return agree, (0.0 if agree else differ)


def _meanings(name: Name) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for unit in name.units:
        found |= unit.meanings
    return found


def _trade(a: Name, b: Name) -> tuple[float, float]:
    """Return the share of telling words of trade found in both, and in one only."""
    common = words().common
    mine, theirs = _meanings(a), _meanings(b)
    both = lone = 0
    for name, others in ((a, theirs), (b, mine)):
        for unit in name.units:
            if unit.kind != "word" or unit.meanings & common:
                continue
            if unit.meanings & others:
                both += 1
            else:
                lone += 1
    total = both + lone
    has_a = any(u.kind == "word" and not u.meanings & common for u in a.units)
    has_b = any(u.kind == "word" and not u.meanings & common for u in b.units)
    differs = lone / total if has_a and has_b else 0.0
    return (both / total if total else 0.0), differs


def _zh_zh(a: Name, b: Name) -> tuple[float, ...]:
    short, long = sorted((a, b), key=lambda name: (len(name.core), name.core))
    core, whole = short.core, long.core
    weak = {"word"}
    common = words().common
    telling = "".join(
        unit.text
        for unit in short.units
        if not (unit.kind in weak and unit.meanings & common)
    )
    telling = telling or core
    agree, differ = places(a, b)
    shared, differs = _trade(a, b)
    inside = common_length(telling, whole)
    return (
        inside / len(telling),
        common_length(long.stem, core) / len(long.stem),
        alike(core, whole),
        float(short.stem == long.stem),
        float(short.stem.startswith(long.stem) or long.stem.startswith(short.stem)),
        float(telling in whole),
        float(short.stem[0] == long.stem[0]),
        agree,
        differ,
        shared,
        differs,
        float(bool(a.form) != bool(b.form)),
        min(len(telling), 6) / 6,
    )


def _letters_of(unit: Unit, table: Words) -> frozenset[int]:
    found = unit.meanings
    for letter in unit.text:
        found |= table.zh.get(letter, frozenset())
    for at in range(len(unit.text) - 1):
        found |= table.zh.get(unit.text[at : at + 2], frozenset())
    return found


@functools.lru_cache(maxsize=50_000)
def _all_meanings(name: Name) -> tuple[frozenset[int], ...]:
    table = words()
    return tuple(_letters_of(unit, table) for unit in name.units)


def _explain(zh: Name, en: Name) -> tuple[list[bool], list[bool]]:
    """Return which letters of the Chinese and units of the English tell the other."""
    sound = heard(zh)
    letters = [False] * len(sound.sounds)
    told = [False] * len(en.units)
    own = _all_meanings(zh)

    def mark(number: int) -> None:
        for at, owner in enumerate(sound.owner):
            if owner == number:
                letters[at] = True

    for index, unit in enumerate(en.units):
        if unit.kind == "small":
            told[index] = True
            continue
        if unit.codes:
            for number, mine in enumerate(zh.units):
                if mine.codes and regions_agree(mine.codes, unit.codes) > 0:
                    told[index] = True
                    mark(number)
        if unit.meanings:
            for number, mine in enumerate(zh.units):
                if mine.meanings & unit.meanings:
                    told[index] = True
                    mark(number)
    # What is not said in words is said in sounds, one to four English tokens together.
    size = len(en.units)
    for length in (4, 3, 2, 1):
        for start in range(size - length + 1):
            if any(told[start : start + length]):
                continue
            run = "".join(unit.text for unit in en.units[start : start + length])
            span = sound.spans.get(run.replace(" ", ""))
            if span:
                for at in range(*span):
                    letters[at] = True
                for at in range(start, start + length):
                    told[at] = True
    # Last, the meaning of a letter or of two inside the stem: Seagull, Blue, Sun.
    for index, unit in enumerate(en.units):
        if told[index] or not unit.meanings:
            continue
        for number, meanings in enumerate(own):
            if meanings & unit.meanings:
                told[index] = True
                mine = zh.units[number]
                if len(mine.text) <= 2:
                    mark(number)
                break
    return letters, told


def _initials(sounds: Sequence[str]) -> str:
    return "".join(sound[0] for sound in sounds)


@functools.lru_cache(maxsize=50_000)
def _sound_alike(pinyin: str, latin: str) -> float:
    """Return how alike pinyin and an English word sound, 0 to 1."""
    exact = alike(pinyin, latin)
    loose = alike(pinyin.translate(_CLASS), latin.translate(_CLASS))
    return 0.5 * exact + 0.5 * loose


def _zh_en(zh: Name, en: Name) -> tuple[float, ...]:
    letters, told = _explain(zh, en)
    sound = heard(zh)
    en_weight = [_told(unit) for unit in en.units]
    zh_weight = [
        _told(zh.units[owner]) / max(len(zh.units[owner].text), 1)
        for owner in sound.owner
    ]
    en_share = sum(w for w, ok in zip(en_weight, told, strict=True) if ok) / sum(
        en_weight
    )
    zh_share = sum(w for w, ok in zip(zh_weight, letters, strict=True) if ok) / max(
        sum(zh_weight), 1e-9
    )
    has_stem = any(unit.kind == "stem" for unit in zh.units)
    stem = [
        at
        for at, owner in enumerate(sound.owner)
        if zh.units[owner].kind == ("stem" if has_stem else "word")
    ] or list(range(len(sound.owner)))
    stem_share = sum(letters[at] for at in stem) / len(stem)
    rest = [sound.sounds[at] for at in stem if not letters[at]]
    left = [unit.text.replace(" ", "") for unit, ok in zip(en.units, told, strict=True)
            if not ok and unit.kind != "number"]  # fmt: skip
    best = first = bones_alike = 0.0
    if rest and left:
        pinyin = "".join(rest)
        tries = {"".join(left), *left}
        latin, best = max(
            ((word, _sound_alike(pinyin, word)) for word in sorted(tries)),
            key=lambda item: item[1],
        )
        first = float(
            pinyin[0] == latin[0]
            or pinyin[0].translate(_CLASS) == latin[0].translate(_CLASS)
        )
        bones_alike = alike(bones(pinyin), bones(latin))
    filled = 1 - (1 - stem_share) * (1 - best)
    short = 0.0
    for token in left:
        if 2 <= len(token) <= 6:
            whole = _initials(sound.sounds)
            if len(rest) > 1 and token == _initials(rest):
                short = 1.0
            elif whole.startswith(token) or token in whole:
                short = max(short, 0.7)
    agree, differ = places(zh, en)
    common = words().common
    both = lone = 0
    for unit, ok in zip(en.units, told, strict=True):
        if unit.kind == "word" and not unit.meanings & common:
            both, lone = both + ok, lone + (not ok)
    zh_lone = 0
    for number, unit in enumerate(zh.units):
        if unit.kind == "word" and not unit.meanings & common:
            zh_lone += not any(
                letters[at] for at, owner in enumerate(sound.owner) if owner == number
            )
    total = both + lone + zh_lone
    return (
        en_share,
        zh_share,
        stem_share,
        filled,
        first * (1 - stem_share),
        bones_alike * (1 - stem_share),
        short,
        both / total if total else 0.0,
        min(lone, zh_lone) / 2,
        min(both, 3) / 3,
        agree,
        differ,
        float(not zh.form),
        stem_share * min(len(stem), 4) / 4,
        # Nothing of the stem is told, and nothing like it is left in the English.
        float(stem_share == 0 and best < 0.4),
        stem_share * en_share,
        min(lone, 2) / 2,
        min(zh_lone, 2) / 2,
        best * (1 - stem_share) * (both / total if total else 0.0),
    )


def _match_tokens(a: Name, b: Name) -> tuple[float, float]:
    """Return what share of the weight of each name the other has."""
    shares = []
    for one, other in ((a, b), (b, a)):
        total = got = 0.0
        for unit in one.units:
            weight = _told(unit)
            best = 0.0
            for theirs in other.units:
                if unit.text == theirs.text or (
                    unit.kind == "word"
                    and theirs.kind == "word"
                    and unit.meanings & theirs.meanings
                    and unit.text[:3] == theirs.text[:3]
                ):
                    best = 1.0
                    break
                if unit.kind == "number" or theirs.kind == "number":
                    continue
                near = alike(unit.text, theirs.text)
                if near > 0.7:
                    best = max(best, near)
            total += weight
            got += weight * best
        shares.append(got / total if total else 0.0)
    return shares[0], shares[1]


def _en_en(a: Name, b: Name) -> tuple[float, ...]:
    one, other = (name.core.replace(" ", "") for name in (a, b))
    shares = sorted(_match_tokens(a, b))
    agree, differ = places(a, b)
    _, differs = _trade(a, b)
    short, long = sorted((a, b), key=lambda name: (len(name.core), name.core))
    tokens = [u.text for u in long.units if u.kind != "small"]
    first = short.units[0].text
    begins = float(
        2 <= len(first) <= 6
        and len(tokens) > 2
        and first == "".join(token[0] for token in tokens)[: len(first)]
    )
    stems = [name.stem.replace(" ", "") for name in (a, b)]
    return (
        alike(one, other),
        shares[1],
        shares[0],
        alike(*stems),
        float(stems[0] == stems[1]),
        float(a.numbers != b.numbers),
        agree,
        differ,
        float(bool(a.form and b.form) and a.form != b.form),
        float(bool(a.form) and a.form == b.form),
        differs,
        begins,
        float(one[:1] == other[:1]),
        min(len(short.stem), 8) / 8,
    )


def kind_of(a: Name, b: Name) -> str:
    """Return which of the three comparisons two names need."""
    if a.lang == b.lang:
        return "zh-zh" if a.lang == "zh" else "en-en"
    return "zh-en"


def figures(a: Name, b: Name) -> tuple[str, tuple[float, ...]]:
    """Return the kind of a comparison and its figures, whichever name comes first."""
    kind = kind_of(a, b)
    if kind == "zh-zh":
        return kind, _zh_zh(a, b)
    if kind == "zh-en":
        return kind, _zh_en(a, b) if a.lang == "zh" else _zh_en(b, a)
    return kind, _en_en(a, b)


def logistic(value: float) -> float:
    """Return the logistic of a value, safe at both ends."""
    if value < -500:
        return 0.0
    return 1 / (1 + math.exp(-value))
