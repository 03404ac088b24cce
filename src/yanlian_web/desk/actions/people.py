"""People, their posts and how to reach them; organisations."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import Q

from yanlian.errors import Finding
from yanlian.identity import fold
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, wrong
from yanlian_web.desk.actions.companies import check_source, searched
from yanlian_web.desk.models import Contact, Organisation, Person, Post
from yanlian_web.desk.models.base import OURS
from yanlian_web.offices.models import Member

# No way to reach a person is kept longer without asking again.
LONGEST_YEARS = 3
# A mobile of the mainland, or any number with its country code.
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|\+(?!86)\d{7,15}")
_PHONE = re.compile(r"\+?\d{5,16}(?:[x#]\d{1,6})?|400\d{7}")


@checks("person")
def _check_person(act: Act, person: Person, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, person)
    person.search = searched(person.name_en, person.name_zh)
    person.sort = fold(person.name_en or person.name_zh)[:300]
    if person.member_id and person.side != OURS:
        text = say(N_("Only our own officials sign in. Choose their side, or nobody."))
        found.append(wrong("member", text, "person.member"))
    if person.rank is not None and person.side != OURS:
        text = say(N_("Only our own officials have an order of precedence."))
        found.append(wrong("rank", text, "person.rank"))
    return found


@checks("organisation")
def _check_organisation(
    act: Act, organisation: Organisation, old: dict[str, Any]
) -> list[Finding]:
    found = check_source(act, organisation)
    organisation.search = searched(
        organisation.name_en,
        organisation.name_zh,
        organisation.city_en,
        organisation.city_zh,
    )
    organisation.sort = fold(organisation.name_en or organisation.name_zh)[:300]
    above, seen = organisation.part_of, {organisation.pk}
    while above is not None:
        if above.pk in seen:
            text = say(N_("It would be a part of itself. Choose another one."))
            found.append(wrong("part_of", text, "organisation.circle"))
            break
        seen.add(above.pk)
        above = above.part_of
    return found


@checks("post")
def _check_post(act: Act, post: Post, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, post)
    places = [post.company_id, post.organisation_id]
    if places == [None, None]:
        text = say(N_("Choose the company or the organisation."))
        found.append(wrong("company", text, "post.place"))
    elif None not in places:
        text = say(N_("Choose a company or an organisation, not both."))
        found.append(wrong("organisation", text, "post.place"))
    titles = [post.title_en.strip(), post.title_zh.strip()]
    if not post.person_id or not any(titles) or not _current(post, act.day):
        return found
    same = Q()
    for name, title in zip(("title_en", "title_zh"), titles, strict=True):
        if title:
            same |= Q(**{f"{name}__iexact": title})
    others = Post.objects.filter(
        same,
        Q(until=None) | Q(until__gte=act.day),
        office=act.office,
        person=post.person_id,
        company=post.company_id,
        organisation=post.organisation_id,
        archived_on=None,
    ).exclude(pk=post.pk)
    if post.archived_on is None and any(places) and others.exists():
        text = say(
            N_("%(name)s holds this post already. Change that one, or end it first."),
            name=str(post.person),
        )
        found.append(wrong("title_en", text, "post.twice"))
    return found


def _current(post: Post, day: datetime.date) -> bool:
    return post.until is None or post.until >= day


@checks("contact")
def _check_contact(act: Act, contact: Contact, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, contact)
    contact.value = unicodedata.normalize("NFKC", contact.value).strip()
    if contact.value and contact.value != old.get("value"):
        found += _check_value(contact)
    if contact.expires_on and contact.expires_on != old.get("expires_on"):
        last = years_after(act.day, LONGEST_YEARS)
        if not act.day < contact.expires_on <= last:
            text = say(
                N_(
                    "Found %(day)s. Expected a day after today and at most %(years)s "
                    "years ahead, %(last)s; it can be renewed then."
                ),
                day=contact.expires_on.isoformat(),
                years=LONGEST_YEARS,
                last=last.isoformat(),
            )
            found.append(wrong("expires_on", text, "contact.expiry"))
    if contact.person_id and contact.archived_on is None:
        twice = Contact.objects.filter(
            person=contact.person_id, means=contact.means, value=contact.value
        ).live()
        if twice.exclude(pk=contact.pk).exists():
            text = say(N_("This is on file already. Renew that one."))
            found.append(wrong("value", text, "contact.twice"))
    return found


def years_after(day: datetime.date, years: int) -> datetime.date:
    """Return the same day some years later; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _check_value(contact: Contact) -> list[Finding]:
    """Return what is wrong with a number or address."""
    if contact.means == "email":
        try:
            EmailValidator()(contact.value)
        except ValidationError:
            text = say(
                N_("Found %(text)s. Expected an address such as name@example.cn."),
                text=contact.value[:100],
            )
            return [wrong("value", text, "contact.email")]
        return []
    digits = re.sub(r"[\s\-()./]", "", contact.value)
    if contact.means == "mobile" and not _MOBILE.fullmatch(digits):
        text = say(
            N_(
                "Found %(text)s. Expected eleven digits that begin with 1, or + with "
                "the code of a country."
            ),
            text=contact.value[:100],
        )
        return [wrong("value", text, "contact.mobile")]
    if contact.means == "phone" and not _PHONE.fullmatch(digits):
        text = say(
            N_("Found %(text)s. Expected digits with the area code."),
            text=contact.value[:100],
        )
        return [wrong("value", text, "contact.phone")]
    return []


def contact_renew(
    *,
    by: Member,
    pk: int,
    version: int | None,
    expires_on: datetime.date,
    source: str,
) -> Contact:
    """Keep a way to reach a person for longer, with what it rests on now."""
    with acting(by, "desk.contact.renewed") as act:
        contact = act.lock(Contact, pk, version)
        contact.expires_on = expires_on
        contact.source, contact.source_on = source.strip(), act.day
        act.save(contact)
        return contact
