"""Files that were kept, and who may open them."""

from __future__ import annotations

from typing import Any

from django.db import models

from yanlian_web.desk.acting import may_see
from yanlian_web.desk.masks import READ, opens
from yanlian_web.desk.models import KINDS, Attachment, Evidence, File, Record
from yanlian_web.desk.models.base import RESTRICTED
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import Member


def file_for(member: Member, sha256: str) -> File | None:
    """Return a file of the member's office that hangs on a record they may see.

    None otherwise, so that nobody learns whether there is such a file.
    """
    file: File | None = File.objects.filter(
        office_id=member.office_id, sha256=sha256
    ).first()
    if file is None:
        return None
    places = Attachment.objects.filter(file=file).values_list("record", "label")
    for ref, label in places:
        record = _seen_ref(member, ref)
        if record is None:
            continue
        if label != RESTRICTED:
            return file
        if opens(member, record):
            noted(
                member.office, member.user, READ, ref, training=file.training,
                how="file", read={ref: [file.name]},
            )  # fmt: skip
            return file
    for model in KINDS.values():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is File:
                rows = model.objects.seen_by(member).filter(**{field.name: file})
                if any(_seen(member, row) for row in rows):
                    return file
    return None


def _seen_ref(member: Member, ref: str) -> Record | None:
    kind, _, pk = ref.partition(":")
    if kind not in KINDS or not pk.isdigit():
        return None
    record: Record | None = (
        KINDS[kind].objects.seen_by(member).filter(pk=int(pk)).first()
    )
    return record if record is not None and _seen(member, record) else None


def _seen(member: Member, record: Record) -> bool:
    """Tell whether a member may see a record and what it proves."""
    if not may_see(member, record):
        return False
    if not isinstance(record, Evidence):
        return True
    target: Any = record.promise
    for name in ("milestone", "payment", "measure"):
        held = getattr(record, name)
        target = held.deal if held is not None else target
    return target is None or may_see(member, target)
