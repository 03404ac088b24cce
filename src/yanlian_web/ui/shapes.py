"""Shapes of a list: the same rows as board, map, calendar or print.

A list says what one of its rows is as a card; which shapes make sense for it is its
own business. Everything here is plain data, so that any list can use it.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.text import N_

LABELS = {
    "table": N_("Table"),
    "board": N_("Board"),
    "map": N_("Map"),
    "calendar": N_("Calendar"),
    "print": N_("Print"),
}
# Cards of a column and of a day; the others are counted.
A_COLUMN, A_DAY = 12, 4
WIDE, HIGH = 1060.0, 600.0


@dataclass(frozen=True)
class Card:
    """One row of a list as a card.

    Attributes
    ----------
    href, name, other, note : str
    mark : str
        Class of what is late or soon; empty otherwise.
    training : bool
    """

    href: str
    name: str
    other: str = ""
    note: str = ""
    mark: str = ""
    training: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a board: its cards, how many there are, and the address of all."""

    code: str
    label: Any
    count: int
    cards: Sequence[Card]
    query: str = ""


def chosen(query: QueryDict, offered: Sequence[str]) -> str:
    """Return the shape an address asks for; the first one that is offered otherwise."""
    asked = query.get("view", "")
    return asked if asked in offered else offered[0]


def switch(query: QueryDict, offered: Sequence[str]) -> list[dict[str, Any]]:
    """Return the shapes to choose from, each with its address under the same filters."""
    here = chosen(query, offered)
    found = []
    for code in offered:
        kept = query.copy()
        for key in ("page", "view", "at"):
            kept.pop(key, None)
        if code != offered[0]:
            kept["view"] = code
        found.append(
            {
                "code": code,
                "label": gettext(LABELS[code]),
                "here": code == here,
                "href": f"?{kept.urlencode()}",
            }
        )
    return found


def month_of(text: str, today: datetime.date) -> datetime.date:
    """Return the first day of a month such as ``2026-11``; of this month otherwise."""
    try:
        found = datetime.date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 1800 < found.year < 2200 else today.replace(day=1)


def weeks_of(first: datetime.date) -> list[list[datetime.date]]:
    """Return the weeks of a month, with the days of others that fill them."""
    return calendar.Calendar().monthdatescalendar(first.year, first.month)


def month(
    first: datetime.date,
    today: datetime.date,
    counts: dict[datetime.date, int],
    cards: dict[datetime.date, list[Card]],
) -> dict[str, Any]:
    """Return a month as weeks of days with their cards."""

    def name(day: datetime.date) -> str:
        return f"{day.year}-{day.month:02d}"

    return {
        "first": first,
        "week_days": [
            gettext(day) for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        ],
        "before": name(first - datetime.timedelta(days=1)),
        "after": name(first + datetime.timedelta(days=31)),
        "count": sum(n for on, n in counts.items() if on.month == first.month),
        "weeks": [
            [
                {
                    "on": on,
                    "inside": on.month == first.month,
                    "now": on == today,
                    "cards": cards.get(on, [])[:A_DAY],
                    "more": max(counts.get(on, 0) - A_DAY, 0),
                }
                for on in week
            ]
            for week in weeks_of(first)
        ],
    }


def plane(points: Iterable[tuple[float, float, str, Card]]) -> dict[str, Any]:
    """Return cards at their places on plain coordinates; no boundary is drawn.

    Parameters
    ----------
    points : iterable of (latitude, longitude, name of the place, card)
    """
    places: dict[tuple[float, float], dict[str, Any]] = {}
    for lat, lon, name, card in points:
        # A tenth of a degree is the size of a town; nearer ones stand together.
        at = (round(lat, 1), round(lon, 1))
        place = places.setdefault(at, {"name": name, "cards": []})
        place["cards"].append(card)
    if not places:
        return {}
    south, north = min(p[0] for p in places) - 0.5, max(p[0] for p in places) + 0.5
    west, east = min(p[1] for p in places) - 0.7, max(p[1] for p in places) + 0.7
    scale = min(WIDE / ((east - west) * 0.87), HIGH / (north - south))

    def x(lon: float) -> float:
        return (lon - west) * scale * 0.87

    def y(lat: float) -> float:
        return (north - lat) * scale

    drawn: list[dict[str, Any]] = []
    taken: list[tuple[float, float]] = []
    for (lat, lon), place in sorted(
        places.items(), key=lambda item: -len(item[1]["cards"])
    ):
        free = all(abs(x(lon) - a) > 90 or abs(y(lat) - b) > 16 for a, b in taken)
        if free:
            taken.append((x(lon), y(lat)))
        drawn.append(
            {
                **place,
                "count": len(place["cards"]),
                "x": f"{x(lon):.0f}",
                "y": f"{y(lat):.0f}",
                "r": f"{3 + 2.2 * len(place['cards']) ** 0.5:.1f}",
                "labelled": free,
                # A name that would leave the sheet stands to the left of its point.
                "left": x(lon) > x(east) - 110,
            }
        )
    step = 1 if north - south < 9 else 5
    return {
        "points": drawn,
        "wide": f"{x(east):.0f}",
        "high": f"{y(south):.0f}",
        "lats": [
            (d, f"{y(d):.0f}")
            for d in range(int(south) + 1, int(north) + 1)
            if d % step == 0
        ],
        "lons": [
            (d, f"{x(d):.0f}")
            for d in range(int(west) + 1, int(east) + 1)
            if d % step == 0
        ],
    }
