"""The audit."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import exported
from yanlian_web.desk.queries import audit as queries
from yanlian_web.offices.rights import need

# A file of more lines no program for sheets opens; narrow the days.
MOST = 100_000


@require_GET
@need("admin")
def audit(request: Any) -> HttpResponse:
    """List every line of the log with its seal; as a page or a file."""
    member, query = request.member, request.GET
    if query.get("export") in {"csv", "xlsx"}:
        lines = queries.lines_found(member, query)
        return exported(
            f"audit-{today()}",
            queries.COLUMNS,
            queries.export_rows(member, lines, MOST),
            form=query["export"],
            training=member.office.training,
        )
    return render(request, "desk/audit.html", queries.audit_page(member, query))
