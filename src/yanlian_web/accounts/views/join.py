"""The page behind a link: a password is set once."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yanlian_web.accounts import links
from yanlian_web.accounts.forms import JoinForm
from yanlian_web.accounts.limits import APP, network
from yanlian_web.accounts.noting import note
from yanlian_web.accounts.queries import sso
from yanlian_web.accounts.views import too_many


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password1", "password2")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever holds a link set a password.

    A link that never was, is used up, has expired or was taken back gives one and the
    same answer: it tells a finder nothing.
    """
    link = links.link_of(token)
    if link is None:
        if not ratelimit.consume(request, app=APP, action="link", limit_get=True):
            return too_many(request)
        note(None, "accounts.link.refused", network=network(request))
        return render(request, "accounts/link_dead.html", status=404)
    form = JoinForm(request.POST or None, user=link.user)
    if request.method == "POST" and form.is_valid():
        used = links.link_use(token, password=form.cleaned_data["password1"])
        if used is None:
            return render(request, "accounts/link_dead.html", status=404)
        messages.success(
            request, gettext("The password is set. Sign in with it from now on.")
        )
        return HttpResponseRedirect(reverse("sign-in"))
    if settings.SINGLE_SIGN_ON:
        request.session[links.IN_SESSION] = token
    page = {
        "form": form,
        "name": link.user.get_username(),
        "invited": link.office,
        "sso": sso(),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/join.html", page, status=status)
