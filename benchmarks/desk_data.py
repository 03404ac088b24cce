"""A large office: meetings, deals, promises, agreements, money and a log of events.

Everything is drawn with a fixed seed and written by ``bulk_create``; the records hang
together as those of the actions do, with their moves, log lines and events. The names
are those of the companies of the workspace, repeated under other names.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# Per company of the large case; the counts of the issue at 100,000 companies.
SHARES = {
    "people": 0.2,
    "trips": 0.02,
    "meetings": 3.0,
    "deals": 0.2,
    "promises": 1.0,
    "agreements": 0.1,
    "services": 0.1,
    "facts": 0.2,
    "events": 10.0,
}
YEARS = 10
BATCH = 2000
STAGES = ("S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7a", "S7b", "S8", "S9", "S10", "S11", "S12", "S13")  # fmt: skip
STATUS = ("active", "active", "active", "on_hold", "lost", "lost", "abandoned", "exited")  # fmt: skip
MILESTONES = ("registered", "land", "start", "completion", "production")
PAPERS = ("licence", "lease", "construction_permit", "acceptance", "invoice")


@dataclass
class Made:
    """Records made, and the next free numbers."""

    office: Any
    members: list[Any]
    today: datetime.date
    rng: np.random.Generator
    events: list[Any]
    lines: int = 0


def _pks(model: Any, count: int) -> range:
    """Return numbers for new rows; the tables hold few rows before."""
    last = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return range((last or 0) + 1, (last or 0) + 1 + count)


def _store(model: Any, rows: Iterable[Any]) -> None:
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, BATCH * 10)):
        model._base_manager.bulk_create(chunk, batch_size=BATCH)


def _days(made: Made, count: int, *, until: int = 0) -> list[datetime.date]:
    """Return days of the last years, more of them late than early."""
    back = made.rng.beta(1, 1.6, count) * 365 * YEARS
    return [made.today - datetime.timedelta(days=int(day) - until) for day in back]


def _pick(made: Made, items: Any, count: int) -> list[Any]:
    return [items[k] for k in made.rng.integers(0, len(items), count)]


def _event(made: Made, kind: str, subject: str, on: datetime.date, **more: Any) -> None:
    on = min(on, made.today)
    made.events.append((kind, subject, on, more))


def fill(office: Any, companies: int, seed: int = 0) -> dict[str, int]:
    """Fill an office whose companies are loaded; return how many rows of each kind."""
    from django.db import connection, transaction

    from yanlian_web.desk.acting import today
    from yanlian_web.desk.actions.deals import pipelines_ensure

    pipelines_ensure(office=office)
    count = {name: int(share * companies) for name, share in SHARES.items()}
    made = Made(
        office,
        list(office.members.order_by("pk").select_related("user")),
        today(),
        np.random.default_rng(seed),
        [],
    )
    with transaction.atomic():
        firms = _firms(made)
        people, departments = _people(made, firms, count["people"])
        gaps, trips = _trips(made, people, count["trips"])
        deals = _deals(made, firms, gaps, trips, count["deals"])
        meetings = _meetings(made, firms, deals, trips, people, count["meetings"])
        agreements = _agreements(made, deals, count["agreements"])
        _promises(made, deals, meetings, agreements, departments, count["promises"])
        _landing(made, deals, agreements, departments)
        _services(made, firms, deals, count["services"])
        _facts(made, firms, count["facts"])
        _padding(made, firms, count["events"])
        _log(made)
    _sequences(connection)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    count["events"] = len(made.events)
    return count


def _firms(made: Made) -> list[Any]:
    from yanlian_web.desk.models import Company

    return list(Company.objects.filter(office=made.office).order_by("pk"))


def _common(made: Made, owner: Any = None) -> dict[str, Any]:
    return {"office_id": made.office.pk, "made_by_id": made.members[0].pk, "owner_id": (owner or made.members[0]).pk}  # fmt: skip


def _owners(made: Made, count: int) -> list[Any]:
    return _pick(made, made.members[:2], count)


def _people(made: Made, firms: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    from yanlian_web.desk.models import Contact, Organisation, Person, Post

    departments = [
        Organisation(
            pk=pk, **_common(made), name_en=f"Department {k}", name_zh=f"部门{k}",
            sort_of="department", ours=True, search=f"department {k}", sort=f"department {k:03}",
        )
        for k, pk in enumerate(_pks(Organisation, 40))
    ]  # fmt: skip
    _store(Organisation, departments)
    source = {"source": "Visit", "source_on": made.today}
    homes = _pick(made, firms, count)
    people = [
        Person(
            pk=pk, **_common(made), name_en=f"Person {k}", name_zh=f"人员{k}",
            side="ours" if k < count // 200 + 5 else "theirs", search=f"person {k}",
            sort=f"person {k:06}", **source,
        )
        for k, pk in enumerate(_pks(Person, count))
    ]  # fmt: skip
    _store(Person, people)
    _store(
        Post,
        (
            Post(**_common(made), person=person, company=home if person.side == "theirs" else None,
                 organisation=None if person.side == "theirs" else departments[0],
                 title_en="Manager", title_zh="经理", since=made.today - datetime.timedelta(days=900), **source)
            for person, home in zip(people, homes, strict=True)
        ),
    )  # fmt: skip
    _store(
        Contact,
        (
            Contact(**_common(made), person=person, means="email", value=f"p{person.pk}@firm.example",
                    purpose="visits", ground="consent", expires_on=made.today + datetime.timedelta(days=200), **source)
            for person in people[::2]
        ),
    )  # fmt: skip
    return people, departments


def _trips(made: Made, people: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    from yanlian_web.desk.models import Gap, Trip
    from yanlian_web.studies import queries as studies

    run = studies.latest(made.office, "gaps") or ""
    rows = list(studies.rows(made.office, run, "gaps")) if run else []
    gaps = [
        Gap(pk=pk, **_common(made), gap_id=row["gap_id"], segment_id=row["segment_id"],
            sort_of=row["kind"], name_en=row["segment_id"], name_zh=row["segment_id"],
            opened_on=made.today - datetime.timedelta(days=int(made.rng.integers(200, 3000))), run_id=run)
        for pk, row in zip(_pks(Gap, len(rows)), rows, strict=True)
    ]  # fmt: skip
    _store(Gap, gaps)
    for gap in gaps:
        _event(made, "gap_opened", gap.ref, gap.opened_on, gap=gap.gap_id)
    trips = [
        Trip(pk=pk, **_common(made), title_en=f"Trip {k}", title_zh=f"行程{k}", from_on=day,
             to_on=day + datetime.timedelta(days=1), leader=people[0],
             state="done" if day < made.today else "planned")
        for k, (pk, day) in enumerate(zip(_pks(Trip, count), _days(made, count), strict=True))
    ]  # fmt: skip
    _store(Trip, trips)
    for trip in trips:
        for day in (trip.from_on, trip.to_on):
            _event(made, "trip_day", trip.ref, day, trip=trip.ref)
    return gaps, trips


def _deals(
    made: Made, firms: list[Any], gaps: list[Any], trips: list[Any], count: int
) -> list[Any]:
    from django.utils import timezone

    from yanlian_web.desk.models import Deal, Pipeline, StageMove

    line = Pipeline.objects.filter(office=made.office).first()
    begun = _days(made, count)
    firms_of = _pick(made, firms, count)
    reached = np.minimum(made.rng.geometric(0.18, count) - 1, len(STAGES) - 1)
    status = _pick(made, STATUS, count)
    owners = _owners(made, count)
    now = timezone.now()
    deals, moves = [], []
    for k, pk in enumerate(_pks(Deal, count)):
        gap = gaps[k % len(gaps)] if gaps and k % 3 else None
        deal = Deal(
            pk=pk, **_common(made, owners[k]), company=firms_of[k], pipeline=line, gap=gap,
            trip=trips[k % len(trips)] if k % 5 == 0 else None,
            title_en=firms_of[k].name_en, title_zh=firms_of[k].name_zh,
            status="active" if reached[k] < 9 and status[k] == "exited" else status[k],
            value_cny=float(made.rng.lognormal(18, 1)), jobs=int(made.rng.integers(10, 800)),
            likelihood=float(made.rng.random()), facts={"fit": {"text": "noted"}},
            changed_at=now - datetime.timedelta(minutes=int(made.rng.integers(0, 3_000_000))),
        )  # fmt: skip
        day, before = begun[k], ""
        for stage in STAGES[: reached[k] + 1]:
            if stage == "S7a" and k % 2:
                continue
            moves.append(StageMove(office_id=made.office.pk, deal_id=pk, from_stage=before, to_stage=stage, on=day, by=owners[k]))  # fmt: skip
            _event(made, "stage", deal.ref, day, deal=deal, what=stage)
            deal.stage, deal.stage_on, before = stage, day, stage
            day = min(day + datetime.timedelta(days=int(made.rng.integers(5, 90))), made.today)  # fmt: skip
        if deal.status != "active":
            deal.status_on, deal.status_why = deal.stage_on, "noted"
            deal.lost_to = "elsewhere" if deal.status == "lost" else ""
            deal.review_on = made.today if deal.status == "on_hold" else None
            _event(made, "status", deal.ref, deal.stage_on, deal=deal, what=deal.status)
        for _ in range(3):
            _event(made, "forecast", deal.ref, deal.stage_on, deal=deal, value=deal.likelihood, unit="share")  # fmt: skip
        _event(made, "filed", deal.ref, begun[k], deal=deal)
        deals.append(deal)
    _store(Deal, deals)
    _store(StageMove, moves)
    return deals


def _meetings(
    made: Made, firms: list[Any], deals: list[Any], trips: list[Any], people: list[Any],
    count: int,
) -> list[Any]:  # fmt: skip
    from yanlian_web.desk.models import Attendance, Meeting, Question

    days = _days(made, count, until=20)
    ways = _pick(made, ("outbound", "inbound", "call", "event"), count)
    owners = _owners(made, count)
    with_deal = made.rng.random(count) < 0.4
    which = made.rng.integers(0, len(deals), count)
    loose = made.rng.integers(0, len(firms), count)
    starts = made.rng.integers(16, 36, count) * 30
    meetings = []
    for k, pk in enumerate(_pks(Meeting, count)):
        deal = deals[which[k]] if with_deal[k] else None
        firm = deal.company if deal else firms[loose[k]]
        day = days[k] if k % 10_000 else made.today
        state = "planned" if day >= made.today else "draft" if k % 97 == 0 else "cancelled" if k % 89 == 0 else "final"  # fmt: skip
        meeting = Meeting(
            pk=pk, **_common(made, owners[k]), way=ways[k], company=firm, deal=deal,
            gap=deal.gap if deal else None, on=day, start_min=int(starts[k]),
            end_min=int(starts[k]) + 60, title_en=f"Meeting with {firm.name_en}"[:300],
            title_zh=f"会见{firm.name_zh}"[:300], summary_en="What was said.", state=state,
            summary_zh="所谈内容。", place_en="There", place_zh="彼处",
            trip=trips[k % len(trips)] if k % 6 == 0 else None,
            final_on=day if state == "final" else None,
        )  # fmt: skip
        if state == "final":
            _event(made, "contact", meeting.ref, day, deal=deal, firm=firm, trip=meeting.trip.ref if meeting.trip else "", what=ways[k])  # fmt: skip
        meetings.append(meeting)
    _store(Meeting, meetings)
    ours = [person for person in people if person.side == "ours"]
    theirs = [person for person in people if person.side == "theirs"]
    _store(
        Attendance,
        (
            Attendance(**_common(made), meeting=meeting, person=who, side=who.side, role="member")
            for k, meeting in enumerate(meetings) if k % 3 == 0
            for who in (ours[k % len(ours)], theirs[k % len(theirs)])
        ),
    )  # fmt: skip
    _store(
        Question,
        (Question(**_common(made), meeting=meeting, text_en="How much?", text_zh="多少？") for meeting in meetings[::10]),
    )  # fmt: skip
    return meetings


def _agreements(made: Made, deals: list[Any], count: int) -> list[Any]:
    from yanlian_web.desk.models import Agreement, Incentive, Party

    chosen = _pick(made, deals, count)
    kinds = _pick(made, ("framework", "framework", "intent", "investment", "investment", "supplement", "supervision"), count)  # fmt: skip
    agreements = []
    for k, pk in enumerate(_pks(Agreement, count)):
        deal, kind = chosen[k], kinds[k]
        amount = None if kind == "supervision" else float(made.rng.lognormal(18, 1))
        signed = deal.stage_on
        agreement = Agreement(
            pk=pk, **_common(made, None), sort_of=kind, number=f"A-{k}", company=deal.company,
            deal=deal, title_en=f"Agreement {k}", title_zh=f"协议{k}",
            state="draft" if k % 11 == 0 else "signed", signed_on=None if k % 11 == 0 else signed,
            expires_on=signed + datetime.timedelta(days=400), next_en="Next", next_zh="下一步",
            next_on=signed + datetime.timedelta(days=60), amount=amount, value_cny=amount, rate=1,
            amount_basis="fixed assets",
        )  # fmt: skip
        if agreement.state == "signed":
            mark = "binding" if agreement.binding else "nonbinding"
            _event(made, "signed", agreement.ref, signed, deal=deal, agreement=agreement.ref, value=amount, unit="CNY", what=kind, mark=mark)  # fmt: skip
        agreements.append(agreement)
    _store(Agreement, agreements)
    _store(
        Party,
        (
            Party(**_common(made), agreement=agreement, side=side, name_en="Party", name_zh="一方")
            for agreement in agreements for side in ("ours", "theirs")
        ),
    )  # fmt: skip
    levels = ("green", "green", "amber", "red")
    _store(
        Incentive,
        (
            Incentive(**_common(made), deal=deal, sort_of="rent", text_en="Rent", text_zh="租金",
                      value_cny=1e6, level=levels[k % 4], legal_basis="scheme")
            for k, deal in enumerate(deals)
        ),
    )  # fmt: skip
    return agreements


def _promises(
    made: Made, deals: list[Any], meetings: list[Any], agreements: list[Any],
    departments: list[Any], count: int,
) -> None:  # fmt: skip
    from yanlian_web.desk.models import Promise

    of_texts = min(4 * len(agreements), count // 2)
    owners = _owners(made, count)
    fate = made.rng.random(count)
    spans = made.rng.integers(5, 200, count)
    chosen = made.rng.integers(0, len(meetings), count)
    late = made.rng.integers(-30, 20, count)
    rows = []
    for k, pk in enumerate(_pks(Promise, count)):
        agreement = agreements[k % len(agreements)] if k < of_texts else None
        meeting = None if agreement else meetings[chosen[k]]
        source = agreement or meeting
        assert source is not None
        on = (agreement.signed_on or made.today) if agreement else meeting.on
        on = min(on, made.today)
        due = on + datetime.timedelta(days=int(spans[k]))
        kept = due + datetime.timedelta(days=int(late[k]))
        kept = kept if fate[k] < 0.75 and on <= kept <= made.today else None
        broken = due if kept is None and fate[k] > 0.97 and due < made.today else None
        what = ("investment", "jobs", "")[k % 3] if agreement and k % 2 else ""
        value = float(made.rng.lognormal(16, 1)) if what else None
        promise = Promise(
            pk=pk, **_common(made, owners[k]), side="theirs" if k % 2 else "ours",
            text_en=f"Promise {k}", text_zh=f"承诺{k}", company=source.company, deal=source.deal,
            gap=source.deal.gap if source.deal else None, meeting=meeting, agreement=agreement,
            clause="3.1" if agreement else "", made_on=on, due_on=due, due_first=due,
            kept_on=kept, broken_on=broken, department=departments[k % len(departments)],
            verified_on=kept if kept and k % 3 else None, what=what, value=value,
        )  # fmt: skip
        mark = ("binding" if agreement.binding else "nonbinding") if agreement else ""
        common = {
            "deal": source.deal, "firm": source.company, "side": promise.side, "what": what,
            "agreement": agreement.ref if agreement else "", "due_on": due,
        }  # fmt: skip
        _event(made, "promised", promise.ref, on, value=value, unit=promise.unit, mark=mark, **common)  # fmt: skip
        if kept:
            _event(made, "kept", promise.ref, kept, level="evidenced", **common)
        if broken:
            _event(made, "broken", promise.ref, broken, **common)
        rows.append(promise)
    _store(Promise, rows)


def _landing(
    made: Made, deals: list[Any], agreements: list[Any], departments: list[Any]
) -> None:
    from yanlian_web.desk.models import (
        Blocker,
        Evidence,
        Measure,
        Milestone,
        MilestonePlan,
        Payment,
    )

    landed = [deal for deal in deals if STAGES.index(deal.stage) >= 8]
    milestones, plans, payments, measures, papers = [], [], [], [], []
    numbers = itertools.count(1)
    milestone_pks = itertools.count(_pks(Milestone, 1)[0])
    payment_pks = itertools.count(_pks(Payment, 1)[0])
    measure_pks = itertools.count(_pks(Measure, 1)[0])
    other = made.members[1]
    for deal in landed:
        done = STAGES.index(deal.stage) - 8
        for place, code in enumerate(MILESTONES):
            reached = deal.stage_on if place < done else None
            planned = deal.stage_on + datetime.timedelta(days=60 * place)
            row = Milestone(
                pk=next(milestone_pks), **_common(made), deal=deal, code=code, planned_on=planned,
                reached_on=reached, verified_on=reached if place + 1 < done else None,
                verified_by=other if place + 1 < done else None,
            )  # fmt: skip
            milestones.append(row)
            plans.append(MilestonePlan(office_id=made.office.pk, milestone_id=row.pk, planned_on=planned, set_on=deal.stage_on))  # fmt: skip
            if reached:
                number = f"N{next(numbers)}"
                papers.append(Evidence(**_common(made), sort_of=PAPERS[place], number=number, mark=f"{PAPERS[place]}:{number}", on=reached, milestone=row))  # fmt: skip
        for _ in range(5):
            row = Payment(
                pk=next(payment_pks), **_common(made), deal=deal, on=deal.stage_on,
                value_cny=float(made.rng.lognormal(16, 1)),
                verified_on=deal.stage_on if made.rng.random() < 0.8 else None,
            )  # fmt: skip
            payments.append(row)
            number = f"N{next(numbers)}"
            papers.append(Evidence(**_common(made), sort_of="bank_slip", number=number, mark=f"bank_slip:{number}", on=deal.stage_on, payment=row))  # fmt: skip
            _event(made, "paid", row.ref, row.on, deal=deal, value=row.value_cny, unit="CNY", what="investment", level="evidenced")  # fmt: skip
        row = Measure(
            pk=next(measure_pks), **_common(made), deal=deal, what="jobs", on=deal.stage_on,
            value=float(made.rng.integers(5, 500)), verified_on=deal.stage_on,
        )  # fmt: skip
        measures.append(row)
        _event(made, "measured", deal.ref, row.on, deal=deal, value=row.value, unit="people", what="jobs", level="verified")  # fmt: skip
    for model, rows in (
        (Milestone, milestones), (MilestonePlan, plans), (Payment, payments),
        (Measure, measures), (Evidence, papers),
    ):  # fmt: skip
        _store(model, rows)
    _store(
        Blocker,
        (
            Blocker(**_common(made), deal=deal, text_en="Power", text_zh="供电", department=departments[k % 40],
                    since=deal.stage_on, due_on=deal.stage_on + datetime.timedelta(days=30),
                    solved_on=deal.stage_on if k % 3 else None)
            for k, deal in enumerate(landed)
        ),
    )  # fmt: skip


def _services(made: Made, firms: list[Any], deals: list[Any], count: int) -> None:
    from yanlian_web.desk.models import Service

    kinds = ("enquiry", "proposal", "assignment", "aftercare", "cost", "purchase_total")
    rows = []
    days = _days(made, count)
    for k, pk in enumerate(_pks(Service, count)):
        kind, day = kinds[k % len(kinds)], min(days[k], made.today)
        deal = deals[k % len(deals)]
        row = Service(
            pk=pk, **_common(made), sort_of=kind, company=deal.company, deal=deal, on=day,
            text_en="Service", text_zh="服务", due_on=day + datetime.timedelta(days=20),
            done_on=day if k % 4 else None, value=1e5 if kind in {"cost", "purchase_total"} else None,
        )  # fmt: skip
        rows.append(row)
        begun = {"assignment": "accepted", "purchase_total": "purchase"}.get(kind, kind)
        _event(made, begun, row.ref, day, deal=deal, value=row.value, due_on=row.due_on, what="total" if kind == "purchase_total" else "")  # fmt: skip
    _store(Service, rows)


def _facts(made: Made, firms: list[Any], count: int) -> None:
    from yanlian_web.desk.models import Fact

    chosen = _pick(made, firms, count)
    _store(
        Fact,
        (
            Fact(**_common(made), company=firm, field=("history", "operation", "employees")[k % 3],
                 text_en="Said", text_zh="所述", value=float(k % 900) if k % 3 == 2 else None,
                 year=2025, source="Visit", source_on=made.today)
            for k, firm in enumerate(chosen)
        ),
    )  # fmt: skip


def _padding(made: Made, firms: list[Any], count: int) -> None:
    """Add checks and filings of companies until the log is as long as asked for."""
    lacking = max(count - len(made.events), 0)
    days = _days(made, lacking)
    chosen = made.rng.integers(0, len(firms), lacking)
    for k in range(lacking):
        firm = firms[chosen[k]]
        kind = "checked" if k % 4 else "filed"
        _event(made, kind, firm.ref, days[k], firm=firm)


def _log(made: Made) -> None:
    """Write the log: three events to a line, as actions leave them on the average."""
    from yanlian_web.desk.models import Event
    from yanlian_web.offices.models import LogLine

    made.events.sort(key=lambda item: item[2])
    groups = -(-len(made.events) // 3)
    pks = _pks(LogLine, groups)
    user = made.members[0].user
    _store(
        LogLine,
        (
            LogLine(pk=pk, office_id=made.office.pk, by=user, code=f"desk.{kind}",
                    subject=subject, data={"changes": {subject: {"state": ["a", "b"]}}})
            for pk, (kind, subject, _, _) in zip(pks, made.events[::3], strict=True)
        ),
    )  # fmt: skip
    _store(Event, _events(made, pks))


def _events(made: Made, pks: range) -> Iterator[Any]:
    from yanlian_web.desk.models import Event

    for k, (kind, subject, on, given) in enumerate(made.events):
        more = dict(given)
        deal, firm = more.pop("deal", None), more.pop("firm", None)
        firm = firm or (deal.company if deal else None)
        gap = more.pop("gap", "") or (deal.gap.gap_id if deal and deal.gap else "")
        mark = more.pop("mark", "")
        yield Event(
            office_id=made.office.pk, line_id=pks[k // 3], kind=kind, subject=subject,
            on=on, recorded_on=on, deal=deal.ref if deal else "",
            company=firm.firm_id if firm else "", gap=gap,
            mark=";".join(part for part in (mark, "chain" if deal else "") if part), **more,
        )  # fmt: skip


def _sequences(connection: Any) -> None:
    """Let the database go on counting after the numbers that were given."""
    from django.apps import apps
    from django.core.management.color import no_style

    models = apps.get_app_config("desk").get_models()
    more = apps.get_app_config("offices").get_models()
    found = connection.ops.sequence_reset_sql(no_style(), [*models, *more])
    with connection.cursor() as cursor:
        for statement in found:
            cursor.execute(statement)
