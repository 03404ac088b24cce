"""Forms of records and actions, all made and shown in one way.

``FORMS`` says which fields of a kind of record a person fills in, in which groups.
``DOINGS`` are the other actions: what they are called, on what, which right they need,
and what has to be filled in. The pages, the menu of a record and the tests read both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.forms import widgets
from django.utils.translation import gettext_lazy as _

from yanlian.identity import fold
from yanlian.text import N_, clock
from yanlian_web.desk.acting import hidden
from yanlian_web.desk.models import KINDS, Company, Record
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import called, reader

# Records of which there may be thousands are named, not chosen from a list.
PICKED = frozenset(
    {"company", "person", "meeting", "deal", "agreement", "organisation"}
)
_NUMBER = re.compile(r"#(\d+)\s*$")


class PickWidget(widgets.TextInput):
    """A line in which a record is named; suggestions come while one writes."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            attrs={
                "autocomplete": "off",
                "data-pick": kind,
                "list": f"pick-{kind}",
            }
        )
        self.kind = kind


class PickField(forms.Field):
    """A record named by its number (``#12``), its code, or one of its names."""

    def __init__(self, kind: str, member: Member | None = None, **more: Any) -> None:
        super().__init__(widget=PickWidget(kind), **more)
        self.kind = kind
        self.member = member

    def prepare_value(self, value: Any) -> Any:
        """Return a record as it stands in the line."""
        if isinstance(value, Record):
            return shown(value)
        if isinstance(value, int) and self.member:
            found = KINDS[self.kind].objects.filter(pk=value).first()
            return shown(found) if found else ""
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another record is named."""
        return bool(self.prepare_value(initial) != data)

    def to_python(self, value: Any) -> Any:
        """Return the record that is named."""
        text = str(value or "").strip()
        if not text:
            return None
        assert self.member is not None
        records = KINDS[self.kind].objects.seen_by(self.member).live()
        number = _NUMBER.search(text)
        if number or text.isdigit():
            found = records.filter(pk=int(number.group(1) if number else text)).first()
            if found:
                return found
        found = list(named(records, text)[:6])
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(shown(item) for item in found[:5])
            raise forms.ValidationError(
                _("Several are called so: %(names)s. Name one with its number."),
                params={"names": names},
            )
        raise forms.ValidationError(
            _("Found no record called “%(text)s”. Choose one of those suggested."),
            params={"text": text[:80]},
        )


def shown(record: Record) -> str:
    """Return by what a record is named in a line: its name and number."""
    return f"{called(record)} #{record.pk}"


def named(records: Any, text: str) -> Any:
    """Return the records whose names or codes are, or else hold, a text."""
    model = records.model
    if model is Company:
        for word in fold(text).split():
            records = records.filter(search__contains=word)
        return records.order_by("sort")
    stem = "name" if _has(model, "name_en") else "title"
    either = models.Q(**{f"{stem}_en__icontains": text}) | models.Q(
        **{f"{stem}_zh__icontains": text}
    )
    if _has(model, "number"):
        either |= models.Q(number__iexact=text)
    return records.filter(either).order_by("-pk")


def _has(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


class ClockField(forms.TimeField):
    """A time of day, kept as minutes from midnight."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            widget=widgets.TimeInput(attrs={"type": "time"}),
            input_formats=["%H:%M", "%H:%M:%S"],
            **more,
        )

    def prepare_value(self, value: Any) -> Any:
        """Return minutes as hours and minutes."""
        return clock(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return minutes from midnight."""
        found = super().clean(value)
        return None if found is None else found.hour * 60 + found.minute


@dataclass(frozen=True)
class Sheet:
    """Which fields of a kind of record a form shows.

    Attributes
    ----------
    kind : str
    groups : tuple of (str, tuple of str)
        Heading of a group, empty for none, and its fields.
    """

    kind: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def fields(self) -> list[str]:
        """Return all fields in order."""
        return [name for _, names in self.groups for name in names]


class DeskForm(forms.Form):
    """A form of an action.

    ``groups`` may name headings and fields; all fields stand in one group otherwise.
    """

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __init__(self, *args: Any, member: Member, record: Record | None = None, **more: Any) -> None:  # fmt: skip
        self.member = member
        self.record = record
        super().__init__(*args, **more)
        for field in self.fields.values():
            if isinstance(field, PickField):
                field.member = member
        self.prepare()

    def prepare(self) -> None:
        """Set choices that depend on the member or the record."""

    def clean(self) -> dict[str, Any]:
        """Refuse characters that cannot be seen, as records do."""
        found = super().clean() or self.cleaned_data
        for name, value in list(found.items()):
            for finding in hidden(name, value) if isinstance(value, str) else ():
                self.add_error(name, finding.say.text(reader()))
        return found


def record_form(sheet: Sheet, member: Member) -> type[forms.ModelForm[Any]]:
    """Return the form of a kind of record for a member."""
    model = KINDS[sheet.kind]

    def made(field: models.Field[Any, Any], **more: Any) -> forms.Field | None:
        return _form_field(field, member, **more)

    return forms.modelform_factory(
        model, form=_RecordForm, fields=sheet.fields, formfield_callback=made
    )


class _RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that leaves the checking of the record to the action."""

    def _post_clean(self) -> None:
        """Do nothing: the action checks the whole record, and nobody stores here."""


def _form_field(
    field: models.Field[Any, Any], member: Member, **more: Any
) -> forms.Field | None:
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model
        common: dict[str, Any] = {
            "label": field.verbose_name,
            "help_text": field.help_text,
            "required": not field.blank,
        }
        if target is Member:
            return forms.ModelChoiceField(
                Member.objects.filter(office_id=member.office_id).select_related(
                    "user"
                ),
                **common,
            )
        if issubclass(target, Record):
            if target.kind in PICKED:
                return PickField(target.kind, member, **common)
            return forms.ModelChoiceField(
                target.objects.seen_by(member).live(), **common
            )
    if field.name.endswith("_min"):
        return ClockField(
            label=field.verbose_name,
            required=not field.blank,
            help_text=field.help_text,
        )
    if isinstance(field, models.DateField):
        more["widget"] = widgets.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if isinstance(field, models.TextField):
        more["widget"] = widgets.Textarea(attrs={"rows": 3})
    if isinstance(field, models.URLField):
        more["assume_scheme"] = "https"
    return field.formfield(**more)


@dataclass(frozen=True)
class Doing:
    """An action on a record, as its page offers it.

    Attributes
    ----------
    key : str
        Word of its address.
    kind : str
        Kind of record it is done to.
    label, help : str
        What its button says; one sentence above the form.
    right : str
    form : type
    action : callable
        Called with ``by``, ``pk``, ``version`` and what the form holds.
    offered : callable
        Tells whether it can be done to a record by a member now.
    """

    key: str
    kind: str
    label: str
    right: str
    form: type[DeskForm]
    action: Callable[..., Any]
    help: str = ""
    offered: Callable[[Any, Member], bool] = lambda record, member: True


FORMS: dict[str, Sheet] = {}
DOINGS: dict[str, Doing] = {}


def sheet(kind: str, *groups: tuple[str, tuple[str, ...]]) -> None:
    """Say which fields the form of a kind of record shows."""
    FORMS[kind] = Sheet(kind, groups)


def doing(*found: Doing) -> None:
    """Make actions known."""
    DOINGS.update({item.key: item for item in found})


def offered(record: Record, member: Member) -> list[Doing]:
    """Return what a member can do to a record now, in the order it was made known."""
    return [
        item
        for item in DOINGS.values()
        if item.kind == record.kind
        and may(member, item.right)
        and item.offered(record, member)
    ]


def groups_of(form: Any, groups: Iterable[tuple[str, tuple[str, ...]]]) -> list[Any]:
    """Return the headings and bound fields of a form, for its page."""
    listed = list(groups) or [("", tuple(form.fields))]
    return [(label, [form[name] for name in names if name in form.fields]) for label, names in listed]  # fmt: skip


WHO = (N_("Who answers, who sees"), ("owner", "visibility"))
