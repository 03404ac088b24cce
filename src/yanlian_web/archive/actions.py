"""Taking everything of an office out, and writing down that it was done."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string

from yanlian_web.archive.leaving import Left, export
from yanlian_web.archive.models import OUT, Passage
from yanlian_web.archive.persons import person_data, records_of
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import Attachment, Person
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import may


def office_export(*, by: Member, path: Path) -> Left:
    """Export everything of the member's office; the line about it comes after.

    Raises
    ------
    PermissionDenied
        When the right ``admin`` is missing, or somebody only looks as the member.
    """
    if by.looked_at or not may(by, "admin"):
        raise PermissionDenied
    left = export(path, office=by.office)
    told(left, office=by.office, by=by)
    return left


def told(left: Left, *, office: Office | None, by: Member | None = None) -> None:
    """Write down that everything of an office, or of all, went out."""
    Passage.objects.create(
        way=OUT,
        office=office,
        by=by.user if by else None,
        fingerprint=left.fingerprint,
        rows=left.rows,
        files=left.files,
    )
    for one in [office] if office else Office.objects.all():
        noted(
            one,
            by.user if by else None,
            "archive.exported",
            rows=left.rows,
            files=left.files,
            fingerprint=left.fingerprint,
        )


def personal_zip(*, by: Member, person: Person) -> bytes:
    """Return everything about a person: JSON, a page to read, and the files.

    That it went out stands in the log before it does.

    Raises
    ------
    PermissionDenied
        When the right ``admin`` is missing, or somebody only looks as the member.
    """
    if by.looked_at or not may(by, "admin") or person.office_id != by.office_id:
        raise PermissionDenied
    data = person_data(person)
    noted(
        by.office,
        by.user,
        "archive.person.exported",
        person.ref,
        training=person.training,
        files=len(data["files"]),
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
        packed.writestr("person.json", text)
        page = render_to_string("archive/person_page.html", _page(person, data))
        packed.writestr("person.html", page)
        refs = [record.ref for record in records_of(person)]
        places = Attachment.objects.filter(office=by.office, record__in=refs)
        for sha, place in {
            a.file.sha256: a for a in places.select_related("file")
        }.items():
            source = path_of(place.file)
            if source.is_file():
                suffix = Path(place.file.name).suffix[:10]
                packed.write(source, f"files/{sha}{suffix}")
    return out.getvalue()


def _page(person: Person, data: dict[str, object]) -> dict[str, object]:
    """Return what the page to read shows: each record with what its fields are called."""
    shown = []
    for record in records_of(person):
        rows = [
            (str(field.verbose_name), value)
            for field in record._meta.concrete_fields
            if field.editable
            and not field.is_relation
            and (value := getattr(record, field.attname)) not in ("", None)
        ]
        shown.append({"label": record.label, "rows": rows})
    return {"person": person, "data": data, "shown": shown}
