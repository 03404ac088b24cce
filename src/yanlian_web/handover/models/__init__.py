"""Handovers, reviews of trips, and what each member wants to be reminded of."""

from yanlian_web.desk.models import KINDS
from yanlian_web.handover.models.records import Handover, Review, ReviewDecision
from yanlian_web.handover.models.wishes import Digest, Feed, Norms, Wish

# Their pages, forms and lines of the log work like those of the desk's own records.
KINDS.update({model.kind: model for model in (Handover, Review, ReviewDecision)})

__all__ = [
    "Digest",
    "Feed",
    "Handover",
    "Norms",
    "Review",
    "ReviewDecision",
    "Wish",
]
