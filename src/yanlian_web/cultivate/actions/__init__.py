"""Actions of cultivating; importing this makes the rules of its records known."""

from yanlian_web.cultivate.actions import issues, ladder, suppliers, touches

__all__ = ["issues", "ladder", "suppliers", "touches"]
