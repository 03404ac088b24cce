"""The readiness ladder: firms by what is nearest, and each rule of one firm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from yanlian.identity import fold
from yanlian.ladder import rules, tiers
from yanlian.ladder.wording import MARKS, amount
from yanlian.tables import measures
from yanlian.text import N_
from yanlian_web.cultivate.models import LadderFact, LadderStanding
from yanlian_web.cultivate.queries.seen import of_seen
from yanlian_web.cultivate.standing import assess, candidates
from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import name, reader

KINDS = (
    ("must", N_("Must all be met")),
    ("general", N_("General conditions")),
    ("direct", N_("One of these instead, the direct route")),
    ("least", N_("Least scores")),
    ("score", N_("Scored items")),
)
STATES = {
    "met": N_("rule met"),
    "part": N_("in part"),
    "unmet": N_("rule not met"),
    "unknown": N_("unknown"),
}
PASSES = {
    "yes": N_("Met on what is on file"),
    "no": N_("Not met on what is on file"),
    "unknown": N_("Not settled"),
}
COLUMNS = (
    Column(N_("Company"), "company"),
    Column(N_("Next tier"), "tier"),
    Column(N_("Outcome"), "passes"),
    Column(N_("Rules met"), "met"),
    Column(N_("Rules not met"), "unmet"),
    Column(N_("Rules unknown"), "unknown"),
    Column(N_("Bars the tier"), "bars"),
    Column(N_("Open for the tier"), "open"),
    Column(N_("Least points"), "points_low"),
    Column(N_("Most points"), "points_high"),
    Column(N_("Points asked"), "points_least"),
    Column(N_("What is nearest"), "near"),
    Column(N_("Reference year"), "year"),
    Column(N_("Assessed on"), "on"),
)


def standings_seen(member: Member) -> Any:
    """Return how firms stand on the tier that each goes for next."""
    seen = Company.objects.seen_by(member).live()
    return LadderStanding.objects.filter(
        office_id=member.office_id, next=True, company__in=seen
    )


def found(member: Member, query: QueryDict) -> Any:
    """Return the standings that fit the filters of an address, the nearest first."""
    rows = standings_seen(member)
    if query.get("tier") in tiers():
        rows = rows.filter(tier=query["tier"])
    if query.get("passes") in PASSES:
        rows = rows.filter(passes=query["passes"])
    if query.get("known") == "yes":
        rows = rows.filter(Q(met__gt=0) | Q(part__gt=0))
    for word in fold(query.get("q", "").replace("\0", "")).split()[:5]:
        rows = rows.filter(company__search__contains=word)
    return rows.select_related("company").order_by(
        "bars", "open", "-points_low", "company__sort", "pk"
    )


def rows_of(standings: Sequence[LadderStanding]) -> list[dict[str, Any]]:
    """Return rows of the list: tier, points as a bar, and what is nearest."""
    return [
        {
            "item": standing,
            "tier": tiers()[standing.tier].name.text(reader()),
            "passes": PASSES[standing.passes],
            "points": _points(
                standing.points_low, standing.points_high, standing.points_of,
                standing.points_least,
            ),
            "bare": not standing.met and not standing.part,
        }
        for standing in standings
    ]  # fmt: skip


def _points(
    low: float | None, high: float | None, of: float | None, least: float | None
) -> dict[str, Any] | None:
    """Return an interval of points as a bar of a hundred; None for a tier without."""
    if low is None or high is None or not of:
        return None

    def at(value: float) -> str:
        return f"{100 * min(max(value / of, 0.0), 1.0):.1f}"

    return {
        "low": low,
        "high": high,
        "of": of,
        "least": least,
        "w": at(low),
        "x": at(low),
        "open": f"{float(at(high)) - float(at(low)):.1f}",
        "mark": at(least) if least is not None else "",
    }


def summary(member: Member) -> dict[str, Any]:
    """Return how many firms stand where, and when they were assessed; asks twice."""
    rows = list(
        standings_seen(member).values_list("tier", "passes", "met", "part", "on")
    )
    counts: dict[str, dict[str, Any]] = {code: {"tier": tier.name.text(reader()), "code": code, "n": 0, "yes": 0}
              for code, tier in tiers().items()}  # fmt: skip
    for tier, passes, _, _, _ in rows:
        counts[tier]["n"] += 1
        counts[tier]["yes"] += passes == "yes"
    return {
        "n": len(rows),
        "tiers": list(counts.values()),
        "known": sum(bool(met or part) for _, _, met, part, _ in rows),
        "on": min((on for *_, on in rows), default=None),
        "old": any(on.year < today().year for *_, on in rows),
        "candidates": candidates(member.office).count(),
        "rules": sum(len(listed) for listed in rules().values()),
        "unseen": sum(not r.seen for listed in rules().values() for r in listed),
    }


def export_rows(listed: Any) -> Iterator[dict[str, Any]]:
    """Return the rows of the file."""
    lang = reader()
    for row in listed.iterator(chunk_size=1000):
        yield {
            "company": name(row.company),
            "tier": tiers()[row.tier].name.text(lang),
            "passes": PASSES[row.passes],
            "near": name(row, "near"),
            **{
                key: getattr(row, key)
                for key in (
                    "met", "unmet", "unknown", "bars", "open", "points_low",
                    "points_high", "points_least", "year", "on", "training",
                )
            },
        }  # fmt: skip


def company_ladder(member: Member, company: Company, asked: str) -> dict[str, Any]:
    """Return every rule of every tier for one company, as things stand today.

    Reckoned anew each time, by the study itself.

    Parameters
    ----------
    member : Member
    company : Company
    asked : str
        Tier whose rules are listed; the next one for what is none.
    """
    result = assess(company.office, [company])
    lang = reader()
    steps = []
    listed = result.tables["ladder_rules"].rows()
    near = result.tables["nearest"].rows()
    for row in result.tables["ladder"].rows():
        own = [_rule(r) for r in listed if r["tier"] == row["tier"]]
        total = next((r for r in own if r["measure"] == "points:total"), None)
        steps.append(
            {
                "code": row["tier"],
                "name": tiers()[row["tier"]].name.text(lang),
                "row": row,
                "passes": PASSES[row["passes"]],
                "held": name(row, "title"),
                "reason": name(row, "reason"),
                "squares": own,
                "points": _points(
                    _number(row["points_low"]), _number(row["points_high"]),
                    _number(row["points_of"]), total["threshold"] if total else None,
                ),
                "near": [_near(r, company) for r in near if r["tier"] == row["tier"]],
            }
        )  # fmt: skip
    held = max((at for at, step in enumerate(steps) if step["held"]), default=-1)
    up = min(held + 1, len(steps) - 1)
    chosen = next((s for s in steps if s["code"] == asked), steps[up])
    for at, step in enumerate(steps):
        step["next"] = at == up and not step["held"]
        step["chosen"] = step is chosen
        step["height"] = at
    facts = of_seen(member, LadderFact.objects.filter(company=company))
    return {
        "company": company,
        "rungs": steps,
        "tier": chosen,
        "groups": _groups(chosen["squares"]),
        "year": result.summary["year"],
        "facts": [_fact(fact) for fact in facts.select_related("owner__user")],
        "notes": [note.say.text(lang) for note in result.notes],
        "states": STATES,
    }


def _number(value: float) -> float | None:
    return None if value != value else value


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    lang = reader()
    unit = row["unit"]
    known = row["measure"] in measures()
    value = row["value"]
    return {
        **row,
        "label": name(row),
        "says": name(row, "says"),
        "evidence": name(row, "evidence"),
        "rule_source": name(row, "rule_source"),
        "state_label": STATES[row["state"]],
        "shown": amount(value, unit).text(lang) if known and value == value else "",
        "when": int(row["year"]) if row["year"] == row["year"] else None,
        "points": (row["points_low"], row["points_high"])
        if not math.isnan(row["points_low"])
        else None,
        "unseen": MARKS[row["text_seen"]],
        "bases": [b for b in row["basis"].split("; ") if b],
        "sources": [s for s in row["source"].split("; ") if s],
        "enter": row["measure"] if known and row["state"] != "met" else "",
    }


def _near(row: dict[str, Any], company: Company) -> dict[str, Any]:
    return {
        "rule_id": row["rule_id"],
        "text": name(row, "text"),
        "gain": _number(row["gain_points"]),
        "enter": row["measure"] if row["measure"] in measures() else "",
        "seen": row["text_seen"] == "yes",
        "company": company.pk,
    }


def _groups(squares: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found_ = []
    for kind, label in KINDS:
        own = [r for r in squares if r["kind"] == kind]
        if own:
            met = sum(r["state"] == "met" for r in own)
            found_.append({"label": label, "kind": kind, "rules": own, "met": met})
    return found_


def _fact(fact: LadderFact) -> dict[str, Any]:
    measure = measures()[fact.measure]
    lang = reader()
    if measure.asks_yes:
        shown = dict(fact._meta.get_field("answer").choices or ()).get(fact.answer, "")
    else:
        shown = (
            "" if fact.value is None else amount(fact.value, measure.unit).text(lang)
        )
    return {
        "item": fact,
        "label": measure.label.text(lang),
        "shown": shown,
    }
