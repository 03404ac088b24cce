"""Deals: opened, moved through gates, put on hold or lost, and verified by another."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction

from yanlian.errors import Finding
from yanlian.progress import stages
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, follows, refuse, wrong
from yanlian_web.desk.gates import held
from yanlian_web.desk.models import Deal, Pipeline, StageMove
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import LogLine, Member, Office

FIRST = "S0"
MOVED = "desk.deal.moved"
# A stage nobody leaves within ten years has no norm.
MOST_DAYS = 3650


def pipelines_ensure(*, office: Office) -> Pipeline | None:
    """Make the main line where an office has no pipeline yet.

    Anybody who may see the office may cause this; it does something only once.

    Returns
    -------
    Pipeline or None
        The one that was made now.
    """
    if Pipeline.objects.filter(office=office).exists():
        return None
    with transaction.atomic():
        # Two may open their first form together; the second finds the first's.
        Office.objects.select_for_update().get(pk=office.pk)
        if Pipeline.objects.filter(office=office).exists():
            return None
        made = Pipeline.objects.create(
            office=office, name_en=MAIN_LINE[0], name_zh=MAIN_LINE[1]
        )
        log(office, "desk.pipeline.added", subject=made.ref)
        return made


MAIN_LINE = ("Main line", "\u4e3b\u7ebf")


@checks("pipeline")
def _check_pipeline(act: Act, line: Pipeline, old: dict[str, Any]) -> list[Finding]:
    codes = {item.code for item in stages.stages()}
    if all(
        code in codes and isinstance(days, int) and 1 <= days <= MOST_DAYS
        for code, days in line.norms.items()
    ):
        return []
    text = say(N_("Give whole days from 1 to %(most)s."), most=MOST_DAYS)
    return [wrong("norms", text, "pipeline.norms")]


def pipeline_norms(
    *, by: Member, pk: int, version: int | None, **days: int | None
) -> Pipeline:
    """Set how many days a deal of a pipeline usually stays at each stage.

    A stage without days keeps the norm of the program. Only the head may do this.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.pipeline.norms", right="decide") as act:
        line = act.lock(Pipeline, pk, version)
        line.norms = {code: found for code, found in days.items() if found is not None}
        act.save(line)
        act.about(line)
        return line


@checks("deal")
def _check(act: Act, deal: Deal, old: dict[str, Any]) -> list[Finding]:
    if not deal.title_en and not deal.title_zh and deal.company_id:
        deal.title_en, deal.title_zh = deal.company.name_en, deal.company.name_zh
    if not old:
        deal.stage_on = deal.stage_on or act.day
        deal.owner = deal.owner or act.by
    if deal.stage != old.get("stage", FIRST) and act.code != MOVED:
        text = say(
            N_(
                "A deal begins at %(first)s and changes its stage at a gate only. Move "
                "it there."
            ),
            first=stages.stage(FIRST).name,
        )
        return [wrong("stage", text, "deal.stage")]
    return []


@follows("deal")
def _follow(act: Act, deal: Deal, old: dict[str, Any]) -> None:
    if not old:
        _move(act, deal, "", deal.stage, deal.stage_on, "")
        act.event("filed", deal, deal=deal)
    if deal.likelihood is not None and old.get("likelihood") != deal.likelihood:
        _forecast(act, deal)


def deal_move(
    *,
    by: Member,
    pk: int,
    version: int | None,
    to: str,
    why: str = "",
    on: datetime.date | None = None,
    exception: bool = False,
) -> Deal:
    """Move a deal to another stage.

    Going on needs all that the gate asks for; the head of office may let a deal pass
    with something missing, which is logged with the reason. Going back needs a reason.
    Stages that claim a win – signing and what follows – are confirmed by somebody who
    does not handle the deal.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, MOVED, right="decide" if exception else "write") as act:
        deal = act.lock(Deal, pk, version)
        day = on or act.day
        found: list[Finding] = []
        if to not in {item.code for item in stages.stages()}:
            found.append(wrong("to", say(N_("There is no such stage.")), "deal.stage"))
            refuse(*found)
        if deal.status not in {"active", "on_hold"}:
            text = say(N_("The deal is closed. Take it up again before you move it."))
            found.append(wrong("to", text, "deal.closed"))
        move = stages.check_move(held(deal), deal.stage, to)
        if move.back and not why.strip():
            text = say(N_("Say why it goes back."))
            found.append(wrong("why", text, "deal.why"))
        if exception and not why.strip():
            text = say(N_("Say why it may pass with something missing."))
            found.append(wrong("why", text, "deal.why"))
        if not move.allowed and not (exception and move.missing) and move.why:
            found.append(wrong("to", move.why, "deal.gate"))
        if day > act.day or day < deal.stage_on:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=deal.stage_on.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "deal.day"))
        if not move.back and is_win(to) and handles(deal, by):
            text = say(
                N_(
                    "You handle this deal, so you cannot confirm its win. Ask somebody "
                    "else to move it to %(stage)s."
                ),
                stage=stages.stage(to).name,
            )
            found.append(wrong("to", text, "deal.four_eyes"))
        refuse(*found)
        here = deal.stage
        deal.stage, deal.stage_on = to, day
        act.save(deal)
        missed = [item.key for item in move.missing] if exception else []
        if missed:
            act.note(exception=missed, why=why)
        _move(act, deal, here, to, day, why, back=move.back, exception=bool(missed))
        return deal


def is_win(code: str) -> bool:
    """Tell whether entering a stage claims a win: a binding signature or what follows."""
    first = stages.stage("S7b").order
    return first <= stages.stage(code).order < stages.stage("S13").order


def handles(deal: Deal, member: Member) -> bool:
    """Tell whether a member handles a deal, or did since it came to its stage.

    Else one could hand a deal over, confirm its win and take it back.
    """
    if deal.owner_id == member.pk:
        return True
    lines = LogLine.objects.filter(
        office_id=deal.office_id,
        subject=deal.ref,
        code="desk.deal.changed",
        at__date__gte=deal.stage_on,
    )
    return any(
        member.pk in line.data.get("changes", {}).get(deal.ref, {}).get("owner_id", ())
        for line in lines
    )


def _move(
    act: Act,
    deal: Deal,
    here: str,
    to: str,
    day: datetime.date,
    why: str,
    *,
    back: bool = False,
    exception: bool = False,
) -> None:
    StageMove.objects.create(
        office=act.office,
        deal=deal,
        from_stage=here,
        to_stage=to,
        on=day,
        by=act.by,
        why=why.strip(),
        exception=exception,
        training=act.training,
    )
    marks = [*(["back"] if back else []), *(["exception"] if exception else [])]
    # Whoever confirms a win is not who sold it, so its level is that of verification.
    level = "verified" if is_win(to) and not back else "stated"
    act.event("stage", deal, deal=deal, on=day, what=to, marks=marks, level=level)


def _still_open(deal: Deal) -> None:
    """Refuse to go on with a deal that is closed."""
    if not stages.exits()[deal.status].open:
        text = say(N_("The deal is closed. Take it up again before you change it."))
        refuse(wrong("", text, "deal.closed"))


def deal_forecast(
    *, by: Member, pk: int, version: int | None, percent: float, why: str = ""
) -> Deal:
    """State how likely a deal lands, in percent; what was stated is scored later.

    Saying the same again is a statement too.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.deal.forecast") as act:
        deal = act.lock(Deal, pk, version)
        _still_open(deal)
        if not 0 <= percent <= 100:
            text = say(N_("Found %(given)s. Expected 0 to 100 percent."), given=percent)
            refuse(wrong("percent", text, "deal.percent"))
        same = deal.likelihood == percent / 100
        deal.likelihood = percent / 100
        act.save(deal)
        if same:
            _forecast(act, deal)
        act.about(deal)
        act.note(why=why.strip())
        return deal


def _forecast(act: Act, deal: Deal) -> None:
    act.event(
        "forecast",
        deal,
        deal=deal,
        what=deal.stage,
        value=deal.likelihood,
        unit="share",
    )


def deal_note(
    *, by: Member, pk: int, version: int | None, key: str, text: str, source: str = ""
) -> Deal:
    """Note for a gate what one of its fields asks for."""
    with acting(by, "desk.deal.noted") as act:
        deal = act.lock(Deal, pk, version)
        _still_open(deal)
        known = {item.key: item for item in stages.requirements()}
        if key not in known or known[key].kind != "field":
            refuse(wrong("key", say(N_("No gate asks for this.")), "deal.key"))
        if len(text) > 2000:
            text_long = say(N_("Shorten it to 2,000 characters; attach the rest."))
            refuse(wrong("text", text_long, "deal.long"))
        if key == "review" and text.strip() and handles(deal, by):
            four = say(
                N_("The review is noted by somebody who does not handle the deal.")
            )
            refuse(wrong("text", four, "deal.four_eyes"))
        facts = dict(deal.facts)
        if text.strip():
            facts[key] = {
                "text": text.strip(),
                "source": source.strip(),
                "on": act.day.isoformat(),
                "by": by.pk,
            }
        else:
            facts.pop(key, None)
        deal.facts = facts
        act.save(deal)
        act.about(deal)
        return deal


def deal_close(
    *,
    by: Member,
    pk: int,
    version: int | None,
    status: str,
    why: str,
    lost_to: str = "",
    lesson: str = "",
    review_on: datetime.date | None = None,
) -> Deal:
    """Put a deal on hold, or note that it was lost, abandoned or left; with the reason."""
    with acting(by, "desk.deal.closed") as act:
        deal = act.lock(Deal, pk, version)
        found = []
        states = stages.exits()
        if status not in states or status == "active":
            refuse(wrong("status", say(N_("Choose a state.")), "deal.status"))
        if status == deal.status and status != "on_hold":
            text = say(N_("The deal is in this state already."))
            found.append(wrong("status", text, "deal.status"))
        landed = stages.stage(deal.stage).order >= stages.stage("S8").order
        if status == "exited" and not landed:
            text = say(
                N_("Only what has landed can leave. Say that it was lost or abandoned.")
            )
            found.append(wrong("status", text, "deal.status"))
        if not why.strip():
            found.append(wrong("why", say(N_("Say why.")), "deal.why"))
        if states[status].needs_place and not lost_to.strip():
            text = say(N_("Say where it went, or that it is not known."))
            found.append(wrong("lost_to", text, "deal.lost_to"))
        if status == "on_hold" and (review_on is None or review_on <= act.day):
            text = say(N_("Give a day after today on which to look again."))
            found.append(wrong("review_on", text, "deal.review"))
        refuse(*found)
        deal.status, deal.status_on, deal.status_why = status, act.day, why.strip()
        deal.lost_to, deal.lesson = lost_to.strip(), lesson.strip()
        deal.review_on = review_on if status == "on_hold" else None
        act.save(deal)
        act.event("status", deal, deal=deal, what=status)
        return deal


def deal_reopen(*, by: Member, pk: int, version: int | None, why: str) -> Deal:
    """Take a deal up again; it stands where it stood."""
    with acting(by, "desk.deal.reopened") as act:
        deal = act.lock(Deal, pk, version)
        if deal.status == "active":
            refuse(wrong("", say(N_("The deal is being worked on.")), "deal.active"))
        if not why.strip():
            refuse(wrong("why", say(N_("Say why.")), "deal.why"))
        deal.status, deal.status_on, deal.status_why = "active", act.day, why.strip()
        deal.review_on = None
        act.save(deal)
        act.event("status", deal, deal=deal, what="active")
        return deal
