"""The chain as a directed acyclic graph of segments and supplies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse import csgraph

from yanlian.errors import Finding, TableError
from yanlian.tables import Floats, Table, check_circles
from yanlian.text import N_, say

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Chain:
    """Segments and the supplies between them.

    Attributes
    ----------
    segment_ids : tuple of str
        Segments in the order of their table.
    index : dict of str to int
        Position of each segment.
    supply : csr_array, shape (segments, segments), level
        Importance 1 to 3 of the row's output for the column.
    """

    segment_ids: tuple[str, ...]
    index: dict[str, int]
    supply: sp.csr_array

    def names(self, positions: Ints) -> list[str]:
        """Return the identifiers at positions."""
        return [self.segment_ids[i] for i in positions]


def _edges(
    segments: Table, supplies: Table
) -> tuple[dict[str, int], Ints, Ints, Floats]:
    index = {key: i for i, key in enumerate(segments["segment_id"].tolist())}
    rows = np.fromiter((index.get(k, -1) for k in supplies["supplier_id"]), np.intp)
    columns = np.fromiter((index.get(k, -1) for k in supplies["buyer_id"]), np.intp)
    known = (rows >= 0) & (columns >= 0)
    return index, rows[known], columns[known], supplies.floats("importance")[known]


def check_chain(segments: Table, supplies: Table) -> list[Finding]:
    """Return every circle of the chain with its members, its rows and the way out.

    Parameters
    ----------
    segments, supplies : Table
        Tables of the chain. Supplies to unknown segments are not looked at here:
        the check of references names them.

    Returns
    -------
    list of Finding
        One per group of segments that lead back to themselves.
    """
    return check_circles(segments, supplies)


def build_chain(segments: Table, supplies: Table) -> Chain:
    """Return the chain, or raise a :class:`TableError` that names every cycle."""
    findings = check_chain(segments, supplies)
    index, rows, columns, importance = _edges(segments, supplies)
    lost = len(supplies) - len(rows)
    if lost:
        unknown = sorted(
            {k for c in ("supplier_id", "buyer_id") for k in supplies[c]} - set(index)
        )
        findings.append(
            Finding(
                "supplies",
                say(
                    N_(
                        "%(count)s supplies name segments that do not exist: %(found)s. Add "
                        "the segments or remove the supplies."
                    ),
                    count=lost,
                    found=", ".join(unknown[:10]),
                ),
                code="supply.unknown",
            )
        )
    if findings:
        raise TableError(
            N_("The chain cannot be built: %(count)s findings."),
            findings=tuple(findings),
            count=len(findings),
        )
    shape = (len(index), len(index))
    supply = sp.csr_array((importance, (rows, columns)), shape=shape)
    supply.sum_duplicates()
    return Chain(tuple(index), index, supply)


def nearest_strong(
    chain: Chain, strong: NDArray[np.bool_], most: float
) -> tuple[Floats, list[list[int]]]:
    """Return how far each segment is from a strong one along the chain, and the way.

    Steps go along supplies in either direction: a segment may feed a strong one or be
    fed by it. A step along a supply that the buyer cannot do without is 1 long, along
    a usual one 1½, along a helpful one 2, so that a way over parts that matter is
    nearer than one over trifles.

    Parameters
    ----------
    chain : Chain
    strong : ndarray of bool, shape (segments,)
    most : float
        Longest way looked for, steps.

    Returns
    -------
    ndarray, shape (segments,), steps
        0 for a strong segment; ``inf`` when none is within ``most``.
    list of list of int
        Positions from the segment to the strong one; empty when there is none.
    """
    size = len(chain.segment_ids)
    ways: list[list[int]] = [[] for _ in range(size)]
    sources = np.flatnonzero(strong)
    if not len(sources):
        return np.full(size, np.inf), ways
    lengths = chain.supply.copy()
    lengths.data = 1 + (3 - lengths.data) / 2
    distance, toward, _ = csgraph.dijkstra(
        lengths,
        directed=False,
        indices=sources,
        limit=most,
        min_only=True,
        return_predecessors=True,
    )
    for position in np.flatnonzero(np.isfinite(distance) & (distance > 0)):
        way = [int(position)]
        while toward[way[-1]] >= 0:
            way.append(int(toward[way[-1]]))
        ways[position] = way
    return distance, ways
