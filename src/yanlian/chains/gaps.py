"""Gaps of a chain: what to fill, extend, strengthen and build, and why.

A gap's score is the sum of named contributions, each a raw value between 0 and 1 times
a weight and its points (:data:`yanlian.chains.measures.POINTS`):

* *demand* – local buyers that are themselves adequate or strong need the segment, as
  far as what is made here does not meet it;
* *inputs* – its important inputs are made here;
* *path* – few supply steps lead to a strong local segment;
* *resilience* – strong local buyers cannot do without it, and nobody or only one firm
  here makes it;
* *theme* – it belongs to a strategic theme;
* *upgrading* – research intensity of its industry, so that bulk goods sink;
* *rivals* (minus) – regions nearby have already won projects for it;
* *evidence* (minus) – how little is known about the segment itself.

What is unknown adds nothing and is named; a gap whose demand and inputs are both
unknown cannot be scored, stays in the list and says what is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanlian.chains import measures
from yanlian.chains.graph import Chain, build_chain, nearest_strong
from yanlian.chains.strength import estimate_strengths, home_regions
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Floats, Table, join_list, split_list
from yanlian.text import N_, Say, say

_WEIGHTS = N_("Weights")
_LIMITS = N_("Limits")


@dataclass(frozen=True)
class GapParams(Params):
    """Parameters of the search for gaps."""

    region: str = param(
        "",
        label=N_("Home region"),
        help=N_("Region whose chain is extended; the busiest one when empty."),
        kind="region",
    )
    weight_demand: float = param(
        1.0, label=N_("Local demand"), low=0, high=3, group=_WEIGHTS
    )
    weight_inputs: float = param(
        1.0, label=N_("Inputs here"), low=0, high=3, group=_WEIGHTS
    )
    weight_path: float = param(
        1.0, label=N_("Nearness to strengths"), low=0, high=3, group=_WEIGHTS
    )
    weight_resilience: float = param(
        1.0, label=N_("Risk of supply"), low=0, high=3, group=_WEIGHTS
    )
    weight_theme: float = param(
        1.0, label=N_("Strategic theme"), low=0, high=3, group=_WEIGHTS
    )
    weight_upgrading: float = param(
        1.0, label=N_("Upgrading"), low=0, high=3, group=_WEIGHTS
    )
    weight_rivals: float = param(
        1.0, label=N_("Rivals ahead"), low=0, high=3, group=_WEIGHTS
    )
    weight_evidence: float = param(
        1.0, label=N_("Thin evidence"), low=0, high=3, group=_WEIGHTS
    )
    themes: tuple[str, ...] = param(
        ("new_energy", "new_materials", "digitalisation"),
        label=N_("Strategic themes"),
        help=N_("Themes of the segments table that count."),
    )
    strong: float = param(
        0.62,
        label=N_("Strong from"),
        help=N_("Least strength of a strong segment."),
        unit="share",
        low=0,
        high=1,
        group=_LIMITS,
    )
    adequate: float = param(
        0.4,
        label=N_("Adequate from"),
        help=N_("Least strength of an adequate segment."),
        unit="share",
        low=0,
        high=1,
        group=_LIMITS,
    )
    max_steps: int = param(
        3,
        label=N_("Longest path"),
        help=N_("Most supply steps from a gap to a strong segment."),
        unit="steps",
        low=1,
        high=6,
        group=_LIMITS,
    )
    most: int = param(
        300,
        label=N_("Most gaps"),
        help=N_("The list ends there; gaps that cannot be scored follow."),
        low=1,
        high=5000,
        group=_LIMITS,
    )
    draws: int = param(
        200,
        label=N_("Random weightings"),
        help=N_("Number of weightings in the check of stability."),
        low=1,
        high=10000,
        group=_LIMITS,
    )

    @property
    def weights(self) -> Floats:
        """Return the weights in the order of the contributions."""
        return np.array(
            [getattr(self, f"weight_{name}") for name in measures.CONTRIBUTIONS]
        )


KINDS = ("fill", "extend", "strengthen", "build")
# Two buyers of full strength that cannot do without a segment make 63 % of the most
# demand can count; a need is handed on to the inputs by 60 %.
DEMAND_SCALE = 2.0
HANDED_ON = 0.6


@dataclass(frozen=True)
class _View:
    """All arrays of one search, by position of the segment."""

    chain: Chain
    strength: Floats
    state: NDArray[Any]
    confidence: Floats
    makers: Floats
    pieces: Floats
    pull: Floats
    ready: Floats
    ready_known: Floats
    distance: Floats
    ways: list[list[int]]
    raw: Floats


def _home(params: GapParams, tables: Mapping[str, Table]) -> str:
    if params.region:
        return params.region
    for name in ("presence", "firms"):
        if name in tables and len(tables[name]):
            regions = [r for r in tables[name]["region_id"] if r]
            if regions:
                values, counts = np.unique(np.array(regions, str), return_counts=True)
                return str(values[np.argmax(counts)])
    return ""


def _rivals(
    tables: Mapping[str, Table], chain: Chain, home: set[str]
) -> tuple[Floats, dict[int, list[dict[str, Any]]]]:
    """Return per segment how many projects nearby regions won, and the events."""
    amount = np.zeros(len(chain.segment_ids))
    rows: dict[int, list[dict[str, Any]]] = {}
    events = tables.get("events")
    if events is None:
        return amount, rows
    near = _neighbours(tables.get("regions"), home)
    for row in events.rows():
        if row["kind"] not in {"signing", "agreement", "groundbreaking", "production"}:
            continue
        if not row["segment_ids"] or not row["region_id"] or row["region_id"] in home:
            continue
        share = 1.0 if row["region_id"] in near else 0.25
        for segment in split_list(row["segment_ids"]):
            position = chain.index.get(segment)
            if position is not None:
                amount[position] += share
                rows.setdefault(position, []).append(row)
    return amount, rows


def _neighbours(regions: Table | None, home: set[str]) -> set[str]:
    """Return the regions under the same parent as the home region."""
    if regions is None:
        return set()
    parent = dict(zip(regions["region_id"], regions["parent_id"], strict=True))
    parents = {parent.get(region, "") for region in home} - home - {""}
    return {r for r, p in parent.items() if p in parents or r in parents} - home


def _view(
    chain: Chain, strengths: Table, segments: Table, params: GapParams, rivals: Floats
) -> _View:
    state = strengths["state"]
    strength = strengths.floats("strength")
    confidence = strengths.floats("confidence")
    makers = np.nan_to_num(strengths.floats("firms"))
    buyer = np.where(np.isin(state, ("strong", "adequate")), strength, np.nan)
    pull = measures.demand_pull(chain.supply, buyer, DEMAND_SCALE, HANDED_ON)
    demand = measures.demand_amount(chain.supply, pull)
    ready, known = measures.input_readiness(chain.supply, strength)
    distance, ways = nearest_strong(chain, state == "strong", params.max_steps)
    vital = chain.supply.copy()
    vital.data = np.where(vital.data >= 3, 3.0, 0.0)
    # What is made here meets part of the need, as far as it is strong.
    unmet = 1 - np.nan_to_num(strength)
    exposed = unmet * measures.demand_amount(vital, buyer) / (1 + makers)
    themes = set(params.themes)
    theme = np.array([bool(themes & set(split_list(c))) for c in segments["theme"]])
    intensity = measures.technology_intensity(
        [split_list(cell) for cell in segments["gbt4754"]]
    )
    # Inputs that are here count in so far as they are known at all.
    inputs = ready * np.sqrt(np.nan_to_num(known))
    near = np.where(np.isfinite(distance) & (distance > 0), 2.0 ** (1 - distance), 0.0)
    raw = np.column_stack(
        [
            unmet * measures.saturation(demand, DEMAND_SCALE),
            inputs,
            near,
            measures.saturation(exposed, 1.5),
            theme.astype(float),
            intensity,
            measures.saturation(rivals, 3.0),
            1 - confidence,
        ]
    )
    return _View(
        chain,
        strength,
        state,
        confidence,
        makers,
        strengths.floats("evidence"),
        pull,
        ready,
        known,
        distance,
        ways,
        raw,
    )


def _kinds(view: _View, theme: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the kind of gap of every segment; empty where it is none.

    A segment is *here* where a maker is on file or a statement says so, however weakly;
    what is here can only be strengthened. Of what is not here, or not known to be, a
    local need comes before nearness, and nearness before a theme.
    """
    state, demand = view.state, view.raw[:, 0]
    here = (view.makers >= 1) | np.isin(state, ("weak", "adequate", "strong"))
    needed = demand >= 0.15
    ready = np.nan_to_num(view.raw[:, 1]) >= 0.35
    strength = np.nan_to_num(view.strength)
    kind = np.full(len(state), "", dtype=object)
    kind[~here & theme] = "build"
    kind[~here & ((view.distance <= 1) | ready)] = "extend"
    kind[~here & needed] = "fill"
    # Unmet need that outweighs what is here; in a strategic theme any need does.
    short = np.isin(state, ("weak", "adequate")) & (demand > 0.6 * strength)
    short |= (state == "weak") & (needed | theme)
    # One firm is all that is known of it: who depends on it depends on that firm.
    alone = (view.makers == 1) & (view.pieces == 1) & needed
    kind[here & (state != "strong") & (short | alone)] = "strengthen"
    return kind


def find_gaps(
    tables: Mapping[str, Table],
    params: GapParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Find the gaps of a region's chain.

    Parameters
    ----------
    tables : mapping of str to Table
        ``segments`` and ``supplies``; where given ``firms`` with ``placements``,
        ``presence``, ``regions``, ``indicators`` and ``events``.
    params : GapParams, optional
        Region, weights and limits.
    seed : int
        Seed of the random weightings.
    progress : Progress, optional
        Called at each step.

    Returns
    -------
    Result
        ``strengths``, ``strength_evidence``, ``gaps`` and ``gap_contributions``;
        summary counts by state and kind.

    Raises
    ------
    TableError
        When the chain has cycles or supplies to unknown segments; names them all.
    """
    values = params or GapParams()
    segments = tables["segments"]
    progress(0, 4, say(N_("Building the chain")))
    chain = build_chain(segments, tables["supplies"])
    region = _home(values, tables)
    progress(1, 4, say(N_("Estimating the strength of each segment")))
    strengths, evidence = estimate_strengths(
        tables, region, strong=values.strong, adequate=values.adequate
    )
    home = home_regions(tables.get("regions"), region)
    amount, rival_rows = _rivals(tables, chain, home)
    progress(2, 4, say(N_("Scoring the gaps")))
    view = _view(chain, strengths, segments, values, amount)
    kind = _kinds(view, view.raw[:, 4] > 0)
    candidates = np.flatnonzero(kind != "")
    blind = (view.raw[candidates, 0] < 0.02) & np.isnan(view.raw[candidates, 1])
    blind &= ~np.isfinite(view.distance[candidates])
    scored, unscored = candidates[~blind], candidates[blind]
    points = measures.gap_scores(view.raw[scored], values.weights)
    # The score is the sum of the points as they are shown and stored.
    points = np.round(points, 3)
    score = points.sum(axis=1)
    order = np.lexsort((scored, -score))[: values.most]
    chosen, points, score = scored[order], points[order], score[order]
    share, ranks = measures.rank_sensitivity(
        view.raw[chosen], values.weights, seed, values.draws
    )
    progress(3, 4, say(N_("Writing the reasons")))
    quantiles = np.zeros((4, 0))
    if len(chosen):
        quantiles = np.quantile(ranks, [0.05, 0.25, 0.75, 0.95], axis=0)
    gaps: list[dict[str, Any]] = []
    contributions: list[dict[str, Any]] = []
    writer = _Writer(view, segments, tables, rival_rows, region, evidence)
    for number, position in enumerate(chosen):
        gap_id = f"{kind[position]}-{chain.segment_ids[position]}"
        rows = writer.contributions(int(position), points[number], values.weights)
        contributions += [{"gap_id": gap_id, **row} for row in rows]
        sure = _sureness(view, int(position))
        gaps.append(
            {
                **writer.gap(int(position), kind[position]),
                "gap_id": gap_id,
                "rank": number + 1,
                "score": float(score[number]),
                "confidence": sure,
                "confidence_word": _word(sure),
                "top_share": float(share[number]),
                "rank_q05": float(quantiles[0][number]),
                "rank_q25": float(quantiles[1][number]),
                "rank_q75": float(quantiles[2][number]),
                "rank_q95": float(quantiles[3][number]),
            }
        )
    for position in unscored:
        absent = say(
            N_(
                "Cannot score: no data on local buyers and none on the makers of its inputs."
            )
        )
        gaps.append(
            {
                **writer.gap(int(position), kind[position]),
                "gap_id": f"{kind[position]}-{chain.segment_ids[position]}",
                "confidence": 0.0,
                "confidence_word": "none",
                "missing_en": absent.en,
                "missing_zh": absent.zh,
            }
        )
    progress(4, 4, say(N_("Gaps are found.")))
    return Result(
        {
            "strengths": strengths,
            "strength_evidence": evidence,
            "gaps": Table.of("gaps", gaps),
            "gap_contributions": Table.of("gap_contributions", contributions),
        },
        _summary(region, strengths, gaps, len(unscored)),
        tuple(_notes(strengths, len(scored) - len(chosen), region)),
    )


def _sureness(view: _View, position: int) -> float:
    """Confidence of a gap: evidence on its buyers and on itself, half and half."""
    row = view.chain.supply[[position]]
    known = view.confidence[row.indices]
    buyers = float(np.average(known, weights=row.data)) if len(known) else 0.0
    return round(0.6 * buyers + 0.4 * float(view.confidence[position]), 4)


def _word(confidence: float) -> str:
    return "high" if confidence >= 0.5 else "medium" if confidence >= 0.25 else "low"


def _summary(
    region: str, strengths: Table, gaps: list[dict[str, Any]], unscored: int
) -> dict[str, int | float | str | bool | None]:
    found: dict[str, int | float | str | bool | None] = {
        "region": region,
        "segments": len(strengths),
        "gaps": len(gaps),
        "unscored": unscored,
    }
    for state in ("strong", "adequate", "weak", "missing", "unknown"):
        found[f"segments_{state}"] = int(np.sum(strengths["state"] == state))
    for kind in KINDS:
        found[f"gaps_{kind}"] = sum(gap["kind"] == kind for gap in gaps)
    return found


def _notes(strengths: Table, beyond: int, region: str) -> list[Note]:
    notes = []
    if not region:
        text = N_("No home region is known, so no company counts as local. Name one.")
        notes.append(Note("gaps.region", say(text)))
    unknown = int(np.sum(strengths["state"] == "unknown"))
    if unknown:
        text = N_(
            "%(count)s segments have no data in this region. They are unknown, not missing."
        )
        notes.append(Note("gaps.unknown", say(text, count=unknown), unknown))
    if beyond > 0:
        text = N_("%(count)s candidates with lower scores are not listed.")
        notes.append(Note("gaps.beyond", say(text, count=beyond), beyond))
    return notes


_STATE_WORDS = {
    "missing": N_("looked for here and not found"),
    "unknown": N_("unknown here: no maker is on file, which proves no absence"),
    "weak": N_("weak here"),
    "adequate": N_("adequate here"),
    "strong": N_("strong here"),
}


class _Writer:
    """Writes what stands behind each number as sentences."""

    def __init__(
        self,
        view: _View,
        segments: Table,
        tables: Mapping[str, Table],
        rivals: dict[int, list[dict[str, Any]]],
        region: str,
        evidence: Table,
    ) -> None:
        self.view = view
        self.segments = segments
        self.rivals = rivals
        self.incoming = view.chain.supply.T.tocsr()
        self.basis: dict[str, tuple[str, str]] = {}
        supplies = tables["supplies"]
        for a, b, basis, url in zip(
            supplies["supplier_id"],
            supplies["buyer_id"],
            supplies["basis"],
            supplies["source_url"],
            strict=True,
        ):
            self.basis[f"{a}>{b}"] = (basis, url)
        self.years: dict[str, float] = {}
        for segment, date in zip(evidence["segment_id"], evidence["date"], strict=True):
            if date[:4].isdigit():
                self.years[segment] = max(self.years.get(segment, 0.0), float(date[:4]))
        names = tables.get("regions")
        self.regions = {}
        if names is not None:
            self.regions = {
                r: Say(a, b)
                for r, a, b in zip(
                    names["region_id"], names["name_en"], names["name_zh"], strict=True
                )
            }

    def name(self, position: int) -> Say:
        return Say(
            str(self.segments["name_en"][position]),
            str(self.segments["name_zh"][position]),
        )

    def names(self, positions: list[int], most: int = 3) -> Say:
        shown = [self.name(i) for i in positions[:most]]
        more = len(positions) - len(shown)
        listed = Say(", ".join(n.en for n in shown), "\u3001".join(n.zh for n in shown))
        if more <= 0:
            return listed
        return say(N_("%(names)s and %(count)s more"), names=listed, count=more)

    def buyers(self, position: int) -> list[int]:
        """Return the buyers that are made here, or needed here, weightiest first."""
        row = self.view.chain.supply[[position]]
        pull = self.view.pull[row.indices]
        fit = pull >= 0.25
        weight = row.data * pull
        order = np.lexsort((row.indices, -weight))
        return [int(row.indices[i]) for i in order if fit[i]]

    def inputs(self, position: int) -> tuple[list[int], list[int]]:
        """Return inputs made here and inputs not known to be, weightiest first."""
        row = self.incoming[[position]]
        order = np.lexsort((row.indices, -row.data))
        good = np.isin(self.view.state[row.indices], ("strong", "adequate"))
        here = [int(row.indices[i]) for i in order if good[i]]
        return here, [int(row.indices[i]) for i in order if not good[i]]

    def gap(self, position: int, kind: str) -> dict[str, Any]:
        view = self.view
        buyers = self.buyers(position)
        here, absent = self.inputs(position)
        state = view.state[position]
        standing = say(_STATE_WORDS[state])
        if kind == "fill":
            text = say(
                N_("Needed by %(names)s; %(state)s."),
                names=self.names(buyers),
                state=standing,
            )
        elif kind == "strengthen":
            text = say(
                N_("Local makers on file: %(count)s; needed by %(names)s; %(state)s."),
                count=int(view.makers[position]),
                names=self.names(buyers),
                state=standing,
            )
        elif kind == "extend" and view.ways[position]:
            text = say(
                N_(
                    "Steps from the strong local segment %(name)s: %(steps)s; %(state)s."
                ),
                steps=len(view.ways[position]) - 1,
                name=self.name(view.ways[position][-1]),
                state=standing,
            )
        elif kind == "extend":
            text = say(
                N_("Made here of its inputs: %(names)s; %(state)s."),
                names=self.names(here),
                state=standing,
            )
        else:
            text = say(
                N_("It belongs to a strategic theme and has no local base; %(state)s."),
                state=standing,
            )
        ids = view.chain.segment_ids
        return {
            "segment_id": ids[position],
            "kind": kind,
            "state": state,
            "path": join_list(ids[i] for i in view.ways[position]),
            "needed_by": join_list(ids[i] for i in buyers),
            "inputs_here": join_list(ids[i] for i in here),
            "inputs_absent": join_list(ids[i] for i in absent),
            "makers": float(view.makers[position]),
            "reason_en": _sentence(text.en),
            "reason_zh": text.zh,
        }

    def contributions(
        self, position: int, points: Floats, weights: Floats
    ) -> list[dict[str, Any]]:
        made = []
        for column, name in enumerate(measures.CONTRIBUTIONS):
            text, rows, basis, url, year = getattr(self, f"_{name}")(position)
            made.append(
                {
                    "name": name,
                    "weight": float(weights[column]),
                    "raw": float(self.view.raw[position, column]),
                    "value": float(points[column]),
                    "text_en": _sentence(text.en),
                    "text_zh": text.zh,
                    "basis": basis,
                    "source_url": url,
                    "year": year,
                    "rows": join_list(rows),
                }
            )
        return made

    def _supply_rows(self, pairs: list[str]) -> tuple[list[str], str, str]:
        rows = [f"supplies:{pair}" for pair in pairs]
        sourced = [self.basis[p] for p in pairs if self.basis.get(p, ("", ""))[1]]
        if sourced:
            return rows, sourced[0][0], sourced[0][1]
        return rows, "inferred", ""

    def _year(self, positions: list[int]) -> float:
        ids = self.view.chain.segment_ids
        years = [self.years[ids[i]] for i in positions if ids[i] in self.years]
        return max(years, default=np.nan)

    def _demand(self, position: int) -> tuple[Say, list[str], str, str, float]:
        buyers = self.buyers(position)
        ids = self.view.chain.segment_ids
        rows, basis, url = self._supply_rows(
            [f"{ids[position]}>{ids[b]}" for b in buyers]
        )
        if not buyers:
            text = say(N_("No local buyer of it is known."))
        else:
            text = say(
                N_("Segments made or needed here that use it, %(count)s: %(names)s."),
                count=len(buyers),
                names=self.names(buyers),
            )
        return text, rows, basis, url, self._year(buyers)

    def _inputs(self, position: int) -> tuple[Say, list[str], str, str, float]:
        here, absent = self.inputs(position)
        ids = self.view.chain.segment_ids
        rows, basis, url = self._supply_rows(
            [f"{ids[i]}>{ids[position]}" for i in here]
        )
        if not here and not absent:
            text = say(N_("The chain lists no inputs for it."))
        elif not here:
            text = say(
                N_("None of its %(count)s inputs is known to be strong here."),
                count=len(absent),
            )
        else:
            text = say(
                N_("Of its %(all)s inputs %(here)s are made here: %(names)s."),
                here=len(here),
                all=len(here) + len(absent),
                names=self.names(here),
            )
        return text, rows, basis, url, self._year(here)

    def _path(self, position: int) -> tuple[Say, list[str], str, str, float]:
        way = self.view.ways[position]
        if not way:
            none = say(N_("No strong local segment is within reach along the chain."))
            return none, [], "inferred", "", np.nan
        ids = self.view.chain.segment_ids
        pairs = []
        for a, b in itertools.pairwise(way):
            forward = f"{ids[a]}>{ids[b]}"
            pairs.append(forward if forward in self.basis else f"{ids[b]}>{ids[a]}")
        rows, basis, url = self._supply_rows(pairs)
        text = say(
            N_(
                "Steps along the chain to the strong local segment %(name)s: %(steps)s."
            ),
            steps=len(way) - 1,
            name=self.name(way[-1]),
        )
        return text, rows, basis, url, self._year([way[-1]])

    def _resilience(self, position: int) -> tuple[Say, list[str], str, str, float]:
        ids = self.view.chain.segment_ids
        row = self.view.chain.supply[[position]]
        vital = {int(i) for i, v in zip(row.indices, row.data, strict=True) if v >= 3}
        buyers = [b for b in self.buyers(position) if b in vital]
        rows, basis, url = self._supply_rows(
            [f"{ids[position]}>{ids[b]}" for b in buyers]
        )
        makers = int(self.view.makers[position])
        if not buyers:
            text = say(N_("No strong local buyer is bound to it."))
        elif makers == 0:
            text = say(
                N_(
                    "%(names)s cannot be made without it, and no local maker is on file."
                ),
                names=self.names(buyers),
            )
        else:
            text = say(
                N_(
                    "%(names)s cannot be made without it; local makers on file: %(count)s."
                ),
                names=self.names(buyers),
                count=makers,
            )
        return text, rows, basis, url, self._year(buyers)

    def _theme(self, position: int) -> tuple[Say, list[str], str, str, float]:
        row = [f"segments:{self.view.chain.segment_ids[position]}"]
        if self.view.raw[position, 4] > 0:
            words = [
                say(_THEMES[w]) if w in _THEMES else Say(w, w)
                for w in split_list(self.segments["theme"][position])
            ]
            listed = Say(
                ", ".join(w.en for w in words), "\u3001".join(w.zh for w in words)
            )
            text = say(
                N_("It belongs to the strategic themes: %(themes)s."), themes=listed
            )
        else:
            text = say(N_("It belongs to no strategic theme."))
        return text, row, "inferred", "", np.nan

    def _upgrading(self, position: int) -> tuple[Say, list[str], str, str, float]:
        row = [f"segments:{self.view.chain.segment_ids[position]}"]
        value = self.view.raw[position, 5]
        if np.isnan(value):
            text = say(
                N_(
                    "Its industry code is not on file, so its research intensity is unknown."
                )
            )
        else:
            level = (
                N_("high") if value >= 0.9 else N_("medium-high") if value >= 0.6
                else N_("medium") if value >= 0.3 else N_("low")
            )  # fmt: skip
            text = say(
                N_(
                    "The research intensity of its industry is %(level)s (OECD taxonomy)."
                ),
                level=say(level),
            )
        return text, row, "estimated", "", np.nan

    def _rivals(self, position: int) -> tuple[Say, list[str], str, str, float]:
        events = self.rivals.get(position, [])
        if not events:
            none = say(N_("No project of a rival region for it is on file."))
            return none, [], "inferred", "", np.nan
        events = sorted(
            events,
            key=lambda e: (
                e["amount_cny"] != e["amount_cny"],
                -(e["amount_cny"] if e["amount_cny"] == e["amount_cny"] else 0),
                e["event_id"],
            ),
        )
        first = events[0]
        where = self.regions.get(
            first["region_id"], Say(first["place_en"], first["place_zh"])
        )
        text = say(
            N_(
                "Projects elsewhere: %(count)s, among them in %(region)s: %(title)s (%(date)s)."
            ),
            count=len(events),
            region=where,
            title=Say(first["title_en"], first["title_zh"]),
            date=first["date"] or "\u2013",
        )
        rows = [f"events:{event['event_id']}" for event in events]
        years = [float(e["date"][:4]) for e in events if e["date"][:4].isdigit()]
        return (
            text,
            rows,
            first["basis"],
            first["source_url"],
            max(years, default=np.nan),
        )

    def _evidence(self, position: int) -> tuple[Say, list[str], str, str, float]:
        confidence = self.view.confidence[position]
        row = [f"strengths:{self.view.chain.segment_ids[position]}"]
        if confidence <= 0:
            text = say(
                N_("Nothing is on file about local makers; ask before you act on it.")
            )
        else:
            text = say(
                N_("The evidence on local makers has a confidence of %(value)s."),
                value=f"{confidence:.2f}",
            )
        return text, row, "inferred", "", self._year([position])


_THEMES = {
    "new_energy": N_("new energy"),
    "new_materials": N_("new materials"),
    "digitalisation": N_("digitalisation"),
}


def _sentence(text: str) -> str:
    """Return an English sentence that begins with a capital letter."""
    return text[:1].upper() + text[1:]
