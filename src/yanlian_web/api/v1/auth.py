"""Who calls: a member with a session, or a token of theirs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import SimpleRateThrottle
from ninja.utils import check_csrf

from yanlian.text import N_, say
from yanlian_web.api import tokens
from yanlian_web.api.v1.problems import Problem
from yanlian_web.offices.models import Member

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenAuth(HttpBearer):
    """A personal token in the header ``Authorization: Bearer …``."""

    openapi_name = "token"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the token; what does not hold is answered at once."""
        found = tokens.recognise(token, request.META.get("REMOTE_ADDR") or "")
        if found.scope != "write" and request.method not in SAFE:
            raise Problem(
                403,
                say(
                    N_(
                        "This token reads only. Make one that may write, or sign in, "
                        "to change something."
                    )
                ),
                code="token_reads",
            )
        request.member = found.member  # type: ignore[attr-defined]
        return found


class SessionAuth(APIKeyCookie):
    """The cookie of somebody who has signed in; changes need the CSRF token too."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_name = "session"

    def __call__(self, request: HttpRequest) -> Any:
        """Return the member, None when nobody has signed in."""
        if not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise Problem(
                403,
                say(
                    N_(
                        "The CSRF token is missing or not that of this session. Send "
                        "the value of the cookie csrftoken in the header X-CSRFToken."
                    )
                ),
                code="csrf",
            )
        request.member = member_of(request)  # type: ignore[attr-defined]
        return request.member  # type: ignore[attr-defined]

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Do nothing: the session says who it is."""


def member_of(request: Any) -> Member:
    """Return the member that has signed in, or the one as whom they look.

    Raises
    ------
    Problem
        When the person belongs to no office.
    """
    own = getattr(request.user, "member", None)
    member = own and (getattr(request, "looked_at", None) or own)
    if member is None:
        raise Problem(403)
    return member  # type: ignore[no-any-return]


class Often(SimpleRateThrottle):
    """So many requests a minute, for each token and each member.

    Counted in the memory of each process: to write each request down where all of them
    see it would cost more than most requests.
    """

    cache = LocMemCache("api-often", {"OPTIONS": {"MAX_ENTRIES": 10_000}})

    def __init__(self) -> None:
        super().__init__(f"{settings.API_PER_MINUTE}/min")

    def allow_request(self, request: HttpRequest) -> bool:
        """Tell whether a request is within what is allowed now."""
        self.num_requests = settings.API_PER_MINUTE
        return bool(super().allow_request(request))

    def get_cache_key(self, request: HttpRequest) -> str | None:
        """Return by what requests are counted."""
        who = request.auth  # type: ignore[attr-defined]
        return f"api-often-{type(who).__name__}-{who.pk}"
