"""Likeness of texts, and quantities in one unit: arithmetic of the match sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from yanlian.identity import fold

# Unit: what it counts, and how many of the smallest one it holds.
UNITS: dict[str, tuple[str, float]] = {
    "piece": ("count", 1.0),
    "thousand_pieces": ("count", 1e3),
    "set": ("set", 1.0),
    "kg": ("mass", 1.0),
    "t": ("mass", 1e3),
    "m": ("length", 1.0),
    "km": ("length", 1e3),
    "m2": ("area", 1.0),
    "hour": ("hours", 1.0),
}
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
# Words that say nothing of what is made.
_PLAIN = frozenset({"and", "for", "the", "of", "with", "or", "to", "in", "a", "an"})


def word_units(text: str) -> frozenset[str]:
    """Return the words of a text, Chinese as pairs of neighbouring characters.

    Examples
    --------
    >>> sorted(word_units("Die castings for Tools"))
    ['casting', 'die', 'tool']
    >>> sorted(word_units("铝压铸"))
    ['压铸', '铝压']
    """
    found: set[str] = set()
    for run in _WORD.findall(fold(text)):
        if run[0] >= "\u3400":
            found |= _bigrams(run) or {run}
        elif run not in _PLAIN:
            # One plural of English is enough: castings are a casting.
            bare = len(run) > 3 and run.endswith("s") and not run.endswith("ss")
            found.add(run[:-1] if bare else run)
    return frozenset(found)


def _bigrams(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def runs_in_common(text: str, units: frozenset[str]) -> list[str]:
    """Return the longest runs of Chinese in a text of which every pair is in ``units``.

    Examples
    --------
    >>> runs_in_common("锌压铸壳体", word_units("压铸壳"))
    ['压铸壳']
    """
    found = []
    for run in _WORD.findall(fold(text)):
        start = 0
        for at in range(1, len(run) + 1):
            if at == len(run) or run[at - 1 : at + 1] not in units:
                if at - start > 1 and run[start] >= "\u3400":
                    found.append(run[start:at])
                start = at
    return list(dict.fromkeys(found))


def bigram_likeness(first: str, second: str) -> float:
    """Share of pairs of neighbouring characters that two words have in common.

    Twice the number of common pairs over the number of all of them; 0 for words of one
    character, which have no pairs, unless they are the same.

    References
    ----------
    .. [1] Dice, L. R. (1945). Measures of the Amount of Ecologic Association Between
       Species. *Ecology*, 26(3), 297-302.

    Examples
    --------
    >>> bigram_likeness("night", "nacht")
    0.25
    """
    a, b = _bigrams(first), _bigrams(second)
    if not a or not b:
        return float(first == second and bool(first))
    return 2 * len(a & b) / (len(a) + len(b))


def overlap(asked: Iterable[str], offered: Iterable[str]) -> float:
    """Share of what is asked that is offered; 0 when nothing is asked.

    Examples
    --------
    >>> overlap({"die", "casting"}, {"zinc", "die", "casting"})
    1.0
    >>> overlap({"die", "casting"}, {"die"}), overlap(set(), {"die"})
    (0.5, 0.0)
    """
    wanted = set(asked)
    return len(wanted & set(offered)) / len(wanted) if wanted else 0.0


def convert(value: float, unit: str, to: str) -> float:
    """Return a quantity in another unit; ``nan`` when the two count different things.

    Parameters
    ----------
    value : float
    unit, to : str
        Keys of :data:`UNITS`.

    Examples
    --------
    >>> convert(2.5, "t", "kg"), convert(40, "thousand_pieces", "piece")
    (2500.0, 40000.0)
    >>> convert(1, "t", "piece")
    nan
    """
    (kind, size), (other, whole) = UNITS[unit], UNITS[to]
    return value * size / whole if kind == other else float("nan")
