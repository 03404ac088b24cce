"""Gaps the office has taken up, and whether one of a run was."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict

from yanlian.text import N_
from yanlian_web.desk.lists import Column, Page, page_of
from yanlian_web.desk.models import Deal, Gap, Meeting, Milestone
from yanlian_web.offices.models import Member
from yanlian_web.studies import queries as studies

STATES = (("", N_("not closed")), ("closed", N_("closed")), ("all", N_("all")))
COLUMNS = (
    Column(N_("Gap"), "gap_id"),
    Column(N_("Name (English)"), "name_en"),
    Column(N_("Name (Chinese)"), "name_zh"),
    Column(N_("Opened on"), "opened_on"),
    Column(N_("Owner"), "owner"),
    Column(N_("To be closed by"), "plan_until"),
    Column(N_("Days open"), "days"),
    Column(N_("Targets"), "targets"),
    Column(N_("Visits"), "visits"),
    Column(N_("Deals at work"), "deals"),
    Column(N_("Closed on"), "closed_on"),
)


def _counted(seen: Any, where: Q) -> Any:
    """Return a count of records that belong to a gap."""
    found = seen.filter(where).order_by().values("gap").annotate(n=Count("pk"))
    return Coalesce(Subquery(found.values("n")), 0)


def gaps_found(member: Member, query: QueryDict) -> Any:
    """Return the gaps that the address asks for, with their counts."""
    records = Gap.objects.seen_by(member).live()
    state = query.get("state", "")
    if state == "closed":
        records = records.exclude(closed_on=None)
    elif state != "all":
        records = records.filter(closed_on=None)
    if query.get("owner") == "me":
        records = records.filter(owner=member)
    deals = Deal.objects.seen_by(member).live().filter(gap=OuterRef("pk"))
    visits = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(state="final", way__in=("outbound", "inbound"))
        .filter(gap=OuterRef("pk"))
    )
    started = (
        Milestone.objects.filter(
            deal__gap=OuterRef("pk"), code="production", archived_on=None
        )
        .exclude(verified_on=None)
        .exclude(deal__training=True, deal__gap__training=False)
        .order_by("reached_on")
    )
    return (
        records.select_related("owner__user", "closed_by__company")
        .annotate(
            targets=_counted(deals, Q()),
            at_work=_counted(deals, Q(status__in=("active", "on_hold"))),
            visits=_counted(visits, Q()),
            produces_on=Subquery(started.values("reached_on")[:1]),
        )
        .order_by("closed_on", "plan_until", "opened_on", "pk")
    )


def gap_row(gap: Any, today: datetime.date) -> dict[str, Any]:
    """Return a gap as its list shows it."""
    end = gap.closed_on or today
    late = not gap.closed_on and gap.plan_until is not None and gap.plan_until < today
    return {
        "gap": gap,
        "days": (end - gap.opened_on).days,
        "late": (today - gap.plan_until).days if late else 0,
        "settle": not gap.closed_on and gap.produces_on,
    }


def gaps_page(member: Member, query: QueryDict, today: datetime.date) -> Page:
    """Return a page of the gaps that were taken up."""
    page = page_of(gaps_found(member, query), query)
    return Page(
        [gap_row(gap, today) for gap in page.rows], page.total, page.number, page.pages
    )


def export_rows(
    member: Member, query: QueryDict, today: datetime.date
) -> list[dict[str, Any]]:
    """Return the rows of the exported list."""
    return [
        {
            "gap_id": gap.gap_id,
            "name_en": gap.name_en,
            "name_zh": gap.name_zh,
            "opened_on": gap.opened_on.isoformat(),
            "owner": str(gap.owner or ""),
            "plan_until": gap.plan_until.isoformat() if gap.plan_until else "",
            "days": gap_row(gap, today)["days"],
            "targets": gap.targets,
            "visits": gap.visits,
            "deals": gap.at_work,
            "closed_on": gap.closed_on.isoformat() if gap.closed_on else "",
            "training": gap.training,
        }
        for gap in gaps_found(member, query)
    ]


def run_row(member: Member, gap_id: str, run_id: str = "") -> dict[str, Any] | None:
    """Return what a run says about a gap, or None when it has no such gap.

    Parameters
    ----------
    member : Member
    gap_id : str
    run_id : str
        The newest run when empty.
    """
    office = member.office
    known = {run["id"] for run in studies.store_of(office).runs("gaps")}
    chosen = run_id or studies.latest(office, "gaps") or ""
    if chosen not in known:
        return None
    row = studies.by_key(office, chosen, "gaps", "gap_id").get(gap_id)
    if row is None:
        return None
    segment = studies.by_key(office, chosen, "segments", "segment_id")[
        row["segment_id"]
    ]
    return {
        **row,
        "run_id": chosen,
        "time": studies.run_of(office, chosen).manifest["time"][:10],
        **{
            key: segment[key]
            for key in ("name_en", "name_zh", "pillar_en", "pillar_zh")
        },
    }


def taken_up(member: Member, gap_id: str) -> Gap | None:
    """Return the gap if the office has taken it up, whoever may see it."""
    return (
        Gap.objects.filter(office_id=member.office_id, gap_id=gap_id)
        .select_related("owner__user", "closed_by__company")
        .first()
    )
