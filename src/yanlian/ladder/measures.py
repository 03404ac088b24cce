"""Three-valued arithmetic of rules: met, unmet or unknown, and points as an interval.

What is known of a measure is the interval in which its value lies; no data is the whole
range of the measure. A condition is met when it holds on all of the interval, unmet
when it holds on none of it.
"""

from __future__ import annotations

from collections.abc import Iterable

MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
Interval = tuple[float, float]


def condition_state(known: Interval, operator: str, value: float) -> str:
    """State of a condition on a value that lies in an interval.

    Parameters
    ----------
    known : tuple of float
        Least and largest value that is possible.
    operator : str
        ``>=``, ``<=`` or ``<``.
    value : float

    Examples
    --------
    >>> condition_state((0.03, 0.03), ">=", 0.03)
    'met'
    >>> condition_state((0.02, 0.04), ">=", 0.03)
    'unknown'
    >>> condition_state((0.75, 1.0), "<", 0.75)
    'unmet'
    """
    low, high = known
    if operator == ">=":
        always, never = low >= value, high < value
    elif operator == "<=":
        always, never = high <= value, low > value
    else:
        always, never = high < value, low >= value
    return MET if always else UNMET if never else UNKNOWN


def all_of(states: Iterable[str]) -> str:
    """State of conditions that have to be met together; met when there are none.

    Examples
    --------
    >>> all_of(["met", "unknown"]), all_of(["unmet", "unknown"])
    ('unknown', 'unmet')
    """
    found = set(states)
    return UNMET if UNMET in found else UNKNOWN if UNKNOWN in found else MET


def any_of(states: Iterable[str]) -> str:
    """State of conditions of which one is enough; unmet when there are none.

    Examples
    --------
    >>> any_of(["met", "unknown"]), any_of(["unmet", "unknown"])
    ('met', 'unknown')
    """
    found = set(states)
    return MET if MET in found else UNKNOWN if UNKNOWN in found else UNMET


def item_points(
    ways: Iterable[tuple[str, float]], most: float, *, add_up: str = "best"
) -> Interval:
    """Points of a scored item: certain, and possible.

    Parameters
    ----------
    ways : iterable of (str, float)
        State of each way and its points.
    most : float
        Most points of the item.
    add_up : str
        ``best``: the best way counts; ``sum``: they add up to ``most``.

    Returns
    -------
    tuple of float
        Least points (nothing unknown is met) and most points (all of it is).

    Examples
    --------
    >>> item_points([("unknown", 20), ("met", 15), ("met", 10)], 20)
    (15, 20)
    >>> item_points([("met", 3), ("met", 3), ("unmet", 3)], 5, add_up="sum")
    (5, 5)
    """
    listed = list(ways)
    certain = [points for state, points in listed if state == MET]
    possible = [points for state, points in listed if state != UNMET]
    if add_up == "sum":
        return min(most, sum(certain)), min(most, sum(possible))
    return max(certain, default=0), max(possible, default=0)


def shortfall(value: float, operator: str, threshold: float) -> float:
    """How far a value is from its threshold; 0 when it is reached.

    Examples
    --------
    >>> round(shortfall(0.025, ">=", 0.03), 3), round(shortfall(0.8, "<=", 0.7), 3)
    (0.005, 0.1)
    """
    gap = threshold - value if operator == ">=" else value - threshold
    return max(gap, 0.0)


def nearness(distance: float, threshold: float) -> float:
    """Distance as part of the threshold, 0 to 1: what is nearest comes first.

    A threshold of zero has no parts: any distance from it counts as the whole.

    Examples
    --------
    >>> nearness(5.0, 20.0), nearness(50.0, 20.0), nearness(0.01, 0.0)
    (0.25, 1.0, 1.0)
    """
    return min(distance / abs(threshold), 1.0) if threshold else 1.0
