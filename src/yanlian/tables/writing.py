"""Writing tables for people: CSV and XLSX."""

from __future__ import annotations

import contextlib
import csv
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from yanlian.errors import SourceError
from yanlian.tables.frame import Table
from yanlian.tables.wording import reason_of, shown
from yanlian.text import N_

# Limits of XLSX; the writer leaves out what is beyond them without a word.
_SHEET_ROWS = 1_048_576
_CELL_TEXT = 32_767


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a path to write to, and put the file in its place when it is whole."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
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


def export_cell(value: Any) -> Any:
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
        Put an apostrophe before cells a spreadsheet would run as a formula; it is
        taken off again when the file is read.
    """
    path = Path(path)
    with (
        _whole(path) as part,
        part.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for row in zip(*(v.tolist() for v in table.columns.values()), strict=True):
            writer.writerow(
                [export_cell(v) if safe or not isinstance(v, str) else v for v in row]
            )
    return path


def write_xlsx(tables: Mapping[str, Table], path: Path | str, lang: str = "en") -> Path:
    """Write tables as sheets with labels in ``lang``; no cell becomes a formula."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    path = Path(path)
    with _whole(path) as part:
        book = xlsxwriter.Workbook(
            str(part), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        head = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        for name, table in tables.items():
            if len(table) >= _SHEET_ROWS:
                raise SourceError(
                    N_(
                        "Table %(table)s has %(rows)s rows; a sheet holds %(most)s. Save it "
                        "as CSV or Parquet."
                    ),
                    table=name,
                    rows=f"{len(table):,}",
                    most=f"{_SHEET_ROWS - 1:,}",
                )
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for j, column in enumerate(table.schema.columns):
                unit = f" ({column.unit})" if column.unit else ""
                sheet.write_string(0, j, column.label(lang) + unit, head)
                for i, value in enumerate(table[column.name].tolist(), start=1):
                    if isinstance(value, str):
                        if len(value) > _CELL_TEXT:
                            value = value[: _CELL_TEXT - 1] + "\u2026"
                        if value:
                            sheet.write_string(i, j, value)
                    elif not np.isnan(value):
                        sheet.write_number(i, j, value)
        try:
            book.close()
        except XlsxWriterException as error:
            # The writer wraps the error of the disk.
            raise OSError(str(error)) from error
    return path
