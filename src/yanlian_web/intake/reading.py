"""Opening a file: its sheets, its encoding, the row of its headers, its rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanlian.errors import Finding, SourceError
from yanlian.tables.cells import cell_text
from yanlian.tables.sheets import Book
from yanlian.tables.textfiles import find_encoding, read_text
from yanlian.tables.wording import shown
from yanlian.tables.workbooks import read_workbook
from yanlian.text import N_

# Encodings a person may choose; the empty one is found out.
ENCODINGS = ("", "utf-8-sig", "gb18030", "utf-16", "big5")
MOST_MB = 50
MOST_ROWS = 200_000
MOST_COLUMNS = 200
# Rows that may stand above the headers, and that a person is shown of a sheet.
HEADER_ROWS = 12
SAMPLE_ROWS = 16
SAMPLE_TEXT = 80
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

# How many headers of a row are known.
Score = Callable[[Sequence[object]], int]


@dataclass(frozen=True)
class Peek:
    """What a person sees of a sheet before its columns are assigned.

    Attributes
    ----------
    name : str
    rows : int
        How many hold anything.
    first : list of (int, list of str)
        Number and cells of the first rows.
    header_row : int
        Number of the row that most likely holds the headers.
    """

    name: str
    rows: int
    first: list[tuple[int, list[str]]]
    header_row: int


@contextmanager
def named(path: Path, name: str) -> Iterator[Path]:
    """Give a stored file the name it came with, so that messages can say it."""
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        link = Path(folder) / (Path(name).name or "file")
        link.symlink_to(path.resolve())
        yield link


def kind_of(data: bytes) -> str:
    """Return by the first bytes what a file is: ``xlsx``, ``xls`` or ``csv``."""
    if data.startswith(_ZIP):
        return "xlsx"
    return "xls" if data.startswith(_OLE) else "csv"


def open_book(path: Path, score: Score, encoding: str = "") -> tuple[Book, str]:
    """Return the sheets of a file and the encoding it was read in.

    Raises
    ------
    SourceError
    """
    with path.open("rb") as file:
        kind = kind_of(file.read(8))
    if kind != "csv":
        return read_workbook(path), ""
    chosen = encoding or find_encoding(path)
    try:
        return (
            read_text(path, lambda rows: max(map(score, rows), default=0), chosen),
            chosen,
        )
    except UnicodeError as error:
        raise _not_in(path, chosen) from error


def _not_in(path: Path, encoding: str) -> SourceError:
    return SourceError(
        N_(
            "%(path)s is not text in %(encoding)s. Choose another encoding, or let it be "
            "found out."
        ),
        path=shown(path.name),
        encoding=encoding.removesuffix("-sig").upper(),
    )


def peek(
    path: Path, score: Score, encoding: str = ""
) -> tuple[list[Peek], str, list[Finding]]:
    """Look through every sheet of a file; everything is read once.

    Raises
    ------
    SourceError
        When it cannot be read, or holds nothing.
    """
    book, used = open_book(path, score, encoding)
    peeks = []
    try:
        for sheet in book.sheets:
            first: list[tuple[int, list[str]]] = []
            count, widest = 0, 0
            for number, cells in sheet.rows:
                count += 1
                widest = max(widest, _width(cells))
                if len(first) < SAMPLE_ROWS:
                    first.append((number, [cell_text(c)[:SAMPLE_TEXT] for c in cells]))
            if count:
                _check_size(path, sheet.names[0], count, widest)
                row = _header_row([cells for _, cells in first], score)
                peeks.append(Peek(sheet.names[-1], count, first, first[row][0]))
    except UnicodeError as error:
        raise _not_in(path, used) from error
    if not peeks:
        raise SourceError(
            N_("%(path)s holds no row. Choose the file again."), path=shown(path.name)
        )
    return peeks, used, list(book.findings)


def _width(cells: Sequence[object]) -> int:
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1] != ""), 0)


def _check_size(path: Path, sheet: str, rows: int, columns: int) -> None:
    if rows > MOST_ROWS:
        raise SourceError(
            N_(
                "%(path)s has %(rows)s rows in sheet %(sheet)s. Expected at most "
                "%(most)s; split it into several files."
            ),
            path=shown(path.name),
            sheet=shown(sheet),
            rows=f"{rows:,}",
            most=f"{MOST_ROWS:,}",
        )
    if columns > MOST_COLUMNS:
        raise SourceError(
            N_(
                "%(path)s has %(columns)s columns in sheet %(sheet)s. Expected at most "
                "%(most)s; take out those that are not needed."
            ),
            path=shown(path.name),
            sheet=shown(sheet),
            columns=columns,
            most=MOST_COLUMNS,
        )


def _header_row(rows: Sequence[Sequence[object]], score: Score) -> int:
    """Return which of the first rows names the columns: the one with most known ones."""
    looked = rows[:HEADER_ROWS]
    best = max(range(len(looked)), key=lambda i: (score(looked[i]), -i), default=0)
    if score(looked[best]):
        return best
    # Nothing is known: the first row with two cells or more, below any title.
    wide = (i for i, row in enumerate(looked) if sum(c != "" for c in row) > 1)
    return next(wide, 0)


def rows_of(
    path: Path, score: Score, sheet: str, encoding: str = ""
) -> list[tuple[int, Sequence[Any]]]:
    """Return the rows of one sheet with their numbers.

    Raises
    ------
    SourceError
    """
    book, used = open_book(path, score, encoding)
    try:
        for found in book.sheets:
            if found.names[-1] == sheet:
                return list(found.rows)
    except UnicodeError as error:
        raise _not_in(path, used) from error
    raise SourceError(
        N_("%(path)s has no sheet %(sheet)s any more. Send it again."),
        path=shown(path.name),
        sheet=shown(sheet),
    )
