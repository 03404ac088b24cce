"""What a log of events may not say: all findings at once, with their rows."""

from __future__ import annotations

import functools

from yanlian.errors import Finding
from yanlian.progress.events import Columns, Mask, orders
from yanlian.progress.stages import exits
from yanlian.tables import Table, split_list
from yanlian.text import N_, say

MONEY = frozenset({"paid", "signed", "cost", "purchase"})
MOST_SHOWN = 10


def check_log(log: Table | Columns) -> list[Finding]:
    """Return what in a log cannot be counted rightly; empty when all is well.

    Parameters
    ----------
    log : Table or Columns
        ``progress_events``.
    """
    columns = log if isinstance(log, Columns) else Columns(log)
    table = columns.table
    findings: list[Finding] = []

    def tell(column: str, wrong: Mask, msgid: str, code: str, allowed: object) -> None:
        if not wrong.any():
            return
        shown = dict.fromkeys(
            str(cell) or '""' for cell in table[column][wrong].tolist()
        )
        rows = table.row_numbers(wrong)
        message = say(
            msgid,
            found=_some(list(shown)),
            rows=_some([str(row) for row in rows]),
            allowed=allowed,
        )
        where = f"{table.where} {column}"
        findings.append(Finding(where, message, code=code))

    kind, what, mark, unit = (
        functools.partial(columns.where, name)
        for name in ("kind", "what", "mark", "unit")
    )
    value = table.floats("value")
    tell(
        "what",
        kind("stage".__eq__) & ~what(orders().__contains__),
        N_("Found stages %(found)s (rows %(rows)s). Expected one of %(allowed)s."),
        "log.stage",
        ", ".join(orders()),
    )
    tell(
        "what",
        kind("status".__eq__) & ~what(exits().__contains__),
        N_("Found states %(found)s (rows %(rows)s). Expected one of %(allowed)s."),
        "log.status",
        ", ".join(exits()),
    )
    tell(
        "value",
        kind("forecast".__eq__) & ~((value >= 0) & (value <= 1)),
        N_("Found likelihoods %(found)s (rows %(rows)s). Expected %(allowed)s."),
        "log.forecast",
        "0\u20131",
    )
    money = kind(MONEY.__contains__)
    money |= kind("promised".__eq__) & what("investment".__eq__)
    tell(
        "unit",
        money & ~unit({"", "CNY"}.__contains__),
        N_(
            "Found amounts in %(found)s (rows %(rows)s). Expected %(allowed)s: yuan in "
            "full, so that sums add like to like."
        ),
        "log.unit",
        "CNY",
    )
    tell(
        "mark",
        kind("signed".__eq__)
        & mark(lambda cell: {"binding", "nonbinding"} <= set(split_list(cell))),
        N_(
            "Found signings that bind and do not bind: %(found)s (rows %(rows)s). "
            "Expected %(allowed)s, one of the two."
        ),
        "log.binding",
        "binding, nonbinding",
    )
    tell(
        "mark",
        kind("target".__eq__) & mark(lambda cell: bool(cell) and not _is_weight(cell)),
        N_("Found weights %(found)s (rows %(rows)s). Expected %(allowed)s."),
        "log.weight",
        "\u2265 0",
    )
    return findings


def _is_weight(cell: str) -> bool:
    try:
        return 0 <= float(cell) < float("inf")
    except ValueError:
        return False


def _some(texts: list[str]) -> str:
    more = ", \u2026" if len(texts) > MOST_SHOWN else ""
    return ", ".join(texts[:MOST_SHOWN]) + more
