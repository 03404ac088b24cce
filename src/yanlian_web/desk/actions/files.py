"""Keeping files: checked by their content, named by their fingerprint, stored once."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from PIL import Image

from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, refuse, wrong
from yanlian_web.desk.models import Attachment, File, Record
from yanlian_web.desk.models.base import INTERNAL

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 80_000_000
PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
# First bytes of the other kinds that are kept.
STARTS = {
    ".pdf": (b"%PDF-", "application/pdf"),
    ".docx": (
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ".xlsx": (
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ".txt": (b"", "text/plain"),
}


def path_of(file: File) -> Path:
    """Return where the bytes of a file lie."""
    return Path(settings.DATA_FOLDER) / "files" / file.sha256[:2] / file.sha256


@dataclass(frozen=True)
class Looked:
    """An upload that may be kept.

    Attributes
    ----------
    name, media_type : str
    data : bytes
    sha256 : str
    """

    name: str
    media_type: str
    data: bytes
    sha256: str


def file_look(upload: Any, *, field: str = "file") -> Looked:
    """Read an upload and check it by its content; nothing is stored.

    Raises
    ------
    Refused
        When it is empty, too large, of an unknown kind, or not what its name says.
    """
    name = Path(str(upload.name).replace("\\", "/")).name[:255]
    size = int(upload.size)
    if size > MOST_BYTES:
        text = say(
            N_(
                "%(name)s has %(size)s MB. Expected at most %(most)s MB; make it smaller."
            ),
            name=name,
            size=f"{size / 1e6:.1f}",
            most=MOST_BYTES // 1024 // 1024,
        )
        refuse(wrong(field, text, "file.size"))
    data = upload.read()
    media_type = _media_type(name, data, field)
    return Looked(name, media_type, data, hashlib.sha256(data).hexdigest())


def file_put(act: Act, upload: Any, *, field: str = "file") -> File:
    """Keep an upload; the same bytes are kept once.

    Raises
    ------
    Refused
        When it may not be kept; see :func:`file_look`.
    """
    return file_keep(act, file_look(upload, field=field))


def file_keep(act: Act, looked: Looked) -> File:
    """Keep an upload that was looked at; the same bytes are kept once."""
    same = File.objects.filter(office=act.office, sha256=looked.sha256)
    known = same.first()
    if known:
        if known.training and not act.training:
            # It is kept for something real from now on, and stays with that.
            known.training = False
            known.save(update_fields=["training"])
        return known
    file = File(
        office=act.office,
        sha256=looked.sha256,
        name=looked.name,
        media_type=looked.media_type,
        size_bytes=len(looked.data),
        made_by=act.by,
        training=act.training,
    )
    _write(path_of(file), looked.data)
    try:
        with transaction.atomic():
            file.save()
    except IntegrityError:
        # Somebody else kept the same bytes in the same moment.
        return same.get()
    return file


def attach(
    act: Act, record: Record, file: File, *, label: str = INTERNAL, note: str = ""
) -> Attachment:
    """Put a file on a record."""
    act.note(file=file.sha256, name=file.name)
    return Attachment.objects.create(
        office=act.office,
        file=file,
        record=record.ref,
        label=label,
        note=note,
        training=act.training,
    )


def _media_type(name: str, data: bytes, field: str) -> str:
    suffix = Path(name).suffix.lower()
    kinds = ", ".join(sorted({*PICTURES, *STARTS}))
    if not data:
        text = say(N_("%(name)s is empty. Choose the file again."), name=name)
        refuse(wrong(field, text, "file.empty"))
    if suffix in PICTURES:
        try:
            with Image.open(io.BytesIO(data)) as picture:
                sound = picture.format == PICTURES[suffix]
                sound = sound and picture.width * picture.height <= MOST_PIXELS
                picture.verify()
        except Exception:  # Pillow raises many kinds for what is no picture
            sound = False
        if sound:
            return f"image/{PICTURES[suffix].lower()}"
        text = say(
            N_(
                "%(name)s is not the picture its name says. Save it anew as PNG or JPEG."
            ),
            name=name,
        )
        refuse(wrong(field, text, "file.picture"))
    if suffix in STARTS:
        start, media_type = STARTS[suffix]
        if data.startswith(start) and not (suffix == ".txt" and b"\x00" in data):
            return media_type
        text = say(
            N_("%(name)s does not begin as a %(kind)s file does. Save it anew."),
            name=name,
            kind=suffix[1:].upper(),
        )
        refuse(wrong(field, text, "file.content"))
    text = say(
        N_("Found a file of kind %(kind)s. Expected one of: %(kinds)s."),
        kind=suffix or name,
        kinds=kinds,
    )
    refuse(wrong(field, text, "file.kind"))
    raise AssertionError  # refuse has raised


def _write(path: Path, data: bytes) -> None:
    """Write bytes so that the file is there whole or not at all."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    Path(partial).replace(path)
