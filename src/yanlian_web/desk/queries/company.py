"""The record page of a company."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.figures import bars, echarts_option, svg
from yanlian.tables import disagreements, split_list
from yanlian.text import pick
from yanlian_web.desk.models import Company
from yanlian_web.desk.queries.companies import found, said
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import money_text, reader

SHOWN_BESIDE = frozenset(
    {"founded", "revenue_cny", "employees", "products", "recognitions"}
)
HEADS = (
    ("history", "History", "When was it founded, and who controls it today?"),
    (
        "market_position",
        "Market position",
        "Who are its main customers, and what is its share?",
    ),
    (
        "operation",
        "Operation",
        "What were revenue, output and headcount of the last full year?",
    ),
    (
        "strategy",
        "Strategy",
        "Which capacity is planned in the next three years, and where?",
    ),
)


def company_page(
    office: Office, firm_id: str, query: QueryDict
) -> dict[str, Any] | None:
    """Return everything the record page shows, or None when there is no such company."""
    company = Company.objects.filter(office=office, firm_id=firm_id).first()
    if company is None:
        return None
    tables = queries.workspace_tables(office)
    firm = _one(tables, "firms", "firm_id", firm_id)
    facts = _some(tables, "facts", "firm_id", firm_id)
    events = [
        row
        for row in (tables["events"].rows() if "events" in tables else ())
        if firm_id in split_list(row["firm_ids"])
    ]
    courting = _some(tables, "courting", "firm_id", firm_id)
    heads = []
    for key, label, question in HEADS:
        rows = [row for row in facts if row["head"] == key]
        rows.sort(key=lambda r: (r["date"], r["fact_id"]), reverse=True)
        # What the left column and the chart already say is not said again.
        said = [row for row in rows if row["field"] not in SHOWN_BESIDE] or rows
        seen: dict[str, Any] = {}
        for row in said:
            seen.setdefault(row["text_en"], row)
        heads.append(
            {
                "key": key,
                "label": label,
                "question": question,
                "rows": list(seen.values())[:5],
            }
        )
    timeline = [
        {"date": r["date"], "name_en": r["title_en"], "name_zh": r["title_zh"],
         "source_url": r["source_url"], "kind": "event"}
        for r in events
    ] + [
        {"date": r["date"], "name_en": r["text_en"], "name_zh": r["text_zh"],
         "source_url": r["source_url"], "kind": "fact"}
        for r in facts
        if r["date"]
    ]  # fmt: skip
    timeline.sort(key=lambda r: r["date"], reverse=True)
    run_id = queries.latest(office, "place")
    segments = (
        queries.by_key(office, run_id, "segments", "segment_id") if run_id else {}
    )
    places = (
        [
            {**row, "segment": segments[row["segment_id"]]}
            for row in queries.grouped(office, run_id, "placements", "firm_id").get(
                firm_id, []
            )
        ]
        if run_id
        else []
    )
    known, unknown = _facts(firm)
    questions = [head["question"] for head in heads if not head["rows"]]
    questions += [fact["question"] for fact in unknown if fact["question"]]
    urls = {row["source_url"] for row in (*facts, *events, *courting)} - {""}
    return {
        "company": company,
        "firm": firm,
        "known": known,
        "unknown": unknown,
        "heads": heads,
        "questions": list(dict.fromkeys(questions)),
        "courting": courting,
        "rivals": [r for r in courting if r["suitor_region_id"] != office.region_id],
        "timeline": timeline[:20],
        "places": places,
        "targets": queries.targets_of(office, "firm_id", firm_id),
        "conflicts": disagreements(facts),
        "revenue": _revenue(facts),
        "searched": len(tables["courting"]) if "courting" in tables else 0,
        "pages": len(urls),
        **_neighbours(office, company, query),
    }


# What the left column lists, with the question to ask where nothing is on file.
_ABOUT = (
    ("Business", ""),
    ("Founded", "When was it founded, and who controls it today?"),
    ("Revenue", "What were revenue, output and headcount of the last full year?"),
    ("Employees", "How many people work there, and where?"),
    ("Titles", ""),
    ("Unified social credit code", "What is its unified social credit code?"),
)


def _facts(firm: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is known about a firm as texts, and what is not."""

    def whole(value: float) -> str:
        return f"{value:,.0f}" if value == value else ""

    year = firm["revenue_year"]
    revenue = money_text(firm["revenue_cny"]) if firm["revenue_cny"] > 0 else ""
    if revenue and year == year:
        revenue += f" ({year:.0f})"
    lang = reader()
    texts = (
        pick(lang, firm["products_en"], firm["products_zh"]),
        f"{firm['founded']:.0f}" if firm["founded"] == firm["founded"] else "",
        revenue,
        whole(firm["employees"]),
        pick(lang, firm["recognitions_en"], firm["recognitions_zh"]),
        firm["credit_code"],
    )
    rows = [
        {"label": label, "question": question, "text": text}
        for (label, question), text in zip(_ABOUT, texts, strict=True)
    ]
    return [row for row in rows if row["text"]], [
        row for row in rows if not row["text"]
    ]


def _revenue(facts: list[dict[str, Any]]) -> dict[str, str] | None:
    """Return revenue by year as a figure, where at least two years are on file."""
    by_year: dict[int, float] = {}
    for row in facts:
        if row["field"] == "revenue_cny" and row["value"] > 0 and row["year"] > 0:
            by_year[int(row["year"])] = max(
                by_year.get(int(row["year"]), 0), row["value"]
            )
    if len(by_year) < 2:
        return None
    rows = [{"year": year, "value": by_year[year]} for year in sorted(by_year)[-6:]]
    lang = reader()
    scale = 1e9 if lang == "en" else 1e8
    drawn = bars(
        said(gettext("Revenue by year")),
        rows,
        x="year",
        y="value",
        unit=said("CNY bn" if lang == "en" else gettext("hundred million yuan")),
        scale=scale,
        source=said(gettext("Facts on file")),
    )
    return {
        "option": json.dumps(echarts_option(drawn, lang), ensure_ascii=False),
        "svg": svg(drawn, lang),
        "unit": drawn.unit.text(lang),
    }


def _one(tables: Any, table: str, key: str, value: str) -> dict[str, Any]:
    found = _some(tables, table, key, value)
    return found[0] if found else {}


def _some(tables: Any, table: str, key: str, value: str) -> list[dict[str, Any]]:
    if table not in tables:
        return []
    whole = tables[table]
    rows: list[dict[str, Any]] = whole.take(whole[key] == value).rows()
    return rows


def _neighbours(office: Office, company: Company, query: QueryDict) -> dict[str, Any]:
    """Return the companies before and after this one inside the filtered list."""
    listed = found(office, query)
    value, sort, key = company.visit_value, company.sort, company.firm_id
    ahead = (
        Q(visit_value__gt=value)
        | Q(visit_value=value, sort__lt=sort)
        | Q(visit_value=value, sort=sort, firm_id__lt=key)
    )
    behind = (
        Q(visit_value__lt=value)
        | Q(visit_value=value, sort__gt=sort)
        | Q(visit_value=value, sort=sort, firm_id__gt=key)
    )
    turned = ("visit_value", "-sort", "-firm_id")
    before = listed.filter(ahead).order_by(*turned).values("firm_id").first()
    after = listed.filter(behind).values("firm_id").first()
    return {
        "before": before["firm_id"] if before else "",
        "after": after["firm_id"] if after else "",
        "at": listed.filter(ahead).count() + 1,
        "total": listed.count(),
    }
