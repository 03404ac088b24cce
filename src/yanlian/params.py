"""Parameters of a study: declared once, used by Python, command line and web form."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from yanlian.errors import Finding, ParamError
from yanlian.text import N_, say


@dataclass(frozen=True)
class ParamInfo:
    """What is known about one parameter.

    Attributes
    ----------
    name : str
        Name of the field.
    kind : str
        ``bool``, ``int``, ``float``, ``clock`` (minutes after midnight, also read as
        ``HH:MM``), ``text``, ``choice``, ``list``, ``region``,
        ``segments``, ``firms``, ``date``, ``dates`` or ``gaps``: decides the form field.
    label, help : str
        English sentences of the catalogue.
    unit : str
        Unit of the value, empty for a pure number or a word.
    low, high : float or None
        Closed range, in ``unit``.
    choices : tuple of (str, str)
        Allowed values and their labels.
    default : object
        Value when none is given.
    group : str
        English heading under which the form shows it.
    """

    name: str
    kind: str
    label: str
    help: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[tuple[str, str], ...]
    default: Any
    group: str


def param(
    default: Any,
    *,
    label: str,
    help: str = "",
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[tuple[str, str], ...] = (),
    kind: str = "",
    group: str = "",
) -> Any:
    """Declare a parameter of a study.

    Parameters
    ----------
    default : object
        Value when none is given.
    label, help : str
        English text, marked with :func:`yanlian.text.N_`.
    unit : str, optional
        Unit of the value.
    low, high : float, optional
        Closed range.
    choices : tuple of (value, label), optional
        Allowed words.
    kind : str, optional
        Kind of form field; guessed from the default when empty.
    group : str, optional
        Heading of the form under which it stands.
    """
    if not kind:
        kind = {bool: "bool", int: "int", float: "float", tuple: "list"}.get(
            type(default), "text"
        )
        kind = "choice" if choices else kind
    meta = {
        "label": label,
        "help": help,
        "unit": unit,
        "low": low,
        "high": high,
        "choices": choices,
        "kind": kind,
        "group": group,
    }
    return field(default=default, metadata=meta)


@dataclass(frozen=True)
class Params:
    """Base of every study's parameters: checks all ranges, gathers all findings."""

    def __post_init__(self) -> None:
        """Check every field; raise one :class:`ParamError` that holds all findings."""
        findings = [f for info in describe(type(self)) for f in self._check(info)]
        if findings:
            raise ParamError(
                N_("%(count)s parameters are outside their range. Correct each one."),
                findings=tuple(findings),
                count=len(findings),
            )

    def _check(self, info: ParamInfo) -> Iterator[Finding]:
        value = getattr(self, info.name)
        if info.kind in {"int", "float", "clock"}:
            good = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not good or (isinstance(value, float) and not math.isfinite(value)):
                yield Finding(
                    info.name,
                    say(
                        N_("Found %(value)s. Expected a number. Give a number."),
                        value=repr(value),
                    ),
                    code="param.number",
                )
                return
            low = -math.inf if info.low is None else info.low
            high = math.inf if info.high is None else info.high
            if not low <= value <= high:
                yield Finding(
                    info.name,
                    say(
                        N_(
                            "Found %(value)s. Expected a value from %(low)s to "
                            "%(high)s %(unit)s. Choose one inside the range."
                        ),
                        value=value,
                        low=f"{low:g}",
                        high=f"{high:g}",
                        unit=info.unit,
                    ),
                    code="param.range",
                )
        elif info.kind == "date" and value:
            try:
                datetime.date.fromisoformat(value)
            except ValueError:
                yield Finding(
                    info.name,
                    say(
                        N_("Found %(value)s. Expected a day such as 2026-12-07."),
                        value=repr(value),
                    ),
                    code="param.date",
                )
        elif info.choices and info.kind == "choice":
            allowed = [word for word, _ in info.choices]
            if value not in allowed:
                yield Finding(
                    info.name,
                    say(
                        N_("Found %(value)s. Expected one of %(allowed)s."),
                        value=repr(value),
                        allowed=", ".join(allowed),
                    ),
                    code="param.choice",
                )

    def as_dict(self) -> dict[str, Any]:
        """Return the values as plain data, tuples as lists."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Build from plain data (a form, a command line, a manifest).

        Words are cast to the field's type; unknown names are reported.
        """
        infos = {info.name: info for info in describe(cls)}
        findings: list[Finding] = []
        cast: dict[str, Any] = {}
        for name, value in values.items():
            info = infos.get(name)
            if info is None:
                findings.append(
                    Finding(
                        name,
                        say(
                            N_(
                                "There is no such parameter. Expected one of "
                                "%(allowed)s. Remove it or correct the name."
                            ),
                            allowed=", ".join(infos),
                        ),
                        code="param.unknown",
                    )
                )
                continue
            try:
                cast[name] = _cast(info, value)
            except (TypeError, ValueError):
                findings.append(
                    Finding(
                        name,
                        say(
                            N_("Found %(value)s. Expected a number. Give a number."),
                            value=repr(value),
                        ),
                        code="param.number",
                    )
                )
        try:
            made = cls(**cast)
        except ParamError as error:
            findings += error.findings
        if findings:
            raise ParamError(
                N_("%(count)s parameters are outside their range. Correct each one."),
                findings=tuple(findings),
                count=len(findings),
            )
        return made


def _cast(info: ParamInfo, value: Any) -> Any:
    if isinstance(info.default, tuple):
        if isinstance(value, str):
            value = value.replace(";", ",").split(",")
        return tuple(str(part).strip() for part in value if str(part).strip())
    if info.kind == "bool":
        return value in {True, "true", "True", "on", "1", "yes"}
    if info.kind == "clock" and ":" in str(value):
        hours, minutes = str(value).split(":")[:2]
        return 60 * int(hours) + int(minutes)
    if info.kind in {"int", "clock"}:
        return int(value)
    if info.kind == "float":
        return float(value)
    return str(value)


def describe(cls: type[Params]) -> tuple[ParamInfo, ...]:
    """Return what is known about every parameter of a class, in order."""
    infos = []
    for item in dataclasses.fields(cls):
        meta = item.metadata
        infos.append(
            ParamInfo(
                name=item.name,
                kind=meta["kind"],
                label=meta["label"],
                help=meta["help"],
                unit=meta["unit"],
                low=meta["low"],
                high=meta["high"],
                choices=meta["choices"],
                default=item.default,
                group=meta["group"],
            )
        )
    return tuple(infos)
