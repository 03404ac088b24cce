"""Writing the papers of a trip: PDF, DOCX, XLSX and ICS."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yanlian.errors import SourceError
from yanlian.reports.brief import Brief, compose
from yanlian.reports.fonts import font_folders
from yanlian.reports.office import docx_field, docx_styles, fixed_zip
from yanlian.results import Progress, no_progress
from yanlian.tables import Column, Table
from yanlian.text import N_, say

TEMPLATE = Path(__file__).parent / "templates" / "brief.typ"
CJK = "Noto Sans CJK SC"


def write_papers(
    tables: Mapping[str, Table],
    manifests: Mapping[str, Mapping[str, Any]],
    folder: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write all papers of a trip into a folder.

    Parameters
    ----------
    tables : mapping of str to Table
        Input tables and results.
    manifests : mapping of str to mapping
        Manifests of the runs by study.
    folder : Path
        Where the papers are put; papers of the same name are replaced.
    settings : mapping, optional
        Names of the workspace.
    progress : Progress, optional
        Called before each paper.

    Returns
    -------
    list of Path
        ``brief.pdf``, ``brief.docx``, ``gaps-targets.xlsx`` and ``itinerary.ics``.
    """
    brief = compose(tables, manifests, settings)
    stamp = datetime.datetime.fromisoformat(str(manifests["trip"]["time"]))
    writers: tuple[tuple[str, Callable[[Path], None]], ...] = (
        ("brief.pdf", lambda path: write_pdf(brief, path)),
        ("brief.docx", lambda path: write_docx(brief, path, stamp)),
        ("gaps-targets.xlsx", lambda path: write_tables(tables, brief, path, stamp)),
        ("itinerary.ics", lambda path: write_ics(tables, brief, path, stamp)),
    )
    written = []
    for number, (name, write) in enumerate(writers):
        progress(number, len(writers), say(N_("Writing %(name)s"), name=name))
        part = folder / f".{name}.part{Path(name).suffix}"
        write(part)
        written.append(part.replace(folder / name))
    progress(len(writers), len(writers), say(N_("All papers are written.")))
    return written


def write_pdf(brief: Brief, path: Path) -> None:
    """Set the brief in both languages as PDF."""
    import typst

    try:
        made = typst.compile(
            str(TEMPLATE),
            font_paths=font_folders(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(brief.content, ensure_ascii=False)},
        )
    except RuntimeError as error:
        raise SourceError(
            N_("The brief could not be set as PDF: %(reason)s."), reason=str(error)
        ) from error
    path.write_bytes(made)


def write_docx(brief: Brief, path: Path, stamp: datetime.datetime) -> None:
    """Write the brief in both languages as DOCX."""
    import docx
    from docx.enum.text import WD_BREAK

    d = brief.content
    book = docx.Document()
    docx_styles(book)
    book.core_properties.title = d["title"]["en"]
    book.core_properties.author = ""
    book.core_properties.created = stamp.replace(tzinfo=None)
    book.core_properties.modified = stamp.replace(tzinfo=None)
    section = book.sections[0]
    section.header.paragraphs[
        0
    ].text = (
        f"{d['label']['zh']} {d['label']['en']}  {d['title']['zh']}  {d['title']['en']}"
    )
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{d['as_of']}   ")
    docx_field(foot, "PAGE")
    foot.add_run(" / ")
    docx_field(foot, "NUMPAGES")
    for number, lang in enumerate(("zh", "en")):
        if number:
            book.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        _docx_part(book, d, lang)
    book.save(str(path))
    path.write_bytes(fixed_zip(path.read_bytes(), stamp))


def _docx_sentence(book: Any, item: Mapping[str, Any], lang: str, d: Any) -> None:
    paragraph = book.add_paragraph(item[lang], style="List Bullet")
    if item["source"]:
        paragraph.add_run(str(item["source"])).font.superscript = True
    elif item["own"]:
        paragraph.add_run(f" ({d['words']['own'][lang]})")


def _docx_table(book: Any, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = book.add_table(rows=1, cols=len(heads))
    table.style = "Light List"
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _docx_part(book: Any, d: dict[str, Any], lang: str) -> None:
    words = {key: text[lang] for key, text in d["words"].items()}
    book.add_heading(d["title"][lang], 0)
    book.add_paragraph(d["dates"][lang])
    book.add_heading(words["why"], 1)
    for gap in d["gaps"]:
        book.add_heading(
            f"{gap['kind'][lang]} \u00b7 {gap['name'][lang]} \u2013 {gap['score']}", 2
        )
        for part in gap["parts"]:
            text = {
                **part,
                lang: f"{part['value']:+} {part[lang]}".replace("-", "\u2212", 1),
            }
            _docx_sentence(
                book,
                text
                if part["value"] < 0
                else {**part, lang: f"+{part['value']} {part[lang]}"},
                lang,
                d,
            )
    book.add_heading(words["timetable"], 1)
    for day in d["days"]:
        book.add_heading(day["date"][lang], 2)
        _docx_table(
            book,
            ["", "", words["value"]],
            [
                [
                    block["time"],
                    block["text"][lang],
                    "" if block["value"] is None else str(block["value"]),
                ]
                for block in day["blocks"]
            ],
        )
    book.add_heading(words["left"], 2)
    _docx_table(
        book,
        [words["company"], words["value"], words["reason"]],
        [
            [row["name"][lang], str(row["value"]), row["reason"][lang]]
            for row in d["left"]
        ],
    )
    for firm in d["firms"]:
        _docx_firm(book, firm, d, words, lang)
    book.add_heading(words["pitch"], 1)
    for item in d["pitch"]:
        _docx_sentence(book, item, lang, d)
    book.add_heading(words["notes"], 2)
    for note in d["notes"]:
        book.add_paragraph(note[lang])
    book.add_heading(words["sources"], 1)
    for number, row in enumerate(d["sources"], start=1):
        book.add_paragraph(
            f"{number}  {row['url']}  {row['kind'][lang]}, {words['checked']} "
            f"{row['checked_on']}"
        )


def _docx_firm(
    book: Any,
    firm: dict[str, Any],
    d: dict[str, Any],
    words: Mapping[str, str],
    lang: str,
) -> None:
    book.add_page_break()
    book.add_heading(f"{firm['number']}  {firm['name'][lang]}", 1)
    book.add_paragraph(
        f"{firm['when'][lang]} {firm['time']} \u00b7 {firm['city'][lang]}"
    )
    for gap in firm["gaps"]:
        book.add_paragraph(
            f"{words['why_meet']}: {gap['kind'][lang]} \u00b7 {gap['name'][lang]} "
            f"({gap['score']}) \u2013 {gap['reason'][lang]}"
        )
    for head in firm["heads"]:
        book.add_heading(head["name"][lang], 2)
        if not head["facts"]:
            book.add_paragraph(words["unknown"])
        for item in head["facts"]:
            _docx_sentence(book, item, lang, d)
    book.add_heading(words["courting"], 2)
    if not firm["courting"]:
        book.add_paragraph(words["nobody"])
    for row in firm["courting"]:
        text = f"{row['date']} {row['who'][lang]}: {row['what'][lang]}"
        _docx_sentence(book, {**row["what"], lang: text}, lang, d)
    for key, heads in (
        ("buyers", [words["part"], words["makers"], words["strength"]]),
        ("supply", [words["part"], words["importance"], words["strength"]]),
    ):
        if not firm[key]:
            continue
        book.add_heading(words[key], 2)
        middle = "firms" if key == "buyers" else "importance"
        _docx_table(
            book,
            heads,
            [
                [
                    row["name"][lang],
                    row[middle][lang],
                    "\u25a0" * row["squares"] + "\u25a1" * (5 - row["squares"]),
                ]
                for row in firm[key]
            ],
        )
    if firm["aims"]:
        book.add_heading(words["aims"], 2)
        for aim in firm["aims"]:
            book.add_paragraph(aim[lang], style="List Number")
    if firm["questions"]:
        book.add_heading(words["ask"], 2)
        for question in firm["questions"]:
            book.add_paragraph(question[lang], style="List Number")


SHEETS = (
    ("gaps", N_("Gaps")),
    ("gap_contributions", N_("Gap reasons")),
    ("targets", N_("Targets")),
    ("target_contributions", N_("Target reasons")),
    ("left_out", N_("Left out")),
)


def write_tables(
    tables: Mapping[str, Table], brief: Brief, path: Path, stamp: datetime.datetime
) -> None:
    """Write gaps and targets with their reasons as XLSX, labels in both languages."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": stamp.replace(tzinfo=None)})
    head = book.add_format(
        {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    point = book.add_format({"num_format": "0.0"})
    names = _names(tables)
    for key, label in SHEETS:
        if key not in tables:
            continue
        table = tables[key]
        text = say(label)
        sheet = book.add_worksheet(f"{text.zh} {text.en}"[:31])
        sheet.freeze_panes(1, 0)
        columns: list[tuple[Column | None, str, str]] = []
        for column in table.schema.columns:
            columns.append(
                (column, column.name, f"{column.label_zh}\n{column.label_en}")
            )
            if column.name in {"firm_id", "segment_id"}:
                for lang in ("zh", "en"):
                    columns.append(
                        (
                            None,
                            f"{column.name}:{lang}",
                            f"{column.label_zh if lang == 'zh' else column.label_en} ({lang})",
                        )
                    )
        for j, (known, name, title) in enumerate(columns):
            sheet.write_string(0, j, title, head)
            sheet.set_column(j, j, 40 if name.startswith(("text", "reason")) else 16)
            source = name.split(":")[0]
            for i, value in enumerate(table[source].tolist(), start=1):
                if known is None:
                    shown = names.get(value, {}).get(name[-2:], "")
                    sheet.write_string(i, j, shown)
                elif isinstance(value, str):
                    sheet.write_string(i, j, value)
                elif value == value:
                    sheet.write_number(i, j, value, point)
        sheet.autofilter(0, 0, max(len(table), 1), len(columns) - 1)
    text = say(N_("Sources"))
    sheet = book.add_worksheet(f"{text.zh} {text.en}")
    for i, row in enumerate(brief.content["sources"]):
        sheet.write_number(i, 0, i + 1)
        sheet.write_string(i, 1, row["url"])
        sheet.write_string(i, 2, f"{row['kind']['zh']} {row['kind']['en']}")
        sheet.write_string(i, 3, row["checked_on"])
    text = say(N_("Notes"))
    sheet = book.add_worksheet(f"{text.zh} {text.en}")
    for i, note in enumerate(brief.content["notes"]):
        sheet.write_string(i, 0, note["zh"])
        sheet.write_string(i, 1, note["en"])
    book.close()
    path.write_bytes(fixed_zip(path.read_bytes(), stamp))


def _names(tables: Mapping[str, Table]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, key in (("firms", "firm_id"), ("segments", "segment_id")):
        if name in tables:
            for row in tables[name].rows():
                found[row[key]] = {"zh": row["name_zh"], "en": row["name_en"]}
    return found


def write_ics(
    tables: Mapping[str, Table], brief: Brief, path: Path, stamp: datetime.datetime
) -> None:
    """Write visits, ways and lunches as a calendar in the time zone Asia/Shanghai."""
    import zoneinfo

    import icalendar

    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Yanlian//itinerary//ZH")
    calendar.add("version", "2.0")
    run = brief.content["runs"][-1]
    for row in tables["stops"].rows():
        if row["kind"] in {"start", "end", "wait"}:
            continue
        midnight = datetime.datetime.fromisoformat(row["date"]).replace(tzinfo=zone)
        event = icalendar.Event()
        event.add("uid", f"{run}-{int(row['day'])}-{int(row['seq'])}@yanlian.invalid")
        event.add("dtstamp", stamp)
        for name in ("start", "end"):
            minutes = int(row[f"{name}_min"])
            at = midnight.replace(hour=minutes // 60 % 24, minute=minutes % 60)
            event.add(f"dt{name}", at + datetime.timedelta(days=minutes // 1440))
        zh, en = row["text_zh"], row["text_en"]
        event.add("summary", zh if zh == en else f"{zh} / {en}")
        event.add("categories", [row["kind"]])
        event.add("transp", "OPAQUE" if row["kind"] == "visit" else "TRANSPARENT")
        if row["lat"] == row["lat"]:
            event.add("geo", (row["lat"], row["lon"]))
        calendar.add_component(event)
    calendar.add_missing_timezones()
    path.write_bytes(calendar.to_ical())
