"""Parquet: types are made plain, cells are checked, sizes are known beforehand."""

import duckdb
import pytest

from tests.yanlian.tables.conftest import checked, says, text_file
from yanlian.tables import Table, parquet, read_table, write_parquet


def made(folder, sql, name="firms.parquet"):
    path = folder / name
    target = str(path).replace("'", "''")
    with duckdb.connect() as db:
        db.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet)")
    return path


def test_typed_columns_are_checked_like_text(tmp_path):
    path = made(
        tmp_path,
        "SELECT * FROM (VALUES (NULL, 'A', 'guess', '2022-02-30', -5.0, 3.5),"
        " ('F2', '=B', 'stated', '2022-09-05', 'inf'::DOUBLE, 2000.0))"
        " t(firm_id, name_en, basis, checked_on, revenue_cny, founded)",
    )
    _, found = checked(path)
    assert "rows (1)" in says(found, "cell.empty", "firm_id").say.en
    says(found, "cell.choice", "rows 1: guess", zh=["第 1 行"])
    says(found, "cell.date", "rows 1: 2022-02-30")
    says(found, "cell.range", "rows 1: -5")
    says(found, "cell.number", "rows 2: inf")
    says(found, "cell.whole", "rows 1: 3.5")
    says(found, "cell.formula", "rows 2: =B", level="warning")


def test_wrong_types_are_read_where_nothing_is_lost(tmp_path):
    path = made(
        tmp_path,
        "SELECT 1 AS FIRM_ID, 2.5 AS name_en, 'many' AS employees,"
        " TIMESTAMPTZ '2022-09-05 10:00' AS checked_on, '1.2亿' AS revenue_cny,"
        " 2022 AS revenue_year, ['x', 'y'] AS aliases, 1234.5::DECIMAL(20, 2) AS lat,"
        " 'nan'::DOUBLE AS lon",
    )
    tables, found = checked(path)
    row = tables["firms"].rows()[0]
    assert (row["firm_id"], row["name_en"], row["aliases"]) == ("1", "2.5", "x; y")
    assert (row["checked_on"], row["revenue_cny"]) == ("2022-09-05", 120_000_000)
    says(found, "cell.number", "rows 1: many", zh=["不是数字"])
    says(found, "cell.range", "lat", "1234.5")


def test_nested_columns_are_named_with_their_type(tmp_path):
    path = made(
        tmp_path, "SELECT 'F1' firm_id, 'A' name_en, {'x': 1} note_en, 1 colour"
    )
    _, found = checked(path)
    says(found, "column.kind", "note_en holds STRUCT(x INTEGER)", zh=["STRUCT"])
    says(found, "column.unknown", ": colour.", level="warning")


def test_missing_columns_are_named(tmp_path):
    path = made(tmp_path, "SELECT 'A' supplier_id", "supplies.parquet")
    _, found = checked(path)
    says(found, "column.absent", "buyer_id", "Found: supplier_id", zh=["缺少列"])


def test_a_file_is_told_by_its_columns_and_an_unknown_one_is_not_guessed(tmp_path):
    path = made(tmp_path, "SELECT 'F1' firm_id, 'A' name_en, 3 employees", "a.parquet")
    tables, _ = checked(path)
    assert set(tables) == {"firms"}
    _, found = checked(made(tmp_path, "SELECT 1 x", "b.parquet"))
    says(found, "table.unknown", "Name the file", zh=["命名"])


def test_damaged_files_are_refused(tmp_path):
    path = made(tmp_path, "SELECT 'F1' firm_id, 'A' name_en")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[10:60] = b"\xff" * 50
    for raw in (whole[:-20], bytes(flipped), b"PAR1" + b"\0" * 100 + b"PAR1", b"text"):
        _, found = checked(text_file(tmp_path, "firms.parquet", raw))
        says(found, "file.unreadable", "Write it again", zh=["请重新写出"])


def test_too_many_cells_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_CELLS", 300_000)
    path = made(
        tmp_path, "SELECT 'F1' firm_id, 'A' name_en, 1 other FROM range(200000)"
    )
    _, found = checked(path)
    says(
        found,
        "file.unreadable",
        "400,000 cells",
        "300,000 cells",
        "Leave out rows",
        zh=["400,000 格"],
    )


def test_a_long_text_shared_by_many_rows_is_cut_and_told(tmp_path):
    sql = "SELECT 'F' || i firm_id, repeat('x', 1000000) name_en FROM range(2000) t(i)"
    _, found = checked(made(tmp_path, sql))
    says(found, "cell.huge", "2000 cells", "not read", zh=["2000 格"])


def test_too_much_text_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_UNPACKED_MB", 0)
    _, found = checked(made(tmp_path, "SELECT 'F1' firm_id, 'A' name_en"))
    says(found, "file.unreadable", "Up to", "0 MB are read", zh=["0 MB"])


@pytest.mark.parametrize("folder", ["x[1]", "y*", "q?", "z{a,b}", "s'q", "永 康"])
def test_a_folder_whose_name_looks_like_a_pattern_is_taken_by_name(tmp_path, folder):
    for name in ("x1", "y", "qq", "za", folder):
        try:
            (tmp_path / name).mkdir()
        except OSError:
            pytest.skip("this disk does not take such names")
        table = Table.of("firms", [{"firm_id": name, "name_en": "A"}])
        write_parquet(table, tmp_path / name / "firms.parquet")
    assert read_table(tmp_path / folder / "firms.parquet")["firm_id"][0] == folder
