"""What falls to a member of the desk: what falls due, and what can be handed over.

Imports only run downwards, so an app that stands above the desk makes its own duties
known here when it starts; reminders and handovers read them without knowing the app.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from yanlian_web.desk.models import Company
from yanlian_web.desk.queries.deals import OPEN
from yanlian_web.offices.models import Member


@dataclass(frozen=True)
class Duty:
    """Something that falls due for a member.

    Attributes
    ----------
    kind : str
        Kind of reminder, see ``yanlian.progress.reminders``.
    record : Record
        What it is about; its page is where one settles it.
    on : date
    company : Company or None
    internal : bool
        Whether it must not leave the program in words.
    place : str
        Page where one settles it, if it is not that of the record.
    key : str
        Where one record has several days: which of them.
    norm : int
        Days that were allowed, for what has no day of its own.
    """

    kind: str
    record: Any
    on: datetime.date
    company: Company | None = None
    internal: bool = False
    place: str = ""
    key: str = ""
    norm: int = 0


# Called with a member and the last day asked for; asks a fixed number of times.
Source = Callable[[Member, datetime.date], Iterable[Duty]]
# By kind of reminder.
DUTIES: dict[str, Source] = {}
# Which records of a kind a handover takes along: those with work left in them.
HANDED: dict[str, Q] = {
    "deal": Q(status__in=OPEN),
    "promise": Q(kept_on=None, broken_on=None, withdrawn_on=None),
    "agreement": Q(state__in=("draft", "signed")),
    "meeting": Q(state__in=("planned", "draft")),
    "blocker": Q(solved_on=None),
    "gap": Q(closed_on=None),
    "trip": ~Q(state="cancelled"),
    "service": Q(done_on=None, due_on__isnull=False),
    "company": Q(),
    "person": Q(),
    "organisation": Q(),
}


def duties(kind: str) -> Callable[[Source], Source]:
    """Mark a function as what falls due of a kind of reminder."""

    def mark(function: Source) -> Source:
        DUTIES[kind] = function
        return function

    return mark


def handed(kind: str, which: Q) -> None:
    """Let a handover take a kind of record along: those that fulfil a condition."""
    HANDED[kind] = which
