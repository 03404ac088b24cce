"""Reading files: encodings, spreadsheets, and every bad input with its answer."""

import zipfile

import numpy as np
import pytest
import xlsxwriter

from yanlian.errors import SourceError, TableError
from yanlian.tables import (
    Table,
    check_files,
    files,
    read_file,
    read_table,
    read_workspace,
    write_csv,
    write_parquet,
    write_xlsx,
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


def test_bytes_that_are_no_text_are_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_bytes(b"firm_id,name_en\n\xff\xff\x80\x00,x\n")
    with pytest.raises(SourceError, match="Save it as CSV in UTF-8"):
        read_file(path)


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
        "place.half",
    }  # fmt: skip
    text = "\n".join(finding.text("en") for finding in findings)
    assert "rows 2, 3" in text
    assert (
        "1 values outside the range (rows 2: -5). Expected 0 to 5e+06 persons" in text
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


def test_supplies_to_unknown_segments_are_found_between_files(tmp_path):
    (tmp_path / "segments.csv").write_text(
        "segment_id,name_en,name_zh,short_en,short_zh,kind,stage\n"
        "A,Cell,电芯,Cell,电芯,component,upstream\n",
        encoding="utf-8",
    )
    (tmp_path / "supplies.csv").write_text(
        "supplier_id,buyer_id,importance\nA,X9,2\nA,A,1\n", encoding="utf-8"
    )
    tables, findings = check_files(sorted(tmp_path.glob("*.csv")))
    assert codes(findings) == {"reference.unknown", "supply.self"}
    assert any("X9" in finding.say.en for finding in findings)
    assert len(tables["supplies"]) == 2
    with pytest.raises(TableError):
        read_workspace(tmp_path)


def test_an_empty_file_and_a_file_without_rows_are_told_apart(tmp_path):
    empty, bare = tmp_path / "firms.csv", tmp_path / "events.csv"
    empty.write_bytes(b"")
    bare.write_text("event_id,kind,title_en,title_zh\n", encoding="utf-8")
    assert codes(read_file(empty)[1]) == {"file.empty"}
    assert codes(read_file(bare)[1]) == {"table.empty"}


def test_a_large_text_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "firms.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(SourceError, match=r"200 MB.*Parquet"):
        read_file(path)


def test_an_archive_that_unpacks_to_far_too_much_is_not_opened(tmp_path):
    path = tmp_path / "firms.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    with pytest.raises(SourceError, match="was not opened"):
        read_file(path)


def test_a_file_that_is_no_spreadsheet_is_refused(tmp_path):
    path = tmp_path / "firms.xlsx"
    path.write_text("not a zip", encoding="utf-8")
    with pytest.raises(SourceError, match="is not an XLSX file"):
        read_file(path)
    parquet = tmp_path / "firms.parquet"
    parquet.write_text("not parquet", encoding="utf-8")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read_file(parquet)


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


def test_two_files_for_one_table_are_a_finding(tmp_path):
    for suffix in ("csv", "tsv"):
        (tmp_path / f"firms.{suffix}").write_text(FIRMS, encoding="utf-8")
    _, findings = check_files(sorted(tmp_path.iterdir()))
    assert "table.double" in codes(findings)


def test_a_folder_without_tables_says_what_was_expected(tmp_path):
    with pytest.raises(SourceError, match=r"segments\.csv"):
        files.workspace_files(tmp_path)
