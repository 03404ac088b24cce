"""Issues of firms: raised, solved, and confirmed by the firm itself."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian.errors import Finding
from yanlian.text import N_, Say, say
from yanlian_web.cultivate.models import Issue
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.models import Blocker
from yanlian_web.offices.models import Member


def ahead(day: datetime.date) -> Say:
    """Return the sentence about a day to come."""
    return say(N_("Found %(day)s. Expected a day up to today."), day=day.isoformat())


@checks("issue")
def _check(act: Act, issue: Issue, old: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    if issue.on and issue.on > act.day:
        found.append(wrong("on", ahead(issue.on), "issue.ahead"))
    if issue.on and issue.due_on and issue.due_on < issue.on:
        text = say(N_("It is due before it was raised. Correct one of the two."))
        found.append(wrong("due_on", text, "issue.order"))
    if issue.on and issue.solved_on and issue.solved_on < issue.on:
        text = say(N_("It was solved before it was raised. Correct the day."))
        found.append(wrong("on", text, "issue.order"))
    if old and old["on"] != issue.on and old["solved_on"]:
        text = say(N_("It is solved; its clock has been counted. Leave the day."))
        found.append(wrong("on", text, "issue.counted"))
    meeting = issue.meeting
    if meeting and issue.company_id and meeting.company_id != issue.company_id:
        text = say(N_("That meeting was with somebody else. Choose another one."))
        found.append(wrong("meeting", text, "issue.meeting"))
    if not old and issue.company_id:
        found += _twice(act, issue)
    return found


def _twice(act: Act, issue: Issue) -> list[Finding]:
    """Return a finding when the same thing is open already, here or as a blocker."""
    texts = {t.strip() for t in (issue.text_en, issue.text_zh) if t.strip()}
    rows = [
        *Issue.objects.filter(office=act.office, company=issue.company_id, solved_on=None).live(),
        *Blocker.objects.filter(office=act.office, deal__company=issue.company_id, solved_on=None).live(),
    ]  # fmt: skip
    for row in rows:
        if not texts & {row.text_en.strip(), row.text_zh.strip()}:
            continue
        text = (
            say(
                N_(
                    "This stops a deal of the company and is on file as a blocker since "
                    "%(day)s. Solve it there; it is counted here too."
                ),
                day=row.since.isoformat(),
            )
            if isinstance(row, Blocker)
            else say(
                N_("The company has raised this already on %(day)s; it is open."),
                day=row.on.isoformat(),
            )
        )
        return [wrong("text_en" if issue.text_en else "text_zh", text, "issue.twice")]
    return []


def issue_solve(
    *,
    by: Member,
    pk: int,
    version: int | None,
    how: str,
    solved_on: datetime.date | None = None,
) -> Issue:
    """Note when and how an issue was solved; the firm has still to confirm it.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.issue.solved") as act:
        issue = act.lock(Issue, pk, version)
        day = solved_on or act.day
        found = []
        if issue.solved_on:
            refuse(wrong("", say(N_("It is solved already.")), "issue.solved"))
        if not issue.on <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=issue.on.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("solved_on", text, "issue.day"))
        if not how.strip():
            text = say(N_("Say how it was solved; the next one will look it up."))
            found.append(wrong("how", text, "issue.how"))
        refuse(*found)
        issue.solved_on, issue.solved_how = day, how.strip()
        act.save(issue)
        return issue


def issue_confirm(
    *,
    by: Member,
    pk: int,
    version: int | None,
    answer: str,
    who: str,
    on: datetime.date | None = None,
    why: str = "",
) -> Issue:
    """Note what the firm itself says: that it is solved, or that it is not.

    When the firm says no, the issue is open again and its clock runs on from the day it
    was raised.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "cultivate.issue.confirmed") as act:
        issue = act.lock(Issue, pk, version)
        solved = issue.solved_on
        if solved is None:
            text = say(N_("It is not solved yet, so there is nothing to confirm."))
            refuse(wrong("", text, "issue.open"))
            raise AssertionError  # refuse has raised
        if issue.confirmed_on:
            text = say(N_("The company has confirmed it already."))
            refuse(wrong("", text, "issue.confirmed"))
        day = on or act.day
        found = []
        if not solved <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=solved.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "issue.day"))
        if not who.strip():
            text = say(N_("Name who of the company said so."))
            found.append(wrong("who", text, "issue.who"))
        if answer not in {"yes", "no"}:
            text = say(N_("Choose whether the company says that it is solved."))
            found.append(wrong("answer", text, "issue.answer"))
        if answer == "no" and not why.strip():
            text = say(N_("Say what is still missing."))
            found.append(wrong("why", text, "issue.why"))
        refuse(*found)
        act.note(answer=answer, who=who.strip(), why=why.strip())
        if answer == "yes":
            issue.confirmed_on, issue.confirmed_by = day, who.strip()[:200]
        else:
            issue.solved_on, issue.solved_how = None, ""
            issue.reopened += 1
        act.save(issue)
        return issue
