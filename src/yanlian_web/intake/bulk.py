"""Writing many rows in few statements, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

from yanlian_web.desk.models.base import FOUND_BY, stored


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
    fields = [model._meta.get_field(name) for name in names]
    quoted = connection.ops.quote_name
    columns = ", ".join(f"{quoted(f.column)} = %s" for f in fields)  # type: ignore[union-attr,arg-type]
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)  # type: ignore[union-attr,arg-type]
    listed = list(records)
    rows = [
        [
            *(
                f.get_db_prep_save(getattr(record, f.attname), connection)  # type: ignore[union-attr]
                for f in fields
            ),
            record.pk,
        ]
        for record in listed
    ]
    if rows:
        with connection.cursor() as cursor:
            # Names of the model alone, no value of a person.
            cursor.executemany(f"UPDATE {table} SET {columns} WHERE {key} = %s", rows)
        if FOUND_BY.intersection(names):
            stored.send(sender=model, records=listed)
