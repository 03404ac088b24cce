"""Taking the training data out, all of it and nothing else."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, transaction

from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import File
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
            for model in marked():
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(
                    f"DELETE FROM {table} WHERE training AND office_id = %s",
                    [office.pk],
                )
                count += cursor.rowcount
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
