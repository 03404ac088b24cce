"""Keeping the index: which records are found by what, written with the record."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from yanlian_web.desk.models import KINDS, Record
from yanlian_web.desk.models.base import ALL, cleared, stored
from yanlian_web.finding.models import Entry
from yanlian_web.finding.tokens import all_tokens
from yanlian_web.offices.models import Office

BATCH = 2000
# A code among what a company is found by that no other field holds, as of a stock.
_CODE = re.compile(r"(?=[^|]*\d)[0-9a-z]{4,18}")


def _company(record: Any) -> Iterator[str]:
    yield from (record.name_en, record.name_zh, record.city_en, record.city_zh)
    yield from record.aliases.split(";")
    yield from record.former_names.split(";")
    yield from (record.credit_code, record.firm_id)
    # Of a credit code people keep the organisation's own part in mind.
    yield record.credit_code[8:17]
    yield from _CODE.findall(record.search)


def _place(record: Any) -> Iterator[str]:
    yield from (record.name_en, record.name_zh, record.city_en, record.city_zh)


def _named(record: Any) -> Iterator[str]:
    yield from (record.name_en, record.name_zh)


def _titled(record: Any) -> Iterator[str]:
    yield from (record.title_en, record.title_zh)


def _agreement(record: Any) -> Iterator[str]:
    yield from (record.title_en, record.title_zh, record.number)


def _said(record: Any) -> Iterator[str]:
    yield from (record.text_en, record.text_zh)


# Kind of record: what it is found by.
SUBJECTS: dict[str, Callable[[Any], Iterable[str]]] = {
    "company": _company,
    "person": _named,
    "organisation": _place,
    "meeting": _titled,
    "deal": _titled,
    "agreement": _agreement,
    "promise": _said,
    "gap": _named,
    "trip": _titled,
}


def entry_values(kind: str, record: Any) -> dict[str, Any]:
    """Return what the entry of a record holds."""
    marks = [f"@{record.office_id}{kind}"]
    if record.visibility == ALL:
        marks.append(f"@all{kind}")
    if kind == "company" and (record.tier or record.owner_id or not record.in_tables):
        # Companies that somebody works on come first among very many.
        marks.append("~work")
    return {
        "office_id": record.office_id,
        "kind": kind,
        "record": record.pk,
        "tokens": all_tokens(SUBJECTS[kind](record), marks),
    }


def write(records: Sequence[Any]) -> None:
    """Write the entries of records."""
    Entry.objects.bulk_create(
        [Entry(**entry_values(record.kind, record)) for record in records],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "record"],
        update_fields=["office", "tokens"],
    )


def rebuild(office: Office) -> int:
    """Write the entries of all records of an office anew; return how many there are.

    Needed only after records were put into the database past the program.
    """
    count = 0
    with transaction.atomic():
        Entry.objects.filter(office=office).delete()
        for kind in SUBJECTS:
            rows = KINDS[kind]._base_manager.filter(office=office).order_by("pk")
            found = rows.iterator(chunk_size=BATCH)
            while chunk := list(itertools.islice(found, BATCH)):
                write(chunk)
                count += len(chunk)
    return count


def _saved(sender: type[Record], instance: Any, raw: bool = False, **more: Any) -> None:
    write([instance])


def _deleted(sender: type[Record], instance: Any, **more: Any) -> None:
    Entry.objects.filter(kind=instance.kind, record=instance.pk).delete()


def _stored(sender: type[Record], records: Sequence[Any], **more: Any) -> None:
    """Write the entries of records that were stored many at once."""
    if sender.kind in SUBJECTS:
        write([record for record in records if record.pk is not None])


def _cleared(sender: Any, office: Office, **more: Any) -> None:
    """Take out the entries whose records went past the models."""
    for kind in SUBJECTS:
        there = KINDS[kind]._base_manager.filter(office=office).values("pk")
        entries = Entry.objects.filter(office=office, kind=kind)
        entries.exclude(record__in=there).delete()


def connect() -> None:
    """Listen to every way in which records are stored."""
    for kind in SUBJECTS:
        model = KINDS[kind]
        post_save.connect(_saved, sender=model, dispatch_uid=f"finding-{kind}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"finding-{kind}")
    stored.connect(_stored, dispatch_uid="finding-many")
    cleared.connect(_cleared, dispatch_uid="finding-cleared")
