"""The readiness ladder: which rules of each tier a firm meets on what is on file.

No data is unknown, never unmet, and points are an interval: at least what is certain, at
most what would follow if all that is unknown turned out well. Nothing here says that a
firm is entitled to a title: that it is a small or medium firm, that nothing excludes it,
and what the papers are worth is for the authority.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanlian.errors import Finding, ParamError
from yanlian.ladder import measures
from yanlian.ladder.evidence import File, Known, Piece, firm_pieces, matched
from yanlian.ladder.measures import MET, UNKNOWN, UNMET, Interval
from yanlian.ladder.rules import ALWAYS, POINTS, Condition, Rule, Tier, rules, tiers
from yanlian.ladder.wording import joined, missing, not_counted, piece_text
from yanlian.params import Params, param
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table
from yanlian.text import N_, Say, say

PART = "part"
LOCAL = "distinctive"
PASSES = {MET: "yes", UNMET: "no", UNKNOWN: "unknown"}
_ORDER = {"must": 0, "general": 1, "score": 2, "direct": 3}
# What nobody knows stands between what is known to be near and what is known to be far.
_UNKNOWN_NEARNESS = 0.5
_NO_GOAL = 2.0


@dataclass(frozen=True)
class LadderParams(Params):
    """Parameters of the readiness ladder."""

    tiers: tuple[str, ...] = param(
        (),
        label=N_("Tiers"),
        help=N_(
            "innovative_sme, srdi_sme and little_giant, or some of them; all when empty."
        ),
    )
    firms: tuple[str, ...] = param(
        (),
        label=N_("Companies"),
        help=N_("Identifiers of companies; all when empty."),
        kind="firms",
    )
    as_of: str = param(
        "",
        label=N_("As of"),
        help=N_("Day of the assessment; the year before it is the reference year."),
        kind="date",
    )
    year: int = param(
        0,
        label=N_("Reference year"),
        help=N_(
            "Year that the rules call last year; 0 for the year before the as-of day, or "
            "for the latest year on file when no day is given."
        ),
        low=0,
        high=2100,
    )
    oldest_years: int = param(
        3,
        label=N_("Oldest figure"),
        help=N_(
            "How many years before the reference year a yearly figure may be. Older ones "
            "are shown but do not count."
        ),
        unit="years",
        low=0,
        high=20,
    )
    local_items: bool = param(
        True,
        label=N_("Items set by the province"),
        help=N_(
            "Whether their 15 points count, unknown unless on file; without them the SRDI "
            "SME is scored out of 85."
        ),
    )
    length: int = param(
        10,
        label=N_("Length of the list of what is nearest"),
        low=1,
        high=100,
    )


@dataclass(frozen=True)
class Checked:
    """A rule as it stands for one firm.

    Attributes
    ----------
    rule : Rule
    state : str
        ``met``, ``part``, ``unmet`` or ``unknown``.
    points : tuple of float
        Least and most points; zeros for a rule without points.
    condition : Condition or None
        The condition on which it hangs most: the nearest that is not met.
    known : Known
        What is known of that condition's measure.
    condition_state : str
    distance : float
        From the threshold of that condition, in its unit; ``nan`` when met or unknown.
    pieces, passed_over : tuple of Piece
        All values used, and values that do not count.
    """

    rule: Rule
    state: str
    points: Interval
    condition: Condition | None
    known: Known
    condition_state: str
    distance: float
    pieces: tuple[Piece, ...]
    passed_over: tuple[Piece, ...]


@dataclass(frozen=True)
class Standing:
    """Where a firm stands on one tier.

    Attributes
    ----------
    checked : tuple of Checked
    must, direct, passes : str
        ``met``, ``unmet`` or ``unknown``.
    points : tuple of float
        Least and most points; ``nan`` for a tier without points.
    """

    checked: tuple[Checked, ...]
    must: str
    direct: str
    passes: str
    points: Interval


def check_rule(rule: Rule, file: File) -> Checked:
    """Return how a rule on measures stands for a firm.

    Parameters
    ----------
    rule : Rule
        Any but one of a least score, which depends on the others.
    file : File
        What is on file about the firm.
    """
    ways: list[tuple[str, float]] = []
    open_ones: list[tuple[float, int, Condition, Known, str, float]] = []
    certain: tuple[Condition | None, Known] = (None, Known((0.0, 0.0)))
    pieces: dict[Piece, None] = {}
    passed_over: dict[Piece, None] = {}
    for number, way in enumerate(rule.ways):
        states = []
        for condition in way.conditions:
            known = file.known(condition.measure, condition.span)
            state = measures.condition_state(
                known.interval, condition.operator, condition.value
            )
            states.append(state)
            pieces |= dict.fromkeys(known.used)
            passed_over |= dict.fromkeys(known.passed_over)
            distance = _distance(condition, known, state)
            if state != MET:
                near = _near(condition, known, state, distance)
                open_ones.append((near, number, condition, known, state, distance))
            elif certain[0] is None and condition.measure != ALWAYS:
                certain = condition, known
        ways.append((measures.all_of(states), way.points))
    points: Interval = (0.0, 0.0)
    if rule.kind == "score":
        if rule.add_up == "value":
            points = file.known(rule.ways[0].conditions[0].measure, "lasting").interval
        else:
            points = measures.item_points(ways, rule.max_points, add_up=rule.add_up)
        state = _score_state(points, rule.max_points)
    else:
        state = measures.any_of(state for state, _ in ways)
    least = (certain[0], certain[1], MET, math.nan)
    if state != MET:
        least = _deciding(rule, points, open_ones) or least
    return Checked(
        rule,
        state,
        points,
        *least,
        tuple(pieces),
        tuple(p for p in passed_over if p not in pieces),
    )


def _distance(condition: Condition, known: Known, state: str) -> float:
    if state != UNMET:
        return math.nan
    best = known.interval[1] if condition.operator == ">=" else known.interval[0]
    return round(measures.shortfall(best, condition.operator, condition.value), 12)


def _near(condition: Condition, known: Known, state: str, distance: float) -> float:
    if condition.measure == "revenue_cny" and condition.operator == "<":
        # It only tells firms of one size from another; nobody should shrink for it.
        return 0.0 if state == UNKNOWN else _NO_GOAL
    if state == UNKNOWN:
        return 0.0 if known.differ else _UNKNOWN_NEARNESS
    return measures.nearness(distance, condition.value)


def _score_state(points: Interval, most: float) -> str:
    low, high = points
    if low < high:
        return UNKNOWN
    return MET if low >= most else PART if low > 0 else UNMET


def _deciding(
    rule: Rule,
    points: Interval,
    open_ones: Sequence[tuple[float, int, Condition, Known, str, float]],
) -> tuple[Condition | None, Known, str, float] | None:
    """Return what is farthest in the nearest way that would bring more."""
    by_way: dict[int, list[tuple[float, int, Condition, Known, str, float]]] = {}
    for one in open_ones:
        if _brings(rule, points, one[1]):
            by_way.setdefault(one[1], []).append(one)
    if not by_way:
        return None
    farthest = [max(way, key=lambda one: one[0]) for way in by_way.values()]
    _, _, condition, known, state, distance = min(farthest, key=lambda one: one[:2])
    return condition, known, state, distance


def _brings(rule: Rule, points: Interval, way: int) -> bool:
    if rule.kind != "score" or rule.add_up != "best":
        return True
    return rule.ways[way].points > points[0]


def assess_tier(tier: str, file: File, *, local_items: bool = True) -> Standing:
    """Return where a firm stands on one tier.

    Parameters
    ----------
    tier : str
        Code of a tier.
    file : File
        What is on file about the firm.
    local_items : bool
        Whether the items set by the province count.
    """
    listed = [
        rule
        for rule in rules()[tier]
        if local_items or rule.block != LOCAL or rule.kind != "score"
    ]
    checked = {r.code: check_rule(r, file) for r in listed if r.kind != "least"}
    sums: dict[str, Interval] = {}
    for one in checked.values():
        if one.rule.kind == "score":
            for block in (one.rule.block, "total"):
                low, high = sums.get(block, (0.0, 0.0))
                sums[block] = (low + one.points[0], high + one.points[1])
    for rule in listed:
        if rule.kind == "least":
            checked[rule.code] = _check_least(rule, sums)
    ordered = tuple(checked[rule.code] for rule in listed)
    return _standing(ordered, sums.get("total", (math.nan, math.nan)))


def _standing(checked: tuple[Checked, ...], points: Interval) -> Standing:
    states: dict[str, list[str]] = {}
    for one in checked:
        states.setdefault(one.rule.kind, []).append(one.state)
    must = measures.all_of(states.get("must", ()))
    direct = measures.any_of(states.get("direct", ()))
    # The score, or the general conditions, stand beside the direct route.
    route = measures.all_of([*states.get("least", ()), *states.get("general", ())])
    passes = measures.all_of([must, measures.any_of([direct, route])])
    return Standing(checked, must, direct, passes, points)


def _check_least(rule: Rule, sums: Mapping[str, Interval]) -> Checked:
    condition = rule.ways[0].conditions[0]
    interval = sums[condition.measure.removeprefix(POINTS)]
    known = Known(interval)
    state = measures.condition_state(interval, condition.operator, condition.value)
    distance = _distance(condition, known, state)
    return Checked(rule, state, interval, condition, known, state, distance, (), ())


def rests_on_unseen(standing: Standing) -> bool:
    """Whether an outcome would be unknown without the rules that are to be checked.

    Each of them is taken as unknown: a scored item with none to all of its points.
    """
    if standing.passes == UNKNOWN:
        return False
    total = standing.points
    doubted: dict[str, Checked] = {}
    sums: dict[str, Interval] = {}
    for one in standing.checked:
        rule = one.rule
        if not rule.seen:
            points = (0.0, rule.max_points) if rule.kind == "score" else (0.0, 0.0)
            one = Checked(
                rule, UNKNOWN, points, None, one.known, UNKNOWN, math.nan, (), ()
            )
        doubted[rule.code] = one
        if rule.kind == "score":
            for block in (rule.block, "total"):
                low, high = sums.get(block, (0.0, 0.0))
                sums[block] = (low + one.points[0], high + one.points[1])
    for code, one in doubted.items():
        if one.rule.kind == "least" and one.rule.seen:
            doubted[code] = _check_least(one.rule, sums)
    return _standing(tuple(doubted.values()), total).passes == UNKNOWN


def _reference_year(params: LadderParams, tables: Mapping[str, Table]) -> int:
    """Return the year that counts as last year."""
    if params.year:
        return params.year
    if params.as_of:
        return int(params.as_of[:4]) - 1
    years = [tables["firms"].floats("revenue_year")]
    if "firm_measures" in tables:
        years.append(tables["firm_measures"].floats("year"))
    return int(max((y for column in years for y in column if y == y), default=0))


def _chosen(
    params: LadderParams, firms: Table
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the tiers and firms asked for; all that cannot be found at once."""
    wrong = [
        Finding(
            "tiers",
            say(
                N_("Found %(value)s. Expected one of %(allowed)s."),
                value=repr(name),
                allowed=", ".join(tiers()),
            ),
            code="param.choice",
        )
        for name in params.tiers
        if name not in tiers()
    ]
    known = set(firms["firm_id"])
    wrong += [
        Finding(
            "firms",
            say(
                N_(
                    "There is no company %(value)s in table firms. Correct the identifier."
                ),
                value=name,
            ),
            code="param.firm",
        )
        for name in params.firms
        if name not in known
    ]
    if wrong:
        raise ParamError(
            N_("%(count)s parameters are outside their range. Correct each one."),
            findings=tuple(wrong),
            count=len(wrong),
        )
    listed = [code for code in tiers() if not params.tiers or code in params.tiers]
    rows = [
        row
        for row in firms.rows()
        if (
            row["firm_id"] in params.firms
            if params.firms
            else row["status"] != "historical"
        )
    ]
    return listed, rows


def assess_ladder(
    tables: Mapping[str, Table],
    params: LadderParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Say for each firm and tier which rules are met, unmet or unknown.

    Parameters
    ----------
    tables : mapping of str to Table
        ``firms``; where given ``firm_measures``.
    params : LadderParams, optional
    seed : int
        Not used; the result is the same for every seed.
    progress : Progress, optional
        Called while the firms are gone through.

    Returns
    -------
    Result
        ``ladder`` (one row per firm and tier), ``ladder_rules`` (per rule) and
        ``nearest``: what is open, nearest first.

    Raises
    ------
    ParamError
        When a tier or company asked for does not exist.
    """
    del seed
    values = params or LadderParams()
    chosen, firms = _chosen(values, tables["firms"])
    year = _reference_year(values, tables)
    pieces = firm_pieces(firms, tables.get("firm_measures"))
    ladder: list[dict[str, Any]] = []
    listed: list[dict[str, Any]] = []
    nearest: list[dict[str, Any]] = []
    for number, firm in enumerate(firms):
        if number % 200 == 0:
            progress(number, len(firms), say(N_("Checking the rules of the ladder")))
        file = File(pieces[firm["firm_id"]], year, values.oldest_years)
        for code in chosen:
            standing = assess_tier(code, file, local_items=values.local_items)
            key = {"firm_id": firm["firm_id"], "tier": code}
            ladder.append(key | _ladder_row(tiers()[code], firm, standing, year))
            listed += [
                key | _rule_row(one, year, values.oldest_years)
                for one in standing.checked
            ]
            nearest += [
                key | {"rank": rank} | _nearest_row(one)
                for rank, one in enumerate(
                    open_rules(standing)[: values.length], start=1
                )
            ]
    progress(len(firms), len(firms), say(N_("All rules are checked.")))
    passed = Counter(row["tier"] for row in ladder if row["passes"] == "yes")
    return Result(
        {
            "ladder": Table.of("ladder", ladder),
            "ladder_rules": Table.of("ladder_rules", listed),
            "nearest": Table.of("nearest", nearest),
        },
        {
            "firms": len(firms),
            "year": year,
            **{f"met_{code}": passed[code] for code in chosen},
            "rules_unseen": sum(not r.seen for code in chosen for r in rules()[code]),
        },
        tuple(_notes(chosen, values, tables, firms, pieces)),
    )


def open_rules(standing: Standing) -> list[Checked]:
    """Return the rules that are open and could change the outcome, nearest first.

    Sources that differ come first, then known gaps as a part of their threshold; what
    is not on file stands as half of one, and a plain no as a whole.
    """
    if standing.passes == MET:
        return []
    route = [
        one.state for one in standing.checked if one.rule.kind in {"least", "general"}
    ]
    routed = measures.any_of([standing.direct, measures.all_of(route)]) == MET
    found = [
        one
        for one in standing.checked
        if one.state != MET
        and one.condition is not None
        and one.rule.kind in _ORDER
        and (one.rule.kind == "must" or not routed)
    ]

    def place(one: Checked) -> tuple[float, int, float]:
        assert one.condition is not None
        near = _near(one.condition, one.known, one.condition_state, one.distance)
        return near, _ORDER[one.rule.kind], -_gain(one)

    return sorted(found, key=place)


def _gain(one: Checked) -> float:
    """Return how many points an item could still bring."""
    return one.rule.max_points - one.points[0] if one.rule.kind == "score" else 0.0


def _ladder_row(
    tier: Tier, firm: Mapping[str, Any], standing: Standing, year: int
) -> dict[str, Any]:
    counts = Counter(one.state for one in standing.checked)
    unseen = sum(not one.rule.seen for one in standing.checked)
    rests = rests_on_unseen(standing)
    low, high = standing.points
    title = joined(matched(firm, tier.title))
    scored = [o.rule.max_points for o in standing.checked if o.rule.kind == "score"]
    reason = _reason(standing, tier, counts, rests)
    return {
        "year": year,
        "passes": PASSES[standing.passes],
        "direct": PASSES[standing.direct],
        "must": PASSES[standing.must],
        "points_low": low,
        "points_high": high,
        "points_of": sum(scored) if scored else math.nan,
        "rules_met": counts[MET],
        "rules_part": counts[PART],
        "rules_unmet": counts[UNMET],
        "rules_unknown": counts[UNKNOWN],
        "rules_unseen": unseen,
        "rests_on_unseen": float(rests),
        "title_en": title.en,
        "title_zh": title.zh,
        "reason_en": reason.en,
        "reason_zh": reason.zh,
    }


def _reason(
    standing: Standing, tier: Tier, counts: Mapping[str, int], rests: bool
) -> Say:
    """Return the outcome as a sentence that claims no entitlement."""
    values = {
        "tier": tier.name,
        "unknown": counts.get(UNKNOWN, 0),
        "unmet": counts.get(UNMET, 0),
        "rules": joined([o.rule.name for o in standing.checked if _bars(o, standing)]),
    }
    if standing.passes == MET:
        text = N_(
            "On what is on file, the rules looked at for %(tier)s are met; %(unknown)s are "
            "still unknown. No entitlement follows."
        )
        if rests:
            text = N_(
                "On what is on file, the rules looked at for %(tier)s are met, but this "
                "rests on rules whose text is to be checked; %(unknown)s are still unknown. "
                "No entitlement follows."
            )
    elif standing.passes == UNMET:
        text = N_("On what is on file, the rules for %(tier)s are not met: %(rules)s.")
        if rests:
            text = N_(
                "On what is on file, the rules for %(tier)s are not met: %(rules)s. This "
                "rests on rules whose text is to be checked."
            )
    else:
        text = N_(
            "What is on file does not settle %(tier)s: %(unknown)s rules are unknown, "
            "%(unmet)s are not met."
        )
    return say(text, **values)


def _bars(one: Checked, standing: Standing) -> bool:
    """Whether a rule is one of those by which a tier is not met."""
    if one.state != UNMET:
        return False
    if standing.must == UNMET:
        return one.rule.kind == "must"
    return one.rule.kind in {"least", "general"}


def _rule_row(one: Checked, year: int, oldest: int) -> dict[str, Any]:
    rule, condition = one.rule, one.condition
    scored, summed = rule.kind == "score", rule.kind in {"score", "least"}
    shown = [piece_text(piece) for piece in one.pieces]
    shown += [not_counted(piece, year, oldest) for piece in one.passed_over]
    evidence = joined(shown)
    behind = [p for piece in one.pieces for p in (*piece.derived, piece)]
    value = one.known.value
    return {
        "rule_id": rule.code,
        "kind": rule.kind,
        "block": rule.block,
        "name_en": rule.name.en,
        "name_zh": rule.name.zh,
        "says_en": rule.says.en,
        "says_zh": rule.says.zh,
        "state": one.state,
        "points_low": one.points[0] if summed else math.nan,
        "points_high": one.points[1] if summed else math.nan,
        "max_points": rule.max_points if scored else math.nan,
        "measure": condition.measure if condition else "",
        "value": value if condition else math.nan,
        "threshold": condition.value if condition else math.nan,
        "distance": one.distance,
        "unit": condition.unit if condition else "",
        "year": (one.known.year or math.nan) if condition else math.nan,
        "evidence_en": evidence.en,
        "evidence_zh": evidence.zh,
        "source": "; ".join(dict.fromkeys(p.source for p in behind if p.source)),
        "basis": "; ".join(dict.fromkeys(p.basis for p in behind)),
        "text_seen": rule.text_seen,
        "quote_zh": rule.quote_zh,
        "rule_source_en": rule.source.en,
        "rule_source_zh": rule.source.zh,
    }


def _nearest_row(one: Checked) -> dict[str, Any]:
    assert one.condition is not None
    text = missing(
        one.rule, one.condition, one.known, one.condition_state, one.distance
    )
    return {
        "rule_id": one.rule.code,
        "state": one.state,
        "measure": one.condition.measure,
        "distance": one.distance,
        "unit": one.condition.unit,
        "gain_points": _gain(one) if one.rule.kind == "score" else math.nan,
        "text_seen": one.rule.text_seen,
        "text_en": text.en,
        "text_zh": text.zh,
    }


def _notes(
    chosen: Sequence[str],
    params: LadderParams,
    tables: Mapping[str, Table],
    firms: Sequence[Mapping[str, Any]],
    pieces: Mapping[str, Sequence[Piece]],
) -> list[Note]:
    text = N_(
        "The size limits of small and medium firms, the list of exclusions, the validity of "
        "titles and later changes to the measures are not looked at. No outcome is an "
        "entitlement."
    )
    notes = [Note("ladder.limits", say(text))]
    unseen = [r for code in chosen for r in rules()[code] if not r.seen]
    if unseen:
        text = N_(
            "%(count)s rules were not read in at least two public copies and are marked: "
            "%(rules)s. Check their text before use."
        )
        codes = ", ".join(rule.code for rule in unseen)
        notes.append(
            Note(
                "ladder.unseen", say(text, count=len(unseen), rules=codes), len(unseen)
            )
        )
    bare = sum(not pieces[firm["firm_id"]] for firm in firms)
    if bare:
        text = N_("On %(count)s companies nothing that the rules ask is on file.")
        notes.append(Note("ladder.bare", say(text, count=bare), bare))
    gone = int((tables["firms"]["status"] == "historical").sum())
    if gone and not params.firms:
        text = N_("%(count)s companies that no longer work were left out.")
        notes.append(Note("ladder.historical", say(text, count=gone), gone))
    return notes
