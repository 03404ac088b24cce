"""What refers to a company, and how it moves when two companies are merged.

``WAYS`` is the one table of it. Whatever refers to companies and does not stand in it
stops a merge: rows that nobody thought of would be left behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models

from yanlian.text import N_
from yanlian_web.desk.models import Company

# How rows are treated: they move to the company that stays; they stay, being what was
# said of that very company; or they are never changed, and read as said of the other.
MOVE, STAY, READ = "move", "stay", "read"
# Names of columns that may hold the number or the reference of a company as a text.
TEXTS = frozenset(
    {"record", "subject", "company", "firm", "firm_id", "ref", "company_ref"}
)


@dataclass(frozen=True)
class Way:
    """How the rows of a relation are treated.

    Attributes
    ----------
    how : str
        ``MOVE``, ``STAY`` or ``READ``.
    label : str
        What the rows are called where they are counted.
    same : tuple of str
        Of two rows that are equal in these, one is enough: the other is archived.
    bound : tuple of str
        Relations to rows that have to belong to the same company.
    """

    how: str
    label: str
    same: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()


# By ``app.Model.column``. Rows of a kind are moved in this order.
WAYS: dict[str, Way] = {
    "desk.Deal.company": Way(MOVE, N_("Deals")),
    "desk.Agreement.company": Way(MOVE, N_("Agreements"), bound=("deal", "follows")),
    "desk.Meeting.company": Way(MOVE, N_("Meetings"), bound=("deal", "pair")),
    "desk.Promise.company": Way(
        MOVE, N_("Promises"), bound=("deal", "meeting", "agreement")
    ),
    "desk.Service.company": Way(MOVE, N_("Services"), bound=("deal",)),
    "desk.Post.company": Way(
        MOVE,
        N_("Posts of people"),
        same=("person_id", "title_en", "title_zh", "since", "until"),
    ),
    "desk.Fact.company": Way(
        MOVE,
        N_("Facts"),
        same=(
            "field", "text_en", "text_zh", "value", "unit", "year", "source",
            "source_on", "meeting_id",
        ),
        bound=("meeting",),
    ),
    "desk.Decision.company": Way(
        MOVE, N_("Decisions between sources"), same=("field", "year")
    ),
    "desk.Site.company": Way(
        MOVE, N_("Sites"), same=("use", "name_en", "name_zh", "until")
    ),
    "desk.CompanyLink.parent": Way(
        MOVE, N_("Companies below it"), same=("child_id", "relation", "since", "until")
    ),
    "desk.CompanyLink.child": Way(
        MOVE, N_("Companies above it"), same=("parent_id", "relation", "since", "until")
    ),
    "cultivate.Issue.company": Way(MOVE, N_("Issues"), bound=("meeting",)),
    "cultivate.Need.company": Way(MOVE, N_("Needs")),
    "cultivate.Capability.company": Way(MOVE, N_("Capabilities")),
    "cultivate.TouchPlan.company": Way(MOVE, N_("Touch plans")),
    "cultivate.LadderFact.company": Way(
        MOVE,
        N_("Facts for the ladder"),
        same=("measure", "value", "answer", "year", "source", "source_on"),
    ),
    # Reckoned anew, from the facts that moved.
    "cultivate.LadderStanding.company": Way(STAY, N_("Standings on the ladder")),
    "desk.Attachment.record": Way(MOVE, N_("Files")),
    "desk.Company.merged_into": Way(MOVE, N_("Companies merged into it before")),
    # Its own number in the tables.
    "desk.Company.firm_id": Way(READ, N_("Rows of the tables")),
    "desk.Event.company": Way(READ, N_("Events")),
    "desk.Event.subject": Way(READ, N_("Events")),
    "offices.LogLine.subject": Way(READ, N_("Lines of the log")),
    "intake.Change.subject": Way(READ, N_("Rows of imports")),
    "api.Delivery.ref": Way(READ, N_("Messages to other programs")),
    "merging.Suspect.first": Way(STAY, N_("Pairs in the queue")),
    "merging.Suspect.second": Way(STAY, N_("Pairs in the queue")),
    "merging.Apart.first": Way(STAY, N_("Pairs that are not the same")),
    "merging.Apart.second": Way(STAY, N_("Pairs that are not the same")),
    "merging.Merge.survivor": Way(STAY, N_("Earlier merges")),
    "merging.Merge.merged": Way(STAY, N_("Earlier merges")),
}  # fmt: skip


def relations() -> list[str]:
    """Return everything in the models that refers to companies, or may.

    Foreign keys and many-to-many relations, whatever they are called; relations to any
    kind of record; and texts whose name says that they hold a reference.
    """
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        label = model._meta.label
        found += [
            f"{label}.{field.name}"
            for field in model._meta.local_fields
            if _points(field) or (field.name in TEXTS and _text(field))
        ]
        found += [
            f"{label}.{field.name}"
            for field in model._meta.private_fields
            if isinstance(field, GenericForeignKey)
        ]
    return found


def _points(field: Any) -> bool:
    target = field.remote_field.model if field.remote_field else None
    return isinstance(target, type) and issubclass(target, Company)


def _text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def unknown() -> list[str]:
    """Return the relations that nobody has said how to move."""
    return [label for label in relations() if label not in WAYS]


def moving() -> list[tuple[str, Way]]:
    """Return the relations whose rows move, in their order."""
    return [(label, way) for label, way in WAYS.items() if way.how == MOVE]


def column(label: str) -> tuple[type[models.Model], Any]:
    """Return model and column of a relation."""
    app, model, name = label.split(".")
    found = apps.get_model(app, model)
    return found, found._meta.get_field(name)


def value_of(label: str, company: Company) -> Any:
    """Return what the column of a relation holds for a company."""
    _, field = column(label)
    return company.pk if _points(field) else company.ref


def rows_of(label: str, company: Company) -> models.QuerySet[Any]:
    """Return the rows of a relation that refer to a company, whoever may see them."""
    model, field = column(label)
    rows = model._base_manager.filter(**{field.attname: value_of(label, company)})
    # A reference in a text is unique within the whole installation.
    return rows.order_by("pk")
