"""The queue of what sources disagree on, until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from yanlian.identity import fold
from yanlian.text import N_
from yanlian_web.desk.lists import SIZE, Page
from yanlian_web.desk.models import Company
from yanlian_web.desk.models.base import hidden_rows
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.desk.queries.companies import holding
from yanlian_web.desk.queries.company_facts import conflict_row, decisions_of
from yanlian_web.desk.statements import (
    LABELS,
    Disagreement,
    Disagreements,
    disagreements,
    texts_of,
)
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

STATES = (
    ("", N_("to decide")),
    ("decided", N_("decided")),
    ("all", N_("all")),
)


def conflict_list(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a page of the queue, and how many wait in each state.

    Asks a fixed number of times: what disagrees is reckoned once and kept, and texts
    are fetched for the page alone.
    """
    office = member.office
    decisions = decisions_of(office)
    known = disagreements(office)
    settled = {
        key
        for key, decision in decisions.items()
        if key in known.by_key and known.by_key[key].decided(decision)
    }
    found = _fitting(member, known, query)
    decided = [item for item in found if item.key in settled] if settled else []
    groups = {
        "": [item for item in found if item.key not in settled] if settled else found,
        "decided": decided,
        "all": found,
    }
    state = query.get("state", "")
    state = state if state in groups else ""
    listed = groups[state]
    pages = max(-(-len(listed) // SIZE), 1)
    asked = query.get("page", "1")
    number = min(max(int(asked) if asked.isdigit() else 1, 1), pages)
    shown = listed[(number - 1) * SIZE : number * SIZE]
    texts = texts_of(office, shown) if shown else {}
    companies = {
        company.firm_id: company
        for company in Company.objects.filter(
            office=office, firm_id__in={item.firm_id for item in shown}
        )
    }
    rows = [
        conflict_row(item, decisions, texts) | {"company": companies[item.firm_id]}
        for item in shown
        if item.firm_id in companies
    ]
    return {
        "page": Page(rows, len(listed), number, pages),
        "rows": rows,
        "total": len(listed),
        "state": state,
        "states": [(key, label, len(groups[key])) for key, label in STATES],
        "fields": [(key, LABELS[key]) for key in LABELS if key in NUMERIC],
    }


def _fitting(
    member: Member, known: Disagreements, query: QueryDict
) -> Sequence[Disagreement]:
    """Return what fits the filters and belongs to companies the member may see."""
    every = Company.objects.filter(office=member.office).order_by()
    away = set(
        every.filter(archived_on__isnull=False).values_list("firm_id", flat=True)
    )
    if not may(member, "see_all"):
        held = every.filter(hidden_rows(member))
        away |= set(held.values_list("firm_id", flat=True))
    found: Sequence[Disagreement] = known.all
    if query.get("firm"):
        found = known.by_firm.get(str(query["firm"]), [])
    if away:
        found = [item for item in found if item.firm_id not in away]
    if query.get("field") in NUMERIC:
        found = [item for item in found if item.field == query["field"]]
    words = fold(query.get("q", "")).split()
    if words:
        named = set(holding(every, words).values_list("firm_id", flat=True))
        found = [item for item in found if item.firm_id in named]
    return found
