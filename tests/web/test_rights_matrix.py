"""Every role × kind of record × verb × visibility × relation, from the tables themselves.

What is expected is said here anew, in a few lines of plain rules; what happens is asked
of the queries, the actions and the masks. A kind, a verb, a role or a visibility that is
added comes in by itself.
"""

import datetime
import itertools

import pytest
from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from tests.people import person
from yanlian_web.desk.acting import acting, may_see
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.masks import MASKS, Reading
from yanlian_web.desk.models import KINDS
from yanlian_web.desk.models.base import RESTRICTED, VISIBILITIES
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import RIGHTS, ROLES, VERBS

DAY = datetime.date(2026, 1, 2)
RELATIONS = ("mine", "mate", "office", "other")
SEEN = tuple(key for key, _ in VISIBILITIES)


class Undone(Exception):
    """Ends a savepoint: what an action has stored is taken back."""


# Rules of the office: only who decides writes them.
DECIDED = frozenset({"competition-rule"})
WRITING = frozenset({"add", "change", "archive", "restore"})


def expected(role, kind, verb, visibility, relation):
    """Say in plain rules whether a member may do something to a record."""
    if kind in DECIDED and verb in WRITING and role not in RIGHTS["decide"]:
        return False
    if role not in RIGHTS[VERBS[verb]]:
        return False
    if verb == "add":
        return True
    if relation == "other":
        # Shared with all offices: to read, on its page; never to work with.
        return verb == "see" and visibility == "all"
    seen = (
        role == "head"
        or relation == "mine"
        or visibility in {"office", "all"}
        or (visibility == "team" and relation == "mate")
    )
    if verb == "unmask":
        return seen and relation == "mine"
    return seen


class Maker:
    """Makes rows of any kind past the rules of the desk: only who sees them matters."""

    def __init__(self):
        self.count = 0
        self.base = {}

    def made(self, model, office, owner, visibility):
        self.count += 1
        values = {
            "office": office, "owner": owner, "made_by": owner, "visibility": visibility,
        }  # fmt: skip
        names = {field.name for field in model._meta.concrete_fields}
        values = {name: value for name, value in values.items() if name in names}
        if getattr(model, "kind", "") == "meeting":
            values["secrecy"] = RESTRICTED
        for field in model._meta.concrete_fields:
            if field.name in values or field.primary_key or field.has_default():
                continue
            if isinstance(field, models.ForeignKey):
                if not field.null:
                    values[field.name] = self.target(model, field, office, owner)
            elif not field.null:
                values[field.name] = self.plain(field)
        for kind, field in MASKS:
            if kind == getattr(model, "kind", ""):
                values[field] = f"{self.count}"
        row = model(**values)
        row.save(force_insert=True)
        return row

    def target(self, model, field, office, owner):
        there = field.related_model
        if there in (Member, Office):
            return owner if there is Member else office
        once = field.unique or any(
            field.name in getattr(rule, "fields", ())
            for rule in model._meta.constraints
        )
        if once:
            return self.made(there, office, owner, "office")
        if (there, office.pk) not in self.base:
            self.base[there, office.pk] = self.made(there, office, owner, "office")
        return self.base[there, office.pk]

    def plain(self, field):
        if isinstance(field, models.DateTimeField):
            return datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
        if isinstance(field, models.DateField):
            return DAY
        if isinstance(field, models.IntegerField | models.FloatField):
            return self.count
        if isinstance(field, models.BooleanField):
            return False
        if isinstance(field, models.JSONField):
            return {}
        return f"{self.count}"[: field.max_length or 10]


@pytest.fixture
def cast(people, office, other_office):
    """For each role a member with a team, a team-mate, a colleague, and a stranger."""
    found = {}
    for role in ROLES:
        member = person(f"m-{role}", office, role).member
        Member.objects.filter(pk=member.pk).update(team=f"t-{role}")
        mate = person(f"mate-{role}", office, "officer").member
        Member.objects.filter(pk=mate.pk).update(team=f"t-{role}")
        found[role] = {
            "mine": Member.objects.get(pk=member.pk),
            "mate": Member.objects.get(pk=mate.pk),
            "office": people["bo"].member,
            "other": people["chen"].member,
        }
    return found


def allowed(action):
    """Tell whether an action is let through; a rule of the desk is no lack of a right."""
    try:
        with transaction.atomic():
            action()
            raise Undone
    except PermissionDenied:
        return False
    except Exception:
        # Empty or senseless values trip over some rule: the right was there.
        return True


def outcome(verb, member, kind, row, listed):
    model = KINDS[kind]
    act = {"by": member, "kind": kind, "pk": row.pk}
    if verb == "list":
        return row.pk in listed
    if verb == "see":
        return may_see(member, row)
    if verb == "export":
        # Files are made of what the list finds.
        return member.role in RIGHTS["export"] and row.pk in listed
    if verb == "unmask":
        fields = [field for k, field in MASKS if k == kind]
        read = Reading(member, "test", None)
        return all(read.clear(row, field) for field in fields) and may_see(member, row)
    if verb == "change":
        return allowed(lambda: record_change(**act, version=None, values={}))
    if verb == "archive":
        return allowed(lambda: record_archive(**act, version=None, why="Test"))
    if verb == "restore":
        return allowed(lambda: record_restore(**act))

    def locked():
        with acting(member, f"desk.test.{verb}", right=VERBS[verb]) as act:
            act.lock(model, row.pk)

    return allowed(locked)


def test_every_case_is_as_the_rules_say(cast, office, other_office):
    maker = Maker()
    wrong, count, open_ = [], 0, 0
    masked = {kind for kind, _ in MASKS}
    for kind, role in itertools.product(KINDS, ROLES):
        member = cast[role]["mine"]
        rows = {
            (visibility, relation): maker.made(
                KINDS[kind],
                other_office if relation == "other" else office,
                cast[role][relation],
                visibility,
            )
            for visibility in SEEN
            for relation in RELATIONS
        }
        listed = set(KINDS[kind].objects.seen_by(member).values_list("pk", flat=True))
        added = allowed(lambda m=member, k=kind: record_add(by=m, kind=k, values={}))
        for (visibility, relation), verb in itertools.product(rows, VERBS):
            count += 1
            should = expected(role, kind, verb, visibility, relation)
            if verb == "add":
                does = added
            elif verb == "unmask" and kind not in masked:
                # Nothing of it is masked: whoever sees it sees all of it.
                should = expected(role, kind, "see", visibility, relation)
                does = outcome("see", member, kind, rows[visibility, relation], listed)
            else:
                does = outcome(verb, member, kind, rows[visibility, relation], listed)
            if does is None:
                open_ += 1
            if does != should:
                wrong.append((role, kind, verb, visibility, relation, does))
    assert wrong == []
    assert open_ == 0
    assert count == len(ROLES) * len(KINDS) * len(VERBS) * len(SEEN) * len(RELATIONS)
    print(f"{count} cases of role, kind, verb, visibility and relation; none open")  # noqa: T201


@pytest.mark.parametrize("role", ROLES)
def test_who_has_no_team_has_no_team_mates(cast, office, role):
    """Neither an empty team nor one of the same name in another office is a team."""
    member = cast[role]["mine"]
    Member.objects.filter(office=office).update(team="")
    member.team = ""
    row = Maker().made(KINDS["person"], office, cast[role]["office"], "team")
    row.refresh_from_db()
    assert may_see(member, row) == (role == "head")
    assert KINDS["person"].objects.seen_by(member).filter(pk=row.pk).exists() == (role == "head")  # fmt: skip


def test_rows_without_owner_belong_to_the_team_of_their_maker(cast, office):
    member, mate = cast["officer"]["mine"], cast["officer"]["mate"]
    row = Maker().made(KINDS["person"], office, mate, "team")
    KINDS["person"].objects.filter(pk=row.pk).update(owner=None)
    row = KINDS["person"].objects.get(pk=row.pk)
    assert may_see(member, row)
    assert KINDS["person"].objects.seen_by(member).filter(pk=row.pk).exists()
    KINDS["person"].objects.filter(pk=row.pk).update(owner=cast["officer"]["office"])
    row = KINDS["person"].objects.get(pk=row.pk)
    assert not may_see(member, row)
    assert not KINDS["person"].objects.seen_by(member).filter(pk=row.pk).exists()


def test_every_right_has_words_and_every_verb_a_right():
    from yanlian_web.offices.rights import WORDS

    assert set(WORDS) == set(RIGHTS)
    assert set(VERBS.values()) <= set(RIGHTS)
    assert all(holders <= set(ROLES) for holders in RIGHTS.values())


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_field_that_is_masked_is_there(kind):
    names = {field.name for field in KINDS[kind]._meta.concrete_fields}
    assert {field for k, field in MASKS if k == kind} <= names
