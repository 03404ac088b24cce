"""Money of agreements, deals and the office, apart by whether it binds.

Nothing here adds an amount that binds to one that does not, or one of the three columns
to another: all sums are made by :mod:`yanlian.progress.money`, which refuses that.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from yanlian.progress.money import Column, Money, agreement_kinds, by_kind, total
from yanlian_web.desk.models import Agreement, Deal, Payment, Promise
from yanlian_web.desk.models.base import hidden_rows
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

BINDING = tuple(code for code, kind in agreement_kinds().items() if kind.binding)
LOOSE = tuple(code for code, kind in agreement_kinds().items() if not kind.binding)


@dataclass(frozen=True)
class Columns:
    """Money of one class in its three columns, which are never added.

    Attributes
    ----------
    binding : bool
    promised, evidenced, verified : Money
    due : Money
        What of the promised was due by the day asked for.
    """

    binding: bool
    promised: Money
    evidenced: Money
    verified: Money
    due: Money

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing in any of them."""
        amounts = (self.promised, self.evidenced, self.verified)
        return not any(amount.value_cny for amount in amounts)


def agreed(agreements: QuerySet[Agreement]) -> dict[bool, Money]:
    """Return the amounts of signed agreements: those that bind, those that do not.

    Agreements that have ended, and drafts, do not count. Asks the database once.
    """
    rows = (
        agreements.filter(state="signed")
        .exclude(value_cny=None)
        .order_by()
        .values_list("sort_of")
        .annotate(value=Sum("value_cny"))
    )
    kinds = agreement_kinds()
    amounts = [Money(value, kinds[code].binding) for code, value in rows]
    sums = by_kind(amounts)
    return {binding: sums[binding, Column.PROMISED] for binding in (True, False)}


def _promises() -> QuerySet[Promise]:
    """Return what firms have promised to invest in signed agreements."""
    return Promise.objects.filter(
        side="theirs",
        what="investment",
        archived_on=None,
        withdrawn_on=None,
        agreement__state="signed",
        agreement__archived_on=None,
    ).exclude(value=None)


def _payments() -> QuerySet[Payment]:
    """Return payments; each has its paper, or it would not have been stored."""
    return Payment.objects.filter(archived_on=None)


def unseen_deals(member: Member) -> QuerySet[Deal]:
    """Return the deals whose money, counts and blockers a member is not shown.

    They are few, so that leaving them out is quicker than asking for all others.
    """
    deals = Deal.objects.filter(office_id=member.office_id)
    hidden = Q(archived_on__isnull=False)
    if not may(member, "see_all"):
        hidden |= hidden_rows(member)
    return deals.filter(hidden).order_by()


def _made(
    promised: Iterable[tuple[bool, float, bool]],
    paid: Iterable[tuple[bool, float, bool]],
) -> dict[bool, Columns]:
    """Put amounts into their columns.

    Parameters
    ----------
    promised : iterable of (bool, float, bool)
        Whether it binds, yuan, whether it was due.
    paid : iterable of (bool, float, bool)
        Whether it binds, yuan, whether it was verified.
    """
    promised, paid = list(promised), list(paid)
    sums: Mapping[tuple[bool, Column], Money] = by_kind(
        [
            *(Money(value, binds) for binds, value, _ in promised),
            *(Money(value, binds, Column.EVIDENCED) for binds, value, _ in paid),
            *(
                Money(value, binds, Column.VERIFIED)
                for binds, value, verified in paid
                if verified
            ),
        ]
    )
    return {
        binding: Columns(
            binding,
            sums[binding, Column.PROMISED],
            sums[binding, Column.EVIDENCED],
            sums[binding, Column.VERIFIED],
            total(
                [
                    Money(value, binds)
                    for binds, value, due in promised
                    if due and binds == binding
                ],
                binding=binding,
                column=Column.PROMISED,
            ),
        )
        for binding in (True, False)
    }


def _binds(code: str | None) -> bool:
    """Tell whether a payment is made under a text that binds; without a text it does."""
    return code is None or code in BINDING


def columns_of_deals(
    deals: Iterable[int], day: datetime.date
) -> dict[int, dict[bool, Columns]]:
    """Return the money of deals, by their numbers; asks the database twice."""
    listed = list(deals)
    promised: dict[int, list[tuple[bool, float, bool]]] = {pk: [] for pk in listed}
    paid: dict[int, list[tuple[bool, float, bool]]] = {pk: [] for pk in listed}
    rows = _promises().filter(agreement__deal__in=listed)
    for pk, code, value, due in rows.order_by().values_list(
        "agreement__deal_id", "agreement__sort_of", "value", "due_on"
    ):
        promised[pk].append((code in BINDING, value or 0.0, due <= day))
    for pk, paid_code, amount, verified in (
        _payments()
        .filter(deal__in=listed)
        .order_by()
        .values_list("deal_id", "agreement__sort_of", "value_cny", "verified_on")
    ):
        paid[pk].append((_binds(paid_code), amount or 0.0, verified is not None))
    return {pk: _made(promised[pk], paid[pk]) for pk in listed}


def columns_of_deal(deal: Deal, day: datetime.date) -> dict[bool, Columns]:
    """Return the money of a deal."""
    return columns_of_deals([deal.pk], day)[deal.pk]


def payments_of_agreement(agreement: Agreement) -> QuerySet[Payment]:
    """Return the payments made under an agreement.

    One that names no agreement is made under the investment agreement of its deal.
    """
    mine = Q(agreement=agreement)
    if agreement.deal_id and agreement.sort_of == "investment":
        mine |= Q(agreement=None, deal=agreement.deal_id)
    return _payments().filter(mine)


def columns_of_agreement(agreement: Agreement, day: datetime.date) -> Columns:
    """Return the money of an agreement; asks the database twice.

    What a draft names is promised by nobody yet, but is shown as its text says.
    """
    rows = Promise.objects.filter(
        agreement=agreement,
        side="theirs",
        what="investment",
        archived_on=None,
        withdrawn_on=None,
    ).exclude(value=None)
    binds = agreement.binding
    promised = [
        (binds, value, due <= day)
        for value, due in rows.order_by().values_list("value", "due_on")
        if value is not None
    ]
    paid = [
        (binds, value or 0.0, verified is not None)
        for value, verified in payments_of_agreement(agreement)
        .order_by()
        .values_list("value_cny", "verified_on")
    ]
    return _made(promised, paid)[binds]


def columns_of_office(member: Member, day: datetime.date) -> dict[bool, Columns]:
    """Return the money of all deals that a member may see; asks the database twice."""
    unseen = unseen_deals(member).values("pk")
    office = member.office_id
    promised: list[tuple[bool, float, bool]] = []
    for code, due, value in _summed(
        _promises()
        .filter(office=office, agreement__deal__isnull=False)
        .exclude(agreement__deal__in=unseen),
        "agreement__sort_of",
        day,
    ):
        promised.append((code in BINDING, value, due))
    rows = (
        _payments()
        .filter(office=office)
        .exclude(deal__in=unseen)
        .order_by()
        .values("agreement__sort_of", verified=Q(verified_on__isnull=False))
        .annotate(value=Sum("value_cny"))
    )
    paid = [
        (_binds(row["agreement__sort_of"]), row["value"] or 0.0, bool(row["verified"]))
        for row in rows
    ]
    return _made(promised, paid)


def _summed(
    rows: QuerySet[Promise], by: str, day: datetime.date
) -> Iterable[tuple[str, bool, float]]:
    found: Iterable[dict[str, Any]] = (
        rows.order_by().values(by, due=Q(due_on__lte=day)).annotate(total=Sum("value"))
    )
    for row in found:
        yield row[by], bool(row["due"]), row["total"] or 0.0
