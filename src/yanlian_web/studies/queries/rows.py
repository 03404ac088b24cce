"""Rows of stored runs, read once and kept."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from yanlian import job
from yanlian.store import Run, Store
from yanlian.tables import Table
from yanlian.tables.files import INPUT_TABLES
from yanlian_web.offices.models import Office

Row = dict[str, Any]


def store_of(office: Office) -> Store:
    """Return the store of an office's workspace."""
    return Store(office.folder / ".yanlian")


@functools.lru_cache(maxsize=64)
def _run(folder: Path, run_id: str) -> Run:
    return Store(folder / ".yanlian").load(run_id)


@functools.lru_cache(maxsize=16)
def _inputs(folder: Path, run_id: str) -> dict[str, Table]:
    return Store(folder / ".yanlian").inputs(_run(folder, run_id).manifest)


@functools.lru_cache(maxsize=256)
def _rows(folder: Path, run_id: str, table: str) -> tuple[Row, ...]:
    made = _run(folder, run_id)
    found = made.result.tables.get(table)
    if found is None:
        found = _inputs(folder, run_id).get(table)
    return tuple(found.rows()) if found is not None else ()


@functools.lru_cache(maxsize=256)
def _by_key(folder: Path, run_id: str, table: str, key: str) -> dict[str, Row]:
    return {row[key]: row for row in _rows(folder, run_id, table)}


@functools.lru_cache(maxsize=128)
def _grouped(folder: Path, run_id: str, table: str, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in _rows(folder, run_id, table):
        found.setdefault(row[key], []).append(row)
    return found


def run_of(office: Office, run_id: str) -> Run:
    """Return a run of the office."""
    return _run(office.folder, run_id)


def inputs_of(office: Office, run_id: str) -> dict[str, Table]:
    """Return the input tables of a run."""
    return _inputs(office.folder, run_id)


def latest(office: Office, study: str) -> str | None:
    """Return the identifier of the newest run of a study."""
    runs = store_of(office).runs(study)
    return runs[0]["id"] if runs else None


def run_behind(office: Office, manifest: dict[str, Any], study: str) -> Run:
    """Return the run of a study whose result went into another run.

    Of several with the same result the newest counts; when none is on file, as for
    targets read from a file, the newest of the study.
    """
    wanted = manifest["inputs"].get(study)
    runs = store_of(office).runs(study)
    made = [run for run in runs if run["results"].get(study) == wanted]
    return run_of(office, (made or runs)[0]["id"])


def rows(office: Office, run_id: str, table: str) -> tuple[Row, ...]:
    """Return the rows of a result or input table of a run; none when it has none."""
    return _rows(office.folder, run_id, table)


def by_key(office: Office, run_id: str, table: str, key: str) -> dict[str, Row]:
    """Return rows of a table by a key column."""
    return _by_key(office.folder, run_id, table, key)


def grouped(office: Office, run_id: str, table: str, key: str) -> dict[str, list[Row]]:
    """Return rows of a table in groups of a key column."""
    return _grouped(office.folder, run_id, table, key)


def settings_of(office: Office) -> dict[str, Any]:
    """Return the settings of the office's workspace."""
    return job.read_settings(office.folder)


def run_key(office: Office) -> tuple[str, ...]:
    """Return the newest run of each step of the main job that has one."""
    found = (latest(office, study) for study in job.STEPS)
    return tuple(run_id for run_id in found if run_id)


def inputs_together(folder: Path, run_ids: tuple[str, ...]) -> dict[str, Table]:
    """Return the tables of the workspace that went into runs; later runs win."""
    found: dict[str, Table] = {}
    for run_id in run_ids:
        found |= _inputs(folder, run_id)
    return {name: table for name, table in found.items() if name in INPUT_TABLES}


def workspace_tables(office: Office) -> dict[str, Table]:
    """Return the input tables of all newest runs, or of the folder without runs."""
    known = run_key(office)
    if known:
        return inputs_together(office.folder, known)
    return job.open_workspace(office.folder).tables
