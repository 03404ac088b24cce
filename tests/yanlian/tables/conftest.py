"""Small files made on the spot, and what every finding about them must have."""

import re

import xlsxwriter

from yanlian.tables import check_files

HAN = re.compile(r"[\u3400-\u9fff]")


def checked(*paths):
    """Tables by name and findings by code of some files, every finding in order."""
    tables, findings = check_files(paths)
    by_code = {}
    for finding in findings:
        assert finding.where, finding
        assert HAN.search(finding.say.zh), f"no Chinese: {finding.say.en}"
        assert finding.say.en.endswith("."), finding.say.en
        assert finding.say.zh.endswith("。"), finding.say.zh
        by_code.setdefault(finding.code, []).append(finding)
    return tables, by_code


def says(findings, code, *words, zh=(), level="error"):
    """Assert that one finding of a kind holds all words, in both languages."""
    assert code in findings, sorted(findings)
    assert len(findings[code]) == 1, [f.say.en for f in findings[code]]
    finding = findings[code][0]
    assert finding.level == level
    for word in words:
        assert word in finding.text("en"), (word, finding.text("en"))
    for word in zh:
        assert word in finding.text("zh"), (word, finding.text("zh"))
    return finding


def text_file(folder, name, text, encoding="utf-8"):
    """Write a text file as it is, line ends included."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def workbook(path, **sheets):
    """Write sheets of plain rows."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None:
                    sheet.write(i, j, value)
    book.close()
    return path


def segments_text(*keys):
    """A table of segments with nothing wrong in it."""
    rows = [f"{k},Name {k},名称{k},S {k},简{k},component,upstream" for k in keys]
    heads = "segment_id,name_en,name_zh,short_en,short_zh,kind,stage"
    return "\n".join([heads, *rows]) + "\n"


def supplies_text(*pairs):
    """A table of supplies given as ``"A>B"``."""
    rows = [pair.replace(">", ",") + ",2" for pair in pairs]
    return "\n".join(["supplier_id,buyer_id,importance", *rows]) + "\n"
