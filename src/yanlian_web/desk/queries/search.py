"""What the search box finds at the desk, by names in both languages and pinyin."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from yanlian.identity import fold
from yanlian_web.desk.models import Agreement, Deal, Organisation, Person, Post
from yanlian_web.desk.queries.companies import FIELDS, holding, visible
from yanlian_web.offices.models import Member

FOUND = 20
# Of very many that fit, these are put in order.
MOST = 500


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
    firms = _found(visible(member.office, member), words)
    listed = list(firms.values("pk", *FIELDS)[:FOUND])
    pks = [row["pk"] for row in listed]
    people = list(_found(Person.objects.seen_by(member).live(), words)[:FOUND])
    _with_posts(people)
    return {
        "firms": listed,
        "people": people,
        "organisations": list(
            _found(Organisation.objects.seen_by(member).live(), words)[:FOUND]
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


def _found(records: Any, words: list[str]) -> Any:
    """Return what holds all words, by its keys.

    Asked for in order at once, a database would go through whole records in that order
    instead of through the index of what is searched.
    """
    keys = list(holding(records.order_by(), words).values_list("pk", flat=True)[:MOST])
    return records.model.objects.filter(pk__in=keys)


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
