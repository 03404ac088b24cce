"""The log of events as arrays, and the small language in which definitions ask for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanlian.errors import Finding, ParamError
from yanlian.tables import Strs, Table, split_list
from yanlian.text import N_, say

Days = NDArray[np.int64]
Mask = NDArray[np.bool_]
LEVELS = ("stated", "evidenced", "verified")
# A day that is not given: before every day.
NEVER = np.iinfo(np.int64).min
FIELDS = ("what", "side", "mark")


@dataclass(frozen=True)
class Spec:
    """Which events are meant.

    Attributes
    ----------
    kind, what, side : str
        Empty for any.
    marks : tuple of str
        All of which an event must bear.
    """

    kind: str
    what: str = ""
    side: str = ""
    marks: tuple[str, ...] = ()


def parse(text: str) -> tuple[Spec, ...]:
    """Return which events a definition asks for.

    Parameters
    ----------
    text : str
        Alternatives parted by ``|``; each a kind and what it must bear, as in
        ``stage what=S8 | paid``.

    Raises
    ------
    ParamError
        When a word is not of this form.

    Examples
    --------
    >>> parse("promised side=ours")
    (Spec(kind='promised', what='', side='ours', marks=()),)
    """
    found = []
    for part in text.split("|"):
        kind, given, marks = "", {"what": "", "side": ""}, []
        for word in part.split():
            name, sign, value = word.partition("=")
            if not sign and not kind:
                kind = word
            elif name == "mark" and value:
                marks.append(value)
            elif name in given and value:
                given[name] = value
            else:
                message = say(
                    N_(
                        "Found %(word)s in %(text)s. Expected a kind of event, then "
                        "what=, side= or mark= with a word."
                    ),
                    word=repr(word),
                    text=repr(text),
                )
                raise ParamError(
                    N_("A definition cannot be read."),
                    findings=(Finding("kpi_definitions", message, code="kpi.spec"),),
                )
        if part.strip():
            found.append(Spec(kind, given["what"], given["side"], tuple(marks)))
    return tuple(found)


def as_days(texts: Strs) -> Days:
    """Return ISO dates as days since 1970; :data:`NEVER` where there is none."""
    days = np.full(len(texts), NEVER)
    given = np.array([bool(text) for text in texts], bool)
    if given.any():
        dates = np.array(texts[given].tolist(), "datetime64[D]")
        days[given] = dates.astype(np.int64)
    return days


def day_of(text: str) -> int:
    """Return an ISO date as days since 1970."""
    return int(np.datetime64(text, "D").astype(np.int64))


def text_of(day: int) -> str:
    """Return days since 1970 as an ISO date; empty for :data:`NEVER`."""
    return "" if day == NEVER else str(np.datetime64(int(day), "D"))


class Events:
    """Events of a log up to a day, in the order in which they happened.

    Parameters
    ----------
    table : Table
        ``progress_events``.
    as_of : str
        Events after this day are left out.
    known_on : str, optional
        Events recorded after this day are left out too: what was known then.
    """

    def __init__(self, table: Table, as_of: str, known_on: str = "") -> None:
        on = as_days(table["on"])
        keep = on <= day_of(as_of)
        if known_on:
            keep &= as_days(table["recorded_on"]) <= day_of(known_on)
        order = np.flatnonzero(keep)
        order = order[np.argsort(on[order], kind="stable")]
        self._table = table
        self._order = order
        self.as_of = day_of(as_of)
        self.on: Days = on[order]
        self.value = table.floats("value")[order]
        level = {name: i for i, name in enumerate(LEVELS)}
        self.level: Days = np.array([level[x] for x in self.column("level")], np.int64)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._order)

    @functools.cached_property
    def due(self) -> Days:
        """Return due days."""
        return as_days(self.column("due_on"))

    def column(self, name: str) -> Strs:
        """Return a column of texts in the order of the events."""
        found: Strs = self._table[name][self._order]
        return found

    @functools.cached_property
    def _marks(self) -> list[frozenset[str]]:
        return [frozenset(split_list(cell)) for cell in self.column("mark")]

    def bears(self, mark: str) -> Mask:
        """Return which events bear a mark."""
        return np.array([mark in marks for marks in self._marks], bool)

    def select(self, specs: tuple[Spec, ...], level: str = "stated") -> Mask:
        """Return which events are meant, of at least a level of evidence."""
        found = np.zeros(len(self), bool)
        for spec in specs:
            mask = np.ones(len(self), bool)
            for name in ("kind", "what", "side"):
                wanted = getattr(spec, name)
                if wanted:
                    mask &= self.column(name) == wanted
            for mark in spec.marks:
                mask &= self.bears(mark)
            found |= mask
        return found & (self.level >= LEVELS.index(level))
