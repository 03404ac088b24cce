"""Runs, and the form of a study."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.errors import Finding, ParamError
from yanlian.params import describe
from yanlian.studies import STUDIES, study
from yanlian.tables import write_csv
from yanlian.text import translate
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run
from yanlian_web.studies.forms import study_form
from yanlian_web.ui.templatetags.yl import reader


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


def dated(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with its time as a time, which the page shows locally."""
    made = datetime.datetime.fromisoformat(str(manifest["time"]))
    return {**manifest, "made": made}


@require_GET
@need("see")
def runs(request: Any) -> HttpResponse:
    """Show all runs, newest first."""
    office = request.member.office
    found = [dated(run) for run in queries.store_of(office).runs()]
    for manifest in found:
        known = STUDIES.get(manifest["study"])
        manifest["label"] = known.label if known else manifest["study"]
    # A study is offered where the workspace has what it needs, or another gives it.
    there = {path.stem for path in office.folder.glob("*.*")}
    there |= {name for known in STUDIES.values() for name in known.gives}
    labels = [
        (key, known.label) for key, known in STUDIES.items() if there >= {*known.needs}
    ]
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
        "run": dated(made.manifest),
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
