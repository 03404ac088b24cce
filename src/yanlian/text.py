"""Sentences in two languages.

The program's text is written in English and looked up in one catalogue,
``locale/zh_Hans``. A sentence is said in both languages at once, so that a stored
result can be read by anybody.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "zh")
# Folders of sentences with their Chinese: the library's, then what others have added.
_PARTS = [Path(__file__).parent / "locale" / "parts"]


def N_(msgid: str) -> str:
    """Mark a literal for the catalogue without translating it."""
    return msgid


@functools.cache
def _catalogue() -> Mapping[str, str]:
    """Return the Chinese of every English sentence; the library's own word goes first."""
    found: dict[str, str] = {}
    for folder in _PARTS:
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if row["zh"]:
                        found.setdefault(row["msgid"], row["zh"])
    return found


def add_sentences(folder: Path) -> None:
    """Let sentences of a program built on the library be said in both languages.

    Parameters
    ----------
    folder : Path
        Holds CSV files with the columns ``msgid`` and ``zh``.
    """
    if folder not in _PARTS:
        _PARTS.append(folder)
        _catalogue.cache_clear()


@dataclass(frozen=True)
class Say:
    """A sentence in both languages."""

    en: str
    zh: str

    def text(self, lang: str) -> str:
        """Return the sentence in ``lang`` (``"en"`` or ``"zh"``)."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.en


def translate(msgid: str, lang: str) -> str:
    """Return a sentence of the program in ``lang``, with its placeholders kept."""
    return _catalogue().get(msgid, msgid) if lang == "zh" else msgid


def say(msgid: str, /, **values: object) -> Say:
    """Fill the placeholders of a sentence in both languages.

    Parameters
    ----------
    msgid : str
        English sentence with ``%(name)s`` placeholders.
    **values : object
        What stands in the placeholders. A :class:`Say` is put in in its own
        language.

    Returns
    -------
    Say
        The sentence in English and Chinese. A sentence that has no Chinese in the
        catalogue is English in both.

    Examples
    --------
    >>> say("%(count)s rows were read.", count=3).en
    '3 rows were read.'
    """
    if not values:
        return Say(msgid, translate(msgid, "zh"))
    en = {k: v.en if isinstance(v, Say) else v for k, v in values.items()}
    zh = {k: v.zh if isinstance(v, Say) else v for k, v in values.items()}
    return Say(msgid % en, translate(msgid, "zh") % zh)


def pick(lang: str, en: str, zh: str) -> str:
    """Return the text in ``lang``, or the other language where that is empty."""
    return (zh or en) if lang == "zh" else (en or zh)


def clock(minutes: float) -> str:
    """Return minutes after midnight as a time of day.

    Examples
    --------
    >>> clock(545)
    '09:05'
    """
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"
