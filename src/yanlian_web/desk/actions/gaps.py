"""Gaps that an office takes up: opened from a run, planned, closed by what was built."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import IntegrityError, transaction

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, follows, refuse, wrong
from yanlian_web.desk.models import Deal, Gap, Milestone
from yanlian_web.offices.models import Member
from yanlian_web.studies import queries as studies

BY_REASON = "by_reason"


@checks("gap")
def _check(act: Act, gap: Gap, old: dict[str, Any]) -> list[Finding]:
    found = []
    if not old:
        gap.opened_on = gap.opened_on or act.day
        gap.owner = gap.owner or act.by
    if isinstance(gap.opened_on, datetime.date) and gap.opened_on > act.day:
        text = say(N_("A gap is opened today or was opened before."))
        found.append(wrong("opened_on", text, "gap.day"))
    until = gap.plan_until
    changed = old.get("plan_until") != until
    if changed and isinstance(until, datetime.date) and until < gap.opened_on:
        text = say(N_("It would end before the gap was opened. Give a later day."))
        found.append(wrong("plan_until", text, "gap.until"))
    return found


@follows("gap")
def _follow(act: Act, gap: Gap, old: dict[str, Any]) -> None:
    if not old:
        act.event("gap_opened", gap, gap=gap, on=gap.opened_on)


def gap_open(
    *,
    by: Member,
    run_id: str,
    gap_id: str,
    owner: Member | None = None,
    plan_en: str = "",
    plan_zh: str = "",
    plan_until: datetime.date | None = None,
) -> Gap:
    """Take up a gap that a run has found; its name, kind, score and rank are copied.

    Raises
    ------
    PermissionDenied
    Refused
        When the run does not know the gap, or the office has it already.
    """
    with acting(by, "desk.gap.opened") as act:
        known = {run["id"] for run in studies.store_of(by.office).runs("gaps")}
        rows = (
            studies.by_key(by.office, run_id, "gaps", "gap_id")
            if run_id in known
            else {}
        )
        if gap_id not in rows:
            text = say(N_("No run of this office has found such a gap."))
            refuse(wrong("gap_id", text, "gap.unknown"))
        _not_twice(act, gap_id)
        row = rows[gap_id]
        names = studies.by_key(by.office, run_id, "segments", "segment_id")
        segment = names[row["segment_id"]]
        gap = Gap(
            gap_id=gap_id,
            segment_id=row["segment_id"],
            sort_of=row["kind"],
            name_en=segment["name_en"],
            name_zh=segment["name_zh"],
            run_id=run_id,
            score=_number(row["score"]),
            rank=_number(row["rank"]),
            owner=owner or by,
            plan_en=plan_en.strip(),
            plan_zh=plan_zh.strip(),
            plan_until=plan_until,
        )
        try:
            # Two people may take it up in the same moment; the database keeps one.
            with transaction.atomic():
                act.add(gap)
        except IntegrityError:
            _not_twice(act, gap_id)
            raise
        return gap


def _not_twice(act: Act, gap_id: str) -> None:
    there = Gap.objects.filter(office=act.office, gap_id=gap_id).first()
    if there is None:
        return
    text = say(
        N_("This gap was taken up on %(day)s. Work on with the one that is there."),
        day=there.opened_on.isoformat(),
    )
    if there.archived_on:
        text = say(
            N_("This gap was taken up and archived on %(day)s. Bring it back instead."),
            day=there.archived_on.isoformat(),
        )
    refuse(wrong("gap_id", text, "gap.twice"))


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def gap_plan(
    *,
    by: Member,
    pk: int,
    version: int | None,
    owner: Member | None,
    plan_en: str = "",
    plan_zh: str = "",
    plan_until: datetime.date | None = None,
) -> Gap:
    """Say who answers for a gap, what is planned and by when it shall be closed."""
    with acting(by, "desk.gap.planned") as act:
        gap = act.lock(Gap, pk, version)
        gap.owner = owner
        gap.plan_en, gap.plan_zh = plan_en.strip(), plan_zh.strip()
        gap.plan_until = plan_until
        act.save(gap)
        act.about(gap)
        return gap


def filled_by(gap: Gap) -> list[Milestone]:
    """Return the verified starts of production of the gap's deals, earliest first."""
    # What is invented closes no real gap.
    real = {} if gap.training else {"deal__training": False}
    return list(
        Milestone.objects.filter(
            **real,
            deal__gap=gap,
            deal__archived_on=None,
            code="production",
            archived_on=None,
        )
        .exclude(verified_on=None)
        .exclude(reached_on=None)
        .select_related("deal__company")
        .order_by("reached_on", "pk")
    )


def gap_close(
    *,
    by: Member,
    pk: int,
    version: int | None,
    deal: Deal | None = None,
    why: str = "",
    on: datetime.date | None = None,
) -> Gap:
    """Close a gap.

    By a deal: one of this gap, whose start of production was verified. Without a deal
    the head may close it with a reason; the log then says that it was closed by reason,
    not by a firm in production.
    """
    with acting(by, "desk.gap.closed", right="write" if deal else "decide") as act:
        gap = act.lock(Gap, pk, version)
        day = on or act.day
        if gap.closed_on:
            text = say(N_("It was closed on %(day)s."), day=gap.closed_on.isoformat())
            refuse(wrong("", text, "gap.closed"))
        found = []
        since = gap.opened_on
        if deal is not None:
            starts = {m.deal_id: m for m in filled_by(gap)}
            if deal.gap_id != gap.pk or deal.pk not in starts:
                text = say(
                    N_(
                        "A gap is closed by a deal of its own whose start of production "
                        "was verified. Have the milestone verified first."
                    )
                )
                found.append(wrong("deal", text, "gap.not_filled"))
            else:
                since = max(since, starts[deal.pk].reached_on)
        elif not why.strip():
            text = say(N_("Say why it is closed although no firm fills it."))
            found.append(wrong("why", text, "gap.why"))
        if not since <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=since.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "gap.day"))
        refuse(*found)
        gap.closed_on, gap.closed_by, gap.closed_why = day, deal, why.strip()
        act.save(gap)
        act.event(
            "gap_closed",
            gap,
            gap=gap,
            deal=deal,
            on=day,
            level="verified" if deal else "stated",
            marks=[] if deal else [BY_REASON],
        )
        return gap


def gap_settle(*, by: Member, pk: int, version: int | None) -> Gap:
    """Close a gap by the firm that has been producing for longest: one click."""
    gap = Gap.objects.filter(pk=pk, office_id=by.office_id).first()
    starts = filled_by(gap) if gap else []
    if not starts:
        text = say(N_("No firm that fills it is in production yet."))
        refuse(wrong("", text, "gap.not_filled"))
    return gap_close(by=by, pk=pk, version=version, deal=starts[0].deal)


def gap_reopen(*, by: Member, pk: int, version: int | None, why: str) -> Gap:
    """Take a closed gap up again, with the reason."""
    with acting(by, "desk.gap.reopened") as act:
        gap = act.lock(Gap, pk, version)
        if not gap.closed_on:
            refuse(wrong("", say(N_("The gap is open.")), "gap.open"))
        if not why.strip():
            refuse(wrong("why", say(N_("Say why.")), "gap.why"))
        gap.closed_on, gap.closed_by, gap.closed_why = None, None, ""
        act.save(gap)
        act.note(why=why.strip())
        act.event("gap_opened", gap, gap=gap)
        return gap
