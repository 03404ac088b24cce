"""Loading the story: its rows become steps, and each step acts on its own day."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction

from yanlian.errors import YanlianError
from yanlian.text import N_
from yanlian_web.desk.acting import today, training_day
from yanlian_web.desk.actions.deals import pipelines_ensure
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.training.tables import Row, phrase, rows_of
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import Member, Office

# Days before the beginning of the story on which what it takes for granted is entered.
BEFORE = -900
RENEWED = -300


class Story:
    """The story while it is loaded.

    Attributes
    ----------
    head, officer : Member
        Who acts: each verifies what the other handles.
    today : date
        Day of loading; all days of the tables count from it.
    made : dict
        Records made so far, by table and key.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self.head = self._member("head")
        self.officer = self._member("officer")
        self.today = today()
        self.made: dict[tuple[str, str], Any] = {}
        self._steps: list[tuple[int, Callable[[], None]]] = []

    def _member(self, role: str) -> Member:
        found = self.office.members.filter(role=role).order_by("pk").first()
        if found is None:
            raise YanlianError(
                N_(
                    "The office has no member with the role %(role)s. The training data "
                    "needs a head and an officer; add them first."
                ),
                role=role,
            )
        return found

    def who(self, word: str) -> Member:
        """Return the member that a table names by role."""
        return self.head if word == "head" else self.officer

    def other(self, word: str) -> Member:
        """Return the member who verifies what the other handles."""
        return self.officer if word == "head" else self.head

    def day(self, offset: int | str) -> datetime.date:
        """Return a day counted from that of loading."""
        return self.today + datetime.timedelta(days=int(offset))

    def maybe(self, offset: str) -> datetime.date | None:
        """Return a day, or None for an empty cell."""
        return self.day(offset) if offset else None

    def at(self, offset: int | str, step: Callable[[], None]) -> None:
        """Do something on a day; steps of one day keep their order."""
        self._steps.append((int(offset), step))

    def add(self, kind: str, key: str, by: Member, **values: Any) -> Any:
        """Store a record and keep it under its key."""
        record = record_add(by=by, kind=kind, values={"owner": by, **values})
        if key:
            self.made[kind, key] = record
        return record

    def of(self, kind: str, key: str) -> Any:
        """Return a record made before, or None for an empty key."""
        return self.made[kind, key] if key else None

    def fresh(self, kind: str, key: str) -> Any:
        """Return a record as it is stored now."""
        record: Record = self.made[kind, key]
        record.refresh_from_db()
        return record

    def run(self) -> None:
        """Do all steps, each on its day."""
        while self._steps:
            self._steps.sort(key=lambda item: item[0])
            offset, step = self._steps.pop(0)
            with training_day(self.day(offset)):
                step()


# Chapters of apps that stand above the desk; each lays out its steps like the others.
MORE: list[Callable[[Story], None]] = []


def training_load(office: Office) -> int:
    """Load the training data of an office, once; in one transaction.

    Only the command line calls this, as the person who owns the machine.

    Returns
    -------
    int
        Number of records it made; 0 when it was loaded before.

    Raises
    ------
    YanlianError
        When the office has no head and no officer, who act in it.
    """
    from yanlian_web.desk.training import chapters

    if office.training:
        return 0
    pipelines_ensure(office=office)
    with transaction.atomic():
        story = Story(office)
        _ground(story)
        chapters.tell(story)
        for chapter in MORE:
            chapter(story)
        story.run()
        office.training = True
        office.save(update_fields=["training"])
        count = len(story.made)
        log(office, "desk.training.loaded", count=count)
    return count


def _ground(story: Story) -> None:
    """Enter companies, organisations, people and pipelines before all begins."""

    def enter() -> None:
        by = story.officer
        for row in rows_of("organisations"):
            _organisation(story, by, row)
        for index, row in enumerate(rows_of("companies")):
            story.add(
                "company", row["key"], by, firm_id=f"TRAIN{index + 1:02}",
                in_tables=False, name_en=row["name_en"], name_zh=row["name_zh"],
                city_en=row["city_en"], city_zh=row["city_zh"],
                products_en=row["products_en"], products_zh=row["products_zh"],
                tier=row["tier"], leading=row["leading"] == "yes",
            )  # fmt: skip
        for row in rows_of("people"):
            enter_person(story, by, row)
        story.add("pipeline", "talent", story.head, name_en="Services and talent",
                  name_zh=phrase("second_line"), order=2)  # fmt: skip
        first = record_of_line(story)
        story.made["pipeline", "main"] = first

    story.at(BEFORE, enter)


def record_of_line(story: Story) -> Any:
    """Return the office's own main line."""
    from yanlian_web.desk.models import Pipeline

    return Pipeline.objects.filter(office=story.office, training=False).first()


def _organisation(story: Story, by: Member, row: Row) -> None:
    story.add(
        "organisation", row["key"], by, name_en=row["name_en"], name_zh=row["name_zh"],
        sort_of=row["sort_of"], ours=row["ours"] == "yes", city_en=row["city_en"],
        city_zh=row["city_zh"], note_en=row["note_en"], note_zh=row["note_zh"],
        source=phrase("source"), source_on=story.day(BEFORE),
    )  # fmt: skip


def enter_person(story: Story, by: Member, row: Row) -> None:
    """Enter a person of the story with post and, where given, contact data."""
    source = {"source": phrase("source"), "source_on": story.day(BEFORE)}
    who = {"lin": story.head, "xu": story.officer}.get(row["key"])
    if who is not None and hasattr(who, "person"):
        who = None
    person = story.add(
        "person", row["key"], by, name_en=row["name_en"], name_zh=row["name_zh"],
        side=row["side"], rank=int(row["rank"]) if row["rank"] else None, member=who,
        languages="zh, en", **source,
    )  # fmt: skip
    story.add(
        "post", "", by, person=person, company=story.of("company", row["firm"]),
        organisation=story.of("organisation", row["organisation"]),
        title_en=row["title_en"], title_zh=row["title_zh"],
        since=story.day(row["since"]), until=story.maybe(row["until"]), **source,
    )  # fmt: skip
    if row["means"]:
        # Kept for three years at most, so it was asked for again since.
        story.at(RENEWED, lambda: _contact(story, by, person, row))


def _contact(story: Story, by: Member, person: Any, row: Row) -> None:
    story.add(
        "contact", "", by, person=person, means=row["means"], value=row["value"],
        purpose=phrase("contact_purpose"), ground="consent",
        expires_on=story.day(365), source=phrase("source"),
        source_on=story.day(RENEWED),
    )  # fmt: skip


def invented(office: Office) -> set[str]:
    """Return the codes of the invented companies of an office."""
    rows = Company.objects.filter(office=office, training=True)
    return set(rows.values_list("firm_id", flat=True))
