"""Pages of agreements: the list, those that sleep, one with its obligations."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian.progress.money import agreement_kinds
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models import Agreement, File
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries import agreements as many
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def agreements(request: Any) -> HttpResponse:
    """Show agreements with two totals: what binds, and what does not."""
    member, query = request.member, request.GET
    found = many.agreements_found(member, query)
    listed = many.ordered(found)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"agreements-{today()}",
            many.COLUMNS,
            many.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(many.with_names(listed), query)
    context = {
        "query": query,
        "page": page,
        "rows": many.agreement_rows(page.rows, today()),
        "totals": many.totals(found),
        "asleep": many.sleeping(member, today()).count(),
        "kinds": [(k.code, spoken(k.name)) for k in agreement_kinds().values()],
        "today": today(),
        **shape_page(LISTS["agreements"], member, query),
    }
    return render(request, "desk/agreements.html", context)


@require_GET
@need("see")
def sleeping(request: Any) -> HttpResponse:
    """Show frameworks and letters of intent that nothing binding has followed."""
    member, query, day = request.member, request.GET, today()
    listed = many.sleeping(member, day)
    counts = many.sleeping_counts(listed)
    if query.get("how") in many.SLEEP:
        listed = listed.filter(grade=many.SLEEP.index(query["how"]))
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"sleeping-agreements-{day}",
            many.SLEEPING_COLUMNS,
            many.sleeping_export(listed, day),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(many.with_names(listed), query)
    context = {
        "query": query,
        "page": page,
        "rows": many.sleeping_rows(page.rows, day),
        "counts": [
            (code, many.SLEEP_SAID[code], counts.get(code, 0)) for code in many.SLEEP
        ],
        "today": day,
    }
    return render(request, "desk/agreements_sleeping.html", context)


@require_GET
@need("see")
def agreement(request: Any, pk: int) -> HttpResponse:
    """Show an agreement: what binds, what was promised, and what has come."""
    member = request.member
    record_or_404(member, "agreement", pk)
    found = Agreement.objects.select_related(
        "company", "deal__owner__user", "deal__gap", "owner__user", "file", "follows"
    ).get(pk=pk)
    own = found.office_id == member.office_id
    context = {
        **many.agreement_page(member, found, request.GET, today()),
        "doings": offered(found, member) if own and not found.archived_on else [],
        "own": own,
        "today": today(),
    }
    return render(request, "desk/agreement.html", context)


@require_GET
@need("see")
def text(request: Any, pk: int) -> Any:
    """Send the signed text of an agreement."""
    record = record_or_404(request.member, "agreement", pk)
    assert isinstance(record, Agreement)
    if record.file is None:
        raise Http404
    return sent(record.file)


def sent(file: File) -> FileResponse:
    """Send a file as a download, never as something the browser opens by itself."""
    path = path_of(file)
    if not path.is_file():
        raise Http404
    answer = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=file.name,
        content_type=file.media_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
