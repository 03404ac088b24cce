"""The register of incentives, and the rules of fair competition."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian.progress.competition import LEVELS
from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models.agreements import incentive_choices
from yanlian_web.desk.queries import incentives as many
from yanlian_web.offices.rights import need


@require_GET
@need("see")
def incentives(request: Any) -> HttpResponse:
    """Show what is offered, on which legal basis, and what the rules say of it."""
    member, query = request.member, request.GET
    listed = many.incentives_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"incentives-public-{today()}",
            many.PUBLIC_COLUMNS,
            many.public_rows(listed),
            form=query["export"],
            training=member.office.training,
        )
    wide = query.copy()
    wide.pop("level", None)
    counts = many.level_counts(many.incentives_found(member, wide))
    page = page_of(
        listed.select_related(
            "deal__company", "agreement", "cleared_by__user"
        ).order_by("-pk"),
        query,
    )
    rows = many.incentive_rows(page.rows, member.office)
    for row in rows:
        row["doings"] = offered(row["record"], member)
    context = {
        "query": query,
        "page": page,
        "rows": rows,
        "levels": [
            (code, many.LEVEL_SAID[code], counts.get(code, 0))
            for code in reversed(LEVELS)
        ],
        "kinds": incentive_choices(),
        "here": "agreements",
    }
    return render(request, "desk/incentives.html", context)


@require_GET
@need("see")
def rules(request: Any) -> HttpResponse:
    """Show the table of rules: the program's rows, and the office's over them."""
    context = {**many.rules_page(request.member.office), "here": "agreements"}
    return render(request, "desk/incentive_rules.html", context)
