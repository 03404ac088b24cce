"""Writing very many rows: past the models, in the form each database takes fastest.

Fifty thousand companies with what belongs to them are half a million rows. Django makes
an object of each and asks every field for its value; that alone takes a minute. Here the
values that are alike for all rows are made ready once, and the rows go to the database as
they are. Checking them is the caller's part.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

from yanlian_web.desk.models.base import FOUND_BY, stored


@contextmanager
def many() -> Iterator[None]:
    """Leave the search for circles of objects until many rows are written.

    Rows hold none; looking through half a million of them again and again takes a
    quarter of the time.
    """
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def as_json(value: Any) -> str:
    """Return a value as the text of a JSON column."""
    return json.dumps(value, ensure_ascii=False)


class Inserter:
    """Inserts rows of a model.

    Parameters
    ----------
    model : type
    names : sequence of str
        Fields that differ from row to row, as attributes are called: ``company_id``.
        Their values are text, numbers and None; JSON as text.
    **alike : object
        Values of fields that are alike for all rows; all others have their default.
    """

    def __init__(
        self, model: type[models.Model], names: Sequence[str], **alike: Any
    ) -> None:
        self.model = model
        self._table = model._meta.db_table
        example = model(**alike)
        own = {f.attname: f for f in model._meta.concrete_fields}
        rest = [f for n, f in own.items() if n not in names and not f.primary_key]
        self._columns = ["id", *(str(own[n].column) for n in names), *(str(f.column) for f in rest)]  # fmt: skip
        self._alike = tuple(_prepared(f, f.pre_save(example, add=True)) for f in rest)

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> list[int]:
        """Store rows and return their numbers."""
        if not rows:
            return []
        with connection.cursor() as cursor:
            numbers = self._numbers(cursor, len(rows))
            full = (
                (number, *row, *self._alike)
                for number, row in zip(numbers, rows, strict=True)
            )
            self._send(cursor, full)
        return numbers

    def _numbers(self, cursor: Any, count: int) -> list[int]:
        """Return numbers nobody else will get."""
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) "
                "FROM generate_series(1, %s)",
                [self._table, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # The transaction holds the only right to write, so nobody comes between.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [self._table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + count))

    def _send(self, cursor: Any, rows: Iterable[tuple[Any, ...]]) -> None:
        quoted = connection.ops.quote_name
        columns = ", ".join(quoted(name) for name in self._columns)
        table = quoted(self._table)
        # Table and columns are names of the models alone.
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(self._columns))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _prepared(field: Any, value: Any) -> Any:
    if isinstance(field, models.JSONField):
        return as_json(value)
    return field.get_db_prep_save(value, connection)


def update_many(
    model: type[models.Model], names: Sequence[str], records: Iterable[Any]
) -> None:
    """Store some fields of many records.

    Parameters
    ----------
    model : type
    names : sequence of str
        Fields that were changed on all of them.
    records : iterable of records
    """
    own = {field.name: field for field in model._meta.concrete_fields}
    fields = [own[name] for name in names]
    quoted = connection.ops.quote_name
    columns = ", ".join(f"{quoted(str(f.column))} = %s" for f in fields)
    table = quoted(model._meta.db_table)
    listed = list(records)
    rows = [
        [
            *(
                f.get_db_prep_save(getattr(record, f.attname), connection)
                for f in fields
            ),
            record.pk,
        ]
        for record in listed
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {columns} WHERE id = %s", rows)
        if FOUND_BY.intersection(names):
            stored.send(sender=model, records=listed)
