"""The chapters of the story: which rows become which steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yanlian import job
from yanlian.progress import stages
from yanlian_web.desk.actions import agreements, deals, gaps, incentives, landing
from yanlian_web.desk.actions.services import service_done
from yanlian_web.desk.training import talks
from yanlian_web.desk.training.loading import Story
from yanlian_web.desk.training.tables import (
    Row,
    number,
    paper,
    phrase,
    rows_of,
    text_file,
)
from yanlian_web.studies import queries as studies

STAGES = [item.code for item in stages.stages() if item.code != "S0"]
# How many papers a claim can bring in one go.
WAYS = "+"


def tell(story: Story) -> None:
    """Lay out all steps of the story in the order in which they follow within a day."""
    _gaps(story)
    talks.trips(story)
    _deals(story)
    talks.meetings(story)
    talks.promises(story)
    _incentives(story)
    _agreements(story)
    _milestones(story)
    _money(story)
    _services(story)
    _moves(story)
    _endings(story)


def _gaps(story: Story) -> None:
    run_id = studies.latest(story.office, "gaps") or ""
    known = studies.by_key(story.office, run_id, "gaps", "gap_id") if run_id else {}
    segments = job.open_workspace(story.office.folder).tables["segments"]
    names = {item["segment_id"]: item for item in segments.rows()}
    for row in rows_of("gaps"):
        kind, segment_id = row["gap_id"].split("-", 1)
        if segment_id not in names:
            continue
        found = known.get(row["gap_id"], {})

        def open_gap(
            row: Row = row, found: Any = found, kind: str = kind, at: str = segment_id
        ) -> None:
            if _taken_up(story, row["gap_id"]):
                return
            story.add(
                "gap", row["gap_id"], story.officer, gap_id=row["gap_id"],
                segment_id=at, sort_of=kind, name_en=names[at]["name_en"],
                name_zh=names[at]["name_zh"], opened_on=story.day(row["opened"]),
                run_id=run_id, score=found.get("score"), rank=found.get("rank"),
                plan_en=row["plan_en"], plan_zh=row["plan_zh"],
                plan_until=story.day(row["until"]),
            )  # fmt: skip

        story.at(row["opened"], open_gap)


def _taken_up(story: Story, gap_id: str) -> bool:
    """Work on with a gap that the office has taken up itself."""
    from yanlian_web.desk.models import Gap

    there = Gap.objects.filter(office=story.office, gap_id=gap_id).first()
    if there is None:
        return False
    story.made["gap", gap_id] = there
    return True


def _deals(story: Story) -> None:
    for row in rows_of("deals"):

        def begin(row: Row = row) -> None:
            by = story.who(row["owner"])
            gap = story.made.get(("gap", row["gap"]))
            story.add(
                "deal", row["key"], by, company=story.of("company", row["firm"]),
                title_en=row["title_en"], title_zh=row["title_zh"], gap=gap,
                pipeline=story.of("pipeline", row["line"]),
                value_cny=number(row["value_cny"]),
                jobs=int(row["jobs"]) if row["jobs"] else None,
            )  # fmt: skip
            _note(story, row, "source", phrase("sources"))  # fmt: skip
            if gap is None:
                _note(story, row, "reason", phrase("reason"))

        story.at(row["opened"], begin)
        for text in filter(None, row["forecasts"].split(";")):
            day, share = text.split(":")

            def say(row: Row = row, share: str = share) -> None:
                deal = story.fresh("deal", row["key"])
                deals.deal_forecast(
                    by=story.who(row["owner"]), pk=deal.pk, version=deal.version,
                    percent=float(share) * 100,
                )  # fmt: skip

            story.at(day, say)


def _note(
    story: Story, row: Row, key: str, text: str, *, by_other: bool = False
) -> None:
    deal = story.fresh("deal", row["key"])
    who = story.other(row["owner"]) if by_other else story.who(row["owner"])
    deals.deal_note(by=who, pk=deal.pk, version=deal.version, key=key, text=text)


def _notes_for(story: Story, row: Row, stage: str) -> None:
    """Note what a gate asks for, on the day on which the deal passes it."""
    name = story.of("company", row["firm"])
    if stage == "S2":
        fit = phrase("fit", en=name.products_en, zh=name.products_zh)  # fmt: skip
        _note(story, row, "fit", fit)
        for key in ("need", "timing", "budget"):
            _note(story, row, key, row[key] or phrase("unsaid"))
        _note(story, row, "screen", phrase("screen"))
    elif stage == "S5":
        for key in ("requirements", "places"):
            _note(story, row, key, row[key] or phrase("asked"))
    elif stage == "S6":
        mark = f"TR-{row['key'][1:]}"
        _note(
            story, row, "review",
            phrase("review", mark=mark), by_other=True,
        )  # fmt: skip
        _note(story, row, "environment", phrase("environment"))  # fmt: skip
    elif stage == "S8":
        _note(story, row, "site", phrase("site"))  # fmt: skip
    elif stage == "S13":
        _note(story, row, "touch_plan", phrase("touch_plan"))
        _note(story, row, "named_contact", phrase("manager"))


def _moves(story: Story) -> None:
    for row in rows_of("deals"):
        for stage in STAGES:
            if row.get(stage):

                def move(row: Row = row, stage: str = stage) -> None:
                    _notes_for(story, row, stage)
                    deal = story.fresh("deal", row["key"])
                    win = deals.is_win(stage)
                    by = story.other(row["owner"]) if win else story.who(row["owner"])
                    deals.deal_move(by=by, pk=deal.pk, version=deal.version, to=stage)

                story.at(row[stage], move)


def _endings(story: Story) -> None:
    for row in rows_of("deals"):
        if row["status"] != "active":

            def end(row: Row = row) -> None:
                deal = story.fresh("deal", row["key"])
                deals.deal_close(
                    by=story.who(row["owner"]), pk=deal.pk, version=deal.version,
                    status=row["status"], why=row["why"], lost_to=row["lost_to"],
                    lesson=row["lesson"], review_on=story.maybe(row["review_on"]),
                )  # fmt: skip

            story.at(row["status_on"], end)
    for row in rows_of("gaps"):
        if row["closed"]:

            def close(row: Row = row) -> None:
                if ("gap", row["gap_id"]) not in story.made:
                    return
                gap = story.fresh("gap", row["gap_id"])
                deal = story.of("deal", row["closed_by"])
                if gap.training:
                    gaps.gap_close(
                        by=story.head, pk=gap.pk, version=gap.version, deal=deal,
                        why=row["closed_why"],
                    )  # fmt: skip

            story.at(row["closed"], close)


def _incentives(story: Story) -> None:
    for index, row in enumerate(rows_of("incentives")):
        key = str(index)
        owner = _owner(row["deal"])

        def offer(row: Row = row, key: str = key, owner: str = owner) -> None:
            story.add(
                "incentive", key, story.who(owner), deal=story.of("deal", row["deal"]),
                sort_of=row["sort_of"], text_en=row["text_en"], text_zh=row["text_zh"],
                value_cny=number(row["value_cny"]), legal_basis=row["legal_basis"],
                one_firm=row["one_firm"], tied_to_tax=row["tied_to_tax"],
                forces_seat=row["forces_seat"], local_purchase=row["local_purchase"],
                published=row["published"],
            )  # fmt: skip

        def clear(row: Row = row, key: str = key, owner: str = owner) -> None:
            found = story.fresh("incentive", key)
            incentives.incentive_clear(
                by=story.other(owner), pk=found.pk, version=found.version,
                number=row["number"], on=None,
            )  # fmt: skip

        story.at(row["added"], offer)
        if row["cleared"]:
            story.at(row["cleared"], clear)


def _owner(deal: str) -> str:
    return next(row["owner"] for row in rows_of("deals") if row["key"] == deal)


def _agreements(story: Story) -> None:
    for row in rows_of("agreements"):
        owner = _owner(row["deal"])
        duties = [d for d in rows_of("obligations") if d["agreement"] == row["key"]]

        def draft(row: Row = row, owner: str = owner, duties: Any = duties) -> None:
            _draft(story, row, owner, duties)

        def sign(row: Row = row, owner: str = owner) -> None:
            found = story.fresh("agreement", row["key"])
            agreements.agreement_sign(
                by=story.who(owner), pk=found.pk, version=found.version,
                signed_on=story.day(row["signed"]),
                file=text_file(row["number"], row["title_zh"]),
            )  # fmt: skip

        story.at(int(row["signed"]) - 8, draft)
        story.at(row["signed"], sign)


def _draft(story: Story, row: Row, owner: str, duties: list[Row]) -> None:
    by, deal = story.who(owner), story.of("deal", row["deal"])
    agreement = story.add(
        "agreement", row["key"], by, sort_of=row["sort_of"], number=row["number"],
        title_en=row["title_en"], title_zh=row["title_zh"], company=deal.company,
        deal=deal, follows=story.of("agreement", row["follows"]),
        amount=number(row["amount"]), currency="CNY", amount_basis=row["amount_basis"],
        expires_on=story.maybe(row["expires"]) if row["expires"] != "0" else None,
        next_en=row["next_en"], next_zh=row["next_zh"],
        next_on=story.maybe(row["next_on"]), prevails=row["prevails"],
        if_broken=row["if_broken"],
    )  # fmt: skip
    office = story.office
    for side, en, zh, signer in (
        ("ours", office.name_en, office.name_zh or office.name_en, phrase("signatory")),
        ("theirs", deal.company.name_en, deal.company.name_zh, phrase("manager")),
    ):  # fmt: skip
        story.add("party", "", by, agreement=agreement, side=side, name_en=en, name_zh=zh, signed_by=signer)  # fmt: skip
    for index, duty in enumerate(duties):
        talks.promise(
            story, f"{row['key']}-{index}", duty, by, company=deal.company, deal=deal,
            agreement=agreement, clause=duty["clause"], what=duty["what"],
            value=number(duty["value"]), made_on=story.day(int(row["signed"]) - 8),
        )  # fmt: skip
        talks.fate(story, f"{row['key']}-{index}", duty, owner)


def _milestones(story: Story) -> None:
    for row in rows_of("milestones"):
        owner = _owner(row["deal"])

        def plan(
            row: Row = row, owner: str = owner, to: str = "planned", why: str = ""
        ) -> None:
            deal = story.fresh("deal", row["deal"])
            landing.milestone_plan(
                by=story.who(owner), pk=deal.pk, version=deal.version, code=row["code"],
                planned_on=story.day(row[to]), why=why,
            )  # fmt: skip

        def move(again: Callable[..., None] = plan, row: Row = row) -> None:
            again(to="moved_to", why=row["moved_why"])

        def claim(row: Row = row, owner: str = owner) -> None:
            deal, day = story.fresh("deal", row["deal"]), story.day(row["reached"])
            found = landing.milestone_claim(
                by=story.who(owner), pk=deal.pk, version=deal.version, code=row["code"],
                on=day,
                evidence=[
                    paper(kind, f"TR-{row['deal']}-{row['code']}", day, deal.title_zh)
                    for kind in row["evidence"].split(WAYS)
                ],
            )  # fmt: skip
            story.made["milestone", f"{row['deal']}-{row['code']}"] = found

        def verify(row: Row = row, owner: str = owner) -> None:
            found = story.fresh("milestone", f"{row['deal']}-{row['code']}")
            landing.milestone_verify(
                by=story.other(owner), pk=found.pk, version=found.version
            )

        story.at(row["set"], plan)
        if row["moved_on"]:
            story.at(row["moved_on"], move)
        if row["reached"]:
            story.at(row["reached"], claim)
        if row["verified"]:
            story.at(row["verified"], verify)


def _money(story: Story) -> None:
    for index, row in enumerate(rows_of("payments")):
        key, owner = str(index), _owner(row["deal"])

        def pay(row: Row = row, key: str = key, owner: str = owner) -> None:
            deal, day = story.fresh("deal", row["deal"]), story.day(row["on"])
            story.made["payment", key] = landing.payment_add(
                by=story.who(owner), pk=deal.pk, version=deal.version, on=day,
                value_cny=float(row["value_cny"]), purpose=row["purpose"],
                agreement=story.of("agreement", row["agreement"]),
                evidence=paper(row["evidence"], f"TR-P{key}", day, row["purpose"]),
            )  # fmt: skip

        def seen(key: str = key, owner: str = owner) -> None:
            found = story.fresh("payment", key)
            landing.payment_verify(by=story.other(owner), pk=found.pk, version=found.version)  # fmt: skip

        story.at(row["on"], pay)
        if row["verified"]:
            story.at(row["verified"], seen)
    for index, row in enumerate(rows_of("measures")):
        key, owner = str(index), _owner(row["deal"])

        def count(row: Row = row, key: str = key, owner: str = owner) -> None:
            deal, day = story.fresh("deal", row["deal"]), story.day(row["on"])
            story.made["measure", key] = landing.measure_add(
                by=story.who(owner), pk=deal.pk, version=deal.version, what=row["what"],
                on=day, value=float(row["value"]),
                evidence=paper(row["evidence"], f"TR-M{key}", day, row["what"]),
            )  # fmt: skip

        def sure(key: str = key, owner: str = owner) -> None:
            found = story.fresh("measure", key)
            landing.measure_verify(by=story.other(owner), pk=found.pk, version=found.version)  # fmt: skip

        story.at(row["on"], count)
        if row["verified"]:
            story.at(row["verified"], sure)
    _blockers(story)


def _blockers(story: Story) -> None:
    for index, row in enumerate(rows_of("blockers")):
        key, owner = str(index), _owner(row["deal"])

        def stop(row: Row = row, key: str = key, owner: str = owner) -> None:
            story.add(
                "blocker", key, story.who(owner), deal=story.of("deal", row["deal"]),
                text_en=row["text_en"], text_zh=row["text_zh"],
                department=story.of("organisation", row["department"]),
                since=story.day(row["since"]), due_on=story.day(row["due"]),
            )  # fmt: skip

        def lift(row: Row = row, key: str = key, owner: str = owner) -> None:
            found = story.fresh("blocker", key)
            landing.blocker_escalate(
                by=story.who(owner), pk=found.pk, version=found.version,
                to=row["escalated_to"], why=phrase("overdue"),
            )  # fmt: skip

        def solve(row: Row = row, key: str = key, owner: str = owner) -> None:
            found = story.fresh("blocker", key)
            landing.blocker_solve(
                by=story.who(owner), pk=found.pk, version=found.version, how=row["how"]
            )

        story.at(row["since"], stop)
        if row["escalated"]:
            story.at(row["escalated"], lift)
        if row["solved"]:
            story.at(row["solved"], solve)


def _services(story: Story) -> None:
    for index, row in enumerate(rows_of("services")):
        key = str(index)

        def ask(row: Row = row, key: str = key) -> None:
            story.add(
                "service", key, story.who(row["by"]), sort_of=row["kind"],
                company=story.of("company", row["firm"]),
                deal=story.of("deal", row["deal"]) if row["deal"] else None,
                text_en=row["text_en"], text_zh=row["text_zh"], on=story.day(row["on"]),
                due_on=story.maybe(row["due"]), value=number(row["value"]),
                code=row["code"],
            )  # fmt: skip

        def done(row: Row = row, key: str = key) -> None:
            found = story.fresh("service", key)
            service_done(
                by=story.who(row["by"]), pk=found.pk, version=found.version,
                outcome=row["outcome"], confirmed=row["confirmed"] == "yes",
                manager=story.officer if row["kind"] == "assignment" else None,
            )  # fmt: skip

        story.at(row["on"], ask)
        if row["done"]:
            story.at(row["done"], done)
