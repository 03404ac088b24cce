"""Reading XLSX and XLS: first how much there is, then the cells.

An XLSX file is a ZIP archive of XML. A few kilobytes can unpack to gigabytes, one cell
in the last row and column makes a grid of seventeen thousand million cells, and one
long text can be named by a million cells. The reader behind this module holds a sheet
as a full grid with a text of its own in every cell, so all three are counted first,
block by block, in little memory.
"""

from __future__ import annotations

import functools
import html
import re
import subprocess
import sys
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from yanlian.errors import Finding, SourceError
from yanlian.tables.sheets import Book, Row, Sheet
from yanlian.tables.wording import listed, shown
from yanlian.text import N_, Say, say

# Measured: the grid takes about 90 bytes a cell while it is read.
MAX_CELLS = 10_000_000
MAX_UNPACKED_MB = 600
# A real table shrinks five to twenty times.
MAX_RATIO = 200
# Texts of all cells together, each as often as cells name it.
MAX_TEXT_MB = 600
# A sheet of the largest width has rows of about a megabyte.
_LONGEST_ROW = 32_000_000
_BLOCK = 1 << 20
_HEAD = 4000
# How long reading an XLS file apart may take; its largest sheets take a few seconds.
_TRY_S = 120
_READ_ALL = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
except (ImportError, ValueError, OSError):
    pass
import python_calamine
book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
for name in book.sheet_names:
    book.get_sheet_by_name(name)
"""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# The form in which every known program writes cells, and the one that the standard
# allows; the second is ten times slower to look for.
_COLUMN = re.compile(rb'<c r="([A-Z]+)\d')
_NUMBER = re.compile(rb'<c r="[A-Z]+(\d+)"')
_ANY = re.compile(rb"<(?:\w+:)?c(?:\s[^>]*)?>")
_AT = re.compile(rb"\br=[\"']([A-Za-z]+)(\d+)[\"']")
_WORKSHEET = re.compile(rb"<(?:\w+:)?worksheet[\s>]")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_ROW_AT = re.compile(rb"[^>]*?\sr=[\"'](\d+)[\"']")
_ITEM = re.compile(rb"<(?:\w+:)?si\b")
_SHARED = re.compile(
    rb"\bt=[\"']s[\"'][^>]*>(?:\s*<(?:\w+:)?f\b[^>]*/>)?\s*<(?:\w+:)?v>\s*(\d{1,9})\s*<"
)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Za-z]+\d+)[\"']"
)
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Za-z]+\d+)[\"'][^>]*>\s*"
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_NAMED_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)=[\"']([^\"']*)[\"']")


def read_workbook(path: Path) -> Book:
    """Return the visible sheets of a spreadsheet, one at a time.

    Raises
    ------
    SourceError
        When it is protected, damaged, or holds more than a table could.
    """
    findings: list[Finding] = []
    parts = None
    if _is_ole(path):
        if path.suffix.lower() == ".xlsx":
            raise SourceError(
                N_(
                    "%(path)s is protected by a password, or it is an XLS file under "
                    "another name. Open it in a spreadsheet, take the password off and save "
                    "it as XLSX."
                ),
                path=shown(path.name),
            )
        _try_apart(path)
    else:
        findings, parts = _guard(path)
    return Book(_sheets(path, findings, parts), findings)


def _is_ole(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_OLE)) == _OLE


def _try_apart(path: Path) -> None:
    """Read an XLS file in a process of its own, which a damaged one may end.

    The form is binary and cannot be counted beforehand: a wrong length in it makes the
    reader ask for so much memory that the whole process is ended without an error.
    """
    command = [sys.executable, "-c", _READ_ALL, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TRY_S, check=False)
    except subprocess.TimeoutExpired as error:
        _damaged(path, None, error)
    if b"PasswordError" in done.stderr:
        _protected(path, None)
    if done.returncode:
        _damaged(path, say(N_("its content is damaged")), None)


def _protected(path: Path, cause: BaseException | None) -> NoReturn:
    raise SourceError(
        N_(
            "%(path)s is protected by a password. Open it in a spreadsheet, take the "
            "password off and save it as XLSX."
        ),
        path=shown(path.name),
    ) from cause


def _damaged(path: Path, reason: Say | None, cause: BaseException | None) -> NoReturn:
    if reason is None:
        detail = shown(str(cause), 160)
        reason = say(N_("its content is damaged (%(detail)s)"), detail=detail)
    raise SourceError(
        N_(
            "%(path)s cannot be read as a spreadsheet: %(reason)s. Open it in a "
            "spreadsheet and save it again."
        ),
        path=shown(path.name),
        reason=reason,
    ) from cause


def _sheets(path: Path, findings: list[Finding], parts: int | None) -> Iterator[Sheet]:
    import python_calamine as calamine

    def read(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except calamine.PasswordError as error:
            _protected(path, error)
        except (calamine.CalamineError, OSError, ValueError) as error:
            _damaged(path, None, error)
        except BaseException as error:
            # A panic of the reader on a damaged file is no Exception in Python.
            if type(error).__name__ != "PanicException":
                raise
            _damaged(path, None, error)

    book = read(functools.partial(calamine.CalamineWorkbook.from_path, str(path)))
    hidden = []
    every = [
        info
        for info in book.sheets_metadata
        if info.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if parts is not None and len(every) > parts:
        # Sheets that share one part were counted once and would be read many times.
        _damaged(path, say(N_("it names more sheets than it holds")), None)
    several = len(every) > 1
    for info in every:
        if info.visible != calamine.SheetVisibleEnum.Visible:
            hidden.append(info.name)
            continue
        sheet = read(functools.partial(book.get_sheet_by_name, info.name))
        if sheet.start is None:
            continue
        where = f"{path.name}[{info.name}]"
        merged = tuple(
            (a[1], a[0] + 1, b[0] + 1)
            for a, b in sheet.merged_cell_ranges or ()
            if b[0] > a[0]
        )
        names = (info.name,) if several else (path.stem, info.name)
        yield Sheet(names, shown(where, 120), _rows(sheet), merged=merged)
    if hidden:
        message = say(
            N_(
                "%(count)s hidden sheets were left out: %(sheets)s. Show them if they "
                "belong to the data."
            ),
            count=len(hidden),
            sheets=listed(hidden),
        )
        findings.append(Finding(shown(path.name), message, "warning", "sheet.hidden"))


def _rows(sheet: Any) -> Iterator[Row]:
    left = [""] * sheet.start[1]
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if any(cell != "" for cell in cells):
            # Yes and no are equal to 1 and 0 in Python; as words they are not.
            cells = [_word(c) if isinstance(c, bool) else c for c in cells]
            yield number, left + cells


def _word(cell: bool) -> str:
    return "TRUE" if cell else "FALSE"


def _guard(path: Path) -> tuple[list[Finding], int]:
    """Refuse an archive that holds more than a table could; find cells without value.

    Nothing is unpacked but for counting, and that block by block. Returned are the
    findings and how many sheets the archive holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _count(path, archive)
    except zipfile.BadZipFile as error:
        raise SourceError(
            N_(
                "%(path)s is not an XLSX file, or it is damaged. Open it in a spreadsheet "
                "and save it again as XLSX."
            ),
            path=shown(path.name),
        ) from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        _damaged(path, None, error)


def _count(path: Path, archive: zipfile.ZipFile) -> tuple[list[Finding], int]:
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos) / 1e6
    packed = max(sum(info.compress_size for info in infos) / 1e6, 1e-6)
    if unpacked > MAX_UNPACKED_MB or (unpacked > 50 and unpacked / packed > MAX_RATIO):
        raise SourceError(
            N_(
                "%(path)s unpacks to %(unpacked)s MB from %(packed)s MB. A table does not; "
                "the file was not opened. Expected at most %(most)s MB. Save the table alone "
                "as CSV or Parquet."
            ),
            path=shown(path.name),
            unpacked=f"{unpacked:,.0f}",
            packed=f"{packed:,.1f}",
            most=MAX_UNPACKED_MB,
        )
    names = _sheet_names(archive)
    findings: list[Finding] = []
    sheets: list[_Counted] = []
    lengths = array("q")
    # Every part is looked at: the reader takes a part for a sheet by what names it, not
    # by what it begins with.
    for info in infos:
        counted = _Counted(archive, info)
        if counted.is_sheet or counted.filled:
            sheets.append(counted)
            name = names.get(info.filename, "")
            findings += _without_value(path, name, counted)
        if counted.has_strings:
            for text in _pieces(archive, info, b"si"):
                lengths.extend(map(len, _ITEM.split(text)[1:]))
    cells = sum(sheet.grid for sheet in sheets)
    if cells > MAX_CELLS:
        largest = max(sheets, key=lambda sheet: sheet.grid)
        raise SourceError(
            N_(
                "%(path)s has a grid of %(cells)s cells, of which %(filled)s are filled; the "
                "last one is %(last)s. Spreadsheets are read up to %(most)s cells. Remove "
                "cells far from the table, or save it as CSV or Parquet."
            ),
            path=shown(path.name),
            cells=f"{cells:,}",
            filled=f"{sum(sheet.filled for sheet in sheets):,}",
            last=largest.last_cell,
            most=f"{MAX_CELLS:,}",
        )
    text_mb = sum(sheet.text_bytes(lengths) for sheet in sheets) / 1e6
    if text_mb > MAX_TEXT_MB:
        raise SourceError(
            N_(
                "The cells of %(path)s hold %(size)s MB of text, because some long texts "
                "stand in many cells. Spreadsheets are read up to %(most)s MB of text. Save "
                "the table alone as CSV or Parquet."
            ),
            path=shown(path.name),
            size=f"{text_mb:,.0f}",
            most=MAX_TEXT_MB,
        )
    return findings, len(sheets)


class _Counted:
    """What one part of the archive holds, counted in its XML."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self.archive, self.info = archive, info
        self.errors: list[str] = []
        self.unknown: list[str] = []
        self.is_sheet = self.has_strings = False
        self.filled = self.named = 0
        self._columns: set[bytes] = set()
        self._first, self._last, self._rows, self._widest = 1 << 60, 0, 0, 0
        usual = True
        for text in _pieces(archive, info, b"row"):
            usual = self._add(text) and usual
        # Only a sheet that seems too large, or is written in an unusual form, is worth
        # the slow count that leaves out cells with a format and nothing in them.
        if not usual or self.grid > MAX_CELLS:
            self._count_again()

    def _add(self, text: bytes) -> bool:
        """Count a piece of XML; return whether all cells have the usual form."""
        self.is_sheet = self.is_sheet or bool(_WORKSHEET.search(text[:_HEAD]))
        self.has_strings = self.has_strings or b"<si" in text or b":si" in text
        columns = _COLUMN.findall(text)
        self.filled += len(columns)
        self._columns.update(columns)
        numbers = _NUMBER.findall(text)
        if numbers:
            rows = [int(number) for number in set(numbers)]
            self._first = min(self._first, *rows)
            self._last = max(self._last, *rows)
        self.named += text.count(b't="s"') + text.count(b"t='s'")
        if b'"e"' in text or b"'e'" in text:
            self.errors += [cell.decode() for cell in _ERROR.findall(text)]
        if b"f>" in text or b"f " in text:
            self.unknown += [cell.decode() for cell in _NO_VALUE.findall(text)]
        cells = text.count(b"<c ") + text.count(b"<c>") + text.count(b":c ")
        return cells == len(columns) == len(numbers)

    def _count_again(self) -> None:
        self._columns, self.filled = set(), 0
        self._first, self._last, self._rows, self._widest = 1 << 60, 0, 0, 0
        for text in _pieces(self.archive, self.info, b"row"):
            for part in _ROW.split(text)[1:]:
                self._rows += 1
                cells = [cell for cell in _ANY.findall(part) if cell[-2:-1] != b"/"]
                self.filled += len(cells)
                self._widest = max(self._widest, len(cells))
                # Positions may be left out; then rows and cells follow one another.
                row = _ROW_AT.match(part)
                found = [at for cell in cells if (at := _AT.search(cell))]
                self._columns.update(at[1].upper() for at in found)
                numbers = [int(at[2]) for at in found]
                if row and cells:
                    numbers.append(int(row[1]))
                self._first = min(self._first, *numbers, 1 << 60)
                self._last = max(self._last, *numbers, 0)

    @property
    def grid(self) -> int:
        """Cells of the grid that holds all of them."""
        width = max((_position(letters) for letters in self._columns), default=0)
        height = max(self._last - self._first + 1, self._rows)
        return max(width, self._widest) * height

    @property
    def last_cell(self) -> str:
        """Name of the corner of the grid."""
        letters = max(self._columns, key=_position, default=b"A").decode()
        return f"{letters}{max(self._last, self._rows)}"

    def text_bytes(self, lengths: array[int]) -> int:
        """Return how long the texts are that cells name, each as often as named."""
        if not lengths or self.named * max(lengths) < MAX_TEXT_MB * 1e6:
            return 0
        every = np.asarray(lengths)
        total = 0
        for text in _pieces(self.archive, self.info, b"row"):
            index = np.array(_SHARED.findall(text), np.int64)
            total += int(every[index[index < len(every)]].sum())
        return total


def _position(letters: bytes) -> int:
    """Return the number of a column by its letters; A is 1."""
    position = 0
    for letter in letters[:4].upper():
        position = position * 26 + letter - 64
    return position


def _pieces(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, element: bytes
) -> Iterator[bytes]:
    """Return the XML of a part in pieces that begin with an element."""
    rest = b""
    with archive.open(info) as file:
        while block := file.read(_BLOCK):
            rest += block
            cut = max(rest.rfind(b"<" + element), rest.rfind(b":" + element))
            # An element that is longer than any real one is counted in parts.
            if cut <= 0 and len(rest) > _LONGEST_ROW:
                cut = len(rest)
            if cut > 0:
                yield rest[:cut]
                rest = rest[cut:]
    yield rest


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of the sheets by the part of the archive that holds them."""
    parts = set(archive.namelist())
    found = {}
    relations = {}
    if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
        with archive.open("xl/_rels/workbook.xml.rels") as file:
            for tag in _RELATION.findall(file.read(_BLOCK)):
                values = dict(_ATTRIBUTE.findall(tag))
                relations[values.get(b"Id")] = values.get(b"Target", b"").decode()
        with archive.open("xl/workbook.xml") as file:
            for tag in _NAMED_SHEET.findall(file.read(_BLOCK)):
                values = dict(_ATTRIBUTE.findall(tag))
                target = relations.get(values.get(b"r:id"), "").lstrip("/")
                target = target if target.startswith("xl/") else f"xl/{target}"
                name = values.get(b"name", b"").decode("utf-8", "replace")
                found[target] = html.unescape(name)
    return found


def _without_value(path: Path, name: str, sheet: _Counted) -> list[Finding]:
    """Return cells that hold an error, and formulas nobody has calculated."""
    where = shown(f"{path.name}[{name}]" if name else path.name, 120)
    found = []
    if sheet.errors:
        message = say(
            N_(
                "%(count)s cells hold an error such as #N/A (%(cells)s). They "
                "were read as empty. Correct the formulas, or write the values."
            ),
            count=len(sheet.errors),
            cells=listed(sheet.errors),
        )
        found.append(Finding(where, message, "warning", "formula.error"))
    if sheet.unknown:
        message = say(
            N_(
                "%(count)s formulas were saved without their result (%(cells)s), so their "
                "cells are empty here. Open the file in a spreadsheet, let it calculate and "
                "save it."
            ),
            count=len(sheet.unknown),
            cells=listed(sheet.unknown),
        )
        found.append(Finding(where, message, code="formula.unknown"))
    return found
