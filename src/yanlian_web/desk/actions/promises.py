"""Promises of both sides: made, kept, moved, broken or withdrawn.

What was promised stands as it was said: side, number and what it is measured in do not
change afterwards, and the due day only by an agreement with a reason.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.desk.acting import (
    Act,
    acting,
    checks,
    follows,
    refuse,
    wrong,
)
from yanlian_web.desk.actions import papers
from yanlian_web.desk.actions.agreements import binding_mark
from yanlian_web.desk.actions.deals import handles
from yanlian_web.desk.actions.meetings import is_final
from yanlian_web.desk.actions.papers import Given
from yanlian_web.desk.models import Agreement, Evidence, Promise
from yanlian_web.desk.models.base import OURS, THEIRS
from yanlian_web.desk.models.meetings import FINAL
from yanlian_web.offices.models import LogLine, Member

MOVED = "desk.promise.moved"
ARCHIVED, RESTORED = "desk.promise.archived", "desk.promise.restored"
# What is said once.
FIXED = (
    ("side", N_("whose promise it is")),
    ("what", N_("what it is measured in")),
)
# What a closed promise, or an obligation of a signed agreement, keeps as it is.
SAID = (
    "text_en",
    "text_zh",
    "value",
    "made_on",
    "clause",
    "agreement_id",
    "company_id",
)


@checks("promise")
def _check(act: Act, promise: Promise, old: dict[str, Any]) -> list[Finding]:
    if not old:
        promise.due_first = promise.due_on
        _fill(promise)
    return [
        *_who(promise),
        *_days(act, promise, old),
        *_number(promise),
        *_belongs(promise, old),
        *(_changed(act, promise, old) if old else []),
    ]


def _fill(promise: Promise) -> None:
    """Take from agreement, deal and meeting what was not given."""
    agreement, meeting = promise.agreement, promise.meeting
    if agreement is not None:
        promise.company = promise.company or agreement.company
        promise.deal = promise.deal or agreement.deal
    if meeting is not None:
        promise.company = promise.company or meeting.company
        promise.deal = promise.deal or meeting.deal
        promise.gap = promise.gap or meeting.gap
    if promise.deal is not None:
        promise.company = promise.company or promise.deal.company
        promise.gap = promise.gap or promise.deal.gap


def _who(promise: Promise) -> list[Finding]:
    found = []
    if promise.owner_id is None:
        text = (
            say(N_("Name who of us answers for it."))
            if promise.side == OURS
            else say(N_("Name who of us watches that it is kept."))
        )
        found.append(wrong("owner", text, "promise.owner"))
    to = promise.meeting.organisation_id if promise.meeting is not None else None
    if promise.company_id is None and to is None:
        text = say(
            N_(
                "Name the company, or the meeting with an organisation, at which it was "
                "made."
            )
        )
        found.append(wrong("company", text, "promise.company"))
    person = promise.person
    if person is not None and {person.side, promise.side} == {OURS, THEIRS}:
        text = say(
            N_("This person belongs to the other side. Choose who made the promise.")
        )
        found.append(wrong("person", text, "promise.person"))
    return found


def _days(act: Act, promise: Promise, old: dict[str, Any]) -> list[Finding]:
    found = []
    made, due = promise.made_on, promise.due_on
    if made is None:
        text = say(N_("Say on which day it was made."))
        found.append(wrong("made_on", text, "promise.made"))
    elif made > act.day and old.get("made_on") != made:
        text = say(
            N_(
                "Found %(day)s, which is still to come. Expected a day up to %(today)s."
            ),
            day=made.isoformat(),
            today=act.day.isoformat(),
        )
        found.append(wrong("made_on", text, "promise.future"))
    if due is None:
        text = say(N_("Say by which day it has to be kept."))
        found.append(wrong("due_on", text, "promise.due"))
    elif made is not None and due < made:
        text = say(
            N_("It is due on %(due)s, before it was made on %(made)s. Correct one."),
            due=due.isoformat(),
            made=made.isoformat(),
        )
        found.append(wrong("due_on", text, "promise.order"))
    elif old and old["due_on"] != due and act.code != MOVED:
        text = say(N_("The due day is agreed anew with a reason, not written over."))
        found.append(wrong("due_on", text, "promise.moved"))
    return found


def _number(promise: Promise) -> list[Finding]:
    if promise.value is not None and not promise.what:
        text = say(N_("Say what the number is measured in, such as jobs."))
        return [wrong("what", text, "promise.what")]
    if promise.what and promise.value is None:
        text = say(N_("Give the number, or leave out what it is measured in."))
        return [wrong("value", text, "promise.value")]
    # ``inf`` and ``nan`` are found by the field itself.
    value = promise.value
    counted = promise.what in {"jobs", "research"}
    if counted and value is not None and math.isfinite(value) and value % 1:
        text = say(
            N_("Found %(value)s people. Expected a whole number."), value=promise.value
        )
        return [wrong("value", text, "promise.whole")]
    return []


def _belongs(promise: Promise, old: dict[str, Any]) -> list[Finding]:
    """Return where what it belongs to does not fit together."""
    found = []
    for name in ("deal", "meeting", "agreement"):
        target = getattr(promise, name)
        company = getattr(target, "company_id", None)
        if company is not None and promise.company_id not in {None, company}:
            text = say(
                N_("It belongs to another company. Choose one of the same company.")
            )
            found.append(wrong(name, text, "promise.company"))
    if promise.clause and promise.agreement_id is None:
        text = say(N_("A clause needs the agreement it stands in."))
        found.append(wrong("agreement", text, "promise.clause"))
    meeting = promise.meeting
    if (
        meeting is not None
        and meeting.state == FINAL
        and old.get("meeting_id") != meeting.pk
    ):
        found.append(wrong("meeting", is_final(), "meeting.final"))
    return found


def _changed(act: Act, promise: Promise, old: dict[str, Any]) -> list[Finding]:
    found = []
    for name, label in FIXED:
        if old[name] != getattr(promise, name):
            text = say(
                N_(
                    "Found another value of %(what)s. That does not change; withdraw "
                    "this promise and enter the right one."
                ),
                what=say(label),
            )
            found.append(wrong(name, text, "promise.fixed"))
    if act.code in {ARCHIVED, RESTORED}:
        return [*found, *_shelved(act, promise)]
    if act.code != "desk.promise.changed":
        return found
    changed = [name for name in SAID if old[name] != getattr(promise, name)]
    closed = old["kept_on"] or old["broken_on"] or old["withdrawn_on"]
    if changed and closed:
        text = say(
            N_("The promise was settled on %(day)s and does not change any more."),
            day=closed.isoformat(),
        )
        found.append(wrong(changed[0].removesuffix("_id"), text, "promise.closed"))
    elif (
        changed
        and promise.agreement is not None
        and old["agreement_id"]
        and promise.agreement.state != "draft"
    ):
        text = say(
            N_(
                "The agreement is signed, so its obligations do not change. Enter a "
                "supplementary agreement."
            )
        )
        found.append(wrong(changed[0].removesuffix("_id"), text, "promise.signed"))
    return found


def _shelved(act: Act, promise: Promise) -> list[Finding]:
    """Return why a promise cannot be archived or brought back.

    Only what was entered by mistake is archived; it leaves the indicators for good.
    """
    if act.code == RESTORED:
        text = say(N_("It has left the ledger and the indicators. Enter it anew."))
        return [wrong("", text, "promise.restored")]
    if not is_open(promise):
        text = say(N_("A settled promise stays in the ledger."))
        return [wrong("", text, "promise.closed")]
    if promise.agreement is not None and promise.agreement.state != "draft":
        text = say(N_("The agreement is signed, so its obligations stay."))
        return [wrong("", text, "promise.signed")]
    return []


@follows("promise")
def _follow(act: Act, promise: Promise, old: dict[str, Any]) -> None:
    if act.code == ARCHIVED:
        # The log cannot forget it, but nobody has to keep it any more.
        _event(act, "withdrawn", promise, due_on=promise.due_on)
        return
    # A later event of the same promise corrects the one before.
    if not old or any(
        old[key] != getattr(promise, key)
        for key in (
            "value",
            "made_on",
            "deal_id",
            "agreement_id",
            "company_id",
            "gap_id",
        )
    ):
        _event(act, "promised", promise, on=promise.made_on, due_on=promise.due_first)
        if promise.due_on != promise.due_first:
            _event(act, "due_changed", promise, due_on=promise.due_on)


def _event(act: Act, kind: str, promise: Promise, **more: Any) -> None:
    meeting = promise.meeting
    act.event(
        kind,
        promise,
        deal=promise.deal,
        company=promise.company,
        agreement=promise.agreement,
        gap=promise.gap,
        trip=meeting.trip if meeting is not None else None,
        side=promise.side,
        what=promise.what,
        value=promise.value,
        unit=promise.unit,
        marks=_marks(promise.agreement),
        **more,
    )


def _marks(agreement: Agreement | None) -> list[str]:
    """Return whether it binds; what is not signed binds nobody."""
    if agreement is None:
        return []
    return ["nonbinding" if agreement.state == "draft" else binding_mark(agreement)]


def is_open(promise: Promise) -> bool:
    """Tell whether nobody has kept, broken or withdrawn it."""
    return not (promise.kept_on or promise.broken_on or promise.withdrawn_on)


def _closed(promise: Promise) -> list[Finding]:
    if is_open(promise):
        return []
    return [wrong("", say(N_("The promise is settled already.")), "promise.closed")]


def _day(act: Act, field: str, day: datetime.date, promise: Promise) -> list[Finding]:
    """Return that a day is before the promise was made, or still to come."""
    if promise.made_on <= day <= act.day:
        return []
    text = say(
        N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
        day=day.isoformat(),
        first=promise.made_on.isoformat(),
        last=act.day.isoformat(),
    )
    return [wrong(field, text, "promise.day")]


def _why(why: str) -> list[Finding]:
    return [] if why.strip() else [wrong("why", say(N_("Say why.")), "promise.why")]


def promise_keep(
    *,
    by: Member,
    pk: int,
    version: int | None,
    kept_on: datetime.date | None = None,
    paper: Given,
) -> Promise:
    """Write down that a promise was kept, with the paper that shows it.

    A promise found broken may still be kept, late. One paper may keep several.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.promise.kept") as act:
        promise = act.lock(Promise, pk, version)
        day = kept_on or act.day
        found = _day(act, "kept_on", day, promise)
        if promise.kept_on or promise.withdrawn_on:
            text = say(N_("The promise is settled already."))
            found.append(wrong("", text, "promise.closed"))
        seen, about = papers.look(act, [paper])
        found += about
        if not seen and not about:
            text = say(
                N_("Say which paper shows that it was kept, such as a hand-over sheet.")
            )
            found.append(wrong("kind", text, "promise.evidence"))
        refuse(*found)
        promise.kept_on, promise.kept_by = day, by
        act.save(promise)
        papers.put(act, seen, promise=promise)
        act.about(promise)
        _event(act, "kept", promise, on=day, level="evidenced", due_on=promise.due_on)
        return promise


def promise_unkeep(*, by: Member, pk: int, version: int | None, why: str) -> Promise:
    """Take back that a promise was kept, before anybody has verified it.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.promise.reopened") as act:
        promise = act.lock(Promise, pk, version)
        found = _why(why)
        if not promise.kept_on or promise.verified_on:
            text = say(N_("Only what is kept and not yet verified is taken back."))
            found.append(wrong("", text, "promise.unkept"))
        refuse(*found)
        promise.kept_on = promise.kept_by = None
        act.save(promise)
        _event(act, "unkept", promise, due_on=promise.due_on)
        papers.free(act, why.strip(), promise.evidence.filter(archived_on=None))
        act.about(promise)
        act.note(why=why.strip())
        return promise


def promise_verify(*, by: Member, pk: int, version: int | None) -> Promise:
    """Confirm that a promise was kept; not by who answers for it or wrote it down.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.promise.verified", right="verify") as act:
        promise = act.lock(Promise, pk, version)
        found = []
        if not promise.kept_on or promise.verified_on:
            text = say(N_("Only what is kept and not yet verified is confirmed."))
            found.append(wrong("", text, "promise.verify"))
        if involved(promise, by):
            text = say(
                N_(
                    "You answer for this promise, handle its deal or wrote down that it "
                    "was kept, so you cannot confirm it. Ask somebody else."
                )
            )
            found.append(wrong("", text, "promise.four_eyes"))
        refuse(*found)
        promise.verified_on, promise.verified_by = act.day, by
        act.save(promise)
        _event(
            act,
            "kept",
            promise,
            on=promise.kept_on,
            level="verified",
            due_on=promise.due_on,
        )
        return promise


def involved(promise: Promise, member: Member) -> bool:
    """Tell whether a member may not verify a promise.

    Who owned it once counts too: else one could hand it over, confirm and take it back.
    """
    if member.pk in {promise.owner_id, promise.kept_by_id}:
        return True
    if promise.deal is not None and handles(promise.deal, member):
        return True
    if Evidence.objects.filter(
        promise=promise, made_by=member, archived_on=None
    ).exists():
        return True
    lines = LogLine.objects.filter(
        office_id=promise.office_id, subject=promise.ref, code="desk.promise.changed"
    )
    return any(
        member.pk
        in line.data.get("changes", {}).get(promise.ref, {}).get("owner_id", ())
        for line in lines
    )


def promise_move(
    *, by: Member, pk: int, version: int | None, due_on: datetime.date | None, why: str
) -> Promise:
    """Agree on a new due day, with the reason; the first one stays on the record.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, MOVED) as act:
        promise = act.lock(Promise, pk, version)
        found = [*_closed(promise), *_why(why)]
        if due_on is None:
            found.append(wrong("due_on", say(N_("Say until when.")), "promise.due"))
        elif due_on == promise.due_on:
            text = say(N_("That is the day it is due on already."))
            found.append(wrong("due_on", text, "promise.same"))
        elif due_on < act.day:
            text = say(
                N_("Found %(day)s, which has passed. Expected today or a later day."),
                day=due_on.isoformat(),
            )
            found.append(wrong("due_on", text, "promise.past"))
        refuse(*found)
        assert due_on is not None
        promise.due_on = due_on
        act.save(promise)
        act.note(why=why.strip())
        _event(act, "due_changed", promise, due_on=due_on)
        return promise


def promise_move_back(
    *, by: Member, pk: int, version: int | None, due_on: datetime.date, line: int
) -> Promise:
    """Put a due day back that was moved by mistake, even one that has passed.

    Parameters
    ----------
    by : Member
    pk : int
    version : int or None
    due_on : date
        The day it was due on before.
    line : int
        Line of the log that moved it.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, MOVED) as act:
        promise = act.lock(Promise, pk, version)
        refuse(*_closed(promise))
        promise.due_on = due_on
        act.save(promise)
        act.note(undoes=line)
        _event(act, "due_changed", promise, due_on=due_on)
        return promise


def promise_break(
    *,
    by: Member,
    pk: int,
    version: int | None,
    on: datetime.date | None = None,
    why: str,
) -> Promise:
    """Write down that a promise was broken, and why.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.promise.broken") as act:
        promise = act.lock(Promise, pk, version)
        day = on or act.day
        refuse(*_closed(promise), *_day(act, "on", day, promise), *_why(why))
        promise.broken_on, promise.why = day, why.strip()[:500]
        act.save(promise)
        _event(act, "broken", promise, on=day, due_on=promise.due_on)
        return promise


def promise_withdraw(
    *,
    by: Member,
    pk: int,
    version: int | None,
    on: datetime.date | None = None,
    asked: bool = False,
    why: str,
) -> Promise:
    """Withdraw a promise: only the side that it was made to may give it up.

    Parameters
    ----------
    asked : bool
        For a promise of ours: whether the company asked for it. What we cannot keep is
        broken, not withdrawn.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.promise.withdrawn") as act:
        promise = act.lock(Promise, pk, version)
        day = on or act.day
        found = [*_closed(promise), *_day(act, "on", day, promise), *_why(why)]
        if promise.side == OURS and not asked:
            text = say(
                N_(
                    "Only the company can give up what we promised it. If it did not "
                    "ask, agree on a new day or write down that it was broken."
                )
            )
            found.append(wrong("asked", text, "promise.asked"))
        refuse(*found)
        promise.withdrawn_on, promise.why = day, why.strip()[:500]
        act.save(promise)
        _event(act, "withdrawn", promise, on=day, due_on=promise.due_on)
        return promise
