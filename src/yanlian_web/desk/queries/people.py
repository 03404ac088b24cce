"""People and organisations: lists and record pages."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Max, Q
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.progress import promises as promise_rules
from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import Column
from yanlian_web.desk.masks import can_open, reading, veil
from yanlian_web.desk.models import (
    Attendance,
    Blocker,
    Contact,
    Meeting,
    Organisation,
    Person,
    Post,
    Promise,
)
from yanlian_web.desk.models.base import OURS, seen_rows
from yanlian_web.desk.models.people import ORGANISATIONS, PERSON_SIDES
from yanlian_web.desk.panels import panels_of
from yanlian_web.desk.queries.companies import holding
from yanlian_web.desk.queries.company_desk import promise_rows
from yanlian_web.offices.models import Member

SHOWN = 50
PERSON_COLUMNS = (
    Column(N_("Name (English)"), "name_en"),
    Column(N_("Name (Chinese)"), "name_zh"),
    Column(N_("Side"), "side"),
    Column(N_("Order of precedence"), "rank"),
    Column(N_("Title (English)"), "title_en"),
    Column(N_("Title (Chinese)"), "title_zh"),
    Column(N_("Company or organisation"), "place"),
    Column(N_("Source"), "source"),
    Column(N_("Date of the source"), "source_on"),
)
ORGANISATION_COLUMNS = (
    Column(N_("Name (English)"), "name_en"),
    Column(N_("Name (Chinese)"), "name_zh"),
    Column(N_("Kind"), "sort_of"),
    Column(N_("City (English)"), "city_en"),
    Column(N_("City (Chinese)"), "city_zh"),
    Column(N_("Part of our administration"), "ours"),
)


def current(day: datetime.date) -> Q:
    """Return the condition that a post is held on a day."""
    return (Q(until=None) | Q(until__gte=day)) & (Q(since=None) | Q(since__lte=day))


def newest(records: Any, field: str, count: int) -> Any:
    """Return the newest of the few records that belong to one other record.

    They are found by that other record and put in order here. Asked for in order at
    once, a database that knows little of them goes through all records of the office.
    """
    listed = records.live().order_by().values_list(field, "pk")
    keys = [pk for _, pk in sorted(listed, reverse=True)[:count]]
    return records.model.objects.filter(pk__in=keys).order_by(f"-{field}", "-pk")


def people_found(member: Member, query: QueryDict) -> Any:
    """Return the people who fit the filters of an address, in their order."""
    every = Person.objects.seen_by(member).live()
    listed = holding(every, fold(query.get("q", "")).split())
    side = query.get("side", "")
    if side in dict(PERSON_SIDES):
        listed = listed.filter(side=side)
    for name in ("organisation", "company"):
        if query.get(name, "").isdigit():
            held = Post.objects.filter(
                current(today()), **{name: int(str(query[name]))}
            )
            listed = listed.filter(pk__in=held.live().order_by().values("person"))
    if side == OURS:
        return listed.order_by(F("rank").asc(nulls_last=True), "sort", "pk")
    return listed.order_by("sort", "pk")


def with_posts(people: Iterable[Person]) -> list[dict[str, Any]]:
    """Return people with the posts they hold today; asks once."""
    listed = list(people)
    posts: dict[int, list[Post]] = {}
    held = (
        Post.objects.filter(current(today()), person__in=listed)
        .live()
        .select_related("company", "organisation")
        .order_by("since", "pk")
    )
    for post in held:
        posts.setdefault(post.person_id, []).append(post)
    return [{"person": p, "posts": posts.get(p.pk, [])} for p in listed]


def people_export(people: Any) -> Iterable[dict[str, Any]]:
    """Yield people for a file, without any way to reach them."""
    sides = dict(PERSON_SIDES)
    listed = list(people)
    for start in range(0, len(listed), 500):
        for row in with_posts(listed[start : start + 500]):
            person, post = row["person"], next(iter(row["posts"]), None)
            yield {
                "name_en": person.name_en,
                "name_zh": person.name_zh,
                "side": sides[person.side],
                "rank": person.rank,
                "title_en": post.title_en if post else "",
                "title_zh": post.title_zh if post else "",
                "place": (post.company or post.organisation) if post else None,
                "source": person.source,
                "source_on": person.source_on,
                "training": person.training,
            }


def organisations_used(member: Member) -> list[Organisation]:
    """Return the organisations that people are filtered by, the fullest first."""
    return list(
        Organisation.objects.seen_by(member)
        .live()
        .annotate(held=Count("posts"))
        .filter(held__gt=0)
        .order_by("-held", "sort")[:SHOWN]
    )


def person_page(member: Member, person: Person) -> dict[str, Any]:
    """Return the record of a person: posts, contacts, meetings and promises."""
    day = today()
    contacts = list(
        Contact.objects.filter(person=person)
        .seen_by(member)
        .live()
        .order_by("means", "-source_on", "pk")
    )
    with reading(member, "page") as read:
        for contact in contacts:
            # Expired ones are not shown, so they are not read.
            contact.masked = contact.expires_on < day or bool(veil(read, contact))
    posts = list(
        Post.objects.filter(person=person)
        .live()
        .select_related("company", "organisation")
        .order_by(F("until").desc(nulls_first=True), "-since", "pk")
    )
    attended = (
        Attendance.objects.filter(person=person, meeting__archived_on=None)
        .filter(seen_rows(member, "meeting"))
        .live()
        .select_related("meeting", "meeting__company", "meeting__organisation")
        .order_by("-meeting__on", "-pk")
    )
    promises = newest(
        Promise.objects.filter(seen_rows(member), person=person), "due_on", 2 * SHOWN
    ).select_related("company")
    return {
        "person": person,
        "posts": [{"post": p, "now": _holds(p, day)} for p in posts],
        "held": [p for p in posts if _holds(p, day)],
        "contacts": [c for c in contacts if c.expires_on >= day],
        "can_open": can_open(member, person),
        "expired": [c for c in contacts if c.expires_on < day],
        "attended": list(attended[:SHOWN]),
        "promises": promise_rows(promises, day),
        "panels": panels_of(member, person),
    }


def _holds(post: Post, day: datetime.date) -> bool:
    return (post.until is None or post.until >= day) and (
        post.since is None or post.since <= day
    )


def organisations_found(member: Member, query: QueryDict) -> Any:
    """Return the organisations that fit the filters of an address."""
    every = Organisation.objects.seen_by(member).live()
    listed = holding(every, fold(query.get("q", "")).split())
    if query.get("kind", "") in dict(ORGANISATIONS):
        listed = listed.filter(sort_of=query["kind"])
    if query.get("ours") == "yes":
        listed = listed.filter(ours=True)
    return listed.select_related("part_of").order_by("sort", "pk")


def organisation_rows(listed: Iterable[Organisation]) -> list[dict[str, Any]]:
    """Return organisations with their people, meetings and open promises; asks thrice."""
    rows = list(listed)
    day = today()
    held = _counted(Post.objects.filter(current(day)), "organisation", rows)
    met = dict(
        Meeting.objects.filter(organisation__in=rows)
        .live()
        .order_by()
        .values_list("organisation")
        .annotate(last=Max("on"))
    )
    due = _counted(_open(Promise.objects), "department", rows)
    return [
        {
            "organisation": row,
            "people": held.get(row.pk, 0),
            "met": met.get(row.pk),
            "due": due.get(row.pk, 0),
        }
        for row in rows
    ]


def _open(promises: Any) -> Any:
    return promises.filter(kept_on=None, broken_on=None, withdrawn_on=None)


def _counted(records: Any, name: str, rows: list[Organisation]) -> dict[int, int]:
    found = (
        records.filter(**{f"{name}__in": rows}, archived_on=None)
        .order_by()
        .values_list(name)
        .annotate(count=Count("pk"))
    )
    return dict(found)


def organisations_export(listed: Any) -> Iterable[dict[str, Any]]:
    """Yield organisations for a file."""
    kinds = dict(ORGANISATIONS)
    for row in listed:
        yield {
            "name_en": row.name_en,
            "name_zh": row.name_zh,
            "sort_of": kinds[row.sort_of],
            "city_en": row.city_en,
            "city_zh": row.city_zh,
            "ours": "\u25a0" if row.ours else "",
            "training": row.training,
        }


def organisation_page(member: Member, organisation: Organisation) -> dict[str, Any]:
    """Return the record of an organisation: people, promises, blockers, meetings."""
    day = today()
    posts = (
        Post.objects.filter(organisation=organisation, person__archived_on=None)
        .filter(seen_rows(member, "person"))
        .live()
        .select_related("person")
        .order_by(F("person__rank").asc(nulls_last=True), "person__sort", "pk")
    )
    listed = list(posts[: 4 * SHOWN])
    promises = (
        Promise.objects.filter(department=organisation)
        .seen_by(member)
        .live()
        .select_related("company")
        .order_by("-due_on", "-pk")
    )
    rows = promise_rows(promises[: 4 * SHOWN], day)
    blockers = (
        Blocker.objects.filter(department=organisation)
        .seen_by(member)
        .live()
        .select_related("deal", "deal__company")
        .order_by("solved_on", "due_on", "pk")
    )
    meetings = newest(
        Meeting.objects.filter(seen_rows(member), organisation=organisation),
        "on",
        SHOWN,
    ).select_related("company")
    # Their days alone: whole promises with all they name would take far longer.
    days = promises.filter(side=OURS).values_list(
        "side", "due_on", "kept_on", "broken_on", "withdrawn_on"
    )[:2000]
    keeping = promise_rules.keeping(
        [promise_rules.Promise(*row) for row in days], OURS, day
    )
    return {
        "organisation": organisation,
        "people": [p for p in listed if _holds(p, day)],
        "former": [p for p in listed if not _holds(p, day)],
        "promises": rows,
        "keeping": keeping,
        "blockers": [{"blocker": b, "late": _late(b, day)} for b in blockers[:SHOWN]],
        "meetings": list(meetings),
        "parts": list(
            Organisation.objects.filter(part_of=organisation)
            .seen_by(member)
            .live()
            .order_by("sort")[:SHOWN]
        ),
    }


def _late(blocker: Blocker, day: datetime.date) -> int:
    if blocker.solved_on or blocker.due_on is None:
        return 0
    late: int = (day - blocker.due_on).days
    return max(late, 0)
