"""Drawing a figure: an ECharts option for screens, SVG for paper."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from yanlian.figures.figure import Figure
from yanlian.text import pick

MINUS = "\u2212"
_WIDTH, _HIGH = 260.0, 132.0


def _short(value: float, scale: float) -> str:
    """Return a value in screen units with at most three figures."""
    shown = value / scale
    digits = max(0, 2 - max(0, math.floor(math.log10(abs(shown)))) if shown else 0)
    return f"{shown:,.{digits}f}".replace("-", MINUS)


def _name(row: Any, stem: str, lang: str) -> str:
    return pick(lang, str(row[f"{stem}_en"]), str(row[f"{stem}_zh"]))


def echarts_option(figure: Figure, lang: str) -> dict[str, Any]:
    """Return the ECharts option of a figure, as plain data.

    Colours and fonts are left to the page, which knows its theme and its paper.
    """
    x, y = figure.columns["x"], figure.columns["y"]
    base: dict[str, Any] = {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": figure.title.text(lang)}},
    }
    if figure.kind == "bars":
        unit = figure.unit.text(lang)
        return {
            **base,
            "grid": {"left": 4, "right": 4, "top": 22, "bottom": 22},
            "xAxis": {"type": "category", "data": [str(row[x]) for row in figure.rows]},
            "yAxis": {"type": "value", "show": False},
            "series": [
                {
                    "type": "bar",
                    "barMaxWidth": 34,
                    "data": [
                        {
                            "value": row[y] / figure.scale,
                            "name": f"{row[x]}: {_short(row[y], figure.scale)} {unit}",
                            "label": {
                                "show": True,
                                "position": "top",
                                "formatter": _short(row[y], figure.scale),
                            },
                        }
                        for row in figure.rows
                    ],
                }
            ],
            "tooltip": {"formatter": "{b}"},
        }
    size, stem = figure.columns["size"], figure.columns["name"]
    lats = [row[y] for row in figure.rows] or [30.0]
    return {
        **base,
        "grid": {"left": 44, "right": 16, "top": 16, "bottom": 30},
        "xAxis": {
            "type": "value",
            "scale": True,
            "axisLabel": {"formatter": "{value}° E"},
        },
        "yAxis": {
            "type": "value",
            "scale": True,
            "axisLabel": {"formatter": "{value}° N"},
        },
        "dataZoom": [
            {"type": "inside", "xAxisIndex": 0},
            {"type": "inside", "yAxisIndex": 0},
        ],
        "shrink": math.cos(math.radians(sum(lats) / len(lats))),
        "series": [
            {
                "type": "scatter",
                "data": [
                    {
                        "value": [row[x], row[y]],
                        "symbolSize": 6 + 4.4 * math.sqrt(row[size]),
                        "name": f"{_name(row, stem, lang)} {row[size]:,.0f}",
                        "label": {"formatter": _name(row, stem, lang)},
                        "href": row.get("href", ""),
                    }
                    for row in figure.rows
                ],
                "label": {"show": True, "position": "right"},
                "labelLayout": {"hideOverlap": True},
            }
        ],
        "tooltip": {"formatter": "{b}"},
    }


def svg(figure: Figure, lang: str) -> str:
    """Return a figure of bars as SVG, black and white, for paper and without scripts."""
    x, y = figure.columns["x"], figure.columns["y"]
    rows = figure.rows
    title = escape(f"{figure.title.text(lang)} ({figure.unit.text(lang)})")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bars" viewBox="0 0 '
        f'{_WIDTH:.0f} {_HIGH:.0f}" role="img" aria-label="{title}">'
    )
    if not rows:
        return head + "</svg>"
    values = [float(row[y]) for row in rows]
    top, low = max(*values, 0.0), min(*values, 0.0)
    span = (top - low) or 1.0
    step = _WIDTH / len(rows)
    wide = min(34.0, step * 0.62)
    zero = 18 + (_HIGH - 40) * top / span
    parts = [head, f'<line x1="0" x2="{_WIDTH:.0f}" y1="{zero:.1f}" y2="{zero:.1f}"/>']
    for number, (row, value) in enumerate(zip(rows, values, strict=True)):
        middle = step * (number + 0.5)
        high = abs(value) / span * (_HIGH - 40)
        above = zero - high if value >= 0 else zero
        parts.append(
            f'<rect x="{middle - wide / 2:.1f}" y="{above:.1f}" width="{wide:.1f}" '
            f'height="{high:.1f}"/>'
            f'<text x="{middle:.1f}" y="{above - 4:.1f}">'
            f"{escape(_short(value, figure.scale))}</text>"
            f'<text class="axis" x="{middle:.1f}" y="{_HIGH - 6:.1f}">'
            f"{escape(str(row[x]))}</text>"
        )
    return "".join(parts) + "</svg>"
