"""What every page's shell needs."""

from __future__ import annotations

import functools
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from yanlian.text import N_
from yanlian_web.offices.rights import may

# Stations of the left rail in the order of work.
STATIONS = (
    ("chain", N_("Chain")),
    ("gaps", N_("Gaps")),
    ("companies", N_("Companies")),
    ("trips", N_("Trips")),
    ("meetings", N_("Meetings")),
    ("deals", N_("Deals")),
    ("agreements", N_("Agreements")),
    ("landing", N_("Landing")),
    ("cultivate", N_("Cultivate")),
    ("services", N_("Services")),
    ("impact", N_("Impact")),
)
# Those that stand at the foot of a phone; the others open behind "more".
THUMB = frozenset({"trips", "meetings", "deals"})
LATER = (N_("Benchmark"), N_("Publish"))


@functools.cache
def stations() -> tuple[tuple[str, str, bool], ...]:
    """Return the stations that have an address, and whether a phone shows them."""
    found = []
    for key, label in STATIONS:
        try:
            reverse(key)
        except NoReverseMatch:
            continue
        found.append((key, label, key in THUMB))
    return tuple(found)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return language, member and stations."""
    member = getattr(request, "member", None)
    lang = "zh" if (get_language() or "").startswith("zh") else "en"
    here = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "lang": lang,
        "html_lang": "zh-Hans" if lang == "zh" else "en",
        "member": member,
        "looked_at": getattr(request, "looked_at", None),
        "office": member.office if member else None,
        "can_run": bool(member and may(member, "run")),
        "can_write": bool(member and may(member, "write")),
        "can_admin": bool(member and may(member, "admin")),
        "can_decide": bool(member and may(member, "decide")),
        "stations": stations(),
        "later": LATER,
        "here": (here or "").split("-")[0],
        "full_path": request.get_full_path(),
        "plain_numbers": request.COOKIES.get("numbers") == "plain",
    }
