"""How values, evidence and what is missing are said, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from yanlian.ladder.evidence import TITLE_YEARS, Known, Piece
from yanlian.ladder.rules import Condition, Rule
from yanlian.tables import measures
from yanlian.text import N_, Say, say

BASES = {
    "reported": N_("reported"),
    "estimated": N_("estimated"),
    "stated": N_("stated by the firm"),
    "inferred": N_("inferred"),
    "computed": N_("computed"),
}
OPERATORS = {
    ">=": N_("at least %(value)s"),
    "<=": N_("at most %(value)s"),
    "<": N_("below %(value)s"),
}
MARKS = {
    "yes": "",
    "one source": N_("Read in one source only: check the rule before use."),
    "heading only": N_("Only its heading was read: check the rule before use."),
    "no": N_("Its text was not read anywhere: check the rule before use."),
}
# Joined by marks of their own language; no sentence is glued.
_SEMICOLON = Say("; ", "\uff1b")


def joined(parts: Sequence[Say]) -> Say:
    """Return a list in both languages."""
    return Say(
        _SEMICOLON.en.join(part.en for part in parts),
        _SEMICOLON.zh.join(part.zh for part in parts),
    )


def sentences(parts: Sequence[Say]) -> Say:
    """Return whole sentences one after the other."""
    return Say(
        " ".join(part.en for part in parts if part.en),
        "".join(part.zh for part in parts if part.zh),
    )


def _plain(value: float) -> str:
    return f"{round(value, 4):,.10g}"


def amount(value: float, unit: str) -> Say:
    """Return a value as people read it.

    Examples
    --------
    >>> amount(0.025, "share").en, amount(1e7, "CNY").en, amount(1.0, "yes_no").en
    ('2.5 %', 'CNY 10 m', 'yes')
    """
    if unit == "share":
        # Two figures behind the point, three where a gap would else look like none.
        digits = _plain(round(100 * value, 2) or round(100 * value, 4))
        return Say(f"{digits} %", f"{digits}%")
    if unit == "CNY":
        if abs(value) >= 1e8:
            chinese = say(
                N_("%(value)s hundred million yuan"), value=_plain(value / 1e8)
            )
        else:
            chinese = say(N_("%(value)s ten thousand yuan"), value=_plain(value / 1e4))
        scaled = (
            f"{_plain(value / 1e9)} bn"
            if abs(value) >= 1e9
            else f"{_plain(value / 1e6)} m"
        )
        return Say(f"CNY {scaled}", chinese.zh)
    if unit == "yes_no":
        return say(N_("yes")) if value >= 1 else say(N_("no"))
    figure = f"{value:.0f}" if unit == "year" else _plain(value)
    if unit in _UNITS:
        return say(_UNITS[unit], value=figure)
    return Say(figure, figure)


_UNITS = {
    "persons": N_("%(value)s persons"),
    "items": N_("%(value)s items"),
    "years": N_("%(value)s years"),
    "level": N_("level %(value)s"),
    "points": N_("%(value)s points"),
}


def _gap(distance: float, unit: str) -> Say:
    """Return how much is missing."""
    if unit == "level":
        return say(N_("%(value)s in level"), value=_plain(distance))
    return amount(distance, unit)


def asked(condition: Condition, points: float = 0.0) -> Say:
    """Return what a condition asks for, and the points it brings if any."""
    if condition.unit == "yes_no":
        text = say(N_("yes"))
    else:
        value = amount(condition.value, condition.unit)
        text = say(OPERATORS[condition.operator], value=value)
    if points:
        points_text = f"{points:g}"
        return say(
            N_("%(asked)s for %(points)s points"), asked=text, points=points_text
        )
    return text


def _worth(rule: Rule, condition: Condition) -> float:
    """Return the points of the first way that asks for a condition."""
    ways = (way.points for way in rule.ways if condition in way.conditions)
    return next(ways, 0.0)


def piece_text(piece: Piece) -> Say:
    """Return one value on file with its measure, year and basis."""
    measure = measures()[piece.measure]
    values = {
        "measure": measure.label,
        "value": amount(piece.value, measure.unit),
        "year": piece.year,
        "basis": say(BASES[piece.basis]),
    }
    if measure.unit == "year":
        return say(N_("%(measure)s: %(value)s (%(basis)s)"), **values)
    if piece.year:
        return say(N_("%(measure)s: %(value)s (%(year)s, %(basis)s)"), **values)
    return say(N_("%(measure)s: %(value)s (without a year, %(basis)s)"), **values)


def not_counted(piece: Piece, year: int, oldest_years: int) -> Say:
    """Return a value on file that does not count, and why."""
    said = piece_text(piece)
    recent = measures()[piece.measure].span == "within3"
    if not piece.year:
        return say(N_("%(said)s: not counted, no year is given"), said=said)
    if piece.year > year:
        return say(N_("%(said)s: not counted, later than the year"), said=said)
    if piece.year < year - (TITLE_YEARS - 1 if recent else oldest_years):
        return say(N_("%(said)s: not counted, too old"), said=said)
    if recent:
        return say(N_("%(said)s: not counted, it may have changed since"), said=said)
    return say(N_("%(said)s: not counted, another year is asked"), said=said)


def missing(
    rule: Rule, condition: Condition, known: Known, state: str, distance: float
) -> Say:
    """Return what is missing for a rule, how much, and what to ask."""
    measure = measures()[condition.measure]
    values = {
        "rule": rule.name,
        "measure": measure.label,
        "asked": asked(condition, _worth(rule, condition)),
        "ask": measure.ask,
        "year": say(N_("year %(year)s"), year=known.year)
        if known.year
        else say(N_("without a year")),
        "value": amount(known.value, condition.unit)
        if known.value == known.value
        else "",
        "distance": _gap(distance, condition.unit) if distance == distance else "",
        "values": joined([piece_text(piece) for piece in known.used]),
    }
    if known.differ and state == "unknown":
        text = say(
            N_(
                "%(rule)s: sources differ across the threshold (%(values)s; asked: "
                "%(asked)s). Find out which holds: ask for %(ask)s."
            ),
            **values,
        )
    elif state == "unknown" and known.used:
        text = say(
            N_(
                "%(rule)s: what is on file does not settle it (%(values)s; asked: "
                "%(measure)s %(asked)s). Ask for %(ask)s."
            ),
            **values,
        )
    elif state == "unknown":
        text = say(
            N_(
                "%(rule)s: nothing that counts is on file on %(measure)s (asked: "
                "%(asked)s). Ask for %(ask)s."
            ),
            **values,
        )
    elif condition.unit == "yes_no":
        text = say(
            N_(
                "%(rule)s: on file is no for %(measure)s (%(year)s). If that has changed, "
                "ask for %(ask)s."
            ),
            **values,
        )
    elif known.value == known.value:
        text = say(
            N_(
                "%(rule)s: %(measure)s is %(value)s on file (%(year)s), asked is "
                "%(asked)s, short by %(distance)s. To update it, ask for %(ask)s."
            ),
            **values,
        )
    else:
        text = say(
            N_(
                "%(rule)s: what is on file (%(values)s) stays outside %(asked)s by at least "
                "%(distance)s. To update it, ask for %(ask)s."
            ),
            **values,
        )
    mark = MARKS[rule.text_seen]
    return sentences([text, say(mark)]) if mark else text
