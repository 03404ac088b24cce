"""Agreements: drafted, signed with their text, moved on, corrected and ended.

Whether one binds comes from its kind and from nothing else. Once it is signed, what was
signed stands: the kind, the company, the deal and the amount do not change by editing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from yanlian.errors import Finding
from yanlian.progress.clauses import needed_clauses
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, Refused, acting, checks, follows, refuse, wrong
from yanlian_web.desk.actions.files import (
    Looked,
    attach,
    file_keep,
    file_look,
    file_put,
)
from yanlian_web.desk.models import Agreement, Party, Promise
from yanlian_web.desk.models.base import INTERNAL, MOST_CNY, OURS, THEIRS
from yanlian_web.offices.models import Member

# What stays as it was signed.
FIXED = (
    ("sort_of", N_("the kind")),
    ("company_id", N_("the company")),
    ("deal_id", N_("the deal")),
    ("amount", N_("the amount")),
    ("currency", N_("the currency")),
    ("rate", N_("the rate")),
    ("signed_on", N_("the day of signing")),
)
CORRECTED = "desk.agreement.corrected"
SIDES_SAID = {OURS: N_("our side"), THEIRS: N_("their side")}


@checks("agreement")
def _check(act: Act, agreement: Agreement, old: dict[str, Any]) -> list[Finding]:
    found = [*_amount(agreement), *_belongs(agreement), *_days(agreement)]
    if not old:
        agreement.owner = agreement.owner or act.by
        if agreement.state != "draft":
            text = say(N_("An agreement begins as a draft. Sign it with its text."))
            found.append(wrong("state", text, "agreement.state"))
    elif old["state"] != "draft":
        found += _fixed(act, agreement, old)
    return found


def _amount(agreement: Agreement) -> list[Finding]:
    """Reckon the amount in yuan; say what is wrong with its parts."""
    agreement.value_cny = None
    if agreement.currency == "CNY":
        agreement.rate = 1.0
    amount, rate = agreement.amount, agreement.rate
    if amount is None:
        return []
    if agreement.sort_of == "supervision":
        text = say(
            N_(
                "Found an amount in a supervision agreement. The amount stands in the "
                "investment agreement it supervises; leave it empty here, or it would "
                "count twice."
            )
        )
        return [wrong("amount", text, "agreement.twice")]
    if rate is None or rate == 0:
        text = say(
            N_(
                "Found an amount in %(currency)s without a rate. Expected the yuan for "
                "one %(currency)s on the day of signing."
            ),
            currency=agreement.currency,
        )
        return [wrong("rate", text, "agreement.rate")]
    if not (amount >= 0 and rate > 0):
        return []  # negative and absent numbers are found by the fields themselves
    value = amount * rate
    if value > MOST_CNY:
        text = say(
            N_(
                "Found %(value)s yuan. Expected at most %(most)s; check the unit and "
                "the rate."
            ),
            value=f"{value:,.0f}",
            most=f"{MOST_CNY:,.0f}",
        )
        return [wrong("amount", text, "agreement.absurd")]
    agreement.value_cny = value
    return []


def _belongs(agreement: Agreement) -> list[Finding]:
    """Return where company, deal and the agreement it follows do not fit together."""
    found = []
    if not agreement.company_id:
        return []
    if agreement.deal is not None and agreement.deal.company_id != agreement.company_id:
        text = say(
            N_("The deal belongs to another company. Choose a deal of this company.")
        )
        found.append(wrong("deal", text, "agreement.deal"))
    before = agreement.follows
    if before is not None:
        if before.company_id != agreement.company_id:
            text = say(
                N_(
                    "It follows an agreement with another company. Choose one with this "
                    "company."
                )
            )
            found.append(wrong("follows", text, "agreement.follows"))
        elif agreement.pk and agreement.pk in _before(before):
            text = say(
                N_("It would follow itself. Choose an agreement that came before it.")
            )
            found.append(wrong("follows", text, "agreement.circle"))
    return found


def _before(agreement: Agreement | None) -> set[int]:
    """Return the numbers of an agreement and of all it follows."""
    seen: set[int] = set()
    while agreement is not None and agreement.pk not in seen:
        seen.add(agreement.pk)
        agreement = agreement.follows
    return seen


def _days(agreement: Agreement) -> list[Finding]:
    start, end = agreement.signed_on, agreement.expires_on
    if start and end and end < start:
        text = say(
            N_(
                "Found an expiry on %(end)s, before it was signed on %(start)s. Correct "
                "one of the two."
            ),
            end=end.isoformat(),
            start=start.isoformat(),
        )
        return [wrong("expires_on", text, "agreement.order")]
    return []


def _fixed(act: Act, agreement: Agreement, old: dict[str, Any]) -> list[Finding]:
    """Return what was changed of a signed text."""
    allowed = {"amount", "rate"} if act.code == CORRECTED else set()
    found = []
    for name, label in FIXED:
        if name in allowed or old[name] == getattr(agreement, name):
            continue
        text = say(
            N_(
                "The agreement was signed on %(day)s; %(what)s does not change any more. "
                "Enter a supplementary agreement, or have the head correct a typing "
                "error."
            ),
            day=old["signed_on"].isoformat() if old["signed_on"] else "\u2013",
            what=say(label),
        )
        found.append(wrong(name.removesuffix("_id"), text, "agreement.signed"))
    return found


@follows("agreement")
def _follow(act: Act, agreement: Agreement, old: dict[str, Any]) -> None:
    if not old:
        act.event(
            "filed",
            agreement,
            agreement=agreement,
            deal=agreement.deal,
            company=agreement.company,
        )


@checks("party")
def _check_party(act: Act, party: Party, old: dict[str, Any]) -> list[Finding]:
    if party.agreement_id and party.agreement.state != "draft":
        only = {"signed_by", "archived_on", "archived_why"}
        changed = {k for k, v in old.items() if v != getattr(party, k)}
        if not old or changed - only or "archived_on" in changed:
            text = say(
                N_(
                    "The agreement is signed; its parties do not change any more. Enter "
                    "a supplementary agreement."
                )
            )
            return [wrong("agreement", text, "party.signed")]
    return []


def binding_mark(agreement: Agreement) -> str:
    """Return the mark by which events tell whether a text binds."""
    return "binding" if agreement.binding else "nonbinding"


def agreement_sign(
    *,
    by: Member,
    pk: int,
    version: int | None,
    signed_on: datetime.date | None,
    file: Any,
    expires_on: datetime.date | None = None,
    next_en: str = "",
    next_zh: str = "",
    next_on: datetime.date | None = None,
    prevails: str = "",
) -> Agreement:
    """Note that an agreement was signed, and keep its text.

    Its obligations are written down again with whether they bind, so that what is
    counted from them follows the signature.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.agreement.signed") as act:
        agreement = act.lock(Agreement, pk, version)
        found: list[Finding] = []
        if agreement.state != "draft":
            text = say(N_("It is signed already."))
            refuse(wrong("", text, "agreement.state"))
        agreement.expires_on = expires_on or agreement.expires_on
        agreement.next_en = next_en.strip() or agreement.next_en
        agreement.next_zh = next_zh.strip() or agreement.next_zh
        agreement.next_on = next_on or agreement.next_on
        agreement.prevails = prevails or agreement.prevails
        found += _signing(act, agreement, signed_on)
        looked: Looked | None = None
        if file is None:
            text = say(N_("Choose the file of the signed text."))
            found.append(wrong("file", text, "agreement.file"))
        else:
            try:
                looked = file_look(file)
            except Refused as error:
                found += error.findings
        refuse(*found)
        assert looked is not None
        agreement.file = file_keep(act, looked)
        agreement.state, agreement.signed_on = "signed", signed_on
        act.save(agreement)
        act.note(file=looked.sha256, name=looked.name)
        _signed_event(act, agreement)
        for promise in _obligations(agreement):
            _promised_again(act, agreement, promise)
        return agreement


def _signed_event(act: Act, agreement: Agreement) -> None:
    act.event(
        "signed",
        agreement,
        agreement=agreement,
        deal=agreement.deal,
        company=agreement.company,
        on=agreement.signed_on,
        what=agreement.sort_of,
        value=agreement.value_cny,
        unit="CNY" if agreement.value_cny is not None else "",
        level="evidenced",
        marks=[binding_mark(agreement)],
    )


def _obligations(agreement: Agreement) -> Iterable[Promise]:
    return agreement.obligations.filter(archived_on=None, withdrawn_on=None)


def _promised_again(act: Act, agreement: Agreement, promise: Promise) -> None:
    act.event(
        "promised",
        promise,
        agreement=agreement,
        deal=agreement.deal,
        company=agreement.company,
        gap=promise.gap,
        trip=promise.meeting.trip if promise.meeting else None,
        on=promise.made_on,
        due_on=promise.due_first,
        what=promise.what,
        value=promise.value,
        unit=promise.unit,
        side=promise.side,
        marks=[binding_mark(agreement)],
    )
    if promise.due_on != promise.due_first:
        # The day agreed anew still holds; written again, it comes after the promise.
        act.event(
            "due_changed",
            promise,
            agreement=agreement,
            deal=agreement.deal,
            company=agreement.company,
            due_on=promise.due_on,
            side=promise.side,
        )


def _signing(
    act: Act, agreement: Agreement, signed_on: datetime.date | None
) -> list[Finding]:
    """Return all that speaks against signing."""
    found = []
    if signed_on is None:
        found.append(wrong("signed_on", say(N_("Say on which day.")), "agreement.day"))
    elif signed_on > act.day:
        text = say(
            N_(
                "Found %(day)s, which is still to come. Expected a day up to %(today)s."
            ),
            day=signed_on.isoformat(),
            today=act.day.isoformat(),
        )
        found.append(wrong("signed_on", text, "agreement.future"))
    elif agreement.expires_on and agreement.expires_on < signed_on:
        text = say(
            N_(
                "Found an expiry on %(end)s, before it was signed on %(start)s. Correct "
                "one of the two."
            ),
            end=agreement.expires_on.isoformat(),
            start=signed_on.isoformat(),
        )
        found.append(wrong("expires_on", text, "agreement.order"))
    sides = set(
        agreement.parties.filter(archived_on=None).values_list("side", flat=True)
    )
    found += [
        wrong("", _no_party(side), "agreement.party")
        for side in (OURS, THEIRS)
        if side not in sides
    ]
    if agreement.sort_of == "investment":
        found += _investment(agreement)
    if not agreement.binding:
        found += _framework(agreement)
    if agreement.sort_of in {"supplement", "supervision"}:
        before = agreement.follows
        if before is None or not before.binding or before.state == "draft":
            text = say(
                N_(
                    "Name the signed agreement that it changes or supervises under "
                    "“Follows”; it has to be one that binds."
                )
            )
            found.append(wrong("", text, "agreement.follows"))
    return found


def _no_party(side: str) -> Say:
    return say(
        N_("There is no party of %(side)s. Add it before the agreement is signed."),
        side=say(SIDES_SAID[side]),
    )


def _investment(agreement: Agreement) -> list[Finding]:
    found = []
    if not agreement.value_cny or not agreement.amount_basis.strip():
        text = say(
            N_(
                "An investment agreement needs its amount, the currency, and what the "
                "amount is. Enter them before it is signed."
            )
        )
        found.append(wrong("", text, "agreement.amount"))
    sides = {promise.side for promise in _obligations(agreement)}
    for side in (OURS, THEIRS):
        if side not in sides:
            text = say(
                N_(
                    "There is no obligation of %(side)s. Add at least one, with its day, "
                    "before the agreement is signed."
                ),
                side=say(SIDES_SAID[side]),
            )
            found.append(wrong("", text, "agreement.obligation"))
    return found


def _framework(agreement: Agreement) -> list[Finding]:
    found = []
    if agreement.expires_on is None:
        text = say(
            N_("A text that does not bind needs a day on which it lapses. Give it.")
        )
        found.append(wrong("expires_on", text, "agreement.expiry"))
    if agreement.next_on is None or not (agreement.next_en or agreement.next_zh):
        text = say(N_("Say what the next step is, and by when."))
        found.append(wrong("next_on", text, "agreement.next"))
    return found


def agreement_extend(
    *,
    by: Member,
    pk: int,
    version: int | None,
    expires_on: datetime.date,
    why: str,
) -> Agreement:
    """Move the expiry of a signed agreement to a later day; the reason is kept."""
    with acting(by, "desk.agreement.extended") as act:
        agreement = act.lock(Agreement, pk, version)
        found = []
        if agreement.state != "signed":
            text = say(N_("Only a signed agreement that has not ended is extended."))
            found.append(wrong("", text, "agreement.state"))
        before = agreement.expires_on
        least = max(filter(None, (before, agreement.signed_on)), default=None)
        if least is not None and expires_on <= least:
            text = say(
                N_("Found %(day)s. Expected a day after %(least)s."),
                day=expires_on.isoformat(),
                least=least.isoformat(),
            )
            found.append(wrong("expires_on", text, "agreement.order"))
        found += _why(why)
        refuse(*found)
        agreement.expires_on = expires_on
        act.save(agreement)
        act.note(why=why.strip())
        return agreement


def agreement_next(
    *,
    by: Member,
    pk: int,
    version: int | None,
    next_on: datetime.date | None,
    next_en: str = "",
    next_zh: str = "",
) -> Agreement:
    """Say what the next step of an agreement is."""
    with acting(by, "desk.agreement.next") as act:
        agreement = act.lock(Agreement, pk, version)
        found = []
        if agreement.state == "ended":
            found.append(wrong("", say(N_("It has ended.")), "agreement.state"))
        if next_on is None or not (next_en.strip() or next_zh.strip()):
            text = say(N_("Say what the next step is, and by when."))
            found.append(wrong("next_on", text, "agreement.next"))
        elif next_on < act.day:
            text = say(
                N_("Found %(day)s, which has passed. Expected today or a later day."),
                day=next_on.isoformat(),
            )
            found.append(wrong("next_on", text, "agreement.next"))
        refuse(*found)
        agreement.next_on = next_on
        agreement.next_en, agreement.next_zh = next_en.strip(), next_zh.strip()
        act.save(agreement)
        return agreement


def agreement_end(
    *,
    by: Member,
    pk: int,
    version: int | None,
    ended_on: datetime.date | None,
    why: str,
) -> Agreement:
    """Note that a signed agreement has ended; what was counted of it stays counted."""
    with acting(by, "desk.agreement.ended") as act:
        agreement = act.lock(Agreement, pk, version)
        found = []
        day = ended_on or act.day
        if agreement.state != "signed":
            text = say(N_("Only a signed agreement can end."))
            found.append(wrong("", text, "agreement.state"))
        elif day > act.day or (agreement.signed_on and day < agreement.signed_on):
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=str(agreement.signed_on),
                last=act.day.isoformat(),
            )
            found.append(wrong("ended_on", text, "agreement.day"))
        found += _why(why)
        refuse(*found)
        agreement.state, agreement.ended_on = "ended", day
        agreement.ended_why = why.strip()
        act.save(agreement)
        return agreement


def agreement_correct(
    *,
    by: Member,
    pk: int,
    version: int | None,
    amount: float | None,
    rate: float | None,
    why: str,
) -> Agreement:
    """Correct a typing error in the amount of a signed agreement; only the head may.

    The signature is written down again and takes the place of the first.
    """
    with acting(by, CORRECTED, right="decide") as act:
        agreement = act.lock(Agreement, pk, version)
        found = list(_why(why))
        if agreement.state == "draft":
            text = say(N_("It is a draft; change it directly."))
            found.append(wrong("", text, "agreement.state"))
        if agreement.sort_of == "investment" and not amount:
            text = say(N_("An investment agreement needs an amount above zero."))
            found.append(wrong("amount", text, "agreement.amount"))
        refuse(*found)
        agreement.amount = amount
        agreement.rate = rate if rate is not None else agreement.rate
        act.save(agreement)
        act.note(why=why.strip())
        _signed_event(act, agreement)
        return agreement


def agreement_clauses(
    *, by: Member, pk: int, version: int | None, clauses: Iterable[str]
) -> Agreement:
    """Note which clauses the text has; what is absent is warned of."""
    with acting(by, "desk.agreement.clauses") as act:
        agreement = act.lock(Agreement, pk, version)
        known = [item.code for item in needed_clauses(agreement.sort_of)]
        chosen = set(clauses)
        if chosen - set(known):
            text = say(N_("There is no such clause for this kind of agreement."))
            refuse(wrong("clauses", text, "clause.kind"))
        agreement.clauses = ";".join(code for code in known if code in chosen)
        act.save(agreement)
        act.about(agreement)
        return agreement


def agreement_attach(
    *, by: Member, pk: int, version: int | None, file: Any, note: str = ""
) -> Agreement:
    """Attach a file to an agreement beside its signed text."""
    with acting(by, "desk.agreement.attached") as act:
        agreement = act.lock(Agreement, pk)
        if file is None:
            refuse(wrong("file", say(N_("Choose a file.")), "file.none"))
        act.about(agreement)
        attach(act, agreement, file_put(act, file), label=INTERNAL, note=note.strip())
        return agreement


def _why(why: str) -> list[Finding]:
    return [] if why.strip() else [wrong("why", say(N_("Say why.")), "desk.why")]
