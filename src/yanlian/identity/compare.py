"""Whether two names name one company: a score, a verdict and the reasons."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from yanlian.identity.measures import FEATURES, figures, heard, logistic, places
from yanlian.identity.parse import Name, parse_name
from yanlian.identity.rules import words
from yanlian.text import Say, say

RIVALS = ("odds", "smaller_lead", "larger_lead")
# Below this a pair is not worth a question: chosen on the tuning half so that hardly a
# true pair among the best candidates falls under it (docs/dev/benchmarks/names.md).
QUESTION = 0.1


@dataclass(frozen=True)
class NameMatch:
    """What two names say of each other.

    Attributes
    ----------
    score : float
        How sure it is that both name one company, 0 to 1; calibrated on pairs that
        look alike, so that of pairs with 0.8 about four in five are one company.
    verdict : str
        ``"same"``, ``"question"`` or ``"different"``. Only names that agree in every
        part are the same; a short, English, former or misspelt name is a question.
    reasons : tuple of Say
        What speaks for and against, in both languages.
    """

    score: float
    verdict: str
    reasons: tuple[Say, ...] = ()


@functools.cache
def _weights() -> dict[str, tuple[float, tuple[float, ...]]]:
    path = Path(__file__).parent / "weights.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        kind: (
            item["start"],
            tuple(item["weights"][key] for key in FEATURES.get(kind, RIVALS)),
        )
        for kind, item in found.items()
    }


def among_rivals() -> tuple[float, tuple[float, ...]]:
    """Return the weights of log odds and of both leads, for lists of names."""
    return _weights()["rivals"]


def odds(a: Name, b: Name) -> float:
    """Return the logarithm of the odds that two names are one company's.

    A name without anything but a legal form says nothing: minus infinity.
    """
    if not a.units or not b.units:
        return float("-inf")
    kind, values = figures(a, b)
    start, weights = _weights()[kind]
    return start + sum(w * v for w, v in zip(weights, values, strict=True))


def one_name(a: Name, b: Name) -> bool:
    """Tell whether two names agree in every part, whatever their spelling.

    A legal form counts as itself (Ltd is Limited; a company by shares is another), and
    small words not at all.
    """

    def parts(name: Name) -> tuple[str, ...]:
        telling = tuple(u.text for u in name.units if u.kind != "small")
        return telling or tuple(u.text for u in name.units)

    if a.lang != b.lang or a.form != b.form or not parts(a):
        return False
    mine, theirs = parts(a), parts(b)
    return mine == theirs or (
        a.lang == "en" and "".join(mine) == "".join(theirs) and a.numbers == b.numbers
    )


def readings(name: Name) -> tuple[tuple[str, Name], ...]:
    """Return the name itself and the further names that its text holds."""
    return (("", name), *name.other)


def _best(a: Name, b: Name) -> tuple[float, bool, str, Name, Name]:
    """Return odds, whether all parts agree, how the names were meant, and the two."""
    found = []
    for kind, mine in readings(a):
        for other_kind, theirs in readings(b):
            value = odds(mine, theirs)
            by = "former" if "former" in (kind, other_kind) else kind or other_kind
            found.append((one_name(mine, theirs), value, not by, by, mine, theirs))
    full, value, _, by, mine, theirs = max(
        found, key=lambda item: (item[0], item[1], item[2])
    )
    return value, full, by, mine, theirs


def pair(a: Name, b: Name) -> tuple[float, bool]:
    """Return the log odds of two names, and whether they agree in every part."""
    if not a.other and not b.other:
        return odds(a, b), one_name(a, b)
    value, full, by, _, _ = _best(a, b)
    return value, full and by != "former"


def compare_names(a: str, b: str) -> NameMatch:
    """Compare two names of companies, each short, full, English, former or mixed.

    Parameters
    ----------
    a, b : str
        Names; which comes first does not matter.

    Returns
    -------
    NameMatch

    Notes
    -----
    A name tells only what it says: an English brand that neither sounds nor means what
    the Chinese does cannot be known from names. Such pairs score low; a register or
    the website has to tell.

    Examples
    --------
    >>> compare_names("Apple Inc.", "Apple Incorporated").verdict
    'same'
    >>> compare_names("Bank of China (Hong Kong) Limited", "Bank of China").verdict
    'question'
    """
    left, right = parse_name(a), parse_name(b)
    if not left.normal or not right.normal:
        return NameMatch(0.0, "different", (say("One of the two names is empty."),))
    alone = not left.units or not right.units
    if left.normal == right.normal and left.form == right.form and alone:
        return NameMatch(
            1.0, "question", (say("There is nothing in the name but a legal form."),)
        )
    if alone and not (left.other and right.other):
        return NameMatch(
            0.0, "different", (say("There is nothing in the name but a legal form."),)
        )
    value, full, by, mine, theirs = _best(left, right)
    score = logistic(value)
    if full and by != "former":
        return NameMatch(1.0, "same", (say("Both names agree in every part."),))
    if full:
        score = max(score, 0.9)
    reasons = _reasons(mine, theirs, by)
    asks = score >= QUESTION
    if mine.stem == theirs.stem and "branch" in (mine.form, theirs.form):
        reasons = (say("One of the two is a branch."), *reasons)
        asks = True
    if (
        mine.lang == theirs.lang == "zh"
        and mine.stem != theirs.stem
        and ("".join(heard(mine).sounds) == "".join(heard(theirs).sounds))
    ):
        reasons = (*reasons, say("The two sound the same; one may be a misspelling."))
        asks = True
    verdict = "question" if asks else "different"
    return NameMatch(round(min(score, 0.999), 4), verdict, reasons)


def _listed(name: Name, other: Name) -> list[str]:
    """Return the telling words of trade that only the first name has."""
    table = words()
    theirs = frozenset[int]().union(*(unit.meanings for unit in other.units))
    return [
        unit.text
        for unit in name.units
        if unit.kind == "word"
        and not unit.meanings & table.common
        and not unit.meanings & theirs
    ]


def _reasons(a: Name, b: Name, by: str) -> tuple[Say, ...]:
    """Return what speaks for and against, at most five sentences."""
    found: list[Say] = []
    if by == "former":
        found.append(say("One of the two is a former name."))
    kind, values = figures(a, b)
    value = dict(zip(FEATURES[kind], values, strict=True))
    stems = {"one": a.stem, "other": b.stem}
    if kind == "zh-en":
        zh, en = (a, b) if a.lang == "zh" else (b, a)
        stems = {"one": zh.stem, "other": en.stem}
        if value["stem_told"] >= 0.99:
            found.append(
                say(
                    "The English says what the Chinese brand “%(zh)s” sounds like or means.",
                    zh=zh.stem,
                )
            )
        elif value["initials"]:
            found.append(say("The English has initials of the Chinese name."))
        elif value["stem_sound"] >= 0.6:
            found.append(
                say("“%(other)s” sounds like “%(one)s”, but not exactly.", **stems)
            )
        else:
            found.append(
                say(
                    "“%(other)s” neither sounds like “%(one)s” nor means it, as far as the tables know.",
                    **stems,
                )
            )
    elif stems["one"] == stems["other"]:
        found.append(say("Both have the brand “%(one)s”.", one=stems["one"]))
    elif kind == "zh-zh" and value["short_in_long"] >= 0.99:
        found.append(say("All of the shorter name stands in the longer one, in order."))
    else:
        found.append(say("The brands differ: “%(one)s” and “%(other)s”.", **stems))
    agree, differ = places(a, b)
    if differ:
        found.append(say("They name different places."))
    elif agree:
        found.append(say("They name the same place."))
    mine, theirs = _listed(a, b), _listed(b, a)
    if mine and theirs:
        found.append(
            say(
                "Their trades differ: “%(one)s” and “%(other)s”.",
                one=" ".join(mine),
                other=" ".join(theirs),
            )
        )
    if kind != "zh-en":
        if a.numbers != b.numbers:
            found.append(say("Their numbers differ."))
        if a.form and b.form and a.form != b.form:
            found.append(say("Their legal forms differ."))
        elif bool(a.form) != bool(b.form):
            found.append(
                say("One of the two is without a legal form, like a short name.")
            )
    return tuple(found[:5])


__all__ = ["NameMatch", "compare_names", "odds", "one_name", "pair"]
