"""Fields of records that can be changed on their list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.acting import hidden
from yanlian_web.desk.forms import Sheet, record_form
from yanlian_web.offices.models import Member
from yanlian_web.ui.templatetags.yl import dated, person, reader


@dataclass(frozen=True)
class Cell:
    """A field that is changed in place.

    Attributes
    ----------
    label : str
    shown : callable
        Returns what the list shows of a record.
    why : bool
        Whether a reason is needed.
    """

    label: str
    shown: Callable[[Any], Any]
    why: bool = False


OWNER = Cell(
    N_("Owner"), lambda record: person(record.owner) if record.owner else _("no owner")
)
CELLS: dict[str, dict[str, Cell]] = {
    "company": {
        "tier": Cell(N_("Tier"), lambda record: record.get_tier_display() or _("no tier")),
        "owner": OWNER,
    },
    "person": {"owner": OWNER},
    "organisation": {"owner": OWNER},
    "meeting": {"owner": OWNER},
    "deal": {
        "owner": OWNER,
        "stage_note": Cell(N_("Where it stands"), lambda record: record.stage_note or "\u2013"),
    },
    "promise": {
        "owner": OWNER,
        "due_on": Cell(N_("Due on"), lambda record: dated(record.due_on), why=True),
    },
    "agreement": {"owner": OWNER},
}  # fmt: skip


def cell_of(kind: str, field: str) -> Cell:
    """Return a field that can be changed on its list.

    Raises
    ------
    Http404
        When there is none such.
    """
    found = CELLS.get(kind, {}).get(field)
    if found is None:
        raise Http404
    return found


def cell_form(kind: str, field: str, member: Member) -> type[Any]:
    """Return the form of one field, with a reason where one is needed."""
    base: Any = record_form(Sheet(kind, (("", (field,)),)), member)
    if not cell_of(kind, field).why:
        return type("CellForm", (base,), {"clean": _clean})
    why = forms.CharField(label=_("Why"), max_length=500)
    return type("CellForm", (base,), {"clean": _clean, "why": why})


def _clean(form: Any) -> dict[str, Any]:
    """Refuse characters that cannot be seen."""
    found: dict[str, Any] = form.cleaned_data
    for name, value in list(found.items()):
        for finding in hidden(name, value) if isinstance(value, str) else ():
            form.add_error(name, finding.say.text(reader()))
    return found
