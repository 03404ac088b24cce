"""Reading and writing the files that hold tables."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yanlian.errors import Finding, SourceError, TableError
from yanlian.tables.check import (
    check_table,
    check_tables,
    conform,
    match_headers,
    raise_errors,
)
from yanlian.tables.frame import Table
from yanlian.tables.schema import schema, schema_names
from yanlian.text import N_, say

# A text file is held in memory as cells, about ten times its size: larger tables
# belong into Parquet, which is read column by column.
MAX_TEXT_MB = 150
# Office files are ZIP archives. A real table shrinks five to twenty times.
MAX_UNPACKED_MB = 600
MAX_RATIO = 200
SUFFIXES = (".csv", ".tsv", ".xlsx", ".xls", ".parquet")
INPUT_TABLES = (
    "segments",
    "supplies",
    "firms",
    "facts",
    "presence",
    "regions",
    "indicators",
    "events",
    "courting",
    "people",
    "travel",
    "visiting",
    "appointments",
)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def _decode(raw: bytes, path: Path) -> str:
    """Return text in UTF-8 (with or without mark), UTF-16 or GB18030."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise SourceError(
        N_(
            "%(path)s is not text in UTF-8, UTF-16 or GB18030. Save it as CSV in UTF-8, or "
            "as XLSX."
        ),
        path=path.name,
    )


def _csv_cells(path: Path) -> list[list[str]]:
    text = _decode(path.read_bytes(), path)
    sample = text[:20000]
    first = sample.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=first.count) if first else ","
    limit = csv.field_size_limit(10_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise SourceError(
            N_(
                "%(path)s cannot be read as CSV: %(reason)s. Save it again as CSV in UTF-8."
            ),
            path=path.name,
            reason=str(error),
        ) from error
    finally:
        csv.field_size_limit(limit)


def _guard_zip(path: Path) -> None:
    """Refuse an archive that unpacks to far more than a table could hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except zipfile.BadZipFile as error:
        raise SourceError(
            N_(
                "%(path)s is not an XLSX file. Open it in a spreadsheet and save it again."
            ),
            path=path.name,
        ) from error
    unpacked = sum(info.file_size for info in infos) / 1e6
    packed = max(sum(info.compress_size for info in infos) / 1e6, 1e-6)
    if unpacked > MAX_UNPACKED_MB or (unpacked > 50 and unpacked / packed > MAX_RATIO):
        raise SourceError(
            N_(
                "%(path)s unpacks to %(unpacked)s MB from %(packed)s MB. A table does not; "
                "the file was not opened. Expected at most %(most)s MB. Save the table alone "
                "as CSV or Parquet."
            ),
            path=path.name,
            unpacked=f"{unpacked:.0f}",
            packed=f"{packed:.1f}",
            most=MAX_UNPACKED_MB,
        )


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return (
            str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        )
    iso = getattr(value, "isoformat", None)
    return iso().split("T")[0] if iso else str(value)


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    import python_calamine

    if path.suffix.lower() == ".xlsx":
        _guard_zip(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return {
            name: [
                [_cell_text(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            for name in book.sheet_names
        }
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise SourceError(
            N_(
                "%(path)s cannot be read as a spreadsheet: %(reason)s. Open it in a "
                "spreadsheet and save it again."
            ),
            path=path.name,
            reason=str(error),
        ) from error


def _find_header(
    name: str, cells: Sequence[Sequence[str]]
) -> tuple[int, list[str], int]:
    """Return row of the header, the headers, and how many are known.

    A header may stand below title rows, and may be spread over two rows where cells
    were merged; then the lower text counts, or the upper where the lower is empty.
    """
    known = schema(name)
    best = (0, list(cells[0]) if cells else [], 0)
    for index, row in enumerate(cells[:12]):
        score = len(match_headers(known, row))
        if score > best[2]:
            best = (index, list(row), score)
        if index:
            above = cells[index - 1]
            width = max(len(row), len(above))
            both = [
                (row[i] if i < len(row) else "").strip()
                or (above[i] if i < len(above) else "").strip()
                for i in range(width)
            ]
            score = len(match_headers(known, both))
            if score > best[2]:
                best = (index, both, score)
    return best


def _guess_name(stem: str, cells: Sequence[Sequence[str]]) -> str | None:
    """Return the table a file or sheet holds, by its name or by its headers."""
    folded = stem.lower().strip()
    if folded in schema_names():
        return folded
    scores = {
        name: _find_header(name, cells)[2]
        for name in INPUT_TABLES
        if name in schema_names()
    }
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best and scores[best] >= 3 else None


def _from_cells(
    name: str, cells: Sequence[Sequence[str]], where: str
) -> tuple[Table, list[Finding]]:
    index, headers, score = _find_header(name, cells)
    if not score:
        known = ", ".join(column.name for column in schema(name).columns[:8])
        message = say(
            N_(
                "No header of table %(table)s was found. Expected columns such as "
                "%(columns)s. Put the column names into the first row."
            ),
            table=name,
            columns=known,
        )
        return Table.of(name, []), [Finding(where, message, code="header.absent")]
    body = [row for row in cells[index + 1 :] if any(cell.strip() for cell in row)]
    return conform(name, headers, body, where=where, first_row=index + 2)


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
    if not path.is_file():
        raise SourceError(
            N_("There is no file %(path)s. Check the path."), path=str(path)
        )
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SourceError(
            N_("%(path)s has the ending %(suffix)s. Expected one of %(known)s."),
            path=path.name,
            suffix=suffix,
            known=", ".join(SUFFIXES),
        )
    if not path.stat().st_size:
        message = say(N_("The file is empty. Fill it in or remove it."))
        return {}, [Finding(path.name, message, code="file.empty")]
    if suffix == ".parquet":
        return _read_parquet(path, name)
    if _megabytes(path) > MAX_TEXT_MB:
        raise SourceError(
            N_(
                "%(path)s has %(size)s MB. Text files and spreadsheets are read up to "
                "%(most)s MB. Split it, or save it as Parquet, which has no such limit."
            ),
            path=path.name,
            size=f"{_megabytes(path):.0f}",
            most=MAX_TEXT_MB,
        )
    if suffix in {".xlsx", ".xls"}:
        sheets = _sheets(path)
        single = len(sheets) == 1
        parts = [
            (path.stem if single else sheet, f"{path.name}[{sheet}]", cells)
            for sheet, cells in sheets.items()
            if cells
        ]
    else:
        parts = [(path.stem, path.name, _csv_cells(path))]
    tables: dict[str, Table] = {}
    findings: list[Finding] = []
    for stem, where, cells in parts:
        table_name = name or _guess_name(stem, cells)
        if table_name is None:
            message = say(
                N_(
                    "It is not clear which table this is. Name the file or sheet after the "
                    "table, one of %(names)s."
                ),
                names=", ".join(INPUT_TABLES),
            )
            findings.append(Finding(where, message, code="table.unknown"))
            continue
        table, found = _from_cells(table_name, cells, where)
        tables[table_name] = table
        findings += found
    if not parts:
        message = say(N_("The file is empty. Fill it in or remove it."))
        findings.append(Finding(path.name, message, code="file.empty"))
    return tables, findings


def _read_parquet(
    path: Path, name: str | None
) -> tuple[dict[str, Table], list[Finding]]:
    import duckdb

    table_name = name or (path.stem if path.stem in schema_names() else None)
    if table_name is None:
        message = say(
            N_(
                "It is not clear which table this is. Name the file or sheet after the "
                "table, one of %(names)s."
            ),
            names=", ".join(INPUT_TABLES),
        )
        return {}, [Finding(path.name, message, code="table.unknown")]
    try:
        with duckdb.connect() as db:
            found = db.execute(
                "SELECT * FROM read_parquet(?)", [str(path)]
            ).fetchnumpy()
    except duckdb.Error as error:
        raise SourceError(
            N_("%(path)s cannot be read as Parquet: %(reason)s. Write it again."),
            path=path.name,
            reason=str(error).splitlines()[0],
        ) from error
    known = schema(table_name)
    if set(found) <= set(known.by_name) and _typed(found, known.by_name):
        table = Table(table_name, found)
        return {table_name: table}, check_table(table, where=path.name, first_row=1)
    columns: dict[str, Any] = {
        column: np.ma.filled(np.ma.asarray(values, dtype=object), None)
        for column, values in found.items()
    }
    texts = ([_cell_text(cell) for cell in cells] for cells in columns.values())
    rows = zip(*texts, strict=True)
    made, findings = conform(
        table_name, list(columns), rows, where=path.name, first_row=1
    )
    return {table_name: made}, findings


def _typed(found: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether every column of a Parquet file already has the schema's kind."""
    return all(
        (values.dtype.kind in "fiu") == known[column].is_number
        and not (
            known[column].is_number
            and _outside(np.ma.asarray(values, dtype=np.float64), known[column])
        )
        for column, values in found.items()
    )


def _outside(values: Any, column: Any) -> bool:
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    data = np.ma.filled(values, np.nan)
    return bool(np.any((data < low) | (data > high)))


def read_table(path: Path | str, name: str | None = None) -> Table:
    """Read one table; raise a :class:`TableError` that holds every error."""
    tables, findings = read_file(path, name)
    raise_errors(findings)
    if len(tables) != 1:
        raise TableError(
            N_("%(path)s holds %(count)s tables. Expected one. Name the one you want."),
            path=Path(path).name,
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
            findings.append(Finding(Path(path).name, error.say, code="file.unreadable"))
            continue
        findings += found
        for name, table in read.items():
            if name in tables:
                message = say(
                    N_("Table %(table)s was found twice. Keep one file for it."),
                    table=name,
                )
                findings.append(Finding(Path(path).name, message, code="table.double"))
            tables[name] = table
    findings += check_tables(tables)
    return tables, findings


def workspace_files(folder: Path | str) -> list[Path]:
    """Return the table files of a workspace folder, sorted by name."""
    folder = Path(folder)
    if not folder.is_dir():
        raise SourceError(
            N_("There is no folder %(path)s. Check the path."), path=str(folder)
        )
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in SUFFIXES]
    if not files:
        raise SourceError(
            N_(
                "Folder %(path)s holds no tables. Expected files such as segments.csv, "
                "supplies.xlsx or firms.parquet. Put them there."
            ),
            path=str(folder),
        )
    return files


def read_workspace(folder: Path | str) -> dict[str, Table]:
    """Read a folder of CSV, XLSX and Parquet tables.

    Raises
    ------
    TableError
        With every error of every file, when there is any.
    SourceError
        When the folder is absent or holds no tables.
    """
    tables, findings = check_files(workspace_files(folder))
    raise_errors(findings)
    return tables


def _export_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(value, float):
        if np.isnan(value):
            return ""
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value


def write_csv(table: Table, path: Path | str, *, safe: bool = True) -> Path:
    """Write a table as CSV in UTF-8 with mark, so that spreadsheets show Chinese.

    Parameters
    ----------
    safe : bool
        Put an apostrophe before cells a spreadsheet would run as a formula.
    """
    path = Path(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for row in zip(*(v.tolist() for v in table.columns.values()), strict=True):
            writer.writerow(
                [_export_cell(v) if safe or not isinstance(v, str) else v for v in row]
            )
    return path


def write_parquet(table: Table, path: Path | str) -> Path:
    """Write a table as Parquet; it appears whole or not at all."""
    import duckdb

    path = Path(path)
    part = path.with_name(path.name + ".part")
    with duckdb.connect() as db:
        if len(table):
            columns = dict(table.columns)  # noqa: F841 - DuckDB finds it by name
            db.execute("CREATE TABLE t AS SELECT * FROM columns")
        else:
            kinds = ", ".join(
                f'"{c.name}" {"DOUBLE" if c.is_number else "VARCHAR"}'
                for c in table.schema.columns
            )
            db.execute(f"CREATE TABLE t ({kinds})")
        target = str(part).replace("'", "''")
        db.execute(f"COPY t TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    part.replace(path)
    return path


def write_xlsx(tables: Mapping[str, Table], path: Path | str, lang: str = "en") -> Path:
    """Write tables as sheets with labels in ``lang``; no cell becomes a formula."""
    import xlsxwriter

    path = Path(path)
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format(
        {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    for name, table in tables.items():
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for j, column in enumerate(table.schema.columns):
            unit = f" ({column.unit})" if column.unit else ""
            sheet.write_string(0, j, column.label(lang) + unit, head)
            for i, value in enumerate(table[column.name].tolist(), start=1):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(i, j, value)
                elif not np.isnan(value):
                    sheet.write_number(i, j, value)
    book.close()
    return path
