"""The capability book and needs; introductions and what came of them."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian.errors import Finding
from yanlian.suppliers import match_pair
from yanlian.text import N_, say
from yanlian_web.cultivate.actions.issues import ahead
from yanlian_web.cultivate.book import need_of, offer_of, places_of, segments_of
from yanlian_web.cultivate.models import Capability, Match, Need
from yanlian_web.cultivate.models.suppliers import (
    FAILED,
    INTRODUCED,
    ORDERED,
    OUTCOMES,
    QUOTED,
    TRIAL,
)
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.actions.companies import check_source
from yanlian_web.desk.actions.files import file_put
from yanlian_web.desk.models import Company, Deal
from yanlian_web.offices.models import Member

# From landing on, a firm of elsewhere is a firm of here too.
LANDED = ("S8", "S9", "S10", "S11", "S12", "S13")
# How far a match has come; failing is possible from everywhere and can be taken back.
FAR = {INTRODUCED: 0, FAILED: 0, QUOTED: 1, TRIAL: 2, ORDERED: 3}
# Most certificates that anybody asks for or holds.
MOST_CERTIFICATES = 30


def is_here(company: Company) -> bool:
    """Tell whether a company is local or has landed here."""
    return bool(
        company.local
        or Deal.objects.filter(company=company, stage__in=LANDED).live().exists()
    )


def parted(text: str) -> list[str]:
    """Return the parts of a line, parted by semicolons of either language."""
    parts = (part.strip() for part in text.replace("\uff1b", ";").split(";"))
    return list(dict.fromkeys(part for part in parts if part))


def _product(act: Act, row: Any) -> list[Finding]:
    """Check what capabilities and needs have in common, and place them on the chain."""
    found = check_source(act, row)
    row.segment_id = row.segment_id.strip().upper()
    known = segments_of(act.office)
    if row.segment_id and row.segment_id not in known:
        text = say(
            N_(
                "Found “%(code)s”. Expected the code of a segment of the chain, such as "
                "%(some)s; leave it empty to have it found from the text."
            ),
            code=row.segment_id[:40],
            some=next(iter(known), "C45"),
        )
        found.append(wrong("segment_id", text, "book.segment"))
    held = parted(row.certificates)
    if len(held) > MOST_CERTIFICATES:
        text = say(
            N_("Found %(count)s certificates. Expected at most %(most)s."),
            count=len(held),
            most=MOST_CERTIFICATES,
        )
        found.append(wrong("certificates", text, "book.certificates"))
    row.certificates = "; ".join(held)
    amount = row.capacity if isinstance(row, Capability) else row.volume
    if amount is not None and not row.unit:
        text = say(N_("Say in which unit it is counted."))
        found.append(wrong("unit", text, "book.unit"))
    row.places = places_of(act.office, row)
    return found


@checks("capability")
def _check_capability(act: Act, row: Capability, old: dict[str, Any]) -> list[Finding]:
    found = _product(act, row)
    if row.company_id and not is_here(row.company):
        text = say(
            N_(
                "%(name)s is neither local nor landed here. The book is of firms that "
                "are here; a firm of elsewhere is a target."
            ),
            name=str(row.company),
        )
        found.append(wrong("company", text, "book.elsewhere"))
    return found


@checks("need")
def _check_need(act: Act, row: Need, old: dict[str, Any]) -> list[Finding]:
    found = _product(act, row)
    if row.due_on and row.source_on and row.due_on < row.source_on:
        text = say(N_("It is due before it was stated. Correct one of the two."))
        found.append(wrong("due_on", text, "book.order"))
    return found


def match_introduce(
    *,
    by: Member,
    pk: int,
    version: int | None,
    capability: Capability | None,
    how: str,
    on: datetime.date | None = None,
) -> Match:
    """Note that a local firm was introduced to an anchor for one of its needs.

    The points of the sheet on that day are kept with it.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.match.introduced") as act:
        need = act.lock(Need, pk, version)
        day = on or act.day
        found = []
        if need.closed_on:
            text = say(N_("The need is closed. Open it again first."))
            refuse(wrong("", text, "match.closed"))
        if capability is None or capability.office_id != act.office.pk:
            text = say(N_("Choose what of the book is introduced."))
            refuse(wrong("capability", text, "match.capability"))
            raise AssertionError  # refuse has raised
        if capability.company_id == need.company_id:
            text = say(N_("A firm is not introduced to itself. Choose another one."))
            found.append(wrong("capability", text, "match.self"))
        if Match.objects.filter(need=need, capability=capability).live().exists():
            text = say(N_("It was introduced for this need already. Note the outcome."))
            found.append(wrong("capability", text, "match.twice"))
        if not need.source_on <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=need.source_on.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "match.day"))
        if not how.strip():
            text = say(N_("Say how: a visit, a call, the match sheet sent."))
            found.append(wrong("how", text, "match.how"))
        refuse(*found)
        pair = match_pair(need_of(need), offer_of(capability), day)
        match = act.add(
            Match(
                need=need, capability=capability, owner=need.owner or by,
                visibility=need.visibility, state=INTRODUCED, low=pair.low,
                high=pair.high, introduced_on=day, introduced_how=how.strip()[:500],
            )
        )  # fmt: skip
        act.about(match)
        return match


def match_outcome(
    *,
    by: Member,
    pk: int,
    version: int | None,
    outcome: str,
    on: datetime.date | None = None,
    value_cny: float | None = None,
    why: str = "",
    paper: str = "",
    file: Any = None,
) -> Match:
    """Note what came of an introduction.

    An order needs its value and a paper or a file; a failure needs its reason.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.match.outcome") as act:
        match = act.lock(Match, pk, version)
        day = on or act.day
        found = _outcome_wrong(match, outcome, value_cny, why, paper or file or match.file)  # fmt: skip
        first = max(filter(None, (match.introduced_on, match.outcome_on)))
        if day > act.day:
            found.append(wrong("on", ahead(day), "match.day"))
        elif day < first:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=first.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "match.day"))
        refuse(*found)
        if file is not None:
            match.file = file_put(act, file)
        match.state, match.outcome_on = outcome, day
        match.outcome_why = why.strip()[:500]
        if value_cny is not None:
            match.value_cny = value_cny
        if paper.strip():
            match.paper = paper.strip()[:200]
        act.save(match)
        return match


def _outcome_wrong(
    match: Match, outcome: str, value_cny: float | None, why: str, shown: Any
) -> list[Finding]:
    found = []
    if outcome not in OUTCOMES:
        text = say(N_("Choose what came of it."))
        return [wrong("outcome", text, "match.outcome")]
    if outcome != FAILED and FAR[outcome] < FAR[match.state]:
        text = say(N_("It has come further than that already. Choose a later step."))
        found.append(wrong("outcome", text, "match.back"))
    if outcome in {QUOTED, ORDERED} and not value_cny and not match.value_cny:
        text = say(N_("Give the value of a year in yuan."))
        found.append(wrong("value_cny", text, "match.value"))
    if outcome == ORDERED and not shown:
        text = say(N_("Name the order or contract, or attach it."))
        found.append(wrong("paper", text, "match.paper"))
    if outcome == FAILED and not why.strip():
        text = say(N_("Say why; it is what the next introduction learns from."))
        found.append(wrong("why", text, "match.why"))
    return found


def need_close(*, by: Member, pk: int, version: int | None, why: str) -> Need:
    """Close a need: it is served, or nobody asks any more.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.need.closed") as act:
        need = act.lock(Need, pk, version)
        if need.closed_on:
            refuse(wrong("", say(N_("It is closed already.")), "need.closed"))
        if not why.strip():
            text = say(N_("Say whether it is served, or why nobody asks any more."))
            refuse(wrong("why", text, "need.why"))
        need.closed_on, need.closed_why = act.day, why.strip()[:500]
        act.save(need)
        return need


def need_reopen(*, by: Member, pk: int, version: int | None) -> Need:
    """Open a closed need again.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.need.reopened") as act:
        need = act.lock(Need, pk, version)
        if not need.closed_on:
            refuse(wrong("", say(N_("It is open.")), "need.open"))
        need.closed_on, need.closed_why = None, ""
        act.save(need)
        return need
