"""Deals as board, table, print and file under one state of filters."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.progress import promises, stages
from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.gates import held_of, next_stage
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import Deal, Gap, Pipeline, Promise
from yanlian_web.desk.models.base import spoken
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import called, name, other, reader

FILTERS = ("q", "pipeline", "owner", "gap", "status", "stage")
# Columns of the board that stand wide; the others fold.
WIDE = 4
CARDS = 12
BARS = 10
PRINTED = 200
# Where the office negotiates; the board opens here.
FIRST_WIDE = "S3"
OPEN = tuple(code for code, item in stages.exits().items() if item.open)
CODES = [item.code for item in stages.stages()]
# What the table can be ordered by: an expression, and whether the greatest comes first.
SORTS: dict[str, tuple[Any, bool]] = {
    "changed": (F("changed_at"), True),
    "days": (F("stage_on"), False),
    "company": (F("company__sort"), False),
    "stage": (
        Case(*(When(stage=code, then=Value(n)) for n, code in enumerate(CODES))),
        True,
    ),
    "value": (Coalesce("value_cny", Value(-1.0), output_field=FloatField()), True),
    "likely": (Coalesce("likelihood", Value(-1.0), output_field=FloatField()), True),
}
COLUMNS = (
    Column(N_("Number"), "pk"),
    Column(N_("Company"), "company"),
    Column(N_("Company, other name"), "company_other"),
    Column(N_("Deal"), "title"),
    Column(N_("Gap"), "gap"),
    Column(N_("Pipeline"), "pipeline"),
    Column(N_("Stage"), "stage"),
    Column(N_("Name of the stage"), "stage_name"),
    Column(N_("At this stage since"), "stage_on"),
    Column(N_("Days at this stage"), "days"),
    Column(N_("Norm, days"), "norm"),
    Column(N_("State"), "status"),
    Column(N_("Lost to where"), "lost_to"),
    Column(N_("Owner"), "owner"),
    Column(N_("Intended investment, yuan"), "value_cny"),
    Column(N_("Likelihood of landing (0 to 1)"), "likelihood"),
)


def deals_found(member: Member, query: QueryDict) -> QuerySet[Deal]:
    """Return the deals that fit the filters of an address and that a member may see."""
    listed: QuerySet[Deal] = Deal.objects.seen_by(member).live()
    status = query.get("status", "active")
    if status == "closed":
        listed = listed.exclude(status__in=OPEN)
    elif status in stages.exits():
        listed = listed.filter(status=status)
    for word in fold(query.get("q", "")).split():
        listed = listed.filter(
            Q(company__search__contains=word)
            | Q(title_en__icontains=word)
            | Q(title_zh__icontains=word)
        )
    owner = query.get("owner", "")
    if owner == "me":
        listed = listed.filter(owner_id=member.pk)
    elif owner.isdigit():
        listed = listed.filter(owner_id=int(owner))
    for key in ("pipeline", "gap"):
        asked = query.get(key, "")
        if asked.isdigit():
            listed = listed.filter(**{f"{key}_id": int(asked)})
    if query.get("stage") in CODES:
        listed = listed.filter(stage=query["stage"])
    return listed


def ordered(listed: QuerySet[Deal], query: QueryDict) -> QuerySet[Deal]:
    """Return deals in the order an address asks for; ``key`` is what they stand by."""
    by, down = _sort(query)
    sign = "-" if down else ""
    return listed.annotate(key=SORTS[by][0]).order_by(f"{sign}key", f"{sign}pk")


def _sort(query: QueryDict) -> tuple[str, bool]:
    """Return by what to order, and whether the greatest comes first."""
    asked = query.get("sort", "")
    by = asked.lstrip("-")
    if by not in SORTS:
        return "changed", True
    return by, SORTS[by][1] != asked.startswith("-")


def counts_of(listed: QuerySet[Deal]) -> dict[str, int]:
    """Return how many deals stand at each stage; asks once."""
    found = listed.order_by().values_list("stage").annotate(n=Count("pk"))
    return dict(found)


def deal_line(counts: dict[str, int], wide: Iterable[str]) -> list[dict[str, Any]]:
    """Return the line on top of the board: all stages with their counts."""
    chosen = set(wide)
    first = stages.stage("S7b").order
    return [
        {
            "code": item.code,
            "label": spoken(item.name),
            "count": counts.get(item.code, 0),
            "wide": item.code in chosen,
            "loose": item.optional,
            "firm": item.order >= first,
        }
        for item in stages.stages()
    ]


def window_of(counts: dict[str, int], at: str) -> list[str]:
    """Return the stages that stand wide.

    They are those from ``at`` on, else those where the office negotiates, else those
    where its deals are.
    """
    last = len(CODES) - WIDE
    if at in CODES:
        start = min(CODES.index(at), last)
    else:
        start = CODES.index(FIRST_WIDE)
        if not any(counts.get(code) for code in CODES[start : start + WIDE]):
            start = max(
                range(last + 1),
                key=lambda n: sum(counts.get(c, 0) for c in CODES[n : n + WIDE]),
            )
            if not sum(counts.values()):
                start = CODES.index(FIRST_WIDE)
    return CODES[start : start + WIDE]


def deal_board(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return the columns of the board, wide and folded.

    Asks a fixed number of times: counts, one list for each wide column, evidence,
    promises.
    """
    listed = deals_found(member, query)
    counts = counts_of(listed)
    wide = window_of(counts, query.get("at", ""))
    shown = {
        code: list(
            listed.filter(stage=code)
            .select_related("company", "gap", "pipeline")
            .order_by("stage_on", "pk")[:CARDS]
        )
        for code in wide
    }
    cards = cards_of([deal for found in shown.values() for deal in found])
    columns = []
    for item in stages.stages():
        count = counts.get(item.code, 0)
        columns.append(
            {
                "code": item.code,
                "label": spoken(item.name),
                "count": count,
                # A stage without deals stands folded even inside the window.
                "wide": bool(shown.get(item.code)),
                "cards": [cards[deal.pk] for deal in shown.get(item.code, ())],
                "rest": count > CARDS,
                "bars": range(min(count, BARS)),
            }
        )
    return {
        "columns": columns,
        "line": deal_line(counts, [c["code"] for c in columns if c["wide"]]),
        "total": sum(counts.values()),
    }


def cards_of(deals: Sequence[Deal]) -> dict[int, dict[str, Any]]:
    """Return what a card shows of each deal: ageing, next promise, what is missing.

    The deals have their company, gap and pipeline with them. Asks six times, however
    many deals there are.
    """
    day, lang = today(), reader()
    held = held_of(deals)
    following = _next_promises([deal.pk for deal in deals])
    made = {}
    for deal in deals:
        to = next_stage(deal)
        lacking = stages.missing(held[deal.pk], to) if to else ()
        made[deal.pk] = {
            "deal": deal,
            "company": deal.company,
            "gap": deal.gap,
            "to": to,
            "to_name": stages.stage(to).name.text(lang) if to else "",
            "lacking": len(lacking),
            "missing": [item.label.text(lang) for item in lacking],
            "promise": following.get(deal.pk),
            **ageing_of(deal, day),
        }
    return made


def ageing_of(deal: Deal, day: datetime.date) -> dict[str, Any]:
    """Return days at the stage, the norm, and how they stand to each other."""
    days = max((day - deal.stage_on).days, 0)
    norm = norm_of(deal)
    return {
        "days": days,
        "norm": norm,
        "age": stages.ageing(days, deal.stage, deal.pipeline.norms),
        # Of a bar 46 wide that is full at one and a half times the norm.
        "bar": f"{46 * min(days / (1.5 * norm), 1):.1f}",
    }


def norm_of(deal: Deal) -> int:
    """Return the days a deal usually stays where it is, by its pipeline."""
    norms: dict[str, int] = deal.pipeline.norms
    return norms.get(deal.stage) or stages.stage(deal.stage).norm_days


def open_promises() -> Any:
    """Return the promises nobody has kept, broken or withdrawn."""
    return Promise.objects.filter(
        kept_on=None, broken_on=None, withdrawn_on=None, archived_on=None
    )


def _next_promises(pks: list[int]) -> dict[int, dict[str, Any]]:
    """Return the promise due first of each deal; asks once."""
    day = today()
    found: dict[int, dict[str, Any]] = {}
    rows = open_promises().filter(deal__in=pks).order_by("due_on", "pk")
    for row in rows.values("pk", "deal_id", "side", "text_en", "text_zh", "due_on"):
        found.setdefault(row["deal_id"], row | due_of(row["due_on"], day))
    return found


def due_of(due: datetime.date, day: datetime.date) -> dict[str, Any]:
    """Return how a due day stands to today."""
    return {
        "late": max((day - due).days, 0),
        "now": due == day,
        "state": promises.state(promises.Promise("ours", due), day),
    }


def deal_rows(deals: Sequence[Deal]) -> list[dict[str, Any]]:
    """Return the rows of the table, in the order given."""
    cards, lang = cards_of(deals), reader()
    return [
        {
            **cards[deal.pk],
            "stage": stages.stage(deal.stage).name.text(lang),
            "status": stages.exits()[deal.status].name.text(lang),
            "owner": deal.owner,
        }
        for deal in deals
    ]


def deals_by(pks: Iterable[int]) -> list[Deal]:
    """Return deals with all that a row names, in the order of their numbers given.

    Sorting twenty thousand deals is cheap as long as only their numbers are carried.
    """
    listed = list(pks)
    found = {deal.pk: deal for deal in with_names(Deal.objects.filter(pk__in=listed))}
    return [found[pk] for pk in listed]


def with_names(listed: QuerySet[Deal]) -> QuerySet[Deal]:
    """Return deals together with all that a row names."""
    return listed.select_related("company", "gap", "pipeline", "owner__user")


def export_rows(listed: QuerySet[Deal]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file; evidence is left to the pages, it is dear."""
    day, lang = today(), reader()
    for deal in with_names(listed).iterator(chunk_size=2000):
        yield {
            "pk": deal.pk,
            "company": name(deal.company),
            "company_other": other(deal.company),
            "title": called(deal),
            "gap": name(deal.gap) if deal.gap else "",
            "pipeline": name(deal.pipeline),
            "stage": deal.stage,
            "stage_name": stages.stage(deal.stage).name.text(lang),
            "stage_on": deal.stage_on.isoformat(),
            "days": (day - deal.stage_on).days,
            "norm": norm_of(deal),
            "status": stages.exits()[deal.status].name.text(lang),
            "lost_to": deal.lost_to,
            "owner": str(deal.owner or ""),
            "value_cny": deal.value_cny,
            "likelihood": deal.likelihood,
            "training": deal.training,
        }


def printed(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return deals by stage for paper; what does not fit is counted."""
    listed = deals_found(member, query)
    counts = counts_of(listed)
    order = SORTS["stage"][0]
    deals = deals_by(
        listed.annotate(key=order)
        .order_by("key", "stage_on", "pk")
        .values_list("pk", flat=True)[:PRINTED]
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in deal_rows(deals):
        groups.setdefault(row["deal"].stage, []).append(row)
    total = sum(counts.values())
    return {
        "groups": [
            {
                "code": code,
                "label": spoken(stages.stage(code).name),
                "rows": rows,
                "count": counts.get(code, 0),
            }
            for code, rows in groups.items()
        ],
        "total": total,
        "left": total - len(deals),
    }


def choices_of(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return what the filters offer: pipelines, members, gaps with deals."""
    gap = query.get("gap", "")
    return {
        "pipelines": list(Pipeline.objects.seen_by(member).live()),
        "owners": list(
            Member.objects.filter(office=member.office)
            .exclude(role="reader")
            .select_related("user")
            .order_by("pk")
        ),
        "gap": Gap.objects.seen_by(member).filter(pk=gap).first()
        if gap.isdigit()
        else None,
        "states": [
            {"code": item.code, "label": spoken(item.name)}
            for item in stages.exits().values()
        ],
    }


def neighbours(member: Member, deal: Deal, query: QueryDict) -> dict[str, Any]:
    """Return the deals before and after one within the list its address holds.

    From the board it is the column, from the table the list in its order.
    """
    listed = deals_found(member, query)
    if query.get("view", "board") == "board":
        down, key = False, F("stage_on")
        listed = listed.filter(stage=deal.stage)
    else:
        by, down = _sort(query)
        key = SORTS[by][0]
    listed = listed.annotate(key=key)
    mine = listed.filter(pk=deal.pk).values_list("key", flat=True).first()
    if mine is None:
        return {"at": 0, "total": 0, "before": None, "after": None}
    less = Q(key__lt=mine) | Q(key=mine, pk__lt=deal.pk)
    more = Q(key__gt=mine) | Q(key=mine, pk__gt=deal.pk)
    first, second = (more, less) if down else (less, more)
    sign, back = ("-", "") if down else ("", "-")
    before, after = listed.filter(first), listed.filter(second)
    ahead = before.count()
    return {
        "at": ahead + 1,
        "total": ahead + 1 + after.count(),
        "before": before.order_by(f"{back}key", f"{back}pk")
        .values_list("pk", flat=True)
        .first(),
        "after": after.order_by(f"{sign}key", f"{sign}pk")
        .values_list("pk", flat=True)
        .first(),
    }
