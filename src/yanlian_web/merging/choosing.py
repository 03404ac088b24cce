"""Which value of two companies is kept, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yanlian.identity import fold
from yanlian.text import N_
from yanlian_web.desk.actions.companies import FROM_TABLES
from yanlian_web.desk.models import Company
from yanlian_web.desk.models.base import VISIBILITIES

KEPT, OTHER, BOTH = "kept", "other", "both"
# What becomes of the name that is not chosen.
ALIAS, FORMER, NOTHING = "alias", "former", "nothing"
NAMES_LEFT = (
    (ALIAS, N_("is kept as another name")),
    (FORMER, N_("is kept as a former name")),
    (NOTHING, N_("is left out")),
)
# The strictest first.
_STRICT = {key: place for place, (key, _) in enumerate(VISIBILITIES)}


@dataclass(frozen=True)
class Choice:
    """Something of a company that is chosen as a whole.

    Attributes
    ----------
    key, label : str
    fields : tuple of str
        What is taken over together.
    parted : str
        By what values are parted when both are kept; empty when only one can be.
    """

    key: str
    label: str
    fields: tuple[str, ...]
    parted: str = ""


CHOICES = (
    Choice("name_zh", N_("Name (Chinese)"), ("name_zh",)),
    Choice("name_en", N_("Name (English)"), ("name_en",)),
    Choice("credit_code", N_("Unified social credit code"), ("credit_code",)),
    Choice("aliases", N_("Other names"), ("aliases",), ";"),
    Choice("former_names", N_("Former names"), ("former_names",), ";"),
    Choice("place", N_("City"), ("city_en", "city_zh", "region_id", "local", "lat", "lon")),
    Choice("products", N_("Products"), ("products_en", "products_zh"), "\n"),
    Choice("titles", N_("Titles"), ("recognitions_en", "recognitions_zh"), ";"),
    Choice("revenue", N_("Revenue"), ("revenue_cny", "revenue_year")),
    Choice("employees", N_("Employees"), ("employees",)),
    Choice("website", N_("Website"), ("website",)),
    Choice("tier", N_("Tier"), ("tier",)),
    Choice("leading", N_("Leading firm"), ("leading",)),
    Choice("note", N_("Note"), ("note_en", "note_zh"), "\n"),
    Choice("owner", N_("Owner"), ("owner_id",)),
    Choice("team", N_("Team"), ("team",)),
    Choice("visibility", N_("Who may see it"), ("visibility",)),
)  # fmt: skip


def empty(company: Company, choice: Choice) -> bool:
    """Tell whether a company says nothing of a choice."""
    first = getattr(company, choice.fields[0])
    if choice.key == "place":
        return not (company.city_en or company.city_zh)
    if choice.parted and len(choice.fields) > 1:
        return not any(getattr(company, name) for name in choice.fields)
    return first in (None, "", False)


def differs(kept: Company, other: Company, choice: Choice) -> bool:
    """Tell whether two companies say different things."""
    shown = choice.fields[:2] if choice.key == "place" else choice.fields
    return any(getattr(kept, name) != getattr(other, name) for name in shown)


def proposed(kept: Company, other: Company, choice: Choice) -> str:
    """Return what is chosen before a person chooses: nothing known is lost by it."""
    if empty(other, choice):
        return KEPT
    if choice.key == "visibility":
        stricter = _STRICT[other.visibility] < _STRICT[kept.visibility]
        return OTHER if stricter else KEPT
    if empty(kept, choice):
        return OTHER
    return BOTH if choice.parted else KEPT


def united(first: str, second: str, parted: str) -> str:
    """Return two texts as one; names that are there already are not repeated.

    Examples
    --------
    >>> united("Haiyue; HY", "hy;Haiyue Cell", ";")
    'Haiyue; HY; Haiyue Cell'
    """
    if parted == ";":
        names: dict[str, str] = {}
        for name in f"{first};{second}".split(";"):
            if name.strip():
                names.setdefault(fold(name), name.strip())
        return "; ".join(names.values())
    parts = [part.strip() for part in (first, second) if part.strip()]
    return parted.join(dict.fromkeys(parts))


def chosen(
    kept: Company, other: Company, given: Mapping[str, str], left: str = ALIAS
) -> dict[str, Any]:
    """Return the values that the company that stays shall have, where they change.

    Parameters
    ----------
    kept, other : Company
    given : mapping of str to str
        By the key of a choice: ``kept``, ``other`` or ``both``. What is not given is
        taken as proposed.
    left : str
        What becomes of a name that is not chosen: ``alias``, ``former``, ``nothing``.
    """
    found: dict[str, Any] = {}
    for choice in CHOICES:
        which = given.get(choice.key) or proposed(kept, other, choice)
        if which == KEPT or not differs(kept, other, choice):
            continue
        for name in choice.fields:
            mine, theirs = getattr(kept, name), getattr(other, name)
            found[name] = (
                united(mine, theirs, choice.parted) if which == BOTH else theirs
            )
    _keep_names(kept, other, found, left)
    return {
        name: value for name, value in found.items() if value != getattr(kept, name)
    }


def _keep_names(
    kept: Company, other: Company, found: dict[str, Any], left: str
) -> None:
    """Put the names that were not chosen among the other or the former ones."""
    if left == NOTHING:
        return
    now = {
        name: found.get(name, getattr(kept, name)) for name in ("name_en", "name_zh")
    }
    lost = [
        name
        for company in (kept, other)
        for name in (company.name_zh, company.name_en)
        if name and name not in now.values()
    ]
    to = "former_names" if left == FORMER else "aliases"
    beside = found.get(to, getattr(kept, to))
    found[to] = united(beside, ";".join(lost), ";") if lost else beside


def set_here(kept: Company, values: Mapping[str, Any]) -> list[str]:
    """Return what was set at the desk, so that loading the tables leaves it alone."""
    if not kept.in_tables:
        return list(kept.set_here)
    mine = [name for name in values if name in FROM_TABLES]
    return list(dict.fromkeys([*kept.set_here, *mine]))
