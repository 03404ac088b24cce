"""What a cell says: its value for a target, or why it cannot be taken."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from yanlian.identity import credit_code_ok
from yanlian.tables.cells import cell_text, read_date, read_number
from yanlian.tables.wording import shown
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import HIDDEN
from yanlian_web.intake.fields import Head, Target

# Target, English, Chinese, and whether it stops the row.
Reason = tuple[str, str, str, bool]
Cleaned = tuple[Any, Say | None, bool]

_PLAIN = re.compile(r"[\x20-\x7e\u4e00-\u9fff\u3001\u3002\uff08\uff09\uff0c\uff1b]*")
_MARKUP = re.compile(r"<\s*[a-zA-Z/!?]")
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_SPACES = re.compile(r"\s+")
_LOST = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z]{18}")
_PHONE = re.compile(r"\+?\d[\d \-()]+")
# No count of people and no amount is above these.
MOST_PEOPLE, MOST_MONEY = 5_000_000, 1e13
FIRST_YEAR = 1000
# What stands for nothing in exports.
_NOTHING = frozenset({"-", "--", "\u2014", "\u2014\u2014", "/", "\u65e0", "n/a", "null", "none", "#n/a", "\u6682\u65e0", "\u672a\u516c\u5f00"})  # fmt: skip
_ACTIVE = ("\u5b58\u7eed", "\u5728\u8425", "\u5f00\u4e1a", "\u5728\u4e1a", "\u6b63\u5e38", "\u767b\u8bb0\u6210\u7acb", "\u8fc1\u5165", "\u8fc1\u51fa", "active")  # fmt: skip
_HISTORICAL = ("\u6ce8\u9500", "\u540a\u9500", "\u64a4\u9500", "\u505c\u4e1a", "\u6b47\u4e1a", "\u5173\u95ed", "historical", "closed")  # fmt: skip
_DISTRESSED = ("\u7834\u4ea7", "\u6e05\u7b97", "\u91cd\u6574", "\u4f11\u4e1a", "distressed")  # fmt: skip
_CNY = ("\u4eba\u6c11\u5e01", "rmb", "cny")
_FOREIGN = re.compile(
    "\u7f8e\u5143|\u6e2f\u5143|\u6e2f\u5e01|\u6b27\u5143|\u65e5\u5143|\u82f1\u9551|\u53f0\u5e01|\u65b0\u5e01|\u97e9\u5143|\u6fb3|usd|hkd|eur|jpy|gbp|\\$|\u20ac",
    re.IGNORECASE,
)


def read_cell(
    target: Target, cell: object, head: Head, today: datetime.date
) -> Cleaned:
    """Return the value of a cell, what is to be said of it, and whether it is wrong.

    Parameters
    ----------
    target : Target
    cell : object
        Text, or a typed cell of a spreadsheet.
    head : Head
        What the header says of units.
    today : date

    Returns
    -------
    value : object
        None where nothing is said.
    said : Say or None
    wrong : bool
        Whether the row cannot be taken.
    """
    if target.sort == "code" and type(cell) is float and abs(cell) >= 1e15:
        return None, _lost(f"{cell:.6g}"), True
    text = cell_text(cell)
    if not text:
        return None, None, False
    # Nearly every cell holds nothing but the usual characters.
    if not _PLAIN.fullmatch(text):
        if HIDDEN.search(text):
            return None, _hidden(text), True
        text = _SPACES.sub(" ", text) if target.sort != "text" else text
    text = text.strip()
    if text[:1] == "'" and text[1:2] in {"=", "+", "-", "@"}:
        text = text[1:]
    if not text or text.lower() in _NOTHING:
        return None, None, False
    if text[0] in "=@" or (text[0] in "+-" and not _number_like(text)):
        return None, _formula(text), True
    if "<" in text and _MARKUP.search(text):
        return None, _markup(text), True
    if len(text) > target.size:
        return None, _long(text, target.size), True
    return _READERS[target.sort](text, cell, head, today)


def _number_like(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) or text[1:2].isdigit()


def _line(text: str, *_: Any) -> Cleaned:
    return text, None, False


def _code(text: str, *_: Any) -> Cleaned:
    folded = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    if _LOST.fullmatch(folded):
        return None, _lost(text), True
    said = None
    if _WIDE.search(text):
        said = say(
            N_("Full-width characters were read as half-width: %(code)s."), code=folded
        )
    return folded, said, False


def check_code(code: str) -> Say | None:
    """Return what is wrong with a unified social credit code."""
    if not _CODE.fullmatch(code):
        return say(
            N_(
                "Found %(code)s, which has %(count)s characters. Expected 18 digits and "
                "capital letters; copy it from the licence."
            ),
            code=shown(code),
            count=len(code),
        )
    if not credit_code_ok(code):
        return say(
            N_(
                "Found %(code)s. Expected 18 digits and letters whose last one agrees "
                "with the others; a digit is mistyped or two are exchanged. Copy it "
                "from the licence."
            ),
            code=code,
        )
    return None


def _names(text: str, *_: Any) -> Cleaned:
    parts = re.split("[;\uff1b\u3001\n]", text)
    return (
        "; ".join(dict.fromkeys(p.strip() for p in parts if p.strip())) or None,
        None,
        False,
    )


def _url(text: str, *_: Any) -> Cleaned:
    found = unicodedata.normalize("NFKC", text).split(";")[0].split(",")[0].strip()
    if "://" not in found:
        found = f"https://{found}"
    if not re.fullmatch(r"https?://[\w\-.\u4e00-\u9fff]+\.[\w\u4e00-\u9fff]{2,}(?::\d+)?(?:[/?#]\S*)?", found):  # fmt: skip
        return (
            None,
            say(
                N_("Found %(text)s. Expected an address such as www.example.cn."),
                text=shown(text),
            ),
            True,
        )
    return found, None, False


def _state(text: str, *_: Any) -> Cleaned:
    folded = text.lower()
    for words, state in ((_DISTRESSED, "distressed"), (_HISTORICAL, "historical"), (_ACTIVE, "active")):  # fmt: skip
        if any(word in folded for word in words):
            return state, None, False
    said = say(
        N_(
            "Found %(text)s. Expected a state such as active, closed or bankrupt; the "
            "field was left out."
        ),
        text=shown(text),
    )
    return None, said, False


def _year(text: str, cell: Any, head: Head, today: datetime.date) -> Cleaned:
    if isinstance(cell, datetime.date):
        year = cell.year
    else:
        day = read_date(text, whole=False)
        serial = re.fullmatch(r"[2-7]\d{4}(\.\d+)?", text)
        if serial:
            # A day number of a spreadsheet whose format got lost.
            day = (datetime.date(1899, 12, 30) + datetime.timedelta(int(float(text)))).isoformat()  # fmt: skip
        if day is None:
            said = say(
                N_("Found %(text)s. Expected a date such as 2015-03-02, or a year."),
                text=shown(text),
            )
            return None, said, True
        year = int(day[:4])
    if not FIRST_YEAR <= year <= today.year:
        return None, _range(year, FIRST_YEAR, today.year), True
    return year, None, False


def _amount(
    text: str, cell: Any, head: Head, unit: str, most: float
) -> tuple[float | None, Say | None, bool]:
    folded = unicodedata.normalize("NFKC", text).strip().lower().strip("\u7ea6\u5171 ")
    for word in _CNY:
        folded = folded.replace(word, "")
    folded = folded.replace("()", "").replace(" ", "")
    # A figure that brings its own unit is not multiplied by that of the header.
    value, own = read_number(folded, unit, factor=None)
    if value is not None and not own and head.factor is not None:
        value = float(Decimal(repr(value)) * head.factor)
    if value is None or not math.isfinite(value):
        said = say(N_("Found %(text)s. Expected a number."), text=shown(text))
        return None, said, True
    if not 0 <= value <= most:
        return None, _range(value, 0, most), True
    return value, None, False


def _money(text: str, cell: Any, head: Head, today: datetime.date) -> Cleaned:
    if _FOREIGN.search(text):
        said = say(
            N_(
                "Found %(text)s. Amounts in other currencies are not converted; the "
                "field was left out."
            ),
            text=shown(text),
        )
        return None, said, False
    return _amount(text, cell, head, "CNY", MOST_MONEY)


def _count(text: str, cell: Any, head: Head, today: datetime.date) -> Cleaned:
    value, said, wrong = _amount(text, cell, head, "persons", MOST_PEOPLE)
    if value is not None and not value.is_integer():
        said = say(N_("Found %(text)s. Expected a whole number."), text=shown(text))
        return None, said, True
    return value, said, wrong


_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_ABROAD = re.compile(r"\+(?!86)\d{7,15}")
_LANDLINE = re.compile(r"\+?\d{5,16}(?:[x#]\d{1,6})?|400\d{7}")


def _reached(pattern: re.Pattern[str], expected: str) -> Callable[..., Cleaned]:
    def read(text: str, cell: Any, head: Head, today: datetime.date) -> Cleaned:
        folded = re.sub(r"[\s\-()./]", "", unicodedata.normalize("NFKC", text))
        if _LOST.fullmatch(folded):
            return None, _lost(text), True
        match = pattern.fullmatch(folded)
        if not match and not _ABROAD.fullmatch(folded):
            return (
                None,
                say(expected, text=shown(text)),
                True,
            )
        said = None
        if _WIDE.search(text):
            said = say(
                N_("Full-width characters were read as half-width: %(code)s."),
                code=folded,
            )
        return (
            (match.group(1) if match and match.lastindex else folded),
            said,
            False,
        )

    return read


def _email(text: str, *_: Any) -> Cleaned:
    found = unicodedata.normalize("NFKC", text).strip().lower()
    if not re.fullmatch(r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)+", found):
        return (
            None,
            say(
                N_("Found %(text)s. Expected an address such as name@example.cn."),
                text=shown(text),
            ),
            True,
        )
    return found, None, False


_READERS: dict[str, Callable[..., Cleaned]] = {
    "line": _line,
    "text": _line,
    "code": _code,
    "names": _names,
    "url": _url,
    "state": _state,
    "year": _year,
    "money": _money,
    "count": _count,
    "mobile": _reached(
        _MOBILE,
        N_(
            "Found %(text)s. Expected eleven digits that begin with 1, or + with "
            "the code of a country."
        ),
    ),
    "phone": _reached(
        _LANDLINE, N_("Found %(text)s. Expected digits with the area code.")
    ),
    "email": _email,
}


def _lost(text: str) -> Say:
    return say(
        N_(
            "Found %(text)s: the spreadsheet kept this code as a number and its last "
            "digits are lost. Format the column as text and enter the codes again."
        ),
        text=shown(text),
    )


def _hidden(text: str) -> Say:
    codes = dict.fromkeys(f"U+{ord(mark):04X}" for mark in HIDDEN.findall(text))
    return say(
        N_(
            "Found characters that cannot be seen: %(codes)s. Type the text anew "
            "instead of pasting it."
        ),
        codes=", ".join(codes),
    )


def _formula(text: str) -> Say:
    return say(
        N_(
            "Found %(text)s, which a spreadsheet would run as a formula. Write the value "
            "instead."
        ),
        text=shown(text),
    )


def _markup(text: str) -> Say:
    return say(
        N_("Found %(text)s, which is markup of a web page. Write plain text."),
        text=shown(text),
    )


def _long(text: str, most: int) -> Say:
    return say(
        N_("Found %(count)s characters. Expected at most %(most)s; shorten it."),
        count=f"{len(text):,}",
        most=f"{most:,}",
    )


def _range(value: float, least: float, most: float) -> Say:
    return say(
        N_("Found %(value)s. Expected a number from %(least)s to %(most)s."),
        value=f"{value:.15g}",
        least=f"{least:.15g}",
        most=f"{most:.15g}",
    )
