"""What the tables of the workspace say of the office's own visits, as final meetings."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian import job
from yanlian_web.desk.acting import Act, acting
from yanlian_web.desk.actions.meetings import MADE_FINAL
from yanlian_web.desk.models import Attendance, Company, Meeting, Person, Trip
from yanlian_web.desk.models.meetings import DRAFT, FINAL, OUTBOUND
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import LogLine, Member, Office

CODE = "desk.sourced.loaded"
# How many days one trip may take; visits of the tables further apart are two trips.
LONGEST = 5


def sourced_load(office: Office) -> int:
    """Enter the office's own visits that the tables report, with their sources.

    They are real and stay when the training data goes. Nothing is added to what the
    tables say: no promises, no times of day, nobody who is not named. Only the command
    line calls this, as the person who owns the machine.

    Returns
    -------
    int
        Number of visits; 0 when it was done before or there are none.
    """
    by = office.members.filter(role="head").order_by("pk").first()
    if by is None or LogLine.objects.filter(office=office, code=CODE).exists():
        return 0
    tables = job.open_workspace(office.folder).tables
    events = tables.get("events")
    visits = [
        row
        for row in (events.rows() if events is not None else ())
        if row["kind"] == "visit"
        and row["region_id"] == office.region_id
        and _day(row["date"])
        and row["firm_ids"]
    ]
    leaders = _leaders(by, tables.get("people"), visits)
    told = list(events.rows()) if events is not None else []
    count = 0
    for row in sorted(visits, key=lambda row: (row["date"], row["event_id"])):
        firm = Company.objects.filter(
            office=office, firm_id=row["firm_ids"].split(";")[0].strip()
        ).first()
        if firm is not None:
            _enter(by, row, firm, leaders, _last(row, told))
            count += 1
    log(office, CODE, by=by.user, count=count)
    return count


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _leaders(by: Member, people: Any, visits: list[Any]) -> list[Person]:
    """Enter the officials of the region whom the visits name."""
    made = []
    for row in people.rows() if people is not None else ():
        named = any(row["name_en"] and row["name_en"] in visit["actor_en"] for visit in visits)  # fmt: skip
        if row["region_id"] != by.office.region_id or not named:
            continue
        with acting(by, "desk.person.added") as act:
            source_on = _day(row["checked_on"]) or act.day
            made.append(
                act.add(
                    Person(
                        name_en=row["name_en"], name_zh=row["name_zh"], side="ours",
                        note_en=row["post_en"], note_zh=row["post_zh"],
                        source=row["source_url"][:300], source_on=source_on,
                    )
                )
            )  # fmt: skip
    return made


def _enter(
    by: Member, row: Any, firm: Company, leaders: list[Person], last: datetime.date
) -> None:
    day = _day(row["date"])
    assert day is not None
    with acting(by, MADE_FINAL) as act:
        trip = _trip(act, row, day, last)
        meeting = act.add(
            Meeting(
                way=OUTBOUND, state=DRAFT, company=firm, trip=trip, on=day,
                title_en=row["title_en"][:300], title_zh=row["title_zh"][:300],
                place_en=row["place_en"], place_zh=row["place_zh"],
                purpose_en=row["project_en"], purpose_zh=row["project_zh"],
                summary_en=_summary(row, "en"), summary_zh=_summary(row, "zh"),
                visibility="office",
            )
        )  # fmt: skip
        for person in leaders:
            if person.name_en in row["actor_en"]:
                act.add(Attendance(meeting=meeting, person=person, side="ours", role="leader"))  # fmt: skip
        meeting.state, meeting.final_on = FINAL, act.day
        act.save(meeting)
        act.about(meeting)
        act.event(
            "contact", meeting, company=firm, trip=trip, on=day, what=OUTBOUND,
            level="evidenced",
        )  # fmt: skip


def _summary(row: Any, lang: str) -> str:
    """Return what the source says of a visit, its note on the day, and its address."""
    parts = [row[f"counterparty_{lang}"], row[f"project_{lang}"], row["date_note"]]
    stop = "\u3002" if lang == "zh" else ". "
    return stop.join(part for part in parts if part) + f"{stop}{row['source_url']}"


def _last(row: Any, told: list[Any]) -> datetime.date:
    """Return the last day that the same source tells of the same trip."""
    first = _day(row["date"])
    assert first is not None
    until = first + datetime.timedelta(days=LONGEST)
    days = [
        day
        for other in told
        if other["source_url"] == row["source_url"]
        and (day := _day(other["date"])) is not None
        and first <= day <= until
    ]
    return max(days, default=first)


def _trip(act: Act, row: Any, day: datetime.date, last: datetime.date) -> Trip:
    """Return the trip that a visit belongs to: one that had begun shortly before."""
    near = datetime.timedelta(days=LONGEST)
    known: Trip | None = Trip.objects.filter(
        office=act.office, training=False, from_on__range=(day - near, day)
    ).first()
    if known is not None:
        return known
    return act.add(
        Trip(
            title_en=row["place_en"], title_zh=row["place_zh"], from_on=day, to_on=last
        )
    )
