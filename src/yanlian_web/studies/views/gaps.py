"""Gaps with their reasons."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from yanlian.chains import CONTRIBUTIONS
from yanlian.tables import split_list
from yanlian.text import N_
from yanlian_web.offices.rights import need
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run
from yanlian_web.studies.queries.gaps import surveyed_points
from yanlian_web.studies.views.chain import empty_page
from yanlian_web.ui import shapes
from yanlian_web.ui.shapes import Card
from yanlian_web.ui.templatetags.yl import name, number, other

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
KIND_NAMES = {
    "fill": N_("Fill"),
    "extend": N_("Extend"),
    "strengthen": N_("Strengthen"),
    "build": N_("Build"),
}
# Gaps have neither a place nor a day.
SHAPES = ("table", "board", "print")
BOARD = 20
LISTED = 40
STABLE = 13


def _weights(request: Any) -> list[float] | None:
    """Return the weights of the sliders, or None when none is moved."""
    if not any(f"w_{name}" in request.GET for name in CONTRIBUTIONS):
        return None
    found = []
    for part in CONTRIBUTIONS:
        try:
            value = float(request.GET.get(f"w_{part}", "1"))
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
        return empty_page(request)
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
    context |= _shape(request.GET, listed)
    part = "studies/gaps_list.html" if request.headers.get("HX-Request") else ""
    return render(request, part or "studies/gaps.html", context)


def _shape(query: Any, listed: list[Any]) -> dict[str, Any]:
    """Return the shapes of the list, and the gaps in the one that is asked for."""
    shape = shapes.chosen(query, SHAPES)
    context = {"shape": shape, "shapes": shapes.switch(query, SHAPES), "drawn": {}}
    cards = [
        (gap, Card(f"?gap={gap['gap_id']}", name(gap), other(gap), _points(gap)))
        for gap in listed
    ]
    if shape == "board":
        columns = []
        for kind in KIND_NAMES:
            mine = [card for gap, card in cards if gap["kind"] == kind]
            if mine:
                label = gettext(KIND_NAMES[kind])
                columns.append(
                    shapes.Column(kind, label, len(mine), mine[:BOARD], f"kind={kind}")
                )
        context["drawn"] = {"columns": columns, "total": len(cards)}
    elif shape == "print":
        heads = (N_("Kind"), N_("Industry"), N_("Score"), N_("Confidence"))
        context["drawn"] = {
            "heads": [gettext(head) for head in heads],
            "rows": [
                (
                    card,
                    [
                        gettext(KIND_NAMES[gap["kind"]]),
                        name(gap, "pillar"),
                        number(gap["score"]),
                        gettext(gap["confidence_word"]),
                    ],
                )
                for gap, card in cards
            ],
            "total": len(cards),
            "left": 0,
            "day": datetime.date.today(),
        }
    return context


def _points(gap: Any) -> str:
    return " · ".join((name(gap, "pillar"), number(gap["score"])))


@require_POST
@need("run")
def gaps_run(request: Any) -> HttpResponse:
    """Run the study again with the weights of the sliders."""
    changes = {
        f"weight_{name}": request.POST.get(f"w_{name}", "1") for name in CONTRIBUTIONS
    }
    made = study_run(by=request.member, key="gaps", changes=changes)
    return redirect(f"/gaps/?run={made.id}")
