"""What a year brought: the chain before and after, promises, money, figures, losses."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from django.db.models import Count
from django.utils.translation import gettext

from yanlian.progress.events import CLOSED, Events, lasts, parse
from yanlian.progress.money import Column as MoneyColumn
from yanlian.progress.money import Money, total
from yanlian.progress.stages import exits, stages
from yanlian.text import N_
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import Deal
from yanlian_web.desk.queries.asking import Ask
from yanlian_web.desk.queries.impact import figures_of, written
from yanlian_web.desk.queries.log import events_of, log_of, window_of
from yanlian_web.desk.queries.refs import Named, named_refs
from yanlian_web.desk.queries.strength import chain_between
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import name, reader

COLUMNS = (
    Column(N_("Section"), "section"),
    Column(N_("Item"), "item"),
    Column(N_("Before"), "before"),
    Column(N_("Value"), "value"),
    Column(N_("Unit"), "unit"),
    Column(N_("Note"), "note"),
)
LOSSES, CHANGES = 20, 12
SIDES = (("ours", N_("Ours"), "K20"), ("theirs", N_("Theirs"), "K21"))
# As in the drawing of a deal: money that binds, then paid, then verified.
MONEY = (
    ("binding", N_("promised in agreements that bind"), "firm"),
    ("evidenced", N_("paid, with evidence"), "paid"),
    ("verified", N_("paid and verified"), "sure"),
)


def year_report(member: Member, year: int, today: datetime.date) -> dict[str, Any]:
    """Return what the report of a year says, as of its last day or today.

    Parameters
    ----------
    member : Member
    year : int
    today : date
    """
    office = member.office
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    as_of = min(last, today)
    log = log_of(office)
    events = events_of(office, as_of)
    eve = (first - datetime.timedelta(days=1)).isoformat()
    before = Events(log.columns, eve)
    window = window_of(first, last, as_of)
    ask = Ask("yanlian", first, last, as_of)
    figures = [written(row, plain=False) for row in figures_of(office, ask)]
    opened, closed = _gaps(events, window)
    producing = _producing(events) - _producing(before)
    named = named_refs(member, {*opened, *closed, *producing})

    def seen(refs: set[str]) -> list[Named]:
        return [named[r] for r in sorted(refs) if r in named and not named[r].hidden]

    return {
        "first": first,
        "last": last,
        "as_of": as_of,
        "whole": as_of == last,
        "chain": chain_between(office, first.isoformat(), as_of.isoformat()),
        "most_changes": CHANGES,
        "opened": seen(opened),
        "closed": seen(closed),
        "producing": seen(producing),
        "stages": _stages(before, events),
        "promises": [
            {"side": side, "label": label, "figure": _figure(figures, code)}
            for side, label, code in SIDES
        ],
        "money": _money(events, window),
        "figures": [f for f in figures if not f["part"]],
        "parts": [f for f in figures if f["part"]],
        **_losses(member, first, as_of),
    }


def _figure(figures: list[dict[str, Any]], code: str) -> dict[str, Any]:
    return next((f for f in figures if f["code"] == code), {})


def _gaps(events: Events, window: Any) -> tuple[set[str], set[str]]:
    """Return the gaps opened in a window, and those closed in it that stayed closed."""
    gaps, words = events.records("gap")
    began = events.select(parse("gap_opened"))
    ended = events.select(parse("gap_closed"))
    inside = window.holds(events.on)
    first: dict[int, int] = {}
    for at in np.flatnonzero(began & (gaps >= 0)).tolist():
        first.setdefault(int(gaps[at]), at)
    opened = {words[gap] for gap, at in first.items() if inside[at]}
    final = lasts(gaps, began | ended)
    closed = {words[gaps[at]] for at in final.tolist() if ended[at] and inside[at]}
    return opened, closed


def _producing(events: Events) -> set[str]:
    """Return the gaps of which a firm is in production."""
    gaps, words = events.records("gap")
    mask = events.select(parse("stage what=S11+"), standing=True) & (gaps >= 0)
    return {words[gap] for gap in np.unique(gaps[mask]).tolist()}


def _standing(events: Events) -> dict[str, int]:
    """Return how many open deals stood at each stage on the last day of the events."""
    deals, _ = events.records("subject")
    what, words = events.numbers("what")
    moves = events.where("kind", "stage".__eq__)
    states = events.where("kind", "status".__eq__)
    over = {
        int(deals[at])
        for at in lasts(deals, states).tolist()
        if words[what[at]] in CLOSED
    }
    found: dict[str, int] = {}
    for at in lasts(deals, moves).tolist():
        if int(deals[at]) not in over:
            stage = words[what[at]]
            found[stage] = found.get(stage, 0) + 1
    return found


def _stages(before: Events, after: Events) -> list[dict[str, Any]]:
    one, two = _standing(before), _standing(after)
    lang = reader()
    most = max([*one.values(), *two.values()], default=1)
    return [
        {
            "code": stage.code,
            "name": stage.name.text(lang),
            "before": one.get(stage.code, 0),
            "after": two.get(stage.code, 0),
            "bar_before": 100 * one.get(stage.code, 0) / most,
            "bar_after": 100 * two.get(stage.code, 0) / most,
        }
        for stage in stages()
    ]


def _money(events: Events, window: Any) -> dict[str, float]:
    """Return the sums of the year, each kind apart; the library refuses to mix them."""
    inside = window.holds(events.on)

    def whole(
        spec: str, binding: bool, column: MoneyColumn, level: str = "stated"
    ) -> float:
        at = np.flatnonzero(events.select(parse(spec), level) & inside)
        values = events.value[at].tolist()
        listed = [Money(value, binding, column) for value in values if value == value]
        return total(listed, binding=binding, column=column).value_cny

    promised, paid = MoneyColumn.PROMISED, MoneyColumn.EVIDENCED
    return {
        "binding": whole("signed mark=binding", True, promised),
        "loose": whole("signed mark=nonbinding", False, promised),
        "evidenced": whole("paid", True, paid, "evidenced"),
        "verified": whole("paid", True, MoneyColumn.VERIFIED, "verified"),
    }


def _losses(
    member: Member, first: datetime.date, last: datetime.date
) -> dict[str, Any]:
    """Return the deals that ended without success, and where they went."""
    lang = reader()
    ended = [code for code in CLOSED if code != "exited"]
    deals = (
        Deal.objects.seen_by(member)
        .live()
        .filter(status__in=ended, status_on__gte=first, status_on__lte=last)
    )
    places = (
        deals.exclude(lost_to="")
        .order_by()
        .values("lost_to")
        .annotate(n=Count("pk"))
        .order_by("-n", "lost_to")[:5]
    )
    counts = dict(
        deals.order_by()
        .values("status")
        .annotate(n=Count("pk"))
        .values_list("status", "n")
    )
    return {
        "lost_counts": [
            {"name": exits()[code].name.text(lang), "count": counts[code]}
            for code in ended
            if code in counts
        ],
        "lost_to": list(places),
        "losses": [
            {
                "record": deal,
                "name": name(deal.company),
                "state": exits()[deal.status].name.text(lang),
            }
            for deal in deals.select_related("company").order_by("-status_on", "-pk")[
                :LOSSES
            ]
        ],
    }


def export_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a year's report as rows of a file."""
    rows: list[dict[str, Any]] = []

    def put(section: str, item: str, **more: Any) -> None:
        rows.append({"section": gettext(section), "item": item, **more})

    chain = report["chain"]
    for row in chain["rows"] if chain else ():
        put(
            N_("Chain before and after"), name(row), before=row["before"],
            value=row["after"], unit="0-1", note=row["segment_id"],
        )  # fmt: skip
    for key, label in (
        ("opened", N_("Gaps opened")),
        ("closed", N_("Gaps closed")),
        ("producing", N_("Gaps with a firm now in production")),
    ):
        for item in report[key]:
            put(label, item.name, note=item.ref, training=item.training)
    for row in report["stages"]:
        put(
            N_("Deals by stage"), f"{row['code']} {row['name']}", before=row["before"],
            value=row["after"],
        )  # fmt: skip
    for key, label, _ in MONEY:
        put(N_("Money"), gettext(label), value=report["money"][key], unit="CNY")
    put(
        N_("Money"),
        gettext(N_("does not bind, counted nowhere")),
        value=report["money"]["loose"],
        unit="CNY",
    )
    for row in (*report["figures"], *report["parts"]):
        value = row["value"]
        put(
            N_("Figures"),
            f"{row['code']} {row['name']} {row['part_name']}".strip(),
            value="" if value != value else value,
            unit=row["kpi"].unit,
            note=row["cannot_text"] or row["rule"],
        )
    for row in report["losses"]:
        put(
            N_("What did not work"), row["name"], value=row["state"],
            note=" \u00b7 ".join(
                part for part in (row["record"].lost_to, row["record"].status_why) if part
            ),
            training=row["record"].training,
        )  # fmt: skip
    return rows
