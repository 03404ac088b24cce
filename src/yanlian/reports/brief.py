"""The brief of a trip as data: every sentence carries its source, or is not said."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from yanlian.errors import SourceError
from yanlian.tables import Table, split_list
from yanlian.text import N_, Say, clock, say

HEADS = ("history", "market_position", "operation", "strategy")
HEAD_NAMES = {
    "history": N_("History"),
    "market_position": N_("Market position"),
    "operation": N_("Operation"),
    "strategy": N_("Strategy"),
}
QUESTIONS = {
    "history": N_("When was the company founded, and who controls it today?"),
    "market_position": N_("Who are its main customers, and what is its share?"),
    "operation": N_("What were revenue, output and headcount of the last full year?"),
    "strategy": N_("Which capacity is planned in the next three years, and where?"),
}
KIND_NAMES = {
    "fill": N_("fill"),
    "extend": N_("extend"),
    "strengthen": N_("strengthen"),
    "build": N_("build"),
}
SOURCE_KINDS = {
    "official": N_("official or trade body"),
    "press": N_("press"),
    "data_site": N_("data site"),
    "company_site": N_("company site"),
    "repost": N_("repost or other"),
    "own": N_("our own reasoning"),
}
IMPORTANCE = {
    3: N_("cannot do without"),
    2: N_("usual, hard to replace"),
    1: N_("helpful"),
}
# Indicators a region tells of itself, in this order, where its workspace names none.
PITCH = (
    "gdp",
    "exports",
    "industrial_output",
    "resident_population",
    "market_entities",
)
MOST_FACTS = 5
MOST_BUYERS = 5


@dataclass
class Sources:
    """Numbers the sources of a paper in the order in which they are used.

    Attributes
    ----------
    known : mapping of str to (str, str)
        Kind of each address, and the day on which it was checked; results carry the
        address alone.
    """

    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    listed: list[dict[str, str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, row: Mapping[str, Any]) -> int:
        """Return the number of a row's source; 0 for our own reasoning."""
        url = row.get("source_url", "")
        if not url:
            return 0
        if url not in self.numbers:
            kind, checked = self.known.get(url, ("", ""))
            self.numbers[url] = len(self.listed) + 1
            self.listed.append(
                {
                    "url": url,
                    "host": urlsplit(url).netloc or url,
                    "kind": row.get("source_kind", "") or kind,
                    "checked_on": row.get("checked_on", "") or checked,
                }
            )
        return self.numbers[url]


def known_sources(tables: Mapping[str, Table]) -> dict[str, tuple[str, str]]:
    """Return kind and day of checking of every address in the tables."""
    found: dict[str, tuple[str, str]] = {}
    for table in tables.values():
        if not {"source_url", "source_kind", "checked_on"} <= set(table.columns):
            continue
        for url, kind, checked in zip(
            table["source_url"], table["source_kind"], table["checked_on"], strict=True
        ):
            if url and (kind or checked):
                found[url] = (kind, max(checked, found.get(url, ("", ""))[1]))
    return found


@dataclass(frozen=True)
class Brief:
    """A brief, ready to be set in one language or two.

    Attributes
    ----------
    content : dict
        Both languages; a text is ``{"en": …, "zh": …}``, a sentence has ``source``.
    """

    content: dict[str, Any]


def both(text: Say) -> dict[str, str]:
    """Return a text as plain data."""
    return {"en": text.en, "zh": text.zh}


def sentence(text: Say, row: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    """Return a sentence with the number of its source.

    Raises
    ------
    SourceError
        When it has no source and is not our own reasoning.
    """
    number = sources.number(row)
    own = row.get("basis") in {"inferred", "estimated"}
    if not number and not own:
        raise SourceError(
            N_(
                "This sentence has no source and is not marked as inferred: %(text)s Give its "
                "source, or mark it as inferred."
            ),
            text=text,
        )
    return {**both(text), "source": number, "own": own and not number}


def _points(value: float) -> str:
    """Return points with one decimal; a dash where there is no score."""
    return "\u2013" if value != value else f"{value:.1f}"


def value_text(row: Mapping[str, Any]) -> Say:
    """Return the value of an indicator with its unit, in both languages."""
    value, unit = row["value"], row["unit"]
    if value != value:
        return Say(row["value_text"], row["value_text"])
    if unit == "CNY" and abs(value) >= 1e6:
        en = f"CNY {value / 1e9:.4g} bn" if value >= 1e9 else f"CNY {value / 1e6:.4g} m"
        zh = say(N_("%(value)s hundred million yuan"), value=f"{value / 1e8:.5g}").zh
        return Say(en, zh)
    if unit == "share":
        text = f"{100 * value:.4g}%"
        return Say(text, text)
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
    known = {
        "firms": N_("%(value)s firms"),
        "persons": N_("%(value)s persons"),
        "pieces": N_("%(value)s pieces"),
        "km2": N_("%(value)s square kilometres"),
        "km": N_("%(value)s kilometres"),
        "USD": N_("USD %(value)s"),
        "TEU": N_("%(value)s containers (TEU)"),
        "percent": N_("%(value)s percent"),
        "trains": N_("%(value)s trains"),
        "rank": N_("rank %(value)s"),
    }
    if unit in known:
        return say(known[unit], value=number)
    return Say(f"{number} {unit}".strip(), f"{number} {unit}".strip())


def _firm_page(
    firm: Mapping[str, Any],
    sources: Sources,
    index: Mapping[str, Any],
    home: Say,
) -> dict[str, Any]:
    facts = index["facts"].get(firm["firm_id"], [])
    heads, questions = [], []
    for head in HEADS:
        rows = [row for row in facts if row["head"] == head]
        rows.sort(key=lambda r: (r["date"] or "0", r["fact_id"]), reverse=True)
        said: list[dict[str, Any]] = []
        seen: set[str] = set()
        for row in rows:
            if row["text_en"] in seen or len(said) >= MOST_FACTS:
                continue
            seen.add(row["text_en"])
            text = Say(row["text_en"], row["text_zh"])
            said.append(sentence(text, row, sources))
        if not said:
            questions.append(both(say(QUESTIONS[head])))
        heads.append({"name": both(say(HEAD_NAMES[head])), "facts": said})
    if firm["employees"] != firm["employees"]:
        questions.append(both(say(N_("How many people work there, and where?"))))
    if not firm["credit_code"]:
        questions.append(both(say(N_("What is its unified social credit code?"))))
    courting = [
        {
            "date": row["date"] or "\u2013",
            "who": both(Say(row["suitor_en"], row["suitor_zh"] or row["suitor_en"])),
            "what": sentence(Say(row["text_en"], row["text_zh"]), row, sources),
        }
        for row in index["courting"].get(firm["firm_id"], [])
    ]
    targets = index["targets"].get(firm["firm_id"], [])
    gaps = [_gap_of(row, index) for row in targets[:2]]
    return {
        "name": both(
            Say(firm["name_en"] or firm["name_zh"], firm["name_zh"] or firm["name_en"])
        ),
        "other": both(Say(firm["name_zh"], firm["name_en"])),
        "city": both(Say(firm["city_en"], firm["city_zh"] or firm["city_en"])),
        "heads": heads,
        "questions": questions[:5],
        "courting": courting[:4],
        "gaps": gaps,
        "aims": _aims(targets[0]["segment_id"], index, home) if targets else [],
        "buyers": _buyers(targets[0]["segment_id"], index) if targets else [],
        "supply": _supply(targets[0]["segment_id"], index) if targets else [],
    }


def _squares(segment: str, index: Mapping[str, Any]) -> int:
    """Return the strength of a segment here as squares, 1 to 5; 0 without data."""
    value = index["strengths"].get(segment, {}).get("strength", float("nan"))
    return 0 if value != value else max(1, min(5, int(value * 5) + 1))


def _segment_name(segment: str, index: Mapping[str, Any]) -> Say:
    row = index["segments"][segment]
    return Say(row["name_en"], row["name_zh"])


def _aims(segment: str, index: Mapping[str, Any], home: Say) -> list[dict[str, str]]:
    """Return what to bring back: what would be made here, what bought here."""
    made = [
        _segment_name(row["supplier_id"], index)
        for row in index["supplies"].get(segment, [])
        if _squares(row["supplier_id"], index) >= 4
    ]
    aims = [
        say(
            N_(
                "Which part of %(segment)s could be made in %(home)s, from when, and how much?"
            ),
            segment=_segment_name(segment, index),
            home=home,
        )
    ]
    if made:
        aims.append(
            say(
                N_("Which of these would it buy in %(home)s: %(parts)s?"),
                home=home,
                parts=Say(
                    ", ".join(n.en for n in made[:4]),
                    "\u3001".join(n.zh for n in made[:4]),
                ),
            )
        )
    return [both(aim) for aim in aims]


def _buyers(segment: str, index: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the segments made here that use it, with local companies placed there."""
    rows: list[dict[str, Any]] = []
    for row in index["buyers"].get(segment, []):
        squares = _squares(row["buyer_id"], index)
        if squares < 3:
            continue
        firms = [
            _firm_name(index["firms"][p["firm_id"]])
            for p in index["local"].get(row["buyer_id"], [])
        ]
        rows.append(
            {
                "name": both(_segment_name(row["buyer_id"], index)),
                "level": int(row["importance"]),
                "importance": both(say(IMPORTANCE[int(row["importance"])])),
                "squares": squares,
                "firms": both(
                    Say(
                        ", ".join(n.en for n in firms[:3]),
                        "\u3001".join(n.zh for n in firms[:3]),
                    )
                ),
            }
        )
    rows.sort(key=lambda r: (-r["level"], -r["squares"], r["name"]["en"]))
    return rows[:MOST_BUYERS]


def _gap_of(target: Mapping[str, Any], index: Mapping[str, Any]) -> dict[str, Any]:
    gap = index["gaps"][target["gap_id"]]
    segment = index["segments"][gap["segment_id"]]
    scores = {
        name: None if target[name] != target[name] else round(target[name])
        for name in ("fit", "likelihood", "reach")
    }
    return {
        "kind": both(say(KIND_NAMES[gap["kind"]])),
        "name": both(Say(segment["name_en"], segment["name_zh"])),
        "reason": both(Say(gap["reason_en"], gap["reason_zh"])),
        "score": round(gap["score"], 1),
        "scores": scores,
        "missing": both(Say(target["missing_en"], target["missing_zh"])),
    }


def _supply(segment: str, index: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parts our region could supply to a company of a segment."""
    rows: list[dict[str, Any]] = []
    for row in index["supplies"].get(segment, []):
        squares = _squares(row["supplier_id"], index)
        rows.append(
            {
                "name": both(_segment_name(row["supplier_id"], index)),
                "importance": both(say(IMPORTANCE[int(row["importance"])])),
                "level": int(row["importance"]),
                "squares": squares,
                "sourced": bool(row["source_url"]),
            }
        )
    rows.sort(key=lambda r: (-r["squares"], -r["level"], r["name"]["en"]))
    return rows[:6]


def _index(tables: Mapping[str, Table], region: str) -> dict[str, Any]:
    def group(name: str, key: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in tables[name].rows() if name in tables else ():
            found.setdefault(row[key], []).append(row)
        return found

    def single(name: str, key: str) -> dict[str, dict[str, Any]]:
        return {row[key]: row for row in tables[name].rows()} if name in tables else {}

    return {
        "facts": group("facts", "firm_id"),
        "courting": group("courting", "firm_id"),
        "targets": group("targets", "firm_id"),
        "contributions": group("gap_contributions", "gap_id"),
        "supplies": group("supplies", "buyer_id"),
        "buyers": group("supplies", "supplier_id"),
        "local": _local(tables, region),
        "gaps": single("gaps", "gap_id"),
        "segments": single("segments", "segment_id"),
        "strengths": single("strengths", "segment_id"),
        "firms": single("firms", "firm_id"),
        "regions": single("regions", "region_id"),
    }


def _local(tables: Mapping[str, Table], region: str) -> dict[str, list[dict[str, Any]]]:
    """Return the placements of local companies by segment, the surest first."""
    if "placements" not in tables or "firms" not in tables:
        return {}
    firms = tables["firms"]
    here = set(
        firms["firm_id"][(firms["region_id"] == region) & (firms["status"] == "active")]
    )
    found: dict[str, list[dict[str, Any]]] = {}
    rows = tables["placements"].rows()
    for row in sorted(rows, key=lambda r: (-r["confidence"], r["firm_id"])):
        if row["firm_id"] in here:
            found.setdefault(row["segment_id"], []).append(row)
    return found


def _pitch(
    tables: Mapping[str, Table], region: str, sources: Sources, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    """Return facts of our region, the latest of each indicator, with year and source."""
    latest: dict[str, dict[str, Any]] = {}
    for row in tables["indicators"].rows() if "indicators" in tables else ():
        if row["region_id"] != region or row["value"] != row["value"]:
            continue
        if row["year"] != row["year"] or row["indicator"] not in wanted:
            continue
        known = latest.get(row["indicator"])
        if known is None or row["year"] > known["year"]:
            latest[row["indicator"]] = row
    chosen = []
    for name in wanted:
        if name not in latest:
            continue
        row = latest[name]
        value = value_text(row)
        text = say(
            N_("%(name)s: %(value)s (%(year)s)."),
            name=Say(row["name_en"], row["name_zh"] or row["name_en"]),
            value=value,
            year=int(row["year"]),
        )
        chosen.append(sentence(text, row, sources))
    return chosen


def compose(
    tables: Mapping[str, Table],
    manifests: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any] | None = None,
) -> Brief:
    """Compose the brief of a trip from inputs and results.

    Parameters
    ----------
    tables : mapping of str to Table
        Input tables and the results of gaps, targets and trip.
    manifests : mapping of str to mapping
        Manifests of the runs: identifiers, seed, time, notes and summary.
    settings : mapping, optional
        Names of the workspace.

    Returns
    -------
    Brief

    Raises
    ------
    SourceError
        When a sentence has neither a source nor the mark of an inference.
    """
    settings = settings or {}
    sources = Sources(known_sources(tables))
    trip = manifests["trip"]
    region = str(trip["params"].get("region", ""))
    index = _index(tables, region)
    home = index["regions"].get(region, {})
    goal = index["regions"].get(str(trip["summary"].get("destination", "")), {})
    home_name = Say(home.get("name_en", region), home.get("name_zh", region))
    goal_name = Say(goal.get("name_en", ""), goal.get("name_zh", ""))
    stops = tables["stops"].rows()
    visits = [row for row in stops if row["kind"] == "visit"]
    dates = list(dict.fromkeys(row["date"] for row in stops))
    gap_ids = list(
        dict.fromkeys(split_list(v["gap_ids"])[0] for v in visits if v["gap_ids"])
    )
    gaps = []
    for gap_id in gap_ids:
        gap = index["gaps"][gap_id]
        segment = index["segments"][gap["segment_id"]]
        parts = []
        for row in index["contributions"].get(gap_id, []):
            if abs(row["value"]) < 0.05:
                continue
            parts.append(
                {
                    **sentence(Say(row["text_en"], row["text_zh"]), row, sources),
                    "value": round(row["value"], 1),
                }
            )
        gaps.append(
            {
                "kind": both(say(KIND_NAMES[gap["kind"]])),
                "name": both(Say(segment["name_en"], segment["name_zh"])),
                "rank": int(gap["rank"]),
                "score": round(gap["score"], 1),
                "stable": round(100 * gap["top_share"]),
                "parts": parts,
            }
        )
    days = []
    for day in tables["trip_days"].rows():
        blocks = [
            {
                "kind": row["kind"],
                "time": f"{clock(row['start_min'])}\u2013{clock(row['end_min'])}",
                "text": both(Say(row["text_en"], row["text_zh"])),
                "km": None
                if row["distance_km"] != row["distance_km"]
                else row["distance_km"],
                "value": None
                if row["value"] != row["value"]
                else round(row["value"], 1),
            }
            for row in stops
            if row["day"] == day["day"] and row["kind"] != "wait"
        ]
        days.append(
            {
                "number": int(day["day"]),
                "date": both(_date(day["date"])),
                "visits": int(day["visits"]),
                "travel_min": int(day["travel_min"]),
                "blocks": blocks,
            }
        )
    pages = [
        {
            **_firm_page(index["firms"][visit["firm_id"]], sources, index, home_name),
            "number": number,
            "stop": both(say(N_("Stop %(number)s"), number=number)),
            "when": both(_date(visit["date"])),
            "time": f"{clock(visit['start_min'])}\u2013{clock(visit['end_min'])}",
        }
        for number, visit in enumerate(visits, start=1)
    ]
    left = [
        {
            "name": both(_firm_name(index["firms"].get(row["firm_id"], {}))),
            "value": _points(row["value"]),
            "reason": both(Say(row["reason_en"], row["reason_zh"])),
        }
        for row in tables["left_out"].rows()[:8]
    ]
    summary = trip["summary"]
    content = {
        "title": both(
            say(N_("Visit of %(home)s to %(goal)s"), home=home_name, goal=goal_name)
        ),
        "home": both(home_name),
        "dates": both(_date_range(dates)),
        "label": both(say(N_("Internal"))),
        "paper": both(say(N_("Brief for the delegation"))),
        "as_of": str(settings.get("as_of") or str(trip["time"])[:10]),
        "runs": [str(m["id"]) for m in manifests.values()],
        "seed": int(trip["seed"]),
        "summary": {
            "value": round(float(summary["value"]), 1),
            "bound": round(float(summary["upper_bound"]), 1),
            "visits": int(summary["visits"]),
        },
        "gaps": gaps,
        "days": days,
        "firms": pages,
        "left": left,
        "pitch": _pitch(tables, region, sources, settings.get("pitch") or PITCH),
        "notes": [
            {"en": n["en"], "zh": n["zh"]}
            for m in manifests.values()
            for n in m["notes"]
        ],
        "words": {key: both(say(text)) for key, text in _WORDS.items()},
    }
    content["sources"] = [
        {**row, "kind": both(say(SOURCE_KINDS.get(row["kind"], N_("repost or other"))))}
        for row in sources.listed
    ]
    return Brief(content)


def _firm_name(firm: Mapping[str, Any]) -> Say:
    en, zh = firm.get("name_en", ""), firm.get("name_zh", "")
    return Say(en or zh, zh or en)


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _date(text: str) -> Say:
    """Return a date as each language writes it.

    Examples
    --------
    >>> _date("2026-12-07").en
    'Mon 7 December 2026'
    """
    day = datetime.date.fromisoformat(text)
    en = f"{day:%a} {day.day} {_MONTHS[day.month - 1]} {day.year}"
    week = say(_WEEKDAYS[day.weekday()]).zh
    zh = say(
        N_("%(year)s-%(month)s-%(day)s"), year=day.year, month=day.month, day=day.day
    ).zh
    return Say(en, f"{zh} {week}")


_WEEKDAYS = (
    N_("Mon"),
    N_("Tue"),
    N_("Wed"),
    N_("Thu"),
    N_("Fri"),
    N_("Sat"),
    N_("Sun"),
)


def _date_range(dates: list[str]) -> Say:
    first, last = _date(dates[0]), _date(dates[-1])
    if len(dates) == 1:
        return first
    return Say(f"{first.en} \u2013 {last.en}", f"{first.zh} \u2013 {last.zh}")


_WORDS = {
    "why": N_("Why these gaps"),
    "timetable": N_("Timetable"),
    "left": N_("Left out, and why"),
    "courting": N_("Who else courts it"),
    "nobody": N_("No other suitor on file; this is not proof of none."),
    "supply": N_("What we can supply"),
    "supply_note": N_(
        "Parts it uses and how strong they are here; empty squares: no data."
    ),
    "ask": N_("Questions to ask"),
    "unknown": N_("Nothing on file; see the questions."),
    "pitch": N_("What our city can say of itself"),
    "sources": N_("Sources"),
    "notes": N_("Notes on the figures"),
    "part": N_("Part"),
    "importance": N_("Importance"),
    "strength": N_("Strength here"),
    "basis": N_("Basis"),
    "sourced": N_("sourced"),
    "inferred": N_("our own reasoning"),
    "why_meet": N_("Why we meet"),
    "fit": N_("Fit"),
    "likelihood": N_("Likelihood"),
    "reach": N_("Reach"),
    "score": N_("Score"),
    "rank": N_("Rank"),
    "stable": N_("In the top ten of random weightings"),
    "value": N_("Value"),
    "bound": N_("upper bound"),
    "visits": N_("visits"),
    "as_of": N_("Data as of"),
    "own": N_("inferred"),
    "company": N_("Company"),
    "reason": N_("Reason"),
    "page": N_("Page"),
    "aims": N_("What to bring back"),
    "buyers": N_("Who would buy it here"),
    "makers": N_("Local companies"),
    "checked": N_("checked"),
    "cannot": N_("cannot be scored"),
}
