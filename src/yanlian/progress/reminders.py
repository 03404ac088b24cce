"""What one is reminded of on a day: pure rules over days, without any record."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yanlian.progress.data import both, rule_table
from yanlian.text import Say

Day = datetime.date
LATE, TODAY, SOON = "late", "today", "soon"
# Days after the last day of a trip on which one looks back at it.
REVIEWS = (30, 90, 365)


@dataclass(frozen=True)
class Kind:
    """A kind of reminder.

    Attributes
    ----------
    code : str
    name : Say
    ahead_days : int
        From so many days before the day itself one is reminded.
    """

    code: str
    name: Say
    ahead_days: int


@dataclass(frozen=True)
class Due:
    """Something that has a day.

    Attributes
    ----------
    kind : str
        Code of a kind of reminder.
    key : str
        By which it is the same one tomorrow, such as ``promise:12``.
    on : date
    """

    kind: str
    key: str
    on: Day


@dataclass(frozen=True)
class Reminder:
    """Something one is reminded of on a day.

    Attributes
    ----------
    due : Due
    days : int
        Days until its day; below zero when that has passed.
    state : str
        ``late``, ``today`` or ``soon``.
    """

    due: Due
    days: int
    state: str


@functools.cache
def kinds() -> dict[str, Kind]:
    """Return the kinds of reminders by code, in their order."""
    return {
        row["code"]: Kind(row["code"], both(row, "name"), int(row["ahead_days"]))
        for row in rule_table("reminders")
    }


@functools.cache
def contact_norms() -> dict[str, int]:
    """Return after how many days without contact one is reminded, by stage."""
    return {row["stage"]: int(row["days"]) for row in rule_table("contact_norms")}


def state(on: Day, today: Day, ahead: int) -> str:
    """Return how a day stands to today: late, today, soon, or empty when far off.

    Examples
    --------
    >>> day = datetime.date
    >>> [state(day(2026, 5, n), day(2026, 5, 2), 7) for n in (1, 2, 9, 10)]
    ['late', 'today', 'soon', '']
    """
    if on < today:
        return LATE
    if on == today:
        return TODAY
    return SOON if (on - today).days <= ahead else ""


def remind(
    dues: Iterable[Due],
    today: Day,
    *,
    wanted: Iterable[str] | None = None,
    ahead: Mapping[str, int] | None = None,
) -> list[Reminder]:
    """Return what one is reminded of on a day, the latest first.

    Parameters
    ----------
    dues : iterable of Due
        One that comes twice is told once, by its earlier day.
    today : date
    wanted : iterable of str, optional
        Kinds one wants to be reminded of; all of them otherwise.
    ahead : mapping of str to int, optional
        Days ahead by kind, where they differ from the usual ones.
    """
    chosen = set(kinds() if wanted is None else wanted)
    first: dict[tuple[str, str], Due] = {}
    for due in dues:
        place = (due.kind, due.key)
        if due.kind in chosen and (place not in first or due.on < first[place].on):
            first[place] = due
    found = []
    for due in first.values():
        usual = kinds()[due.kind].ahead_days
        now = state(due.on, today, (ahead or {}).get(due.kind, usual))
        if now:
            found.append(Reminder(due, (due.on - today).days, now))
    order = list(kinds())
    return sorted(found, key=lambda r: (r.due.on, order.index(r.due.kind), r.due.key))


def contact_by(
    stage: str, since: Day, last: Day | None, norms: Mapping[str, int] | None = None
) -> Day | None:
    """Return the day by which one should be in touch with a company again.

    Parameters
    ----------
    stage : str
        Where the deal with it stands.
    since : date
        Since when it stands there; entering a stage counts as being in touch.
    last : date or None
        Last contact.
    norms : mapping of str to int, optional
        Days by stage, where the office has its own; 0 for never.

    Examples
    --------
    >>> contact_by("S5", datetime.date(2026, 3, 1), datetime.date(2026, 3, 10))
    datetime.date(2026, 3, 24)
    """
    days = {**contact_norms(), **(norms or {})}.get(stage, 0)
    if days <= 0:
        return None
    return max(since, last or since) + datetime.timedelta(days=days)


def review_days(last_day: Day) -> dict[int, Day]:
    """Return on which days one looks back at a trip, by days after its last day.

    Examples
    --------
    >>> review_days(datetime.date(2026, 3, 3))[30]
    datetime.date(2026, 4, 2)
    """
    return {n: last_day + datetime.timedelta(days=n) for n in REVIEWS}
