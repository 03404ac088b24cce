"""Headers of a file: which row they stand in, and which columns they name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from yanlian.tables.cells import unit_factor
from yanlian.tables.schema import Column, Schema, fold_header

# A title and a date may stand above the headers; nobody puts a page of text there.
HEADER_ROWS = 12
_LONGEST_HEADER = 120
_UNIT = re.compile(r"^(.+?)[(\[]([^()\[\]]*)[)\]]$")


class Header(NamedTuple):
    """A header that names a column.

    Attributes
    ----------
    column : Column
        The column it names.
    factor : Decimal or None
        By what its numbers are multiplied, where it names a multiple of the unit.
    unit : str
        Unit it names, where that is not the unit of the column.
    """

    column: Column
    factor: Decimal | None = None
    unit: str = ""


def match_header(known: Schema, text: str) -> Header | None:
    """Return the column a header names by its name or a label, unit allowed behind.

    Examples
    --------
    >>> from yanlian.tables.schema import schema
    >>> match_header(schema("firms"), "Revenue (million CNY)").factor
    Decimal('1000000')
    >>> match_header(schema("firms"), "Revenue (USD)").unit
    'usd'
    """
    # No header is a page long, and a cell of a megabyte takes time to fold.
    folded = fold_header(text) if len(text) <= _LONGEST_HEADER else ""
    name = known.headers.get(folded)
    if name:
        return Header(known.by_name[name])
    match = _UNIT.match(folded)
    name = known.headers.get(match.group(1)) if match else None
    if not match or not name:
        return None
    column = known.by_name[name]
    if not column.is_number:
        return Header(column)
    factor = unit_factor(column.unit, match.group(2))
    if factor is None:
        return Header(column, unit=match.group(2))
    return Header(column, None if factor == 1 else factor)


def match_headers(known: Schema, headers: Sequence[str]) -> dict[int, Header]:
    """Return what each header names, by position; the first of two alike counts."""
    matched: dict[int, Header] = {}
    seen: set[str] = set()
    for position, text in enumerate(headers):
        header = match_header(known, text) if text else None
        if header and header.column.name not in seen:
            seen.add(header.column.name)
            matched[position] = header
    return matched


def find_header(
    known: Schema, rows: Sequence[Sequence[str]]
) -> tuple[int, list[str], int]:
    """Return the position of the header among the first rows, the headers, how many fit.

    A header may stand below title rows, and may be spread over two rows where cells
    were merged: then the lower text counts, the upper where the lower is empty, or both
    together, as in *Name* over *English*.
    """
    best = (0, list(rows[0]) if rows else [], 0)
    for index, row in enumerate(rows[:HEADER_ROWS]):
        choices = [list(row)]
        if index:
            choices.append(_two_rows(known, rows[index - 1], row))
        for headers in choices:
            score = len(match_headers(known, headers))
            if score > best[2]:
                best = (index, headers, score)
    return best


def _two_rows(known: Schema, above: Sequence[str], row: Sequence[str]) -> list[str]:
    headers = []
    group = ""
    for position in range(max(len(row), len(above))):
        upper = above[position].strip() if position < len(above) else ""
        lower = row[position].strip() if position < len(row) else ""
        group = upper or group
        both = f"{group}({lower})"
        if not lower:
            headers.append(upper)
        elif match_header(known, lower) is None and match_header(known, both):
            headers.append(both)
        else:
            headers.append(lower)
    return headers


def meant(known: Schema, text: str) -> str:
    """Return the name of the column a wrongly written header is close to, or nothing.

    Examples
    --------
    >>> from yanlian.tables.schema import schema
    >>> meant(schema("firms"), "employes"), meant(schema("firms"), "colour")
    ('employees', '')
    """
    close = difflib.get_close_matches(fold_header(text)[:60], known.headers, 1, 0.85)
    return known.headers[close[0]] if close else ""


def column_letter(position: int) -> str:
    """Return the letter over a column of a spreadsheet.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
