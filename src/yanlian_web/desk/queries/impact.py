"""Indicators: their figures, the records behind each, and why two sets differ."""

from __future__ import annotations

import datetime
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.progress import (
    compute,
    definitions_of,
    differences,
    rule_text,
)
from yanlian.progress.events import Events, lasts, parse, text_of
from yanlian.progress.measure import NO_TARGET
from yanlian.progress.shapes import ROLES, Definition, Figure
from yanlian.progress.stages import stages
from yanlian.text import N_
from yanlian_web.desk.lists import SIZE, Column, Page
from yanlian_web.desk.queries.asking import Ask, sets_of, tables_of
from yanlian_web.desk.queries.log import events_of, log_of, window_of
from yanlian_web.desk.queries.refs import named_refs
from yanlian_web.offices.models import Member, Office
from yanlian_web.ui.templatetags.yl import money_text, number, reader

# What stands beside the value of each shape.
SECOND = {
    "cohort_rate": N_("median time"),
    "due_rate": N_("met late"),
    "lag": N_("90th percentile"),
    "stage_time": N_("90th percentile"),
    "sum": N_("beside, never added"),
    "closure": N_("still open after the limit"),
    "brier": N_("always stating the mean"),
    "yield": N_("trips that wait"),
}
UNITS = {"firms": N_("firms"), "people": N_("people")}
ROLE_WORDS = {
    "met": N_("met the rule"),
    "not_met": N_("did not meet it"),
    "counted": N_("counted"),
    "open": N_("not ended yet"),
    "": N_("not in it"),
}
PARTS = {
    "promised": N_("promised"),
    "evidenced": N_("evidenced"),
    "verified": N_("verified"),
}
COLUMNS = (
    Column(N_("Record"), "ref"),
    Column(N_("Name"), "name"),
    Column(N_("Role"), "role"),
    Column(N_("Counted from"), "on"),
    Column(N_("Met on"), "met_on"),
    Column(N_("Number"), "value"),
)
FIGURE_COLUMNS = (
    Column(N_("Set of definitions"), "set"),
    Column(N_("Code"), "code"),
    Column(N_("Indicator"), "name"),
    Column(N_("Part of it"), "part"),
    Column(N_("Value"), "value"),
    Column(N_("Unit"), "unit"),
    Column(N_("Numerator"), "numerator"),
    Column(N_("Denominator"), "denominator"),
    Column(N_("Window from"), "first"),
    Column(N_("Window to"), "last"),
    Column(N_("As of"), "as_of"),
    Column(N_("Cannot be computed"), "cannot"),
    Column(N_("Rule"), "rule"),
)
QUARTERS = 8
NAMED = 2000
KEPT = 24
_lock = threading.Lock()
_kept: OrderedDict[tuple[Any, ...], list[dict[str, Any]]] = OrderedDict()


def shown(value: float, unit: str, plain: bool = False) -> str:
    """Return a figure with its unit as the reader writes it; a dash without data."""
    if value is None or math.isnan(value):
        return "\u2013"
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "CNY":
        return money_text(value, plain)
    if unit == "d":
        return gettext("%(n)s days") % {"n": number(value, 0 if value % 1 == 0 else 1)}
    if unit in {"score", "per_day"}:
        return number(value, 3 if unit == "score" else 2)
    word = gettext(UNITS[unit]) if unit in UNITS else ""
    return f"{number(value)} {word}".strip()


def _amount(value: float, unit: str, plain: bool) -> str:
    """Return a numerator or denominator: an amount of money, or a number."""
    if value is None or math.isnan(value):
        return ""
    if unit == "CNY":
        return money_text(value, plain)
    return number(value, 0 if value % 1 == 0 else 2)


def part_name(part: str) -> str:
    """Return what a part of an indicator is called."""
    names = {item.code: item.name.text(reader()) for item in stages()}
    if part in names:
        return f"{part} {names[part]}"
    if part in PARTS:
        return gettext(PARTS[part])
    return gettext("%(n)s days") % {"n": part} if part.isdigit() else part


def figures_of(office: Office, ask: Ask) -> list[dict[str, Any]]:
    """Return every figure of a set as plain numbers; kept while the log stays as it is."""
    tables = tables_of(office)
    place = (
        *log_of(office).key,
        replace(ask, other=""),
        tables["kpi_definitions"].hash if tables else "",
    )
    with _lock:
        if place in _kept:
            _kept.move_to_end(place)
            return _kept[place]
    chosen = definitions_of(tables, ask.set)
    events = events_of(office, ask.as_of, known=ask.known)
    window = window_of(ask.first, ask.last, ask.as_of)
    targets = _targets(events, window)
    made = [
        _plain(kpi, figure, targets.get(kpi.code) if not number_ else None)
        for kpi in chosen.values()
        for number_, figure in enumerate(compute(events, kpi, window, chosen))
    ]
    with _lock:
        _kept[place] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _plain(kpi: Definition, figure: Figure, target: float | None) -> dict[str, Any]:
    has_share = target is not None and kpi.shape not in NO_TARGET and target > 0
    return {
        "kpi": kpi,
        "part": figure.part,
        "value": figure.value,
        "second": figure.second,
        "second_unit": figure.second_unit,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "cannot": figure.cannot,
        "left_out": figure.left_out,
        "target": target,
        "completion": figure.value / target
        if has_share and target and figure.value == figure.value
        else None,
    }


def _targets(events: Events, window: Any) -> dict[str, float]:
    """Return the target set last in the window, by the code of the indicator."""
    codes, words = events.numbers("what")
    mask = events.select(parse("target")) & window.holds(events.on)
    return {
        words[codes[at]]: float(events.value[at])
        for at in lasts(codes, mask).tolist()
        if words[codes[at]] and events.value[at] == events.value[at]
    }


def written(row: dict[str, Any], plain: bool) -> dict[str, Any]:
    """Return a figure as texts in the reader's language."""
    kpi: Definition = row["kpi"]
    lang = reader()
    below = "CNY" if kpi.unit == "CNY" or kpi.shape == "sum_rate" else ""
    rule = rule_text(kpi).text(lang)
    return {
        **row,
        "code": kpi.code,
        "set": kpi.set,
        "name": kpi.name.text(lang),
        "rule": rule[:1].upper() + rule[1:],
        "note": kpi.note.text(lang),
        "part_name": part_name(row["part"]) if row["part"] else "",
        "text": shown(row["value"], kpi.unit, plain),
        "above": _amount(row["numerator"], below, plain),
        "below": _amount(
            row["denominator"], below if kpi.shape == "sum_rate" else "", plain
        ),
        "beside": shown(row["second"], row["second_unit"], plain)
        if row["second"] == row["second"]
        else "",
        "beside_word": gettext(SECOND.get(kpi.shape, ""))
        if kpi.shape in SECOND
        else "",
        "cannot_text": row["cannot"].text(lang) if row["cannot"] else "",
        "target_text": shown(row["target"], kpi.unit, plain)
        if row["target"] is not None
        else "",
        "done": shown(row["completion"], "share")
        if row["completion"] is not None
        else "",
    }


def impact_page(member: Member, ask: Ask, plain: bool) -> dict[str, Any]:
    """Return all figures of a set, those of one indicator together."""
    rows = [written(row, plain) for row in figures_of(member.office, ask)]
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(row["code"], {**row, "parts": []})
        if row["part"]:
            group["parts"].append(row)
    return {
        "figures": list(groups.values()),
        "computed": sum(row["value"] == row["value"] for row in rows),
        "events": len(log_of(member.office)),
        "sets": sets_of(tables_of(member.office)),
    }


def export_figures(member: Member, ask: Ask) -> list[dict[str, Any]]:
    """Return the rows of the exported figures: plain numbers, nothing rounded."""

    def cell(value: float) -> float | str:
        return "" if value != value else value

    return [
        {
            "set": text["set"],
            "code": text["code"],
            "name": text["name"],
            "part": row["part"],
            "value": cell(row["value"]),
            "unit": row["kpi"].unit,
            "numerator": cell(row["numerator"]),
            "denominator": cell(row["denominator"]),
            "first": ask.first.isoformat(),
            "last": ask.last.isoformat(),
            "as_of": ask.as_of.isoformat(),
            "cannot": text["cannot_text"],
            "rule": text["rule"],
            "training": member.office.training,
        }
        for row in figures_of(member.office, ask)
        for text in (written(row, plain=True),)
    ]


@dataclass(frozen=True, eq=False)
class One:
    """One indicator: its definition and figures with the records behind them."""

    kpi: Definition
    figures: list[Figure]
    chosen: Mapping[str, Definition]
    events: Events
    window: Any

    def figure(self, part: str) -> Figure:
        """Return the figure of a part; the first one when there is no such part."""
        return next((f for f in self.figures if f.part == part), self.figures[0])


def one_of(office: Office, ask: Ask, code: str) -> One | None:
    """Return an indicator with its records, or None when the set has no such code."""
    tables = tables_of(office)
    chosen = definitions_of(tables, ask.set)
    if code not in chosen:
        return None
    events = events_of(office, ask.as_of, known=ask.known)
    window = window_of(ask.first, ask.last, ask.as_of)
    return One(
        chosen[code],
        compute(events, chosen[code], window, chosen),
        chosen,
        events,
        window,
    )


def rows_page(
    member: Member, figure: Figure, query: QueryDict, kpi: Definition, plain: bool
) -> tuple[Page, dict[str, int]]:
    """Return a page of the records behind a figure, and how many have each role."""
    roles = figure.rows.role
    counts = {role: int((roles == role).sum()) for role in ROLES}
    wanted = query.get("role", "")
    at = np.flatnonzero(roles == wanted) if wanted in ROLES else np.arange(len(roles))
    at = at[np.argsort(-figure.rows.on[at], kind="stable")]
    pages = max(-(-len(at) // SIZE), 1)
    asked_page = query.get("page", "1")
    here = min(max(int(asked_page) if asked_page.isdigit() else 1, 1), pages)
    chosen = at[(here - 1) * SIZE : here * SIZE]
    listed = list(_rows(member, figure, chosen, kpi, plain))
    return Page(listed, len(at), here, pages), {k: n for k, n in counts.items() if n}


def _rows(
    member: Member, figure: Figure, at: Any, kpi: Definition, plain: bool
) -> Iterator[dict[str, Any]]:
    rows = figure.rows
    named = named_refs(member, rows.subject[at].tolist())
    for place in at.tolist():
        item = named.get(rows.subject[place])
        value = float(rows.value[place])
        yield {
            "ref": rows.subject[place],
            "record": item,
            "role": rows.role[place],
            "role_text": gettext(ROLE_WORDS[rows.role[place]]),
            "on": _date(int(rows.on[place])),
            "met_on": _date(int(rows.met_on[place])),
            "value": value,
            "text": _row_value(kpi, value, plain),
        }


def _date(day: int) -> datetime.date | None:
    text = text_of(day)
    return datetime.date.fromisoformat(text) if text else None


def _row_value(kpi: Definition, value: float, plain: bool) -> str:
    if kpi.shape in {"sum", "sum_rate", "cost_rate"}:
        return money_text(value, plain) if value == value else "\u2013"
    if kpi.shape in {"lag", "stage_time", "fresh"}:
        return shown(value, "d")
    return "" if value == 1.0 else number(value, 0 if value % 1 == 0 else 2)


def export_rows(
    member: Member, figure: Figure, kpi: Definition
) -> Iterator[dict[str, Any]]:
    """Yield the records behind a figure for a file; names are asked for in portions."""
    for start in range(0, len(figure.rows), NAMED):
        at = np.arange(start, min(start + NAMED, len(figure.rows)))
        for row in _rows(member, figure, at, kpi, plain=True):
            item = row["record"]
            hidden = gettext("a record you may not see")
            yield {
                "ref": row["ref"],
                "name": (hidden if item.hidden else item.name) if item else row["ref"],
                "role": row["role_text"],
                "on": row["on"] or "",
                "met_on": row["met_on"] or "",
                "value": row["value"],
                "training": bool(item and item.training),
            }


def compared(
    member: Member, ask: Ask, code: str, first: One, plain: bool
) -> dict[str, Any] | None:
    """Return how another set counts the same indicator, and which records differ.

    The same as ``yanlian.progress.compare_sets``, on the log that is kept in memory.
    """
    known = definitions_of(tables_of(member.office), ask.other)
    if code not in known:
        return None
    second = compute(first.events, known[code], first.window, known)[0]
    figure = first.figures[0]
    one, two = (
        dict(zip(f.rows.subject.tolist(), f.rows.role.tolist(), strict=True))
        for f in (figure, second)
    )
    differ = [
        (ref, one.get(ref, ""), two.get(ref, ""))
        for ref in dict.fromkeys((*one, *two))
        if one.get(ref, "") != two.get(ref, "")
    ]
    named = named_refs(member, [ref for ref, _, _ in differ[:SIZE]])
    lang = reader()
    return {
        "set": ask.other,
        "figure": written(_plain(known[code], second, None), plain),
        "sentences": [text.text(lang) for text in differences(first.kpi, known[code])],
        "count": len(differ),
        "rows": [
            {
                "ref": ref,
                "record": named.get(ref),
                "first": gettext(ROLE_WORDS[a]),
                "second": gettext(ROLE_WORDS[b]),
            }
            for ref, a, b in differ[:SIZE]
        ],
    }


def history(office: Office, ask: Ask, one: One, plain: bool) -> list[dict[str, Any]]:
    """Return the figure of each of the last quarters.

    A quarter is the window and the day of knowledge stays. Indicators that take every
    day so far are shown as of the last day of the quarter instead.
    """
    listed: list[dict[str, Any]] = []
    year, quarter = ask.last.year, (ask.last.month - 1) // 3
    log = log_of(office)
    for _ in range(QUARTERS):
        first = datetime.date(year, quarter * 3 + 1, 1)
        after = datetime.date(year + (quarter == 3), (quarter * 3 + 3) % 12 + 1, 1)
        last = min(after - datetime.timedelta(days=1), ask.as_of)
        events, as_of = one.events, ask.as_of
        if one.kpi.window_by == "all":
            as_of = last
            day = last.isoformat()
            events = Events(log.columns, day, day if ask.known else "")
        window = window_of(first, last, as_of)
        figure = compute(events, one.kpi, window, one.chosen)[0]
        text = written(_plain(one.kpi, figure, None), plain)
        listed.append(
            {
                "label": f"{year} Q{quarter + 1}",
                "text": text["text"],
                "above": text["above"],
                "below": text["below"],
                "value": figure.value,
                "from": first,
                "to": last,
            }
        )
        year, quarter = (year, quarter - 1) if quarter else (year - 1, 3)
    listed.reverse()
    most = max((r["value"] for r in listed if r["value"] == r["value"]), default=0.0)
    if one.kpi.unit == "share":
        most = max(most, 1.0)
    for row in listed:
        known = row["value"] == row["value"] and most > 0
        row["bar"] = 100 * row["value"] / most if known else None
    return listed
