"""The one place for files: tables by content hash, one immutable folder per run."""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanlian.errors import SourceError, StoreError, YanlianError
from yanlian.results import Note, Result
from yanlian.tables import Table, hash_columns, load_columns, schema, write_parquet
from yanlian.tables.wording import reason_of
from yanlian.text import N_, Say

_log = logging.getLogger(__name__)
# No study writes for a day; what is older was left by a process that was killed.
_LEFTOVER_S = 86_400
# What a manifest must hold for a run to be listed and loaded.
_MANIFEST = {
    "id": str,
    "study": str,
    "time": str,
    "params": dict,
    "inputs": dict,
    "results": dict,
    "summary": dict,
    "notes": list,
}


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

    Everything is written under a name of its own and then renamed: a process that is
    killed leaves what was there before, and at most a ``.part`` that nobody reads and
    that is removed a day later. Two processes may store the same thing at once.

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

    def _table_path(self, name: str, table_hash: str) -> Path:
        return self._tables / f"{name}-{table_hash}.parquet"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn what stops the writing into an error that says what to do."""
        try:
            yield
        except (OSError, SourceError) as error:
            cause = error.__cause__ if isinstance(error, SourceError) else error
            raise StoreError(
                N_(
                    "The store %(folder)s cannot be written: %(reason)s. Make room, or "
                    "choose a workspace you may write to. What was stored before is "
                    "unchanged."
                ),
                folder=str(self.folder),
                reason=reason_of(cause if isinstance(cause, Exception) else error),
            ) from error

    def put(self, table: Table) -> str:
        """Store a table and return its hash; storing it again does nothing.

        Raises
        ------
        StoreError
            When there is no room, or no right to write.
        """
        path = self._table_path(table.name, table.hash)
        if not path.is_file():
            with self._writing():
                self._tables.mkdir(parents=True, exist_ok=True)
                write_parquet(table, path)
        return table.hash

    def get(self, name: str, table_hash: str) -> Table:
        """Return a stored table.

        The hash is that of the columns in the file: a table stays readable when a later
        version knows more columns, or fewer.

        Raises
        ------
        StoreError
            When it is absent or damaged, or when its content no longer has its hash.
        """
        path = self._table_path(name, table_hash)
        if not path.is_file():
            raise StoreError(
                N_(
                    "The store has no table %(name)s with hash %(hash)s. Run the study "
                    "again or restore the folder from a backup."
                ),
                name=name,
                hash=table_hash[:12],
            )
        try:
            columns = load_columns(path)
        except (SourceError, OSError) as error:
            raise StoreError(
                N_(
                    "Stored table %(name)s with hash %(hash)s is damaged. Restore "
                    "%(path)s from a backup, or remove it and run the study again."
                ),
                name=name,
                hash=table_hash[:12],
                path=str(path),
            ) from error
        if hash_columns(name, columns) != table_hash:
            raise StoreError(
                N_(
                    "Stored table %(name)s no longer has hash %(hash)s: the file was "
                    "changed. Restore %(path)s from a backup, or remove it and run the "
                    "study again."
                ),
                name=name,
                hash=table_hash[:12],
                path=str(path),
            )
        try:
            known = schema(name).by_name
            return Table(name, {c: v for c, v in columns.items() if c in known})
        except (YanlianError, ValueError) as error:
            raise StoreError(
                N_(
                    "Stored table %(name)s with hash %(hash)s was written by another version "
                    "and cannot be shown by this one. Run the study again."
                ),
                name=name,
                hash=table_hash[:12],
            ) from error

    def save(self, run: Run, inputs: dict[str, Table]) -> Path:
        """Store a run; the folder appears whole or not at all.

        Raises
        ------
        StoreError
            When there is no room, or no right to write.
        """
        for table in (*inputs.values(), *run.result.tables.values()):
            self.put(table)
        target = self._runs / run.id
        if self.has(run.id):
            return target
        text = json.dumps(run.manifest, ensure_ascii=False, indent=1, sort_keys=True)
        # A name of its own: two processes, or two threads of one, may save this run.
        part = self._runs / f".{run.id}.{secrets.token_hex(4)}.part"
        with self._writing():
            self._sweep()
            try:
                part.mkdir(parents=True)
                with (part / "manifest.json").open("w", encoding="utf-8") as file:
                    file.write(text + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                self._place(part, target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        return target

    def _place(self, part: Path, target: Path) -> None:
        """Give a whole folder its name; one that is there and damaged makes way."""
        try:
            part.rename(target)
        except OSError:
            if self.has(target.name):
                # Another process has stored the same run in the meantime.
                return
            old = part.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
            with contextlib.suppress(FileNotFoundError):
                target.rename(old)
            part.rename(target)
            shutil.rmtree(old, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what processes that were killed have left behind a day ago."""
        before = time.time() - _LEFTOVER_S
        for folder in (self._tables, self._runs):
            for path in folder.glob(".*.part") if folder.is_dir() else ():
                # Another process may remove it at the same time.
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime >= before:
                        continue
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)

    def runs(self, study: str | None = None) -> list[dict[str, Any]]:
        """Return the manifests of stored runs, newest first.

        A run whose manifest is damaged is left out and logged: one bad file must not
        hide all other runs. Loading it says what is wrong.
        """
        found = []
        for folder in self._runs.iterdir() if self._runs.is_dir() else ():
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            try:
                manifest = self._manifest(folder)
            except StoreError as error:
                _log.warning("%s", error)
                continue
            if study in {None, manifest["study"]}:
                found.append(manifest)
        return sorted(found, key=lambda m: (m["time"], m["id"]), reverse=True)

    def _manifest(self, folder: Path) -> dict[str, Any]:
        try:
            text = (folder / "manifest.json").read_text(encoding="utf-8")
            manifest: dict[str, Any] = json.loads(text)
            for key, kind in _MANIFEST.items():
                if not isinstance(manifest[key], kind):
                    raise TypeError(key)
            if manifest["id"] != folder.name:
                raise ValueError(manifest["id"])
            if not all(
                {"code", "en", "zh", "rows"} <= set(n) for n in manifest["notes"]
            ):
                raise ValueError("notes")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(
                N_(
                    "The manifest of run %(run)s cannot be read. Restore the folder from a "
                    "backup, or remove it and run the study again."
                ),
                run=folder.name,
            ) from error
        return manifest

    def has(self, run_id: str) -> bool:
        """Tell whether a run is stored with its manifest and all result tables.

        A run that lacks one of them counts as absent, so that it is made again.
        """
        try:
            manifest = self._manifest(self._runs / run_id)
        except StoreError:
            return False
        return all(
            self._table_path(name, table_hash).is_file()
            for name, table_hash in manifest["results"].items()
        )

    def load(self, run_id: str) -> Run:
        """Return a stored run with its result tables.

        Raises
        ------
        StoreError
            When there is no such run, or when a part of it is absent or damaged.
        """
        folder = self._runs / run_id
        if folder.parent != self._runs or run_id.startswith(".") or not folder.is_dir():
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
