"""The commitments ledger: promises by state, as the library defines it, in SQL."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.progress import promises as rules
from yanlian.text import N_, say
from yanlian_web.desk.acting import EARLIEST, LATEST, today
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import Company, Promise
from yanlian_web.desk.queries.filters import day_of, said
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name, person, reader

# Rows of each side on the page of a week; the ledger has all.
SHOWN = 100
SIDES = (rules.OURS, rules.THEIRS)
UNSETTLED = ("open", "soon", "overdue")
COLUMNS = (
    Column(N_("Number"), "pk"),
    Column(N_("Side"), "side"),
    Column(N_("Company"), "company"),
    Column(N_("Promise (English)"), "text_en"),
    Column(N_("Promise (Chinese)"), "text_zh"),
    Column(N_("Made on"), "made_on"),
    Column(N_("Due on"), "due_on"),
    Column(N_("First due on"), "due_first"),
    Column(N_("State"), "state"),
    Column(N_("Days late"), "late"),
    Column(N_("Kept on"), "kept_on"),
    Column(N_("Verified on"), "verified_on"),
    Column(N_("Measured in"), "what"),
    Column(N_("Number promised"), "value"),
    Column(N_("Unit"), "unit"),
    Column(N_("Department that answers"), "department"),
    Column(N_("Owner"), "owner"),
    Column(N_("Agreement"), "agreement"),
    Column(N_("Clause"), "clause"),
    Column(N_("Why"), "why"),
)


def in_state(code: str, day: datetime.date) -> Q:
    """Return which promises are in a state on a day.

    The same answer as :func:`yanlian.progress.promises.state`, for many at once. What
    is written down never lies ahead, so that today asks less than a past day.
    """
    waits, done, broken, out = _now() if day >= today() else _then(day)
    soon = day + datetime.timedelta(days=rules.SOON_DAYS)
    return {
        "withdrawn": out,
        "kept": done & Q(kept_on__lte=F("due_on")),
        "kept_late": done & Q(kept_on__gt=F("due_on")),
        "broken": broken,
        "overdue": waits & Q(due_on__lt=day),
        "soon": waits & Q(due_on__gte=day, due_on__lte=soon),
        "open": waits & Q(due_on__gt=soon),
        "unsettled": waits,
    }[code]


def _now() -> tuple[Q, Q, Q, Q]:
    """Return which promises wait, are kept, broken and withdrawn today."""
    return (
        Q(kept_on=None, broken_on=None, withdrawn_on=None),
        Q(kept_on__isnull=False),
        Q(kept_on=None, withdrawn_on=None, broken_on__isnull=False),
        Q(kept_on=None, withdrawn_on__isnull=False),
    )


def _then(day: datetime.date) -> tuple[Q, Q, Q, Q]:
    """Return which promises waited, were kept, broken and withdrawn on a past day."""
    out = Q(withdrawn_on__lte=day) & (
        Q(kept_on=None) | Q(kept_on__gt=F("withdrawn_on"))
    )
    # Spelled out, since SQL knows no answer where a day is not given.
    in_force = (
        Q(withdrawn_on=None)
        | Q(withdrawn_on__gt=day)
        | Q(kept_on__lte=F("withdrawn_on"))
    )
    not_kept = in_force & (Q(kept_on=None) | Q(kept_on__gt=day))
    return (
        not_kept & (Q(broken_on=None) | Q(broken_on__gt=day)),
        in_force & Q(kept_on__lte=day),
        not_kept & Q(broken_on__lte=day),
        out,
    )


def with_state(listed: QuerySet[Promise], day: datetime.date) -> QuerySet[Promise]:
    """Return promises with their state on a day as ``state``."""
    return listed.annotate(
        state=Case(
            *(When(in_state(code, day), then=Value(code)) for code, _ in rules.STATES),
            default=Value(""),
        )
    )


def promises_found(member: Member, query: QueryDict) -> QuerySet[Promise]:
    """Return the promises that fit the filters of an address and that a member may see."""
    day = today()
    listed: QuerySet[Promise] = Promise.objects.seen_by(member).live()
    if query.get("side") in SIDES:
        listed = listed.filter(side=query["side"])
    state = query.get("state", "unsettled")
    if state in rules.LABELS or state == "unsettled":
        listed = listed.filter(in_state(state, day))
    elif state == "unverified":
        listed = listed.filter(verified_on=None, kept_on__isnull=False)
    owner = query.get("owner", "")
    if owner == "me":
        listed = listed.filter(owner_id=member.pk)
    elif owner.isdigit():
        listed = listed.filter(owner_id=int(owner))
    for key in ("company", "agreement", "meeting", "deal"):
        asked = query.get(key, "")
        if asked.isdigit():
            listed = listed.filter(**{f"{key}_id": int(asked)})
    words = fold(query.get("q", "")).split()
    if words:
        listed = listed.filter(said(member, words, ("text_en", "text_zh")))
    for key, sign in (("from", "gte"), ("to", "lte")):
        found = day_of(query.get(key, ""))
        if found:
            listed = listed.filter(**{f"due_on__{sign}": found})
    # What is not settled stands in the order in which it falls due; what is settled
    # begins with the last.
    if state in {"unsettled", *UNSETTLED}:
        return listed.order_by("due_on", "id")
    return listed.order_by("-due_on", "-id")


def promise_rows(
    promises: Iterable[Promise], day: datetime.date | None = None
) -> list[dict[str, Any]]:
    """Return promises as rows: each with its state on a day and how late it is."""
    day = day or today()
    rows = []
    for item in promises:
        state = rules.state(item.rule, day)
        rows.append(
            {
                "promise": item,
                "state": state,
                "label": state_said(state),
                "late": rules.days_late(item.rule, day),
                "in_days": (item.due_on - day).days,
                "tone": tone(state),
                "moved": item.due_on != item.due_first,
            }
        )
    return rows


def tone(state: str) -> str:
    """Return by which class a state is drawn; red is for what is late or broken."""
    if state in {"overdue", "broken"}:
        return "late"
    if state in {"kept", "kept_late"}:
        return "kept"
    return "soon" if state == "soon" else ""


def with_names(listed: QuerySet[Promise]) -> QuerySet[Promise]:
    """Return promises with what their rows name."""
    return listed.select_related(
        "company", "department", "owner__user", "agreement", "meeting__organisation"
    )


def counts_of(member: Member) -> dict[str, dict[str, int]]:
    """Return how many promises of each side are in each unsettled state; asks once."""
    day = today()
    rows = (
        Promise.objects.seen_by(member)
        .live()
        .filter(in_state("unsettled", day))
        .order_by()
        .values("side")
        .annotate(
            **{code: Count("pk", filter=in_state(code, day)) for code in UNSETTLED}
        )
    )
    empty = dict.fromkeys(UNSETTLED, 0)
    found = {side: dict(empty) for side in SIDES}
    for row in rows:
        found[row["side"]] = {code: row[code] for code in UNSETTLED}
    return found


def keeping_of(
    member: Member, since: datetime.date, until: datetime.date
) -> dict[str, rules.Keeping]:
    """Return how each side kept what was due in a time, as of its last day; asks once."""
    rows = (
        Promise.objects.seen_by(member)
        .live()
        .filter(due_on__range=(since, until))
        .exclude(in_state("withdrawn", until))
        .order_by()
        .values("side")
        .annotate(
            due=Count("pk"),
            on_time=Count("pk", filter=in_state("kept", until)),
            late=Count("pk", filter=in_state("kept_late", until)),
        )
    )
    found = {side: rules.Keeping(0, 0, 0, 0) for side in SIDES}
    for row in rows:
        still = row["due"] - row["on_time"] - row["late"]
        found[row["side"]] = rules.Keeping(
            row["due"], row["on_time"], row["late"], still
        )
    return found


def week_of(text: str) -> datetime.date:
    """Return the Monday of a week such as ``2026-W48``; of this week otherwise."""
    year, _, week = text.partition("-W")
    day = today()
    if year.isdecimal() and week.isdecimal() and len(year) == 4 and len(week) <= 2:
        try:
            found = datetime.date.fromisocalendar(int(year), int(week), 1)
        except ValueError:
            found = day
        day = found if EARLIEST < found < LATEST else day
    return day - datetime.timedelta(days=day.weekday())


def week_name(monday: datetime.date) -> str:
    """Return the name of a week, such as ``2026-W48``."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def week_page(member: Member, text: str) -> dict[str, Any]:
    """Return a week of the ledger, as of its last day or today. Asks six times."""
    monday = week_of(text)
    sunday = monday + datetime.timedelta(days=6)
    # A past week is shown as it stood at its end, this one as it stands today.
    as_of = min(sunday, today()) if monday <= today() else today()
    mine = Promise.objects.seen_by(member).live()
    due: dict[str, Any] = {}
    for side in SIDES:
        listed = mine.filter(
            in_state("unsettled", as_of), side=side, due_on__lte=sunday
        )
        rows = list(with_names(listed).order_by("due_on", "id")[: SHOWN + 1])
        due[side] = {
            "rows": promise_rows(rows[:SHOWN], as_of),
            "more": len(rows) > SHOWN,
            "late": sum(row.due_on < as_of for row in rows[:SHOWN]),
        }
    kept = with_names(mine.filter(kept_on__range=(monday, sunday), kept_on__lte=as_of))
    year = datetime.date(as_of.year, 1, 1)
    return {
        "monday": monday,
        "sunday": sunday,
        "as_of": as_of,
        "name": week_name(monday),
        "before": week_name(monday - datetime.timedelta(days=7)),
        "after": week_name(monday + datetime.timedelta(days=7)),
        "due": due,
        "kept": promise_rows(kept.order_by("side", "kept_on", "id")[:SHOWN], as_of),
        "keeping": keeping_of(member, year, as_of),
        "year": as_of.year,
        "training": member.office.training,
    }


def ledger_choices(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return what the filters of the ledger offer, and what they are set to."""
    company = query.get("company", "")
    return {
        "states": [(code, state_said(code)) for code, _ in rules.STATES],
        "members": list(
            Member.objects.filter(office_id=member.office_id).select_related("user")
        ),
        "company": Company.objects.seen_by(member).filter(pk=int(company)).first()
        if company.isdigit()
        else None,
    }


def export_rows(listed: QuerySet[Promise]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file."""
    day = today()
    for item in with_names(listed).iterator(chunk_size=2000):
        state = rules.state(item.rule, day)
        yield {
            "pk": item.pk,
            "side": item.get_side_display(),
            "company": name(item.company) if item.company else "",
            "text_en": item.text_en,
            "text_zh": item.text_zh,
            "made_on": item.made_on.isoformat(),
            "due_on": item.due_on.isoformat(),
            "due_first": item.due_first.isoformat(),
            "state": state_said(state),
            "late": rules.days_late(item.rule, day) or "",
            "kept_on": item.kept_on.isoformat() if item.kept_on else "",
            "verified_on": item.verified_on.isoformat() if item.verified_on else "",
            "what": item.get_what_display() if item.what else "",
            "value": item.value,
            "unit": item.unit,
            "department": name(item.department) if item.department else "",
            "owner": person(item.owner),
            "agreement": called(item.agreement) if item.agreement else "",
            "clause": item.clause,
            "why": item.why,
            "training": item.training,
        }


def state_said(state: str) -> str:
    """Return a state in the reader's language."""
    return say(rules.LABELS[state]).text(reader())
