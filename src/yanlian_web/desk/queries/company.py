"""The record page of a company."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.figures import bars, echarts_option, svg
from yanlian.tables import split_list
from yanlian_web.desk.acting import may_see
from yanlian_web.desk.merged import firms_of
from yanlian_web.desk.models import Company, Fact
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.desk.panels import panels_of
from yanlian_web.desk.queries.companies import found, said
from yanlian_web.desk.queries.company_desk import LINES, SHOWN, desk_part
from yanlian_web.desk.queries.company_facts import conflicts_of, facts_of
from yanlian_web.desk.statements import of_fact, tables_of
from yanlian_web.offices.models import Member
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import reader

SHOWN_BESIDE = frozenset(
    {"founded", "revenue_cny", "employees", "products", "recognitions"}
)
HEAD_ROWS = 5
# Under which head a fact of the desk stands.
HEAD_OF = {
    "history": "history",
    "founded": "history",
    "market_position": "market_position",
    "share": "market_position",
    "recognitions": "market_position",
    "operation": "operation",
    "employees": "operation",
    "revenue_cny": "operation",
    "products": "operation",
    "output": "operation",
    "strategy": "strategy",
}
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
    member: Member, firm_id: str, query: QueryDict
) -> dict[str, Any] | None:
    """Return everything the record page shows, or None when there is no such company."""
    office = member.office
    company = (
        Company.objects.select_related("owner__user", "merged_into")
        .filter(office=office, firm_id=firm_id)
        .first()
    )
    if company is None or not may_see(member, company):
        return None
    tables = tables_of(office)
    firm = _firm(company, _one(tables, "firms", "firm_id", firm_id))
    # What the tables say of those merged into it is said of it.
    firms = firms_of(company)
    facts = _all(tables, "facts", "firm_id", firms)
    events = [
        row
        for row in (tables["events"].rows() if "events" in tables else ())
        if not set(firms).isdisjoint(split_list(row["firm_ids"]))
    ]
    courting = _all(tables, "courting", "firm_id", firms)
    learned = [
        of_fact(fact) | {"head": HEAD_OF[fact.field]}
        for fact in Fact.objects.filter(company=company, draft=False)
        .seen_by(member)
        .live()
        .select_related("meeting")
        .order_by("-source_on", "-pk")
    ]
    desk = desk_part(member, company, query)
    run_id = queries.latest(office, "place")
    segments = (
        queries.by_key(office, run_id, "segments", "segment_id") if run_id else {}
    )
    places = (
        [
            {**row, "segment": segments[row["segment_id"]]}
            for row in _grouped(
                queries.grouped(office, run_id, "placements", "firm_id"), firms
            )
        ]
        if run_id
        else []
    )
    conflicts = conflicts_of(office, company)
    known, unknown = facts_of(company, firm, facts, learned, conflicts)
    heads = _heads(facts, learned)
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
        **_timeline(events, facts, learned, desk["desk_line"], query),
        "places": places,
        "targets": [
            row for firm in firms for row in queries.targets_of(office, "firm_id", firm)
        ],
        "conflicts": conflicts,
        "revenue": _revenue([*facts, *learned], conflicts),
        "searched": len(tables["courting"]) if "courting" in tables else 0,
        "pages": len(urls),
        **desk,
        "panels": panels_of(member, company),
        **_neighbours(member, company, query),
    }


def _firm(company: Company, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a company; what was set at the desk goes first."""
    nothing = float("nan")
    if not row:
        names = (
            "name_en", "name_zh", "city_en", "city_zh", "products_en", "products_zh",
            "recognitions_en", "recognitions_zh", "status", "credit_code", "aliases",
        )  # fmt: skip
        row = {name: getattr(company, name) for name in names} | {
            "firm_id": company.firm_id,
            "stock_code": "",
            "district": "",
            "founded": nothing,
            "revenue_cny": nothing if company.revenue_cny is None else company.revenue_cny,
            "revenue_year": nothing if company.revenue_year is None else company.revenue_year,
            "employees": nothing if company.employees is None else company.employees,
            "note_en": "",
            "note_zh": "",
            "basis": "reported",
            "source_url": "",
            "checked_on": "",
        }  # fmt: skip
    return row | {name: getattr(company, name) for name in company.set_here}


def _heads(
    facts: list[dict[str, Any]], learned: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what is known under the four heads; what the desk has learned goes first."""
    heads = []
    for key, label, question in HEADS:
        rows = [row for row in facts if row["head"] == key]
        rows.sort(key=lambda r: (r["date"], r["fact_id"]), reverse=True)
        # What the left column and the chart already say is not said again.
        said = [row for row in rows if row["field"] not in SHOWN_BESIDE] or rows
        seen: dict[str, Any] = {}
        for row in said:
            seen.setdefault(row["text_en"], row)
        ours = [row for row in learned if row["head"] == key]
        words = [row for row in ours if row["field"] not in NUMERIC]
        numbers = [row for row in ours if row["field"] in NUMERIC]
        listed = [*words, *list(seen.values())[:HEAD_ROWS]] or numbers
        rest = numbers if listed is not numbers else []
        heads.append(
            {
                "key": key,
                "label": label,
                "question": question,
                "rows": listed[:HEAD_ROWS],
                "more": [*listed[HEAD_ROWS:], *rest],
            }
        )
    return heads


def _timeline(
    events: list[dict[str, Any]],
    facts: list[dict[str, Any]],
    learned: list[dict[str, Any]],
    desk: list[dict[str, Any]],
    query: QueryDict,
) -> dict[str, Any]:
    """Return the one timeline, the newest first, and which part of it is shown."""
    line = query.get("line", "")
    line = line if line in dict(LINES) else ""
    news = [
        {"date": r["date"], "name_en": r["title_en"], "name_zh": r["title_zh"],
         "source_url": r["source_url"], "kind": "event", "group": "news"}
        for r in events
    ] + [
        {"date": r["date"], "name_en": r["text_en"], "name_zh": r["text_zh"],
         "source_url": r["source_url"], "kind": "fact", "group": "news",
         "training": r.get("training", False)}
        for r in (*facts, *learned)
        if r["date"]
    ]  # fmt: skip
    rows = [row for row in (*news, *desk) if line in {"", row["group"]}]
    rows.sort(key=lambda r: r["date"], reverse=True)
    shown = len(rows) if query.get("older") == "yes" else SHOWN
    return {
        "timeline": rows[:shown],
        "older": max(len(rows) - shown, 0),
        "line": line,
        "lines": LINES,
    }


def _revenue(
    facts: list[dict[str, Any]], conflicts: list[dict[str, Any]]
) -> dict[str, str] | None:
    """Return revenue by year as a figure, where at least two years are on file."""
    by_year: dict[int, float] = {}
    for row in facts:
        value, year = row["value"] or 0, row["year"] or 0
        if row["field"] == "revenue_cny" and value > 0 and year > 0:
            by_year[int(year)] = max(by_year.get(int(year), 0), value)
    # What a person has decided is drawn, whatever else was stated.
    by_year |= {
        c["year"]: c["taken"]["value"]
        for c in conflicts
        if c["field"] == "revenue_cny" and c["taken"]
    }
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


def _all(tables: Any, table: str, key: str, values: list[str]) -> list[dict[str, Any]]:
    return [row for value in values for row in _some(tables, table, key, value)]


def _grouped(
    groups: dict[str, list[dict[str, Any]]], keys: list[str]
) -> list[dict[str, Any]]:
    return [row for key in keys for row in groups.get(key, [])]


def _neighbours(member: Member, company: Company, query: QueryDict) -> dict[str, Any]:
    """Return the companies before and after this one inside the filtered list."""
    listed = found(member.office, query, member)
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
