"""Who may do what: one table of rights, one decorator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from yanlian.text import N_

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

# What one does with records, and the right it takes; the pages of rights and the test
# that goes through all of them read this.
VERBS: dict[str, str] = {
    "list": "see",
    "see": "see",
    "add": "write",
    "change": "write",
    "archive": "write",
    "restore": "write",
    "verify": "verify",
    "decide": "decide",
    "export": "export",
    "unmask": "unmask",
}
# In plain words, in the order of the page.
WORDS: dict[str, tuple[str, str]] = {
    "see": (
        N_("See"),
        N_("Read the records of the office, and those that other offices share."),
    ),
    "see_all": (
        N_("See every row"),
        N_("Also what somebody keeps for themselves or for a team."),
    ),
    "export": (
        N_("Take lists along"),
        N_("Lists as files; masked fields stay masked, and each file is noted."),
    ),
    "run": (N_("Run studies"), N_("Run studies on the tables of the office.")),
    "write": (
        N_("Write"),
        N_("Add, change, archive and bring back records one may see."),
    ),
    "verify": (
        N_("Verify"),
        N_("Confirm what somebody else has claimed; never for one's own deal."),
    ),
    "unmask": (
        N_("Open masked fields"),
        N_(
            "Contact data and summaries of a small circle: those of one's own records, "
            "others for a reason. Each reading is noted."
        ),
    ),
    "decide": (
        N_("Decide for the office"),
        N_("Trips, exceptions at a gate, rules and targets of the office."),
    ),
    "admin": (
        N_("Administer"),
        N_("Members and their roles, the audit, looking as another member."),
    ),
}


class MemberRequest(HttpRequest):
    """A request of somebody who belongs to an office."""

    member: Member


def may(member: Member, right: str) -> bool:
    """Tell whether a member holds a right."""
    return member.role in RIGHTS[right]


# Who asks, while a page is made; see :func:`asking`.
_ASKING: ContextVar[Member | None] = ContextVar("asking", default=None)


def asking() -> Member | None:
    """Return the member whose request is being answered; None outside of a request.

    For what must not depend on every caller to pass it on: that a file was taken along
    is noted wherever lists become files. While somebody looks as another member it is
    the one who looks.
    """
    return _ASKING.get()


def need(
    right: str,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let only members with a right through; strangers are asked to sign in.

    While a member looks at the workbench as another one, the page is made for that other
    one; that nothing is changed meanwhile is the middleware's part.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            own = getattr(request.user, "member", None)
            member = getattr(request, "looked_at", None) or own
            if own is None or member is None or not may(member, right):
                raise PermissionDenied
            request.member = member
            token = _ASKING.set(own)
            try:
                return view(request, *args, **kwargs)
            finally:
                _ASKING.reset(token)

        return guarded

    return wrap
