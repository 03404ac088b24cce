"""Pages of imports: the list, one import step by step, its result."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xlsxwriter
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian.tables.cells import cell_text
from yanlian.tables.writing import export_cell
from yanlian_web.desk.acting import Conflict, Refused, may_see, today
from yanlian_web.desk.actions.people import LONGEST_YEARS, years_after
from yanlian_web.desk.models.people import GROUNDS
from yanlian_web.intake import fields, queries, reading
from yanlian_web.intake.actions.apply import batch_apply
from yanlian_web.intake.actions.steps import (
    batch_choose,
    batch_drop,
    batch_preview,
    batch_sheet,
    batch_upload,
)
from yanlian_web.intake.actions.undo import batch_undo
from yanlian_web.intake.models import (
    APPLIED,
    COMPANY,
    MODES,
    PERSON,
    PREVIEWED,
    UNDONE,
    UPLOADED,
    WHATS,
    Batch,
)
from yanlian_web.offices.rights import need
from yanlian_web.ui.templatetags.yl import reader

HERE = "companies"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _said(error: Refused | Conflict) -> list[str]:
    lang = reader()
    if isinstance(error, Conflict):
        return [error.say.text(lang)]
    return [finding.say.text(lang) for finding in error.findings]


def _batch(request: Any, pk: int) -> Batch:
    batch: Batch | None = (
        Batch.objects.filter(pk=pk, office_id=request.member.office_id)
        .select_related("office", "owner__user", "file", "undone_line")
        .first()
    )
    if batch is None:
        raise Http404
    if not may_see(request.member, batch):
        raise PermissionDenied
    return batch


@require_http_methods(["GET", "POST"])
@need("write")
def batches(request: Any) -> HttpResponse:
    """List past imports, and take a new file in."""
    member, errors, status = request.member, [], 200
    sent = request.POST
    if request.method == "POST":
        try:
            made = batch_upload(
                by=member,
                what=sent.get("what", ""),
                file=request.FILES.get("file"),
                source=sent.get("source", "")[:200],
                source_on=_day(sent.get("source_on", "")),
                encoding=sent.get("encoding", ""),
            )
        except Refused as error:
            errors, status = _said(error), 422
        else:
            return HttpResponseRedirect(reverse("import-one", args=[made.pk]))
    what = sent.get("what") or request.GET.get("what", COMPANY)
    context = {
        "here": HERE,
        "page": queries.batch_list(member, request.GET),
        "errors": errors,
        "sent": sent,
        "what": what if what in dict(WHATS) else COMPANY,
        "whats": WHATS,
        "encodings": reading.ENCODINGS[1:],
        "today": today(),
        "most_mb": reading.MOST_MB,
        "most_rows": reading.MOST_ROWS,
        "sources": sorted(
            set(
                Batch.objects.seen_by(member)
                .order_by()
                .values_list("source", flat=True)
                .distinct()[:200]
            )
        ),
    }
    return render(request, "intake/batches.html", context, status=status)


def _page(
    request: Any, batch: Batch, errors: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    """Show an import at the step it has reached."""
    member = request.member
    context: dict[str, Any] = {"here": HERE, "batch": batch, "errors": errors}
    context["mapping_open"] = batch.state == UPLOADED or (
        batch.state == PREVIEWED and request.GET.get("step") == "columns"
    )
    if context["mapping_open"]:
        context |= {
            "columns": queries.columns_of(batch),
            "targets": fields.TARGETS[batch.what],
            "keys": fields.KEYS[batch.what],
            "modes": MODES,
            "person": batch.what == PERSON,
            "grounds": GROUNDS,
            "latest": years_after(today(), LONGEST_YEARS),
            "first": batch.sheets[batch.sheet]["first"],
            "sent": request.POST,
        }
    elif batch.state in {PREVIEWED, APPLIED, UNDONE}:
        context |= queries.row_page(member, batch, request.GET)
    context["import_steps"] = _steps(batch, context["mapping_open"])
    return render(request, "intake/batch.html", context, status=status)


def _steps(batch: Batch, mapping: bool) -> list[tuple[str, str]]:
    """Return the steps of an import and whether each is done, now or to come."""
    at = {UPLOADED: 1, PREVIEWED: 2, APPLIED: 4, UNDONE: 4}.get(batch.state, 4)
    if mapping:
        at = 1
    names = (
        gettext("File"),
        gettext("Columns"),
        gettext("Preview"),
        gettext("Applied"),
    )
    return [
        (name, "done" if i < at else "now" if i == at else "later")
        for i, name in enumerate(names)
    ]


@require_GET
@need("write")
def batch(request: Any, pk: int) -> HttpResponse:
    """Show one import at the step it has reached."""
    return _page(request, _batch(request, pk))


def _act(
    request: Any, pk: int, action: Callable[..., Batch], *, after: str = "", **more: Any
) -> HttpResponse:
    """Carry out a step and go back to the page of the import; say what is wrong."""
    found = _batch(request, pk)
    version = _whole(request.POST.get("version", ""))
    try:
        action(by=request.member, pk=pk, version=version, **more)
    except (Refused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, _batch(request, pk), _said(error), status)
    return HttpResponseRedirect(reverse("import-one", args=[found.pk]) + after)


@require_POST
@need("write")
def sheet(request: Any, pk: int) -> HttpResponse:
    """Choose the sheet and the row of its headers."""
    sent = request.POST
    return _act(
        request,
        pk,
        batch_sheet,
        sheet=_whole(sent.get("sheet", "")) or 0,
        header_row=_whole(sent.get("header_row", "")) or 0,
    )


@require_POST
@need("write")
def preview(request: Any, pk: int) -> HttpResponse:
    """Compare the file with what is on file."""
    sent = request.POST
    found = _batch(request, pk)
    year = sent.get("year", "").strip()
    return _act(
        request,
        pk,
        batch_preview,
        mapping=[sent.get(f"column-{i}", "") for i in range(len(found.headers))],
        mode=sent.get("mode", ""),
        key=sent.get("key", ""),
        by_names=bool(sent.get("by_names")),
        year=(_whole(year) or 0) if year else None,
        purpose=sent.get("purpose", "")[:300],
        ground=sent.get("ground", ""),
        expires_on=_day(sent.get("expires_on", "")),
    )


@require_POST
@need("write")
def choose(request: Any, pk: int) -> HttpResponse:
    """Say what happens to a conflict, or to all of them."""
    row = request.POST.get("row", "")
    after = request.POST.get("at", "")
    # Only the filters of this page; nothing that leads elsewhere.
    after = f"?{after}" if after and after.isprintable() and "#" not in after else ""
    return _act(
        request,
        pk,
        batch_choose,
        choice=request.POST.get("choice", ""),
        number=_whole(row) if row else None,
        after=after + (f"#r{row}" if _whole(row) else ""),
    )


@require_POST
@need("write")
def apply(request: Any, pk: int) -> HttpResponse:
    """Store what the import brings."""
    return _act(request, pk, batch_apply)


@require_http_methods(["GET", "POST"])
@need("write")
def undo(request: Any, pk: int) -> HttpResponse:
    """Say what an undo would take back, and take it back."""
    found = _batch(request, pk)
    errors, status = [], 200
    if request.method == "POST":
        try:
            batch_undo(
                by=request.member,
                pk=pk,
                version=_whole(request.POST.get("version", "")),
                why=request.POST.get("why", "")[:500],
            )
        except (Refused, Conflict) as error:
            status = 409 if isinstance(error, Conflict) else 422
            errors, found = _said(error), _batch(request, pk)
        else:
            return HttpResponseRedirect(reverse("import-one", args=[pk]))
    context = {
        "here": HERE,
        "batch": found,
        "errors": errors,
        "counts": queries.undo_preview(found),
        "possible": found.state == APPLIED,
    }
    return render(request, "intake/undo.html", context, status=status)


@require_POST
@need("write")
def drop(request: Any, pk: int) -> HttpResponse:
    """Give an import up before it was applied."""
    return _act(request, pk, batch_drop)


class _Echo:
    """Hands lines on as they are written."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


@require_GET
@need("write")
def result(request: Any, pk: int) -> Any:
    """Send the file back with what became of each row, and why."""
    found = _batch(request, pk)
    if found.state not in {PREVIEWED, APPLIED, UNDONE}:
        raise Http404
    headers, rows = queries.result_rows(request.member, found)
    name = f"import-{found.pk}"
    if request.GET.get("form") == "xlsx":
        return _workbook(name, headers, rows)
    writer = csv.writer(_Echo(), lineterminator="\r\n")

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([export_cell(h) for h in headers])
        for row in rows:
            yield writer.writerow([export_cell(cell_text(cell)) for cell in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _workbook(
    name: str, headers: Sequence[str], rows: Iterator[Sequence[Any]]
) -> FileResponse:
    """Write a workbook row by row, so that fifty thousand take little memory."""
    # Closed by the answer when it was sent.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )  # fmt: skip
    page = book.add_worksheet()
    for i, header in enumerate(headers):
        page.write_string(0, i, header)
    for i, row in enumerate(rows, start=1):
        for j, cell in enumerate(row):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                page.write_number(i, j, cell)
            elif (text := cell_text(cell)) != "":
                page.write_string(i, j, text[:32_000])
    book.close()
    file.seek(0, io.SEEK_SET)
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
    )
