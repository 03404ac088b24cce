"""Rows of the capability book and needs, as the library takes them."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

from yanlian.firms import Placer, build_placer
from yanlian.firms.place import place_texts
from yanlian.suppliers import Need as LibraryNeed
from yanlian.suppliers import Offer
from yanlian.tables import Table
from yanlian_web.cultivate.models import Capability, Need
from yanlian_web.desk.statements import tables_of
from yanlian_web.offices.models import Office

# Segments kept for a text, and below which confidence none is.
KEPT = 4
LEAST = 0.2


def segments_of(office: Office) -> Mapping[str, Mapping[str, Any]]:
    """Return the segments of the chain by code; none without tables."""
    table = tables_of(office).get("segments")
    return _by_code(_Held(table)) if table is not None else {}


class _Held:
    """A table that is told apart by what it holds."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __hash__(self) -> int:
        return hash(self.table.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.table.hash == other.table.hash


@functools.lru_cache(maxsize=8)
def _by_code(held: _Held) -> dict[str, dict[str, Any]]:
    return {row["segment_id"]: row for row in held.table.rows()}


@functools.lru_cache(maxsize=4)
def _placer(held: _Held) -> Placer:
    return build_placer(held.table)


def places_of(office: Office, row: Capability | Need) -> list[list[Any]]:
    """Return segments of a text with confidence and the words that speak for them.

    A segment that a person named is certain, and the text is not asked.
    """
    if row.segment_id:
        return [[row.segment_id, 1.0, []]]
    table = tables_of(office).get("segments")
    texts = [(text, 1.0) for text in (row.text_en, row.text_zh) if text.strip()]
    if table is None or not len(table) or not texts:
        return []
    return [
        [found.segment_id, round(found.confidence, 3), found.words]
        for found in place_texts([texts], _placer(_Held(table)), KEPT)[0]
        if found.confidence >= LEAST
    ]


def _texts(row: Capability | Need) -> tuple[str, ...]:
    return tuple(text for text in (row.text_en, row.text_zh) if text.strip())


def _segments(row: Capability | Need) -> dict[str, float]:
    return {place[0]: float(place[1]) for place in row.places}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def certificates_of(row: Capability | Need) -> tuple[str, ...]:
    """Return the certificates of a row."""
    return tuple(part.strip() for part in row.certificates.split(";") if part.strip())


def offer_of(row: Capability) -> Offer:
    """Return a row of the book as the library takes it."""
    return Offer(
        key=str(row.pk),
        texts=_texts(row),
        segments=_segments(row),
        certificates=certificates_of(row),
        capacity=_number(row.capacity),
        unit=row.unit,
        lead_days=_number(row.lead_days),
        basis=row.basis,
        stated_on=row.source_on,
    )


def need_of(row: Need) -> LibraryNeed:
    """Return a need as the library takes it."""
    return LibraryNeed(
        key=str(row.pk),
        texts=_texts(row),
        segments=_segments(row),
        certificates=certificates_of(row),
        volume=_number(row.volume),
        unit=row.unit,
        due_on=row.due_on,
    )
