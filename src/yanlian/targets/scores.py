"""The three scores of a target, each the exact sum of named contributions."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yanlian.tables import Table, split_list
from yanlian.targets import measures
from yanlian.text import N_, Say, say

Part = dict[str, Any]
_PROJECT_POINTS = {
    "groundbreaking": 26.0,
    "production": 22.0,
    "signing": 20.0,
    "agreement": 16.0,
}
# An office should not need a rule for a date that nobody gave: it counts half.
_UNDATED = 0.5


@dataclass(frozen=True)
class Sign:
    """Words in either language that tell something about a company.

    Attributes
    ----------
    kind : str
        ``title``, ``loss`` or ``expansion``.
    name : str
    points : float
        What the sign is worth.
    pattern : re.Pattern
        Its words, English and Chinese.
    """

    kind: str
    name: str
    points: float
    pattern: re.Pattern[str]


@functools.cache
def signs() -> tuple[Sign, ...]:
    """Return the signs of ``signs.csv``, the most telling of each kind first."""
    path = Path(__file__).parent / "signs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Sign(
                row["kind"],
                row["name"],
                float(row["points"]),
                re.compile(f"{row['pattern_en']}|{row['pattern_zh']}", re.IGNORECASE),
            )
            for row in csv.DictReader(file)
        )


def read_sign(kind: str, *texts: str) -> Sign | None:
    """Return the most telling sign of a kind that stands in the texts, or None.

    Examples
    --------
    >>> read_sign("title", "listed (Shenzhen); provincial SRDI (2022)").name
    'srdi'
    """
    text = " ".join(texts)
    found = [s for s in signs() if s.kind == kind and s.pattern.search(text)]
    return max(found, key=lambda sign: abs(sign.points), default=None)


class Sheet:
    """The rows about each firm, gathered once."""

    def __init__(self, tables: Mapping[str, Table], home: set[str], as_of: str) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.courting: dict[str, list[dict[str, Any]]] = {}
        self.facts: dict[str, list[dict[str, Any]]] = {}
        if "events" in tables:
            for row in tables["events"].rows():
                for firm in split_list(row["firm_ids"]):
                    self.events.setdefault(firm, []).append(row)
        if "courting" in tables:
            for row in tables["courting"].rows():
                if row["firm_id"]:
                    self.courting.setdefault(row["firm_id"], []).append(row)
        if "facts" in tables:
            for row in tables["facts"].rows():
                self.facts.setdefault(row["firm_id"], []).append(row)
        self.home = home
        self.as_of = as_of or self._latest()

    def _latest(self) -> str:
        """Return the latest date on file; without any, nothing grows old."""
        dates = [
            row["date"]
            for group in (self.events, self.courting, self.facts)
            for rows in group.values()
            for row in rows
        ]
        return max(dates, default="")

    def freshness(self, date: str) -> float:
        """Return how much a sign of that date still counts, 0 to 1."""
        if not date or not self.as_of:
            return _UNDATED
        return measures.recency(_years(self.as_of) - _years(date))


def _years(date: str) -> float:
    """Return a date as years; a year alone is its middle."""
    year, month, day = (*(int(part) for part in date.split("-")), 0, 0)[:3]
    return year + ((month or 6.5) - 1) / 12 + ((day or 15) - 1) / 365


def part(
    score: str,
    name: str,
    value: float,
    text: Say,
    row: Mapping[str, Any] | None = None,
    basis: str = "inferred",
) -> Part:
    """Return one contribution with its sentence and source."""
    source = row or {}
    return {
        "score": score,
        "name": name,
        "value": round(value, 3),
        "text_en": text.en,
        "text_zh": text.zh,
        "basis": source.get("basis") or basis,
        "source_url": source.get("source_url", ""),
        "date": source.get("date", "") or source.get("checked_on", ""),
    }


def bounded(parts: list[Part], score: str) -> list[Part]:
    """Return the parts with one more that keeps their sum between 0 and 100."""
    total = sum(item["value"] for item in parts)
    over = max(total - 100, 0) + min(total, 0)
    if over:
        text = say(N_("Limited to the range from 0 to 100."))
        parts.append(part(score, "limit", -over, text))
    return parts


def _listed(names: list[Say], most: int) -> Say:
    shown = names[:most]
    return Say(", ".join(n.en for n in shown), "\u3001".join(n.zh for n in shown))


def _both(row: Mapping[str, Any], stem: str) -> Say:
    en, zh = row[f"{stem}_en"], row[f"{stem}_zh"]
    return Say(en or zh, zh or en)


def fit_parts(
    firm: Mapping[str, Any],
    placement: Mapping[str, Any],
    near: list[Say],
) -> list[Part]:
    """Return how well a firm fits a gap.

    Parameters
    ----------
    firm, placement : mapping
        Rows of these tables.
    near : list of Say
        Segments beside the gap's own that the firm is placed on too.
    """
    text = say(
        N_("Its description places it on this segment: %(words)s."),
        words=placement["words"] or "\u2013",
    )
    parts = [part("fit", "placement", 62 * placement["confidence"], text, firm)]
    if placement["rank"] == 1:
        text = say(N_("It is the first trade of the company."))
        parts.append(part("fit", "first_trade", 14, text, firm))
    if near:
        text = say(
            N_("It also makes what stands beside it on the chain: %(names)s."),
            names=_listed(near, 3),
        )
        parts.append(part("fit", "neighbours", min(4.0 * len(near), 10.0), text, firm))
    revenue = firm["revenue_cny"]
    if revenue > 0:
        value = float(np.clip(3 * (np.log10(revenue) - 7), 0, 8))
        year = firm["revenue_year"]
        text = say(
            N_("Revenue of CNY %(amount)s m%(year)s shows it can carry a plant."),
            amount=f"{revenue / 1e6:,.0f}",
            year="" if year != year else f" ({year:.0f})",
        )
        parts.append(part("fit", "size", value, text, firm))
    title = read_sign("title", firm["recognitions_en"], firm["recognitions_zh"])
    if title:
        text = say(N_("Titles: %(titles)s."), titles=_both(firm, "recognitions"))
        parts.append(part("fit", "titles", title.points / 2.5, text, firm))
    return bounded(parts, "fit")


def likelihood_parts(firm: Mapping[str, Any], sheet: Sheet) -> list[Part]:
    """Return the signs that a firm moves; none means that it cannot be scored.

    A sign of four years ago counts half of one of today, see
    :func:`yanlian.targets.measures.recency`.
    """
    key = firm["firm_id"]
    parts = [
        *_projects(sheet.events.get(key, []), sheet),
        *_courted(sheet.courting.get(key, []), sheet),
        *_facts(sheet.facts.get(key, []), sheet),
    ]
    title = read_sign("title", firm["recognitions_en"], firm["recognitions_zh"])
    if title:
        text = say(N_("Titles: %(titles)s."), titles=_both(firm, "recognitions"))
        parts.append(part("likelihood", "titles", title.points, text, firm))
    # A loss alone is no sign that a firm moves, nor that it stays.
    if not [item for item in parts if item["name"] != "losses"]:
        return []
    if firm["status"] == "distressed":
        text = say(N_("The company is in distress."))
        parts.append(part("likelihood", "distress", -30, text, firm))
    # Some sign is on file: the sum starts from a base that no sign would not give.
    text = say(N_("Starting value where any sign is on file."))
    parts.insert(0, part("likelihood", "base", 30, text))
    return bounded(parts, "likelihood")


def _projects(rows: list[dict[str, Any]], sheet: Sheet) -> list[Part]:
    projects = [row for row in rows if row["kind"] in _PROJECT_POINTS]
    projects.sort(key=lambda row: (row["date"], row["event_id"]), reverse=True)
    made = []
    for number, row in enumerate(projects[:3]):
        text = say(
            N_("Project on file: %(title)s (%(date)s)."),
            title=_both(row, "title"),
            date=row["date"] or "\u2013",
        )
        value = _PROJECT_POINTS[row["kind"]] * 0.6**number
        value *= sheet.freshness(row["date"])
        made.append(part("likelihood", f"project_{number + 1}", value, text, row))
    return made


def _courted(rows: list[dict[str, Any]], sheet: Sheet) -> list[Part]:
    rivals = [row for row in rows if row["suitor_region_id"] not in sheet.home]
    if not rivals:
        return []
    row = max(rivals, key=lambda r: (r["date"], r["courting_id"]))
    text = say(
        N_("It is being courted: %(suitor)s, %(date)s."),
        suitor=_both(row, "suitor"),
        date=row["date"] or "\u2013",
    )
    value = min(6.0 + 3.0 * len(rivals), 12.0) * sheet.freshness(row["date"])
    return [part("likelihood", "courted", value, text, row)]


def _facts(rows: list[dict[str, Any]], sheet: Sheet) -> list[Part]:
    """Return growth, plans and losses that the facts tell of."""
    made = []
    revenue = [
        row for row in rows if row["field"] == "revenue_cny" and row["value"] > 0
    ]
    growth = measures.growth_share(
        np.array([row["year"] for row in revenue], float),
        np.array([row["value"] for row in revenue], float),
    )
    if growth == growth:
        latest = max(revenue, key=lambda row: (row["year"], row["fact_id"]))
        text = say(
            N_("Revenue changed by %(share)s %% a year over the years on file."),
            share=f"{100 * growth:+.1f}".replace("-", "\u2212"),
        )
        value = float(np.clip(60 * growth, -22, 22))
        value *= sheet.freshness(latest["date"])
        made.append(part("likelihood", "growth", value, text, latest))
    for kind, name, message in (
        ("expansion", "capacity", N_("Capacity or plans on file: %(text)s")),
        ("loss", "losses", N_("Losses or decline on file: %(text)s")),
    ):
        told = [
            (row, sign)
            for row in rows
            if (sign := read_sign(kind, row["text_en"], row["text_zh"]))
        ]
        if told:
            row, sign = max(
                told, key=lambda pair: (pair[0]["date"], pair[0]["fact_id"])
            )
            value = sign.points * sheet.freshness(row["date"])
            text = say(message, text=_both(row, "text"))
            made.append(part("likelihood", name, value, text, row))
    return made


def reach_parts(
    firm: Mapping[str, Any],
    sheet: Sheet,
    duration_min: float,
    beside: int,
    beside_km: float,
    introducers: list[Say],
) -> list[Part]:
    """Return how well a firm can be reached; nothing without its coordinates.

    Parameters
    ----------
    firm : mapping
        Row of the firm.
    sheet : Sheet
    duration_min : float, min
        Way from the home region; ``nan`` when it is unknown.
    beside : int
        Other targets within ``beside_km`` of it.
    beside_km : float, km
    introducers : list of Say
        Local firms that buy from, or supply, its segment.
    """
    if duration_min != duration_min:
        return []
    text = say(
        N_("About %(minutes)s minutes from door to door by the distance model."),
        minutes=f"{duration_min:.0f}",
    )
    value = float(np.clip(63 - 0.12 * max(duration_min - 30, 0), 8, 63))
    parts = [part("reach", "travel", value, text, firm, "estimated")]
    if beside:
        text = say(
            N_(
                "Other targets within %(km)s km of it, so that one trip reaches them: "
                "%(count)s."
            ),
            km=f"{beside_km:.0f}",
            count=beside,
        )
        parts.append(
            part("reach", "along", min(1.5 * beside, 12.0), text, None, "estimated")
        )
    key = firm["firm_id"]
    ours = [r for r in sheet.events.get(key, []) if r["region_id"] in sheet.home]
    ours += [
        r for r in sheet.courting.get(key, []) if r["suitor_region_id"] in sheet.home
    ]
    if ours:
        row = max(ours, key=lambda r: r["date"])
        text = say(
            N_("We have met: %(title)s (%(date)s)."),
            title=_both(row, "title" if "title_en" in row else "text"),
            date=row["date"] or "\u2013",
        )
        parts.append(part("reach", "met", 18, text, row))
    if introducers:
        text = say(
            N_(
                "Local companies that would buy from it or supply it could introduce "
                "us: %(names)s."
            ),
            names=_listed(introducers, len(introducers)),
        )
        parts.append(part("reach", "introduction", 7, text))
    return bounded(parts, "reach")
