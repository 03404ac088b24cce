"""The kinds of imports."""

from __future__ import annotations

import datetime

from yanlian_web.intake.kinds.base import Kind
from yanlian_web.intake.kinds.companies import Companies
from yanlian_web.intake.models import COMPANY, Batch
from yanlian_web.offices.models import Member

KINDS: dict[str, type[Kind]] = {COMPANY: Companies}


def kind_of(batch: Batch, by: Member, day: datetime.date) -> Kind:
    """Return the kind of an import, ready to compare its rows."""
    return KINDS[batch.what](batch, by, day)
