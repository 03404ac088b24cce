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


def _swap(table: str, vendor: str, old: bool) -> list[str]:
    """Let a line lose its data once there is leave for it, and nothing else."""
    if old:
        return [*_drops(table, vendor), *_statements(table, vendor)]
    text = f"{table} is only added to"
    kept = ("id", "office_id", "by_id", "at", "code", "subject", "training")
    leave = "SELECT 1 FROM offices_redaction WHERE line_id = OLD.id"
    if vendor == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in kept)
        return [
            f"DROP TRIGGER IF EXISTS {table}_no_update",
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"WHEN NOT (EXISTS ({leave}) AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{text}'); END",
        ]
    same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in kept)
    return [
        f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND OLD.training THEN RETURN OLD; END IF; "
        f"IF TG_OP = 'UPDATE' AND {same} AND EXISTS ({leave}) THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{text}'; END $$ LANGUAGE plpgsql"
    ]


def _head(vendor: str) -> list[str]:
    """Keep the head of a chain from going back, and seals and leaves from going."""
    made = []
    for table in ("offices_seal", "offices_redaction"):
        made += _forever(table, vendor, "UPDATE OR DELETE")
    made += _forever("offices_chain", vendor, "DELETE")
    text = "offices_chain only grows"
    if vendor == "sqlite":
        made.append(
            "CREATE TRIGGER offices_chain_grows BEFORE UPDATE ON offices_chain "
            "WHEN NEW.office_id <> OLD.office_id OR NEW.count <= OLD.count "
            f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
        )
    else:
        made += [
            "CREATE FUNCTION offices_chain_grows() RETURNS trigger AS $$ BEGIN "
            "IF NEW.office_id <> OLD.office_id OR NEW.count <= OLD.count THEN "
            f"RAISE EXCEPTION '{text}'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
            "CREATE TRIGGER offices_chain_grows BEFORE UPDATE ON offices_chain "
            "FOR EACH ROW EXECUTE FUNCTION offices_chain_grows()",
        ]
    return made


def _forever(table: str, vendor: str, events: str) -> list[str]:
    text = f"{table} is only added to"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
            for event in events.split(" OR ")
        ]
    return [
        f"CREATE FUNCTION {table}_forever() RETURNS trigger AS $$ BEGIN "
        f"RAISE EXCEPTION '{text}'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_forever BEFORE {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_forever()",
    ]


def sealed() -> Any:
    """Return a migration step: seals stay, the head grows, data go only by leave."""

    def forwards(apps: Any, schema: Any) -> None:
        vendor = schema.connection.vendor
        for statement in [*_swap("offices_logline", vendor, False), *_head(vendor)]:
            schema.execute(statement)

    def backwards(apps: Any, schema: Any) -> None:
        vendor = schema.connection.vendor
        for statement in _swap("offices_logline", vendor, True):
            schema.execute(statement)
        if vendor != "sqlite":
            for name in (
                "seal_forever",
                "redaction_forever",
                "chain_forever",
                "chain_grows",
            ):
                schema.execute(f"DROP FUNCTION IF EXISTS offices_{name}() CASCADE")
            return
        for name in (
            "seal_no_update", "seal_no_delete", "redaction_no_update",
            "redaction_no_delete", "chain_no_delete", "chain_grows",
        ):  # fmt: skip
            schema.execute(f"DROP TRIGGER IF EXISTS offices_{name}")

    from django.db import migrations

    return migrations.RunPython(forwards, backwards)
