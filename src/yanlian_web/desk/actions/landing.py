"""Landing: milestones planned, claimed and verified; money, counts and blockers."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Any

from yanlian.errors import Finding
from yanlian.progress import landing
from yanlian.progress.stages import list_of
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, follows, refuse, wrong
from yanlian_web.desk.actions import papers
from yanlian_web.desk.actions.deals import handles
from yanlian_web.desk.actions.papers import Given
from yanlian_web.desk.models import (
    Agreement,
    Blocker,
    Deal,
    Evidence,
    Measure,
    Milestone,
    MilestonePlan,
    Payment,
)
from yanlian_web.desk.models.base import MOST_CNY
from yanlian_web.desk.models.promises import UNITS
from yanlian_web.offices.models import Member

# Papers that prove a count.
COUNTED_BY = {
    "jobs": ("payroll", "social_insurance"),
    "research": ("payroll", "social_insurance"),
    "output": ("output_statement", "tax_statement", "invoice"),
    "tax": ("tax_statement",),
}
MOST = {"jobs": 1e7, "research": 1e7, "output": MOST_CNY, "tax": MOST_CNY}


@checks("milestone")
def _check_milestone(
    act: Act, milestone: Milestone, old: dict[str, Any]
) -> list[Finding]:
    if milestone.archived_on and milestone.reached_on:
        text = say(N_("It is claimed. Send the claim back before you archive it."))
        return [wrong("", text, "milestone.claimed")]
    return []


@checks("payment")
def _check_payment(act: Act, payment: Payment, old: dict[str, Any]) -> list[Finding]:
    return _counted(act, payment, old)


@checks("measure")
def _check_measure(act: Act, measure: Measure, old: dict[str, Any]) -> list[Finding]:
    return _counted(act, measure, old)


def _counted(act: Act, record: Payment | Measure, old: dict[str, Any]) -> list[Finding]:
    """Return what speaks against taking off what is verified, or bringing it back."""
    if not old or old["archived_on"] == record.archived_on:
        return []
    if record.archived_on:
        return _four_eyes(act.by, record.deal) if record.verified_on else []
    if _papers_of(**{record.kind: record}):
        return []
    text = say(N_("Its paper was set free. Enter it anew with a paper."))
    return [wrong("", text, "paper.none")]


def milestone_plan(
    *,
    by: Member,
    pk: int,
    version: int | None,
    code: str,
    planned_on: datetime.date,
    why: str = "",
) -> Milestone:
    """Plan a milestone of a deal for a day; moving it needs a reason.

    Every day that was planned is kept, so that the page tells how it slipped.
    """
    with acting(by, "desk.milestone.planned") as act:
        deal = act.lock(Deal, pk)
        found = _known(code)
        refuse(*found)
        milestone = _milestone(act, deal, code)
        before = milestone.planned_on if milestone else None
        if milestone is not None and milestone.reached_on:
            text = say(
                N_("It was reached on %(day)s; there is nothing to plan any more."),
                day=milestone.reached_on.isoformat(),
            )
            found.append(wrong("code", text, "milestone.reached"))
        if before == planned_on:
            text = say(N_("It is planned for that day already."))
            found.append(wrong("planned_on", text, "milestone.same"))
        elif before is not None and not why.strip():
            text = say(
                N_("It was planned for %(day)s. Say why the day moves."),
                day=before.isoformat(),
            )
            found.append(wrong("why", text, "desk.why"))
        found += _plan_order(deal, code, planned_on)
        refuse(*found)
        if milestone is None:
            milestone = act.add(
                Milestone(deal=deal, code=code, planned_on=planned_on, owner=deal.owner)
            )
        else:
            milestone.planned_on = planned_on
            act.save(milestone)
        MilestonePlan.objects.create(
            office=act.office,
            milestone=milestone,
            planned_on=planned_on,
            set_on=act.day,
            by=by,
            why=why.strip()[:500],
            training=act.training,
        )
        act.about(milestone)
        act.note(why=why.strip())
        return milestone


def _known(code: str) -> list[Finding]:
    if code in landing.milestones():
        return []
    return [wrong("code", say(N_("There is no such milestone.")), "milestone.code")]


def _milestone(act: Act, deal: Deal, code: str) -> Milestone | None:
    row = Milestone.objects.filter(deal=deal, code=code).first()
    return act.lock(Milestone, row.pk) if row else None


def _plan_order(deal: Deal, code: str, day: datetime.date) -> list[Finding]:
    """Return which other planned days a plan would contradict."""
    known = landing.milestones()
    rows = Milestone.objects.filter(deal=deal, archived_on=None).exclude(code=code)
    days = {row.code: row.reached_on or row.planned_on for row in rows}
    before, after = set(), set()
    step = known[code].after
    while step:
        before.add(step)
        step = known[step].after
    for other in known:
        step = known[other].after
        while step:
            if step == code:
                after.add(other)
            step = known[step].after
    found = []
    for other, when in days.items():
        if when is None:
            continue
        if (other in before and when > day) or (other in after and when < day):
            text = say(
                N_(
                    "Found %(name)s on %(day)s beside %(other)s on %(when)s. That is "
                    "not the order of the work; move one of the two."
                ),
                name=known[code].name,
                day=day.isoformat(),
                other=known[other].name,
                when=when.isoformat(),
            )
            found.append(wrong("planned_on", text, "milestone.order"))
    return found


def milestone_claim(
    *,
    by: Member,
    pk: int,
    version: int | None,
    code: str,
    on: datetime.date,
    evidence: Sequence[Given],
) -> Milestone:
    """Claim that a milestone of a deal was reached, with the papers that prove it.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "desk.milestone.claimed") as act:
        deal = act.lock(Deal, pk)
        refuse(*_known(code))
        milestone = _milestone(act, deal, code)
        if milestone is not None and milestone.reached_on:
            text = say(
                N_(
                    "It is claimed for %(day)s already. Verify that claim or send it "
                    "back first."
                ),
                day=milestone.reached_on.isoformat(),
            )
            refuse(wrong("code", text, "milestone.claimed"))
        seen, found = papers.look(act, evidence, "_1")
        reached = {
            row.code: row.reached_on
            for row in Milestone.objects.filter(deal=deal, archived_on=None)
            if row.reached_on and row.code != code
        }
        listed = [item.paper for item in seen]
        found += [
            _at(finding, "kind_1")
            for finding in landing.check_claim(
                code,
                on,
                [paper for paper in listed if paper.kind],
                reached=reached,
                used=papers.used(by, listed),
                today=act.day,
            )
        ]
        refuse(*found)
        if milestone is None:
            milestone = act.add(Milestone(deal=deal, code=code, owner=deal.owner))
        milestone.reached_on, milestone.claimed_by = on, by
        milestone.rejected_on, milestone.rejected_why = None, ""
        act.save(milestone)
        act.about(milestone)
        papers.put(act, seen, milestone=milestone)
        return milestone


def _at(finding: Finding, field: str) -> Finding:
    """Return a finding about evidence at the field in which that is chosen."""
    if finding.where != "evidence":
        return finding
    return wrong(field, finding.say, finding.code)


def _four_eyes(by: Member, deal: Deal, *claimed: int | None) -> list[Finding]:
    """Return what speaks against somebody verifying."""
    if handles(deal, by):
        text = say(
            N_("You handle this deal, so you cannot verify it. Ask somebody else.")
        )
        return [wrong("", text, "landing.four_eyes")]
    if by.pk in claimed:
        text = say(
            N_("You claimed it yourself, so you cannot verify it. Ask somebody else.")
        )
        return [wrong("", text, "landing.four_eyes")]
    return []


def _papers_of(**target: Any) -> list[Evidence]:
    return list(Evidence.objects.filter(archived_on=None, **target))


def milestone_verify(*, by: Member, pk: int, version: int | None) -> Milestone:
    """Confirm a claimed milestone after its papers were seen; gates ask for this."""
    with acting(by, "desk.milestone.verified", right="verify") as act:
        milestone = act.lock(Milestone, pk, version)
        deal = act.lock(Deal, milestone.deal_id)
        found = _four_eyes(by, deal, milestone.claimed_by_id)
        if not milestone.reached_on:
            text = say(N_("Nobody has claimed it; there is nothing to verify."))
            found.append(wrong("", text, "milestone.unclaimed"))
        elif milestone.verified_on:
            found.append(_done(milestone.verified_on))
        kinds = [row.sort_of for row in _papers_of(milestone=milestone)]
        if milestone.reached_on and not landing.milestones()[milestone.code].proven_by(
            kinds
        ):
            text = say(N_("The papers do not prove it. Send the claim back."))
            found.append(wrong("", text, "landing.evidence"))
        refuse(*found)
        milestone.verified_on, milestone.verified_by = act.day, by
        act.save(milestone)
        act.about(milestone)
        act.event(
            "checked", milestone, deal=deal, what=milestone.code, level="verified"
        )
        return milestone


def _done(day: datetime.date) -> Finding:
    text = say(N_("It was verified on %(day)s already."), day=day.isoformat())
    return wrong("", text, "landing.verified")


def milestone_reject(
    *, by: Member, pk: int, version: int | None, why: str
) -> Milestone:
    """Send a claimed milestone back with a reason; its papers become free again."""
    with acting(by, "desk.milestone.rejected", right="verify") as act:
        milestone = act.lock(Milestone, pk, version)
        deal = act.lock(Deal, milestone.deal_id)
        found = []
        if not milestone.reached_on:
            text = say(N_("Nobody has claimed it; there is nothing to send back."))
            found.append(wrong("", text, "milestone.unclaimed"))
        if milestone.verified_on:
            found += _four_eyes(by, deal)
        found += _why(why)
        refuse(*found)
        rows = _papers_of(milestone=milestone)
        milestone.reached_on = milestone.claimed_by = None
        milestone.verified_on = milestone.verified_by = None
        milestone.rejected_on, milestone.rejected_why = act.day, why.strip()[:500]
        act.save(milestone)
        act.about(milestone)
        act.note(why=why.strip())
        papers.free(act, why.strip(), rows)
        return milestone


def _why(why: str) -> list[Finding]:
    return [] if why.strip() else [wrong("why", say(N_("Say why.")), "desk.why")]


def payment_add(
    *,
    by: Member,
    pk: int,
    version: int | None,
    on: datetime.date,
    value_cny: float,
    evidence: Given,
    agreement: Agreement | None = None,
    purpose: str = "",
) -> Payment:
    """Enter money that the investor of a deal has put in place, with its paper.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "desk.payment.added") as act:
        deal = act.lock(Deal, pk)
        found: list[Finding] = []
        seen, wrong_paper = papers.look(act, [evidence])
        found += wrong_paper
        paper = seen[0].paper if seen else landing.Paper("")
        if not seen:
            text = say(N_("There is no paper. Money counts only with one."))
            found.append(wrong("kind", text, "paper.none"))
        rule = landing.Payment(on, value_cny, paper)
        found += [
            _at(finding, "kind")
            for finding in landing.check_payment(
                rule, used=papers.used(by, [paper]), today=act.day
            )
            if (seen and paper.kind) or finding.where != "evidence"
        ]
        if math.isfinite(value_cny) and value_cny > MOST_CNY:
            found.append(_absurd("value_cny", value_cny, MOST_CNY))
        if agreement is not None and agreement.deal_id != deal.pk:
            text = say(
                N_("The agreement belongs to another deal. Choose one of this deal.")
            )
            found.append(wrong("agreement", text, "payment.agreement"))
        refuse(*found)
        payment = act.add(
            Payment(
                deal=deal,
                agreement=agreement,
                on=on,
                value_cny=value_cny,
                purpose=purpose.strip(),
                owner=deal.owner,
            )
        )
        papers.put(act, seen, payment=payment)
        return payment


def _absurd(field: str, value: float, most: float) -> Finding:
    text = say(
        N_("Found %(value)s. Expected at most %(most)s; check the unit."),
        value=f"{value:,.0f}",
        most=f"{most:,.0f}",
    )
    return wrong(field, text, "landing.absurd")


@follows("payment")
def _paid(act: Act, payment: Payment, old: dict[str, Any]) -> None:
    """Write a payment down, and again when it is verified or taken off.

    In the log the last record of a payment is the one that counts, so none is counted
    twice; one that is taken off is written again with nothing.
    """
    counts = payment.archived_on is None
    level = "verified" if payment.verified_on else "evidenced"
    before = (
        bool(old) and old["archived_on"] is None,
        "verified" if old and old["verified_on"] else "evidenced",
    )
    if old and before == (counts, level):
        return
    act.event(
        "paid",
        payment,
        deal=payment.deal,
        agreement=payment.agreement,
        on=payment.on,
        what="investment",
        value=(payment.value_cny or 0.0) if counts else 0.0,
        unit="CNY",
        level=level,
    )


def _sign(old: dict[str, Any], record: Any) -> int:
    """Return 1 for a record that begins to count, -1 for one that ceases to, else 0."""
    counted = bool(old) and old["archived_on"] is None
    return int(record.archived_on is None) - int(counted)


def payment_verify(*, by: Member, pk: int, version: int | None) -> Payment:
    """Confirm a payment after its paper was seen."""
    with acting(by, "desk.payment.verified", right="verify") as act:
        payment = act.lock(Payment, pk, version)
        deal = act.lock(Deal, payment.deal_id)
        _verify(act, payment, deal)
        return payment


def _verify(act: Act, record: Payment | Measure, deal: Deal) -> None:
    found = _four_eyes(act.by, deal, record.made_by_id)
    if record.verified_on:
        found.append(_done(record.verified_on))
    if not _papers_of(**{record.kind: record}):
        text = say(N_("There is no paper to it, so it cannot be verified."))
        found.append(wrong("", text, "paper.none"))
    refuse(*found)
    record.verified_on, record.verified_by = act.day, act.by
    act.save(record)
    act.about(record)


def payment_reject(*, by: Member, pk: int, version: int | None, why: str) -> Payment:
    """Take a payment off that the paper does not prove; the paper becomes free again."""
    taken: Payment = _reject(by, Payment, pk, version, why)
    return taken


def measure_reject(*, by: Member, pk: int, version: int | None, why: str) -> Measure:
    """Take a count off that the paper does not prove; the paper becomes free again."""
    taken: Measure = _reject(by, Measure, pk, version, why)
    return taken


def _reject(by: Member, model: Any, pk: int, version: int | None, why: str) -> Any:
    with acting(by, f"desk.{model.kind}.rejected", right="verify") as act:
        record = act.lock(model, pk, version)
        deal = act.lock(Deal, record.deal_id)
        found = []
        if record.verified_on:
            found += _four_eyes(by, deal)
        found += _why(why)
        refuse(*found)
        rows = _papers_of(**{record.kind: record})
        record.archived_on, record.archived_why = act.day, why.strip()[:500]
        act.save(record)
        act.about(record)
        papers.free(act, why.strip(), rows)
        return record


def measure_add(
    *,
    by: Member,
    pk: int,
    version: int | None,
    what: str,
    on: datetime.date,
    value: float,
    evidence: Given,
) -> Measure:
    """Enter a count of a deal on a day: jobs, people in research, output or tax.

    Without a paper it is what the firm says, and counts nowhere until there is one.
    """
    with acting(by, "desk.measure.added") as act:
        deal = act.lock(Deal, pk)
        found: list[Finding] = []
        if what not in COUNTED_BY:
            text = say(
                N_("Investment is counted from payments. Enter each with its paper.")
            )
            refuse(wrong("what", text, "measure.what"))
        if not math.isfinite(value) or value < 0:
            text = say(N_("Expected a number of zero or more."))
            found.append(wrong("value", text, "measure.value"))
        elif value > MOST[what]:
            found.append(_absurd("value", value, MOST[what]))
        if on > act.day:
            text = say(
                N_(
                    "Found %(day)s, which is still to come. Expected a day up to "
                    "%(today)s."
                ),
                day=on.isoformat(),
                today=act.day.isoformat(),
            )
            found.append(wrong("on", text, "landing.future"))
        seen, wrong_paper = papers.look(act, [evidence])
        found += wrong_paper
        found += _count_paper(by, what, seen)
        refuse(*found)
        measure = act.add(
            Measure(deal=deal, what=what, on=on, value=value, owner=deal.owner)
        )
        papers.put(act, seen, measure=measure)
        _measured(act, measure, "evidenced" if seen else "stated")
        return measure


def _count_paper(by: Member, what: str, seen: Sequence[papers.Seen]) -> list[Finding]:
    """Return why a paper does not prove a count."""
    if not seen or not seen[0].paper.kind:
        return []
    paper, names = seen[0].paper, landing.evidence_kinds()
    found = []
    if paper.kind not in COUNTED_BY[what]:
        text = say(
            N_(
                "Found %(kind)s, which does not prove a count of %(what)s. Expected one "
                "of: %(kinds)s."
            ),
            kind=names[paper.kind].name if paper.kind in names else paper.kind,
            what=say(papers.WHAT_SAID[what]),
            kinds=list_of(names[code].name for code in COUNTED_BY[what]),
        )
        found.append(wrong("kind", text, "landing.evidence"))
    known = next(iter(papers.used(by, [paper]).values()), None)
    if known is not None:
        text = say(
            N_(
                "This paper already proves %(what)s. One paper proves one thing; give "
                "another."
            ),
            what=known,
        )
        found.append(wrong("kind", text, "landing.reused"))
    return found


def _measured(
    act: Act, measure: Measure, level: str, value: float | None = None
) -> None:
    act.event(
        "measured",
        measure,
        deal=measure.deal,
        on=measure.on,
        what=measure.what,
        value=measure.value if value is None else value,
        unit=UNITS[measure.what],
        level=level,
    )


def measure_verify(*, by: Member, pk: int, version: int | None) -> Measure:
    """Confirm a count after its paper was seen."""
    with acting(by, "desk.measure.verified", right="verify") as act:
        measure = act.lock(Measure, pk, version)
        deal = act.lock(Deal, measure.deal_id)
        _verify(act, measure, deal)
        _measured(act, measure, "verified")
        return measure


@follows("measure")
def _uncounted(act: Act, measure: Measure, old: dict[str, Any]) -> None:
    """Let the count before it stand again when a count is archived.

    The last count of a deal is what the log tells, so the one that now holds is written
    down again for that day, once for each level that had been reached.
    """
    sign = _sign(old, measure)
    if not old or not sign:
        return
    rows = list(
        Measure.objects.filter(
            deal=measure.deal, what=measure.what, on__lte=measure.on, archived_on=None
        ).order_by("-on", "-pk")
    )
    proven = set(
        Evidence.objects.filter(measure__in=rows, archived_on=None).values_list(
            "measure_id", flat=True
        )
    )
    if Evidence.objects.filter(measure=measure).exists():
        last = next((row.value for row in rows if row.pk in proven), 0.0)
        _measured(act, measure, "evidenced", last)
    if measure.verified_on:
        last = next((row.value for row in rows if row.verified_on), 0.0)
        _measured(act, measure, "verified", last)


@checks("blocker")
def _check_blocker(act: Act, blocker: Blocker, old: dict[str, Any]) -> list[Finding]:
    found = []
    if not old:
        blocker.owner = blocker.owner or act.by
    if blocker.since and blocker.since > act.day:
        text = say(
            N_(
                "Found %(day)s, which is still to come. Expected a day up to %(today)s."
            ),
            day=blocker.since.isoformat(),
            today=act.day.isoformat(),
        )
        found.append(wrong("since", text, "blocker.future"))
    if blocker.since and blocker.due_on and blocker.due_on < blocker.since:
        text = say(
            N_("It would be solved before it began. Correct one of the two days.")
        )
        found.append(wrong("due_on", text, "blocker.order"))
    return found


def blocker_escalate(
    *, by: Member, pk: int, version: int | None, to: str, why: str
) -> Blocker:
    """Take a blocker to somebody higher up."""
    with acting(by, "desk.blocker.escalated") as act:
        blocker = act.lock(Blocker, pk, version)
        found = _why(why)
        if blocker.solved_on:
            text = say(N_("It is solved already."))
            found.append(wrong("", text, "blocker.solved"))
        if not to.strip():
            found.append(wrong("to", say(N_("Say to whom.")), "blocker.to"))
        refuse(*found)
        blocker.escalated_on, blocker.escalated_to = act.day, to.strip()[:200]
        act.save(blocker)
        act.note(why=why.strip())
        return blocker


def blocker_solve(
    *,
    by: Member,
    pk: int,
    version: int | None,
    how: str,
    on: datetime.date | None = None,
) -> Blocker:
    """Note how a blocker was solved, and when."""
    with acting(by, "desk.blocker.solved") as act:
        blocker = act.lock(Blocker, pk, version)
        day = on or act.day
        found = []
        if blocker.solved_on:
            text = say(N_("It is solved already."))
            found.append(wrong("", text, "blocker.solved"))
        if not how.strip():
            found.append(wrong("how", say(N_("Say how.")), "blocker.how"))
        if not blocker.since <= day <= act.day:
            text = say(
                N_("Found %(day)s. Expected a day from %(first)s to today, %(last)s."),
                day=day.isoformat(),
                first=blocker.since.isoformat(),
                last=act.day.isoformat(),
            )
            found.append(wrong("on", text, "blocker.day"))
        refuse(*found)
        blocker.solved_on, blocker.solved_how = day, how.strip()
        act.save(blocker)
        return blocker
