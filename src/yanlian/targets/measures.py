"""Measures of target companies: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from yanlian.geo import EARTH_RADIUS_KM
from yanlian.tables import Floats


def visit_value(
    gap_score: Floats, fit: Floats, likelihood: Floats, reach: Floats
) -> tuple[Floats, Floats]:
    """Value of a visit: gap score times fit times readiness.

    Parameters
    ----------
    gap_score, fit, likelihood, reach : ndarray, shape (targets,), points 0 to 100
        A likelihood or reach of ``nan`` (cannot be scored) counts as 50, the middle,
        and never as 0; a gap score or fit of ``nan`` gives ``nan``, and a gap whose
        reasons against outweigh those for it is worth nothing.

    Returns
    -------
    value : ndarray, shape (targets,), points
        ``gap_score · fit / 100 · readiness``.
    readiness : ndarray, shape (targets,), share
        ``(likelihood + reach) / 200``.

    Examples
    --------
    >>> value, readiness = visit_value(*(np.array([x]) for x in (80.0, 50.0, 60.0, 100.0)))
    >>> value.tolist(), readiness.tolist()
    ([32.0], [0.8])
    """
    middle = np.where(np.isnan(likelihood), 50.0, likelihood)
    near = np.where(np.isnan(reach), 50.0, reach)
    readiness = (middle + near) / 200
    return np.maximum(gap_score, 0.0) * fit / 100 * readiness, readiness


def growth_share(years: Floats, values: Floats) -> float:
    """Mean yearly growth between the first and last year of a series.

    Parameters
    ----------
    years : ndarray, shape (n,), year
    values : ndarray, shape (n,)
        Above zero; the largest counts where one year stands twice.

    Returns
    -------
    float, share per year
        ``nan`` with fewer than two years.

    Examples
    --------
    >>> round(growth_share(np.array([2021.0, 2023.0]), np.array([100.0, 121.0])), 3)
    0.1
    """
    good = np.isfinite(years) & (values > 0)
    years, values = years[good], values[good]
    if len(np.unique(years)) < 2:
        return float("nan")
    first, last = years.min(), years.max()
    start = values[years == first].max()
    stop = values[years == last].max()
    return float((stop / start) ** (1 / (last - first)) - 1)


def recency(age_years: float, half_life: float = 4.0) -> float:
    """Share that a sign of some age still counts: half after ``half_life`` years.

    Parameters
    ----------
    age_years : float, years
        Zero or more; a date ahead (a plan) counts whole.
    half_life : float, years

    Returns
    -------
    float, share

    Examples
    --------
    >>> [round(recency(age), 2) for age in (-1.0, 0.0, 4.0, 8.0)]
    [1.0, 1.0, 0.5, 0.25]
    """
    return float(0.5 ** (max(age_years, 0.0) / half_life))


def count_beside(lat: Floats, lon: Floats, within_km: float) -> NDArray[np.intp]:
    """Count the other places within a distance of each.

    Parameters
    ----------
    lat, lon : ndarray, shape (places,), degree
        ``nan`` is beside nothing.
    within_km : float, km of great circle

    Returns
    -------
    ndarray of int, shape (places,)

    Examples
    --------
    Two places one tenth of a degree apart, one far off:

    >>> count_beside(np.array([31.0, 31.1, 40.0]), np.full(3, 120.0), 40.0).tolist()
    [1, 1, 0]
    """
    found = np.zeros(len(lat), dtype=np.intp)
    known = np.isfinite(lat) & np.isfinite(lon)
    if known.sum() < 2:
        return found
    a, b = np.radians(lat[known]), np.radians(lon[known])
    points = np.column_stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])
    chord = 2 * np.sin(min(within_km / EARTH_RADIUS_KM, np.pi) / 2)
    tree = cKDTree(points)
    counts = tree.query_ball_point(points, chord, return_length=True)
    found[known] = np.asarray(counts, np.intp) - 1
    return found


def balanced_list(
    value: Floats, gap: NDArray[np.intp], firm: NDArray[np.intp], size: int, keep: float
) -> NDArray[np.intp]:
    """Choose targets that cover several gaps: greedy, with diminishing returns.

    Each further firm for a gap counts ``keep`` times the one before; a firm is chosen
    once, for the gap where it adds most. Greedy choice reaches at least ``1 - 1/e`` of
    the best sum, since returns diminish.

    Parameters
    ----------
    value : ndarray, shape (targets,), points
        ``nan`` is never chosen.
    gap, firm : ndarray of int, shape (targets,)
        Gap and firm of each target.
    size : int
        Most targets chosen.
    keep : float
        0 takes one firm per gap, 1 ignores coverage.

    Returns
    -------
    ndarray of int
        Chosen targets in the order of choice.

    References
    ----------
    .. [1] Nemhauser, G., Wolsey, L. and Fisher, M. (1978). An Analysis of Approximations
       for Maximizing Submodular Set Functions. *Mathematical Programming*, 14, 265-294.

    Examples
    --------
    Two firms for gap 0, one for gap 1; the second of gap 0 counts half:

    >>> ids = np.arange(3)
    >>> balanced_list(np.array([9.0, 8, 5]), np.array([0, 0, 1]), ids, 2, 0.5).tolist()
    [0, 2]
    """
    left = np.where(np.isnan(value), -np.inf, value).astype(float)
    chosen: list[int] = []
    for _ in range(min(size, len(left))):
        best = int(np.argmax(left))
        if not left[best] > 0:
            break
        chosen.append(best)
        left[firm == firm[best]] = -np.inf
        left[(gap == gap[best]) & np.isfinite(left)] *= keep
    return np.array(chosen, dtype=np.intp)
