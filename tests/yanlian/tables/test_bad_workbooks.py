"""Spreadsheets: odd but honest ones are read, hostile ones are refused unopened."""

import datetime
import subprocess
import zipfile

import openpyxl
import pytest
import xlsxwriter

from tests.yanlian.tables.conftest import checked, says, text_file, workbook
from yanlian.tables import Table, read_table, workbooks, write_xlsx

HEADS = ["firm_id", "name_en", "employees"]
SHEET = "xl/worksheets/sheet1.xml"


def parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path, **changes):
    """Write the workbook again with some of its parts replaced."""
    made = parts(path) | changes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def with_sheet(path, change):
    """Write the workbook again with the XML of its first sheet changed."""
    workbook(path, firms=[HEADS, ["F1", "A", 3]])
    return repacked(path, **{SHEET: change(parts(path)[SHEET])})


def test_a_header_merged_over_groups_is_read_as_both_words(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 1, 0, "firm_id")
    sheet.merge_range(0, 1, 0, 2, "Name")
    sheet.write_row(1, 1, ["English", "Chinese", "Employees"])
    sheet.write_row(2, 0, ["F1", "A", "甲", -3])
    book.close()
    tables, found = checked(path)
    assert tables["firms"]["name_zh"][0] == "甲"
    finding = says(found, "cell.range", "rows 3: -3")
    assert finding.where == "firms.xlsx[Sheet1]"


def test_a_title_above_the_header_changes_no_row_number(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range(1, 2, 1, 4, "企业名录（2026年）")
    sheet.write_row(4, 2, HEADS)
    sheet.write_row(6, 2, ["F1", "A", -1])
    book.close()
    _, found = checked(path)
    says(found, "cell.range", "rows 7: -1", zh=["第 7 行"])


def test_cells_merged_over_rows_of_the_table_are_an_error(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["firm_id", "name_en", "region_id"])
    for row in (1, 2, 3):
        sheet.write_row(row, 0, [f"F{row}", "N"])
    sheet.merge_range(1, 2, 3, 2, "R1")
    book.close()
    _, found = checked(path)
    says(found, "cell.merged", "region_id (C)", "from rows 2", "fill", zh=["取消合并"])


def test_dates_of_a_spreadsheet_are_read_and_bare_day_numbers_are_not(tmp_path):
    path = tmp_path / "events.xlsx"
    heads = ["event_id", "kind", "title_en", "title_zh", "date", "checked_on"]
    for system in (False, True):
        book = xlsxwriter.Workbook(str(path), {"date_1904": system})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heads)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        hour = book.add_format({"num_format": "hh:mm"})
        moment = datetime.datetime(2022, 9, 5, 10, 30)
        for row, (value, form) in enumerate(
            [(moment, day), (44809, None), (2022, None), (2022.1, None), (0.5, hour)], 1
        ):
            sheet.write_row(row, 0, [f"E{row}", "visit", "a", "甲"])
            sheet.write(row, 4, value, form)
        sheet.write_datetime(1, 5, moment, day)
        book.close()
        tables, found = checked(path)
        made = tables["events"]
        assert made["date"].tolist() == ["2022-09-05", "", "2022", "", ""]
        assert made["checked_on"][0] == "2022-09-05"
        says(found, "cell.serial", "rows 3: 44809", zh=["日期序号"])
        says(found, "cell.pdate", "rows 5, 6: 2022.1, 12:00:00")


def test_numbers_as_text_with_marks_and_units_are_read(tmp_path):
    rows = [
        [*HEADS, "revenue_cny", "revenue_year", "stock_code"],
        ["F1", "A", "1,200", "1.2亿", 2022, 600000],
        [2, "B", 1200.0, 1.2e8, "2022", "002615"],
    ]
    tables, found = checked(workbook(tmp_path / "firms.xlsx", Sheet1=rows))
    assert tables["firms"]["employees"].tolist() == [1200, 1200]
    assert tables["firms"]["revenue_cny"].tolist() == [1.2e8, 1.2e8]
    assert tables["firms"]["firm_id"].tolist() == ["F1", "2"]
    assert tables["firms"]["stock_code"].tolist() == ["600000", "002615"]
    assert set(found) == {"cell.scaled"}


def test_yes_and_no_are_no_numbers(tmp_path):
    path = workbook(
        tmp_path / "firms.xlsx", a=[HEADS, ["F1", "A", 1], ["F2", "B", True]]
    )
    _, found = checked(path)
    says(found, "cell.number", "rows 3: TRUE", zh=["不是数字"])


def test_formulas_are_read_by_their_stored_result_only(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名录")
    sheet.write_row(0, 0, HEADS)
    for row, (formula, value) in enumerate(
        [("=1+2", 3), ("=1/0", "#DIV/0!"), ("=NA()", "#N/A")], 1
    ):
        sheet.write_row(row, 0, [f"F{row}", "N"])
        sheet.write_formula(row, 2, formula, None, value)
    book.close()
    tables, found = checked(path)
    assert tables["firms"]["employees"][0] == 3
    finding = says(
        found, "formula.error", "2 cells", "C3, C4", level="warning", zh=["错误值"]
    )
    assert finding.where == "firms.xlsx[名录]"
    again = openpyxl.Workbook()
    for row in (HEADS, ["F1", "A", "=1+2"], ["F2", "B", "=C2*2"]):
        again.active.append(row)
    again.save(path)
    _, found = checked(path)
    says(found, "formula.unknown", "C2, C3", "let it calculate", zh=["计算后保存"])


def test_hidden_sheets_and_sheets_without_a_table_are_left_out_and_told(tmp_path):
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, rows in {
        "firms": [HEADS, ["F1", "A", 3]],
        "说明": [["read me"]],
        "events": [["event_id", "kind"], ["E1", "wrong"]],
        "empty": [],
    }.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            sheet.write_row(i, 0, row)
        if name == "events":
            sheet.hide()
    book.close()
    tables, found = checked(path)
    assert set(tables) == {"firms"}
    says(found, "sheet.hidden", "events", "Show them", level="warning", zh=["取消隐藏"])
    says(found, "sheet.unknown", ": 说明.", level="warning", zh=["说明"])


def test_thousands_of_unknown_sheets_are_one_finding(tmp_path):
    sheets = {f"s{i}": [["x"]] for i in range(300)}
    _, found = checked(workbook(tmp_path / "book.xlsx", **sheets))
    says(found, "table.unknown", "Name the file or sheet", zh=["命名"])


def test_a_table_that_stands_on_two_sheets_is_an_error(tmp_path):
    rows = [HEADS, ["F1", "A", 3]]
    path = workbook(tmp_path / "book.xlsx", firms=rows, **{"firms (2)": rows})
    _, found = checked(path)
    says(found, "table.double", "book.xlsx[firms] and in book.xlsx[firms (2)]")


def test_our_own_spreadsheet_is_read_back_in_both_languages(tmp_path):
    table = Table.of(
        "firms",
        [
            {
                "firm_id": "F1",
                "name_zh": "甲",
                "revenue_cny": 1e8,
                "revenue_year": 2022,
            },
            {"firm_id": "F2", "name_en": "=B", "lat": 28.5, "lon": 120.25},
        ],
    )
    for lang in ("en", "zh"):
        path = write_xlsx({"firms": table}, tmp_path / f"{lang}.xlsx", lang)
        assert read_table(path, "firms").hash == table.hash


def test_damaged_workbooks_are_refused(tmp_path):
    path = workbook(tmp_path / "firms.xlsx", firms=[HEADS, ["F1", "A", 3]])
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[300:500] = b"\x55" * 200
    for raw in (whole[: len(whole) // 2], whole[:-30], bytes(flipped)):
        _, found = checked(text_file(tmp_path, "firms.xlsx", raw))
        says(found, "file.unreadable", "save it again", zh=["重新"])


def test_a_broken_sheet_inside_a_whole_archive_is_refused(tmp_path):
    path = with_sheet(tmp_path / "firms.xlsx", lambda xml: xml[:300])
    _, found = checked(path)
    says(found, "file.unreadable", "its content is damaged", zh=["内容已损坏"])
    path = with_sheet(path, lambda xml: xml.replace(b"<v>0</v>", b"<v>99999999</v>"))
    _, found = checked(path)
    says(found, "file.unreadable", "its content is damaged", zh=["内容已损坏"])


def test_a_protected_workbook_asks_for_the_password_to_be_taken_off(tmp_path):
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096
    _, found = checked(text_file(tmp_path, "firms.xlsx", raw))
    says(found, "file.unreadable", "password", "save it as XLSX", zh=["密码"])


def test_a_damaged_xls_cannot_take_the_program_down(tmp_path, monkeypatch):
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096
    path = text_file(tmp_path, "firms.xls", raw)
    _, found = checked(path)
    says(found, "file.unreadable", "its content is damaged", zh=["内容已损坏"])
    # A wrong length in it ends the process that reads it.
    done = subprocess.CompletedProcess([], -6, b"", b"memory allocation failed")
    monkeypatch.setattr(workbooks.subprocess, "run", lambda *a, **k: done)
    _, found = checked(path)
    says(found, "file.unreadable", "its content is damaged")
    done = subprocess.CompletedProcess([], 1, b"", b"PasswordError: ...")
    _, found = checked(path)
    says(found, "file.unreadable", "protected by a password", zh=["设有密码"])


@pytest.mark.parametrize("name", ["firms.xlsx", "firms.xls"])
def test_text_under_the_name_of_a_spreadsheet_is_told(tmp_path, name):
    _, found = checked(text_file(tmp_path, name, "firm_id,name_en\nF1,A\n"))
    says(found, "file.unreadable", "not a spreadsheet", "ending .csv", zh=[".csv"])


@pytest.mark.parametrize("member", [SHEET, "xl/sharedStrings.xml", "xl/media/x.bin"])
def test_an_archive_that_unpacks_to_a_gigabyte_is_not_opened(
    tmp_path, monkeypatch, member
):
    # The directory of the archive says how large it is: nothing is unpacked.
    path = with_sheet(tmp_path / "firms.xlsx", lambda xml: xml)
    repacked(path, **{member: b"0" * 3_000_000})
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_MB", 2)

    def refuse(*args, **kwargs):
        raise AssertionError("the archive was opened")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    _, found = checked(path)
    says(found, "file.unreadable", "unpacks to 3 MB", "was not opened", zh=["未予打开"])


def test_an_archive_that_shrinks_too_well_is_not_opened(tmp_path):
    path = with_sheet(tmp_path / "firms.xlsx", lambda xml: xml + b" " * 60_000_000)
    _, found = checked(path)
    says(found, "file.unreadable", "unpacks to 60 MB from 0.1 MB", zh=["60 MB"])


def test_a_cell_in_the_last_corner_is_refused_and_named(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADS)
    sheet.write_row(1, 0, ["F1", "A", 3])
    sheet.write(1048575, 16383, "x")
    book.close()
    _, found = checked(path)
    says(
        found,
        "file.unreadable",
        "17,179,869,184 cells, of which 7 are filled",
        "XFD1048576",
        "Remove cells far from the table",
        zh=["XFD1048576"],
    )


def test_a_format_in_the_last_corner_does_no_harm(tmp_path):
    path = tmp_path / "firms.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADS)
    sheet.write_row(1, 0, ["F1", "A", 3])
    sheet.write_blank(1048575, 16383, None, book.add_format({"bold": True}))
    book.close()
    tables, found = checked(path)
    assert len(tables["firms"]) == 1
    assert not found


def without_positions(xml):
    for cell in (b"A1", b"B1", b"C1", b"A2", b"B2", b"C2"):
        xml = xml.replace(b' r="' + cell + b'"', b"")
    return xml


def test_cells_without_positions_are_read_and_counted(tmp_path, monkeypatch):
    path = with_sheet(tmp_path / "firms.xlsx", without_positions)
    tables, found = checked(path)
    assert tables["firms"]["employees"][0] == 3
    assert not found
    path = with_sheet(
        path,
        lambda xml: without_positions(xml).replace(b'<row r="2"', b'<row r="1048576"'),
    )
    monkeypatch.setattr(workbooks, "MAX_CELLS", 1_000_000)
    _, found = checked(path)
    says(found, "file.unreadable", "grid of 3,145,728 cells", zh=["3,145,728"])


@pytest.mark.parametrize("corner", [b"XFD1048576", b"ZZZZ99999999"])
def test_a_false_position_of_a_cell_is_counted_too(tmp_path, corner):
    path = with_sheet(
        tmp_path / "firms.xlsx", lambda xml: xml.replace(b'r="C2"', b'r="%s"' % corner)
    )
    _, found = checked(path)
    says(found, "file.unreadable", "has a grid of", corner.decode())


def test_a_long_text_named_by_many_cells_is_counted_as_often(tmp_path, monkeypatch):
    long = b"x" * 100_000
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i)
        for i in range(1, 101)
    )
    path = with_sheet(
        tmp_path / "firms.xlsx",
        lambda xml: (
            xml.partition(b"<sheetData>")[0]
            + b"<sheetData>%s</sheetData></worksheet>" % rows
        ),
    )
    strings = b'<sst xmlns="x"><si><t>%s</t></si></sst>' % long
    repacked(path, **{"xl/sharedStrings.xml": strings})
    monkeypatch.setattr(workbooks, "MAX_TEXT_MB", 9)
    _, found = checked(path)
    says(found, "file.unreadable", "hold 10 MB of text", "up to 9 MB", zh=["10 MB"])


def test_sheets_that_share_one_part_are_refused(tmp_path):
    path = workbook(tmp_path / "book.xlsx", firms=[HEADS, ["F1", "A", 3]], b=[["x"]])
    relations = parts(path)["xl/_rels/workbook.xml.rels"]
    repacked(
        path,
        **{
            "xl/_rels/workbook.xml.rels": relations.replace(
                b"sheet2.xml", b"sheet1.xml"
            ),
            "xl/worksheets/sheet2.xml": None,
        },
    )
    _, found = checked(path)
    says(found, "file.unreadable", "more sheets than it holds", zh=["多于实有"])


def test_entities_that_grow_are_not_expanded(tmp_path):
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    head += b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
    )
    sheet = head + (
        b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    _, found = checked(with_sheet(tmp_path / "firms.xlsx", lambda xml: sheet))
    says(found, "file.unreadable", "its content is damaged", zh=["内容已损坏"])


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    body = b"<worksheet>" + b"0" * 3_000_000
    path = with_sheet(tmp_path / "firms.xlsx", lambda xml: body)
    size = len(body).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))
    _, found = checked(path)
    says(found, "file.unreadable", "damaged", zh=["损坏"])


def test_a_panic_of_the_reader_is_an_error_like_others(tmp_path, monkeypatch):
    import python_calamine

    class PanicException(BaseException):
        """What a library in Rust raises where it would end a program of its own."""

    class Book:
        @staticmethod
        def from_path(path):
            raise PanicException("index out of bounds")

    path = workbook(tmp_path / "firms.xlsx", firms=[HEADS, ["F1", "A", 3]])
    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Book)
    _, found = checked(path)
    says(found, "file.unreadable", "index out of bounds", zh=["内容已损坏"])
