"""An import applied: every row in one transaction, one line of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, acting, refuse, wrong
from yanlian_web.intake.actions.steps import CHUNK
from yanlian_web.intake.bulk import Inserter, as_json, many
from yanlian_web.intake.kept import Fingerprint, keep
from yanlian_web.intake.kinds import writer_of
from yanlian_web.intake.kinds.base import Line, Written
from yanlian_web.intake.kinds.people import forget_contacts
from yanlian_web.intake.models import (
    APPLIED,
    CHANGED,
    CONFLICT,
    NEW,
    PERSON,
    PREVIEWED,
    Batch,
    Change,
    Row,
)
from yanlian_web.offices.models import LogLine, Member, Office


def batch_apply(*, by: Member, pk: int, version: int | None) -> Batch:
    """Store everything an import brings, or nothing of it.

    Rows whose record was changed after the preview are left out and say so. Numbers on
    which the file and the desk disagree are entered as facts beside each other.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with many(), acting(by, "intake.batch.applied") as act:
        # One import at a time in an office: two of them could enter the same company.
        # Others go on entering records of the office meanwhile.
        Office.objects.select_for_update(no_key=True).get(pk=act.office.pk)
        batch = act.lock(Batch, pk, version)
        if batch.state != PREVIEWED:
            text = say(N_("This import is not at its preview."))
            refuse(wrong("", text, "intake.state"))
        writer = writer_of(act, batch)
        mark = Fingerprint()
        counts: Counter[str] = Counter()
        rows = Row.objects.filter(batch=batch, state__in=(NEW, CHANGED, CONFLICT))
        for chunk in chunks(rows):
            changes = writer.write(chunk)
            store(batch, changes, mark, undo=False)
            written = {change.number: change for change in changes}
            for row in chunk:
                counts[outcome(row, written.get(row.number), writer.left)] += 1
        left = [
            Written(number, "", False, why=[why.en, why.zh])
            for number, why in sorted(writer.left.items())
        ]
        store(batch, left, mark, undo=False)
        if batch.what == PERSON:
            forget_contacts(batch)
        batch.state = APPLIED
        batch.result = dict(counts)
        keep(act, batch)
        finish(act, batch, mark, "applied_line", counts)
        return batch


def chunks(rows: Any) -> Iterator[list[Line]]:
    """Yield rows of a file in their order, a chunk at a time."""
    last = -1
    while chunk := [
        Line(*row)
        for row in rows.filter(number__gt=last)
        .order_by("number")
        .values_list(*Line._fields)[:CHUNK]
    ]:
        yield chunk
        last = chunk[-1].number


def store(
    batch: Batch, changes: Iterable[Written], mark: Fingerprint, *, undo: bool
) -> None:
    """Store changes and take them into the fingerprint."""
    inserter = Inserter(
        Change, ("number", "subject", "made", "changes", "kept", "why"),
        office=batch.office, batch=batch, undo=undo,
    )  # fmt: skip
    rows = []
    for one in changes:
        mark.add(
            (one.number, one.subject, one.made, undo, one.changes, one.kept, one.why)
        )
        parts = (as_json(part) for part in (one.changes, one.kept, one.why))
        rows.append((one.number, one.subject, one.made, *parts))
    inserter.insert(rows)


def outcome(row: Line, change: Written | None, left: dict[int, Say]) -> str:
    """Return what became of a row: made, changed, kept or left."""
    if row.number in left:
        return "left"
    if change is None:
        return "kept"
    return "made" if change.made else "changed"


def finish(
    act: Act, batch: Batch, mark: Fingerprint, name: str, counts: Counter[str]
) -> None:
    """Tie the changes to the line of the log, and seal them with it."""
    act.note(
        file=batch.file_name, source=batch.source, counts=dict(counts), **mark.part
    )

    def write(line: LogLine) -> list[dict[str, Any]]:
        setattr(batch, name, line)
        Batch._base_manager.filter(pk=batch.pk).update(**{name: line})
        return [mark.part]

    act.with_line(write)
