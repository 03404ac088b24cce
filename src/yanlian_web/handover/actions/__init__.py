"""What people do here; importing it makes the rules of its records known."""

from yanlian_web.handover.actions import handovers, reviews, wishes

__all__ = ["handovers", "reviews", "wishes"]
