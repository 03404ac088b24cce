"""Trips, their papers, and planning again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from yanlian import job
from yanlian.reports import write_papers
from yanlian.text import N_
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run
from yanlian_web.studies.views.runs import dated

PAPERS = {
    "brief.pdf": "application/pdf",
    "brief.docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    "gaps-targets.xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    "itinerary.ics": "text/calendar",
}
PAPER_BUTTONS = (
    {"name": "brief.pdf", "label": N_("Brief, PDF"), "icon": "file-text"},
    {"name": "brief.docx", "label": N_("Word"), "icon": "file-word"},
    {"name": "gaps-targets.xlsx", "label": N_("Tables"), "icon": "table"},
    {"name": "itinerary.ics", "label": N_("Calendar"), "icon": "calendar-event"},
)


@require_GET
@need("see")
def trips(request: Any) -> HttpResponse:
    """Show all planned trips, newest first."""
    office = request.member.office
    found = [dated(run) for run in queries.store_of(office).runs("trip")]
    for run in found:
        regions = queries.by_key(office, run["id"], "regions", "region_id")
        run["goal"] = regions.get(run["summary"].get("destination", ""), {})
    return render(request, "studies/trips.html", {"runs": found})


@require_GET
@need("see")
def trip(request: Any, run_id: str) -> HttpResponse:
    """Show one trip: days, map, what was left out, and its papers."""
    office = request.member.office
    if queries.run_of(office, run_id).study != "trip":
        raise Http404
    page = queries.trip_page(office, run_id)
    params = page["manifest"]["params"]
    context = {
        **page,
        "run_id": run_id,
        "papers": PAPER_BUTTONS,
        "locks": params["locks"],
        "must_not": params["must_not"],
        "must": params["must"],
    }
    return render(request, "studies/trip.html", context)


@require_POST
@need("run")
def trip_replan(request: Any, run_id: str) -> HttpResponse:
    """Plan again with companies locked, dropped or added."""
    office = request.member.office
    old = queries.run_of(office, run_id)
    params = dict(old.params)
    locks = {text.split("@")[0]: text for text in params["locks"]}
    must = dict.fromkeys(params["must"])
    must_not = dict.fromkeys(params["must_not"])
    for firm in request.POST.getlist("lock"):
        key = firm.split("@")[0]
        locks[key] = firm
    for firm in request.POST.getlist("unlock"):
        locks.pop(firm, None)
    for firm in request.POST.getlist("drop"):
        locks.pop(firm, None)
        must.pop(firm, None)
        must_not[firm] = None
    for firm in request.POST.getlist("add"):
        must_not.pop(firm, None)
        must[firm] = None
    for firm in request.POST.getlist("allow"):
        must_not.pop(firm, None)
        must.pop(firm, None)
    changes = {
        **params,
        "locks": tuple(locks.values()),
        "must": tuple(must),
        "must_not": tuple(must_not),
        # So that a small change does not move visits that could stay.
        "previous": queries.visits_as_text(office, run_id),
    }
    made = study_run(by=request.member, key="trip", changes=changes)
    return redirect("trips-one", run_id=made.id)


@require_GET
@need("see")
def trip_paper(request: Any, run_id: str, name: str) -> HttpResponse:
    """Write one paper of a trip and send it."""
    office = request.member.office
    made = queries.run_of(office, run_id)
    if name not in PAPERS or made.study != "trip":
        raise Http404
    folder = office.folder / ".yanlian" / "papers" / run_id
    path = folder / name
    if not path.is_file():
        workspace = job.open_workspace(office.folder)
        # The trip's own inputs, so that the paper fits the run also after new data.
        tables = {
            **workspace.tables,
            **queries.store_of(office).inputs(made.manifest),
            **made.result.tables,
        }
        manifests = {"trip": made.manifest}
        for key in ("targets", "gaps"):
            run = queries.run_behind(office, made.manifest, key)
            manifests = {key: run.manifest, **manifests}
            tables = {**run.result.tables, **tables}
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as part:
            written = write_papers(
                tables, manifests, Path(part), settings=workspace.settings
            )
            for item in written:
                item.replace(folder / item.name)
    response = HttpResponse(path.read_bytes(), content_type=PAPERS[name])
    response["Content-Disposition"] = f'attachment; filename="{run_id}-{name}"'
    return response
