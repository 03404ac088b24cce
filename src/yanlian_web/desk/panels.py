"""What other apps add to the pages of the desk, which knows none of them.

Imports only run downwards, so an app that stands above the desk makes its parts known
when it starts: chapters on the page of a record, and counts of work in the rail.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yanlian_web.offices.models import Member


@dataclass(frozen=True)
class Panel:
    """A chapter that an app adds to the page of a record.

    Attributes
    ----------
    key : str
        Word by which the chapter is linked to.
    label : str
        Heading, in the catalogue.
    template : str
        Gets what ``data`` returns as ``data``, besides all that the page has.
    data : callable
        Called with the member and the record; None when there is nothing to show.
    order : int
        Chapters with lower numbers stand first.
    """

    key: str
    label: str
    template: str
    data: Callable[[Member, Any], dict[str, Any] | None]
    order: int = 50


# Chapters by the kind of record on whose page they stand.
PANELS: dict[str, list[Panel]] = {}
# Work that waits at a station of the rail: key of the station, and the records of all
# offices that wait for a member on a day.
WAITING: dict[str, Callable[[Member, datetime.date], Any]] = {}


def panel(kind: str, *found: Panel) -> None:
    """Make chapters on the page of a kind of record known."""
    PANELS.setdefault(kind, []).extend(found)


def panels_of(member: Member, record: Any, place: str = "") -> list[dict[str, Any]]:
    """Return the chapters that a page shows of a record, with what they say.

    The home page is of no record; its ``place`` is ``home``.
    """
    listed = PANELS.get(place or record.kind, ())
    listed = sorted(listed, key=lambda item: item.order)
    answered = ((item, item.data(member, record)) for item in listed)
    return [
        {
            "key": item.key,
            "label": item.label,
            "template": item.template,
            "data": data,
        }
        for item, data in answered
        if data is not None
    ]
