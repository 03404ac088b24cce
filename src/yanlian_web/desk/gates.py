"""What deals have of all that the gates ask for; one answer for page, board and action."""

from __future__ import annotations

from collections.abc import Iterable

from yanlian.progress import stages
from yanlian.progress.money import agreement_kinds
from yanlian.progress.stages import Requirement
from yanlian_web.desk.models import (
    Agreement,
    Deal,
    Incentive,
    Meeting,
    Milestone,
    Promise,
)

VISITS = frozenset({"outbound", "inbound"})


def held_of(deals: Iterable[Deal]) -> dict[int, set[str]]:
    """Return the keys of the requirements that each deal meets, by its number.

    Asks the database five times, however many deals there are.
    """
    listed = list(deals)
    found = {deal.pk: _of_itself(deal) for deal in listed}
    by_company: dict[int, list[int]] = {}
    for deal in listed:
        by_company.setdefault(deal.company_id, []).append(deal.pk)
    _meetings(found, by_company)
    _offers(found)
    _agreements(found)
    milestones = Milestone.objects.filter(deal__in=found).exclude(verified_on=None)
    for pk, code in milestones.values_list("deal_id", "code"):
        found[pk].add(code)
    return found


def held(deal: Deal) -> set[str]:
    """Return the keys of the requirements that a deal meets."""
    return held_of([deal])[deal.pk]


def lacking(deal: Deal, to: str) -> tuple[Requirement, ...]:
    """Return what a deal still lacks for a stage."""
    return stages.missing(held(deal), to)


def next_stage(deal: Deal) -> str:
    """Return the stage after that of a deal, optional ones passed by; empty at the end."""
    order = stages.stage(deal.stage).order
    later = [
        item for item in stages.stages() if item.order > order and not item.optional
    ]
    return later[0].code if later else ""


def _of_itself(deal: Deal) -> set[str]:
    noted = {k for k, fact in deal.facts.items() if str(fact.get("text", "")).strip()}
    noted.add("company")
    if deal.owner_id:
        noted.add("owner")
    if deal.gap_id:
        noted.add("reason")
    return noted


def _meetings(found: dict[int, set[str]], by_company: dict[int, list[int]]) -> None:
    """Add contact, visit and promises; meetings of the company count for its deals."""
    rows = (
        Meeting.objects.filter(company__in=by_company, state="final", archived_on=None)
        .order_by()
        .values_list("company_id", "deal_id", "way", "no_promises")
    )
    for company, deal, way, none in rows:
        for pk in by_company[company] if deal is None else [deal]:
            if pk not in found:
                continue
            found[pk].add("contact")
            if way in VISITS:
                found[pk].add("visit")
                if none:
                    found[pk].add("promises")
    made = (
        Promise.objects.filter(company__in=by_company, archived_on=None)
        .order_by()
        .values_list("company_id", "deal_id", "agreement_id")
    )
    # Obligations are left out here: a database that knows no counts would go through
    # all promises without an agreement instead of those of the companies.
    for company, deal, agreement in made.distinct():
        if agreement is not None:
            continue
        for pk in by_company[company] if deal is None else [deal]:
            if pk in found and "visit" in found[pk]:
                found[pk].add("promises")


def _offers(found: dict[int, set[str]]) -> None:
    """Add the offer, and the fair-competition check once the review is noted."""
    open_ones: set[int] = set()
    rows = Incentive.objects.filter(deal__in=found, archived_on=None).values_list(
        "deal_id", "level", "cleared_on"
    )
    for pk, level, cleared in rows:
        found[pk].add("offer")
        if level == "red" or (level == "amber" and not cleared):
            open_ones.add(pk)
    for pk, keys in found.items():
        if "review" in keys and pk not in open_ones:
            keys.add("competition")


def _agreements(found: dict[int, set[str]]) -> None:
    """Add what signed agreements bring."""
    kinds = agreement_kinds()
    rows = Agreement.objects.filter(deal__in=found, state="signed", archived_on=None)
    for row in rows.prefetch_related("obligations"):
        if row.deal_id is None:
            continue
        keys = found[row.deal_id]
        if not kinds[row.sort_of].binding:
            if row.file_id:
                keys.add("framework_text")
            if row.expires_on:
                keys.add("framework_expiry")
            if row.next_on and (row.next_en or row.next_zh):
                keys.add("framework_next")
        elif row.sort_of == "investment":
            if row.file_id:
                keys.add("agreement_text")
            sides = {o.side for o in row.obligations.all() if not o.archived_on}
            if sides >= {"ours", "theirs"}:
                keys.add("obligations")
            if row.value_cny and row.amount_basis:
                keys.add("amount")
