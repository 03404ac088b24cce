"""Touch plans and the norms of tiers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.cultivate.models import TouchNorm, TouchPlan
from yanlian_web.cultivate.models.touches import NORMS
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may


@checks("touch-norm")
def _check_norm(act: Act, norm: TouchNorm, old: dict[str, Any]) -> list[Finding]:
    found = []
    if not may(act.by, "decide"):
        text = say(N_("Only the head of office sets the norm of a tier."))
        found.append(wrong("tier", text, "touch.norm"))
    same = TouchNorm.objects.filter(office=act.office, tier=norm.tier).live()
    if same.exclude(pk=norm.pk).exists():
        text = say(N_("This tier has a norm already. Change that one."))
        found.append(wrong("tier", text, "touch.norm_twice"))
    return found


@checks("touch-plan")
def _check_plan(act: Act, plan: TouchPlan, old: dict[str, Any]) -> list[Finding]:
    found: list[Finding] = []
    if plan.company_id is None:
        return found
    # Two who plan for one company at once wait for each other.
    Company.objects.select_for_update(of=("self",)).get(pk=plan.company_id)
    same = TouchPlan.objects.filter(office=act.office, company=plan.company_id).live()
    if not plan.archived_on and same.exclude(pk=plan.pk).exists():
        text = say(N_("This company has a plan already. Change that one."))
        found.append(wrong("company", text, "touch.twice"))
    if plan.months is None and not plan.company.tier:
        text = say(
            N_(
                "The company has no tier, so no norm applies. Give the months, or give "
                "the company a tier."
            )
        )
        found.append(wrong("months", text, "touch.months"))
    return found


def plans_make(*, by: Member, tier: str) -> int:
    """Plan for every local company of a tier that has no plan yet.

    The head of office does this; each plan follows the norm of the tier and belongs to
    the owner of the company.

    Returns
    -------
    int
        How many plans were made.

    Raises
    ------
    PermissionDenied, Refused
    """
    if not may(by, "decide"):
        raise PermissionDenied
    if tier not in NORMS:
        text = say(
            N_("Found “%(value)s”. Expected one of: %(tiers)s."),
            value=tier[:40],
            tiers=", ".join(NORMS),
        )
        refuse(wrong("tier", text, "touch.tier"))
    made = 0
    # What is invented goes again one day, so it has a line of its own in the log.
    for training in (False, True):
        with transaction.atomic():
            planned = TouchPlan.objects.filter(office=by.office).live()
            bare = list(
                Company.objects.filter(
                    office=by.office, tier=tier, local=True, training=training
                )
                .live()
                .exclude(pk__in=planned.values("company"))
                .select_related("owner")
                .order_by("sort", "pk")
            )
            if not bare:
                continue
            with acting(by, "cultivate.plans.made", right="decide") as act:
                for company in bare:
                    act.add(
                        TouchPlan(
                            company=company, since=act.day, owner=company.owner or by
                        )
                    )
                act.note(tier=tier, count=len(bare))
        made += len(bare)
    return made
