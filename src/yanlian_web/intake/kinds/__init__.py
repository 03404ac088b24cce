"""The kinds of imports."""

from __future__ import annotations

import datetime

from yanlian_web.desk.acting import Act
from yanlian_web.intake.kinds.base import Kind
from yanlian_web.intake.kinds.companies import Companies
from yanlian_web.intake.kinds.people import People, PeopleWriter
from yanlian_web.intake.kinds.writing import Writer
from yanlian_web.intake.models import COMPANY, PERSON, Batch
from yanlian_web.offices.models import Member

KINDS: dict[str, type[Kind]] = {COMPANY: Companies, PERSON: People}


def kind_of(batch: Batch, by: Member, day: datetime.date) -> Kind:
    """Return the kind of an import, ready to compare its rows."""
    return KINDS[batch.what](batch, by, day)


def writer_of(act: Act, batch: Batch) -> Writer | PeopleWriter:
    """Return what stores the rows of an import."""
    return Writer(act, batch) if batch.what == COMPANY else PeopleWriter(act, batch)
