"""The capability book, needs, and the match sheet of a need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict

from yanlian.suppliers import PARTS, Pair, first_introductions, match_needs
from yanlian.text import N_
from yanlian_web.cultivate.book import (
    certificates_of,
    need_of,
    offer_of,
    segments_of,
)
from yanlian_web.cultivate.models import Capability, Match, Need
from yanlian_web.cultivate.models.suppliers import FAILED, ORDERED
from yanlian_web.cultivate.queries.seen import of_seen
from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import Column
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name, reader

MOST = 20
# From so many certain points on, a firm is worth an introduction.
WORTH = 50.0
LABELS = {
    "segment": N_("Segment of the chain"),
    "words": N_("Words of the product"),
    "certificates": N_("Certificates"),
    "capacity": N_("Capacity"),
    "time": N_("Time"),
    "evidence": N_("How it is known"),
}
# Four colours and no fifth: what is alike shares one.
COLOURS = {
    "segment": "p1",
    "words": "p2",
    "certificates": "p3",
    "capacity": "p4",
    "time": "p4",
    "evidence": "p3",
}
SHEET_COLUMNS = (
    Column(N_("Need"), "need"),
    Column(N_("Anchor firm"), "anchor"),
    Column(N_("Local firm"), "company"),
    Column(N_("What it can make"), "text"),
    Column(N_("Least points"), "low"),
    Column(N_("Most points"), "high"),
    *(Column(LABELS[key], key) for key in PARTS),
    Column(N_("To ask"), "ask"),
    Column(N_("Free capacity in a year"), "capacity"),
    Column(N_("Unit"), "unit"),
    Column(N_("Certificates on file"), "certificates_held"),
    Column(N_("Source"), "source"),
    Column(N_("Date of the source"), "source_on"),
    Column(N_("Basis"), "basis"),
    Column(N_("State"), "state"),
)
BOOK_COLUMNS = (
    Column(N_("Company"), "company"),
    Column(N_("What it can make"), "text"),
    Column(N_("Segment"), "segment"),
    Column(N_("Free capacity in a year"), "capacity"),
    Column(N_("Unit"), "unit"),
    Column(N_("Certificates"), "certificates"),
    Column(N_("Days to a first delivery"), "lead_days"),
    Column(N_("Source"), "source"),
    Column(N_("Date of the source"), "source_on"),
    Column(N_("Basis"), "basis"),
)


def book_found(member: Member, query: QueryDict) -> Any:
    """Return the rows of the book that fit the filters of an address."""
    rows = of_seen(member, Capability.objects.all())
    # PostgreSQL takes no text with a zero in it.
    text = query.get("q", "").replace("\0", "").strip()[:80]
    for word in text.split():
        rows = rows.filter(
            Q(text_en__icontains=word)
            | Q(text_zh__icontains=word)
            | Q(certificates__icontains=word)
            | Q(company__search__icontains=word)
        )
    segment = query.get("segment", "").replace("\0", "").strip()
    if segment:
        rows = rows.filter(Q(segment_id=segment) | Q(places__icontains=f'"{segment}"'))
    company = query.get("company", "")
    if company.isdigit():
        rows = rows.filter(company_id=int(company))
    return rows.select_related("company", "owner__user")


def book_rows(member: Member, rows: Sequence[Capability]) -> list[dict[str, Any]]:
    """Return rows of the book with the names of their segments and their age."""
    segments = segments_of(member.office)
    return [
        {
            "item": row,
            "segments": _segments(row, segments),
            "certificates": certificates_of(row),
            "old": (today() - row.source_on).days > 365,
        }
        for row in rows
    ]


def _segments(row: Capability | Need, segments: Any) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": segments.get(code, {"name_en": code, "name_zh": code}),
            "sure": sure,
            "words": words,
            "said": not words and sure >= 1,
        }
        for code, sure, words in row.places[:2]
    ]


def book_export(member: Member, rows: Any) -> Iterator[dict[str, Any]]:
    """Return the rows of the file of the book."""
    for row in rows.iterator(chunk_size=2000):
        yield {
            "company": name(row.company),
            "text": called(row),
            "segment": ", ".join(place[0] for place in row.places[:2]),
            "capacity": row.capacity,
            "unit": row.get_unit_display(),
            "certificates": row.certificates,
            "lead_days": row.lead_days,
            "source": row.source,
            "source_on": row.source_on,
            "basis": row.get_basis_display(),
            "training": row.training,
        }


def needs_found(member: Member, query: QueryDict) -> Any:
    """Return the needs that fit the filters of an address, the next due first."""
    rows = of_seen(member, Need.objects.all())
    state = query.get("state", "open")
    if state == "open":
        rows = rows.filter(closed_on=None)
    elif state == "closed":
        rows = rows.exclude(closed_on=None)
    return (
        rows.select_related("company", "owner__user")
        .annotate(
            introduced=Count("matches", filter=Q(matches__archived_on=None)),
            ordered=Count(
                "matches", filter=Q(matches__state=ORDERED, matches__archived_on=None)
            ),
        )
        .order_by("closed_on", "due_on", "pk")
    )


def offers_seen(member: Member) -> list[Capability]:
    """Return the book as a member may see it; asks once."""
    return list(
        of_seen(member, Capability.objects.all())
        .select_related("company")
        .order_by("pk")
    )


def need_rows(member: Member, needs: Sequence[Any]) -> list[dict[str, Any]]:
    """Return needs with the firms that fit them best, and whom to introduce first."""
    book = offers_seen(member)
    by_pk = {str(row.pk): row for row in book}
    offers = [offer_of(row) for row in book]
    done: dict[int, set[int]] = {}
    for need_id, capability_id in (
        Match.objects.filter(need__in=[n.pk for n in needs])
        .live()
        .values_list("need_id", "capability_id")
    ):
        done.setdefault(need_id, set()).add(capability_id)
    segments = segments_of(member.office)
    paired = match_needs([need_of(need) for need in needs], offers, today(), most=MOST)
    waiting = {
        (need.pk, pair.offer): pair.low
        for need in needs
        if not need.closed_on
        for pair in _of_others(paired[str(need.pk)], need, by_pk)
        if int(pair.offer) not in done.get(need.pk, set()) and pair.low >= WORTH
    }
    first = first_introductions(waiting)
    found = []
    for need in needs:
        pairs = _of_others(paired[str(need.pk)], need, by_pk)
        fits = [p for p in pairs if p.low >= WORTH]
        best = first.get(need.pk)
        found.append(
            {
                "need": need,
                "segments": _segments(need, segments),
                "fits": len(fits),
                "possible": len(pairs) - len(fits),
                "best": by_pk[best] if best else None,
                "best_low": waiting[need.pk, best] if best else None,
                "days": (need.due_on - today()).days if need.due_on else None,
            }
        )
    return found


def _of_others(pairs: Sequence[Pair], need: Need, by_pk: Any) -> list[Pair]:
    """Leave out what the anchor itself can make."""
    return [p for p in pairs if by_pk[p.offer].company_id != need.company_id]


def need_page(member: Member, need: Need) -> dict[str, Any]:
    """Return the match sheet of a need: firms, reasons, what is unknown, outcomes."""
    book = offers_seen(member)
    by_pk = {str(row.pk): row for row in book}
    offers = [offer_of(row) for row in book]
    pairs = match_needs([need_of(need)], offers, today(), most=MOST)[str(need.pk)]
    pairs = _of_others(pairs, need, by_pk)
    matches = {
        match.capability_id: match
        for match in of_seen(
            member, Match.objects.filter(need=need), "capability__company_id"
        ).select_related("capability__company", "file", "owner__user")
    }
    rows = [
        _sheet_row(pair, by_pk[pair.offer], matches.pop(int(pair.offer), None))
        for pair in pairs
    ]
    # Introduced, but no longer on the sheet: the book or the need has changed since.
    rows += [
        {"pair": None, "item": match.capability, "match": match, "ask": []}
        for match in matches.values()
    ]
    for row in rows:
        row["doings"] = offered(row["match"], member) if row["match"] else []
    return {
        "need": need,
        "segments": _segments(need, segments_of(member.office)),
        "certificates": certificates_of(need),
        "rows": rows,
        "keys": [{"colour": colour, "label": label} for colour, label in KEYS],
        "searched": len(book),
        "worth": WORTH,
        "doings": offered(need, member),
        "outcomes": _outcomes(row["match"] for row in rows if row["match"]),
    }


# What the legend of the bars names: parts that share a colour stand together.
KEYS = (
    ("p1", N_("Segment of the chain")),
    ("p2", N_("Words of the product")),
    ("p3", N_("Certificates and evidence")),
    ("p4", N_("Capacity and time")),
)


def _sheet_row(pair: Pair, item: Capability, match: Match | None) -> dict[str, Any]:
    lang = reader()
    parts = [
        {
            "name": part.name,
            "label": LABELS[part.name],
            "low": part.low,
            "high": part.high,
            "weight": part.weight,
            "state": part.state,
            "colour": COLOURS[part.name],
            "text": part.text.text(lang),
        }
        for part in pair.parts
    ]
    return {
        "pair": pair,
        "item": item,
        "match": match,
        "parts": parts,
        "bar": _bar(parts, pair),
        "ask": [part for part in parts if part["state"] == "unknown"],
        "why": [p for p in parts if p["state"] in {"met", "part"}],
        "against": [p for p in parts if p["state"] == "unmet"],
    }


def _bar(parts: Sequence[dict[str, Any]], pair: Pair) -> list[dict[str, Any]]:
    """Return the certain points end to end, then what is possible, out of 100."""
    found, at = [], 0.0
    for part in sorted(parts, key=lambda part: part["colour"]):
        if part["low"] >= 0.4:
            found.append({"x": f"{at:.1f}", "w": f"{max(part['low'] - 0.4, 0.3):.1f}", "colour": part["colour"]})  # fmt: skip
            at += part["low"]
    if pair.high > pair.low:
        found.append({"x": f"{at:.1f}", "w": f"{max(pair.high - at, 0.3):.1f}", "colour": "open"})  # fmt: skip
    return found


def _outcomes(matches: Any) -> dict[str, Any]:
    listed = list(matches)
    return {
        "introduced": len(listed),
        "ordered": sum(m.state == ORDERED for m in listed),
        "failed": sum(m.state == FAILED for m in listed),
        "value": sum(m.value_cny or 0 for m in listed if m.state == ORDERED),
    }


def sheet_export(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the rows of the match sheet as a file; every reason in a column."""
    need = page["need"]
    for row in page["rows"]:
        item, pair, match = row["item"], row["pair"], row["match"]
        said = {p["name"]: p["text"] for p in row.get("parts", ())}
        yield {
            "need": called(need),
            "anchor": name(need.company),
            "company": name(item.company),
            "text": called(item),
            "low": pair.low if pair else match.low,
            "high": pair.high if pair else match.high,
            **{key: said.get(key, "") for key in PARTS},
            "ask": " ".join(p["text"] for p in row["ask"]),
            "capacity": item.capacity,
            "unit": item.get_unit_display(),
            "certificates_held": item.certificates,
            "source": item.source,
            "source_on": item.source_on,
            "basis": item.get_basis_display(),
            "state": match.get_state_display() if match else "",
            "training": item.training,
        }
