"""What the search box finds at the desk, by names in both languages and pinyin."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from yanlian.identity import fold
from yanlian_web.desk.models import Agreement, Deal, Organisation, Person, Post
from yanlian_web.desk.queries.companies import FIELDS, visible
from yanlian_web.offices.models import Member

FOUND = 20


def found_of(member: Member, text: str) -> dict[str, list[Any]]:
    """Return companies, people, organisations, deals and agreements that hold all words.

    Deals and agreements are found by their titles and by the names of their companies.
    """
    words = fold(text).split()
    if not words:
        return {
            key: []
            for key in ("firms", "people", "organisations", "deals", "agreements")
        }
    firms = _holding(visible(member.office, member), words)
    listed = list(firms.values("pk", *FIELDS)[:FOUND])
    pks = [row["pk"] for row in listed]
    people = list(_holding(Person.objects.seen_by(member).live(), words)[:FOUND])
    _with_posts(people)
    return {
        "firms": listed,
        "people": people,
        "organisations": list(
            _holding(Organisation.objects.seen_by(member).live(), words)[:FOUND]
        ),
        "deals": list(
            _titled(Deal.objects.seen_by(member).live(), text, pks).select_related(
                "company"
            )[:FOUND]
        ),
        "agreements": list(
            _titled(
                Agreement.objects.seen_by(member).live(), text, pks, number=True
            ).select_related("company")[:FOUND]
        ),
    }


def _holding(records: Any, words: list[str]) -> Any:
    for word in words:
        records = records.filter(search__contains=word)
    return records


def _titled(records: Any, text: str, firms: list[int], *, number: bool = False) -> Any:
    text = text.strip()
    either = (
        Q(title_en__icontains=text) | Q(title_zh__icontains=text) | Q(company__in=firms)
    )
    return records.filter(either | Q(number__iexact=text) if number else either)


def _with_posts(people: list[Person]) -> None:
    """Put on each person the post that is held now, if any."""
    posts = (
        Post.objects.filter(person__in=people, until=None)
        .live()
        .select_related("company", "organisation")
        .order_by("since", "pk")
    )
    by_person = {post.person_id: post for post in posts}
    for person in people:
        person.post = by_person.get(person.pk)  # type: ignore[attr-defined]
