"""The chain as a directed acyclic graph of segments and supplies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse import csgraph

from yanlian.errors import Finding, TableError
from yanlian.tables import Floats, Table
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
    """Return every cycle of the chain with its members.

    Parameters
    ----------
    segments, supplies : Table
        Tables of the chain. Supplies to unknown segments are not looked at here:
        the check of references names them.

    Returns
    -------
    list of Finding
        One per cycle of segments that lead back to themselves.
    """
    index, rows, columns, _ = _edges(segments, supplies)
    if not len(index):
        return []
    names = segments["segment_id"].tolist()
    shape = (len(index), len(index))
    graph = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    count, label = csgraph.connected_components(
        graph, directed=True, connection="strong"
    )
    sizes = np.bincount(label, minlength=count)
    found = []
    for component in np.flatnonzero(sizes > 1):
        members = np.flatnonzero(label == component)
        cycle = _cycle(graph, members)
        found.append(
            Finding(
                "supplies",
                say(
                    N_(
                        "%(count)s segments supply each other in a circle: %(cycle)s. A "
                        "chain runs from upstream to downstream only. Remove one of these "
                        "supplies. All members: %(members)s."
                    ),
                    count=len(members),
                    cycle=" > ".join(names[i] for i in cycle),
                    members=", ".join(names[i] for i in members[:30]),
                ),
                code="chain.cycle",
            )
        )
    return found


def _cycle(graph: sp.csr_array, members: Ints) -> list[int]:
    """Return one concrete cycle inside a strongly connected component."""
    inside = set(members.tolist())
    start = int(members[0])
    path, seen = [start], {start: 0}
    while True:
        here = path[-1]
        following = graph.indices[graph.indptr[here] : graph.indptr[here + 1]]
        after = min(int(i) for i in following if int(i) in inside)
        if after in seen:
            return [*path[seen[after] :], after]
        seen[after] = len(path)
        path.append(after)


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
    chain: Chain, strong: NDArray[np.bool_], most: int
) -> tuple[Floats, list[list[int]]]:
    """Return for each segment the fewest supply steps to a strong segment, and a way.

    Steps go along supplies in either direction: a segment may feed a strong one or be
    fed by it. Among ways of one length the one whose segments come first is taken.

    Parameters
    ----------
    chain : Chain
    strong : ndarray of bool, shape (segments,)
    most : int
        Longest way looked for.

    Returns
    -------
    ndarray, shape (segments,), steps
        ``inf`` when no strong segment is within ``most`` steps.
    list of list of int
        Positions from the segment to the strong one; empty when there is none.
    """
    size = len(chain.segment_ids)
    both = sp.csr_array(chain.supply + chain.supply.T)
    both.sort_indices()
    distance = np.full(size, np.inf)
    toward = np.full(size, -1, dtype=np.intp)
    distance[strong] = 0
    frontier = np.flatnonzero(strong)
    for step in range(1, most + 1):
        if not len(frontier):
            break
        rows = both[frontier]
        sources = np.repeat(frontier, np.diff(rows.indptr))
        order = np.lexsort((sources, rows.indices))
        targets, sources = rows.indices[order], sources[order]
        fresh, first = np.unique(targets, return_index=True)
        keep = np.isinf(distance[fresh])
        fresh, origin = fresh[keep], sources[first[keep]]
        distance[fresh] = step
        toward[fresh] = origin
        frontier = fresh
    ways: list[list[int]] = []
    for position in range(size):
        if not np.isfinite(distance[position]) or distance[position] == 0:
            ways.append([])
            continue
        way = [position]
        while toward[way[-1]] >= 0:
            way.append(int(toward[way[-1]]))
        ways.append(way)
    return distance, ways
