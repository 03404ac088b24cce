"""Reading CSV and TSV in the encodings that offices use."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from yanlian.errors import SourceError
from yanlian.tables.headers import HEADER_ROWS
from yanlian.tables.sheets import Book, Row, Sheet
from yanlian.tables.wording import shown
from yanlian.text import N_, say

# The longest cell: no column takes more, and a quotation mark that is never closed
# would otherwise make one cell of the rest of the file.
MAX_CELL = 2_000_000
_BLOCK = 1 << 20
# So many characters that are not ASCII tell whether a text is Chinese.
_ENOUGH = 100_000
# Share of the characters that are common in Chinese, below which bytes that happen to
# be valid GB18030 are another encoding. Measured on 255 company rows, traditional
# characters counted as their simplified ones: Chinese 0.99, of three names 0.87 at
# least; Big5 0.42, Japanese 0.11.
_CHINESE = 0.75
# Han characters per bad byte, above which a text is damaged UTF-8. Measured on the
# same rows: GB18030 read as UTF-8 gives 0.02.
_DAMAGED = 0.2
_DELIMITERS = (",", "\t", ";", "|")
_HAN = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
_BAD = re.compile("[\udc80-\udcff]")

Score = Callable[[Sequence[Sequence[str]]], int]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_encoding(path: Path) -> str:
    """Return the encoding of a text file: UTF-8, UTF-16 with mark, or GB18030.

    Raises
    ------
    SourceError
        When it is none of these, or when it is not text at all.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} and (
        start != codecs.BOM_UTF32_LE
    ):
        if _decodes(path, "utf-16"):
            return "utf-16"
        raise _no_text(path)
    row = 1
    for block in _blocks(path):
        if b"\x00" in block:
            row += block[: block.index(b"\x00")].count(b"\n")
            raise SourceError(
                N_(
                    "%(path)s holds zero bytes, the first in line %(row)s: it is UTF-16 "
                    "without its mark, or no text, or damaged. Save it as CSV in UTF-8, or "
                    "as XLSX."
                ),
                path=shown(path.name),
                row=row,
            )
        row += block.count(b"\n")
    if _decodes(path, "utf-8"):
        return "utf-8-sig"
    rows, good, bad = _damage(path)
    if good > _DAMAGED * bad:
        raise SourceError(
            N_(
                "%(path)s is UTF-8 except for some bytes in line %(row)s: it is damaged, or "
                "text of two encodings was put together. Correct the line and save the "
                "file as CSV in UTF-8."
            ),
            path=shown(path.name),
            row=rows,
        )
    if not _decodes(path, "gb18030") or not _is_chinese(path):
        raise _no_text(path)
    return "gb18030"


def _no_text(path: Path) -> SourceError:
    return SourceError(
        N_(
            "%(path)s is not text in UTF-8, UTF-16 or GB18030. Save it as CSV in UTF-8, or "
            "as XLSX."
        ),
        path=shown(path.name),
    )


def _damage(path: Path) -> tuple[int, int, int]:
    """Return the first line that is not UTF-8, and how many characters and bytes are."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    row, first, good, bad = 1, 0, 0, 0
    for block in itertools.chain(_blocks(path), [b""]):
        text = decoder.decode(block, final=not block)
        wrong = _BAD.search(text)
        if wrong and not first:
            first = row + text.count("\n", 0, wrong.start())
        row += text.count("\n")
        good += len(_HAN.findall(text))
        bad += len(_BAD.findall(text))
    return first, good, bad


def _is_chinese(path: Path) -> bool:
    """Whether most characters beyond ASCII are those of Chinese text."""
    import opencc

    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    found = ""
    for block in _blocks(path):
        found += "".join(c for c in decoder.decode(block) if c > "\x7f")
        if len(found) >= _ENOUGH:
            break
    simplified = opencc.OpenCC("t2s").convert(found)
    return sum(map(_is_common, simplified)) >= _CHINESE * len(simplified)


def _is_common(character: str) -> bool:
    """Whether GB 2312 has it as a mark or among its 3755 most used characters."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return 0xA1 <= code[0] <= 0xA9 or 0xB0 <= code[0] <= 0xD7


def read_text(path: Path, score: Score, encoding: str | None = None) -> Book:
    """Return the one sheet of a CSV or TSV file.

    Parameters
    ----------
    path : Path
    score : callable
        How many known headers the first rows hold; the separator with most wins.
    encoding : str, optional
        As somebody who knows it says; found out when absent.
    """
    encoding = encoding or find_encoding(path)
    delimiter = _find_delimiter(path, encoding, score)
    where = shown(path.name)
    rows = _rows(path, encoding, delimiter)
    return Book((Sheet((path.stem,), where, rows, commas=delimiter != ";"),))


def _find_delimiter(path: Path, encoding: str, score: Score) -> str:
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(200_000)
    first = sample.lstrip("\r\n").split("\n", 1)[0]

    def fits(delimiter: str) -> tuple[int, int]:
        # A cell cut off at the end of the sample does no harm to the headers.
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            rows = list(itertools.islice(reader, HEADER_ROWS))
        except csv.Error:
            rows = []
        return score(rows), first.count(delimiter)

    return max(_DELIMITERS, key=fits)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            # The limit is one for all readers of the process; it only ever grows here.
            if csv.field_size_limit() != MAX_CELL:
                csv.field_size_limit(MAX_CELL)
            # Strict: text after a closing quotation mark, and one never closed, are
            # mistakes that would otherwise move cells without a word.
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            for number, row in enumerate(reader, start=1):
                if any(row) and any(cell.strip() for cell in row):
                    yield number, row
    except csv.Error as error:
        reasons = {
            "unexpected end of data": N_("a quotation mark is never closed"),
            "expected after": N_("text follows a closing quotation mark"),
            "field larger than": N_("a cell is longer than two million characters"),
        }
        known = (msgid for part, msgid in reasons.items() if part in str(error))
        reason: object = next((say(msgid) for msgid in known), str(error))
        raise SourceError(
            N_(
                "%(path)s cannot be read as CSV beyond row %(row)s: %(reason)s. Text that "
                "holds a separator or a line break stands in quotation marks, and marks "
                "inside it are doubled. Correct the next row, or save the file again as "
                "CSV in UTF-8."
            ),
            path=shown(path.name),
            row=number,
            reason=reason,
        ) from error
