"""Handing records over: one action, one log line; the receiver confirms; undone so too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied

from yanlian.errors import Finding
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import (
    Act,
    Conflict,
    Refused,
    acting,
    checks,
    may_see,
    refuse,
    wrong,
)
from yanlian_web.desk.duties import HANDED
from yanlian_web.desk.models import KINDS, Record
from yanlian_web.handover.held import MOST
from yanlian_web.handover.models import Handover
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

# Kind, number and version of a record as it was read.
Chosen = tuple[str, int, int]


@checks("handover")
def _check(act: Act, handover: Handover, old: dict[str, Any]) -> list[Finding]:
    if old and old["archived_on"] != handover.archived_on:
        text = say(N_("A handover stays on record. Undo it instead."))
        return [wrong("", text, "handover.stays")]
    return []


def called(record: Record) -> Say:
    """Return a record by its name and number, in both languages."""
    for stem in ("name", "title", "text"):
        en, zh = (getattr(record, f"{stem}_{lang}", "") for lang in ("en", "zh"))
        if en or zh:
            return Say(f"{en or zh} #{record.pk}", f"{zh or en} #{record.pk}")
    return Say(f"#{record.pk}", f"#{record.pk}")


def name_of(member: Member) -> Say:
    """Return the name of a member in both languages."""
    shown = str(member)
    return Say(member.name_en or shown, member.name_zh or shown)


def handover_give(
    *,
    by: Member,
    giver: Member,
    receiver: Member | None,
    chosen: Iterable[Chosen],
    note: str = "",
) -> Handover:
    """Give chosen records of a member to a successor, all of them or none.

    Parameters
    ----------
    by : Member
        The giver, or the head.
    giver, receiver : Member
    chosen : iterable of (str, int, int)
        Kind, number and version of each record, as they were read.
    note : str
        For the successor.

    Raises
    ------
    PermissionDenied
        When somebody other than the giver or the head tries.
    Refused
        With every record that was changed, archived or given away meanwhile.
    """
    if giver.office_id != by.office_id or (giver != by and not may(by, "decide")):
        raise PermissionDenied
    with acting(by, "handover.handover.given") as act:
        listed = list(dict.fromkeys(chosen))
        refuse(*_wrong(by, giver, receiver, listed))
        assert receiver is not None
        found: list[Finding] = []
        records: list[Record] = []
        for kind, pk, version in listed:
            if kind not in HANDED or kind not in KINDS:
                raise PermissionDenied
            records += _taken(act, giver, kind, pk, version, found)
        if len({record.training for record in records}) > 1:
            text = say(
                N_(
                    "Real records and training data are among them. Hand them over "
                    "one after the other."
                )
            )
            found.append(wrong("chosen", text, "handover.mixed"))
        refuse(*found)
        for record in records:
            record.owner = receiver
            try:
                act.save(record)
            except Refused as error:
                found += [_about(record, f.say, f.code) for f in error.findings]
        refuse(*found)
        handover = act.add(
            Handover(
                giver=giver,
                receiver=receiver,
                given_on=act.day,
                owner=receiver,
                note=note.strip(),
                moved=[record.ref for record in records],
            )
        )
        act.about(handover)
        return handover


def _wrong(
    by: Member, giver: Member, receiver: Member | None, listed: list[Chosen]
) -> list[Finding]:
    """Return what is wrong with who gives what to whom."""
    found = []
    if receiver is None or receiver.office_id != by.office_id:
        text = say(N_("Choose who takes over."))
        found.append(wrong("receiver", text, "handover.receiver"))
    elif receiver == giver:
        text = say(N_("Giver and successor are the same. Choose somebody else."))
        found.append(wrong("receiver", text, "handover.same"))
    elif not may(receiver, "write") or not receiver.user.is_active:
        text = say(
            N_("%(name)s cannot change records. Choose an officer or the head."),
            name=name_of(receiver),
        )
        found.append(wrong("receiver", text, "handover.receiver"))
    if not listed:
        text = say(N_("Choose at least one record."))
        found.append(wrong("chosen", text, "handover.none"))
    if len(listed) > MOST:
        text = say(
            N_(
                "Found %(count)s records. At most %(most)s go over at once; hand over "
                "the rest afterwards."
            ),
            count=len(listed),
            most=MOST,
        )
        found.append(wrong("chosen", text, "handover.many"))
    return found


def _about(record: Record, text: Say, code: str) -> Finding:
    shown = say(N_("%(record)s: %(text)s"), record=called(record), text=text)
    return wrong("chosen", shown, code)


def _taken(
    act: Act, giver: Member, kind: str, pk: int, version: int, found: list[Finding]
) -> list[Record]:
    """Return a record that goes over, locked; else say what came between."""
    try:
        record = act.lock(KINDS[kind], pk, version)
    except Conflict as error:
        found.append(_about(error.record, error.say, "handover.changed"))
        return []
    except Refused as error:
        record = KINDS[kind].objects.get(pk=pk)
        found += [_about(record, f.say, f.code) for f in error.findings]
        return []
    if record.owner_id != giver.pk:
        text = say(N_("%(name)s does not answer for it any more."), name=name_of(giver))
        found.append(_about(record, text, "handover.owner"))
        return []
    return [record]


def handover_confirm(*, by: Member, pk: int, version: int | None) -> Handover:
    """Confirm that one has taken over; the receiver alone does so."""
    with acting(by, "handover.handover.confirmed") as act:
        handover = act.lock(Handover, pk, version)
        found = _settled(handover)
        if handover.confirmed_on:
            text = say(N_("It was confirmed already."))
            found.append(wrong("", text, "handover.confirmed"))
        elif handover.receiver_id != by.pk:
            text = say(
                N_("%(name)s confirms it, who takes over."),
                name=name_of(handover.receiver),
            )
            found.append(wrong("", text, "handover.receiver"))
        refuse(*found)
        handover.confirmed_on = act.day
        act.save(handover)
        return handover


def may_undo(handover: Handover, member: Member) -> bool:
    """Tell whether a member may undo a handover.

    Until it is confirmed whoever gave or was to receive may, and the head always.
    """
    if handover.undone_on:
        return False
    if may(member, "decide"):
        return True
    sides = {handover.giver_id, handover.receiver_id, handover.made_by_id}
    return handover.confirmed_on is None and member.pk in sides


def handover_undo(*, by: Member, pk: int, version: int | None, why: str) -> Handover:
    """Give the records back; what somebody else has taken since stays there.

    Only the owner goes back, so that nothing that was changed since is lost.
    """
    with acting(by, "handover.handover.undone") as act:
        handover = act.lock(Handover, pk, version)
        found = _settled(handover)
        if not found and not may_undo(handover, by):
            text = say(
                N_("It was confirmed. Only the head of the office can undo it now.")
            )
            found.append(wrong("", text, "handover.undo"))
        if not why.strip():
            found.append(wrong("why", say(N_("Say why.")), "handover.why"))
        refuse(*found)
        left = []
        for ref in handover.moved:
            kind, _, number = ref.partition(":")
            record = _still(act, handover, kind, int(number))
            if record is None:
                left.append(ref)
                continue
            record.owner = handover.giver
            act.save(record)
        handover.left = left
        handover.undone_on, handover.undone_by = act.day, by
        handover.undone_why = why.strip()
        act.save(handover)
        act.about(handover)
        return handover


def _still(act: Act, handover: Handover, kind: str, pk: int) -> Record | None:
    """Return a record that is still with the receiver, locked; None otherwise."""
    model = KINDS.get(kind)
    record = model.objects.filter(pk=pk, office=act.office).first() if model else None
    if (
        record is None
        or record.owner_id != handover.receiver_id
        or record.archived_on
        or not may_see(act.by, record)
    ):
        return None
    locked: Record = act.lock(type(record), pk)
    return locked


def _settled(handover: Handover) -> list[Finding]:
    if handover.undone_on is None:
        return []
    text = say(
        N_("It was undone on %(day)s."),
        day=handover.undone_on.isoformat(),
    )
    return [wrong("", text, "handover.undone")]
