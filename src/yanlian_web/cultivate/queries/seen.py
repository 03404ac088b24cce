"""Records of companies that a member may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Member


def of_seen(member: Member, records: Any, through: str = "company_id") -> Any:
    """Return the live records a member may see, of companies the member may see too.

    Parameters
    ----------
    member : Member
    records : QuerySet
        Of a kind of record that names a company.
    through : str
        The field that holds the number of the company.
    """
    company = Company.objects.seen_by(member).filter(pk=OuterRef(through))
    return records.seen_by(member).live().filter(Exists(company))
