"""The lists of the desk: what stands on them, in which shapes, and what comes next.

A list is one set of filters in an address. ``LISTS`` says of each how its records are
found, what one of them is as a card, and which shapes make sense. The pages of the
lists, the steps to the record before and after, and saved views all read it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from yanlian.progress import promises as promise_rules
from yanlian.progress import stages
from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import (
    Agreement,
    Company,
    Deal,
    Meeting,
    Organisation,
    Person,
    Promise,
)
from yanlian_web.desk.models.agreements import AGREEMENT_STATES
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.models.meetings import STATES
from yanlian_web.desk.models.people import ORGANISATIONS, PERSON_SIDES
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries import (
    agreements,
    companies,
    deals,
    landing,
    ledger,
    meetings,
    people,
)
from yanlian_web.offices.models import Member
from yanlian_web.ui import shapes
from yanlian_web.ui.shapes import Card
from yanlian_web.ui.templatetags.yl import (
    called,
    dated,
    name,
    other,
    person,
    reader,
)

# Records on a print and on a map; the others are counted.
PRINTED, PLACED = 500, 600


@dataclass(frozen=True)
class Listing:
    """A list of the desk.

    Attributes
    ----------
    page, one : str
        Names of the addresses of the list and of a record.
    label : str
    model : type
    shapes : tuple of str
        Those that make sense; the first is shown when the address asks for none.
    found : callable
        Returns the records that fit, in their order, for a member and a query.
    card : callable
        Returns a record as a card.
    names : tuple of str
        Relations a card reads.
    board : tuple or None
        Field of the columns, its codes with labels, and the filter of the address that
        shows one column; an empty filter for none.
    day : str
        Field of the calendar.
    company : str
        Path to the company whose place a record has on the map.
    columns : tuple of (label, callable)
        Of the print.
    own : tuple of str
        Shapes the page draws by itself.
    """

    page: str
    one: str
    label: str
    model: Any
    shapes: tuple[str, ...]
    found: Callable[[Member, QueryDict], QuerySet[Any]]
    card: Callable[[Any], Card]
    names: tuple[str, ...] = ()
    board: tuple[str, Callable[[], Iterable[tuple[str, Any]]], str] | None = None
    day: str = ""
    company: str = ""
    columns: tuple[tuple[str, Callable[[Any], Any]], ...] = ()
    own: tuple[str, ...] = ("table",)


def shape_page(listing: Listing, member: Member, query: QueryDict) -> dict[str, Any]:
    """Return what the page of a list needs for the shape its address asks for.

    ``shape`` and ``shapes`` always; ``drawn`` when the shape is one the page does not
    draw by itself, with the rows of it.
    """
    shape = shapes.chosen(query, listing.shapes)
    context: dict[str, Any] = {
        "shape": shape,
        "shapes": shapes.switch(query, listing.shapes),
        "drawn": {},
    }
    if shape in listing.own:
        return context
    found = listing.found(member, query)
    context["drawn"] = _DRAW[shape](listing, found, query)
    context["total"] = context["drawn"]["total"]
    return context


def _cards(listing: Listing, rows: Iterable[Any]) -> list[tuple[Any, Card]]:
    return [(row, listing.card(row)) for row in rows]


def _by_number(listing: Listing, pks: Sequence[int]) -> list[Any]:
    """Return records with what their cards read, in the order given."""
    rows = listing.model.objects.select_related(*listing.names).in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def _board(listing: Listing, found: QuerySet[Any], query: QueryDict) -> dict[str, Any]:
    """Return the columns of a board; asks once for the counts and once a column."""
    assert listing.board is not None
    field, choices, key = listing.board
    counts = dict(found.order_by().values_list(field).annotate(n=Count("pk")))
    columns = []
    for code, label in choices():
        count = counts.pop(code, 0)
        pks = list(found.filter(**{field: code}).values_list("pk", flat=True)[: shapes.A_COLUMN]) if count else []  # fmt: skip
        kept = query.copy()
        kept.pop("view", None)
        if key:
            kept[key] = code
        columns.append(
            shapes.Column(
                code,
                label,
                count,
                [card for _, card in _cards(listing, _by_number(listing, pks))],
                kept.urlencode() if key else "",
            )
        )
    total = sum(column.count for column in columns) + sum(counts.values())
    shown = [column for column in columns if column.count] or columns
    return {"columns": shown, "total": total}


def _calendar(
    listing: Listing, found: QuerySet[Any], query: QueryDict
) -> dict[str, Any]:
    """Return a month; asks twice."""
    first = shapes.month_of(query.get("month", ""), today())
    weeks = shapes.weeks_of(first)
    inside = found.filter(**{f"{listing.day}__range": (weeks[0][0], weeks[-1][-1])})
    listed = list(inside.order_by(listing.day, "pk").values_list("pk", listing.day))
    by_day: dict[datetime.date, list[int]] = {}
    for pk, on in listed:
        by_day.setdefault(on, []).append(pk)
    shown = [pk for pks in by_day.values() for pk in pks[: shapes.A_DAY]]
    cards = {row.pk: card for row, card in _cards(listing, _by_number(listing, shown))}
    drawn = shapes.month(
        first,
        today(),
        {on: len(pks) for on, pks in by_day.items()},
        {on: [cards[pk] for pk in pks if pk in cards] for on, pks in by_day.items()},
    )
    return {**drawn, "total": drawn["count"]}


def _map(listing: Listing, found: QuerySet[Any], query: QueryDict) -> dict[str, Any]:
    """Return the records at the places of their companies; asks three times."""
    at = f"{listing.company}__" if listing.company else ""
    total = found.order_by().count()
    placed = found.exclude(**{f"{at}lat": None}).exclude(**{f"{at}lon": None})
    pks = list(placed.values_list("pk", flat=True)[:PLACED])
    points = []
    for row, card in _cards(listing, _by_number(listing, pks)):
        company = getattr(row, listing.company) if listing.company else row
        points.append((company.lat, company.lon, name(company, "city"), card))
    return {"map": shapes.plane(points), "total": total, "left": total - len(pks)}


def _print(listing: Listing, found: QuerySet[Any], query: QueryDict) -> dict[str, Any]:
    """Return the rows of a print; asks three times."""
    total = found.order_by().count()
    pks = list(found.values_list("pk", flat=True)[:PRINTED])
    rows = [
        (card, [value(row) for _, value in listing.columns])
        for row, card in _cards(listing, _by_number(listing, pks))
    ]
    return {
        "heads": [gettext(label) for label, _ in listing.columns],
        "rows": rows,
        "total": total,
        "left": total - len(pks),
        "day": today(),
    }


_DRAW = {"board": _board, "calendar": _calendar, "map": _map, "print": _print}


def _promise_card(row: Promise) -> Card:
    day = today()
    state = promise_rules.state(row.rule, day)
    late = promise_rules.days_late(row.rule, day)
    note = dated(row.due_on)
    if state == "overdue":
        note = gettext("%(n)s days late") % {"n": late}
    parts = (name(row.company) if row.company else "", note, person(row.owner))
    return Card(
        place_of(row),
        called(row),
        note=" · ".join(part for part in parts if part),
        mark=ledger.tone(state),
        training=row.training,
    )


def _card(row: Any, *notes: Any, mark: str = "") -> Card:
    stem = "title" if hasattr(row, "title_en") else "name"
    return Card(
        place_of(row),
        called(row),
        other(row, stem),
        " · ".join(str(part) for part in notes if part),
        mark,
        row.training,
    )


def _with(row: Any) -> str:
    place = row.company or row.organisation
    return name(place) if place and name(place) != called(row) else ""


def _landing_card(row: Deal) -> Card:
    card = _card(row, _stage(row), dated(row.stage_on))
    title = name(row.company)
    note = card.note if called(row) == title else f"{called(row)} · {card.note}"
    place = reverse("landing-one", args=[row.pk])
    return Card(place, title, other(row.company), note, training=row.training)


def _stage(row: Deal) -> str:
    return stages.stage(row.stage).name.text(reader())


def _stages(codes: Iterable[str]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [(code, spoken(stages.stage(code).name)) for code in codes]


def _promise_states() -> list[tuple[str, Any]]:
    order = ("overdue", "soon", "open", "kept", "kept_late", "broken", "withdrawn")
    return [(code, ledger.state_said(code)) for code in order]


def _promises(member: Member, query: QueryDict) -> QuerySet[Promise]:
    listed = ledger.promises_found(member, query)
    # Only the board asks the database for states; they are dear.
    return (
        ledger.with_state(listed, today()) if query.get("view") == "board" else listed
    )


def _landing(member: Member, query: QueryDict) -> QuerySet[Deal]:
    waits = Q(milestones__reached_on=None, milestones__archived_on=None)
    listed = landing.ordered(landing.landing_found(member, query))
    if query.get("view") == "calendar":
        listed = listed.annotate(next_on=Min("milestones__planned_on", filter=waits))
    return listed


LISTS: dict[str, Listing] = {
    item.page: item
    for item in (
        Listing(
            "companies",
            "companies-one",
            N_("Companies"),
            Company,
            ("table", "board", "map", "print"),
            lambda member, query: companies.found(member.office, query, member),
            lambda r: _card(r, name(r, "city")),
            ("owner__user",),
            columns=(
                (N_("City"), lambda r: name(r, "city")),
                (N_("Business"), lambda r: name(r, "products")[:120]),
                (N_("Tier"), lambda r: r.get_tier_display()),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
            own=("table", "map", "board"),
        ),
        Listing(
            "people",
            "people-one",
            N_("People"),
            Person,
            ("table", "board", "print"),
            people.people_found,
            lambda r: _card(r, r.get_side_display()),
            ("owner__user",),
            board=("side", lambda: PERSON_SIDES, "side"),
            columns=(
                (N_("Side"), lambda r: r.get_side_display()),
                (N_("Source"), lambda r: f"{r.source} {r.source_on:%Y-%m-%d}"),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
        ),
        Listing(
            "organisations",
            "organisations-one",
            N_("Organisations"),
            Organisation,
            ("table", "board", "print"),
            people.organisations_found,
            lambda r: _card(r, r.get_sort_of_display(), name(r, "city")),
            ("owner__user",),
            board=("sort_of", lambda: ORGANISATIONS, "kind"),
            columns=(
                (N_("Kind"), lambda r: r.get_sort_of_display()),
                (N_("City"), lambda r: name(r, "city")),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
        ),
        Listing(
            "meetings",
            "meetings-one",
            N_("Meetings"),
            Meeting,
            ("table", "board", "map", "calendar", "print"),
            meetings.meetings_found,
            lambda r: _card(r, r.on.isoformat(), _with(r)),
            ("company", "organisation", "owner__user"),
            board=("state", lambda: STATES, "state"),
            day="on",
            company="company",
            columns=(
                (N_("Day"), lambda r: r.on.isoformat()),
                (N_("Company or organisation"), _with),
                (N_("Kind"), lambda r: r.get_way_display()),
                (N_("State"), lambda r: r.get_state_display()),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
            own=("table", "calendar"),
        ),
        Listing(
            "deals",
            "deals-one",
            N_("Deals"),
            Deal,
            ("board", "table", "map", "print"),
            lambda member, query: deals.ordered(
                deals.deals_found(member, query), query
            ),
            lambda r: Card(
                place_of(r),
                name(r.company),
                other(r.company),
                f"{r.stage} · {called(r)}",
                training=r.training,
            ),
            ("company", "owner__user"),
            company="company",
            own=("board", "table", "print"),
        ),
        Listing(
            "promises",
            "promises-one",
            N_("Promises"),
            Promise,
            ("table", "board", "calendar", "print"),
            _promises,
            _promise_card,
            ("company", "owner__user"),
            board=("state", _promise_states, "state"),
            day="due_on",
            columns=(
                (N_("Side"), lambda r: r.get_side_display()),
                (N_("Due on"), lambda r: r.due_on.isoformat()),
                (N_("Company"), lambda r: name(r.company) if r.company else ""),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
        ),
        Listing(
            "agreements",
            "agreements-one",
            N_("Agreements"),
            Agreement,
            ("table", "board", "map", "calendar", "print"),
            lambda member, query: agreements.ordered(
                agreements.agreements_found(member, query)
            ),
            lambda r: _card(r, r.number, name(r.company)),
            ("company", "owner__user"),
            board=("state", lambda: AGREEMENT_STATES, "state"),
            day="expires_on",
            company="company",
            columns=(
                (N_("Number of the agreement"), lambda r: r.number),
                (N_("Company"), lambda r: name(r.company)),
                (N_("State"), lambda r: r.get_state_display()),
                (N_("Signed on"), lambda r: dated(r.signed_on)),
                (N_("Expires on"), lambda r: dated(r.expires_on)),
            ),
        ),
        Listing(
            "landing",
            "landing-one",
            N_("Landing"),
            Deal,
            ("table", "board", "map", "calendar", "print"),
            _landing,
            _landing_card,
            ("company", "owner__user"),
            board=("stage", _stages(landing.LANDED), "stage"),
            day="next_on",
            company="company",
            columns=(
                (N_("Stage"), lambda r: f"{r.stage} {_stage(r)}"),
                (N_("At this stage since"), lambda r: dated(r.stage_on)),
                (N_("Owner"), lambda r: person(r.owner)),
            ),
        ),
    )
}
