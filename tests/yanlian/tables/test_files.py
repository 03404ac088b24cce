"""Reading files: encodings, spreadsheets, and every bad input with its answer."""

import zipfile

import numpy as np
import pytest
import xlsxwriter

from yanlian.errors import SourceError, TableError
from yanlian.tables import (
    Table,
    files,
    read_file,
    read_table,
    write_csv,
    write_parquet,
    write_xlsx,
    writing,
)

FIRMS = "firm_id,name_en,name_zh,employees\nF1,Alpha,永康五金厂,12\nF2,Beta,,\n"


def codes(findings):
    return {finding.code for finding in findings}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_every_usual_encoding(tmp_path, encoding):
    path = tmp_path / "firms.csv"
    path.write_bytes(FIRMS.encode(encoding))
    table = read_table(path)
    assert table["name_zh"][0] == "永康五金厂"
    assert table["employees"][0] == 12
    assert np.isnan(table["employees"][1])


def test_chinese_headers_and_tabs_are_known(tmp_path):
    path = tmp_path / "firms.tsv"
    path.write_text(
        "企业编号\t中文名称\t员工人数\nF1\t甲厂\t１，２００\n", encoding="utf-8"
    )
    table = read_table(path)
    assert table["name_zh"][0] == "甲厂"
    assert table["employees"][0] == 1200


def test_a_spreadsheet_with_title_and_merged_header_cells_is_read(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sheet1")
    bold = book.add_format({"bold": True})
    sheet.merge_range(0, 0, 0, 3, "企业名录（2026年）", bold)
    sheet.merge_range(1, 0, 2, 0, "企业编号", bold)
    sheet.merge_range(1, 1, 1, 2, "名称", bold)
    sheet.write(2, 1, "英文名称")
    sheet.write(2, 2, "中文名称")
    sheet.merge_range(1, 3, 2, 3, "员工人数", bold)
    sheet.write_row(3, 0, ["F1", "Alpha", "甲厂", 30])
    book.close()
    table = read_table(path)
    assert table.name == "firms"
    assert table.rows()[0]["name_zh"] == "甲厂"
    assert table.rows()[0]["employees"] == 30


def test_all_findings_of_a_file_come_at_once(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text(
        "firm_id,name_en,employees,lat,lon,founded,basis,revenue_cny,checked_on,colour\n"
        "F1,Alpha,-5,130,20,1850.5,reported,-1,2022-02-30,red\n"
        "F1,,many,30,,2001,guess,3,2022-02-03,\n"
        ",=1+2,,,,,,,,\n",
        encoding="utf-8",
    )
    _, findings = read_file(path)
    assert codes(findings) == {
        "cell.range", "cell.number", "cell.whole", "cell.choice", "cell.date",
        "cell.empty", "cell.formula", "key.double", "name.empty", "column.unknown",
        "place.half", "year.absent",
    }  # fmt: skip
    text = "\n".join(finding.text("en") for finding in findings)
    assert "rows 2, 3" in text
    assert (
        "1 values outside the range (rows 2: -5). Expected 0 to 5,000,000 persons"
        in text
    )
    with pytest.raises(TableError, match="Nothing was stored"):
        read_table(path)


def test_findings_speak_chinese(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("firm_id,name_en,employees\nF1,Alpha,-5\n", encoding="utf-8")
    _, findings = read_file(path)
    assert "员工人数" in findings[0].text("zh")
    assert "outside" not in findings[0].text("zh")


def test_a_missing_column_is_named_with_what_was_found(tmp_path):
    path = tmp_path / "supplies.csv"
    path.write_text("supplier_id,importance\nA,2\n", encoding="utf-8")
    _, findings = read_file(path)
    assert codes(findings) == {"column.absent"}
    assert "buyer_id" in findings[0].say.en
    assert "supplier_id, importance" in findings[0].say.en


def test_an_unknown_file_is_reported_not_guessed(tmp_path):
    path = tmp_path / "table1.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert codes(read_file(path)[1]) == {"table.unknown"}
    with pytest.raises(SourceError, match=r"There is no file"):
        read_file(tmp_path / "absent.csv")


@pytest.mark.parametrize("writer", [write_csv, write_parquet])
def test_a_table_survives_writing_and_reading(tmp_path, writer):
    table = Table.of(
        "firms",
        [
            {"firm_id": "F1", "name_zh": "永康", "employees": 3, "revenue_cny": 1.5e9},
            {"firm_id": "F2", "name_en": 'B, "C"\nD', "aliases": "x; y"},
        ],
    )
    suffix = ".csv" if writer is write_csv else ".parquet"
    path = writer(table, tmp_path / f"firms{suffix}")
    assert read_table(path, "firms").hash == table.hash


def test_a_formula_never_reaches_a_spreadsheet(tmp_path):
    table = Table.of("firms", [{"firm_id": "F1", "name_en": "=HYPERLINK(1)"}])
    text = write_csv(table, tmp_path / "firms.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in text
    write_xlsx({"firms": table}, tmp_path / "firms.xlsx")
    with zipfile.ZipFile(tmp_path / "firms.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_folder_without_tables_says_what_was_expected(tmp_path):
    with pytest.raises(SourceError, match=r"segments\.csv"):
        files.workspace_files(tmp_path)


def test_files_that_a_spreadsheet_holds_open_are_no_tables(tmp_path):
    (tmp_path / "firms.csv").write_text(FIRMS, encoding="utf-8")
    (tmp_path / "~$firms.xlsx").write_bytes(b"lock")
    (tmp_path / ".firms.csv").write_bytes(b"")
    assert [path.name for path in files.workspace_files(tmp_path)] == ["firms.csv"]


def test_a_folder_that_cannot_be_looked_into_says_why(tmp_path):
    with pytest.raises(SourceError, match="the path is too long"):
        files.workspace_files(tmp_path / ("x" * 5000))


@pytest.mark.parametrize("writer", [write_csv, write_parquet])
def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path, writer):
    table = Table.of("firms", [{"firm_id": "F1", "name_en": "A"}])
    with pytest.raises(SourceError, match=r"cannot be written.*unchanged") as caught:
        writer(table, tmp_path / "absent" / "firms.csv")
    assert "原有内容未受影响" in caught.value.text("zh")
    (tmp_path / "firms.csv").mkdir()
    with pytest.raises(SourceError, match="cannot be written"):
        writer(table, tmp_path / "firms.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["firms.csv"]


def test_a_table_larger_than_a_sheet_is_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_SHEET_ROWS", 2)
    table = Table.of("firms", [{"firm_id": f"F{i}"} for i in range(2)])
    with pytest.raises(SourceError, match="has 2 rows; a sheet holds 1"):
        write_xlsx({"firms": table}, tmp_path / "firms.xlsx")
    assert not list(tmp_path.iterdir())
