"""How findings name rows, cells, ranges and reasons: short, and safe to print."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence

from yanlian.tables.schema import Column
from yanlian.text import N_, Say, say

MOST = 5
# What the system says in English only.
_REASONS = {
    errno.ENOSPC: N_("the disk is full"),
    errno.EFBIG: N_("the file would be larger than is allowed"),
    errno.EACCES: N_("you do not have the right"),
    errno.EPERM: N_("you do not have the right"),
    errno.EROFS: N_("the disk is read-only"),
    errno.ENOTDIR: N_("a part of the path is a file"),
    errno.ENAMETOOLONG: N_("the path is too long"),
    errno.ELOOP: N_("its link leads back to itself"),
    errno.EIO: N_("the disk reports an error"),
}


def shown(text: str, most: int = 40) -> str:
    r"""Return a text for a message: short, and with nothing that moves a terminal.

    Examples
    --------
    >>> shown("F1\u200b\x1b[31m"), shown("abcdefgh", 5)
    ('F1\\u200b\\x1b[31m', 'abcde…')
    """
    cut = text[:most] + "\u2026" if len(text) > most else text
    if cut.isprintable():
        return cut
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut
    )


def listed(names: Iterable[object], most: int = MOST) -> str:
    """Return names for a message: the first few and how many more.

    Examples
    --------
    >>> listed("abcdefg"), listed("ab")
    ('a, b, c, d, e (+2)', 'a, b')
    """
    every = list(names)
    text = ", ".join(shown(str(name)) for name in every[:most])
    return f"{text} (+{len(every) - most})" if len(every) > most else text


def rows_text(rows: Sequence[int], count: int | None = None) -> str:
    """Return row numbers for a message: the first five and how many more.

    Examples
    --------
    >>> rows_text([2, 5]), rows_text([2, 3, 4, 5, 6, 7, 8])
    ('2, 5', '2, 3, 4, 5, 6 (+2)')
    """
    text = ", ".join(str(row) for row in rows[:MOST])
    more = (len(rows) if count is None else count) - MOST
    return f"{text} (+{more})" if more > 0 else text


def limit_text(value: float, column: Column) -> str:
    """Return the end of a range as one reads it; years without thousands marks."""
    plain = column.unit == "year" or column.type in {"date", "pdate"}
    return f"{value:.12g}" if plain else f"{value:,.15g}"


def reason_of(error: Exception) -> Say | str:
    """Return why the system, or what stands on it, could not read or write.

    Examples
    --------
    >>> reason_of(OSError(errno.ENOSPC, "No space left on device")).en
    'the disk is full'
    """
    number = getattr(error, "errno", None)
    text = getattr(error, "strerror", None) or str(error)
    for code, msgid in _REASONS.items():
        if number == code or (number is None and os.strerror(code) in text):
            return say(msgid)
    return shown(text.partition("\n")[0], 160)
