"""Touch plans with what was done, taken from the meetings, and what is due."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Min
from django.http import QueryDict

from yanlian.text import N_
from yanlian_web.cultivate.models import TouchNorm, TouchPlan
from yanlian_web.cultivate.models.touches import MEANS, NORMS, VISIT
from yanlian_web.cultivate.queries.seen import of_seen
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import SIZE, Column, Page
from yanlian_web.desk.models import Company, Meeting
from yanlian_web.desk.models.companies import TIERS
from yanlian_web.desk.models.meetings import DRAFT, FINAL, INBOUND, OUTBOUND, PLANNED
from yanlian_web.offices.models import Member, Office
from yanlian_web.ui.templatetags.yl import name

VISITS = frozenset({OUTBOUND, INBOUND})
# A touch that is due within so many days is due soon.
WEEK, SOON = 7, 30
# Months drawn before and after today.
BACK, AHEAD = 12, 6
WIDTH = 300.0
COLUMNS = (
    Column(N_("Company"), "company"),
    Column(N_("Tier"), "tier"),
    Column(N_("Every so many months"), "months"),
    Column(N_("What counts"), "means"),
    Column(N_("Last touch"), "last"),
    Column(N_("Next due"), "due"),
    Column(N_("Days late"), "late"),
    Column(N_("Planned on"), "planned"),
    Column(N_("Owner"), "owner"),
)


def add_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months later, the last of the month where it has none.

    Examples
    --------
    >>> add_months(datetime.date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


@dataclass
class Touch:
    """A plan with its dates.

    Attributes
    ----------
    pk, company_id, owner_id : int
    tier : str
    months : int
    means : str
    by_norm : bool
        Whether the norm of the tier says how often.
    last, planned : date or None
        Last touch that counts; next meeting in the calendar.
    due : date
    plan : TouchPlan or None
        Read for the rows of a page only.
    done : list
        Days of touches that are drawn.
    """

    pk: int
    company_id: int
    owner_id: int | None
    tier: str
    months: int
    means: str
    by_norm: bool
    last: datetime.date | None
    planned: datetime.date | None
    due: datetime.date
    plan: TouchPlan | None = None
    done: list[dict[str, Any]] = field(default_factory=list)

    @property
    def late(self) -> int:
        """Return how many days it is late; 0 when it is not."""
        return max((today() - self.due).days, 0)

    @property
    def left(self) -> int:
        """Return how many days are left."""
        return (self.due - today()).days

    @property
    def due_x(self) -> str:
        """Return where the due day stands on the line of months."""
        return place(self.due)

    @property
    def planned_x(self) -> str:
        """Return where the planned day stands on the line of months."""
        return place(self.planned) if self.planned else ""

    @property
    def state(self) -> str:
        """Return ``late``, ``week``, ``soon`` or ``later``."""
        if self.late:
            return "late"
        return "week" if self.left <= WEEK else "soon" if self.left <= SOON else "later"


def norms_of(office: Office) -> list[dict[str, Any]]:
    """Return the norm of each tier, the office's own before the program's."""
    own = {n.tier: n for n in TouchNorm.objects.filter(office=office).live()}
    words = dict(MEANS)
    found = []
    for tier, label in TIERS:
        record = own.get(tier)
        months, means = (record.months, record.means) if record else NORMS[tier]
        found.append(
            {
                "tier": tier,
                "label": label,
                "months": months,
                "means": means,
                "means_label": words[means],
                "record": record,
            }
        )
    return found


def touches_of(member: Member, plans: Any) -> list[Touch]:
    """Return plans with their dates; four questions, however many there are."""
    norms = {n["tier"]: (n["months"], n["means"]) for n in norms_of(member.office)}
    rows = list(
        plans.order_by().values_list(
            "pk", "company_id", "owner_id", "company__tier", "months", "means", "since"
        )
    )
    meetings = Meeting.objects.seen_by(member).live().order_by()
    of_plans = meetings.filter(company__in=plans.order_by().values("company_id"))
    day = today()
    last: dict[tuple[int, str], datetime.date] = {
        (company, way): on
        for company, way, on in of_plans.filter(state__in=(DRAFT, FINAL), on__lte=day)
        .values("company_id", "way")
        .annotate(last=Max("on"))
        .values_list("company_id", "way", "last")
    }
    ahead: dict[tuple[int, str], datetime.date] = {
        (company, way): on
        for company, way, on in of_plans.filter(state=PLANNED, on__gte=day)
        .values("company_id", "way")
        .annotate(first=Min("on"))
        .values_list("company_id", "way", "first")
    }
    return [_touch(row, norms, last, ahead) for row in rows]


def _touch(row: Any, norms: Any, last: Any, ahead: Any) -> Touch:
    pk, company_id, owner_id, tier, months, means, since = row
    norm_months, norm_means = norms.get(tier, (12, VISIT))
    means = means or norm_means
    ways = VISITS if means == VISIT else None
    done = [d for (c, w), d in _at(last, company_id) if ways is None or w in ways]
    next_ = [d for (c, w), d in _at(ahead, company_id) if ways is None or w in ways]
    newest = max(done, default=None)
    every = months or norm_months
    # A plan that begins after the last touch asks for nothing before it begins.
    due = max(add_months(newest, every), since) if newest else add_months(since, every)
    return Touch(
        pk, company_id, owner_id, tier, every, means, months is None, newest,
        min(next_, default=None), due,
    )  # fmt: skip


def _at(days: Any, company_id: int) -> Iterator[Any]:
    for way in (OUTBOUND, INBOUND, "call", "event"):
        if (company_id, way) in days:
            yield (company_id, way), days[company_id, way]


def plans_seen(member: Member) -> Any:
    """Return the plans a member may see."""
    return of_seen(member, TouchPlan.objects.all())


def found(member: Member, query: QueryDict) -> list[Touch]:
    """Return the plans that fit the filters of an address, the most urgent first."""
    plans = plans_seen(member)
    if query.get("tier") in dict(TIERS):
        plans = plans.filter(company__tier=query["tier"])
    owner = query.get("owner", "")
    if owner == "me":
        plans = plans.filter(owner_id=member.pk)
    elif owner.isdigit():
        plans = plans.filter(owner_id=int(owner))
    listed = touches_of(member, plans)
    state = query.get("state", "")
    if state == "late":
        listed = [t for t in listed if t.state == "late"]
    elif state == "week":
        listed = [t for t in listed if t.state in {"late", "week"}]
    elif state == "soon":
        listed = [t for t in listed if t.state in {"late", "week", "soon"}]
    return sorted(listed, key=lambda t: (t.due, t.pk))


def page(member: Member, query: QueryDict) -> tuple[Page, list[Touch]]:
    """Return a page of plans with what is drawn of them, and all that were found."""
    listed = found(member, query)
    pages = max(-(-len(listed) // SIZE), 1)
    asked = query.get("page", "1")
    number = min(max(int(asked) if asked.isdigit() else 1, 1), pages)
    rows = listed[(number - 1) * SIZE : number * SIZE]
    drawn(member, rows)
    return Page(rows, len(listed), number, pages), listed


def drawn(member: Member, rows: Sequence[Touch]) -> None:
    """Read the plans of some rows, and the touches that their lines show."""
    plans = TouchPlan.objects.filter(pk__in=[t.pk for t in rows])
    by_pk = {p.pk: p for p in plans.select_related("company", "owner__user")}
    first = add_months(today(), -BACK)
    meetings = (
        Meeting.objects.seen_by(member)
        .live()
        .filter(
            company__in=[t.company_id for t in rows],
            state__in=(DRAFT, FINAL),
            on__range=(first, today()),
        )
        .order_by("on", "pk")
        .values_list("company_id", "pk", "on", "way")
    )
    done: dict[int, list[Any]] = {}
    for company_id, pk, on, way in meetings:
        done.setdefault(company_id, []).append((pk, on, way))
    for touch in rows:
        touch.plan = by_pk[touch.pk]
        touch.done = [
            {
                "pk": pk,
                "on": on,
                "x": place(on),
                "counts": touch.means != VISIT or way in VISITS,
            }
            for pk, on, way in done.get(touch.company_id, ())
        ]


def place(day: datetime.date) -> str:
    """Return where a day stands on the line of months."""
    first, last = add_months(today(), -BACK), add_months(today(), AHEAD)
    share = (day - first).days / (last - first).days
    return f"{6 + min(max(share, 0.0), 1.0) * (WIDTH - 12):.1f}"


def axis() -> list[dict[str, Any]]:
    """Return the quarters under the line of months."""
    found_ = []
    for back in range(-BACK, AHEAD + 1, 3):
        day = add_months(today(), back)
        found_.append({"x": place(day), "day": day, "now": back == 0})
    return found_


def counts(listed: Sequence[Touch]) -> dict[str, int]:
    """Return how many are late, due this week, due soon, and planned for."""
    return {
        "all": len(listed),
        "late": sum(t.state == "late" for t in listed),
        "week": sum(t.state == "week" for t in listed),
        "soon": sum(t.state == "soon" for t in listed),
        "planned": sum(t.planned is not None for t in listed),
    }


def unplanned(member: Member) -> dict[str, int]:
    """Return how many local firms of each tier have no plan."""
    planned = TouchPlan.objects.filter(office_id=member.office_id).live()
    tiers = (
        Company.objects.seen_by(member)
        .live()
        .filter(local=True, tier__in=list(NORMS))
        .exclude(pk__in=planned.values("company"))
        .order_by()
        .values_list("tier", flat=True)
    )
    found_: dict[str, int] = {}
    for tier in tiers:
        found_[tier] = found_.get(tier, 0) + 1
    return found_


def export_rows(member: Member, listed: Sequence[Touch]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file."""
    tiers, means = dict(TIERS), dict(MEANS)
    plans = plans_seen(member).select_related("company", "owner__user")
    by_pk = {p.pk: p for p in plans}
    for touch in listed:
        plan = by_pk[touch.pk]
        yield {
            "company": name(plan.company),
            "tier": str(tiers.get(touch.tier, "")),
            "months": touch.months,
            "means": str(means[touch.means]),
            "last": touch.last or "",
            "due": touch.due,
            "late": touch.late,
            "planned": touch.planned or "",
            "owner": str(plan.owner or ""),
            "training": plan.training,
        }
