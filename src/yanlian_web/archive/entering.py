"""Everything in again: checked as a whole, then stored in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction

from yanlian.errors import Finding, StoreError
from yanlian.text import N_, Say, say
from yanlian_web.archive.carried import (
    COLUMNS,
    PLACE,
    Carried,
    Unfit,
    left_out,
    read,
    tables,
)
from yanlian_web.archive.leaving import FORMAT, VERSION
from yanlian_web.archive.models import IN, Passage
from yanlian_web.archive.packing import BLOCK, MANIFEST, MOST_MANIFEST, Into, fair
from yanlian_web.offices.models import Office
from yanlian_web.offices.verifying import verify

# So many findings are told; there may be one in every row.
TOLD = 200
BATCH = 500
LONGEST_LINE = 64 << 20
# A file of a record by its fingerprint, or one of an office's tables and runs.
_FILE = re.compile(r"files/[0-9a-f]{64}|workspaces/[-\w]+/.+", re.ASCII)
_SLUG = re.compile(r"[-\w]+", re.ASCII)


@dataclass
class Findings:
    """Gathers what is wrong, up to a number that can be read."""

    found: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, where: str, text: Say, code: str) -> None:
        """Note one thing."""
        if len(self.found) < TOLD:
            self.found.append(Finding(where, text, code=f"archive.{code}"))
        else:
            self.more += 1

    def stop(self) -> None:
        """Stop when there is something.

        Raises
        ------
        StoreError
        """
        if not self.found:
            return
        count = len(self.found) + self.more
        raise StoreError(
            N_(
                "Nothing was imported. %(count)s things are not right; the first "
                "%(told)s of them:"
            ),
            findings=tuple(self.found),
            count=count,
            told=len(self.found),
        )


@dataclass(frozen=True)
class Entered:
    """What came in.

    Attributes
    ----------
    rows, files : int
    fingerprint : str
        Of the manifest.
    offices : tuple of Office
    """

    rows: int
    files: int
    fingerprint: str
    offices: tuple[Office, ...]


def load(path: Path, *, place: Path, fingerprint: str = "") -> Entered:
    """Import an archive into an empty installation.

    Parameters
    ----------
    path : Path
        Folder or ZIP file that the export wrote.
    place : Path
        Folder under which the tables of each office are put.
    fingerprint : str
        What the export said; an archive with another one is refused.

    Returns
    -------
    Entered

    Raises
    ------
    StoreError
        When the installation is not empty, or the archive is damaged, tampered with or
        of another version; with all findings, and nothing is stored.
    SourceError
        When there is no archive that can be read.
    """
    _empty()
    archive = Into(path)
    try:
        manifest, seen = _manifest(archive, fingerprint)
        kept = _bytes(archive, manifest)
        return _store(archive, manifest, kept, place, seen)
    finally:
        archive.close()


def _empty() -> None:
    found = Findings()
    for table in tables():
        count = table.model._base_manager.count()
        if count:
            text = say(N_("Found %(count)s rows. Expected none."), count=count)
            found.add(table.name, text, "not_empty")
    if found.found:
        raise StoreError(
            N_(
                "This installation is not empty. An archive is imported into an empty "
                "one only; name another folder of data. Found:"
            ),
            findings=tuple(found.found),
        )


def _manifest(archive: Into, expected: str) -> tuple[dict[str, Any], str]:
    """Read what the archive says of itself, and check that it fits this program."""
    found = Findings()
    try:
        with archive.open(MANIFEST) as given:
            text = given.read(MOST_MANIFEST + 1)
        manifest = json.loads(text)
        if len(text) > MOST_MANIFEST or not isinstance(manifest, dict):
            raise ValueError
    except (OSError, ValueError, RecursionError):
        said = say(
            N_("It is missing or cannot be read. Copy the archive again, as a whole.")
        )
        found.add(MANIFEST, said, "manifest")
        found.stop()
        raise AssertionError from None
    seen = hashlib.sha256(text).hexdigest()
    if expected and expected.strip().lower() != seen:
        said = say(
            N_(
                "Its fingerprint is %(seen)s. Expected %(expected)s: this is not the "
                "archive that the export wrote."
            ),
            seen=seen,
            expected=expected.strip()[:64],
        )
        found.add(MANIFEST, said, "fingerprint")
    if (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        said = say(
            N_("Expected format %(format)s, version %(version)s."),
            format=FORMAT,
            version=VERSION,
        )
        found.add(MANIFEST, said, "format")
        found.stop()
    _shape(manifest, found)
    found.stop()
    _columns(manifest, found)
    found.stop()
    return manifest, seen


def _shape(manifest: dict[str, Any], found: Findings) -> None:
    """Check that the manifest has the parts that are read below."""
    listed = [manifest.get("tables"), manifest.get("files")]
    sound = all(isinstance(part, list) for part in listed)
    for one in (*(listed[0] or ()), *(listed[1] or ())) if sound else ():
        name = one.get("file", one.get("name")) if isinstance(one, dict) else None
        sound = sound and isinstance(name, str) and fair(name)
        sound = sound and isinstance(one.get("sha256"), str)
        sound = sound and type(one.get("bytes")) is int
    for one in (listed[1] or ()) if sound else ():
        sound = sound and bool(_FILE.fullmatch(one["name"]))
        if sound and one["name"].startswith("files/"):
            sound = one["name"] == f"files/{one['sha256']}"
    for one in (listed[0] or ()) if sound else ():
        sound = sound and isinstance(one.get("name"), str)
        sound = sound and type(one.get("rows")) is int
        sound = sound and isinstance(one.get("columns"), list)
    if not sound:
        text = say(N_("It does not have the form that the export writes."))
        found.add(MANIFEST, text, "shape")


def _columns(manifest: dict[str, Any], found: Findings) -> None:
    """Check that the tables are those of this program."""
    ours = {table.name: table for table in tables()}
    behind = {name for name, _ in left_out()}
    told = {one["name"]: one for one in manifest["tables"]}
    if len(told) != len(manifest["tables"]):
        text = say(N_("A table stands in it twice."))
        found.add(MANIFEST, text, "twice")
    for name, one in told.items():
        if name not in ours:
            text = say(
                N_(
                    "This program has no such table. Import with version %(program)s of "
                    "the program, which wrote the archive, and bring that up to date."
                ),
                program=str(manifest.get("program"))[:40],
            )
            found.add(name, text, "table")
            continue
        if one["file"] != f"tables/{name}.jsonl":
            text = say(N_("It does not have the form that the export writes."))
            found.add(name, text, "shape")
        expected = [column.told() for column in ours[name].columns]
        if one["columns"] != expected:
            text = say(
                N_(
                    "Its columns are not those of this program. Import with version "
                    "%(program)s of the program, and bring that up to date."
                ),
                program=str(manifest.get("program"))[:40],
            )
            found.add(name, text, "columns")
    if not manifest.get("scope"):
        for name in sorted(set(ours) - set(told) - behind):
            text = say(N_("The archive does not hold this table."))
            found.add(name, text, "missing")


def _bytes(archive: Into, manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Check every file against its size and fingerprint; return those beside tables."""
    found = Findings()
    expected = {one["file"]: one for one in manifest["tables"]}
    files = {one["name"]: one for one in manifest["files"]}
    there = archive.names()
    for name in sorted(there - {MANIFEST} - set(expected) - set(files)):
        text = say(N_("The manifest does not name this file."))
        found.add(name[:120], text, "extra")
    for name, one in sorted({**expected, **files}.items()):
        if name not in there:
            found.add(name, say(N_("This file is missing.")), "missing")
            continue
        size, seen = 0, hashlib.sha256()
        try:
            with archive.open(name) as given:
                # Never more than is told: a small ZIP can hold endless zeros.
                while size <= one["bytes"] and (block := given.read(BLOCK)):
                    size += len(block)
                    seen.update(block)
        except OSError:
            text = say(N_("This file is damaged and cannot be read."))
            found.add(name, text, "damaged")
            continue
        if (size, seen.hexdigest()) != (one["bytes"], one["sha256"]):
            text = say(
                N_("This file is not the one that was exported: its content differs.")
            )
            found.add(name, text, "changed")
    found.stop()
    return files


def _store(
    archive: Into,
    manifest: dict[str, Any],
    files: dict[str, dict[str, Any]],
    place: Path,
    seen: str,
) -> Entered:
    """Store it all in one transaction; files lie in their places before it ends."""
    found = Findings()
    ours = {table.name: table for table in tables()}
    rows = 0
    staged = _stage(archive, files, place)
    try:
        with transaction.atomic():
            # Again, now that nobody else can come between.
            _empty()
            for one in manifest["tables"]:
                table = ours[one["name"]]
                count = _rows(archive, one, table, place, found)
                if count != one["rows"]:
                    text = say(
                        N_("Found %(count)s rows. Expected %(rows)s."),
                        count=count,
                        rows=one["rows"],
                    )
                    found.add(one["name"], text, "rows")
                rows += count
            found.stop()
            _references(ours, found)
            found.stop()
            _sequences(ours)
            offices = tuple(Office.objects.order_by("slug"))
            _audit(offices, manifest, found)
            found.stop()
            Passage.objects.create(
                way=IN, fingerprint=seen, rows=rows, files=len(files)
            )
            _settle(staged, offices, place)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Entered(rows, len(files), seen, offices)


def _rows(
    archive: Into, one: dict[str, Any], table: Carried, place: Path, found: Findings
) -> int:
    """Store the rows of a table as they are: nothing is reckoned or set anew."""
    columns = {column.name: column for column in table.columns}
    behind = COLUMNS.get(table.model._meta.label, {})
    concrete = table.model._meta.concrete_fields
    numbers: set[Any] = set()
    batch: list[Any] = []
    count = 0
    size = connection.ops.bulk_batch_size(concrete, [None] * BATCH)
    for number, values in _lines(archive, one["file"], found):
        count += 1
        if values is None:
            continue
        where = f"{table.name}:{number}"
        if list(values) != list(columns):
            text = say(N_("This row does not have the columns of its table."))
            found.add(where, text, "row")
            continue
        made = {}
        for name, value in values.items():
            try:
                made[name] = read(columns[name], value)
            except Unfit:
                text = say(
                    N_("%(column)s does not hold a value of the kind %(kind)s."),
                    column=name,
                    kind=columns[name].type,
                )
                found.add(where, text, "value")
        if len(made) < len(columns):
            continue
        key = made[table.model._meta.pk.attname]
        if key in numbers:
            found.add(where, say(N_("This row is there twice.")), "twice")
            continue
        numbers.add(key)
        if table.model._meta.label == PLACE[0]:
            if not _SLUG.fullmatch(made["slug"]):
                text = say(N_("This row does not have the columns of its table."))
                found.add(where, text, "slug")
                continue
            made[PLACE[1]] = str(place / str(made["slug"]))
        batch.append(
            table.model(**made, **{name: make() for name, make in behind.items()})
        )
        if len(batch) >= size:
            _insert(table, batch, found)
            batch = []
    if batch:
        _insert(table, batch, found)
    return count


def _lines(
    archive: Into, name: str, found: Findings
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    with archive.open(name) as given:
        number = 0
        while text := given.readline(LONGEST_LINE):
            number += 1
            try:
                values = json.loads(text)
            except (ValueError, RecursionError):
                values = None
            if not isinstance(values, dict):
                where = f"{name}:{number}"
                found.add(where, say(N_("This line is no row.")), "line")
                values = None
            yield number, values


def _insert(table: Carried, batch: list[Any], found: Findings) -> None:
    if found.found:
        # Nothing will be stored; the rest is read for what else is wrong.
        return
    manager = table.model._base_manager
    try:
        with transaction.atomic():
            # Raw: moments of making and the like stay what they were.
            manager.all()._insert(
                batch,
                fields=table.model._meta.concrete_fields,
                raw=True,
                using=connection.alias,
            )
    except DatabaseError as error:
        text = say(
            N_("The database refuses rows of this table: %(why)s."),
            why=str(error).splitlines()[0][:200],
        )
        found.add(table.name, text, "refused")


def _references(ours: dict[str, Carried], found: Findings) -> None:
    """Find rows that name a row which is not there."""
    for table in ours.values():
        for one in table.model._meta.concrete_fields:
            if not isinstance(one, models.ForeignKey):
                continue
            target: Any = one.related_model
            there = target._base_manager.filter(
                **{one.target_field.attname: models.OuterRef(one.attname)}
            )
            lost = (
                table.model._base_manager.exclude(**{one.attname: None})
                .filter(~models.Exists(there))
                .order_by("pk")
                .values_list("pk", one.attname)
            )
            for pk, value in lost[: TOLD + 1]:
                text = say(
                    N_("%(column)s names %(value)s, which is not in the archive."),
                    column=one.attname,
                    value=value,
                )
                found.add(f"{table.name}:{pk}", text, "reference")


def _sequences(ours: dict[str, Carried]) -> None:
    """Let the next number of each table come after those that are there."""
    kept = [table.model for table in ours.values()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(statement)


def _audit(
    offices: tuple[Office, ...], manifest: dict[str, Any], found: Findings
) -> None:
    """Check that the chain of each office's log holds and ends where it did."""
    heads = {
        office.slug: (office.chain.count, office.chain.hash)
        for office in offices
        if hasattr(office, "chain")
    }
    told = {
        str(one.get("office")): (one.get("lines"), one.get("head"))
        for one in manifest.get("chains", [])
        if isinstance(one, dict)
    }
    if heads != told:
        text = say(N_("The heads of the audit are not those that the manifest tells."))
        found.add(MANIFEST, text, "chains")
    for office in offices:
        for text in verify(office, most=TOLD).findings:
            found.add(office.slug, text, "audit")


def _stage(archive: Into, files: dict[str, dict[str, Any]], place: Path) -> Path:
    """Write the files of the archive to a folder beside their places."""
    place.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(dir=place, prefix=".arriving-"))
    try:
        for name in files:
            target = staged / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as given, target.open("wb") as out:
                shutil.copyfileobj(given, out, BLOCK)
                out.flush()
                os.fsync(out.fileno())
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return staged


def _settle(staged: Path, offices: tuple[Office, ...], place: Path) -> None:
    """Put the files into their places, as the last step before the records are kept.

    A process that dies here leaves files that no record names, and an installation that
    is empty: the next import puts them there again.
    """
    kept = Path(settings.DATA_FOLDER) / "files"
    for source in sorted((staged / "files").glob("*")):
        target = kept / source.name[:2] / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial := target.with_suffix(".arriving"))
        partial.replace(target)
    for office in offices:
        source = staged / "workspaces" / office.slug
        target = place / office.slug
        if target.exists():
            # Left by an import that died; no office was here a moment ago.
            shutil.rmtree(target)
        if source.is_dir():
            source.replace(target)
        else:
            target.mkdir()
