"""Masked fields: what is shown as dots until somebody who may see it says why.

One table says which fields are masked; the right ``unmask`` says which roles can see
them in clear at all. Who keeps a record sees its fields; others give a reason, which
opens the record for them for some hours. Whatever is shown in clear is written into the
audit, record by record, and never the value itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from yanlian.text import N_
from yanlian_web.desk.models import Contact, Meeting, Record
from yanlian_web.desk.models.base import RESTRICTED
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.offices.rights import may

MASK = "\u2022\u2022\u2022"
OPENED, READ = "desk.masked.opened", "desk.masked.read"
# For how long a reason opens a record to the one who gave it.
HOURS = 8


@dataclass(frozen=True)
class Mask:
    """Why a field is masked, when it is, and which record a reason has to be given for.

    Attributes
    ----------
    why : str
        For the page, as the catalogue has it.
    when : callable
        Tells of a record whether its field is masked.
    holder : callable
        Returns the reference of the record that a reason opens.
    """

    why: str
    when: Callable[[Any], bool] = lambda record: True
    holder: Callable[[Any], str] = lambda record: str(record.ref)


_PERSONAL = Mask(
    N_("Personal contact data."), holder=lambda contact: f"person:{contact.person_id}"
)
_LABELLED = Mask(
    N_("The record bears the label of a small circle."),
    lambda meeting: meeting.secrecy == RESTRICTED,
)
# Field of a kind of record: how it is masked. Whoever adds a kind adds its fields here.
MASKS: dict[tuple[str, str], Mask] = {
    (Contact.kind, "value"): _PERSONAL,
    (Meeting.kind, "summary_en"): _LABELLED,
    (Meeting.kind, "summary_zh"): _LABELLED,
}


def mask_of(record: Record, field: str) -> Mask | None:
    """Return how a field of a record is masked; None when it is not."""
    found = MASKS.get((record.kind, field))
    return found if found is not None and found.when(record) else None


def masked_fields(record: Record) -> list[str]:
    """Return the fields of a record that are masked."""
    return [
        field
        for kind, field in MASKS
        if kind == record.kind and mask_of(record, field) is not None
    ]


class Reading:
    """What one page, file or answer shows of masked fields; see :func:`reading`."""

    def __init__(self, member: Member, how: str, because: Record | None) -> None:
        self.member = member
        self.how = how
        self.because = because
        self._open: set[str] | None = None
        self._read: dict[str, set[str]] = {}
        self._training = True

    def clear(self, record: Record, field: str) -> bool:
        """Tell whether the member sees a field in clear, and note it when so."""
        mask = mask_of(record, field)
        if mask is None:
            return True
        if not self._may(record, mask):
            return False
        # What is empty tells nothing.
        if getattr(record, field) not in ("", None):
            self._read.setdefault(record.ref, set()).add(field)
            self._training = self._training and record.training
        return True

    def _may(self, record: Record, mask: Mask) -> bool:
        member = self.member
        if member.looked_at or not may(member, "unmask"):
            return False
        if record.office_id != member.office_id:
            return False
        if _keeps(member, record) or self.because is not None:
            return True
        if self._open is None:
            self._open = opened_to(member)
        return mask.holder(record) in self._open

    def value(self, record: Record, field: str) -> Any:
        """Return a field in clear, or the mask."""
        return getattr(record, field) if self.clear(record, field) else MASK

    def close(self) -> None:
        """Write into the audit what was shown in clear; one line, or none."""
        if not self._read:
            return
        refs = sorted(self._read)
        noted(
            self.member.office,
            self.member.user,
            READ,
            refs[0] if len(refs) == 1 else "",
            training=self._training,
            how=self.how,
            read={ref: sorted(self._read[ref]) for ref in refs},
            **({"because": self.because.ref} if self.because else {}),
        )


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading(
    member: Member, how: str, *, because: Record | None = None
) -> Iterator[Reading]:
    """Gather what one page shows of masked fields into one line of the audit.

    Parameters
    ----------
    member : Member
        Who reads.
    how : str
        ``page``, ``export``, ``print``, ``api``, ``search``.
    because : Record or None
        What gives the reason by itself, such as the meeting that the member holds today
        and for which people have to be called.
    """
    made = Reading(member, how, because)
    token = _reading.set(made)
    try:
        yield made
    finally:
        _reading.reset(token)
    made.close()


def masked(member: Member, record: Record, field: str) -> Any:
    """Return the value of a field as a member may see it: in clear, or the mask.

    Every value that is masked for others and returned in clear is written into the
    audit; inside :func:`reading` all of them with one line.

    Parameters
    ----------
    member : Member
    record : Record
        One the member may see.
    field : str
    """
    now = _reading.get()
    if now is not None and now.member.pk == member.pk:
        return now.value(record, field)
    with reading(member, "page") as own:
        return own.value(record, field)


def _keeps(member: Member, record: Record) -> bool:
    return member.pk in {record.owner_id, record.made_by_id}


def opened_to(member: Member) -> set[str]:
    """Return which records a member has opened by a reason that still holds."""
    since = timezone.now() - datetime.timedelta(hours=HOURS)
    return set(
        LogLine.objects.filter(
            office_id=member.office_id,
            code=OPENED,
            by_id=member.user_id,
            at__gte=since,
        )
        .order_by()
        .values_list("subject", flat=True)
    )


def can_open(member: Member, record: Record) -> bool:
    """Tell whether a reason would open the masked fields of a record to a member."""
    return (
        not member.looked_at
        and may(member, "unmask")
        and record.office_id == member.office_id
    )


def opens(member: Member, record: Record) -> bool:
    """Tell whether a member sees what hangs on a record under the label of a circle."""
    if member.looked_at or not may(member, "unmask"):
        return False
    return _keeps(member, record) or record.ref in opened_to(member)


def veil(read: Reading, record: Record) -> list[str]:
    """Put the mask over the fields of a record that is shown and never stored.

    Returns
    -------
    list of str
        The fields that are masked for the one who reads, filled or not.
    """
    veiled = []
    for field in masked_fields(record):
        if not read.clear(record, field):
            veiled.append(field)
            if getattr(record, field) not in ("", None):
                setattr(record, field, MASK)
    return veiled
