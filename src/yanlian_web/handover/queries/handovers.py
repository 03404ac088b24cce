"""The members with what they answer for, and what a handover can take along."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from yanlian_web.desk.acting import today
from yanlian_web.desk.models import KINDS
from yanlian_web.desk.models.base import HELD, OPEN
from yanlian_web.handover.held import MOST, held
from yanlian_web.handover.models import Handover
from yanlian_web.handover.models.records import STATES
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import RIGHTS

# Counted in the list of members: what is said of each.
COUNTED = ("promise", "deal", "agreement", "meeting", "gap")
SHOWN = 50


def handover_list(member: Member) -> dict[str, Any]:
    """Return the members of an office with what they hold, and the last handovers.

    Asks a fixed number of times.
    """
    day = today()
    people = list(
        Member.objects.filter(office_id=member.office_id)
        .select_related("user")
        .order_by("pk")
    )
    counts: dict[str, dict[int, int]] = {}
    for kind, records in held(member, member).items():
        if kind in COUNTED:
            # The same question for everybody at once.
            every = KINDS[kind].objects.seen_by(member).live()
            every = every.filter(_open(kind), owner__in=people)
            counts[kind] = _by_owner(every)
            if kind == "promise":
                counts["late"] = _by_owner(every.filter(due_on__lt=day))
        del records
    given = list(
        Handover.objects.seen_by(member)
        .live()
        .select_related("giver__user", "receiver__user")[:SHOWN]
    )
    return {
        "rows": [
            {
                "member": who,
                "counts": [counts[kind].get(who.pk, 0) for kind in COUNTED],
                "late": counts["late"].get(who.pk, 0),
                "active": who.user.is_active,
            }
            for who in people
            if who.role in RIGHTS["write"]
            or any(counts[kind].get(who.pk) for kind in COUNTED)
        ],
        "given": [
            {
                "handover": row,
                "state": row.state,
                "label": STATES[row.state],
                "count": len(row.moved),
            }
            for row in given
        ],
        "unconfirmed": [
            row
            for row in given
            if row.state == "given" and row.receiver_id == member.pk
        ],
        "today": day,
    }


def _open(kind: str) -> Q:
    from yanlian_web.desk.duties import HANDED

    return HANDED[kind]


def _by_owner(records: Any) -> dict[int, int]:
    rows = records.order_by().values_list("owner_id").annotate(n=Count("pk"))
    return dict(rows)


def successors(giver: Member) -> list[Member]:
    """Return who can take over from a member."""
    return list(
        Member.objects.filter(
            office_id=giver.office_id,
            role__in=RIGHTS["write"],
            user__is_active=True,
        )
        .exclude(pk=giver.pk)
        .select_related("user")
        .order_by("pk")
    )


def give_page(giver: Member, viewer: Member, sent: set[str] | None) -> dict[str, Any]:
    """Return the records to choose from, by kind; real ones are chosen at first.

    Parameters
    ----------
    giver, viewer : Member
    sent : set of str, optional
        References that were chosen before, when the form comes back.
    """
    groups: list[dict[str, Any]] = []
    room = MOST
    rest = 0
    real = False
    for kind, records in held(giver, viewer).items():
        total = records.count()
        rows = list(_with_names(kind, records)[: max(room, 0)]) if total else []
        room -= len(rows)
        rest += total - len(rows)
        real = real or any(not row.training for row in rows)
        if rows:
            groups.append({"kind": kind, "label": KINDS[kind].label, "rows": rows})
    for group in groups:
        group["rows"] = [
            {
                "record": row,
                "company": getattr(row, "company", None),
                "internal": getattr(row, "secrecy", OPEN) != OPEN
                or row.visibility in HELD,
                "on": _day_of(row),
                "checked": row.ref in sent
                if sent is not None
                else not (real and row.training),
            }
            for row in group["rows"]
        ]
    return {
        "groups": groups,
        "rest": rest,
        "total": sum(len(group["rows"]) for group in groups),
        "mixed": real and any(r["record"].training for g in groups for r in g["rows"]),
    }


def _with_names(kind: str, records: Any) -> Any:
    names = {field.name for field in KINDS[kind]._meta.concrete_fields}
    return records.select_related("company") if "company" in names else records


def _day_of(record: Any) -> Any:
    for name in ("due_on", "next_on", "on", "from_on", "plan_until", "stage_on"):
        found = getattr(record, name, None)
        if found:
            return found
    return None
