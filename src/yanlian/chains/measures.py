"""Measures of the chain: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy import special

from yanlian.tables import Floats

# The named contributions of a gap, in the order in which they are shown, with the
# points a full value is worth. The plus points sum to 100.
CONTRIBUTIONS = (
    "demand",
    "inputs",
    "path",
    "resilience",
    "theme",
    "upgrading",
    "rivals",
    "evidence",
)
POINTS = np.array([30.0, 12.0, 12.0, 16.0, 16.0, 14.0, 10.0, 20.0])
SIGNS = np.array([1.0, 1, 1, 1, 1, 1, -1, -1])


def beta_estimate(
    level_sum: Floats, precision: Floats, mass: float = 0.8
) -> tuple[Floats, Floats, Floats]:
    """Strength as a mean level, with the interval of a Beta distribution.

    Each piece of evidence is a pseudo-observation on [0, 1] with a precision. The
    estimate is the precision-weighted mean, so that evidence that is absent can widen
    the interval but cannot pull the estimate down. The interval is that of
    ``Beta(Σpl + ½, Σp(1-l) + ½)``, the posterior under the reference prior.

    Parameters
    ----------
    level_sum : ndarray, shape (segments,)
        Sum of precision times level.
    precision : ndarray, shape (segments,)
        Sum of precisions, zero or more.
    mass : float
        Probability inside the interval, 0 to 1.

    Returns
    -------
    strength, low, high : ndarray, shape (segments,), share
        ``nan`` where there is no evidence.

    References
    ----------
    .. [1] Brown, L., Cai, T. and DasGupta, A. (2001). Interval Estimation for a
       Binomial Proportion. *Statistical Science*, 16(2), 101-133 (Jeffreys interval).

    Examples
    --------
    >>> mean, low, high = beta_estimate(np.array([4.0, 0.0]), np.array([5.0, 0.0]))
    >>> mean.round(2).tolist(), low.round(2).tolist(), high.round(2).tolist()
    ([0.8, nan], [0.52, nan], [0.94, nan])
    """
    known = precision > 0
    safe = np.where(known, precision, 1.0)
    mean = np.clip(np.where(known, level_sum / safe, np.nan), 0, 1)
    a = np.where(known, level_sum + 0.5, 1.0)
    b = np.where(known, np.maximum(precision - level_sum, 0) + 0.5, 1.0)
    tail = (1 - mass) / 2
    low = np.where(known, special.betaincinv(a, b, tail), np.nan)
    high = np.where(known, special.betaincinv(a, b, 1 - tail), np.nan)
    return mean, np.minimum(low, mean), np.maximum(high, mean)


def evidence_confidence(precision: Floats, spread: Floats, half: float = 3.0) -> Floats:
    """Confidence from the weight and the agreement of the evidence.

    Parameters
    ----------
    precision : ndarray, shape (segments,)
        Sum of precisions.
    spread : ndarray, shape (segments,)
        Weighted standard deviation of the levels, 0 to ½; ``nan`` counts as 0.
    half : float
        Precision at which evidence that agrees gives a confidence of ½.

    Returns
    -------
    ndarray, shape (segments,), share
        ``p / (p + half) · (1 - spread)``; 0 without evidence.

    Examples
    --------
    >>> evidence_confidence(np.array([0.0, 3.0, 9.0]), np.array([np.nan, 0, 0.2]))
    array([0. , 0.5, 0.6])
    """
    agreement = 1 - np.nan_to_num(spread)
    result: Floats = precision / (precision + half) * agreement
    return result


def saturation(amount: Floats, scale: float) -> Floats:
    """``1 - exp(-amount / scale)``: more always counts, and ever less.

    Examples
    --------
    >>> saturation(np.array([0.0, 2.0]), 2.0).round(3)
    array([0.   , 0.632])
    """
    result: Floats = -np.expm1(-np.asarray(amount, float) / scale)
    return result


def necessity(importance: Floats) -> Floats:
    """Share of a buyer's need that rests on one supply: ``(importance / 3)²``.

    A part that a product cannot be made without (3) counts whole, a usual part (2)
    less than half, a helpful one (1) a ninth, so that one vital part weighs more than
    many helpful ones.

    Examples
    --------
    >>> necessity(np.array([1.0, 2.0, 3.0])).round(2).tolist()
    [0.11, 0.44, 1.0]
    """
    result: Floats = (np.asarray(importance, float) / 3.0) ** 2
    return result


def demand_amount(supply: sp.csr_array, strength: Floats) -> Floats:
    """Local demand for each segment: strengths of its buyers times their need of it.

    Parameters
    ----------
    supply : csr_array, shape (segments, segments), level
        Importance 1 to 3 of the row for the column.
    strength : ndarray, shape (segments,), share
        Strength of the buyers; ``nan`` (unknown) adds nothing and takes nothing away.

    Returns
    -------
    ndarray, shape (segments,)
        Zero or more; 1 is one buyer of full strength that cannot do without it.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> supply = sp.csr_array([[0, 3.0, 1.5], [0, 0, 0], [0, 0, 0]])
    >>> demand_amount(supply, np.array([np.nan, 0.8, 0.4])).round(3).tolist()
    [0.9, 0.0, 0.0]
    """
    need = supply.copy()
    need.data = necessity(need.data)
    result: Floats = need @ np.nan_to_num(strength)
    return result


def demand_pull(
    supply: sp.csr_array, strength: Floats, scale: float, damp: float, passes: int = 3
) -> Floats:
    """Pull of each segment on its inputs: its own strength, or what its buyers hand on.

    A segment that is not made here, or not known to be, still hands on part of the
    need of the strong segments it feeds: who makes drills needs cells, whoever packs
    them. Need is handed on ``passes`` times at most, each time damped.

    Parameters
    ----------
    supply : csr_array, shape (segments, segments), level
    strength : ndarray, shape (segments,), share
        Strength where a segment is a buyer here, ``nan`` elsewhere.
    scale : float
        Amount at which demand saturates, see :func:`saturation`.
    damp : float
        Share of a need that is handed on, 0 to 1.
    passes : int
        How often need is handed on.

    Returns
    -------
    ndarray, shape (segments,), share

    Examples
    --------
    Cell → pack → drill; only the drill is made here:

    >>> import scipy.sparse as sp
    >>> supply = sp.csr_array([[0, 3.0, 0], [0, 0, 3.0], [0, 0, 0]])
    >>> demand_pull(supply, np.array([np.nan, np.nan, 1.0]), 2.0, 0.5).round(3).tolist()
    [0.047, 0.197, 1.0]
    """
    own = np.nan_to_num(strength)
    pull: Floats = own
    for _ in range(passes):
        handed = damp * saturation(demand_amount(supply, pull), scale)
        pull = np.maximum(own, handed)
    return pull


def input_readiness(supply: sp.csr_array, strength: Floats) -> tuple[Floats, Floats]:
    """Share of a segment's inputs that is here, and share that is known at all.

    Parameters
    ----------
    supply : csr_array, shape (segments, segments), level
    strength : ndarray, shape (segments,), share

    Returns
    -------
    ready : ndarray, shape (segments,), share
        Importance-weighted mean strength of the *known* inputs; ``nan`` when no input
        is known.
    known : ndarray, shape (segments,), share
        Importance-weighted share of inputs whose strength is known; ``nan`` for a
        segment without inputs.
    """
    seen = np.isfinite(strength).astype(float)
    weight = np.asarray(supply.sum(axis=0)).ravel()
    have = supply.T @ seen
    ready = np.divide(
        supply.T @ np.nan_to_num(strength),
        have,
        out=np.full(len(weight), np.nan),
        where=have > 0,
    )
    known = np.divide(have, weight, out=np.full(len(weight), np.nan), where=weight > 0)
    return ready, known


def technology_intensity(codes: list[list[str]]) -> Floats:
    """Research intensity class of a segment from its GB/T 4754-2017 codes.

    High (1): electronics 39, instruments 40, software 65; medium-high (0.65):
    chemicals 26, machinery 34-35, vehicles 36-37, electrical equipment 38, technical
    services 73-75; medium (0.35): rubber, plastics, metal goods 29, 33 and business
    services 71-72, 64; medium-low (0.15): minerals and metals 30-32, 25; low (0.1): all
    others. The mean of a segment's codes; ``nan`` without a code.

    References
    ----------
    .. [1] Galindo-Rueda, F. and Verger, F. (2016). OECD Taxonomy of Economic
       Activities Based on R&D Intensity. *OECD STI Working Papers* 2016/04, mapped
       from ISIC divisions to GB/T 4754 divisions.

    Examples
    --------
    >>> technology_intensity([["3972"], ["3140"], [], ["3972", "3140"]]).tolist()
    [1.0, 0.15, nan, 0.575]
    """
    found = np.full(len(codes), np.nan)
    for position, listed in enumerate(codes):
        values = [_INTENSITY.get(code[:2], 0.1) for code in listed if len(code) >= 2]
        if values:
            found[position] = float(np.mean(values))
    return found


_INTENSITY = {
    **dict.fromkeys(("39", "40", "65", "27"), 1.0),
    **dict.fromkeys(("26", "34", "35", "36", "37", "38", "73", "74", "75"), 0.65),
    **dict.fromkeys(("29", "33", "64", "71", "72"), 0.35),
    **dict.fromkeys(("25", "30", "31", "32"), 0.15),
}


def gap_scores(raw: Floats, weights: Floats) -> Floats:
    """Points of each contribution of each gap; a gap's score is their sum.

    Parameters
    ----------
    raw : ndarray, shape (gaps, contributions), share
        Raw values in the order of :data:`CONTRIBUTIONS`; ``nan`` adds nothing.
    weights : ndarray, shape (contributions,) or (weightings, contributions)
        Zero or more. Points are scaled so that full plus values give 100.

    Returns
    -------
    ndarray, shape (gaps, contributions) or (weightings, gaps, contributions), points

    Examples
    --------
    >>> full = np.array([[1.0, 1, 1, 1, 1, 1, 0, 0]])
    >>> float(gap_scores(full, np.ones(8)).sum())
    100.0
    """
    weights = np.asarray(weights, float)
    scaled = weights * POINTS
    plus = (scaled * (SIGNS > 0)).sum(axis=-1, keepdims=True)
    factor = (
        SIGNS * scaled * np.divide(100.0, plus, out=np.zeros_like(plus), where=plus > 0)
    )
    values = np.nan_to_num(raw)
    if factor.ndim == 1:
        one: Floats = values * factor
        return one
    many: Floats = values[None, :, :] * factor[:, None, :]
    return many


def rank_sensitivity(
    raw: Floats, weights: Floats, seed: int, draws: int = 200, spread: float = 0.5
) -> tuple[Floats, NDArray[np.intp]]:
    """Ranks of gaps under random weightings.

    Each weight is multiplied by a factor drawn log-uniformly between ``1 - spread``
    and ``1 / (1 - spread)``.

    Parameters
    ----------
    raw : ndarray, shape (gaps, contributions), share
    weights : ndarray, shape (contributions,)
    seed : int
    draws : int
        Number of weightings.
    spread : float
        0 leaves all weights as they are; 0.5 halves or doubles them at most.

    Returns
    -------
    top_share : ndarray, shape (gaps,), share
        Share of weightings in which the gap is among the first ten.
    ranks : ndarray of int, shape (draws, gaps)
        1 is the highest score; ties go to the gap that comes first.
    """
    rng = np.random.default_rng(seed)
    reach = -np.log1p(-spread)
    factors = np.exp(rng.uniform(-reach, reach, size=(draws, len(weights))))
    drawn = np.asarray(weights, float) * factors
    scaled = drawn * POINTS
    plus = (scaled * (SIGNS > 0)).sum(axis=1, keepdims=True)
    factor = (
        SIGNS * scaled * np.divide(100.0, plus, out=np.zeros_like(plus), where=plus > 0)
    )
    scores = factor @ np.nan_to_num(raw).T
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, raw.shape[0] + 1)[None, :], axis=1)
    share: Floats = (ranks <= 10).mean(axis=0)
    return share, ranks
