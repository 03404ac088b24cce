"""Reading the files that hold tables, and everything that can be wrong with them."""

from __future__ import annotations

import contextlib
import itertools
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from yanlian.errors import Finding, SourceError, TableError
from yanlian.tables.cells import cell_text
from yanlian.tables.check import check_tables, conform, raise_errors
from yanlian.tables.circles import check_circles
from yanlian.tables.frame import Table
from yanlian.tables.headers import (
    HEADER_ROWS,
    column_letter,
    find_header,
    match_headers,
)
from yanlian.tables.parquet import read_columns, read_parquet
from yanlian.tables.schema import schema, schema_names
from yanlian.tables.sheets import Book, Sheet
from yanlian.tables.textfiles import read_text
from yanlian.tables.wording import listed, reason_of, rows_text, shown
from yanlian.tables.workbooks import read_workbook
from yanlian.text import N_, say

# A row of text takes about ten times its size in memory: larger tables belong into
# Parquet, whose size in memory is known before it is read.
MAX_TEXT_MB = 150
TEXT, SHEET, PARQUET = (".csv", ".tsv"), (".xlsx", ".xls"), (".parquet",)
SUFFIXES = (*TEXT, *SHEET, *PARQUET)
INPUT_TABLES = (
    "segments",
    "supplies",
    "firms",
    "facts",
    "firm_measures",
    "presence",
    "regions",
    "indicators",
    "events",
    "courting",
    "people",
    "travel",
    "visiting",
    "progress_events",
    "kpi_definitions",
)
# How files of each kind begin, by which one under a wrong name is told.
_STARTS = (
    (b"PK\x03\x04", ".xlsx"),
    (b"PAR1", ".parquet"),
    (b"\xd0\xcf\x11\xe0", ".xls"),
)


def _input_tables() -> str:
    return ", ".join(INPUT_TABLES)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into an error that says what to do."""
    try:
        yield
    except PermissionError as error:
        raise SourceError(
            N_(
                "You may not read %(path)s. Ask its owner for the right, or copy it to a "
                "folder of yours."
            ),
            path=shown(str(path), 200),
        ) from error
    except (OSError, UnicodeError) as error:
        raise SourceError(
            N_("%(path)s cannot be read: %(reason)s. Check the disk and the path."),
            path=shown(str(path), 200),
            reason=reason_of(error),
        ) from error


def _check_path(path: Path) -> None:
    """Refuse what is no readable file of a known kind, before any of it is read."""
    name = shown(path.name)
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise SourceError(
            N_("There is no file %(path)s. Check the path."), path=shown(str(path), 200)
        ) from error
    if not stat.S_ISREG(found.st_mode):
        raise SourceError(
            N_(
                "%(path)s is a folder or a device, not a file. Give the file itself, or a "
                "folder of tables as the workspace."
            ),
            path=shown(str(path), 200),
        )
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SourceError(
            N_(
                "%(path)s has the ending %(suffix)s. Expected one of %(known)s. Save it in "
                "one of these forms."
            ),
            path=name,
            suffix=shown(suffix) if suffix else say(N_("(none)")),
            known=", ".join(SUFFIXES),
        )
    with path.open("rb") as file:
        start = file.read(8)
    kind = next((kind for mark, kind in _STARTS if start.startswith(mark)), "")
    # A protected XLSX begins like an XLS; the reader of spreadsheets tells it apart.
    if kind and kind != suffix and (kind, suffix) != (".xls", ".xlsx"):
        raise SourceError(
            N_(
                "%(path)s is named %(suffix)s but is a file of kind %(kind)s. Give it the "
                "right ending."
            ),
            path=name,
            suffix=suffix,
            kind=kind,
        )
    if start and not kind and suffix in SHEET:
        raise SourceError(
            N_(
                "%(path)s is not a spreadsheet. If it is text, give it the ending .csv; "
                "otherwise open it in a spreadsheet and save it as XLSX."
            ),
            path=name,
        )
    if suffix not in PARQUET and found.st_size > MAX_TEXT_MB * 1e6:
        raise SourceError(
            N_(
                "%(path)s has %(size)s MB. Text files and spreadsheets are read up to "
                "%(most)s MB. Split it, leave out columns that are not needed, or save it "
                "as Parquet."
            ),
            path=name,
            size=f"{found.st_size / 1e6:,.0f}",
            most=MAX_TEXT_MB,
        )


def _guess_name(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return the table a file or sheet holds, by its name or by its headers."""
    for name in names:
        folded = name.lower().strip()
        if folded in schema_names():
            return folded
    scores = {name: find_header(schema(name), rows)[2] for name in INPUT_TABLES}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 3 else None


def _open(path: Path, name: str | None) -> Book:
    suffix = path.suffix.lower()
    if suffix in SHEET:
        return read_workbook(path)
    if suffix in PARQUET:
        headers = [header for header, _ in read_columns(path)]
        return read_parquet(path, name or _guess_name((path.stem,), [headers]))
    known = name or _guess_name((path.stem,), [])
    names = [known] if known else INPUT_TABLES

    def score(rows: Sequence[Sequence[str]]) -> int:
        return max(find_header(schema(name), rows)[2] for name in names)

    return read_text(path, score)


def read_file(
    path: Path | str, name: str | None = None
) -> tuple[dict[str, Table], list[Finding]]:
    """Read every table of a CSV, TSV, XLSX, XLS or Parquet file.

    Parameters
    ----------
    path : path
        The file. A CSV may be UTF-8 with or without mark, UTF-16 or GB18030.
    name : str, optional
        Name of the table; guessed from the file's name, the sheet's name or the
        headers when absent.

    Returns
    -------
    dict of str to Table
        Tables by name.
    list of Finding
        All that is wrong with them.

    Raises
    ------
    SourceError
        When the file cannot be opened, or is larger than can be held safely.
    """
    path = Path(path)
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    unknown: list[str] = []
    with _opened(path):
        _check_path(path)
        if not path.stat().st_size:
            return {}, [_empty(shown(path.name))]
        book = _open(path, name)
        sheets = 0
        for sheet in book.sheets:
            rows = iter(sheet.rows)
            first = list(itertools.islice(rows, HEADER_ROWS))
            if not first:
                continue
            sheets += 1
            heads = [[cell_text(cell) for cell in row] for _, row in first]
            table_name = name or _guess_name(sheet.names, heads)
            if table_name is None:
                unknown.append(sheet.names[0])
                continue
            whole = replace(sheet, rows=itertools.chain(first, rows))
            table, found = _read_sheet(table_name, whole, heads)
            findings += found
            if table is None:
                continue
            if table_name in tables:
                findings.append(_double(table_name, tables[table_name], table))
            tables[table_name] = table
        findings += book.findings
    if not sheets:
        findings.append(_empty(shown(path.name)))
    if unknown:
        findings.append(_unknown(path, unknown, known=sheets > len(unknown)))
    return tables, findings


def _empty(where: str) -> Finding:
    message = say(N_("The file is empty. Fill it in or remove it."))
    return Finding(where, message, code="file.empty")


def _unknown(path: Path, sheets: Sequence[str], *, known: bool) -> Finding:
    """Return that sheets are no tables: beside tables they are left out."""
    if known:
        message = say(
            N_(
                "%(count)s sheets are no table that is known and were left out: %(sheets)s. "
                "If one is needed, name it after its table, one of %(names)s."
            ),
            count=len(sheets),
            sheets=listed(sheets, 10),
            names=_input_tables(),
        )
        return Finding(shown(path.name), message, "warning", "sheet.unknown")
    message = say(
        N_(
            "It is not clear which table this is. Name the file or sheet after the "
            "table, one of %(names)s."
        ),
        names=_input_tables(),
    )
    return Finding(shown(path.name), message, code="table.unknown")


def _double(name: str, first: Table, second: Table) -> Finding:
    message = say(
        N_(
            "Table %(table)s was found twice, in %(first)s and in %(second)s. Keep one of "
            "them."
        ),
        table=name,
        first=first.where,
        second=second.where,
    )
    return Finding(second.where, message, code="table.double")


def _read_sheet(
    name: str, sheet: Sheet, heads: Sequence[Sequence[str]]
) -> tuple[Table | None, list[Finding]]:
    known = schema(name)
    index, headers, score = find_header(known, heads)
    if not score:
        message = say(
            N_(
                "No header of table %(table)s was found in the first rows; the first one "
                "is: %(found)s. Expected columns such as %(columns)s. Put the column names "
                "into the first row."
            ),
            table=name,
            found=listed(cell for cell in heads[0] if cell.strip()),
            columns=", ".join(column.name for column in known.columns[:8]),
        )
        return None, [Finding(sheet.where, message, code="header.absent")]
    rows = itertools.islice(sheet.rows, index + 1, None)
    table, findings = conform(
        name, headers, rows, where=sheet.where, commas=sheet.commas
    )
    return table, [*_check_merged(name, headers, table, sheet), *findings]


def _check_merged(
    name: str, headers: Sequence[str], table: Table, sheet: Sheet
) -> list[Finding]:
    """Return cells of the table that are merged over several rows."""
    if not sheet.merged or table.origin is None or not len(table):
        return []
    first = int(table.origin.numbers[0])
    findings = []
    for position, header in match_headers(schema(name), headers).items():
        ranges = [
            (top, bottom)
            for column, top, bottom in sheet.merged
            if column == position and top >= first
        ]
        if not ranges:
            continue
        message = say(
            N_(
                "Column %(column)s (%(letter)s) has %(count)s cells merged over several "
                "rows (from rows %(rows)s). Only the first row of each holds the value, and "
                "it is not clear whether it is meant for all. Take the cells apart and fill "
                "in every row."
            ),
            column=header.column.name,
            letter=column_letter(position),
            count=len(ranges),
            rows=rows_text(sorted(top for top, _ in ranges)),
        )
        findings.append(Finding(sheet.where, message, code="cell.merged"))
    return findings


def read_table(path: Path | str, name: str | None = None) -> Table:
    """Read one table; raise a :class:`TableError` that holds every error."""
    tables, findings = read_file(path, name)
    raise_errors(findings)
    if len(tables) != 1:
        raise TableError(
            N_("%(path)s holds %(count)s tables. Expected one. Name the one you want."),
            path=shown(Path(path).name),
            count=len(tables),
        )
    return next(iter(tables.values()))


def check_files(paths: Iterable[Path | str]) -> tuple[dict[str, Table], list[Finding]]:
    """Read all files and list everything that is wrong, also between them."""
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    for path in paths:
        try:
            read, found = read_file(path)
        except SourceError as error:
            where = shown(Path(path).name)
            findings.append(Finding(where, error.say, code="file.unreadable"))
            continue
        findings += found
        for name, table in read.items():
            if name in tables:
                findings.append(_double(name, tables[name], table))
            tables[name] = table
    findings += check_tables(tables)
    return tables, findings


def workspace_files(folder: Path | str) -> list[Path]:
    """Return the table files of a workspace folder, sorted by name."""
    folder = Path(folder)
    with _opened(folder):
        if not folder.is_dir():
            raise SourceError(
                N_("There is no folder %(path)s. Check the path."),
                path=shown(str(folder), 200),
            )
        every = sorted(folder.iterdir())
    # Names that begin with a point or ~$ are those of open files and of the system.
    files = [
        path
        for path in every
        if path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
    ]
    if not files:
        raise SourceError(
            N_(
                "Folder %(path)s holds no tables. Expected files such as segments.csv, "
                "supplies.xlsx or firms.parquet. Put them there."
            ),
            path=shown(str(folder), 200),
        )
    return files


def read_workspace(folder: Path | str) -> dict[str, Table]:
    """Read a folder of CSV, XLSX and Parquet tables.

    Raises
    ------
    TableError
        With every error of every file and between them, when there is any.
    SourceError
        When the folder is absent or holds no tables.
    """
    tables, findings = check_files(workspace_files(folder))
    if {"segments", "supplies"} <= set(tables):
        findings += check_circles(tables["segments"], tables["supplies"])
    raise_errors(findings)
    return tables
