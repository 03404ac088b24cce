"""The table itself: named columns of one length, never changed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yanlian.errors import TableError
from yanlian.tables.schema import Schema, schema
from yanlian.text import N_

Floats = NDArray[np.float64]
Strs = NDArray[np.object_]


def split_list(cell: str) -> list[str]:
    """Return the parts of a list cell.

    Examples
    --------
    >>> split_list("304; 316 ;")
    ['304', '316']
    """
    return [part.strip() for part in cell.split(";") if part.strip()]


def join_list(parts: Iterable[str]) -> str:
    """Return a list cell."""
    return "; ".join(parts)


def _column(values: ArrayLike, number: bool) -> NDArray[Any]:
    if number:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
        array = np.asarray(values)
        if array.dtype == object:
            array = np.array(
                [np.nan if v is None or v == "" else v for v in array], np.float64
            )
        array = array.astype(np.float64)
    else:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values, "")
        array = np.asarray(values, dtype=object)
        if array.ndim == 0:
            array = array.reshape(1)
        bad = np.fromiter((type(v) is not str for v in array), bool, len(array))
        if bad.any():
            array = array.copy()
            array[bad] = ["" if v is None else str(v) for v in array[bad]]
    array.setflags(write=False)
    return array


class Table:
    """Columns that satisfy a schema.

    Text-like columns are object arrays of ``str`` where ``""`` means no data;
    numbers are ``float64`` arrays where ``nan`` means no data.

    Parameters
    ----------
    name : str
        Name of the schema.
    columns : mapping of str to array_like
        Values by column. Columns of the schema that are absent are filled with
        their default or with no data; columns the schema does not know are an error.

    Raises
    ------
    TableError
        When columns differ in length or are not in the schema.
    """

    __slots__ = ("__dict__", "columns", "name")

    def __init__(self, name: str, columns: Mapping[str, ArrayLike]) -> None:
        known = schema(name)
        unknown = [column for column in columns if column not in known.by_name]
        if unknown:
            raise TableError(
                N_(
                    "Table %(table)s has unknown columns: %(columns)s. "
                    "Remove them or add them to the schema."
                ),
                table=name,
                columns=", ".join(unknown),
            )
        size = max(
            (np.shape(np.asarray(v, object))[0] for v in columns.values()), default=0
        )
        made: dict[str, NDArray[Any]] = {}
        for column in known.columns:
            if column.name in columns:
                made[column.name] = _column(columns[column.name], column.is_number)
            elif column.is_number:
                fill = float(column.default) if column.default else np.nan
                made[column.name] = _column(np.full(size, fill), number=True)
            else:
                empty = np.full(size, column.default, dtype=object)
                made[column.name] = _column(empty, number=False)
        lengths = {column: len(values) for column, values in made.items()}
        if len(set(lengths.values())) > 1:
            raise TableError(
                N_(
                    "Columns of table %(table)s differ in length: %(lengths)s. "
                    "Give every column one value per row."
                ),
                table=name,
                lengths=", ".join(f"{k} {v}" for k, v in lengths.items()),
            )
        self.name = name
        self.columns: Mapping[str, NDArray[Any]] = MappingProxyType(made)

    @classmethod
    def of(cls, name: str, rows: Iterable[Mapping[str, Any]]) -> Table:
        """Build from rows; a column absent from a row has its default or no data."""
        listed = list(rows)
        known = schema(name)
        unknown = sorted({c for row in listed for c in row if c not in known.by_name})
        columns: dict[str, Any] = dict.fromkeys(unknown, ())
        for column in known.columns:
            default: Any = column.default
            if column.is_number:
                default = float(default) if default else np.nan
            values = [row.get(column.name, default) for row in listed]
            array = np.empty(len(values), dtype=object)
            array[:] = values
            columns[column.name] = array
        if unknown:
            return cls(name, {u: np.empty(0) for u in unknown})
        return cls(name, columns)

    @property
    def schema(self) -> Schema:
        """Return the schema the table satisfies."""
        return schema(self.name)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {len(self)} rows)"

    def strs(self, column: str) -> Strs:
        """Return a text column."""
        return self.columns[column]

    def floats(self, column: str) -> Floats:
        """Return a number column."""
        return self.columns[column]

    def take(self, chosen: ArrayLike) -> Table:
        """Return the rows of an index or a mask, in its order."""
        index = np.asarray(chosen)
        if index.size == 0 and index.dtype != bool:
            index = index.astype(np.intp)
        return Table(self.name, {c: v[index] for c, v in self.columns.items()})

    def with_columns(self, **columns: ArrayLike) -> Table:
        """Return the table with some columns replaced."""
        return Table(self.name, {**self.columns, **columns})

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries; numbers that miss are ``nan``."""
        lists = {c: v.tolist() for c, v in self.columns.items()}
        return [
            dict(zip(lists, row, strict=True))
            for row in zip(*lists.values(), strict=True)
        ]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    @functools.cached_property
    def hash(self) -> str:
        """Return the hash of name, columns and values (SHA-256, 64 characters)."""
        digest = hashlib.sha256(self.name.encode())
        for column, values in self.columns.items():
            digest.update(b"\x1d" + column.encode() + b"\x1e")
            if values.dtype == object:
                digest.update("\x1f".join(values.tolist()).encode("utf-8", "replace"))
            else:
                canonical = values + 0.0
                canonical[np.isnan(canonical)] = np.nan
                digest.update(canonical.tobytes())
        return digest.hexdigest()


def concat(tables: Iterable[Table]) -> Table:
    """Return the rows of several tables of one schema, one after the other."""
    listed = list(tables)
    first = listed[0]
    return Table(
        first.name,
        {c: np.concatenate([t[c] for t in listed]) for c in first.columns},
    )
