"""How indicators are computed: one function for each shape of definition.

Two rules hold for all of them. A record belongs to a cohort by its first event of that
kind, whatever came later: a deal that was moved back stays in it, or the rate would
flatter. An outcome counts only while it stands: a deal that was moved back below the
stage has not met it until it enters it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from yanlian.progress.events import (
    CLOSED,
    NEVER,
    Days,
    Events,
    Mask,
    Places,
    Spec,
    firsts,
    lasts,
    parse,
)
from yanlian.progress.stages import stages
from yanlian.progress.survival import quantile
from yanlian.tables import Floats, Strs
from yanlian.text import N_, Say, say

YIELD_DAYS = (30, 90, 365)
NAN = float("nan")
ROLES = ("not_met", "met", "counted", "open")
NOT_MET, MET, COUNTED, OPEN = range(4)
_ROLE_WORDS = np.array(ROLES, object)


@dataclass(frozen=True)
class Definition:
    """One indicator, as its row of ``kpi_definitions`` says.

    Attributes
    ----------
    set, code : str
    name : Say
    shape : str
        Key of :data:`SHAPES`, or ``target``.
    cohort, outcome : tuple of Spec
    count, window_by, level, unit : str
    within_days : float
        ``nan`` for no limit.
    note : Say
        What a reader has to know.
    """

    set: str
    code: str
    name: Say
    shape: str
    cohort: tuple[Spec, ...]
    outcome: tuple[Spec, ...]
    count: str
    window_by: str
    within_days: float
    level: str
    unit: str
    note: Say


@dataclass(frozen=True)
class Window:
    """First and last day of a window and the day of knowledge, days since 1970."""

    first: int
    last: int
    as_of: int

    def holds(self, days: Days) -> Mask:
        """Return which days fall into the window."""
        found: Mask = (days >= self.first) & (days <= min(self.last, self.as_of))
        return found


class Record(NamedTuple):
    """One record that went into a figure.

    Attributes
    ----------
    subject : str
    role : str
        ``met``, ``not_met``, ``counted`` or ``open``.
    on, met_on : int
        Days since 1970; :data:`NEVER` for none.
    value : float
    event_id, met_event_id : str
        Events of the log behind it; empty for none.
    """

    subject: str
    role: str
    on: int
    met_on: int
    value: float
    event_id: str
    met_event_id: str


@dataclass(frozen=True, eq=False)
class Counted:
    """The records that went into a figure, by columns; iterating gives them singly.

    Attributes
    ----------
    subject, role, event_id, met_event_id : ndarray of str, shape (n,)
    on, met_on : ndarray of int, shape (n,), days since 1970
    value : ndarray, shape (n,)
        See :class:`Record`.
    """

    subject: Strs
    role: Strs
    on: Days
    met_on: Days
    value: Floats
    event_id: Strs
    met_event_id: Strs

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.subject)

    def __iter__(self) -> Iterator[Record]:
        """Return the records one by one."""
        columns = (
            self.subject,
            self.role,
            self.on,
            self.met_on,
            self.value,
            self.event_id,
            self.met_event_id,
        )
        return map(Record._make, zip(*(c.tolist() for c in columns), strict=True))


def counted(
    events: Events,
    count: str,
    at: ArrayLike,
    met: ArrayLike = -1,
    *,
    role: ArrayLike,
    value: ArrayLike = 1.0,
    on: Days | None = None,
) -> Counted:
    """Return the records behind a figure.

    Parameters
    ----------
    events : Events
    count : str
        Column that names the record.
    at, met : array_like of int
        Where the events stand that brought it in and that met the rule; -1 for none.
    role : array_like of int
        Position in :data:`ROLES`.
    value : array_like of float
    on : ndarray of int, optional
        Day from which it counts, where that is not the day of its event.
    """
    start = np.asarray(at, np.intp)
    end = np.broadcast_to(np.asarray(met, np.intp), start.shape)
    known = np.where(start >= 0, start, end)
    name = "event_id" if count == "event" else count
    nobody = np.array("", object)
    met_on = np.where(end >= 0, events.on[end], NEVER) if len(events) else end
    if on is None:
        on = np.where(start >= 0, events.on[start], NEVER) if len(events) else start
    roles = np.broadcast_to(np.asarray(role, np.intp), start.shape)
    return Counted(
        events.cells(name, known),
        _ROLE_WORDS[roles],
        on.astype(np.int64),
        met_on.astype(np.int64),
        np.broadcast_to(np.asarray(value, np.float64), start.shape),
        events.cells("event_id", known),
        np.where(end >= 0, events.cells("event_id", end), nobody),
    )


_NOBODY = Counted(
    *(np.empty(0, object),) * 2,
    *(np.empty(0, np.int64),) * 2,
    np.empty(0),
    *(np.empty(0, object),) * 2,
)


@dataclass(frozen=True)
class Figure:
    """One figure with the records behind it.

    Attributes
    ----------
    value, second : float
    second_unit, part : str
    numerator, denominator : float
    rows : Counted
    cannot : Say or None
        What is missing when there is no value.
    left_out : int
        Events that name no record to count, or whose value is absent.
    """

    value: float
    numerator: float = NAN
    denominator: float = NAN
    second: float = NAN
    second_unit: str = ""
    part: str = ""
    rows: Counted = field(default=_NOBODY)
    cannot: Say | None = None
    left_out: int = 0


def _nothing(part: str = "", left_out: int = 0) -> Figure:
    text = say(N_("No record falls into the window."))
    return Figure(NAN, 0.0, 0.0, part=part, cannot=text, left_out=left_out)


def _sum(values: Floats) -> float:
    """Return the exact sum, whatever the order."""
    return math.fsum(values.tolist())


def _rate(
    rows: Counted, met: Mask, *, second: float = NAN, unit: str = "", left_out: int = 0
) -> Figure:
    if not len(met):
        return _nothing(left_out=left_out)
    above, below = int(met.sum()), len(met)
    return Figure(
        above / below,
        above,
        below,
        second,
        unit if second == second else "",
        rows=rows,
        left_out=left_out,
    )


def _pairs(
    events: Events, kpi: Definition, window: Window
) -> tuple[Places, Places, int]:
    """Return first cohort events, first outcomes from then on or -1, and those unnamed.

    ``window_by`` cohort keeps those whose cohort event falls into the window.
    """
    records, _ = events.records(kpi.count)
    began = events.select(kpi.cohort)
    start = firsts(records, began)
    inside = window.holds(events.on)
    unnamed = int((began & inside & (records < 0)).sum())
    if kpi.window_by == "cohort":
        start = start[inside[start]]
    ended = events.select(kpi.outcome, kpi.level, standing=True)
    ends = np.flatnonzero(ended & (records >= 0))
    if not len(ends) or not len(start):
        return start, np.full(len(start), -1, np.intp), unnamed
    # Events stand in the order of days, so that a stable sort by record keeps it.
    ends = ends[np.argsort(records[ends], kind="stable")]
    base = int(events.on[0])
    width = int(events.on[-1]) - base + 1
    key = records[ends].astype(np.int64) * width + (events.on[ends] - base)
    wanted = records[start].astype(np.int64) * width + (events.on[start] - base)
    found = np.searchsorted(key, wanted, side="left")
    hit = ends[np.minimum(found, len(ends) - 1)]
    good = (found < len(ends)) & (records[hit] == records[start])
    return start, np.where(good, hit, -1), unnamed


def _days(events: Events, start: Places, end: Places) -> Floats:
    """Return days from start to end; ``nan`` where there is no end."""
    if not len(start):
        return np.empty(0)
    return np.where(end >= 0, events.on[end] - events.on[start], NAN)


def cohort_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return which share of those that began in the window got there by the as-of day.

    Beside it stands the median of the days it took those that got there.
    """
    start, end, unnamed = _pairs(events, kpi, window)
    took = _days(events, start, end)
    if kpi.within_days == kpi.within_days:
        end = np.where(took <= kpi.within_days, end, -1)
    met = end >= 0
    rows = counted(events, kpi.count, start, end, role=met.astype(int))
    median = float(np.median(took[met])) if met.any() else NAN
    return _rate(rows, met, second=median, unit="d", left_out=unnamed)


def period_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return what ended in the window over what began in it; can exceed one.

    A record counts in the window of its first event.
    """
    records, _ = events.records(kpi.count)
    inside = window.holds(events.on)
    began = events.select(kpi.cohort)
    ended = events.select(kpi.outcome, kpi.level, standing=True)
    unnamed = int(((began | ended) & inside & (records < 0)).sum())
    start = firsts(records, began)
    end = firsts(records, ended)
    start, end = start[inside[start]], end[inside[end]]
    different = np.unique(np.concatenate([records[start], records[end]]))
    at = np.full(len(different), -1, np.intp)
    met = np.full(len(different), -1, np.intp)
    at[np.searchsorted(different, records[start])] = start
    met[np.searchsorted(different, records[end])] = end
    # Numbers of records depend on what came later; their first events do not.
    order = np.argsort(np.where(at >= 0, at, met), kind="stable")
    at, met = at[order], met[order]
    rows = counted(events, kpi.count, at, met, role=(met >= 0).astype(int))
    if not len(start):
        text = say(N_("Nothing began in the window."))
        return Figure(NAN, len(end), 0.0, rows=rows, cannot=text, left_out=unnamed)
    return Figure(
        len(end) / len(start), len(end), len(start), rows=rows, left_out=unnamed
    )


def due_days(events: Events) -> Days:
    """Return the due day of each event: that agreed last by the as-of day."""
    due = events.due
    moved = events.select(parse("due_changed")) & (due != NEVER)
    if not moved.any():
        return due
    subject, words = events.numbers("subject")
    last = np.full(len(words), NEVER)
    at = lasts(subject, moved)
    last[subject[at]] = due[at]
    return np.where(last[subject] != NEVER, last[subject], due)


def _gone(events: Events, kept: Mask) -> Mask:
    """Return which events belong to a promise withdrawn before it was kept."""
    subject, words = events.numbers("subject")
    out = firsts(subject, events.select(parse("withdrawn")))
    if not len(out):
        return np.zeros(len(events), bool)
    latest = np.iinfo(np.int64).max
    left = np.full(len(words), latest)
    left[subject[out]] = events.on[out]
    done = np.full(len(words), latest)
    at = firsts(subject, kept)
    done[subject[at]] = events.on[at]
    gone: Mask = (left < done) & (left != latest)
    return gone[subject]


def _duties(
    events: Events, kpi: Definition, window: Window
) -> tuple[Places, Days, Places]:
    """Return promises due in the window, their due days, and where kept or -1."""
    subject, words = events.numbers("subject")
    kept = events.select(kpi.outcome, kpi.level)
    due = due_days(events)
    made = events.select(kpi.cohort) & ~_gone(events, kept)
    made &= (due != NEVER) & window.holds(due)
    keeping = np.full(len(words) + 1, -1, np.intp)
    at = firsts(subject, kept)
    keeping[subject[at]] = at
    promises = np.flatnonzero(made)
    return promises, due[promises], keeping[subject[promises]]


def agreement_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of agreements all of whose due obligations are met.

    Met late is met; beside the rate nothing is said of how late.
    """
    promises, due, kept = _duties(events, kpi, window)
    records, _ = events.records(kpi.count)
    named = records[promises] >= 0
    unnamed = int((~named).sum())
    promises, due, kept = promises[named], due[named], kept[named]
    # The obligation due first stands for the agreement.
    order = np.lexsort((promises, due))
    promises, due, kept = promises[order], due[order], kept[order]
    _, first, which = np.unique(
        records[promises], return_index=True, return_inverse=True
    )
    open_ = np.bincount(which, kept < 0, len(first)) > 0
    latest = np.full(len(first), -1, np.intp)
    np.maximum.at(latest, which, kept)
    # In the order in which they fall due, not in that of the records' numbers.
    order = np.argsort(first)
    first, latest, open_ = first[order], latest[order], open_[order]
    met = ~open_
    rows = counted(
        events,
        kpi.count,
        promises[first],
        np.where(met, latest, -1),
        role=met.astype(int),
        value=np.bincount(which, minlength=len(first))[order],
        on=due[first],
    )
    return _rate(rows, met, left_out=unnamed)


def due_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share kept on time of what was due; beside it the share kept late."""
    promises, due, kept = _duties(events, kpi, window)
    done = kept >= 0
    on_time = done & (events.on[kept] <= due) if len(events) else done
    late = float((done & ~on_time).mean()) if len(done) else NAN
    rows = counted(events, "subject", promises, kept, role=on_time.astype(int), on=due)
    return _rate(rows, on_time, second=late, unit="share")


def _amounts(
    events: Events, specs: tuple[Spec, ...], level: str = "stated"
) -> tuple[Mask, Mask]:
    """Return which events carry an amount, and which should but do not."""
    found = events.select(specs, level)
    known = np.isfinite(events.value)
    return found & known, found & ~known


def summed(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return a sum over the window; a cohort, if any, is summed beside, never added."""
    inside = window.holds(events.on)
    main, absent = _amounts(events, kpi.outcome, kpi.level)
    beside, _ = _amounts(events, kpi.cohort, kpi.level)
    at = np.flatnonzero(main & inside)
    value = _sum(events.value[at])
    rows = counted(events, "subject", at, role=COUNTED, value=events.value[at])
    return Figure(
        value,
        value,
        NAN,
        _sum(events.value[beside & inside]) if kpi.cohort else NAN,
        kpi.unit if kpi.cohort else "",
        rows=rows,
        left_out=int((absent & inside).sum()),
    )


def sum_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return one sum over another.

    By ``due`` the denominator is what was due by the as-of day; by ``all`` the whole;
    by ``outcome`` both are what fell into the window. What was withdrawn is not due.
    """
    below, one = _amounts(events, kpi.cohort)
    above, two = _amounts(events, kpi.outcome, kpi.level)
    absent = one | two
    if kpi.window_by == "due":
        due = due_days(events)
        below &= (due != NEVER) & (due <= window.as_of)
    elif kpi.window_by == "outcome":
        inside = window.holds(events.on)
        below, above, absent = below & inside, above & inside, absent & inside
    below &= ~_gone(events, np.zeros(len(events), bool))
    top, bottom = _sum(events.value[above]), _sum(events.value[below])
    at = np.flatnonzero(above | below)
    rows = counted(
        events,
        "subject",
        at,
        role=np.where(above[at], MET, COUNTED),
        value=events.value[at],
    )
    left_out = int(absent.sum())
    if not bottom:
        text = say(N_("There is no amount to compare with."))
        return Figure(NAN, top, bottom, rows=rows, cannot=text, left_out=left_out)
    return Figure(top / bottom, top, bottom, rows=rows, left_out=left_out)


def distinct(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return how many different records had an event in the window."""
    records, _ = events.records(kpi.count)
    mask = events.select(kpi.outcome, kpi.level, standing=True)
    mask &= window.holds(events.on)
    at = firsts(records, mask)
    rows = counted(events, kpi.count, at, role=COUNTED)
    unnamed = int((mask & (records < 0)).sum())
    return Figure(float(len(at)), len(at), rows=rows, left_out=unnamed)


def _times(
    events: Events,
    count: str,
    start: Places,
    end: Places,
    part: str = "",
    left_out: int = 0,
) -> Figure:
    """Return median and 90th percentile of times of which some have not ended."""
    if not len(start):
        return _nothing(part, left_out)
    ended = end >= 0
    days = np.where(ended, events.on[end], events.as_of) - events.on[start]
    rows = counted(
        events, count, start, end, role=np.where(ended, MET, OPEN), value=days
    )
    median = quantile(days, ended, 0.5)
    cannot = None
    if median != median:
        cannot = say(N_("Too few have ended for the median to be known yet."))
    return Figure(
        median,
        int(ended.sum()),
        len(start),
        quantile(days, ended, 0.9),
        "d",
        part,
        rows,
        cannot,
        left_out,
    )


def lag(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the median days from cohort to outcome, and the 90th percentile.

    What has not ended by the as-of day counts as longer than so far (Kaplan–Meier).
    """
    start, end, unnamed = _pairs(events, kpi, window)
    return _times(events, kpi.count, start, end, left_out=unnamed)


def stage_time(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return the median days in each stage entered in the window.

    A stay ends when the deal moves on or back, or is lost, abandoned or exited; a
    stage entered twice counts twice. A stay that goes on counts as longer than so far.
    """
    moves = events.where("kind", "stage".__eq__)
    closing = events.where("kind", "status".__eq__)
    closing &= events.where("what", CLOSED.__contains__)
    subject, _ = events.records("subject")
    what, words = events.numbers("what")
    at = np.flatnonzero((moves | closing) & (subject >= 0))
    at = at[np.argsort(subject[at], kind="stable")]
    same = subject[at[1:]] == subject[at[:-1]]
    # A stage told twice in a row is one stay.
    told = same & moves[at[1:]] & moves[at[:-1]] & (what[at[1:]] == what[at[:-1]])
    at = at[np.concatenate([np.ones(min(len(at), 1), bool), ~told])]
    end = np.full(len(at), -1, np.intp)
    followed = np.flatnonzero(subject[at[1:]] == subject[at[:-1]])
    end[followed] = at[followed + 1]
    stay = moves[at] & window.holds(events.on[at])
    figures = []
    for item in stages():
        if item.code not in words:
            continue
        here = stay & (what[at] == words.index(item.code))
        if here.any():
            order = np.argsort(at[here])
            start, left = at[here][order], end[here][order]
            figures.append(_times(events, "subject", start, left, item.code))
    return figures or [_nothing()]


def columns(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return promised, evidenced and verified apart; stocks count by their latest.

    Promised is the sum of all promises that were not withdrawn; evidenced and verified
    are the last counts of each record with so much evidence.
    """
    made, absent = _amounts(events, kpi.cohort)
    made &= ~_gone(events, np.zeros(len(events), bool))
    at = np.flatnonzero(made)
    value = _sum(events.value[at])
    rows = counted(events, "subject", at, role=COUNTED, value=events.value[at])
    left_out = int(absent.sum())
    found = [Figure(value, value, part="promised", rows=rows, left_out=left_out)]
    records, _ = events.records(kpi.count)
    for level in ("evidenced", "verified"):
        mask, absent = _amounts(events, kpi.outcome, level)
        unnamed = int(((mask & (records < 0)) | absent).sum())
        at = lasts(records, mask)
        value = _sum(events.value[at])
        rows = counted(events, kpi.count, at, role=COUNTED, value=events.value[at])
        found.append(Figure(value, value, part=level, rows=rows, left_out=unnamed))
    return found


def stock_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of those there with an event in the window.

    There is what came by the end of the window and had not left before it began.
    """
    records, names = events.records(kpi.count)
    subject, words = events.numbers("subject")
    last = lasts(
        subject, events.where("kind", "status".__eq__) & (events.on < window.first)
    )
    left = np.zeros(len(words), bool)
    left[subject[last]] = events.where("what", CLOSED.__contains__)[last]
    there = events.select(kpi.cohort, standing=True) & (events.on <= window.last)
    if len(words):
        there &= ~left[subject]
    stock = firsts(records, there)
    hit = events.select(kpi.outcome, kpi.level, standing=True)
    hit &= window.holds(events.on)
    done = firsts(records, hit)
    hits = np.full(len(names) + 1, -1, np.intp)
    hits[records[done]] = done
    end = hits[records[stock]]
    rows = counted(events, kpi.count, stock, end, role=(end >= 0).astype(int))
    return _rate(rows, end >= 0, left_out=int((there & (records < 0)).sum()))


def brier(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the mean square of stated likelihood less outcome, where that is known.

    It is known when the outcome came, when the deal was lost or abandoned, or when
    ``within_days`` have passed. A likelihood stated on the day of the outcome or later
    foretells nothing and does not count. Beside it stands what always stating the mean
    would have scored.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
    Monthly Weather Review, 78, 1–3.
    """
    records, words = events.records(kpi.count)
    far = np.iinfo(np.int64).max
    at = np.flatnonzero(
        events.select(kpi.cohort) & np.isfinite(events.value) & (records >= 0)
    )
    if kpi.window_by == "cohort":
        at = at[window.holds(events.on[at])]
    won = firsts(records, events.select(kpi.outcome, kpi.level, standing=True))
    # A deal that was taken up again is not lost.
    last = lasts(records, events.where("kind", "status".__eq__))
    over = last[events.where("what", {"lost", "abandoned"}.__contains__)[last]]
    win = np.full(len(words) + 1, far)
    win[records[won]] = events.on[won]
    where_won = np.full(len(words) + 1, -1, np.intp)
    where_won[records[won]] = won
    end = np.full(len(words) + 1, far)
    end[records[over]] = events.on[over]
    said, record = events.on[at], records[at]
    happened = (win[record] != far) & (win[record] <= end[record])
    known = np.minimum(win[record], end[record])
    if kpi.within_days == kpi.within_days:
        limit = said + int(kpi.within_days)
        happened &= win[record] <= limit
        known = np.minimum(known, np.where(limit <= window.as_of, limit + 1, far))
    good = (known != far) & (said < known)
    at, happened, record = at[good], happened[good], record[good]
    if not len(at):
        text = say(N_("No stated likelihood has an outcome yet."))
        return Figure(NAN, 0.0, 0.0, cannot=text)
    loss = (events.value[at] - happened) ** 2
    total, base = _sum(loss), float(happened.mean())
    rows = counted(
        events,
        kpi.count,
        at,
        np.where(happened, where_won[record], -1),
        role=happened.astype(int),
        value=loss,
    )
    second = base * (1 - base)
    return Figure(total / len(at), total, len(at), second, "score", rows=rows)


def cost_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the costs of the window for each record that first succeeded in it."""
    records, _ = events.records(kpi.count)
    inside = window.holds(events.on)
    paid, absent = _amounts(events, kpi.cohort)
    costs = np.flatnonzero(paid & inside)
    first = firsts(records, events.select(kpi.outcome, kpi.level, standing=True))
    first = first[inside[first]]
    cost = _sum(events.value[costs])
    rows = counted(
        events,
        "subject",
        np.concatenate([first, costs]),
        np.concatenate([first, np.full(len(costs), -1)]),
        role=np.repeat([MET, COUNTED], [len(first), len(costs)]),
        value=np.concatenate([np.ones(len(first)), events.value[costs]]),
    )
    left_out = int((absent & inside).sum())
    if not len(first) or not len(costs):
        text = say(N_("Costs or landed projects are missing in the window."))
        return Figure(NAN, cost, len(first), rows=rows, cannot=text, left_out=left_out)
    return Figure(cost / len(first), cost, len(first), rows=rows, left_out=left_out)


def fresh(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of live records that were checked within so many days.

    Filing a record counts as checking it. An archived one is not live, unless it was
    filed again later.
    """
    records, words = events.records(kpi.count)
    filed = events.select(kpi.cohort)
    seen = lasts(records, filed | events.select(kpi.outcome, kpi.level))
    latest = np.full(len(words) + 1, -1, np.intp)
    latest[records[seen]] = seen
    gone, back = np.full((2, len(words) + 1), -1, np.intp)
    out = lasts(records, events.select(parse("archived")))
    gone[records[out]] = out
    again = lasts(records, filed)
    back[records[again]] = again
    first = firsts(records, filed)
    first = first[back[records[first]] > gone[records[first]]]
    last = latest[records[first]]
    age = window.as_of - events.on[last] if len(events) else np.empty(0)
    met = age <= kpi.within_days
    rows = counted(events, kpi.count, first, last, role=met.astype(int), value=age)
    return _rate(rows, met, left_out=int((filed & (records < 0)).sum()))


def trip_yield(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return what trips of the window brought for each of their days, as time went on.

    Outcomes of a trip and the different gaps that its events name are counted from its
    first day on. A trip belongs to the window of its first day, and counts when all of
    the 30, 90 or 365 days have passed; beside the yield stands how many wait.
    """
    trips, words = events.records("trip")
    named = trips >= 0
    is_day = events.select(kpi.cohort) & named
    start = firsts(trips, is_day)
    first = np.full(len(words) + 1, NEVER)
    first[trips[start]] = events.on[start]
    start = start[window.holds(events.on[start])]
    if not len(start):
        return [_nothing()]
    length = np.bincount(trips[is_day], minlength=len(words) + 1)
    began = first[trips]
    after = named & (began != NEVER) & (events.on >= began)
    brought = events.select(kpi.outcome, kpi.level) & after
    gaps, gap_words = events.records("gap")
    touching = np.flatnonzero(after & (gaps >= 0))
    pair = trips[touching].astype(np.int64) * (len(gap_words) + 1) + gaps[touching]
    _, once = np.unique(pair, return_index=True)
    touching = touching[once]
    figures = []
    for limit in YIELD_DAYS:
        gained = np.zeros(len(words) + 1)
        for at in (np.flatnonzero(brought), touching):
            at = at[events.on[at] - began[at] <= limit]
            gained += np.bincount(trips[at], minlength=len(words) + 1)
        over = events.on[start] + limit <= window.as_of
        value = gained[trips[start]]
        rows = counted(
            events, "trip", start, role=np.where(over, COUNTED, OPEN), value=value
        )
        total = float(length[trips[start]][over].sum())
        top = float(value[over].sum())
        waits = int((~over).sum())
        cannot = None
        if not over.any():
            cannot = say(N_("No trip is that long ago yet."))
        figures.append(
            Figure(
                top / total if total else NAN,
                top,
                total,
                waits,
                "open",
                str(limit),
                rows,
                cannot,
            )
        )
    return figures


def closure(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share closed of what was opened; beside it what is open too long.

    Too long is longer than ``within_days``; there is no limit for closing.
    """
    start, end, unnamed = _pairs(events, kpi, window)
    met = end >= 0
    rows = counted(events, kpi.count, start, end, role=np.where(met, MET, OPEN))
    if not len(start):
        return _nothing(left_out=unnamed)
    old = ~met & (window.as_of - events.on[start] > kpi.within_days)
    return _rate(rows, met, second=float(old.mean()), unit="share", left_out=unnamed)


def share_of(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of the records that first came in the window that bear a mark."""
    records, _ = events.records(kpi.count)
    every = events.select(kpi.cohort)
    start = firsts(records, every)
    unnamed = int((every & window.holds(events.on) & (records < 0)).sum())
    start = start[window.holds(events.on[start])]
    good = firsts(records, every & events.select(kpi.outcome, kpi.level))
    met = np.isin(records[start], records[good])
    rows = counted(events, kpi.count, start, role=met.astype(int))
    return _rate(rows, met, left_out=unnamed)


Shape = Callable[[Events, Definition, Window], "Figure | list[Figure]"]
SHAPES: dict[str, Shape] = {
    "cohort_rate": cohort_rate,
    "period_rate": period_rate,
    "agreement_rate": agreement_rate,
    "due_rate": due_rate,
    "sum": summed,
    "sum_rate": sum_rate,
    "distinct": distinct,
    "lag": lag,
    "stage_time": stage_time,
    "columns": columns,
    "stock_rate": stock_rate,
    "brier": brier,
    "cost_rate": cost_rate,
    "fresh": fresh,
    "yield": trip_yield,
    "closure": closure,
    "share": share_of,
}
