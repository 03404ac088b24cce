"""Ranking outside companies for all gaps of the Yongkang chain, placed before."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.measure import measured
from benchmarks.workspaces import workspace_of
from yanlian import studies


def _rank(firms: int) -> tuple[int, int, float]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_of(Path(folder) / "case", firms)
        tables = dict(workspace.tables)
        for key in ("place", "gaps"):
            made = studies.run(key, tables, workspace.params(key))
            tables.update(made.result.tables)
        started = time.perf_counter()
        made = studies.run("targets", tables, workspace.params("targets"))
        seconds = time.perf_counter() - started
    return len(made.result.tables["targets"]), made.manifest["summary"]["gaps"], seconds


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure the ranking on the sample and on repeated firms."""
    rows: list[dict[str, object]] = []
    for firms in (0, 5_000) if quick else (0, 5_000, 20_000):
        (targets, gaps, seconds), _, peak = measured(_rank, firms)
        rows.append(
            {
                "companies": firms or "sample, 255",
                "gaps": gaps,
                "targets": targets,
                "rank_targets, s": round(seconds, 2),
                "peak MB with placing": round(peak),
            }
        )
    return rows
