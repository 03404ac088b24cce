"""Pages of the shell: help, language, numbers, errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import markdown
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

_HERE = Path(__file__).parent.parent
# Installed, the guide lies in the package; in a checkout beside it.
GUIDES = (_HERE / "guide", _HERE.parent.parent / "docs" / "guide")
YEAR = 365 * 24 * 3600


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if safe else "/"


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language chosen and stay on the page."""
    response = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax"
        )
    return response


@require_POST
def numbers(request: HttpRequest) -> HttpResponse:
    """Keep how amounts are written and stay on the page."""
    response = HttpResponseRedirect(_back(request))
    plain = "plain" if request.POST.get("numbers") == "plain" else "short"
    response.set_cookie("numbers", plain, max_age=YEAR, samesite="Lax")
    return response


# Headings of the first page, and the pages it leads to.
_CONTENTS = re.compile(r"^## (.+)$|\]\(([\w-]+)\.md\)", re.MULTILINE)
_OWN_LINK = re.compile(r'href="([\w-]+)\.md(#[\w-]*)?"')


def _own_address(match: re.Match[str]) -> str:
    """Return the address of a page of the guide that is linked to as a file."""
    page, part = match.group(1), match.group(2) or ""
    address = reverse("help") if page == "index" else reverse("help-page", args=[page])
    return f'href="{address}{part}"'


def _guide(lang: str) -> Path:
    for folder in GUIDES:
        if (folder / lang).is_dir():
            return folder / lang
    raise Http404


def _contents(folder: Path, page: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the pages of the guide in the order of its first page, by its headings.

    A page of a task is named after that of its area (``deals-gate`` after ``deals``), and
    stands below it while either is open.
    """
    titles = {
        item.stem: item.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        for item in sorted(folder.glob("*.md"))
    }
    first = (folder / "index.md").read_text(encoding="utf-8")
    groups: list[tuple[str, list[dict[str, Any]]]] = [("", [])]
    groups[0][1].append({"stem": "index", "title": titles["index"], "tasks": []})
    for heading, stem in _CONTENTS.findall(first):
        if heading:
            groups.append((heading, []))
        elif stem in titles:
            tasks = [
                (task, titles[task]) for task in titles if task.startswith(f"{stem}-")
            ]
            here = page == stem or page in dict(tasks)
            groups[-1][1].append(
                {"stem": stem, "title": titles[stem], "tasks": tasks if here else []}
            )
    return [group for group in groups if group[1]]


def help_page(request: HttpRequest, page: str = "index") -> HttpResponse:
    """Show a page of the guide; anybody may read it."""
    member = getattr(request.user, "member", None)
    if member is not None:
        request.member = member  # type: ignore[attr-defined]
    lang = "zh" if (get_language() or "").startswith("zh") else "en"
    folder = _guide(lang)
    path = folder / f"{page}.md"
    if path.parent != folder or not path.is_file():
        raise Http404
    text = path.read_text(encoding="utf-8")
    html = markdown.markdown(text, extensions=["tables", "fenced_code", "toc"])
    # The guide links to its own pages as files.
    html = _OWN_LINK.sub(_own_address, html)
    # A wide table is scrolled by the keyboard too.
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>")
    return render(
        request,
        "ui/help.html",
        {"html": html, "groups": _contents(folder, page), "page": page},
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that a right is missing and whom to ask."""
    return render(request, "ui/forbidden.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page."""
    return render(request, "ui/not_found.html", status=404)
