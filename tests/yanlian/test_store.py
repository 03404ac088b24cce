"""The store: content hashes, whole runs, damage found, nothing half written."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from yanlian import store as stores
from yanlian import studies
from yanlian.errors import ParamError, SourceError, StoreError, TableError
from yanlian.results import Note, Result
from yanlian.store import Run, Store
from yanlian.tables import Table, frame, schema
from yanlian.text import say


@pytest.fixture
def table():
    return Table.of(
        "supplies", [{"supplier_id": "A", "buyer_id": "B", "importance": 3}]
    )


@pytest.fixture
def made(table):
    manifest = {
        "id": "gaps-000000000000", "study": "gaps", "params": {}, "seed": 0,
        "inputs": {"supplies": table.hash}, "results": {"supplies": table.hash},
        "summary": {"gaps": 1}, "time": "2026-11-22T00:00:00+00:00",
        "notes": [{"code": "x", "en": "One.", "zh": "一。", "rows": 2}],
    }  # fmt: skip
    result = Result({"supplies": table}, {"gaps": 1}, (Note("x", say("One."), 2),))
    return Run("gaps-000000000000", "gaps", {}, result, manifest)


def test_a_table_is_stored_once_under_its_hash(tmp_path, table):
    store = Store(tmp_path)
    assert store.put(table) == store.put(table)
    assert len(list((tmp_path / "tables").iterdir())) == 1
    assert store.get("supplies", table.hash).hash == table.hash


def test_a_changed_file_is_noticed(tmp_path, table):
    store = Store(tmp_path)
    store.put(table)
    other = Table.of(
        "supplies", [{"supplier_id": "A", "buyer_id": "C", "importance": 3}]
    )
    store.put(other)
    paths = {p.name: p for p in (tmp_path / "tables").iterdir()}
    target = paths[f"supplies-{table.hash}.parquet"]
    paths[f"supplies-{other.hash}.parquet"].replace(target)
    with pytest.raises(StoreError, match="the file was changed"):
        store.get("supplies", table.hash)


def test_a_run_is_read_back_as_it_was_saved(tmp_path, made, table):
    store = Store(tmp_path)
    store.save(made, {"supplies": table})
    store.save(made, {"supplies": table})
    again = store.load(made.id)
    assert again.result.tables["supplies"].hash == table.hash
    assert again.result.notes[0].say.zh == "一。"
    assert [m["id"] for m in store.runs("gaps")] == [made.id]
    assert store.runs("trip") == []


@pytest.mark.parametrize("name", ["gaps-1", "../x", ".hidden", "a/b"])
def test_an_unknown_run_is_an_error(tmp_path, name):
    with pytest.raises(StoreError, match="has no run"):
        Store(tmp_path).load(name)


def test_a_half_written_run_is_not_listed(tmp_path):
    (tmp_path / "runs" / ".gaps-1.77.part").mkdir(parents=True)
    (tmp_path / "runs" / "gaps-2").mkdir()
    assert Store(tmp_path).runs() == []


def visible(folder):
    """Everything of a store that can be seen, read back and checked."""
    store = Store(folder)
    for path in sorted((folder / "tables").glob("*.parquet")):
        name, table_hash = path.stem.rsplit("-", 1)
        store.get(name, table_hash)
    return [store.load(manifest["id"]).id for manifest in store.runs()]


def leftovers(folder):
    return sorted(path.name for path in folder.rglob(".*"))


# A process that stores a table and a run and comes to an end at the step it is told.
CHILD = """
import os, signal, sys
from pathlib import Path
from yanlian.errors import StoreError
from yanlian.results import Result
from yanlian.store import Run, Store
from yanlian.tables import Table, frame, schema

folder, step = Path(sys.argv[1]), sys.argv[2]
rows = [{"supplier_id": f"A{i}", "buyer_id": "B"} for i in range(5000)]
table = Table.of("supplies", rows)
run_id = "gaps-" + step
manifest = {
    "id": run_id, "study": "gaps", "params": {}, "inputs": {}, "summary": {}, "notes": [],
    "results": {"supplies": table.hash}, "time": "2026-11-22T00:00:00+00:00",
}

def ending(calls):
    def end(*args, **kwargs):
        calls[0] -= 1
        if not calls[0]:
            os.kill(os.getpid(), signal.SIGKILL)
    return end

if step in {"1", "2"}:
    os.fsync = ending([int(step)])
elif step == "place":
    Store._place = ending([1])
elif step == "full":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
print("ready", flush=True)
sys.stdin.read()
try:
    run = Run(run_id, "gaps", {}, Result({"supplies": table}), manifest)
    Store(folder).save(run, {})
except StoreError as error:
    print(error.text("en"))
    print(error.text("zh"))
"""


def started(folder, step):
    command = [sys.executable, "-c", CHILD, str(folder), step]
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of Unix")


@unix
def test_a_process_that_is_killed_leaves_what_was_there(tmp_path, made, table):
    store = Store(tmp_path)
    store.save(made, {"supplies": table})
    before = visible(tmp_path)
    # While a table, while a manifest is written, and before a run gets its name.
    children = [started(tmp_path, step) for step in ("1", "2", "place")]
    for child in children:
        child.communicate()
        assert child.returncode == -signal.SIGKILL
    assert visible(tmp_path) == before
    assert len(leftovers(tmp_path)) == 3
    # They are removed a day later, by whoever saves next.
    for path in tmp_path.rglob(".*"):
        os.utime(path, (0, 0))
    child = started(tmp_path, "whole")
    assert child.communicate() == ("", None)
    assert sorted(visible(tmp_path)) == sorted([*before, "gaps-whole"])
    assert leftovers(tmp_path) == []


@unix
def test_a_full_disk_is_an_error_and_leaves_nothing_behind(tmp_path, made, table):
    Store(tmp_path).save(made, {"supplies": table})
    said, _ = started(tmp_path, "full").communicate()
    assert "larger than is allowed. Make room" in said
    assert "What was stored before is unchanged" in said
    assert "此前所存内容未受影响" in said
    assert visible(tmp_path) == [made.id]
    assert len(list((tmp_path / "tables").iterdir())) == 1
    assert leftovers(tmp_path) == []


@unix
def test_two_processes_may_save_the_same_run_at_once(tmp_path):
    children = [started(tmp_path, "same") for _ in range(2)]
    for child in children:
        child.stdin.close()
    for child in children:
        with child:
            assert child.stdout.read() == ""
        assert child.returncode == 0
    assert visible(tmp_path) == ["gaps-same"]
    assert leftovers(tmp_path) == []


def test_threads_may_save_the_same_run_at_once(tmp_path, made, table, monkeypatch):
    # All of them are ready to place their folder before any does.
    barrier = threading.Barrier(4, timeout=20)
    place = Store._place

    def together(self, part, target):
        barrier.wait()
        place(self, part, target)

    monkeypatch.setattr(Store, "_place", together)
    failed = []

    def save():
        try:
            Store(tmp_path).save(made, {"supplies": table})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert visible(tmp_path) == [made.id]
    assert leftovers(tmp_path) == []


def test_a_store_that_cannot_be_written_says_so(tmp_path, made, table):
    (tmp_path / "store").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be written.*unchanged") as caught:
        Store(tmp_path / "store").save(made, {"supplies": table})
    assert "无法写入" in caught.value.text("zh")


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_table_says_which_file_and_what_to_do(tmp_path, made, table, damage):
    store = Store(tmp_path)
    store.save(made, {"supplies": table})
    (path,) = (tmp_path / "tables").iterdir()
    raw = path.read_bytes()
    path.write_bytes({"cut": raw[:-30], "text": b"text", "empty": b""}[damage])
    with pytest.raises(
        StoreError, match=f"is damaged. Restore .*{path.name}"
    ) as caught:
        store.load(made.id)
    assert "已损坏" in caught.value.text("zh")
    # Removing it, as the error says, makes the run count as absent: it is made again.
    path.unlink()
    assert not store.has(made.id)
    with pytest.raises(StoreError, match="has no table supplies"):
        store.load(made.id)
    store.save(made, {"supplies": table})
    assert store.load(made.id).result.tables["supplies"].hash == table.hash


BROKEN = {
    "text": "not json",
    "cut": '{"id": "gaps-00',
    "list": "[]",
    "nothing": "{}",
    "deep": "[" * 100_000,
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("damage", [*BROKEN, "other id", "no results", "odd notes"])
def test_a_damaged_manifest_is_an_error_and_hides_no_other_run(
    tmp_path, made, table, damage, caplog
):
    store = Store(tmp_path)
    store.save(made, {"supplies": table})
    manifest = {**made.manifest, "id": "gaps-111111111111"}
    changed = {
        "other id": made.manifest,
        "no results": {**manifest, "results": None},
        "odd notes": {**manifest, "notes": [{"code": "x"}]},
    }
    folder = tmp_path / "runs" / "gaps-111111111111"
    folder.mkdir()
    raw = BROKEN.get(damage) or json.dumps(changed[damage])
    raw = raw if isinstance(raw, bytes) else raw.encode()
    (folder / "manifest.json").write_bytes(raw)
    assert [m["id"] for m in store.runs()] == [made.id]
    assert "gaps-111111111111" in caplog.text
    assert not store.has("gaps-111111111111")
    with pytest.raises(StoreError, match=r"manifest of run gaps-1+ cannot") as caught:
        store.load("gaps-111111111111")
    assert "清单无法读取" in caught.value.text("zh")
    # The same run saved again takes the place of the damaged one.
    again = Run("gaps-111111111111", "gaps", {}, made.result, manifest)
    store.save(again, {})
    assert store.load("gaps-111111111111").study == "gaps"
    assert leftovers(tmp_path) == []


def test_a_table_of_another_version_is_read_by_its_own_columns(
    tmp_path, table, monkeypatch
):
    Store(tmp_path).put(table)
    known = schema("supplies")
    fewer = dataclasses.replace(known, columns=known.columns[:4])
    more = dataclasses.replace(
        known,
        columns=(
            *known.columns,
            dataclasses.replace(known.columns[0], name="new", default=""),
        ),
    )
    for other in (fewer, more):
        monkeypatch.setattr(frame, "schema", lambda name, other=other: other)
        monkeypatch.setattr(stores, "schema", lambda name, other=other: other)
        again = Store(tmp_path).get("supplies", table.hash)
        assert again["buyer_id"].tolist() == ["B"]
        assert len(again.columns) == len(other.columns)


def test_a_table_that_no_version_knows_is_an_error(tmp_path, table, monkeypatch):
    Store(tmp_path).put(table)
    unknown = SourceError("There is no table named supplies.")

    def absent(name):
        raise unknown

    monkeypatch.setattr(stores, "schema", absent)
    with pytest.raises(StoreError, match="written by another version") as caught:
        Store(tmp_path).get("supplies", table.hash)
    assert "其他版本" in caught.value.text("zh")


def test_a_study_names_every_table_it_lacks():
    with pytest.raises(TableError) as caught:
        studies.run("gaps", {})
    assert [f.where for f in caught.value.findings] == ["segments", "supplies"]


def test_an_unknown_study_names_the_known_ones():
    with pytest.raises(ParamError, match="place, gaps, targets, trip"):
        studies.study("nothing")
