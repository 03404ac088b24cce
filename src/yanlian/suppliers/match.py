"""Matching the capability book against needs: additive reasons, and what is unknown.

A pair is scored out of 100. Every part that the need asks about has a weight; what is not
on file is unknown, never a no, so the score is an interval: at least what is certain, at
most what would follow if all that is unknown turned out well. What the need does not ask
has no part. Nothing here says that a firm can deliver: that is for the trial.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from yanlian.suppliers.measures import (
    convert,
    overlap,
    runs_in_common,
    word_units,
)
from yanlian.text import N_, Say, say

# Part: its weight. What is made decides; the rest tells good ones from better ones.
PARTS: dict[str, float] = {
    "segment": 40.0,
    "words": 20.0,
    "certificates": 15.0,
    "capacity": 15.0,
    "time": 5.0,
    "evidence": 5.0,
}
MET, SHORT, UNMET, UNKNOWN = "met", "part", "unmet", "unknown"
# What a statement is worth by how it is known.
WORTH = {"reported": 1.0, "stated": 0.6, "estimated": 0.4, "inferred": 0.2}
# A statement older than this is worth half: lines and certificates change.
FRESH_DAYS = 365
# A segment that the text hardly speaks for is no common ground.
LEAST_CONFIDENCE = 0.2
# Without a common segment, so much of the need's words has to be in the offer.
LEAST_WORDS = 0.34


@dataclass(frozen=True)
class Offer:
    """What one firm can make: a row of the capability book.

    Attributes
    ----------
    key : str
    texts : tuple of str
        The product, in one or both languages.
    segments : mapping of str to float
        Segments with confidence (share).
    certificates : tuple of str
        Certificates in force; empty when none is stated.
    capacity, unit : float, str
        What is free in a year; ``nan`` when not stated.
    lead_days : float
        From order to first delivery; ``nan`` when not stated.
    basis : str
        ``reported``, ``stated``, ``estimated`` or ``inferred``.
    stated_on : date or None
    """

    key: str
    texts: tuple[str, ...]
    segments: Mapping[str, float] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()
    capacity: float = math.nan
    unit: str = ""
    lead_days: float = math.nan
    basis: str = "stated"
    stated_on: datetime.date | None = None


@dataclass(frozen=True)
class Need:
    """What an anchor firm looks for.

    Attributes
    ----------
    key : str
    texts : tuple of str
    segments : mapping of str to float
    certificates : tuple of str
        All of them are asked.
    volume, unit : float, str
        For a year; ``nan`` when not said.
    due_on : date or None
        Day of the first delivery.
    """

    key: str
    texts: tuple[str, ...]
    segments: Mapping[str, float] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()
    volume: float = math.nan
    unit: str = ""
    due_on: datetime.date | None = None


@dataclass(frozen=True)
class Part:
    """One reason: its points, from least to most, out of a weight.

    Attributes
    ----------
    name : str
        Key of :data:`PARTS`.
    low, high, weight : float
        Points out of 100.
    state : str
        ``met``, ``part``, ``unmet`` or ``unknown``.
    text : Say
    """

    name: str
    low: float
    high: float
    weight: float
    state: str
    text: Say


@dataclass(frozen=True)
class Pair:
    """A need and an offer with the reasons that speak for them.

    Attributes
    ----------
    need, offer : str
    low, high : float
        Least and most points out of 100.
    parts : tuple of Part
    segment : str
        The segment they share; empty for none.
    """

    need: str
    offer: str
    low: float
    high: float
    parts: tuple[Part, ...]
    segment: str

    @property
    def unknown(self) -> tuple[Part, ...]:
        """Return the parts nobody can tell yet: what to ask the firm."""
        return tuple(part for part in self.parts if part.state == UNKNOWN)


# Name of a part, its value from least to most (0 to 1), and what is said of it.
_Raw = tuple[str, float, float, Say]


def match_pair(need: Need, offer: Offer, today: datetime.date) -> Pair:
    """Return how an offer stands to a need.

    Parameters
    ----------
    need : Need
    offer : Offer
    today : date

    Examples
    --------
    >>> day = datetime.date(2026, 11, 1)
    >>> need = Need("n", ("zinc die casting",), {"P03": 0.9}, ("IATF 16949",))
    >>> offer = Offer("o", ("zinc die castings",), {"P03": 1.0}, basis="reported",
    ...               stated_on=day)
    >>> pair = match_pair(need, offer, day)
    >>> pair.low, pair.high, [part.name for part in pair.unknown]
    (76.2, 95.0, ['certificates'])
    """
    shared = {
        key: min(sure, offer.segments[key])
        for key, sure in need.segments.items()
        if key in offer.segments and min(sure, offer.segments[key]) >= LEAST_CONFIDENCE
    }
    segment = max(shared, key=lambda key: (shared[key], key), default="")
    raw = [
        _segment(need, offer, segment, shared.get(segment, 0.0)),
        _words(need, offer),
        *_certificates(need, offer),
        *_capacity(need, offer),
        *_time(need, offer, today),
        _evidence(offer, today),
    ]
    asked = sum(PARTS[name] for name, *_ in raw)
    parts = []
    for name, low, high, text in raw:
        weight = 100 * PARTS[name] / asked
        state = (
            UNKNOWN if low < high else MET if low >= 1 else SHORT if low > 0 else UNMET
        )
        parts.append(
            Part(
                name,
                round(low * weight, 1),
                round(high * weight, 1),
                round(weight, 1),
                state,
                text,
            )
        )
    return Pair(
        need.key,
        offer.key,
        # What is added is what stands on the sheet, rounded as it is shown.
        round(min(sum(part.low for part in parts), 100.0), 1),
        round(min(sum(part.high for part in parts), 100.0), 1),
        tuple(parts),
        segment,
    )


def match_needs(
    needs: Iterable[Need],
    offers: Sequence[Offer],
    today: datetime.date,
    *,
    most: int = 20,
) -> dict[str, list[Pair]]:
    """Return for each need the offers that have common ground with it, best first.

    Common ground is a segment, or words of the need in the offer; an offer with
    neither is no match, however many certificates it holds.

    Parameters
    ----------
    needs : iterable of Need
    offers : sequence of Offer
    today : date
    most : int
        Most offers for a need.

    Returns
    -------
    dict of str to list of Pair
        By need; ordered by certain points, then by possible ones, then by key.
    """
    words = {offer.key: _units(offer.texts) for offer in offers}
    found: dict[str, list[Pair]] = {}
    for need in needs:
        asked = _units(need.texts)
        pairs = [
            match_pair(need, offer, today)
            for offer in offers
            if _common(need, offer) or overlap(asked, words[offer.key]) >= LEAST_WORDS
        ]
        pairs.sort(key=lambda pair: (-pair.low, -pair.high, pair.offer))
        found[need.key] = pairs[:most]
    return found


def _common(need: Need, offer: Offer) -> bool:
    return any(
        min(sure, offer.segments.get(key, 0.0)) >= LEAST_CONFIDENCE
        for key, sure in need.segments.items()
    )


def _units(texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(word_units(text) for text in texts))


def _segment(need: Need, offer: Offer, segment: str, sure: float) -> _Raw:
    if segment:
        text = say(N_("Both are on segment %(segment)s of the chain."), segment=segment)
        return "segment", sure, sure, text
    if not need.segments or not offer.segments:
        text = say(
            N_("One of the two is placed on no segment; name the segment to tell.")
        )
        return "segment", 0.0, 1.0, text
    text = say(
        N_("They are on different segments: %(need)s is needed, %(offer)s is made."),
        need=_named(need.segments),
        offer=_named(offer.segments),
    )
    return "segment", 0.0, 0.0, text


def _named(segments: Mapping[str, float]) -> str:
    best = sorted(segments, key=lambda key: (-segments[key], key))
    return ", ".join(best[:3])


def _words(need: Need, offer: Offer) -> _Raw:
    # Each language is compared with its own: a need in Chinese lacks no English words.
    made = _units(offer.texts)
    best = 0.0
    latin: list[str] = []
    han: list[str] = []
    for text in need.texts:
        asked = word_units(text)
        best = max(best, overlap(asked, made))
        latin += sorted(word for word in asked & made if word.isascii())
        han += runs_in_common(text, made)
    if not best:
        return "words", 0.0, 0.0, say(N_("No word of the need is in the product."))
    # Whoever reads Chinese is shown the Chinese words where there are some.
    words = Say(", ".join((latin or han)[:6]), "\u3001".join((han or latin)[:6]))
    return "words", best, best, say(N_("Words in common: %(words)s."), words=words)


def _certificates(need: Need, offer: Offer) -> list[_Raw]:
    wanted = {_plain(name): name for name in need.certificates if _plain(name)}
    if not wanted:
        return []
    asked = ", ".join(wanted.values())
    held = {_plain(name) for name in offer.certificates}
    if not held:
        text = say(
            N_("No certificate is on file; asked: %(asked)s. Ask the firm."),
            asked=asked,
        )
        return [("certificates", 0.0, 1.0, text)]
    missing = [name for key, name in wanted.items() if key not in held]
    share = 1 - len(missing) / len(wanted)
    if missing:
        text = say(
            N_("Asked: %(asked)s. Not among those on file: %(missing)s."),
            asked=asked,
            missing=", ".join(missing),
        )
    else:
        text = say(N_("All certificates asked are on file: %(asked)s."), asked=asked)
    return [("certificates", share, share, text)]


def _plain(name: str) -> str:
    """Return a certificate without what people write differently: ISO9001, ISO 9001."""
    return "".join(mark for mark in name.lower() if mark.isalnum())


def _capacity(need: Need, offer: Offer) -> list[_Raw]:
    if not need.volume > 0:
        return []
    if math.isnan(offer.capacity) or not offer.unit or not need.unit:
        text = say(N_("How much it can make in a year is not on file. Ask the firm."))
        return [("capacity", 0.0, 1.0, text)]
    free = convert(offer.capacity, offer.unit, need.unit)
    if math.isnan(free):
        text = say(
            N_(
                "Its capacity is counted in another unit than the need. Ask for it in "
                "the unit of the need."
            )
        )
        return [("capacity", 0.0, 1.0, text)]
    share = min(free / need.volume, 1.0)
    text = say(
        N_("Free capacity is %(share)s %% of the volume asked."),
        share=f"{100 * free / need.volume:,.0f}",
    )
    return [("capacity", share, share, text)]


def _time(need: Need, offer: Offer, today: datetime.date) -> list[_Raw]:
    if need.due_on is None:
        return []
    left = (need.due_on - today).days
    if math.isnan(offer.lead_days):
        text = say(N_("Its days to a first delivery are not on file. Ask the firm."))
        if left < 0:
            return [("time", 0.0, 0.0, say(N_("The day of the need has passed.")))]
        return [("time", 0.0, 1.0, text)]
    days = f"{offer.lead_days:.0f}"
    if left >= offer.lead_days:
        text = say(
            N_("First delivery takes %(days)s days; %(left)s are left."),
            days=days,
            left=left,
        )
        return [("time", 1.0, 1.0, text)]
    text = say(
        N_("First delivery takes %(days)s days; only %(left)s are left."),
        days=days,
        left=max(left, 0),
    )
    return [("time", 0.0, 0.0, text)]


def _evidence(offer: Offer, today: datetime.date) -> _Raw:
    worth = WORTH.get(offer.basis, 0.2)
    age = (today - offer.stated_on).days if offer.stated_on else FRESH_DAYS + 1
    if age > FRESH_DAYS:
        text = say(
            N_(
                "The statement is more than a year old or has no day; have it confirmed."
            )
        )
        return "evidence", worth / 2, worth / 2, text
    text = say(N_("The statement is %(days)s days old."), days=max(age, 0))
    return "evidence", worth, worth, text
