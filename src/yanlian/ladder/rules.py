"""The rules of the three tiers, as data: wording, conditions, points and what was read."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from yanlian.text import Say

_FOLDER = Path(__file__).parent
INFINITE = float("inf")
ALWAYS = "always"
POINTS = "points:"


@dataclass(frozen=True)
class Condition:
    """A measure over a span, compared with a value.

    Attributes
    ----------
    measure : str
        Name of a measure, ``always``, or ``points:`` and a block or ``total``.
    span : str
        ``last`` (latest year), ``each2`` and ``mean2`` (last two years), ``sum2`` and
        ``sum3`` (their sum), ``last_or_sum2`` (the text leaves open which),
        ``lasting`` or ``within3``.
    operator : str
        ``>=``, ``<=`` or ``<``.
    value : float
    unit : str
    """

    measure: str
    span: str
    operator: str
    value: float
    unit: str


@dataclass(frozen=True)
class Way:
    """One way to meet a rule: all of its conditions hold.

    Attributes
    ----------
    conditions : tuple of Condition
    points : float
        Points it brings; 0 for a rule without points.
    """

    conditions: tuple[Condition, ...]
    points: float


@dataclass(frozen=True)
class Rule:
    """One rule of a tier: any of its ways meets it.

    Attributes
    ----------
    code, tier : str
    kind : str
        ``must``, ``least`` (a least score), ``direct``, ``general`` or ``score``.
    block : str
        Part of the tier.
    max_points : float
        Most points of a scored item, 0 otherwise.
    add_up : str
        How the ways of a scored item count: ``best`` one, their ``sum``, or the
        ``value`` itself.
    name, says, source : Say
    quote_zh : str
    text_seen : str
        ``yes``, ``one source``, ``heading only`` or ``no``.
    ways : tuple of Way
    """

    code: str
    tier: str
    kind: str
    block: str
    max_points: float
    add_up: str
    name: Say
    says: Say
    source: Say
    quote_zh: str
    text_seen: str
    ways: tuple[Way, ...]

    @property
    def seen(self) -> bool:
        """Whether its text was read in at least two public copies."""
        return self.text_seen == "yes"


@dataclass(frozen=True)
class Tier:
    """A rung of the ladder.

    Attributes
    ----------
    code : str
    name : Say
    title : Say
        Patterns by which a title on file is told.
    """

    code: str
    name: Say
    title: Say


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(cell: str) -> float:
    return float(cell) if cell else 0.0


@functools.cache
def tiers() -> dict[str, Tier]:
    """Return the tiers by code, lowest first."""
    return {
        row["tier"]: Tier(
            row["tier"],
            Say(row["name_en"], row["name_zh"]),
            Say(row["title_en"], row["title_zh"]),
        )
        for row in _rows("tiers")
    }


@functools.cache
def titles() -> dict[str, Say]:
    """Return patterns of titles that answer a measure, by the measure."""
    return {
        row["measure"]: Say(row["title_en"], row["title_zh"]) for row in _rows("titles")
    }


@functools.cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Return the rules of each tier, in the order of the regulation."""
    ways: dict[str, dict[str, tuple[float, list[Condition]]]] = {}
    for row in _rows("conditions"):
        _, conditions = ways.setdefault(row["rule_id"], {}).setdefault(
            row["way"], (_number(row["points"]), [])
        )
        conditions.append(
            Condition(
                row["measure"],
                row["span"],
                row["operator"],
                _number(row["value"]),
                row["unit"],
            )
        )
    found: dict[str, list[Rule]] = {code: [] for code in tiers()}
    for row in _rows("rules"):
        found[row["tier"]].append(
            Rule(
                row["rule_id"],
                row["tier"],
                row["kind"],
                row["block"],
                _number(row["max_points"]),
                row["add_up"],
                Say(row["name_en"], row["name_zh"]),
                Say(row["says_en"], row["says_zh"]),
                Say(row["source_en"], row["source_zh"]),
                row["quote_zh"],
                row["text_seen"],
                tuple(
                    Way(tuple(conditions), points)
                    for points, conditions in ways[row["rule_id"]].values()
                ),
            )
        )
    return {code: tuple(listed) for code, listed in found.items()}
