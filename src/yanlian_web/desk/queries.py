"""What the pages show of companies: plain data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Round
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.figures import bars, echarts_option, svg
from yanlian.figures import points as points_figure
from yanlian.identity import fold
from yanlian.tables import split_list
from yanlian.text import Say, pick
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import money_text, reader

PAGE = 50
SHOWN_BESIDE = frozenset(
    {"founded", "revenue_cny", "employees", "products", "recognitions"}
)
PLACES_MOST = 300
BOARD_COLUMNS = 24
BOARD_CARDS = 15
FIELDS = [
    "firm_id",
    "name_en",
    "name_zh",
    "city_en",
    "city_zh",
    "region_id",
    "products_en",
    "products_zh",
    "recognitions_en",
    "recognitions_zh",
    "lat",
    "lon",
    "revenue_cny",
    "revenue_year",
    "employees",
    "status",
    "local",
]


@dataclass(frozen=True)
class CompanyList:
    """A page of companies with what is needed to go on."""

    rows: list[dict[str, Any]]
    total: int
    page: int
    pages: int

    @property
    def before(self) -> int:
        """Return the number of the page before."""
        return self.page - 1

    @property
    def after(self) -> int:
        """Return the number of the page after."""
        return self.page + 1


def found(office: Office, query: QueryDict) -> QuerySet[Company]:
    """Return the companies that fit the filters of an address."""
    listed = Company.objects.filter(office=office)
    for word in fold(query.get("q", "")).split():
        listed = listed.filter(search__contains=word)
    where = query.get("where", "")
    if where in {"local", "outside"}:
        listed = listed.filter(local=where == "local")
    if query.get("region"):
        listed = listed.filter(region_id=query["region"])
    if query.get("titles") == "yes":
        listed = listed.exclude(recognitions_en="", recognitions_zh="")
    if query.get("gap"):
        firms = [
            t["firm_id"]
            for t in queries.targets_of(office, "gap_id", str(query["gap"]))
        ]
        listed = listed.filter(firm_id__in=firms)
    if query.get("short") == "yes":
        run_id = queries.latest(office, "targets")
        rows = queries.rows(office, run_id, "targets") if run_id else ()
        listed = listed.filter(
            firm_id__in=[row["firm_id"] for row in rows if row["shortlisted"] == 1]
        )
    return listed


def company_list(office: Office, query: QueryDict) -> CompanyList:
    """Return one page of the companies that fit, with the gap each serves best."""
    pages = Paginator(found(office, query).values(*FIELDS), PAGE)
    page = pages.get_page(query.get("page", "1"))
    rows = list(page.object_list)
    best = _best(office)
    for row in rows:
        row["target"] = best.get(row["firm_id"])
    return CompanyList(rows, pages.count, page.number, pages.num_pages)


def _best(office: Office) -> dict[str, dict[str, Any]]:
    run_id = queries.latest(office, "targets")
    if not run_id:
        return {}
    segments = queries.by_key(office, run_id, "segments", "segment_id")
    gaps = queries.by_key(office, run_id, "gaps", "gap_id")
    return {
        firm: {
            **rows[0],
            "segment": segments[rows[0]["segment_id"]],
            "gap": gaps[rows[0]["gap_id"]],
        }
        for firm, rows in queries.grouped(office, run_id, "targets", "firm_id").items()
    }


def gap_named(office: Office, gap_id: str) -> dict[str, Any] | None:
    """Return a gap with its segment, for the filter that names it."""
    run_id = queries.latest(office, "targets") if gap_id else None
    if not run_id:
        return None
    gap = queries.by_key(office, run_id, "gaps", "gap_id").get(gap_id)
    if gap is None:
        return None
    segments = queries.by_key(office, run_id, "segments", "segment_id")
    return {**gap, "segment": segments[gap["segment_id"]]}


def regions_of(office: Office) -> list[dict[str, Any]]:
    """Return the regions companies are in, with their number, the fullest first."""
    counts = (
        Company.objects.filter(office=office)
        .exclude(region_id="")
        .values("region_id")
        .annotate(count=Count("id"), name_en=Max("city_en"), name_zh=Max("city_zh"))
        .order_by("-count", "region_id")
    )
    return [dict(row) for row in counts[:60]]


def company_map(office: Office, query: QueryDict) -> dict[str, Any]:
    """Return companies as points on plain coordinates, those of one place together."""
    # A tenth of a degree is the size of a town; nearer ones stand together.
    listed = (
        found(office, query)
        .exclude(lat=None)
        .annotate(at_lat=Round("lat", precision=1), at_lon=Round("lon", precision=1))
        .values("at_lat", "at_lon")
        .annotate(
            count=Count("id"),
            place_en=Max("city_en"),
            place_zh=Max("city_zh"),
            place_region=Max("region_id"),
        )
        .order_by("-count", "at_lat", "at_lon")[:PLACES_MOST]
    )
    places = {
        (float(row["at_lat"]), float(row["at_lon"])): {
            "name_en": row["place_en"],
            "name_zh": row["place_zh"],
            "region_id": row["place_region"],
            "count": row["count"],
        }
        for row in listed
    }
    if not places:
        return {}
    lats, lons = [p[0] for p in places], [p[1] for p in places]
    south, north = min(lats) - 0.5, max(lats) + 0.5
    west, east = min(lons) - 0.7, max(lons) + 0.7
    scale = min(1060 / ((east - west) * 0.87), 640 / (north - south))

    def xy(lat: float, lon: float) -> tuple[float, float]:
        return (lon - west) * scale * 0.87, (north - lat) * scale

    points = []
    for (lat, lon), place in places.items():
        x, y = xy(lat, lon)
        radius = 3 + 2.2 * place["count"] ** 0.5
        kept = query.copy()
        kept["region"] = place["region_id"]
        kept.pop("view", None)
        points.append(
            {
                **place,
                "lat": lat,
                "lon": lon,
                "x": f"{x:.0f}",
                "y": f"{y:.0f}",
                "r": f"{radius:.1f}",
                "href": f"?{kept.urlencode()}",
            }
        )
    _label(points)
    step = 1 if north - south < 9 else 5
    drawn = points_figure(
        _said(gettext("Companies by place")),
        points,
        size="count",
        unit=_said(gettext("companies")),
        source=_said(gettext("Companies on file")),
    )
    return {
        "points": points,
        "option": json.dumps(echarts_option(drawn, reader()), ensure_ascii=False),
        "wide": f"{(east - west) * scale * 0.87:.0f}",
        "high": f"{(north - south) * scale:.0f}",
        "lats": [
            (d, f"{xy(d, west)[1]:.0f}")
            for d in range(int(south) + 1, int(north) + 1)
            if d % step == 0
        ],
        "lons": [
            (d, f"{xy(south, d)[0]:.0f}")
            for d in range(int(west) + 1, int(east) + 1)
            if d % step == 0
        ],
    }


def _label(points: list[dict[str, Any]]) -> None:
    """Mark the points whose names fit beside each other, the largest first."""
    boxes: list[tuple[float, float]] = []
    for point in points:
        x, y = float(point["x"]), float(point["y"])
        free = all(abs(x - bx) > 70 or abs(y - by) > 15 for bx, by in boxes)
        point["labelled"] = free
        if free:
            boxes.append((x, y))


def company_board(office: Office, query: QueryDict) -> list[dict[str, Any]]:
    """Return columns of companies by the gap they serve best."""
    run_id = queries.latest(office, "targets")
    if not run_id:
        return []
    kept = set(found(office, query).values_list("firm_id", flat=True))
    firms = queries.by_key(office, run_id, "firms", "firm_id")
    gaps = queries.by_key(office, run_id, "gaps", "gap_id")
    segments = queries.by_key(office, run_id, "segments", "segment_id")
    columns: list[dict[str, Any]] = []
    groups = queries.grouped(office, run_id, "targets", "gap_id")
    for gap_id, rows in sorted(groups.items(), key=lambda item: gaps[item[0]]["rank"]):
        if len(columns) == BOARD_COLUMNS:
            break
        cards = [
            {**row, "firm": firms[row["firm_id"]]}
            for row in rows
            if row["firm_id"] in kept
        ]
        if cards:
            gap = gaps[gap_id]
            columns.append(
                {
                    **gap,
                    "segment": segments[gap["segment_id"]],
                    "cards": cards[:BOARD_CARDS],
                    "count": len(cards),
                }
            )
    return columns


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
        "conflicts": conflicts(facts),
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


def _said(text: str) -> Say:
    """Return a text that is already in the reader's language."""
    return Say(text, text)


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
        _said(gettext("Revenue by year")),
        rows,
        x="year",
        y="value",
        unit=_said("CNY bn" if lang == "en" else gettext("hundred million yuan")),
        scale=scale,
        source=_said(gettext("Facts on file")),
    )
    return {
        "option": json.dumps(echarts_option(drawn, lang), ensure_ascii=False),
        "svg": svg(drawn, lang),
        "unit": drawn.unit.text(lang),
    }


def conflicts(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return values of one field and year on which sources disagree."""
    groups: dict[tuple[str, float], list[dict[str, Any]]] = {}
    for row in facts:
        if row["field"] and row["value"] == row["value"] and row["year"] == row["year"]:
            groups.setdefault((row["field"], row["year"]), []).append(row)
    return [
        {"field": field, "year": int(year), "rows": rows}
        for (field, year), rows in groups.items()
        if _differ([row["value"] for row in rows])
    ]


def _differ(values: list[float]) -> bool:
    """Tell whether values differ by more than the rounding of sources, one percent."""
    return max(values) - min(values) > 0.01 * max(abs(value) for value in values)


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
