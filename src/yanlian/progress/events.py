"""The log of events as arrays, and the small language in which definitions ask for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yanlian.errors import Finding, ParamError
from yanlian.progress.data import rule_table
from yanlian.progress.stages import exits, stages
from yanlian.tables import Strs, Table, split_list
from yanlian.text import N_, say

Days = NDArray[np.int64]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]
LEVELS = ("stated", "evidenced", "verified")
# A day that is not given: before every day.
NEVER = np.iinfo(np.int64).min
BACK = "back"
CLOSED = tuple(code for code, item in exits().items() if not item.open)


@functools.cache
def orders() -> dict[str, int]:
    """Return the position of each stage."""
    return {item.code: item.order for item in stages()}


@functools.cache
def event_kinds() -> tuple[str, ...]:
    """Return the kinds of events."""
    return tuple(row["kind"] for row in rule_table("kinds"))


@functools.cache
def _once() -> frozenset[str]:
    return frozenset(row["kind"] for row in rule_table("kinds") if row["once"])


@dataclass(frozen=True)
class Spec:
    """Which events are meant.

    Attributes
    ----------
    kind, what, side : str
        Empty for any.
    marks : tuple of str
        All of which an event must bear.
    later : bool
        Whether a later stage counts too, written ``what=S8+``.
    """

    kind: str
    what: str = ""
    side: str = ""
    marks: tuple[str, ...] = ()
    later: bool = False

    def fits(self, what: str) -> bool:
        """Tell whether an event's ``what`` is meant."""
        if self.later and self.what in orders():
            return orders().get(what, -1) >= orders()[self.what]
        return not self.what or what == self.what


def parse(text: str) -> tuple[Spec, ...]:
    """Return which events a definition asks for.

    Parameters
    ----------
    text : str
        Alternatives parted by ``|``; each a kind and what it must bear, as in
        ``stage what=S8 | paid``. ``what=S8+`` means that stage or a later one.

    Raises
    ------
    ParamError
        When a word is not of this form, or there is no such kind or stage.

    Examples
    --------
    >>> parse("promised side=ours")[0].side
    'ours'
    >>> parse("stage what=S8+ | paid")[0].later
    True
    """
    found = []
    for part in text.split("|"):
        kind, given, marks = "", {"what": "", "side": ""}, []
        for word in part.split():
            name, sign, value = word.partition("=")
            if not sign and not kind and word in event_kinds():
                kind = word
            elif name == "mark" and value:
                marks.append(value)
            elif name in given and value:
                given[name] = value
            else:
                raise _unreadable(word, text)
        what, later = given["what"], False
        if kind == "stage" and what:
            what, later = what.removesuffix("+"), what.endswith("+")
            if what not in orders():
                raise _unreadable(f"what={given['what']}", text)
        if part.strip():
            found.append(Spec(kind, what, given["side"], tuple(marks), later))
    return tuple(found)


def _unreadable(word: str, text: str) -> ParamError:
    message = say(
        N_(
            "Found %(word)s in %(text)s. Expected a kind of event, then what=, side= or "
            "mark= with a word; stages are S0 to S13. Kinds are: %(kinds)s."
        ),
        word=repr(word),
        text=repr(text),
        kinds=", ".join(event_kinds()),
    )
    return ParamError(
        N_("A definition cannot be read."),
        findings=(Finding("kpi_definitions", message, code="kpi.spec"),),
    )


def numbered(texts: Strs) -> tuple[NDArray[np.int32], list[str]]:
    """Return texts as numbers, and the text of each number in the order found.

    Examples
    --------
    >>> codes, words = numbered(np.array(["b", "a", "b"], object))
    >>> codes.tolist(), words
    ([0, 1, 0], ['b', 'a'])
    """
    if len(texts) and texts.strides == (0,):
        # A column that was absent: one cell seen from every row.
        return np.zeros(len(texts), np.int32), [texts[0]]
    listed = texts.tolist()
    words = list(dict.fromkeys(listed))
    known = dict(zip(words, range(len(words)), strict=True))
    # No line of Python for each row: a log has a million.
    return np.fromiter(map(known.__getitem__, listed), np.int32, len(listed)), words


# What takes back what: a gap that is opened again is not closed any more.
TAKEN_BACK = {"kept": "unkept", "gap_closed": "gap_opened"}


class Columns:
    """The columns of texts of a table as numbers, each made once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._made: dict[str, tuple[NDArray[np.int32], list[str]]] = {}

    def __getitem__(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return a column as numbers with their texts; see :func:`numbered`."""
        if name not in self._made:
            self._made[name] = numbered(self.table[name])
        return self._made[name]

    def where(self, name: str, fits: Callable[[str], bool]) -> Mask:
        """Return which rows have a word that fits in a column."""
        codes, words = self[name]
        good = np.array([fits(word) for word in words] or [False], bool)
        found: Mask = good[codes]
        return found


def as_days(codes: NDArray[np.int32], words: list[str]) -> Days:
    """Return numbered ISO dates as days since 1970; :data:`NEVER` where none is."""
    days = np.array([day_of(word) if word else NEVER for word in words], np.int64)
    found: Days = days[codes] if len(words) else np.empty(0, np.int64)
    return found


def day_of(text: str) -> int:
    """Return an ISO date as days since 1970."""
    return int(np.datetime64(text, "D").astype(np.int64))


def text_of(day: int) -> str:
    """Return days since 1970 as an ISO date; empty for :data:`NEVER`."""
    return "" if day == NEVER else str(np.datetime64(int(day), "D"))


def texts_of(days: Days) -> Strs:
    """Return days since 1970 as ISO dates."""
    different, which = np.unique(days, return_inverse=True)
    words = np.array([text_of(day) for day in different.tolist()] or [""], object)
    found: Strs = words[which]
    return found


class Events:
    """Events of a log up to a day, in the order in which they happened.

    On one day, the order is that of recording, then that of the table. A payment,
    agreement or promise that is recorded again is corrected by it: only its last
    record counts. What was taken back afterwards, a keeping or the closing of a gap, does
    not count.

    Parameters
    ----------
    log : Table or Columns
        ``progress_events``.
    as_of : str
        Events after this day are left out.
    known_on : str, optional
        Events recorded after this day are left out too: what was known then. An event
        without day of recording was recorded on the day it happened.
    """

    def __init__(self, log: Table | Columns, as_of: str, known_on: str = "") -> None:
        self._log = log if isinstance(log, Columns) else Columns(log)
        on = as_days(*self._log["on"])
        recorded = as_days(*self._log["recorded_on"])
        recorded = np.where(recorded == NEVER, on, recorded)
        keep = (on != NEVER) & (on <= day_of(as_of))
        if known_on:
            keep &= recorded <= day_of(known_on)
        order = np.flatnonzero(keep)
        order = order[np.lexsort((order, recorded[order], on[order]))]
        self._order = order
        self._numbered: dict[str, tuple[NDArray[np.int32], list[str]]] = {}
        self.as_of = day_of(as_of)
        self.on: Days = on[order]
        self.recorded: Days = recorded[order]
        self.value = self._log.table.floats("value")[order]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._order)

    @functools.cached_property
    def due(self) -> Days:
        """Return due days."""
        return as_days(*self.numbers("due_on"))

    @functools.cached_property
    def level(self) -> Days:
        """Return the level of evidence, 0 to 2."""
        codes, words = self.numbers("level")
        ranks = np.array([LEVELS.index(w) if w else 0 for w in words] or [0], np.int64)
        found: Days = ranks[codes]
        return found

    def cells(self, name: str, at: ArrayLike) -> Strs:
        """Return the texts of a column for some of the events."""
        found: Strs = self._log.table[name][self._order[np.asarray(at, np.intp)]]
        return found

    def numbers(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return a column of texts as numbers with their texts; see :func:`numbered`."""
        if name not in self._numbered:
            codes, words = self._log[name]
            self._numbered[name] = codes[self._order], words
        return self._numbered[name]

    def records(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return which record each event belongs to, -1 for none, and their names."""
        if name == "event":
            words = self.cells("event_id", np.arange(len(self))).tolist()
            return np.arange(len(self), dtype=np.int32), words
        codes, words = self.numbers(name)
        if "" in words:
            codes = np.where(codes == words.index(""), np.int32(-1), codes)
        return codes, words

    def where(self, name: str, fits: Callable[[str], bool]) -> Mask:
        """Return which events have a word that fits in a column."""
        codes, words = self.numbers(name)
        good = np.array([fits(word) for word in words] or [False], bool)
        found: Mask = good[codes]
        return found

    def bears(self, mark: str) -> Mask:
        """Return which events bear a mark."""
        return self.where("mark", lambda cell: mark in split_list(cell))

    @functools.cached_property
    def moved_back(self) -> Mask:
        """Return which events move a deal back to an earlier stage."""
        return self.where("kind", "stage".__eq__) & self.bears(BACK)

    @functools.cached_property
    def corrected(self) -> Mask:
        """Return which events a later record has replaced or taken back."""
        at = np.flatnonzero(self.where("kind", _once().__contains__))
        key = np.zeros(len(at), np.int64)
        for name in ("kind", "what", "side", "subject"):
            codes, words = self.numbers(name)
            key = key * len(words) + codes[at]
        order = np.lexsort((at, self.recorded[at]))[::-1]
        _, last = np.unique(key[order], return_index=True)
        found = np.zeros(len(self), bool)
        found[at] = True
        found[at[order[last]]] = False
        return found | self._taken_back()

    def _taken_back(self) -> Mask:
        """Return what was recorded and taken back by a later record of the same thing.

        Later means recorded later: a promise can be kept again on an earlier day.
        """
        found = np.zeros(len(self), bool)
        place = np.empty(len(self), np.int64)
        place[np.lexsort((self._order, self.recorded))] = np.arange(len(self))
        codes, words = self.numbers("subject")
        for done, undone in TAKEN_BACK.items():
            back = np.flatnonzero(self.where("kind", undone.__eq__))
            last = np.full(len(words) + 1, -1)
            np.maximum.at(last, codes[back], place[back])
            at = np.flatnonzero(self.where("kind", done.__eq__))
            found[at] = place[at] < last[codes[at]]
        return found

    def select(
        self, specs: tuple[Spec, ...], level: str = "stated", *, standing: bool = False
    ) -> Mask:
        """Return which events are meant, of at least a level of evidence.

        Moving back to a stage is not entering it.

        Parameters
        ----------
        specs : tuple of Spec
        level : str
        standing : bool
            Whether entries into a stage are left out from which the deal was moved
            back below that stage afterwards.
        """
        found = np.zeros(len(self), bool)
        for spec in specs:
            mask = np.ones(len(self), bool)
            if spec.kind:
                mask &= self.where("kind", spec.kind.__eq__)
            if spec.what:
                mask &= self.where("what", spec.fits)
            if spec.side:
                mask &= self.where("side", spec.side.__eq__)
            for mark in spec.marks:
                mask &= self.bears(mark)
            if spec.kind == "stage" and BACK not in spec.marks:
                mask &= ~self.moved_back
                if standing and spec.what:
                    mask &= ~self._undone(orders()[spec.what])
            found |= mask
        return found & ~self.corrected & (self.level >= LEVELS.index(level))

    def _undone(self, order: int) -> Mask:
        """Return which events came before a move of their deal back below a stage."""
        below = self.where("what", lambda w: orders().get(w, order) < order)
        at = np.flatnonzero(self.moved_back & below)
        codes, words = self.numbers("subject")
        last = np.full(len(words) + 1, -1)
        np.maximum.at(last, codes[at], at)
        found: Mask = np.arange(len(self)) < last[codes]
        return found


def firsts(records: NDArray[np.int32], mask: Mask) -> Places:
    """Return where the first event of each record stands, in the order of days."""
    at = np.flatnonzero(mask & (records >= 0))
    _, first = np.unique(records[at], return_index=True)
    return np.sort(at[first])


def lasts(records: NDArray[np.int32], mask: Mask) -> Places:
    """Return where the last event of each record stands, in the order of days."""
    at = np.flatnonzero(mask & (records >= 0))[::-1]
    _, last = np.unique(records[at], return_index=True)
    return np.sort(at[last])
