"""The optional embedder: an interface, and nothing that needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yanlian.tables import Floats


class Embedder(Protocol):
    """Turns texts into vectors, for likeness across words and languages.

    The placement works without one. A user who has a model wraps it in this
    interface; its likeness then counts as one more part of the hybrid.
    """

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return one row of unit length per text, shape (texts, dimensions)."""
