"""An import before anything is stored: sent, columns assigned, compared, chosen for."""

from __future__ import annotations

import datetime
import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count

from yanlian.errors import Finding, SourceError
from yanlian.text import N_, say
from yanlian_web.desk.acting import acting, hidden, may_see, refuse, today, wrong
from yanlian_web.desk.actions.files import Looked, file_keep, path_of
from yanlian_web.intake import fields, reading
from yanlian_web.intake.bulk import Inserter, as_json
from yanlian_web.intake.cleaning import read_cell
from yanlian_web.intake.kept import keep
from yanlian_web.intake.kinds import kind_of
from yanlian_web.intake.kinds.base import Kind, Parsed
from yanlian_web.intake.models import (
    APPLIED,
    CONFLICT,
    DROPPED,
    KEEP,
    MODES,
    PERSON,
    PREVIEWED,
    SKIPPED,
    TAKE,
    UNDONE,
    UPLOADED,
    WHATS,
    WRONG,
    Batch,
    Row,
)
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

CHUNK = 1000
MEDIA = {
    "csv": "text/csv",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls")
CHOICES = ("", KEEP, TAKE, "new", "same")


def batch_upload(
    *,
    by: Member,
    what: str,
    file: Any,
    source: str,
    source_on: datetime.date | None,
    encoding: str = "",
) -> Batch:
    """Take a file in and look through its sheets; no record is touched.

    Parameters
    ----------
    by : Member
    what : str
        ``company`` or ``person``.
    file : uploaded file or None
    source : str
        Where it is from; the same words find the same columns again.
    source_on : date or None
    encoding : str
        Of a text file; found out when empty.

    Raises
    ------
    PermissionDenied, Refused
    """
    if not may(by, "write"):
        raise PermissionDenied
    looked = _look(what, file, source, source_on, encoding)
    assert source_on is not None
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        path = Path(folder) / looked.name
        path.write_bytes(looked.data)
        with _refusing("file"):
            peeks, used, notes = reading.peek(
                path, lambda cells: fields.score(what, cells), encoding
            )
    with acting(by, "intake.batch.uploaded") as act:
        best = max(
            range(len(peeks)),
            key=lambda i: (_known(what, peeks[i]), peeks[i].rows, -i),
        )
        batch = Batch(
            what=what,
            file=file_keep(act, looked),
            file_name=looked.name,
            source=source.strip(),
            source_on=source_on,
            encoding=used,
            sheets=[_sheet(one) for one in peeks],
            sheet=best,
            notes=[[f.where, f.say.en, f.say.zh, f.level] for f in notes],
            owner=by,
            key=fields.KEYS[what][0][0],
        )
        _assign(batch)
        act.note(file=batch.file.sha256, name=looked.name)
        return act.add(batch)


def _look(
    what: str,
    file: Any,
    source: str,
    source_on: datetime.date | None,
    encoding: str,
) -> Looked:
    found: list[Finding] = []
    if what not in dict(WHATS):
        found.append(wrong("what", say(N_("Choose what the file holds.")), "intake.what"))  # fmt: skip
    if not source.strip():
        text = say(N_("Say where the file is from."))
        found.append(wrong("source", text, "intake.source"))
    if source_on is None or source_on > today():
        text = say(N_("Give the day of the source, today or before."))
        found.append(wrong("source_on", text, "intake.source_on"))
    if encoding not in reading.ENCODINGS:
        found.append(wrong("encoding", say(N_("Choose an encoding of the list.")), "intake.encoding"))  # fmt: skip
    found += hidden("source", source)
    if file is None:
        refuse(*found, wrong("file", say(N_("Choose a file.")), "intake.file"))
    name = Path(str(file.name).replace("\\", "/")).name[:255] or "file"
    suffix = Path(name).suffix.lower()
    size = int(file.size)
    if suffix not in SUFFIXES:
        text = say(
            N_("Found a file of kind %(kind)s. Expected one of: %(kinds)s."),
            kind=suffix or name,
            kinds=", ".join(SUFFIXES),
        )
        found.append(wrong("file", text, "intake.kind"))
    elif size > reading.MOST_MB * 1e6:
        text = say(
            N_(
                "%(name)s has %(size)s MB. Expected at most %(most)s MB; split it or take "
                "out columns that are not needed."
            ),
            name=name,
            size=f"{size / 1e6:.1f}",
            most=reading.MOST_MB,
        )
        found.append(wrong("file", text, "intake.size"))
    elif not size:
        text = say(N_("%(name)s is empty. Choose the file again."), name=name)
        found.append(wrong("file", text, "intake.empty"))
    refuse(*found)
    data = file.read()
    kind = reading.kind_of(data)
    if suffix in {".xlsx", ".xls"} and kind == "csv":
        text = say(
            N_(
                "%(name)s is not a spreadsheet, whatever its name says. Open it in a "
                "spreadsheet and save it as XLSX; if it is text, give it the ending .csv."
            ),
            name=name,
        )
        refuse(wrong("file", text, "intake.content"))
    if suffix not in {".xlsx", ".xls"} and kind != "csv":
        text = say(
            N_("%(name)s is a file of kind %(kind)s. Give it the right ending."),
            name=name,
            kind=kind.upper(),
        )
        refuse(wrong("file", text, "intake.content"))
    return Looked(name, MEDIA[kind], data, hashlib.sha256(data).hexdigest())


@contextmanager
def _refusing(field: str) -> Any:
    """Turn what is wrong with a file into a refusal."""
    try:
        yield
    except SourceError as error:
        refuse(wrong(field, error.say, "intake.source"), *error.findings)


def _known(what: str, one: reading.Peek) -> int:
    return max(fields.score(what, cells) for _, cells in one.first)


def _sheet(one: reading.Peek) -> dict[str, Any]:
    return {
        "name": one.name,
        "rows": one.rows,
        "first": [[number, cells] for number, cells in one.first],
        "header_row": one.header_row,
    }


def _assign(batch: Batch, header_row: int = 0) -> None:
    """Fill in headers and targets of the chosen sheet, as remembered or recognised."""
    sheet = batch.sheets[batch.sheet]
    batch.header_row = header_row or sheet["header_row"]
    rows = dict(sheet["first"])
    cells = rows.get(batch.header_row, [])
    width = max(len(row) for row in rows.values())
    batch.headers = [*(str(c).strip() for c in cells), *[""] * (width - len(cells))]
    batch.mapping = fields.suggest(batch.what, batch.headers, remembered(batch))


def remembered(batch: Batch) -> dict[str, str]:
    """Return the targets that were last chosen for a source, by header."""
    last = (
        Batch.objects.filter(
            office_id=batch.office_id or batch.file.office_id,
            what=batch.what,
            source__iexact=batch.source,
            state__in=(PREVIEWED, APPLIED, UNDONE, DROPPED),
        )
        .exclude(pk=batch.pk)
        .exclude(counts={})
        .order_by("-pk")
        .first()
    )
    return dict(zip(last.headers, last.mapping, strict=False)) if last else {}


def batch_of(by: Member, pk: int) -> Batch:
    """Return an import that a member may work on.

    Raises
    ------
    PermissionDenied
    """
    batch: Batch | None = (
        Batch.objects.filter(pk=pk, office_id=by.office_id)
        .select_related("office", "file")
        .first()
    )
    if not may(by, "write") or batch is None or not may_see(by, batch):
        raise PermissionDenied
    return batch


def batch_sheet(
    *, by: Member, pk: int, version: int | None, sheet: int, header_row: int = 0
) -> Batch:
    """Choose the sheet of a file, and the row that holds the headers."""
    with acting(by, "intake.batch.sheet") as act:
        batch = act.lock(Batch, pk, version)
        _open(batch)
        if not 0 <= sheet < len(batch.sheets):
            refuse(wrong("sheet", say(N_("Choose a sheet of the file.")), "intake.sheet"))  # fmt: skip
        numbers = [number for number, _ in batch.sheets[sheet]["first"]]
        if header_row and header_row not in numbers:
            text = say(N_("Choose one of the rows shown."))
            refuse(wrong("header_row", text, "intake.header"))
        batch.sheet = sheet
        _assign(batch, header_row)
        batch.state, batch.counts = UPLOADED, {}
        Row.objects.filter(batch=batch).delete()
        keep(act, batch)
        return batch


def _open(batch: Batch) -> None:
    if batch.state not in {UPLOADED, PREVIEWED}:
        text = say(N_("This import is over. Send the file again for a new one."))
        refuse(wrong("", text, "intake.over"))


def batch_preview(
    *,
    by: Member,
    pk: int,
    version: int | None,
    mapping: Sequence[str],
    mode: str,
    key: str,
    by_names: bool = False,
    year: int | None = None,
    purpose: str = "",
    ground: str = "",
    expires_on: datetime.date | None = None,
) -> Batch:
    """Compare every row of the file with what is on file; no record is touched.

    Parameters
    ----------
    by : Member
    pk : int
    version : int or None
    mapping : sequence of str
        Target of each column, empty for one that is left out.
    mode, key : str
    by_names : bool
        Whether rows that the key does not find are looked for by likeness of names.
    year : int or None
        Year that numbers such as employees are true of.
    purpose, ground, expires_on
        Why contact data of people are kept, and until when.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    batch = batch_of(by, pk)
    _open(batch)
    batch.mapping, batch.mode, batch.key = list(mapping), mode, key
    batch.by_names, batch.year = by_names, year
    batch.purpose, batch.ground, batch.expires_on = purpose.strip(), ground, expires_on
    refuse(*_mapping_findings(batch))
    kind = kind_of(batch, by, today())
    with _refusing(""):
        parsed = _parsed(batch, kind)
    _twice(kind, parsed)
    kind.begin(parsed)
    planned: list[Row] = []
    for start in range(0, len(parsed), CHUNK):
        planned += kind.plan(parsed[start : start + CHUNK])
        # What was read of these is in the rows now.
        parsed[start : start + CHUNK] = [None] * len(parsed[start : start + CHUNK])  # type: ignore[list-item]
    counts: dict[str, int] = {}
    for row in planned:
        counts[row.state] = counts.get(row.state, 0) + 1
    with acting(by, "intake.batch.previewed") as act:
        stored = act.lock(Batch, pk, version)
        _open(stored)
        for name in (
            "mapping", "mode", "key", "by_names", "year", "purpose", "ground",
            "expires_on",
        ):  # fmt: skip
            setattr(stored, name, getattr(batch, name))
        stored.state, stored.counts, stored.clashes = PREVIEWED, counts, KEEP
        Row.objects.filter(batch=stored)._raw_delete(Row.objects.db)
        _store(stored, planned)
        keep(act, stored)
        return stored


def _store(batch: Batch, rows: Sequence[Row]) -> None:
    names = ("number", "state", "name", "record", "version")
    parts = ("values", "changes", "clash", "reasons")
    inserter = Inserter(Row, (*names, *parts), batch=batch)
    for start in range(0, len(rows), CHUNK):
        inserter.insert(
            [
                (
                    *(getattr(row, name) for name in names),
                    *(as_json(getattr(row, part)) for part in parts),
                )
                for row in rows[start : start + CHUNK]
            ]
        )


def _mapping_findings(batch: Batch) -> list[Finding]:
    found: list[Finding] = []
    what = batch.what
    if len(batch.mapping) != len(batch.headers):
        text = say(N_("The columns do not belong to this sheet. Open the page again."))
        return [wrong("", text, "intake.mapping")]
    chosen = [key for key in batch.mapping if key]
    for key in sorted(set(chosen)):
        item = fields.target(what, key)
        if item is None:
            text = say(N_("There is no field %(key)s."), key=key[:60])
            found.append(wrong("", text, "intake.field"))
        elif chosen.count(key) > 1:
            text = say(
                N_("%(count)s columns are assigned to %(field)s. Keep one of them."),
                count=chosen.count(key),
                field=say(item.label),
            )
            found.append(wrong(key, text, "intake.twice"))
    if not set(chosen) & set(fields.NEEDED[what]):
        text = say(N_("Assign a column to a name at least, or to the credit code."))
        found.append(wrong("", text, "intake.needed"))
    if batch.mode not in dict(MODES):
        found.append(wrong("mode", say(N_("Choose a mode of the list.")), "intake.mode"))  # fmt: skip
    if batch.key not in dict(fields.KEYS[what]):
        found.append(wrong("key", say(N_("Choose a match key of the list.")), "intake.key"))  # fmt: skip
    elif batch.key in {"credit_code", "firm_id"} and batch.key not in chosen:
        text = say(
            N_(
                "The match key is %(key)s, and no column is assigned to it. Assign one, "
                "or match by the exact name."
            ),
            key=say(dict(fields.KEYS[what])[batch.key]),
        )
        found.append(wrong("key", text, "intake.key"))
    elif batch.key in {"mobile", "email"} and f"contact:{batch.key}" not in chosen:
        text = say(
            N_(
                "The match key is %(key)s, and no column is assigned to it. Assign one, "
                "or match by name and company."
            ),
            key=say(dict(fields.KEYS[what])[batch.key]),
        )
        found.append(wrong("key", text, "intake.key"))
    if batch.year is not None and not 1900 <= batch.year <= today().year:
        text = say(
            N_("Found %(year)s. Expected a year from 1900 to this one."),
            year=batch.year,
        )
        found.append(wrong("year", text, "intake.year"))
    found += hidden("purpose", batch.purpose)
    if what == PERSON and any(key.startswith("contact:") for key in chosen):
        found += _contact_findings(batch)
    return found


def _contact_findings(batch: Batch) -> list[Finding]:
    """Return what is missing of why contact data are kept."""
    from yanlian_web.desk.actions.people import LONGEST_YEARS, years_after
    from yanlian_web.desk.models.people import GROUNDS

    found = []
    if not batch.purpose:
        text = say(N_("Say for which purpose the contact data are kept."))
        found.append(wrong("purpose", text, "intake.purpose"))
    if batch.ground not in dict(GROUNDS):
        text = say(N_("Choose the legal ground on which the contact data are kept."))
        found.append(wrong("ground", text, "intake.ground"))
    last = years_after(today(), LONGEST_YEARS)
    if batch.expires_on is None or not today() < batch.expires_on <= last:
        text = say(
            N_(
                "Say until when the contact data are kept: a day after today and not "
                "after %(last)s."
            ),
            last=last.isoformat(),
        )
        found.append(wrong("expires_on", text, "intake.expiry"))
    return found


def _parsed(batch: Batch, kind: Kind) -> list[Parsed]:
    """Read the rows of the chosen sheet."""
    heads = [fields.read_header(batch.what, header) for header in batch.headers]
    columns = [
        (i, fields.target(batch.what, key), heads[i])
        for i, key in enumerate(batch.mapping)
        if key
    ]
    with reading.named(path_of(batch.file), batch.file_name) as path:
        rows = reading.rows_of(
            path,
            lambda cells: fields.score(batch.what, cells),
            batch.sheets[batch.sheet]["name"],
            batch.encoding,
        )
    found = []
    for number, cells in rows:
        if number <= batch.header_row:
            continue
        row = Parsed(number, {})
        width = len(cells)
        for column, target, head in columns:
            if column >= width or target is None:
                continue
            cell = cells[column]
            if cell is None or cell == "":
                continue
            value, said, bad = read_cell(target, cell, head, kind.day)
            if value is not None:
                row.values[target.key] = value
            if said is not None:
                row.note(target.key, said, wrong=bad)
        if row.values or row.reasons:
            kind.check(row)
            found.append(row)
    return found


def _twice(kind: Kind, rows: Iterable[Parsed]) -> None:
    """Note rows of the file that are about the same thing."""
    first: dict[str, Parsed] = {}
    for row in rows:
        for key in kind.keys(row):
            other = first.setdefault(key, row)
            if other is row:
                continue
            shown = key.partition(":")[2]
            if other.values == row.values:
                text = say(
                    N_(
                        "It repeats row %(number)s word for word; one of them is enough."
                    ),
                    number=other.number,
                )
                row.note("", text)
                row.repeats = True
            else:
                text = say(
                    N_(
                        "%(key)s stands in rows %(first)s and %(second)s, which differ. "
                        "Keep the right one."
                    ),
                    key=shown,
                    first=other.number,
                    second=row.number,
                )
                for one in (other, row):
                    one.note("", text, wrong=True)
            break


def batch_choose(
    *,
    by: Member,
    pk: int,
    version: int | None,
    choice: str,
    number: int | None = None,
) -> Batch:
    """Say what happens to conflicts: of one row, or of all nobody has chosen for.

    Parameters
    ----------
    by : Member
    pk : int
    version : int or None
    choice : str
        ``keep`` or ``take``; ``same`` or ``new`` where the record is a question.
    number : int or None
        Row of the file; None for all.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "intake.batch.chosen") as act:
        batch = act.lock(Batch, pk, version)
        if batch.state != PREVIEWED:
            text = say(N_("This import is not at its preview."))
            refuse(wrong("", text, "intake.state"))
        allowed = (KEEP, TAKE) if number is None else CHOICES
        if choice not in allowed:
            refuse(wrong("choice", say(N_("Choose one of the answers.")), "intake.choice"))  # fmt: skip
        if number is None:
            batch.clashes = choice
            keep(act, batch)
        else:
            rows = Row.objects.filter(batch=batch, number=number, state=CONFLICT)
            if not rows.update(choice=choice):
                text = say(N_("There is no such row among the conflicts."))
                refuse(wrong("", text, "intake.row"))
        act.note(row=number, choice=choice)
        act.about(batch)
        return batch


def batch_drop(*, by: Member, pk: int, version: int | None) -> Batch:
    """Give an import up before it was applied; its file stays."""
    with acting(by, "intake.batch.dropped") as act:
        batch = act.lock(Batch, pk, version)
        _open(batch)
        batch.state = DROPPED
        Row.objects.filter(batch=batch)._raw_delete(Row.objects.db)
        keep(act, batch)
        return batch


def recount(batch: Batch) -> dict[str, int]:
    """Return how many rows stand in each state."""
    rows = Row.objects.filter(batch=batch).order_by().values_list("state")
    return dict(rows.annotate(n=Count("pk")))


__all__ = [
    "SKIPPED", "WRONG", "batch_choose", "batch_drop", "batch_of", "batch_preview",
    "batch_sheet", "batch_upload",
]  # fmt: skip
