"""The records before and after one inside the filtered list it was opened from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from yanlian_web.desk.shapes import Listing
from yanlian_web.offices.models import Member

# In longer lists the place of a record is not counted; the steps are as quick.
COUNTED = 20_000


@dataclass(frozen=True)
class _Step:
    """A field of an order, and the value of the record in hand."""

    key: str
    field: str
    down: bool
    nulls_first: bool
    value: Any = None


def neighbours(
    listing: Listing, member: Member, query: QueryDict, pk: int
) -> dict[str, Any]:
    """Return the records before and after one within the list its address holds.

    One step through the order of the list is asked for field by field, so that an index
    of that order answers however long the list is.

    Returns
    -------
    dict
        ``total``, ``at`` (0 when it is not on the list, or the list is very long),
        ``before`` and ``after`` as numbers of records or None.
    """
    listed = listing.found(member, query)
    steps = _steps(listed)
    listed = listed.annotate(**{step.key: F(step.field) for step in steps})
    total = listed.order_by().count()
    here = listed.filter(pk=pk).values(*(step.key for step in steps)).first()
    if here is None:
        return {"total": total, "at": 0, "before": None, "after": None}
    found = [_Step(s.key, s.field, s.down, s.nulls_first, here[s.key]) for s in steps]
    upto = [found[:k] for k in range(len(found), 0, -1)]
    ahead = [_beyond(part, forwards=False) for part in upto]
    behind = [_beyond(part, forwards=True) for part in upto]
    at = 0
    if total <= COUNTED:
        every = Q(pk__in=())
        for condition in ahead:
            every |= condition
        at = listed.order_by().filter(every).count() + 1
    return {
        "total": total,
        "at": at,
        "before": _first(listed.reverse(), ahead),
        "after": _first(listed, behind),
    }


def _first(listed: QuerySet[Any], conditions: Sequence[Q]) -> int | None:
    """Return the nearest record: level by as many fields as can be."""
    for condition in conditions:
        found: int | None = (
            listed.filter(condition).values_list("pk", flat=True).first()
        )
        if found is not None:
            return found
    return None


def _steps(listed: QuerySet[Any]) -> list[_Step]:
    order = list(listed.query.order_by) or list(listed.model._meta.ordering)
    found = [_step(k, item) for k, item in enumerate(order)]
    if not any(step.field in {"pk", "id", "firm_id"} for step in found):
        found.append(_step(len(found), "pk"))
    return found


def _step(k: int, item: Any) -> _Step:
    # Databases differ in where they put what has no value, unless they are told.
    small = connection.vendor == "sqlite"
    if isinstance(item, str):
        down = item.startswith("-")
        return _Step(f"near_{k}", item.lstrip("-"), down, small != down)
    down = bool(item.descending)
    first = bool(item.nulls_first) or (not item.nulls_last and small != down)
    return _Step(f"near_{k}", item.expression.name, down, first)


def _beyond(steps: Sequence[_Step], *, forwards: bool) -> Q:
    """Return what stands beyond a record by the last step and level by the others."""
    found = Q()
    for step in steps[:-1]:
        found &= (
            Q(**{f"{step.key}__isnull": True})
            if step.value is None
            else Q(**{step.key: step.value})
        )
    step = steps[-1]
    nothing = Q(**{f"{step.key}__isnull": True})
    if step.value is None:
        # All that have a value are on one side of it.
        return found & ~nothing if step.nulls_first == forwards else Q(pk__in=())
    sign = "lt" if step.down == forwards else "gt"
    beyond = Q(**{f"{step.key}__{sign}": step.value})
    if step.nulls_first != forwards:
        beyond |= nothing
    return found & beyond
