"""One's own account: sessions, second factor, single sign-on."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import (
    raise_if_reauthentication_required,
)
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.accounts import sessions
from yanlian_web.accounts.noting import note
from yanlian_web.accounts.queries import account_page
from yanlian_web.accounts.views import own


@require_GET
@own
def account(request: HttpRequest) -> HttpResponse:
    """Show how one signs in and from where."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)
    return render(request, "accounts/account.html", account_page(request))


@require_POST
@own
def end(request: HttpRequest) -> HttpResponse:
    """End one session, or all but this one."""
    user = request.user
    here = request.session.session_key or ""
    if request.POST.get("which") == "others":
        count = sessions.end_all(user, why="self", by=user, but=here)
        messages.success(
            request,
            gettext("%(count)s other sessions were ended.") % {"count": count},
        )
        return HttpResponseRedirect(reverse("account"))
    found = _session(request)
    if found.session_key == here:
        return sign_out_now(request)
    sessions.end(user, [found], why="self", by=user)
    messages.success(request, gettext("The session was ended."))
    return HttpResponseRedirect(reverse("account"))


def _session(request: HttpRequest) -> UserSession:
    number = request.POST.get("which", "")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    found = UserSession.objects.filter(user_id=request.user.pk, pk=int(number)).first()
    if found is None:
        raise Http404
    return found


def sign_out_now(request: HttpRequest) -> HttpResponse:
    """End this session."""
    user: Any = request.user
    if user.is_authenticated:
        key = request.session.session_key
        UserSession.objects.filter(session_key=key).delete()
        note(user, "accounts.session.ended", by=user, why="out", count=1)
    logout(request)
    return HttpResponseRedirect(reverse("sign-in"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    return sign_out_now(request)


@require_POST
@own
def identity_remove(request: HttpRequest) -> HttpResponse:
    """Take the connection to single sign-on away; a password has to be there."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    user: Any = request.user
    if not settings.SINGLE_SIGN_ON or not user.has_usable_password():
        raise Http404
    if SocialAccount.objects.filter(user=user).delete()[0]:
        note(user, "accounts.identity.removed", by=user)
    messages.success(request, gettext("The connection was removed."))
    return HttpResponseRedirect(reverse("account"))
