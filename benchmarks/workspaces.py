"""Workspaces of any size: the sample with its firms repeated under other names."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from yanlian import job
from yanlian.tables import Table, read_workspace, write_parquet

SYLLABLES_EN = [
    "hua",
    "xin",
    "da",
    "yong",
    "li",
    "sheng",
    "tai",
    "rui",
    "heng",
    "bo",
    "jin",
    "long",
    "chang",
    "ming",
    "de",
]
SYLLABLES_ZH = "华新达永利盛泰瑞恒博金隆昌明德"


def more_firms(firms: Table, count: int, seed: int = 0) -> Table:
    """Return ``count`` firms: the given ones, then copies with other names and sizes."""
    rng = np.random.default_rng(seed)
    picked = np.concatenate(
        [np.arange(len(firms)), rng.integers(0, len(firms), max(count - len(firms), 0))]
    )[:count]
    columns: dict[str, Any] = {name: firms[name][picked] for name in firms.columns}
    copy = np.arange(count) >= len(firms)
    parts = rng.integers(0, len(SYLLABLES_EN), (count, 3))
    for column, join, syllables in (
        ("name_en", "".join, SYLLABLES_EN),
        ("name_zh", "".join, SYLLABLES_ZH),
    ):
        made = columns[column].copy()
        for row in np.flatnonzero(copy):
            mark = join(syllables[k] for k in parts[row])
            made[row] = f"{mark.title() if column == 'name_en' else mark}{made[row]}"
        columns[column] = made
    ids = columns["firm_id"].copy()
    ids[copy] = [f"N{row:07d}" for row in np.flatnonzero(copy)]
    columns["firm_id"] = ids
    for column in ("aliases", "credit_code", "stock_code"):
        columns[column] = np.where(copy, "", columns[column])
    shift = np.where(copy, rng.normal(0, 0.2, count), 0)
    columns["lat"], columns["lon"] = (
        columns["lat"] + shift,
        columns["lon"] + shift[::-1],
    )
    return Table("firms", columns)


def workspace_of(folder: Path, firms: int) -> job.Workspace:
    """Return a workspace with the sample's chain and so many firms."""
    job.copy_sample(folder)
    if firms:
        tables = read_workspace(folder)
        (folder / "firms.csv").unlink()
        write_parquet(more_firms(tables["firms"], firms), folder / "firms.parquet")
    return job.open_workspace(folder)


def emptied(folder: Path) -> Path:
    """Return a folder that is there and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
