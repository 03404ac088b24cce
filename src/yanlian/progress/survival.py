"""How long something takes when part of it has not ended yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from yanlian.tables import Floats


def survival(duration: ArrayLike, ended: ArrayLike) -> tuple[Floats, Floats]:
    """Return the Kaplan–Meier estimate of the share that lasts longer than each time.

    Parameters
    ----------
    duration : array_like of float, shape (n,), d
        Time from beginning to end, or to the last day one knows of.
    ended : array_like of bool, shape (n,)
        Whether the end was seen; otherwise it lasts at least as long.

    Returns
    -------
    times : ndarray, shape (k,), d
        Times at which something ended, rising.
    share : ndarray, shape (k,), 0 to 1
        Share that lasts longer than each.

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete
    observations. Journal of the American Statistical Association, 53, 457–481.
    """
    length = np.asarray(duration, float)
    seen = np.asarray(ended, bool)
    times = np.unique(length[seen])
    ordered = np.sort(length)
    at_risk = len(length) - np.searchsorted(ordered, times, side="left")
    gone = np.sort(length[seen])
    ends = np.searchsorted(gone, times, side="right") - np.searchsorted(
        gone, times, side="left"
    )
    left: Floats = np.cumprod(1.0 - ends / at_risk, dtype=np.float64)
    return times, left


def quantile(duration: ArrayLike, ended: ArrayLike, share: float) -> float:
    """Return the time within which a share has ended; ``nan`` when that is not known.

    Parameters
    ----------
    duration, ended : array_like
        As in :func:`survival`.
    share : float, 0 to 1
        0.5 gives the median.

    Examples
    --------
    >>> quantile([3, 5, 9, 20], [True, True, True, False], 0.5)
    5.0
    """
    times, left = survival(duration, ended)
    # A share of 0.5 is reached even where 1 - 0.5 is a hair above what is left.
    hit = np.flatnonzero(left <= 1 - share + 1e-12)
    return float(times[hit[0]]) if len(hit) else float("nan")
