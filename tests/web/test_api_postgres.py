"""The interface on PostgreSQL: its tests run there once more."""

import os
import subprocess
import sys

import pytest

from tests.web.databases import ROOT, postgresql

pytestmark = [pytest.mark.postgres, pytest.mark.filterwarnings("ignore")]
MODULES = ["api", "api_reading", "api_tokens", "api_webhooks", "api_anything"]


def test_the_interface_on_postgresql():
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env["YANLIAN_API_EXAMPLES"] = "1"
    with postgresql() as address:
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                "-p", "no:xdist", "--create-db",
                *(f"tests/web/test_{name}.py" for name in MODULES),
            ],
            env={**env, "DATABASE_URL": address}, cwd=ROOT, capture_output=True,
            text=True, timeout=900,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
