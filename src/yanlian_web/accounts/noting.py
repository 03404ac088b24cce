"""Writing down in the log what happens around signing in."""

from __future__ import annotations

from typing import Any

from yanlian_web.offices.actions import log
from yanlian_web.offices.models import Office


def note(user: Any, code: str, *, by: Any = None, **data: Any) -> None:
    """Add a line about a user to the log of their office.

    What concerns nobody who is known goes to the log of the first office, the one that
    set the program up. What somebody typed as a name is not kept: people type their
    password there.
    """
    member = getattr(user, "member", None) if user is not None else None
    office = member.office if member else Office.objects.order_by("pk").first()
    if office is None:
        return
    log(
        office,
        code,
        by=by,
        subject=f"member:{member.pk}" if member else "",
        **data,
    )
