"""The log of actions as pages show it: who did what to which record, and what changed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from yanlian_web.desk.codes import CODES, EVERY, field_label, sentence
from yanlian_web.desk.masks import MASK, MASKS, mask_of
from yanlian_web.desk.merged import refs_of
from yanlian_web.desk.models import KINDS, Company, Event, Record
from yanlian_web.desk.queries.refs import Named, named_refs
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.ui.templatetags.yl import name

SIZE = 50
# Lines looked at for the history of one record.
LINKED = 1000
LONGEST = 160
# What lines about many records at once changed of one of them, by line and in the form
# lines have it; asked with office and record. Other apps make theirs known here.
Besides = Callable[[int, str], dict[int, dict[str, dict[str, list[Any]]]]]
BESIDES: list[Besides] = []
# Actions to choose from; every other one can be named in the address.
OFFERED = (
    *CODES,
    *(
        f"desk.{kind}.{verb}"
        for kind in ("company", "person", "meeting", "promise", "deal", "agreement")
        for verb in EVERY
        if verb != "rejected"
    ),
)


@dataclass
class Line:
    """A line of the log as it is shown.

    Attributes
    ----------
    line : LogLine
    action : str
        What was done, in the reader's language.
    who : str
    record : Named or None
        The record it is about, if it is about one.
    subject : str
        What it is about otherwise, such as a run.
    changes : list of dict
        ``record`` (Named or None where it is that of the line), ``label``, ``old``,
        ``new``.
    why : str
    """

    line: LogLine
    action: str
    who: str
    record: Named | None = None
    subject: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""


def log_page(member: Member, query: QueryDict) -> dict[str, Any]:
    """Return a page of the log: lines, what was held back, and where the next begins.

    Filters are ``record``, ``who``, ``code`` and ``day``; ``before`` is the number of a
    line, so that a page far back is as quick as the first.
    """
    lines = LogLine.objects.filter(office_id=member.office_id)
    ref, day = query.get("record", ""), _day(query.get("day", ""))
    beside = _beside(member.office_id, ref) if ref else {}
    if ref:
        lines = _about(lines, member.office_id, ref, beside)
    who, code, before = (query.get(key, "") for key in ("who", "code", "before"))
    if who.isdigit():
        lines = lines.filter(by__member=int(who))
    if code:
        lines = lines.filter(code=code)
    if day:
        start = timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
        lines = lines.filter(at__gte=start, at__lt=start + datetime.timedelta(days=1))
    if before.isdigit():
        lines = lines.filter(pk__lt=int(before))
    found = list(lines.select_related("by__member").order_by("-pk")[: SIZE + 1])
    _add(found, beside)
    record = named_refs(member, [ref])[ref] if ref else None
    if record is not None and record.hidden:
        # What belongs to it may be seen, but not that it belongs to it.
        held = len(found[:SIZE])
        shown, found = list[Line](), []
    else:
        shown, held = lines_of(member, found[:SIZE])
    return {
        "lines": shown,
        "held": held,
        "older": found[SIZE - 1].pk if len(found) > SIZE else None,
        "record": record,
        "people": list(
            Member.objects.filter(office_id=member.office_id).select_related("user")
        ),
        "codes": sorted(((c, sentence(c)) for c in OFFERED), key=lambda item: item[1]),
        "query": query,
    }


def history_of(member: Member, record: Record, size: int = 20) -> list[Line]:
    """Return the newest lines about a record, for its page.

    Lines whose events speak of the record belong to it too: of a deal, the agreement
    that was signed for it.
    """
    office = record.office_id
    beside = _beside(office, record.ref)
    lines = _about(LogLine.objects.filter(office_id=office), office, record.ref, beside)
    found = list(lines.select_related("by__member").order_by("-pk")[:size])
    _add(found, beside)
    return lines_of(member, found)[0]


def _beside(office: int, ref: str) -> dict[int, dict[str, dict[str, list[Any]]]]:
    found: dict[int, dict[str, dict[str, list[Any]]]] = {}
    for ask in BESIDES:
        found |= ask(office, ref)
    return found


def _add(
    lines: list[LogLine], beside: dict[int, dict[str, dict[str, list[Any]]]]
) -> None:
    """Put what lines changed of one record beside what they say themselves."""
    for line in lines:
        if line.pk in beside:
            line.data = {**line.data, "changes": {**_changed(line), **beside[line.pk]}}


def _about(
    lines: models.QuerySet[LogLine], office: int, ref: str, beside: Iterable[int] = ()
) -> models.QuerySet[LogLine]:
    events = Event.objects.filter(office_id=office)
    refs = _refs_of(office, ref)
    events = (
        events.filter(deal=ref)
        if ref.startswith("deal:")
        else events.filter(subject__in=refs)
    )
    # Not in order: the database would look for it along the index of days.
    linked = sorted(events.order_by().values_list("line_id", flat=True), reverse=True)
    # Two questions, each by its index; asked as one, the whole log would be read.
    own = lines.filter(subject__in=refs).order_by("-pk").values_list("pk", flat=True)
    return lines.filter(pk__in={*linked[:LINKED], *own[:LINKED], *beside})


def _refs_of(office: int, ref: str) -> list[str]:
    """Return by what the log names a record: a company also as what was merged into it."""
    kind, _, number = ref.partition(":")
    if kind != Company.kind or not number.isdigit():
        return [ref]
    company = Company.objects.filter(office_id=office, pk=int(number)).first()
    return [ref] if company is None else refs_of(company)


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def lines_of(member: Member, lines: list[LogLine]) -> tuple[list[Line], int]:
    """Return lines as they are shown, and how many a member may not see.

    Names of records are asked for once for each kind, however many lines there are.
    """
    refs: set[str] = set()
    for line in lines:
        refs |= _refs(line)
    named = named_refs(member, refs)
    people = Member.objects.filter(office_id=member.office_id).select_related("user")
    members = {person.pk: name(person) or str(person) for person in people}
    shown: list[Line] = []
    held = 0
    for line in lines:
        record = named.get(line.subject)
        if record is not None and record.hidden:
            held += 1
            continue
        item = Line(line, sentence(line.code), _who(line))
        if record is not None and record.record is not None:
            item.record = record
        else:
            item.subject = line.subject
        item.changes = _changes(line, named, members)
        reason = line.data.get("why", "") if isinstance(line.data, dict) else ""
        item.why = str(reason or "")[:LONGEST]
        shown.append(item)
    return shown, held


def _who(line: LogLine) -> str:
    if line.by is None:
        return gettext("the program")
    member = getattr(line.by, "member", None)
    return (
        (name(member) or line.by.get_username()) if member else line.by.get_username()
    )


def _refs(line: LogLine) -> set[str]:
    """Return the records a line names: its own, those changed, and those in values."""
    found = {line.subject} if ":" in line.subject else set()
    for ref, fields in _changed(line).items():
        found.add(ref)
        model = KINDS.get(ref.partition(":")[0])
        for key, (old, new) in fields.items():
            target = _target(model, key)
            if target is not None and issubclass(target, Record):
                found |= {f"{target.kind}:{v}" for v in (old, new) if v}
    return found


def _changed(line: LogLine) -> dict[str, dict[str, list[Any]]]:
    changes = line.data.get("changes", {}) if isinstance(line.data, dict) else {}
    return changes if isinstance(changes, dict) else {}


def field_of(model: type[Record] | None, key: str) -> Any:
    if model is None:
        return None
    stem = key.removesuffix("_id")
    for tried in (key, stem):
        try:
            return model._meta.get_field(tried)
        except FieldDoesNotExist:
            continue
    return None


def _target(model: type[Record] | None, key: str) -> type[models.Model] | None:
    found = field_of(model, key)
    return found.related_model if isinstance(found, models.ForeignKey) else None


def _changes(
    line: LogLine, named: dict[str, Named], members: dict[int, str]
) -> list[dict[str, Any]]:
    listed = []
    for ref, fields in _changed(line).items():
        record = named.get(ref)
        if record is None or record.hidden:
            continue
        model = KINDS.get(ref.partition(":")[0])
        for key, (old, new) in fields.items():
            found = field_of(model, key)
            if _masked(record, model, key):
                # Who may see it reads it on its page, where that is noted.
                old, new = (MASK if value else value for value in (old, new))
            listed.append(
                {
                    "record": None if ref == line.subject else record,
                    "label": field_label(found, key),
                    "old": _shown(found, old, named, members),
                    "new": _shown(found, new, named, members),
                }
            )
    return listed


def _masked(named: Named, model: type[Record] | None, key: str) -> bool:
    if model is None or (model.kind, key) not in MASKS:
        return False
    return named.record is None or mask_of(named.record, key) is not None


def _shown(
    found: Any, value: Any, named: dict[str, Named], members: dict[int, str]
) -> str:
    """Return a logged value as a person reads it."""
    if value in (None, "", {}):
        return "\u2013"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(found, models.ForeignKey):
        target = found.related_model
        if issubclass(target, Record):
            item = named.get(f"{target.kind}:{value}")
            if item is not None and item.hidden:
                return gettext("a record you may not see")
            return item.name if item and item.name else f"#{value}"
        return members.get(value, f"#{value}") if target is Member else f"#{value}"
    if isinstance(value, dict | list):
        return ", ".join(str(key) for key in value)[:LONGEST]
    choices = dict(getattr(found, "flatchoices", ()) or ())
    if value in choices:
        return str(choices[value])
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "\u2026"
