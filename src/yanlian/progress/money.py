"""Money that binds and money that does not; promised, evidenced and verified.

A sum over both, or over two of the three columns, is refused: it would say something
that nobody promised.
"""

from __future__ import annotations

import enum
import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yanlian.errors import MixedMoneyError
from yanlian.progress.data import both, rule_table
from yanlian.text import N_, Say


class Column(enum.StrEnum):
    """How far a sum has come; each is a figure of its own."""

    PROMISED = "promised"
    EVIDENCED = "evidenced"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Money:
    """An amount that knows whether it binds and how far it has come.

    Attributes
    ----------
    value_cny : float
        Amount, yuan.
    binding : bool
        Whether the text it stands in binds.
    column : Column
    """

    value_cny: float
    binding: bool
    column: Column = Column.PROMISED

    def __add__(self, other: Money) -> Money:
        """Return the sum; refuse what may not be added.

        There is no sum with a plain number, so that ``sum()`` is refused too:
        :func:`total` says of which kind nothing is.

        Raises
        ------
        MixedMoneyError
        """
        if not isinstance(other, Money):
            return NotImplemented
        if self.binding != other.binding:
            raise MixedMoneyError(
                N_(
                    "An amount that binds cannot be added to one that does not. Show "
                    "them beside each other."
                )
            )
        if self.column != other.column:
            raise MixedMoneyError(
                N_(
                    "Promised, evidenced and verified amounts are three columns and "
                    "cannot be added. Show them beside each other."
                )
            )
        return Money(self.value_cny + other.value_cny, self.binding, self.column)


def total(amounts: Iterable[Money], *, binding: bool, column: Column) -> Money:
    """Return the sum of amounts of one kind; nothing gives zero of that kind.

    Parameters
    ----------
    amounts : iterable of Money
    binding : bool
    column : Column
        The kind that all of them must be of.

    Raises
    ------
    MixedMoneyError
        When one of them is of another kind.

    Examples
    --------
    >>> total([Money(2e8, True), Money(1e8, True)], binding=True,
    ...       column=Column.PROMISED).value_cny
    300000000.0
    """
    start = Money(0.0, binding, column)
    listed = list(amounts)
    for amount in listed:
        # Refuses what is of another kind; the sum itself is exact in any order.
        start + amount
    return Money(math.fsum(a.value_cny for a in listed), binding, column)


@dataclass(frozen=True)
class AgreementKind:
    """A kind of agreement.

    Attributes
    ----------
    code : str
    binding : bool
    name, help : Say
    """

    code: str
    binding: bool
    name: Say
    help: Say


@functools.cache
def agreement_kinds() -> dict[str, AgreementKind]:
    """Return the kinds of agreements by code, those that do not bind first."""
    return {
        row["code"]: AgreementKind(
            row["code"], row["binding"] == "yes", both(row, "name"), both(row, "help")
        )
        for row in rule_table("agreements")
    }


def by_kind(amounts: Iterable[Money]) -> Mapping[tuple[bool, Column], Money]:
    """Return the sums of each kind apart.

    Returns
    -------
    dict of (bool, Column) to Money
        One entry for each of the six kinds, whether it occurs or not.
    """
    found: dict[tuple[bool, Column], list[Money]] = {
        (binding, column): [] for binding in (False, True) for column in Column
    }
    for amount in amounts:
        found[amount.binding, amount.column].append(amount)
    return {
        (binding, column): total(listed, binding=binding, column=column)
        for (binding, column), listed in found.items()
    }


def due_by(rows: Iterable[tuple[str, float]], day: str) -> float:
    """Return the sum of the values due up to a day.

    Parameters
    ----------
    rows : iterable of (str, float)
        Due date, ISO, and value; a row without a date or a value is passed over.
    day : str
        ISO date.
    """
    return math.fsum(v for due, v in rows if due and due <= day and v == v)
