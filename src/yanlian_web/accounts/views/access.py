"""How the members of the office sign in: inviting, links, sessions, second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yanlian.errors import YanlianError
from yanlian_web.accounts import actions
from yanlian_web.accounts.forms import InviteForm, PolicyForm
from yanlian_web.accounts.queries import access_page
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import MemberRequest, need
from yanlian_web.ui.templatetags.yl import reader


@require_GET
@need("admin")
@never_cache
def access(request: MemberRequest) -> HttpResponse:
    """Show who belongs to the office and how they sign in."""
    return render(request, "accounts/access.html", access_page(request))


@require_http_methods(["GET", "POST"])
@need("admin")
@never_cache
def invite(request: MemberRequest) -> HttpResponse:
    """Add a member and show the link."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member, token = actions.member_invite(
                by=request.member, **form.cleaned_data
            )
        except YanlianError as error:
            for finding in error.findings:
                where = finding.where if finding.where in form.fields else None
                form.add_error(where, finding.say.text(reader()))
        else:
            return _show(request, member, token)
    status = 422 if form.errors else 200
    return render(request, "accounts/invite.html", {"form": form}, status=status)


@require_POST
@need("admin")
@never_cache
def link(request: MemberRequest, pk: int) -> HttpResponse:
    """Make a link for a member and show it once."""
    member = _member(request, pk)
    token = actions.member_link(by=request.member, member=member)
    return _show(request, member, token)


def _show(request: MemberRequest, member: Member, token: str) -> HttpResponse:
    from django.conf import settings

    address = request.build_absolute_uri(reverse("join", args=[token]))
    page = {"about": member, "address": address, "hours": settings.LINK_HOURS}
    return render(request, "accounts/link.html", page)


@require_POST
@need("admin")
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """End sessions, take a lost factor away, open after failures: what the button says."""
    member = _member(request, pk)
    by = request.member
    what = request.POST.get("what", "")
    said: dict[str, Any] = {"name": str(member)}
    if what == "sessions":
        said["count"] = actions.member_sessions_end(by=by, member=member)
        text = gettext("%(count)s sessions of %(name)s were ended.")
    elif what == "factor":
        actions.member_factor_reset(by=by, member=member)
        text = gettext("%(name)s has no second factor any more and was signed out.")
    elif what == "unlock":
        actions.member_unlock(request=request, by=by, member=member)
        text = gettext("%(name)s can try to sign in again.")
    else:
        raise Http404
    messages.success(request, text % said)
    return HttpResponseRedirect(reverse("access"))


@require_POST
@need("admin")
def policy(request: MemberRequest) -> HttpResponse:
    """Say who must have a second factor."""
    form = PolicyForm(request.POST)
    if not form.is_valid():
        raise Http404
    actions.policy_set(
        by=request.member, second_factor=form.cleaned_data["second_factor"]
    )
    messages.success(
        request,
        gettext(
            "Stored. Whoever lacks a second factor sets it up at the next sign-in."
        ),
    )
    return HttpResponseRedirect(reverse("access"))


def _member(request: MemberRequest, pk: int) -> Member:
    found = (
        Member.objects.select_related("user", "office")
        .filter(pk=pk, office_id=request.member.office_id)
        .first()
    )
    if found is None:
        raise Http404
    return found
