"""Companies of an import written to the desk, many at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from yanlian.identity import fold
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act
from yanlian_web.desk.actions.companies import (
    SET_HERE,
    fill_region,
    fill_search,
    regions_by_name,
    searched,
)
from yanlian_web.desk.actions.facts import UNITS, write_sentence
from yanlian_web.desk.models import Company, Fact, Person, Post, Site
from yanlian_web.desk.models.base import THEIRS
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.intake.bulk import update_many
from yanlian_web.intake.kinds.base import QUESTION
from yanlian_web.intake.kinds.companies import COLUMNS, LEGAL, Companies
from yanlian_web.intake.models import KEEP, TAKE, Batch, Change, Row

# What is stored of a company that was changed.
STORED = [
    *COLUMNS, "set_here", "region_id", "local", "search", "sort", "archived_on",
    "archived_why", "version", "changed_at",
]  # fmt: skip
STALE = N_(
    "It was changed after the preview, so this row was left out. Import it again."
)


class Writer:
    """Writes the rows of an import in the transaction of an action.

    Attributes
    ----------
    left : dict of int to Say
        Rows that were left out, with the reason.
    """

    def __init__(self, act: Act, batch: Batch) -> None:
        self.act, self.batch = act, batch
        self.kind = Companies(batch, act.by, act.day)
        self.regions = regions_by_name(act.office)
        self.left: dict[int, Say] = {}
        known = Company.objects.filter(office=act.office)
        self.firm_ids = set(known.values_list("firm_id", flat=True))
        self.made = self.changed = 0
        self._facts: list[Fact] = []
        self._sites: list[Site] = []

    def write(self, rows: Sequence[Row]) -> list[Change]:
        """Store a chunk of rows; return what each of them changed."""
        new, old = [], []
        for row in rows:
            if row.record is None or (QUESTION in row.clash and row.choice == "new"):
                new.append(row)
            elif QUESTION in row.clash and row.choice != "same":
                self.left[row.number] = say(
                    N_("Nobody said whether it is the company on file.")
                )
            else:
                old.append(row)
        changes: dict[int, Change] = {}
        companies = self._enter(self._still_new(new), changes)
        companies |= self._change(old, changes)
        self._beside([row for row in rows if row.number in companies], companies, changes)  # fmt: skip
        return [change for change in changes.values() if change.made or change.changes]

    def _still_new(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows whose code nobody has entered since the preview."""
        codes = {r.values["credit_code"] for r in rows if r.values.get("credit_code")}
        taken = set(
            Company.objects.filter(
                office=self.act.office, credit_code__in=codes
            ).values_list("credit_code", flat=True)
        )
        found = []
        for row in rows:
            if row.values.get("credit_code") in taken:
                self.left[row.number] = say(STALE)
            else:
                found.append(row)
        return found

    def _change_of(self, row: Row, company: Company, made: bool) -> Change:
        return Change(
            office=self.act.office,
            batch=self.batch,
            number=row.number,
            subject=company.ref,
            made=made,
        )

    def _enter(
        self, rows: Sequence[Row], changes: dict[int, Change]
    ) -> dict[int, Company]:
        """Store new companies."""
        made = []
        for row in rows:
            company = Company(
                office=self.act.office,
                made_by=self.act.by,
                firm_id=self._firm_id(row.values.get("firm_id", "")),
                in_tables=False,
                **{n: row.values[n] for n in COLUMNS if n in row.values},
            )
            fill_region(self.act.office, company, self.regions)
            fill_search(company)
            made.append(company)
        Company.objects.bulk_create(made, batch_size=500)
        found = {}
        for row, company in zip(rows, made, strict=True):
            found[row.number] = company
            change = self._change_of(row, company, True)
            change.changes = {
                company.ref: {
                    n: ["", row.values[n]] for n in COLUMNS if n in row.values
                }
            }
            changes[row.number] = change
            self.act.event("filed", company, company=company)
        self.made += len(made)
        return found

    def _firm_id(self, wanted: str) -> str:
        firm_id = wanted
        while not firm_id or firm_id in self.firm_ids:
            firm_id = f"D{secrets.randbelow(10**8):08d}"
        self.firm_ids.add(firm_id)
        return firm_id

    def _change(
        self, rows: Sequence[Row], changes: dict[int, Change]
    ) -> dict[int, Company]:
        """Store what differs on companies on file; those changed meanwhile are left out."""
        on_file = {
            c.pk: c
            for c in Company.objects.select_for_update()
            .filter(office=self.act.office, pk__in=[row.record for row in rows])
            .order_by("pk")
        }
        found, stored = {}, []
        for row in rows:
            assert row.record is not None
            company = on_file.get(row.record)
            if company is None or company.version != row.version:
                self.left[row.number] = say(STALE)
                continue
            before = {name: getattr(company, name) for name in STORED}
            put_away = bool(company.archived_on)
            for name, value in self._taken(row, put_away).items():
                if name in COLUMNS:
                    self._set(company, name, value)
            if put_away:
                company.archived_on, company.archived_why = None, ""
            self._derived(company, before)
            fields = {
                name: [_plain(before[name]), _plain(getattr(company, name))]
                for name in (*COLUMNS, "set_here", "archived_on", "archived_why")
                if before[name] != getattr(company, name)
            }
            found[row.number] = company
            change = self._change_of(row, company, False)
            if fields:
                change.changes = {company.ref: fields}
                company.version += 1
                company.changed_at = timezone.now()
                stored.append(company)
            changes[row.number] = change
        update_many(Company, STORED, stored)
        self.changed += len(found)
        return found

    def _taken(self, row: Row, whole: bool = False) -> dict[str, Any]:
        """Return the values of a row that are to be stored, by target."""
        if whole:
            return dict(row.values)
        choice = row.choice if row.choice in {KEEP, TAKE} else self.batch.clashes
        return {
            key: new
            for key, (_old, new, _ref) in row.changes.items()
            if key not in row.clash or choice == TAKE
        }

    def _set(self, company: Company, name: str, value: Any) -> None:
        old = getattr(company, name)
        setattr(company, name, value)
        # A company that took another name is found by the earlier one too.
        if name == "name_zh" and old and fold(old) not in fold(company.former_names):
            parts = [p.strip() for p in company.former_names.split(";") if p.strip()]
            company.former_names = "; ".join([*parts, old])[:1000]

    def _derived(self, company: Company, before: dict[str, Any]) -> None:
        if company.in_tables:
            more = [n for n in SET_HERE if getattr(company, n) != before[n]]
            company.set_here = list(dict.fromkeys([*company.set_here, *more]))
        elif any(getattr(company, n) != before[n] for n in ("city_en", "city_zh")):
            fill_region(self.act.office, company, self.regions)
        named = ("name_zh", "name_en", "credit_code", "city_zh", "city_en", "aliases", "former_names")  # fmt: skip
        if any(getattr(company, n) != before[n] for n in named):
            fill_search(company, *codes_of(before["search"]))

    def _beside(
        self,
        rows: Sequence[Row],
        companies: dict[int, Company],
        changes: dict[int, Change],
    ) -> None:
        """Store facts, sites and representatives of companies."""
        facts: list[tuple[int, Fact]] = []
        sites: list[tuple[int, Site]] = []
        legal: list[tuple[int, str, str]] = []
        known = _Refs(rows)
        for row in rows:
            company = companies[row.number]
            fresh = changes[row.number].made
            if fresh or not row.changes:
                wanted = {k: (v, "") for k, v in row.values.items()}
            else:
                taken = self._taken(row)
                wanted = {
                    # Numbers that disagree stand beside each other; a person decides.
                    key: (new, ref)
                    for key, (_old, new, ref) in row.changes.items()
                    if key in taken or key.startswith("fact:")
                }
            for key, (value, ref) in wanted.items():
                part, _, about = key.partition(":")
                if part == "fact":
                    fact = known.facts.get(ref)
                    if fact is not None:
                        self._restate(fact, about, value, changes[row.number])
                    else:
                        facts.append((row.number, self._fact(company, about, value)))
                elif part == "site":
                    site = known.sites.get(ref)
                    if site is not None:
                        self._move(site, value, changes[row.number])
                    else:
                        sites.append((row.number, self._site(company, about, value)))
                elif part == "post":
                    legal.append((row.number, str(value), ref))
        self._store(Fact, facts, changes, ("text_zh", "value", "unit", "year"))
        self._store(Site, sites, changes, ("address_zh",))
        update_many(Fact, ["text_en", "text_zh", "value", "source_on", "version", "changed_at"], self._facts)  # fmt: skip
        update_many(Site, ["name_zh", "address_zh", "source_on", "version", "changed_at"], self._sites)  # fmt: skip
        self._facts, self._sites = [], []
        self._legal(legal, companies, changes, known)

    def _store(
        self,
        model: Any,
        made: Sequence[tuple[int, Any]],
        changes: dict[int, Change],
        told: Sequence[str],
    ) -> None:
        model.objects.bulk_create([record for _, record in made], batch_size=500)
        for number, record in made:
            changes[number].changes[record.ref] = {
                name: ["", _plain(getattr(record, name))]
                for name in told
                if getattr(record, name) not in (None, "")
            }

    def _common(self, company: Company) -> dict[str, Any]:
        return {
            "office": self.act.office,
            "made_by": self.act.by,
            "source": self.batch.source,
            "source_on": self.batch.source_on,
            "training": company.training,
        }

    def _fact(self, company: Company, about: str, value: Any) -> Fact:
        fact = Fact(
            company=company, field=about, basis="reported", **self._common(company)
        )
        if about in NUMERIC:
            fact.value = float(value)
            fact.unit = UNITS.get(about, "")
            fact.year = self.kind.year_of(about)
            write_sentence(fact)
        else:
            fact.text_zh = str(value)
        return fact

    def _restate(self, fact: Fact, about: str, value: Any, change: Change) -> None:
        """Let a fact that an earlier import of the source wrote say what it says now."""
        name = "value" if about in NUMERIC else "text_zh"
        old = getattr(fact, name)
        if about in NUMERIC:
            fact.value, fact.text_en, fact.text_zh = float(value), "", ""
            write_sentence(fact)
        else:
            fact.text_zh = str(value)
        fact.source_on = self.batch.source_on
        fact.version += 1
        fact.changed_at = timezone.now()
        self._facts.append(fact)
        change.changes[fact.ref] = {name: [old, getattr(fact, name)]}

    def _site(self, company: Company, use: str, address: str) -> Site:
        return Site(
            company=company,
            use=use,
            name_zh=address[:300],
            address_zh=address,
            basis="reported",
            **self._common(company),
        )

    def _move(self, site: Site, address: str, change: Change) -> None:
        change.changes[site.ref] = {"address_zh": [site.address_zh, address]}
        site.address_zh, site.name_zh = address, address[:300]
        site.source_on = self.batch.source_on
        site.version += 1
        site.changed_at = timezone.now()
        self._sites.append(site)

    def _legal(
        self,
        wanted: Sequence[tuple[int, str, str]],
        companies: dict[int, Company],
        changes: dict[int, Change],
        known: _Refs,
    ) -> None:
        """Enter representatives as people with their post; an earlier one ends."""
        people = []
        for number, name, _ref in wanted:
            person = Person(
                side=THEIRS, name_zh=name, search=searched(name), sort=fold(name)[:300],
                **self._common(companies[number]),
            )  # fmt: skip
            people.append((number, person))
        self._store(Person, people, changes, ("name_zh",))
        posts, ended = [], []
        for (number, _name, ref), (_, person) in zip(wanted, people, strict=True):
            company = companies[number]
            posts.append(
                (
                    number,
                    Post(
                        person=person, company=company, title_en=LEGAL[0],
                        title_zh=LEGAL[1], basis="reported", **self._common(company),
                    ),
                )
            )  # fmt: skip
            before = known.posts.get(ref)
            if before is not None:
                before.until = max(self.batch.source_on, before.since or self.batch.source_on)  # fmt: skip
                before.version += 1
                before.changed_at = timezone.now()
                changes[number].changes[before.ref] = {"until": [None, before.until.isoformat()]}  # fmt: skip
                ended.append(before)
        self._store(Post, posts, changes, ("title_zh",))
        update_many(Post, ["until", "version", "changed_at"], ended)


class _Refs:
    """Facts, sites and posts that rows change, as they are now."""

    def __init__(self, rows: Sequence[Row]) -> None:
        refs = [ref for row in rows for _o, _n, ref in row.changes.values() if ref]
        old = {ref: o for row in rows for o, _n, ref in row.changes.values() if ref}
        self.facts = {
            f.ref: f
            for f in self._read(Fact, refs)
            if old[f.ref] in (f.value, f.text_zh)
        }
        self.sites = {
            s.ref: s for s in self._read(Site, refs) if old[s.ref] == s.address_zh
        }
        self.posts = {p.ref: p for p in self._read(Post, refs) if p.until is None}

    @staticmethod
    def _read(model: Any, refs: Sequence[str]) -> list[Any]:
        pks = [int(r.split(":")[1]) for r in refs if r.startswith(f"{model.kind}:")]
        if not pks:
            return []
        return list(model.objects.select_for_update().filter(pk__in=pks).live())


def codes_of(search: str) -> list[str]:
    """Return codes that only the tables know from what a company is found by."""
    return [p for p in search.split("|") if p.isalnum() and any(c.isdigit() for c in p)]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
