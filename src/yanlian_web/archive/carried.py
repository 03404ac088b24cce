"""Which tables an archive carries, what of each, and how a value is written down."""

from __future__ import annotations

import datetime
import json
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import QuerySet

from yanlian.text import N_
from yanlian_web.offices.models import Office

# What stays behind, and why. Every other table of the program is carried.
SECRET = N_("secrets of this installation; they are made anew elsewhere")
HERE = N_("tells only what happened in this installation")
LEFT_OUT = {
    "accounts.Link": SECRET,
    "api.Token": SECRET,
    "api.Webhook": SECRET,
    "api.Delivery": SECRET,
    "handover.Feed": SECRET,
    "archive.Passage": HERE,
}
# Tables of the libraries below; their rows are sessions, factors, identities.
LIBRARIES = {
    "mfa": SECRET,
    "socialaccount": SECRET,
    "account": SECRET,
    "usersessions": HERE,
    "sessions": HERE,
}
# Columns that stay behind, and what stands in their place after an import.
COLUMNS: dict[str, dict[str, Callable[[], Any]]] = {
    "auth.User": {
        "password": lambda: make_password(None),
        "is_staff": lambda: False,
        "is_superuser": lambda: False,
    }
}
# The path of an office's tables belongs to the machine; its name is carried.
PLACE = ("offices.Office", "workspace")


@dataclass(frozen=True)
class Column:
    """A column of a carried table."""

    name: str
    type: str
    null: bool
    refers: str
    length: int | None

    def told(self) -> dict[str, Any]:
        """Return the column as the manifest tells it."""
        return {
            "name": self.name,
            "type": self.type,
            "null": self.null,
            "refers": self.refers,
            "length": self.length,
        }


@dataclass(frozen=True)
class Carried:
    """A carried table."""

    name: str
    model: Any
    columns: tuple[Column, ...]
    # From a row to its office, as a filter; empty for the office itself.
    path: str | None

    @property
    def fields(self) -> list[Any]:
        """Return the fields of the columns."""
        named = {field.attname: field for field in self.model._meta.concrete_fields}
        return [named[column.name] for column in self.columns]

    def rows(self, office: Office | None) -> QuerySet[Any]:
        """Return the rows in their order, of one office or all."""
        found: QuerySet[Any] = self.model._base_manager.order_by("pk")
        if office is None:
            return found
        if self.path is None:
            return found.none()
        return found.filter(**{self.path or "pk": office.pk})


def tables() -> tuple[Carried, ...]:
    """Return what is carried, by name."""
    kept: list[Any] = [get_user_model()]
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        ours = model.__module__.startswith("yanlian_web.") and model._meta.managed
        if ours and label not in LEFT_OUT:
            kept.append(model)
    made = [
        Carried(m._meta.label.lower(), m, _columns(m), _path(m, kept)) for m in kept
    ]
    return tuple(sorted(made, key=lambda table: table.name))


def left_out() -> list[tuple[str, str]]:
    """Return what is not carried, with the reason."""
    found = dict(LEFT_OUT)
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.app_label
        if label in LIBRARIES:
            found[model._meta.label] = LIBRARIES[label]
    for label, columns in COLUMNS.items():
        for name in columns:
            found[f"{label}.{name}"] = SECRET
    return sorted((name.lower(), why) for name, why in found.items())


def _columns(model: Any) -> tuple[Column, ...]:
    behind = COLUMNS.get(model._meta.label, {})
    made = []
    for field in model._meta.concrete_fields:
        if field.name in behind:
            continue
        target = field
        refers = ""
        if isinstance(field, models.ForeignKey):
            refers = field.related_model._meta.label.lower()
            while isinstance(target, models.ForeignKey):
                target = target.target_field
        kind = KINDS[target.get_internal_type()]
        made.append(
            Column(
                field.attname,
                kind,
                field.null,
                refers,
                getattr(field, "max_length", None),
            )
        )
    return tuple(made)


def _path(model: Any, kept: list[Any]) -> str | None:
    """Return the shortest way from a row to its office."""
    if model is Office:
        return ""
    if model is get_user_model():
        return "member__office"
    waiting = deque([(model, "")])
    seen = {model}
    while waiting:
        here, way = waiting.popleft()
        for field in here._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey):
                continue
            target: Any = field.related_model
            if target is Office:
                return way + field.name
            if target in kept and target not in seen and not field.null:
                seen.add(target)
                waiting.append((target, f"{way}{field.name}__"))
    return None


# Types of columns by the library's names.
KINDS = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "IntegerField": "integer",
    "BigIntegerField": "integer",
    "SmallIntegerField": "integer",
    "PositiveIntegerField": "integer",
    "PositiveBigIntegerField": "integer",
    "PositiveSmallIntegerField": "integer",
    "FloatField": "number",
    "DecimalField": "decimal",
    "BooleanField": "boolean",
    "CharField": "text",
    "SlugField": "text",
    "TextField": "text",
    "GenericIPAddressField": "text",
    "UUIDField": "text",
    "DateField": "day",
    "DateTimeField": "moment",
    "TimeField": "time",
    "JSONField": "json",
}


def same(value: Any) -> Any:
    """Return a JSON value as it comes back from either database.

    PostgreSQL keeps numbers of JSON as decimals, in an order of keys of its own.
    """
    if isinstance(value, dict):
        return {str(key): same(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [same(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def written(kind: str, value: Any) -> Any:
    """Return a value as a line of the archive holds it."""
    if value is None:
        return None
    if kind == "moment":
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if kind in {"day", "time"}:
        return value.isoformat()
    if kind == "decimal":
        return str(value)
    if kind == "json":
        return same(value)
    if kind == "number":
        return float(value)
    if kind == "text":
        return str(value)
    return value


def line(values: dict[str, Any]) -> bytes:
    """Return a row as one line."""
    text = json.dumps(
        values, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode() + b"\n"


class Unfit(ValueError):
    """A value does not fit its column."""


def read(column: Column, value: Any) -> Any:
    """Return a value for the database.

    Raises
    ------
    Unfit
        When it is not what the column holds.
    """
    if value is None:
        if column.null or column.type == "json":
            return None
        raise Unfit
    if column.type == "text":
        fits = isinstance(value, str) and "\x00" not in value
        if not fits or (column.length and len(value) > column.length):
            raise Unfit
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unfit from error
        return value
    if column.type == "json":
        return value
    check = READ[column.type]
    try:
        return check(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Unfit from error


def _whole(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if type(value) not in {int, float} or not math.isfinite(value):
        raise ValueError
    return float(value)


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _moment(value: Any) -> datetime.datetime:
    made = datetime.datetime.fromisoformat(value)
    if made.tzinfo is None:
        raise ValueError
    return made


def _decimal(value: Any) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValueError from error


READ: dict[str, Callable[[Any], Any]] = {
    "integer": _whole,
    "number": _number,
    "boolean": _boolean,
    "decimal": _decimal,
    "day": lambda value: datetime.date.fromisoformat(value),
    "time": lambda value: datetime.time.fromisoformat(value),
    "moment": _moment,
}


def values_of(table: Carried, office: Office | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as they are written."""
    names = [column.name for column in table.columns]
    kinds = [column.type for column in table.columns]
    found = table.rows(office).values_list(*names)
    place = names.index(PLACE[1]) if table.model._meta.label == PLACE[0] else None
    slug = names.index("slug") if place is not None else None
    for row in found.iterator(chunk_size=2000):
        values = [written(k, v) for k, v in zip(kinds, row, strict=True)]
        if place is not None and slug is not None:
            values[place] = values[slug]
        yield dict(zip(names, values, strict=True))
