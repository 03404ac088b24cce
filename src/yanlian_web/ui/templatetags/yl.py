"""Tags and filters of the pages: names, amounts, dates and small drawings."""

from __future__ import annotations

import datetime
import math
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from yanlian.text import pick

register = template.Library()
MINUS = "\u2212"


def _lang() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _get(item: Any, key: str) -> str:
    found = item.get(key, "") if isinstance(item, dict) else getattr(item, key, "")
    return found or ""


@register.filter
def name(item: Any, stem: str = "name") -> str:
    """Return a name in the reader's language, else in the other."""
    return pick(_lang(), _get(item, f"{stem}_en"), _get(item, f"{stem}_zh"))


@register.filter
def other(item: Any, stem: str = "name") -> str:
    """Return the name in the language the reader does not read, if it differs."""
    lang = _lang()
    shown = name(item, stem)
    found = _get(item, f"{stem}_en") if lang == "zh" else _get(item, f"{stem}_zh")
    return "" if found == shown else found


@register.filter
def number(value: Any, digits: int = 0) -> str:
    """Return a number with thousands marks and a true minus; a dash without data."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    return f"{float(value):,.{digits}f}".replace("-", MINUS)


@register.filter
def signed(value: float, digits: int = 0) -> str:
    """Return a number with its sign."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    return f"{float(value):+.{digits}f}".replace("-", MINUS)


@register.filter
def percent(value: Any) -> str:
    """Return a share as percent."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    return f"{100 * float(value):.0f}%".replace("-", MINUS)


@register.simple_tag(takes_context=True)
def money(context: Any, value: float | None) -> str:
    """Return yuan: short (bn, or hundred million in Chinese), or with thousands marks."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    sign, size = (MINUS if value < 0 else ""), abs(float(value))
    if context.get("plain_numbers"):
        return gettext("CNY %(amount)s") % {"amount": f"{sign}{size:,.0f}"}
    if _lang() == "zh":
        if size >= 1e8:
            amount = f"{sign}{size / 1e8:,.4g}"
            return gettext("%(amount)s hundred million yuan") % {"amount": amount}
        amount = f"{sign}{size / 1e4:,.4g}"
        return gettext("%(amount)s ten thousand yuan") % {"amount": amount}
    if size >= 1e9:
        return f"CNY {sign}{size / 1e9:.3g} bn"
    return f"CNY {sign}{size / 1e6:.3g} m"


@register.filter
def clock(minutes: float) -> str:
    """Return minutes after midnight as a time of day."""
    whole = int(minutes)
    return f"{whole // 60:02d}:{whole % 60:02d}"


@register.filter
def duration(minutes: float) -> str:
    """Return minutes as hours and minutes."""
    whole = int(minutes)
    return gettext("%(hours)s h %(minutes)s min") % {
        "hours": whole // 60,
        "minutes": f"{whole % 60:02d}",
    }


@register.filter
def day(text: str) -> str:
    """Return a date as the reader's language writes it."""
    try:
        found = datetime.date.fromisoformat(str(text)[:10])
    except ValueError:
        return str(text)
    week = (
        gettext("Mon"), gettext("Tue"), gettext("Wed"), gettext("Thu"),
        gettext("Fri"), gettext("Sat"), gettext("Sun"),
    )[found.weekday()]  # fmt: skip
    if _lang() == "zh":
        return gettext("%(year)s-%(month)s-%(day)s %(week)s") % {
            "year": found.year,
            "month": found.month,
            "day": found.day,
            "week": week,
        }
    return f"{week} {found.day} {found:%b} {found.year}"


@register.filter
def host(url: str) -> str:
    """Return the host of an address."""
    return urlsplit(url).netloc or url


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """Return the query of the page with some values changed; None takes one out."""
    kept = context["request"].GET.copy()
    for key, value in changes.items():
        kept.pop(key, None)
        if value not in {None, ""}:
            kept[key] = str(value)
    return "?" + urlencode(list(kept.lists()), doseq=True)


_BASES = {
    "reported": "reported",
    "estimated": "estimated",
    "stated": "stated by the firm",
    "inferred": "inferred",
}


@register.inclusion_tag("ui/basis.html")
def basis(row: Any, url: str = "") -> dict[str, Any]:
    """Draw the basis of a row: mark, word, date, and its source behind it."""
    kind = _get(row, "basis") or "inferred"
    return {
        "kind": kind,
        "word": gettext(_BASES.get(kind, "inferred")),
        "url": _get(row, "source_url"),
        "date": _get(row, "date") or _get(row, "checked_on"),
    }


@register.simple_tag
def stack(parts: Any, most: float, least: float) -> SafeString:
    """Draw contributions as one signed stack: plus to the right, minus to the left."""
    width, high = 260.0, 14
    span = max(most - least, 1e-9)
    zero = -least / span * width
    right, left = zero, zero
    shapes = []
    plus, minus = 0, 0
    for part in parts:
        size = abs(part["value"]) / span * width
        if size < 0.4:
            continue
        if part["value"] >= 0:
            mark = f"p{min(_PLUS.get(part['name'], plus) + 1, 6)}"
            shapes.append((right, size, mark))
            right += size
            plus += 1
        else:
            mark = f"n{min(minus + 1, 2)}"
            left -= size
            shapes.append((left, size, mark))
            minus += 1
    rects = format_html_join(
        "",
        '<rect x="{}" y="1" width="{}" height="12" class="{}"/>',
        ((f"{x:.1f}", f"{max(w - 1, 0.5):.1f}", mark) for x, w, mark in shapes),
    )
    return format_html(
        '<svg class="stack" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">'
        '{}<line x1="{}" x2="{}" y1="0" y2="14" class="zero"/></svg>',
        width,
        high,
        width,
        high,
        rects,
        f"{zero:.1f}",
        f"{zero:.1f}",
    )


_PLUS = {name: i for i, name in enumerate(
    ("demand", "inputs", "path", "resilience", "theme", "upgrading"))}  # fmt: skip


@register.simple_tag
def interval(gap: Any, most: float) -> SafeString:
    """Draw the ranks of a gap: 90 % thin, 50 % thick, a ring at the present rank."""
    width = 240.0

    def at(rank: float) -> float:
        return 6 + (min(rank, most) - 1) / max(most - 1, 1) * (width - 12)

    points = [
        at(gap[k]) for k in ("rank_q05", "rank_q95", "rank_q25", "rank_q75", "rank")
    ]
    return format_html(
        '<svg class="interval" viewBox="0 0 240 14" width="240" height="14" aria-hidden="true">'
        '<line x1="{}" x2="{}" y1="7" y2="7" class="thin"/>'
        '<line x1="{}" x2="{}" y1="7" y2="7" class="thick"/>'
        '<circle cx="{}" cy="7" r="3.4" class="ring"/></svg>',
        *(f"{p:.1f}" for p in points),
    )


@register.simple_tag
def meter(value: float | None) -> SafeString:
    """Draw a score from 0 to 100 as a bar."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return SafeString("")
    return format_html(
        '<svg class="meter" viewBox="0 0 100 6" width="100" height="6" aria-hidden="true">'
        '<rect width="100" height="6" class="back"/><rect width="{}" height="6" class="full"/>'
        "</svg>",
        f"{max(0.0, min(100.0, value)):.0f}",
    )


@register.simple_tag
def sureness(word: str) -> SafeString:
    """Draw confidence as three bars."""
    full = {"high": 3, "medium": 2, "low": 1}.get(word, 0)
    bars = format_html_join(
        "",
        '<rect x="{}" y="0" width="4" height="10" class="{}"/>',
        ((i * 5, "full" if i < full else "empty") for i in range(3)),
    )
    return format_html(
        '<svg class="sure" viewBox="0 0 15 10" width="15" height="10" aria-hidden="true">{}</svg>',
        bars,
    )


@register.filter
def param_zh(info: Any) -> str:
    """Return the label of a parameter in Chinese."""
    from yanlian.text import translate

    return translate(info.label, "zh")
