"""Pages of signing in, of one's account and of the members."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

View = Callable[..., HttpResponse]


def own(view: View) -> View:
    """Let whoever is signed in through, member of an office or not; keep no copy."""

    @functools.wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.member = getattr(request.user, "member", None)
        answer = view(request, *args, **kwargs)
        add_never_cache_headers(answer)
        return answer

    return guarded


def too_many(request: HttpRequest, *args: Any) -> HttpResponse:
    """Say that there were too many attempts."""
    return render(request, "accounts/too_many.html", status=429)
