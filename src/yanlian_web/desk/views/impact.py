"""Pages of indicators: all of a set, one with its records, and sets of one's own."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.progress.measure import OWN_SET
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.definitions import MOST_BYTES, definitions_put
from yanlian_web.desk.lists import exported
from yanlian_web.desk.models import DefinitionSet
from yanlian_web.desk.queries import asking
from yanlian_web.desk.queries import impact as figures
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader


def _plain(request: Any) -> bool:
    return str(request.COOKIES.get("numbers")) == "plain"


def _presets(day: datetime.date) -> list[dict[str, Any]]:
    """Return windows that are asked for often, with what their address holds."""
    june = datetime.date(day.year if day.month > 6 else day.year - 1, 6, 30)
    return [
        {"key": "this", "year": day.year, "from": "", "to": "", "as_of": ""},
        {
            "key": "last",
            "year": day.year - 1,
            "from": f"{day.year - 1}-01-01",
            "to": f"{day.year - 1}-12-31",
            "as_of": "",
        },
        {
            "key": "june",
            "year": june.year,
            "day": june,
            "from": f"{june.year}-01-01",
            "to": june.isoformat(),
            "as_of": june.isoformat(),
        },
    ]


def _common(request: Any, ask: asking.Ask) -> dict[str, Any]:
    kept = request.GET.copy()
    for key in ("page", "role", "part", "export", "with"):
        kept.pop(key, None)
    return {
        "ask": ask,
        "query": request.GET,
        "kept": kept.urlencode(),
        "presets": _presets(today()),
        "today": today(),
        "past": ask.as_of < today(),
    }


@require_GET
@need("see")
def impact(request: Any) -> HttpResponse:
    """Show every indicator of a set for a window, as of a day."""
    member = request.member
    ask = asking.asked(request.GET, today())
    if request.GET.get("export") in {"csv", "xlsx"}:
        return exported(
            f"indicators-{ask.as_of}",
            figures.FIGURE_COLUMNS,
            figures.export_figures(member, ask),
            form=request.GET["export"],
            training=member.office.training,
        )
    context = {
        **_common(request, ask),
        **figures.impact_page(member, ask, _plain(request)),
    }
    return render(request, "desk/impact.html", context)


@require_GET
@need("see")
def impact_one(request: Any, code: str) -> HttpResponse:
    """Show one indicator: the records behind it, another set beside it, its history."""
    member, plain = request.member, _plain(request)
    ask = asking.asked(request.GET, today())
    one = figures.one_of(member.office, ask, code)
    if one is None:
        raise Http404
    figure = one.figure(request.GET.get("part", ""))
    if request.GET.get("export") in {"csv", "xlsx"}:
        return exported(
            f"{code}-{ask.as_of}",
            figures.COLUMNS,
            figures.export_rows(member, figure, one.kpi),
            form=request.GET["export"],
            training=member.office.training,
        )
    page, roles = figures.rows_page(member, figure, request.GET, one.kpi, plain)
    sets = asking.sets_of(asking.tables_of(member.office))
    listed = [
        figures.written(row, plain)
        for row in figures.figures_of(member.office, ask)
        if row["kpi"].code == code
    ]
    context = {
        **_common(request, ask),
        "code": code,
        "figure": next((f for f in listed if f["part"] == figure.part), listed[0]),
        "parts": listed if len(listed) > 1 else [],
        "page": page,
        "roles": [(r, figures.ROLE_WORDS[r], n) for r, n in roles.items()],
        "role": request.GET.get("role", ""),
        "sets": sets,
        "others": [name for name in sets if name != ask.set],
        "compared": figures.compared(member, ask, code, one, plain)
        if ask.other in sets and ask.other != ask.set
        else None,
        "history": figures.history(member.office, ask, one, plain),
        "everyday": one.kpi.window_by == "all",
    }
    return render(request, "desk/impact_one.html", context)


@require_http_methods(["GET", "POST"])
@need("see")
def definitions(request: Any) -> HttpResponse:
    """List the sets of definitions; the head brings one of the office's own."""
    member = request.member
    context: dict[str, Any] = {"here": "impact", "own_set": OWN_SET}
    status = 200
    if request.method == "POST":
        sent = request.FILES.get("file")
        try:
            definitions_put(
                by=member,
                data=sent.read(MOST_BYTES + 1) if sent else b"",
                name_en=request.POST.get("name_en", "")[:100],
                name_zh=request.POST.get("name_zh", "")[:100],
            )
        except Refused as error:
            context["errors"] = [f.say.text(reader()) for f in error.findings]
            status = 422
        else:
            return HttpResponseRedirect(reverse("impact-definitions"))
    context |= {
        "program": asking.program_sets(),
        "sets": list(
            DefinitionSet.objects.seen_by(member).live().select_related("owner__user")
        ),
        "can_decide": may(member, "decide"),
    }
    return render(request, "desk/definitions.html", context, status=status)
