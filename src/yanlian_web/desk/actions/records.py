"""Adding, changing and archiving records of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanlian.text import N_, say
from yanlian_web.desk.acting import acting, refuse, wrong
from yanlian_web.desk.models import KINDS, Record
from yanlian_web.offices.models import Member


def record_add(
    *, by: Member, kind: str, values: Mapping[str, Any], training: bool = False
) -> Record:
    """Store a new record.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, f"desk.{kind}.added", training=training) as act:
        return act.add(KINDS[kind](**values))


def record_change(
    *, by: Member, kind: str, pk: int, version: int | None, values: Mapping[str, Any]
) -> Record:
    """Change a record; only what differs is stored and logged.

    Raises
    ------
    PermissionDenied, Refused
    Conflict
        When somebody else has changed it since ``version``.
    """
    with acting(by, f"desk.{kind}.changed") as act:
        record = act.lock(KINDS[kind], pk, version)
        for name, value in values.items():
            setattr(record, name, value)
        act.save(record)
        act.about(record)
        return record


def record_archive(
    *, by: Member, kind: str, pk: int, version: int | None, why: str
) -> Record:
    """Take a record out of the lists; it is kept and can be brought back."""
    with acting(by, f"desk.{kind}.archived") as act:
        record = act.lock(KINDS[kind], pk, version)
        if not why.strip():
            refuse(wrong("why", say(N_("Say why it is archived.")), "desk.why"))
        record.archived_on, record.archived_why = act.day, why.strip()
        act.save(record)
        act.event("archived", record)
        return record


def record_restore(*, by: Member, kind: str, pk: int) -> Record:
    """Bring an archived record back."""
    with acting(by, f"desk.{kind}.restored") as act:
        record = act.lock_archived(KINDS[kind], pk)
        record.archived_on, record.archived_why = None, ""
        act.save(record)
        act.event("filed", record)
        return record
