"""What can only be read: who calls, the trace, indicators, runs and the log."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from django.db.models import Model
from django.http import Http404, QueryDict

from yanlian.progress.measure import rule_text
from yanlian.progress.shapes import Definition
from yanlian.text import N_, say
from yanlian_web.api.v1.gates import words
from yanlian_web.api.v1.problems import Problem
from yanlian_web.desk.acting import today
from yanlian_web.desk.forms import DOINGS, FORMS
from yanlian_web.desk.models import KINDS, Gap, Record
from yanlian_web.desk.queries import impact
from yanlian_web.desk.queries.asking import Ask, asked, sets_of, tables_of
from yanlian_web.desk.queries.history import Line, log_page
from yanlian_web.desk.queries.trace import story_of
from yanlian_web.finding.queries import box
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import RIGHTS, may
from yanlian_web.studies import queries as studies

MOST_ROWS = 1000


def simple(value: Any) -> Any:
    """Return what a query gave as plain data: records by their reference."""
    if isinstance(value, Record):
        return {"ref": value.ref, "id": value.pk, "name": str(value)}
    if isinstance(value, Model):
        return value.pk
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return simple(found)
    if isinstance(value, dict):
        return {str(key): simple(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [simple(item) for item in value]
    if isinstance(value, datetime.date | int | float | str) or value is None:
        return value
    return str(value)


def me(member: Member, scope: str) -> dict[str, Any]:
    """Return who calls and what they may do."""
    return {
        "id": member.pk,
        "name": member.user.get_username(),
        "role": member.role,
        "office": {
            "slug": member.office.slug,
            "name": {"en": member.office.name_en, "zh": member.office.name_zh},
        },
        "rights": sorted(right for right in RIGHTS if may(member, right)),
        "scope": scope,
        "today": today(),
    }


def members(office: Office) -> list[dict[str, Any]]:
    """Return the members of an office, by whose numbers records name them."""
    listed = Member.objects.filter(office=office).select_related("user").order_by("pk")
    return [
        {
            "id": item.pk,
            "account": item.user.get_username(),
            "name": {"en": item.name_en, "zh": item.name_zh},
            "role": item.role,
            "team": item.team,
        }
        for item in listed
    ]


def kinds(plural: Any) -> list[dict[str, Any]]:
    """Return the kinds of records, where they are, and what can be done to them."""
    return [
        {
            "kind": kind,
            "path": f"/api/v1/{plural(kind)}",
            "label": words(say(model.label)),
            "writable": kind in FORMS,
            "actions": [
                {"key": item.key, "label": words(say(item.label)), "right": item.right}
                for item in DOINGS.values()
                if item.kind == kind
            ],
        }
        for kind, model in KINDS.items()
    ]


def trace(member: Member, gap: Gap) -> dict[str, Any]:
    """Return the story of a gap as the page tells it, as plain data."""
    story = story_of(member, gap, today())
    facts = story.facts
    return {
        "gap": {"ref": gap.ref, "id": gap.pk, "gap_id": gap.gap_id, "name": {"en": gap.name_en, "zh": gap.name_zh}},
        "opened_on": gap.opened_on,
        "closed_on": gap.closed_on,
        "as_of": story.today,
        "stations": simple(story.stations),
        "branches": simple(story.branches),
        "spans": simple(story.spans),
        "columns": [
            {
                "key": column["key"],
                "label": words(say(column["label"])),
                "rows": simple(column["rows"]),
                "money": simple(column.get("money")),
            }
            for column in story.columns
        ],
        "facts": simple(facts),
    }  # fmt: skip


def _ask(office: Office, query: QueryDict) -> Ask:
    ask = asked(query, today())
    known = sets_of(tables_of(office))
    if ask.set not in known:
        raise Problem(
            404,
            say(
                N_("There is no set of definitions called %(name)s. Known: %(list)s."),
                name=ask.set[:80],
                list=", ".join(known),
            ),
            code="set",
        )
    return ask


def _window(ask: Ask) -> dict[str, Any]:
    return {
        "set": ask.set,
        "from": ask.first,
        "to": ask.last,
        "as_of": ask.as_of,
        "known": ask.known,
    }


def _figure(row: dict[str, Any]) -> dict[str, Any]:
    kpi: Definition = row["kpi"]
    return {
        "code": kpi.code,
        "part": row["part"],
        "name": words(kpi.name),
        "unit": kpi.unit,
        "value": row["value"],
        "numerator": row["numerator"],
        "denominator": row["denominator"],
        "second": row["second"],
        "second_unit": row["second_unit"],
        "target": row["target"],
        "completion": row["completion"],
        "cannot": words(row["cannot"]) if row["cannot"] else None,
        "rule": words(rule_text(kpi)),
    }


def indicators(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return every figure of a set for a window, as of a day."""
    ask = _ask(member.office, query)
    listed = impact.figures_of(member.office, ask)
    return {
        **_window(ask),
        "sets": sets_of(tables_of(member.office)),
        "figures": [_figure(row) for row in listed],
    }


def indicator(member: Member, code: str, query: QueryDict) -> dict[str, Any]:
    """Return one indicator with the records behind it."""
    ask = _ask(member.office, query)
    one = impact.one_of(member.office, ask, code)
    if one is None:
        raise Http404
    figure = one.figure(query.get("part", ""))
    page, roles = impact.rows_page(member, figure, query, one.kpi, plain=True)
    return {
        **_window(ask),
        "figures": [
            _figure(row)
            for row in impact.figures_of(member.office, ask)
            if row["kpi"].code == code
        ],
        "part": figure.part,
        "roles": roles,
        "records": [
            {
                "ref": None if row["record"] and row["record"].hidden else row["ref"],
                "name": row["record"].name if row["record"] else row["ref"],
                "role": row["role"],
                "on": row["on"],
                "met_on": row["met_on"],
                "value": row["value"],
            }
            for row in page.rows
        ],
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
    }


def runs(office: Office, study: str | None) -> list[dict[str, Any]]:
    """Return the runs of an office, newest first."""
    return [simple(found) for found in studies.store_of(office).runs(study)]


def run(office: Office, run_id: str) -> dict[str, Any]:
    """Return one run with the names of its tables."""
    made = studies.run_of(office, run_id)
    return {
        **simple(made.manifest),
        "tables": {
            "results": sorted(made.result.tables),
            "inputs": sorted(studies.inputs_of(office, run_id)),
        },
    }


def table(
    office: Office, run_id: str, name: str, page: int, size: int
) -> dict[str, Any]:
    """Return a page of a table of a run."""
    made = studies.run_of(office, run_id)
    if name not in made.result.tables and name not in studies.inputs_of(office, run_id):
        raise Http404
    listed = studies.rows(office, run_id, name)
    pages = max(-(-len(listed) // size), 1)
    page = min(page, pages)
    return {
        "run": run_id,
        "table": name,
        "items": [simple(row) for row in listed[(page - 1) * size : page * size]],
        "total": len(listed),
        "page": page,
        "pages": pages,
        "size": size,
    }


def newest(office: Office, study: str, page: int, size: int) -> dict[str, Any]:
    """Return a page of the result of the newest run of a study."""
    run_id = studies.latest(office, study)
    if not run_id:
        raise Problem(
            404,
            say(N_("This study has not been run yet.")),
            code="not_run",
        )
    return table(office, run_id, study, page, size)


def log(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a page of the log."""
    found = log_page(member, query)
    return {
        "items": [_line(item) for item in found["lines"]],
        "held": found["held"],
        "next_before": found["older"],
    }


def _line(item: Line) -> dict[str, Any]:
    return {
        "id": item.line.pk,
        "at": item.line.at,
        "code": item.line.code,
        "action": item.action,
        "who": item.who,
        "ref": item.record.ref if item.record else item.subject,
        "name": item.record.name if item.record else "",
        "why": item.why,
        "training": item.line.training,
        "changes": [
            {
                "ref": change["record"].ref if change["record"] else None,
                "field": str(change["label"]),
                "old": change["old"],
                "new": change["new"],
            }
            for change in item.changes
        ],
    }


def search(member: Member, text: str, most: int) -> dict[str, Any]:
    """Return what the search box finds."""
    found = box.found(member, text, most)
    return {
        "near": found["near"],
        "groups": [
            {
                "key": group.key,
                "label": words(say(group.label)),
                "hits": [
                    {
                        "href": hit.href,
                        "name": str(hit.name),
                        "other": str(hit.other),
                        "note": str(hit.note),
                        "training": hit.training,
                    }
                    for hit in group.hits
                ],
            }
            for group in found["groups"]
        ],
    }
