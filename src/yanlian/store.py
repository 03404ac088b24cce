"""The one place for files: tables by content hash, one immutable folder per run."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanlian.errors import StoreError
from yanlian.results import Note, Result
from yanlian.tables import Table, read_file, write_parquet
from yanlian.text import N_, Say


@dataclass(frozen=True)
class Run:
    """One study carried out.

    Attributes
    ----------
    id : str
        ``<study>-<first twelve characters of the fingerprint>``.
    study : str
        Key of the study.
    params : dict
        Parameters as plain data.
    result : Result
        Tables, single figures and notes.
    manifest : dict
        Parameters, hashes of inputs and results, versions, seed and time.
    """

    id: str
    study: str
    params: dict[str, Any]
    result: Result
    manifest: dict[str, Any]


class Store:
    """Tables and runs in one folder.

    Parameters
    ----------
    folder : path
        Made when absent. ``tables/`` holds Parquet named by content hash, ``runs/``
        one folder per run. Nothing in it is ever changed.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._tables = self.folder / "tables"
        self._runs = self.folder / "runs"

    def put(self, table: Table) -> str:
        """Store a table and return its hash; storing it again does nothing."""
        self._tables.mkdir(parents=True, exist_ok=True)
        path = self._tables / f"{table.name}-{table.hash}.parquet"
        if not path.is_file():
            write_parquet(table, path)
        return table.hash

    def get(self, name: str, table_hash: str) -> Table:
        """Return a stored table.

        Raises
        ------
        StoreError
            When it is absent, or when its content no longer has its hash.
        """
        path = self._tables / f"{name}-{table_hash}.parquet"
        if not path.is_file():
            raise StoreError(
                N_(
                    "The store has no table %(name)s with hash %(hash)s. Run the study "
                    "again or restore the folder from a backup."
                ),
                name=name,
                hash=table_hash[:12],
            )
        table = read_file(path, name)[0][name]
        if table.hash != table_hash:
            raise StoreError(
                N_(
                    "Stored table %(name)s no longer has hash %(hash)s: the file was "
                    "changed. Restore it from a backup or run the study again."
                ),
                name=name,
                hash=table_hash[:12],
            )
        return table

    def save(self, run: Run, inputs: dict[str, Table]) -> Path:
        """Store a run; the folder appears whole or not at all."""
        for table in (*inputs.values(), *run.result.tables.values()):
            self.put(table)
        target = self._runs / run.id
        if target.is_dir():
            return target
        part = self._runs / f".{run.id}.{os.getpid()}.part"
        part.mkdir(parents=True, exist_ok=True)
        text = json.dumps(run.manifest, ensure_ascii=False, indent=1, sort_keys=True)
        (part / "manifest.json").write_text(text + "\n", encoding="utf-8")
        try:
            part.rename(target)
        except OSError:
            # Another process has stored the same run in the meantime.
            shutil.rmtree(part)
        return target

    def runs(self, study: str | None = None) -> list[dict[str, Any]]:
        """Return the manifests of stored runs, newest first."""
        found = []
        if self._runs.is_dir():
            for folder in self._runs.iterdir():
                if (
                    folder.name.startswith(".")
                    or not (folder / "manifest.json").is_file()
                ):
                    continue
                manifest = self._manifest(folder)
                if study in {None, manifest["study"]}:
                    found.append(manifest)
        return sorted(found, key=lambda m: (m["time"], m["id"]), reverse=True)

    def _manifest(self, folder: Path) -> dict[str, Any]:
        try:
            text = (folder / "manifest.json").read_text(encoding="utf-8")
            manifest: dict[str, Any] = json.loads(text)
        except (OSError, ValueError) as error:
            raise StoreError(
                N_(
                    "The manifest of run %(run)s cannot be read. Restore the folder from a "
                    "backup, or remove it and run the study again."
                ),
                run=folder.name,
            ) from error
        return manifest

    def has(self, run_id: str) -> bool:
        """Tell whether a run is stored."""
        return (self._runs / run_id / "manifest.json").is_file()

    def load(self, run_id: str) -> Run:
        """Return a stored run with its result tables."""
        folder = self._runs / run_id
        if "/" in run_id or run_id.startswith(".") or not folder.is_dir():
            raise StoreError(
                N_("The store has no run %(run)s. Choose one of the list of runs."),
                run=run_id,
            )
        manifest = self._manifest(folder)
        result = Result(
            tables={n: self.get(n, h) for n, h in manifest["results"].items()},
            summary=manifest["summary"],
            notes=tuple(
                Note(n["code"], Say(n["en"], n["zh"]), n["rows"])
                for n in manifest["notes"]
            ),
        )
        return Run(run_id, manifest["study"], manifest["params"], result, manifest)

    def inputs(self, manifest: dict[str, Any]) -> dict[str, Table]:
        """Return the input tables of a run."""
        return {name: self.get(name, h) for name, h in manifest["inputs"].items()}


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that a run's manifest names."""
    import platform
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in ("yanlian", "numpy", "scipy", "duckdb", "pyvrp"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    found["code"] = _code_hash()
    return found


def _code_hash() -> str:
    """Return the hash of the library's own files: other code, other run."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.suffix in {".py", ".csv", ".json"} and inner.parts[0] != "sample":
            digest.update(inner.as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
