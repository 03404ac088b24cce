"""A paper of plain sections with tables, as DOCX and XLSX, in one language or both."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yanlian.reports.office import docx_field, docx_styles, fixed_zip
from yanlian.text import LANGUAGES, N_, Say, say

Cell = Say | str | int | float | datetime.date | None
# Excel takes no more of a name, and none of these characters.
_SHEET_NAME = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True)
class Line:
    """A row of a table.

    Attributes
    ----------
    cells : tuple of Cell
    label : Say or None
        Its own label of confidentiality, where it has one.
    training : bool
        Whether it is invented.
    """

    cells: tuple[Cell, ...]
    label: Say | None = None
    training: bool = False


@dataclass(frozen=True)
class Section:
    """A heading with a table below; ``rest`` rows more did not fit."""

    title: Say
    columns: tuple[Say, ...]
    lines: tuple[Line, ...]
    rest: int = 0
    none: Say | None = None


@dataclass(frozen=True)
class Paper:
    """A paper.

    Attributes
    ----------
    title : Say
    label : Say
        Label of confidentiality; stands on every page.
    facts : tuple of Say
        Lines below the title.
    sections : tuple of Section
    as_of : date
    training : bool
        Whether invented rows are in it.
    """

    title: Say
    label: Say
    facts: tuple[Say, ...]
    sections: tuple[Section, ...]
    as_of: datetime.date
    training: bool = field(default=False)


def languages(chosen: str) -> tuple[str, ...]:
    """Return the languages of a paper: ``zh``, ``en``, or Chinese then English."""
    return (chosen,) if chosen in LANGUAGES else ("zh", "en")


def shown(cell: Cell, lang: str) -> str:
    """Return what stands in a cell."""
    if cell is None:
        return "\u2013"
    return cell.text(lang) if isinstance(cell, Say) else str(cell)


def marks(line: Line, lang: str) -> str:
    """Return what a row is marked with: label, and that it is invented."""
    texts = [line.label] if line.label else []
    texts += [say(N_("training data"))] if line.training else []
    return ", ".join(text.text(lang) for text in texts)


def docx_bytes(paper: Paper, chosen: str) -> bytes:
    """Return a paper as DOCX.

    Parameters
    ----------
    paper : Paper
    chosen : str
        ``zh``, ``en`` or ``both``.
    """
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_BREAK
    from docx.shared import Mm

    langs = languages(chosen)
    stamp = datetime.datetime.combine(paper.as_of, datetime.time())
    book = docx.Document()
    docx_styles(book)
    book.core_properties.title = paper.title.text(langs[-1])
    book.core_properties.author = ""
    book.core_properties.created = book.core_properties.modified = stamp
    section = book.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    # A4: tables with six columns need its long side.
    section.page_width, section.page_height = Mm(297), Mm(210)
    head = "  ".join(f"{paper.label.text(x)} {paper.title.text(x)}" for x in langs)
    section.header.paragraphs[0].text = head
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{paper.as_of}   ")
    docx_field(foot, "PAGE")
    foot.add_run(" / ")
    docx_field(foot, "NUMPAGES")
    for number, lang in enumerate(langs):
        if number:
            book.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _docx_part(book, paper, lang)
    data = io.BytesIO()
    book.save(data)
    return fixed_zip(data.getvalue(), stamp)


def _docx_part(book: Any, paper: Paper, lang: str) -> None:
    book.add_heading(paper.title.text(lang), 1)
    for fact in (paper.label, *paper.facts):
        book.add_paragraph(fact.text(lang))
    for section in paper.sections:
        title = f"{section.title.text(lang)} ({len(section.lines) + section.rest})"
        book.add_heading(title, 2)
        if not section.lines:
            book.add_paragraph((section.none or say(N_("None."))).text(lang))
            continue
        table = book.add_table(rows=1, cols=len(section.columns), style="Table Grid")
        table.rows[0]._tr.get_or_add_trPr().append(_repeated())
        for cell, name in zip(table.rows[0].cells, section.columns, strict=True):
            cell.paragraphs[0].add_run(name.text(lang)).bold = True
        for line in section.lines:
            cells = table.add_row().cells
            for cell, value in zip(cells, line.cells, strict=True):
                cell.text = shown(value, lang)
            if said := marks(line, lang):
                cells[0].paragraphs[0].add_run(f" [{said}]").italic = True
        if section.rest:
            book.add_paragraph(rest_of(section).text(lang))


def rest_of(section: Section) -> Say:
    """Return how many rows did not fit."""
    return say(
        N_("%(count)s more are not on this paper; the workbench lists them."),
        count=section.rest,
    )


def _repeated() -> Any:
    """Return the mark that lets the heads of columns stand on every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:tblHeader")
    element.set(qn("w:val"), "true")
    return element


def xlsx_bytes(paper: Paper, chosen: str) -> bytes:
    """Return a paper as XLSX, a sheet for each section and language; no cell computes."""
    import xlsxwriter

    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    stamp = datetime.datetime.combine(paper.as_of, datetime.time())
    book.set_properties({"title": paper.title.en, "created": stamp})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    langs = languages(chosen)
    for number, lang in enumerate(langs):
        first = book.add_worksheet(_sheet(paper.title, lang, number, langs))
        texts = [paper.title, paper.label, *paper.facts]
        for row, text in enumerate(texts):
            first.write_string(row, 0, text.text(lang))
        first.set_column(0, 0, 90)
        for place, section in enumerate(paper.sections):
            title = Say(
                f"{place + 1} {section.title.en}", f"{place + 1} {section.title.zh}"
            )
            sheet = book.add_worksheet(_sheet(title, lang, number, langs))
            sheet.set_header(f"&L{paper.label.text(lang)}&R{paper.as_of}")
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.freeze_panes(1, 0)
            names = [*section.columns, say(N_("Label"))]
            sheet.write_row(0, 0, [name.text(lang) for name in names], bold)
            for row, line in enumerate(section.lines, 1):
                _row(sheet, row, line, lang, wrap)
            if section.rest:
                sheet.write_string(
                    len(section.lines) + 1, 0, rest_of(section).text(lang)
                )
            sheet.set_column(0, len(section.columns), 24)
    book.close()
    return data.getvalue()


def _sheet(title: Say, lang: str, number: int, langs: Sequence[str]) -> str:
    """Return the name of a sheet; each is there once."""
    name = title.text(lang).translate(_NOT_IN_NAMES)
    mark = f" {lang}" if len(langs) > 1 else ""
    return name[: _SHEET_NAME - len(mark)].strip() + mark


def _row(sheet: Any, row: int, line: Line, lang: str, form: Any) -> None:
    for column, cell in enumerate(line.cells):
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            sheet.write_number(row, column, cell, form)
        else:
            text = "" if cell is None else shown(cell, lang)
            sheet.write_string(row, column, text, form)
    sheet.write_string(row, len(line.cells), marks(line, lang), form)
