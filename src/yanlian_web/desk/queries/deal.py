"""The record of one deal, and what a gate asks of it."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, Sum
from django.urls import NoReverseMatch, reverse

from yanlian.progress import promises as promise_rules
from yanlian.progress import stages
from yanlian.progress.landing import milestones
from yanlian.progress.money import Column, Money, agreement_kinds, by_kind
from yanlian.progress.stages import Requirement
from yanlian.text import N_, say
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.deals import handles, is_win
from yanlian_web.desk.gates import held, next_stage
from yanlian_web.desk.models import (
    Agreement,
    Attachment,
    Blocker,
    Deal,
    Event,
    Incentive,
    Meeting,
    Milestone,
    Payment,
    Promise,
    StageMove,
)
from yanlian_web.desk.models.base import OURS, THEIRS, spoken
from yanlian_web.desk.queries.deals import ageing_of, due_of, norm_of
from yanlian_web.offices.models import Member

SHOWN = 12
# Requirements that an agreement supplies: the kind of agreement.
SUPPLIED_BY = {
    "framework_text": "framework",
    "framework_expiry": "framework",
    "framework_next": "framework",
    "agreement_text": "investment",
    "obligations": "investment",
    "amount": "investment",
}
# What a deal's money is shown as; rows are never added to each other.
MONEY = (
    (N_("Framework, does not bind"), False),
    (N_("Investment agreement, binds"), True),
)


def deal_of(deal: Deal) -> Deal:
    """Return a deal together with all that its pages name."""
    found: Deal = Deal.objects.select_related(
        "company", "gap", "pipeline", "owner__user", "trip"
    ).get(pk=deal.pk)
    return found


def gate_page(member: Member, deal: Deal, to: str, back: str) -> dict[str, Any]:
    """Return what the gate into a stage asks, what is there, and who can supply the rest.

    Parameters
    ----------
    member : Member
    deal : Deal
    to : str
        Stage; the next one when it is none.
    back : str
        Address to return to after something was supplied.
    """
    codes = {item.code for item in stages.stages()}
    wanted = to if to in codes else next_stage(deal)
    there = held(deal)
    agreements = _agreements(deal)
    page: dict[str, Any] = {
        "deal": deal,
        "here": _stage(deal.stage),
        "to": _stage(wanted) if wanted else None,
        "others": [_stage(c) for c in sorted(codes - {deal.stage}, key=_order)],
        "money": money_of(deal, agreements),
        "open": stages.exits()[deal.status].open,
    }
    if not wanted:
        return page
    move = stages.check_move(there, deal.stage, wanted)
    facts = facts_of(deal)
    before = {item.key for item in stages.needed(deal.stage)}
    asked = () if move.back else stages.needed(wanted)
    rows = [
        _requirement(deal, item, item.key in there, facts, agreements, back)
        for item in asked
        # What an earlier gate has seen is shown again only when it is gone.
        if item.key not in before or item.key not in there
    ]
    win = is_win(wanted) and not move.back
    return page | {
        "move": move,
        "rows": rows,
        "earlier": len(asked) - len(rows),
        "missing": sum(not row["kept"] for row in rows),
        "first": next((row for row in rows if not row["kept"]), None),
        "norm": deal.pipeline.norms.get(wanted) or stages.stage(wanted).norm_days,
        "win": win,
        "mine": win and handles(deal, member),
        "review": wanted == "S6" and not move.back,
    }


def _order(code: str) -> int:
    return stages.stage(code).order


def _stage(code: str) -> dict[str, Any]:
    item = stages.stage(code)
    return {"code": code, "label": spoken(item.name), "entry": spoken(item.entry)}


def facts_of(deal: Deal) -> dict[str, dict[str, Any]]:
    """Return what was noted for the gates, with who noted it; asks once."""
    members = Member.objects.select_related("user").in_bulk(
        {fact.get("by") for fact in deal.facts.values() if fact.get("by")}
    )
    return {
        key: {**fact, "who": members.get(fact.get("by", 0))}
        for key, fact in deal.facts.items()
    }


def _requirement(
    deal: Deal,
    item: Requirement,
    kept: bool,
    facts: dict[str, dict[str, Any]],
    agreements: list[Agreement],
    back: str,
) -> dict[str, Any]:
    return {
        "key": item.key,
        "label": spoken(item.label),
        "help": spoken(item.help),
        "who": spoken(item.who),
        "kind": item.kind,
        "kept": kept,
        "fact": facts.get(item.key),
        "supply": ""
        if kept
        else supply_of(deal, item.key, item.kind, agreements, back),
        "ask": "" if kept else _promise_of(deal, item, back),
    }


def supply_of(
    deal: Deal, key: str, kind: str, agreements: list[Agreement], back: str
) -> str:
    """Return the address under which a requirement can be supplied."""
    about = {"deal": deal.pk, "company": deal.company_id, "next": back}
    if kind == "field":
        return _with("do", ["deal-note", deal.pk], key=key, next=back)
    if key in {"company", "owner"}:
        return _with("edit", ["deal", deal.pk], next=back)
    if key == "contact":
        return _with("new", ["meeting"], way="call", **about)
    if key == "visit":
        return _with("new", ["meeting"], way="outbound", **about)
    if key == "promises":
        return _with("new", ["promise"], **about)
    if key == "offer":
        return _with("new", ["incentive"], deal=deal.pk, next=back)
    if key == "competition":
        return reverse("deals-one", args=[deal.pk]) + "#offer"
    if key in SUPPLIED_BY:
        for row in agreements:
            if row.sort_of == SUPPLIED_BY[key]:
                return reach("agreements-one", row.pk)
        return _with("new", ["agreement"], sort_of=SUPPLIED_BY[key], **about)
    return reach("landing-one", deal.pk)


def _promise_of(deal: Deal, item: Requirement, back: str) -> str:
    """Return the address under which a requirement is entered as a promise."""
    return _with(
        "new",
        ["promise"],
        deal=deal.pk,
        company=deal.company_id,
        side=THEIRS if item.who.en == "company" else OURS,
        text_en=item.label.en,
        text_zh=item.label.zh,
        made_on=today().isoformat(),
        next=back,
    )


def _with(name: str, arguments: list[Any], **query: Any) -> str:
    kept = {key: value for key, value in query.items() if value}
    return f"{reverse(name, args=arguments)}?{urlencode(kept)}"


def reach(name: str, *arguments: Any) -> str:
    """Return an address of another area, empty where this installation has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _agreements(deal: Deal) -> list[Agreement]:
    return list(
        Agreement.objects.filter(deal=deal, archived_on=None).order_by(
            "signed_on", "pk"
        )
    )


def money_of(deal: Deal, agreements: list[Agreement]) -> list[dict[str, Any]]:
    """Return promised, evidenced and verified money, what binds apart from what does not.

    Payments stand beside the agreement that binds; nothing is paid on a framework.
    Asks once.
    """
    paid = Payment.objects.filter(deal=deal, archived_on=None).aggregate(
        evidenced=Sum("value_cny"),
        verified=Sum("value_cny", filter=~Q(verified_on=None)),
    )
    kinds = agreement_kinds()
    amounts = [
        Money(row.value_cny, kinds[row.sort_of].binding)
        for row in agreements
        if row.state == "signed" and row.value_cny
    ]
    sums = by_kind(amounts)
    rows = []
    for label, binding in MONEY:
        has = any(amount.binding == binding for amount in amounts)
        promised = sums[binding, Column.PROMISED].value_cny
        rows.append(
            {
                "label": label,
                "binding": binding,
                "promised": promised if has else None,
                "evidenced": paid["evidenced"] if binding else None,
                "verified": paid["verified"] if binding else None,
            }
        )
    return rows


def deal_page(member: Member, deal: Deal, back: str) -> dict[str, Any]:
    """Return the record of a deal: where it stands, what it lacks, and its story.

    Asks a fixed number of times.
    """
    day = today()
    moves = list(
        StageMove.objects.filter(deal=deal).select_related("by__user").order_by("pk")
    )
    agreements = _agreements(deal)
    there, facts = held(deal), facts_of(deal)
    to = next_stage(deal)
    lacking = stages.missing(there, to) if to else ()
    promised = list(
        Promise.objects.seen_by(member)
        .live()
        .filter(deal=deal)
        .select_related("department")
        .order_by("due_on", "pk")
    )
    labels = {item.key: item for item in stages.requirements()}
    return {
        "deal": deal,
        "stage": _stage(deal.stage),
        "status": spoken(stages.exits()[deal.status].name),
        "open": stages.exits()[deal.status].open,
        **ageing_of(deal, day),
        "line": _line(deal, moves),
        "to": _stage(to) if to else None,
        "lacking": [
            _requirement(deal, item, False, facts, agreements, back) for item in lacking
        ],
        "facts": [
            {"label": spoken(labels[key].label), "key": key, **fact}
            for key, fact in facts.items()
            if key in labels
        ],
        "moves": [_move(move) for move in reversed(moves)],
        "forecasts": _forecasts(deal),
        "promises": [_promise(row, day) for row in promised],
        "meetings": list(
            Meeting.objects.seen_by(member)
            .live()
            .filter(Q(deal=deal) | Q(deal=None, company=deal.company_id))
            .order_by("-on", "-pk")[:SHOWN]
        ),
        "incentives": list(
            Incentive.objects.filter(deal=deal, archived_on=None).order_by("pk")
        ),
        "agreements": agreements,
        "money": money_of(deal, agreements),
        "milestones": _milestones(deal),
        "blockers": list(
            Blocker.objects.filter(deal=deal, archived_on=None, solved_on=None)
            .select_related("department")
            .order_by("due_on")[:SHOWN]
        ),
        "files": list(
            Attachment.objects.filter(office=deal.office_id, record=deal.ref)
            .select_related("file")
            .order_by("-pk")[:SHOWN]
        ),
        "norm_of_stage": norm_of(deal),
        "landing": reach("landing-one", deal.pk),
    }


def _line(deal: Deal, moves: list[StageMove]) -> list[dict[str, Any]]:
    """Return the stages as a line; each has the day it was entered last."""
    entered: dict[str, StageMove] = {move.to_stage: move for move in moves}
    here = stages.stage(deal.stage).order
    first = stages.stage("S7b").order
    return [
        {
            "code": item.code,
            "label": spoken(item.name),
            "on": entered[item.code].on
            if item.code in entered and item.order <= here
            else None,
            "exception": item.code in entered and entered[item.code].exception,
            "done": item.order < here and item.code in entered,
            "passed": item.order < here and item.code not in entered,
            "here": item.order == here,
            "loose": item.optional,
            "firm": item.order >= first,
        }
        for item in stages.stages()
    ]


def _move(move: StageMove) -> dict[str, Any]:
    back = bool(move.from_stage) and _order(move.to_stage) < _order(move.from_stage)
    return {
        "from": _stage(move.from_stage) if move.from_stage else None,
        "to": _stage(move.to_stage),
        "on": move.on,
        "by": move.by,
        "why": move.why,
        "back": back,
        "exception": move.exception,
    }


def _promise(row: Promise, day: Any) -> dict[str, Any]:
    return {
        "record": row,
        "state": promise_rules.state(row.rule, day),
        "label": spoken(say(promise_rules.LABELS[promise_rules.state(row.rule, day)])),
        **{k: v for k, v in due_of(row.due_on, day).items() if k != "state"},
    }


def _forecasts(deal: Deal) -> list[dict[str, Any]]:
    rows = (
        Event.objects.filter(office=deal.office_id, deal=deal.ref, kind="forecast")
        .select_related("line__by__member")
        .order_by("-on", "-pk")[:SHOWN]
    )
    return [
        {
            "on": row.on,
            "value": row.value,
            "stage": row.what,
            "who": getattr(row.line.by, "member", row.line.by),
            "why": row.line.data.get("why", ""),
        }
        for row in rows
    ]


def _milestones(deal: Deal) -> list[dict[str, Any]]:
    found = {row.code: row for row in Milestone.objects.filter(deal=deal)}
    return [
        {"label": spoken(item.name), "row": found[code]}
        for code, item in milestones().items()
        if code in found
    ]


def forecasts_page(member: Member) -> dict[str, Any]:
    """Return how well stated likelihoods foretold landings, by stage.

    A statement counts when its deal has landed, or was lost or abandoned, on a later
    day; what is still open foretells nothing yet. Asks three times.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
    Monthly Weather Review, 78, 1-3.
    """
    office = member.office_id
    landed = {c for c in (s.code for s in stages.stages()) if _order(c) >= _order("S8")}
    won: dict[str, Any] = {}
    lost: dict[str, Any] = {}
    said = list(
        Event.objects.filter(office=office, kind="forecast")
        .exclude(value=None)
        .order_by("on", "pk")
        .values_list("deal", "on", "value", "what")
    )
    for deal, day, kind, what in (
        Event.objects.filter(office=office, kind__in=("stage", "status"))
        .filter(Q(what__in=landed) | Q(kind="status"))
        .order_by("on", "pk")
        .values_list("deal", "on", "kind", "what")
    ):
        if kind == "stage":
            won.setdefault(deal, day)
        elif what in {"lost", "abandoned"}:
            lost[deal] = day
        else:
            lost.pop(deal, None)
    seen = set(
        Deal.objects.seen_by(member)
        .filter(likelihood__gte=0)
        .values_list("pk", flat=True)
    )
    groups: dict[str, list[tuple[float, bool]]] = {}
    still = 0
    for deal, day, value, what in said:
        if int(deal.partition(":")[2] or 0) not in seen:
            continue
        ends = [d for d in (won.get(deal), lost.get(deal)) if d is not None]
        if not ends or day >= min(ends):
            still += not ends
            continue
        happened = deal in won and (deal not in lost or won[deal] <= lost[deal])
        groups.setdefault(what, []).append((float(value or 0), bool(happened)))
    rows = [
        {
            "code": code,
            "label": spoken(stages.stage(code).name) if code in _codes() else "",
            **_brier(pairs),
        }
        for code, pairs in sorted(groups.items(), key=lambda row: _place(row[0]))
    ]
    every = [pair for pairs in groups.values() for pair in pairs]
    return {
        "rows": rows,
        "all": _brier(every) if every else None,
        "bins": _bins(every),
        "still": still,
    }


def _codes() -> set[str]:
    return {item.code for item in stages.stages()}


def _place(code: str) -> int:
    return _order(code) if code in _codes() else -1


def _brier(pairs: list[tuple[float, bool]]) -> dict[str, Any]:
    """Return the score of statements, and that of always stating the mean."""
    base = sum(happened for _, happened in pairs) / len(pairs)
    return {
        "count": len(pairs),
        "score": math.fsum((v - h) ** 2 for v, h in pairs) / len(pairs),
        "mean": base * (1 - base),
        "said": math.fsum(v for v, _ in pairs) / len(pairs),
        "came": base,
    }


def _bins(pairs: list[tuple[float, bool]]) -> list[dict[str, Any]]:
    """Return what came of statements by what was stated, in steps of a fifth."""
    found = []
    for step in range(5):
        some = [p for p in pairs if min(int(p[0] * 5), 4) == step]
        if some:
            found.append({"low": 20 * step, "high": 20 * (step + 1), **_brier(some)})
    return found
