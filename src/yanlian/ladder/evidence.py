"""What is on file about a firm: intervals of its measures, with year and source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yanlian.ladder.measures import Interval
from yanlian.ladder.rules import ALWAYS, titles
from yanlian.tables import Measure, Table, measures, split_list
from yanlian.text import Say

# Ratio, what stands above and what below the line.
RATIOS = {
    "main_share": ("main_revenue_cny", "revenue_cny"),
    "rd_share": ("rd_spend_cny", "revenue_cny"),
    "rd_staff_share": ("rd_staff_persons", "employees_persons"),
    "net_margin": ("net_profit_cny", "revenue_cny"),
    "debt_share": ("liabilities_cny", "assets_cny"),
}
# Years that a span reaches back over.
SPAN_YEARS = {"each2": 2, "mean2": 2, "sum2": 2, "sum3": 3}
TITLE_YEARS = 3
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


@dataclass(frozen=True)
class Piece:
    """One value on file.

    Attributes
    ----------
    measure : str
    value : float
        1 for yes, 0 for no.
    year : int
        0 when the source gives none.
    basis, source : str
        How it is known, and the address or name of the source.
    derived : tuple of Piece
        The values it was computed from; empty for one that is on file itself.
    """

    measure: str
    value: float
    year: int
    basis: str
    source: str
    derived: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of a measure over a span.

    Attributes
    ----------
    interval : tuple of float
        Least and largest possible value; the range of the measure when nothing is known.
    used : tuple of Piece
        The values it follows from.
    passed_over : tuple of Piece
        Values on file that do not count: too old, later, or without a year.
    differ : bool
        Whether sources give different values for the same time.
    """

    interval: Interval
    used: tuple[Piece, ...] = ()
    passed_over: tuple[Piece, ...] = ()
    differ: bool = False

    @property
    def value(self) -> float:
        """The value when it is certain, else ``nan``."""
        low, high = self.interval
        return low if low == high else math.nan

    @property
    def year(self) -> int:
        """Latest year among the values it follows from; 0 when none has one."""
        return max((piece.year for piece in self.used), default=0)


@dataclass
class File:
    """What is on file about one firm.

    Parameters
    ----------
    pieces : iterable of Piece
        Values, the same one from the same source once.
    year : int
        Year that counts as last year.
    oldest_years : int
        How many years before ``year`` a figure may be and still stand for it.
    """

    pieces: Iterable[Piece]
    year: int
    oldest_years: int
    _kept: dict[tuple[str, str], Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_measure: dict[str, dict[Piece, None]] = {}
        for piece in self.pieces:
            by_measure.setdefault(piece.measure, {})[piece] = None
        self._stated = {name: tuple(listed) for name, listed in by_measure.items()}

    def known(self, measure: str, span: str) -> Known:
        """Return what is known of a measure over a span.

        What is part of a measure bounds it from below, and is bounded by it: whoever
        has two items of high value has two items.
        """
        key = (measure, span)
        if key not in self._kept:
            self._kept[key] = self._bounded(measure, span)
        return self._kept[key]

    def _bounded(self, name: str, span: str) -> Known:
        if name == ALWAYS:
            return Known((1.0, 1.0))
        every = measures()
        own = self._own(every[name], span)
        low, high = own.interval
        used, differ = list(own.used), own.differ
        for other in _parts(name):
            found = self._own(every[other], span)
            if found.interval[0] > low:
                low, used = found.interval[0], [*used, *found.used]
        whole = every[name].part_of
        while whole:
            found = self._own(every[whole], span)
            if found.interval[1] < high:
                high, used = found.interval[1], [*used, *found.used]
            whole = every[whole].part_of
        if low > high:
            low, high, differ = high, low, True
        pieces = tuple(dict.fromkeys(used))
        return Known((low, high), pieces, own.passed_over, differ)

    def _own(self, measure: Measure, span: str) -> Known:
        if span == "within3":
            return self._recent(measure)
        if span == "lasting":
            return self._lasting(measure)
        if span == "last":
            return self._last(measure)
        if span == "last_or_sum2":
            last, both = self._last(measure), self._window(measure, "sum2")
            used = tuple(dict.fromkeys((*last.used, *both.used)))
            low, high = last.interval[0], both.interval[1]
            return Known(
                (low, max(low, high)),
                used,
                last.passed_over,
                last.differ or both.differ,
            )
        return self._window(measure, span)

    def in_year(self, name: str, year: int) -> tuple[Piece, ...]:
        """Return the values of a measure in a year: as stated, or else computed."""
        stated = tuple(p for p in self._stated.get(name, ()) if p.year == year)
        if stated:
            return stated
        if name in RATIOS:
            above, below = RATIOS[name]
            return _quotients(
                name, self.in_year(above, year), self.in_year(below, year)
            )
        if name == "main_growth":
            now = self.in_year("main_revenue_cny", year)
            before = self.in_year("main_revenue_cny", year - 1)
            return _quotients(name, now, before, less=1.0)
        return ()

    def _years(self) -> range:
        return range(self.year, self.year - self.oldest_years - 1, -1)

    def _last(self, measure: Measure) -> Known:
        stated = self._stated.get(measure.name, ())
        for year in self._years():
            pieces = self.in_year(measure.name, year)
            if pieces:
                return _spread(pieces, tuple(p for p in stated if p.year != year))
        return Known((measure.low, measure.high), (), stated)

    def _window(self, measure: Measure, span: str) -> Known:
        """Return a measure over several years.

        The latest complete window counts; sums count the reference year and those
        before it, since nothing tells that no more was paid in later.
        """
        size, add = SPAN_YEARS[span], span.startswith("sum")
        start = self.year
        if not add:
            for year in self._years():
                if all(self.in_year(measure.name, year - n) for n in range(size)):
                    start = year
                    break
        parts = []
        for back in range(size):
            pieces = self.in_year(measure.name, start - back)
            parts.append(
                _spread(pieces, ()) if pieces else Known((measure.low, measure.high))
            )
        lows = [part.interval[0] for part in parts]
        highs = [part.interval[1] for part in parts]
        if span.startswith("each"):
            low, high = min(lows), min(highs)
        else:
            low, high = math.fsum(lows), math.fsum(highs)
            if span.startswith("mean"):
                low, high = _exact(low / size), _exact(high / size)
        used = tuple(piece for part in parts for piece in part.used)
        window = range(start - size + 1, start + 1)
        stated = self._stated.get(measure.name, ())
        passed_over = tuple(p for p in stated if p.year not in window)
        return Known((low, high), used, passed_over, any(p.differ for p in parts))

    def _lasting(self, measure: Measure) -> Known:
        stated = self._stated.get(measure.name, ())
        dated = [p for p in stated if 0 < p.year <= self.year]
        newest = max((p.year for p in dated), default=0)
        if measure.unit == "year":
            # When something began does not change: all that is said counts.
            pieces = tuple(p for p in stated if p.value <= self.year)
        else:
            pieces = tuple(p for p in stated if p.year == newest)
        passed_over = tuple(p for p in stated if p not in pieces)
        if pieces:
            return _spread(pieces, passed_over)
        if measure.name == "niche_years":
            since = self._lasting(measures()["niche_since_year"])
            if since.used:
                # A year without its month: one year more or less at the end of it.
                first, last = since.interval
                low = max(0.0, self.year - last)
                high = max(low, self.year - first + 1)
                return Known((low, high), since.used, passed_over, since.differ)
            founded = self._lasting(measures()["founded_year"])
            if founded.used:
                # Nobody is in a market for longer than it exists.
                high = max(0.0, self.year - founded.interval[0] + 1)
                return Known((0.0, high), founded.used, passed_over)
        return Known((measure.low, measure.high), (), passed_over)

    def _recent(self, measure: Measure) -> Known:
        """Return whether something was had in the last three years.

        A yes without a year may be older, and a no of an earlier year may have become
        a yes: neither settles it.
        """
        stated = self._stated.get(measure.name, ())
        first = self.year - TITLE_YEARS + 1
        yes = [p for p in stated if p.value >= 1 and first <= p.year <= self.year]
        no = [p for p in stated if p.value < 1 and p.year == self.year]
        used = tuple(yes + no)
        passed_over = tuple(p for p in stated if p not in used)
        low, high = float(bool(yes) and not no), float(bool(yes) or not no)
        return Known((low, high), used, passed_over, bool(yes and no))


def _parts(name: str) -> list[str]:
    """Return the measures that are part of one, with their own parts."""
    direct = [m.name for m in measures().values() if m.part_of == name]
    return [part for other in direct for part in (other, *_parts(other))]


def _spread(pieces: Sequence[Piece], passed_over: tuple[Piece, ...]) -> Known:
    values = [piece.value for piece in pieces]
    low, high = min(values), max(values)
    return Known((low, high), tuple(pieces), passed_over, low < high)


def _quotients(
    name: str, above: Sequence[Piece], below: Sequence[Piece], less: float = 0.0
) -> tuple[Piece, ...]:
    """Return every quotient of what sources say; none over zero."""
    return tuple(
        Piece(name, _exact(a.value / b.value - less), a.year, "computed", "", (a, b))
        for a in above
        for b in below
        if b.value > 0
    )


def _exact(value: float) -> float:
    """Return a quotient without the last digits: 115 over 100 is 15 per cent more."""
    return round(value, 12)


def _year(value: float) -> int:
    return int(value) if value == value else 0


def firm_pieces(
    firms: Sequence[Mapping[str, Any]], table: Table | None
) -> dict[str, list[Piece]]:
    """Return what is on file about each firm: its own row, then ``firm_measures``.

    Parameters
    ----------
    firms : sequence of dict
        Rows of the table ``firms``.
    table : Table or None
        ``firm_measures``.
    """
    found: dict[str, list[Piece]] = {row["firm_id"]: [] for row in firms}
    every = measures()
    for row in table.rows() if table is not None else ():
        value = row["value"]
        if every[row["measure"]].asks_yes and row["answer"] == row["answer"]:
            value = row["answer"]
        if row["firm_id"] in found and value == value:
            source = row["source_url"] or row["source"]
            found[row["firm_id"]].append(
                Piece(row["measure"], value, _year(row["year"]), row["basis"], source)
            )
    for firm in firms:
        known = found[firm["firm_id"]]
        for piece in _own_row(firm):
            same = (piece.measure, piece.value, piece.year, piece.source)
            if all((p.measure, p.value, p.year, p.source) != same for p in known):
                known.append(piece)
    return found


def _own_row(row: Mapping[str, Any]) -> list[Piece]:
    basis, source = row["basis"], row["source_url"]
    found = []
    if row["revenue_cny"] == row["revenue_cny"]:
        year = _year(row["revenue_year"])
        found.append(Piece("revenue_cny", row["revenue_cny"], year, basis, source))
    if row["founded"] == row["founded"]:
        year = _year(row["founded"])
        found.append(Piece("founded_year", row["founded"], year, basis, source))
    if row["employees"] == row["employees"]:
        # The table of firms gives no year for it.
        found.append(Piece("employees_persons", row["employees"], 0, basis, source))
    for measure in titles():
        for item in matched(row, titles()[measure]):
            years = [int(y) for y in _YEAR.findall(item.en or item.zh)]
            year = max(years, default=0)
            found.append(Piece(measure, 1.0, year, basis, source))
    return found


def matched(row: Mapping[str, Any], pattern: Say) -> list[Say]:
    """Return the recognitions of a firm that fit a pattern in either language."""
    english = split_list(row["recognitions_en"])
    chinese = split_list(row["recognitions_zh"])
    if len(english) == len(chinese):
        pairs = list(zip(english, chinese, strict=True))
    else:
        pairs = [(en, "") for en in english] or [("", zh) for zh in chinese]
    return [
        Say(en or zh, zh or en)
        for en, zh in pairs
        if re.search(pattern.en, en, re.IGNORECASE) or re.search(pattern.zh, zh)
    ]
