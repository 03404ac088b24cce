"""Trips, meetings and promises of the story."""

from __future__ import annotations

from typing import Any

from yanlian_web.desk.actions import meetings as talk
from yanlian_web.desk.actions import promises as pledge
from yanlian_web.desk.actions import trips as travel
from yanlian_web.desk.training.loading import Story
from yanlian_web.desk.training.tables import Row, number, paper, phrase, rows_of

VISITS = frozenset({"outbound", "inbound"})


def trips(story: Story) -> None:
    """Lay out the trips; they are planned three weeks ahead."""
    for row in rows_of("trips"):

        def plan(row: Row = row) -> None:
            story.add(
                "trip", row["key"], story.head, title_en=row["title_en"],
                title_zh=row["title_zh"], from_on=story.day(row["from"]),
                to_on=story.day(row["to"]), leader=story.of("person", row["leader"]),
            )  # fmt: skip

        def done(row: Row = row) -> None:
            found = story.fresh("trip", row["key"])
            travel.trip_done(by=story.head, pk=found.pk, version=found.version)

        story.at(int(row["from"]) - 21, plan)
        if row["state"] == "done":
            story.at(int(row["to"]) + 5, done)


def meetings(story: Story) -> None:
    """Lay out the meetings: planned a week ahead, begun on their day."""
    for row in rows_of("meetings"):

        def plan(row: Row = row) -> None:
            _plan(story, row)

        def begin(row: Row = row) -> None:
            found = story.fresh("meeting", row["key"])
            talk.meeting_start(
                by=story.who(row["owner"]), pk=found.pk, version=found.version
            )
            for fact in rows_of("facts"):
                if fact["meeting"] == row["key"]:
                    _learn(story, row, fact)

        story.at(min(int(row["day"]) - 7, -1), plan)
        if row["state"] != "planned":
            story.at(row["day"], begin)
    for row in rows_of("facts"):
        if not row["meeting"]:

            def know(row: Row = row) -> None:
                story.add(
                    "fact", "", story.officer, source=row["source"], **_said(row),
                    company=story.of("company", row["firm"]), field=row["field"],
                    source_on=story.day(row["on"]), basis=row["basis"],
                )  # fmt: skip

            story.at(row["on"], know)


def _said(row: Row) -> dict[str, Any]:
    return {
        "text_en": row["text_en"],
        "text_zh": row["text_zh"],
        "value": number(row["value"]),
        "unit": row["unit"],
        "year": int(row["year"]) if row["year"] else None,
    }


def _learn(story: Story, row: Row, fact: Row) -> None:
    found = story.fresh("meeting", row["key"])
    talk.meeting_learn(
        by=story.who(row["owner"]), pk=found.pk, version=found.version,
        field=fact["field"], **_said(fact),
    )  # fmt: skip


def _plan(story: Story, row: Row) -> None:
    by, deal = story.who(row["owner"]), story.of("deal", row["deal"])
    chamber = None if row["firm"] else story.of("organisation", "chamber")
    meeting = story.add(
        "meeting", row["key"], by, way=row["way"], title_en=row["title_en"],
        title_zh=row["title_zh"], company=story.of("company", row["firm"]),
        organisation=chamber, deal=deal, gap=deal.gap if deal else None,
        trip=story.of("trip", row["trip"]), pair=story.of("meeting", row["pair"]),
        on=story.day(row["day"]), start_min=int(row["start"]), end_min=int(row["end"]),
        place_en=row["place_en"], place_zh=row["place_zh"],
        purpose_en=row["purpose_en"], purpose_zh=row["purpose_zh"],
    )  # fmt: skip
    for name in filter(None, row["people"].split(";")):
        person = story.of("person", name)
        side = "ours" if person.side == "ours" else "theirs"
        role = "leader" if name == "lin" else "host" if side == "theirs" else "member"
        story.add("attendance", "", by, meeting=meeting, person=person, side=side, role=role)  # fmt: skip
    asked = [item for item in rows_of("questions") if item["meeting"] == row["key"]]
    for order, item in enumerate(asked, 1):
        story.add(
            "question", "", by, meeting=meeting, order=order, text_en=item["text_en"],
            text_zh=item["text_zh"], answer_en=item["answer_en"],
            answer_zh=item["answer_zh"],
        )  # fmt: skip


def meeting_of(row: Row) -> str:
    """Return the key of the visit on which a promise was made; empty for none."""
    visits = [
        item
        for item in rows_of("meetings")
        if item["deal"] == row["deal"]
        and item["way"] in VISITS
        and item["state"] == "final"
        and 0 <= int(row["made"]) - int(item["day"]) <= 3
    ]
    return visits[-1]["key"] if visits else ""


def promises(story: Story) -> None:
    """Lay out the promises that were made in talks, and then the final records."""
    met: dict[str, int] = {}
    for index, row in enumerate(rows_of("promises")):
        key = meeting_of(row)
        met[key] = max(met.get(key, int(row["made"])), int(row["made"]))

        def make(row: Row = row, index: int = index) -> None:
            deal = story.of("deal", row["deal"])
            promise(
                story, f"p{index}", row, story.who(row["owner"]), company=deal.company,
                deal=deal, gap=deal.gap, made_on=story.day(row["made"]),
                person=story.of("person", row["person"]),
                meeting=story.of("meeting", meeting_of(row)),
            )  # fmt: skip

        story.at(row["made"], make)
        fate(story, f"p{index}", row, row["owner"])
    for row in rows_of("meetings"):
        if row["state"] == "final":

            def finish(row: Row = row) -> None:
                found = story.fresh("meeting", row["key"])
                talk.meeting_final(
                    by=story.who(row["owner"]), pk=found.pk, version=found.version,
                    summary_en=row["summary_en"], summary_zh=row["summary_zh"],
                    no_promises=row["key"] not in met,
                )  # fmt: skip

            story.at(met.get(row["key"], int(row["day"]) + 1), finish)


def promise(story: Story, key: str, row: Row, by: Any, **more: Any) -> None:
    """Store a promise."""
    story.add(
        "promise", key, by, side=row["side"], text_en=row["text_en"],
        text_zh=row["text_zh"], due_on=story.day(row["due"]),
        department=story.of("organisation", row["department"]), **more,
    )  # fmt: skip


def fate(story: Story, key: str, row: Row, owner: str) -> None:
    """Lay out what becomes of a promise: moved, kept and verified, broken, withdrawn."""

    def move() -> None:
        found = story.fresh("promise", key)
        pledge.promise_move(
            by=story.who(owner), pk=found.pk, version=found.version,
            due_on=story.day(row["due2"]), why=phrase("telephone"),
        )  # fmt: skip

    def keep() -> None:
        found = story.fresh("promise", key)
        day = story.day(row["kept"])
        pledge.promise_keep(
            by=story.who(owner), pk=found.pk, version=found.version,
            paper=paper(row["evidence"], f"TR-{key}", day, found.text_zh),
        )  # fmt: skip

    def verify() -> None:
        found = story.fresh("promise", key)
        pledge.promise_verify(by=story.other(owner), pk=found.pk, version=found.version)

    def broken() -> None:
        found = story.fresh("promise", key)
        pledge.promise_break(
            by=story.who(owner), pk=found.pk, version=found.version, why=row["why"]
        )

    def withdraw() -> None:
        found = story.fresh("promise", key)
        pledge.promise_withdraw(
            by=story.who(owner), pk=found.pk, version=found.version, why=row["why"]
        )

    if row["due2"]:
        story.at(int(row["due"]) - 2, move)
    if row["kept"]:
        story.at(row["kept"], keep)
        if row["verified"]:
            story.at(int(row["kept"]) + 3, verify)
    if row.get("broken"):
        story.at(row["broken"], broken)
    if row.get("withdrawn"):
        story.at(row["withdrawn"], withdraw)
