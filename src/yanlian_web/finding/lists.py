"""The lists whose views can be kept, and their addresses in one form."""

from __future__ import annotations

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from yanlian.text import N_

# Name of the address of a list: what it is called. Other apps may add theirs.
VIEWED: dict[str, str] = {
    "companies": N_("Companies"),
    "people": N_("People"),
    "organisations": N_("Organisations"),
    "meetings": N_("Meetings"),
    "promises": N_("Promises"),
    "deals": N_("Deals"),
    "agreements": N_("Agreements"),
    "agreements-sleeping": N_("Sleeping agreements"),
    "incentives": N_("Incentives"),
    "landing": N_("Landing"),
    "blockers": N_("Blockers"),
    "services": N_("Services"),
    "gaps": N_("Gaps"),
    "gaps-open": N_("Gaps taken up"),
    "journeys": N_("Trips decided"),
    "conflicts": N_("Disagreeing sources"),
    "cultivate-touches": N_("Touch plans"),
    "cultivate-issues": N_("Issues of firms"),
    "cultivate-book": N_("Capability book"),
    "cultivate-ladder": N_("Readiness ladder"),
    "reviews": N_("Reviews of trips"),
    "duplicates": N_("Duplicates"),
    "log": N_("Log"),
}
# What belongs to the moment and to no view.
PASSING = frozenset({"page", "export", "from", "gap_at", "older", "before"})
LONGEST = 1000


def place(page: str) -> str:
    """Return the address of a list; empty for one this installation lacks."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def normal(query: QueryDict | str) -> str:
    """Return the filters of an address in one order, without what passes.

    Examples
    --------
    >>> normal("page=3&view=map&q=a&owner=")
    'q=a&view=map'
    """
    given = QueryDict(query.lstrip("?")) if isinstance(query, str) else query
    kept = QueryDict(mutable=True)
    for key in sorted(given):
        values = [value for value in given.getlist(key) if value != ""]
        if key not in PASSING and values:
            kept.setlist(key, values)
    return kept.urlencode()
