"""What pages say about rights: who may what, what a member sees, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext

from yanlian.text import N_
from yanlian_web.desk.acting import may_see
from yanlian_web.desk.masks import MASKS
from yanlian_web.desk.models import KINDS, Company, Record
from yanlian_web.desk.models.base import (
    ALL,
    OFFICE,
    OWN,
    TEAM,
    VISIBILITIES,
    hidden_rows,
)
from yanlian_web.desk.queries.history import field_of
from yanlian_web.offices.middleware import may_look
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import RIGHTS, ROLES, WORDS
from yanlian_web.ui.templatetags.yl import name, person

# Kinds that stand on the page of what a member sees; the others hang on these.
SHOWN = (
    "company", "person", "contact", "organisation", "gap", "trip", "meeting", "promise",
    "deal", "agreement", "service",
)  # fmt: skip
# Who sees a row, in plain words.
ROWS = (
    (OWN, N_("Its owner, who entered it, and the head.")),
    (TEAM, N_("Also the owner's team-mates. Without a team nobody but the owner.")),
    (OFFICE, N_("Everybody in the office.")),
    (ALL, N_("Also the members of other offices of this installation; only to read.")),
)


def rights_page(member: Member) -> dict[str, Any]:
    """Return the table of roles and rights, of rows, and of masked fields."""
    labels = dict(VISIBILITIES)
    masks: dict[str, list[dict[str, Any]]] = {}
    for (kind, field), mask in MASKS.items():
        model = KINDS[kind]
        masks.setdefault(kind, []).append(
            {
                "label": field_of(model, field).verbose_name,
                "kind": model.label,
                "why": mask.why,
            }
        )
    return {
        "roles": ROLES,
        "rights": [
            {
                "label": label,
                "text": text,
                "held": [(role, role in RIGHTS[right]) for role in ROLES],
            }
            for right, (label, text) in WORDS.items()
        ],
        "rows": [(labels[key], text) for key, text in ROWS],
        "masks": [row for rows in masks.values() for row in rows],
        "seen": seen_counts(member),
    }


def seen_counts(member: Member) -> list[dict[str, Any]]:
    """Return how many records of each kind a member sees; asks once for each kind."""
    found = []
    for kind in SHOWN:
        model = KINDS[kind]
        counted = (
            model.objects.filter(office_id=member.office_id)
            .live()
            .order_by()
            .aggregate(
                total=Count("pk"), hidden=Count("pk", filter=hidden_rows(member))
            )
        )
        found.append(
            {
                "label": model.label,
                "seen": counted["total"] - counted["hidden"],
                "hidden": counted["hidden"],
            }
        )
    return found


def members_page(member: Member) -> list[dict[str, Any]]:
    """Return the members of the office: those who can sign in first. Asks once."""
    found = (
        Member.objects.filter(office_id=member.office_id)
        .select_related("user")
        .order_by("-user__is_active", "pk")
    )
    order = {role: place for place, role in enumerate(("head", "admin", "officer"))}
    rows = [{"member": m, "may_look": may_look(member, m)} for m in found]
    return sorted(
        rows,
        key=lambda row: (
            not row["member"].user.is_active,
            order.get(row["member"].role, len(order)),
        ),
    )


@dataclass(frozen=True)
class Why:
    """Which rule stands against seeing a record, and whom to ask; nothing of the record.

    Attributes
    ----------
    seen : bool
        Whether nothing stands against it.
    rule : str
        In the reader's language.
    ask : list of str
        Names of members to ask.
    record : Record or None
        Only when it may be seen.
    """

    seen: bool
    rule: str
    ask: list[str]
    record: Record | None = None


def why_hidden(member: Member, kind: str, pk: int) -> Why:
    """Return why a member cannot see a record.

    Of a record of another office that is not shared the answer is the one for a record
    that does not exist: nobody learns from it whether there is one.
    """
    model = KINDS.get(kind)
    record: Record | None = (
        model.objects.filter(pk=pk)
        .select_related("owner__user", "made_by__user")
        .first()
        if model
        else None
    )
    if record is not None and may_see(member, record):
        return Why(
            True, gettext("Nothing stands against it: you can see it."), [], record
        )
    if record is None or record.office_id != member.office_id:
        return Why(
            False,
            gettext(
                "In your office there is no such record. If it belongs to another office, "
                "only its own members see it unless they share it."
            ),
            heads_of(member.office),
        )
    owner = record.owner or record.made_by
    if record.visibility == TEAM:
        rule = (
            gettext("It is kept for the owner's team and the head. You are not in it.")
            if owner is None or owner.team
            else gettext(
                "It is kept for a team, and its owner belongs to none: only the owner "
                "and the head see it."
            )
        )
    else:
        rule = gettext("Its owner keeps it for themselves and the head of the office.")
    asked = [person(owner)] if owner is not None and owner.user.is_active else []
    return Why(False, rule, [*asked, *heads_of(member.office, but=owner)])


def heads_of(office: Office, but: Member | None = None) -> list[str]:
    """Return the names of the heads of an office who can sign in."""
    found = Member.objects.filter(
        office=office, role="head", user__is_active=True
    ).select_related("user")
    return [person(head) for head in found if but is None or head.pk != but.pk]


@dataclass(frozen=True)
class Exists:
    """That there is a company of a credit code, and nothing else of it.

    Attributes
    ----------
    code : str
    company : Company or None
        Only when the member may see it.
    own : bool
        Whether it is one of the member's own office that the member may not see.
    offices : list of str
        Other offices that have such a company.
    ask : list of str
        Whom to ask, of one's own office.
    """

    code: str
    company: Company | None
    own: bool
    offices: list[str]
    ask: list[str]

    @property
    def any(self) -> bool:
        """Tell whether there is one that the member cannot open."""
        return self.own or bool(self.offices)


def company_exists(member: Member, code: str) -> Exists:
    """Return whether a company with a credit code is on file, without what it says."""
    companies = Company.objects.filter(
        Q(archived_on=None), credit_code=code
    ).select_related("owner__user", "made_by__user", "office")
    seen: Company | None = None
    own, offices, ask = False, list[str](), list[str]()
    for company in companies:
        if company.office_id == member.office_id:
            if may_see(member, company):
                seen = company
                continue
            own = True
            owner = company.owner or company.made_by
            if owner is not None:
                ask.append(person(owner))
            ask += heads_of(member.office, but=owner)
        else:
            offices.append(name(company.office))
    return Exists(code, seen, own, sorted(set(offices)), list(dict.fromkeys(ask)))
