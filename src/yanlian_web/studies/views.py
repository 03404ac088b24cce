"""Pages made of runs."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian import job
from yanlian.chains import CONTRIBUTIONS
from yanlian.errors import Finding, ParamError
from yanlian.params import describe
from yanlian.reports import write_papers
from yanlian.studies import STUDIES, study
from yanlian.tables import split_list, write_csv
from yanlian.text import N_, translate
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run
from yanlian_web.studies.forms import study_form
from yanlian_web.studies.queries.gaps import surveyed_points
from yanlian_web.ui.templatetags.yl import reader

CONTRIBUTION_NAMES = {
    "demand": "Local demand",
    "inputs": "Inputs here",
    "path": "Nearness",
    "resilience": "Risk of supply",
    "theme": "Strategic theme",
    "upgrading": "Upgrading",
    "rivals": "Rivals ahead",
    "evidence": "Thin evidence",
}
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
LISTED = 40
STABLE = 13


def _empty(request: Any) -> HttpResponse:
    return render(request, "studies/empty.html")


@require_GET
@need("see")
def home(request: Any) -> HttpResponse:
    """Show what waits for a decision, the line of work, and five cards."""
    page = queries.home_page(request.member.office)
    if page is None:
        return _empty(request)
    return render(request, "studies/home.html", page)


@require_GET
@need("see")
def chain(request: Any) -> HttpResponse:
    """Show the chain as lanes, graph or table, with one segment in focus."""
    office = request.member.office
    run_id = request.GET.get("run") or queries.latest(office, "gaps")
    if not run_id:
        return _empty(request)
    view = queries.chain(office, run_id)
    focus = request.GET.get("segment", "")
    sheet = queries.segment_sheet(office, run_id, focus) if focus else None
    if focus and sheet is None:
        raise Http404
    shown = request.GET.get("view", "lanes")
    context = {
        "view": view,
        "count": len(view["cells"]),
        "sheet": sheet,
        "around": sheet["around"] if sheet else {},
        "focus": focus,
        "targets": queries.targets_of(office, "segment_id", focus) if focus else [],
        "shown": shown if shown in {"lanes", "graph", "table"} else "lanes",
        "run": queries.run_of(office, run_id).manifest,
        "settings": queries.settings_of(office),
    }
    return render(request, "studies/chain.html", context)


@require_GET
@need("see")
def chain_graph(request: Any, run_id: str) -> HttpResponse:
    """Send nodes with positions and edges of the chain, for the drawing."""
    nodes, edges = queries.graph(request.member.office, run_id)
    chinese = reader() == "zh"
    shown = [
        {
            **{k: node[k] for k in ("id", "x", "y", "step", "marked")},
            "label": node["short_zh"] if chinese else node["short_en"],
            "href": f"{reverse('chain')}?segment={quote(node['id'])}&run={run_id}",
        }
        for node in nodes
    ]
    return JsonResponse({"nodes": shown, "edges": edges})


def _weights(request: Any) -> list[float] | None:
    """Return the weights of the sliders, or None when none is moved."""
    if not any(f"w_{name}" in request.GET for name in CONTRIBUTIONS):
        return None
    found = []
    for name in CONTRIBUTIONS:
        try:
            value = float(request.GET.get(f"w_{name}", "1"))
        except ValueError:
            value = 1.0
        found.append(min(max(value, 0.0), 3.0) if value == value else 1.0)
    return None if all(value == 1.0 for value in found) else found


@require_GET
@need("see")
def gaps(request: Any) -> HttpResponse:
    """Show gaps with their reasons, sliders for the weights, and how stable ranks are."""
    office = request.member.office
    run_id = request.GET.get("run") or queries.latest(office, "gaps")
    if not run_id:
        return _empty(request)
    weights = _weights(request)
    found = queries.gap_list(office, run_id, weights)
    wanted = {key: request.GET.get(key, "") for key in ("kind", "pillar", "sure")}

    def fits(gap: Any) -> bool:
        return (
            wanted["kind"] in {"", gap["kind"]}
            and wanted["pillar"] in {"", gap["pillar_en"]}
            and wanted["sure"] in {"", gap["confidence_word"]}
        )

    listed = [gap for gap in found["gaps"] if fits(gap)]
    chosen = request.GET.get("gap", "")
    every = (*found["gaps"], *found["unscored"])
    focus = next((gap for gap in every if gap["gap_id"] == chosen), None)
    if chosen and focus is None:
        raise Http404
    if focus is None and listed:
        focus = listed[0]
    order = [gap["gap_id"] for gap in listed]
    at = order.index(focus["gap_id"]) if focus and focus["gap_id"] in order else -1
    cells = queries.chain(office, run_id)["cells"]
    context = {
        **found,
        **wanted,
        "listed": listed if request.GET.get("all") else listed[:LISTED],
        "total": len(listed),
        "unscored": [gap for gap in found["unscored"] if fits(gap)],
        "focus": focus,
        "before": order[at - 1] if at > 0 else "",
        "after": order[at + 1] if 0 <= at < len(order) - 1 else "",
        "path": [cells[key] for key in split_list(focus["path"])] if focus else [],
        "survey": surveyed_points(focus) if focus and focus["parts"] else 0.0,
        "names": CONTRIBUTION_NAMES,
        "sliders": [
            {
                "name": name,
                "label": CONTRIBUTION_NAMES[name],
                "value": weights[i] if weights else 1.0,
            }
            for i, name in enumerate(CONTRIBUTIONS)
        ],
        "changed": weights is not None,
        "stable": found["gaps"][:STABLE],
        "stable_most": max((g["rank_q95"] for g in found["gaps"][:STABLE]), default=1),
        "targets": queries.targets_of(office, "gap_id", focus["gap_id"])
        if focus
        else [],
        "run": queries.run_of(office, run_id).manifest,
        "explicit": bool(chosen),
    }
    part = "studies/gaps_list.html" if request.headers.get("HX-Request") else ""
    return render(request, part or "studies/gaps.html", context)


@require_POST
@need("run")
def gaps_run(request: Any) -> HttpResponse:
    """Run the study again with the weights of the sliders."""
    changes = {
        f"weight_{name}": request.POST.get(f"w_{name}", "1") for name in CONTRIBUTIONS
    }
    made = study_run(by=request.member, key="gaps", changes=changes)
    return redirect(f"/gaps/?run={made.id}")


@require_http_methods(["GET", "POST"])
@need("run")
def study_new(request: Any, key: str) -> HttpResponse:
    """Show a study's parameters as a form, and run it with those sent."""
    if key not in STUDIES:
        raise Http404
    office = request.member.office
    wrong: dict[str, list[Finding]] = {}
    sent = dict(request.POST.items()) if request.method == "POST" else {}
    if request.method == "POST":
        names = {info.name for info in describe(study(key).params)}
        changes = {name: value for name, value in sent.items() if name in names}
        flags = [i.name for i in describe(study(key).params) if i.kind == "bool"]
        changes |= {name: name in sent for name in flags}
        try:
            made = study_run(by=request.member, key=key, changes=changes)
        except ParamError as error:
            for finding in error.findings or (Finding("", error.say),):
                wrong.setdefault(finding.where, []).append(finding)
        else:
            if key == "trip":
                return redirect("trips-one", run_id=made.id)
            if key == "gaps":
                return redirect(f"{reverse('gaps')}?run={made.id}")
            return redirect("runs-one", run_id=made.id)
    groups = study_form(office, key, sent, wrong)
    context = {
        "label": study(key).label,
        "groups": groups,
        "general": [finding.say.text(reader()) for finding in wrong.get("", [])],
    }
    return render(request, "studies/new.html", context, status=422 if wrong else 200)


@require_GET
@need("see")
def trips(request: Any) -> HttpResponse:
    """Show all planned trips, newest first."""
    office = request.member.office
    found = [_dated(run) for run in queries.store_of(office).runs("trip")]
    for run in found:
        regions = queries.by_key(office, run["id"], "regions", "region_id")
        run["goal"] = regions.get(run["summary"].get("destination", ""), {})
    return render(request, "studies/trips.html", {"runs": found})


def _dated(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with its time as a time, which the page shows locally."""
    made = datetime.datetime.fromisoformat(str(manifest["time"]))
    return {**manifest, "made": made}


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


@require_GET
@need("see")
def runs(request: Any) -> HttpResponse:
    """Show all runs, newest first."""
    office = request.member.office
    found = [_dated(run) for run in queries.store_of(office).runs()]
    for manifest in found:
        known = STUDIES.get(manifest["study"])
        manifest["label"] = known.label if known else manifest["study"]
    labels = [(key, known.label) for key, known in STUDIES.items()]
    return render(request, "studies/runs.html", {"runs": found, "studies": labels})


@require_GET
@need("see")
def run(request: Any, run_id: str) -> HttpResponse:
    """Show one run: parameters, tables, versions, notes."""
    made = queries.run_of(request.member.office, run_id)
    infos = {info.name: info for info in describe(study(made.study).params)}
    params = []
    for key, value in made.params.items():
        info = infos.get(key)
        shown = ", ".join(value) if isinstance(value, list) else value
        params.append(
            {
                "label": translate(info.label, reader()) if info else key,
                "value": "\u2013" if shown == "" else shown,
                "unit": info.unit if info else "",
            }
        )
    context = {
        "run": _dated(made.manifest),
        "params": params,
        "label": study(made.study).label,
    }
    return render(request, "studies/run.html", context)


@require_GET
@need("see")
def run_table(request: Any, run_id: str, table: str) -> HttpResponse:
    """Send a result table of a run as CSV; no cell becomes a formula."""
    made = queries.run_of(request.member.office, run_id)
    if table not in made.result.tables:
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(made.result.tables[table], Path(folder) / "table.csv")
        body = path.read_bytes()
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{run_id}-{table}.csv"'
    return response
