"""The readiness ladder: innovative SME, SRDI SME, little giant."""

from yanlian.ladder.assess import (
    LadderParams,
    assess_ladder,
    assess_tier,
    check_rule,
    open_rules,
)
from yanlian.ladder.evidence import File, Known, Piece, firm_pieces
from yanlian.ladder.measures import all_of, any_of, condition_state, item_points
from yanlian.ladder.rules import Condition, Rule, Tier, Way, rules, tiers

__all__ = [
    "Condition",
    "File",
    "Known",
    "LadderParams",
    "Piece",
    "Rule",
    "Tier",
    "Way",
    "all_of",
    "any_of",
    "assess_ladder",
    "assess_tier",
    "check_rule",
    "condition_state",
    "firm_pieces",
    "item_points",
    "open_rules",
    "rules",
    "tiers",
]
