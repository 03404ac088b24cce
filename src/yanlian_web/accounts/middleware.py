"""Ending sessions that are over, and leading to a second factor that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from yanlian_web.accounts.noting import note
from yanlian_web.accounts.policy import has_factor
from yanlian_web.accounts.sessions import ended_because

# Set in a session of somebody who has no second factor and must.
ENROL = "accounts.enrol"
# Where such a person may go.
OPEN = frozenset(
    {
        "mfa_activate_totp",
        "account_reauthenticate",
        "mfa_view_recovery_codes",
        "sign-in",
        "sign-out",
        "language",
        "numbers",
        "help",
        "help-page",
    }
)


def _because(why: str) -> str:
    if why == "idle":
        return gettext(
            "You were signed out after %(minutes)s minutes in which nothing was done. "
            "Sign in again; you come back to the same page."
        ) % {"minutes": settings.SESSION_IDLE_MINUTES}
    if why == "old":
        return gettext(
            "A session lasts %(hours)s hours at most. Sign in again; you come back to "
            "the same page."
        ) % {"hours": settings.SESSION_HOURS}
    return gettext(
        "Your session was opened from another network or another browser and was "
        "ended. Sign in again. If it was not you, change your password and tell the "
        "head of your office."
    )


class SessionGuard:
    """Stands after authentication and messages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            why = ended_because(request)
            if why:
                return self._over(request, why)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Lead whoever must have a second factor to where it is set up."""
        if not request.session.get(ENROL):
            return None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in OPEN:
            return None
        if has_factor(request.user):
            del request.session[ENROL]
            return None
        return HttpResponseRedirect(reverse("mfa_activate_totp"))

    def _over(self, request: HttpRequest, why: str) -> HttpResponse:
        user = request.user
        key = request.session.session_key
        if user.is_authenticated:
            UserSession.objects.filter(session_key=key).delete()
            note(user, "accounts.session.ended", by=user, why=why, count=1)
        text = _because(why)
        logout(request)
        if request.path.startswith("/api/"):
            return JsonResponse({"error": "signed_out", "message": text}, status=401)
        messages.info(request, text)
        back = request.get_full_path() if request.method == "GET" else "/"
        if request.headers.get("HX-Request"):
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = reverse("sign-in")
            return answer
        return redirect_to_login(back)
