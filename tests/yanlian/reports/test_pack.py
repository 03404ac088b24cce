"""A paper of sections as DOCX and XLSX, in one language and in both."""

import datetime
import io

import docx
import pytest
from python_calamine import CalamineWorkbook

from yanlian.reports.pack import Line, Paper, Section, docx_bytes, xlsx_bytes
from yanlian.text import Say

PAPER = Paper(
    Say("Handover pack: Lin", "交接清单：林"),
    Say("internal", "内部"),
    (Say("As of today.", "截至今日。"),),
    (
        Section(
            Say("Open promises", "未结承诺"),
            (Say("Promise", "承诺"), Say("Days", "天数")),
            (
                Line((Say("=cmd|'/c calc'!A1", "=SUM(1)"), 3), Say("internal", "内部"), True),
                Line((Say("Name 30 mu", "落实三十亩"), None)),
            ),
            rest=7,
        ),
        Section(Say("Risks: a/b", "风险"), (Say("What", "内容"),), (), none=Say("None at all.", "全无。")),
    ),
    datetime.date(2026, 5, 1),
    training=True,
)  # fmt: skip


def text_of(data):
    book = docx.Document(io.BytesIO(data))
    cells = [c.text for t in book.tables for row in t.rows for c in row.cells]
    heads = [p.text for s in book.sections for p in s.header.paragraphs]
    return "\n".join([p.text for p in book.paragraphs] + cells + heads)


@pytest.mark.parametrize(
    ("lang", "there", "away"),
    [("en", "Name 30 mu", "落实三十亩"), ("zh", "落实三十亩", "Name 30 mu")],
)
def test_it_speaks_the_language_asked_for(lang, there, away):
    text = text_of(docx_bytes(PAPER, lang))
    assert there in text
    assert away not in text


def test_both_languages_label_and_marks():
    text = text_of(docx_bytes(PAPER, "both"))
    for word in ("落实三十亩", "Name 30 mu", "内部", "internal", "None at all.", "练习数据", "training data", "7"):  # fmt: skip
        assert word in text


def test_the_same_paper_is_the_same_bytes():
    assert docx_bytes(PAPER, "both") == docx_bytes(PAPER, "both")


def test_a_workbook_computes_nothing():
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(PAPER, "both")))
    assert len(book.sheet_names) == len(set(book.sheet_names)) == 6
    rows = [row for n in book.sheet_names for row in book.get_sheet_by_name(n).to_python()]  # fmt: skip
    cells = [cell for row in rows for cell in row]
    assert "=cmd|'/c calc'!A1" in cells
    assert 3 in cells
    raw = xlsx_bytes(PAPER, "en")
    import zipfile

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheets = [archive.read(n) for n in archive.namelist() if "worksheets" in n]
    assert sheets
    assert not any(b"<f>" in sheet for sheet in sheets)
