"""Tags and filters of the pages: names, amounts, dates and small drawings."""

from __future__ import annotations

import datetime
import math
from typing import Any
from urllib.parse import urlencode, urlsplit

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from yanlian.text import clock, pick

register = template.Library()
MINUS = "\u2212"


def reader() -> str:
    """Return the reader's language, ``"en"`` or ``"zh"``."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def _get(item: Any, key: str) -> str:
    found = item.get(key, "") if isinstance(item, dict) else getattr(item, key, "")
    return found or ""


@register.filter
def name(item: Any, stem: str = "name") -> str:
    """Return a name in the reader's language, else in the other."""
    return pick(reader(), _get(item, f"{stem}_en"), _get(item, f"{stem}_zh"))


@register.filter
def called(record: Any) -> str:
    """Return what a record is called: its name, title or text, whichever it has."""
    for stem in ("name", "title", "text"):
        if hasattr(record, f"{stem}_en"):
            return name(record, stem)
    return str(record)


@register.filter
def person(member: Any) -> str:
    """Return the name of a member in the reader's language; a dash for nobody."""
    return name(member) or str(member) if member else "\u2013"


@register.filter
def other(item: Any, stem: str = "name") -> str:
    """Return the name in the language the reader does not read, if it differs."""
    lang = reader()
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
    shown = round(float(value), digits)
    return f"{shown:+.{digits}f}".replace("-", MINUS) if shown else f"{0:.{digits}f}"


@register.filter
def percent(value: Any) -> str:
    """Return a share as percent."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    return f"{100 * float(value):.0f}%".replace("-", MINUS)


def money_text(value: float, plain: bool = False) -> str:
    """Return yuan: short (bn, or hundred million in Chinese), or with thousands marks."""
    sign, size = (MINUS if value < 0 else ""), abs(float(value))
    if plain:
        return gettext("CNY %(amount)s") % {"amount": f"{sign}{size:,.0f}"}
    if reader() == "zh":
        if size >= 1e8:
            amount = f"{sign}{size / 1e8:,.4g}"
            return gettext("%(amount)s hundred million yuan") % {"amount": amount}
        amount = f"{sign}{size / 1e4:,.4g}"
        return gettext("%(amount)s ten thousand yuan") % {"amount": amount}
    if size >= 1e9:
        return f"CNY {sign}{size / 1e9:.3g} bn"
    return f"CNY {sign}{size / 1e6:.3g} m"


@register.simple_tag(takes_context=True)
def money(context: Any, value: float | None) -> str:
    """Return yuan as the reader has chosen to see them; a dash without data."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "\u2013"
    return money_text(value, bool(context.get("plain_numbers")))


register.filter("clock", clock)


@register.filter
def duration(minutes: float) -> str:
    """Return minutes as hours and minutes."""
    whole = int(minutes)
    return gettext("%(hours)s h %(minutes)s min") % {
        "hours": whole // 60,
        "minutes": f"{whole % 60:02d}",
    }


@register.filter
def day(text: Any, form: str = "long") -> str:
    """Return a date as the reader's language writes it; ``short`` leaves out the year."""
    try:
        found = datetime.date.fromisoformat(str(text)[:10])
    except ValueError:
        return str(text)
    week = (
        gettext("Mon"), gettext("Tue"), gettext("Wed"), gettext("Thu"),
        gettext("Fri"), gettext("Sat"), gettext("Sun"),
    )[found.weekday()]  # fmt: skip
    if reader() == "zh":
        values = {
            "year": found.year,
            "month": found.month,
            "day": found.day,
            "week": week,
        }
        if form == "short":
            return gettext("%(month)s-%(day)s %(week)s") % values
        return gettext("%(year)s-%(month)s-%(day)s %(week)s") % values
    # Months of English dates are words; strftime would follow the machine's language.
    shown = f"{week} {found.day} {_MONTHS[found.month - 1]}"
    return shown if form == "short" else f"{shown} {found.year}"


_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


@register.filter
def dated(found: Any) -> str:
    """Return a date for a row: day, month and year, without the day of the week."""
    if not isinstance(found, datetime.date):
        return "\u2013"
    if reader() == "zh":
        return f"{found:%Y-%m-%d}"
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def month_text(month: int) -> str:
    """Return a month as the reader's language abbreviates it."""
    if reader() == "zh":
        return gettext("month %(month)s") % {"month": month}
    return _MONTHS[month - 1]


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


@register.simple_tag(takes_context=True)
def from_list(context: Any) -> str:
    """Return what a link to a record carries along: the list it stands on here."""
    request = context["request"]
    kept = request.GET.copy()
    for key in ("page", "export", "from"):
        kept.pop(key, None)
    here = request.resolver_match.url_name if request.resolver_match else ""
    listed = f"{here}?{kept.urlencode()}" if kept else here
    return "?" + urlencode({"from": listed})


@register.inclusion_tag("ui/cell.html", takes_context=True)
def cell(context: Any, kind: str, pk: int, field: str, shown: Any) -> dict[str, Any]:
    """Show a field that can be changed in place by whoever may write."""
    return {
        "kind": kind,
        "pk": pk,
        "field": field,
        "shown": shown,
        "can": bool(context.get("can_write")),
        "next": context["request"].get_full_path(),
    }


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


# Four colours to the right and two to the left carry a signed stack; a fifth
# contribution is not a fifth colour, so those that are alike share one.
COLOURS = {
    "demand": "p1",
    "inputs": "p2",
    "path": "p2",
    "resilience": "p3",
    "theme": "p4",
    "upgrading": "p4",
    "rivals": "n1",
    "evidence": "n2",
}
_STACK = 300.0


@register.filter
def colour(part: str) -> str:
    """Return the colour class of a contribution."""
    return COLOURS.get(part, "p1")


@register.simple_tag
def stack(parts: Any, most: float, least: float) -> SafeString:
    """Draw contributions as one signed stack: plus to the right, minus to the left."""
    span = max(most - least, 1e-9)
    zero = -least / span * _STACK
    right = left = zero
    shapes = []
    ordered = sorted(parts, key=lambda part: COLOURS.get(part["name"], "p1"))
    for part in ordered:
        size = abs(part["value"]) / span * _STACK
        if size < 0.4:
            continue
        if part["value"] >= 0:
            shapes.append((right, size, colour(part["name"])))
            right += size
        else:
            left -= size
            shapes.append((left, size, colour(part["name"])))
    rects = format_html_join(
        "",
        '<rect x="{}" y="1" width="{}" height="13" class="{}"/>',
        ((f"{x:.1f}", f"{max(w - 1, 0.5):.1f}", mark) for x, w, mark in shapes),
    )
    quarters = format_html_join(
        "",
        '<line x1="{0}" x2="{0}" y1="-9" y2="24" class="quarter"/>',
        ((f"{zero + (_STACK - zero) * k / 4:.1f}",) for k in (1, 2, 3, 4)),
    )
    return format_html(
        '<svg class="stack" viewBox="0 0 {w} 15" preserveAspectRatio="none" '
        'aria-hidden="true">{quarters}{rects}'
        '<line x1="{zero}" x2="{zero}" y1="-9" y2="24" class="zero"/></svg>',
        w=f"{_STACK:.0f}",
        quarters=quarters,
        rects=rects,
        zero=f"{zero:.1f}",
    )


@register.simple_tag
def interval(gap: Any, most: float) -> SafeString:
    """Draw the ranks of a gap: 90 % thin, 50 % thick, a ring at the present rank."""

    def at(rank: float) -> str:
        return f"{6 + (min(rank, most) - 1) / max(most - 1, 1) * (_STACK - 12):.1f}"

    points = {
        key: at(gap[f"rank_{key}" if key != "rank" else key])
        for key in ("q05", "q95", "q25", "q75", "rank")
    }
    return format_html(
        '<svg class="interval" viewBox="0 0 {w} 14" aria-hidden="true">'
        '<line x1="{q05}" x2="{q95}" y1="7" y2="7" class="thin"/>'
        '<line x1="{q25}" x2="{q75}" y1="7" y2="7" class="thick"/>'
        '<circle cx="{rank}" cy="7" r="4" class="ring"/></svg>',
        w=f"{_STACK:.0f}",
        **points,
    )


@register.simple_tag
def gauge(cell: Any) -> SafeString:
    """Draw the strength of a segment on its scale of five steps, with its interval."""
    width = 326.0
    value = cell["strength"]
    steps = format_html_join(
        "",
        '<rect x="{}" y="22" width="{}" height="13" class="s{}"/>',
        ((f"{i * width / 5:.1f}", f"{width / 5:.1f}", i + 1) for i in range(5)),
    )
    marks = {
        key: f"{min(max(number, 0.0), 1.0) * width:.1f}"
        for key, number in (("at", value), ("low", cell["low"]), ("high", cell["high"]))
    }
    return format_html(
        '<svg class="gauge" viewBox="0 0 {w} 46" aria-hidden="true">{steps}'
        '<line class="at" x1="{at}" x2="{at}" y1="16" y2="40"/>'
        '<line class="span" x1="{low}" x2="{high}" y1="41" y2="41"/>'
        '<text x="{text}" y="12">{value}</text></svg>',
        w=f"{width:.0f}",
        steps=steps,
        text=f"{min(max(value * width, 12), width - 12):.1f}",
        value=f"{100 * value:.0f}",
        **marks,
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the sprite; it is never the only sign."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("ui/build/icons.svg"),
        name,
    )


@register.filter
def divided(value: float, by: float) -> float:
    """Return a share for a drawing; 0 when there is nothing to divide by."""
    return float(value) / float(by) if by else 0.0


@register.filter
def times(value: float, by: float) -> str:
    """Return a product for a drawing, with one decimal."""
    return f"{float(value) * float(by):.1f}"


@register.filter
def initials(text: str) -> str:
    """Return two letters for a person's sign."""
    return str(text)[:2].upper()


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


@register.filter
def lookup(mapping: Any, key: str) -> Any:
    """Return a value of a mapping by its key; empty when it has none."""
    return mapping.get(key, "")


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
