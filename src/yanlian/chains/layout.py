"""Positions of segments for drawing the chain as a graph: layers, few crossings."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yanlian.chains.graph import Chain
from yanlian.tables import Floats


def layers(supply: sp.csr_array) -> NDArray[np.intp]:
    """Layer of each segment: the longest way to it from a segment without inputs.

    Parameters
    ----------
    supply : csr_array, shape (segments, segments), level
        Supplies of an acyclic chain; row for column.

    Returns
    -------
    ndarray of int, shape (segments,)
        0 for a segment without inputs; every supply leads to a higher layer.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> layers(sp.csr_array([[0, 3, 3], [0, 0, 3], [0, 0, 0]])).tolist()
    [0, 1, 2]
    """
    size = supply.shape[0]
    edges = supply.tocoo()
    layer = np.zeros(size, dtype=np.intp)
    # Each pass settles one more layer; an acyclic chain ends after its longest way.
    for _ in range(size):
        before = layer.copy()
        np.maximum.at(layer, edges.coords[1], before[edges.coords[0]] + 1)
        if (layer == before).all():
            break
    return layer


def layered_positions(chain: Chain, sweeps: int = 8) -> Floats:
    """Place segments in layers from left to right, neighbours near each other.

    Within a layer segments are ordered by the mean height of their neighbours, swept to
    and fro; each layer stands centred on the middle line.

    Parameters
    ----------
    chain : Chain
    sweeps : int
        How often the order is improved.

    Returns
    -------
    ndarray, shape (segments, 2)
        Layer and height; heights of one layer are one apart.

    References
    ----------
    .. [1] Sugiyama, K., Tagawa, S. and Toda, M. (1981). Methods for Visual Understanding
       of Hierarchical System Structures. *IEEE Transactions on Systems, Man, and
       Cybernetics*, 11(2), 109-125 (barycentre method).
    """
    layer = layers(chain.supply)
    size = len(layer)
    if not size:
        return np.zeros((0, 2))
    linked = sp.csr_array(chain.supply + chain.supply.T)
    linked.data = np.ones_like(linked.data)
    degree = np.maximum(np.asarray(linked.sum(axis=1)).ravel(), 1)
    height = np.zeros(size)
    members = [np.flatnonzero(layer == level) for level in range(int(layer.max()) + 1)]
    for listed in members:
        height[listed] = np.arange(len(listed)) - (len(listed) - 1) / 2
    for sweep in range(sweeps):
        for listed in members if sweep % 2 == 0 else reversed(members):
            wish = (linked[listed] @ height) / degree[listed]
            order = listed[np.lexsort((listed, wish))]
            height[order] = np.arange(len(listed)) - (len(listed) - 1) / 2
    return np.column_stack([layer.astype(float), height])
