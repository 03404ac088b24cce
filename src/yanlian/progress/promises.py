"""Promises of both sides: what state one is in on a day, and what share was kept."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from yanlian.text import N_, Say, say

OURS, THEIRS = "ours", "theirs"
SIDES = (OURS, THEIRS)
# Open, and due within so many days: time to remind.
SOON_DAYS = 7

STATES = (
    ("open", N_("not yet due")),
    ("soon", N_("due soon")),
    ("overdue", N_("overdue")),
    ("kept", N_("kept")),
    ("kept_late", N_("kept late")),
    ("broken", N_("broken")),
    ("withdrawn", N_("withdrawn")),
)
LABELS = dict(STATES)


@dataclass(frozen=True)
class Promise:
    """What a promise is reckoned by.

    Attributes
    ----------
    side : str
        ``ours`` or ``theirs``.
    due : date
    kept, broken, withdrawn : date or None
        Day on which it was kept (by its evidence), found broken, or withdrawn by
        whom it was made to.
    """

    side: str
    due: datetime.date
    kept: datetime.date | None = None
    broken: datetime.date | None = None
    withdrawn: datetime.date | None = None


def state(promise: Promise, today: datetime.date) -> str:
    """Return the state of a promise on a day; what came later is not known then.

    Examples
    --------
    >>> day = datetime.date
    >>> late = Promise("ours", due=day(2026, 1, 15), kept=day(2026, 1, 18))
    >>> state(late, day(2026, 1, 17)), state(late, day(2026, 1, 20))
    ('overdue', 'kept_late')
    """
    kept = promise.kept if promise.kept and promise.kept <= today else None
    if _withdrawn(promise, today):
        return "withdrawn"
    if kept:
        return "kept" if kept <= promise.due else "kept_late"
    if promise.broken and promise.broken <= today:
        return "broken"
    if promise.due < today:
        return "overdue"
    return "soon" if (promise.due - today).days <= SOON_DAYS else "open"


def _withdrawn(promise: Promise, today: datetime.date) -> bool:
    """Tell whether it was withdrawn by then; what was kept before stays kept."""
    if not promise.withdrawn or promise.withdrawn > today:
        return False
    return not promise.kept or promise.withdrawn < promise.kept


def days_late(promise: Promise, today: datetime.date) -> int:
    """Return by how many days a promise is or was late; 0 for one in time.

    A withdrawn promise is never late.
    """
    if _withdrawn(promise, today):
        return 0
    end = promise.kept if promise.kept and promise.kept <= today else today
    return max((end - promise.due).days, 0)


@dataclass(frozen=True)
class Keeping:
    """How one side keeps its word.

    Attributes
    ----------
    due, on_time, late, open : int
        Promises due; kept in time; kept late; neither kept nor withdrawn.
    """

    due: int
    on_time: int
    late: int
    open: int

    @property
    def rate(self) -> float | None:
        """Return the share kept in time; None when nothing was due."""
        return self.on_time / self.due if self.due else None

    @property
    def say(self) -> Say:
        """Return the counts as a sentence."""
        return say(
            N_("%(due)s due: %(on_time)s on time, %(late)s late, %(open)s open"),
            due=self.due,
            on_time=self.on_time,
            late=self.late,
            open=self.open,
        )


def keeping(
    promises: Iterable[Promise],
    side: str,
    today: datetime.date,
    *,
    since: datetime.date = datetime.date.min,
) -> Keeping:
    """Return how a side kept the promises due from ``since`` to ``today``.

    Withdrawn promises do not count: whom they were made to gave them up.
    """
    due = on_time = late = still = 0
    for promise in promises:
        if promise.side != side or not since <= promise.due <= today:
            continue
        now = state(promise, today)
        if now == "withdrawn":
            continue
        due += 1
        on_time += now == "kept"
        late += now == "kept_late"
        still += now in {"overdue", "soon", "broken"}
    return Keeping(due, on_time, late, still)
