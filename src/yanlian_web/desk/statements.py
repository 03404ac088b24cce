"""What sources say of one company, field and year, and where they disagree.

Statements come from the table of facts, from the row of the company itself, and from
facts entered at the desk. They are reckoned from what is stated, never from all
companies, and kept until a table or a fact changes.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from yanlian.errors import SourceError, TableError
from yanlian.tables import Table
from yanlian.tables.disagree import ROUNDING
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import Decision, Fact
from yanlian_web.desk.models.companies import FIELDS, NUMERIC
from yanlian_web.offices.models import LogLine, Office
from yanlian_web.studies import queries as studies
from yanlian_web.ui.templatetags.yl import money_text, number

# A year a company was founded in is exact, and true of every year.
TIMELESS = frozenset({"founded"})
# Columns of a company's own row that state something, with the column of their year.
COLUMNS = (("revenue_cny", "revenue_year"), ("founded", ""))
LABELS = dict(FIELDS)

# Company, field and year.
Key = tuple[str, str, int | None]


@dataclass(frozen=True)
class Disagreement:
    """A company, field and year on which sources disagree.

    Attributes
    ----------
    firm_id, field : str
    year : int or None
        None where a value does not belong to a year.
    statements : tuple of (str, float)
        Key and value of each statement.
    """

    firm_id: str
    field: str
    year: int | None
    statements: tuple[tuple[str, float], ...]

    @property
    def key(self) -> Key:
        """Return what the statements are about."""
        return self.firm_id, self.field, self.year

    @property
    def spread(self) -> float:
        """Return how far apart the values are, as a share of the largest."""
        values = [value for _, value in self.statements]
        largest = max(abs(value) for value in values)
        return (max(values) - min(values)) / largest if largest else 0.0

    def decided(self, decision: Decision | None) -> bool:
        """Tell whether a decision still holds: nothing was stated that it had not seen."""
        if decision is None:
            return False
        seen = {(key, value) for key, value in decision.seen}
        return set(self.statements) <= seen


def year_of(field: str, year: Any) -> int | None:
    """Return the year a statement is grouped by."""
    if field in TIMELESS or year is None or year != year:
        return None
    return int(year)


def differ(field: str, values: Iterable[float]) -> bool:
    """Tell whether values disagree after rounding.

    Examples
    --------
    >>> differ("revenue_cny", [11.0e9, 11.05e9]), differ("founded", [1996, 1998])
    (False, True)
    """
    listed = list(values)
    spread = max(listed) - min(listed)
    if field in TIMELESS:
        return spread >= 1
    return spread > ROUNDING * max(abs(value) for value in listed)


def _grouped(field: str, year: Any) -> bool:
    """Tell whether a statement can be compared at all."""
    return field in NUMERIC and (field in TIMELESS or (year is not None and year == year))  # fmt: skip


@dataclass(frozen=True)
class _Tables:
    """Statements of the tables: by company and group, and those of their own rows."""

    facts: dict[str, dict[Key, list[tuple[str, float]]]]
    # Of a company with another one merged into it, more than one row states a number.
    columns: dict[Key, list[tuple[str, float]]]
    # Where the rows of a company stand in both tables.
    fact_rows: dict[str, list[int]]
    firm_rows: dict[str, list[int]]

    @functools.cached_property
    def twice(self) -> dict[str, set[Key]]:
        """Return what more than one row of a merged company states, by company."""
        found: dict[str, set[Key]] = {}
        for key, listed in self.columns.items():
            if len(listed) > 1:
                found.setdefault(key[0], set()).add(key)
        return found


# Keyed by what the tables hold, so that a new loading is seen at once.
_TABLES: dict[int, tuple[tuple[Any, ...], _Tables]] = {}


def tables_of(office: Office) -> dict[str, Table]:
    """Return the tables of an office; none before it has a workspace."""
    try:
        return studies.workspace_tables(office)
    except (SourceError, TableError):
        return {}


def _of_tables(office: Office) -> _Tables:
    tables = tables_of(office)
    facts, firms = tables.get("facts"), tables.get("firms")
    moved = moved_firms(office)
    key = (
        facts.hash if facts else "",
        firms.hash if firms else "",
        *moved.items(),
    )
    known = _TABLES.get(office.pk)
    if known and known[0] == key:
        return known[1]
    made = _Tables(
        _fact_groups(facts, moved),
        _column_groups(firms, moved),
        _places(facts, moved),
        _places(firms, moved),
    )
    _TABLES[office.pk] = (key, made)
    return made


def _places(table: Table | None, moved: dict[str, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, firm_id in enumerate(table["firm_id"] if table is not None else ()):
        found.setdefault(moved.get(firm_id, firm_id), []).append(place)
    return found


def _fact_groups(
    facts: Table | None, moved: dict[str, str]
) -> dict[str, dict[Key, list[tuple[str, float]]]]:
    found: dict[str, dict[Key, list[tuple[str, float]]]] = {}
    if facts is None:
        return found
    columns = ("fact_id", "firm_id", "field", "value", "year")
    for row in zip(*(facts[name] for name in columns), strict=True):
        fact_id, firm_id, field, value, year = row
        firm_id = moved.get(firm_id, firm_id)
        if value == value and _grouped(field, year):
            key = (firm_id, field, year_of(field, year))
            groups = found.setdefault(firm_id, {})
            groups.setdefault(key, []).append((f"row:{fact_id}", float(value)))
    return found


def _column_groups(
    firms: Table | None, moved: dict[str, str]
) -> dict[Key, list[tuple[str, float]]]:
    found: dict[Key, list[tuple[str, float]]] = {}
    if firms is None:
        return found
    for field, year_column in COLUMNS:
        years = firms[year_column] if year_column else firms[field]
        for firm_id, value, year in zip(
            firms["firm_id"], firms[field], years, strict=True
        ):
            if value == value and year == year and (value > 0 or field in TIMELESS):
                key = (moved.get(firm_id, firm_id), field, year_of(field, year))
                listed = found.setdefault(key, [])
                listed.append((f"column:{firm_id}", float(value)))
    return found


def _stated(office: Office) -> Any:
    """Return the facts of the desk that count: live, of no draft, with a number."""
    facts = Fact.objects.filter(office=office, draft=False, field__in=NUMERIC).live()
    return facts.exclude(value=None)


@dataclass(frozen=True)
class Disagreements:
    """Everything on which sources disagree, the widest apart first.

    Attributes
    ----------
    all : tuple of Disagreement
    by_key : dict
        The same by company, field and year.
    by_firm : dict
        The same by company.
    """

    all: tuple[Disagreement, ...]
    by_key: dict[Key, Disagreement]
    by_firm: dict[str, list[Disagreement]]


@dataclass(frozen=True)
class _Version:
    """What disagreements were reckoned from."""

    hashes: tuple[Any, ...]
    # Facts are never deleted, but for training data.
    removed: int | None
    newest: datetime.datetime | None


_KNOWN: dict[int, tuple[_Version, Disagreements]] = {}
# Facts that were stored at the same time as the newest one may become visible later.
SLACK = datetime.timedelta(minutes=5)


def forget() -> None:
    """Forget what was reckoned, as when another database is opened."""
    _TABLES.clear()
    _KNOWN.clear()


def disagreements(office: Office) -> Disagreements:
    """Return what sources disagree on.

    When facts were changed since it was last asked, their companies alone are reckoned
    anew; when a table was, everything.
    """
    tables = _of_tables(office)
    version = _version(office)
    known, found = _KNOWN.get(office.pk, (None, None))
    if known == version and found is not None:
        return found
    since = _since(known, version)
    kept = found.by_firm if found is not None and since is not None else {}
    made = _together(kept | _reckoned(office, tables, since))
    _KNOWN[office.pk] = (version, made)
    return made


def _since(known: _Version | None, now: _Version) -> datetime.datetime | None:
    """Return since when facts alone were changed; None when all is to be reckoned."""
    if known is None or known.newest is None or now.newest is None:
        return None
    if (known.hashes, known.removed) != (now.hashes, now.removed):
        return None
    return known.newest - SLACK if known.newest <= now.newest else None


def _version(office: Office) -> _Version:
    facts = Fact.objects.filter(office=office).order_by("-changed_at")
    removed = LogLine.objects.filter(office=office, code="desk.training.removed")
    return _Version(
        _TABLES[office.pk][0],
        removed.values_list("pk", flat=True).first(),
        facts.values_list("changed_at", flat=True).first(),
    )


def _together(by_firm: dict[str, list[Disagreement]]) -> Disagreements:
    by_firm = {firm: items for firm, items in by_firm.items() if items}
    listed = [item for items in by_firm.values() for item in items]
    listed.sort(key=lambda d: (-d.spread, d.firm_id, d.field, d.year or 0))
    return Disagreements(tuple(listed), {item.key: item for item in listed}, by_firm)


def _reckoned(
    office: Office, tables: _Tables, since: datetime.datetime | None
) -> dict[str, list[Disagreement]]:
    """Return disagreements of all companies, or of those with a fact changed since."""
    rows = _stated(office)
    twice = tables.twice
    if since is None:
        firms = set(tables.facts) | set(twice)
    else:
        changed = Fact.objects.filter(office=office, changed_at__gte=since)
        firms = set(changed.values_list("company__firm_id", flat=True))
        rows = rows.filter(company__in=changed.order_by().values("company"))
    stated: dict[str, dict[Key, list[tuple[str, float]]]] = {}
    columns = ("pk", "company__firm_id", "field", "year", "value")
    for pk, firm_id, field, year, value in rows.values_list(*columns).iterator():
        if _grouped(field, year):
            key = (firm_id, field, year_of(field, year))
            groups = stated.setdefault(firm_id, {})
            groups.setdefault(key, []).append((f"fact:{pk}", value))
    return {
        firm: _of_firm(
            tables.facts.get(firm, {}),
            stated.get(firm, {}),
            tables.columns,
            twice.get(firm, set()),
        )
        for firm in firms | set(stated)
    }


def _of_firm(
    rows: dict[Key, list[tuple[str, float]]],
    stated: dict[Key, list[tuple[str, float]]],
    columns: dict[Key, list[tuple[str, float]]],
    twice: set[Key],
) -> list[Disagreement]:
    found = []
    for key in sorted(rows.keys() | stated.keys() | twice, key=str):
        listed = [*rows.get(key, ()), *stated.get(key, ())]
        for column in columns.get(key, ()):
            # A column that repeats a fact of the tables is no statement of its own.
            if column[1] not in {value for _, value in listed}:
                listed.append(column)
        if len(listed) > 1 and differ(key[1], (value for _, value in listed)):
            found.append(Disagreement(*key, tuple(sorted(listed))))
    return found


def texts_of(
    office: Office, wanted: Iterable[Disagreement]
) -> dict[str, dict[str, Any]]:
    """Return text, source, date and basis of statements by their key."""
    found: dict[str, dict[str, Any]] = {}
    listed = list(wanted)
    firms = {item.firm_id for item in listed}
    known, tables = _of_tables(office), tables_of(office)
    for row in _rows_of(tables.get("facts"), known.fact_rows, firms):
        found[f"row:{row['fact_id']}"] = of_row(row)
    for row in _rows_of(tables.get("firms"), known.firm_rows, firms):
        found[f"column:{row['firm_id']}"] = of_row(row) | {
            "text_en": "",
            "text_zh": "",
            "column": True,
        }
    keys = [key.split(":", 1) for item in listed for key, _ in item.statements]
    facts = Fact.objects.filter(pk__in=[int(pk) for kind, pk in keys if kind == "fact"])
    for fact in facts.select_related("meeting"):
        found[f"fact:{fact.pk}"] = of_fact(fact)
    return found


def _rows_of(
    table: Table | None, places: dict[str, list[int]], firms: set[str]
) -> Iterator[dict[str, Any]]:
    if table is not None and firms:
        chosen = [number for firm_id in firms for number in places.get(firm_id, ())]
        yield from table.take(chosen).rows()


def of_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the tables as a statement."""
    return {
        "text_en": row.get("text_en", ""),
        "text_zh": row.get("text_zh", ""),
        "basis": row["basis"],
        "source": "",
        "source_url": row["source_url"],
        "date": row.get("date") or row.get("checked_on", ""),
        "checked_on": row.get("checked_on", ""),
        "meeting": None,
        "fact": None,
        "training": False,
        "column": False,
    }


def of_fact(fact: Fact) -> dict[str, Any]:
    """Return a fact of the desk as a statement."""
    return {
        "key": f"fact:{fact.pk}",
        "head": "",
        "field": fact.field,
        "value": fact.value,
        "unit": fact.unit,
        "year": fact.year,
        "text_en": fact.text_en,
        "text_zh": fact.text_zh,
        "basis": fact.basis,
        "source": fact.source,
        "source_url": fact.source_url,
        "date": fact.source_on.isoformat(),
        "checked_on": "",
        "meeting": fact.meeting,
        "fact": fact,
        "training": fact.training,
        "column": False,
    }


def value_text(field: str, value: float | None, unit: str = "") -> str:
    """Return a number as the reader reads it, with its unit."""
    if value is None or value != value:
        return ""
    if field == "founded":
        return f"{value:.0f}"
    if field == "revenue_cny" or unit == "CNY":
        return money_text(value)
    if field == "share":
        return f"{value:.4g}%"
    if field == "employees":
        return gettext("%(n)s people") % {"n": number(value)}
    return f"{value:,.6g} {unit}".strip()
