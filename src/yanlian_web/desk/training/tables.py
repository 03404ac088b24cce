"""The tables of the story, read as plain rows."""

from __future__ import annotations

import csv
import datetime
import functools
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from yanlian_web.desk.actions.papers import Given

FOLDER = Path(__file__).parent / "data"
Row = dict[str, str]


@functools.cache
def rows_of(name: str) -> tuple[Row, ...]:
    """Return the rows of a table of the story."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def phrase(key: str, **values: object) -> str:
    """Return a phrase of the story in both languages."""
    return next(r["text"] for r in rows_of("phrases") if r["key"] == key).format(
        **values
    )


def number(text: str) -> float | None:
    """Return a number, or None for an empty cell."""
    return float(text) if text else None


def paper(kind: str, number: str, day: datetime.date, about: str) -> Given:
    """Return a paper of the story with its file, which says that it is invented."""
    return Given(
        kind=kind, number=number, on=day, file=text_file(f"{kind}-{number}", about)
    )


def text_file(name: str, about: str) -> Any:
    """Return an upload that holds a few words in both languages."""
    head = (FOLDER / "paper.txt").read_text(encoding="utf-8")
    text = f"{head}\n{name}\n{about}\n"
    return ContentFile(text.encode(), name=f"{name}.txt")
