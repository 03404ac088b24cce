"""Out of one database and into another: the same bytes again; killed: all or nothing."""

import json
import os
from pathlib import Path

import pytest

from tests.web.databases import BOTH, ROOT, database, run  # noqa: F401 -- a fixture
from yanlian import job

CASE = str(Path(__file__).parent / "archive_case.py")
TIMES = int(os.environ.get("YANLIAN_KILLS", "8"))


def step(env, *words):
    return json.loads(run(env, CASE, *map(str, words), seconds=900).splitlines()[-1])


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Everything of the sample with its training data, out of SQLite."""
    place = tmp_path_factory.mktemp("first")
    folder = job.copy_sample(place / "case" / "yongkang")
    job.run_to(job.open_workspace(folder), "trip")
    env = {
        **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        "YANLIAN_DATA": str(place / "data"),
        "DJANGO_SETTINGS_MODULE": "yanlian_web.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    step(env, "fill", folder)
    left = step(env, "leave", place / "one.zip")
    assert left["rows"] > 3000
    assert left["files"] > 20
    return place / "one.zip", left


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_an_installation_moves_to_another_database(archive, database, tmp_path):  # noqa: F811
    database["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    path, left = archive
    killed = step(database, "killed", path, tmp_path / "place", TIMES)
    assert killed["half"] == []
    if not killed["rows"]:
        # Whatever the killed ones left behind is in nobody's way.
        entered = step(database, "enter", path, tmp_path / "place", left["print"])
        assert entered == {"rows": left["rows"], "files": left["files"]}
    assert step(database, "look") == {"rows": left["rows"], "intact": True}
    again = step(database, "leave", tmp_path / "two.zip")
    assert again == left
    assert (tmp_path / "two.zip").read_bytes() == path.read_bytes()
    second = step(database, "enter", path, tmp_path / "place")
    assert set(second["codes"]) == {"archive.not_empty"}
