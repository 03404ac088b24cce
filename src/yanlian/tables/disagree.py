"""Where sources disagree: facts of one field and year with different values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Sources round; values within one percent of the largest are the same statement.
ROUNDING = 0.01


def disagreements(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return values of one field and year on which sources disagree.

    Parameters
    ----------
    rows : iterable of dict
        Facts of one company, with ``field``, ``year`` and ``value``; rows without a
        field, a year or a number are passed over.

    Returns
    -------
    list of dict
        ``field``, ``year`` and ``rows``, in the order in which fields first occur.

    Examples
    --------
    >>> facts = [{"field": "employees", "year": 2021, "value": v} for v in (80.0, 95.0)]
    >>> [(item["field"], len(item["rows"])) for item in disagreements(facts)]
    [('employees', 2)]
    """
    groups: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["field"] and row["value"] == row["value"] and row["year"] == row["year"]:
            groups.setdefault((row["field"], row["year"]), []).append(row)
    return [
        {"field": field, "year": int(year), "rows": listed}
        for (field, year), listed in groups.items()
        if _differ([row["value"] for row in listed])
    ]


def _differ(values: list[float]) -> bool:
    spread = max(values) - min(values)
    return spread > ROUNDING * max(abs(value) for value in values)
