"""Text files as offices send them: each is read safely or refused with a way out."""

import csv

import pytest

from tests.yanlian.tables.conftest import checked, says, text_file
from yanlian.tables import files, textfiles

HEAD = "firm_id,name_en,name_zh,employees\n"
GOOD = HEAD + "F1,Alpha,永康五金厂,12\nF2,Beta,金华锁厂,3\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_every_encoding_with_its_mark_is_read(tmp_path, encoding):
    mark = "\ufeff" if encoding.startswith("utf-16-") else ""
    tables, found = checked(text_file(tmp_path, "firms.csv", mark + GOOD, encoding))
    assert not found
    assert tables["firms"]["name_zh"].tolist() == ["永康五金厂", "金华锁厂"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32"])
def test_text_of_two_bytes_without_a_mark_is_refused(tmp_path, encoding):
    _, found = checked(text_file(tmp_path, "firms.csv", GOOD, encoding))
    says(found, "file.unreadable", "zero bytes", "line 1", "UTF-8", zh=["零字节"])


def test_traditional_chinese_in_gb18030_is_read(tmp_path):
    text = HEAD + "F1,Alpha,廣東東莞電動工具有限公司,12\n"
    tables, found = checked(text_file(tmp_path, "firms.csv", text, "gb18030"))
    assert not found
    assert tables["firms"]["name_zh"][0] == "廣東東莞電動工具有限公司"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("big5", "F1,Alpha,廣東東莞電動工具有限公司永康五金廠,12\n"),
        ("latin-1", "F1,Société Générale à Zürich,x,12\n"),
        ("shift_jis", "F1,東京電動工具製作所のカタログ,x,12\n"),
    ],
)
def test_text_of_another_encoding_is_not_read_as_wrong_chinese(
    tmp_path, encoding, text
):
    tables, found = checked(text_file(tmp_path, "firms.csv", HEAD + text, encoding))
    assert not tables
    says(found, "file.unreadable", "not text in UTF-8", "Save it", zh=["请另存为"])


def test_damaged_utf8_names_the_line(tmp_path):
    raw = GOOD.encode() + "F3,Gamma,温州阀门厂,3\n".encode("gb18030")
    tables, found = checked(text_file(tmp_path, "firms.csv", raw))
    assert not tables
    says(found, "file.unreadable", "UTF-8 except", "line 4", zh=["第 4 行"])


def test_a_lone_surrogate_is_damage_and_no_traceback(tmp_path):
    raw = (HEAD + "F1,A\ud800,甲厂名称,1\n").encode("utf-8", "surrogatepass")
    _, found = checked(text_file(tmp_path, "firms.csv", raw))
    says(found, "file.unreadable", "line 2", zh=["第 2 行"])
    raw = b"\xff\xfe" + HEAD.encode("utf-16-le") + b"\x00\xd8,\x00"
    _, found = checked(text_file(tmp_path, "firms.csv", raw))
    says(found, "file.unreadable", "not text", zh=["不是"])


def test_a_zero_byte_names_the_line(tmp_path):
    raw = GOOD.encode().replace(b"Beta", b"Be\x00ta")
    _, found = checked(text_file(tmp_path, "firms.csv", raw))
    says(found, "file.unreadable", "zero bytes", "line 3", zh=["第 3 行"])


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path, mark):
    tables, found = checked(text_file(tmp_path, "firms.csv", GOOD.replace("\n", mark)))
    assert not found
    assert len(tables["firms"]) == 2


def test_mixed_line_ends_keep_their_rows(tmp_path):
    text = "firm_id,name_en,employees\r\nF1,A,1\nF2,B,2\rF3,C,-3\r\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "cell.range", "rows 4: -3", zh=["第 4 行"])


def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    text = (
        'firm_id,name_en,note_en,employees\n\nF1,A,"two\nlines",1\n , , ,\nF2,B,x,-2\n'
    )
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert tables["firms"]["note_en"][0] == "two\nlines"
    says(found, "cell.range", "rows 5: -2", zh=["第 5 行"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found(tmp_path, delimiter):
    text = "企业名录\n" + GOOD.replace(",", delimiter)
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert not found
    assert tables["firms"]["employees"].tolist() == [12, 3]


def test_the_separator_line_of_a_spreadsheet_is_no_header(tmp_path):
    text = "sep=;\n" + GOOD.replace(",", ";")
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert not found
    assert len(tables["firms"]) == 2


def test_a_decimal_comma_is_never_taken_for_a_thousands_mark(tmp_path):
    text = (
        "firm_id;name_en;revenue_cny;revenue_year;lat;lon\n"
        "F1;A;1.234,50;2022;28,9;120,1\nF2;B;1,200;2022;;\n"
    )
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    texts = " ".join(finding.say.en for finding in found["cell.number"])
    assert all(cell in texts for cell in ("1.234,50", "1,200", "28,9", "120,1"))
    assert str(tables["firms"]["revenue_cny"].tolist()) == "[nan, nan]"


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it(tmp_path):
    text = 'firm_id,name_en\nF1,A\nF2,"B\nF3,C\n'
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert not tables
    says(found, "file.unreadable", "beyond row 2", "never closed", zh=["引号没有闭合"])
    text = 'firm_id,name_en\nF1,A\nF2,"B" Ltd\n'
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "file.unreadable", "beyond row 2", "text follows", zh=["第 2 行"])


def test_a_cell_beyond_all_bounds_is_refused_by_its_row(tmp_path, monkeypatch):
    monkeypatch.setattr(textfiles, "MAX_CELL", 1000)
    before = csv.field_size_limit()
    try:
        text = HEAD + "F1,A,甲,1\nF2," + "x" * 2000 + ",乙,2\n"
        _, found = checked(text_file(tmp_path, "firms.csv", text))
    finally:
        csv.field_size_limit(before)
    says(found, "file.unreadable", "beyond row 2", "longer", zh=["第 2 行"])


def test_a_cell_of_a_megabyte_is_a_short_finding(tmp_path):
    text = HEAD + "F1," + "x" * 1_000_000 + ",甲," + "9" * 1_000_000 + "\n"
    text += "F2," + "x" * 301 + ",乙,1\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    assert len(says(found, "cell.huge", "rows 2", zh=["未读取"]).say.en) < 400
    assert len(says(found, "cell.number", "rows 2").say.en) < 400
    assert len(says(found, "cell.long", "rows 3", "At most 300").say.en) < 400


def test_a_row_with_more_cells_than_headers_may_be_shifted(tmp_path):
    text = "firm_id,name_en,city_en,,\nF1,A,X,,\nF2,Co, Ltd,Y,,Z\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "row.long", "1 rows", "rows 3", "quotation marks", zh=["第 3 行"])


def test_empty_columns_at_the_end_change_nothing(tmp_path):
    text = GOOD.replace("\n", ",,,\n")
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert not found
    assert len(tables["firms"]) == 2


def test_a_column_with_data_and_no_header_is_named_by_its_letter(tmp_path):
    text = "firm_id,name_en,,\nF1,A,,x\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "column.unnamed", ": D.", level="warning", zh=["D"])


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf", b"\n\n\n", b"   \n ,,\n"])
def test_a_file_without_anything_in_it_is_empty(tmp_path, raw):
    tables, found = checked(text_file(tmp_path, "firms.csv", raw))
    assert not tables
    says(found, "file.empty", "firms.csv", "Fill it in", zh=["文件为空"])


def test_headers_alone_are_a_table_without_rows(tmp_path):
    tables, found = checked(text_file(tmp_path, "firms.csv", HEAD))
    assert len(tables["firms"]) == 0
    says(found, "table.empty", "no rows", level="warning", zh=["没有数据行"])


def test_a_file_without_headers_says_what_it_begins_with(tmp_path):
    tables, found = checked(text_file(tmp_path, "firms.csv", "F1,Alpha,甲,12\n"))
    assert not tables
    says(found, "header.absent", "F1, Alpha, 甲, 12", "firm_id", zh=["首行为"])


def test_headers_are_known_in_every_way_they_are_written(tmp_path):
    text = "\ufeff Firm ID *,ＮＡＭＥ＿ＥＮ,中文名称 ,员工人数（人）,Latitude [degree],经度\n"
    row = "F1,A,甲,５,28.9,120\n"
    tables, found = checked(text_file(tmp_path, "firms.csv", text + row))
    assert not found
    made = tables["firms"].rows()[0]
    assert (made["name_zh"], made["employees"], made["lat"]) == ("甲", 5, 28.9)


def test_a_header_written_wrongly_is_left_out_with_a_guess(tmp_path):
    text = "firm_id,name_en,employes,colour\nF1,A,5,red\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(
        found,
        "column.unknown",
        "2 columns",
        "employes (employees?), colour",
        level="warning",
        zh=["employes (employees?)"],
    )


def test_two_headers_for_one_column_are_an_error(tmp_path):
    text = "firm_id,name_en,employees,Employees (persons)\nF1,A,5,6\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(
        found,
        "column.double",
        "employees (C)",
        "Employees (persons) (D)",
        "Remove or rename",
        zh=["C 列", "D 列"],
    )


def test_every_missing_column_is_named(tmp_path):
    _, found = checked(text_file(tmp_path, "segments.csv", "segment_id,name_en\nA,a\n"))
    named = [finding.say.en.split()[5] for finding in found["column.absent"]]
    assert named == ["name_zh", "short_en", "short_zh", "kind", "stage"]
    assert "segment_id, name_en" in found["column.absent"][0].say.en
    assert "请补上该列" in found["column.absent"][0].say.zh


def test_twenty_thousand_columns_are_one_short_finding(tmp_path):
    heads = ",".join(f"c{i}" for i in range(20_000))
    text = f"firm_id,name_en,{heads}\nF1,A{',1' * 20_000}\n"
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert len(tables["firms"]) == 1
    finding = says(found, "column.unknown", "20000 columns", "+19990", level="warning")
    assert len(finding.say.en) < 400


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = text_file(tmp_path, "firms.csv", GOOD)
    monkeypatch.setattr(files, "MAX_TEXT_MB", 0)
    _, found = checked(path)
    says(found, "file.unreadable", "up to 0 MB", "Split it", zh=["请拆分"])


def test_a_file_of_ten_gigabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "firms.csv"
    with path.open("wb") as file:
        file.truncate(10_000_000_000)
    _, found = checked(path)
    says(found, "file.unreadable", "10,000 MB", "150 MB", "Parquet", zh=["10,000 MB"])


@pytest.mark.parametrize(
    ("start", "kind"), [(b"PK\x03\x04rest", ".xlsx"), (b"PAR1rest", ".parquet")]
)
def test_a_file_under_a_wrong_name_is_told_by_its_start(tmp_path, start, kind):
    _, found = checked(text_file(tmp_path, "firms.csv", start))
    says(found, "file.unreadable", "named .csv", f"kind {kind}", zh=["扩展名"])


@pytest.mark.parametrize("name", ["firms", "firms.txt", "firms.ods", "firms.xlsb"])
def test_another_kind_of_file_names_the_known_kinds(tmp_path, name):
    _, found = checked(text_file(tmp_path, name, GOOD))
    says(found, "file.unreadable", name, ".csv, .tsv, .xlsx", "Save it", zh=["扩展名"])


def test_a_folder_under_the_name_of_a_file_is_told(tmp_path):
    (tmp_path / "firms.csv").mkdir()
    _, found = checked(tmp_path / "firms.csv")
    says(found, "file.unreadable", "is a folder or a device", zh=["是文件夹"])


def test_links_that_lead_nowhere_are_told(tmp_path):
    (tmp_path / "firms.csv").symlink_to("other.csv")
    _, found = checked(tmp_path / "firms.csv")
    says(found, "file.unreadable", "There is no file", zh=["没有文件"])
    (tmp_path / "other.csv").symlink_to("firms.csv")
    _, found = checked(tmp_path / "firms.csv")
    says(found, "file.unreadable", "leads back to itself", zh=["链接指回自身"])


def test_a_file_one_may_not_read_says_so(tmp_path, monkeypatch):
    path = text_file(tmp_path, "firms.csv", GOOD)

    # Whoever runs the tests may be allowed to read everything.
    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    _, found = checked(path)
    says(found, "file.unreadable", "You may not read", zh=["您无权读取"])


def test_a_disk_that_fails_while_reading_says_so(tmp_path, monkeypatch):
    path = text_file(tmp_path, "firms.csv", GOOD)

    def fail(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(textfiles, "find_encoding", fail)
    _, found = checked(path)
    says(found, "file.unreadable", "the disk reports an error", zh=["磁盘报错"])


def test_nothing_of_a_file_can_move_a_terminal(tmp_path):
    path = text_file(
        tmp_path,
        "firms\x1b[31m.csv",
        "firm_id,name_en,\x1b]0;x\nF1,\x1b[2J,1\n\x07,B,2\n",
    )
    _, found = checked(path, tmp_path / "absent\x1b[2J.csv")
    for findings in found.values():
        for finding in findings:
            assert finding.text("en").isprintable()
            assert finding.text("zh").isprintable()


def test_a_name_that_is_no_text_can_be_printed(tmp_path):
    path = tmp_path / "firms\udcff.csv"
    try:
        path.write_bytes(b"")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this disk takes names in UTF-8 only")
    _, found = checked(path)
    assert says(found, "file.empty").text("en").encode("utf-8")
