"""The practice rows, as steps of the story: every one by an action, on its day."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from yanlian_web.cultivate.actions.issues import issue_confirm, issue_solve
from yanlian_web.cultivate.actions.suppliers import match_introduce, match_outcome
from yanlian_web.desk.actions.meetings import meeting_final, meeting_start
from yanlian_web.desk.training.loading import BEFORE, Story, enter_person
from yanlian_web.desk.training.tables import Row, number

FOLDER = Path(__file__).parent / "data"
# What the others need is there before their own days.
PLACE = {"city_en": "Yongkang", "city_zh": "\u6c38\u5eb7"}


def rows_of(name: str) -> list[Row]:
    """Return the rows of a table of the practice data."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tell(story: Story) -> None:
    """Lay out the steps: firms, plans, visits, issues, the book, matches, facts."""
    story.at(BEFORE, lambda: _firms(story))
    for row in rows_of("plans"):
        story.at(row["since"], lambda row=row: _plan(story, row))  # type: ignore[misc]
    for row in rows_of("touches"):
        day = min(int(row["day"]), 0)
        story.at(day, lambda row=row: _touch(story, row))  # type: ignore[misc]
    for number_, row in enumerate(rows_of("issues")):
        _issue(story, f"i{number_:02}", row)
    for row in rows_of("book"):
        story.at(row["on"], lambda row=row: _capability(story, row))  # type: ignore[misc]
    for row in rows_of("needs"):
        story.at(row["on"], lambda row=row: _need(story, row))  # type: ignore[misc]
    for row in rows_of("matches"):
        _match(story, row)
    story.at(0, lambda: _facts(story))


def _firms(story: Story) -> None:
    for index, row in enumerate(rows_of("firms")):
        by = story.who(row["owner"])
        story.add(
            "company", row["key"], by, firm_id=f"TRAINC{index + 1:02}",
            in_tables=False, name_en=row["name_en"], name_zh=row["name_zh"], **PLACE,
            products_en=row["products_en"], products_zh=row["products_zh"],
            tier=row["tier"], recognitions_en=row["recognitions_en"],
            recognitions_zh=row["recognitions_zh"],
        )  # fmt: skip
    for row in rows_of("people"):
        enter_person(story, story.officer, row)


def _plan(story: Story, row: Row) -> None:
    story.add(
        "touch-plan", "", story.who(row["owner"]), company=story.of("company", row["firm"]),
        months=int(row["months"]) if row["months"] else None, means=row["means"],
        since=story.day(row["since"]), aim_en=row["text_en"], aim_zh=row["text_zh"],
    )  # fmt: skip


def _touch(story: Story, row: Row) -> None:
    by = story.who(row["owner"])
    values: dict[str, Any] = {
        key: row[key]
        for key in (
            "way", "title_en", "title_zh", "purpose_en", "purpose_zh", "summary_en",
            "summary_zh",
        )
    }  # fmt: skip
    meeting = story.add(
        "meeting", row["key"], by, company=story.of("company", row["firm"]),
        on=story.day(row["day"]), **values,
    )  # fmt: skip
    ours = "lin" if row["owner"] == "head" else "xu"
    for key, side, role in (
        (ours, "ours", "member"),
        (row["person"], "theirs", "host"),
    ):
        story.add(
            "attendance", "", by, meeting=meeting, person=story.of("person", key),
            side=side, role=role,
        )  # fmt: skip
    if row["state"] == "final":
        meeting = meeting_start(by=by, pk=meeting.pk, version=meeting.version)
        meeting_final(by=by, pk=meeting.pk, version=meeting.version, no_promises=True)


def _issue(story: Story, key: str, row: Row) -> None:
    by = story.who(row["owner"])

    def raise_it() -> None:
        story.add(
            "issue", key, by, company=story.of("company", row["firm"]),
            about=row["about"], text_en=row["text_en"], text_zh=row["text_zh"],
            department=story.of("organisation", row["department"]),
            on=story.day(row["on"]), due_on=story.maybe(row["due"]),
        )  # fmt: skip

    def solve() -> None:
        issue = story.fresh("issue", key)
        issue_solve(by=by, pk=issue.pk, version=issue.version, how=row["how_en_zh"])

    def confirm() -> None:
        issue = story.fresh("issue", key)
        issue_confirm(
            by=by, pk=issue.pk, version=issue.version, answer="yes", who=row["who"]
        )

    story.at(row["on"], raise_it)
    if row["solved"]:
        story.at(row["solved"], solve)
    if row["confirmed"]:
        story.at(row["confirmed"], confirm)


def _product(story: Story, row: Row) -> dict[str, Any]:
    return {
        "company": story.of("company", row["firm"]),
        "text_en": row["text_en"],
        "text_zh": row["text_zh"],
        "segment_id": row["segment"],
        "unit": row["unit"],
        "certificates": row["certificates"],
        "source": row["source"],
        "source_on": story.day(row["on"]),
        "basis": row["basis"],
    }


def _capability(story: Story, row: Row) -> None:
    story.add(
        "capability", row["key"], story.officer, **_product(story, row),
        capacity=number(row["capacity"]),
        lead_days=int(row["lead"]) if row["lead"] else None,
    )  # fmt: skip


def _need(story: Story, row: Row) -> None:
    story.add(
        "need", row["key"], story.who(row["owner"]), **_product(story, row),
        volume=number(row["volume"]), due_on=story.maybe(row["due"]),
    )  # fmt: skip


def _match(story: Story, row: Row) -> None:
    key = f"{row['need']}-{row['book']}"

    def introduce() -> None:
        need = story.fresh("need", row["need"])
        story.made["match", key] = match_introduce(
            by=story.officer, pk=need.pk, version=need.version, how=row["how"],
            capability=story.of("capability", row["book"]),
        )  # fmt: skip

    def outcome() -> None:
        match = story.fresh("match", key)
        match_outcome(
            by=story.officer, pk=match.pk, version=match.version,
            outcome=row["outcome"], value_cny=number(row["value_cny"]),
            paper=row["paper"], why=row["why"],
        )  # fmt: skip

    story.at(row["day"], introduce)
    if row["outcome"]:
        story.at(row["on"], outcome)


def _facts(story: Story) -> None:
    this_year = story.today.year
    for row in rows_of("ladder"):
        year = int(row["year"])
        story.add(
            "ladder-fact", "", story.officer, company=story.of("company", row["firm"]),
            measure=row["measure"], value=number(row["value"]), answer=row["answer"],
            year=this_year + year if year < 0 else year, basis=row["basis"],
            source=row["source"], source_on=story.today,
        )  # fmt: skip
