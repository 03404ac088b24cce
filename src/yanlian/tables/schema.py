"""The schema of every table: one CSV of rows per table, one row per column."""

from __future__ import annotations

import csv
import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from yanlian.errors import SourceError
from yanlian.text import N_, pick

FOLDER = Path(__file__).parent.parent / "schema"
TEXT_TYPES = frozenset({"code", "text", "list", "choice", "date", "pdate"})
NUMBER_TYPES = frozenset({"int", "float", "bool"})


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Name in files and code; a quantity's name carries its unit.
    type : str
        ``code``, ``text``, ``list`` (separated by ``;``), ``choice``, ``date``,
        ``pdate`` (a year, a month or a day), ``int``, ``float`` or ``bool``.
    unit : str
        Unit of a number.
    low, high : float or None
        Closed range of a number; least and most characters of a text or of each part
        of a list; first and last year of a date.
    required : bool
        Whether every row must have a value.
    key : bool
        Whether it is part of the key.
    default : str
        Value of an empty cell; empty means no data.
    choices : tuple of str
        Allowed words.
    refers : str
        ``table.column`` whose values it must be one of.
    label_en, label_zh, help_en, help_zh : str
        Label and help text.
    """

    name: str
    type: str
    unit: str
    low: float | None
    high: float | None
    required: bool
    key: bool
    default: str
    choices: tuple[str, ...]
    refers: str
    label_en: str
    label_zh: str
    help_en: str
    help_zh: str

    @property
    def is_number(self) -> bool:
        """Whether values are kept as numbers."""
        return self.type in NUMBER_TYPES

    def label(self, lang: str) -> str:
        """Return the label in ``lang``."""
        return pick(lang, self.label_en, self.label_zh)

    def help(self, lang: str) -> str:
        """Return the help text in ``lang``."""
        return pick(lang, self.help_en, self.help_zh)


@dataclass(frozen=True)
class Schema:
    """The columns of one table."""

    name: str
    columns: tuple[Column, ...]

    @functools.cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by their name."""
        return {column.name: column for column in self.columns}

    @property
    def key(self) -> tuple[str, ...]:
        """Return the names of the key columns."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def needed(self) -> tuple[Column, ...]:
        """Return the columns a file must have."""
        return tuple(c for c in self.columns if c.required and not c.default)

    @functools.cached_property
    def headers(self) -> dict[str, str]:
        """Return every accepted header, folded, with the column it names."""
        found: dict[str, str] = {}
        for column in self.columns:
            for text in (column.name, column.label_en, column.label_zh):
                found.setdefault(fold_header(text), column.name)
        return found


def fold_header(text: str) -> str:
    """Return a header free of case, spaces, full-width forms and underscores.

    Examples
    --------
    >>> fold_header("\ufeff Firm_ID *"), fold_header("Name\u3000(English)")
    ('firmid', 'name(english)')
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if c.isprintable() and c not in " _*")


def _number(text: str) -> float | None:
    return float(text) if text.strip() else None


@functools.cache
def schema(name: str) -> Schema:
    """Return the schema of a table.

    Raises
    ------
    SourceError
        When there is no table of that name.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        raise SourceError(
            N_(
                "There is no table named %(name)s. Expected one of %(names)s. "
                "Correct the name."
            ),
            name=name,
            names=", ".join(schema_names()),
        )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = tuple(
        Column(
            name=row["column"],
            type=row["type"],
            unit=row["unit"],
            low=_number(row["low"]),
            high=_number(row["high"]),
            required=row["required"] == "yes",
            key=row["key"] == "yes",
            default=row["default"],
            choices=tuple(c for c in row["choices"].split(";") if c),
            refers=row["refers"],
            label_en=row["label_en"],
            label_zh=row["label_zh"],
            help_en=row["help_en"],
            help_zh=row["help_zh"],
        )
        for row in rows
    )
    return Schema(name, columns)


@functools.cache
def schema_names() -> tuple[str, ...]:
    """Return the names of all tables, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv")))
