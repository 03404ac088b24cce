"""Services: enquiries, proposals and the like, each with its clock or its amount."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian.errors import Finding
from yanlian.progress.measure import default_definitions
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, follows, refuse, wrong
from yanlian_web.desk.models import Service
from yanlian_web.desk.models.services import EVENTS
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

# Kinds that are money and are summed; a correction is written as the difference.
SUMMED = {"cost": "", "purchase_total": "total", "purchase_local": "local"}
# Kinds whose end is noted later.
CLOCKS = frozenset(kind for kind, (_, end) in EVENTS.items() if end)
ABOUT_COMPANY = frozenset({"feedback", "expansion", "purchase_total", "purchase_local"})


@checks("service")
def _check(act: Act, item: Service, old: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    if item.company_id is None and item.deal is not None:
        item.company = item.deal.company
    if old and item.sort_of != old["sort_of"]:
        text = say(N_("The kind cannot be changed. Archive it and enter it anew."))
        found.append(wrong("sort_of", text, "service.kind"))
    clock = item.sort_of in CLOCKS or item.sort_of in {"aftercare", "expansion"}
    if old and clock and item.on != old["on"]:
        text = say(
            N_("Its clock runs from this day already. Archive it and enter it anew.")
        )
        found.append(wrong("on", text, "service.day"))
    if item.on and item.on > act.day and item.sort_of not in {"target", "proposal"}:
        text = say(
            N_("Found %(day)s. Expected a day up to today."), day=item.on.isoformat()
        )
        found.append(wrong("on", text, "service.ahead"))
    if item.on and item.due_on and item.due_on < item.on:
        text = say(N_("It is due before it begins. Correct one of the two."))
        found.append(wrong("due_on", text, "service.order"))
    if item.sort_of == "proposal" and item.due_on is None:
        text = say(N_("Say by when the proposal is due."))
        found.append(wrong("due_on", text, "service.due"))
    if item.sort_of in ABOUT_COMPANY and item.company_id is None:
        text = say(N_("Name the company it is about."))
        found.append(wrong("company", text, "service.company"))
    if (item.sort_of in SUMMED or item.sort_of == "target") and item.value is None:
        found.append(wrong("value", say(N_("Give the number.")), "service.value"))
    if item.sort_of == "target":
        found += _target(act, item, old)
    return found


def _target(act: Act, item: Service, old: dict[str, Any]) -> list[Finding]:
    found = []
    changed = not old or any(
        old[key] != getattr(item, key) for key in ("code", "value", "on", "archived_on")
    )
    if changed and not may(act.by, "decide"):
        text = say(N_("Only the head of office sets targets."))
        found.append(wrong("sort_of", text, "service.target"))
    codes = {row["code"] for row in default_definitions().rows()}
    if item.code not in codes:
        text = say(
            N_("Found “%(code)s”. Expected the code of an indicator, such as K10."),
            code=item.code,
        )
        found.append(wrong("code", text, "service.code"))
    if item.value is not None and item.value <= 0:
        text = say(N_("A target is above nothing."))
        found.append(wrong("value", text, "service.value"))
    return found


@follows("service")
def _follow(act: Act, item: Service, old: dict[str, Any]) -> None:
    begun = EVENTS[item.sort_of][0]
    if item.sort_of in SUMMED:
        before = _amount(old.get("value"), old.get("archived_on"))
        after = _amount(item.value, item.archived_on)
        if (before, old.get("on")) == (after, item.on):
            return
        # What was written stays; the difference corrects it on the day it was counted.
        if before:
            _event(act, item, begun, value=-before, on=old["on"], unit="CNY")
        if after:
            _event(act, item, begun, value=after, on=item.on, unit="CNY")
    elif item.sort_of == "target":
        changed = any(
            old.get(key) != getattr(item, key)
            for key in ("code", "value", "on", "archived_on")
        )
        if changed:
            aim = _amount(item.value, item.archived_on)
            _event(act, item, begun, value=aim, on=item.on)
    elif not old or (item.sort_of == "proposal" and old["due_on"] != item.due_on):
        _event(act, item, begun, on=item.on, due_on=item.due_on)


def _amount(value: float | None, archived: datetime.date | None) -> float:
    return 0.0 if archived or value is None else value


def _event(act: Act, item: Service, kind: str, **more: Any) -> None:
    what = item.code if item.sort_of == "target" else SUMMED.get(item.sort_of, "")
    # Aftercare is timed from the deal's own start of production.
    of_deal = item.sort_of == "aftercare" and item.deal is not None
    subject = item.deal if of_deal and item.deal else item
    act.event(kind, subject, deal=item.deal, company=item.company, what=what, **more)


def service_done(
    *,
    by: Member,
    pk: int,
    version: int | None,
    done_on: datetime.date | None = None,
    outcome: str = "",
    confirmed: bool = False,
    manager: Member | None = None,
) -> Service:
    """Note that an enquiry was answered, a manager named, a proposal finished, and so on.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.service.done") as act:
        item = act.lock(Service, pk, version)
        if item.sort_of not in CLOCKS or item.done_on:
            refuse(wrong("", say(N_("There is nothing to finish.")), "service.done"))
        found = []
        day = done_on or act.day
        if not item.on <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=item.on.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("done_on", text, "service.day"))
        if item.sort_of == "assignment" and manager is None:
            text = say(N_("Name the manager."))
            found.append(wrong("manager", text, "service.manager"))
        if manager is not None and manager.office_id != item.office_id:
            text = say(N_("There is no such record in your office."))
            found.append(wrong("manager", text, "desk.office"))
        if item.sort_of == "enquiry" and not outcome.strip():
            text = say(N_("Say what was answered; a receipt is no answer."))
            found.append(wrong("outcome", text, "service.outcome"))
        refuse(*found)
        item.done_on, item.outcome = day, outcome.strip()
        item.confirmed = confirmed and item.sort_of == "feedback"
        if manager is not None and item.sort_of == "assignment":
            item.owner = manager
        act.save(item)
        act.event(
            EVENTS[item.sort_of][1],
            item,
            deal=item.deal,
            company=item.company,
            on=day,
            marks=["confirmed"] if item.confirmed else [],
        )
        return item
