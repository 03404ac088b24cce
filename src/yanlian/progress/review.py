"""What came of a trip by a day, counted from the log alone.

The same log gives the same figures for ever: what happened after the day, or was
written down after the day on which one knew it, is left out.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from yanlian.progress import promises, stages
from yanlian.progress.money import Column, Money, by_kind
from yanlian.tables import split_list

Day = datetime.date


@dataclass(frozen=True)
class Happening:
    """A line of the log, with the columns of ``progress_events`` that are needed."""

    kind: str
    subject: str
    on: Day
    recorded_on: Day
    deal: str = ""
    agreement: str = ""
    gap: str = ""
    trip: str = ""
    side: str = ""
    due_on: Day | None = None
    value: float | None = None
    level: str = "stated"
    what: str = ""
    mark: str = ""

    @property
    def marks(self) -> set[str]:
        """Return its marks."""
        return set(split_list(self.mark))


@dataclass(frozen=True)
class Kept:
    """How the promises of one side stood.

    Attributes
    ----------
    made, on_time, late, broken, withdrawn, overdue, waiting : int
        All; kept in time; kept late; broken; withdrawn; due and not kept; not due yet.
    """

    made: int = 0
    on_time: int = 0
    late: int = 0
    broken: int = 0
    withdrawn: int = 0
    overdue: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Look:
    """What came of a trip by a day.

    Attributes
    ----------
    as_of, known_on : date
    visits : set of str
        Meetings whose record was final.
    kept : dict of str to Kept
        By side.
    states : dict of str to str
        State of each promise.
    deals : dict of str to str
        Stage of each deal.
    signed : dict of bool to list of str
        Agreements by whether they bind.
    money : dict of (bool, Column) to Money
        The six kinds, never added to each other.
    gaps, closed : set of str
        Gaps served, and those of them that were closed.
    later : int
        Lines about the same that were left out because they came, or were written
        down, afterwards.
    """

    as_of: Day
    known_on: Day
    visits: set[str] = field(default_factory=set)
    kept: dict[str, Kept] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    deals: dict[str, str] = field(default_factory=dict)
    signed: dict[bool, list[str]] = field(default_factory=dict)
    money: dict[tuple[bool, Column], Money] = field(default_factory=dict)
    gaps: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    later: int = 0


_STATES = {
    "kept": "on_time",
    "kept_late": "late",
    "broken": "broken",
    "withdrawn": "withdrawn",
    "overdue": "overdue",
    "soon": "waiting",
    "open": "waiting",
}


def look_back(
    log: Iterable[Happening],
    trip: str,
    as_of: Day,
    *,
    known_on: Day | None = None,
    made: Iterable[str] = (),
) -> Look:
    """Return what came of a trip by a day.

    Parameters
    ----------
    log : iterable of Happening
        Lines about the trip, its deals, its promises and its gaps, in the order in
        which they were written.
    trip : str
        Reference of the trip, as in ``trip:3``.
    as_of : date
        Day of the review.
    known_on : date, optional
        What was written down later is left out; no limit otherwise.
    made : iterable of str
        References of promises made on the trip; others count when a line about them
        names the trip.
    """
    known = known_on or Day.max
    every = list(log)
    lines = [h for h in every if h.on <= as_of and h.recorded_on <= known]
    ours = [h for h in lines if h.trip == trip]
    deals = {h.deal for h in ours if h.deal}
    subjects = {*made, *(h.subject for h in ours if h.kind == "promised")}
    mine = [
        h for h in lines if h.trip == trip or h.deal in deals or h.subject in subjects
    ]
    gaps = {h.gap for h in mine if h.gap}
    states = _states(mine, subjects, as_of)
    return Look(
        as_of,
        known,
        visits={h.subject for h in ours if h.kind == "contact"},
        kept=_kept(mine, states),
        states={key: word for key, (_, word) in states.items()},
        deals=_deals(mine, deals),
        signed=_signed(mine),
        money=_money(mine, as_of),
        gaps=gaps,
        closed=_closed(lines, gaps),
        later=len(every) - len(lines),
    )


def _states(
    lines: list[Happening], subjects: set[str], as_of: Day
) -> dict[str, tuple[str, str]]:
    """Return side and state of each promise; a later line corrects an earlier one."""
    held: dict[str, dict[str, Day | None]] = {}
    sides: dict[str, str] = {}
    for h in lines:
        if h.subject not in subjects:
            continue
        mine = held.setdefault(h.subject, {})
        sides[h.subject] = h.side or sides.get(h.subject, "")
        if h.kind in {"promised", "due_changed"} and h.due_on:
            mine["due"] = h.due_on
        elif h.kind in {"kept", "broken", "withdrawn"}:
            mine[h.kind] = h.on
        elif h.kind == "unkept":
            mine["kept"] = None
    found = {}
    for subject, mine in held.items():
        due = mine.get("due")
        if due is None:
            continue
        rule = promises.Promise(
            sides[subject], due, mine.get("kept"), mine.get("broken"), mine.get("withdrawn")
        )  # fmt: skip
        found[subject] = (sides[subject], promises.state(rule, as_of))
    return found


def _kept(
    lines: list[Happening], states: dict[str, tuple[str, str]]
) -> dict[str, Kept]:
    found = {}
    for side in promises.SIDES:
        words = [_STATES[word] for of, word in states.values() if of == side]
        counts = {name: words.count(name) for name in set(_STATES.values())}
        found[side] = Kept(len(words), **counts)
    return found


def _deals(lines: list[Happening], deals: set[str]) -> dict[str, str]:
    """Return at which stage each deal stood; none for one that was not there yet."""
    found: dict[str, str] = {}
    for h in sorted(lines, key=lambda h: h.on):
        if h.kind == "stage" and h.deal in deals:
            found[h.deal] = h.what
    order = {item.code: item.order for item in stages.stages()}
    return dict(sorted(found.items(), key=lambda row: -order.get(row[1], -1)))


def _signed(lines: list[Happening]) -> dict[bool, list[str]]:
    found: dict[bool, list[str]] = {True: [], False: []}
    for h in lines:
        if h.kind == "signed":
            binds = "binding" in h.marks
            if h.subject not in found[binds]:
                found[binds].append(h.subject)
    return found


def _money(lines: list[Happening], as_of: Day) -> dict[tuple[bool, Column], Money]:
    """Return what firms promised to invest, and what was paid, of each kind apart.

    A payment bears the day on which it was paid also when it is verified later; until
    that was written down it is evidenced only.
    """
    binds = {h.subject: "binding" in h.marks for h in lines if h.kind == "signed"}
    promised: dict[str, Money] = {}
    paid: dict[str, tuple[Money, str]] = {}
    for h in lines:
        if (
            h.kind == "promised"
            and h.side == promises.THEIRS
            and h.what == "investment"
        ):
            # What is not in a signed text was said, and binds nobody.
            promised[h.subject] = Money(h.value or 0.0, "binding" in h.marks)
        elif h.kind == "withdrawn":
            promised.pop(h.subject, None)
        elif h.kind == "paid":
            # A payment that names no text is made under the one that binds.
            binding = binds.get(h.agreement, True) if h.agreement else True
            amount = Money(h.value or 0.0, binding, Column.EVIDENCED)
            seen = h.level != "verified" or h.recorded_on <= as_of
            paid[h.subject] = (amount, h.level if seen else "evidenced")
    amounts = [*promised.values()]
    for amount, level in paid.values():
        if level in {"evidenced", "verified"}:
            amounts.append(amount)
        if level == "verified":
            amounts.append(Money(amount.value_cny, amount.binding, Column.VERIFIED))
    return dict(by_kind(amounts))


def _closed(lines: list[Happening], gaps: set[str]) -> set[str]:
    found: set[str] = set()
    for h in lines:
        if h.gap in gaps and h.kind == "gap_closed":
            found.add(h.gap)
        elif h.gap in gaps and h.kind == "gap_opened":
            found.discard(h.gap)
    return found
