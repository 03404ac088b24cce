"""The industrial chain: its graph, the strength of each link, and its gaps."""

from yanlian.chains.gaps import GapParams, find_gaps
from yanlian.chains.graph import Chain, build_chain, check_chain
from yanlian.chains.layout import layered_positions
from yanlian.chains.measures import (
    CONTRIBUTIONS,
    POINTS,
    SIGNS,
    gap_scores,
    rank_sensitivity,
)
from yanlian.chains.strength import estimate_strengths

__all__ = [
    "CONTRIBUTIONS",
    "POINTS",
    "SIGNS",
    "Chain",
    "GapParams",
    "build_chain",
    "check_chain",
    "estimate_strengths",
    "find_gaps",
    "gap_scores",
    "layered_positions",
    "rank_sensitivity",
]
