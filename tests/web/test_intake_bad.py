"""What comes wrong: files, sheets, cells. Each has a sentence, and nothing is lost."""

import io
import zipfile

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.web.test_intake import (
    HEAD,
    applied,
    coded,
    compare,
    line,
    reasons,
    rows_of,
    send,
    sheet,
)

pytestmark = pytest.mark.django_db


def book(sheets, **more):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, **more}) as found:  # fmt: skip
        for name, rows in sheets.items():
            page = found.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    page.write(i, j, cell)
    return SimpleUploadedFile("book.xlsx", data.getvalue())


def refused(by, file, **more):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.intake.models import Batch

    with pytest.raises(Refused) as error:
        send(by, file, **more)
    assert not Batch.objects.exists()
    return error.value.text("en")


def test_files_that_are_none_are_refused_with_a_sentence(members, settings):
    bo = members["bo"]
    assert "Choose a file" in refused(bo, None)
    assert "is empty" in refused(bo, SimpleUploadedFile("a.csv", b""))
    assert "Expected one of" in refused(bo, SimpleUploadedFile("a.exe", b"MZ"))
    assert "not a spreadsheet" in refused(bo, SimpleUploadedFile("a.xlsx", b"a,b\n1,2"))
    assert "right ending" in refused(bo, SimpleUploadedFile("a.csv", b"PK\x03\x04xx"))
    damaged = SimpleUploadedFile("a.xlsx", b"PK\x03\x04" + b"\x00" * 200)
    assert "damaged" in refused(bo, damaged)
    assert "zero bytes" in refused(
        bo, SimpleUploadedFile("a.csv", b"a,b\n\x00\x00,1\n")
    )
    assert "holds no row" in refused(bo, SimpleUploadedFile("a.csv", b"\n\n\n"))


def test_all_that_is_missing_is_said_at_once(members):
    text = refused(members["bo"], None, source=" ", source_on=None, what="x")
    for part in ("what the file holds", "where the file is from", "day of the source", "Choose a file"):  # fmt: skip
        assert part in text


def test_a_file_that_is_too_large_is_not_read(members):
    file = SimpleUploadedFile("a.csv", b"x")
    file.size = 51_000_000
    assert "at most 50" in refused(members["bo"], file)


def test_an_archive_that_unpacks_to_gigabytes_is_not_opened(members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
    file = SimpleUploadedFile("bomb.xlsx", data.getvalue())
    assert "unpacks to" in refused(members["bo"], file)


def test_gb18030_is_found_out_and_a_wrong_choice_is_refused(members):
    bo = members["bo"]
    text = "\n".join(",".join(row) for row in (HEAD, line(1), line(2)))
    batch = send(bo, SimpleUploadedFile("a.csv", text.encode("gb18030")))
    assert batch.encoding == "gb18030"
    assert compare(bo, batch).counts == {"new": 2}
    batch.rows.all().delete()
    type(batch).objects.all().delete()
    wrong = SimpleUploadedFile("a.csv", text.encode("gb18030"))
    assert "is not text in UTF-8" in refused(bo, wrong, encoding="utf-8-sig")


def test_of_two_sheets_the_one_with_known_headers_is_proposed_and_another_can_be_chosen(members):  # fmt: skip
    from yanlian_web.intake.actions.steps import batch_sheet

    bo = members["bo"]
    file = book({"说明": [("仅供内部使用",)], "名单": [("导出 2026",), HEAD, line(1)], "旧": [("公司名称",), ("旧公司",)]})  # fmt: skip
    batch = send(bo, file)
    assert [s["name"] for s in batch.sheets] == ["说明", "名单", "旧"]
    assert (batch.sheet, batch.header_row) == (1, 2)
    assert compare(bo, batch).counts == {"new": 1}
    batch.refresh_from_db()
    batch = batch_sheet(by=bo, pk=batch.pk, version=batch.version, sheet=2)
    assert batch.state == "uploaded"
    assert batch.mapping == ["name_zh"]
    assert not batch.rows.exists()


def test_old_spreadsheets_that_are_none_are_refused(members):
    file = SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)  # fmt: skip
    text = refused(members["bo"], file)
    assert "cannot be read" in text


def test_the_same_code_twice_in_a_file_stops_both_rows(members):
    from yanlian_web.desk.models import Company

    bo = members["bo"]
    batch = compare(bo, send(bo, sheet(HEAD, line(1, "甲公司"), line(2), line(1, "乙公司"), line(2))))  # fmt: skip
    assert batch.counts == {"error": 2, "new": 1, "skipped": 1}
    assert "rows 2 and 4" in reasons(batch, 2)
    assert "repeats row 3" in reasons(batch, 5)
    applied(bo, batch)
    assert not Company.objects.filter(credit_code=coded(1)).exists()


def test_full_width_digits_are_read_and_said(members):
    from yanlian_web.desk.models import Company

    bo = members["bo"]
    wide = coded(1).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789MA"})
    batch = compare(bo, send(bo, sheet(HEAD, line(1, 统一社会信用代码=wide, 注册资本="５００万元"))))  # fmt: skip
    assert batch.counts == {"new": 1}
    assert "Full-width" in reasons(batch, 2)
    applied(bo, batch)
    assert Company.objects.get(credit_code=coded(1)).facts.get(field="capital_cny").value == 5_000_000  # fmt: skip


CELLS = (
    (
        {"统一社会信用代码": coded(1)[:-1] + ("1" if coded(1)[-1] != "1" else "2")},
        "mistyped",
    ),
    ({"统一社会信用代码": "9133"}, "which has 4 characters"),
    ({"统一社会信用代码": "9.13308E+17"}, "last digits are lost"),
    ({"企业名称": "=HYPERLINK(1)"}, "formula"),
    ({"企业名称": "@SUM(A1)"}, "formula"),
    ({"企业名称": "<script>alert(1)</script>"}, "markup"),
    ({"企业名称": "永康\u202e公司"}, "cannot be seen"),
    ({"企业名称": "长" * 400}, "at most 300"),
    ({"注册资本": "很多"}, "Expected a number"),
    ({"注册资本": "-5万"}, "Expected a number from"),
    ({"注册资本": "9e99"}, "Expected a number"),
    ({"成立日期": "2015-13-40"}, "Expected a date"),
    ({"成立日期": "3015"}, "Expected a number from"),
    ({"官网": "java script"}, "Expected an address"),
)


@pytest.mark.parametrize(("cells", "expected"), CELLS)
def test_a_wrong_cell_stops_its_row_and_says_why(members, cells, expected):
    bo = members["bo"]
    batch = compare(bo, send(bo, book({"a": [HEAD, line(1, **cells), line(2)]})))
    assert batch.counts == {"error": 1, "new": 1}
    assert expected in reasons(batch, 2)
    assert applied(bo, batch).result == {"made": 1}


def test_what_cannot_be_converted_is_left_out_with_a_word(members):
    bo = members["bo"]
    batch = compare(
        bo, send(bo, sheet(HEAD, line(1, 注册资本="100万美元", 联系电话="x")))
    )
    assert batch.counts == {"new": 1}
    assert "other currencies" in reasons(batch, 2)
    assert "fact:capital_cny" not in rows_of(batch)[2].values


def test_numbers_of_spreadsheets_lose_digits_and_say_so(members):
    bo = members["bo"]
    batch = compare(bo, send(bo, book({"a": [HEAD, ("甲公司", 913307840000000000, *[""] * 8)]})))  # fmt: skip
    assert "last digits are lost" in reasons(batch, 2)


def test_steps_out_of_order_are_refused(members, client, people):
    from yanlian_web.desk.acting import Conflict, Refused
    from yanlian_web.intake.actions.apply import batch_apply
    from yanlian_web.intake.actions.undo import batch_undo

    bo = members["bo"]
    batch = send(bo, sheet(HEAD, line(1)))
    with pytest.raises(Refused, match="preview"):
        batch_apply(by=bo, pk=batch.pk, version=None)
    with pytest.raises(Refused, match="applied"):
        batch_undo(by=bo, pk=batch.pk, version=None, why="x")
    done = applied(bo, compare(bo, batch))
    with pytest.raises(Refused, match="preview"):
        batch_apply(by=bo, pk=batch.pk, version=None)
    with pytest.raises(Refused, match="why"):
        batch_undo(by=bo, pk=batch.pk, version=done.version, why=" ")
    with pytest.raises(Conflict):
        batch_undo(by=bo, pk=batch.pk, version=done.version - 1, why="x")


def test_a_mapping_that_cannot_be_is_refused_with_all_reasons(members):
    from yanlian_web.desk.acting import Refused

    bo = members["bo"]
    batch = send(bo, sheet(HEAD, line(1)))
    wrong = ["fact:founded", "fact:founded", "nothing", *[""] * (len(HEAD) - 3)]
    with pytest.raises(Refused) as error:
        compare(bo, batch, mapping=wrong, mode="x", key="credit_code", year=1200)
    text = error.value.text("en")
    for part in ("2 columns are assigned", "no field nothing", "Assign a column to a name", "mode", "match key is", "Found 1200"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_pages_go_from_file_to_undo_in_both_languages(client, people, lang):
    from yanlian_web.intake.models import Batch

    client.force_login(people["bo"])
    client.cookies["django_language"] = lang
    page = client.get(reverse("import"))
    assert page.status_code == 200
    sent = {"what": "company", "source": "登记", "source_on": "2026-01-05"}
    answer = client.post(reverse("import"), {**sent, "file": sheet(HEAD, line(1), line(2, 官网="bad address"))})  # fmt: skip
    batch = Batch.objects.get()
    assert answer["Location"] == reverse("import-one", args=[batch.pk])
    assert "统一社会信用代码" in client.get(answer["Location"]).content.decode()
    mapped = {f"column-{i}": key for i, key in enumerate(batch.mapping)}
    answer = client.post(reverse("import-preview", args=[batch.pk]), {**mapped, "mode": "both", "key": "credit_code", "version": batch.version})  # fmt: skip
    assert answer.status_code == 302
    batch.refresh_from_db()
    shown = client.get(reverse("import-one", args=[batch.pk])).content.decode()
    assert coded(1) in shown
    for state in ("error", "new", "conflict"):
        assert client.get(reverse("import-one", args=[batch.pk]) + f"?state={state}").status_code == 200  # fmt: skip
    answer = client.post(reverse("import-apply", args=[batch.pk]), {"version": batch.version})  # fmt: skip
    assert answer.status_code == 302
    result = client.get(reverse("import-result", args=[batch.pk]))
    text = b"".join(result.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 3
    assert text.splitlines()[1].startswith("永康试验1有限公司")
    workbook = client.get(reverse("import-result", args=[batch.pk]) + "?form=xlsx")
    assert b"".join(workbook.streaming_content).startswith(b"PK")
    batch.refresh_from_db()
    answer = client.post(reverse("import-undo", args=[batch.pk]), {"version": batch.version, "why": "wrong"})  # fmt: skip
    assert answer.status_code == 302
    assert client.get(reverse("import-one", args=[batch.pk]) + "?state=stayed").status_code == 200  # fmt: skip


def test_a_page_of_rows_asks_a_fixed_number_of_times(client, people, members):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bo = members["bo"]
    client.force_login(people["bo"])
    counts = []
    for size in (1, 2, 20):
        batch = compare(bo, send(bo, sheet(HEAD, *(line(100 * size + i) for i in range(size)))))  # fmt: skip
        applied(bo, batch)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("import-one", args=[batch.pk]))
        counts.append(len(asked))
    # The first one fills what is kept for all pages.
    assert counts[1] == counts[2]


def test_no_cell_of_the_result_is_a_formula(client, people, members):
    bo = members["bo"]
    client.force_login(people["bo"])
    batch = compare(bo, send(bo, sheet(HEAD, line(1, "=1+1"))))
    result = client.get(reverse("import-result", args=[batch.pk]))
    text = b"".join(result.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in text
