"""Moving the rows of one company to another, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils import timezone

from yanlian_web.desk.acting import Act
from yanlian_web.desk.models import Company, CompanyLink, Record
from yanlian_web.merging.models import Merge
from yanlian_web.merging.relations import WAYS, Way, column, moving, rows_of, value_of

Columns = tuple[str, ...]
# Why something does not go back: it was changed since, belongs to a third company now,
# hangs together with what belonged to the company that stayed, or is not there any more.
CHANGED, ELSEWHERE, BOUND, GONE = "changed", "elsewhere", "bound", "gone"


def carry(act: Act, merged: Company, survivor: Company, twin: str) -> list[list[Any]]:
    """Move what refers to a company to another one.

    Parameters
    ----------
    act : Act
    merged, survivor : Company
    twin : str
        Why a row is archived whose like the other company has.

    Returns
    -------
    list of list
        For each row its relation, its number, and why it was archived, or nothing.
    """
    found = []
    for label, way in moving():
        rows = [
            row
            for row in rows_of(label, merged).select_for_update(of=("self",))
            if not _between(row, survivor)
        ]
        mine = list(rows_of(label, survivor)) if rows else []
        hard, soft = _once(label, way)
        rows = [row for row in rows if not _among(row, mine, hard)]
        live = [row for row in mine if _live(row)]
        doubled = [row for row in rows if _live(row) and _among(row, live, soft)]
        _put(act, label, rows, value_of(label, survivor), dict.fromkeys(doubled, twin))
        found += [[label, row.pk, twin if row in doubled else ""] for row in rows]
    return found


def _live(row: Any) -> bool:
    return getattr(row, "archived_on", None) is None


def _between(row: Any, survivor: Company) -> bool:
    """Tell whether a relation would lead from the company that stays to itself.

    Only archived ones can: a live one stops the merge. They stay where they are.
    """
    return isinstance(row, CompanyLink) and survivor.pk in {row.parent_id, row.child_id}


def _once(label: str, way: Way) -> tuple[list[Columns], list[Columns]]:
    """Return by which columns a company has a row once.

    Returns
    -------
    hard, soft : list of tuple of str
        What the database refuses twice: such a row stays where it is. And what is
        archived when the other company has it.
    """
    model, own = column(label)
    hard: list[Columns] = [()] if own.unique else []
    soft: list[Columns] = [way.same] if way.same else []
    for constraint in model._meta.constraints:
        if (
            not isinstance(constraint, models.UniqueConstraint)
            or own.name not in constraint.fields
        ):
            continue
        others = tuple(
            model._meta.get_field(name).attname  # type: ignore[union-attr]
            for name in constraint.fields
            if name != own.name
        )
        of_live = constraint.condition == models.Q(archived_on=None)
        (soft if of_live else hard).append(others)
    return hard, soft


def _among(row: Any, others: Iterable[Any], groups: Iterable[Columns]) -> bool:
    """Tell whether one of some rows is equal to another in a group of columns."""
    return any(
        all(getattr(row, name) == getattr(other, name) for name in names)
        for names in groups
        for other in others
    )


def _put(
    act: Act,
    label: str,
    rows: list[Any],
    value: Any,
    archived: dict[Any, str] | None = None,
) -> None:
    """Let rows refer to a company; each is a change with a version of its own."""
    _, own = column(label)
    for row in rows:
        changed = {own.attname}
        changes = {own.attname: [getattr(row, own.attname), value]}
        setattr(row, own.attname, value)
        if isinstance(row, Record):
            if row in (archived or {}):
                changes |= _archive(act, row, (archived or {})[row])
            row.version += 1
            row.changed_at = timezone.now()
            changed |= {*changes, "version", "changed_at"}
            act.moved(row, changes)
        # One by one: whoever keeps something beside a record is told by its being saved.
        row.save(update_fields=sorted(changed))


def _archive(act: Act, row: Record, why: str) -> dict[str, list[Any]]:
    """Archive a row, or bring it back when there is no reason; return what changed."""
    before = (row.archived_on and row.archived_on.isoformat(), row.archived_why)
    row.archived_on, row.archived_why = act.day if why else None, why
    return {
        "archived_on": [before[0], act.day.isoformat() if why else None],
        "archived_why": [before[1], why],
    }


@dataclass
class Back:
    """What goes back when a merge is taken apart, and what does not.

    Attributes
    ----------
    rows : dict
        By relation, the rows that go back.
    twins : dict
        By relation, the numbers of those that were archived by the merge and still are.
    along : Counter
        By relation, how many of them were made since and hang on one that goes back.
    stayed : list of dict
        ``of`` (a relation, or ``field``), ``ref`` and ``why``.
    since : Counter
        By relation, how many were made since and stay.
    fields : dict
        Values of the company that stays, as they are put back.
    """

    rows: dict[str, list[Any]] = field(default_factory=dict)
    twins: dict[str, set[int]] = field(default_factory=dict)
    along: Counter[str] = field(default_factory=Counter)
    stayed: list[dict[str, str]] = field(default_factory=list)
    since: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Any] = field(default_factory=dict)


class _Groups:
    """Rows that have to belong to one company, as groups."""

    def __init__(self) -> None:
        self._above: dict[Any, Any] = {}

    def of(self, node: Any) -> Any:
        """Return the first of the group of a row."""
        while self._above.setdefault(node, node) != node:
            node = self._above[node]
        return node

    def join(self, one: Any, other: Any) -> None:
        """Put two rows into one group."""
        self._above[self.of(one)] = self.of(other)


def back_of(merge: Merge, survivor: Company) -> Back:
    """Return what would go back now; nothing is stored.

    Rows that hang on one another, as a promise on its deal, have to belong to one
    company: all of them go back, or none when one of them is of the company that stays.
    """
    entries: dict[str, dict[int, str]] = {}
    for label, pk, why in merge.rows:
        entries.setdefault(label, {})[pk] = why
    found = Back()
    here = {label: list(rows_of(label, survivor)) for label, _ in moving()}
    groups, nodes = _bound(here)
    fixed = {
        groups.of(node)
        for node, (label, row) in nodes.items()
        if row.pk not in entries.get(label, {}) and row.made_at <= merge.made_at
    }
    going = {
        groups.of(node)
        for node, (label, row) in nodes.items()
        if row.pk in entries.get(label, {})
    } - fixed
    for label, rows in here.items():
        known = entries.get(label, {})
        model = column(label)[0]._meta.label
        for row in rows:
            group = groups.of((model, row.pk))
            if row.pk in known and group in fixed:
                found.stayed.append(_staying(label, row.pk, BOUND))
            elif row.pk in known:
                found.rows.setdefault(label, []).append(row)
                if known[row.pk] and getattr(row, "archived_why", "") == known[row.pk]:
                    found.twins.setdefault(label, set()).add(row.pk)
            elif group in going and _since(row, merge):
                found.rows.setdefault(label, []).append(row)
                found.along[label] += 1
            elif _since(row, merge):
                found.since[label] += 1
        missing = known.keys() - {row.pk for row in rows}
        there = set(
            column(label)[0]
            ._base_manager.filter(pk__in=missing)
            .values_list("pk", flat=True)
        )
        found.stayed += [
            _staying(label, pk, ELSEWHERE if pk in there else GONE)
            for pk in sorted(missing)
        ]
    _fields_back(merge, survivor, found)
    return found


def _since(row: Any, merge: Merge) -> bool:
    made = getattr(row, "made_at", None)
    return made is not None and made > merge.made_at


def _staying(label: str, pk: int, why: str) -> dict[str, str]:
    model = column(label)[0]
    kind = getattr(model, "kind", "") or model._meta.model_name
    return {"of": label, "ref": f"{kind}:{pk}", "why": why}


def _bound(
    here: dict[str, list[Any]],
) -> tuple[_Groups, dict[Any, tuple[str, Any]]]:
    """Return the groups of rows that hang on one another, and the rows by their node."""
    groups = _Groups()
    parents = {
        column(label)[0]._meta.get_field(name).related_model._meta.label  # type: ignore[union-attr]
        for label, way in WAYS.items()
        for name in way.bound
    }
    nodes = {
        (column(label)[0]._meta.label, row.pk): (label, row)
        for label, rows in here.items()
        if WAYS[label].bound or column(label)[0]._meta.label in parents
        for row in rows
    }
    for (model, pk), (label, row) in nodes.items():
        for name in WAYS[label].bound:
            own = row._meta.get_field(name)
            node = (own.related_model._meta.label, getattr(row, own.attname))
            if node in nodes:
                groups.join((model, pk), node)
    return groups, nodes


def _fields_back(merge: Merge, survivor: Company, found: Back) -> None:
    """Say which values of the company that stays are put back."""
    for name, (before, after) in merge.fields.items():
        if name == "set_here":
            continue
        if getattr(survivor, name) == after or name == "visit_value":
            found.fields[name] = before
        else:
            found.stayed.append({"of": "field", "ref": name, "why": CHANGED})
    if "set_here" in merge.fields:
        before, after = merge.fields["set_here"]
        undone = {n for n in set(after) - set(before) if n in found.fields}
        found.fields["set_here"] = [n for n in survivor.set_here if n not in undone]


def carry_back(act: Act, back: Back, merged: Company) -> int:
    """Move rows back to the company they came from; return how many."""
    for label, rows in back.rows.items():
        twins = back.twins.get(label, set())
        archived = {row: "" for row in rows if row.pk in twins}
        _put(act, label, rows, value_of(label, merged), archived)
    return sum(len(rows) for rows in back.rows.values())
