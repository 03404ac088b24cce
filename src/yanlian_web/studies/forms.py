"""A study's parameters as a form, made from the same class as the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanlian import job
from yanlian.errors import Finding
from yanlian.params import ParamInfo, describe
from yanlian.studies import study
from yanlian.text import clock, pick, translate
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries
from yanlian_web.ui.templatetags.yl import reader

INPUTS = {
    "int": "number",
    "float": "number",
    "clock": "time",
    "date": "date",
    "bool": "checkbox",
}


def study_form(
    office: Office,
    key: str,
    sent: Mapping[str, str],
    wrong: Mapping[str, list[Finding]],
) -> list[dict[str, Any]]:
    """Return the groups of fields of a study with their values and what is wrong.

    Parameters
    ----------
    office : Office
        Its workspace gives the values at first and the regions to choose from.
    key : str
        Key of the study.
    sent : mapping of str to str
        What was sent; empty at first.
    wrong : mapping of str to list of Finding
        Findings by parameter.
    """
    settings = job.read_settings(office.folder)
    values = job.Workspace(office.folder, {}, settings).params(key).as_dict()
    lang = reader()
    regions = [
        (row["region_id"], pick(lang, row["name_en"], row["name_zh"]))
        for row in _regions(office)
        if row["lat"] == row["lat"]
    ]
    groups: dict[str, list[dict[str, Any]]] = {}
    for info in describe(study(key).params):
        value = sent.get(info.name, values[info.name]) if sent else values[info.name]
        groups.setdefault(info.group, []).append(
            _field(info, value, regions, wrong.get(info.name, []), lang)
        )
    return [
        {"label": translate(label, lang) if label else "", "fields": fields}
        for label, fields in groups.items()
    ]


def _regions(office: Office) -> Sequence[dict[str, Any]]:
    """Return the regions of the newest run, or of the folder before there is one."""
    run_id = queries.latest(office, "gaps")
    if run_id:
        return queries.rows(office, run_id, "regions")
    tables = job.open_workspace(office.folder).tables
    return tables["regions"].rows() if "regions" in tables else ()


def _field(
    info: ParamInfo,
    value: Any,
    regions: list[tuple[str, str]],
    wrong: list[Finding],
    lang: str,
) -> dict[str, Any]:
    options: list[tuple[str, str]] = []
    if info.kind == "region":
        options = [("", "\u2013"), *regions]
    elif info.choices:
        options = [(word, translate(label, lang)) for word, label in info.choices]
    shown = ", ".join(value) if isinstance(value, list) else value
    if info.kind == "clock" and isinstance(value, int):
        shown = clock(value)
    return {
        "name": info.name,
        "label": translate(info.label, lang),
        "help": translate(info.help, lang) if info.help else "",
        "unit": "" if info.kind == "clock" else info.unit,
        "low": info.low,
        "high": info.high,
        "type": INPUTS.get(info.kind, "text"),
        "step": "1" if info.kind == "int" else "any",
        "options": options,
        "value": shown,
        "checked": str(value).lower() in {"true", "on", "yes", "1"},
        "wrong": [finding.say.text(lang) for finding in wrong],
    }
