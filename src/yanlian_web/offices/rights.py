"""Who may do what: one table of rights, one decorator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from yanlian_web.offices.models import Member

ROLES = ("reader", "officer", "head", "admin")
# Right: roles that hold it. A head may do all an officer may.
RIGHTS: dict[str, frozenset[str]] = {
    "see": frozenset(ROLES),
    # Every row of the office, also what somebody keeps for themselves or a team.
    "see_all": frozenset({"head"}),
    "run": frozenset({"officer", "head"}),
    # Adding to and changing records.
    "write": frozenset({"officer", "head"}),
    # Confirming what somebody else has claimed; never one's own deal.
    "verify": frozenset({"officer", "head"}),
    # Deciding for the office: trips, exceptions at a gate, rules, targets.
    "decide": frozenset({"head"}),
    # Masked fields in clear: those of one's own records, others for a stated reason.
    "unmask": frozenset({"officer", "head"}),
    # Lists as files.
    "export": frozenset(ROLES),
    # Members, sign-in, tokens, imports of whole installations, the audit.
    "admin": frozenset({"head", "admin"}),
}


class MemberRequest(HttpRequest):
    """A request of somebody who belongs to an office."""

    member: Member


def may(member: Member, right: str) -> bool:
    """Tell whether a member holds a right."""
    return member.role in RIGHTS[right]


def need(
    right: str,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let only members with a right through; strangers are asked to sign in."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            member = getattr(request.user, "member", None)
            if member is None or not may(member, right):
                raise PermissionDenied
            request.member = member
            return view(request, *args, **kwargs)

        return guarded

    return wrap
