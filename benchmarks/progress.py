"""Indicators from a log of events: all thirty, with the records behind each figure.

The log is made of deals that move through the stages, with promises, payments, counts,
contacts and trips, in the shares that an office writes them.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.measure import measured, peak_mb
from yanlian.progress import ProgressParams, measure_progress
from yanlian.progress.stages import stages
from yanlian.tables import Table

# Kind, share of the log, what, side, marks, column of the record.
SHARES = (
    ("stage", 0.30, "", "", "", "deal"),
    ("promised", 0.10, "investment", "theirs", "binding", "promise"),
    ("promised", 0.08, "", "ours", "", "promise"),
    ("kept", 0.10, "", "", "", "promise"),
    ("due_changed", 0.03, "", "", "", "promise"),
    ("signed", 0.03, "", "", "binding", "agreement"),
    ("paid", 0.10, "", "", "", "payment"),
    ("measured", 0.04, "jobs", "", "", "deal"),
    ("contact", 0.10, "", "", "leading", "company"),
    ("forecast", 0.04, "", "", "", "deal"),
    ("status", 0.02, "lost", "", "", "deal"),
    ("filed", 0.02, "", "", "", "company"),
    ("checked", 0.02, "", "", "", "company"),
    ("form", 0.02, "", "", "reused", "form"),
)


def log(count: int, seed: int = 0) -> Table:
    """Return a log of so many events over ten years."""
    rng = np.random.default_rng(seed)
    which = rng.choice(len(SHARES), count, p=[row[1] for row in SHARES])
    deals = max(count // 20, 1)
    days = np.datetime_as_string(
        np.datetime64("2016-01-01") + np.arange(4000), "D"
    ).astype(object)
    first = rng.integers(0, 2500, deals)
    deal = rng.integers(0, deals, count)
    on = np.minimum(first[deal] + rng.integers(0, 1400, count), 3900)
    kinds = np.array([row[0] for row in SHARES], object)[which]
    what = np.array([row[2] for row in SHARES], object)[which]
    codes = np.array([item.code for item in stages()], object)
    is_stage = kinds == "stage"
    # Later days, later stages, roughly: the measuring does not mind disorder.
    reached = np.clip((on - first[deal]) // 100 + rng.integers(-1, 2, count), 0, 14)
    what[is_stage] = codes[reached[is_stage]]
    deal_ids = np.array([f"deal:{n}" for n in range(deals)], object)[deal]
    things = np.array([row[5] for row in SHARES], object)[which]
    things_ids = np.char.add(
        np.char.add(things.astype(str), ":"), (deal * 3 + which % 3).astype(str)
    ).astype(object)
    pays = np.char.add("payment:", np.arange(count).astype(str)).astype(object)
    subject = np.where(things == "deal", deal_ids, things_ids)
    subject = np.where(things == "payment", pays, subject)
    value = rng.lognormal(16, 1, count).round(2)
    value[kinds == "forecast"] = rng.random((kinds == "forecast").sum())
    due = np.isin(kinds, ["promised", "due_changed"])
    levels = np.array(["stated", "evidenced", "verified"], object)
    return Table(
        "progress_events",
        {
            "event_id": np.char.add("e", np.arange(count).astype(str)).astype(object),
            "kind": kinds,
            "subject": subject,
            "deal": deal_ids,
            "company": np.char.add("c", (deal // 2).astype(str)).astype(object),
            "agreement": np.char.add("a", deal.astype(str)).astype(object),
            "side": np.array([row[3] for row in SHARES], object)[which],
            "on": days[on],
            "due_on": np.where(due, days[np.minimum(on + 90, 3999)], ""),
            "value": value,
            "level": levels[rng.integers(0, 3, count)],
            "what": what,
            "mark": np.array([row[4] for row in SHARES], object)[which],
        },
    )


def _measure(count: int) -> tuple[float, float, float, int, int]:
    table = log(count)
    before = peak_mb()
    started = time.perf_counter()
    params = ProgressParams(window_from="2016-01-01")
    result = measure_progress({"progress_events": table}, params)
    seconds = time.perf_counter() - started
    kpis, rows = result.tables["kpis"], result.tables["kpi_rows"]
    return seconds, before, peak_mb(), len(kpis), len(rows)


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure the indicators on logs of rising length."""
    found: list[dict[str, object]] = []
    for count in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        (seconds, before, peak, figures, rows), _, _ = measured(_measure, count)
        found.append(
            {
                "events": f"{count:,}",
                "figures": figures,
                "records behind them": f"{rows:,}",
                "measure_progress, s": round(seconds, 2),
                "peak MB": round(peak),
                "of it the log, MB": round(before),
            }
        )
    return found
