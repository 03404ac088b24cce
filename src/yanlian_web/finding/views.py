"""The search box, views kept of lists, and fields changed on lists."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian.errors import YanlianError
from yanlian_web.desk.acting import Conflict, Refused
from yanlian_web.desk.models import Record
from yanlian_web.desk.models.base import OFFICE, OWN, TEAM
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.finding.actions import (
    cell_set,
    cell_undo,
    view_change,
    view_drop,
    view_save,
    views_of,
)
from yanlian_web.finding.cells import cell_form, cell_of
from yanlian_web.finding.commands import commands_of
from yanlian_web.finding.context import UNDO
from yanlian_web.finding.lists import VIEWED, normal, place
from yanlian_web.finding.queries import box
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import called, reader

LONGEST = 200
# Of each kind: below the box as one types, and on the page.
TYPED, LISTED = 6, 20


@require_GET
@need("see")
def search(request: Any) -> HttpResponse:
    """Find records, segments, gaps, pages of the guide and commands."""
    text = request.GET.get("q", "")[:LONGEST].strip()
    typed = bool(request.headers.get("HX-Request"))
    context: dict[str, Any] = {"q": text}
    if text:
        context |= box.found(request.member, text, TYPED if typed else LISTED)
    else:
        context |= {
            "recent": box.recent(request.member),
            "steps": commands_of(request.member, []),
        }
    name = "finding/found.html" if typed else "finding/search.html"
    return render(request, name, context)


def _back(request: HttpRequest, otherwise: str) -> str:
    target = request.POST.get("next", "") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if target and safe else otherwise


def _number(text: str) -> int:
    """Return a version that was sent; 0, which no record has, for what is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _texts(error: YanlianError) -> list[str]:
    found = [finding.say.text(reader()) for finding in error.findings]
    return found or [error.text(reader())]


def _views_page(request: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    member = request.member
    groups: dict[str, list[Any]] = {}
    for view in views_of(member):
        mine = view.owner_id == member.pk
        shared = view.visibility != OWN and may(member, "decide")
        href = f"{place(view.page)}?{view.query}" if view.query else place(view.page)
        groups.setdefault(view.page, []).append(
            {"view": view, "href": href, "can": mine or shared, "own": mine}
        )
    listed = [(VIEWED[page], rows) for page, rows in groups.items() if page in VIEWED]
    context = {"groups": listed, **more}
    return render(request, "finding/views.html", context, status=status)


@require_GET
@need("see")
def views(request: Any) -> HttpResponse:
    """Show all views a member has."""
    return _views_page(request)


@require_http_methods(["GET", "POST"])
@need("see")
def view_new(request: Any) -> HttpResponse:
    """Keep a list with its filters and shape under a name."""
    sent = request.POST if request.method == "POST" else request.GET
    page = sent.get("page", "")
    member = request.member
    reach = [(OWN, gettext("for me"))]
    if may(member, "write"):
        reach += [(TEAM, gettext("for my team"))] if member.team else []
        reach += [(OFFICE, gettext("for my office"))]
    context: dict[str, Any] = {
        "page": page,
        "label": VIEWED.get(page, ""),
        "query": normal(sent.get("query", "")),
        "reach": reach,
        "sent": sent,
    }
    if request.method == "GET":
        return render(request, "finding/view_new.html", context)
    try:
        view = view_save(
            by=member,
            page=page,
            query=sent.get("query", ""),
            name_en=sent.get("name_en", ""),
            name_zh=sent.get("name_zh", ""),
            visibility=sent.get("visibility", OWN),
            first=sent.get("first") == "yes",
        )
    except Refused as error:
        context["errors"] = _texts(error)
        return render(request, "finding/view_new.html", context, status=422)
    target = f"{place(view.page)}?{view.query}" if view.query else place(view.page)
    return HttpResponseRedirect(target)


@require_POST
@need("see")
def view_edit(request: Any, pk: int) -> HttpResponse:
    """Name a view anew, open its list with it, or take it away."""
    sent = request.POST
    version = _number(sent.get("version", ""))
    try:
        if sent.get("do") == "drop":
            view_drop(by=request.member, pk=pk, version=version)
        else:
            view_change(
                by=request.member,
                pk=pk,
                version=version,
                name_en=sent.get("name_en", ""),
                name_zh=sent.get("name_zh", ""),
                first=sent.get("first") == "yes",
            )
    except Conflict as error:
        return _views_page(request, status=409, errors=[error.text(reader())])
    except Refused as error:
        return _views_page(request, status=422, errors=_texts(error))
    return HttpResponseRedirect(reverse("views"))


@require_http_methods(["GET", "POST"])
@need("write")
def cell(request: Any, kind: str, pk: int, field: str) -> HttpResponse:
    """Change one field of a record where it stands on its list."""
    item = cell_of(kind, field)
    record = record_or_404(request.member, kind, pk, own=True)
    back = _back(request, reverse("home"))
    form_class = cell_form(kind, field, request.member)
    context: dict[str, Any] = {
        "kind": kind,
        "field": field,
        "record": record,
        "label": item.label,
        "version": record.version,
        "next": back,
    }
    part = bool(request.headers.get("HX-Request"))
    if request.method == "GET":
        if part and request.GET.get("leave"):
            return render(request, "finding/cell_shown.html", {**context, "shown": item.shown(record)})  # fmt: skip
        value = getattr(record, field)
        value = value.pk if isinstance(value, Member) else value
        form = form_class(initial={field: value})
        return _cell_form(request, form, part, context)
    form = form_class(request.POST)
    sent = request.POST.get("version", "")
    status, errors = 422, []
    if form.is_valid():
        try:
            record, line = cell_set(
                by=request.member,
                kind=kind,
                pk=pk,
                version=_number(sent),
                field=field,
                value=form.cleaned_data[field],
                why=form.cleaned_data.get("why", ""),
            )
        except Conflict as error:
            status, errors = 409, [error.text(reader())]
            context["version"] = error.record.version
            context["stored"] = item.shown(error.record)
        except Refused as error:
            errors = _texts(error)
            context["version"] = sent
        else:
            undo = _undo(record, line, item.label, item.shown(record))
            if part:
                shown = {"shown": item.shown(record), "undo": undo, "changed": True}
                return render(request, "finding/cell_shown.html", {**context, **shown})
            if undo:
                request.session[UNDO] = undo
            return HttpResponseRedirect(back)
    return _cell_form(request, form, part, {**context, "errors": errors}, status)


def _cell_form(
    request: Any, form: Any, part: bool, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    name = "finding/cell_form.html" if part else "finding/cell.html"
    return render(request, name, {**context, "form": form}, status=status)


def _undo(
    record: Record, line: LogLine | None, label: str, shown: Any
) -> dict[str, Any] | None:
    """Return what is offered to be put back."""
    if line is None:
        return None
    return {
        "line": line.pk,
        "version": record.version,
        "label": label,
        "name": called(record),
        "shown": str(shown),
    }


@require_POST
@need("write")
def undo(request: Any, pk: int) -> HttpResponse:
    """Put back what was changed on a list, unless somebody changed it since."""
    back = _back(request, reverse("home"))
    try:
        record = cell_undo(
            by=request.member, line=pk, version=_number(request.POST.get("version", ""))
        )  # fmt: skip
    except Conflict as error:
        context = {"errors": [error.text(reader())], "next": back}
        return render(request, "finding/undo.html", context, status=409)
    except Refused as error:
        context = {"errors": _texts(error), "next": back}
        return render(request, "finding/undo.html", context, status=422)
    request.session[UNDO] = {"done": True, "name": called(record)}
    return HttpResponseRedirect(back)
