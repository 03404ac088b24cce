"""The facts of a company, each with its source, and where sources disagree."""

from __future__ import annotations

from typing import Any

from yanlian.text import N_, pick
from yanlian_web.desk.models import Company, Decision
from yanlian_web.desk.statements import (
    LABELS,
    Disagreement,
    differ,
    disagreements,
    of_row,
    texts_of,
    value_text,
)
from yanlian_web.offices.models import Office
from yanlian_web.ui.templatetags.yl import reader

# Numbers in the left column, with the question to ask where nothing is on file.
NUMBERS = (
    ("founded", N_("Founded"), "When was it founded, and who controls it today?"),
    ("revenue_cny", N_("Revenue"), "What were revenue, output and headcount of the last full year?"),
    ("capital_cny", N_("Registered capital"), None),
    ("employees", N_("Employees"), "How many people work there, and where?"),
    ("output", N_("Output"), None),
    ("share", N_("Market share"), None),
)  # fmt: skip
CODE_QUESTION = "What is its unified social credit code?"


def conflicts_of(office: Office, company: Company) -> list[dict[str, Any]]:
    """Return what sources disagree on for one company, decided or not."""
    own = disagreements(office).by_firm.get(company.firm_id)
    if not own:
        return []
    decisions = decisions_of(office, [company.firm_id])
    texts = texts_of(office, own)
    return [conflict_row(item, decisions, texts) for item in own]


def decisions_of(
    office: Office, firms: list[str] | None = None
) -> dict[tuple[str, str, int | None], Decision]:
    """Return the decisions that were not taken back, by company, field and year."""
    listed = Decision.objects.filter(office=office).live()
    if firms is not None:
        listed = listed.filter(company__firm_id__in=firms)
    return {
        (decision.company.firm_id, decision.field, decision.year): decision
        for decision in listed.select_related("company", "made_by__user")
    }


def conflict_row(
    item: Disagreement,
    decisions: dict[tuple[str, str, int | None], Decision],
    texts: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return a disagreement as a page shows it, what was decided first."""
    decision = decisions.get((item.firm_id, item.field, item.year))
    settled = item.decided(decision)
    rows = []
    for key, value in item.statements:
        text = texts.get(key, {})
        rows.append(
            {
                **text,
                "key": key,
                "value": value,
                "shown": value_text(item.field, value, text.get("unit", "")),
                "taken": settled and decision is not None and decision.taken == key,
            }
        )
    rows.sort(key=lambda row: row.get("date") or "", reverse=True)
    rows.sort(key=lambda row: not row["taken"])
    return {
        "firm_id": item.firm_id,
        "ref": f"{item.firm_id}/{item.field}/{item.year or ''}",
        "field": item.field,
        "label": LABELS[item.field],
        "year": item.year,
        "rows": rows,
        "decision": decision,
        "settled": settled,
        # A decision that no longer holds: something was stated since.
        "reopened": decision is not None and not settled,
        "taken": next((row for row in rows if row["taken"]), None),
    }


def facts_of(
    company: Company,
    firm: dict[str, Any],
    facts: list[dict[str, Any]],
    learned: list[dict[str, Any]],
    conflicts: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is known about a company, each with its source, and what is not."""
    lang = reader()
    # A company entered at the desk has no row with a source of its own.
    own = of_row(firm) if company.in_tables else None
    known: list[dict[str, Any]] = []
    unknown: list[dict[str, Any]] = []

    def text(label: str, found: str, question: str = "") -> None:
        row = {"label": label, "question": question, "text": found, "row": own}
        (known if found else unknown).append(row)

    text(N_("Business"), pick(lang, firm["products_en"], firm["products_zh"]))
    for field, label, question in NUMBERS:
        row = _number(field, firm, facts, learned, conflicts, own)
        if row is not None:
            known.append({"label": label, "question": question or "", **row})
        elif question is not None:
            unknown.append({"label": label, "question": question, "text": ""})
    titles = pick(lang, firm["recognitions_en"], firm["recognitions_zh"])
    text(N_("Titles"), titles)
    text(N_("Unified social credit code"), company.credit_code, CODE_QUESTION)
    return known, unknown


def _number(
    field: str,
    firm: dict[str, Any],
    facts: list[dict[str, Any]],
    learned: list[dict[str, Any]],
    conflicts: list[dict[str, Any]],
    own: dict[str, Any] | None,
) -> dict[str, Any] | None:
    """Return the newest number of a field: what was decided, else the best stated."""
    stated = []
    value = firm.get(field, float("nan"))
    if value == value and (value > 0 or field == "founded"):
        year = firm["revenue_year"] if field == "revenue_cny" else None
        stated.append({"value": value, "year": year, "rank": 0, **(own or {})})
    for row in (*learned, *facts):
        value = row["value"]
        if row["field"] == field and value is not None and value == value:
            stated.append({**row, "rank": 1})
    for row in stated:
        year = row["year"]
        row["year"] = (
            0 if field == "founded" or year is None or year != year else int(year)
        )
    if not stated:
        return None
    newest = max(row["year"] for row in stated)
    group = [row for row in stated if row["year"] == newest]
    group.sort(key=lambda row: row.get("date") or "", reverse=True)
    group.sort(key=lambda row: row["rank"])
    conflict = next(
        (c for c in conflicts if c["field"] == field and (c["year"] or 0) == newest),
        None,
    )
    first = group[0]
    if conflict and conflict["taken"]:
        first = {**conflict["taken"], "year": newest}
    shown = value_text(field, first["value"], first.get("unit", ""))
    return {
        "text": f"{shown} ({newest})" if newest else shown,
        "row": first if first.get("basis") else None,
        "conflict": conflict,
        "also": [
            value_text(field, row["value"], row.get("unit", ""))
            for row in (conflict["rows"] if conflict else ())
            if differ(field, [row["value"], first["value"]])
        ],
    }
