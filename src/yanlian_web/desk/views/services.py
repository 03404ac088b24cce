"""The page of services with their clocks."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.desk.acting import today
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.queries import services as queries
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def services(request: Any) -> HttpResponse:
    """Show services by kind, with how long each has waited."""
    member, query = request.member, request.GET
    listed = queries.services_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"services-{today()}",
            queries.COLUMNS,
            queries.export_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed, query)
    context = {
        "query": query,
        "kinds": queries.service_kinds(member),
        "page": page,
        "rows": queries.service_rows(page.rows),
        "total": page.total,
        "today": today().isoformat(),
    }
    return render(request, "desk/services.html", context)
