"""Companies on file twice: what the search finds, and how long it, merging and its way back take.

Names: the full names of 2,467 listed firms of China (see the part on names), and three hundred of them
a second time with one slip. The least score of a pair, 0.5, was chosen with these names before the
eyes, so the figures flatter it; many of the wrong pairs are sisters of one group. Desk: companies with
invented names, one of which has a hundred meetings and a hundred promises, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.desk import _database
from benchmarks.measure import measured
from benchmarks.names import listed_firms
from yanlian.identity import twin_names

TWICE = 300
ROWS = 100
ROUNDS = 10
CITIES = (
    "永康",
    "宁波",
    "合肥",
    "苏州",
    "无锡",
    "常州",
    "嘉兴",
    "金华",
    "温州",
    "台州",
)
SIGNS = "海岳华星新能金鼎宏远天成瑞达百川云龙安泰恒力永兴德中正邦嘉禾飞鸿博源科众诚信盛鑫隆泽润"
TRADES = ("五金制品", "新能源科技", "精密机械", "电池材料", "汽车零部件", "智能装备")


def _without_form(name: str, chance: random.Random) -> str:
    return name.replace("股份有限公司", "").replace("有限公司", "")


def _letter_lost(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 4)
    return name[:at] + name[at + 1 :]


SLIPS: dict[str, Callable[[str, random.Random], str]] = {
    "without its legal form": _without_form,
    "a letter left out": _letter_lost,
}


def _found() -> list[dict[str, object]]:
    firms = [*listed_firms("test"), *listed_firms("tune")]
    full = [firm["full_name"] for firm in firms]
    chance = random.Random(3)
    chosen = chance.sample(range(len(firms)), TWICE)
    rows: list[dict[str, object]] = []
    for slip in (*SLIPS, "short name"):
        names = list(full)
        for at in chosen:
            made = SLIPS.get(slip)
            names.append(made(full[at], chance) if made else firms[at]["short_name"])
        right = {(at, len(full) + n) for n, at in enumerate(chosen)}
        begun = time.perf_counter()
        twins = twin_names(names)
        taken = time.perf_counter() - begun
        pairs = set(zip(twins.first.tolist(), twins.second.tolist(), strict=True))
        rows.append(
            {
                "a second entry": slip,
                "pairs found": len(pairs),
                "precision": round(len(pairs & right) / len(pairs), 3),
                "recall": round(len(pairs & right) / TWICE, 3),
                "seconds": round(taken, 1),
            }
        )
    return rows


def _name(chance: random.Random) -> str:
    sign = "".join(chance.sample(SIGNS, chance.choice((2, 3, 3, 4))))
    return f"{chance.choice(CITIES)}{sign}{chance.choice(TRADES)}有限公司"


def _serve(size: int, database: str) -> list[dict[str, Any]]:
    """Measure one database of one size, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="merging-") as folder, _database(database):
        Path(folder).chmod(0o755)
        os.environ["YANLIAN_DATA"] = folder
        import django

        django.setup()
        office, by, firms = _filled(size)
        return _measured(office, by, firms)


def _filled(size: int) -> tuple[Any, Any, list[Any]]:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import Company, Meeting, Promise
    from yanlian_web.offices.models import Member, Office

    call_command("migrate", verbosity=0, interactive=False)
    office = Office.objects.create(slug="m", name_en="M", workspace="/nowhere")
    user = get_user_model().objects.create(username="m")
    by = Member.objects.create(user=user, office=office, role="officer")
    chance, day = random.Random(5), today()
    names = [_name(chance) for _ in range(size)]
    Company.objects.bulk_create(
        [
            Company(
                office=office, firm_id=f"N{at}", name_zh=name, search=name, sort=name,
                in_tables=False, made_by=by,
            )
            for at, name in enumerate(names)
        ],
        batch_size=2000,
    )  # fmt: skip
    firms = list(Company.objects.order_by("pk")[:2])
    common = {"office": office, "company": firms[1], "owner": by, "made_by": by}
    Meeting.objects.bulk_create(
        Meeting(
            way="call", title_en=str(at), on=day, start_min=540, end_min=600, **common
        )
        for at in range(ROWS)
    )
    Promise.objects.bulk_create(
        Promise(
            side="ours",
            text_en=str(at),
            made_on=day,
            due_on=day,
            due_first=day,
            **common,
        )
        for at in range(ROWS)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return office, by, firms


def _measured(office: Any, by: Any, firms: list[Any]) -> list[dict[str, Any]]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from yanlian_web.desk.actions.records import record_change
    from yanlian_web.merging.actions import companies_merge, merge_part, pairs_search

    rows = []
    for name in ("search of all companies", "search after one was changed"):
        begun = time.perf_counter()
        pairs = pairs_search(by=by)
        rows.append({"what": name, "taken": [time.perf_counter() - begun], "n": pairs})
        _age(firms[0])
        record_change(
            by=by,
            kind="company",
            pk=firms[0].pk,
            version=None,
            values={"note_en": name},
        )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(by.user)
    kept, other = firms
    beside = reverse("companies-merge", args=[kept.firm_id]) + f"?with={other.firm_id}"
    for name, path in (("the queue", reverse("duplicates")), ("side by side", beside)):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        queries = len(asked)
        taken = []
        for _ in range(3 * ROUNDS):
            begun = time.perf_counter()
            answer = client.get(path)
            taken.append(time.perf_counter() - begun)
            assert answer.status_code == 200
        rows.append({"what": name, "taken": taken, "n": queries})
    merging, parting = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        made = companies_merge(by=by, kept=kept.pk, other=other.pk)
        merging.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        merge_part(by=by, pk=made.pk)
        parting.append(time.perf_counter() - begun)
    rows.append({"what": f"merge, {2 * ROWS} rows move", "taken": merging, "n": ""})
    rows.append({"what": "take apart again", "taken": parting, "n": ""})
    return rows


def _age(firm: Any) -> None:
    """Let all companies but one look as if they were entered long ago."""
    import datetime

    from django.utils import timezone

    from yanlian_web.desk.models import Company

    old = timezone.now() - datetime.timedelta(days=30)
    Company.objects.update(made_at=old, changed_at=old)


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure names and both databases."""
    size = 3_000 if quick else 100_000
    rows = _found()
    for database in ("SQLite", "PostgreSQL"):
        found, _, peak = measured(_serve, size, database)
        for item in found:
            taken = item["taken"]
            rows.append(
                {
                    f"{database}, {size:,} companies": item["what"],
                    "median s": round(float(np.median(taken)), 3),
                    "p95 s": round(float(np.quantile(taken, 0.95)), 3),
                    "pairs or queries": item["n"],
                }
            )
        rows.append({f"{database}, peak MB": round(peak)})
    return rows
