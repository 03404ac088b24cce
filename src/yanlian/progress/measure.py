"""Indicators as data: definitions, their computing from the log, and how two differ."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yanlian.errors import Finding, ParamError, TableError
from yanlian.params import Params, param
from yanlian.progress.events import (
    Columns,
    Events,
    day_of,
    lasts,
    parse,
    text_of,
    texts_of,
)
from yanlian.progress.log import check_log
from yanlian.progress.shapes import (
    COUNTED,
    NAN,
    SHAPES,
    Definition,
    Figure,
    Window,
    counted,
)
from yanlian.progress.wording import COUNTS, LEVEL_WORDS, WINDOWS, specs_text
from yanlian.progress.wording import SHAPES as SHAPES_SAID
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table, read_table
from yanlian.text import N_, Say, say

OWN_SET = "yanlian"
TARGETED = "target"
# What a shape needs of its definition, and which shapes have no share of a target.
NO_COHORT = {"sum", "distinct"}
NO_OUTCOME = {TARGETED, "stage_time"}
NEEDS_DAYS = {"fresh", "closure"}
NO_TARGET = {TARGETED, "lag", "stage_time", "brier", "cost_rate"}


@dataclass(frozen=True)
class ProgressParams(Params):
    """Parameters of the indicators."""

    set: str = param(
        OWN_SET,
        label=N_("Set of definitions"),
        help=N_("Whose definitions count; a workspace can bring its own."),
    )
    window_from: str = param(
        "",
        label=N_("Window from"),
        help=N_(
            "First day of the window; empty for 1 January of the year of its last day."
        ),
        kind="date",
    )
    window_to: str = param(
        "",
        label=N_("Window to"),
        help=N_("Last day of the window; empty for the as-of day."),
        kind="date",
    )
    as_of: str = param(
        "",
        label=N_("As of"),
        help=N_("What happened later is left out; empty for the last day of the log."),
        kind="date",
    )
    known_on: str = param(
        "",
        label=N_("As known on"),
        help=N_("What was recorded later is left out too; empty for no limit."),
        kind="date",
    )


@functools.cache
def default_definitions() -> Table:
    """Return the definitions that come with the program."""
    path = Path(__file__).parent / "kpi_definitions.csv"
    return read_table(path, "kpi_definitions")


def read_definitions(table: Table) -> dict[tuple[str, str], Definition]:
    """Return definitions by set and code.

    Raises
    ------
    ParamError
        When events cannot be read, or a shape lacks what it is computed from; holds
        every finding.
    """
    found: dict[tuple[str, str], Definition] = {}
    wrong: list[Finding] = []
    for row in table.rows():
        where = f"kpi_definitions {row['set']} {row['code']}"
        try:
            cohort, outcome = parse(row["cohort"]), parse(row["outcome"])
        except ParamError as error:
            wrong += [Finding(where, f.say, code=f.code) for f in error.findings]
            continue
        wrong += _lacking(row, where)
        found[row["set"], row["code"]] = Definition(
            row["set"],
            row["code"],
            Say(row["name_en"], row["name_zh"]),
            row["shape"],
            cohort,
            outcome,
            row["count"],
            row["window_by"],
            row["within_days"],
            row["level"],
            row["unit"],
            Say(row["note_en"], row["note_zh"]),
        )
    if wrong:
        raise ParamError(
            N_("%(count)s definitions cannot be used. Correct each one."),
            findings=tuple(wrong),
            count=len(wrong),
        )
    return found


def _lacking(row: Mapping[str, Any], where: str) -> list[Finding]:
    """Return what a definition of this shape needs and does not say."""
    shape = row["shape"]
    needs = [] if shape in NO_COHORT else ["cohort"]
    needs += [] if shape in NO_OUTCOME else ["outcome"]
    needs += ["within_days"] if shape in NEEDS_DAYS else []
    absent = [name for name in needs if str(row[name]).strip(" |") in {"", "nan"}]
    text = N_("Shape %(shape)s is computed from column %(column)s. Fill it in.")
    return [
        Finding(where, say(text, shape=shape, column=name), code="kpi.needs")
        for name in absent
    ]


def definitions_of(tables: Mapping[str, Table], chosen: str) -> dict[str, Definition]:
    """Return the definitions of a set by code, over those of the program.

    A set that names only some indicators takes the others from the program's; ``set``
    of each definition says whose it is.

    Raises
    ------
    ParamError
        When there is no such set.
    """
    every = read_definitions(default_definitions())
    if "kpi_definitions" in tables:
        every |= read_definitions(tables["kpi_definitions"])
    sets = sorted({name for name, _ in every})
    if chosen not in sets:
        text = say(
            N_("Found %(value)s. Expected one of %(allowed)s."),
            value=repr(chosen),
            allowed=", ".join(sets),
        )
        raise ParamError(
            N_("There is no such set of definitions."),
            findings=(Finding("set", text, code="kpi.set"),),
        )
    own = {code: item for (name, code), item in every.items() if name == OWN_SET}
    return own | {code: item for (name, code), item in every.items() if name == chosen}


def _day(text: str) -> str:
    """Return a day that the parameters accept as ISO date."""
    return datetime.date.fromisoformat(text).isoformat() if text else ""


def open_log(table: Table, params: ProgressParams) -> tuple[Events, Window]:
    """Return the events and the window that parameters ask for.

    What is not given is taken from the log: as of its last day (of what was known by
    then), a window that ends on that day and begins on the first of January before.

    Raises
    ------
    ParamError
        When the window is empty.
    TableError
        When the log says what cannot be; see :func:`check_log`.
    """
    columns = Columns(table)
    findings = check_log(columns)
    if findings:
        raise TableError(
            N_("%(count)s findings stop the measuring."),
            findings=tuple(findings),
            count=len(findings),
        )
    known_on, as_of = _day(params.known_on), _day(params.as_of)
    if not as_of:
        on, recorded = table["on"], table["recorded_on"]
        if known_on:
            on = on[np.where(recorded == "", on, recorded) <= known_on]
        as_of = max(set(on.tolist()), default="") or "1970-01-01"
    until = _day(params.window_to) or as_of
    since = _day(params.window_from) or f"{until[:4]}-01-01"
    if since > until:
        text = say(
            N_("Found %(late)s, before %(early)s. Expected a later day."),
            late=until,
            early=since,
        )
        raise ParamError(
            N_("The window is empty."),
            findings=(Finding("window_to", text, code="kpi.window"),),
        )
    window = Window(day_of(since), day_of(until), day_of(as_of))
    return Events(columns, as_of, known_on), window


def measure_progress(
    tables: Mapping[str, Table],
    params: ProgressParams | None = None,
    *,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Compute the indicators of a set from the log.

    Parameters
    ----------
    tables : mapping of str to Table
        ``progress_events``; where given ``kpi_definitions`` with sets of one's own.
    params : ProgressParams, optional
    seed : int
        Not used; the result is the same for every seed.
    progress : Progress, optional

    Returns
    -------
    Result
        ``kpis`` and ``kpi_rows``, the records behind each figure.

    Raises
    ------
    ParamError
        When there is no such set, the window is empty, or a definition cannot be used.
    TableError
        When the log says what cannot be.
    """
    del seed
    values = params or ProgressParams()
    chosen = definitions_of(tables, values.set)
    events, window = open_log(tables["progress_events"], values)
    made: list[tuple[Definition, Figure]] = []
    for number, kpi in enumerate(chosen.values()):
        progress(number, len(chosen), kpi.name)
        made += [(kpi, figure) for figure in compute(events, kpi, window, chosen)]
    progress(len(chosen), len(chosen), say(N_("All indicators are computed.")))
    as_of = text_of(window.as_of)
    computed = sum(figure.cannot is None for _, figure in made)
    return Result(
        {"kpis": _kpis(made, window), "kpi_rows": _kpi_rows(made)},
        {"indicators": len(made), "computed": computed, "as_of": as_of},
        (*_notes(events, made, as_of),),
    )


def _kpis(made: Sequence[tuple[Definition, Figure]], window: Window) -> Table:
    said = {kpi.code: rule_text(kpi) for kpi, _ in made}
    return Table.of(
        "kpis",
        [
            {
                "set": kpi.set,
                "code": kpi.code,
                "name_en": kpi.name.en,
                "name_zh": kpi.name.zh,
                "part": figure.part,
                "value": figure.value,
                "second": figure.second,
                "unit": kpi.unit,
                "second_unit": figure.second_unit,
                "numerator": figure.numerator,
                "denominator": figure.denominator,
                "window_from": text_of(window.first),
                "window_to": text_of(window.last),
                "as_of": text_of(window.as_of),
                "cannot_en": figure.cannot.en if figure.cannot else "",
                "cannot_zh": figure.cannot.zh if figure.cannot else "",
                "rule_en": said[kpi.code].en,
                "rule_zh": said[kpi.code].zh,
            }
            for kpi, figure in made
        ],
    )


def _kpi_rows(made: Sequence[tuple[Definition, Figure]]) -> Table:
    sizes = [len(figure.rows) for _, figure in made]
    heads = {
        "set": [kpi.set for kpi, _ in made],
        "code": [kpi.code for kpi, _ in made],
        "part": [figure.part for _, figure in made],
    }
    columns: dict[str, Any] = {
        name: np.repeat(np.array(words, object), sizes) for name, words in heads.items()
    }
    for name in ("subject", "role", "value", "event_id", "met_event_id"):
        columns[name] = np.concatenate([getattr(f.rows, name) for _, f in made])
    for name in ("on", "met_on"):
        days = np.concatenate([getattr(f.rows, name) for _, f in made])
        columns[name] = texts_of(days)
    return Table("kpi_rows", columns)


def _notes(
    events: Events, made: Sequence[tuple[Definition, Figure]], as_of: str
) -> list[Note]:
    """Return what a reader has to know: how much was read, and what was left out."""
    text = N_(
        "Computed from %(events)s events up to %(as_of)s. Cohort, window and evidence "
        "rule stand with each indicator."
    )
    notes = [Note("progress.log", say(text, events=len(events), as_of=as_of))]
    text = N_(
        "%(count)s events name no record to count or carry no amount, and were left out "
        "of %(code)s."
    )
    for kpi, figure in made:
        if figure.left_out:
            code = f"{kpi.code} {figure.part}".strip()
            message = say(text, count=figure.left_out, code=code)
            notes.append(Note("progress.left_out", message, figure.left_out))
    again = int(events.corrected.sum())
    if again:
        text = N_(
            "%(count)s records of payments, agreements and promises were corrected by a "
            "later record of the same one. Only the last counts."
        )
        notes.append(Note("progress.corrected", say(text, count=again), again))
    signed = events.select(parse("signed"))
    bare = int((signed & ~events.bears("binding") & ~events.bears("nonbinding")).sum())
    if bare:
        text = N_(
            "%(count)s signings say neither that they bind nor that they do not. They "
            "stand in no sum; mark them binding or nonbinding."
        )
        notes.append(Note("progress.unmarked", say(text, count=bare), bare))
    return notes


def compute(
    events: Events,
    kpi: Definition,
    window: Window,
    every: Mapping[str, Definition] | None = None,
) -> list[Figure]:
    """Return the figures of one indicator.

    Parameters
    ----------
    events : Events
    kpi : Definition
    window : Window
    every : mapping of str to Definition, optional
        The other indicators, for one that compares them with their targets.
    """
    if kpi.shape == TARGETED:
        return [_targets(events, kpi, window, every or {})]
    found = SHAPES[kpi.shape](events, kpi, window)
    return found if isinstance(found, list) else [found]


def _targets(
    events: Events, kpi: Definition, window: Window, every: Mapping[str, Definition]
) -> Figure:
    """Return actual over target of each indicator that has one, by their weights.

    The target set last in the window counts. Indicators of which less is better have
    no such share and are left out, as are those that cannot be computed.
    """
    codes, words = events.numbers("what")
    mask = events.select(kpi.cohort) & window.holds(events.on)
    found, actuals, weights = [], [], []
    aims = lasts(codes, mask)
    marks = events.cells("mark", aims)
    for at, mark in zip(aims.tolist(), marks.tolist(), strict=True):
        goal, aim = every.get(words[codes[at]]), float(events.value[at])
        if goal is None or goal.shape in NO_TARGET or not aim > 0:
            continue
        actual = compute(events, goal, window)[0].value
        if actual == actual:
            found.append(at)
            actuals.append(actual / aim)
            weights.append(float(mark) if mark else 1.0)
    left_out = len(aims) - len(found)
    if not found or not sum(weights):
        text = say(N_("No target is set in the window."))
        return Figure(NAN, 0.0, 0.0, cannot=text, left_out=left_out)
    rows = counted(
        events, "what", np.array(found, np.intp), role=COUNTED, value=actuals
    )
    top = math.fsum(a * w for a, w in zip(actuals, weights, strict=True))
    whole = math.fsum(weights)
    return Figure(top / whole, top, whole, rows=rows, left_out=left_out)


def rule_text(kpi: Definition) -> Say:
    """Return a definition in words: what stands with every figure."""
    nothing = Say("\u2013", "\u2013")
    return say(
        N_(
            "%(shape)s. Cohort: %(cohort)s. Outcome: %(outcome)s. Counted: %(count)s. "
            "Window applies to: %(window)s. Evidence rule: %(level)s."
        ),
        shape=say(SHAPES_SAID[kpi.shape]),
        cohort=specs_text(kpi.cohort) if kpi.cohort else nothing,
        outcome=specs_text(kpi.outcome) if kpi.outcome else nothing,
        count=say(COUNTS[kpi.count]),
        window=say(WINDOWS[kpi.window_by]),
        level=say(LEVEL_WORDS[kpi.level]),
    )


def differences(first: Definition, second: Definition) -> tuple[Say, ...]:
    """Return in sentences how two definitions of one indicator differ."""
    pairs = (
        (N_("Computed as: %(a)s against %(b)s."), _pair(SHAPES_SAID, "shape")),
        (N_("Cohort: %(a)s against %(b)s."), _specs("cohort")),
        (N_("Outcome: %(a)s against %(b)s."), _specs("outcome")),
        (N_("Counted: %(a)s against %(b)s."), _pair(COUNTS, "count")),
        (N_("Window applies to: %(a)s against %(b)s."), _pair(WINDOWS, "window_by")),
        (N_("Evidence rule: %(a)s against %(b)s."), _pair(LEVEL_WORDS, "level")),
        (N_("Within: %(a)s against %(b)s."), _within),
    )
    return tuple(
        say(sentence, a=word(first), b=word(second))
        for sentence, word in pairs
        if word(first) != word(second)
    )


def _pair(words: Mapping[str, str], name: str) -> Callable[[Definition], Say]:
    return lambda kpi: say(words[getattr(kpi, name)])


def _within(kpi: Definition) -> Say:
    if kpi.within_days != kpi.within_days:
        return say(N_("no limit"))
    return say(N_("%(count)s days"), count=f"{kpi.within_days:g}")


def _specs(name: str) -> Callable[[Definition], Say]:
    return lambda kpi: specs_text(getattr(kpi, name))


def compare_sets(
    tables: Mapping[str, Table],
    code: str,
    sets: tuple[str, str],
    params: ProgressParams,
) -> dict[str, Any]:
    """Return one indicator by two sets of definitions, and why they differ.

    Parameters
    ----------
    tables : mapping of str to Table
    code : str
        Code of the indicator.
    sets : tuple of str
        The two sets.
    params : ProgressParams
        Window and day; its set is not used.

    Returns
    -------
    dict
        ``figures`` (one for each set), ``differences`` (sentences) and ``rows``: the
        records that the two treat differently, as subject, role in the first and role
        in the second, ``""`` for not counted.

    Raises
    ------
    ParamError
        When there is no such set or indicator.
    """
    events, window = open_log(tables["progress_events"], params)
    named = [definitions_of(tables, name) for name in sets]
    for known in named:
        if code not in known:
            text = say(
                N_("Found %(value)s. Expected one of %(allowed)s."),
                value=repr(code),
                allowed=", ".join(known),
            )
            raise ParamError(
                N_("There is no such indicator."),
                findings=(Finding("code", text, code="kpi.code"),),
            )
    kpis = [known[code] for known in named]
    figures = [
        compute(events, kpi, window, known)[0]
        for kpi, known in zip(kpis, named, strict=True)
    ]
    roles = [
        dict(zip(f.rows.subject.tolist(), f.rows.role.tolist(), strict=True))
        for f in figures
    ]
    subjects = dict.fromkeys((*roles[0], *roles[1]))
    rows = [
        {"subject": key, "first": a, "second": b}
        for key in subjects
        for a, b in ((roles[0].get(key, ""), roles[1].get(key, "")),)
        if a != b
    ]
    return {"figures": figures, "differences": differences(*kpis), "rows": rows}
