"""What of cultivating falls to a member: touches that are due, and what is handed over."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse

from yanlian_web.cultivate.models import TouchPlan
from yanlian_web.cultivate.queries.touches import plans_seen, touches_of
from yanlian_web.desk.duties import Duty, duties, handed
from yanlian_web.desk.models.base import HELD
from yanlian_web.offices.models import Member


@duties("touch")
def touches_due(member: Member, until: datetime.date) -> Iterable[Duty]:
    """Yield the plans whose next touch is due and for which no meeting is planned."""
    due = {
        touch.pk: touch.due
        for touch in touches_of(member, plans_seen(member).filter(owner=member))
        if touch.due <= until and touch.planned is None
    }
    plans = TouchPlan.objects.filter(pk__in=due).select_related("company")
    place = reverse("cultivate-touches") + "?owner=me"
    for plan in plans:
        closed = plan.visibility in HELD
        yield Duty("touch", plan, due[plan.pk], plan.company, closed, place)


handed("touch-plan", Q())
handed("issue", Q(solved_on=None))
handed("need", Q(closed_on=None))
