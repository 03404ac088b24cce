"""Cells: numbers, dates, words and identifiers are read exactly or are findings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.yanlian.tables.conftest import checked, says, text_file
from yanlian.tables import Table, schema, write_csv
from yanlian.tables.cells import read_cell, read_date, read_number


def firms(folder, heads, *rows):
    lines = [f"firm_id,name_en,{heads}"]
    lines += [f"F{i},Name {i},{row}" for i, row in enumerate(rows, start=1)]
    return text_file(folder, "firms.csv", "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", 1200), ("1,200", 1200), ("1 200", 1200), ("1,234,567.5", 1234567.5),
        ("１２００", 1200), ("+5", 5), ("-5", -5), ("\u22125", -5), (".5", 0.5),
        ("5.", 5), ("1.5e9", 1.5e9), ("100元", 100), ("100 CNY", 100),
        ("1.2亿", 120_000_000), ("3500万", 35_000_000), ("3500 万元", 35_000_000),
        ("1.2万亿", 1.2e12), ("12 million", 12_000_000), ("0.1亿", 10_000_000),
        ("1.15亿", 115_000_000), ("2.3亿元", 230_000_000),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(text, value):
    assert read_number(text, "CNY")[0] == value


@pytest.mark.parametrize(
    "text",
    [
        "1,20", "12,34,567", "1.234,50", "1,2345", "1 20", "1_000", "0x10", "约300",
        "≥5亿", "300+", "300-500", "(100)", "¥100", "$100", "12%", "12 USD", "100人",
        "nan", "inf", "1e400", "一百", "N/A", "-", "–", "٣٠", "1.2亿3", "1e", "--5",
        "1,200,00", "1. 5", "9" * 100, "",
    ],
)  # fmt: skip
def test_what_is_not_surely_a_number_is_none(text):
    assert read_number(text, "CNY")[0] is None


@given(st.floats(-1e14, 1e14), st.sampled_from(["{:,.2f}", "{:.4f}", "{!r}"]))
def test_a_number_written_by_a_program_is_read_back(value, form):
    text = form.format(value)
    assert read_number(text, "CNY")[0] == float(text.replace(",", ""))


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_any_column(text):
    for column in schema("firms").columns:
        value, found = read_cell(column, text)
        assert type(value) is (float if column.is_number else str)
        assert all(isinstance(code, str) for code, _ in found)
        if column.is_number and not math.isnan(value):
            assert column.low is None or value >= column.low


def test_ten_thousands_are_read_exactly_and_shown(tmp_path):
    path = firms(tmp_path, "revenue_cny,revenue_year", "1.2亿,2022", "3500万元,2022")
    tables, found = checked(path)
    assert tables["firms"]["revenue_cny"].tolist() == [120_000_000, 35_000_000]
    says(
        found,
        "cell.scaled",
        "2 numbers",
        "rows 2, 3",
        "1.2亿 = 120,000,000",
        level="warning",
        zh=["第 2, 3 行", "3500万元 = 35,000,000"],
    )


def test_a_per_cent_sign_is_read_in_shares_only(tmp_path):
    text = "region_id,segment_id,level,coverage\nR,A,2,12%\nR,B,2,12\nR,C,2,120%\n"
    tables, found = checked(text_file(tmp_path, "presence.csv", text))
    assert tables["presence"]["coverage"][0] == 0.12
    says(found, "cell.scaled", "12% = 0.12", level="warning")
    says(
        found,
        "cell.range",
        "rows 3, 4: 12, 120%",
        "12 per cent being 0.12",
        zh=["百分之十二写作 0.12"],
    )
    _, found = checked(firms(tmp_path, "revenue_cny", "12%"))
    says(found, "cell.number", "12%", "CNY", zh=["不是数字"])


def test_a_unit_in_the_header_is_heeded(tmp_path):
    path = firms(tmp_path, "营业收入（万元）,员工人数（人）,收入年份", "1.5,3,2022")
    tables, found = checked(path)
    assert tables["firms"]["revenue_cny"][0] == 15_000
    says(
        found,
        "column.scaled",
        "营业收入（万元） (C)",
        "10,000",
        level="warning",
        zh=["乘以 10,000"],
    )
    # Two units for one number: nobody knows which is meant.
    _, found = checked(firms(tmp_path, "营业收入（万元）", "1.5亿"))
    says(found, "cell.number", "1.5亿")


def test_a_foreign_unit_in_the_header_is_never_taken_for_yuan(tmp_path):
    tables, found = checked(firms(tmp_path, "Revenue (USD),revenue_year", "100,2022"))
    assert math.isnan(tables["firms"]["revenue_cny"][0])
    says(found, "column.unit", "Revenue (USD) (C)", "Expected CNY", zh=["应为 CNY"])


def test_negative_amounts_and_places_off_the_globe_name_their_rows(tmp_path):
    path = firms(
        tmp_path,
        "revenue_cny,revenue_year,lat,lon",
        "-5,2022,28,120",
        "3,2022,91,120",
        "3,2022,28,181",
        "3,2022,28,",
        "3,2022,0,0",
    )
    _, found = checked(path)
    texts = [finding.say.en for finding in found["cell.range"]]
    assert [text.split()[1] for text in texts] == ["revenue_cny", "lat", "lon"]
    assert "rows 2: -5). Expected 0 to 100,000,000,000,000 CNY" in texts[0]
    assert "rows 3: 91). Expected -90 to 90 degree" in texts[1]
    assert "rows 4: 181). Expected -180 to 180 degree" in texts[2]
    assert "leave them empty" in texts[0]
    assert "请改正；数值不详则留空" in found["cell.range"][0].say.zh
    # Cells that could not be read are no second finding.
    says(found, "place.half", "1 rows", "rows 5", level="warning", zh=["第 5 行"])
    says(found, "place.zero", "rows 6", level="warning", zh=["第 6 行"])


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2022-09-05", "2022-09-05"), ("2022/9/5", "2022-09-05"),
        ("2022.09.05", "2022-09-05"), ("2022年9月5日", "2022-09-05"),
        ("20220905", "2022-09-05"), ("２０２２－０９－０５", "2022-09-05"),
        ("2022-09-05 10:00:00", "2022-09-05"), ("2022-09-05T10:00Z", "2022-09-05"),
        ("2022-09-05 10:00:00+08", "2022-09-05"), ("2022年9月", "2022-09"),
        ("2022年", "2022"), ("2022", "2022"), ("2024-02-29", "2024-02-29"),
    ],
)  # fmt: skip
def test_a_date_is_read_in_every_clear_form(text, iso):
    assert read_date(text, whole=False, low=1800, high=2100) == iso


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-30", "2023-02-29", "2022-13-01", "20222", "20222-01-01", "22-01-02",
        "05/09/2022", "9/5/2022", "2022Q3", "202209", "Sept 2022", "0000", "3022-01-01",
        "2022-09-05abc", "44809", "20221301", "2022-00-01", "2022-1-", "²022", "",
    ],
)  # fmt: skip
def test_what_is_not_surely_a_date_is_none(text):
    assert read_date(text, whole=True, low=1800, high=2100) is None


def test_impossible_dates_are_named_with_what_was_expected(tmp_path):
    text = (
        "event_id,kind,title_en,title_zh,date,checked_on\n"
        "E1,visit,a,甲,2022-02-30,2022-09\nE2,visit,a,甲,44809,2022-09-05\n"
        "E3,visit,a,甲,3022,2022-09-05\n"
    )
    _, found = checked(text_file(tmp_path, "events.csv", text))
    says(
        found,
        "cell.pdate",
        "rows 2, 4: 2022-02-30, 3022",
        "2022-09-05, in the years 1800 to 2100",
        zh=["第 2, 4 行", "1800 至 2100"],
    )
    says(found, "cell.date", "rows 2: 2022-09)", "1990", zh=["真实日期"])
    says(found, "cell.serial", "rows 3: 44809", "day numbers", zh=["日期序号"])


def test_a_year_of_five_digits_is_outside_the_range(tmp_path):
    _, found = checked(firms(tmp_path, "founded", "20222", "1850.5", "22"))
    says(found, "cell.range", "rows 2, 4: 20222, 22", "1800 to 2100 year")
    says(found, "cell.whole", "rows 3: 1850.5", zh=["不是整数"])


def test_invisible_characters_in_identifiers_are_taken_out_and_told(tmp_path):
    text = "firm_id,name_en\nF1\u200b,A\nF1,B\n\u202eF2,C\n\ufeffF3,D\nF\u200d4,E\n"
    tables, found = checked(text_file(tmp_path, "firms.csv", text))
    assert tables["firms"]["firm_id"].tolist() == ["F1", "F1", "F2", "F3", "F4"]
    says(
        found,
        "cell.hidden",
        "rows 2, 4, 5, 6",
        "F1\\u200b, \\u202eF2",
        level="warning",
        zh=["不可见字符"],
    )
    says(found, "key.double", "F1; rows 2, 3", zh=["第 2, 3 行"])


def test_identifiers_of_full_width_are_the_same_and_other_case_is_told(tmp_path):
    text = "firm_id,name_en\nF1,A\nＦ１,B\nf2,C\nF 2,D\nF2,E\n007,F\n7,G\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "key.double", "F1; rows 2, 3")
    says(
        found,
        "key.similar",
        "rows 4, 5, 6, 7, 8",
        "007 / 7, F 2 / F2 / f2",
        level="warning",
        zh=["大小写"],
    )


def test_formulas_are_text_and_come_back_from_our_own_file(tmp_path):
    path = firms(tmp_path, "products_en,employees", "=1+1,=2", "+49 123,1", "'@x,1")
    tables, found = checked(path)
    assert tables["firms"]["products_en"].tolist() == ["=1+1", "+49 123", "@x"]
    says(found, "cell.formula", "rows 2, 4", "never run", level="warning", zh=["公式"])
    says(found, "cell.number", "rows 2: =2")
    table = Table.of(
        "firms", [{"firm_id": "=F1", "name_en": "-x", "products_en": "+1 = 2"}]
    )
    again, _ = checked(write_csv(table, tmp_path / "firms.csv"))
    assert again["firms"].hash == table.hash


def test_words_are_known_in_any_case_and_unknown_ones_are_named(tmp_path):
    path = firms(tmp_path, "basis,status", "Reported,ACTIVE", "guess,gone")
    _, found = checked(path)
    texts = {finding.say.en for finding in found["cell.choice"]}
    assert any("basis" in text and "rows 3: guess" in text for text in texts)
    assert any("one of active, historical, distressed" in text for text in texts)


def test_short_names_are_held_to_their_width(tmp_path):
    text = (
        "segment_id,name_en,name_zh,short_en,short_zh,kind,stage\n"
        "A,N,名,sixteen letters!,八个汉字的简称呀,component,upstream\n"
        "B,N,名,fifteen letters,七个汉字的简称,component,upstream\n"
    )
    _, found = checked(text_file(tmp_path, "segments.csv", text))
    texts = [finding.say.en for finding in found["cell.long"]]
    assert ["At most 15" in texts[0], "At most 7" in texts[1]] == [True, True]
    assert all("rows 2:" in text for text in texts)


def test_codes_that_lost_their_zero_are_told(tmp_path):
    text = "region_id,name_en,name_zh,adcode\nR,R,区,30784\n"
    _, found = checked(text_file(tmp_path, "regions.csv", text))
    says(found, "cell.short", "30784", "a zero in front", zh=["开头的零"])


def test_a_credit_code_is_checked_by_its_last_character(tmp_path):
    path = firms(
        tmp_path,
        "credit_code",
        "91110000600037341L",
        "91110000600037341M",
        "９１１１００００６０００３７３４１Ｌ",
        "9.11E+17",
    )
    _, found = checked(path)
    says(found, "credit.check", "rows 3: 91110000600037341M", zh=["校验码"])
    says(found, "credit.double", "rows 2, 4", level="warning", zh=["一码对应一家"])
    says(found, "cell.short", "rows 5", "18 to 18")
