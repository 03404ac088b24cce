"""The store: content hashes, whole runs, damage found."""

import pytest

from yanlian import studies
from yanlian.errors import ParamError, StoreError, TableError
from yanlian.results import Note, Result
from yanlian.store import Run, Store
from yanlian.tables import Table
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


def test_a_study_names_every_table_it_lacks():
    with pytest.raises(TableError) as caught:
        studies.run("gaps", {})
    assert [f.where for f in caught.value.findings] == ["segments", "supplies"]


def test_an_unknown_study_names_the_known_ones():
    with pytest.raises(ParamError, match="place, gaps, targets, trip"):
        studies.study("nothing")
