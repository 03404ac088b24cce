"""The table of studies, and the one function that carries a study out.

Python, the command line and the workbench all call :func:`run`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yanlian import store as stores
from yanlian.errors import Finding, ParamError, TableError
from yanlian.params import Params
from yanlian.results import Progress, Result, no_progress
from yanlian.store import Run, Store
from yanlian.tables import Table
from yanlian.text import N_, say

StudyFunction = Callable[..., Result]


@dataclass(frozen=True)
class Study:
    """One kind of analysis.

    Attributes
    ----------
    key : str
        Word by which it is called.
    label : str
        English name, in the catalogue.
    where : str
        ``module:Params:function``; imported when first used, so that the command line
        starts quickly.
    needs : tuple of str
        Tables it cannot do without.
    wants : tuple of str
        Tables it uses where given.
    gives : tuple of str
        Tables of its result.
    """

    key: str
    label: str
    where: str
    needs: tuple[str, ...]
    wants: tuple[str, ...]
    gives: tuple[str, ...]

    def _part(self, index: int) -> Any:
        module, *names = self.where.split(":")
        return getattr(importlib.import_module(module), names[index])

    @property
    def params(self) -> type[Params]:
        """Return the class of its parameters."""
        found: type[Params] = self._part(0)
        return found

    @property
    def function(self) -> StudyFunction:
        """Return the function ``(tables, params, *, seed, progress) -> Result``."""
        found: StudyFunction = self._part(1)
        return found


STUDIES: dict[str, Study] = {
    study.key: study
    for study in (
        Study(
            "place",
            N_("Place firms on the chain"),
            "yanlian.firms:PlaceParams:place_firms",
            needs=("segments", "firms"),
            wants=(),
            gives=("placements", "unplaced"),
        ),
        Study(
            "gaps",
            N_("Find gaps"),
            "yanlian.chains:GapParams:find_gaps",
            needs=("segments", "supplies"),
            wants=(
                "firms",
                "placements",
                "presence",
                "regions",
                "indicators",
                "events",
                "courting",
            ),
            gives=("strengths", "strength_evidence", "gaps", "gap_contributions"),
        ),
        Study(
            "targets",
            N_("Rank target companies"),
            "yanlian.targets:TargetParams:rank_targets",
            needs=("segments", "firms", "placements", "gaps"),
            wants=(
                "supplies",
                "regions",
                "indicators",
                "events",
                "courting",
                "facts",
                "travel",
            ),
            gives=("targets", "target_contributions"),
        ),
        Study(
            "trip",
            N_("Plan a trip"),
            "yanlian.trips:TripParams:plan_trip",
            needs=("firms", "targets"),
            wants=("regions", "gaps", "travel", "visiting", "segments"),
            gives=("stops", "left_out", "trip_days", "trip_checks"),
        ),
        Study(
            "progress",
            N_("Measure progress"),
            "yanlian.progress:ProgressParams:measure_progress",
            needs=("progress_events",),
            wants=("kpi_definitions",),
            gives=("kpis", "kpi_rows"),
        ),
        Study(
            "ladder",
            N_("Rungs of the SRDI ladder"),
            "yanlian.ladder:LadderParams:assess_ladder",
            needs=("firms",),
            wants=("firm_measures",),
            gives=("ladder", "ladder_rules", "nearest"),
        ),
    )
}


def study(key: str) -> Study:
    """Return a study by its key.

    Raises
    ------
    ParamError
        When there is no such study.
    """
    if key not in STUDIES:
        raise ParamError(
            N_("There is no study %(key)s. Expected one of %(keys)s."),
            key=key,
            keys=", ".join(STUDIES),
        )
    return STUDIES[key]


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it; a number that misses is null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def run(
    key: str,
    tables: Mapping[str, Table],
    params: Params | None = None,
    *,
    seed: int = 0,
    store: Store | None = None,
    progress: Progress = no_progress,
) -> Run:
    """Carry out a study.

    Parameters
    ----------
    key : str
        Key of :data:`STUDIES`.
    tables : mapping of str to Table
        Input tables and results of earlier studies, by name.
    params : Params, optional
        Parameters; the defaults when absent.
    seed : int
        Seed of all chance in the study.
    store : Store, optional
        Where the run and its tables are kept; nowhere when absent. A run that is
        already there is read, not made again.
    progress : Progress, optional
        Called while the work goes on.

    Returns
    -------
    Run
        The same tables, parameters and seed give the same result and the same id.

    Raises
    ------
    TableError
        When a needed table is absent; names all that are.
    """
    chosen = study(key)
    values = params if params is not None else chosen.params()
    absent = [name for name in chosen.needs if name not in tables]
    if absent:
        findings = tuple(
            Finding(
                name,
                say(
                    N_(
                        "Study %(study)s needs table %(table)s. Add it to the workspace."
                    ),
                    study=say(chosen.label),
                    table=name,
                ),
                code="table.absent",
            )
            for name in absent
        )
        raise TableError(
            N_("%(count)s tables are absent."), findings=findings, count=len(absent)
        )
    used = {n: tables[n] for n in (*chosen.needs, *chosen.wants) if n in tables}
    inputs = {name: table.hash for name, table in used.items()}
    fingerprint = plain(
        {
            "study": key,
            "params": values.as_dict(),
            "inputs": inputs,
            "seed": seed,
            "code": stores.versions()["code"],
        }
    )
    text = json.dumps(fingerprint, sort_keys=True, ensure_ascii=False)
    run_id = f"{key}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if store is not None and store.has(run_id):
        return store.load(run_id)
    started = time.perf_counter()
    result = chosen.function(used, values, seed=seed, progress=progress)
    manifest = plain(
        {
            "id": run_id,
            "study": key,
            "params": values.as_dict(),
            "seed": seed,
            "inputs": inputs,
            "results": {name: table.hash for name, table in result.tables.items()},
            "rows": {name: len(table) for name, table in result.tables.items()},
            "summary": dict(result.summary),
            "notes": [
                {"code": n.code, "en": n.say.en, "zh": n.say.zh, "rows": n.rows}
                for n in result.notes
            ],
            "versions": stores.versions(),
            "time": stores.now(),
            "duration_s": round(time.perf_counter() - started, 3),
        }
    )
    made = Run(run_id, key, values.as_dict(), result, manifest)
    if store is not None:
        store.save(made, used)
    return made
