"""The main job: a workspace of tables, all studies in order, and the papers."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yanlian import studies
from yanlian.errors import SourceError
from yanlian.params import Params, describe
from yanlian.reports import write_papers
from yanlian.results import Progress, no_progress
from yanlian.store import Run, Store
from yanlian.tables import Table, read_workspace
from yanlian.text import N_, pick, say

SAMPLES = Path(__file__).parent / "sample"
SAMPLE = SAMPLES / "yongkang"
STEPS = ("place", "gaps", "targets", "trip")


@dataclass(frozen=True)
class Workspace:
    """A folder of tables with its settings.

    Attributes
    ----------
    folder : Path
        Where the tables are; the store is in ``.yanlian`` inside it.
    tables : dict of str to Table
        Input tables by name.
    settings : dict
        Content of ``workspace.toml``: both names, and ``params.<study>``.
    """

    folder: Path
    tables: dict[str, Table]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """Return the store of the workspace."""
        return Store(self.folder / ".yanlian")

    def name(self, lang: str) -> str:
        """Return the name of the workspace in ``lang``."""
        named = pick(
            lang, self.settings.get("name_en", ""), self.settings.get("name_zh", "")
        )
        return named or self.folder.name

    def params(self, key: str, changes: Mapping[str, Any] | None = None) -> Params:
        """Return a study's parameters: defaults, then the workspace, then changes.

        A setting of the workspace that the study has no parameter for is an error,
        except ``region`` and ``as_of``, which every study that knows them takes.
        """
        cls = studies.study(key).params
        known = {info.name for info in describe(cls)}
        values = dict(self.settings.get("params", {}).get(key, {}))
        for name in ("region", "as_of"):
            if name in known and name in self.settings:
                values.setdefault(name, self.settings[name])
        return cls.of({**values, **(changes or {})})


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the settings of a workspace; none when it has no ``workspace.toml``.

    Raises
    ------
    SourceError
        When the file cannot be read, or its ``params`` are not one table per study.
    """
    path = folder / "workspace.toml"
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SourceError(
            N_("%(path)s cannot be read: %(reason)s. Correct the line."),
            path=path.name,
            reason=str(error),
        ) from error
    params = found.get("params", {})
    wrong = [] if isinstance(params, dict) else ["params"]
    if not wrong:
        wrong = [
            f"params.{key}"
            for key, values in params.items()
            if not isinstance(values, dict) or key not in studies.STUDIES
        ]
    if wrong:
        raise SourceError(
            N_(
                "%(path)s has settings that are no parameters of a study: %(found)s. "
                "Expected tables such as [params.gaps]; studies are %(studies)s."
            ),
            path=path.name,
            found=", ".join(wrong),
            studies=", ".join(studies.STUDIES),
        )
    return found


def open_workspace(folder: Path | str) -> Workspace:
    """Read and check all tables and the settings of a workspace folder."""
    folder = Path(folder)
    settings = read_settings(folder)
    tables = read_workspace(folder)
    region = settings.get("region", "")
    if region and "regions" in tables and region not in tables["regions"]["region_id"]:
        raise SourceError(
            N_(
                "workspace.toml names the home region %(region)s, which is not in the "
                "table of regions. Correct the name or add the region."
            ),
            region=region,
        )
    return Workspace(folder, tables, settings)


def copy_sample(folder: Path) -> Path:
    """Copy the built-in case into a folder; tables that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(SAMPLE.iterdir()):
        target = folder / path.name
        if path.is_file() and not target.exists():
            shutil.copyfile(path, target)
    return folder


def run_to(
    workspace: Workspace,
    last: str,
    *,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    keep: bool = True,
    progress: Progress = no_progress,
) -> dict[str, Run]:
    """Carry out the studies of the main job up to ``last``, or one beside it.

    Parameters
    ----------
    workspace : Workspace
        Tables and settings.
    last : str
        Key of the last study. One that is no step of the main job is carried out
        alone.
    changes : mapping of study key to parameter values, optional
        Parameters that differ from the workspace's own.
    seed : int
        Seed of every study.
    keep : bool
        Whether the runs are stored in the workspace.
    progress : Progress, optional
        Called while the work goes on.

    Returns
    -------
    dict of str to Run
        Runs by study key, in order.
    """
    steps = STEPS[: STEPS.index(last) + 1] if last in STEPS else (last,)
    # Wrong parameters of a late study must not cost the time of the early ones.
    params = {key: workspace.params(key, (changes or {}).get(key)) for key in steps}
    tables = dict(workspace.tables)
    runs: dict[str, Run] = {}
    for number, key in enumerate(steps):
        progress(number, len(steps), say(studies.study(key).label))
        made = studies.run(
            key,
            tables,
            params[key],
            seed=seed,
            store=workspace.store if keep else None,
            progress=progress,
        )
        runs[key] = made
        tables.update(made.result.tables)
    progress(len(steps), len(steps), say(N_("All studies are done.")))
    return runs


def all_tables(workspace: Workspace, runs: Mapping[str, Run]) -> dict[str, Table]:
    """Return the input tables and all result tables of the runs."""
    tables = dict(workspace.tables)
    for made in runs.values():
        tables.update(made.result.tables)
    return tables


def papers(
    workspace: Workspace,
    runs: Mapping[str, Run],
    folder: Path,
    *,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write the papers of the trip: PDF, DOCX, XLSX and ICS."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_papers(
        all_tables(workspace, runs),
        {key: made.manifest for key, made in runs.items()},
        folder,
        settings=workspace.settings,
        progress=progress,
    )
