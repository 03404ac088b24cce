"""Lists of companies: table, map and board under one state of filters."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Round
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.figures import echarts_option
from yanlian.figures import points as points_figure
from yanlian.identity import fold
from yanlian.text import Say
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.models.base import hidden_rows
from yanlian_web.desk.models.companies import TIERS
from yanlian_web.offices.models import LogLine, Member, Office
from yanlian_web.offices.rights import may
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import person, reader

M = TypeVar("M", bound=Record)

PAGE = 50
FILTERS = ("q", "where", "region", "titles", "gap", "short", "tier", "owner")
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
    "tier",
    "training",
    "owner__name_en",
    "owner__name_zh",
    "owner__user__username",
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


def holding(records: QuerySet[M], words: list[str]) -> QuerySet[M]:
    """Return the records whose names, pinyin or codes hold all words."""
    for word in words:
        records = records.filter(search__contains=word)
    return records


def visible(office: Office, member: Member | None = None) -> QuerySet[Company]:
    """Return the companies that are not archived and that a member may see.

    What is left out is found by an index of its own: among a hundred thousand, hardly
    any is, and a condition on every row would make counting slow.
    """
    every = Company.objects.filter(office=office)
    gone = every.filter(archived_on__isnull=False).order_by().values("pk")
    listed = every.exclude(pk__in=gone)
    if member is None or may(member, "see_all"):
        return listed
    hidden = every.filter(hidden_rows(member))
    return listed.exclude(pk__in=hidden.order_by().values("pk"))


def found(
    office: Office, query: QueryDict, member: Member | None = None
) -> QuerySet[Company]:
    """Return the companies that fit the filters of an address."""
    listed = visible(office, member)
    if query.get("tier") in dict(TIERS):
        listed = listed.filter(tier=query["tier"])
    if query.get("owner", "").isdigit():
        listed = listed.filter(owner_id=int(str(query["owner"])))
    listed = holding(listed, fold(query.get("q", "")).split())
    where = query.get("where", "")
    if where in {"local", "outside"}:
        listed = listed.filter(local=where == "local")
    if query.get("region"):
        listed = listed.filter(region_id=query["region"])
    if query.get("titles") == "yes":
        listed = listed.exclude(recognitions_en="", recognitions_zh="")
    if query.get("gap"):
        moved = moved_firms(office)
        firms = [
            moved.get(t["firm_id"], t["firm_id"])
            for t in queries.targets_of(office, "gap_id", str(query["gap"]))
        ]
        listed = listed.filter(firm_id__in=firms)
    if query.get("short") == "yes":
        run_id = queries.latest(office, "targets")
        rows = queries.rows(office, run_id, "targets") if run_id else ()
        moved = moved_firms(office)
        listed = listed.filter(
            firm_id__in=[
                moved.get(row["firm_id"], row["firm_id"])
                for row in rows
                if row["shortlisted"] == 1
            ]
        )
    return listed


def said(text: str) -> Say:
    """Return a text that is already in the reader's language."""
    return Say(text, text)


def company_list(
    office: Office, query: QueryDict, member: Member | None = None
) -> CompanyList:
    """Return one page of the companies that fit, with the gap each serves best."""
    listed = found(office, query, member)
    # Counted without the names of owners, which would be joined to every row.
    total = listed.order_by().count()
    pages = max(-(-total // PAGE), 1)
    asked = query.get("page", "1")
    number = min(max(int(asked) if asked.isdigit() else 1, 1), pages)
    # The page is found in the index alone, and its rows are fetched by their keys.
    start = (number - 1) * PAGE
    keys = list(listed.values_list("pk", flat=True)[start : start + PAGE])
    by_key = {
        row["pk"]: row
        for row in Company.objects.filter(pk__in=keys).values("pk", *FIELDS).order_by()
    }
    rows = [by_key[key] for key in keys]
    tiers = dict(TIERS)
    for row in rows:
        row["owner"] = {
            "name_en": row["owner__name_en"] or row["owner__user__username"],
            "name_zh": row["owner__name_zh"],
        }
        named = row["owner__user__username"]
        row["owner_shown"] = person(row["owner"]) if named else gettext("no owner")
        row["tier_label"] = tiers.get(row["tier"]) or gettext("no tier")
    run_id = queries.latest(office, "targets")
    if run_id:
        segments = queries.by_key(office, run_id, "segments", "segment_id")
        gaps = queries.by_key(office, run_id, "gaps", "gap_id")
        targets = queries.grouped(office, run_id, "targets", "firm_id")
        was: dict[str, list[str]] = {}
        for firm_id, into in moved_firms(office).items():
            was.setdefault(into, []).append(firm_id)
        for row in rows:
            # A merged company may have been the better target.
            firms = (row["firm_id"], *was.get(row["firm_id"], ()))
            best = max(
                (targets[firm_id][0] for firm_id in firms if firm_id in targets),
                key=lambda target: target["value"],
                default={},
            )
            row["target"] = best and {
                **best,
                "segment": segments[best["segment_id"]],
                "gap": gaps[best["gap_id"]],
            }
    return CompanyList(rows, total, number, pages)


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


def companies_version(office: Office) -> str:
    """Return a text that changes whenever companies of the office may have."""
    codes = (
        "desk.companies.loaded",
        "desk.companies.valued",
        "desk.company.added",
        "desk.company.changed",
        "desk.company.archived",
        "desk.company.restored",
        "merging.company.merged",
        "merging.company.parted",
    )
    newest = LogLine.objects.filter(office=office, code__in=codes).first()
    return f"{newest.pk} {newest.at}" if newest else ""


def regions_of(office: Office) -> list[dict[str, Any]]:
    """Return the regions companies are in, with their number, the fullest first."""
    return _regions(office.pk, companies_version(office))


@functools.lru_cache(maxsize=32)
def _regions(office_id: int, version: str) -> list[dict[str, Any]]:
    counts = (
        Company.objects.filter(office=office_id)
        .exclude(region_id="")
        .values("region_id")
        .annotate(count=Count("id"), name_en=Max("city_en"), name_zh=Max("city_zh"))
        .order_by("-count", "region_id")
    )
    return [dict(row) for row in counts[:60]]


def _places(
    office: Office, query: QueryDict, member: Member | None
) -> dict[tuple[float, float], Any]:
    """Return how many companies stand at which place."""
    # A tenth of a degree is the size of a town; nearer ones stand together.
    listed = (
        found(office, query, member)
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
    return {
        (float(row["at_lat"]), float(row["at_lon"])): {
            "name_en": row["place_en"],
            "name_zh": row["place_zh"],
            "region_id": row["place_region"],
            "count": row["count"],
        }
        for row in listed
    }


def company_map(
    office: Office, query: QueryDict, member: Member | None = None
) -> dict[str, Any]:
    """Return companies as points on plain coordinates, those of one place together."""
    places = _places(office, query, member)
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
        said(gettext("Companies by place")),
        points,
        size="count",
        unit=said(gettext("companies")),
        source=said(gettext("Companies on file")),
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


def company_board(
    office: Office, query: QueryDict, member: Member | None = None
) -> tuple[list[dict[str, Any]], int]:
    """Return columns of companies by the gap they serve best, and how many fit."""
    run_id = queries.latest(office, "targets")
    kept: set[str] | None = None
    if any(query.get(key) for key in FILTERS):
        # Only targets stand on the board; there are far fewer of them than companies.
        targets = found(office, query, member).filter(visit_value__gte=0)
        kept = set(targets.values_list("firm_id", flat=True))
    total = found(office, query, member).count()
    if not run_id:
        return [], total
    firms = queries.by_key(office, run_id, "firms", "firm_id")
    gaps = queries.by_key(office, run_id, "gaps", "gap_id")
    segments = queries.by_key(office, run_id, "segments", "segment_id")
    columns: list[dict[str, Any]] = []
    groups = queries.grouped(office, run_id, "targets", "gap_id")
    moved = moved_firms(office)
    for gap_id, rows in sorted(groups.items(), key=lambda item: gaps[item[0]]["rank"]):
        if len(columns) == BOARD_COLUMNS:
            break
        # A company that was merged stands there as the one it turned out to be, once.
        once: dict[str, dict[str, Any]] = {}
        for row in rows:
            firm_id = str(moved.get(row["firm_id"], row["firm_id"]))
            named = {"firm_id": firm_id, "firm": firms[row["firm_id"]]}
            once.setdefault(firm_id, {**row, **named})
        rows = [row for row in once.values() if kept is None or row["firm_id"] in kept]
        cards = [
            {**row, "firm": firms.get(row["firm_id"], row["firm"])}
            for row in rows[:BOARD_CARDS]
        ]
        if cards:
            gap = gaps[gap_id]
            columns.append(
                {
                    **gap,
                    "segment": segments[gap["segment_id"]],
                    "cards": cards,
                    "count": len(rows),
                }
            )
    return columns, total


def owners_of(office: Office) -> list[Member]:
    """Return the members of an office, who may answer for companies."""
    return list(office.members.select_related("user").order_by("pk"))
