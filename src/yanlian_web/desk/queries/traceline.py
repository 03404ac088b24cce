"""The drawing of a story: one line on a true time scale, with the ways that ended."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, fields
from typing import Any

from yanlian_web.desk.queries.trace import Branch, Station, Story
from yanlian_web.ui.templatetags.yl import month_text, reader

WIDE, LEFT, RIGHT = 1188.0, 28.0, 64.0
# Height of a label of two lines, and of the way of a branch.
LABEL, LANE = 33.0, 40.0
NODE = 16.0
MOST_BRANCHES = 10
TICKS = 12
NARROW, RAIL, STEP = 360.0, 104.0, 44.0
_HAN = 0x2E80


def text_width(text: str, size: float = 13.0) -> float:
    """Return about how wide a text is, in pixels.

    Examples
    --------
    >>> text_width("缺口") > text_width("ab")
    True
    """
    return sum(size if ord(c) >= _HAN else size * 0.56 for c in text)


@dataclass
class Drawing:
    """What the page draws; every number is a length in the picture.

    Attributes
    ----------
    width, height : float
    line : float
        Where the line lies.
    ticks, nodes, branches, spans, parts : list of dict
    more : int
        Branches that are not drawn.
    """

    width: float
    height: float = 0.0
    line: float = 0.0
    top: float = 24.0
    bottom: float = 0.0
    ticks: list[dict[str, Any]] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    branches: list[dict[str, Any]] = field(default_factory=list)
    spans: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0


def _scale(story: Story, room: float, start: float) -> tuple[Any, list[datetime.date]]:
    """Return the function from days to places, and the first days of the ticks."""
    days = [s.on for s in story.stations]
    days += [d for b in story.branches for d in (b.since, b.until)]
    if story.stations[-1].size != "closed":
        days.append(story.today)
    first, last = min(days), max(days)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next(n for n in (1, 2, 3, 6, 12, 24, 60, 120) if months / n <= TICKS)
    # The scale begins with the step in which the story does, so that ticks are round.
    begin = first.month - 1 - (first.month - 1) % min(step, 12)
    here = datetime.date(first.year, begin + 1, 1)
    ticks = [here]
    while here <= last:
        months = here.year * 12 + here.month - 1 + step
        here = datetime.date(months // 12, months % 12 + 1, 1)
        ticks.append(here)
    whole = max((ticks[-1] - ticks[0]).days, 1)

    def at(day: datetime.date) -> float:
        return round(start + room * (day - ticks[0]).days / whole, 1)

    return at, ticks


def _day_text(day: datetime.date, year: bool) -> str:
    if reader() == "zh":
        return f"{day:%Y-%m-%d}" if year else f"{day:%m-%d}"
    short = f"{day.day} {month_text(day.month)}"
    return f"{short} {day.year}" if year else short


def drawn(story: Story) -> Drawing:
    """Return the wide drawing, for a desk and for paper."""
    picture = Drawing(WIDE)
    at, ticks = _scale(story, WIDE - LEFT - RIGHT, LEFT)
    labels, up, down = _labels(story.stations, at)
    shown = story.branches[:MOST_BRANCHES]
    picture.more = len(story.branches) - len(shown)
    # The longest way lies outermost, so that no way crosses the end of another.
    above, below = shown[0::2], shown[1::2]
    picture.line = picture.top + 22 + LANE * len(above) + LABEL * up + NODE
    for side, listed in ((-1, above), (1, below)):
        edge = (LABEL * (up if side < 0 else down)) + NODE + LANE / 2
        for number, branch in enumerate(listed):
            y = picture.line + side * (edge + LANE * number)
            picture.branches.append(_branch(branch, at, picture.line, y))
    picture.bottom = picture.line + NODE + LABEL * down + LANE * len(below) + 16
    picture.ticks = [_tick(day, at(day), day == ticks[0]) for day in ticks]
    for station, label in zip(story.stations, labels, strict=True):
        picture.nodes.append(_node(station, label, picture.line))
    picture.parts = _parts(story, at)
    picture.height = picture.bottom + _durations(picture, story, at) + 6
    return _written(picture)


def _written(picture: Drawing) -> Drawing:
    """Return a drawing whose lengths are texts, the same in every language."""

    def text(value: Any) -> Any:
        return f"{value:.1f}" if isinstance(value, float) else value

    def rows(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: text(value) for key, value in row.items()} for row in listed]

    made: dict[str, Any] = {
        f.name: rows(getattr(picture, f.name))
        if isinstance(getattr(picture, f.name), list)
        else text(getattr(picture, f.name))
        for f in fields(picture)
    }
    return Drawing(**made)


def _labels(stations: list[Station], at: Any) -> tuple[list[dict[str, Any]], int, int]:
    """Give every label a place of its own: above or below, as near as there is room."""
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    placed: list[dict[str, Any]] = []
    seen: int | None = None
    for station in stations:
        year = station.on.year != seen or station.strong
        seen = station.on.year
        day = _day_text(station.on, year)
        x = at(station.on)
        width = max(text_width(station.label) * (1.08 if station.strong else 1), text_width(day, 12)) + 12  # fmt: skip
        left = min(max(x - width / 2, 0), WIDE - width)
        sides = (-1, 1) if station.above else (1, -1)
        side, level = next(
            (side, level)
            for level in range(len(stations) + 1)
            for side in sides
            if all(
                left >= b or left + width <= a for a, b in taken.get((side, level), [])
            )
        )
        taken.setdefault((side, level), []).append((left, left + width))
        placed.append(
            {
                "at": x,
                "x": round(left + width / 2, 1),
                "day": day,
                "side": side,
                "level": level,
            }
        )
    up = max((p["level"] + 1 for p in placed if p["side"] < 0), default=0)
    down = max((p["level"] + 1 for p in placed if p["side"] > 0), default=0)
    return placed, up, down


def _node(station: Station, label: dict[str, Any], line: float) -> dict[str, Any]:
    offset = NODE + LABEL * label["level"]
    first = line - offset - 14 if label["side"] < 0 else line + offset + 12
    # A label further off is led to its point by a hair line.
    lead = first + 20 if label["side"] < 0 else first - 13
    above = label["side"] < 0
    return {
        **label,
        "station": station,
        "name_y": first + 15 if above else first,
        "day_y": first if above else first + 15,
        "lead": lead if label["level"] else None,
        "box_x": label["at"] - 3,
        "box_y": line - 3,
    }


def _tick(day: datetime.date, x: float, first: bool) -> dict[str, Any]:
    year = first or day.month == 1
    month = month_text(day.month)
    return {"x": x, "month": month, "year": str(day.year) if year else "", "new": year}


def _branch(branch: Branch, at: Any, line: float, y: float) -> dict[str, Any]:
    x, end = at(branch.since), at(branch.until)
    bend = min(28.0, max(end - x, 0.0))
    path = (
        f"M{x:.1f} {line:.1f}C{x + bend * 0.6:.1f} {line:.1f} {x + bend * 0.2:.1f} "
        f"{y:.1f} {x + bend:.1f} {y:.1f}H{max(end, x + bend):.1f}"
    )
    wide = max(text_width(branch.label), text_width(branch.why, 12)) + 12
    fits = end + wide <= WIDE
    return {
        "branch": branch,
        "path": path,
        "x": end,
        "low": y - 6,
        "high": y + 6,
        "text": end + 8 if fits else end - 8,
        "anchor": "start" if fits else "end",
        "first": y - 2 if fits else y - 7,
        "second": y + 12 if fits else y + 16,
    }


def _parts(story: Story, at: Any) -> list[dict[str, Any]]:
    """Return the line from station to station; dashed from the last one to today."""
    days = [s.on for s in story.stations]
    parts = [{"from": at(days[0]), "to": at(days[-1]), "firm": True}]
    if story.stations[-1].size != "closed" and story.today > days[-1]:
        parts.append({"from": at(days[-1]), "to": at(story.today), "firm": False})
    return parts


def _durations(picture: Drawing, story: Story, at: Any) -> float:
    """Set the durations under the line; a short one gives way downwards."""
    y = picture.bottom + 18
    ends: list[float] = []
    for span in story.spans:
        x1, x2 = at(span["since"]), at(span["until"])
        half = text_width(span["label"]) / 2
        middle = min(max((x1 + x2) / 2, half), WIDE - half)
        row = next((n for n, end in enumerate(ends) if end <= middle - half), len(ends))
        ends[row : row + 1] = [middle + half + 10]
        picture.spans.append(
            {
                **span,
                "x1": x1,
                "x2": x2,
                "y": y,
                "low": y - 5,
                "high": y + 5,
                "middle": middle,
                "text": y + 19 + 16 * row,
            }
        )
    return 18 + 22 + 16 * len(ends) if story.spans else 6.0


def drawn_tall(story: Story) -> Drawing:
    """Return the drawing for a narrow screen: the same scale, downwards."""
    days = [s.on for s in story.stations]
    last = days[-1]
    if story.stations[-1].size != "closed":
        last = max(last, story.today)
    whole = max((last - days[0]).days, 1)
    room = max(STEP * len(days), min(whole / 3, 720.0), 120.0)
    picture = Drawing(NARROW, line=RAIL, top=20.0)

    def at(day: datetime.date) -> float:
        return round(picture.top + room * (day - days[0]).days / whole, 1)

    here = -math.inf
    for station in story.stations:
        y = at(station.on)
        here = max(y, here + STEP * 0.8)
        picture.nodes.append(
            {
                "station": station,
                "y": y,
                "text": here,
                "base": here + 4,
                "tap": here - 17,
                "day": _day_text(station.on, True),
                "moved": here - y > 4,
                "box_x": RAIL - 3,
                "box_y": y - 3,
            }
        )
    picture.parts = [{"from": at(days[0]), "to": at(days[-1]), "firm": True}]
    if last > days[-1]:
        picture.parts.append({"from": at(days[-1]), "to": at(last), "firm": False})
    picture.height = max(here, at(last)) + 24
    return _written(picture)
