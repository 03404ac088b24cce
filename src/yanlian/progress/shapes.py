"""How indicators are computed: one function for each shape of definition."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from yanlian.progress.events import (
    NEVER,
    Days,
    Events,
    Mask,
    Spec,
    parse,
)
from yanlian.progress.stages import stages
from yanlian.progress.survival import quantile
from yanlian.tables import Strs
from yanlian.text import N_, Say, say

YEAR_DAYS = 365
YIELD_DAYS = (30, 90, 365)
NAN = float("nan")


@dataclass(frozen=True)
class Definition:
    """One indicator, as its row of ``kpi_definitions`` says.

    Attributes
    ----------
    set, code : str
    name : Say
    shape : str
        Key of :data:`SHAPES`.
    cohort, outcome : tuple of Spec
    count, window_by, level, unit : str
    within_days : float
        ``nan`` for no limit.
    """

    set: str
    code: str
    name: Say
    shape: str
    cohort: tuple[Spec, ...]
    outcome: tuple[Spec, ...]
    count: str
    window_by: str
    within_days: float
    level: str
    unit: str


@dataclass(frozen=True)
class Window:
    """First and last day of a window and the day of knowledge, days since 1970."""

    first: int
    last: int
    as_of: int

    def holds(self, days: Days) -> Mask:
        """Return which days fall into the window."""
        return (days >= self.first) & (days <= min(self.last, self.as_of))


@dataclass(frozen=True)
class Counted:
    """One record that went into a figure.

    Attributes
    ----------
    subject : str
    role : str
        ``met``, ``not_met``, ``counted`` or ``open``.
    on, met_on : int
        Days since 1970; :data:`NEVER` for none.
    value : float
    """

    subject: str
    role: str
    on: int = NEVER
    met_on: int = NEVER
    value: float = NAN


@dataclass(frozen=True)
class Figure:
    """One figure with the records behind it.

    Attributes
    ----------
    value, second : float
    second_unit, part : str
    numerator, denominator : float
    rows : list of Counted
    cannot : Say or None
        What is missing when there is no value.
    """

    value: float
    numerator: float = NAN
    denominator: float = NAN
    second: float = NAN
    second_unit: str = ""
    part: str = ""
    rows: list[Counted] = field(default_factory=list)
    cannot: Say | None = None


def _nothing(part: str = "") -> Figure:
    text = say(N_("No record falls into the window."))
    return Figure(NAN, 0.0, 0.0, part=part, cannot=text)


def _firsts(ids: Strs, on: Days) -> dict[str, int]:
    """Return the first day of each record; events come in the order of days."""
    found: dict[str, int] = {}
    for key, day in zip(ids.tolist(), on.tolist(), strict=True):
        if key:
            found.setdefault(key, day)
    return found


def _by_record(ids: Strs, on: Days) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for key, day in zip(ids.tolist(), on.tolist(), strict=True):
        if key:
            found.setdefault(key, []).append(day)
    return found


def _pairs(
    events: Events, kpi: Definition, window: Window
) -> list[tuple[str, int, int]]:
    """Return record, first cohort day, first outcome from then on or NEVER."""
    ids = events.column(kpi.count)
    began = events.select(kpi.cohort)
    ended = events.select(kpi.outcome, kpi.level)
    starts = _firsts(ids[began], events.on[began])
    ends = _by_record(ids[ended], events.on[ended])
    found = []
    for key, day in starts.items():
        if kpi.window_by == "cohort" and not (
            window.first <= day <= min(window.last, window.as_of)
        ):
            continue
        after = next((end for end in ends.get(key, ()) if end >= day), NEVER)
        late = kpi.within_days == kpi.within_days and after - day > kpi.within_days
        found.append((key, day, NEVER if late else after))
    return found


def _rate(rows: list[Counted], **more: object) -> Figure:
    if not rows:
        return _nothing()
    met = sum(row.role == "met" for row in rows)
    return Figure(met / len(rows), met, len(rows), rows=rows, **more)  # type: ignore[arg-type]


def cohort_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return which share of those that began in the window got there by the as-of day.

    Beside it stands the median of the days it took those that got there.
    """
    pairs = _pairs(events, kpi, window)
    rows = [
        Counted(key, "not_met" if end == NEVER else "met", day, end, 1.0)
        for key, day, end in pairs
    ]
    took = [end - day for _, day, end in pairs if end != NEVER]
    median = float(np.median(took)) if took else NAN
    return _rate(rows, second=median, second_unit="d" if took else "")


def period_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return what ended in the window over what began in it; can exceed one."""
    ids = events.column(kpi.count)
    began, ended = events.select(kpi.cohort), events.select(kpi.outcome, kpi.level)
    starts = _firsts(ids[began], events.on[began])
    ends = _firsts(ids[ended], events.on[ended])
    last = min(window.last, window.as_of)
    inside = {k: d for k, d in starts.items() if window.first <= d <= last}
    done = {k: d for k, d in ends.items() if window.first <= d <= last}
    rows = [
        Counted(
            key,
            "met" if key in done else "not_met",
            inside.get(key, NEVER),
            done.get(key, NEVER),
            1.0,
        )
        for key in dict.fromkeys((*inside, *done))
    ]
    if not inside:
        return Figure(
            NAN,
            len(done),
            0.0,
            rows=rows,
            cannot=say(N_("Nothing began in the window.")),
        )
    return Figure(len(done) / len(inside), len(done), len(inside), rows=rows)


def _duties(
    events: Events, kpi: Definition, window: Window
) -> list[tuple[str, str, int, int]]:
    """Return promise, counted record, due day, day kept or NEVER; withdrawn ones out.

    A due day that was agreed anew counts instead of the old one.
    """
    subject = events.column("subject")
    made = events.select(kpi.cohort)
    kept = events.select(kpi.outcome, kpi.level)
    kept_on = _firsts(subject[kept], events.on[kept])
    moved = events.select(parse("due_changed"))
    due_now = dict(
        zip(subject[moved].tolist(), events.due[moved].tolist(), strict=True)
    )
    gone = set(subject[events.select(parse("withdrawn"))].tolist())
    ids = events.column(kpi.count)
    found = []
    for at in np.flatnonzero(made):
        key = subject[at]
        due = due_now.get(key, int(events.due[at]))
        if key in gone or due == NEVER or due > window.as_of:
            continue
        found.append((key, ids[at], due, kept_on.get(key, NEVER)))
    return found


def agreement_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of agreements all of whose due obligations are met."""
    by_record: dict[str, list[tuple[int, int]]] = {}
    for _, key, due, kept in _duties(events, kpi, window):
        if key and window.first <= due <= window.last:
            by_record.setdefault(key, []).append((due, kept))
    rows = [
        Counted(
            key,
            "met" if all(kept != NEVER for _, kept in duties) else "not_met",
            min(due for due, _ in duties),
            max(kept for _, kept in duties),
            float(len(duties)),
        )
        for key, duties in by_record.items()
    ]
    return _rate(rows)


def due_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share kept on time of what was due; beside it the share kept late."""
    rows = []
    late = 0
    for key, _, due, kept in _duties(events, kpi, window):
        if window.first <= due <= window.last:
            in_time = kept != NEVER and kept <= due
            late += kept != NEVER and not in_time
            rows.append(Counted(key, "met" if in_time else "not_met", due, kept, 1.0))
    share = late / len(rows) if rows else NAN
    return _rate(rows, second=share, second_unit="share" if rows else "")


def summed(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return a sum over the window; a cohort, if any, is summed beside, never added."""
    found = []
    for specs in (kpi.outcome, kpi.cohort):
        mask = events.select(specs, kpi.level) & window.holds(events.on)
        mask &= np.isfinite(events.value)
        found.append(mask)
    main, beside = found
    value = float(events.value[main].sum())
    rows = [
        Counted(key, "counted", int(day), NEVER, float(amount))
        for key, day, amount in zip(
            events.column("subject")[main],
            events.on[main],
            events.value[main],
            strict=True,
        )
    ]
    second = float(events.value[beside].sum()) if kpi.cohort else NAN
    return Figure(
        value,
        value,
        NAN,
        second,
        kpi.unit if kpi.cohort else "",
        rows=rows,
    )


def sum_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return one sum over another.

    By ``due`` the denominator is what was due by the as-of day; by ``all`` the whole;
    by ``outcome`` both are what fell into the window.
    """
    below = events.select(kpi.cohort) & np.isfinite(events.value)
    above = events.select(kpi.outcome, kpi.level) & np.isfinite(events.value)
    if kpi.window_by == "due":
        due = {}
        moved = events.select(parse("due_changed"))
        subject = events.column("subject")
        due = dict(
            zip(subject[moved].tolist(), events.due[moved].tolist(), strict=True)
        )
        days = np.array(
            [due.get(k, d) for k, d in zip(subject, events.due.tolist(), strict=True)],
            np.int64,
        )
        below &= (days != NEVER) & (days <= window.as_of)
    elif kpi.window_by == "outcome":
        below &= window.holds(events.on)
        above &= window.holds(events.on)
    gone = events.column("subject")[events.select(parse("withdrawn"))]
    below &= ~np.isin(events.column("subject").astype(str), gone.astype(str))
    top, bottom = float(events.value[above].sum()), float(events.value[below].sum())
    rows = [
        Counted(
            events.column("subject")[at],
            "met" if above[at] else "counted",
            int(events.on[at]),
            NEVER,
            float(events.value[at]),
        )
        for at in np.flatnonzero(above | below)
    ]
    if not bottom:
        return Figure(
            NAN, top, bottom, rows=rows, cannot=say(N_("Nothing was due by then."))
        )
    return Figure(top / bottom, top, bottom, rows=rows)


def distinct(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return how many different records had an event in the window."""
    mask = events.select(kpi.outcome, kpi.level) & window.holds(events.on)
    first = _firsts(events.column(kpi.count)[mask], events.on[mask])
    rows = [Counted(key, "counted", day, NEVER, 1.0) for key, day in first.items()]
    return Figure(float(len(rows)), len(rows), rows=rows)


def _times(rows: list[Counted], as_of: int, part: str = "") -> Figure:
    if not rows:
        return _nothing(part)
    ended = [row.met_on != NEVER for row in rows]
    length = [(row.met_on if e else as_of) - row.on for row, e in zip(rows, ended, strict=True)]  # fmt: skip
    median = quantile(length, ended, 0.5)
    cannot = None
    if median != median:
        cannot = say(N_("Fewer than half have ended, so the median is not known yet."))
    return Figure(
        median,
        sum(ended),
        len(rows),
        quantile(length, ended, 0.9),
        "d",
        part,
        rows,
        cannot,
    )


def lag(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the median days from cohort to outcome, and the 90th percentile."""
    rows = [
        Counted(
            key,
            "open" if end == NEVER else "met",
            day,
            end,
            float((window.as_of if end == NEVER else end) - day),
        )
        for key, day, end in _pairs(events, kpi, window)
    ]
    return _times(rows, window.as_of)


def stage_time(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return the median days in each stage entered in the window."""
    moves = events.select(parse("stage"))
    leaves = events.select(parse("status"))
    subject, what = events.column("subject"), events.column("what")
    by_deal: dict[str, list[tuple[int, str]]] = {}
    for at in np.flatnonzero(moves | leaves):
        word = str(what[at]) if moves[at] else ""
        if moves[at] or what[at] in {"lost", "abandoned", "exited"}:
            by_deal.setdefault(subject[at], []).append((int(events.on[at]), word))
    rows: dict[str, list[Counted]] = {}
    for deal, path in by_deal.items():
        for number, (day, code) in enumerate(path):
            if not code or not window.first <= day <= min(window.last, window.as_of):
                continue
            left = path[number + 1][0] if number + 1 < len(path) else NEVER
            days = float((window.as_of if left == NEVER else left) - day)
            role = "open" if left == NEVER else "met"
            # Entered twice, it counts each time.
            name = f"{deal}@{number}" if role == "met" else deal
            rows.setdefault(code, []).append(Counted(name, role, day, left, days))
    listed = [
        _times(rows[item.code], window.as_of, item.code)
        for item in stages()
        if item.code in rows
    ]
    return listed or [_nothing()]


def columns(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return promised, evidenced and verified apart; stocks count by their latest."""
    found = []
    made = events.select(kpi.cohort) & np.isfinite(events.value)
    gone = events.column("subject")[events.select(parse("withdrawn"))]
    made &= ~np.isin(events.column("subject").astype(str), gone.astype(str))
    rows = [
        Counted(
            events.column("subject")[at],
            "counted",
            int(events.on[at]),
            NEVER,
            float(events.value[at]),
        )
        for at in np.flatnonzero(made)
    ]
    value = float(events.value[made].sum())
    found.append(Figure(value, value, part="promised", rows=rows))
    ids = events.column(kpi.count)
    for level in ("evidenced", "verified"):
        mask = events.select(kpi.outcome, level) & np.isfinite(events.value)
        latest = {ids[at]: at for at in np.flatnonzero(mask)}
        rows = [
            Counted(key, "counted", int(events.on[at]), NEVER, float(events.value[at]))
            for key, at in latest.items()
        ]
        value = float(sum(row.value for row in rows))
        found.append(Figure(value, value, part=level, rows=rows))
    return found


def stock_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of those there by the window's end with an event in it."""
    ids = events.column(kpi.count)
    there = events.select(kpi.cohort) & (events.on <= window.last)
    stock = _firsts(ids[there], events.on[there])
    hit = events.select(kpi.outcome, kpi.level) & window.holds(events.on)
    done = _firsts(ids[hit], events.on[hit])
    rows = [
        Counted(
            key,
            "met" if key in done else "not_met",
            day,
            done.get(key, NEVER),
            1.0,
        )
        for key, day in stock.items()
    ]
    return _rate(rows)


def brier(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the mean square of stated likelihood less outcome, where that is known.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
    Monthly Weather Review, 78, 1–3.
    """
    ids = events.column(kpi.count)
    said = events.select(kpi.cohort) & np.isfinite(events.value)
    won = events.select(kpi.outcome, kpi.level)
    wins = _firsts(ids[won], events.on[won])
    over = events.select(parse("status what=lost | status what=abandoned"))
    ends = _firsts(ids[over], events.on[over])
    rows = []
    for at in np.flatnonzero(said):
        key, day = ids[at], int(events.on[at])
        known = [d for d in (wins.get(key), ends.get(key)) if d is not None]
        # A likelihood stated after the outcome foretells nothing.
        if not known or day > min(known):
            continue
        happened = key in wins and wins[key] == min(known)
        loss = (float(events.value[at]) - happened) ** 2
        role = "met" if happened else "not_met"
        rows.append(Counted(f"{key}@{day}", role, day, min(known), loss))
    if not rows:
        text = say(N_("No stated likelihood has an outcome yet."))
        return Figure(NAN, 0.0, 0.0, cannot=text)
    loss = float(np.mean([row.value for row in rows]))
    base = float(np.mean([row.role == "met" for row in rows]))
    # What a constant statement of the mean would score.
    return Figure(loss, len(rows), len(rows), base * (1 - base), "score", rows=rows)


def cost_rate(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the costs of the window for each success in it."""
    inside = window.holds(events.on)
    paid = events.select(kpi.cohort) & inside & np.isfinite(events.value)
    done = events.select(kpi.outcome, kpi.level) & inside
    first = _firsts(events.column(kpi.count)[done], events.on[done])
    cost = float(events.value[paid].sum())
    rows = [Counted(key, "met", day, day, 1.0) for key, day in first.items()]
    rows += [
        Counted(
            events.column("subject")[at],
            "counted",
            int(events.on[at]),
            NEVER,
            float(events.value[at]),
        )
        for at in np.flatnonzero(paid)
    ]
    if not first or not paid.any():
        text = say(N_("Costs or landed projects are missing in the window."))
        return Figure(NAN, cost, len(first), rows=rows, cannot=text)
    return Figure(cost / len(first), cost, len(first), rows=rows)


def fresh(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of live records that were checked within so many days."""
    ids = events.column(kpi.count)
    filed = events.select(kpi.cohort)
    gone = set(ids[events.select(parse("archived"))].tolist())
    seen = filed | events.select(kpi.outcome, kpi.level)
    latest = dict(zip(ids[seen].tolist(), events.on[seen].tolist(), strict=True))
    since = window.as_of - kpi.within_days
    first = _firsts(ids[filed], events.on[filed])
    rows = [
        Counted(
            key,
            "met" if latest[key] >= since else "not_met",
            day,
            latest[key],
            float(window.as_of - latest[key]),
        )
        for key, day in first.items()
        if key not in gone
    ]
    return _rate(rows)


def trip_yield(events: Events, kpi: Definition, window: Window) -> list[Figure]:
    """Return what trips of the window brought for each of their days, as time went on."""
    trips = events.column("trip")
    days = events.select(kpi.cohort) & window.holds(events.on)
    of_trip = _by_record(trips[days], events.on[days])
    if not of_trip:
        return [_nothing()]
    brought = events.select(kpi.outcome, kpi.level)
    listed = _by_record(trips[brought], events.on[brought])
    total = sum(len(found) for found in of_trip.values())
    figures = []
    for limit in YIELD_DAYS:
        rows = []
        waits = 0
        for trip, when in of_trip.items():
            first = min(when)
            count = sum(first <= day <= first + limit for day in listed.get(trip, ()))
            over = first + limit > window.as_of
            waits += over
            rows.append(
                Counted(trip, "open" if over else "counted", first, NEVER, count)
            )
        gained = sum(row.value for row in rows)
        figures.append(
            Figure(gained / total, gained, total, waits, "open", str(limit), rows)
        )
    return figures


def closure(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share closed of what was opened; beside it what is open over a year."""
    # Days are those after which one is old, no limit for closing.
    whenever = dataclasses.replace(kpi, within_days=NAN)
    rows = [
        Counted(key, "open" if end == NEVER else "met", day, end, 1.0)
        for key, day, end in _pairs(events, whenever, window)
    ]
    if not rows:
        return _nothing()
    met = sum(row.role == "met" for row in rows)
    old = sum(
        row.role == "open" and window.as_of - row.on > kpi.within_days for row in rows
    )
    share = old / len(rows)
    return Figure(met / len(rows), met, len(rows), share, "share", rows=rows)


def share_of(events: Events, kpi: Definition, window: Window) -> Figure:
    """Return the share of the window's records that bear a mark."""
    ids = events.column(kpi.count)
    every = events.select(kpi.cohort) & window.holds(events.on)
    good = every & events.select(kpi.outcome)
    first = _firsts(ids[every], events.on[every])
    met = _firsts(ids[good], events.on[good])
    rows = [
        Counted(key, "met" if key in met else "not_met", day, NEVER, 1.0)
        for key, day in first.items()
    ]
    return _rate(rows)


Shape = Callable[[Events, Definition, Window], "Figure | list[Figure]"]
SHAPES: dict[str, Shape] = {
    "cohort_rate": cohort_rate,
    "period_rate": period_rate,
    "agreement_rate": agreement_rate,
    "due_rate": due_rate,
    "sum": summed,
    "sum_rate": sum_rate,
    "distinct": distinct,
    "lag": lag,
    "stage_time": stage_time,
    "columns": columns,
    "stock_rate": stock_rate,
    "brier": brier,
    "cost_rate": cost_rate,
    "fresh": fresh,
    "yield": trip_yield,
    "closure": closure,
    "share": share_of,
}
