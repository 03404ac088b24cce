"""Reading and writing Parquet with DuckDB."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanlian.errors import Finding, SourceError
from yanlian.tables.cells import LONGEST
from yanlian.tables.frame import Table, to_column
from yanlian.tables.headers import match_header
from yanlian.tables.schema import Schema, schema
from yanlian.tables.sheets import Book, Row, Sheet
from yanlian.tables.wording import reason_of, shown
from yanlian.text import N_, say

# Measured: a cell takes 8 bytes in memory, and texts that differ nine times their size
# in the file, so that these limits keep a table below 3 GB.
MAX_CELLS = 60_000_000
MAX_UNPACKED_MB = 250
# Rows that are text in memory at one time. A text that many rows share is stored once
# in the file and comes out of it once per row.
_ROWS = 256
_NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT")
_WORDS = re.compile(r"VARCHAR|ENUM\(.*|UUID|BOOLEAN|DATE|TIME.*", re.DOTALL)


def _literal(path: Path) -> str:
    """Return a path for DuckDB, which would else take brackets and stars as patterns.

    A folder named ``x[1]`` would read the files of a folder named ``x1``.
    """
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def _unreadable(path: Path, reason: Exception) -> SourceError:
    import duckdb

    if isinstance(reason, duckdb.OutOfMemoryException):
        return SourceError(
            N_(
                "There is not enough memory to read %(path)s. Leave out rows or columns that "
                "are not needed."
            ),
            path=shown(path.name),
        )
    return SourceError(
        N_(
            "%(path)s cannot be read as Parquet: it is damaged, was not written to the end, "
            "or is no Parquet file. Write it again."
        ),
        path=shown(path.name),
    )


def read_columns(path: Path) -> list[tuple[str, str]]:
    """Return the names and types of the columns of a Parquet file."""
    import duckdb

    try:
        with duckdb.connect() as db:
            sql = "DESCRIBE SELECT * FROM read_parquet(?)"
            return [row[:2] for row in db.execute(sql, [_literal(path)]).fetchall()]
    except duckdb.Error as error:
        raise _unreadable(path, error) from error


def read_parquet(path: Path, name: str | None) -> Book:
    """Return the one sheet of a Parquet file; only columns of the table are read.

    Parameters
    ----------
    path : Path
    name : str or None
        Table it holds; None when that is not known, and then no rows are read.

    Raises
    ------
    SourceError
        When it is damaged, or holds more cells than fit into memory.
    """
    columns = read_columns(path)
    headers = [header for header, _ in columns]
    findings: list[Finding] = []
    where = shown(path.name)
    picked: list[str] = []
    if name is not None:
        for position, (header, kind) in enumerate(columns):
            sql = _pick(schema(name), header, kind)
            if sql is None:
                findings.append(_nested(schema(name), header, kind, where))
                headers[position] = ""
            picked.append(sql or "NULL")
        _guard(path, sum(sql != "NULL" for sql in picked))
    rows = _rows(path, headers, picked)
    return Book((Sheet((path.stem,), where, rows),), findings)


def _pick(known: Schema, header: str, kind: str) -> str | None:
    """Return the expression that reads a column; None for what no cell can hold."""
    quoted = '"' + header.replace('"', '""') + '"'
    match = match_header(known, header)
    if match is None:
        return "NULL"
    if _NUMBERS.fullmatch(kind):
        return quoted
    if kind.startswith("DECIMAL"):
        return f"CAST({quoted} AS DOUBLE)"
    inner = kind.removesuffix("[]")
    if inner != kind and match.column.type == "list" and _NUMBERS.fullmatch(inner):
        return f"array_to_string({quoted}, '; ')"
    if not _WORDS.fullmatch(inner):
        return None
    text = f"CAST({quoted} AS VARCHAR)"
    if inner != kind:
        if match.column.type != "list":
            return None
        text = f"array_to_string({quoted}, '; ')"
    # What is longer than any cell may be is a finding; one does not need all of it.
    return f"left({text}, {LONGEST + 1})"


def _nested(known: Schema, header: str, kind: str, where: str) -> Finding:
    match = match_header(known, header)
    message = say(
        N_(
            "Column %(column)s holds %(kind)s. Expected plain text or numbers. Write the "
            "column again as text, the parts of a list separated by semicolons."
        ),
        column=match.column.name if match else shown(header),
        kind=shown(kind, 60),
    )
    return Finding(where, message, code="column.kind")


def _guard(path: Path, columns: int) -> None:
    """Refuse a file that holds more than fits into memory, before it is read."""
    import duckdb

    try:
        with duckdb.connect() as db:
            sql = "SELECT sum(num_rows) FROM parquet_file_metadata(?)"
            (rows,) = db.execute(sql, [_literal(path)]).fetchall()[0]
            sql = "SELECT sum(total_uncompressed_size) FROM parquet_metadata(?)"
            (size,) = db.execute(sql, [_literal(path)]).fetchall()[0]
    except duckdb.Error as error:
        raise _unreadable(path, error) from error
    cells = int(rows or 0) * columns
    unpacked = int(size or 0) / 1e6
    if cells > MAX_CELLS or unpacked > MAX_UNPACKED_MB:
        raise SourceError(
            N_(
                "%(path)s holds %(cells)s cells of the table, %(size)s MB unpacked. Up to "
                "%(most)s cells and %(most_mb)s MB are read. Leave out rows or columns that "
                "are not needed, or split the file by region."
            ),
            path=shown(path.name),
            cells=f"{cells:,}",
            size=f"{unpacked:,.0f}",
            most=f"{MAX_CELLS:,}",
            most_mb=f"{MAX_UNPACKED_MB:,}",
        )


def _rows(path: Path, headers: list[str], picked: list[str]) -> Iterator[Row]:
    """Return the headers as row 0 and the rows from 1."""
    import duckdb

    yield 0, headers
    if not picked:
        return
    try:
        with duckdb.connect() as db:
            sql = f"SELECT {', '.join(picked)} FROM read_parquet(?)"
            found = db.execute(sql, [_literal(path)])
            number = 0
            while rows := found.fetchmany(_ROWS):
                for row in rows:
                    number += 1
                    yield number, row
    except duckdb.Error as error:
        raise _unreadable(path, error) from error


def load_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Return the columns that :func:`write_parquet` has written, unchecked.

    Raises
    ------
    SourceError
        When the file is damaged.
    """
    import duckdb

    try:
        with duckdb.connect() as db:
            sql = "SELECT * FROM read_parquet(?)"
            found = db.execute(sql, [_literal(path)]).fetchnumpy()
    except duckdb.Error as error:
        raise _unreadable(path, error) from error
    return {
        name: to_column(values, values.dtype.kind in "fiu")
        for name, values in found.items()
    }


def write_parquet(table: Table, path: Path | str) -> Path:
    """Write a table as Parquet; it appears whole or not at all.

    Raises
    ------
    SourceError
        When it cannot be written; what was there before is as it was.
    """
    import duckdb

    path = Path(path)
    # A name of its own: two processes may write the same table at the same time.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with duckdb.connect() as db:
            source = _source(db, table)
            # A column without data is one cell in memory; DuckDB, which finds the columns
            # by this name, needs them all.
            columns = {  # noqa: F841
                name: np.ascontiguousarray(values)
                for name, values in table.columns.items()
            }
            target = str(part).replace("'", "''")
            db.execute(
                f"COPY ({source}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        # Without this a loss of power could leave the name and not the content.
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (duckdb.Error, OSError) as error:
        raise SourceError(
            N_(
                "%(path)s cannot be written: %(reason)s. Make room or choose another "
                "folder. What was there before is unchanged."
            ),
            path=shown(str(path), 200),
            reason=reason_of(error),
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _source(db: Any, table: Table) -> str:
    """Return the query of a table; the columns of an empty one need their types."""
    if len(table):
        return "SELECT * FROM columns"
    kinds = ", ".join(
        f'"{c.name}" {"DOUBLE" if c.is_number else "VARCHAR"}'
        for c in table.schema.columns
    )
    db.execute(f"CREATE TABLE empty_table ({kinds})")
    return "SELECT * FROM empty_table"
