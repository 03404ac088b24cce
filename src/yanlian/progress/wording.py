"""Definitions as sentences."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from yanlian.progress.data import both, rule_table
from yanlian.progress.events import Spec
from yanlian.progress.stages import exits, stages
from yanlian.text import N_, Say, say

MARKS = {
    "binding": N_("binding"),
    "nonbinding": N_("not binding"),
    "leading": N_("leading firm"),
    "chain": N_("in the led chain"),
    "back": N_("moved back"),
    "confirmed": N_("confirmed"),
    "reused": N_("nothing typed again"),
}
SIDES = {"ours": N_("ours"), "theirs": N_("theirs")}
WHAT = {
    "investment": N_("investment"),
    "jobs": N_("jobs"),
    "output": N_("value of output"),
    "local": N_("bought locally"),
    "total": N_("bought in all"),
}
SHAPES = {
    "cohort_rate": N_("share of a cohort"),
    "period_rate": N_("two counts of one period"),
    "agreement_rate": N_("agreements with all due met"),
    "due_rate": N_("share of what was due"),
    "sum": N_("sum"),
    "sum_rate": N_("one sum over another"),
    "distinct": N_("number of different records"),
    "lag": N_("days from one to the other"),
    "stage_time": N_("days in each stage"),
    "columns": N_("three columns"),
    "stock_rate": N_("share of those there"),
    "brier": N_("Brier score"),
    "cost_rate": N_("cost for each success"),
    "fresh": N_("share checked lately"),
    "yield": N_("gain for each day"),
    "target": N_("actual over target"),
    "closure": N_("share closed"),
    "share": N_("share that bears a mark"),
}
COUNTS = {
    "subject": N_("the record itself"),
    "deal": N_("deal"),
    "company": N_("company"),
    "agreement": N_("agreement"),
    "gap": N_("gap"),
    "trip": N_("trip"),
    "event": N_("each event"),
}
WINDOWS = {
    "cohort": N_("its beginning"),
    "outcome": N_("its outcome"),
    "due": N_("its due day"),
    "all": N_("every day so far"),
}
LEVEL_WORDS = {
    "stated": N_("stated"),
    "evidenced": N_("with evidence"),
    "verified": N_("verified"),
}


@functools.cache
def _kinds() -> dict[str, Say]:
    return {row["kind"]: both(row, "name") for row in rule_table("kinds")}


@functools.cache
def _names() -> dict[str, Say]:
    """Return names of stages and states by code."""
    found = {item.code: item.name for item in stages()}
    found |= {code: item.name for code, item in exits().items()}
    return found | {code: say(text) for code, text in WHAT.items()}


def specs_text(specs: Iterable[Spec]) -> Say:
    """Return in words which events a definition asks for.

    Examples
    --------
    >>> from yanlian.progress.events import parse
    >>> specs_text(parse("stage what=S8 | paid")).en
    'entry into a stage (Landed) or payment'
    """
    parts = []
    for spec in specs:
        more = []
        if spec.what:
            name = _names().get(spec.what, Say(spec.what, spec.what))
            more.append(
                say(N_("%(stage)s or later"), stage=name) if spec.later else name
            )
        if spec.side:
            more.append(say(SIDES[spec.side]))
        more += [say(MARKS[m]) if m in MARKS else Say(m, m) for m in spec.marks]
        kind = _kinds()[spec.kind] if spec.kind else None
        en = ", ".join(item.en for item in more)
        zh = "\u3001".join(item.zh for item in more)
        if kind is None:
            parts.append(Say(en, zh))
        elif more:
            parts.append(Say(f"{kind.en} ({en})", f"{kind.zh}\uff08{zh}\uff09"))
        else:
            parts.append(kind)
    return Say(
        " or ".join(part.en for part in parts),
        "\u6216".join(part.zh for part in parts),
    )
