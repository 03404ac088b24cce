"""Everything out: tables, files and what tells of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

import yanlian
from yanlian.errors import Finding, StoreError
from yanlian.text import N_, say
from yanlian_web.archive.carried import Carried, left_out, line, tables, values_of
from yanlian_web.archive.packing import MANIFEST, Out
from yanlian_web.desk.models import File
from yanlian_web.offices.models import Chain, LogLine, Office

FORMAT, VERSION = "yanlian-archive", 1


@dataclass(frozen=True)
class Left:
    """What went out.

    Attributes
    ----------
    path : Path
    rows, files : int
    fingerprint : str
        Of the manifest, which holds those of everything else.
    """

    path: Path
    rows: int
    files: int
    fingerprint: str


@contextlib.contextmanager
def moment() -> Iterator[None]:
    """Read everything as it is at one moment, without making writers wait."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        # Not ``atomic``: its transactions are those of writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor, contextlib.suppress(Exception):
                if len(connection.savepoint_ids) == 0:
                    cursor.execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                    )
        yield


def export(path: Path, *, office: Office | None = None) -> Left:
    """Write everything of an office, or of the installation, to a folder or ZIP file.

    The same records give the same bytes, whichever database they lie in.

    Parameters
    ----------
    path : Path
        A name that ends in ``.zip``, or a folder that is not there yet.
    office : Office, optional
        The whole installation when absent.

    Returns
    -------
    Left

    Raises
    ------
    StoreError
        When there is something at ``path``, or a file that a record names is gone.
    """
    if path.exists():
        raise StoreError(
            N_("%(name)s is there already. Choose another name, or move it away."),
            name=str(path),
        )
    out = Out(path)
    try:
        with moment():
            left = _write(out, office)
        out.done()
    except BaseException:
        out.drop()
        raise
    return left


def _write(out: Out, office: Office | None) -> Left:
    told = []
    for table in tables():
        if office is not None and table.path is None:
            continue
        told.append(_table(out, table, office))
    files = [*_files(out, office), *_workspaces(out, office)]
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "program": yanlian.__version__,
        "scope": office.slug if office else "",
        "as_of": _as_of(office),
        "schema": _schema(),
        "tables": told,
        "files": files,
        "chains": _chains(office),
        "left_out": [{"name": n, "why": why} for n, why in left_out()],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"
    with out.open(MANIFEST) as target:
        target.write(text)
    return Left(
        out.path,
        sum(int(one["rows"]) for one in told),
        len(files),
        hashlib.sha256(text).hexdigest(),
    )


def _table(out: Out, table: Carried, office: Office | None) -> dict[str, Any]:
    name = f"tables/{table.name}.jsonl"
    rows = 0
    with out.open(name) as target:
        for values in values_of(table, office):
            target.write(line(values))
            rows += 1
    return {
        "name": table.name,
        "file": name,
        "rows": rows,
        "bytes": target.bytes,
        "sha256": target.hash.hexdigest(),
        "columns": [column.told() for column in table.columns],
    }


def _files(out: Out, office: Office | None) -> Iterator[dict[str, Any]]:
    found = File.objects.order_by("sha256")
    if office is not None:
        found = found.filter(office=office)
    gone = []
    for sha in dict.fromkeys(found.values_list("sha256", flat=True)):
        source = Path(settings.DATA_FOLDER) / "files" / sha[:2] / sha
        if not source.is_file():
            gone.append(sha)
            continue
        name = f"files/{sha}"
        copied = out.copy(name, source)
        if copied.hash.hexdigest() != sha:
            gone.append(sha)
        yield {"name": name, "bytes": copied.bytes, "sha256": sha}
    if gone:
        texts = [
            Finding(
                "",
                say(N_("The bytes of file %(sha)s are gone or changed."), sha=sha[:16]),
                code="archive.file",
            )
            for sha in gone
        ]
        raise StoreError(
            N_("Nothing was written. Put these files back from a copy first:"),
            findings=tuple(texts),
        )


def _workspaces(out: Out, office: Office | None) -> Iterator[dict[str, Any]]:
    """Take the tables and runs of each office along."""
    offices = [office] if office else Office.objects.order_by("slug")
    for one in offices:
        folder = one.folder
        if not folder.is_dir():
            continue
        for source in sorted(folder.rglob("*")):
            if source.is_symlink() or not source.is_file():
                continue
            inside = source.relative_to(folder).as_posix()
            name = f"workspaces/{one.slug}/{inside}"
            copied = out.copy(name, source)
            yield {
                "name": name,
                "bytes": copied.bytes,
                "sha256": copied.hash.hexdigest(),
            }


def _as_of(office: Office | None) -> str | None:
    """Return when the last thing in it happened; not when it was written."""
    found = LogLine.objects.order_by("-at")
    if office is not None:
        found = found.filter(office=office)
    last = found.values_list("at", flat=True).first()
    return last.isoformat(timespec="microseconds") if last else None


def _chains(office: Office | None) -> list[dict[str, Any]]:
    found = Chain.objects.select_related("office").order_by("office__slug")
    if office is not None:
        found = found.filter(office=office)
    return [
        {"office": chain.office.slug, "lines": chain.count, "head": chain.hash}
        for chain in found
    ]


def _schema() -> dict[str, str]:
    """Return the newest step of each app's tables."""
    done: dict[str, str] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        done[app] = max(name, done.get(app, ""))
    return done
