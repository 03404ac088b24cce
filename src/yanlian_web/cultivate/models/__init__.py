"""The records of cultivating the firms that are here."""

from yanlian_web.cultivate.models.issues import Issue
from yanlian_web.cultivate.models.ladder import LadderFact, LadderStanding
from yanlian_web.cultivate.models.suppliers import Capability, Match, Need
from yanlian_web.cultivate.models.touches import TouchNorm, TouchPlan

KINDS = (TouchNorm, TouchPlan, Issue, Capability, Need, Match, LadderFact)

__all__ = [
    "KINDS",
    "Capability",
    "Issue",
    "LadderFact",
    "LadderStanding",
    "Match",
    "Need",
    "TouchNorm",
    "TouchPlan",
]
