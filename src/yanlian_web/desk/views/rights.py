"""Rights and members: who may what, what one sees, why not, and looking as another."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian.errors import YanlianError
from yanlian.identity import credit_code_ok
from yanlian_web.desk.models import KINDS
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries import rights as queries
from yanlian_web.offices.members import (
    looking_begin,
    looking_end,
    member_change,
    member_disable,
    member_enable,
)
from yanlian_web.offices.middleware import KEY, may_look
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import ROLES, may, need
from yanlian_web.ui.templatetags.yl import reader

FIELDS = ("role", "team", "name_en", "name_zh")


@require_GET
@need("see")
def rights(request: Any) -> HttpResponse:
    """Show who may what, whose rows one sees, what is masked, and what one sees."""
    page = queries.rights_page(request.member)
    return render(request, "desk/rights.html", page)


@require_GET
@need("admin")
def members(request: Any) -> HttpResponse:
    """List the members of the office."""
    rows = queries.members_page(request.member)
    return render(request, "desk/members.html", {"rows": rows, "total": len(rows)})


@require_http_methods(["GET", "POST"])
@need("admin")
def members_one(request: Any, pk: int) -> HttpResponse:
    """Show what a member may and sees; change role, team and names, disable."""
    by: Member = request.member
    found = (
        Member.objects.select_related("user", "office")
        .filter(pk=pk, office_id=by.office_id)
        .first()
    )
    if found is None:
        raise Http404
    errors: list[str] = []
    if request.method == "POST":
        errors = _changed(request, by, found)
        if not errors:
            return HttpResponseRedirect(reverse("members-one", args=[pk]))
    sent = request.POST if errors else None
    context = {
        "found": found,
        "values": {name: sent.get(name, "") for name in FIELDS}
        if sent and sent.get("do") == "change"
        else {name: getattr(found, name) for name in FIELDS},
        "roles": ROLES,
        "errors": errors,
        "why": sent.get("why", "") if sent else "",
        "seen": queries.seen_counts(found),
        "page": queries.rights_page(found),
        "may_look": may_look(by, found),
    }
    return render(
        request, "desk/members_one.html", context, status=422 if errors else 200
    )


def _changed(request: Any, by: Member, found: Member) -> list[str]:
    """Do what was asked; return what speaks against it."""
    sent = request.POST
    try:
        match sent.get("do"):
            case "change":
                values = {name: sent.get(name, "") for name in FIELDS}
                member_change(by=by, pk=found.pk, **values)
            case "disable":
                member_disable(by=by, pk=found.pk, why=sent.get("why", ""))
            case "enable":
                member_enable(by=by, pk=found.pk)
            case _:
                raise Http404
    except YanlianError as error:
        return [finding.say.text(reader()) for finding in error.findings]
    return []


@require_POST
@need("admin")
def looking(request: Any, pk: int) -> HttpResponse:
    """Begin to look at the workbench as another member."""
    found = Member.objects.filter(pk=pk, office_id=request.member.office_id).first()
    if found is None:
        raise Http404
    member = looking_begin(by=request.member, pk=pk)
    request.session[KEY] = {"member": member.pk, "since": time.time()}
    return HttpResponseRedirect(reverse("home"))


@require_POST
@need("see")
def looking_over(request: Any) -> HttpResponse:
    """End looking as another member; the page of the member comes again."""
    kept = request.session.pop(KEY, None)
    other = getattr(request, "looked_at", None)
    if kept is None or other is None:
        return HttpResponseRedirect(reverse("home"))
    looking_end(by=request.user.member, member=other)
    return HttpResponseRedirect(reverse("members-one", args=[other.pk]))


@require_GET
@need("see")
def why(request: Any, kind: str, pk: int) -> HttpResponse:
    """Say which rule stands against seeing a record, and whom to ask."""
    if kind not in KINDS:
        raise Http404
    found = queries.why_hidden(request.member, kind, pk)
    context = {
        "found": found,
        "label": KINDS[kind].label,
        "number": pk,
        "place": place_of(found.record) if found.record else "",
    }
    return render(request, "desk/why.html", context)


@require_GET
@need("see")
def exists(request: Any) -> HttpResponse:
    """Say whether a company of a credit code is on file, and nothing of what it says."""
    text = request.GET.get("code", "")[:60]
    code = unicodedata.normalize("NFKC", text).replace(" ", "").upper()
    valid = credit_code_ok(code) if code else True
    found = queries.company_exists(request.member, code) if code and valid else None
    return render(
        request,
        "desk/exists.html",
        {"code": code, "valid": valid, "found": found},
        status=200 if valid else 422,
    )


# Pages of one record, by the names of their addresses.
PAGES = {
    "people-one": "person",
    "organisations-one": "organisation",
    "journeys-one": "trip",
    "meetings-one": "meeting",
    "promises-one": "promise",
    "deals-one": "deal",
    "deals-gate": "deal",
    "agreements-one": "agreement",
    "landing-one": "deal",
}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page; of a record of the office, why one cannot see it."""
    context: dict[str, Any] = {}
    member = getattr(request, "looked_at", None) or getattr(
        request.user, "member", None
    )
    named = _record_of(request)
    if member is not None and may(member, "see"):
        request.member = member  # type: ignore[attr-defined]
        if named is not None:
            found = queries.why_hidden(member, *named)
            if not found.seen:
                context = {"found": found, "label": KINDS[named[0]].label}
    return render(request, "desk/not_found.html", context, status=404)


def _record_of(request: HttpRequest) -> tuple[str, int] | None:
    """Return which record an address is about, if it is about one."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    kind = PAGES.get(match.url_name or "") or match.kwargs.get("kind")
    pk = match.kwargs.get("pk")
    return (kind, pk) if kind in KINDS and isinstance(pk, int) else None
