"""Records by what log lines and events call them, many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yanlian_web.desk.acting import may_see
from yanlian_web.desk.models import KINDS, Company, Gap, Record
from yanlian_web.desk.models.base import hidden_rows
from yanlian_web.desk.places import place_of
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import called

# What has to come along so that name and place of a record ask nothing more.
WITH: dict[str, tuple[str, ...]] = {
    "company-link": ("child", "parent"),
    "site": ("company",),
    "fact": ("company",),
    "decision": ("company",),
    "post": ("person",),
    "contact": ("person",),
    "attendance": ("meeting", "person"),
    "question": ("meeting",),
    "party": ("agreement",),
    "deal": ("company",),
    "incentive": ("deal",),
    "milestone": ("deal__company",),
    "payment": ("deal__company",),
    "measure": ("deal__company",),
    "evidence": (
        "milestone__deal",
        "payment__deal",
        "measure__deal",
        "promise",
    ),
}  # fmt: skip
# Called by what they belong to; they have no name of their own.
BY_OWNER = {
    "milestone": "deal",
    "payment": "deal",
    "measure": "deal",
    "site": "company",
    "fact": "company",
    "decision": "company",
    "post": "person",
    "contact": "person",
    "attendance": "person",
}


@dataclass(frozen=True)
class Named:
    """A record as lists name it.

    Attributes
    ----------
    ref : str
    record : Record or None
        None when there is none, or the member may not see it.
    hidden : bool
        Whether there is one that the member may not see.
    name, place, label : str
        Name, address of its page, and what its kind is called.
    """

    ref: str
    record: Record | None = None
    hidden: bool = False
    name: str = ""
    place: str = ""
    label: str = ""

    @property
    def training(self) -> bool:
        """Tell whether it is invented training data."""
        return bool(self.record and self.record.training)


def seen_among(records: Any, member: Member) -> Any:
    """Return which of some records of the member's office the member may see.

    For records found through another one of the office: without asking for the office
    again, the database takes the index of that other one, not that of all its records.
    """
    if may(member, "see_all"):
        return records.live()
    return records.live().exclude(hidden_rows(member))


def named_refs(member: Member, refs: Iterable[str]) -> dict[str, Named]:
    """Return records by their references, with one question for each kind.

    Parameters
    ----------
    member : Member
        Who reads; what they may not see has no name.
    refs : iterable of str
        As in ``deal:12``; a gap or a company may be named by its own code.
    """
    numbers: dict[str, set[int]] = {}
    codes: set[str] = set()
    wanted = set(refs) - {""}
    for ref in wanted:
        kind, _, number = ref.partition(":")
        if kind in KINDS and number.isdigit():
            numbers.setdefault(kind, set()).add(int(number))
        else:
            codes.add(ref)
    found: dict[str, Named] = {}
    for kind, chosen in numbers.items():
        records = KINDS[kind].objects.filter(office_id=member.office_id, pk__in=chosen)
        for record in records.select_related(*WITH.get(kind, ())):
            found[record.ref] = _named(member, record.ref, record)
    if codes:
        office = member.office_id
        for company in Company.objects.filter(office_id=office, firm_id__in=codes):
            found[company.firm_id] = _named(member, company.firm_id, company)
        for gap in Gap.objects.filter(office_id=office, gap_id__in=codes):
            found[gap.gap_id] = _named(member, gap.gap_id, gap)
    return {ref: found.get(ref, Named(ref, name=ref)) for ref in wanted}


def _named(member: Member, ref: str, record: Record) -> Named:
    if not may_see(member, record):
        return Named(ref, hidden=True, label=record.label)
    owner = BY_OWNER.get(record.kind)
    title = called(getattr(record, owner) if owner else record)
    return Named(ref, record, False, title, place_of(record), record.label)
