"""What the desk and the log have to know of imports."""

from __future__ import annotations

from django.urls import reverse

from yanlian.text import N_
from yanlian_web.desk.codes import CODES
from yanlian_web.desk.places import PLACES
from yanlian_web.desk.queries.history import BESIDES
from yanlian_web.intake.kept import beside, sealed_of
from yanlian_web.intake.models import Batch
from yanlian_web.offices import audit

SENTENCES = {
    "intake.batch.uploaded": N_("File sent for import"),
    "intake.batch.sheet": N_("Sheet of an import chosen"),
    "intake.batch.previewed": N_("Import compared with what is on file"),
    "intake.batch.chosen": N_("Conflict of an import decided"),
    "intake.batch.dropped": N_("Import given up"),
    "intake.batch.applied": N_("Import applied"),
    "intake.batch.undone": N_("Import undone"),
}


def tell() -> None:
    """Make imports known."""
    PLACES[Batch.kind] = lambda record: reverse("import-one", args=[record.pk])
    CODES.update(SENTENCES)
    if beside not in BESIDES:
        BESIDES.append(beside)
    if sealed_of not in audit.PARTS:
        audit.PARTS.append(sealed_of)
