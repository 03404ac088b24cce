"""What every request to the interface goes through, before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override

from yanlian.text import N_, say
from yanlian_web.api.v1.problems import MEDIA_TYPE, PLAIN, problem

# Bytes of a request; a form with two papers of twenty million each fits.
MOST, MOST_WITH_FILES = 1_000_000, 45_000_000
ROOT = "/api/"
# Pages for people, which may lead to signing in.
PAGES = frozenset({"/api/v1/docs"})


class ApiMiddleware:
    """Refuses what is too large unread, and says every error in one form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        with override(get_language_from_request(request)):
            early = _too_large(request) or _unreadable(request)
            if early is not None:
                return early
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store")
        if request.path in PAGES:
            return response
        with override(get_language_from_request(request)):
            return _in_form(request, response)


def _too_large(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a body that is too large; it is not read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    files = (request.content_type or "").startswith("multipart/form-data")
    most = MOST_WITH_FILES if files else MOST
    if not length.isdigit() or int(length) <= most:
        return None
    text = say(
        N_("The request holds %(found)s bytes. Expected at most %(most)s."),
        found=f"{int(length):,}",
        most=f"{most:,}",
    )
    return problem(request, 413, text)


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to an address with a character that no text has."""
    query = request.META.get("QUERY_STRING", "")
    if "\x00" not in request.path and "%00" not in query and "\x00" not in query:
        return None
    return problem(request, 400)


def _in_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return an answer of another part of the program in the form of the interface."""
    status = response.status_code
    if status in {301, 302}:
        # To sign in, or to set up the second factor that the office asks for.
        return problem(request, 401)
    if status not in PLAIN or response["Content-Type"].startswith(MEDIA_TYPE):
        return response
    made = problem(request, status)
    for name in ("Allow", "Retry-After"):
        if name in response:
            made[name] = response[name]
    return made
