"""Opening masked fields for a reason."""

from __future__ import annotations

from typing import TypeVar

from yanlian.text import N_, say
from yanlian_web.desk.acting import acting, refuse, wrong
from yanlian_web.desk.masks import HOURS, OPENED
from yanlian_web.desk.models import Meeting, Person
from yanlian_web.offices.models import Member

R = TypeVar("R", Person, Meeting)
SHORTEST = 4


def person_unmask(*, by: Member, pk: int, version: int | None, why: str) -> Person:
    """See the contact data of a person in clear for some hours, for a reason.

    Whoever holds the right ``unmask``; nothing but the line in the log is stored.
    """
    return _opened(by, Person, pk, why)


def meeting_unmask(*, by: Member, pk: int, version: int | None, why: str) -> Meeting:
    """See the summary of a meeting of a small circle for some hours, for a reason."""
    return _opened(by, Meeting, pk, why)


def _opened(by: Member, model: type[R], pk: int, why: str) -> R:
    with acting(by, OPENED, right="unmask") as act:
        record = act.lock_archived(model, pk)
        act.about(record)
        if len(why.strip()) < SHORTEST:
            text = say(
                N_("Say in a few words what you need it for; it stands in the audit.")
            )
            refuse(wrong("why", text, "masked.why"))
        act.note(why=why.strip()[:500], hours=HOURS)
        return record
