"""The story of a gap: what was found, who was sought, what was agreed and built."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext

from yanlian.progress import promises as rules
from yanlian.progress import stages
from yanlian.progress.landing import milestones
from yanlian.progress.money import Column, Money, agreement_kinds, total
from yanlian.text import N_
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import (
    Agreement,
    Deal,
    Gap,
    Meeting,
    Milestone,
    Payment,
    Promise,
    Record,
    StageMove,
)
from yanlian_web.desk.models.meetings import INBOUND, OUTBOUND
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries.refs import seen_among
from yanlian_web.offices.models import Member
from yanlian_web.studies import queries as studies
from yanlian_web.ui.templatetags.yl import called, reader

VISITS = (OUTBOUND, INBOUND)


@dataclass
class Station:
    """A point on the line.

    Attributes
    ----------
    on : date
    label : str
    place : str
        Address of its record, or of the heading that lists its records.
    size : str
        ``large`` for what opens or binds, ``small`` else; ``closed`` for the end.
    firm : bool
        False for what does not bind: drawn dashed.
    strong : bool
        Whether its label is bold.
    above : bool
        Whether its label stands above the line where there is room.
    """

    on: datetime.date
    label: str
    place: str
    size: str = "small"
    firm: bool = True
    strong: bool = False
    above: bool = False


@dataclass
class Branch:
    """A way that did not lead there: a deal that ended, or one that goes on beside."""

    since: datetime.date
    until: datetime.date
    label: str
    why: str
    place: str
    ended: bool


@dataclass
class Story:
    """All that a trace shows.

    Attributes
    ----------
    stations : list of Station
        In the order of days.
    branches : list of Branch
    spans : list of dict
        Durations between the main stations: ``since``, ``until``, ``days``, ``label``.
    columns : list of dict
        Records behind each kind of station: ``key``, ``label``, ``count``, ``rows``.
    today : date
    """

    today: datetime.date
    stations: list[Station] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    spans: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Found:
    """The records of a gap, by kind."""

    deals: list[Deal]
    opened: dict[int, datetime.date]
    meetings: list[Meeting]
    promises: list[Promise]
    agreements: list[Agreement]
    milestones: list[Milestone]
    payments: list[Payment]


def story_of(member: Member, gap: Gap, today: datetime.date) -> Story:
    """Return the story of a gap that was taken up; asks ten times, however long it is.

    Parameters
    ----------
    member : Member
        Only what they may see is told.
    gap : Gap
    today : date
    """
    found = _records(member, gap)
    main = _main(gap, found.deals)
    story = Story(today)
    _stations(story, gap, found, main)
    _branches(story, found, main)
    _spans(story, gap, found, main)
    _columns(story, member, gap, found, main)
    story.facts = {
        "main": main,
        "days": ((gap.closed_on or today) - gap.opened_on).days,
        "targets": len(found.deals),
        "visits": sum(m.state == "final" and m.way in VISITS for m in found.meetings),
        "producing": len(_producing(found)),
        "records": sum(len(c["rows"]) for c in story.columns),
        "evidence": sum(map(_papers, (*found.milestones, *found.payments))),
        "training": gap.training or any(d.training for d in found.deals),
    }
    return story


def _records(member: Member, gap: Gap) -> _Found:
    deals = list(
        seen_among(Deal.objects.filter(gap=gap), member)
        .select_related("company")
        .order_by("pk")
    )
    keys = [deal.pk for deal in deals]
    moves = StageMove.objects.filter(deal__in=keys, from_stage="")
    agreements = seen_among(Agreement.objects.filter(deal__in=keys), member)
    reached = seen_among(Milestone.objects.filter(deal__in=keys), member)
    paid = seen_among(Payment.objects.filter(deal__in=keys), member)
    papers = Count("evidence", filter=Q(evidence__archived_on=None))
    met = _of_gap(Meeting, gap, keys, member)
    return _Found(
        deals,
        dict(moves.order_by("-on").values_list("deal_id", "on")),
        sorted((m for m in met if m.state != "cancelled"), key=lambda m: (m.on, m.pk)),
        sorted(_of_gap(Promise, gap, keys, member), key=lambda p: (p.made_on, p.pk)),
        list(agreements.order_by("signed_on", "pk")),
        sorted(
            reached.annotate(papers=papers),
            key=lambda m: (
                m.reached_on or datetime.date.max,
                m.planned_on or datetime.date.max,
                m.pk,
            ),
        ),
        list(paid.annotate(papers=papers).order_by("on", "pk")),
    )


def _of_gap(model: Any, gap: Gap, keys: list[int], member: Member) -> list[Any]:
    """Return records that name a gap or one of its deals; each of the two by its index."""
    found = {r.pk: r for r in seen_among(model.objects.filter(gap=gap), member)}
    found |= {r.pk: r for r in seen_among(model.objects.filter(deal__in=keys), member)}
    return list(found.values())


def _papers(record: Record) -> int:
    """Return how many pieces of evidence a record has, as the database counted them."""
    return int(getattr(record, "papers", 0))


def _main(gap: Gap, deals: list[Deal]) -> Deal | None:
    """Return the deal that leads there: that which closed it, else the furthest one."""
    if gap.closed_by_id:
        return next((d for d in deals if d.pk == gap.closed_by_id), None)
    open_ones = [d for d in deals if d.status in {"active", "on_hold"}]
    return max(
        open_ones, key=lambda d: (stages.stage(d.stage).order, -d.pk), default=None
    )


def _producing(found: _Found) -> set[int]:
    return {
        m.deal_id
        for m in found.milestones
        if m.code == "production" and m.verified_on and m.reached_on
    }


def _of_main(records: Iterable[Any], main: Deal | None) -> list[Any]:
    """Return records of the leading deal, and those that name the gap alone."""
    key = main.pk if main else None
    return [r for r in records if r.deal_id in {key, None}]


def _stations(story: Story, gap: Gap, found: _Found, main: Deal | None) -> None:
    line = [
        Station(gap.opened_on, gettext("Gap"), "#gap", "large", strong=True, above=True)
    ]
    days = [found.opened.get(d.pk) for d in found.deals]
    known = [day for day in days if day]
    if known:
        n = len(found.deals)
        text = gettext("1 target") if n == 1 else gettext("%(n)s targets") % {"n": n}
        line.append(Station(max(min(known), gap.opened_on), text, "#targets"))
    for meeting in _of_main(found.meetings, main):
        if meeting.state != "final" or meeting.way not in VISITS:
            continue
        label = gettext("Visit") if meeting.way == OUTBOUND else gettext("Visit to us")
        line.append(Station(meeting.on, label, place_of(meeting)))
    made: dict[datetime.date, list[Promise]] = {}
    for promise in _of_main(found.promises, main):
        if not promise.agreement_id:
            made.setdefault(promise.made_on, []).append(promise)
    for day, listed in made.items():
        n = len(listed)
        text = gettext("1 promise") if n == 1 else gettext("%(n)s promises") % {"n": n}
        place = place_of(listed[0]) if n == 1 else "#promises"
        line.append(Station(day, text, place, above=True))
    for agreement in _of_main(found.agreements, main):
        if agreement.state == "draft" or not agreement.signed_on:
            continue
        label = agreement_kinds()[agreement.sort_of].name.text(reader())
        binds = agreement.binding
        line.append(
            Station(
                agreement.signed_on, label, place_of(agreement),
                "large" if agreement.sort_of == "investment" else "small",
                firm=binds, strong=agreement.sort_of == "investment",
                above=agreement.sort_of == "investment",
            )
        )  # fmt: skip
    for milestone in _of_main(found.milestones, main):
        if milestone.reached_on:
            label = milestones()[milestone.code].name.text(reader())
            line.append(
                Station(
                    milestone.reached_on, label, place_of(milestone),
                    firm=milestone.verified_on is not None,
                )
            )  # fmt: skip
    line.sort(key=lambda s: (s.on, s.size != "large"))
    if gap.closed_on:
        line.append(
            Station(
                gap.closed_on,
                gettext("Closed"),
                "#closed",
                "closed",
                strong=True,
                above=True,
            )
        )
    story.stations = line


def _branches(story: Story, found: _Found, main: Deal | None) -> None:
    states = stages.exits()
    for deal in found.deals:
        if main is not None and deal.pk == main.pk:
            continue
        since = found.opened.get(deal.pk, deal.stage_on)
        ended = deal.status in states and not states[deal.status].open
        until = deal.status_on if ended and deal.status_on else story.today
        name = stages.stage(deal.stage).name.text(reader())
        if ended:
            why = states[deal.status].name.text(reader())
            if deal.lost_to:
                why = gettext("lost to %(where)s") % {"where": deal.lost_to}
            elif deal.status_why:
                why = f"{why} \u00b7 {deal.status_why}"
        else:
            why = gettext("at work: %(stage)s") % {"stage": name}
        story.branches.append(
            Branch(
                since,
                max(until, since),
                called(deal.company),
                why,
                place_of(deal),
                ended,
            )
        )
    story.branches.sort(key=lambda b: (b.until, b.since))


def _spans(story: Story, gap: Gap, found: _Found, main: Deal | None) -> None:
    """Say how long the main steps took, one after the other."""
    visits = [
        m.on
        for m in _of_main(found.meetings, main)
        if m.state == "final" and m.way in VISITS
    ]
    signed = [
        a.signed_on
        for a in _of_main(found.agreements, main)
        if a.signed_on and a.sort_of == "investment" and a.state != "draft"
    ]
    made = [
        m.reached_on
        for m in _of_main(found.milestones, main)
        if m.code == "production" and m.reached_on
    ]
    steps = (
        (min(visits, default=None), N_("%(n)s days to first visit")),
        (min(signed, default=None), N_("%(n)s days to a binding agreement")),
        (min(made, default=None), N_("%(n)s days to production")),
        (gap.closed_on, N_("%(n)s days to close")),
    )
    here = gap.opened_on
    for day, label in steps:
        if day is None or day < here:
            continue
        n = (day - here).days
        story.spans.append(
            {"since": here, "until": day, "days": n, "label": gettext(label) % {"n": n}}
        )
        here = day


def _columns(
    story: Story, member: Member, gap: Gap, found: _Found, main: Deal | None
) -> None:
    """List the records behind each station, in the order of the line."""
    moved = moved_firms(member.office)
    scores = {
        moved.get(row["firm_id"], row["firm_id"]): row
        for row in studies.targets_of(member.office, "gap_id", gap.gap_id)
    }
    states = stages.exits()
    lang = reader()
    targets = [
        {
            "record": deal,
            "name": called(deal.company),
            "main": main is not None and deal.pk == main.pk,
            "score": scores.get(deal.company.firm_id),
            "state": states[deal.status].name.text(lang)
            if deal.status != "active"
            else stages.stage(deal.stage).name.text(lang),
            "why": deal.lost_to or deal.status_why,
            "place": place_of(deal),
        }
        for deal in sorted(
            found.deals, key=lambda d: (main is None or d.pk != main.pk, d.pk)
        )
    ]
    promises = [
        {
            "record": promise,
            "state": rules.state(promise.rule, story.today),
            "label": rules.LABELS[rules.state(promise.rule, story.today)],
            "late": rules.days_late(promise.rule, story.today),
            "place": place_of(promise),
        }
        for promise in found.promises
    ]
    story.columns = [
        {"key": "targets", "label": N_("Targets"), "rows": targets},
        {
            "key": "visits",
            "label": N_("Visits"),
            "rows": [{"record": m, "place": place_of(m)} for m in found.meetings],
        },
        {"key": "promises", "label": N_("Promises"), "rows": promises},
        {
            "key": "agreements",
            "label": N_("Agreements"),
            "rows": [{"record": a, "place": place_of(a)} for a in found.agreements],
            "money": _money(found),
        },
        {
            "key": "milestones",
            "label": N_("Milestones"),
            "rows": [
                {
                    "record": m,
                    "name": milestones()[m.code].name.text(lang),
                    "place": place_of(m),
                }
                for m in found.milestones
            ],
        },
    ]


def _money(found: _Found) -> dict[str, float]:
    """Return the kinds of money apart: what binds, what does not, paid and verified."""
    amounts = [
        Money(a.value_cny, a.binding)
        for a in found.agreements
        if a.state != "draft" and a.value_cny is not None
    ]
    paid = [p for p in found.payments if p.value_cny is not None and _papers(p)]

    def whole(listed: Iterable[Money], binding: bool, column: Column) -> float:
        return total(listed, binding=binding, column=column).value_cny

    return {
        "binding": whole([a for a in amounts if a.binding], True, Column.PROMISED),
        "loose": whole([a for a in amounts if not a.binding], False, Column.PROMISED),
        "evidenced": whole(
            [Money(p.value_cny or 0.0, True, Column.EVIDENCED) for p in paid],
            True,
            Column.EVIDENCED,
        ),
        "verified": whole(
            [
                Money(p.value_cny or 0.0, True, Column.VERIFIED)
                for p in paid
                if p.verified_on
            ],
            True,
            Column.VERIFIED,
        ),
    }
