"""Checking a table against its schema: all findings at once."""

from __future__ import annotations

import itertools
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from yanlian.errors import Finding, TableError
from yanlian.tables.cells import Read, cell_text, read_cell
from yanlian.tables.frame import Origin, Table, split_list
from yanlian.tables.headers import Header, column_letter, match_headers, meant
from yanlian.tables.rules import RULES, similar
from yanlian.tables.schema import Column, Schema, schema
from yanlian.tables.wording import MOST, limit_text, listed, rows_text, shown
from yanlian.text import N_, Say, say

_SHARE = N_("share, 12 per cent being 0.12")
# Rows that are in memory as cells at one time while a file is read.
_ROWS = 8192
# Different cells of a column whose reading is remembered: a column of few words is read
# at the speed of a look-up, and a column of names does not fill the memory.
_REMEMBERED = 20_000


_MESSAGES: dict[str, tuple[str, str]] = {
    "cell.empty": (
        N_(
            "Column %(column)s (%(label)s) is empty in %(count)s rows (%(rows)s). "
            "Every row must have it. Fill it in or remove the rows."
        ),
        "error",
    ),
    "cell.number": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells that are not numbers "
            "(rows %(rows)s: %(found)s). Expected a number in %(unit)s. Correct them, or "
            "leave them empty if the value is unknown."
        ),
        "error",
    ),
    "cell.bool": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells that are neither yes nor "
            "no (rows %(rows)s: %(found)s). Expected yes or no. Correct them."
        ),
        "error",
    ),
    "cell.whole": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells that are not whole numbers "
            "(rows %(rows)s: %(found)s). Correct them, or leave them empty if the value "
            "is unknown."
        ),
        "error",
    ),
    "cell.range": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s values outside the range (rows "
            "%(rows)s: %(found)s). Expected %(low)s to %(high)s %(unit)s. Correct them, or "
            "leave them empty if the value is unknown."
        ),
        "error",
    ),
    "cell.scaled": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s numbers in ten thousands, hundred "
            "millions, per cent or the like (rows %(rows)s: %(found)s). They were read as "
            "shown. To be sure, write them as plain numbers in %(unit)s."
        ),
        "warning",
    ),
    "cell.long": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s texts that are too long (rows "
            "%(rows)s: %(found)s). At most %(high)s characters fit. Shorten them by hand."
        ),
        "error",
    ),
    "cell.huge": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells of more than 20,000 "
            "characters (rows %(rows)s: %(found)s). They were not read. Shorten them."
        ),
        "error",
    ),
    "cell.short": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s texts that are too short (rows "
            "%(rows)s: %(found)s). Expected %(low)s to %(high)s characters. Correct them; a "
            "zero in front is lost where a spreadsheet took the code for a number."
        ),
        "error",
    ),
    "cell.choice": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s unknown words (rows %(rows)s: "
            "%(found)s). Expected one of %(choices)s. Correct them."
        ),
        "error",
    ),
    "cell.date": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s impossible dates (rows %(rows)s: "
            "%(found)s). Expected a real day such as 2022-09-05, in the years %(low)s to "
            "%(high)s. Correct them, or leave them empty."
        ),
        "error",
    ),
    "cell.pdate": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s impossible dates (rows %(rows)s: "
            "%(found)s). Expected a year, a month or a day such as 2022, 2022-09 or "
            "2022-09-05, in the years %(low)s to %(high)s. Correct them, or leave them "
            "empty."
        ),
        "error",
    ),
    "cell.serial": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s bare numbers of five digits where "
            "dates should stand (rows %(rows)s: %(found)s). They may be the day numbers of "
            "a spreadsheet or mistyped years. Format the column as a date, or write dates "
            "such as 2022-09-05."
        ),
        "error",
    ),
    "cell.formula": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells that start like a formula "
            "(rows %(rows)s: %(found)s). They are read as plain text and never run."
        ),
        "warning",
    ),
    "cell.hidden": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s cells with characters that cannot "
            "be seen, such as zero-width spaces and marks of direction (rows %(rows)s: "
            "%(found)s). They were taken out. Check that the cells still say what is meant."
        ),
        "warning",
    ),
}


class _Cells:
    """The cells of one column while they are read: values, and findings by kind."""

    def __init__(self, header: Header, where: str, commas: bool) -> None:
        self.column = header.column
        self.factor: Decimal | None = header.factor
        self.where = where
        self.commas = commas
        self.values: Any = array("d") if self.column.is_number else []
        self.known: dict[object, Read] = {}
        self.unread: set[int] = set()
        self.count: Counter[str] = Counter()
        self.rows: dict[str, list[int]] = {}
        self.examples: dict[str, list[str]] = {}

    def read(self, numbers: Sequence[int], cells: Iterable[object]) -> None:
        """Read the cells of some rows."""
        known, values = self.known, self.values
        for number, cell in zip(numbers, cells, strict=True):
            hit = known.get(cell)
            if hit is None:
                hit = read_cell(
                    self.column, cell, commas=self.commas, factor=self.factor
                )
                if len(known) < _REMEMBERED:
                    known[cell] = hit
            value, found = hit
            for code, text in found:
                self.add(code, number, text)
            values.append(value)

    def add(self, code: str, number: int, text: str) -> None:
        """Keep a finding: how often, the first rows and the first different texts."""
        if _MESSAGES[code][1] == "error":
            self.unread.add(len(self.values))
        self.count[code] += 1
        rows = self.rows.setdefault(code, [])
        examples = self.examples.setdefault(code, [])
        if len(rows) < MOST:
            rows.append(number)
        if text and len(examples) < MOST:
            example = shown(text)
            if example not in examples:
                examples.append(example)

    def findings(self) -> list[Finding]:
        """Return one finding per kind."""
        column = self.column
        none = say(N_("without limit"))
        found = []
        for code, rows in self.rows.items():
            message, level = _MESSAGES[code]
            values: dict[str, object] = {
                "column": column.name,
                "label": Say(column.label_en, column.label_zh),
                "count": self.count[code],
                "rows": rows_text(rows, self.count[code]),
                "found": ", ".join(self.examples[code]),
                "low": none if column.low is None else limit_text(column.low, column),
                "high": none
                if column.high is None
                else limit_text(column.high, column),
                "unit": say(_SHARE) if column.unit == "share" else column.unit,
                "choices": ", ".join(column.choices),
            }
            found.append(Finding(self.where, say(message, **values), level, code))
        return found


def _check_headers(
    known: Schema, headers: Sequence[str], matched: Mapping[int, Header], where: str
) -> list[Finding]:
    """Return what is wrong with the headers: absent, double, unknown, wrong unit."""
    findings: list[Finding] = []
    read = {header.column.name for header in matched.values()}
    absent = [column for column in known.needed if column.name not in read]
    findings += [
        Finding(
            where,
            say(
                N_(
                    "Table %(table)s has no column %(column)s (%(label)s). Found: "
                    "%(found)s. Add the column."
                ),
                table=known.name,
                column=column.name,
                label=Say(column.label_en, column.label_zh),
                found=listed((h for h in headers if h.strip()), 20),
            ),
            code="column.absent",
        )
        for column in absent
    ]
    stray: list[str] = []
    for position, text in enumerate(headers):
        if position in matched or not text.strip():
            continue
        again = match_headers(known, [text])
        if not again:
            stray.append(text)
            continue
        name = again[0].column.name
        first = next(p for p, h in matched.items() if h.column.name == name)
        findings.append(
            Finding(
                where,
                say(
                    N_(
                        "Two headers name column %(column)s: %(first)s (%(a)s) and "
                        "%(second)s (%(b)s). It is not clear which one counts. Remove or "
                        "rename one of them."
                    ),
                    column=name,
                    first=shown(headers[first]),
                    a=column_letter(first),
                    second=shown(text),
                    b=column_letter(position),
                ),
                code="column.double",
            )
        )
    if stray:
        # Looking for the column that was meant takes time; a file of thousands of
        # unknown columns was not made for this table.
        hints = [
            f"{shown(text)} ({name}?)" if (name := meant(known, text)) else text
            for text in stray[:20]
        ]
        findings.append(
            Finding(
                where,
                say(
                    N_(
                        "%(count)s columns that table %(table)s does not know were left "
                        "out: %(columns)s. Rename those that are needed; the guide lists "
                        "every column."
                    ),
                    count=len(stray),
                    table=known.name,
                    columns=listed([*hints, *stray[20:]], 10),
                ),
                "warning",
                "column.unknown",
            )
        )
    for position, header in matched.items():
        column = header.column
        if header.unit:
            findings.append(
                Finding(
                    where,
                    say(
                        N_(
                            "Header %(header)s (%(letter)s) gives column %(column)s in "
                            "%(found)s. Expected %(unit)s. Convert the numbers and correct "
                            "the header."
                        ),
                        header=shown(headers[position]),
                        letter=column_letter(position),
                        column=column.name,
                        found=shown(header.unit),
                        unit=column.unit,
                    ),
                    code="column.unit",
                )
            )
        elif header.factor is not None:
            findings.append(
                Finding(
                    where,
                    say(
                        N_(
                            "Header %(header)s (%(letter)s) asks for it: all numbers of "
                            "column %(column)s were multiplied by %(factor)s to be in "
                            "%(unit)s. Check one of them."
                        ),
                        header=shown(headers[position]),
                        letter=column_letter(position),
                        column=column.name,
                        factor=f"{header.factor:,}",
                        unit=column.unit,
                    ),
                    "warning",
                    "column.scaled",
                )
            )
    return findings


def conform(
    name: str,
    headers: Sequence[str],
    rows: Iterable[tuple[int, Sequence[object]]],
    *,
    where: str = "",
    commas: bool = True,
) -> tuple[Table, list[Finding]]:
    """Turn cells into a table and list everything that is wrong.

    Parameters
    ----------
    name : str
        Name of the schema.
    headers : sequence of str
        Headers as found; names and labels of both languages are known.
    rows : iterable of (int, sequence of cells)
        Row of the file and its cells; short rows are filled with empty cells. Taken
        some thousand rows at a time.
    where : str
        File and sheet for the messages.
    commas : bool
        Whether a comma in a number is a thousands mark.

    Returns
    -------
    Table
        Cells that could not be read hold no data.
    list of Finding
        All findings, errors and warnings.
    """
    known = schema(name)
    matched = match_headers(known, headers)
    findings = _check_headers(known, headers, matched, where)
    columns = {
        position: _Cells(header, where, commas)
        for position, header in matched.items()
        if not header.unit
    }
    numbers = array("q")
    long: list[int] = []
    unnamed: Counter[int] = Counter()
    blank = [p for p, text in enumerate(headers) if not text.strip()]
    last = len(headers)
    source = iter(rows)
    while chunk := list(itertools.islice(source, _ROWS)):
        some = [number for number, _ in chunk]
        numbers.extend(some)
        for number, row in chunk:
            if len(row) > last and any(cell_text(cell).strip() for cell in row[last:]):
                long.append(number)
            unnamed.update(
                p for p in blank if p < len(row) and row[p] not in {"", None}
            )
        for position, cells in columns.items():
            cells.read(
                some,
                (row[position] if position < len(row) else "" for _, row in chunk),
            )
    if long:
        findings.append(
            Finding(
                where,
                say(
                    N_(
                        "%(count)s rows have more cells than there are headers (rows "
                        "%(rows)s), so their cells may stand in the wrong columns. Put text "
                        "that holds the separator in quotation marks, or remove the cells."
                    ),
                    count=len(long),
                    rows=rows_text(long),
                ),
                code="row.long",
            )
        )
    if unnamed:
        findings.append(
            Finding(
                where,
                say(
                    N_(
                        "Columns without a header were left out although they hold data: "
                        "%(columns)s. Name them or remove them."
                    ),
                    columns=listed((column_letter(p) for p in sorted(unnamed)), 10),
                ),
                "warning",
                "column.unnamed",
            )
        )
    made: dict[str, Any] = {}
    for cells in columns.values():
        values = cells.values
        if not cells.column.is_number:
            values = np.empty(len(numbers), dtype=object)
            values[:] = cells.values
        made[cells.column.name] = values
        findings += cells.findings()
    if not made:
        return Table.of(name, []), findings
    table = Table(name, made, Origin(where, np.frombuffer(numbers, np.int64)))
    if not len(numbers):
        message = say(
            N_("Table %(table)s has no rows. Add at least one row."), table=name
        )
        findings.append(Finding(where, message, "warning", "table.empty"))
    if all(column in made for column in known.key):
        unread = {c.column.name: c.unread for c in columns.values()}
        findings += check_table(table, unread)
    return table, findings


def check_table(
    table: Table, unread: Mapping[str, set[int]] | None = None
) -> list[Finding]:
    """Return what is wrong across the rows of one table: keys and rules of the table.

    Parameters
    ----------
    table : Table
    unread : mapping of str to set of int, optional
        Rows of a column whose cell could not be read: it was a finding already, and
        the rules of the table do not count it as empty.
    """
    findings: list[Finding] = []
    key = table.schema.key
    if key and len(table):
        keys: list[Any] = table[key[0]].tolist()
        if len(key) > 1:
            keys = list(zip(*(table[column] for column in key), strict=True))
        if len(set(keys)) < len(keys):
            findings += _doubles(table, keys)
        if len(key) == 1 and not table.schema.by_name[key[0]].is_number:
            findings += similar(table, key[0])
    for rule in RULES.get(table.name, ()):
        findings += rule(table, unread or {})
    return findings


def _doubles(table: Table, keys: list[Any]) -> list[Finding]:
    counts = Counter(keys)
    doubled = [key for key, count in counts.items() if count > 1 and _whole(key)]
    if not doubled:
        return []
    marked = set(doubled)
    rows = table.row_numbers([i for i, key in enumerate(keys) if key in marked])
    names = ("/".join(map(cell_text, k)) if type(k) is tuple else k for k in doubled)
    return [
        Finding(
            table.where,
            say(
                N_(
                    "Table %(table)s has %(count)s identifiers more than once "
                    "(%(found)s; rows %(rows)s). Each must stand once. Rename or "
                    "merge the rows."
                ),
                table=table.name,
                count=len(doubled),
                found=listed(names),
                rows=rows_text(rows),
            ),
            code="key.double",
        )
    ]


def _whole(key: object) -> bool:
    """Whether no part of a key is without data: that is a finding of its own."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(part == part and part != "" for part in parts)


def check_tables(tables: Mapping[str, Table]) -> list[Finding]:
    """Return every reference from one table to another that leads nowhere.

    A reference to a table that is not given, or that has no identifiers because they
    could not be read, is not checked: that is a finding already.
    """
    findings: list[Finding] = []
    for name, table in tables.items():
        for column in table.schema.columns:
            if not column.refers:
                continue
            other, other_column = column.refers.split(".")
            known = set(tables[other][other_column]) - {""} if other in tables else ()
            if known:
                findings += _lost(name, table, column, other, known)
    return findings


def _lost(
    name: str, table: Table, column: Column, other: str, known: Iterable[str]
) -> list[Finding]:
    every = set(known)
    rows: list[int] = []
    lost: dict[str, None] = {}
    for row, cell in enumerate(table[column.name]):
        if not cell or cell in every:
            continue
        parts = split_list(cell) if column.type == "list" else [cell]
        unknown = [part for part in parts if part not in every]
        if unknown:
            rows.append(row)
            lost |= dict.fromkeys(unknown)
    if not rows:
        return []
    folded = {one.casefold(): one for one in every}
    hints = [
        f"{shown(part)} ({folded[part.casefold()]}?)"
        if part.casefold() in folded
        else part
        for part in lost
    ]
    return [
        Finding(
            table.where,
            say(
                N_(
                    "Column %(column)s of table %(table)s names %(count)s "
                    "things that are not in table %(other)s (rows %(rows)s: "
                    "%(found)s). Add them there or correct the rows."
                ),
                column=column.name,
                table=name,
                count=len(lost),
                other=other,
                rows=rows_text(table.row_numbers(rows)),
                found=listed(hints),
            ),
            code="reference.unknown",
        )
    ]


def raise_errors(findings: Sequence[Finding]) -> None:
    """Raise one :class:`TableError` that holds every error among the findings."""
    errors = tuple(finding for finding in findings if finding.level == "error")
    if errors:
        raise TableError(
            N_("%(count)s findings stop the reading. Nothing was stored."),
            findings=errors,
            count=len(errors),
        )
