"""Practice rows of cultivating: invented firms only, loaded with the story."""

from yanlian_web.cultivate.training.chapter import tell

__all__ = ["tell"]
