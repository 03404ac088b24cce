"""Measures of likeness between texts and segments: arrays in, arrays out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from yanlian.tables import Floats


def inverse_document_frequency(counts: sp.csr_array) -> Floats:
    """Smoothed inverse document frequency of each term.

    Parameters
    ----------
    counts : csr_array, shape (documents, terms)
        How often each term stands in each document.

    Returns
    -------
    ndarray, shape (terms,)
        ``ln((1 + n) / (1 + df)) + 1``, 1 for a term in every document.

    References
    ----------
    .. [1] Manning, C., Raghavan, P. and Schütze, H. (2008). *Introduction to
       Information Retrieval*, section 6.2.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> counts = sp.csr_array([[1, 1], [1, 0]])
    >>> inverse_document_frequency(counts).round(3).tolist()
    [1.0, 1.405]
    """
    documents = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf: Floats = np.log((1 + documents) / (1 + frequency)) + 1
    return idf


def tfidf(counts: sp.csr_array, idf: Floats) -> sp.csr_array:
    """Term weights of unit length: ``(1 + ln tf) · idf``, a zero row stays zero.

    Parameters
    ----------
    counts : csr_array, shape (documents, terms)
        How often each term stands in each document.
    idf : ndarray, shape (terms,)
        Inverse document frequency.

    Returns
    -------
    csr_array, shape (documents, terms)
        Rows of Euclidean length 1.
    """
    weights = counts.astype(np.float64).tocsr()
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    return unit_rows(weights)


def unit_rows(matrix: sp.csr_array) -> sp.csr_array:
    """Rows scaled to Euclidean length 1; a zero row stays zero."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return sp.csr_array(sp.diags_array(scale) @ matrix)


def bm25_weights(
    counts: sp.csr_array, k1: float = 1.2, b: float = 0.75
) -> sp.csr_array:
    """Okapi BM25 weight of each term in each document.

    Parameters
    ----------
    counts : csr_array, shape (documents, terms)
        How often each term stands in each document.
    k1 : float
        Saturation of repeated terms, 1.2 to 2.
    b : float
        How far long documents are discounted, 0 to 1.

    Returns
    -------
    csr_array, shape (documents, terms)
        The score of a query is the sum of the weights of its terms.

    References
    ----------
    .. [1] Robertson, S. and Zaragoza, H. (2009). The Probabilistic Relevance
       Framework: BM25 and Beyond. *Foundations and Trends in Information
       Retrieval*, 3(4), 333-389, equation 3.15.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> bm25_weights(sp.csr_array([[1, 0], [0, 1]])).toarray().round(3).tolist()
    [[0.693, 0.0], [0.0, 0.693]]
    """
    counts = counts.astype(np.float64).tocsr()
    documents = counts.shape[0]
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
    size = np.asarray(counts.sum(axis=1)).ravel()
    mean = size.mean() if documents and size.mean() > 0 else 1.0
    rows = np.repeat(np.arange(documents), np.diff(counts.indptr))
    norm = k1 * (1 - b + b * size[rows] / mean)
    weights = counts.copy()
    weights.data = idf[counts.indices] * counts.data * (k1 + 1) / (counts.data + norm)
    return weights


def logistic(features: Floats, coefficients: Floats) -> Floats:
    """Calibrated confidence ``1 / (1 + exp(-(c₀ + Σ cᵢ xᵢ)))``.

    Parameters
    ----------
    features : ndarray, shape (n, k)
        Features of each placement.
    coefficients : ndarray, shape (k + 1,)
        Intercept first.

    Returns
    -------
    ndarray, shape (n,), share
        Between 0 and 1.

    References
    ----------
    .. [1] Platt, J. (1999). Probabilistic Outputs for Support Vector Machines.
       *Advances in Large Margin Classifiers*, 61-74.
    """
    linear = coefficients[0] + features @ coefficients[1:]
    result: Floats = 1 / (1 + np.exp(-np.clip(linear, -40, 40)))
    return result


def fit_logistic(
    features: Floats, right: Floats, ridge: float = 1.0, steps: int = 50
) -> Floats:
    """Coefficients of :func:`logistic` by Newton's method with a ridge penalty.

    Parameters
    ----------
    features : ndarray, shape (n, k)
    right : ndarray, shape (n,)
        1 where the placement is right, 0 where it is wrong.
    ridge : float
        Penalty on all coefficients but the intercept.
    steps : int
        Largest number of steps.

    Returns
    -------
    ndarray, shape (k + 1,)
        Intercept first.
    """
    x = np.column_stack([np.ones(len(features)), features])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    beta = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -40, 40)))
        gradient = x.T @ (right - p) - penalty * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    result: Floats = beta
    return result


def brier_score(said: Floats, right: Floats) -> float:
    """Mean squared difference between a confidence and what came true.

    Parameters
    ----------
    said : ndarray, shape (n,), share
        Confidences, 0 to 1.
    right : ndarray, shape (n,)
        1 where the placement is right, 0 where it is wrong.

    Returns
    -------
    float
        0 for a seer, 0.25 for always saying one half; ``nan`` without placements.

    References
    ----------
    .. [1] Brier, G. W. (1950). Verification of forecasts expressed in terms of
       probability. *Monthly Weather Review*, 78(1), 1-3.

    Examples
    --------
    >>> brier_score(np.array([0.7, 0.9, 0.8]), np.array([0.0, 1.0, 1.0])).__round__(2)
    0.18
    """
    return float(np.mean((said - right) ** 2)) if len(said) else float("nan")


class Bin(NamedTuple):
    """Confidences between two bounds.

    Attributes
    ----------
    low, high : float
        Bounds; the upper one belongs to the next bin, except the last.
    size : int
        Placements in it.
    said, right : float
        Mean confidence, and share that is right.
    """

    low: float
    high: float
    size: int
    said: float
    right: float


def reliability(said: Floats, right: Floats, bins: int = 10) -> list[Bin]:
    """Confidence against the share that is right, in bins of equal width.

    Parameters
    ----------
    said : ndarray, shape (n,), share
        Confidences, 0 to 1.
    right : ndarray, shape (n,)
        1 where the placement is right, 0 where it is wrong.
    bins : int
        Number of bins.

    Returns
    -------
    list of Bin
        Those that hold a placement, from low to high.

    References
    ----------
    .. [1] Niculescu-Mizil, A. and Caruana, R. (2005). Predicting good probabilities with
       supervised learning. *Proceedings of ICML*, 625-632.

    Examples
    --------
    >>> found = reliability(np.array([0.1, 0.9, 0.9]), np.array([0.0, 1.0, 0.0]), bins=2)
    >>> [(part.size, part.said, part.right) for part in found]
    [(1, 0.1, 0.0), (2, 0.9, 0.5)]
    """
    place = np.minimum((said * bins).astype(int), bins - 1)
    found = []
    for index in np.unique(place).tolist():
        inside = place == index
        found.append(
            Bin(
                low=index / bins,
                high=(index + 1) / bins,
                size=int(inside.sum()),
                said=float(said[inside].mean()),
                right=float(right[inside].mean()),
            )
        )
    return found
