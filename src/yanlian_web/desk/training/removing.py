"""Taking the training data out, all of it and nothing else."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, transaction

from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import File
from yanlian_web.desk.models.base import cleared
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import Office, Seal

# Of an office itself, and seals: they outlive the lines that go, so that the chain of
# the log still holds.
KEPT = (Office, Seal)


def marked() -> list[type[Any]]:
    """Return the models whose rows can be marked as training data."""
    return [
        model
        for model in apps.get_models()
        if any(field.name == "training" for field in model._meta.concrete_fields)
        and model not in KEPT
    ]


def _of_office(model: type[Any]) -> bool:
    return any(field.name == "office" for field in model._meta.concrete_fields)


def _whose(model: type[Any]) -> str:
    """Return the condition that a row belongs to an office."""
    if _of_office(model):
        return "office_id = %s"
    (above,) = (
        field
        for field in model._meta.concrete_fields
        if field.is_relation and _of_office(field.related_model)
    )
    name = connection.ops.quote_name
    return (
        f"{name(above.column)} IN (SELECT id FROM "
        f"{name(above.related_model._meta.db_table)} WHERE office_id = %s)"
    )


def training_remove(office: Office) -> int:
    """Remove the training data of an office: records, log, events and files.

    All in one transaction, at whose end the database itself checks that nothing that
    stays refers to what went. Only the command line calls this, as the person who owns
    the machine.

    Returns
    -------
    int
        Number of rows that went.
    """
    files = list(File.objects.filter(office=office, training=True))
    count = 0
    with transaction.atomic():
        # Rows are deleted by one statement for each table: the references among them
        # are checked when the transaction ends, and the log lets such rows go.
        with connection.cursor() as cursor:
            # What belongs to an office by another row goes before that row.
            for model in sorted(marked(), key=_of_office):
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    f"DELETE FROM {table} WHERE training AND {_whose(model)}",
                    [office.pk],
                )
                count += cursor.rowcount
        cleared.send(sender=None, office=office)
        office.training = False
        office.save(update_fields=["training"])
        if count:
            log(office, "desk.training.removed", count=count)
    kept = set(
        File.objects.filter(sha256__in=[file.sha256 for file in files]).values_list(
            "sha256", flat=True
        )
    )
    for file in files:
        if file.sha256 not in kept:
            path_of(file).unlink(missing_ok=True)
    return count
