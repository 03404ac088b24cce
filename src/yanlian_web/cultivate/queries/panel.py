"""The chapter of cultivating on the page of a company."""

from __future__ import annotations

from typing import Any

from yanlian.ladder import tiers
from yanlian_web.cultivate.models import (
    Capability,
    Issue,
    LadderStanding,
    Need,
    TouchPlan,
)
from yanlian_web.cultivate.queries.touches import touches_of
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import reader

# Rows of each kind that the chapter shows; the lists show all.
SHOWN = 5


def company_panel(member: Member, company: Company) -> dict[str, Any] | None:
    """Return plan, issues, capabilities, needs and tiers of a company.

    None for a company that is not here and of which nothing is on file.
    """
    plans = TouchPlan.objects.seen_by(member).live().filter(company=company)
    touches = touches_of(member, plans)
    issues = list(
        Issue.objects.seen_by(member)
        .live()
        .filter(company=company)
        .select_related("department")
        .order_by("-solved_on", "on")
    )
    issues.sort(key=lambda i: (i.solved_on is not None, i.on))
    book = list(
        Capability.objects.seen_by(member).live().filter(company=company)[:SHOWN]
    )
    needs = list(
        Need.objects.seen_by(member).live().filter(company=company, closed_on=None)[:SHOWN]
    )  # fmt: skip
    order = list(tiers())
    standings = sorted(
        LadderStanding.objects.filter(company=company),
        key=lambda s: order.index(s.tier),
    )
    if not (company.local or touches or issues or book or needs or standings):
        return None
    return {
        "touch": touches[0] if touches else None,
        "issues": [
            {"item": issue, "days": ((issue.solved_on or today()) - issue.on).days}
            for issue in issues[:SHOWN]
        ],
        "open": sum(issue.solved_on is None for issue in issues),
        "book": book,
        "needs": needs,
        "steps": [
            {"item": s, "tier": tiers()[s.tier].name.text(reader())} for s in standings
        ],
    }
