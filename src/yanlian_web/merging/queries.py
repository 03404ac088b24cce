"""What the pages of merging show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian_web.desk.acting import may_see
from yanlian_web.desk.lists import page_of
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.models.base import hidden_rows
from yanlian_web.desk.queries.refs import Named, named_refs
from yanlian_web.merging.choosing import (
    BOTH,
    CHOICES,
    KEPT,
    OTHER,
    Choice,
    differs,
    empty,
    proposed,
    united,
)
from yanlian_web.merging.models import WHYS, Apart, Merge, Suspect
from yanlian_web.merging.moving import back_of
from yanlian_web.merging.relations import WAYS, column, moving, rows_of
from yanlian_web.merging.seeking import SEARCHED
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.ui.templatetags.yl import called

SIZE = 25
NEAR = 6
# Rows that are named on the page of a merge.
NAMED = 200


def suspects(member: Member) -> Any:
    """Return the pairs of the queue whose companies are live and seen by a member.

    Archived and hidden companies are few and found by indexes of their own; asking every
    pair for both its companies would read them all.
    """
    every = Company.objects.filter(office_id=member.office_id).order_by()
    archived = every.filter(archived_on__isnull=False).values("pk")
    # Asked once: within each question it would go through all companies every time.
    hidden = list(every.filter(hidden_rows(member)).values_list("pk", flat=True))
    rows = Suspect.objects.filter(office_id=member.office_id)
    aways: tuple[Any, ...] = (archived, hidden)
    for away in aways:
        rows = rows.exclude(first__in=away).exclude(second__in=away)
    return rows


def queue_page(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a page of the queue, what was said not to be one, and the last merges."""
    state = query.get("state", "")
    why = query.get("why", "")
    pairs = suspects(member)
    counts = dict(pairs.order_by().values_list("why").annotate(n=Count("pk")))
    context: dict[str, Any] = {
        "state": state if state in {"apart", "merged"} else "",
        "why": why if why in dict(WHYS) else "",
        "counts": counts,
        "total": sum(counts.values()),
        "whys": [(key, label, counts.get(key, 0)) for key, label in WHYS],
        "searched": LogLine.objects.filter(office=member.office_id, code=SEARCHED)
        .select_related("by__member")
        .first(),
    }
    if state == "apart":
        rows = Apart.objects.seen_by(member).live().order_by("-said_on", "-pk")
        rows = rows.select_related("first", "second", "made_by__user")
        context["page"] = page_of(rows, query, SIZE)
    elif state == "merged":
        rows = Merge.objects.seen_by(member).order_by("-done_on", "-pk")
        rows = rows.select_related("survivor", "merged", "made_by__user")
        context["page"] = page_of(rows, query, SIZE)
    else:
        rows = pairs.filter(why=why) if context["why"] else pairs
        page = page_of(rows.select_related("first", "second"), query, SIZE)
        context["page"] = page
        context["rows"] = [_pair(row) for row in page.rows]
    return context


def _pair(row: Suspect) -> dict[str, Any]:
    """Return a pair with the one first that would stay."""
    keep, other = ordered(row.first, row.second)
    return {
        "keep": keep,
        "other": other,
        "why": row.get_why_display(),
        "code": row.why,
        "score": row.score,
        "training": row.training,
    }


def ordered(one: Company, other: Company) -> tuple[Company, Company]:
    """Return two companies, the one first that better stays.

    One of the tables, whose numbers are loaded anew; else the one that more is known
    of; else the older one.
    """

    def weight(company: Company) -> tuple[Any, ...]:
        return (
            company.in_tables,
            bool(company.credit_code),
            company.version,
            bool(company.name_zh) + bool(company.name_en),
            -company.pk,
        )

    return (one, other) if weight(one) >= weight(other) else (other, one)


@dataclass
class Side:
    """A value of one of the two companies as it is shown."""

    which: str
    text: str
    checked: bool


def near(member: Member, company: Company) -> list[dict[str, Any]]:
    """Return companies that may be the same as one, from the queue."""
    rows = suspects(member).filter(Q(first=company) | Q(second=company))
    return [
        {
            "company": row.second if row.first_id == company.pk else row.first,
            "why": row.get_why_display(),
            "score": row.score,
        }
        for row in rows.select_related("first", "second")[:NEAR]
    ]


def beside(
    member: Member, kept: Company, other: Company, given: dict[str, str]
) -> dict[str, Any]:
    """Return two companies side by side: what differs, what is equal, what moves."""
    rows, equal = [], []
    for choice in CHOICES:
        if not differs(kept, other, choice):
            if not empty(kept, choice):
                equal.append({"label": choice.label, "text": shown(kept, choice)})
            continue
        which = given.get(choice.key) or proposed(kept, other, choice)
        options = [
            Side(KEPT, shown(kept, choice), which == KEPT),
            Side(OTHER, shown(other, choice), which == OTHER),
        ]
        both = None
        if choice.parted and not (empty(kept, choice) or empty(other, choice)):
            both = Side(BOTH, _together(kept, other, choice), which == BOTH)
        rows.append({"choice": choice, "sides": options, "both": both})
    return {
        "rows": rows,
        "equal": equal,
        "moves": _moves(member, kept, other),
        "codes": kept.credit_code != other.credit_code
        and bool(kept.credit_code and other.credit_code),
    }


def shown(company: Company, choice: Choice) -> str:
    """Return what a company says of a choice, in the reader's words."""
    name = choice.fields[0]
    if choice.key in ("tier", "visibility"):
        return str(getattr(company, f"get_{name}_display")())
    if choice.key == "owner":
        return called(company.owner) if company.owner else ""
    if choice.key == "leading":
        return gettext("yes") if company.leading else gettext("no")
    if choice.key == "revenue":
        if company.revenue_cny is None:
            return ""
        year = f" ({company.revenue_year})" if company.revenue_year else ""
        return f"{company.revenue_cny:,.0f}{year}"
    if choice.key == "employees":
        return "" if company.employees is None else f"{company.employees:,}"
    texts = [getattr(company, field) for field in choice.fields[:2]]
    return " · ".join(dict.fromkeys(text for text in texts if text))


def _together(kept: Company, other: Company, choice: Choice) -> str:
    texts = [
        united(getattr(kept, name), getattr(other, name), choice.parted)
        for name in choice.fields
    ]
    return " · ".join(dict.fromkeys(text for text in texts if text))


def _moves(member: Member, kept: Company, other: Company) -> list[dict[str, Any]]:
    """Return how many rows of each relation move, and how many there are already."""
    found = []
    for label, way in moving():
        rows = rows_of(label, other).order_by()
        count = rows.count()
        model = column(label)[0]
        hidden = 0
        if count and issubclass(model, Record):
            hidden = (
                count
                - model.objects.filter(pk__in=rows.values("pk")).seen_by(member).count()
            )
        if count:
            found.append(
                {
                    "label": way.label,
                    "count": count,
                    "hidden": hidden,
                    "there": rows_of(label, kept).count(),
                }
            )
    return found


def merge_page(member: Member, merge: Merge) -> dict[str, Any]:
    """Return what became of a merge: what moved, and what would go back now."""
    counts: dict[str, int] = {}
    for label, _, _ in merge.rows:
        counts[label] = counts.get(label, 0) + 1
    context: dict[str, Any] = {
        "merge": merge,
        "moved": [
            {"label": WAYS[label].label, "count": counts[label]}
            for label in WAYS
            if label in counts
        ],
        "twins": sum(bool(why) for _, _, why in merge.rows),
        "values": _values(merge),
    }
    stayed = merge.stayed
    if merge.apart_on is None:
        back = back_of(merge, merge.survivor)
        stayed = back.stayed
        context["going"] = [
            {
                "label": WAYS[label].label,
                "count": len(rows),
                "along": back.along[label],
            }
            for label, rows in back.rows.items()
        ]
        context["since"] = [
            {"label": WAYS[label].label, "count": n}
            for label, n in back.since.items()
            if n
        ]
        context["fields_back"] = len(set(back.fields) & SHOWN_FIELDS)
    context["stayed"] = _stayed(member, stayed)
    return context


SHOWN_FIELDS = frozenset(
    name
    for choice in CHOICES
    for name in choice.fields
    if name not in ("region_id", "local", "lat", "lon")
)


def _label(name: str) -> str:
    return next(choice.label for choice in CHOICES if name in choice.fields)


def _values(merge: Merge) -> list[dict[str, Any]]:
    """Return what was set on the company that stays."""
    members = {}
    if "owner_id" in merge.fields:
        found = Member.objects.filter(pk__in=[v for v in merge.fields["owner_id"] if v])
        members = {m.pk: called(m) for m in found.select_related("user")}
    return [
        {
            "label": _label(name),
            "before": _plain(name, members.get(before, before)),
            "after": _plain(name, members.get(after, after)),
        }
        for name, (before, after) in merge.fields.items()
        if name in SHOWN_FIELDS
    ]


def _plain(name: str, value: Any) -> str:
    """Return a value as a person reads it."""
    if value in (None, ""):
        return "\u2013"
    labels = dict(getattr(Company._meta.get_field(name), "flatchoices", ()))
    if value in labels:
        return str(labels[value])
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def _stayed(member: Member, stayed: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return what does not go back, by name where the member may see it."""
    some = stayed[:NAMED]
    named = named_refs(member, [item["ref"] for item in some if item["of"] != "field"])
    found = []
    for item in some:
        record: Named | None = named.get(item["ref"])
        found.append(
            {
                "why": item["why"],
                "label": _label(item["ref"])
                if item["of"] == "field" and item["ref"] in SHOWN_FIELDS
                else WAYS[item["of"]].label
                if item["of"] in WAYS
                else "",
                "record": record if record and record.record else None,
                "hidden": bool(record and record.hidden),
            }
        )
    return [row for row in found if row["label"]]


def merges_of(member: Member, company: Company) -> dict[str, Any] | None:
    """Return what was merged into a company, for its page."""
    rows = list(
        Merge.objects.filter(survivor=company, apart_on=None)
        .select_related("merged", "made_by__user")
        .order_by("-pk")
    )
    rows = [row for row in rows if may_see(member, row.merged)]
    return {"rows": rows} if rows else None
