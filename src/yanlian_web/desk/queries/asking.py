"""What an address asks of the indicators: window, day and set of definitions."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from yanlian.errors import Finding, ParamError
from yanlian.progress import default_definitions
from yanlian.progress.measure import OWN_SET
from yanlian.tables import Table
from yanlian.tables.frame import concat
from yanlian.text import N_, say
from yanlian_web.desk.actions.definitions import table_of
from yanlian_web.desk.models import DefinitionSet
from yanlian_web.offices.models import Office


@dataclass(frozen=True)
class Ask:
    """What an address asks for.

    Attributes
    ----------
    set, other : str
        Set of definitions; one to compare with, or empty.
    first, last : date
        The window.
    as_of : date
        What happened later is left out.
    known : bool
        Whether what was recorded after that day is left out too.
    """

    set: str
    first: datetime.date
    last: datetime.date
    as_of: datetime.date
    known: bool = False
    other: str = ""


def asked(query: QueryDict, today: datetime.date) -> Ask:
    """Return what an address asks for; by default this year, as of today.

    Raises
    ------
    ParamError
        With every value that cannot be read.
    """
    wrong: list[Finding] = []

    def day(name: str, default: datetime.date) -> datetime.date:
        text = query.get(name, "").strip()
        if not text:
            return default
        try:
            found = datetime.date.fromisoformat(text)
        except ValueError:
            message = say(
                N_("Found %(value)s. Expected a day as in 2026-06-30."),
                value=repr(text[:40]),
            )
            wrong.append(Finding(name, message, code="impact.day"))
            return default
        if not 1900 <= found.year <= 2200:
            message = say(
                N_("Found %(value)s. Expected a year from 1900 to 2200."), value=text
            )
            wrong.append(Finding(name, message, code="impact.day"))
            return default
        return found

    as_of = day("as_of", today)
    last = day("to", as_of)
    first = day("from", datetime.date(last.year, 1, 1))
    if first > last and not wrong:
        message = say(
            N_("The window ends on %(last)s, before it begins on %(first)s."),
            last=last.isoformat(),
            first=first.isoformat(),
        )
        wrong.append(Finding("to", message, code="impact.window"))
    if wrong:
        raise ParamError(
            N_("The address cannot be read. %(count)s things are not right:"),
            findings=tuple(wrong),
            count=len(wrong),
        )
    return Ask(
        query.get("set", "") or OWN_SET,
        first,
        last,
        as_of,
        query.get("known") == "yes",
        query.get("with", ""),
    )


@functools.lru_cache(maxsize=32)
def _read(text: str) -> Table:
    return table_of(text)


def tables_of(office: Office) -> dict[str, Table]:
    """Return the office's own definitions, as the library takes them."""
    texts = (
        DefinitionSet.objects.filter(office=office)
        .live()
        .order_by("code")
        .values_list("text", flat=True)
    )
    read = [_read(text) for text in texts]
    return {"kpi_definitions": concat(read)} if read else {}


def sets_of(tables: Mapping[str, Table]) -> list[str]:
    """Return the sets there are, the program's own first."""
    found = list(dict.fromkeys(default_definitions()["set"].tolist()))
    own = tables.get("kpi_definitions")
    return list(dict.fromkeys([*found, *(own["set"].tolist() if own else ())]))


def program_sets() -> list[tuple[str, int]]:
    """Return the sets that come with the program, and how many indicators each defines."""
    counts: dict[str, int] = {}
    for name in default_definitions()["set"].tolist():
        counts[name] = counts.get(name, 0) + 1
    return list(counts.items())
