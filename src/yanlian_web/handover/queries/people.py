"""Whom a member has met, how often and when last, and who else knows them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Q

from yanlian_web.desk.models import Attendance, Meeting, Person, Post
from yanlian_web.desk.models.base import OURS
from yanlian_web.desk.queries.people import current
from yanlian_web.offices.models import Member

# People shown; those met last come first.
MOST = 120


@dataclass(frozen=True)
class Known:
    """A person somebody has met.

    Attributes
    ----------
    person : Person
    posts : list of Post
        Held today.
    times : int
    last : date
    others : list of Member or Person
        Who else of us has met them, those who did most often first.
    """

    person: Person
    times: int
    last: datetime.date
    posts: list[Post] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)


def met_by(members: Sequence[Member], viewer: Member) -> Any:
    """Return the final meetings that some members led or took part in."""
    attended = Attendance.objects.live().filter(person__member__in=members)
    return (
        Meeting.objects.seen_by(viewer)
        .live()
        .filter(state="final")
        .filter(Q(owner__in=members) | Q(pk__in=attended.order_by().values("meeting")))
    )


def known_to(
    members: Sequence[Member], viewer: Member, day: datetime.date
) -> tuple[list[Known], int]:
    """Return the people some members have met, and how many more there are.

    Asks six times, however many people there are.
    """
    theirs = (
        Attendance.objects.live()
        .exclude(side=OURS)
        .filter(meeting__in=met_by(members, viewer).order_by().values("pk"))
        .filter(person__archived_on=None)
        .order_by()
    )
    total = theirs.aggregate(n=Count("person", distinct=True))["n"]
    rows = list(
        theirs.values("person")
        .annotate(n=Count("meeting", distinct=True), last=Max("meeting__on"))
        .order_by("-last", "-n", "person")[:MOST]
    )
    pks = [row["person"] for row in rows]
    seen = Person.objects.seen_by(viewer).filter(pk__in=pks)
    people = {person.pk: person for person in seen}
    posts: dict[int, list[Post]] = {}
    held = Post.objects.live().filter(current(day), person__in=pks)
    for post in held.select_related("company", "organisation").order_by("pk"):
        posts.setdefault(post.person_id, []).append(post)
    others = _others(pks, members, viewer)
    found = [
        Known(
            people[row["person"]],
            row["n"],
            row["last"],
            posts.get(row["person"], []),
            others.get(row["person"], []),
        )
        for row in rows
        if row["person"] in people
    ]
    return found, total - len(rows)


def _others(
    people: Iterable[int], members: Sequence[Member], viewer: Member
) -> dict[int, list[Any]]:
    """Return who else of us has met people: our officials, and who led the meeting."""
    final = Meeting.objects.seen_by(viewer).live().filter(state="final")
    met: dict[int, set[int]] = {}
    owners: dict[int, int] = {}
    rows = (
        Attendance.objects.live()
        .exclude(side=OURS)
        .filter(person__in=list(people), meeting__in=final.order_by().values("pk"))
        .values_list("person_id", "meeting_id", "meeting__owner_id")
    )
    for person, meeting, owner in rows:
        met.setdefault(person, set()).add(meeting)
        if owner:
            owners[meeting] = owner
    ours: dict[int, list[Any]] = {}
    known = {member.pk for member in members} if len(members) == 1 else set()
    listed = (
        Attendance.objects.live()
        .filter(side=OURS, meeting__in={m for found in met.values() for m in found})
        .select_related("person__member__user")
    )
    for row in listed:
        ours.setdefault(row.meeting_id, []).append(row.person)
    names = {
        member.pk: member
        for member in Member.objects.filter(pk__in=set(owners.values())).select_related(
            "user"
        )
    }
    found: dict[int, list[Any]] = {}
    for person, meetings in met.items():
        counts: dict[Any, int] = {}
        for meeting in meetings:
            there = {who.member or who for who in ours.get(meeting, ())}
            if owners.get(meeting) in names:
                there.add(names[owners[meeting]])
            for who in there:
                if not (isinstance(who, Member) and who.pk in known):
                    counts[who] = counts.get(who, 0) + 1
        found[person] = sorted(counts, key=lambda who: (-counts[who], str(who)))
    return found
