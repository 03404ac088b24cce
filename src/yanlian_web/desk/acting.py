"""How records are changed: right, rule, transaction, one log line with its events.

An action is a function that opens :func:`acting` and does its work inside. Nothing of it
is kept when a rule speaks against it, when somebody else has changed the record since it
was read, or when the process dies before the end.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    PermissionDenied,
    ValidationError,
)
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import override

from yanlian.errors import Finding, YanlianError
from yanlian.text import N_, Say, say
from yanlian_web.desk.models import (
    Agreement,
    Company,
    Deal,
    Event,
    Gap,
    Record,
    Trip,
)
from yanlian_web.desk.models.base import ALL, sees_row
from yanlian_web.desk.models.events import sealed
from yanlian_web.offices import audit
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.offices.rights import may

R = TypeVar("R", bound=Record)
# What a kind of record has to fulfil, and what follows when one was stored. ``old``
# holds the values it had; empty for a new one.
Check = Callable[["Act", Any, dict[str, Any]], Iterable[Finding]]
Follow = Callable[["Act", Any, dict[str, Any]], None]
CHECKS: dict[str, Check] = {}
FOLLOWS: dict[str, Follow] = {}
EARLIEST, LATEST = datetime.date(1800, 1, 1), datetime.date(2200, 12, 31)
# Control characters, and marks that turn the direction of the text around them: nobody
# sees them, and a name that holds one reads differently from what it is.
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Ours, whoever fills them: invented records may hang on a real one of these.
OURS_TO_FILL = frozenset({"gap", "pipeline"})
# Day on which the loader of training data acts; see :func:`training_day`.
_TRAINING_DAY: ContextVar[datetime.date | None] = ContextVar("training", default=None)
# What an action never shows as a change.
SILENT = frozenset(
    {"version", "changed_at", "made_at", "search", "sort", "visit_value"}
)


class Refused(YanlianError):
    """A rule speaks against an action; nothing was stored.

    Its findings say what is wrong; ``where`` of each is the name of a field or empty.
    """


class Conflict(YanlianError):
    """Somebody else has changed the record since it was read; nothing was stored.

    Attributes
    ----------
    record : Record
        As it is now.
    line : LogLine or None
        The change that came between.
    """

    def __init__(self, record: Record, line: LogLine | None) -> None:
        self.record = record
        self.line = line
        super().__init__(
            N_(
                "%(who)s changed this record at %(when)s, after you opened it. Your "
                "change was not stored; see both below and send yours again if it "
                "still holds."
            ),
            who=str(getattr(line.by, "member", line.by)) if line and line.by else "–",
            when=f"{timezone.localtime(record.changed_at):%Y-%m-%d %H:%M}",
        )


def today() -> datetime.date:
    """Return the day of the office."""
    return _TRAINING_DAY.get() or timezone.localdate()


@contextmanager
def training_day(day: datetime.date) -> Iterator[None]:
    """Act on a past day; whatever is done inside is training data.

    Only the loader of training data uses this: what really happened is written down on
    the day on which somebody writes it.
    """
    token = _TRAINING_DAY.set(day)
    try:
        yield
    finally:
        _TRAINING_DAY.reset(token)


def refuse(*findings: Finding) -> None:
    """Stop an action when there is a finding.

    Raises
    ------
    Refused
    """
    if findings:
        raise Refused(
            N_("Nothing was stored. %(count)s things are not right:"),
            findings=findings,
            count=len(findings),
        )


def wrong(where: str, text: Say, code: str = "") -> Finding:
    """Return a finding about a field."""
    return Finding(where, text, code=code)


def hidden(where: str, text: str) -> list[Finding]:
    """Return that a text holds characters nobody can see."""
    codes = dict.fromkeys(f"U+{ord(mark):04X}" for mark in HIDDEN.findall(text))
    if not codes:
        return []
    said = say(
        N_(
            "Found characters that cannot be seen: %(codes)s. Type the text anew "
            "instead of pasting it."
        ),
        codes=", ".join(codes),
    )
    return [Finding(where, said, code="desk.hidden")]


def may_see(member: Member, record: Record) -> bool:
    """Tell whether a member may see a record."""
    if record.office_id != member.office_id:
        return record.visibility == ALL
    return sees_row(member, record)


def checks(kind: str) -> Callable[[Check], Check]:
    """Mark a function as what a kind of record has to fulfil.

    It may fill in what follows from other fields, and must bear that fields are empty.
    """

    def mark(function: Check) -> Check:
        CHECKS[kind] = function
        return function

    return mark


def follows(kind: str) -> Callable[[Follow], Follow]:
    """Mark a function as what follows when a record of a kind was stored."""

    def mark(function: Follow) -> Follow:
        FOLLOWS[kind] = function
        return function

    return mark


class Act:
    """An action under way.

    Attributes
    ----------
    by : Member
    code : str
        Name of the action, such as ``desk.deal.moved``.
    day : date
        The day on which it is done; events bear it unless they say another.
    """

    def __init__(self, by: Member, code: str, *, training: bool = False) -> None:
        self.by = by
        self.office = by.office
        self.code = code
        self.day = today()
        self.training = training or _TRAINING_DAY.get() is not None
        self._subject = ""
        self._data: dict[str, Any] = {}
        self._changes: dict[str, dict[str, list[Any]]] = {}
        self._events: list[Event] = []
        self._with_line: list[Callable[[LogLine], Iterable[dict[str, Any]]]] = []
        self._before: dict[tuple[type[Record], int], dict[str, Any]] = {}
        # Companies that what was stored names anew.
        self._companies: set[int] = set()

    def lock(self, model: type[R], pk: int, version: int | None = None) -> R:
        """Return a record that nobody else can change until the action is over.

        Raises
        ------
        PermissionDenied
            When the member may not see it or it belongs to another office.
        Conflict
            When ``version`` is given and is not that of the record any more.
        """
        found: R | None = (
            model.objects.select_for_update(of=("self",))
            .filter(pk=pk, office_id=self.office.pk)
            .first()
        )
        if found is None or not may_see(self.by, found):
            raise PermissionDenied
        if version is not None and found.version != version:
            line = (
                LogLine.objects.filter(office=self.office, subject=found.ref)
                .select_related("by__member")
                .first()
            )
            raise Conflict(found, line)
        if found.archived_on:
            refuse(
                wrong(
                    "",
                    say(
                        N_(
                            "This record was archived on %(day)s. Bring it back before "
                            "you change it."
                        ),
                        day=found.archived_on.isoformat(),
                    ),
                    "desk.archived",
                )
            )
        self._note_before(found)
        if found.training:
            self.training = True
        return found

    def lock_archived(self, model: type[R], pk: int) -> R:
        """Return a record even when it is archived."""
        found: R | None = (
            model.objects.select_for_update(of=("self",))
            .filter(pk=pk, office_id=self.office.pk)
            .first()
        )
        if found is None or not may_see(self.by, found):
            raise PermissionDenied
        self._note_before(found)
        self.training = self.training or found.training
        return found

    def _note_before(self, record: Record) -> None:
        self._before[type(record), record.pk] = _values(record)

    def add(self, record: R) -> R:
        """Store a new record after its fields were checked.

        Raises
        ------
        Refused
        """
        record.office = self.office
        record.made_by = self.by
        record.training = record.training or self.training or _of_training(record)
        if record.training:
            self.training = True
        self._check(record, {})
        record.save(force_insert=True)
        self._changed(record, {})
        self._note_before(record)
        if record.kind in FOLLOWS:
            FOLLOWS[record.kind](self, record, {})
        return record

    def save(self, record: Record) -> None:
        """Store what was changed on a record that was locked before."""
        before = self._before[type(record), record.pk]
        self._check(record, before)
        changes = {
            key: [_plain(before[key]), _plain(value)]
            for key, value in _values(record).items()
            if key not in SILENT and before[key] != value
        }
        if not changes:
            return
        record.version += 1
        record.changed_at = timezone.now()
        record.save()
        self._changed(record, changes)
        self._note_before(record)
        if record.kind in FOLLOWS:
            FOLLOWS[record.kind](self, record, before)

    def _check(self, record: Record, old: dict[str, Any]) -> None:
        """Gather what is wrong with a record; stop when there is something."""
        found: list[Finding] = []
        if record.kind in CHECKS:
            found += CHECKS[record.kind](self, record, old)
        try:
            record.full_clean(exclude={"office", "made_by"})
        except ValidationError as error:
            found += findings_of(error)
        found += _common(record)
        found += _mixed(record)
        refuse(*found)
        self._companies |= _companies(record, old)

    def _changed(self, record: Record, changes: dict[str, list[Any]]) -> None:
        self._subject = self._subject or record.ref
        self._changes.setdefault(record.ref, {}).update(changes)

    def moved(self, record: Record, changes: dict[str, list[Any]]) -> None:
        """Note a change that was stored past the checks of the record, as by a merge.

        Parameters
        ----------
        record : Record
            Its version has to be one higher than before.
        changes : dict
            Old and new value by column.
        """
        self._changed(record, changes)

    def about(self, record: Record) -> None:
        """Name the record that the log line is about, whatever is stored first."""
        self._subject = record.ref
        if record.training:
            self.training = True

    def note(self, **data: Any) -> None:
        """Keep something with the log line."""
        self._data.update(data)

    def with_line(self, write: Callable[[LogLine], Iterable[dict[str, Any]]]) -> None:
        """Have something written that belongs to the log line, once that is stored.

        Parameters
        ----------
        write : callable
            Takes the line; returns what of it is sealed with the line, as
            ``audit.PARTS`` returns it later.
        """
        self._with_line.append(write)

    def event(
        self,
        kind: str,
        subject: Record | str,
        *,
        on: datetime.date | None = None,
        deal: Deal | None = None,
        company: Company | None = None,
        agreement: Agreement | None = None,
        gap: Gap | None = None,
        trip: Trip | None = None,
        marks: Iterable[str] = (),
        **more: Any,
    ) -> None:
        """Write down that something happened; see ``progress_events`` for the columns.

        What a deal belongs to is taken from it where nothing else is given.
        """
        if deal is not None:
            company = company or deal.company
            gap = gap or deal.gap
            trip = trip or deal.trip
        words = list(marks)
        if company is not None and company.leading:
            words.append("leading")
        if deal is not None and deal.in_chain:
            words.append("chain")
        self._events.append(
            Event(
                office=self.office,
                kind=kind,
                subject=subject if isinstance(subject, str) else subject.ref,
                deal=deal.ref if deal else "",
                company=company.firm_id if company else "",
                agreement=agreement.ref if agreement else "",
                gap=gap.gap_id if gap else "",
                trip=trip.ref if trip else "",
                on=on or self.day,
                recorded_on=self.day,
                mark=";".join(dict.fromkeys(words)),
                **more,
            )
        )

    def _none_merged(self) -> None:
        """Refuse when a company that is named was merged in the same moment.

        Whoever merges holds the company until all that refers to it has moved; what is
        stored here had to wait for that, and so sees it now.
        """
        if not self._companies:
            return
        merged = Company.objects.filter(pk__in=self._companies).exclude(
            merged_into=None
        )
        refuse(
            *(
                _is_merged("", company)
                for company in merged.select_related("merged_into")
            )
        )

    def close(self) -> LogLine:
        """Write the log line and its events; called once, at the end."""
        self._none_merged()
        line = LogLine.objects.create(
            office=self.office,
            by=self.by.user,
            code=self.code,
            subject=self._subject,
            data={
                **self._data,
                **({"changes": self._changes} if self._changes else {}),
            },
            training=self.training,
        )
        for event in self._events:
            event.line = line
            event.training = self.training
        Event.objects.bulk_create(self._events)
        parts = [sealed(event) for event in self._events]
        for write in self._with_line:
            parts += write(line)
        audit.seal(line, parts)
        return line


@contextmanager
def acting(
    by: Member, code: str, *, right: str = "write", training: bool = False
) -> Iterator[Act]:
    """Open an action: one transaction, one log line at its end.

    Parameters
    ----------
    by : Member
        Who acts.
    code : str
        Name of the action for the log.
    right : str
        Right that is needed.
    training : bool
        Whether what it makes is invented training data.

    Raises
    ------
    PermissionDenied
        When the member does not hold the right.
    """
    if not may(by, right):
        raise PermissionDenied
    with transaction.atomic():
        act = Act(by, code, training=training)
        yield act
        act.close()


def findings_of(error: ValidationError) -> list[Finding]:
    """Return what Django found, as findings by field, in both languages."""
    texts: list[dict[str, list[str]]] = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            texts.append(
                error.message_dict
                if hasattr(error, "error_dict")
                else {"": error.messages}
            )
    return [
        Finding(
            "" if field == NON_FIELD_ERRORS else field, Say(en, zh), code="desk.field"
        )
        for field in texts[0]
        for en, zh in zip(texts[0][field], texts[1][field], strict=True)
    ]


def _common(record: Record) -> list[Finding]:
    """Return what is wrong with any kind of record: names, absurd days, other offices."""
    found = []
    fields = {field.name: field for field in record._meta.concrete_fields}
    for stem in ("name", "title", "text"):
        pair = [fields.get(f"{stem}_en"), fields.get(f"{stem}_zh")]
        if None in pair:
            continue
        if not any(str(getattr(record, f.name)).strip() for f in pair if f):
            text = say(N_("Give it in English or in Chinese, best in both."))
            found.append(Finding(f"{stem}_en", text, code="desk.name"))
    for name, field in fields.items():
        value = getattr(record, field.attname)
        if isinstance(value, str):
            found += hidden(name, value)
        if type(value) is datetime.date and not EARLIEST <= value <= LATEST:
            text = say(
                N_("Found %(day)s. Expected a day between %(first)s and %(last)s."),
                day=value.isoformat(),
                first=EARLIEST.isoformat(),
                last=LATEST.isoformat(),
            )
            found.append(Finding(name, text, code="desk.day"))
        if isinstance(field, models.ForeignKey) and value is not None:
            target = getattr(record, name)
            if getattr(target, "office_id", record.office_id) != record.office_id:
                text = say(N_("There is no such record in your office."))
                found.append(Finding(name, text, code="desk.office"))
            if field.editable and getattr(target, "merged_into_id", None):
                found.append(_is_merged(name, target))
    for first, last in (
        ("since", "until"),
        ("from_on", "to_on"),
        ("start_min", "end_min"),
    ):
        a, b = getattr(record, first, None), getattr(record, last, None)
        if a is not None and b is not None and b < a:
            text = say(N_("It ends before it begins. Correct one of the two."))
            found.append(Finding(last, text, code="desk.order"))
    return found


def _is_merged(where: str, company: Company) -> Finding:
    text = say(
        N_("%(name)s was merged into %(other)s. Choose that one."),
        name=str(company),
        other=str(company.merged_into),
    )
    return Finding(where, text, code="desk.merged")


def _companies(record: Record, old: dict[str, Any]) -> set[int]:
    """Return the companies that a record names, and did not name before."""
    return {
        value
        for field in record._meta.concrete_fields
        if field.related_model is Company
        and field.editable
        and (value := getattr(record, field.attname)) is not None
        and old.get(field.attname) != value
    }


def _values(record: Record) -> dict[str, Any]:
    return {
        field.attname: getattr(record, field.attname)
        for field in record._meta.concrete_fields
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return value


def _of_training(record: Record) -> bool:
    """Tell whether a record hangs on training data and so is training data itself."""
    return any(target.training for _, target in _targets(record))


def _targets(record: Record) -> Iterator[tuple[str, Record]]:
    """Yield the records that a record names, with the field that names each."""
    for field in record._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and issubclass(
            field.related_model, Record
        ):
            target = getattr(record, field.name)
            if target is not None:
                yield field.name, target


def _mixed(record: Record) -> list[Finding]:
    """Return where invented and real records would hang together.

    Nothing invented may stand beside a real company, and what is real must not go when
    the training data is removed.
    """
    found = []
    for name, target in _targets(record):
        if record.training and not target.training and target.kind not in OURS_TO_FILL:
            text = say(
                N_(
                    "This is training data, and %(name)s is real. Training data belongs "
                    "to invented companies only; choose one marked as training data."
                ),
                name=str(target),
            )
        elif target.training and not record.training:
            text = say(
                N_(
                    "%(name)s is training data and will be removed. Choose a record "
                    "that is real."
                ),
                name=str(target),
            )
        else:
            continue
        found.append(Finding(name, text, code="desk.training"))
    return found
