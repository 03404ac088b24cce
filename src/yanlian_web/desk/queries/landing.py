"""Landing: projects since their signature, one project, blockers, and what to verify."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.progress import landing, stages
from yanlian.progress.promises import state as promise_state
from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import (
    Blocker,
    Deal,
    Evidence,
    Measure,
    Milestone,
    MilestonePlan,
    Payment,
    Promise,
)
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.models.promises import UNITS, WHATS
from yanlian_web.desk.queries import money
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name

SIGNED = stages.stage("S7b").order
LANDED = tuple(item.code for item in stages.stages() if item.order >= SIGNED)
OPEN = tuple(code for code, item in stages.exits().items() if item.open)
SHOWN = 50
COUNTED = 500


def landing_found(member: Member, query: QueryDict) -> QuerySet[Deal]:
    """Return the projects from the investment agreement on that fit the filters."""
    listed: QuerySet[Deal] = Deal.objects.seen_by(member).live()
    status = query.get("status", "open")
    if status == "exited":
        listed = listed.filter(status="exited")
    elif status == "open":
        listed = listed.filter(status__in=OPEN)
    if query.get("stage") in LANDED:
        listed = listed.filter(stage=query["stage"])
    else:
        listed = listed.filter(stage__in=LANDED)
    for word in fold(query.get("q", "")).split():
        listed = listed.filter(company__search__contains=word)
    owner = query.get("owner", "")
    if owner == "me":
        listed = listed.filter(owner_id=member.pk)
    day = today()
    show = query.get("show", "")
    mine = {"deal": OuterRef("pk"), "archived_on": None}
    if show == "late":
        late = Milestone.objects.filter(reached_on=None, planned_on__lt=day, **mine)
        listed = listed.filter(Exists(late))
    elif show == "blocked":
        listed = listed.filter(Exists(Blocker.objects.filter(solved_on=None, **mine)))
    elif show == "waits":
        waits = Milestone.objects.filter(verified_on=None, **mine)
        listed = listed.filter(Exists(waits.exclude(reached_on=None)))
    return listed


def in_order(rows: QuerySet[Any], pks: list[int]) -> list[Any]:
    """Return the records of some numbers in the order of these."""
    found = rows.in_bulk(pks)
    return [found[pk] for pk in pks]


def ordered(listed: QuerySet[Deal]) -> QuerySet[Deal]:
    """Return projects with the longest stay at their stage first."""
    return listed.order_by("stage_on", "pk")


def with_names(listed: QuerySet[Deal]) -> QuerySet[Deal]:
    """Return projects with what a row shows of them."""
    return listed.select_related("company", "gap", "owner__user")


def landing_rows(deals: Iterable[Deal], day: datetime.date) -> list[dict[str, Any]]:
    """Return the rows of the list; asks the database seven times at most."""
    listed = list(deals)
    pks = [deal.pk for deal in listed]
    lines = _lines(pks, day)
    sums = money.columns_of_deals(pks, day)
    jobs = counts_of(pks, "jobs", day)
    blocked: dict[int, list[Blocker]] = {pk: [] for pk in pks}
    rows = Blocker.objects.filter(deal__in=pks, solved_on=None, archived_on=None)
    for row in rows.select_related("department").order_by("due_on", "pk"):
        blocked[row.deal_id].append(row)
    return [
        {
            "deal": deal,
            "stage": spoken(stages.stage(deal.stage).name),
            "line": lines[deal.pk],
            "slip": max((stop["slip"] for stop in lines[deal.pk]), default=0),
            "money": [sums[deal.pk][True]]
            + ([] if sums[deal.pk][False].empty else [sums[deal.pk][False]]),
            "jobs": jobs[deal.pk],
            "blockers": [clock_of(item, day) for item in blocked[deal.pk]],
        }
        for deal in listed
    ]


def _lines(pks: list[int], day: datetime.date) -> dict[int, list[dict[str, Any]]]:
    """Return the milestones of projects as lines, with how they slipped."""
    rows = Milestone.objects.filter(deal__in=pks, archived_on=None)
    known: dict[tuple[int, str], Milestone] = {(r.deal_id, r.code): r for r in rows}
    plans: dict[int, list[datetime.date]] = {}
    for pk, planned in (
        MilestonePlan.objects.filter(milestone__in=[r.pk for r in known.values()])
        .order_by("set_on", "pk")
        .values_list("milestone_id", "planned_on")
    ):
        plans.setdefault(pk, []).append(planned)
    return {
        pk: [
            _stop(code, known.get((pk, code)), plans, day)
            for code in landing.milestones()
        ]
        for pk in pks
    }


def _stop(
    code: str,
    row: Milestone | None,
    plans: dict[int, list[datetime.date]],
    day: datetime.date,
) -> dict[str, Any]:
    """Return one milestone of a line."""
    item = landing.milestones()[code]
    planned = plans.get(row.pk, []) if row else []
    if row is not None and not planned and row.planned_on:
        planned = [row.planned_on]
    reached = row.reached_on if row else None
    # A day that has passed without the milestone is a slip that still grows.
    until = reached or (day if planned and planned[-1] < day else None)
    slipped = landing.slip(planned, until)
    if row is None or (not reached and not planned):
        state = "unplanned"
    elif row.verified_on:
        state = "verified"
    elif reached:
        state = "claimed"
    else:
        state = "late" if planned and planned[-1] < day else "ahead"
    return {
        "code": code,
        "label": spoken(item.name),
        "help": spoken(item.help),
        "record": row,
        "state": state,
        "planned": planned[-1] if planned else None,
        "first": planned[0] if planned else None,
        "reached": reached,
        "slip": slipped.days if slipped else 0,
        "moved": slipped.times if slipped else 0,
    }


def counts_of(
    pks: list[int], what: str, day: datetime.date
) -> dict[int, dict[str, Any]]:
    """Return promised, evidenced and verified counts of deals; asks twice.

    Promised are obligations of agreements that bind; the others are the last counts.
    """
    found: dict[int, dict[str, Any]] = {
        pk: {"promised": None, "due": 0.0, "evidenced": None, "verified": None}
        for pk in pks
    }
    promised = Promise.objects.filter(
        agreement__deal__in=pks,
        agreement__state="signed",
        agreement__archived_on=None,
        agreement__sort_of__in=money.BINDING,
        side="theirs",
        what=what,
        archived_on=None,
        withdrawn_on=None,
    ).exclude(value=None)
    for pk, value, due in promised.values_list("agreement__deal_id", "value", "due_on"):
        one = found[pk]
        one["promised"] = (one["promised"] or 0.0) + value
        one["due"] += value if due <= day else 0.0
    rows = with_paper(
        Measure.objects.filter(deal__in=pks, what=what, archived_on=None), "measure"
    )
    for pk, value, verified in rows.order_by("on", "pk").values_list(
        "deal_id", "value", "verified_on"
    ):
        found[pk]["evidenced"] = value
        if verified:
            found[pk]["verified"] = value
    return found


def with_paper(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Return the rows that a paper proves."""
    paper = Evidence.objects.filter(**{field: OuterRef("pk")}, archived_on=None)
    return rows.filter(Exists(paper))


def clock_of(blocker: Blocker, day: datetime.date) -> dict[str, Any]:
    """Return a blocker with its clock: days since it began, against its day."""
    end = blocker.solved_on or day
    return {
        "record": blocker,
        "days": (end - blocker.since).days,
        "late": max((end - blocker.due_on).days, 0),
        "left": (blocker.due_on - day).days,
    }


COLUMNS = (
    Column(N_("Number"), "pk"),
    Column(N_("Company"), "company"),
    Column(N_("Deal"), "title"),
    Column(N_("Stage"), "stage"),
    *(
        Column(text, key)
        for code, said in (
            ("registered", N_("Registered")),
            ("land", N_("Land secured")),
            ("permits", N_("Permits")),
            ("start", N_("Construction started")),
            ("completion", N_("Completed")),
            ("production", N_("In production")),
            ("capacity", N_("At designed capacity")),
            ("in_statistics", N_("In statistics")),
        )
        for text, key in ((said, code),)
    ),
    Column(N_("Greatest slip, days"), "slip"),
    Column(N_("Promised, binding, yuan"), "promised"),
    Column(N_("Evidenced, binding, yuan"), "evidenced"),
    Column(N_("Verified, binding, yuan"), "verified"),
    Column(N_("Promised, not binding, yuan"), "loose_promised"),
    Column(N_("Evidenced, not binding, yuan"), "loose_evidenced"),
    Column(N_("Verified, not binding, yuan"), "loose_verified"),
    Column(N_("Jobs promised"), "jobs_promised"),
    Column(N_("Jobs evidenced"), "jobs_evidenced"),
    Column(N_("Jobs verified"), "jobs_verified"),
    Column(N_("What stops it"), "blockers"),
)


def export_rows(listed: QuerySet[Deal]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file; no two kinds of money share a column."""
    day = today()
    deals = list(with_names(listed))
    for start in range(0, len(deals), 500):
        some = deals[start : start + 500]
        sums = money.columns_of_deals([deal.pk for deal in some], day)
        for row in landing_rows(some, day):
            deal, apart = row["deal"], sums[row["deal"].pk]
            yield {
                "pk": deal.pk,
                "company": name(deal.company),
                "title": called(deal),
                "stage": row["stage"],
                **{stop["code"]: stop["reached"] for stop in row["line"]},
                "slip": row["slip"],
                "promised": apart[True].promised.value_cny,
                "evidenced": apart[True].evidenced.value_cny,
                "verified": apart[True].verified.value_cny,
                "loose_promised": apart[False].promised.value_cny,
                "loose_evidenced": apart[False].evidenced.value_cny,
                "loose_verified": apart[False].verified.value_cny,
                "jobs_promised": row["jobs"]["promised"],
                "jobs_evidenced": row["jobs"]["evidenced"],
                "jobs_verified": row["jobs"]["verified"],
                "blockers": "; ".join(called(b["record"]) for b in row["blockers"]),
                "training": deal.training,
            }


def paper_rows(
    rows: QuerySet[Evidence],
) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Return papers by what they prove: its kind and number."""
    kinds = landing.evidence_kinds()
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows.select_related("file").order_by("on", "pk"):
        for field in ("milestone", "payment", "measure", "promise"):
            pk = getattr(row, f"{field}_id")
            if pk:
                found.setdefault((field, pk), []).append(
                    {"record": row, "kind": spoken(kinds[row.sort_of].name)}
                )
    return found


BAR = 300.0


def bar(promised: float, evidenced: float, verified: float, due: float) -> Any:
    """Return the lengths of a bar: outline, hatch, solid, and where the mark stands."""
    most = max(promised, evidenced, verified, due)
    if not most:
        return None
    scale = BAR / most
    return {
        "promised": f"{promised * scale:.1f}",
        "evidenced": f"{evidenced * scale:.1f}",
        "verified": f"{verified * scale:.1f}",
        "due": f"{max(due * scale, 1.0):.1f}" if due else "",
    }


# The page of one project.


def landing_page(member: Member, deal: Deal, day: datetime.date) -> dict[str, Any]:
    """Return everything the page of a project shows."""
    line = _lines([deal.pk], day)[deal.pk]
    milestones = [stop["record"] for stop in line if stop["record"]]
    history: dict[int, list[MilestonePlan]] = {}
    plans = MilestonePlan.objects.filter(milestone__in=milestones)
    for plan in plans.select_related("by__user").order_by("set_on", "pk"):
        history.setdefault(plan.milestone_id, []).append(plan)
    payments = list(
        Payment.objects.filter(deal=deal, archived_on=None)
        .select_related("agreement", "verified_by__user", "made_by__user")
        .order_by("-on", "-pk")
    )
    measures = list(
        Measure.objects.filter(deal=deal, archived_on=None)
        .select_related("verified_by__user", "made_by__user")
        .order_by("-on", "-pk")
    )
    proofs = paper_rows(
        Evidence.objects.filter(
            Q(milestone__deal=deal) | Q(payment__deal=deal) | Q(measure__deal=deal),
            archived_on=None,
        )
    )
    people = {
        row.pk: row
        for row in Milestone.objects.filter(
            pk__in=[m.pk for m in milestones]
        ).select_related("verified_by__user", "claimed_by__user")
    }
    for stop in line:
        record = stop["record"]
        stop["proofs"] = proofs.get(("milestone", record.pk), []) if record else []
        stop["plans"] = history.get(record.pk, []) if record else []
        stop["record"] = people.get(record.pk) if record else None
        stop["wants"] = _wanted(stop["code"])
        stop["may_verify"] = bool(
            record
            and stop["state"] == "claimed"
            and member.pk not in {deal.owner_id, record.claimed_by_id}
        )
    sums = money.columns_of_deal(deal, day)
    blockers = Blocker.objects.filter(deal=deal, archived_on=None)
    production = next(stop for stop in line if stop["code"] == "production")
    return {
        "deal": deal,
        "stage": spoken(stages.stage(deal.stage).name),
        "line": line,
        "money": [sums[True]] + ([] if sums[False].empty else [sums[False]]),
        "columns": _columns(deal, sums[True], day),
        "payments": [
            _provable(row, "payment", proofs, deal, member) for row in payments
        ],
        "measures": [
            {
                **_provable(row, "measure", proofs, deal, member),
                "label": dict(WHATS)[row.what],
                "unit": UNITS[row.what],
            }
            for row in measures
        ],
        "blockers": [
            clock_of(row, day)
            for row in blockers.select_related("department", "owner__user").order_by(
                F("solved_on").asc(nulls_first=True), "due_on", "pk"
            )
        ],
        "closing": bool(
            production["state"] == "verified" and deal.gap and not deal.gap.closed_on
        ),
        "kept": [
            row
            for row in Promise.objects.filter(
                deal=deal, side="theirs", archived_on=None, kept_on=None
            )
            .select_related("agreement")
            .order_by("due_on", "pk")[:8]
            if promise_state(row.rule, day) in {"overdue", "soon", "open"}
        ],
    }


def _wanted(code: str) -> list[list[Any]]:
    """Return the ways to prove a milestone, each a list of kinds of papers."""
    kinds = landing.evidence_kinds()
    return [
        [spoken(kinds[kind].name) for kind in way]
        for way in landing.milestones()[code].evidence
    ]


def _provable(
    row: Any,
    kind: str,
    proofs: dict[tuple[str, int], list[dict[str, Any]]],
    deal: Deal,
    member: Member,
) -> dict[str, Any]:
    papers = proofs.get((kind, row.pk), [])
    return {
        "record": row,
        "proofs": papers,
        "may_verify": bool(
            papers
            and not row.verified_on
            and member.pk not in {deal.owner_id, row.made_by_id}
        ),
    }


def _columns(
    deal: Deal, sums: money.Columns, day: datetime.date
) -> list[dict[str, Any]]:
    """Return promised, evidenced and verified for investment, jobs and the rest."""
    found = []
    for what, label in WHATS:
        if what == "investment":
            one: dict[str, Any] = {
                "promised": sums.promised.value_cny or None,
                "evidenced": sums.evidenced.value_cny or None,
                "verified": sums.verified.value_cny or None,
                "due": sums.due.value_cny,
            }
        else:
            one = counts_of([deal.pk], what, day)[deal.pk]
        if one["promised"] is None and one["evidenced"] is None:
            continue
        found.append(
            {
                **one,
                "what": what,
                "label": label,
                "unit": UNITS[what],
                "short": one["due"] > (one["evidenced"] or 0),
                "bar": bar(
                    one["promised"],
                    one["evidenced"] or 0,
                    one["verified"] or 0,
                    one["due"],
                )
                if one["promised"]
                else None,
            }
        )
    return found


# Blockers of all projects, and what waits for a second person.

BLOCKER_COLUMNS = (
    Column(N_("Department"), "department"),
    Column(N_("What stops it"), "text"),
    Column(N_("Company"), "company"),
    Column(N_("Deal"), "title"),
    Column(N_("Since"), "since"),
    Column(N_("To be solved by"), "due_on"),
    Column(N_("Days since"), "days"),
    Column(N_("Days late"), "late"),
    Column(N_("Taken to"), "escalated_to"),
    Column(N_("Solved on"), "solved_on"),
    Column(N_("Owner"), "owner"),
)


def blockers_found(member: Member, query: QueryDict) -> QuerySet[Blocker]:
    """Return the blockers that fit the filters of an address and may be seen."""
    listed: QuerySet[Blocker] = Blocker.objects.seen_by(member).live()
    listed = listed.exclude(deal__in=money.unseen_deals(member).values("pk"))
    show = query.get("show", "open")
    if show == "solved":
        listed = listed.exclude(solved_on=None)
    else:
        listed = listed.filter(solved_on=None)
    if show == "late":
        listed = listed.filter(due_on__lt=today())
    elif show == "escalated":
        listed = listed.exclude(escalated_on=None)
    asked = query.get("department", "")
    if asked == "none":
        listed = listed.filter(department=None)
    elif asked.isdigit():
        listed = listed.filter(department_id=int(asked))
    return listed.select_related("deal__company", "department", "owner__user").order_by(
        "due_on", "pk"
    )


def departments(member: Member, day: datetime.date) -> list[dict[str, Any]]:
    """Return the departments with what is open with them and what is late; asks once."""
    rows = (
        Blocker.objects.seen_by(member)
        .live()
        .filter(solved_on=None)
        .exclude(deal__in=money.unseen_deals(member).values("pk"))
        .order_by()
        .values(
            "department_id",
            name_en=F("department__name_en"),
            name_zh=F("department__name_zh"),
        )
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=day)))
        .order_by("-late", "-n", "department_id")
    )
    return list(rows)


def blocker_export(
    listed: QuerySet[Blocker], day: datetime.date
) -> Iterator[dict[str, Any]]:
    """Return the rows of the file of blockers."""
    for row in listed.iterator(chunk_size=2000):
        clock = clock_of(row, day)
        yield {
            "department": name(row.department) if row.department else "",
            "text": called(row),
            "company": name(row.deal.company),
            "title": called(row.deal),
            "since": row.since,
            "due_on": row.due_on,
            "days": clock["days"],
            "late": clock["late"],
            "escalated_to": row.escalated_to,
            "solved_on": row.solved_on,
            "owner": str(row.owner or ""),
            "training": row.training,
        }


def verify_page(member: Member) -> dict[str, Any]:
    """Return what waits for somebody other than its owner, the longest first.

    Only what this member may verify is on it. Asks the database nine times.
    """
    unseen = money.unseen_deals(member).values("pk")

    def waits(model: Any, who: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.seen_by(member).live()
        mine = Q(deal__owner=member.pk) | Q(**{who: member.pk})
        return rows.filter(verified_on=None).exclude(mine).exclude(deal__in=unseen)

    milestones = waits(Milestone, "claimed_by").filter(reached_on__isnull=False)
    payments = waits(Payment, "made_by")
    measures = with_paper(waits(Measure, "made_by"), "measure")
    kept = (
        Promise.objects.seen_by(member)
        .live()
        .filter(verified_on=None, broken_on=None, withdrawn_on=None)
        .filter(kept_on__isnull=False)
        .exclude(Q(owner_id=member.pk) | Q(kept_by_id=member.pk))
        .exclude(deal__owner=member.pk)
        .exclude(deal__in=unseen)
    )
    found: dict[str, Any] = {}
    kinds = landing.milestones()
    labels = dict(WHATS)
    for key, rows, order in (
        ("milestone", milestones, "reached_on"),
        ("payment", payments, "on"),
        ("measure", measures, "on"),
        ("promise", kept, "kept_on"),
    ):
        names = ["deal__company", "owner__user"]
        names += ["claimed_by__user"] if key == "milestone" else ["made_by__user"]
        # Numbers first: sorting whole rows with all they name would take far longer.
        pks = list(rows.order_by(order, "pk").values_list("pk", flat=True)[: SHOWN + 1])
        # Beyond some hundreds the exact number says nothing more.
        total = len(pks) if len(pks) <= SHOWN else rows.order_by()[:COUNTED].count()
        listed = in_order(rows.model.objects.select_related(*names), pks[:SHOWN])
        proofs = paper_rows(
            Evidence.objects.filter(
                **{f"{key}__in": [row.pk for row in listed]}, archived_on=None
            )
        )
        found[key] = {
            "total": total,
            "rows": [
                {
                    "record": row,
                    "proofs": proofs.get((key, row.pk), []),
                    "label": spoken(kinds[row.code].name)
                    if key == "milestone"
                    else labels.get(getattr(row, "what", ""), ""),
                    "unit": UNITS.get(getattr(row, "what", ""), ""),
                }
                for row in listed
            ],
        }
    found["total"] = sum(item["total"] for item in found.values())
    return found
