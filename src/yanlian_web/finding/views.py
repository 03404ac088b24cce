"""The search box, the palette, and the page of what was found."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yanlian_web.finding.commands import commands_of
from yanlian_web.finding.queries import box
from yanlian_web.offices.rights import need

LONGEST = 200
# Of each kind: below the box as one types, and on the page.
TYPED, LISTED = 6, 20


@require_GET
@need("see")
def search(request: Any) -> HttpResponse:
    """Find records, segments, gaps, pages of the guide and commands."""
    text = request.GET.get("q", "")[:LONGEST].strip()
    typed = bool(request.headers.get("HX-Request"))
    context: dict[str, Any] = {"q": text}
    if text:
        context |= box.found(request.member, text, TYPED if typed else LISTED)
    else:
        context |= {
            "recent": box.recent(request.member),
            "steps": commands_of(request.member, []),
        }
    name = "finding/found.html" if typed else "finding/search.html"
    return render(request, name, context)
