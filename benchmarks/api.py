"""Server time of the interface over 100,000 companies, with a token of a head.

One client in one process, after two requests that fill the caches, with the number of
SQL queries. *small* is the training data on the built-in case. The description is made
once for each process; its first row is the making of it.
"""

from __future__ import annotations

import datetime
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workspaces import workspace_of

REQUESTS = 20
PATHS = (
    "/companies",
    "/companies?page=1500",
    "/companies?size=200",
    "/companies?sort=sort",
    "/companies?sort=-changed_at",
    "/companies?q=precision",
    "/companies?tier=A",
    "/companies?after=0&size=200",
    "/companies?after=90000&size=200",
    "/deals",
    "/deals?stage=S3",
    "/deals?sort=-stage_on",
    "/promises?due_on_to=2026-06-30&sort=due_on",
    "/meetings?sort=-on",
    "/people?q=lin",
    "/companies/COMPANY",
    "/deals/DEAL",
    "/deals/DEAL/gate",
    "/gaps/GAP/trace",
    "/indicators",
    "/indicators/K02",
    "/results/targets",
    "/log",
    "/search?q=precision",
    "/me",
)


def _serve(size: int, put: Any) -> None:
    """Measure one size, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="api-") as name:
        folder = Path(name) / "yongkang"
        os.environ["YANLIAN_DATA"] = str(Path(name) / "data")
        os.environ["YANLIAN_API_PER_MINUTE"] = "1000000"
        os.environ["DJANGO_SETTINGS_MODULE"] = "yanlian_web.settings"
        os.environ.pop("DATABASE_URL", None)
        from yanlian import job

        workspace = workspace_of(folder, size)
        job.run_to(workspace, "trip")
        from yanlian_web.runner import prepare, sample_load

        office, _ = prepare(folder)
        if size:
            from benchmarks.desk_data import fill

            fill(office, size)
        else:
            sample_load(office)
        put.put(_measured(office))


def _measured(office: Any) -> list[dict[str, Any]]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from yanlian_web.api.actions import token_make
    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import Company, Deal, Gap

    head = office.members.get(role="head")
    until = today() + datetime.timedelta(days=1)
    _, secret = token_make(by=head, name="bench", scope="read", expires_on=until)
    client = Client(headers={"host": "127.0.0.1", "Authorization": f"Bearer {secret}"})
    words = {
        "COMPANY": Company.objects.filter(office=office).order_by("pk")[0].pk,
        "DEAL": Deal.objects.filter(office=office).order_by("pk")[0].pk,
        "GAP": Gap.objects.filter(office=office).order_by("pk")[0].pk,
    }
    begun = time.perf_counter()
    assert client.get("/api/v1/openapi.json").status_code == 200
    rows = [
        {
            "address": "/openapi.json, the first",
            "median": 1000 * (time.perf_counter() - begun),
        }
    ]
    for path in PATHS:
        for word, value in words.items():
            path = path.replace(word, str(value))
        for _ in range(2):
            client.get(f"/api/v1{path}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/api/v1{path}")
        taken = []
        for _ in range(REQUESTS):
            begun = time.perf_counter()
            response = client.get(f"/api/v1{path}")
            taken.append(1000 * (time.perf_counter() - begun))
        assert response.status_code == 200, (path, response.content[:500])
        rows.append(
            {
                "address": path,
                "median": float(np.median(taken)),
                "p95": float(np.quantile(taken, 0.95)),
                "queries": len(asked),
            }
        )
    return rows


def run(*, quick: bool = False) -> list[dict[str, object]]:
    """Return one row per address and size."""
    sizes = {"small": 0, "2,000 companies" if quick else "100,000 companies": 2000 if quick else 100_000}  # fmt: skip
    found: list[dict[str, object]] = []
    start = multiprocessing.get_context("spawn")
    for label, size in sizes.items():
        queue = start.Queue()
        process = start.Process(target=_serve, args=(size, queue))
        process.start()
        rows = queue.get()
        process.join()
        for row in rows:
            found.append(
                {
                    "size": label,
                    "address": row["address"],
                    "median ms": f"{row['median']:.1f}",
                    "p95 ms": f"{row.get('p95', row['median']):.1f}",
                    "queries": row.get("queries", ""),
                }
            )
    return found
