"""Shapes of what is sent and answered, made from the forms and models of the desk.

Nothing is typed twice: a field that a form gains is there in the interface too, with
its label in both languages.
"""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Annotated, Any, Literal, cast

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, Strict, create_model

from yanlian.text import N_, clock
from yanlian_web.desk.codes import field_label
from yanlian_web.desk.forms import FORMS, ClockField, PickField, record_form
from yanlian_web.desk.models import KINDS, Record
from yanlian_web.offices.models import Member

MOST_ID = 2**63 - 1
# Who reads a form when only its shape is asked for.
NOBODY = cast("Member", SimpleNamespace(office_id=0, office=None, pk=0, role="head"))
# What a record holds for the program alone.
INNER = frozenset({"office", "search", "sort", "visit_value"})


def _text_first(value: Any) -> Any:
    """Let only texts through to what would else read numbers as days."""
    if isinstance(value, str | datetime.date):
        return value
    raise ValueError


Id = Annotated[int, Field(ge=1, le=MOST_ID)]
Day = Annotated[datetime.date, Strict(False), BeforeValidator(_text_first)]
Time = Annotated[datetime.datetime, Strict(False), BeforeValidator(_text_first)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-MOST_ID, le=MOST_ID)]


class Sent(Schema):
    """What is sent: no more than is known, and nothing taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(Schema):
    """What an address asks for."""

    model_config = ConfigDict(extra="forbid")


class Shown(Schema):
    """What is answered; made only when the description is asked for."""

    model_config = ConfigDict(defer_build=True)


# What each address answers when all is well, by its name and status. Answers are made of
# plain data and not checked again, so the framework is not told.
ANSWERS: dict[str, dict[int, type[Schema]]] = {}


def both(text: str | Promise) -> str:
    """Return a label in both languages."""
    said = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            said.append(str(text) if isinstance(text, Promise) else gettext(text or ""))
    return said[0] if said[0] == said[1] else f"{said[0]} \u00b7 {said[1]}"


def title(kind: str) -> str:
    """Return the name of the shapes of a kind."""
    return "".join(part.capitalize() for part in kind.split("-"))


def choices_of(field: Any) -> list[Any]:
    """Return the codes that a field takes, without headings and the empty one."""
    found: list[Any] = []
    for value, label in getattr(field, "choices", None) or ():
        if isinstance(label, list | tuple):
            found += [code for code, _ in label]
        else:
            found.append(value)
    return [code for code in found if code not in ("", None)]


def _taken(field: forms.Field) -> tuple[Any, dict[str, Any]]:
    """Return the type that a field of a form takes, and what the schema adds to it."""
    if isinstance(field, PickField | forms.ModelChoiceField):
        return Id, {}
    if isinstance(field, ClockField):
        return int, {"ge": 0, "le": 1439}
    if isinstance(field, forms.DateField):
        return Day, {}
    if isinstance(field, forms.FloatField):
        return Number, {}
    if isinstance(field, forms.IntegerField):
        return Whole, {}
    if isinstance(field, forms.BooleanField):
        return bool, {}
    if isinstance(field, forms.MultipleChoiceField):
        return list[str], {"max_length": 1000}
    if isinstance(field, forms.ChoiceField):
        codes = choices_of(field)
        if codes and all(isinstance(code, int) for code in codes):
            return int, {"json_schema_extra": {"enum": [*codes, None]}}
        extra = {"json_schema_extra": {"enum": [*codes, "", None]}} if codes else {}
        return str, extra
    most = getattr(field, "max_length", None)
    return str, {"max_length": most} if most else {}


def sent_of(name: str, fields: dict[str, forms.Field], **more: Any) -> type[Schema]:
    """Return the shape of what is sent for the fields of a form; files are left out.

    Every field may be left out as far as the shape goes: what is missing the form says,
    together with all else that is wrong.
    """
    made: dict[str, Any] = {}
    for key, field in fields.items():
        if isinstance(field, forms.FileField):
            continue
        kind, extra = _taken(field)
        text = both(field.label or key)
        if field.help_text:
            text = f"{text}. {both(field.help_text)}"
        if isinstance(field, ClockField):
            text += f". {both(N_('Minutes from midnight'))}"
        made[key] = (kind | None, Field(None, description=text, **extra))
    made |= more
    return create_model(name, __base__=Sent, **made)


def version_field() -> Any:
    """Return the field that says which version of a record was seen."""
    text = both(N_("Version that was seen"))
    return (Whole | None, Field(None, description=text))


def form_data(fields: dict[str, forms.Field], sent: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent as a page would send it."""
    made: dict[str, Any] = {}
    for key, value in sent.items():
        if value is None:
            made[key] = ""
        elif isinstance(fields.get(key), ClockField):
            made[key] = clock(value)
        elif isinstance(value, datetime.date | datetime.datetime):
            made[key] = value.isoformat()
        else:
            made[key] = value
    return made


def record_fields(kind: str) -> dict[str, forms.Field]:
    """Return the fields of the form of a kind."""
    return dict(record_form(FORMS[kind], NOBODY).base_fields)


def needed(kind: str) -> list[str]:
    """Return what has to be given for a new record: neither may be empty nor is set."""
    model = KINDS[kind]
    found = []
    for name in FORMS[kind].fields:
        field = cast("models.Field[Any, Any]", model._meta.get_field(name))
        if not field.blank and not field.has_default() and not field.null:
            found.append(name)
    return found


def shown_fields(kind: str) -> list[models.Field[Any, Any]]:
    """Return the fields of a record that are answered."""
    return [
        field for field in KINDS[kind]._meta.concrete_fields if field.name not in INNER
    ]


def _given(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey | models.AutoField):
        return int
    if isinstance(field, models.DateTimeField):
        return datetime.datetime
    if isinstance(field, models.DateField):
        return datetime.date
    if isinstance(field, models.BooleanField):
        return bool
    if isinstance(field, models.FloatField):
        return float
    if isinstance(field, models.IntegerField):
        return int
    if isinstance(field, models.JSONField):
        return Any
    return str


def record_shape(kind: str) -> type[Schema]:
    """Return the shape of a record as it is answered."""
    made: dict[str, Any] = {
        "ref": (
            str,
            Field(description=both(N_("By what log lines name it"))),
        ),
        "kind": (Literal[kind], Field()),
        "masked": (
            list[str],
            Field(description=both(N_("Fields you may not see"))),
        ),
    }
    for field in shown_fields(kind):
        with override("en"):
            label = field_label(field, field.name)
        with override("zh-hans"):
            other = field_label(field, field.name)
        text = label if label == other else f"{label} \u00b7 {other}"
        made[field.name] = (_given(field) | None, Field(description=text))
    return create_model(title(kind), __base__=Shown, **made)


def shown(record: Record) -> dict[str, Any]:
    """Return a record as it is answered; no question to the database."""
    made: dict[str, Any] = {"ref": record.ref, "kind": record.kind, "masked": []}
    for field in shown_fields(record.kind):
        made[field.name] = getattr(record, field.attname)
    return made


def filters_of(kind: str) -> tuple[type[Schema], dict[str, str]]:
    """Return what a list can be narrowed by, and the look-up of each filter."""
    made: dict[str, Any] = {}
    looked: dict[str, str] = {}

    def add(name: str, kind_: Any, lookup: str, text: str) -> None:
        made[name] = (kind_ | None, Field(None, description=text))
        looked[name] = lookup

    for field in shown_fields(kind):
        if field.name in {"id", "version", "archived_why", "archived_on"}:
            continue
        text = both(field_label(field, field.name))
        if isinstance(field, models.ForeignKey):
            add(field.name, Id, f"{field.name}_id", text)
        elif isinstance(field, models.DateTimeField):
            add(f"{field.name}_from", Time, f"{field.name}__gte", f"{text} \u2265")
            add(f"{field.name}_to", Time, f"{field.name}__lt", f"{text} <")
        elif isinstance(field, models.DateField):
            add(f"{field.name}_from", Day, f"{field.name}__gte", f"{text} \u2265")
            add(f"{field.name}_to", Day, f"{field.name}__lte", f"{text} \u2264")
        elif isinstance(field, models.BooleanField):
            add(field.name, bool, field.name, text)
        elif codes := choices_of(field):
            add(field.name, Literal[tuple(codes)], field.name, text)
        elif field.name in {"firm_id", "gap_id", "credit_code", "number", "code"}:
            add(field.name, Annotated[str, Field(max_length=100)], field.name, text)
    made |= {
        "archived": (
            Literal["no", "yes", "all"],
            Field(
                "no",
                description=both(N_("Whether archived ones are listed")),
            ),
        ),
        "sort": (
            Literal[tuple(sorts_of(kind))],
            Field("-id", description=both(N_("Order; minus for falling"))),
        ),
        "page": (
            Annotated[int, Field(ge=1, le=1_000_000)],
            Field(1, description=both(N_("Page, from 1"))),
        ),
        "size": (
            Annotated[int, Field(ge=1, le=200)],
            Field(50, description=both(N_("Records on a page"))),
        ),
        "after": (
            Annotated[int, Field(ge=0, le=MOST_ID)] | None,
            Field(
                None,
                description=both(
                    N_("Records above this id, in its order; for reading long lists")
                ),
            ),
        ),
    }
    if worded(kind):
        text = both(N_("Words of names or titles"))
        words = Annotated[str, Field(max_length=80)] | None
        made["q"] = (words, Field(None, description=text))
    return create_model(f"{title(kind)}Filters", __base__=Asked, **made), looked


def worded(kind: str) -> str:
    """Return by which field records of a kind are found by words; empty for none."""
    names = {field.name for field in KINDS[kind]._meta.concrete_fields}
    stems = (stem for stem in ("name", "title", "text") if f"{stem}_en" in names)
    return next(stems, "")


def sorts_of(kind: str) -> list[str]:
    """Return what a list can be ordered by."""
    names = {field.name for field in KINDS[kind]._meta.concrete_fields}
    found = ["id", "changed_at", "made_at"]
    found += [
        field.name
        for field in shown_fields(kind)
        if type(field) is models.DateField and field.name != "archived_on"
    ]
    if "sort" in names:
        found.append("sort")
    return [sign + name for name in found for sign in ("", "-")]
