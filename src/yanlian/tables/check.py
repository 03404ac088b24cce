"""Checking a table against its schema: all findings at once."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from yanlian.errors import Finding, TableError
from yanlian.tables.frame import Table, join_list, split_list
from yanlian.tables.schema import Column, Schema, fold_header, schema
from yanlian.text import N_, Say, say

_PDATE = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")
# Half years and quarters as sources print them stand for their first month.
_DATE_WORDS = str.maketrans(
    {"/": "-", ".": "-", "\u5e74": "-", "\u6708": "-", "\u65e5": ""}
)
_SHOWN = 5
_TRUE = frozenset({"1", "true", "yes", "y", "\u662f"})
_FALSE = frozenset({"0", "false", "no", "n", "\u5426"})
_LIST_MARKS = re.compile(r"[;\uff1b\u3001|]")


def rows_text(rows: Sequence[int]) -> str:
    """Return row numbers for a message: the first five and how many more."""
    shown = ", ".join(str(row) for row in rows[:_SHOWN])
    more = len(rows) - _SHOWN
    return f"{shown} (+{more})" if more > 0 else shown


def _date(text: str, whole: bool) -> str | None:
    """Return a date in ISO form, or None when it is not one."""
    text = text.strip().translate(_DATE_WORDS).rstrip("-")
    if " " in text:
        text = text.split(" ")[0]
    match = _PDATE.match(text)
    if not match:
        return None
    year, month, day = match.groups()
    if whole and not day:
        return None
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    parts = [year, *(f"{int(part):02d}" for part in (month, day) if part)]
    return "-".join(parts)


def _float(text: str) -> float | None:
    """Return a number written with thousands marks or full-width digits."""
    folded = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    try:
        value = float(folded)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class _Findings:
    """Findings of one column, rows gathered under one sentence each."""

    def __init__(self, where: str, column: Column, first_row: int) -> None:
        self.where = where
        self.column = column
        self.first_row = first_row
        self.rows: dict[str, list[int]] = {}
        self.examples: dict[str, list[str]] = {}

    def add(self, code: str, row: int, example: str = "") -> None:
        self.rows.setdefault(code, []).append(row + self.first_row)
        self.examples.setdefault(code, []).append(example)

    def made(self) -> list[Finding]:
        found = []
        for code, rows in self.rows.items():
            shown = ", ".join(dict.fromkeys(self.examples[code][:_SHOWN]))[:200]
            message, level = _MESSAGES[code]
            column = self.column
            values: dict[str, Any] = {
                "column": say("%(name)s", name=column.name),
                "label": Say(column.label_en, column.label_zh),
                "count": len(rows),
                "rows": rows_text(rows),
                "found": shown,
                "low": "" if column.low is None else f"{column.low:g}",
                "high": "" if column.high is None else f"{column.high:g}",
                "unit": column.unit,
                "choices": ", ".join(column.choices),
            }
            found.append(Finding(self.where, say(message, **values), level, code))
        return found


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
    "cell.long": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s texts that are too long (rows "
            "%(rows)s: %(found)s). At most %(high)s characters fit. Shorten them by hand."
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
            "%(found)s). Expected a real day such as 2022-09-05. Correct them, or leave "
            "them empty."
        ),
        "error",
    ),
    "cell.pdate": (
        N_(
            "Column %(column)s (%(label)s) has %(count)s impossible dates (rows %(rows)s: "
            "%(found)s). Expected a year, a month or a day such as 2022, 2022-09 or "
            "2022-09-05. Correct them, or leave them empty."
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
}


def _conform_column(
    column: Column, cells: Sequence[str], found: _Findings
) -> list[Any]:
    made: list[Any] = []
    for row, cell in enumerate(cells):
        text = cell.strip()
        if not text:
            if column.default:
                text = column.default
            elif column.required:
                found.add("cell.empty", row)
        if not text:
            made.append(math.nan if column.is_number else "")
            continue
        made.append(_cell(column, text, row, found))
    return made


def _cell(column: Column, text: str, row: int, found: _Findings) -> Any:
    kind = column.type
    if column.is_number:
        value: float | None
        if kind == "bool":
            word = text.lower()
            value = 1.0 if word in _TRUE else 0.0 if word in _FALSE else None
        else:
            value = _float(text)
        if value is None:
            found.add("cell.number", row, text)
            return math.nan
        if kind == "int" and value != int(value):
            found.add("cell.whole", row, text)
            return math.nan
        below = column.low is not None and value < column.low
        if below or (column.high is not None and value > column.high):
            found.add("cell.range", row, text)
            return math.nan
        return value
    if text[0] in "=+@" and kind in {"text", "list", "code"} and not _phone(text):
        found.add("cell.formula", row, text[:40])
    if kind == "choice":
        word = text.lower().replace(" ", "_").replace("-", "_")
        if word not in column.choices:
            found.add("cell.choice", row, text)
            return ""
        return word
    if kind in {"date", "pdate"}:
        date = _date(text, whole=kind == "date")
        if date is None:
            found.add(f"cell.{kind}", row, text)
            return ""
        return date
    if kind == "list":
        parts = [part.strip() for part in _LIST_MARKS.split(text) if part.strip()]
        wrong = [
            part for part in parts if column.choices and part not in column.choices
        ]
        if wrong:
            found.add("cell.choice", row, wrong[0])
        return join_list(parts)
    if kind == "code":
        text = unicodedata.normalize("NFKC", text).strip()
    if column.high is not None and len(text) > column.high:
        found.add("cell.long", row, text[:60])
    return text


def _phone(text: str) -> bool:
    return bool(re.match(r"^\+\d[\d -]+$", text))


def match_headers(known: Schema, headers: Sequence[str]) -> dict[int, str]:
    """Return the column named by each header, by position; unknown ones are absent."""
    matched: dict[int, str] = {}
    for position, header in enumerate(headers):
        name = known.headers.get(fold_header(header))
        if name and name not in matched.values():
            matched[position] = name
    return matched


def conform(
    name: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    where: str = "",
    first_row: int = 2,
) -> tuple[Table, list[Finding]]:
    """Turn cells of text into a table and list everything that is wrong.

    Parameters
    ----------
    name : str
        Name of the schema.
    headers : sequence of str
        Headers as found; names and labels of both languages are known.
    rows : iterable of sequences of str
        Cells; short rows are filled with empty cells.
    where : str
        File and sheet for the messages.
    first_row : int
        Row number of the first row of cells in the file.

    Returns
    -------
    Table
        Cells that could not be read hold no data.
    list of Finding
        All findings, errors and warnings.
    """
    known = schema(name)
    matched = match_headers(known, headers)
    findings: list[Finding] = []
    listed = [list(row) for row in rows]
    absent = [
        column
        for column in known.columns
        if column.required
        and not column.default
        and column.name not in matched.values()
    ]
    findings += [
        Finding(
            where,
            say(
                N_(
                    "Table %(table)s has no column %(column)s (%(label)s). Found: "
                    "%(found)s. Add the column."
                ),
                table=name,
                column=column.name,
                label=Say(column.label_en, column.label_zh),
                found=", ".join(h for h in headers if h)[:200],
            ),
            code="column.absent",
        )
        for column in absent
    ]
    stray = [h for i, h in enumerate(headers) if h.strip() and i not in matched]
    if stray:
        findings.append(
            Finding(
                where,
                say(
                    N_(
                        "Columns that table %(table)s does not know were left out: %(columns)s."
                    ),
                    table=name,
                    columns=", ".join(stray)[:300],
                ),
                "warning",
                "column.unknown",
            )
        )
    columns: dict[str, Any] = {}
    for position, column_name in matched.items():
        column = known.by_name[column_name]
        found = _Findings(where, column, first_row)
        cells = [row[position] if position < len(row) else "" for row in listed]
        values = _conform_column(column, cells, found)
        array = np.empty(len(values), dtype=object)
        array[:] = values
        columns[column_name] = array
        findings += found.made()
    if not columns:
        return Table.of(name, []), findings
    table = Table(name, columns)
    if not listed:
        findings.append(
            Finding(
                where,
                say(
                    N_("Table %(table)s has no rows. Add at least one row."), table=name
                ),
                "warning",
                "table.empty",
            )
        )
    keys_read = all(column in matched.values() for column in known.key)
    if keys_read:
        findings += check_table(table, where=where, first_row=first_row)
    return table, findings


def check_table(table: Table, *, where: str = "", first_row: int = 2) -> list[Finding]:
    """Return what is wrong across the rows of one table: keys and rules of the table."""
    findings: list[Finding] = []
    key = table.schema.key
    if key and len(table):
        keys = list(zip(*(table.strs(column) for column in key), strict=True))
        counts = Counter(keys)
        doubled = [k for k, n in counts.items() if n > 1 and any(k)]
        if doubled:
            marked = set(doubled)
            rows = [i + first_row for i, k in enumerate(keys) if k in marked]
            findings.append(
                Finding(
                    where,
                    say(
                        N_(
                            "Table %(table)s has %(count)s identifiers more than once "
                            "(%(found)s; rows %(rows)s). Each must stand once. Rename or "
                            "merge the rows."
                        ),
                        table=table.name,
                        count=len(doubled),
                        found=", ".join("/".join(k) for k in doubled[:_SHOWN]),
                        rows=rows_text(rows),
                    ),
                    code="key.double",
                )
            )
    for rule in _RULES.get(table.name, ()):
        findings += rule(table, where, first_row)
    return findings


def _needs_name(table: Table, where: str, first_row: int) -> list[Finding]:
    empty = (table["name_en"] == "") & (table["name_zh"] == "")
    rows = [int(i) + first_row for i in np.flatnonzero(empty)]
    if not rows:
        return []
    message = say(
        N_(
            "%(count)s rows of table %(table)s have neither an English nor a Chinese name "
            "(rows %(rows)s). Give at least one."
        ),
        count=len(rows),
        table=table.name,
        rows=rows_text(rows),
    )
    return [Finding(where, message, code="name.empty")]


def _half_place(table: Table, where: str, first_row: int) -> list[Finding]:
    half = np.isnan(table.floats("lat")) != np.isnan(table.floats("lon"))
    rows = [int(i) + first_row for i in np.flatnonzero(half)]
    if not rows:
        return []
    message = say(
        N_(
            "%(count)s rows of table %(table)s have only one of latitude and longitude "
            "(rows %(rows)s). Give both or neither."
        ),
        count=len(rows),
        table=table.name,
        rows=rows_text(rows),
    )
    return [Finding(where, message, "warning", "place.half")]


def _self_supply(table: Table, where: str, first_row: int) -> list[Finding]:
    same = table["supplier_id"] == table["buyer_id"]
    rows = [
        int(i) + first_row for i in np.flatnonzero(same & (table["buyer_id"] != ""))
    ]
    if not rows:
        return []
    message = say(
        N_(
            "%(count)s supplies lead from a segment to itself (rows %(rows)s). A segment "
            "cannot supply itself. Remove the rows."
        ),
        count=len(rows),
        rows=rows_text(rows),
    )
    return [Finding(where, message, code="supply.self")]


_Rule = Callable[[Table, str, int], list[Finding]]
_RULES: dict[str, tuple[_Rule, ...]] = {
    "firms": (_needs_name, _half_place),
    "people": (_needs_name,),
    "supplies": (_self_supply,),
}


def check_tables(tables: Mapping[str, Table]) -> list[Finding]:
    """Return every reference from one table to another that leads nowhere.

    A reference to a table that is not given is not checked.
    """
    findings: list[Finding] = []
    for name, table in tables.items():
        for column in table.schema.columns:
            if not column.refers:
                continue
            other, other_column = column.refers.split(".")
            if other not in tables:
                continue
            known = set(tables[other][other_column])
            rows, lost = [], []
            for row, cell in enumerate(table[column.name]):
                parts = split_list(cell) if column.type == "list" else [cell]
                unknown = [part for part in parts if part and part not in known]
                if unknown:
                    rows.append(row + 2)
                    lost += unknown
            if rows:
                findings.append(
                    Finding(
                        name,
                        say(
                            N_(
                                "Column %(column)s of table %(table)s names %(count)s "
                                "things that are not in table %(other)s (rows %(rows)s: "
                                "%(found)s). Add them there or correct the rows."
                            ),
                            column=column.name,
                            table=name,
                            count=len(dict.fromkeys(lost)),
                            other=other,
                            rows=rows_text(rows),
                            found=", ".join(list(dict.fromkeys(lost))[:_SHOWN]),
                        ),
                        code="reference.unknown",
                    )
                )
    return findings


def raise_errors(findings: Sequence[Finding]) -> None:
    """Raise one :class:`TableError` that holds every error among the findings."""
    errors = tuple(finding for finding in findings if finding.level == "error")
    if errors:
        raise TableError(
            N_("%(count)s findings stop the reading. Nothing was stored."),
            findings=errors,
            count=len(errors),
        )
