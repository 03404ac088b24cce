"""One person's data: all of it out, or erased with a reason.

What is erased stands in four places. Records: names, notes, ways to reach the person.
Other texts that name the person: shown before, and replaced where that is ticked. Files
on those records. And the log: its lines and their seals stay, so that it can still be
proved that something was done, when and by whom; the personal values are taken out of
them by ``audit.redact``, which itself stands in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import override

from yanlian.errors import Finding
from yanlian.identity import fold
from yanlian.text import N_, Say, say
from yanlian_web.archive.carried import tables, written
from yanlian_web.desk.acting import Act, acting, refuse, today, wrong
from yanlian_web.desk.actions.companies import searched
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import (
    KINDS,
    Attachment,
    Contact,
    File,
    Person,
    Post,
    Record,
)
from yanlian_web.offices import audit
from yanlian_web.offices.models import LogLine, Member

ERASED = "\u2013"
# Grounds that do not end because the person asks for it.
STAND = frozenset({"duty", "contract"})
# What of each kind of record is personal; everything else only says that it was.
TEXTS: dict[type[Record], tuple[str, ...]] = {
    Person: ("languages", "note_en", "note_zh"),
    Post: ("title_en", "title_zh"),
    Contact: ("value", "purpose"),
}
# Texts shorter than this name too many others.
SHORTEST = 2


@dataclass(frozen=True)
class Mention:
    """A text of another record that names the person."""

    key: str
    label: str
    field: str
    text: str


def records_of(person: Person) -> list[Record]:
    """Return the records that say something of a person alone."""
    return [person, *person.posts.order_by("pk"), *person.contacts.order_by("pk")]


def linked(person: Person) -> Iterator[tuple[Any, models.QuerySet[Any]]]:
    """Yield the kinds of records that name a person, with the rows of each."""
    for table in tables():
        for field in table.model._meta.concrete_fields:
            if field.is_relation and field.related_model is Person:
                rows = table.model._base_manager.filter(**{field.name: person})
                if rows.exists():
                    yield table, rows.order_by("pk")


def names_of(person: Person) -> list[str]:
    """Return the names by which texts are looked through."""
    given = dict.fromkeys([person.name_zh.strip(), person.name_en.strip()])
    return [name for name in given if len(name) >= SHORTEST and name != ERASED]


def erased(person: Person) -> bool:
    """Tell whether a person was erased before."""
    return LogLine.objects.filter(
        office_id=person.office_id, subject=person.ref, code="archive.person.erased"
    ).exists()


def keeping(person: Person) -> list[Finding]:
    """Return why a person cannot be erased: what has to be kept, and until when."""
    found = []
    for contact in person.contacts.live().order_by("pk"):
        if contact.ground in STAND and contact.expires_on >= today():
            text = say(
                N_(
                    "%(means)s is kept on the ground of a %(ground)s until %(day)s. It "
                    "can be erased after that day, or once the ground has ended and "
                    "the entry was archived."
                ),
                means=_shown(contact, "means"),
                ground=_shown(contact, "ground"),
                day=contact.expires_on.isoformat(),
            )
            found.append(wrong("", text, "person.ground"))
    if person.member is not None and person.member.user.is_active:
        text = say(
            N_(
                "This person signs in here as %(name)s. Close the account first; what "
                "was done with it stays in the log."
            ),
            name=person.member.user.get_username(),
        )
        found.append(wrong("", text, "person.member"))
    if erased(person):
        text = say(N_("This person was erased before; there is nothing left."))
        found.append(wrong("", text, "person.erased"))
    return found


def _shown(record: Record, field: str) -> Say:
    """Return what a chosen value is called, in both languages."""
    texts = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            texts.append(str(getattr(record, f"get_{field}_display")()))
    return Say(*texts)


def mentions(person: Person) -> list[Mention]:
    """Return the texts of other records of the office that name the person."""
    names = names_of(person)
    if not names:
        return []
    own = {record.ref for record in records_of(person)}
    found = []
    for model in KINDS.values():
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.CharField | models.TextField):
                continue
            if field.choices or not field.editable:
                continue
            wanted = models.Q()
            for name in names:
                wanted |= models.Q(**{f"{field.name}__contains": name})
            rows = model._base_manager.filter(wanted, office_id=person.office_id)
            for record in rows.order_by("pk")[:200]:
                if record.ref not in own:
                    key = f"{record.ref}:{field.name}"
                    text = str(getattr(record, field.name))
                    found.append(
                        Mention(key, model.label, str(field.verbose_name), text)
                    )
    return found


def person_erase(
    *, by: Member, pk: int, version: int | None, why: str, texts: list[str]
) -> dict[str, int]:
    """Erase what is known of a person; needs the right ``admin`` and a reason.

    Parameters
    ----------
    by : Member
    pk : int
    version : int or None
        Of the person's record as it was read.
    why : str
    texts : list of str
        Keys of the :func:`mentions` in which the name is replaced too.

    Returns
    -------
    dict of str to int
        How many records, texts, files and lines of the log were emptied.

    Raises
    ------
    PermissionDenied
    Conflict
        When somebody else has changed the person since.
    Refused
        When something has to be kept, or no reason is given.
    """
    with acting(by, "archive.person.erased", right="admin") as act:
        person = act.lock_archived(Person, pk)
        if version is not None and person.version != version:
            act.lock(Person, pk, version)
        found = keeping(person)
        if not why.strip():
            text = say(N_("Say why; it stands in the log. Name nobody in it."))
            found.append(wrong("why", text, "person.why"))
        elif any(name in why for name in names_of(person)):
            text = say(
                N_("The reason names the person. It stays in the log; rephrase it.")
            )
            found.append(wrong("why", text, "person.why"))
        elif len(why) > 500:
            text = say(N_("Expected at most %(most)s characters."), most=500)
            found.append(wrong("why", text, "person.why"))
        refuse(*found)
        secret = _secrets(person)
        done = {"texts": _replace(act, person, texts)}
        refs = []
        for record in records_of(person):
            refs.append(record.ref)
            _empty(act, record)
        done["records"] = len(refs)
        done["files"] = _files(act, refs)
        lines = _lines(person, refs, secret)
        done["lines"] = audit.redact(by.office, by.user, lines, why=why.strip())
        act.about(person)
        act.note(why=why.strip(), counts=done)
    return done


def _secrets(person: Person) -> list[str]:
    """Return the values that must stand nowhere any more, the longest first."""
    found = set(names_of(person))
    for record in records_of(person):
        for model, fields in TEXTS.items():
            if isinstance(record, model):
                found |= {str(getattr(record, name)).strip() for name in fields}
        found.add(record.source.strip())  # type: ignore[attr-defined]
    return sorted((v for v in found if len(v) > SHORTEST), key=len, reverse=True) + [
        name for name in names_of(person) if len(name) == SHORTEST
    ]


def _empty(act: Act, record: Record) -> None:
    """Take what is personal out of a record, past its checks and out of the log."""
    changed = {}
    for model, fields in TEXTS.items():
        if isinstance(record, model):
            for name in fields:
                field: Any = model._meta.get_field(name)
                changed[name] = "" if field.blank else ERASED
    changed["source"] = ERASED
    for name, value in changed.items():
        setattr(record, name, value)
    if isinstance(record, Person):
        called = say(N_("Erased person %(number)s"), number=record.pk)
        record.name_en, record.name_zh = called.text("en"), called.text("zh")
        record.search = searched(record.name_en, record.name_zh)
        record.sort = fold(record.name_en)[:300]
        record.member, record.rank = None, None
        changed |= {"name_en": "", "name_zh": ""}
    if isinstance(record, Post):
        record.title_en = record.title_zh = ERASED
    if record.archived_on is None:
        record.archived_on = act.day
        record.archived_why = say(N_("Personal data were erased.")).text("en")
    record.version += 1
    record.changed_at = timezone.now()
    record.save()
    # That these fields were emptied, and not what stood in them.
    act.moved(record, {name: [ERASED, ERASED] for name in changed})


def _replace(act: Act, person: Person, keys: list[str]) -> int:
    """Replace the name in texts of other records, out of the log."""
    names = names_of(person)
    known = {mention.key for mention in mentions(person)}
    done = 0
    for key in dict.fromkeys(keys):
        if key not in known:
            gone = say(
                N_("A text that was ticked has changed since. Look through them again.")
            )
            refuse(wrong("texts", gone, "person.texts"))
        kind, number, name = key.split(":", 2)
        record = act.lock_archived(KINDS[kind], int(number))
        text = str(getattr(record, name))
        for one in names:
            text = text.replace(one, ERASED)
        setattr(record, name, text)
        record.version += 1
        record.changed_at = timezone.now()
        record.save()
        act.moved(record, {name: [ERASED, ERASED]})
        done += 1
    return done


def _files(act: Act, refs: list[str]) -> int:
    """Take the files off the records; those that hang nowhere else go for good."""
    placed = Attachment.objects.filter(office=act.office, record__in=refs)
    files = list(File.objects.filter(places__in=placed).distinct())
    placed.delete()
    gone = []
    for file in files:
        try:
            with transaction.atomic():
                file.delete()
        except models.ProtectedError:
            continue
        gone.append(file)

    def away() -> None:
        for file in gone:
            if not File.objects.filter(sha256=file.sha256).exists():
                path_of(file).unlink(missing_ok=True)

    transaction.on_commit(away)
    return len(gone)


def _lines(
    person: Person, refs: list[str], secret: list[str]
) -> dict[int, dict[str, Any]]:
    """Return the lines of the log that hold personal values, without them."""
    told = models.Q(subject__in=refs)
    for value in [*refs, *secret]:
        # The databases keep JSON as it is, or with escapes.
        told |= models.Q(text__contains=json.dumps(value, ensure_ascii=False)[1:-1])
        told |= models.Q(text__contains=json.dumps(value)[1:-1])
    rows = (
        LogLine.objects.filter(office_id=person.office_id)
        .annotate(text=Cast("data", models.TextField()))
        .filter(told)
    )
    found = {}
    for pk, data in rows.values_list("pk", "data"):
        made = _without(data, set(refs), secret)
        if made != data:
            found[pk] = made
    return found


def _without(data: Any, refs: set[str], secret: list[str], *, own: bool = False) -> Any:
    if isinstance(data, dict):
        return {
            key: _without(value, refs, secret, own=own or key in refs)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_without(item, refs, secret, own=own) for item in data]
    if isinstance(data, str):
        for value in secret:
            data = data.replace(value, ERASED)
        return ERASED if own and data else data
    return ERASED if own and isinstance(data, int | float) and data else data


def person_data(person: Person) -> dict[str, Any]:
    """Return everything that is kept about a person."""
    refs = [record.ref for record in records_of(person)]
    kept: dict[str, Any] = {
        "person": _row(person),
        "records": {
            table.name: [_row(row) for row in rows] for table, rows in linked(person)
        },
        "named_in": [
            {"record": m.key.rsplit(":", 1)[0], "field": m.field, "text": m.text}
            for m in mentions(person)
        ],
        "files": [
            {"name": a.file.name, "sha256": a.file.sha256, "on": a.record}
            for a in Attachment.objects.filter(
                office_id=person.office_id, record__in=refs
            )
            .select_related("file")
            .order_by("pk")
        ],
        "log": [
            {
                "at": line.at.isoformat(timespec="seconds"),
                "by": line.by.get_username() if line.by else "",
                "code": line.code,
                "subject": line.subject,
                "data": line.data,
            }
            for line in LogLine.objects.filter(
                office_id=person.office_id, subject__in=refs
            )
            .select_related("by")
            .order_by("pk")
        ],
    }
    if person.member is not None:
        user = person.member.user
        kept["account"] = {
            "name": user.get_username(),
            "email": user.email,
            "role": person.member.role,
            "team": person.member.team,
        }
    return kept


def _row(row: Any) -> dict[str, Any]:
    kinds = {"DateField": "day", "DateTimeField": "moment", "JSONField": "json"}
    return {
        field.attname: written(
            kinds.get(field.get_internal_type(), ""), getattr(row, field.attname)
        )
        for field in row._meta.concrete_fields
        if field.name not in {"search", "sort"}
    }
