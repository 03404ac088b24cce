"""Target companies: who could fill a gap, might move, and can be reached."""

from yanlian.targets.measures import balanced_list, growth_share, visit_value
from yanlian.targets.rank import TargetParams, rank_targets

__all__ = [
    "TargetParams",
    "balanced_list",
    "growth_share",
    "rank_targets",
    "visit_value",
]
