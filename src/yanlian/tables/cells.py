"""One cell: what it says, read exactly, or why it cannot be read."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

from yanlian.tables.frame import join_list
from yanlian.tables.schema import Column

# Value, and the kinds of finding with what to show of the cell.
Read = tuple[Any, tuple[tuple[str, str], ...]]

# No cell is longer than this; a text column takes far less.
LONGEST = 20_000

_TRUE = frozenset({"1", "true", "yes", "y", "\u662f"})
_FALSE = frozenset({"0", "false", "no", "n", "\u5426"})
_LIST_MARKS = re.compile(r"[;\uff1b\u3001|]")
_PHONE = re.compile(r"\+\d[\d -]+")
_SPACES = re.compile(r"\s+")

# Controls, soft hyphens, zero-width spaces and marks of direction: two identifiers that
# differ by one of these look the same and do not match, and a mark of direction can
# turn the text around it. Line breaks and tabs are left alone.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
# Joiners carry meaning in some scripts, but not in identifiers, numbers and dates.
_JOINERS = re.compile("[\u200c\u200d]")

# A thousands mark must stand before every third digit: "1,20" or "1.234,50" are not
# English numbers, and reading them as such would be wrong by a factor without a word.
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}([, ])\d{3}(?:\2\d{3})*|\d+)(?:\.\d*)?|[+-]?\.\d+)(?![\d.,])"
    r"(?:e([+-]?\d{1,3}))?(?!\d)\s*(.*)",
    re.ASCII | re.DOTALL,
)
_LONGEST_NUMBER = 60
# Figures as programs write them, which need none of the care above.
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)

_PDATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$")
_DATE_WORDS = str.maketrans(
    {"/": "-", ".": "-", "\u5e74": "-", "\u6708": "-", "\u65e5": ""}
)
# Day numbers of a spreadsheet from 1954 to 2119; no year looks like them.
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?", re.ASCII)

_TIMES = {
    "": 1,
    "thousand": 10**3,
    "\u4e07": 10**4,
    "\u842c": 10**4,
    "million": 10**6,
    "\u767e\u4e07": 10**6,
    "\u5343\u4e07": 10**7,
    "\u4ebf": 10**8,
    "\u5104": 10**8,
    "billion": 10**9,
    "\u4e07\u4ebf": 10**12,
}
# How files write a unit of the schema. An amount in another unit, such as USD, is
# never converted: nobody would know at which rate.
_UNIT_WORDS = {
    "CNY": ("cny", "rmb", "yuan", "\u5143", "\u4eba\u6c11\u5e01"),
    "persons": ("persons", "people", "\u4eba", "\u540d"),
    "year": ("year", "\u5e74"),
    "km": ("km", "\u516c\u91cc", "\u5343\u7c73"),
    "min": ("min", "minutes", "\u5206\u949f"),
    "degree": ("degree", "\u00b0", "\u5ea6"),
    "share": ("share",),
    "level": ("level",),
    "day": ("day",),
}


def unit_factor(unit: str, text: str) -> Decimal | None:
    r"""Return by what to multiply a number written in a unit, or None.

    Parameters
    ----------
    unit : str
        Unit of the column.
    text : str
        What stands behind the number or in brackets behind the header.

    Returns
    -------
    Decimal or None
        None when the text is no way to write the unit.

    Examples
    --------
    >>> unit_factor("CNY", "\u4ebf\u5143"), unit_factor("share", "%")
    (Decimal('100000000'), Decimal('0.01'))
    >>> unit_factor("CNY", "million"), unit_factor("CNY", "USD")
    (Decimal('1000000'), None)
    """
    folded = "".join(unicodedata.normalize("NFKC", text).lower().split())
    if unit == "share" and folded == "%":
        return Decimal("0.01")
    words = ("", *_UNIT_WORDS.get(unit, (unit.lower(),)))
    for times, factor in _TIMES.items():
        if any(folded in {times + word, word + times} for word in words):
            return Decimal(factor)
    return None


def read_number(
    text: str, unit: str, *, commas: bool = True, factor: Decimal | None = None
) -> tuple[float | None, bool]:
    r"""Return a number written in figures, and whether it was multiplied.

    Parameters
    ----------
    text : str
        Figures, with or without thousands marks, and the unit if it is written.
    unit : str
        Unit of the column.
    commas : bool
        Whether a comma is a thousands mark; in a file separated by semicolons it may
        as well be the decimal mark.
    factor : Decimal, optional
        What the unit in the header asks to multiply by; a cell must not bring a
        second one.

    Returns
    -------
    float or None
        None when it is no such number.
    bool
        Whether the text names its unit in ten thousands, per cent or the like.

    Examples
    --------
    >>> read_number("1,234.5", "CNY"), read_number("1.2\u4ebf", "CNY")
    ((1234.5, False), (120000000.0, True))
    >>> read_number("1,20", "CNY"), read_number("12 USD", "CNY")
    ((None, False), (None, False))
    """
    if factor is None and _PLAIN.fullmatch(text):
        return float(text), False
    if len(text) > _LONGEST_NUMBER:
        return None, False
    folded = unicodedata.normalize("NFKC", text).strip().lower().replace("\u2212", "-")
    match = _NUMBER.fullmatch(folded)
    if not match:
        return None, False
    figures, mark, exponent, tail = match.groups()
    if mark == "," and not commas:
        return None, False
    own = unit_factor(unit, tail)
    if own is None or (factor is not None and own != 1):
        return None, False
    plain = figures.replace(mark, "") if mark else figures
    if exponent:
        plain += "e" + exponent
    times = own if factor is None else factor
    value = float(plain) if times == 1 else float(Decimal(plain) * times)
    return (value if math.isfinite(value) else None), own != 1


def read_date(
    text: str, *, whole: bool, low: float | None = None, high: float | None = None
) -> str | None:
    r"""Return a date in ISO form, or None when it is not one.

    Parameters
    ----------
    text : str
        ``2022``, ``2022-09``, ``2022-09-05``, with ``/``, ``.`` or Chinese words
        between, ``20220905``, or a day with a time, which is left out.
    whole : bool
        Whether it must be a day.
    low, high : float, optional
        First and last year.

    Examples
    --------
    >>> read_date("2022\u5e749\u6708", whole=False), read_date("2022/2/30", whole=True)
    ('2022-09', None)
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    folded = _TIME.sub("", unicodedata.normalize("NFKC", text).strip())
    match = _COMPACT_DATE.fullmatch(folded) or _PDATE.fullmatch(
        folded.translate(_DATE_WORDS).rstrip("-").replace(" ", "")
    )
    if not match:
        return None
    year, month, day = match.groups()
    if whole and not day:
        return None
    if not (low or 1) <= int(year) <= (high or 9999):
        return None
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def cell_text(value: object) -> str:
    """Return a cell of a spreadsheet or of Parquet as text; no data is empty.

    Examples
    --------
    >>> cell_text(3.0), cell_text(None), cell_text(True)
    ('3', '', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)


def read_cell(
    column: Column,
    cell: object,
    *,
    commas: bool = True,
    factor: Decimal | None = None,
) -> Read:
    """Return the value of a cell and what is wrong with it.

    Parameters
    ----------
    column : Column
        What the cell should hold.
    cell : object
        Text of a text file, or a typed cell of a spreadsheet or of Parquet.
    commas, factor
        As in :func:`read_number`.

    Returns
    -------
    value : float or str
        ``nan`` or ``""`` where the cell is empty or cannot be read.
    found : tuple of (code, text)
        Kind of each finding, and what to show of the cell.
    """
    if column.is_number and type(cell) in {int, float}:
        number = float(cell)  # type: ignore[arg-type]
        if not math.isnan(number):
            if factor is not None and math.isfinite(number):
                number = float(Decimal(repr(number)) * factor)
            return _in_range(column, number, cell_text(cell))
    text, found = _clean(column, cell)
    if not text:
        if column.default:
            text = column.default
        elif column.required:
            found.append(("cell.empty", ""))
    if not text:
        return (math.nan if column.is_number else ""), tuple(found)
    value: float | str
    if column.is_number:
        value, more = _number(column, text, commas, factor)
    else:
        value, more = _text(column, text, type(cell) is float)
    return value, (*found, *more)


def _clean(column: Column, cell: object) -> tuple[str, list[tuple[str, str]]]:
    """Return the text of a cell without what cannot be seen."""
    text = cell_text(cell)
    found: list[tuple[str, str]] = []
    if not text.isprintable():
        seen = _HIDDEN.sub("", text)
        if column.type != "text":
            seen = _JOINERS.sub("", seen)
        # A mark of UTF-8 in the middle of a file and padding by NUL change nothing
        # a person would see; still, the file is not what it was meant to be.
        if seen != text:
            found.append(("cell.hidden", text))
        text = seen
    text = text.strip()
    if column.type == "code":
        text = _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    # An apostrophe before a formula says "text": so do spreadsheets and our own CSV.
    if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"}:
        text = text[1:]
    return text, found


def _in_range(column: Column, value: float, text: str) -> Read:
    if not math.isfinite(value):
        return math.nan, (("cell.number", text),)
    if column.type == "bool" and value not in {0.0, 1.0}:
        return math.nan, (("cell.bool", text),)
    if column.type == "int" and not value.is_integer():
        return math.nan, (("cell.whole", text),)
    below = column.low is not None and value < column.low
    if below or (column.high is not None and value > column.high):
        return math.nan, (("cell.range", text),)
    return value, ()


def _number(
    column: Column, text: str, commas: bool, factor: Decimal | None
) -> tuple[float, tuple[tuple[str, str], ...]]:
    if column.type == "bool":
        word = unicodedata.normalize("NFKC", text).lower()
        if word in _TRUE or word in _FALSE:
            return float(word in _TRUE), ()
        return math.nan, (("cell.bool", text),)
    value, scaled = read_number(text, column.unit, commas=commas, factor=factor)
    if value is None:
        return math.nan, (("cell.number", text),)
    number, found = _in_range(column, value, text)
    if scaled and not found:
        return number, (("cell.scaled", f"{text} = {number:,.15g}"),)
    return number, found


def _text(
    column: Column, text: str, from_number: bool
) -> tuple[str, tuple[tuple[str, str], ...]]:
    kind = column.type
    if kind in {"date", "pdate"}:
        date = read_date(text, whole=kind == "date", low=column.low, high=column.high)
        if _SERIAL.fullmatch(text):
            return "", (("cell.serial", text),)
        # 2022.1 as a number of a spreadsheet is January or October: nobody knows.
        if date is None or (from_number and "." in text):
            return "", ((f"cell.{kind}", text),)
        return date, ()
    if kind == "choice":
        word = _word(text)
        return (word, ()) if word in column.choices else ("", (("cell.choice", text),))
    if len(text) > LONGEST:
        return "", (("cell.huge", text),)
    found: tuple[tuple[str, str], ...] = ()
    if text[0] in "=+@" and not _PHONE.fullmatch(text):
        found = (("cell.formula", text),)
    if kind == "list":
        parts = [part.strip() for part in _LIST_MARKS.split(text) if part.strip()]
        if column.choices:
            parts = [_word(part) for part in parts]
            wrong = [part for part in parts if part not in column.choices]
            if wrong:
                found = (*found, ("cell.choice", wrong[0]))
        for part in parts:
            found = (*found, *_length(column, part))
        return join_list(parts), found
    return text, (*found, *_length(column, text))


def _word(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded.replace(" ", "_").replace("-", "_")


def _length(column: Column, text: str) -> tuple[tuple[str, str], ...]:
    if column.high is not None and len(text) > column.high:
        return (("cell.long", text),)
    if column.low is not None and len(text) < column.low:
        return (("cell.short", text),)
    return ()
