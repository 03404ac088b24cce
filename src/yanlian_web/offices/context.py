"""What every page's shell needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from yanlian_web.offices.rights import may

# Stations of the left rail in the order of work; those without an address are not in
# this version.
STATIONS = (
    ("chain", "Chain"),
    ("gaps", "Gaps"),
    ("companies", "Companies"),
    ("trips", "Trips"),
)
LATER = ("Cultivate", "Benchmark", "Publish")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return language, member and stations."""
    member = getattr(request, "member", None)
    lang = "zh" if (get_language() or "").startswith("zh") else "en"
    here = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "lang": lang,
        "html_lang": "zh-Hans" if lang == "zh" else "en",
        "member": member,
        "office": member.office if member else None,
        "can_run": bool(member and may(member, "run")),
        "can_write": bool(member and may(member, "write")),
        "can_decide": bool(member and may(member, "decide")),
        "stations": STATIONS,
        "later": LATER,
        "here": (here or "").split("-")[0],
        "full_path": request.get_full_path(),
        "plain_numbers": request.COOKIES.get("numbers") == "plain",
    }
