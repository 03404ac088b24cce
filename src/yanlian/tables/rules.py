"""Rules across the cells of one table, beyond what each column asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yanlian.errors import Finding
from yanlian.identity import credit_code_ok
from yanlian.tables.circles import find_circles
from yanlian.tables.frame import Table
from yanlian.tables.measures import measures
from yanlian.tables.schema import schema
from yanlian.tables.wording import limit_text, listed, rows_text
from yanlian.text import N_, say

Unread = Mapping[str, set[int]]
Rule = Callable[[Table, Unread], list[Finding]]

_SAME = str.maketrans({" ": None, "-": None, "_": None, ".": None})
# Units of indicators that may be below zero: changes, places and points of a score.
_SIGNED_UNITS = frozenset({"share", "degree", "points", "CNY", "USD"})
# A hundredth, ten thousand and hundred million in a unit: amounts are kept in full.
_SCALED_UNIT = ("%", "\u4e07", "\u842c", "\u4ebf", "\u5104")


def _found(
    table: Table,
    rows: ArrayLike,
    code: str,
    msgid: str,
    *,
    level: str = "error",
    **values: object,
) -> list[Finding]:
    """Return one finding that names its rows; none when there are no rows."""
    index = np.asarray(rows)
    if index.dtype == bool:
        index = np.flatnonzero(index)
    if not len(index):
        return []
    message = say(
        msgid,
        count=len(index),
        table=table.name,
        rows=rows_text(table.row_numbers(index[:6]), len(index)),
        **values,
    )
    return [Finding(table.where, message, level, code)]


def _read(table: Table, unread: Unread, *columns: str) -> NDArray[np.bool_]:
    """Return the rows in which all of the columns could be read."""
    read = np.ones(len(table), bool)
    for column in columns:
        read[list(unread.get(column, ()))] = False
    return read


def similar(table: Table, column: str) -> list[Finding]:
    """Return identifiers that differ only in case, spaces, hyphens or leading zeros."""
    names = set(table[column]) - {""}
    if len(names) == len({_folded(name) for name in names}):
        return []
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(_folded(name), []).append(name)
    alike = [group for group in groups.values() if len(group) > 1]
    marked = {name for group in alike for name in group}
    return _found(
        table,
        [row for row, name in enumerate(table[column]) if name in marked],
        "key.similar",
        N_(
            "%(count)s rows of table %(table)s have identifiers that differ only in case, "
            "spaces, hyphens or leading zeros (%(found)s; rows %(rows)s). They are kept "
            "apart. Write them alike if they mean the same."
        ),
        level="warning",
        found=listed(" / ".join(group) for group in alike),
    )


def _folded(name: str) -> str:
    return name.casefold().translate(_SAME).lstrip("0")


def _needs_name(table: Table, unread: Unread) -> list[Finding]:
    empty = (table["name_en"] == "") & (table["name_zh"] == "")
    return _found(
        table,
        empty & _read(table, unread, "name_en", "name_zh"),
        "name.empty",
        N_(
            "%(count)s rows of table %(table)s have neither an English nor a Chinese name "
            "(rows %(rows)s). Give at least one."
        ),
    )


def _place(table: Table, unread: Unread) -> list[Finding]:
    lat, lon = table.floats("lat"), table.floats("lon")
    half = np.isnan(lat) != np.isnan(lon)
    found = _found(
        table,
        half & _read(table, unread, "lat", "lon"),
        "place.half",
        N_(
            "%(count)s rows of table %(table)s have only one of latitude and longitude "
            "(rows %(rows)s). Give both or neither."
        ),
        level="warning",
    )
    return found + _found(
        table,
        (lat == 0) & (lon == 0),
        "place.zero",
        N_(
            "%(count)s rows of table %(table)s have latitude and longitude 0 (rows "
            "%(rows)s), a place in the sea off Africa. Leave both empty if the place is "
            "unknown."
        ),
        level="warning",
    )


def _credit(table: Table, unread: Unread) -> list[Finding]:
    codes = table["credit_code"]
    whole = [i for i, code in enumerate(codes) if len(code) == 18]
    wrong = [i for i in whole if not credit_code_ok(codes[i])]
    found = _found(
        table,
        wrong,
        "credit.check",
        N_(
            "Column credit_code of table %(table)s has %(count)s codes whose check "
            "character is wrong (rows %(rows)s: %(found)s). Expected eighteen characters "
            "after GB 32100-2015. Copy the code again, or leave it empty if it is unknown."
        ),
        found=listed(codes[wrong]),
    )
    counts = Counter(code.upper() for code in codes if code)
    doubled = {code for code, count in counts.items() if count > 1}
    return found + _found(
        table,
        [i for i, code in enumerate(codes) if code.upper() in doubled],
        "credit.double",
        N_(
            "%(count)s rows of table %(table)s share a credit code with another row (rows "
            "%(rows)s: %(found)s). One code is one company. Merge the rows or correct the "
            "codes."
        ),
        level="warning",
        found=listed(sorted(doubled)),
    )


def _revenue_year(table: Table, unread: Unread) -> list[Finding]:
    without = ~np.isnan(table["revenue_cny"]) & np.isnan(table["revenue_year"])
    return _found(
        table,
        without & _read(table, unread, "revenue_year"),
        "year.absent",
        N_(
            "%(count)s rows of table %(table)s give revenue without its year (rows "
            "%(rows)s). A figure without a year cannot be compared. Fill in revenue_year."
        ),
        level="warning",
    )


def _self_supply(table: Table, unread: Unread) -> list[Finding]:
    same = table["supplier_id"] == table["buyer_id"]
    return _found(
        table,
        same & (table["buyer_id"] != ""),
        "supply.self",
        N_(
            "%(count)s supplies lead from a segment to itself (rows %(rows)s). A segment "
            "cannot supply itself. Remove the rows."
        ),
    )


def _parents(table: Table, unread: Unread) -> list[Finding]:
    own = (table["region_id"] == table["parent_id"]) & (table["region_id"] != "")
    found = _found(
        table,
        own,
        "region.self",
        N_(
            "%(count)s regions belong to themselves (rows %(rows)s). Name the region above, "
            "or leave parent_id empty."
        ),
    )
    given = np.flatnonzero(table["parent_id"] != "")
    for circle in find_circles(
        table["region_id"][given].tolist(), table["parent_id"][given].tolist()
    ):
        found += _found(
            table,
            given[circle.pairs],
            "region.circle",
            N_(
                "%(count)s regions belong to each other in a circle: %(circle)s (rows "
                "%(rows)s). A region belongs to a larger one. Correct parent_id of one of "
                "them."
            ),
            circle=" > ".join(circle.way[:60]),
        )
    return found


def _order(first: str, last: str, strict: bool = False) -> Rule:
    """Return the rule that one column does not come after another."""

    def rule(table: Table, unread: Unread) -> list[Finding]:
        pairs = zip(table[first].tolist(), table[last].tolist(), strict=True)
        wrong = [i for i, (a, b) in enumerate(pairs) if _after(a, b, strict)]
        return _found(
            table,
            wrong,
            "order.wrong",
            N_(
                "%(count)s rows of table %(table)s have %(first)s not before %(last)s (rows "
                "%(rows)s). Correct one of the two."
            ),
            first=first,
            last=last,
        )

    return rule


def _after(a: Any, b: Any, strict: bool) -> bool:
    if isinstance(a, str):
        # Of a year and a day in it, neither comes after the other.
        size = min(len(a), len(b))
        return bool(size) and a[:size] > b[:size]
    return bool(a >= b if strict else a > b)


def _fact_value(table: Table, unread: Unread) -> list[Finding]:
    known = schema("firms").by_name
    # A text that firms have in two languages is one field.
    fields = {name.removesuffix("_en").removesuffix("_zh") for name in known} | {""}
    lost = np.array([f not in fields and f not in known for f in table["field"]], bool)
    found = _found(
        table,
        lost,
        "fact.field",
        N_(
            "Column field names columns that table firms does not have in %(count)s rows of "
            "table %(table)s (rows %(rows)s: %(found)s). Correct it, or leave it empty for a "
            "plain sentence."
        ),
        level="warning",
        found=listed(dict.fromkeys(table["field"][lost])),
    )
    values = table.floats("value")
    for name in dict.fromkeys(table["field"][~lost]):
        column = known.get(name)
        if column is None or not column.is_number:
            continue
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        wrong = (table["field"] == name) & ((values < low) | (values > high))
        found += _found(
            table,
            wrong,
            "fact.range",
            N_(
                "Column value of table %(table)s has %(count)s values outside the range of "
                "%(field)s (rows %(rows)s: %(found)s). Expected %(low)s to %(high)s "
                "%(unit)s. Correct them, or leave them empty if the value is unknown."
            ),
            field=name,
            found=listed(f"{value:.12g}" for value in values[wrong]),
            low=limit_text(low, column),
            high=limit_text(high, column),
            unit=column.unit,
        )
    return found


def _indicator_units(table: Table, unread: Unread) -> list[Finding]:
    units, values = table["unit"], table.floats("value")
    scaled = np.array([any(m in unit for m in _SCALED_UNIT) for unit in units], bool)
    found = _found(
        table,
        scaled,
        "unit.scaled",
        N_(
            "%(count)s rows of table %(table)s have a unit in ten thousands, hundred "
            "millions or per cent (rows %(rows)s: %(found)s). Money stands in yuan in full "
            "with unit CNY, a share between 0 and 1 with unit share. Convert the values and "
            "the units."
        ),
        found=listed(dict.fromkeys(units[scaled])),
    )
    below = values < 0
    plain = np.array([unit not in _SIGNED_UNITS for unit in units], bool)
    found += _found(
        table,
        below & plain,
        "value.negative",
        N_(
            "%(count)s values of table %(table)s are below zero although their unit counts "
            "or measures something (rows %(rows)s: %(found)s). Correct them, or leave them "
            "empty if the value is unknown."
        ),
        found=listed(f"{value:.12g}" for value in values[below & plain]),
    )
    money = np.array([unit in {"CNY", "USD"} for unit in units], bool)
    found += _found(
        table,
        below & money,
        "amount.negative",
        N_(
            "%(count)s amounts of table %(table)s are below zero (rows %(rows)s: "
            "%(found)s). That is right for a loss or a deficit only. Check them."
        ),
        level="warning",
        found=listed(f"{value:.12g}" for value in values[below & money]),
    )
    large = (units == "share") & (np.abs(values) > 1)
    return found + _found(
        table,
        large,
        "share.large",
        N_(
            "%(count)s shares of table %(table)s are larger than 1 (rows %(rows)s: "
            "%(found)s). A share is written 0 to 1: 12 per cent is 0.12. Check them."
        ),
        level="warning",
        found=listed(f"{value:.12g}" for value in values[large]),
    )


def _same_rows(table: Table, unread: Unread) -> list[Finding]:
    """Return rows that stand twice in a table without identifiers."""
    rows = list(
        zip(*(values.tolist() for values in table.columns.values()), strict=True)
    )
    # No data is not equal to itself; two such cells still make no difference.
    keys = [tuple(None if v != v else v for v in row) for row in rows]
    counts = Counter(keys)
    return _found(
        table,
        [i for i, key in enumerate(keys) if counts[key] > 1],
        "row.double",
        N_(
            "%(count)s rows of table %(table)s are the same as another row (rows %(rows)s). "
            "Each counts as evidence of its own. Remove the copies."
        ),
        level="warning",
    )


def _measure_values(table: Table, unread: Unread) -> list[Finding]:
    """Return values of firms that their measure cannot have, or that say nothing."""
    values, answers = table.floats("value"), table.floats("answer")
    names, units = table["measure"], table["unit"]
    given, said = ~np.isnan(values), ~np.isnan(answers)
    known = measures()
    asked = np.array([n in known and known[n].asks_yes for n in names], bool)
    counted = np.array([n in known and not known[n].asks_yes for n in names], bool)
    found = _found(
        table,
        (asked & given & (values != 0) & (values != 1)) | (counted & said),
        "measure.kind",
        N_(
            "%(count)s rows of table %(table)s answer a measure in the wrong way (rows "
            "%(rows)s). Put numbers into column value and yes or no into column answer; "
            "the guide lists which measure asks which."
        ),
    )
    other = np.array(
        [
            bool(u) and n in known and u != known[n].unit
            for n, u in zip(names, units, strict=True)
        ],
        bool,
    )
    found += _found(
        table,
        other,
        "measure.unit",
        N_(
            "%(count)s rows of table %(table)s have a unit that is not the one of their "
            "measure (rows %(rows)s: %(found)s). Convert the values and correct the unit."
        ),
        found=listed(
            f"{name}: {unit}, {known[name].unit}?"
            for name, unit in dict.fromkeys(
                zip(names[other], units[other], strict=True)
            )
        ),
    )
    for name in dict.fromkeys(names[counted].tolist()):
        measure = known[name]
        wrong = (names == name) & ((values < measure.low) | (values > measure.high))
        found += _found(
            table,
            wrong,
            "measure.range",
            N_(
                "%(count)s values of %(measure)s in table %(table)s are outside its range "
                "(rows %(rows)s: %(found)s). Expected %(low)s to %(high)s %(unit)s; a share "
                "of 12 per cent is 0.12. Correct them, or leave them empty if the value is "
                "unknown."
            ),
            measure=name,
            found=listed(f"{value:.12g}" for value in values[wrong]),
            low=f"{measure.low:,.12g}",
            high=f"{measure.high:,.12g}",
            unit=measure.unit,
        )
    silent = ~given & ~said & _read(table, unread, "measure", "value", "answer")
    return found + _found(
        table,
        silent,
        "measure.empty",
        N_(
            "%(count)s rows of table %(table)s have neither a value nor an answer (rows "
            "%(rows)s). They say nothing and what they ask stays unknown. Fill them in or "
            "remove them."
        ),
        level="warning",
    )


RULES: dict[str, tuple[Rule, ...]] = {
    "firms": (_needs_name, _place, _credit, _revenue_year),
    "people": (_needs_name, _order("post_start", "post_end")),
    "supplies": (_self_supply,),
    "regions": (_place, _parents),
    "facts": (_fact_value,),
    "indicators": (_indicator_units, _same_rows),
    "presence": (_same_rows,),
    "firm_measures": (_measure_values, _same_rows),
    "visiting": (_order("open_min", "close_min", strict=True),),
}
