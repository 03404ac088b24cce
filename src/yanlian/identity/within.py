"""Names of one list that may name one company twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanlian.identity.compare import pair
from yanlian.identity.match import SMALL, Floats, Ints, candidates
from yanlian.identity.parse import parse_name


@dataclass(frozen=True)
class NameTwins:
    """Pairs of one list that may be one company, each once, by falling score.

    Attributes
    ----------
    first, second : ndarray of int, shape (pairs,)
        Places in the list; the first is the smaller.
    score : ndarray, shape (pairs,)
        How sure it is that both name one company, 0 to 1, as two names alone tell.
    verdict : ndarray of str, shape (pairs,)
        ``"same"`` or ``"question"``; what is different is left out.
    """

    first: Ints
    second: Ints
    score: Floats
    verdict: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.first)


def twin_names(
    names: Sequence[str],
    *,
    only: Sequence[int] | None = None,
    least: float = 0.5,
    nearest: int | None = None,
) -> NameTwins:
    """Find which names of one list name one company.

    Parameters
    ----------
    names : sequence of str
        Names, short, full, English or mixed.
    only : sequence of int, optional
        Places of the names whose twins are sought, among all; those of all otherwise.
    least : float, 0 to 1
        Pairs with a lower score are left out.
    nearest : int, optional
        Candidates compared in full for each name; 20 in lists of up to 10,000 names, 6
        in longer ones.

    Returns
    -------
    NameTwins

    Notes
    -----
    Candidates are found as in :func:`~yanlian.identity.match_names`. A lead over rivals
    says nothing here: most names of a list have no twin in it, so the nearest of those
    that are different would gain by it.

    Examples
    --------
    >>> found = twin_names(["Apple Inc.", "Siemens AG", "Apple Incorporated"])
    >>> found.first.tolist(), found.second.tolist(), found.verdict.tolist()
    ([0], [2], ['same'])
    """
    parsed = [parse_name(text) for text in names]
    chosen = np.arange(len(parsed)) if only is None else np.asarray(only, np.int64)
    if nearest is None:
        nearest = 20 if len(parsed) <= SMALL else 6
    rows, cols = candidates([parsed[at] for at in chosen], parsed, nearest + 1)
    rows = chosen[rows]
    apart = rows != cols
    keys = np.unique(
        np.minimum(rows, cols)[apart] * len(parsed) + np.maximum(rows, cols)[apart]
    )
    first, second = np.divmod(keys, max(len(parsed), 1))
    value = np.empty(len(keys))
    sure = np.zeros(len(keys), bool)
    for at, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        value[at], sure[at] = pair(parsed[a], parsed[b])
    if not len(keys):
        return NameTwins(first, second, value, np.zeros(0, "U8"))
    value = np.clip(value, -50, 50)
    score = np.minimum(1 / (1 + np.exp(-value)), 0.999)
    score[sure] = 1.0
    keep = np.flatnonzero(score >= least)
    keep = keep[np.lexsort((second[keep], first[keep], -score[keep]))]
    verdict = np.where(sure[keep], "same", "question")
    return NameTwins(first[keep], second[keep], score[keep], verdict)
