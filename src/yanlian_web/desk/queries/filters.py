"""What filters of an address mean: days, and words in names and texts."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db.models import Q

from yanlian_web.desk.acting import EARLIEST, LATEST
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Member

# So many companies of a name are looked up by their number.
MOST_FIRMS = 400


def day_of(text: str) -> datetime.date | None:
    """Return a day of an address; None when it is none, or none of our time."""
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST < found < LATEST else None


def said(member: Member, words: list[str], fields: Sequence[str]) -> Q:
    """Return which records hold words: in the name of their company, else in their own.

    A company is found in an index of names; only where none is called so are the texts
    of all records read.
    """
    firms = Company.objects.filter(office_id=member.office_id)
    for word in words:
        firms = firms.filter(search__contains=word)
    found = list(firms.order_by().values_list("pk", flat=True)[: MOST_FIRMS + 1])
    if len(found) > MOST_FIRMS:
        return Q(company__in=firms.order_by().values("pk"))
    if found:
        return Q(company__in=found)
    every = Q()
    for word in words:
        either = Q()
        for field in fields:
            either |= Q(**{f"{field}__icontains": word})
        every &= either
    return every
