"""Pages on which companies that are one are found, merged and taken apart."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian.errors import YanlianError
from yanlian_web.desk.acting import Conflict, Refused, may_see
from yanlian_web.desk.forms import PickField, shown
from yanlian_web.desk.models import Company
from yanlian_web.merging import queries
from yanlian_web.merging.actions import (
    companies_merge,
    merge_part,
    pair_apart,
    pair_together,
    pairs_search,
)
from yanlian_web.merging.choosing import ALIAS, CHOICES, NAMES_LEFT
from yanlian_web.merging.models import Merge
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader

# The station of the rail under which all pages stand.
HERE = "companies"


def _said(error: YanlianError) -> list[str]:
    """Return what an action found, as sentences."""
    found = [finding.say.text(reader()) for finding in error.findings]
    return found or [error.text(reader())]


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 16 else None


def _next(request: Any, otherwise: str) -> str:
    target = request.POST.get("next", "")
    ok = target and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}
    )
    return target if ok else otherwise


@require_GET
@need("see")
def duplicates(request: Any) -> HttpResponse:
    """Show the pairs of companies that may be one."""
    return _queue(request)


def _queue(
    request: Any, *, status: int = 200, errors: tuple[str, ...] = ()
) -> HttpResponse:
    context = queries.queue_page(request.member, request.GET)
    context |= {"query": request.GET, "errors": errors, "here": HERE}
    return render(request, "merging/duplicates.html", context, status=status)


@require_POST
@need("write")
def search(request: Any) -> HttpResponse:
    """Search for pairs anew."""
    pairs_search(by=request.member)
    return redirect("duplicates")


@require_POST
@need("write")
def apart(request: Any) -> HttpResponse:
    """Remember that two companies are not the same."""
    pair = [_number(request.POST.get(name, "")) for name in ("first", "second")]
    if None in pair:
        raise Http404
    try:
        pair_apart(
            by=request.member,
            first=int(pair[0] or 0),
            second=int(pair[1] or 0),
            why=request.POST.get("why", ""),
        )
    except PermissionDenied:
        raise Http404 from None
    except Refused as error:
        return _queue(request, status=422, errors=tuple(_said(error)))
    return HttpResponseRedirect(_next(request, reverse("duplicates")))


@require_POST
@need("write")
def together(request: Any, pk: int) -> HttpResponse:
    """Take back that two companies are not the same."""
    try:
        pair_together(by=request.member, pk=pk)
    except PermissionDenied:
        raise Http404 from None
    except Refused as error:
        return _queue(request, status=422, errors=tuple(_said(error)))
    return HttpResponseRedirect(_next(request, reverse("duplicates") + "?state=apart"))


def _company(member: Member, firm_id: str) -> Company:
    company: Company | None = (
        Company.objects.filter(office=member.office_id, firm_id=firm_id)
        .select_related("owner__user", "merged_into")
        .first()
    )
    if company is None or not may_see(member, company):
        raise Http404
    return company


@require_http_methods(["GET", "POST"])
@need("write")
def merge(request: Any, firm_id: str) -> HttpResponse:
    """Choose another company, see both side by side, and merge that one into this."""
    kept = _company(request.member, firm_id)
    if kept.merged_into is not None:
        return redirect("companies-merge", firm_id=kept.merged_into.firm_id)
    sent = request.POST if request.method == "POST" else request.GET
    text = sent.get("with", "").strip()
    if not text:
        return _choose(request, kept)
    try:
        other = _other(request.member, text)
    except ValidationError as error:
        return _choose(request, kept, status=422, text=text, errors=error.messages)
    if request.method == "GET":
        return _beside(request, kept, other)
    given = {
        choice.key: sent[f"c-{choice.key}"]
        for choice in CHOICES
        if sent.get(f"c-{choice.key}")
    }
    try:
        made = companies_merge(
            by=request.member,
            kept=kept.pk,
            other=other.pk,
            version=_number(sent.get("version", "")) or 0,
            other_version=_number(sent.get("other_version", "")) or 0,
            choices=given,
            left=sent.get("left", ALIAS),
            why=sent.get("why", ""),
            codes_differ="codes_differ" in sent,
        )
    except Conflict as error:
        kept.refresh_from_db()
        other.refresh_from_db()
        return _beside(request, kept, other, status=409, errors=[error.text(reader())])
    except Refused as error:
        return _beside(
            request, kept, other, status=422, errors=_said(error), given=given
        )
    return redirect("merges-one", pk=made.pk)


def _other(member: Member, text: str) -> Company:
    """Return the company named in an address or a line; of archived ones by number."""
    exact = Company.objects.seen_by(member).filter(firm_id=text)
    found: Company | None = exact.select_related("owner__user", "merged_into").first()
    if found is not None:
        return found
    field = PickField("company", member)
    company: Company = field.to_python(text)
    return company


def _choose(request: Any, kept: Company, *, status: int = 200, **more: Any) -> HttpResponse:  # fmt: skip
    context = {
        "kept": kept,
        "near": queries.near(request.member, kept),
        **more,
    }
    return render(request, "merging/choose.html", context, status=status)


def _beside(
    request: Any,
    kept: Company,
    other: Company,
    *,
    status: int = 200,
    errors: list[str] | None = None,
    given: dict[str, str] | None = None,
) -> HttpResponse:
    sent = request.POST
    context = {
        "kept": kept,
        "other": other,
        "shown_other": shown(other),
        "errors": errors or [],
        "left": sent.get("left", ALIAS),
        "lefts": [(key, gettext(label)) for key, label in NAMES_LEFT],
        "why": sent.get("why", ""),
        "codes_said": "codes_differ" in sent,
        **queries.beside(request.member, kept, other, given or {}),
    }
    return render(request, "merging/beside.html", context, status=status)


@require_http_methods(["GET", "POST"])
@need("see")
def one(request: Any, pk: int) -> HttpResponse:
    """Show a merge and what became of it; take it apart again."""
    found = (
        Merge.objects.filter(pk=pk, office=request.member.office_id)
        .select_related(
            "survivor__owner__user", "survivor__merged_into", "merged",
            "made_by__user", "apart_by__user",
        )
        .first()
    )  # fmt: skip
    if found is None or not all(
        may_see(request.member, record)
        for record in (found, found.survivor, found.merged)
    ):
        raise Http404
    if request.method == "GET":
        return _one(request, found)
    if not may(request.member, "write"):
        raise PermissionDenied
    try:
        merge_part(
            by=request.member,
            pk=pk,
            version=_number(request.POST.get("version", "")) or 0,
            why=request.POST.get("why", ""),
        )
    except Conflict as error:
        found.refresh_from_db()
        return _one(request, found, status=409, errors=[error.text(reader())])
    except Refused as error:
        return _one(request, found, status=422, errors=_said(error))
    return redirect("merges-one", pk=pk)


def _one(
    request: Any, found: Merge, *, status: int = 200, errors: list[str] | None = None
) -> HttpResponse:
    context = queries.merge_page(request.member, found)
    context |= {
        "errors": errors or [],
        "why": request.POST.get("why", ""),
        "here": HERE,
    }
    return render(request, "merging/merge.html", context, status=status)
