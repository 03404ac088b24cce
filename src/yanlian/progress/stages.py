"""Stages of a deal and their gates: one table serves form, board, API and page."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from yanlian.progress.data import both, rule_table
from yanlian.text import N_, Say, say


@dataclass(frozen=True)
class Stage:
    """A stage of a deal.

    Attributes
    ----------
    code : str
        ``S0`` to ``S13``; ``S7a`` does not bind, ``S7b`` does.
    order : int
        Position, from 0.
    name, report, entry : Say
        Name; usual word of reports; what is needed to enter.
    norm_days : int
        Days a deal usually stays; an office may keep its own.
    optional : bool
        Whether a deal may pass it by.
    milestone : str
        Milestone that must be verified to enter, or empty.
    """

    code: str
    order: int
    name: Say
    report: Say
    entry: Say
    norm_days: int
    optional: bool
    milestone: str


@dataclass(frozen=True)
class Requirement:
    """Something that must be there from a stage on.

    Attributes
    ----------
    key : str
    from_stage : str
        Stage whose gate asks for it first.
    only : bool
        Asked at that gate alone, not at later ones.
    kind : str
        ``field`` (noted on the deal), ``record`` (another record is there) or
        ``milestone`` (verified evidence).
    label, help, who : Say
        Name; what is meant; who can supply it.
    """

    key: str
    from_stage: str
    only: bool
    kind: str
    label: Say
    help: Say
    who: Say


@dataclass(frozen=True)
class Exit:
    """A state of a deal beside its stage.

    Attributes
    ----------
    code : str
        ``active``, ``on_hold``, ``lost``, ``abandoned`` or ``exited``.
    open : bool
        Whether the deal is still worked on.
    needs_place : bool
        Whether one has to say where the firm went.
    name, help : Say
    """

    code: str
    open: bool
    needs_place: bool
    name: Say
    help: Say


@functools.cache
def stages() -> tuple[Stage, ...]:
    """Return all stages in order."""
    return tuple(
        Stage(
            row["code"],
            order,
            both(row, "name"),
            both(row, "report"),
            both(row, "entry"),
            int(row["norm_days"]),
            row["optional"] == "yes",
            row["milestone"],
        )
        for order, row in enumerate(rule_table("stages"))
    )


@functools.cache
def requirements() -> tuple[Requirement, ...]:
    """Return all requirements in the order of their stages."""
    found = (
        Requirement(
            row["key"],
            row["from_stage"],
            bool(row["only"]),
            row["kind"],
            both(row, "label"),
            both(row, "help"),
            both(row, "who"),
        )
        for row in rule_table("requirements")
    )
    return tuple(sorted(found, key=lambda item: stage(item.from_stage).order))


@functools.cache
def exits() -> dict[str, Exit]:
    """Return the states of a deal by code, ``active`` first."""
    return {
        row["code"]: Exit(
            row["code"],
            row["open"] == "yes",
            row["needs_place"] == "yes",
            both(row, "name"),
            both(row, "help"),
        )
        for row in rule_table("exits")
    }


def stage(code: str) -> Stage:
    """Return a stage by its code.

    Raises
    ------
    KeyError
        When there is none.
    """
    return _by_code()[code]


@functools.cache
def _by_code() -> dict[str, Stage]:
    return {item.code: item for item in stages()}


def needed(code: str) -> tuple[Requirement, ...]:
    """Return what must be there to stand at a stage.

    A requirement holds from its stage on; one that is asked at its own gate only is
    not asked of deals that pass that gate by.

    Examples
    --------
    >>> [item.key for item in needed("S1")]
    ['company', 'reason', 'owner']
    """
    order = stage(code).order
    return tuple(
        item
        for item in requirements()
        if item.from_stage == code
        or (not item.only and stage(item.from_stage).order < order)
    )


def missing(held: Collection[str], code: str) -> tuple[Requirement, ...]:
    """Return what is still missing to stand at a stage.

    Parameters
    ----------
    held : collection of str
        Keys of the requirements that are met.
    code : str
        Stage.
    """
    return tuple(item for item in needed(code) if item.key not in held)


@dataclass(frozen=True)
class Move:
    """What a wish to move a deal leads to.

    Attributes
    ----------
    allowed : bool
    back : bool
        Whether it goes back; going back needs a reason and nothing else.
    missing : tuple of Requirement
    why : Say or None
        Why not, as a sentence.
    """

    allowed: bool
    back: bool
    missing: tuple[Requirement, ...] = ()
    why: Say | None = None


def check_move(held: Collection[str], here: str, to: str) -> Move:
    """Tell whether a deal may move from one stage to another.

    Going back is always allowed; going on needs all that the stage asks for. Several
    stages may be passed in one step when all their evidence is there, because the gate
    of the last asks for that of the others too.

    Parameters
    ----------
    held : collection of str
        Keys of the requirements that are met.
    here, to : str
        Stages.
    """
    if to == here:
        return Move(False, False, why=say(N_("The deal is at this stage already.")))
    if stage(to).order < stage(here).order:
        return Move(True, True)
    lacking = missing(held, to)
    if not lacking:
        return Move(True, False)
    text = say(
        N_("%(count)s things are missing for %(stage)s: %(list)s."),
        count=len(lacking),
        stage=stage(to).name,
        list=list_of(item.label for item in lacking),
    )
    return Move(False, False, lacking, why=text)


def list_of(texts: Iterable[Say]) -> Say:
    """Return texts as a list inside a sentence, in both languages."""
    listed = list(texts)
    return Say(
        ", ".join(item.en for item in listed), "\u3001".join(item.zh for item in listed)
    )


def ageing(days: int, code: str, norms: dict[str, int] | None = None) -> str:
    """Return how a deal's days in its stage stand against the norm.

    Returns
    -------
    str
        ``within`` the norm, ``above`` it, or ``late`` beyond one and a half times.

    Examples
    --------
    >>> [ageing(days, "S4") for days in (21, 22, 32)]
    ['within', 'above', 'late']
    """
    norm = (norms or {}).get(code, stage(code).norm_days)
    if days <= norm:
        return "within"
    return "late" if days > 1.5 * norm else "above"
