"""Server time of every page in one process, signed in as a head of office, after two
requests that fill the caches; the machine's own network is left out. The large case has
the sample's chain and 100,000 companies, all placed and ranked.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import measured
from benchmarks.workspaces import workspace_of

REQUESTS = 40
PAGES = (
    "/",
    "/chain/",
    "/chain/?segment=C45",
    "/chain/?view=table",
    "/gaps/",
    "/gaps/?w_demand=2",
    "/companies/",
    "/companies/?page=40",
    "/companies/?q=wanda",
    "/companies/?q=yk%20wj",
    "/companies/?where=outside&titles=yes",
    "/companies/?view=map",
    "/companies/?view=board",
    "/companies/?view=board&q=wanda",
    "/companies/X001/",
    "/search/?q=wdxx",
    "/trips/",
    "/trips/TRIP/",
    "/runs/",
    "/sources/",
    "/data/",
    "/studies/trip/new/",
    "/help/",
)
LISTS = ("/companies/", "/search/", "/gaps/", "/trips/", "/runs/")


def _serve(firms: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "case"
        os.environ["YANLIAN_DATA"] = str(Path(name) / "data")
        from yanlian import job

        workspace = workspace_of(folder, firms)
        trip = job.run_to(workspace, "trip")["trip"].id
        from yanlian_web.runner import prepare

        started = time.perf_counter()
        office, _ = prepare(folder)
        opened = time.perf_counter() - started
        from django.test import Client

        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(office.members.get(role="head").user)
        rows = []
        for page in PAGES:
            path = page.replace("TRIP", trip)
            for _ in range(2):
                response = client.get(path)
            taken = []
            for _ in range(REQUESTS):
                begun = time.perf_counter()
                response = client.get(path)
                taken.append(1000 * (time.perf_counter() - begun))
            assert response.status_code == 200, (path, response.status_code)
            rows.append(
                {
                    "page": page,
                    "median": float(np.median(taken)),
                    "p95": float(np.quantile(taken, 0.95)),
                    "kB": len(response.content) / 1000,
                }
            )
        rows.append({"page": "opening the office", "median": 1000 * opened})
        return rows


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure the pages on the sample and with many companies."""
    large = 5_000 if quick else 100_000
    small, _, small_mb = measured(_serve, 0)
    many, _, many_mb = measured(_serve, large)
    rows: list[dict[str, object]] = []
    for a, b in zip(small, many, strict=True):
        path = str(a["page"])
        row: dict[str, object] = {"page": f"`{path}`" if path[0] == "/" else path}
        for head, item in (("sample", a), (f"{large:,} companies", b)):
            row[f"{head}: median ms"] = round(item["median"], 1)
            row[f"{head}: p95 ms"] = round(item["p95"], 1) if "p95" in item else ""
        row["kB"] = round(b["kB"]) if "kB" in b else ""
        row["aim p95"] = "150 ms" if path.startswith(LISTS) else ""
        rows.append(row)
    rows.append({"process": "sample", "peak MB with all studies": round(small_mb)})
    rows.append(
        {"process": f"{large:,} companies", "peak MB with all studies": round(many_mb)}
    )
    return rows
