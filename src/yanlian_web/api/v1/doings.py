"""The named actions: each as an address of its own, with the form of its page."""

# No postponed annotations here: the framework reads the types of functions that are
# made for each action.
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import Body, Router
from pydantic import Field, create_model

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.api.v1.problems import Problem
from yanlian_web.api.v1.records import (
    answer,
    given,
    masked,
    need,
    plural,
    shape,
    valid,
    version_of,
)
from yanlian_web.api.v1.shapes import (
    ANSWERS,
    Shown,
    both,
    choices_of,
    form_data,
    sent_of,
    title,
    version_field,
)
from yanlian_web.desk.forms import DOINGS, DeskForm, Doing
from yanlian_web.desk.models import KINDS, Record
from yanlian_web.desk.views.records import record_or_404

MULTIPART = "multipart/form-data"


class Made(Shown):
    """What an action has made besides: its kind, its number, and how the log names it."""

    ref: str
    kind: str
    id: int


def routes() -> Router:
    """Return the addresses of all named actions."""
    router = Router()
    for item in DOINGS.values():
        _route(router, item)
    return router


def form_fields(item: Doing) -> dict[str, forms.Field]:
    """Return the fields of an action's form.

    A form whose fields depend on the record is asked with an empty one.
    """
    fields = dict(item.form.base_fields)
    if not fields and item.form.prepare is not DeskForm.prepare:
        fields = dict(item.form(member=None, record=KINDS[item.kind]()).fields)  # type: ignore[arg-type]
    return fields


def done(request: HttpRequest, item: Doing, pk: int, sent: dict[str, Any], version: Any, files: Any = None) -> Any:  # fmt: skip
    """Carry out an action after its form was checked."""
    member = request.member  # type: ignore[attr-defined]
    record = record_or_404(member, item.kind, pk, own=True)
    need(member, item.right)
    form = item.form(sent, files, member=member, record=record)
    result = item.action(
        by=member, pk=pk, version=version_of(request, version), **valid(form)
    )
    record.refresh_from_db()
    made = result if isinstance(result, Record) and result != record else None
    return answer(
        {
            "record": masked(record, member),
            "made": {"ref": made.ref, "kind": made.kind, "id": made.pk}
            if made
            else None,
        }
    )


def _route(router: Router, item: Doing) -> None:
    fields = form_fields(item)
    ANSWERS[item.key] = {
        200: create_model(
            f"{title(item.key)}Done",
            __base__=Shown,
            record=(shape(item.kind), Field()),
            made=(Made | None, Field()),
        )
    }
    path = f"/{plural(item.kind)}/{{int:id}}/actions/{item.key}"
    common: dict[str, Any] = {
        "operation_id": item.key,
        "summary": both(item.label),
        "description": both(item.help),
        "tags": [plural(item.kind)],
        "url_name": f"do-{item.key}",
    }
    if any(isinstance(field, forms.FileField) for field in fields.values()):
        extra = {
            "requestBody": {"content": {MULTIPART: {"schema": _multipart(fields)}}}
        }
        router.post(path, openapi_extra=extra, **common)(_with_files(item, fields))
        return
    sent = sent_of(title(item.key), fields, version=version_field())

    def view(request: HttpRequest, id: int, payload: Body[sent | None] = None) -> Any:  # type: ignore[valid-type]
        values = given(payload)
        version = values.pop("version", None)
        return done(request, item, id, form_data(fields, values), version)

    router.post(path, **common)(view)


def _with_files(item: Doing, fields: dict[str, forms.Field]) -> Any:
    def view(request: HttpRequest, id: int) -> Any:
        if not (request.content_type or "").startswith(MULTIPART):
            text = say(
                N_(
                    "Found %(found)s. Expected multipart/form-data, as files come with it."
                ),
                found=(request.content_type or "–")[:60],
            )
            raise Problem(415, text)
        sent = request.POST.dict()
        version = sent.pop("version", "")
        unknown = [n for n in (*sent, *request.FILES) if n not in fields]
        found = [
            Finding(
                name[:80],
                say(
                    N_("There is no such field here. Take it out, or correct its name.")
                ),
                code="api.extra_forbidden",
            )
            for name in unknown
        ]
        if version and not (version.isascii() and version.isdigit()):
            text = say(
                N_("Found %(found)s. Expected a whole number."), found=version[:40]
            )
            found.append(Finding("version", text, code="api.version"))
        if found:
            raise Problem(422, findings=found)
        files: MultiValueDict[str, Any] = request.FILES
        return done(request, item, id, sent, version[:18] or None, files)

    return view


def _multipart(fields: dict[str, forms.Field]) -> dict[str, Any]:
    """Return the schema of a form that holds files."""
    made: dict[str, Any] = {}
    for name, field in fields.items():
        shown: dict[str, Any] = {
            "type": "string",
            "description": both(field.label or name),
        }
        if isinstance(field, forms.FileField):
            shown["format"] = "binary"
        elif isinstance(field, forms.DateField):
            shown["format"] = "date"
        elif isinstance(field, forms.FloatField):
            shown["type"] = "number"
        elif codes := choices_of(field):
            shown["enum"] = [str(code) for code in codes]
        made[name] = shown
    made["version"] = {"type": "integer", "minimum": 0}
    return {"type": "object", "properties": made}
