"""Meetings: planned, written up, made final, opened again; what was learned there."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.actions.files import attach, file_put
from yanlian_web.desk.models import (
    Attachment,
    Attendance,
    Event,
    Fact,
    Meeting,
    Promise,
    Question,
)
from yanlian_web.desk.models.base import OURS, THEIRS
from yanlian_web.desk.models.meetings import (
    CALL,
    CANCELLED,
    DRAFT,
    FINAL,
    INBOUND,
    OUTBOUND,
    PLANNED,
)
from yanlian_web.offices.models import Member

STARTED = "desk.meeting.started"
MADE_FINAL = "desk.meeting.final"
REOPENED = "desk.meeting.reopened"
CANCELLED_CODE = "desk.meeting.cancelled"
TRIP_CANCELLED = "desk.trip.cancelled"
# Actions that move a meeting from one state to another.
MOVING = frozenset({STARTED, MADE_FINAL, REOPENED, CANCELLED_CODE, TRIP_CANCELLED})
# What of a final record still changes: who answers for it and who sees it.
LOOSE = frozenset(
    {
        "owner_id", "visibility", "version", "changed_at", "archived_on",
        "archived_why", "training",
    }
)  # fmt: skip
VISITS = (OUTBOUND, INBOUND)


@checks("meeting")
def _check(act: Act, meeting: Meeting, old: dict[str, Any]) -> list[Finding]:
    _fill(act, meeting, old)
    found = [*_whom(meeting), *_times(meeting)]
    if meeting.state != old.get("state", PLANNED) and act.code not in MOVING:
        text = say(
            N_(
                "A meeting begins as planned; its record is started, made final or "
                "cancelled by an action of its own."
            )
        )
        found.append(wrong("", text, "meeting.state"))
    if old and old["state"] in {FINAL, CANCELLED} and act.code not in MOVING:
        changed = [
            key
            for key, value in old.items()
            if key not in LOOSE and getattr(meeting, key) != value
        ]
        if changed and old["state"] == FINAL:
            found.append(wrong("", is_final(), "meeting.final"))
        elif changed:
            text = say(N_("The meeting was cancelled. Enter a new one."))
            found.append(wrong("", text, "meeting.cancelled"))
    if old and old["state"] == FINAL and act.code == "desk.meeting.archived":
        text = say(
            N_("A final record stays: it counts as contact, and facts rest on it.")
        )
        found.append(wrong("", text, "meeting.final"))
    return [*found, *_pair(meeting, old)]


def is_final() -> Any:
    """Return what is said to who would change a final record."""
    return say(
        N_(
            "The record is final and does not change. The head of office can open it "
            "again, with a reason."
        )
    )


def _fill(act: Act, meeting: Meeting, old: dict[str, Any]) -> None:
    """Take from deal and company what was not given."""
    if not old:
        meeting.owner = meeting.owner or act.by
        if meeting.deal is not None:
            meeting.company = meeting.company or meeting.deal.company
            meeting.gap = meeting.gap or meeting.deal.gap
    whom = meeting.company or meeting.organisation
    if whom is not None and not meeting.title_en and not meeting.title_zh:
        meeting.title_en, meeting.title_zh = whom.name_en, whom.name_zh


def _whom(meeting: Meeting) -> list[Finding]:
    found = []
    nobody = meeting.company_id is None and meeting.organisation_id is None
    if meeting.way in {*VISITS, CALL} and nobody:
        text = say(
            N_("Name the company or the organisation. Only an event may go without.")
        )
        found.append(wrong("company", text, "meeting.company"))
    deal = meeting.deal
    if deal is not None and meeting.company_id not in {None, deal.company_id}:
        text = say(
            N_("The deal belongs to another company. Choose a deal of this company.")
        )
        found.append(wrong("deal", text, "meeting.deal"))
    trip = meeting.trip
    if (
        trip is not None
        and isinstance(meeting.on, datetime.date)
        and not trip.from_on <= meeting.on <= trip.to_on
    ):
        text = say(
            N_("Found %(day)s. The trip goes from %(first)s to %(last)s."),
            day=meeting.on.isoformat(),
            first=trip.from_on.isoformat(),
            last=trip.to_on.isoformat(),
        )
        found.append(wrong("on", text, "meeting.trip"))
    return found


def _times(meeting: Meeting) -> list[Finding]:
    start, end = meeting.start_min, meeting.end_min
    if end is not None and start is None:
        text = say(N_("Say when it begins, or leave out when it ends."))
        return [wrong("start_min", text, "meeting.start")]
    if start is not None and start == end:
        text = say(N_("It ends when it begins. Correct one of the two."))
        return [wrong("end_min", text, "meeting.end")]
    return []


def _pair(meeting: Meeting, old: dict[str, Any]) -> list[Finding]:
    pair = meeting.pair
    if pair is None or meeting.pair_id == old.get("pair_id"):
        return []
    ways = {meeting.way, pair.way}
    if ways != set(VISITS) or pair.company_id != meeting.company_id:
        text = say(
            N_("A return visit answers a visit the other way, of the same company.")
        )
        return [wrong("pair", text, "meeting.pair")]
    return []


@checks("attendance")
def _check_attendance(act: Act, row: Attendance, old: dict[str, Any]) -> list[Finding]:
    if row.person_id and row.person.side in {OURS, THEIRS}:
        row.side = row.person.side
    return _open(row.meeting if row.meeting_id else None)


@checks("question")
def _check_question(act: Act, row: Question, old: dict[str, Any]) -> list[Finding]:
    return _open(row.meeting if row.meeting_id else None)


def _open(meeting: Meeting | None) -> list[Finding]:
    """Return that a record hangs on a meeting that does not change any more."""
    if meeting is None or meeting.state != FINAL:
        return []
    return [wrong("", is_final(), "meeting.final")]


def meeting_start(*, by: Member, pk: int, version: int | None) -> Meeting:
    """Begin the record of a planned meeting; it is a draft from then on.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, STARTED) as act:
        meeting = act.lock(Meeting, pk, version)
        if meeting.state != PLANNED:
            text = say(N_("Only a planned meeting is begun."))
            refuse(wrong("", text, "meeting.state"))
        meeting.state = DRAFT
        act.save(meeting)
        return meeting


def meeting_final(
    *,
    by: Member,
    pk: int,
    version: int | None,
    summary_en: str | None = None,
    summary_zh: str | None = None,
    no_promises: bool | None = None,
) -> Meeting:
    """Make the record of a meeting final; what was learned becomes part of the dossier.

    It needs people of both sides, a summary in one language, and either promises or
    that none was made. All that is missing is told at once.

    Parameters
    ----------
    summary_en, summary_zh, no_promises
        As they shall stand; None leaves what is there.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, MADE_FINAL) as act:
        meeting = act.lock(Meeting, pk, version)
        if summary_en is not None:
            meeting.summary_en = summary_en.strip()
        if summary_zh is not None:
            meeting.summary_zh = summary_zh.strip()
        if no_promises is not None:
            meeting.no_promises = no_promises
        refuse(*_not_final(act, meeting))
        meeting.state, meeting.final_on = FINAL, act.day
        act.save(meeting)
        act.about(meeting)
        _facts(act, meeting, draft=False)
        _contact(act, meeting)
        return meeting


def _not_final(act: Act, meeting: Meeting) -> list[Finding]:
    """Return all that speaks against making a record final."""
    found = []
    if meeting.state != DRAFT:
        text = say(N_("Only a draft is made final. Start the record first."))
        found.append(wrong("", text, "meeting.state"))
    if meeting.on > act.day:
        text = say(
            N_("The meeting is on %(day)s, which is still to come."),
            day=meeting.on.isoformat(),
        )
        found.append(wrong("", text, "meeting.future"))
    sides = set(meeting.people.filter(archived_on=None).values_list("side", flat=True))
    if OURS not in sides:
        text = say(N_("Nobody of our side is on the list. Add who was there."))
        found.append(wrong("", text, "meeting.ours"))
    if THEIRS not in sides:
        text = say(N_("Nobody of their side is on the list. Add who was there."))
        found.append(wrong("", text, "meeting.theirs"))
    if not (meeting.summary_en.strip() or meeting.summary_zh.strip()):
        text = say(N_("Sum up what came out, in English or in Chinese."))
        found.append(wrong("summary_en", text, "meeting.summary"))
    made = Promise.objects.filter(meeting=meeting, archived_on=None).exists()
    if not made and not meeting.no_promises:
        text = say(
            N_("Enter the promises that were made, or say that no promise was made.")
        )
        found.append(wrong("no_promises", text, "meeting.promises"))
    if made and meeting.no_promises:
        text = say(
            N_(
                "Promises of this meeting are on file, so it cannot be said that none "
                "was made."
            )
        )
        found.append(wrong("no_promises", text, "meeting.promises"))
    return found


def _facts(act: Act, meeting: Meeting, *, draft: bool) -> None:
    """Put what was learned on the dossier, or take it back with the record."""
    rows = Fact.objects.filter(meeting=meeting, draft=not draft, archived_on=None)
    for pk in rows.values_list("pk", flat=True):
        fact = act.lock(Fact, pk)
        fact.draft = draft
        act.save(fact)


def _contact(act: Act, meeting: Meeting) -> None:
    """Write down the contact once, however often the record is opened again."""
    known = Event.objects.filter(
        office=act.office, subject=meeting.ref, kind="contact", on=meeting.on
    )
    if meeting.company is None or known.exists():
        return
    act.event(
        "contact",
        meeting,
        deal=meeting.deal,
        company=meeting.company,
        gap=meeting.gap,
        trip=meeting.trip,
        on=meeting.on,
        what=meeting.way,
    )


def meeting_reopen(*, by: Member, pk: int, version: int | None, why: str) -> Meeting:
    """Open a final record again; only the head may, and says why."""
    with acting(by, REOPENED, right="decide") as act:
        meeting = act.lock(Meeting, pk, version)
        found = []
        if meeting.state != FINAL:
            text = say(N_("Only a final record is opened again."))
            found.append(wrong("", text, "meeting.state"))
        if not why.strip():
            text = say(N_("Say why it is opened again."))
            found.append(wrong("why", text, "meeting.why"))
        refuse(*found)
        meeting.state, meeting.final_on = DRAFT, None
        act.save(meeting)
        act.about(meeting)
        act.note(why=why.strip())
        _facts(act, meeting, draft=True)
        return meeting


def meeting_cancel(*, by: Member, pk: int, version: int | None, why: str) -> Meeting:
    """Cancel a meeting that was planned or begun; the reason is kept."""
    with acting(by, CANCELLED_CODE) as act:
        meeting = act.lock(Meeting, pk, version)
        found = []
        if meeting.state not in {PLANNED, DRAFT}:
            text = say(N_("A final or cancelled meeting cannot be cancelled."))
            found.append(wrong("", text, "meeting.state"))
        if not why.strip():
            text = say(N_("Say why it is cancelled."))
            found.append(wrong("why", text, "meeting.why"))
        refuse(*found)
        cancel(act, meeting, why)
        return meeting


def cancel(act: Act, meeting: Meeting, why: str) -> None:
    """Set a locked meeting as cancelled."""
    meeting.state, meeting.why = CANCELLED, why.strip()[:500]
    act.save(meeting)
    act.note(why=why.strip())


def meeting_return(
    *,
    by: Member,
    pk: int,
    version: int | None,
    on: datetime.date | None,
    start_min: int | None = None,
    end_min: int | None = None,
    place_en: str = "",
    place_zh: str = "",
) -> Meeting:
    """Plan the return visit of a visit, as its pair.

    Returns
    -------
    Meeting
        The one that was planned.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.meeting.returned") as act:
        first = act.lock(Meeting, pk, version)
        found = []
        if first.way not in VISITS or first.state == CANCELLED:
            text = say(N_("Only a visit is returned."))
            found.append(wrong("", text, "meeting.way"))
        if returned(first) is not None:
            text = say(N_("Its return visit is planned already."))
            found.append(wrong("", text, "meeting.pair"))
        if on is None:
            found.append(wrong("on", say(N_("Say on which day.")), "meeting.day"))
        elif on < first.on:
            text = say(
                N_("Found %(day)s, before the visit itself on %(first)s."),
                day=on.isoformat(),
                first=first.on.isoformat(),
            )
            found.append(wrong("on", text, "meeting.order"))
        refuse(*found)
        assert on is not None
        made = act.add(
            Meeting(
                way=INBOUND if first.way == OUTBOUND else OUTBOUND,
                title_en=first.title_en,
                title_zh=first.title_zh,
                company=first.company,
                organisation=first.organisation,
                deal=first.deal,
                gap=first.gap,
                on=on,
                start_min=start_min,
                end_min=end_min,
                place_en=place_en.strip(),
                place_zh=place_zh.strip(),
                secrecy=first.secrecy,
                visibility=first.visibility,
                owner=first.owner,
                pair=first,
            )
        )
        # Who came along on either side is who is expected again.
        for row in first.people.filter(archived_on=None).select_related("person"):
            act.add(
                Attendance(
                    meeting=made, person=row.person, side=row.side, role=row.role
                )
            )
        act.about(made)
        return made


def returned(meeting: Meeting) -> Meeting | None:
    """Return the other visit of a pair."""
    if meeting.pair is not None and meeting.pair.state != CANCELLED:
        return meeting.pair
    found: Meeting | None = (
        Meeting.objects.filter(pair=meeting, archived_on=None)
        .exclude(state=CANCELLED)
        .first()
    )
    return found


def meeting_learn(
    *,
    by: Member,
    pk: int,
    version: int | None,
    field: str,
    text_en: str = "",
    text_zh: str = "",
    value: float | None = None,
    unit: str = "",
    year: int | None = None,
) -> Fact:
    """Note what was learned of the company, under a head or field of its dossier.

    It is a draft until the record of the meeting is final.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.meeting.learned") as act:
        meeting = act.lock(Meeting, pk, version)
        found = _being_written(meeting)
        if meeting.company is None:
            text = say(N_("The meeting names no company. Name it first."))
            found.append(wrong("", text, "meeting.company"))
        if not (text_en.strip() or text_zh.strip()):
            text = say(N_("Give it in English or in Chinese, best in both."))
            found.append(wrong("text_en", text, "desk.name"))
        refuse(*found)
        source = say(N_("Meeting of %(day)s"), day=meeting.on.isoformat())
        fact = act.add(
            Fact(
                company=meeting.company,
                field=field,
                text_en=text_en.strip(),
                text_zh=text_zh.strip(),
                value=value,
                unit=unit.strip(),
                year=year,
                source=f"{source.zh} / {source.en}",
                source_on=meeting.on,
                basis="stated",
                meeting=meeting,
                draft=True,
                visibility=meeting.visibility,
                owner=meeting.owner,
            )
        )
        act.about(meeting)
        act.note(learned=fact.ref)
        return fact


def _being_written(meeting: Meeting) -> list[Finding]:
    """Return that the record of a meeting is not being written now."""
    if meeting.state == DRAFT:
        return []
    if meeting.state == FINAL:
        return [wrong("", is_final(), "meeting.final")]
    text = say(N_("Start the record first."))
    return [wrong("", text, "meeting.state")]


def meeting_attach(
    *, by: Member, pk: int, version: int | None, file: Any, note: str = ""
) -> Attachment:
    """Put a file or a photo on a meeting; it bears the label of the meeting.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.meeting.attached") as act:
        meeting = act.lock(Meeting, pk, version)
        if meeting.state in {FINAL, CANCELLED}:
            refuse(*(_open(meeting) or _being_written(meeting)))
        if file is None:
            refuse(wrong("file", say(N_("Choose a file.")), "file.none"))
        act.about(meeting)
        kept = file_put(act, file)
        return attach(
            act, meeting, kept, label=meeting.secrecy, note=note.strip()[:300]
        )
