"""The changes of an import as part of the log: sealed with its line, shown with a record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from yanlian_web.desk.acting import Act
from yanlian_web.intake.models import Batch, Change

# What of a change is sealed.
SEALED = ("number", "subject", "made", "undo", "changes", "kept", "why")


def keep(act: Act, batch: Batch) -> None:
    """Store an import that was locked before; the line tells the step, not its fields.

    An import holds a piece of the file, which does not belong into the log.
    """
    batch.version += 1
    batch.changed_at = timezone.now()
    batch.save()
    act.about(batch)


class Fingerprint:
    """One digest over many changes, in the order in which they are stored."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = hashlib.sha256()

    def add(self, values: Iterable[Any]) -> None:
        """Take a change in, as the values of ``SEALED``."""
        text = json.dumps(list(values), sort_keys=True, ensure_ascii=True)
        self._sum.update(text.encode())
        self._sum.update(b"\n")
        self.count += 1

    @property
    def part(self) -> dict[str, Any]:
        """Return what is sealed with the line."""
        return {"imported": self.count, "sha256": self._sum.hexdigest()}


def sealed_of(lines: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return what is sealed of the changes that belong to some lines."""
    found: dict[int, list[dict[str, Any]]] = {}
    for batch in Batch._base_manager.filter(
        Q(applied_line__in=lines) | Q(undone_line__in=lines)
    ):
        for line, undo in ((batch.applied_line_id, False), (batch.undone_line_id, True)):  # fmt: skip
            if line in lines and line is not None:
                mark = Fingerprint()
                rows = Change.objects.filter(batch=batch, undo=undo).order_by("id")
                for values in rows.values_list(*SEALED).iterator(chunk_size=2000):
                    mark.add(values)
                found.setdefault(line, []).append(mark.part)
    return found


def beside(office: int, ref: str) -> dict[int, dict[str, dict[str, list[Any]]]]:
    """Return what imports changed of one record, by the line of each."""
    found: dict[int, dict[str, dict[str, list[Any]]]] = {}
    rows = Change.objects.filter(office=office, subject=ref).values_list(
        "undo", "changes", "batch__applied_line", "batch__undone_line"
    )
    for undo, changes, applied, undone in rows:
        line = undone if undo else applied
        if line is not None:
            found.setdefault(line, {}).update(changes)
    return found
