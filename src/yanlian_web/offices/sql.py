"""Triggers that keep a table append-only on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any


def append_only(*tables: str) -> Any:
    """Return a migration step: rows of these tables are never changed, nor deleted.

    Only rows marked as training data can be deleted: those are invented and are removed
    as a whole.
    """

    def forwards(apps: Any, schema: Any) -> None:
        for table in tables:
            for statement in _statements(table, schema.connection.vendor):
                schema.execute(statement)

    def backwards(apps: Any, schema: Any) -> None:
        for table in tables:
            for statement in _drops(table, schema.connection.vendor):
                schema.execute(statement)

    from django.db import migrations

    return migrations.RunPython(forwards, backwards)


def _statements(table: str, vendor: str) -> list[str]:
    text = f"{table} is only added to"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{text}'); END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"WHEN OLD.training = 0 BEGIN SELECT RAISE(ABORT, '{text}'); END",
        ]
    return [
        f"CREATE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND OLD.training THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{text}'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_keep()",
    ]


def _drops(table: str, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_no_update",
            f"DROP TRIGGER IF EXISTS {table}_no_delete",
        ]
    return [
        f"DROP TRIGGER IF EXISTS {table}_keep ON {table}",
        f"DROP FUNCTION IF EXISTS {table}_keep()",
    ]
