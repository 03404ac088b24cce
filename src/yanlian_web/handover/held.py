"""Which records of a member a handover can take along: those with work left in them."""

from __future__ import annotations

from typing import Any

from yanlian_web.desk.duties import HANDED
from yanlian_web.desk.models import KINDS
from yanlian_web.offices.models import Member

# So many records go over in one action; a form takes no more than a thousand fields.
MOST = 900


def held(member: Member, viewer: Member) -> dict[str, Any]:
    """Return what a member answers for and the viewer may see, by kind of record."""
    return {
        kind: KINDS[kind]
        .objects.seen_by(viewer)
        .live()
        .filter(which, owner_id=member.pk)
        .order_by("-pk")
        for kind, which in HANDED.items()
        if kind in KINDS
    }
