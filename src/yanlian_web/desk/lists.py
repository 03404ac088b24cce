"""Pages of long lists, and lists as CSV or XLSX files."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext

from yanlian.tables.writing import export_cell
from yanlian_web.desk.models import Record
from yanlian_web.offices.audit import noted
from yanlian_web.offices.rights import asking, may
from yanlian_web.ui.templatetags.yl import called

SIZE = 50
EXPORTED = "desk.list.exported"


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes
    ----------
    rows : list
    total : int
        Number of rows of the whole list.
    number, pages : int
        This page, from 1, and how many there are.
    """

    rows: list[Any]
    total: int
    number: int
    pages: int

    @property
    def before(self) -> int:
        """Return the page before; 0 for none."""
        return self.number - 1

    @property
    def after(self) -> int:
        """Return the page after; 0 for none."""
        return self.number + 1 if self.number < self.pages else 0


def page_of(records: Any, query: QueryDict, size: int = SIZE) -> Page:
    """Return the page of records that the address asks for.

    Parameters
    ----------
    records : QuerySet
        In their order.
    query : QueryDict
        ``page`` is the number of the page; what is no number is the first.
    """
    total = records.count()
    pages = max(-(-total // size), 1)
    asked = query.get("page", "1")
    number = min(max(int(asked) if asked.isdigit() else 1, 1), pages)
    start = (number - 1) * size
    return Page(list(records[start : start + size]), total, number, pages)


def page_by_number(records: Any, named: Any, query: QueryDict) -> Page:
    """Return the page of records that the address asks for, far back as quickly.

    The numbers of the page come first, from an index that holds all that is filtered
    and sorted by; only then are its rows read.

    Parameters
    ----------
    records : QuerySet
        In their order.
    named : QuerySet
        From which the rows of the page are read, with what they name.
    query : QueryDict
    """
    page = page_of(records.values_list("pk", flat=True), query)
    rows = {row.pk: row for row in named.filter(pk__in=page.rows).order_by()}
    return replace(page, rows=[rows[pk] for pk in page.rows if pk in rows])


@dataclass(frozen=True)
class Column:
    """A column of an exported list: its label and the key of its value."""

    label: str
    key: str


def exported(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[dict[str, Any]],
    *,
    form: str,
    training: bool,
) -> HttpResponse:
    """Send a list as a file; no cell becomes a formula.

    Who asked for it needs the right to export; what was taken along is written into the
    audit, whichever page it is called from.

    Parameters
    ----------
    name : str
        Name of the file without its ending.
    columns : sequence of Column
        Labels are translated here.
    rows : iterable of dict
    form : str
        ``csv`` or ``xlsx``.
    training : bool
        Whether the office holds training data; each row then says whether it is.
    """
    by = asking()
    if by is not None and not may(by, "export"):
        raise PermissionDenied
    rows = _Counted(rows)
    answer = _file(name, columns, rows, form=form, training=training)
    if by is not None:
        noted(
            by.office, by.user, EXPORTED, list=name, form=form, rows=rows.count,
            columns=[column.key for column in columns],
        )  # fmt: skip
    return answer


class _Counted:
    """Rows that are counted while they are gone through."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def _file(
    name: str,
    columns: Sequence[Column],
    rows: Iterable[dict[str, Any]],
    *,
    form: str,
    training: bool,
) -> HttpResponse:
    """Return a list as a file."""
    labels = [gettext(column.label) for column in columns]
    keys = [column.key for column in columns]
    if training:
        labels.append(gettext("Training data"))
    listed = (
        [
            *(_cell(row.get(key)) for key in keys),
            *(
                [gettext("training data") if row.get("training") else ""]
                if training
                else []
            ),
        ]
        for row in rows
    )
    if form == "xlsx":
        return _workbook(name, labels, listed)
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    for line in itertools.chain([labels], listed):
        writer.writerow(
            [export_cell(cell) if isinstance(cell, str) else cell for cell in line]
        )
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Record):
        return called(value)
    return str(value)


def _workbook(name: str, labels: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(
        data,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet()
    for number, line in enumerate(itertools.chain([labels], rows)):
        sheet.write_row(number, 0, line)
    book.close()
    answer = HttpResponse(
        data.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer
