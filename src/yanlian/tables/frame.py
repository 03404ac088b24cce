"""The table itself: named columns of one length, never changed."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yanlian.errors import TableError
from yanlian.tables.schema import Column, Schema, schema
from yanlian.text import N_

Floats = NDArray[np.float64]
Strs = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a table was read from, so that a finding can say where to look.

    Attributes
    ----------
    where : str
        File, and sheet if it has several.
    numbers : sequence of int
        Row of the file in which each row of the table stands.
    """

    where: str
    numbers: Sequence[int] | NDArray[np.int64]


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


def _fill(column: Column) -> NDArray[Any]:
    """Return the cell of a column that is absent: its default or no data."""
    if column.is_number:
        return np.array(float(column.default) if column.default else np.nan)
    return np.array(column.default, dtype=object)


def _size(values: Any) -> int:
    try:
        return len(values)
    except TypeError:
        return 1


def to_column(values: ArrayLike, number: bool) -> NDArray[Any]:
    """Return values as a column keeps them: ``float64``, or objects of ``str``."""
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
    origin : Origin, optional
        Where it was read from. It is no part of the content: two tables that differ by
        it alone have one hash.

    Raises
    ------
    TableError
        When columns differ in length or are not in the schema.
    """

    __slots__ = ("__dict__", "columns", "name", "origin")

    def __init__(
        self,
        name: str,
        columns: Mapping[str, ArrayLike],
        origin: Origin | None = None,
    ) -> None:
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
        size = max((_size(values) for values in columns.values()), default=0)
        made: dict[str, NDArray[Any]] = {}
        for column in known.columns:
            if column.name in columns:
                made[column.name] = to_column(columns[column.name], column.is_number)
                made[column.name].setflags(write=False)
            else:
                # One cell seen from every row: a column that is absent takes no room.
                made[column.name] = np.broadcast_to(_fill(column), size)
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
        self.origin = origin
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
        origin = self.origin
        if origin is not None:
            origin = Origin(origin.where, np.asarray(origin.numbers)[index])
        return Table(self.name, {c: v[index] for c, v in self.columns.items()}, origin)

    def with_columns(self, **columns: ArrayLike) -> Table:
        """Return the table with some columns replaced."""
        return Table(self.name, {**self.columns, **columns}, self.origin)

    @property
    def where(self) -> str:
        """Return the file and sheet it was read from; its name when it was not."""
        return self.origin.where if self.origin is not None else self.name

    def row_numbers(self, rows: ArrayLike) -> list[int]:
        """Return the rows of the file in which rows of the table stand.

        Parameters
        ----------
        rows : array_like of int or bool
            Positions from 0, or a mask.

        Returns
        -------
        list of int
            Rows of the file; positions from 1 when it was not read from a file.
        """
        index = np.asarray(rows)
        if index.dtype == bool:
            index = np.flatnonzero(index)
        if self.origin is None:
            return [int(i) + 1 for i in index]
        return [int(self.origin.numbers[int(i)]) for i in index]

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
        return hash_columns(self.name, self.columns)


def hash_columns(name: str, columns: Mapping[str, NDArray[Any]]) -> str:
    """Return the hash of a table's name, columns and values.

    Parameters
    ----------
    name : str
        Name of the schema.
    columns : mapping of str to ndarray
        Texts as objects, numbers as ``float64``, in order.
    """
    digest = hashlib.sha256(name.encode())
    for column, values in columns.items():
        digest.update(b"\x1d" + column.encode() + b"\x1e")
        if values.dtype == object:
            text = "\x1f".join(values.tolist())
            # A cell that holds the mark itself must not pass for two cells.
            if text.count("\x1f") > max(len(values) - 1, 0):
                text = json.dumps(values.tolist())
            digest.update(text.encode("utf-8", "surrogatepass"))
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
