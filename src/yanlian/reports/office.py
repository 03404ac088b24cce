"""What office files have in common: fonts, fields, and one time for all their parts."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any


def fixed_zip(data: bytes, stamp: datetime.datetime) -> bytes:
    """Return an office file with one time for all its parts: same input, same bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts:
            info = zipfile.ZipInfo(name, stamp.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part)
    return made.getvalue()


def docx_styles(book: Any) -> None:
    """Set the fonts of a DOCX, Latin and Chinese."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = book.styles["Normal"]
    style.font.name = "Arial"
    style.font.size = Pt(10.5)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "SimSun")
    for level in (1, 2, 3):
        fonts = book.styles[f"Heading {level}"].element.get_or_add_rPr()
        fonts.get_or_add_rFonts().set(qn("w:eastAsia"), "SimHei")


def docx_field(paragraph: Any, code: str) -> None:
    """Add a field, such as the number of the page, to a paragraph of a DOCX."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("instr", code), ("end", "")):
        run = paragraph.add_run()
        if kind == "instr":
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)
