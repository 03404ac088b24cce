"""Indicators as data: definitions, their computing from the log, and how two differ."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanlian.errors import Finding, ParamError
from yanlian.params import Params, param
from yanlian.progress.events import Events, day_of, parse, text_of
from yanlian.progress.shapes import (
    NAN,
    SHAPES,
    Counted,
    Definition,
    Figure,
    Window,
)
from yanlian.progress.wording import COUNTS, LEVEL_WORDS, WINDOWS, specs_text
from yanlian.progress.wording import SHAPES as SHAPES_SAID
from yanlian.results import Note, Progress, Result, no_progress
from yanlian.tables import Table, read_table
from yanlian.text import N_, Say, say

OWN_SET = "yanlian"
TARGETED = "target"


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
        help=N_("First day of the window; empty for the first of the log's last year."),
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
        When events cannot be read; holds every finding.
    """
    found, wrong = {}, []
    for row in table.rows():
        try:
            cohort, outcome = parse(row["cohort"]), parse(row["outcome"])
        except ParamError as error:
            where = f"kpi_definitions {row['set']} {row['code']}"
            wrong += [Finding(where, f.say, code=f.code) for f in error.findings]
            continue
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
        )
    if wrong:
        raise ParamError(
            N_("%(count)s definitions cannot be read."),
            findings=tuple(wrong),
            count=len(wrong),
        )
    return found


def definitions_of(tables: Mapping[str, Table], chosen: str) -> dict[str, Definition]:
    """Return the definitions of a set by code, over those of the program.

    A set that names only some indicators takes the others from the program's.

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


def _window(events: Table, params: ProgressParams) -> tuple[Window, str]:
    """Return the window and the as-of day; what is not given is taken from the log."""
    last = max((day for day in events["on"].tolist() if day), default="")
    as_of = params.as_of or last or "1970-01-01"
    until = params.window_to or as_of
    since = params.window_from or f"{until[:4]}-01-01"
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
    return Window(day_of(since), day_of(until), day_of(as_of)), as_of


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
        When there is no such set, the window is empty, or a definition cannot be read.
    """
    del seed
    values = params or ProgressParams()
    window, as_of = _window(tables["progress_events"], values)
    chosen = definitions_of(tables, values.set)
    events = Events(tables["progress_events"], as_of, values.known_on)
    made: list[tuple[Definition, Figure]] = []
    for number, kpi in enumerate(chosen.values()):
        progress(number, len(chosen), kpi.name)
        made += [(kpi, figure) for figure in compute(events, kpi, window, chosen)]
    progress(len(chosen), len(chosen), say(N_("All indicators are computed.")))
    days = {
        "window_from": text_of(window.first),
        "window_to": text_of(window.last),
        "as_of": as_of,
    }
    said = {kpi.code: rule_text(kpi) for kpi, _ in made}
    kpis = [
        {
            "set": values.set,
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
            **days,
            "cannot_en": figure.cannot.en if figure.cannot else "",
            "cannot_zh": figure.cannot.zh if figure.cannot else "",
            "rule_en": said[kpi.code].en,
            "rule_zh": said[kpi.code].zh,
        }
        for kpi, figure in made
    ]
    rows = [
        {
            "set": values.set,
            "code": kpi.code,
            "part": figure.part,
            "subject": row.subject,
            "role": row.role,
            "on": text_of(row.on),
            "met_on": text_of(row.met_on),
            "value": row.value,
        }
        for kpi, figure in made
        for row in figure.rows
    ]
    computed = sum(figure.cannot is None for _, figure in made)
    note = say(
        N_(
            "Computed from %(events)s events up to %(as_of)s. Cohort, window and "
            "evidence rule stand with each indicator."
        ),
        events=len(events),
        as_of=as_of,
    )
    return Result(
        {"kpis": Table.of("kpis", kpis), "kpi_rows": Table.of("kpi_rows", rows)},
        {"indicators": len(made), "computed": computed, "as_of": as_of},
        (Note("progress.log", note),),
    )


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
    """Return actual over target of each indicator that has one, by their weights."""
    mask = events.select(kpi.cohort) & window.holds(events.on)
    what, marks = events.column("what"), events.column("mark")
    rows, weights = [], []
    for at in mask.nonzero()[0]:
        aim, goal = float(events.value[at]), every.get(what[at])
        if goal is None or goal.shape == TARGETED or not aim > 0:
            continue
        actual = compute(events, goal, window)[0].value
        if actual != actual:
            continue
        rows.append(
            Counted(goal.code, "counted", int(events.on[at]), value=actual / aim)
        )
        weights.append(float(marks[at]) if marks[at] else 1.0)
    if not rows or not sum(weights):
        return Figure(
            NAN, 0.0, 0.0, rows=rows, cannot=say(N_("No target is set in the window."))
        )
    top = sum(row.value * w for row, w in zip(rows, weights, strict=True))
    return Figure(top / sum(weights), top, sum(weights), rows=rows)


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
    )
    return tuple(
        say(sentence, a=word(first), b=word(second))
        for sentence, word in pairs
        if word(first) != word(second)
    )


def _pair(words: Mapping[str, str], name: str) -> Callable[[Definition], Say]:
    return lambda kpi: say(words[getattr(kpi, name)])


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
    """
    window, as_of = _window(tables["progress_events"], params)
    events = Events(tables["progress_events"], as_of, params.known_on)
    kpis = [definitions_of(tables, name)[code] for name in sets]
    figures = [compute(events, kpi, window)[0] for kpi in kpis]
    roles = [{row.subject: row.role for row in figure.rows} for figure in figures]
    subjects = dict.fromkeys((*roles[0], *roles[1]))
    rows = [
        {"subject": key, "first": a, "second": b}
        for key in subjects
        for a, b in ((roles[0].get(key, ""), roles[1].get(key, "")),)
        if a != b
    ]
    return {"figures": figures, "differences": differences(*kpis), "rows": rows}
