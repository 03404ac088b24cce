"""Pages made of runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from yanlian import job
from yanlian.chains import CONTRIBUTIONS
from yanlian.params import describe
from yanlian.reports import write_papers
from yanlian.studies import STUDIES, study
from yanlian.tables import split_list, write_csv
from yanlian_web.desk.models import Company
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run

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
    "gaps-targets.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "itinerary.ics": "text/calendar",
}


def _empty(request: Any) -> HttpResponse:
    return render(request, "studies/empty.html")


@require_GET
@need("see")
def home(request: Any) -> HttpResponse:
    """Show the five cards."""
    office = request.member.office
    gaps_run = queries.latest(office, "gaps")
    targets_run = queries.latest(office, "targets")
    trip_run = queries.latest(office, "trip")
    if not (gaps_run and targets_run and trip_run):
        return _empty(request)
    gaps = queries.gap_list(office, gaps_run, None)
    chain = queries.run_of(office, gaps_run).manifest["summary"]
    targets = queries.rows(office, targets_run, "targets")
    firms = queries.by_key(office, targets_run, "firms", "firm_id")
    segments = queries.by_key(office, targets_run, "segments", "segment_id")
    short = [
        {**row, "firm": firms[row["firm_id"]], "segment": segments[row["segment_id"]]}
        for row in targets
        if row["shortlisted"] == 1
    ]
    trip = queries.trip_page(office, trip_run)
    courted = [row for row in targets if row["last_courted"]]
    seen = {row["firm_id"]: row for row in courted}
    context = {
        "chain": chain,
        "gaps": gaps,
        "top_gaps": gaps["gaps"][:4],
        "targets": targets,
        "short": short[:4],
        "short_count": len(short),
        "firm_count": len({row["firm_id"] for row in targets}),
        "trip": trip,
        "trip_run": trip_run,
        "visits": [
            b for d in trip["days"] for b in d["blocks"] if b["kind"] == "visit"
        ],
        "courted": [{**row, "firm": firms[key]} for key, row in seen.items()][:4],
        "courted_count": len(seen),
        "unknown": int(chain["segments_unknown"]),
        "run_id": gaps_run,
        "log": office.log.select_related("by")[:4],
        "companies": Company.objects.filter(office=office).count(),
    }
    return render(request, "studies/home.html", context)


@require_GET
@need("see")
def chain(request: Any) -> HttpResponse:
    """Show the chain as lanes or as a table, with one segment in focus."""
    office = request.member.office
    run_id = request.GET.get("run") or queries.latest(office, "gaps")
    if not run_id:
        return _empty(request)
    view = queries.chain(office, run_id)
    focus = request.GET.get("segment", "")
    sheet = queries.segment_sheet(office, run_id, focus) if focus else None
    if focus and sheet is None:
        raise Http404
    order = list(view["cells"])
    around = {}
    if sheet:
        at = order.index(focus)
        around = {
            "before": order[at - 1] if at else "",
            "after": order[at + 1] if at + 1 < len(order) else "",
            "in": {row["segment_id"] for row in sheet["inputs"]},
            "out": {row["segment_id"] for row in sheet["outputs"]},
            "targets": queries.targets_of(office, "segment_id", focus)[:6],
        }
    context = {
        "view": view,
        "count": len(order),
        "sheet": sheet,
        "focus": focus,
        "around": around,
        "table": request.GET.get("view") == "table",
        "run": queries.run_of(office, run_id).manifest,
        "marked": sum(cell["marked"] for cell in view["cells"].values()),
    }
    return render(request, "studies/chain.html", context)


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
    kind = request.GET.get("kind", "")
    listed = [gap for gap in found["gaps"] if kind in {"", gap["kind"]}]
    unscored = [gap for gap in found["unscored"] if kind in {"", gap["kind"]}]
    chosen = request.GET.get("gap", "")
    focus = next(
        (g for g in (*found["gaps"], *found["unscored"]) if g["gap_id"] == chosen), None
    )
    if chosen and focus is None:
        raise Http404
    if focus is None and listed:
        focus = listed[0]
    cells = queries.chain(office, run_id)["cells"]
    path = [cells[key] for key in split_list(focus["path"])] if focus else []
    sliders = [
        {
            "name": name,
            "label": CONTRIBUTION_NAMES[name],
            "value": weights[i] if weights else 1.0,
        }
        for i, name in enumerate(CONTRIBUTIONS)
    ]
    context = {
        **found,
        "listed": listed,
        "unscored": unscored,
        "kind": kind,
        "focus": focus,
        "path": path,
        "names": CONTRIBUTION_NAMES,
        "sliders": sliders,
        "changed": weights is not None,
        "targets": queries.targets_of(office, "gap_id", focus["gap_id"])[:8]
        if focus
        else [],
        "run": queries.run_of(office, run_id).manifest,
        "explicit": bool(chosen),
    }
    template = "studies/gaps_list.html" if request.headers.get("HX-Request") else ""
    return render(request, template or "studies/gaps.html", context)


@require_POST
@need("run")
def gaps_run(request: Any) -> HttpResponse:
    """Run the study again with the weights of the sliders."""
    changes = {
        f"weight_{name}": request.POST.get(f"w_{name}", "1") for name in CONTRIBUTIONS
    }
    made = study_run(by=request.member, key="gaps", changes=changes)
    return redirect(f"/gaps/?run={made.id}")


@require_GET
@need("see")
def trips(request: Any) -> HttpResponse:
    """Show all planned trips, newest first."""
    office = request.member.office
    found = queries.store_of(office).runs("trip")
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
        "papers": PAPERS,
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
            run = queries.run_of(office, queries.latest(office, key) or "")
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
    found = queries.store_of(office).runs()
    for manifest in found:
        known = STUDIES.get(manifest["study"])
        manifest["label"] = known.label if known else manifest["study"]
    return render(request, "studies/runs.html", {"runs": found})


@require_GET
@need("see")
def run(request: Any, run_id: str) -> HttpResponse:
    """Show one run: parameters, tables, versions, notes."""
    made = queries.run_of(request.member.office, run_id)
    infos = {info.name: info for info in describe(study(made.study).params)}
    params = [
        {"info": infos.get(key), "key": key, "value": value}
        for key, value in made.params.items()
    ]
    context = {"run": made.manifest, "params": params, "label": study(made.study).label}
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
