"""Fixtures shared by all tests: a place for the workbench's data, the sample job."""

import os
import tempfile

_DATA = tempfile.TemporaryDirectory(prefix="yanlian-test-")  # gone with the process
os.environ["YANLIAN_DATA"] = _DATA.name

# Django reads its place when it is first imported, so these come after.
import hypothesis  # noqa: E402
import pytest  # noqa: E402

from yanlian import job  # noqa: E402

# No test asserts a time, and none fails because the machine is busy.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")

pytest_plugins = ["tests.people", "tests.desk", "tests.merging", "tests.story"]


@pytest.fixture(scope="session")
def sample_job(tmp_path_factory):
    """The main job on the built-in case, with its workspace and runs."""
    folder = job.copy_sample(tmp_path_factory.mktemp("case") / "yongkang")
    workspace = job.open_workspace(folder)
    return workspace, job.run_to(workspace, "trip")
