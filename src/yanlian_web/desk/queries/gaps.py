"""Gaps the office has taken up, and whether one of a run was."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict

from yanlian.text import N_
from yanlian_web.desk.lists import Column, Page, page_of
from yanlian_web.desk.models import Deal, Gap, Meeting, Milestone
from yanlian_web.desk.queries.refs import seen_among
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
    return records.select_related("owner__user", "closed_by__company").order_by(
        "closed_on", "plan_until", "opened_on", "pk"
    )


def counted(member: Member, gaps: list[Gap]) -> list[Gap]:
    """Return gaps with what belongs to them counted; three questions for all of them.

    Sets ``targets``, ``at_work``, ``visits`` and ``produces_on``.
    """
    keys = [gap.pk for gap in gaps]
    open_ones = Q(status__in=("active", "on_hold"))
    deals = {
        row["gap"]: row
        for row in seen_among(Deal.objects.filter(gap__in=keys), member)
        .order_by()
        .values("gap")
        .annotate(n=Count("pk"), at_work=Count("pk", filter=open_ones))
    }
    visits = seen_among(
        Meeting.objects.filter(
            gap__in=keys, state="final", way__in=("outbound", "inbound")
        ),
        member,
    )
    visited = dict(
        visits.order_by().values("gap").annotate(n=Count("pk")).values_list("gap", "n")
    )
    started = dict(
        Milestone.objects.filter(
            deal__gap__in=keys, code="production", archived_on=None
        )
        .exclude(verified_on=None)
        .exclude(deal__training=True, deal__gap__training=False)
        .order_by("-reached_on")
        .values_list("deal__gap", "reached_on")
    )
    for gap in gaps:
        row = deals.get(gap.pk, {"n": 0, "at_work": 0})
        found: Any = gap
        found.targets, found.at_work = row["n"], row["at_work"]
        found.visits = visited.get(gap.pk, 0)
        found.produces_on = started.get(gap.pk)
    return gaps


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
        [gap_row(gap, today) for gap in counted(member, page.rows)],
        page.total,
        page.number,
        page.pages,
    )


def export_rows(
    member: Member, query: QueryDict, today: datetime.date
) -> list[dict[str, Any]]:
    """Return the rows of the exported list."""
    gaps: list[Any] = counted(member, list(gaps_found(member, query)))
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
        for gap in gaps
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
        "day": datetime.date.fromisoformat(
            studies.run_of(office, chosen).manifest["time"][:10]
        ),
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
