"""Everything that can be gone to or begun from the box, by right."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, override

from yanlian.text import N_
from yanlian_web.finding.tokens import fits, plain
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import reader
from yanlian_web.ui.views import GUIDES

GO, NEW = N_("Go to"), N_("Begin")


@dataclass(frozen=True)
class Step:
    """A command.

    Attributes
    ----------
    note, label : str
        What kind of command it is, and what it is called.
    url : str
        Name of its address.
    args : tuple
    right : str
        Right that is needed.
    words : str
        Other words it is found by.
    """

    note: str
    label: str
    url: str
    args: tuple[str, ...] = ()
    right: str = "see"
    words: str = ""


@dataclass(frozen=True)
class Command:
    """A command as it is shown; ``full`` when all of its name was typed."""

    href: str
    label: str
    note: str
    full: bool = False


STEPS = (
    Step(NEW, N_("New company"), "new", ("company",), "write"),
    Step(NEW, N_("New person"), "new", ("person",), "write"),
    Step(NEW, N_("New organisation"), "new", ("organisation",), "write"),
    Step(NEW, N_("New meeting"), "new", ("meeting",), "write"),
    Step(NEW, N_("New promise"), "new", ("promise",), "write"),
    Step(NEW, N_("New deal"), "new", ("deal",), "write"),
    Step(NEW, N_("New agreement"), "new", ("agreement",), "write"),
    Step(NEW, N_("New service"), "new", ("service",), "write"),
    Step(NEW, N_("New blocker"), "new", ("blocker",), "write"),
    Step(NEW, N_("New run of targets"), "studies-new", ("targets",), "run"),
    Step(NEW, N_("New trip plan"), "studies-new", ("trip",), "run"),
    Step(GO, N_("Home"), "home"),
    Step(GO, N_("My day"), "day"),
    Step(GO, N_("Chain"), "chain"),
    Step(GO, N_("Gaps"), "gaps"),
    Step(GO, N_("Companies"), "companies"),
    Step(GO, N_("People"), "people"),
    Step(GO, N_("Organisations"), "organisations"),
    Step(GO, N_("Disagreeing sources"), "conflicts"),
    Step(GO, N_("Trips"), "trips"),
    Step(GO, N_("Meetings"), "meetings"),
    Step(GO, N_("Promises"), "promises"),
    Step(GO, N_("Week of promises"), "promises-week"),
    Step(GO, N_("Deals"), "deals"),
    Step(GO, N_("Agreements"), "agreements"),
    Step(GO, N_("Landing"), "landing"),
    Step(GO, N_("Services"), "services"),
    Step(GO, N_("Impact"), "impact"),
    Step(GO, N_("Cultivate"), "cultivate"),
    Step(GO, N_("Touch plans"), "cultivate-touches"),
    Step(GO, N_("Issues of firms"), "cultivate-issues"),
    Step(GO, N_("Capability book"), "cultivate-book"),
    Step(GO, N_("Readiness ladder"), "cultivate-ladder"),
    Step(GO, N_("Reminders"), "reminders"),
    Step(GO, N_("Reviews of trips"), "reviews"),
    Step(GO, N_("Handover"), "handover", right="write"),
    Step(GO, N_("Import"), "import", right="write"),
    Step(GO, N_("Duplicates"), "duplicates"),
    Step(GO, N_("Members and access"), "access", right="admin"),
    Step(GO, N_("Everything out"), "everything", right="admin"),
    Step(GO, N_("Webhooks"), "api-webhooks", right="admin"),
    Step(GO, N_("Tokens"), "api-tokens"),
    Step(GO, N_("Your account"), "account"),
    Step(GO, N_("Saved views"), "views"),
    Step(GO, N_("Log"), "log", right="write"),
    Step(GO, N_("Runs"), "runs"),
    Step(GO, N_("Sources"), "sources"),
    Step(GO, N_("Data"), "data"),
    Step(GO, N_("Guide"), "help"),
)


@functools.cache
def _languages(label: str) -> tuple[str, ...]:
    found = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            found.append(gettext(label))
    return tuple(dict.fromkeys(found))


@functools.cache
def _href(step: Step) -> str:
    """Return the address of a command; empty for one this installation lacks."""
    try:
        return reverse(step.url, args=step.args)
    except NoReverseMatch:
        return ""


def commands_of(member: Member, words: list[str]) -> list[Command]:
    """Return the commands a member may give whose names hold all words."""
    typed = "".join(words)
    found = []
    for step in STEPS:
        if not may(member, step.right) or not _href(step):
            continue
        names = (*_languages(step.label), step.words)
        if fits(words, *names):
            full = any(plain(text).replace(" ", "") == typed for text in names)
            found.append(
                Command(_href(step), gettext(step.label), gettext(step.note), full)
            )
    return sorted(found, key=lambda command: not command.full)


@functools.cache
def _titles(folder: Path) -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        for path in sorted(folder.glob("*.md"))
    }


def guide_pages(words: list[str]) -> list[tuple[str, str]]:
    """Return addresses and titles of the pages of the guide that fit."""
    base = next((folder for folder in GUIDES if folder.is_dir()), None)
    if base is None:
        return []
    titles = {lang: _titles(base / lang) for lang in ("en", "zh")}
    found = []
    for stem, title in titles[reader()].items():
        if fits(words, *(listed.get(stem, "") for listed in titles.values())):
            found.append((reverse("help-page", args=[stem]), title))
    return found
