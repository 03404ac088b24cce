"""Pages of gaps that were taken up: their list, taking one up, and the trace of each."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from yanlian_web.desk.acting import Refused, may_see, today
from yanlian_web.desk.actions.gaps import filled_by, gap_open
from yanlian_web.desk.doings.gaps import PlanForm
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported
from yanlian_web.desk.queries import gaps as many
from yanlian_web.desk.queries.history import history_of
from yanlian_web.desk.queries.strength import strength_of
from yanlian_web.desk.queries.trace import story_of
from yanlian_web.desk.queries.traceline import drawn, drawn_tall
from yanlian_web.desk.queries.year import COLUMNS, export_rows, year_report
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries as studies
from yanlian_web.ui.templatetags.yl import reader


@require_GET
@need("see")
def gaps_open(request: Any) -> HttpResponse:
    """List the gaps that the office has taken up."""
    member, query = request.member, request.GET
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"gaps-{today()}",
            many.COLUMNS,
            many.export_rows(member, query, today()),
            form=query["export"],
            training=member.office.training,
        )
    context = {
        "page": many.gaps_page(member, query, today()),
        "states": many.STATES,
        "state": query.get("state", ""),
        "query": query,
        "here": "gaps",
    }
    return render(request, "desk/gaps_open.html", context)


@require_http_methods(["GET", "POST"])
@need("write")
def gaps_take(request: Any) -> HttpResponse:
    """Take up a gap of a run: who answers for it, and what is planned."""
    member = request.member
    given = request.POST if request.method == "POST" else request.GET
    gap_id, run_id = given.get("gap", ""), given.get("run", "")
    row = many.run_row(member, gap_id, run_id)
    if row is None:
        raise Http404
    context: dict[str, Any] = {"row": row, "here": "gaps"}
    there = many.taken_up(member, gap_id)
    if request.method == "GET":
        if there is not None and may_see(member, there):
            return HttpResponseRedirect(reverse("trace", args=[gap_id]))
        context["form"] = PlanForm(member=member)
        return render(request, "desk/gap_take.html", context)
    form = PlanForm(request.POST, member=member)
    context["form"] = form
    if form.is_valid():
        try:
            gap_open(by=member, run_id=run_id, gap_id=gap_id, **form.cleaned_data)
        except Refused as error:
            context["errors"] = []
            for finding in error.findings:
                text = finding.say.text(reader())
                if finding.where in form.fields:
                    form.add_error(finding.where, text)
                else:
                    context["errors"].append(text)
            context["there"] = there
        else:
            return HttpResponseRedirect(reverse("trace", args=[gap_id]))
    return render(request, "desk/gap_take.html", context, status=422)


@require_GET
@need("see")
def gaps_state(request: Any) -> HttpResponse:
    """Say of a gap of a run whether it was taken up, for the sheet of that gap."""
    gap_id = request.GET.get("gap", "")
    gap = many.taken_up(request.member, gap_id)
    if gap is not None and not may_see(request.member, gap):
        gap = None
    context = {"gap": gap, "gap_id": gap_id, "run_id": request.GET.get("run", "")}
    if not gap_id:
        raise Http404
    return render(request, "desk/gap_state.html", context)


@require_GET
@need("see")
def trace(request: Any, gap_id: str) -> HttpResponse:
    """Show the story of a gap on one line, with the records behind each station."""
    member = request.member
    row = many.run_row(member, gap_id)
    gap = many.taken_up(member, gap_id)
    if gap is not None and not may_see(member, gap):
        raise Http404
    context: dict[str, Any] = {"row": row, "here": "gaps"}
    if gap is None:
        if row is None:
            raise Http404
        context["gap"] = row
        context["targets"] = len(
            studies.targets_of(member.office, "gap_id", row["gap_id"])
        )
        return render(request, "desk/trace.html", context)
    story = story_of(member, gap, today())
    starts = filled_by(gap) if gap.closed_on is None else []
    over = gap.plan_until is not None and gap.closed_on is None
    context |= {
        "gap": gap,
        "story": story,
        "facts": story.facts,
        "wide": drawn(story),
        "tall": drawn_tall(story),
        "strength": strength_of(member.office, gap),
        "doings": offered(gap, member),
        "settle": starts[0] if starts else None,
        "late": max((today() - gap.plan_until).days, 0)
        if over and gap.plan_until
        else 0,
        "history": history_of(member, gap),
    }
    return render(request, "desk/trace.html", context)


@require_GET
@need("see")
def year(request: Any, year: int) -> HttpResponse:
    """Show what a year brought: the chain before and after, promises, money, figures."""
    if not 1990 <= year <= today().year + 1:
        raise Http404
    member = request.member
    report = year_report(member, year, today())
    if request.GET.get("export") in {"csv", "xlsx"}:
        return exported(
            f"year-{year}",
            COLUMNS,
            export_rows(report),
            form=request.GET["export"],
            training=member.office.training,
        )
    context = {
        **report,
        "year": year,
        "before": year - 1,
        "after": year + 1 if year < today().year else None,
        "here": "impact",
    }
    return render(request, "desk/year.html", context)
