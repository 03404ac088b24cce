"""Fair competition: what a rule table says of an incentive; unknown is amber."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yanlian.progress.data import both, rule_table, words
from yanlian.text import Say

LEVELS = ("green", "amber", "red")
# What is asked of an incentive beside its kind and legal basis: yes, no or unknown.
QUESTIONS = ("one_firm", "tied_to_tax", "forces_seat", "local_purchase", "published")


@dataclass(frozen=True)
class Rule:
    """A rule about incentives.

    Attributes
    ----------
    key : str
    level : str
        ``red`` or ``amber``.
    kinds : tuple of str
        Kinds of incentive it speaks of; all when empty.
    when : tuple of (str, str)
        Fields and values that have to hold together; an empty value means that the
        field is empty, ``*`` that it is not.
    reason, basis : Say
    text_seen : bool
        Whether the wording was checked against the text of the regulation.
    """

    key: str
    level: str
    kinds: tuple[str, ...]
    when: tuple[tuple[str, str], ...]
    reason: Say
    basis: Say
    text_seen: bool


@dataclass(frozen=True)
class Check:
    """The result for one incentive.

    Attributes
    ----------
    level : str
        ``green``, ``amber`` or ``red``.
    rules : tuple of Rule
        Rules that speak against it, the gravest first.
    """

    level: str
    rules: tuple[Rule, ...]


@functools.cache
def default_rules() -> tuple[Rule, ...]:
    """Return the rules that come with the program."""
    return read_rules(rule_table("competition"))


def read_rules(rows: Iterable[Mapping[str, str]]) -> tuple[Rule, ...]:
    """Return rules from the rows of a table.

    An office may keep its own table; its columns are those of
    ``progress/competition.csv``.
    """
    found = []
    for row in rows:
        when = tuple(
            (field.strip(), value.strip())
            for field, _, value in (part.partition("=") for part in words(row["when"]))
        )
        found.append(
            Rule(
                row["rule"],
                row["level"],
                words(row["kinds"]),
                when,
                both(dict(row), "reason"),
                both(dict(row), "basis"),
                row["text_seen"] == "yes",
            )
        )
    return tuple(found)


def check_incentive(
    incentive: Mapping[str, str], rules: Iterable[Rule] | None = None
) -> Check:
    """Return what the rules say of an incentive.

    Parameters
    ----------
    incentive : mapping of str to str
        ``kind``, ``legal_basis`` and the answers to :data:`QUESTIONS`; an answer that
        is neither yes nor no is ``unknown``, and what is unknown is amber.
    rules : iterable of Rule, optional
        The rules of the office; those of the program when none are given.

    Examples
    --------
    >>> answers = dict.fromkeys(QUESTIONS, "no") | {"published": "yes"}
    >>> check_incentive({"kind": "tax", "legal_basis": "", **answers}).level
    'amber'
    >>> check_incentive({"kind": "rent", "legal_basis": "Decree 12", **answers}).level
    'green'
    """
    given = {key: _answer(incentive.get(key, "")) for key in QUESTIONS}
    given |= {"legal_basis": incentive.get("legal_basis", "").strip()}
    kind = incentive.get("kind", "").strip()
    given |= {"kind": kind if kind in _kinds() else ""}
    broken = [
        rule
        for rule in (default_rules() if rules is None else rules)
        if (not rule.kinds or kind in rule.kinds)
        and all(_holds(given.get(field, ""), value) for field, value in rule.when)
    ]
    broken.sort(key=lambda rule: -LEVELS.index(rule.level))
    return Check(broken[0].level if broken else "green", tuple(broken))


@functools.cache
def _kinds() -> frozenset[str]:
    return frozenset(row["code"] for row in rule_table("incentives"))


def _answer(text: str) -> str:
    word = text.strip().lower()
    return word if word in {"yes", "no"} else "unknown"


def _holds(given: str, wanted: str) -> bool:
    return bool(given) if wanted == "*" else given == wanted
