"""Issues of firms and blockers of their deals in one list, each with its clock."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from yanlian.text import N_
from yanlian_web.cultivate.models import Issue
from yanlian_web.cultivate.models.issues import ABOUT
from yanlian_web.cultivate.queries.seen import of_seen
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import SIZE, Column, Page
from yanlian_web.desk.models import Blocker, Company
from yanlian_web.desk.queries.money import unseen_deals
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name

OVER = (15, 30, 60, 90)
DEFAULT_OVER = 30
# Solved within so many days counts for the median.
WINDOW = 365
COLUMNS = (
    Column(N_("Company"), "company"),
    Column(N_("What"), "text"),
    Column(N_("About"), "about"),
    Column(N_("Department"), "department"),
    Column(N_("Raised on"), "on"),
    Column(N_("To be solved by"), "due_on"),
    Column(N_("Solved on"), "solved_on"),
    Column(N_("Days"), "days"),
    Column(N_("How it was solved"), "how"),
    Column(N_("Confirmed on"), "confirmed_on"),
    Column(N_("Owner"), "owner"),
)


@dataclass(frozen=True)
class Light:
    """What is needed of an issue or a blocker to filter, sort and count.

    Attributes
    ----------
    kind : str
        ``issue`` or ``blocker``.
    pk : int
    on : date
    due_on, solved_on, confirmed_on : date or None
    about : str
        Empty for a blocker.
    department_id, owner_id : int or None
    """

    kind: str
    pk: int
    on: datetime.date
    due_on: datetime.date | None
    solved_on: datetime.date | None
    confirmed_on: datetime.date | None
    about: str
    department_id: int | None
    owner_id: int | None

    @property
    def days(self) -> int:
        """Return how many days it took, or has been open."""
        return ((self.solved_on or today()) - self.on).days

    @property
    def late(self) -> int:
        """Return how many days it is past its day; 0 when it is not, or is solved."""
        if self.due_on is None or self.solved_on:
            return 0
        return max((today() - self.due_on).days, 0)


def all_of(member: Member) -> list[Light]:
    """Return every issue and every blocker a member may see; asks twice."""
    issues = of_seen(member, Issue.objects.all()).order_by()
    rows = [
        Light("issue", *row)
        for row in issues.values_list(
            "pk", "on", "due_on", "solved_on", "confirmed_on", "about",
            "department_id", "owner_id",
        )
    ]  # fmt: skip
    blockers = (
        of_seen(member, Blocker.objects.all(), "deal__company_id")
        .exclude(deal__in=unseen_deals(member).values("pk"))
        .order_by()
    )
    rows += [
        Light("blocker", pk, since, due, solved, None, "", department, owner)
        for pk, since, due, solved, department, owner in blockers.values_list(
            "pk", "since", "due_on", "solved_on", "department_id", "owner_id"
        )
    ]
    return rows


def over_of(query: QueryDict) -> int:
    """Return after how many days an open one stands out."""
    asked = query.get("over", "")
    return int(asked) if asked.isdigit() and int(asked) in OVER else DEFAULT_OVER


def chosen(member: Member, rows: Sequence[Light], query: QueryDict) -> list[Light]:
    """Return those that fit the filters of an address, the longest open first."""
    show, over = query.get("show", "open"), over_of(query)
    tests: dict[str, Callable[[Light], bool]] = {
        "open": lambda r: not r.solved_on,
        "over": lambda r: not r.solved_on and r.days > over,
        "late": lambda r: r.late > 0,
        "unconfirmed": lambda r: bool(
            r.kind == "issue" and r.solved_on and not r.confirmed_on
        ),
        "solved": lambda r: bool(r.solved_on),
    }
    found = [r for r in rows if show not in tests or tests[show](r)]
    if query.get("from") in {"issue", "blocker"}:
        found = [r for r in found if r.kind == query["from"]]
    if query.get("about") in dict(ABOUT):
        found = [r for r in found if r.about == query["about"]]
    department = query.get("department", "")
    if department == "none":
        found = [r for r in found if r.department_id is None]
    elif department.isdigit():
        found = [r for r in found if r.department_id == int(department)]
    if query.get("owner") == "me":
        found = [r for r in found if r.owner_id == member.pk]
    if show == "solved":
        return sorted(
            found, key=lambda r: (str(r.solved_on), r.kind, r.pk), reverse=True
        )
    return sorted(found, key=lambda r: (r.on, r.kind, r.pk))


def figures(rows: Sequence[Light], over: int) -> dict[str, Any]:
    """Return how many were raised, solved and confirmed, and how long it took."""
    first = today() - datetime.timedelta(days=WINDOW)
    solved = [r for r in rows if r.solved_on and r.solved_on >= first]
    open_ = [r for r in rows if not r.solved_on]
    asked = [r for r in solved if r.kind == "issue"]
    return {
        "open": len(open_),
        "over": sum(r.days > over for r in open_),
        "late": sum(r.late > 0 for r in open_),
        "solved": len(solved),
        "median": statistics.median([r.days for r in solved]) if solved else None,
        "confirmed": sum(r.confirmed_on is not None for r in asked),
        "to_confirm": sum(r.confirmed_on is None for r in asked),
        "asked": len(asked),
        "oldest": max((r.days for r in open_), default=None),
    }


def by_subject(rows: Sequence[Light]) -> list[dict[str, Any]]:
    """Return what firms raise most: by subject, open and solved, with the median."""
    found = []
    for code, label in (*ABOUT, ("", N_("stops a deal"))):
        own = [
            r for r in rows if r.about == code and (code != "" or r.kind == "blocker")
        ]
        if not own:
            continue
        solved = [r.days for r in own if r.solved_on]
        found.append(
            {
                "code": code,
                "label": label,
                "n": len(own),
                "open": sum(not r.solved_on for r in own),
                "median": statistics.median(solved) if solved else None,
            }
        )
    return sorted(found, key=lambda r: (-r["open"], -r["n"], r["code"]))


def page(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return the page of issues: rows, figures, subjects and departments."""
    rows = all_of(member)
    over = over_of(query)
    listed = chosen(member, rows, query)
    pages = max(-(-len(listed) // SIZE), 1)
    asked = query.get("page", "1")
    number = min(max(int(asked) if asked.isdigit() else 1, 1), pages)
    shown = listed[(number - 1) * SIZE : number * SIZE]
    return {
        "page": Page(with_records(shown), len(listed), number, pages),
        "total": len(listed),
        "figures": figures(rows, over),
        "subjects": by_subject(rows),
        "over": over,
        "overs": OVER,
        "abouts": ABOUT,
    }


def with_records(shown: Sequence[Light]) -> list[dict[str, Any]]:
    pks = {
        kind: [r.pk for r in shown if r.kind == kind] for kind in ("issue", "blocker")
    }
    issues = Issue.objects.filter(pk__in=pks["issue"]).select_related(
        "company", "department", "owner__user", "meeting"
    )
    blockers = Blocker.objects.filter(pk__in=pks["blocker"]).select_related(
        "deal__company", "department", "owner__user"
    )
    by_key: dict[tuple[str, int], Any] = {("issue", row.pk): row for row in issues}
    by_key |= {("blocker", row.pk): row for row in blockers}
    found = []
    for light in shown:
        record = by_key[light.kind, light.pk]
        company: Company = (
            record.deal.company if light.kind == "blocker" else record.company
        )
        found.append(
            {
                "light": light,
                "record": record,
                "company": company,
                "blocker": light.kind == "blocker",
            }
        )
    return found


def export_rows(member: Member, query: QueryDict) -> Iterator[dict[str, Any]]:
    """Return the rows of the file."""
    labels = dict(ABOUT)
    listed = chosen(member, all_of(member), query)
    for start in range(0, len(listed), 500):
        for row in with_records(listed[start : start + 500]):
            record, light = row["record"], row["light"]
            yield {
                "company": name(row["company"]),
                "text": called(record),
                "about": str(labels.get(light.about, "")),
                "department": name(record.department) if record.department else "",
                "on": light.on,
                "due_on": light.due_on or "",
                "solved_on": light.solved_on or "",
                "days": light.days,
                "how": record.solved_how,
                "confirmed_on": light.confirmed_on or "",
                "owner": str(record.owner or ""),
                "training": record.training,
            }
