"""What every kind of import shares: rows as read, rows as compared, where values come from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yanlian.identity import fold
from yanlian.text import N_, Say, say
from yanlian_web.intake.models import (
    CHANGED,
    CONFLICT,
    CREATE,
    NEW,
    SAME,
    SKIPPED,
    UNDONE,
    UPDATE,
    Batch,
    Change,
    Row,
)
from yanlian_web.offices.models import Member

# How the reason begins for which the undo of an import archives what it had entered.
PUT_AWAY = "\u5bfc\u5165\u5df2\u64a4\u9500 \u00b7 Import undone"
STALE = N_(
    "It was changed after the preview, so this row was left out. Import it again."
)
# Mark of a row whose record on file is a question only a person can answer.
QUESTION = "?"


@dataclass
class Parsed:
    """A row of the file after its cells were read.

    Attributes
    ----------
    number : int
    values : dict
        By target; what is empty is not there.
    reasons : list of [str, str, str]
        Target, English, Chinese.
    wrong : bool
    repeats : bool
        Whether an earlier row says the same word for word.
    """

    number: int
    values: dict[str, Any]
    reasons: list[list[str]] = field(default_factory=list)
    wrong: bool = False
    repeats: bool = False

    def note(self, target: str, text: Say, *, wrong: bool = False) -> None:
        """Note something about the row."""
        self.reasons.append([target, text.en, text.zh])
        self.wrong = self.wrong or wrong


@dataclass
class Diff:
    """How a row differs from what is on file.

    Attributes
    ----------
    changes : dict
        Old value, new value and the record that holds it, by target.
    clash : list of str
        Targets on which the stored value comes from elsewhere.
    """

    changes: dict[str, list[Any]] = field(default_factory=dict)
    clash: list[str] = field(default_factory=list)

    def add(
        self, key: str, old: Any, new: Any, *, ref: str = "", clash: bool = False
    ) -> None:
        """Note a difference."""
        self.changes[key] = [old, new, ref]
        if clash:
            self.clash.append(key)


class Kind:
    """A kind of import: finds rows on file, compares them, writes and reverts them."""

    what = ""

    def __init__(self, batch: Batch, by: Member, day: datetime.date) -> None:
        self.batch = batch
        self.by = by
        self.office = batch.office
        self.day = day

    @property
    def source(self) -> str:
        """Return the source as it stands with what is stored."""
        return str(self.batch.source)

    def whence(self, source: str, written: Any, old: Any) -> Say:
        """Return where a stored value comes from."""
        if source and written == old:
            return say(N_("What is stored comes from %(source)s."), source=source)
        if source == self.source:
            return say(
                N_("What is stored was edited at the desk after the last import.")
            )
        return say(N_("What is stored was entered at the desk."))

    def keys(self, row: Parsed) -> list[str]:
        """Return by what a row may be the same as another one of the file."""
        raise NotImplementedError

    def check(self, row: Parsed) -> None:
        """Note what is wrong with a row by itself."""

    def begin(self, rows: Sequence[Parsed]) -> None:
        """Read what is on file, before rows are planned."""

    def plan(self, rows: Sequence[Parsed]) -> list[Row]:
        """Compare rows with what is on file."""
        raise NotImplementedError


def origins(batch: Batch, refs: Iterable[str]) -> dict[str, dict[str, tuple[str, Any]]]:
    """Return the last import that wrote each field of records: its source, what it wrote.

    A field whose stored value is what the import wrote has not been edited since.
    Imports that were undone do not count.
    """
    found: dict[str, dict[str, tuple[str, Any]]] = {}
    rows = (
        Change.objects.filter(office_id=batch.office_id, subject__in=list(refs))
        .filter(undo=False)
        .exclude(batch__state=UNDONE)
        .order_by("id")
        .values_list("subject", "changes", "batch__source")
    )
    for subject, changes, source in rows.iterator(chunk_size=5000):
        fields = found.setdefault(subject, {})
        for name, (_old, new) in changes.get(subject, {}).items():
            fields[name] = (source, new)
    return found


def same(old: Any, new: Any) -> bool:
    """Tell whether two values say the same; width, case and spaces aside.

    Examples
    --------
    >>> same("\uff21\uff22 Co., Ltd", "AB Co Ltd"), same("", "x"), same(5.0, 5)
    (True, False, True)
    """
    if old == new:
        return True
    if isinstance(old, str) and isinstance(new, str) and old and new:
        folded = fold(old)
        return bool(folded) and folded == fold(new)
    return False


def closing(row: Row, mode: str, found: bool) -> Row:
    """Give a row that is not wrong its state, by the mode of the import."""
    if QUESTION in row.clash:
        row.state = CONFLICT
    elif not found:
        row.state = SKIPPED if mode == UPDATE else NEW
        if mode == UPDATE:
            _say(row, say(N_("It is not on file, and this import only updates.")))
    elif mode == CREATE:
        row.state = SKIPPED
        row.changes, row.clash = {}, []
        _say(row, say(N_("It is on file, and this import only enters new ones.")))
    elif not row.changes:
        row.state = SAME
    else:
        row.state = CONFLICT if row.clash else CHANGED
    if row.state in {SAME, SKIPPED}:
        row.values = {}
    return row


def _say(row: Row, text: Say) -> None:
    row.reasons.append(["", text.en, text.zh])


class Line(NamedTuple):
    """A row of an import on its way into the desk."""

    number: int
    record: int | None
    version: int | None
    values: dict[str, Any]
    changes: dict[str, list[Any]]
    clash: list[str]
    choice: str


@dataclass
class Written:
    """What a row has changed so far."""

    number: int
    subject: str
    made: bool
    changes: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    kept: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
