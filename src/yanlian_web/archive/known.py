"""What the pages of the desk show of the archive."""

from __future__ import annotations

from typing import Any

from yanlian.text import N_
from yanlian_web.desk.models import Person
from yanlian_web.desk.panels import Panel, panel
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may


def _personal(member: Member, person: Person) -> dict[str, Any] | None:
    """Return that a person's data can be handed out or erased, to whoever may."""
    if not may(member, "admin") or person.office_id != member.office_id:
        return None
    return {"pk": person.pk}


panel(
    "person", Panel("personal", N_("Personal data"), "archive/_person.html", _personal)
)
