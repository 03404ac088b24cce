"""Ranking outside companies for the gaps of a chain.

Three scores stand side by side and are never mixed into one:

* *fit* – how surely the company makes what the gap needs: its placement on the segment,
  whether that is its first trade, neighbouring inputs it also makes, its size, titles;
* *likelihood* – signs that it moves: projects and expansion on file, growth, being
  courted, titles; losses and distress count against it, and all of it fades with the
  years. Without any sign it cannot be scored: registry data are not an intention to
  invest;
* *reach* – travel time from the home region, how many other targets one trip reaches
  with it, past contacts with us, who can introduce.

Each is the exact sum of named contributions with their sources. The value of a visit
multiplies the gap's score, the fit and the readiness; a part that cannot be scored
counts as the middle, and the row says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanlian.geo import TravelModel, haversine_km, regions_inside
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table
from yanlian.targets import measures
from yanlian.targets.scores import (
    Part,
    Sheet,
    fit_parts,
    likelihood_parts,
    reach_parts,
)
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
        300,
        label=N_("Gaps looked at"),
        help=N_("Number of best gaps when none are named."),
        low=1,
        high=1000,
    )
    as_of: str = param(
        "",
        label=N_("As of"),
        help=N_(
            "Day from which the age of signs is counted; the latest on file when empty."
        ),
        kind="date",
    )
    beside_km: float = param(
        40.0,
        label=N_("Reached by one trip"),
        help=N_("Targets so near each other can be reached by one trip."),
        unit="km",
        low=0,
        high=500,
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
    parents = _parents(tables.get("regions"))
    home = regions_inside(parents, values.region) - {""}
    chosen = _gaps(gaps, values)
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
    neighbours = _Neighbours(tables, home, {row["firm_id"] for _, row in pairs})
    used = np.array(sorted({i for i, _ in pairs}), dtype=np.intp)
    lat, lon = _home_place(tables, values.region)
    direct = haversine_km(lat, lon, firms.floats("lat"), firms.floats("lon"))
    minutes, _ = TravelModel().duration_min(direct)
    beside = dict(
        zip(
            used.tolist(),
            measures.count_beside(
                firms.floats("lat")[used], firms.floats("lon")[used], values.beside_km
            ).tolist(),
            strict=True,
        )
    )
    sheet = Sheet(tables, home, values.as_of)
    targets: list[dict[str, Any]] = []
    contributions: list[dict[str, Any]] = []
    firm_rows = dict(zip(used.tolist(), firms.take(used).rows(), strict=True))
    moves: dict[int, list[Part]] = {}
    for number, (index, placement) in enumerate(pairs):
        if number % 2000 == 0:
            progress(number, len(pairs), say(N_("Scoring companies")))
        firm = firm_rows[index]
        segment = placement["segment_id"]
        gap = by_segment[segment]
        if index not in moves:
            moves[index] = likelihood_parts(firm, sheet)
        parts = {
            "fit": fit_parts(
                firm, placement, neighbours.also_made(firm["firm_id"], segment)
            ),
            "likelihood": moves[index],
            "reach": reach_parts(
                firm,
                sheet,
                float(minutes[index]),
                beside[index],
                values.beside_km,
                neighbours.local(segment),
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


def _parents(regions: Table | None) -> dict[str, str]:
    if regions is None:
        return {}
    return dict(zip(regions["region_id"], regions["parent_id"], strict=True))


class _Neighbours:
    """What stands beside a segment on the chain, and who is placed there."""

    def __init__(
        self, tables: Mapping[str, Table], home: set[str], outside: set[str]
    ) -> None:
        self.names = {
            key: Say(en, zh)
            for key, en, zh in zip(
                tables["segments"]["segment_id"],
                tables["segments"]["name_en"],
                tables["segments"]["name_zh"],
                strict=True,
            )
        }
        self.beside: dict[str, dict[str, None]] = {}
        if "supplies" in tables:
            supplies = tables["supplies"]
            pairs = list(
                zip(supplies["supplier_id"], supplies["buyer_id"], strict=True)
            )
            # Buyers first: who would buy has the best reason to introduce.
            for supplier, buyer in pairs:
                self.beside.setdefault(supplier, {})[buyer] = None
            for supplier, buyer in pairs:
                self.beside.setdefault(buyer, {})[supplier] = None
        firms, placements = tables["firms"], tables["placements"]
        local = np.isin(firms["region_id"].astype(str), sorted(home))
        local &= firms["status"] == "active"
        firm_names = {
            key: Say(en or zh, zh or en)
            for key, en, zh, here in zip(
                firms["firm_id"], firms["name_en"], firms["name_zh"], local, strict=True
            )
            if here
        }
        self.trades: dict[str, list[str]] = {}
        makers: dict[str, list[tuple[float, str]]] = {}
        for firm, segment, sure in zip(
            placements["firm_id"].tolist(),
            placements["segment_id"].tolist(),
            placements["confidence"].tolist(),
            strict=True,
        ):
            if firm in outside:
                self.trades.setdefault(firm, []).append(segment)
            elif firm in firm_names:
                makers.setdefault(segment, []).append((-sure, firm))
        self.makers = {
            segment: [firm_names[firm] for _, firm in sorted(listed)]
            for segment, listed in makers.items()
        }

    def also_made(self, firm: str, segment: str) -> list[Say]:
        """Return the segments beside one that a firm is placed on too."""
        beside = self.beside.get(segment, {})
        return [self.names[s] for s in self.trades.get(firm, []) if s in beside]

    def local(self, segment: str, most: int = 2) -> list[Say]:
        """Return the first local firms that buy from a segment or supply it."""
        found: dict[Say, None] = {}
        for other in self.beside.get(segment, {}):
            if len(found) >= most:
                break
            found |= dict.fromkeys(self.makers.get(other, []))
        return list(found)[:most]


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
    if params.region:
        parent = _parents(tables.get("regions"))
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
