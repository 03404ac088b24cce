"""What to draw: kind, rows, which column goes where, title and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yanlian.errors import ParamError
from yanlian.text import N_, Say

KINDS = ("bars", "points")


@dataclass(frozen=True)
class Figure:
    """A figure as data; nothing about it depends on what draws it.

    Attributes
    ----------
    kind : str
        ``bars`` (one bar a row) or ``points`` (places on plain coordinates).
    title : Say
        What it shows, as a sentence or a name.
    rows : tuple of mapping
        The rows drawn, as plain data.
    columns : mapping of str to str
        Which column goes where: ``x`` and ``y``; for points also ``size`` and ``name``
        (a stem of ``_en`` and ``_zh``).
    unit : str
        Unit of ``y`` (bars) or of ``size`` (points).
    scale : float
        What one unit on the screen is worth in the unit of the rows.
    source : Say
        Where the rows come from.
    """

    kind: str
    title: Say
    rows: tuple[Mapping[str, Any], ...]
    columns: Mapping[str, str]
    unit: Say
    scale: float
    source: Say

    def __post_init__(self) -> None:
        """Check that every column named stands in every row."""
        if self.kind not in KINDS:
            raise ParamError(
                N_("Found figure kind %(found)s. Expected one of %(kinds)s."),
                found=self.kind,
                kinds=", ".join(KINDS),
            )
        for role, column in self.columns.items():
            ends = (f"{column}_en", f"{column}_zh") if role == "name" else (column,)
            if any(end not in row for row in self.rows for end in ends):
                raise ParamError(
                    N_(
                        "The figure draws column %(column)s, which some of its rows do "
                        "not have. Give it to every row."
                    ),
                    column=column,
                )


def bars(
    title: Say,
    rows: Sequence[Mapping[str, Any]],
    *,
    x: str,
    y: str,
    unit: Say,
    scale: float = 1.0,
    source: Say,
) -> Figure:
    """Return bars of ``y`` over ``x``, in the order of the rows."""
    return Figure("bars", title, tuple(rows), {"x": x, "y": y}, unit, scale, source)


def points(
    title: Say,
    rows: Sequence[Mapping[str, Any]],
    *,
    size: str,
    unit: Say,
    source: Say,
) -> Figure:
    """Return places by ``lon`` and ``lat`` with an area that grows with ``size``."""
    columns = {"x": "lon", "y": "lat", "size": size, "name": "name"}
    return Figure("points", title, tuple(rows), columns, unit, 1.0, source)
