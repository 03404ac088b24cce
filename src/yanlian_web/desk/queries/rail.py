"""How much work waits at the stations of the rail."""

from __future__ import annotations

import datetime

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from yanlian.progress import stages
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Agreement, Deal, Milestone
from yanlian_web.desk.panels import WAITING
from yanlian_web.desk.queries.deals import open_promises
from yanlian_web.offices.models import Member, Office


def waiting(member: Member) -> dict[str, int]:
    """Return how much work waits at the stations of the rail; asks once."""
    day = today()
    # Overdue promises of one's own; own deals not touched within the longest norms;
    # agreements whose next step has passed; milestones somebody else claimed.
    lists = {
        "meetings": open_promises().filter(owner=member, due_on__lt=day),
        "deals": Deal.objects.filter(
            owner=member, status="active", archived_on=None
        ).filter(_above_norm(day)),
        "agreements": Agreement.objects.filter(
            state="signed", archived_on=None, next_on__lt=day, owner=member
        ),
        "landing": Milestone.objects.filter(
            reached_on__lte=day, verified_on=None, archived_on=None
        )
        .exclude(deal__owner=member)
        .exclude(claimed_by=member),
        **{key: rows(member, day) for key, rows in WAITING.items()},
    }
    counts = {
        key: Coalesce(
            Subquery(
                rows.filter(office_id=OuterRef("pk"))
                .order_by()
                .values("office_id")
                .annotate(n=Count("pk"))
                .values("n"),
                output_field=IntegerField(),
            ),
            0,
        )
        for key, rows in lists.items()
    }
    found = (
        Office.objects.filter(pk=member.office_id)
        .annotate(**counts)
        .values_list(*counts)
        .first()
    )
    return dict(zip(counts, found or (), strict=False))


def _above_norm(day: datetime.date) -> Q:
    """Return the deals that are at their stage longer than its usual norm."""
    found = Q()
    for item in stages.stages():
        limit = day - datetime.timedelta(days=item.norm_days)
        found |= Q(stage=item.code, stage_on__lt=limit)
    return found
