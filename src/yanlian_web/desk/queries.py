"""What the pages show of companies: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.tables import split_list
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries

PAGE = 50
MAP_MOST = 2000
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
    made: dict[str, dict[str, Any]] = {}
    for firm, rows in queries.grouped(office, run_id, "targets", "firm_id").items():
        made[firm] = {**rows[0], "segment": segments[rows[0]["segment_id"]]}
    return made


def company_map(office: Office, query: QueryDict) -> dict[str, Any]:
    """Return companies as points on plain coordinates, those of one place together."""
    listed = (
        found(office, query)
        .exclude(lat=None)
        .values_list("lat", "lon", "city_en", "city_zh", "region_id")[:MAP_MOST]
    )
    places: dict[tuple[float, float], dict[str, Any]] = {}
    for lat, lon, city_en, city_zh, region in listed:
        place = places.setdefault(
            (round(float(lat or 0), 2), round(float(lon or 0), 2)),
            {"name_en": city_en, "name_zh": city_zh, "region_id": region, "count": 0},
        )
        place["count"] += 1
    if not places:
        return {}
    lats, lons = [p[0] for p in places], [p[1] for p in places]
    south, north = min(lats) - 0.5, max(lats) + 0.5
    west, east = min(lons) - 0.7, max(lons) + 0.7
    scale = min(1060 / ((east - west) * 0.87), 640 / (north - south))

    def xy(lat: float, lon: float) -> tuple[float, float]:
        return (lon - west) * scale * 0.87, (north - lat) * scale

    points = []
    for (lat, lon), place in sorted(places.items(), key=lambda p: -p[1]["count"]):
        x, y = xy(lat, lon)
        radius = 3 + 2.2 * place["count"] ** 0.5
        points.append({**place, "x": f"{x:.0f}", "y": f"{y:.0f}", "r": f"{radius:.1f}"})
    _label(points)
    step = 1 if north - south < 9 else 5
    return {
        "points": points,
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
    columns = []
    groups = queries.grouped(office, run_id, "targets", "gap_id")
    for gap_id, rows in sorted(groups.items(), key=lambda item: gaps[item[0]]["rank"]):
        cards = [
            {**row, "firm": firms[row["firm_id"]]}
            for row in rows
            if row["firm_id"] in kept
        ]
        if cards:
            gap = gaps[gap_id]
            columns.append(
                {**gap, "segment": segments[gap["segment_id"]], "cards": cards}
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
        seen: dict[str, Any] = {}
        for row in rows:
            seen.setdefault(row["text_en"], row)
        heads.append(
            {
                "key": key,
                "label": label,
                "question": question,
                "rows": list(seen.values())[:6],
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
    return {
        "company": company,
        "firm": firm,
        "heads": heads,
        "events": events,
        "courting": courting,
        "timeline": timeline[:20],
        "places": places,
        "targets": queries.targets_of(office, "firm_id", firm_id),
        "conflicts": conflicts(facts),
        "searched": len(tables["courting"]) if "courting" in tables else 0,
        **_neighbours(office, company, query),
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
    place = Q(sort__lt=company.sort) | Q(sort=company.sort, firm_id__lt=company.firm_id)
    behind = Q(sort__gt=company.sort) | Q(
        sort=company.sort, firm_id__gt=company.firm_id
    )
    before = (
        listed.filter(place).order_by("-sort", "-firm_id").values("firm_id").first()
    )
    after = listed.filter(behind).order_by("sort", "firm_id").values("firm_id").first()
    return {
        "before": before["firm_id"] if before else "",
        "after": after["firm_id"] if after else "",
        "at": listed.filter(place).count() + 1,
        "total": listed.count(),
    }
