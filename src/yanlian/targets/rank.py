"""Ranking outside companies for the gaps of a chain.

Three scores stand side by side and are never mixed into one:

* *fit* – how surely the company makes what the gap needs: its placement on the segment,
  whether that is its first trade, neighbouring inputs it also makes, its size, titles;
* *likelihood* – signs that it moves: projects and expansion on file, growth, being
  courted, titles; losses and distress count against it. Without any sign it cannot be
  scored: registry data are not an intention to invest;
* *reach* – travel time from the home region, past contacts with us, who can introduce.

Each is the exact sum of named contributions with their sources. The value of a visit
multiplies the gap's score, the fit and the readiness; a part that cannot be scored
counts as the middle, and the row says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanlian.geo import TravelModel, haversine_km
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table, split_list
from yanlian.targets import measures
from yanlian.text import N_, Say, say


@dataclass(frozen=True)
class TargetParams(Params):
    """Parameters of the ranking."""

    region: str = param(
        "",
        label=N_("Home region"),
        help=N_("Companies in it are not targets; travel starts there."),
        kind="region",
    )
    gaps: tuple[str, ...] = param(
        (),
        label=N_("Gaps"),
        help=N_("Identifiers of gaps; the best scored ones when empty."),
        kind="gaps",
    )
    top_gaps: int = param(
        60,
        label=N_("Gaps looked at"),
        help=N_("Number of best gaps when none are named."),
        low=1,
        high=1000,
    )
    min_confidence: float = param(
        0.35,
        label=N_("Least confidence of placement"),
        unit="share",
        low=0,
        high=1,
    )
    size: int = param(20, label=N_("Length of the short list"), low=1, high=500)
    keep: float = param(
        0.6,
        label=N_("Value of the next company for the same gap"),
        help=N_("0 lists one company per gap, 1 ignores coverage."),
        unit="share",
        low=0,
        high=1,
    )


_SIGNS = {
    "groundbreaking": 26.0,
    "production": 22.0,
    "signing": 20.0,
    "agreement": 16.0,
    "visit": 6.0,
    "meeting": 4.0,
    "other": 4.0,
}
_TITLES = (
    (re.compile("little giant", re.I), 14.0),
    (re.compile("hidden champion|SRDI", re.I), 11.0),
    (re.compile("unicorn|gazelle", re.I), 12.0),
    (re.compile("listed", re.I), 9.0),
    (
        re.compile(
            "high-tech|technology centre|smart factory|smart manufacturing", re.I
        ),
        6.0,
    ),
)
_LOSS = re.compile(r"\bnet loss\b|\bdown \d|\bhalted\b|\bbankrupt", re.I)
_EXPANSION = re.compile(
    r"\bnew (?:plant|plants|base|cell plant)\b|\bexpansion\b|\bplanned\b|\bphase\b"
    r"|\bproject\b|\bbase in\b|\bplant in\b|\bplant over\b",
    re.I,
)


class _Sheet:
    """The rows about each firm, gathered once."""

    def __init__(self, tables: Mapping[str, Table], home: set[str]) -> None:
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


def _part(
    score: str,
    name: str,
    value: float,
    text: Say,
    row: Mapping[str, Any] | None = None,
    basis: str = "inferred",
) -> dict[str, Any]:
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


def _title(row: Mapping[str, Any]) -> Say:
    return Say(row["title_en"], row["title_zh"] or row["title_en"])


def _fit(
    firm: Mapping[str, Any],
    placement: Mapping[str, Any],
    near: list[str],
    names: Mapping[str, Say],
) -> list[dict[str, Any]]:
    parts = [
        _part(
            "fit",
            "placement",
            62 * placement["confidence"],
            say(
                N_("Its description places it on this segment: %(words)s."),
                words=placement["words"] or "\u2013",
            ),
            firm,
        )
    ]
    if placement["rank"] == 1:
        text = say(N_("It is the first trade of the company."))
        parts.append(_part("fit", "first_trade", 14, text, firm))
    if near:
        text = say(
            N_("It also makes what stands beside it on the chain: %(names)s."),
            names=Say(
                ", ".join(names[n].en for n in near[:3]),
                "\u3001".join(names[n].zh for n in near[:3]),
            ),
        )
        parts.append(_part("fit", "neighbours", min(4.0 * len(near), 10.0), text, firm))
    revenue = firm["revenue_cny"]
    if revenue == revenue:
        value = float(np.clip(3 * (np.log10(revenue) - 7), 0, 8))
        text = say(
            N_("Revenue of CNY %(amount)s m%(year)s shows it can carry a plant."),
            amount=f"{revenue / 1e6:,.0f}",
            year="" if firm["revenue_year"] != firm["revenue_year"]
            else f" ({firm['revenue_year']:.0f})",
        )  # fmt: skip
        parts.append(_part("fit", "size", value, text, firm))
    best = max(
        (v for p, v in _TITLES if p.search(firm["recognitions_en"])), default=0.0
    )
    if best:
        text = say(
            N_("Titles: %(titles)s."),
            titles=Say(
                firm["recognitions_en"],
                firm["recognitions_zh"] or firm["recognitions_en"],
            ),
        )
        parts.append(_part("fit", "titles", best / 2.5, text, firm))
    return parts


def _likelihood(firm: Mapping[str, Any], sheet: _Sheet) -> list[dict[str, Any]]:
    """Return the signs that a firm moves; none means that it cannot be scored."""
    parts: list[dict[str, Any]] = []
    key = firm["firm_id"]
    events = [
        row
        for row in sheet.events.get(key, [])
        if row["kind"] in {"groundbreaking", "production", "signing", "agreement"}
    ]
    events.sort(key=lambda row: (row["date"], row["event_id"]), reverse=True)
    for number, row in enumerate(events[:3]):
        text = say(
            N_("Project on file: %(title)s (%(date)s)."),
            title=_title(row),
            date=row["date"] or "\u2013",
        )
        value = _SIGNS[row["kind"]] * 0.6**number
        parts.append(_part("likelihood", f"project_{number + 1}", value, text, row))
    courted = sorted(
        (
            r
            for r in sheet.courting.get(key, [])
            if r["suitor_region_id"] not in sheet.home
        ),
        key=lambda row: (row["date"], row["courting_id"]),
        reverse=True,
    )
    if courted:
        row = courted[0]
        text = say(
            N_("It is being courted: %(suitor)s, %(date)s."),
            suitor=Say(row["suitor_en"], row["suitor_zh"] or row["suitor_en"]),
            date=row["date"] or "\u2013",
        )
        value = min(6.0 + 3.0 * len(courted), 12.0)
        parts.append(_part("likelihood", "courted", value, text, row))
    facts = sheet.facts.get(key, [])
    revenue = [
        r for r in facts if r["field"] == "revenue_cny" and r["value"] == r["value"]
    ]
    growth = measures.growth_share(
        np.array([r["year"] for r in revenue], float),
        np.array([r["value"] for r in revenue], float),
    )
    if growth == growth:
        latest = max(revenue, key=lambda row: (row["year"], row["fact_id"]))
        text = say(
            N_("Revenue changed by %(share)s %% a year over the years on file."),
            share=f"{100 * growth:+.1f}".replace("-", "\u2212"),
        )
        value = float(np.clip(60 * growth, -22, 22))
        parts.append(_part("likelihood", "growth", value, text, latest))
    wording = [r for r in facts if _EXPANSION.search(r["text_en"])]
    if wording:
        row = wording[0]
        text = say(
            N_("Capacity or plans on file: %(text)s"),
            text=Say(row["text_en"], row["text_zh"]),
        )
        parts.append(_part("likelihood", "capacity", 14, text, row))
    loss = [r for r in facts if _LOSS.search(r["text_en"])]
    if loss and parts:
        row = max(loss, key=lambda r: (r["date"], r["fact_id"]))
        text = say(
            N_("Losses or decline on file: %(text)s"),
            text=Say(row["text_en"], row["text_zh"]),
        )
        parts.append(_part("likelihood", "losses", -14, text, row))
    best = max(
        (v for p, v in _TITLES if p.search(firm["recognitions_en"])), default=0.0
    )
    if best:
        text = say(
            N_("Titles: %(titles)s."),
            titles=Say(
                firm["recognitions_en"],
                firm["recognitions_zh"] or firm["recognitions_en"],
            ),
        )
        parts.append(_part("likelihood", "titles", best, text, firm))
    if not parts:
        return []
    if firm["status"] == "distressed":
        text = say(N_("The company is in distress."))
        parts.append(_part("likelihood", "distress", -30, text, firm))
    # Some sign is on file: the sum starts from a base that no sign would not give.
    text = say(N_("Starting value where any sign is on file."))
    parts.insert(0, _part("likelihood", "base", 30, text))
    return _bounded(parts, "likelihood")


def _bounded(parts: list[dict[str, Any]], score: str) -> list[dict[str, Any]]:
    """Return the parts with one more that keeps their sum between 0 and 100."""
    total = sum(part["value"] for part in parts)
    over = max(total - 100, 0) + min(total, 0)
    if over:
        text = say(N_("Limited to the range from 0 to 100."))
        parts.append(_part(score, "limit", -over, text))
    return parts


def _reach(
    firm: Mapping[str, Any],
    sheet: _Sheet,
    minutes: float,
    introducers: list[Say],
) -> list[dict[str, Any]]:
    if minutes != minutes:
        return []
    text = say(
        N_("About %(minutes)s minutes from door to door by the distance model."),
        minutes=f"{minutes:.0f}",
    )
    value = float(np.clip(75 - 0.14 * max(minutes - 30, 0), 10, 75))
    parts = [_part("reach", "travel", value, text, firm, "estimated")]
    ours = [
        row
        for row in sheet.events.get(firm["firm_id"], [])
        if row["region_id"] in sheet.home
    ] + [
        row
        for row in sheet.courting.get(firm["firm_id"], [])
        if row["suitor_region_id"] in sheet.home
    ]
    if ours:
        row = max(ours, key=lambda r: r["date"])
        title = (
            _title(row) if "title_en" in row else Say(row["text_en"], row["text_zh"])
        )
        text = say(
            N_("We have met: %(title)s (%(date)s)."),
            title=title,
            date=row["date"] or "\u2013",
        )
        parts.append(_part("reach", "met", 18, text, row))
    if introducers:
        text = say(
            N_("Local companies of the same trade could introduce us: %(names)s."),
            names=Say(
                ", ".join(n.en for n in introducers[:2]),
                "\u3001".join(n.zh for n in introducers[:2]),
            ),
        )
        parts.append(_part("reach", "introduction", 7, text))
    return _bounded(parts, "reach")


def _inside(regions: Table | None, region: str) -> set[str]:
    found = {region}
    if regions is None:
        return found
    pairs = list(zip(regions["region_id"], regions["parent_id"], strict=True))
    while True:
        more = {child for child, parent in pairs if parent in found} - found
        if not more:
            return found
        found |= more


def _home_place(tables: Mapping[str, Table], region: str) -> tuple[float, float]:
    regions = tables.get("regions")
    if regions is not None:
        for row in regions.rows():
            if row["region_id"] == region:
                return row["lat"], row["lon"]
    return float("nan"), float("nan")


def rank_targets(
    tables: Mapping[str, Table],
    params: TargetParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Rank outside companies for the gaps of a chain.

    Parameters
    ----------
    tables : mapping of str to Table
        ``segments``, ``firms``, ``placements`` and ``gaps``; where given ``supplies``,
        ``regions``, ``events``, ``courting`` and ``facts``.
    params : TargetParams, optional
        Gaps, limits and short list.
    seed : int
        Not used: nothing here is left to chance.
    progress : Progress, optional
        Called while the pairs are scored.

    Returns
    -------
    Result
        ``targets`` by value and ``target_contributions``.
    """
    values = params or TargetParams()
    firms, placements, gaps = tables["firms"], tables["placements"], tables["gaps"]
    home = _inside(tables.get("regions"), values.region) - {""}
    chosen = _gaps(gaps, values)
    names = {
        key: Say(en, zh)
        for key, en, zh in zip(
            tables["segments"]["segment_id"],
            tables["segments"]["name_en"],
            tables["segments"]["name_zh"],
            strict=True,
        )
    }
    by_segment = {row["segment_id"]: row for row in chosen}
    rows_of = {key: i for i, key in enumerate(firms["firm_id"].tolist())}
    outside = ~np.isin(firms["region_id"].astype(str), sorted(home)) & (
        firms["status"] != "historical"
    )
    wanted = np.isin(placements["segment_id"].astype(str), sorted(by_segment)) & (
        placements.floats("confidence") >= values.min_confidence
    )
    pairs = [
        (rows_of[row["firm_id"]], row)
        for row in placements.take(wanted).rows()
        if row["firm_id"] in rows_of and outside[rows_of[row["firm_id"]]]
    ]
    others = _other_segments(placements, {row["firm_id"] for _, row in pairs})
    beside = _beside(tables.get("supplies"))
    introducers = _introducers(firms, placements, home, set(by_segment))
    lat, lon = _home_place(tables, values.region)
    direct = haversine_km(lat, lon, firms.floats("lat"), firms.floats("lon"))
    minutes, _ = TravelModel().duration_min(direct)
    sheet = _Sheet(tables, home)
    targets: list[dict[str, Any]] = []
    contributions: list[dict[str, Any]] = []
    used = sorted({i for i, _ in pairs})
    some = firms.take(np.array(used, dtype=np.intp)).rows()
    firm_rows = dict(zip(used, some, strict=True))
    moves: dict[int, list[dict[str, Any]]] = {}
    for number, (index, placement) in enumerate(pairs):
        if number % 2000 == 0:
            progress(number, len(pairs), say(N_("Scoring companies")))
        firm = firm_rows[index]
        segment = placement["segment_id"]
        gap = by_segment[segment]
        near = [
            s
            for s in others[firm["firm_id"]]
            if s != segment and s in beside.get(segment, ())
        ]
        if index not in moves:
            moves[index] = _likelihood(firm, sheet)
        parts = {
            "fit": _bounded(_fit(firm, placement, near, names), "fit"),
            "likelihood": moves[index],
            "reach": _reach(
                firm, sheet, float(minutes[index]), introducers.get(segment, [])
            ),
        }
        target_id = f"{firm['firm_id']}/{gap['gap_id']}"
        scores = {
            name: round(sum(p["value"] for p in listed), 3) if listed else float("nan")
            for name, listed in parts.items()
        }
        targets.append(
            {
                "target_id": target_id,
                "firm_id": firm["firm_id"],
                "gap_id": gap["gap_id"],
                "segment_id": segment,
                "gap_score": gap["score"],
                **scores,
                **_missing(scores),
                **_courted(sheet.courting.get(firm["firm_id"], []), home),
            }
        )
        contributions += [
            {"target_id": target_id, **part}
            for listed in parts.values()
            for part in listed
        ]
    table = _valued(targets, values)
    return Result(
        {
            "targets": table,
            "target_contributions": Table.of("target_contributions", contributions),
        },
        {
            "gaps": len(chosen),
            "gaps_with_target": len(set(table["gap_id"])),
            "firms": len(set(table["firm_id"])),
            "targets": len(table),
            "shortlisted": int(np.nansum(table.floats("shortlisted"))),
        },
        tuple(_notes(tables, table, chosen, values)),
    )


def _valued(targets: list[dict[str, Any]], params: TargetParams) -> Table:
    """Return the targets by value, with the balanced short list marked."""
    raw = Table.of("targets", targets)
    value, readiness = measures.visit_value(
        raw.floats("gap_score"),
        raw.floats("fit"),
        raw.floats("likelihood"),
        raw.floats("reach"),
    )
    value = np.round(value, 3)
    order = np.lexsort((raw["target_id"].astype(str), -value))
    raw, value, readiness = raw.take(order), value[order], readiness[order]
    _, gap = np.unique(raw["gap_id"].astype(str), return_inverse=True)
    _, firm = np.unique(raw["firm_id"].astype(str), return_inverse=True)
    short = np.zeros(len(raw))
    short[measures.balanced_list(value, gap, firm, params.size, params.keep)] = 1
    return raw.with_columns(
        value=value,
        readiness=readiness,
        rank=np.arange(1, len(raw) + 1, dtype=float),
        shortlisted=short,
    )


def _gaps(gaps: Table, params: TargetParams) -> list[dict[str, Any]]:
    rows = [row for row in gaps.rows() if row["score"] == row["score"]]
    if params.gaps:
        named = set(params.gaps)
        return [r for r in rows if r["gap_id"] in named or r["segment_id"] in named]
    return sorted(rows, key=lambda row: row["rank"])[: params.top_gaps]


def _other_segments(placements: Table, firms: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {firm: [] for firm in firms}
    for firm, segment in zip(
        placements["firm_id"].tolist(), placements["segment_id"].tolist(), strict=True
    ):
        if firm in found:
            found[firm].append(segment)
    return found


def _beside(supplies: Table | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if supplies is not None:
        for a, b in zip(supplies["supplier_id"], supplies["buyer_id"], strict=True):
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return found


def _introducers(
    firms: Table, placements: Table, home: set[str], segments: set[str]
) -> dict[str, list[Say]]:
    """Return local companies placed on each segment, the surest first."""
    local = np.isin(firms["region_id"].astype(str), sorted(home))
    names = {
        key: Say(en or zh, zh or en)
        for key, en, zh, here in zip(
            firms["firm_id"], firms["name_en"], firms["name_zh"], local, strict=True
        )
        if here
    }
    found: dict[str, list[tuple[float, str]]] = {}
    for firm, segment, sure in zip(
        placements["firm_id"].tolist(),
        placements["segment_id"].tolist(),
        placements["confidence"].tolist(),
        strict=True,
    ):
        if firm in names and segment in segments:
            found.setdefault(segment, []).append((-sure, firm))
    return {s: [names[f] for _, f in sorted(listed)] for s, listed in found.items()}


def _missing(scores: Mapping[str, float]) -> dict[str, str]:
    """Return what is missing so that a score cannot be given."""
    texts = []
    if scores["likelihood"] != scores["likelihood"]:
        texts.append(
            say(
                N_(
                    "Cannot score likelihood: no project, growth, courting, title or plan "
                    "is on file."
                )
            )
        )
    if scores["reach"] != scores["reach"]:
        texts.append(say(N_("Cannot score reach: no coordinates are on file.")))
    return {
        "missing_en": " ".join(t.en for t in texts),
        "missing_zh": "".join(t.zh for t in texts),
    }


def _courted(rows: list[dict[str, Any]], home: set[str]) -> dict[str, str]:
    rivals = [r for r in rows if r["suitor_region_id"] not in home]
    rivals.sort(key=lambda r: (r["date"], r["courting_id"]))
    return {
        "courted_by_en": "; ".join(dict.fromkeys(r["suitor_en"] for r in rivals)),
        "courted_by_zh": "\uff1b".join(
            dict.fromkeys(r["suitor_zh"] or r["suitor_en"] for r in rivals)
        ),
        "last_courted": rivals[-1]["date"] if rivals else "",
    }


def _notes(
    tables: Mapping[str, Table],
    targets: Table,
    gaps: list[dict[str, Any]],
    params: TargetParams,
) -> list[Note]:
    notes = []
    empty = len(gaps) - len(set(targets["gap_id"]))
    if empty:
        text = N_("%(count)s gaps have no outside company on file that makes it.")
        notes.append(Note("targets.none", say(text, count=empty), empty))
    unknown = int(np.isnan(targets.floats("likelihood")).sum())
    if unknown:
        text = N_(
            "The likelihood of %(count)s targets cannot be scored; their value takes the "
            "middle for it."
        )
        notes.append(Note("targets.likelihood", say(text, count=unknown), unknown))
    regions = tables.get("regions")
    if regions is not None and params.region:
        parent = dict(zip(regions["region_id"], regions["parent_id"], strict=True))
        near = {r for r, p in parent.items() if p and p == parent.get(params.region)}
        where = dict(
            zip(tables["firms"]["firm_id"], tables["firms"]["region_id"], strict=True)
        )
        short = targets["firm_id"][targets.floats("shortlisted") == 1]
        close = [f for f in dict.fromkeys(short.tolist()) if where.get(f, "") in near]
        if close:
            text = N_(
                "%(count)s companies of the short list sit in neighbouring counties. Moving "
                "them is poaching under the unified national market: offer expansion, and "
                "check it by fair-competition review."
            )
            notes.append(
                Note("targets.neighbours", say(text, count=len(close)), len(close))
            )
    return notes
