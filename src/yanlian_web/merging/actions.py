"""Actions on companies that may be one: searched, kept apart, merged, taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext

from yanlian.errors import Finding
from yanlian.identity import credit_code_ok
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, refuse, wrong
from yanlian_web.desk.models import Company, CompanyLink
from yanlian_web.merging import seeking
from yanlian_web.merging.choosing import (
    BOTH,
    CHOICES,
    KEPT,
    NAMES_LEFT,
    OTHER,
    chosen,
    set_here,
)
from yanlian_web.merging.models import Apart, Merge, Suspect
from yanlian_web.merging.moving import back_of, carry, carry_back
from yanlian_web.merging.relations import unknown
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

# Fields of a company that a merge sets besides those chosen.
BESIDE = ("region_id", "local", "set_here")


def companies_merge(
    *,
    by: Member,
    kept: int,
    other: int,
    version: int | None = None,
    other_version: int | None = None,
    choices: Mapping[str, str] | None = None,
    left: str = "alias",
    why: str = "",
    codes_differ: bool = False,
) -> Merge:
    """Merge one company into another: all that refers to it belongs to that one then.

    The other company is archived and kept, and nothing that the log says of it is
    changed; it is read as said of the company that stays.

    Parameters
    ----------
    by : Member
    kept, other : int
        The company that stays, and the one that goes into it.
    version, other_version : int, optional
        Of both as they were seen.
    choices : mapping of str to str
        Which value is kept, by the key of a choice; see :mod:`choosing`.
    left : str
        What becomes of a name that is not chosen: ``alias``, ``former``, ``nothing``.
    why : str
    codes_differ : bool
        Whether a person said that one of two different credit codes is wrong.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "merging.company.merged") as act:
        survivor, merged = _both(act, kept, other, version, other_version)
        given = dict(choices or {})
        refuse(
            *_strange(),
            *_not_one(act, survivor, merged, codes_differ),
            *_choices(survivor, merged, given, left),
        )
        before = {f.attname: getattr(survivor, f.attname) for f in _fields()}
        values = chosen(survivor, merged, given, left)
        text = gettext("Merged into %(name)s") % {"name": str(survivor)}
        merged.archived_on, merged.archived_why = act.day, text[:500]
        merged.merged_into = survivor
        act.save(merged)
        for name, value in values.items():
            setattr(survivor, name, value)
        survivor.set_here = set_here(survivor, values)
        act.save(survivor)
        _value(survivor, max(survivor.visit_value, merged.visit_value))
        twin = gettext("The same is on file at %(name)s") % {"name": str(survivor)}
        rows = carry(act, merged, survivor, twin[:500])
        names = {*values, *BESIDE, "visit_value"}
        merge = act.add(
            Merge(
                owner=by,
                survivor=survivor,
                merged=merged,
                done_on=act.day,
                reason=why.strip(),
                rows=rows,
                fields={
                    name: [before[name], getattr(survivor, name)]
                    for name in sorted(names)
                    if before[name] != getattr(survivor, name)
                },
            )
        )
        act.about(survivor)
        act.event("archived", merged, company=merged)
        counts = Counter(label for label, _, _ in rows)
        act.note(merge=merge.ref, merged=merged.ref, moved=counts, why=why.strip())
        return merge


def _value(company: Company, value: float) -> None:
    """Store the value of a visit, which every run of targets reckons anew."""
    company.visit_value = value
    Company.objects.filter(pk=company.pk).update(visit_value=value)


def _fields() -> list[Any]:
    return list(Company._meta.concrete_fields)


def _both(
    act: Act, kept: int, other: int, version: int | None, other_version: int | None
) -> tuple[Company, Company]:
    """Lock both companies, always in the same order, so that nobody waits for ever."""
    if kept == other:
        text = say(N_("A company cannot be merged with itself. Choose another one."))
        refuse(wrong("other", text, "merge.self"))
    wanted = {kept: version, other: other_version}
    _merged_before(act, wanted)
    found = {pk: act.lock(Company, pk, wanted[pk]) for pk in sorted(wanted)}
    return found[kept], found[other]


def _merged_before(act: Act, wanted: Mapping[int, Any]) -> None:
    gone = Company.objects.seen_by(act.by).filter(pk__in=list(wanted))
    refuse(
        *(
            wrong(
                "",
                say(
                    N_(
                        "%(name)s was merged into %(other)s already. Open that one, or "
                        "take that merge apart first."
                    ),
                    name=str(company),
                    other=str(company.merged_into),
                ),
                "merge.merged",
            )
            for company in gone.exclude(merged_into=None).select_related("merged_into")
        )
    )


def _strange() -> list[Finding]:
    """Return a finding for each relation that nobody has said how to move."""
    return [
        wrong(
            "",
            say(
                N_(
                    "%(label)s refers to companies, and it is not laid down how its rows "
                    "move. Nothing was merged, so that nothing is left behind. Tell the "
                    "person who looks after this program."
                ),
                label=label,
            ),
            "merge.relation",
        )
        for label in unknown()
    ]


def _not_one(
    act: Act, survivor: Company, merged: Company, codes_differ: bool
) -> list[Finding]:
    """Return why two companies cannot be one."""
    found = []
    if survivor.training != merged.training:
        text = say(
            N_(
                "One of the two is training data and will be removed; the other is real. "
                "Only companies of one sort can be merged."
            )
        )
        found.append(wrong("other", text, "merge.training"))
    link = linked(survivor, merged)
    if link is not None:
        text = say(
            N_(
                "Both belong to one group, as two companies: %(link)s. A parent and its "
                "child are not one company. If the relation is wrong, archive it first."
            ),
            link=str(link),
        )
        found.append(wrong("other", text, "merge.group"))
    codes = {survivor.credit_code, merged.credit_code}
    if "" not in codes and len(codes) == 2 and not codes_differ:
        valid = all(credit_code_ok(code) for code in codes)
        text = say(
            N_(
                "Their credit codes differ: %(one)s and %(other)s. Two valid codes are two "
                "companies, unless one was entered for the wrong company. Say so below if "
                "you know it."
            )
            if valid
            else N_(
                "Their credit codes differ: %(one)s and %(other)s. Choose the right one "
                "and say below that the other is wrong."
            ),
            one=survivor.credit_code,
            other=merged.credit_code,
        )
        found.append(wrong("codes_differ", text, "merge.codes"))
    return found


def linked(one: Company, other: Company) -> CompanyLink | None:
    """Return a relation by which both belong to one group, above each other.

    Over any number of levels, at any time; partners are not above each other, but two
    companies nevertheless.
    """
    links = CompanyLink.objects.filter(office=one.office_id).live()
    ends = {one.pk, other.pk}
    direct = links.filter(parent__in=ends, child__in=ends).select_related(
        "parent", "child"
    )
    found: CompanyLink | None = direct.first()
    if found is not None:
        return found
    for top, below in ((one, other), (other, one)):
        seen, level = {top.pk}, {top.pk}
        while level:
            rows = list(
                links.filter(parent__in=level)
                .exclude(relation="partner")
                .select_related("parent", "child")
            )
            hit: CompanyLink | None = next(
                (link for link in rows if link.child_id == below.pk), None
            )
            if hit is not None:
                return hit
            level = {link.child_id for link in rows} - seen
            seen |= level
    return None


def _choices(
    survivor: Company, merged: Company, given: Mapping[str, str], left: str
) -> list[Finding]:
    """Return which choices are none."""
    known = {choice.key: choice for choice in CHOICES}
    found = []
    for key, which in given.items():
        choice = known.get(key)
        allowed = {KEPT, OTHER} | ({BOTH} if choice and choice.parted else set())
        if choice is None or which not in allowed:
            text = say(
                N_("Found %(which)s. Choose one of the two values."), which=which[:40]
            )
            found.append(wrong(key if choice else "", text, "merge.choice"))
    if left not in dict(NAMES_LEFT):
        text = say(N_("Say what becomes of the other name."))
        found.append(wrong("left", text, "merge.left"))
    return found


def merge_part(
    *, by: Member, pk: int, version: int | None = None, why: str = ""
) -> Merge:
    """Take a merge apart again: what was not changed since goes back.

    What did not go back is kept with the merge and shown on its page.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "merging.company.parted") as act:
        merge = act.lock(Merge, pk, version)
        _can_part(act, merge)
        first, second = sorted((merge.survivor_id, merge.merged_id))
        locked = {pk: act.lock_archived(Company, pk) for pk in (first, second)}
        survivor, merged = locked[merge.survivor_id], locked[merge.merged_id]
        refuse(*_strange(), *_cannot_part(merge, survivor, merged))
        back = back_of(merge, survivor)
        value = back.fields.pop("visit_value", survivor.visit_value)
        for name, given in back.fields.items():
            setattr(survivor, name, given)
        act.save(survivor)
        _value(survivor, value)
        merged.archived_on, merged.archived_why, merged.merged_into = None, "", None
        act.save(merged)
        count = carry_back(act, back, merged)
        merge.apart_on, merge.apart_by, merge.apart_why = act.day, by, why.strip()
        merge.stayed = back.stayed
        act.save(merge)
        act.about(survivor)
        act.event("filed", merged, company=merged)
        act.note(
            merge=merge.ref,
            merged=merged.ref,
            moved=count,
            stayed=len(back.stayed),
            why=why.strip(),
        )
        return merge


def _can_part(act: Act, merge: Merge) -> None:
    if merge.apart_on is not None:
        text = say(
            N_("This merge was taken apart on %(day)s already."),
            day=merge.apart_on.isoformat(),
        )
        refuse(wrong("", text, "merge.apart"))


def _cannot_part(merge: Merge, survivor: Company, merged: Company) -> list[Finding]:
    """Return what stands in the way of taking a merge apart."""
    into = survivor.merged_into
    if into is not None:
        text = say(
            N_("%(name)s was itself merged into %(other)s. Take that apart first."),
            name=str(survivor),
            other=str(into),
        )
        return [wrong("", text, "merge.chain")]
    if survivor.archived_on:
        text = say(N_("%(name)s is archived. Bring it back first."), name=str(survivor))
        return [wrong("", text, "merge.archived")]
    if merged.merged_into_id != survivor.pk:
        text = say(
            N_("%(name)s does not stand at this company any more."), name=str(merged)
        )
        return [wrong("", text, "merge.moved")]
    return _code_taken(merged, survivor)


def _code_taken(merged: Company, survivor: Company) -> list[Finding]:
    """Return that another company was entered with the code of the one to come back."""
    code = merged.credit_code
    if not code:
        return []
    third = (
        Company.objects.filter(
            office=merged.office_id, credit_code=code, merged_into=None
        )
        .exclude(pk__in=(merged.pk, survivor.pk))
        .first()
    )
    if third is None:
        return []
    text = say(
        N_(
            "%(name)s (%(firm)s) was entered with the credit code %(code)s since. Merge "
            "the two, or correct that code, and then take this apart."
        ),
        name=str(third),
        firm=third.firm_id,
        code=code,
    )
    return [wrong("", text, "merge.code_taken")]


def pair_apart(*, by: Member, first: int, second: int, why: str = "") -> Apart:
    """Remember that two companies are not the same; no search finds them again.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "merging.pair.apart") as act:
        one, other = _both(act, min(first, second), max(first, second), None, None)
        known = Suspect.objects.filter(first=one, second=other).first()
        twice = Apart.objects.filter(first=one, second=other).live().exists()
        if twice:
            text = say(N_("That these two are not the same is on file already."))
            refuse(wrong("", text, "apart.twice"))
        apart = act.add(
            Apart(
                owner=by,
                first=one,
                second=other,
                said_on=act.day,
                reason=why.strip(),
                why=known.why if known else "",
                score=known.score if known else 0.0,
            )
        )
        if known:
            known.delete()
        act.about(one)
        act.note(pair=[one.ref, other.ref], why=why.strip())
        return apart


def pair_together(*, by: Member, pk: int, version: int | None = None) -> Apart:
    """Take back that two companies are not the same; they stand in the queue again.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "merging.pair.together") as act:
        apart = act.lock(Apart, pk, version)
        apart.archived_on, apart.archived_why = act.day, gettext("Taken back")
        act.save(apart)
        if apart.why:
            Suspect.objects.get_or_create(
                first_id=apart.first_id,
                second_id=apart.second_id,
                defaults={
                    "office": act.office,
                    "why": apart.why,
                    "score": apart.score,
                    "training": apart.training,
                },
            )
        act.about(apart.first)
        act.note(pair=[apart.first.ref, apart.second.ref])
        return apart


def pairs_search(*, by: Member) -> int:
    """Search the office's companies for those that may be one, and store the pairs.

    The names are compared before anything is locked. Of a large office, only companies
    entered or changed since the last search are looked at.

    Returns
    -------
    int
        Number of pairs in the queue.

    Raises
    ------
    PermissionDenied
    """
    if not may(by, "write"):
        raise PermissionDenied
    found = seeking.seek(by.office)
    with acting(by, "merging.pairs.searched") as act:
        count = seeking.store(by.office, found)
        act.note(count=count, all=found.only is None)
        return count
