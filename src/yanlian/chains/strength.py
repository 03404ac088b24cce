"""Strength of each segment in a region, with an interval and all its evidence.

Three kinds of evidence count, each a level between 0 and 1 with a precision:

* a local *firm* placed on the segment: its level grows with size (revenue, else
  employees; a size that is unknown stands at a neutral level), its precision with the
  confidence of the placement; a firm that no longer works counts little;
* a *presence* statement: level / 4; surveyed weighs more than reported, reported more
  than inferred;
* an *indicator* of the region that names the segment: a share, output, a number of
  firms or pieces.

The strength is the precision-weighted mean level, so a firm list that is only partly
known lowers the confidence and widens the interval, but not the strength. A segment
without evidence is *unknown*; it is *missing* only where somebody looked and found
nothing. A single small firm cannot make a segment strong: without a statement or an
indicator the strength of few makers is capped by their joint size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanlian.chains import measures
from yanlian.geo import regions_inside
from yanlian.tables import Floats, Table, split_list
from yanlian.text import N_, Say, say

# Precisions, in pseudo-observations: an office's own survey is worth about four
# inferences; one firm placed for certain is worth one and a half.
PRESENCE_PRECISION = {"surveyed": 8.0, "reported": 4.0, "inferred": 2.0}
FIRM_PRECISION = 1.5
INDICATOR_PRECISION = 3.0
STATUS_SHARE = {"active": 1.0, "distressed": 0.4, "historical": 0.1}
UNKNOWN_SIZE_LEVEL = 0.45
SHOWN_FIRMS = 20
# Indicators of change say nothing about how large a trade is.
_CHANGE_WORDS = ("growth", "expected", "rate", "time", "probe", "rank", "sentiment")


def home_regions(regions: Table | None, region: str) -> set[str]:
    """Return a region and all regions inside it, as the table of regions tells."""
    if regions is None:
        return {region}
    parents = zip(regions["region_id"], regions["parent_id"], strict=True)
    return regions_inside(dict(parents), region)


def size_level(revenue_cny: Floats, employees: Floats) -> Floats:
    """Level of a firm by its size: CNY 10 m is 0.3, each tenfold 0.2 more.

    Parameters
    ----------
    revenue_cny : ndarray, shape (firms,), CNY
    employees : ndarray, shape (firms,), persons
        Used where revenue is unknown, at CNY 0.8 m a head.

    Returns
    -------
    ndarray, shape (firms,), share
        0.2 to 1; 0.45 where nothing is known.

    Examples
    --------
    >>> nan = np.nan
    >>> size_level(np.array([1e7, 1e9, nan, nan]), np.array([nan, nan, 125.0, nan]))
    array([0.3 , 0.7 , 0.5 , 0.45])
    """
    # CNY 0.8 m of revenue a head is the order of above-scale industry in Zhejiang.
    revenue = np.where(np.isnan(revenue_cny), employees * 8e5, revenue_cny)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 0.3 + 0.2 * (np.log10(revenue) - 7)
    result: Floats = np.where(
        np.isnan(revenue), UNKNOWN_SIZE_LEVEL, np.clip(level, 0.2, 1.0)
    )
    return result


def indicator_level(value: float, unit: str) -> float | None:
    """Level an indicator speaks for, or None when its unit tells no size.

    A national share of 30 % or more, CNY 10 bn of output, a thousand firms or a hundred
    million pieces are the level 1.
    """
    if not np.isfinite(value) or value <= 0:
        return None
    if unit == "share":
        return float(min(1.0, 0.4 + 2 * value)) if value <= 1 else None
    tops = {"CNY": 10.0, "firms": 3.0, "pieces": 8.0, "persons": 5.0}
    if unit not in tops:
        return None
    return float(np.clip(1 - 0.22 * (tops[unit] - np.log10(value)), 0.1, 1.0))


def _firm_evidence(
    index: dict[str, int], tables: Mapping[str, Table], home: set[str]
) -> dict[str, Any]:
    """Return local placements as arrays: segment, level, precision, firm row."""
    empty = np.zeros(0)
    none: dict[str, Any] = {
        "segment": empty.astype(np.intp),
        "level": empty,
        "precision": empty,
        "firm": empty.astype(np.intp),
        "confidence": empty,
        "words": empty.astype(object),
    }
    firms, placements = tables.get("firms"), tables.get("placements")
    if firms is None or placements is None or not len(firms) or not len(placements):
        return none
    local = np.isin(firms["region_id"].astype(str), sorted(home))
    rows = {key: i for i, key in enumerate(firms["firm_id"].tolist()) if local[i]}
    firm = np.fromiter(
        (rows.get(key, -1) for key in placements["firm_id"].tolist()), np.intp
    )
    segment = np.fromiter(
        (index.get(key, -1) for key in placements["segment_id"].tolist()), np.intp
    )
    keep = (firm >= 0) & (segment >= 0)
    firm, segment = firm[keep], segment[keep]
    confidence = placements.floats("confidence")[keep]
    level = size_level(
        firms.floats("revenue_cny")[firm], firms.floats("employees")[firm]
    )
    status = firms["status"][firm]
    share = np.array([STATUS_SHARE.get(word, 1.0) for word in status.tolist()])
    return {
        "segment": segment,
        "level": level,
        "precision": FIRM_PRECISION * confidence * share,
        "firm": firm,
        "confidence": confidence,
        "words": placements["words"][keep],
        "active": share == 1.0,
    }


def estimate_strengths(
    tables: Mapping[str, Table],
    region: str,
    *,
    strong: float = 0.62,
    adequate: float = 0.4,
    sure_maker: float = 0.5,
) -> tuple[Table, Table]:
    """Estimate the strength of every segment in a region.

    Parameters
    ----------
    tables : mapping of str to Table
        ``segments``; where given ``firms`` with ``placements``, ``presence``,
        ``indicators`` and ``regions``.
    region : str
        Home region; regions inside it count too.
    strong, adequate : float
        Least strength of these states, 0 to 1.
    sure_maker : float
        Least confidence of a placement that counts as a local maker.

    Returns
    -------
    strengths : Table
        One row per segment.
    strength_evidence : Table
        The rows behind each estimate; of many firms the largest 20 and their sum.
    """
    segments = tables["segments"]
    index = {key: i for i, key in enumerate(segments["segment_id"].tolist())}
    size = len(index)
    home = home_regions(tables.get("regions"), region)
    firm = _firm_evidence(index, tables, home)
    level_sum = np.zeros(size)
    square_sum = np.zeros(size)
    precision = np.zeros(size)
    count = np.zeros(size)
    checked = np.full(size, "", dtype=object)
    looked = np.zeros(size, bool)
    rows: list[dict[str, Any]] = []

    def add(positions: NDArray[np.intp], levels: Floats, precisions: Floats) -> None:
        np.add.at(level_sum, positions, precisions * levels)
        np.add.at(square_sum, positions, precisions * levels**2)
        np.add.at(precision, positions, precisions)
        np.add.at(count, positions, 1)

    add(firm["segment"], firm["level"], firm["precision"])
    makers = np.zeros(size)
    if len(firm["segment"]):
        sure = firm["active"] & (firm["confidence"] >= sure_maker)
        np.add.at(makers, firm["segment"][sure], 1)
        rows += _firm_rows(segments, tables["firms"], firm, checked)
    stated = np.zeros(size)
    for row, level, weight, item in _statements(tables, index, home):
        position = index[item["segment_id"]]
        add(np.array([position]), np.array([level]), np.array([weight]))
        stated[position] += weight
        looked[position] |= row == "absent"
        checked[position] = max(checked[position], item.pop("checked_on"))
        rows.append(item)

    strength, low, high = measures.beta_estimate(level_sum, precision)
    # Few makers of unknown or small size cannot be a strong trade by themselves.
    joint = np.zeros(size)
    np.add.at(
        joint, firm["segment"], firm["level"] * np.minimum(firm["precision"] / 1.5, 1)
    )
    only_firms = (stated == 0) & (precision > 0)
    cap = np.where(only_firms, np.minimum(0.35 + 0.25 * joint, 1.0), 1.0)
    strength = np.minimum(strength, cap)
    low = np.minimum(low, strength)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = level_sum / precision
        spread = np.sqrt(np.maximum(square_sum / precision - mean**2, 0))
    confidence = measures.evidence_confidence(precision, spread)
    state = np.full(size, "unknown", dtype=object)
    known = precision > 0
    state[known] = "weak"
    state[known & (strength >= adequate)] = "adequate"
    state[known & (strength >= strong)] = "strong"
    state[known & looked & (level_sum <= 1e-12)] = "missing"
    word = np.full(size, "none", dtype=object)
    word[known] = "low"
    word[confidence >= 0.35] = "medium"
    word[confidence >= 0.6] = "high"
    strengths = Table(
        "strengths",
        {
            "segment_id": segments["segment_id"],
            "state": state,
            "strength": strength,
            "strength_low": low,
            "strength_high": high,
            "confidence": confidence,
            "confidence_word": word,
            "firms": makers,
            "evidence": count,
            "last_checked": checked,
        },
    )
    return strengths, Table.of("strength_evidence", rows)


def _firm_rows(
    segments: Table, firms: Table, firm: dict[str, Any], checked: NDArray[Any]
) -> list[dict[str, Any]]:
    """Return the evidence rows of firms: the weightiest per segment, then their rest."""
    order = np.lexsort(
        (firm["firm"], -firm["precision"] * firm["level"], firm["segment"])
    )
    ids = segments["segment_id"]
    made = []
    starts = np.flatnonzero(np.r_[True, np.diff(firm["segment"][order]) > 0])
    stops = np.r_[starts[1:], len(order)]
    for start, stop in zip(starts, stops, strict=True):
        group = order[start:stop]
        position = int(firm["segment"][group[0]])
        for item in group[:SHOWN_FIRMS]:
            at = int(firm["firm"][item])
            en = firms["name_en"][at] or firms["name_zh"][at]
            zh = firms["name_zh"][at] or firms["name_en"][at]
            text = say(
                N_("%(firm)s is placed here (confidence %(confidence)s: %(words)s)."),
                firm=Say(en, zh),
                confidence=f"{firm['confidence'][item]:.2f}",
                words=firm["words"][item],
            )
            made.append(
                {
                    "segment_id": ids[position],
                    "kind": "firm",
                    "source_table": "firms",
                    "row_id": firms["firm_id"][at],
                    "weight": round(float(firm["precision"][item]), 4),
                    "level": round(float(firm["level"][item]), 4),
                    "text_en": text.en,
                    "text_zh": text.zh,
                    "basis": "inferred",
                    "source_url": firms["source_url"][at],
                    "date": firms["checked_on"][at],
                }
            )
            checked[position] = max(checked[position], firms["checked_on"][at])
        rest = group[SHOWN_FIRMS:]
        if len(rest):
            text = say(N_("%(count)s more companies are placed here."), count=len(rest))
            weight = firm["precision"][rest]
            made.append(
                {
                    "segment_id": ids[position],
                    "kind": "firm",
                    "source_table": "firms",
                    "weight": float(weight.sum()),
                    "level": float(np.average(firm["level"][rest], weights=weight)),
                    "text_en": text.en,
                    "text_zh": text.zh,
                    "basis": "inferred",
                }
            )
    return made


def _statements(
    tables: Mapping[str, Table], index: dict[str, int], home: set[str]
) -> list[tuple[str, float, float, dict[str, Any]]]:
    """Return presence statements and indicators as (mark, level, precision, row)."""
    found: list[tuple[str, float, float, dict[str, Any]]] = []
    presence = tables.get("presence")
    for number, row in enumerate(presence.rows() if presence is not None else (), 1):
        if row["region_id"] not in home or row["segment_id"] not in index:
            continue
        weight = PRESENCE_PRECISION[row["survey"]]
        if not np.isnan(row["coverage"]):
            weight *= max(row["coverage"], 0.05)
        mark = "absent" if row["level"] == 0 else ""
        found.append(
            (
                mark,
                row["level"] / 4,
                weight,
                _row(
                    row["segment_id"], "presence", number, row, weight, row["level"] / 4
                ),
            )
        )
    indicators = tables.get("indicators")
    latest: dict[tuple[str, str], tuple[float, int, dict[str, Any]]] = {}
    for number, row in enumerate(
        indicators.rows() if indicators is not None else (), 1
    ):
        if row["region_id"] not in home or not row["segment_ids"]:
            continue
        year = row["year"] if row["year"] == row["year"] else 0.0
        key = (row["indicator"], row["unit"])
        # Where two sources disagree for one year, the first of the table stands.
        if key not in latest or year > latest[key][0]:
            latest[key] = (year, number, row)
    for _, number, row in latest.values():
        if any(word in row["indicator"].split("_") for word in _CHANGE_WORDS):
            continue
        named = [s for s in split_list(row["segment_ids"]) if s in index]
        level = indicator_level(row["value"], row["unit"])
        if level is None or not named:
            continue
        weight = INDICATOR_PRECISION / len(named) ** 0.5
        row = {
            **row,
            "text_en": f"{row['name_en']}: {row['value_text']}",
            "text_zh": f"{row['name_zh'] or row['name_en']}\uff1a{row['value_text']}",
            "date": "" if row["year"] != row["year"] else str(int(row["year"])),
        }
        for segment in named:
            found.append(
                (
                    "",
                    level,
                    weight,
                    _row(segment, "indicator", number, row, weight, level),
                )
            )
    return found


def _row(
    segment: str,
    kind: str,
    number: int,
    row: dict[str, Any],
    weight: float,
    level: float,
) -> dict[str, Any]:
    return {
        "segment_id": segment,
        "kind": kind,
        "source_table": "presence" if kind == "presence" else "indicators",
        "row_id": str(number),
        "weight": round(weight, 4),
        "level": round(level, 4),
        "text_en": row["text_en"],
        "text_zh": row["text_zh"],
        "basis": row["basis"],
        "source_url": row["source_url"],
        "date": row["date"],
        "checked_on": row["checked_on"],
    }
