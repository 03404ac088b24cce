"""What every kind of file gives: sheets, and their rows of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from yanlian.errors import Finding

Row = tuple[int, Sequence[object]]


@dataclass(frozen=True)
class Sheet:
    """Cells of a file or of one sheet of it.

    Attributes
    ----------
    names : tuple of str
        Names that may be the table's: of the sheet, of the file.
    where : str
        File and sheet for the messages.
    rows : iterable of (int, sequence of cells)
        Row of the file and its cells, in order; read once, while they are taken. Rows
        without anything in them are left out.
    commas : bool
        Whether a comma in a number is a thousands mark.
    merged : tuple of (int, int, int)
        Column from 0, first and last row of cells merged over several rows.
    """

    names: tuple[str, ...]
    where: str
    rows: Iterable[Row]
    commas: bool = True
    merged: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Book:
    """Sheets of a file, one at a time, and what is found on the way to them."""

    sheets: Iterable[Sheet]
    findings: list[Finding] = field(default_factory=list)
