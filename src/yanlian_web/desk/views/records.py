"""The pages on which records are filled in, changed, archived and acted on."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.errors import YanlianError
from yanlian_web.desk.acting import Conflict, Refused, may_see
from yanlian_web.desk.actions.deals import pipelines_ensure
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.forms import (
    DOINGS,
    FORMS,
    PICKED,
    DeskForm,
    groups_of,
    named,
    record_form,
    shown,
)
from yanlian_web.desk.masks import masked_fields, reading
from yanlian_web.desk.models import KINDS, Pipeline, Record
from yanlian_web.desk.places import place_of
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader

SUGGESTED = 12


def record_or_404(member: Member, kind: str, pk: int, *, own: bool = False) -> Record:
    """Return a record that a member may see; 404 otherwise, so that nothing leaks.

    Parameters
    ----------
    member : Member
    kind : str
    pk : int
    own : bool
        Whether it has to belong to the member's office, as for changing it.
    """
    model = KINDS.get(kind)
    record: Record | None = model.objects.filter(pk=pk).first() if model else None
    if record is None or not may_see(member, record):
        raise Http404
    if own and record.office_id != member.office_id:
        raise Http404
    return record


def _back(request: HttpRequest, record: Record | None) -> str:
    target = request.POST.get("next", "") or request.GET.get("next", "")
    if target and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}
    ):
        return target
    return place_of(record) if record else reverse("home")


def _show(
    request: Any, form: Any, groups: Any, *, status: int = 200, **more: Any
) -> HttpResponse:
    listed = groups_of(form, groups)
    context = {
        "form": form,
        "groups": listed,
        "picks": sorted(
            {
                f.field.kind
                for _, fields in listed
                for f in fields
                if hasattr(f.field, "kind")
            }
        ),
        "multipart": form.is_multipart(),
        "next": request.POST.get("next", "") or request.GET.get("next", ""),
        **more,
    }
    return render(request, "desk/form.html", context, status=status)


def _put_errors(form: Any, error: YanlianError) -> None:
    """Put what an action found to the fields it speaks of."""
    for finding in error.findings:
        where = finding.where if finding.where in form.fields else None
        form.add_error(where, finding.say.text(reader()))
    if not error.findings:
        form.add_error(None, error.say.text(reader()))


@require_http_methods(["GET", "POST"])
@need("write")
def new(request: Any, kind: str) -> HttpResponse:
    """Fill in a new record."""
    if kind not in FORMS:
        raise Http404
    if kind == "deal":
        pipelines_ensure(office=request.member.office)
    sheet = FORMS[kind]
    form_class = record_form(sheet, request.member)
    heading: dict[str, Any] = {
        "kind": kind,
        "label": KINDS[kind].label,
        "new": True,
    }
    if request.method == "GET":
        first = {k: v for k, v in request.GET.items() if k in sheet.fields}
        for name, value in first.items():
            if value.isdigit() and hasattr(form_class.base_fields[name], "kind"):
                first[name] = f"#{value}"
        if "owner" in sheet.fields:
            first.setdefault("owner", request.member.pk)
        if kind == "deal" and "pipeline" not in first:
            line = Pipeline.objects.seen_by(request.member).live().first()
            first["pipeline"] = line.pk if line else None
        return _show(request, form_class(initial=_named_first(form_class, first)), sheet.groups, **heading)  # fmt: skip
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            record = record_add(by=request.member, kind=kind, values=form.cleaned_data)
        except Refused as error:
            _put_errors(form, error)
        else:
            return HttpResponseRedirect(_back(request, record))
    return _show(request, form, sheet.groups, status=422, **heading)


def _named_first(form_class: Any, first: dict[str, Any]) -> dict[str, Any]:
    """Return first values with records named in full."""
    for name, value in list(first.items()):
        field = form_class.base_fields[name]
        if hasattr(field, "kind") and isinstance(value, str):
            try:
                record = field.to_python(value)
            except Exception:  # a wrong number in an address is no error of the page
                record = None
            first[name] = shown(record) if record else ""
    return first


@require_http_methods(["GET", "POST"])
@need("write")
def edit(request: Any, kind: str, pk: int) -> HttpResponse:
    """Change a record; told when somebody else has changed it meanwhile."""
    if kind not in FORMS:
        raise Http404
    record = record_or_404(request.member, kind, pk, own=True)
    sheet = FORMS[kind]
    form_class = record_form(sheet, request.member)
    heading: dict[str, Any] = {
        "kind": kind,
        "label": KINDS[kind].label,
        "record": record,
        "version": record.version,
    }
    with reading(request.member, "form") as read:
        veiled = [f for f in masked_fields(record) if not read.clear(record, f)]
    for name in veiled:
        # What one cannot read one does not write over.
        form_class.base_fields.pop(name, None)
    heading["veiled"] = veiled
    if request.method == "GET":
        first = {
            name: getattr(record, name) for name in sheet.fields if name not in veiled
        }
        first = {k: v.pk if isinstance(v, Member) else v for k, v in first.items()}
        return _show(request, form_class(initial=first), sheet.groups, **heading)
    sent = request.POST.get("version", "")
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            record = record_change(
                by=request.member,
                kind=kind,
                pk=pk,
                version=int(sent) if sent.isdigit() else 0,
                values=form.cleaned_data,
            )
        except Conflict as error:
            return _show_conflict(request, form, sheet, error, heading)
        except Refused as error:
            _put_errors(form, error)
        else:
            return HttpResponseRedirect(_back(request, record))
    heading["version"] = sent
    return _show(request, form, sheet.groups, status=422, **heading)


def _show_conflict(
    request: Any, form: Any, sheet: Any, error: Conflict, heading: dict[str, Any]
) -> HttpResponse:
    """Show both states: what is stored now, and what was sent, to be sent again."""
    now = error.record
    differs = []
    for name in sheet.fields:
        if name not in form.fields:
            continue
        stored, sent = getattr(now, name), form.cleaned_data.get(name)
        if stored != sent:
            differs.append(
                {
                    "label": form.fields[name].label,
                    "stored": _text(stored, form.fields[name]),
                    "sent": _text(sent, form.fields[name]),
                }
            )
    heading |= {
        "version": now.version,
        "conflict": error.text(reader()),
        "differs": differs,
    }
    return _show(request, form, sheet.groups, status=409, **heading)


def _text(value: Any, field: Any) -> str:
    choices = dict(getattr(field, "choices", ()) or ()) if not hasattr(field, "queryset") else {}  # fmt: skip
    return str(choices.get(value, "\u2013" if value in (None, "") else value))


@require_http_methods(["GET", "POST"])
@need("see")
def do(request: Any, key: str, pk: int) -> HttpResponse:
    """Carry out an action on a record after its form was filled in."""
    item = DOINGS.get(key)
    if item is None:
        raise Http404
    record = record_or_404(request.member, item.kind, pk, own=True)
    if not may(request.member, item.right):
        raise PermissionDenied
    heading: dict[str, Any] = {
        "kind": item.kind,
        "label": item.label,
        "help": item.help,
        "record": record,
        "doing": item,
        "version": record.version,
    }
    groups = item.form.groups
    if request.method == "GET":
        first = {k: v for k, v in request.GET.items() if k in item.form.base_fields}
        form: DeskForm = item.form(initial=first, member=request.member, record=record)
        return _show(request, form, groups, **heading)
    form = item.form(request.POST, request.FILES, member=request.member, record=record)
    sent = request.POST.get("version", "")
    if form.is_valid():
        try:
            item.action(
                by=request.member,
                pk=pk,
                version=int(sent) if sent.isdigit() else None,
                **form.cleaned_data,
            )
        except Conflict as error:
            heading |= {
                "version": error.record.version,
                "conflict": error.text(reader()),
            }
            return _show(request, form, groups, status=409, **heading)
        except Refused as error:
            _put_errors(form, error)
        else:
            record.refresh_from_db()
            return HttpResponseRedirect(_back(request, record))
    heading["version"] = sent or record.version
    return _show(request, form, groups, status=422, **heading)


@require_http_methods(["GET", "POST"])
@need("write")
def archive(request: Any, kind: str, pk: int) -> HttpResponse:
    """Archive a record with a reason, or bring it back."""
    record = record_or_404(request.member, kind, pk, own=True)
    context = {"record": record, "label": KINDS[kind].label, "place": place_of(record)}
    if request.method == "GET":
        return render(request, "desk/archive.html", context)
    try:
        if record.archived_on:
            record_restore(by=request.member, kind=kind, pk=pk)
        else:
            record_archive(
                by=request.member,
                kind=kind,
                pk=pk,
                version=None,
                why=request.POST.get("why", ""),
            )
    except Refused as error:
        context["errors"] = [f.say.text(reader()) for f in error.findings]
        return render(request, "desk/archive.html", context, status=422)
    return HttpResponseRedirect(_back(request, record))


@require_GET
@need("see")
def pick(request: Any, kind: str) -> HttpResponse:
    """Suggest records whose names hold what was written so far."""
    if kind not in PICKED:
        raise Http404
    text = request.GET.get("q", "").strip()[:80]
    records = KINDS[kind].objects.seen_by(request.member).live()
    found = (
        named(records, text)[:SUGGESTED]
        if text
        else records.order_by("-pk")[:SUGGESTED]
    )
    names = [shown(record) for record in found]
    return render(request, "desk/pick.html", {"names": names})
