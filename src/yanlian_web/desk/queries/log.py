"""The log of events as the library's table, kept in memory while nothing is added.

An office's log only grows, so what was read once is kept and only later events are read.
Whether it still is what the database holds is asked each time: by the last event and
the moment of its log line, and by the number of events when it differs. Taking training
data out, or a database put back from a copy, is noticed by this.
"""

from __future__ import annotations

import datetime
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, models
from django.db.models.functions import Cast

from yanlian.errors import Finding, TableError
from yanlian.progress.events import Columns, Events, day_of
from yanlian.progress.log import check_log
from yanlian.progress.shapes import Window
from yanlian.tables import Table
from yanlian.tables.frame import concat
from yanlian.text import N_
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import Event
from yanlian_web.offices.models import Office

TEXTS = (
    "kind", "subject", "deal", "company", "agreement", "gap", "trip", "side", "unit",
    "level", "what", "mark",
)  # fmt: skip
DAYS = ("on", "recorded_on", "due_on")
OFFICES = 4
BATCH = 20_000


@dataclass(frozen=True, eq=False)
class Log:
    """The log of an office.

    Attributes
    ----------
    key : tuple
        Changes when the log does, and when companies are merged.
    columns : Columns
        ``progress_events``.
    findings : list of Finding
        What in it cannot be counted.
    """

    key: tuple[Any, ...]
    columns: Columns
    findings: list[Finding]

    @property
    def table(self) -> Table:
        """Return the table itself."""
        return self.columns.table

    def __len__(self) -> int:
        return len(self.table)


_lock = threading.Lock()
_logs: OrderedDict[tuple[str, int], Log] = OrderedDict()
_events: OrderedDict[tuple[Any, ...], Events] = OrderedDict()


def log_of(office: Office) -> Log:
    """Return the log of an office as it is now."""
    place = (str(connection.settings_dict["NAME"]), office.pk)
    with _lock:
        kept = _logs.get(place)
        key = _key(office)
        if kept is None or kept.key != key:
            kept = _read(office, key, kept)
            _logs[place] = kept
        _logs.move_to_end(place)
        while len(_logs) > OFFICES:
            _logs.popitem(last=False)
        return kept


def events_of(office: Office, as_of: datetime.date, *, known: bool = False) -> Events:
    """Return the events of an office up to a day.

    Parameters
    ----------
    office : Office
    as_of : date
    known : bool
        Whether what was recorded later is left out too.

    Raises
    ------
    TableError
        When the log says what cannot be.
    """
    log = log_of(office)
    if log.findings:
        raise TableError(
            N_("%(count)s findings stop the measuring."),
            findings=tuple(log.findings),
            count=len(log.findings),
        )
    place = (*log.key, as_of, known)
    with _lock:
        found = _events.get(place)
        if found is None:
            day = as_of.isoformat()
            found = Events(log.columns, day, day if known else "")
            _events[place] = found
        _events.move_to_end(place)
        while len(_events) > OFFICES:
            _events.popitem(last=False)
        return found


def window_of(
    first: datetime.date, last: datetime.date, as_of: datetime.date
) -> Window:
    """Return a window as the library reckons with."""
    return Window(
        day_of(first.isoformat()), day_of(last.isoformat()), day_of(as_of.isoformat())
    )


def _key(office: Office) -> tuple[Any, ...]:
    newest = (
        Event.objects.filter(office=office)
        .order_by("-id")
        .values_list("id", "line__at")
        .first()
    )
    place = (str(connection.settings_dict["NAME"]), office.pk, office.training)
    merged = tuple(moved_firms(office).items())
    return (*place, merged, *(newest or (0, None)))


def _read(office: Office, key: tuple[Any, ...], kept: Log | None) -> Log:
    """Read what was added since, or all when what is kept is not in the database."""
    records = Event.objects.filter(office=office)
    *_, last, at = kept.key if kept else (0, None)
    moved = dict(key[3])
    grown = (
        kept is not None
        and len(kept) > 0
        and kept.key[2:4] == key[2:4]
        and records.filter(pk=last, line__at=at).exists()
    )
    if kept is not None and grown:
        added = _table(records.filter(pk__gt=last), moved)
        table = concat([kept.table, added])
        if len(table) == records.count():
            return _made(key, table)
    return _made(key, _table(records, moved))


def _made(key: tuple[Any, ...], table: Table) -> Log:
    columns = Columns(table)
    return Log(key, columns, check_log(columns))


def _table(records: models.QuerySet[Event], moved: dict[str, str]) -> Table:
    """Return events as a table; equal words are kept once, a million rows fit so.

    A company that was merged stands under the number of the one it turned out to be.
    """
    text = models.TextField()
    words = {f"as_{name}": Cast(name, text) for name in ("id", *DAYS)}
    rows = records.order_by("id").annotate(**words).values_list(*words, *TEXTS, "value")
    names = ("event_id", *DAYS, *TEXTS, "value")
    parts: dict[str, list[np.ndarray[Any, Any]]] = {name: [] for name in names}
    known: dict[str | None, str] = {None: ""}
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        # Past the model: the database gives texts and numbers, which is all that is asked.
        cursor.execute(sql, params)
        while batch := cursor.fetchmany(BATCH):
            for name, cells in zip(names, zip(*batch, strict=True), strict=True):
                if name == "value":
                    parts[name].append(np.array(cells, np.float64))
                    continue
                if name == "company" and moved:
                    cells = tuple(moved.get(cell, cell) for cell in cells)
                made = np.empty(len(cells), object)
                if name in {"event_id", "subject"}:
                    made[:] = cells
                else:
                    made[:] = list(map(known.setdefault, cells, cells))
                parts[name].append(made)
    if not parts["value"]:
        return Table.of("progress_events", [])
    return Table(
        "progress_events", {name: np.concatenate(p) for name, p in parts.items()}
    )
