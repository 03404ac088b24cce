"""Circles among things that may not lead back to themselves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from yanlian.errors import Finding
from yanlian.tables.frame import Table
from yanlian.tables.wording import listed, rows_text
from yanlian.text import N_, say

# A circle longer than this is a mistake of the whole file; its first members tell.
_NAMED = 60


class Circle(NamedTuple):
    """Things that lead back to themselves.

    Attributes
    ----------
    members : list of str
        All things from each of which each other can be reached, sorted.
    way : list of str
        A shortest way from the first member back to itself, both ends named.
    pairs : list of int
        Positions of the pairs along the way.
    cut : list of int
        Positions of pairs without which no circle is left among the members.
    single : bool
        Whether the way is the only circle among the members.
    """

    members: list[str]
    way: list[str]
    pairs: list[int]
    cut: list[int]
    single: bool


def find_circles(sources: Sequence[str], targets: Sequence[str]) -> list[Circle]:
    """Return the circles of a directed graph, one per group that is linked both ways.

    Parameters
    ----------
    sources, targets : sequence of str
        Ends of each pair; pairs that lead from a thing to itself are left out.

    Returns
    -------
    list of Circle
        In the order of the things' first appearance.

    Examples
    --------
    >>> find_circles(["A", "B", "C"], ["B", "A", "A"])
    [Circle(members=['A', 'B'], way=['A', 'B', 'A'], pairs=[0, 1], cut=[1], single=True)]
    """
    import scipy.sparse as sp
    from scipy.sparse import csgraph

    names = list(dict.fromkeys([*sources, *targets]))
    index = {name: i for i, name in enumerate(names)}
    after: dict[int, dict[int, int]] = {}
    for pair, (source, target) in enumerate(zip(sources, targets, strict=True)):
        if source != target:
            after.setdefault(index[source], {}).setdefault(index[target], pair)
    edges = [(a, b) for a, following in after.items() for b in following]
    if not edges:
        return []
    rows, columns = np.array(edges).T
    shape = (len(names), len(names))
    graph = sp.csr_array((np.ones(len(edges)), (rows, columns)), shape=shape)
    count, label = csgraph.connected_components(graph, connection="strong")
    groups: dict[int, list[int]] = {}
    for node in np.flatnonzero(np.bincount(label, minlength=count)[label] > 1):
        groups.setdefault(int(label[node]), []).append(int(node))
    found = []
    for group in groups.values():
        inside = set(group)
        links = {a: {b: p for b, p in after[a].items() if b in inside} for a in group}
        way = _shortest(links, group[0])
        found.append(
            Circle(
                members=sorted(names[i] for i in group),
                way=[names[i] for i in way],
                pairs=[links[a][b] for a, b in itertools.pairwise(way)],
                cut=sorted(_backward(links, group[0])),
                single=sum(map(len, links.values())) == len(group),
            )
        )
    return found


def _shortest(links: dict[int, dict[int, int]], start: int) -> list[int]:
    """Return a shortest way from a node back to itself."""
    came: dict[int, int] = {}
    frontier = [start]
    while True:
        following = []
        for node in frontier:
            for other in links[node]:
                if other == start:
                    way = [node]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return [*reversed(way), start]
                if other not in came:
                    came[other] = node
                    following.append(other)
        frontier = following


def _backward(links: dict[int, dict[int, int]], start: int) -> list[int]:
    """Return the pairs that lead back to a node still open in a search by depth."""
    cut: list[int] = []
    entered, closed = {start}, set()
    path = [(start, iter(links[start].items()))]
    while path:
        node, following = path[-1]
        for other, pair in following:
            if other not in entered:
                entered.add(other)
                path.append((other, iter(links[other].items())))
                break
            if other not in closed:
                cut.append(pair)
        else:
            closed.add(node)
            path.pop()
    return cut


def _way(names: Sequence[str]) -> str:
    listed_names = [*names[:_NAMED], "\u2026"] if len(names) > _NAMED else names
    return " > ".join(listed_names)


def check_circles(segments: Table, supplies: Table) -> list[Finding]:
    """Return every circle of the chain with its members, its rows and the way out.

    Parameters
    ----------
    segments, supplies : Table
        Tables of the chain. Supplies to unknown segments and from a segment to itself
        are not looked at here: they are findings of their own.

    Returns
    -------
    list of Finding
        One per group of segments that lead back to themselves.
    """
    order = {key: i for i, key in enumerate(segments["segment_id"])}
    rows = [
        row
        for row, (a, b) in enumerate(
            zip(supplies["supplier_id"], supplies["buyer_id"], strict=True)
        )
        if a in order and b in order
    ]
    # The first member is the first in the table of segments, whatever the order of
    # the supplies, so that one circle has one name.
    rows.sort(key=lambda row: order[supplies["supplier_id"][row]])
    found = []
    for circle in find_circles(
        supplies["supplier_id"][rows].tolist(), supplies["buyer_id"][rows].tolist()
    ):
        values: dict[str, object] = {
            "count": len(circle.members),
            "cycle": _way(circle.way),
            "rows": rows_text(supplies.row_numbers([rows[i] for i in circle.pairs])),
        }
        if circle.single:
            message = say(
                N_(
                    "%(count)s segments supply each other in a circle: %(cycle)s (rows "
                    "%(rows)s). A chain runs from upstream to downstream only. Remove one of "
                    "these supplies."
                ),
                **values,
            )
        else:
            message = say(
                N_(
                    "%(count)s segments supply each other in several circles: %(cycle)s "
                    "(rows %(rows)s) is one of them. A chain runs from upstream to "
                    "downstream only. Without the supplies in rows %(cut)s no circle is "
                    "left; remove these or others. Members: %(members)s."
                ),
                **values,
                cut=rows_text(
                    sorted(supplies.row_numbers([rows[i] for i in circle.cut]))
                ),
                members=listed(circle.members, 30),
            )
        found.append(Finding(supplies.where, message, code="chain.cycle"))
    return found
