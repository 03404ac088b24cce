"""What the pages of imports show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.text import pick
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.lists import Page, page_of
from yanlian_web.desk.models import KINDS
from yanlian_web.desk.queries.refs import Named, named_refs
from yanlian_web.desk.statements import value_text
from yanlian_web.intake import fields, reading
from yanlian_web.intake.kinds.base import QUESTION
from yanlian_web.intake.kinds.people import AT
from yanlian_web.intake.models import (
    APPLIED,
    COMPANY,
    CONFLICT,
    NEW,
    ROW_STATES,
    TAKE,
    UNDONE,
    WRONG,
    Batch,
    Change,
    Row,
)
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import number, reader

LONGEST = 300
# Values that a column shows of the first rows.
SAMPLES = 3
STATE_WORDS = dict(ROW_STATES)
UNITS = {"money": "CNY"}
MASK = "\u2022\u2022\u2022"


def batch_list(member: Member, query: QueryDict) -> Page:
    """Return a page of the imports of an office, newest first."""
    batches = Batch.objects.seen_by(member).live().select_related("owner__user")
    return page_of(batches.defer("sheets", "headers", "mapping"), query)


def columns_of(batch: Batch) -> list[dict[str, Any]]:
    """Return the columns of the chosen sheet with samples and what each stands for."""
    first = batch.sheets[batch.sheet]["first"]
    rows = [cells for number_, cells in first if number_ > batch.header_row]
    found = []
    for i, header in enumerate(batch.headers):
        samples = [row[i] for row in rows if i < len(row) and row[i]][:SAMPLES]
        key = batch.mapping[i] if i < len(batch.mapping) else ""
        if not header and not samples and not key:
            continue
        found.append(
            {
                "number": i,
                "header": header,
                "samples": samples,
                "key": key,
                "why": "" if key else fields.left_out(batch.what, header),
            }
        )
    return found


def row_page(member: Member, batch: Batch, query: QueryDict) -> dict[str, Any]:
    """Return a page of the rows of an import, with what differs, field by field."""
    rows = Row.objects.filter(batch=batch)
    state = query.get("state", "")
    if state in STATE_WORDS:
        rows = rows.filter(state=state)
    elif state == "stayed":
        stayed = Change.objects.filter(batch=batch, undo=True).exclude(why=[])
        rows = rows.filter(number__in=stayed.values("number"))
    elif state == "left":
        left = Change.objects.filter(batch=batch, undo=False, subject="")
        rows = rows.filter(number__in=left.values("number"))
    words = query.get("q", "").strip()
    if words:
        rows = rows.filter(name__icontains=words[:100])
    page = page_of(rows, query)
    numbers = [row.number for row in page.rows]
    done: dict[tuple[int, bool], Change] = {}
    if batch.state in {APPLIED, UNDONE}:
        for change in Change.objects.filter(batch=batch, number__in=numbers):
            done[change.number, change.undo] = change
    refs = {f"{_kind(batch)}:{row.record}" for row in page.rows if row.record}
    refs |= {change.subject for change in done.values()}
    named = named_refs(member, refs)
    return {
        "page": page,
        "rows": [_shown(batch, row, done, named, member) for row in page.rows],
        "state": state,
        "states": [(key, label, batch.counts.get(key, 0)) for key, label in ROW_STATES],
        "all": sum(batch.counts.values()),
    }


def _kind(batch: Batch) -> str:
    return "company" if batch.what == COMPANY else "person"


def _shown(
    batch: Batch,
    row: Row,
    done: dict[tuple[int, bool], Change],
    named: dict[str, Named],
    member: Member,
) -> dict[str, Any]:
    change, undone = done.get((row.number, False)), done.get((row.number, True))
    ref = change.subject if change and change.subject else ""
    ref = ref or (f"{_kind(batch)}:{row.record}" if row.record else "")
    record = named.get(ref)
    hidden = record is not None and record.hidden
    shown = {
        "row": row,
        "label": STATE_WORDS[row.state],
        "name": row.name,
        "record": record if record and record.record else None,
        "hidden": hidden,
        "question": QUESTION in row.clash,
        "reasons": [
            {"label": _label(batch, key), "text": pick(reader(), en, zh)}
            for key, en, zh in row.reasons
        ],
        "cells": [] if hidden or undone else _cells(batch, row, member),
        "stayed": [] if hidden else _stayed(batch, undone),
        "why": pick(reader(), *undone.why) if undone and undone.why else "",
        "left": pick(reader(), *change.why) if change and change.why else "",
    }
    shown["choosable"] = (
        row.state == CONFLICT
        and not hidden
        and (shown["question"] or any(not key.startswith("fact:") for key in row.clash))
    )
    return shown


def _cells(batch: Batch, row: Row, member: Member) -> list[dict[str, Any]]:
    """Return what a row would store, with what is stored.

    Contact data are shown to who sent the file; others are told that there are some.
    """
    if row.state == NEW:
        listed = [(k, None, value) for k, value in row.values.items() if k != AT]
    else:
        listed = [(key, old, new) for key, (old, new, _ref) in row.changes.items()]
    order = {item.key: i for i, item in enumerate(fields.TARGETS[batch.what])}
    listed.sort(key=lambda item: order.get(item[0], len(order)))
    choice = row.choice or batch.clashes
    if batch.made_by_id != member.pk:
        listed = [
            (key, MASK if old and contact else old, MASK if contact else new)
            for key, old, new in listed
            for contact in [key.startswith("contact:")]
        ]
    return [
        {
            "key": key,
            "label": _label(batch, key),
            "old": _text(batch, key, old),
            "new": _text(batch, key, new),
            "clash": key in row.clash,
            # Numbers stand beside each other; anything else is kept unless taken.
            "beside": key in row.clash and key.startswith("fact:"),
            "taken": key not in row.clash or choice == TAKE,
        }
        for key, old, new in listed
    ]


def _stayed(batch: Batch, undone: Change | None) -> list[dict[str, Any]]:
    if undone is None:
        return []
    return [
        {
            "label": _label(batch, name),
            "wrote": _text(batch, name, wrote),
            "now": _text(batch, name, now),
        }
        for kept in undone.kept.values()
        for name, (wrote, now) in kept.items()
    ]


def _label(batch: Batch, key: str) -> str:
    item = fields.target(batch.what, key)
    if item is not None:
        return gettext(item.label)
    from yanlian_web.desk.codes import field_label
    from yanlian_web.desk.queries.history import field_of

    for kind in (_kind(batch), "site", "fact", "post", "contact"):
        found = field_of(KINDS[kind], key)
        if found is not None:
            return field_label(found, key)
    return key


def _text(batch: Batch, key: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    item = fields.target(batch.what, key)
    if item is not None and item.part == "fact" and isinstance(value, int | float):
        return value_text(item.about, float(value), UNITS.get(item.sort, ""))
    if isinstance(value, float):
        return number(value)
    if key == "status":
        return gettext(str(value))
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "\u2026"


def result_rows(
    member: Member, batch: Batch
) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return headers and rows of the result file: the file, what became of each row, why.

    The columns of the file stand as they came, so that rows can be corrected and sent
    again.
    """
    with reading.named(path_of(batch.file), batch.file_name) as path:
        rows = reading.rows_of(
            path,
            lambda cells: fields.score(batch.what, cells),
            batch.sheets[batch.sheet]["name"],
            batch.encoding,
        )
    headers = [
        *batch.headers,
        gettext("Row"),
        gettext("Compared"),
        gettext("Result"),
        gettext("Reasons"),
    ]
    return headers, _result(member, batch, rows)


def _result(
    member: Member, batch: Batch, rows: Sequence[tuple[int, Sequence[Any]]]
) -> Iterator[Sequence[Any]]:
    known = {
        number_: (state, reasons)
        for number_, state, reasons in Row.objects.filter(batch=batch)
        .values_list("number", "state", "reasons")
        .iterator(chunk_size=5000)
    }
    done: dict[tuple[int, bool], tuple[bool, bool, list[str]]] = {}
    if batch.state in {APPLIED, UNDONE}:
        listed = Change.objects.filter(batch=batch).values_list(
            "number", "undo", "made", "subject", "why"
        )
        for number_, undo, made, subject, why in listed.iterator(chunk_size=5000):
            done[number_, undo] = (made, bool(why) if undo else not subject, why)
    words = {key: gettext(label) for key, label in ROW_STATES}
    lang, width = reader(), len(batch.headers)
    labels = {t.key: gettext(t.label) for t in fields.TARGETS[batch.what]}
    for number_, cells in rows:
        if number_ <= batch.header_row or number_ not in known:
            continue
        state, reasons = known[number_]
        texts = [
            f"{labels[key]}: {pick(lang, en, zh)}"
            if key in labels
            else pick(lang, en, zh)
            for key, en, zh in reasons
        ]
        outcome = _outcome(batch, state, done, number_, texts)
        padded = [*cells[:width], *[""] * (width - len(cells))]
        yield [*padded, number_, words[state], outcome, " ".join(texts)]


def _outcome(
    batch: Batch,
    state: str,
    done: dict[tuple[int, bool], tuple[bool, bool, list[str]]],
    number_: int,
    texts: list[str],
) -> str:
    if batch.state not in {APPLIED, UNDONE}:
        return gettext("not yet applied")
    change, undone = done.get((number_, False)), done.get((number_, True))
    for one in (change, undone):
        if one is not None and one[2]:
            texts.append(pick(reader(), *one[2]))
    if undone is not None:
        return gettext("stays, edited since") if undone[1] else gettext("undone")
    if change is None:
        return gettext("nothing stored")
    if change[1]:
        return gettext("skipped")
    return gettext("entered") if change[0] else gettext("updated")


def undo_preview(batch: Batch) -> dict[str, int]:
    """Return how much an undo would take back."""
    rows = Change.objects.filter(batch=batch, undo=False).exclude(subject="")
    made = rows.filter(made=True).count()
    return {"made": made, "changed": rows.count() - made}


__all__ = [
    "WRONG",
    "batch_list",
    "columns_of",
    "result_rows",
    "row_page",
    "undo_preview",
]
