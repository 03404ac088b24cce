"""People of a file: found on file by name and company, compared and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from yanlian.identity import fold
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, may_see
from yanlian_web.desk.actions.companies import searched
from yanlian_web.desk.models import Company, Contact, Organisation, Person, Post
from yanlian_web.desk.models.base import OURS, THEIRS, THIRD
from yanlian_web.intake.bulk import update_many
from yanlian_web.intake.cleaning import check_code
from yanlian_web.intake.kinds.base import (
    PUT_AWAY,
    STALE,
    Diff,
    Kind,
    Line,
    Parsed,
    Written,
    closing,
    origins,
    same,
)
from yanlian_web.intake.models import (
    KEEP,
    NEW,
    PERSON,
    SKIPPED,
    TAKE,
    UPDATE,
    WRONG,
    Batch,
    Row,
)

COLUMNS = ("name_zh", "name_en", "languages", "note_zh", "note_en")
STORED = [*COLUMNS, "search", "sort", "archived_on", "archived_why", "version", "changed_at"]  # fmt: skip
TITLES = ("title_zh", "title_en")
# What somebody is called at a place when the file does not say.
UNTITLED = ("Contact person", "\u8054\u7cfb\u4eba")
# The place of a row among its values: ``company:12`` or ``organisation:3``.
AT = "at"


class People(Kind):
    """Import of people with their posts and contact data."""

    what = PERSON

    def keys(self, row: Parsed) -> list[str]:
        """Return by what a row may be the same as another one of the file."""
        values = row.values
        if self.batch.key in {"mobile", "email"}:
            found = values.get(f"contact:{self.batch.key}")
            return [str(found)] if found else []
        name = fold(_name(row))
        place = values.get("place_code") or fold(values.get("place", ""))
        # Two rows with one name and no company may well be two people.
        return [f"name:{_name(row)} {place}"] if name and place else []

    def check(self, row: Parsed) -> None:
        """Note what is wrong with a row by itself."""
        if not _name(row) and not row.wrong:
            row.note("name_zh", say(N_("There is no name in this row.")), wrong=True)
        code = row.values.get("place_code")
        found = check_code(code) if code else None
        if found is not None:
            row.note("place_code", found, wrong=True)

    def begin(self, rows: Sequence[Parsed]) -> None:
        """Read companies and organisations, and people by name and contact data."""
        self.codes: dict[str, str] = {}
        self.places: dict[str, list[str]] = {}
        companies = Company.objects.seen_by(self.by).live().order_by("pk")
        columns = ("pk", "credit_code", "name_zh", "name_en", "former_names", "aliases")
        for pk, code, zh, en, former, also in companies.values_list(
            *columns
        ).iterator():
            ref = f"company:{pk}"
            if code:
                self.codes.setdefault(code, ref)
            for name in (zh, en, *former.split(";"), *also.split(";")):
                if fold(name):
                    self.places.setdefault(fold(name), []).append(ref)
        found = Organisation.objects.seen_by(self.by).live().order_by("pk")
        for pk, zh, en in found.values_list("pk", "name_zh", "name_en"):
            for name in (zh, en):
                if fold(name):
                    self.places.setdefault(fold(name), []).append(f"organisation:{pk}")
        self.held: dict[tuple[str, str], list[int]] = defaultdict(list)
        posts = Post.objects.filter(office=self.office, until=None)
        for pk, zh, en, company, organisation in posts.values_list(
            "person", "person__name_zh", "person__name_en", "company", "organisation"
        ).iterator():
            at = f"company:{company}" if company else f"organisation:{organisation}"
            for name in {fold(zh), fold(en)} - {""}:
                self.held[name, at].append(pk)
        self.reached: dict[str, int] = {}
        if self.batch.key in {"mobile", "email"}:
            contacts = Contact.objects.filter(office=self.office, means=self.batch.key)
            for value, pk in contacts.live().values_list("value", "person"):
                self.reached.setdefault(value, pk)

    def _place(self, row: Parsed) -> None:
        """Find the company or organisation of a row."""
        code, name = row.values.get("place_code"), row.values.get("place", "")
        if code and code in self.codes:
            row.values[AT] = self.codes[code]
            return
        found = list(dict.fromkeys(self.places.get(fold(name), ()))) if name else []
        if len(found) == 1:
            row.values[AT] = found[0]
        elif found:
            text = say(
                N_("%(count)s places on file are called %(name)s. Give the credit code."),
                count=len(found),
                name=name,
            )  # fmt: skip
            row.note("place", text, wrong=True)
        elif name or code:
            text = say(
                N_(
                    "%(name)s is not on file. Import or enter the company first, then "
                    "this file again."
                ),
                name=name or code,
            )
            row.note("place", text, wrong=True)

    def _find(self, row: Parsed) -> int | None:
        if self.batch.key in {"mobile", "email"}:
            value = row.values.get(f"contact:{self.batch.key}")
            return self.reached.get(value) if value else None
        at = row.values.get(AT)
        if not at:
            return None
        names = [fold(row.values[n]) for n in ("name_zh", "name_en") if n in row.values]
        found = [pk for name in names for pk in self.held.get((name, at), ())]
        pks = list(dict.fromkeys(found))
        if len(pks) > 1:
            text = say(
                N_(
                    "%(count)s people of this name are on file at this place. Match by "
                    "mobile or e-mail."
                ),
                count=len(pks),
            )
            row.note("", text, wrong=True)
        return pks[0] if len(pks) == 1 else None

    def plan(self, rows: Sequence[Parsed]) -> list[Row]:
        """Compare rows with what is on file."""
        matched: dict[int, int] = {}
        for row in rows:
            if row.wrong or row.repeats:
                continue
            self._place(row)
            pk = None if row.wrong else self._find(row)
            if pk is not None:
                matched[row.number] = pk
        on_file = _OnFile(self, matched.values())
        return [
            self._row(row, on_file.people.get(matched.get(row.number, 0)), on_file)
            for row in rows
        ]

    def _row(self, row: Parsed, person: Person | None, on_file: _OnFile) -> Row:
        made = Row(
            batch=self.batch, number=row.number, name=_name(row)[:300],
            values=row.values, reasons=row.reasons,
        )  # fmt: skip
        if person is not None and not row.wrong:
            if not may_see(self.by, person):
                text = say(
                    N_(
                        "It is on file, and only its owner and the head may see it. Ask "
                        "the head of your office."
                    )
                )
                row.note("", text, wrong=True)
            elif person.side == OURS:
                text = say(N_("One of our own officials; these are not imported."))
                row.note("", text, wrong=True)
            elif person.archived_on and not person.archived_why.startswith(PUT_AWAY):
                text = say(
                    N_(
                        "This record was archived on %(day)s. Bring it back before you "
                        "change it."
                    ),
                    day=person.archived_on.isoformat(),
                )
                row.note("", text, wrong=True)
        if row.wrong or row.repeats:
            made.state = WRONG if row.wrong else SKIPPED
            made.values = {}
            return made
        if person is None:
            return closing(made, self.batch.mode, False)
        made.record, made.version = person.pk, person.version
        if person.archived_on:
            made.state = SKIPPED if self.batch.mode == UPDATE else NEW
            return made
        diff = self.diff(row, person, on_file)
        made.changes, made.clash = diff.changes, diff.clash
        return closing(made, self.batch.mode, True)

    def diff(self, row: Parsed, person: Person, on_file: _OnFile) -> Diff:
        """Compare a row with its person."""
        diff = Diff()
        origin = on_file.origins.get(person.ref, {})
        for name in COLUMNS:
            if name not in row.values:
                continue
            old, new = getattr(person, name), row.values[name]
            if same(old, new):
                continue
            source, written = origin.get(name, ("", None))
            clash = bool(old) and (source != self.source or written != old)
            if clash:
                row.note(name, self.whence(source, written, old))
            diff.add(name, old, new, clash=clash)
        self._title(row, diff, on_file.posts[person.pk])
        contacts = on_file.contacts[person.pk]
        for name, value in row.values.items():
            if name.startswith("contact:"):
                known = [c.value for c in contacts if c.means == name[8:]]
                if value not in known:
                    diff.add(name, known[-1] if known else "", value)
        return diff

    def _title(self, row: Parsed, diff: Diff, posts: list[Post]) -> None:
        at = row.values.get(AT)
        if not at:
            return
        here = [p for p in posts if _at(p) == at]
        said = [n for n in TITLES if row.values.get(n)]
        if any(same(getattr(p, n), row.values[n]) for p in here for n in said):
            return
        if here and not said:
            return
        last = here[-1] if here else None
        for name in said or ["title_zh"]:
            old = getattr(last, name) if last else ""
            new = row.values.get(name, UNTITLED[1])
            diff.add(
                name, old, new, ref=last.ref if last else "",
                clash=bool(last) and last is not None and last.source != self.source,
            )  # fmt: skip


class _OnFile:
    """What the desk has on some people, read in a few questions."""

    def __init__(self, kind: People, pks: Iterable[int]) -> None:
        wanted = list(dict.fromkeys(pks))
        people = Person.objects.filter(pk__in=wanted, office=kind.office)
        self.people = {p.pk: p for p in people.select_related("owner", "made_by")}
        self.posts: dict[int, list[Post]] = defaultdict(list)
        self.contacts: dict[int, list[Contact]] = defaultdict(list)
        self.origins = origins(kind.batch, (p.ref for p in self.people.values()))
        current = Post.objects.filter(person__in=wanted, until=None).live()
        for post in current.order_by("pk"):
            self.posts[post.person_id].append(post)
        for contact in Contact.objects.filter(person__in=wanted).live().order_by("pk"):
            self.contacts[contact.person_id].append(contact)


class PeopleWriter:
    """Writes the rows of an import of people in the transaction of an action."""

    def __init__(self, act: Act, batch: Batch) -> None:
        self.act, self.batch = act, batch
        self.left: dict[int, Say] = {}

    def write(self, rows: Sequence[Line]) -> list[Written]:
        """Store a chunk of rows; return what each of them changed."""
        changes: dict[int, Written] = {}
        people = self._enter([r for r in rows if r.record is None], changes)
        people |= self._change([r for r in rows if r.record is not None], changes)
        self._beside([r for r in rows if r.number in people], people, changes)
        return [change for change in changes.values() if change.made or change.changes]

    def _change_of(self, row: Line, person: Person, made: bool) -> Written:
        return Written(row.number, person.ref, made)

    def _common(self, training: bool) -> dict[str, Any]:
        return {
            "office": self.act.office,
            "made_by": self.act.by,
            "source": self.batch.source,
            "source_on": self.batch.source_on,
            "training": training,
        }

    def _enter(
        self, rows: Sequence[Line], changes: dict[int, Written]
    ) -> dict[int, Person]:
        invented = self._training(rows)
        made = []
        for row in rows:
            person = Person(
                side=THIRD if str(row.values.get(AT, "")).startswith("org") else THEIRS,
                **{n: row.values[n] for n in COLUMNS if n in row.values},
                **self._common(row.values.get(AT) in invented),
            )
            _find_by(person)
            made.append(person)
        Person.objects.bulk_create(made, batch_size=500)
        for row, person in zip(rows, made, strict=True):
            change = self._change_of(row, person, True)
            change.changes = {
                person.ref: {n: ["", row.values[n]] for n in COLUMNS if n in row.values}
            }
            changes[row.number] = change
        return {row.number: person for row, person in zip(rows, made, strict=True)}

    def _training(self, rows: Sequence[Line]) -> set[str]:
        """Return the places that are training data; who belongs to them is, too."""
        found = set()
        for model in (Company, Organisation):
            refs = [str(r.values.get(AT, "")) for r in rows]
            pks = [int(r.split(":")[1]) for r in refs if r.startswith(f"{model.kind}:")]
            invented = model._base_manager.filter(pk__in=pks, training=True)
            found |= {f"{model.kind}:{pk}" for pk in invented.values_list("pk", flat=True)}  # fmt: skip
        return found

    def _change(
        self, rows: Sequence[Line], changes: dict[int, Written]
    ) -> dict[int, Person]:
        on_file = {
            p.pk: p
            for p in Person.objects.select_for_update(no_key=True)
            .filter(office=self.act.office, pk__in=[row.record for row in rows])
            .order_by("pk")
        }
        found, stored = {}, []
        for row in rows:
            assert row.record is not None
            person = on_file.get(row.record)
            if person is None or person.version != row.version:
                self.left[row.number] = say(STALE)
                continue
            before = {name: getattr(person, name) for name in STORED}
            for name, value in self._taken(row, bool(person.archived_on)).items():
                if name in COLUMNS:
                    setattr(person, name, value)
            person.archived_on, person.archived_why = None, ""
            _find_by(person)
            fields = {
                name: [_plain(before[name]), _plain(getattr(person, name))]
                for name in (*COLUMNS, "archived_on", "archived_why")
                if before[name] != getattr(person, name)
            }
            change = self._change_of(row, person, False)
            found[row.number], changes[row.number] = person, change
            if fields:
                change.changes = {person.ref: fields}
                person.version += 1
                person.changed_at = timezone.now()
                stored.append(person)
        update_many(Person, STORED, stored)
        return found

    def _taken(self, row: Line, whole: bool = False) -> dict[str, Any]:
        if whole:
            return dict(row.values)
        choice = row.choice if row.choice in {KEEP, TAKE} else self.batch.clashes
        return {
            key: new
            for key, (_old, new, _ref) in row.changes.items()
            if key not in row.clash or choice == TAKE
        }

    def _beside(
        self,
        rows: Sequence[Line],
        people: dict[int, Person],
        changes: dict[int, Written],
    ) -> None:
        """Store posts and contact data; a post that is followed by another one ends."""
        posts: list[tuple[int, Post]] = []
        contacts: list[tuple[int, Contact]] = []
        ending: dict[str, int] = {}
        for row in rows:
            person = people[row.number]
            whole = changes[row.number].made or not row.changes
            taken = dict(row.values) if whole else self._taken(row)
            at = str(row.values.get(AT, ""))
            if at and (whole or any(n in taken for n in TITLES)):
                posts.append((row.number, self._post(person, at, row)))
                ref = "" if whole else next((row.changes[n][2] for n in TITLES if n in taken), "")  # fmt: skip
                if ref:
                    ending[ref] = row.number
            contacts += [
                (row.number, self._contact(person, key[8:], str(value)))
                for key, value in taken.items()
                if key.startswith("contact:")
            ]
        pks = [int(ref.split(":")[1]) for ref in ending]
        ended = list(
            Post.objects.select_for_update(no_key=True).filter(pk__in=pks, until=None)
        )
        for post in ended:
            post.until = max(self.batch.source_on, post.since or self.batch.source_on)
            post.version += 1
            post.changed_at = timezone.now()
            changes[ending[post.ref]].changes[post.ref] = {
                "until": [None, post.until.isoformat()]
            }
        update_many(Post, ["until", "version", "changed_at"], ended)
        Post.objects.bulk_create([post for _, post in posts], batch_size=500)
        for number, post in posts:
            changes[number].changes[post.ref] = {"title_zh": ["", post.title_zh]}
        Contact.objects.bulk_create([c for _, c in contacts], batch_size=500)
        for number, contact in contacts:
            # Never the value: the log is kept when contact data expire.
            changes[number].changes[contact.ref] = {"means": ["", contact.means]}

    def _post(self, person: Person, at: str, row: Line) -> Post:
        kind, _, number = at.partition(":")
        en, zh = row.values.get("title_en", ""), row.values.get("title_zh", "")
        if not en and not zh:
            en, zh = UNTITLED
        return Post(
            person=person, title_en=en, title_zh=zh, basis="reported",
            **{f"{kind}_id": int(number)}, **self._common(person.training),
        )  # fmt: skip

    def _contact(self, person: Person, means: str, value: str) -> Contact:
        return Contact(
            person=person, means=means, value=value, purpose=self.batch.purpose,
            ground=self.batch.ground, expires_on=self.batch.expires_on,
            **self._common(person.training),
        )  # fmt: skip


def forget_contacts(batch: Batch) -> None:
    """Take contact data out of the rows of an import that was applied."""
    held = Row.objects.filter(batch=batch).filter(~Q(values={}) | ~Q(changes={}))
    stored = []
    for row in held.iterator(chunk_size=1000):
        kept = [{k: v for k, v in part.items() if not k.startswith("contact:")} for part in (row.values, row.changes)]  # fmt: skip
        if kept != [row.values, row.changes]:
            row.values, row.changes = kept
            stored.append(row)
    update_many(Row, ["values", "changes"], stored)


def _at(post: Post) -> str:
    if post.company_id:
        return f"company:{post.company_id}"
    return f"organisation:{post.organisation_id}"


def _find_by(person: Person) -> None:
    person.search = searched(person.name_en, person.name_zh)
    person.sort = fold(person.name_en or person.name_zh)[:300]


def _name(row: Parsed) -> str:
    return str(row.values.get("name_zh") or row.values.get("name_en") or "")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
