"""Clauses that an agreement should have; what is absent is warned of, not refused."""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass

from yanlian.errors import Finding, ParamError
from yanlian.progress.data import both, rule_table, words
from yanlian.progress.money import agreement_kinds
from yanlian.text import N_, Say, say


@dataclass(frozen=True)
class Clause:
    """A clause of an agreement.

    Attributes
    ----------
    code : str
    kinds : tuple of str
        Kinds of agreement that should have it.
    name, why : Say
        Name; what it has to say.
    """

    code: str
    kinds: tuple[str, ...]
    name: Say
    why: Say


@functools.cache
def clauses() -> dict[str, Clause]:
    """Return all clauses by code."""
    return {
        row["clause"]: Clause(
            row["clause"], words(row["kinds"]), both(row, "name"), both(row, "why")
        )
        for row in rule_table("clauses")
    }


def needed_clauses(kind: str) -> tuple[Clause, ...]:
    """Return the clauses that an agreement of a kind should have.

    Raises
    ------
    ParamError
        When there is no such kind.
    """
    if kind not in agreement_kinds():
        text = say(
            N_("Found %(value)s. Expected one of %(allowed)s."),
            value=repr(kind),
            allowed=", ".join(agreement_kinds()),
        )
        raise ParamError(
            N_("There is no such kind of agreement."),
            findings=(Finding("kind", text, code="clause.kind"),),
        )
    return tuple(item for item in clauses().values() if kind in item.kinds)


def missing_clauses(kind: str, present: Collection[str]) -> tuple[Clause, ...]:
    """Return the clauses that an agreement should have and has not.

    Parameters
    ----------
    kind : str
        Kind of the agreement: ``framework``, ``intent``, ``investment``,
        ``supplement`` or ``supervision``.
    present : collection of str
        Codes of the clauses it has.

    Examples
    --------
    >>> [item.code for item in missing_clauses("framework", {"expiry", "signatories"})]
    ['next_step', 'not_binding', 'confidentiality']
    """
    return tuple(item for item in needed_clauses(kind) if item.code not in present)


def check_clauses(kind: str, present: Collection[str]) -> list[Finding]:
    """Return one warning for each clause that is absent."""
    text = N_("The text has no clause on %(name)s. %(why)s Add it, or note why not.")
    return [
        Finding(
            f"clause {item.code}",
            say(text, name=item.name, why=item.why),
            "warning",
            "clause.absent",
        )
        for item in missing_clauses(kind, present)
    ]
