"""The rule tables of this package, read once."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

from yanlian.text import Say

_FOLDER = Path(__file__).parent


@functools.cache
def rule_table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``progress/<name>.csv``, empty cells as empty texts."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def both(row: dict[str, str], column: str) -> Say:
    """Return a column that a rule table holds in both languages."""
    return Say(row[f"{column}_en"], row[f"{column}_zh"])


def words(cell: str) -> tuple[str, ...]:
    """Return the words of a cell that lists several, parted by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
