"""A trip as day columns, as a map on plain coordinates, and what was left out."""

from __future__ import annotations

import math
from typing import Any

from yanlian.tables import split_list
from yanlian.text import clock
from yanlian_web.offices.models import Office
from yanlian_web.studies.queries.rows import Row, by_key, rows, run_of, settings_of

SLOT_MIN = 10
SLOTS = 88
LEFT_SHOWN = 100
# Stops of one city known by the city alone are set on a ring around its centre.
RING_DEG = 0.11


def visits_as_text(office: Office, run_id: str) -> tuple[str, ...]:
    """Return the visits of a trip as ``firm@day@HH:MM``, the form of its parameters."""
    return tuple(
        f"{stop['firm_id']}@{stop['day']:.0f}@{clock(stop['start_min'])}"
        for stop in rows(office, run_id, "stops")
        if stop["kind"] == "visit"
    )


def _slots(start_min: float, end_min: float, zero_min: float) -> dict[str, int]:
    """Return the place of a block on the grid of a day that begins at ``zero_min``."""
    first = min(max(round((start_min - zero_min) / SLOT_MIN), 0), SLOTS - 1)
    size = max(round((end_min - zero_min) / SLOT_MIN) - first, 1)
    return {"slot": first, "size": min(size, SLOTS - first)}


def trip_page(office: Office, run_id: str) -> dict[str, Any]:
    """Return days with blocks on a grid of ten minutes, maps, and what was left out."""
    made = run_of(office, run_id)
    firms = by_key(office, run_id, "firms", "firm_id")
    gaps = by_key(office, run_id, "gaps", "gap_id")
    segments = by_key(office, run_id, "segments", "segment_id")
    regions = by_key(office, run_id, "regions", "region_id")
    targets = by_key(office, run_id, "targets", "target_id")

    def served(cell: str) -> list[Row]:
        return [
            {**gaps[key], "segment": segments.get(gaps[key]["segment_id"], {})}
            for key in split_list(cell)
            if key in gaps
        ]

    stops = rows(office, run_id, "stops")
    # The columns begin with the hour before the first thing that happens.
    zero = min((stop["start_min"] for stop in stops), default=480.0) // 60 * 60
    days: list[Row] = []
    visits: list[Row] = []
    for day in rows(office, run_id, "trip_days"):
        blocks = []
        for stop in stops:
            if stop["day"] != day["day"] or stop["kind"] in {"start", "end"}:
                continue
            block = {**stop, **_slots(stop["start_min"], stop["end_min"], zero)}
            if stop["kind"] == "visit":
                gap = served(stop["gap_ids"])[:1]
                target = (
                    targets.get(f"{stop['firm_id']}/{gap[0]['gap_id']}")
                    if gap
                    else None
                )
                block |= {
                    "number": len(visits) + 1,
                    "firm": firms[stop["firm_id"]],
                    "gaps": gap,
                    "target": target or {},
                    "window": _slots(
                        stop["window_start_min"], stop["window_end_min"], zero
                    ),
                }
                visits.append(block)
            blocks.append(block)
        days.append({**day, "blocks": blocks})
    left = [
        {
            **row,
            "firm": firms.get(row["firm_id"], {}),
            "gaps": served(row["gap_ids"])[:1],
        }
        for row in rows(office, run_id, "left_out")[:LEFT_SHOWN]
    ]
    summary = made.manifest["summary"]
    missing = split_list(str(summary.get("compare_missing") or "").replace(",", ";"))
    return {
        "days": days,
        "visits": visits,
        "left": left,
        "left_count": len(rows(office, run_id, "left_out")),
        "checks": rows(office, run_id, "trip_checks"),
        "summary": summary,
        "manifest": made.manifest,
        "settings": settings_of(office),
        "destination": regions.get(str(summary.get("destination", "")), {}),
        "home": regions.get(str(made.params.get("region", "")), {}),
        "hours": [
            (int(zero) // 60 + k, k * 60 // SLOT_MIN)
            for k in range(SLOTS * SLOT_MIN // 60)
        ],
        "maps": _maps(days, visits, left, regions),
        "travel_min": sum(day["travel_min"] for day in days),
        "compare": [firms[key] for key in made.params.get("compare_with", []) if key in firms],
        "compare_missing": [firms[key] for key in missing if key in firms],
    }  # fmt: skip


def _ring(items: list[Row]) -> list[Row]:
    """Set places that share one point apart, so that they do not hide each other."""
    shared: dict[tuple[float, float], list[Row]] = {}
    for item in items:
        shared.setdefault((round(item["lon"], 3), round(item["lat"], 3)), []).append(
            item
        )
    made = []
    for (lon, lat), listed in shared.items():
        for number, item in enumerate(listed):
            angle = 2 * math.pi * number / len(listed) + 0.6
            reach = RING_DEG if len(listed) > 1 else 0.0
            made.append(
                {
                    **item,
                    "at": (
                        lon + reach * math.cos(angle) / math.cos(math.radians(lat)),
                        lat + reach * math.sin(angle),
                    ),
                }
            )
    return made


class _Plane:
    """Plain coordinates: a degree of longitude is as long as it is at this latitude."""

    def __init__(
        self, points: list[tuple[float, float]], wide: float, pad: float
    ) -> None:
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        self.west, self.east = min(lons) - pad, max(lons) + pad
        self.south, self.north = min(lats) - pad * 0.8, max(lats) + pad * 0.8
        self.shrink = math.cos(math.radians((self.north + self.south) / 2))
        self.scale = wide / ((self.east - self.west) * self.shrink)
        self.wide, self.high = wide, (self.north - self.south) * self.scale

    def xy(self, at: tuple[float, float]) -> tuple[str, str]:
        x = (at[0] - self.west) * self.scale * self.shrink
        return f"{x:.1f}", f"{(self.north - at[1]) * self.scale:.1f}"

    def grid(self, step: float) -> dict[str, list[tuple[str, str]]]:
        """Return lines of the graticule with their labels."""

        def ticks(low: float, high: float) -> list[float]:
            first = math.ceil(low / step)
            return [k * step for k in range(first, math.floor(high / step) + 1)]

        return {
            "lats": [
                (f"{d:g}", self.xy((self.west, d))[1])
                for d in ticks(self.south, self.north)
            ],
            "lons": [
                (f"{d:g}", self.xy((d, self.south))[0])
                for d in ticks(self.west, self.east)
            ],
        }


def _maps(
    days: list[Row], visits: list[Row], left: list[Row], regions: dict[str, Row]
) -> dict[str, Any]:
    """Return the way from home, and the stops near each other, as two drawings."""
    placed = [v for v in visits if v["lat"] == v["lat"]]
    ends = {day[k]: regions.get(day[k]) for day in days for k in ("start_id", "end_id")}
    places = [
        {**region, "at": (region["lon"], region["lat"])}
        for region in ends.values()
        if region and region["lat"] == region["lat"]
    ]
    if not placed or not places:
        return {}
    stops = {v["firm_id"]: v for v in _ring(placed)}
    centre = (
        sorted(v["lon"] for v in placed)[len(placed) // 2],
        sorted(v["lat"] for v in placed)[len(placed) // 2],
    )
    lines = _lines(days, stops, regions)
    points = [s["at"] for s in stops.values()]
    wide = _Plane([*points, *(p["at"] for p in places)], 250, 0.45)
    near = [p for p in points if math.dist(p, centre) < 1.2] or points
    beside = [
        row["firm"]
        for row in left
        if row["firm"].get("lat") == row["firm"].get("lat") and "lat" in row["firm"]
    ]
    unlisted = [
        firm
        for firm in _ring(beside)
        if min(p[0] for p in near) - 0.25
        < firm["at"][0]
        < max(p[0] for p in near) + 0.25
        and min(p[1] for p in near) - 0.2
        < firm["at"][1]
        < max(p[1] for p in near) + 0.2
    ]
    close = _Plane(near, 300, 0.22)
    corner = close.west, close.north
    far = close.east, close.south
    frame_a, frame_b = wide.xy(corner), wide.xy(far)
    return {
        "wide": _drawing(wide, lines, stops, places, [], 1.0)
        | {
            "frame": {
                "x": frame_a[0],
                "y": frame_a[1],
                "w": f"{float(frame_b[0]) - float(frame_a[0]):.1f}",
                "h": f"{float(frame_b[1]) - float(frame_a[1]):.1f}",
            }
        },
        "close": _drawing(
            close,
            lines,
            {k: s for k, s in stops.items() if s["at"] in near},
            places,
            unlisted,
            0.2 if close.east - close.west < 0.9 else 0.5,
        ),
    }


def _lines(
    days: list[Row], stops: dict[str, Row], regions: dict[str, Row]
) -> list[Row]:
    """Return the ways of each day in order, with their kind."""
    lines: list[Row] = []
    for day in days:
        here = regions.get(day["start_id"], {})
        last = (here.get("lon", math.nan), here.get("lat", math.nan))
        rail = False
        for block in day["blocks"]:
            if block["kind"] == "travel":
                rail = rail or block["mode"] == "rail"
            if block["kind"] == "visit" and block["firm_id"] in stops:
                at = stops[block["firm_id"]]["at"]
                lines.append({"a": last, "b": at, "day": int(day["day"]), "rail": rail})
                last, rail = at, False
        end = regions.get(day["end_id"], {})
        at = (end.get("lon", math.nan), end.get("lat", math.nan))
        lines.append({"a": last, "b": at, "day": int(day["day"]), "rail": rail})
    return [
        line
        for line in lines
        if all(math.isfinite(c) for c in (*line["a"], *line["b"]))
        and line["a"] != line["b"]
    ]


def _drawing(
    plane: _Plane,
    lines: list[Row],
    stops: dict[str, Row],
    places: list[Row],
    unlisted: list[Row],
    step: float,
) -> dict[str, Any]:
    def inside(at: tuple[float, float]) -> bool:
        return plane.west <= at[0] <= plane.east and plane.south <= at[1] <= plane.north

    def shown(item: Row) -> Row:
        x, y = plane.xy(item["at"])
        return {**item, "x": x, "y": y}

    return {
        "wide": f"{plane.wide:.0f}",
        "high": f"{plane.high:.0f}",
        "lines": [
            {**line, "a": plane.xy(line["a"]), "b": plane.xy(line["b"])}
            for line in lines
        ],
        "stops": [shown(stop) for stop in stops.values()],
        "places": [shown(place) for place in places if inside(place["at"])],
        "unlisted": [shown(firm) for firm in unlisted if inside(firm["at"])],
        **plane.grid(step),
    }
