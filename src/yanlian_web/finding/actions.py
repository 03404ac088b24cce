"""Actions of finding: views kept, and fields changed on lists and put back."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import QueryDict

from yanlian.text import N_, say
from yanlian_web.desk.acting import acting, refuse, wrong
from yanlian_web.desk.actions.promises import promise_move, promise_move_back
from yanlian_web.desk.actions.records import record_change
from yanlian_web.desk.models import KINDS, Record
from yanlian_web.desk.models.base import OFFICE, OWN, TEAM
from yanlian_web.finding.cells import cell_of
from yanlian_web.finding.lists import LONGEST, VIEWED, normal
from yanlian_web.finding.models import SavedView
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.offices.rights import may

# Of one list; more are no help to anybody.
MOST_VIEWS = 30


def views_of(member: Member, page: str = "") -> Any:
    """Return the views a member has: own ones, those of the team, and of the office."""
    mine = Q(owner_id=member.pk)
    shared = Q(visibility=OFFICE)
    if member.team:
        shared |= Q(visibility=TEAM, owner__team=member.team)
    found = SavedView.objects.filter(mine | shared, office_id=member.office_id).live()
    if page:
        found = found.filter(page=page)
    return found.select_related("owner__user").order_by("page", "pk")


def view_save(
    *,
    by: Member,
    page: str,
    query: QueryDict | str,
    name_en: str = "",
    name_zh: str = "",
    visibility: str = OWN,
    first: bool = False,
) -> SavedView:
    """Keep a list with its filters and shape under a name.

    Raises
    ------
    PermissionDenied
        When somebody who only reads shares it.
    Refused
    """
    right = "see" if visibility == OWN else "write"
    with acting(by, "desk.saved-view.added", right=right) as act:
        view = SavedView(
            page=page,
            query=normal(query),
            name_en=name_en.strip(),
            name_zh=name_zh.strip(),
            visibility=visibility,
            first=first,
            owner=by,
        )
        refuse(*_wrong(by, view))
        act.add(view)
        _only_first(act, view)
        return view


def view_change(
    *,
    by: Member,
    pk: int,
    version: int | None,
    name_en: str,
    name_zh: str,
    first: bool,
) -> SavedView:
    """Give a view another name, or open the list with it from now on.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with acting(by, "desk.saved-view.changed", right="see") as act:
        view = _mine(act, by, pk, version)
        view.name_en, view.name_zh = name_en.strip(), name_zh.strip()
        view.first = first
        refuse(*_wrong(by, view))
        act.save(view)
        act.about(view)
        _only_first(act, view)
        return view


def view_drop(*, by: Member, pk: int, version: int | None) -> None:
    """Take a view away; the log keeps that it was there.

    Raises
    ------
    PermissionDenied, Conflict
    """
    with acting(by, "desk.saved-view.archived", right="see") as act:
        view = _mine(act, by, pk, version)
        view.archived_on = act.day
        act.save(view)
        act.about(view)


def _mine(act: Any, by: Member, pk: int, version: int | None) -> SavedView:
    """Return a view that a member may change: its owner, or the head a shared one."""
    view: SavedView = act.lock(SavedView, pk, version)
    shared = view.visibility != OWN and may(by, "decide")
    if view.owner_id != by.pk and not shared:
        raise PermissionDenied
    return view


def _wrong(by: Member, view: SavedView) -> list[Any]:
    found = []
    if view.page not in VIEWED:
        text = say(N_("There is no such list."))
        found.append(wrong("page", text, "view.page"))
    if view.visibility not in {OWN, TEAM, OFFICE}:
        text = say(N_("Choose for whom the view is."))
        found.append(wrong("visibility", text, "view.for"))
    if view.visibility == TEAM and not by.team:
        text = say(
            N_(
                "You belong to no team, so that nobody would have this view. Keep it "
                "for yourself or for the office."
            )
        )
        found.append(wrong("visibility", text, "view.team"))
    if len(view.query) > LONGEST:
        text = say(
            N_("Found filters of %(size)s letters. Expected at most %(most)s; take some away."),
            size=len(view.query),
            most=LONGEST,
        )  # fmt: skip
        found.append(wrong("query", text, "view.query"))
    others = views_of(by, view.page).exclude(pk=view.pk)
    names = [name for name in (view.name_en, view.name_zh) if name]
    same = others.filter(Q(name_en__in=names) | Q(name_zh__in=names)).first()
    if same is not None:
        text = say(
            N_("You have a view %(name)s of this list already. Give another name."),
            name=str(same),
        )
        where = "name_en" if same.name_en in names else "name_zh"
        found.append(wrong(where, text, "view.twice"))
    if view.pk is None and others.filter(owner=by).count() >= MOST_VIEWS:
        text = say(
            N_("You have %(most)s views of this list. Take one away first."),
            most=MOST_VIEWS,
        )
        found.append(wrong("", text, "view.most"))
    return found


def _only_first(act: Any, view: SavedView) -> None:
    """Let no other view of the same people open the list."""
    if not view.first:
        return
    others = SavedView.objects.filter(
        office_id=view.office_id, page=view.page, visibility=view.visibility, first=True
    ).exclude(pk=view.pk)
    if view.visibility == OWN:
        others = others.filter(owner=view.owner)
    elif view.visibility == TEAM:
        others = others.filter(owner__team=act.by.team)
    for pk in list(others.live().values_list("pk", flat=True)):
        other = act.lock(SavedView, pk)
        other.first = False
        act.save(other)
    act.about(view)


def cell_set(
    *,
    by: Member,
    kind: str,
    pk: int,
    version: int | None,
    field: str,
    value: Any,
    why: str = "",
) -> tuple[Record, LogLine | None]:
    """Change one field of a record on its list.

    Returns
    -------
    (record, line)
        The record as it is now, and the line of the log by which the change can be put
        back; None when nothing changed.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    cell_of(kind, field)
    record: Record
    if (kind, field) == ("promise", "due_on"):
        record = promise_move(by=by, pk=pk, version=version, due_on=value, why=why)
    else:
        record = record_change(
            by=by, kind=kind, pk=pk, version=version, values={field: value}
        )
    if version is not None and record.version == version:
        return record, None
    line = LogLine.objects.filter(
        office_id=by.office_id, subject=record.ref, by=by.user
    ).first()
    return record, line


def cell_undo(*, by: Member, line: int, version: int) -> Record:
    """Put back what a member changed on a list; refused when it was changed since.

    Parameters
    ----------
    by : Member
        Who made the change.
    line : int
        Line of the log that says what was changed.
    version : int
        Of the record right after that change.

    Raises
    ------
    PermissionDenied
        When it is not a change of one field by this member.
    Conflict
        When somebody has changed the record since.
    Refused
    """
    found = LogLine.objects.filter(
        pk=line, office_id=by.office_id, by_id=by.user_id
    ).first()
    ref, field, old, new = _one_change(found)
    kind, _, number = ref.partition(":")
    name = field.removesuffix("_id")
    cell_of(kind, name)
    record = KINDS[kind].objects.filter(pk=int(number), office_id=by.office_id).first()
    if record is None:
        raise PermissionDenied
    if _plain(getattr(record, field)) != new and record.version == version:
        text = say(N_("It holds something else by now, so nothing was put back."))
        refuse(wrong("", text, "cell.changed"))
    if (kind, name) == ("promise", "due_on"):
        day = datetime.date.fromisoformat(old)
        return promise_move_back(
            by=by, pk=record.pk, version=version, due_on=day, line=line
        )
    with acting(by, f"desk.{kind}.changed") as act:
        record = act.lock(KINDS[kind], record.pk, version)
        setattr(record, field, old)
        act.save(record)
        act.about(record)
        act.note(undoes=line)
        return record


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _one_change(line: LogLine | None) -> tuple[str, str, Any, Any]:
    """Return record, field, old and new value of a line that changed one field."""
    changes = line.data.get("changes", {}) if line is not None else {}
    if len(changes) != 1:
        raise PermissionDenied
    ((ref, fields),) = changes.items()
    if line is None or ref != line.subject or len(fields) != 1:
        raise PermissionDenied
    ((field, (old, new)),) = fields.items()
    return ref, field, old, new
