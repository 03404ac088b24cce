"""What a study gives back, and what it says while it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from yanlian.tables import Table
from yanlian.text import Say

Scalar = int | float | str | bool | None


@dataclass(frozen=True)
class Note:
    """Something a reader of the result must know, such as what was left out.

    Attributes
    ----------
    code : str
        Stable word for the kind of note.
    say : Say
        The note as a whole sentence.
    rows : int
        How many rows it concerns.
    """

    code: str
    say: Say
    rows: int = 0


@dataclass(frozen=True)
class Result:
    """Tables, single figures and notes of one study.

    Attributes
    ----------
    tables : mapping of str to Table
        Result tables by the name of their schema.
    summary : mapping of str to scalar
        Single figures; a name carries its unit.
    notes : tuple of Note
        What was left out or assumed.
    """

    tables: Mapping[str, Table]
    summary: Mapping[str, Scalar] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


class Progress(Protocol):
    """Called by long work: steps done, steps in all, what is being done."""

    def __call__(self, done: int, total: int, say: Say) -> None:
        """Show the state; raise :class:`yanlian.errors.Stopped` to stop the work."""


def no_progress(done: int, total: int, say: Say) -> None:
    """Show nothing."""
