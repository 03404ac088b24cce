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
from yanlian_web.desk.models.base import THEIRS, stored
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.intake.bulk import Inserter, update_many
from yanlian_web.intake.kinds.base import QUESTION, STALE, Line, Written
from yanlian_web.intake.kinds.companies import COLUMNS, LEGAL, Companies
from yanlian_web.intake.models import KEEP, TAKE, Batch

# What is stored of a company that was changed.
STORED = [
    *COLUMNS, "set_here", "region_id", "local", "search", "sort", "archived_on",
    "archived_why", "version", "changed_at",
]  # fmt: skip


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
        self._sentences: dict[tuple[str, float], tuple[Any, ...]] = {}
        self._facts: list[Fact] = []
        self._sites: list[Site] = []

    def write(self, rows: Sequence[Line]) -> list[Written]:
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
        changes: dict[int, Written] = {}
        companies = self._enter(self._still_new(new), changes)
        companies |= self._change(old, changes)
        self._beside([row for row in rows if row.number in companies], companies, changes)  # fmt: skip
        return [change for change in changes.values() if change.made or change.changes]

    def _still_new(self, rows: Sequence[Line]) -> list[Line]:
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

    def _change_of(self, row: Line, company: Company, made: bool) -> Written:
        return Written(row.number, company.ref, made)

    def _enter(
        self, rows: Sequence[Line], changes: dict[int, Written]
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
        names = ("firm_id", "region_id", "local", "search", "sort", *COLUMNS)
        inserter = Inserter(
            Company, names, office=self.act.office, made_by=self.act.by, in_tables=False
        )
        numbers = inserter.insert([tuple(getattr(c, n) for n in names) for c in made])
        found = {}
        for row, company, pk in zip(rows, made, numbers, strict=True):
            company.pk = pk
            found[row.number] = company
            change = self._change_of(row, company, True)
            change.changes[company.ref] = {
                n: ["", row.values[n]] for n in COLUMNS if n in row.values
            }
            changes[row.number] = change
        stored.send(sender=Company, records=made)
        return found

    def _firm_id(self, wanted: str) -> str:
        firm_id = wanted
        while not firm_id or firm_id in self.firm_ids:
            firm_id = f"D{secrets.randbelow(10**8):08d}"
        self.firm_ids.add(firm_id)
        return firm_id

    def _change(
        self, rows: Sequence[Line], changes: dict[int, Written]
    ) -> dict[int, Company]:
        """Store what differs on companies on file; those changed meanwhile are left out."""
        on_file = {
            c.pk: c
            for c in Company.objects.select_for_update(no_key=True)
            .filter(office=self.act.office, pk__in=[row.record for row in rows])
            .order_by("pk")
        }
        found, changed = {}, []
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
                changed.append(company)
            changes[row.number] = change
        update_many(Company, STORED, changed)
        return found

    def _taken(self, row: Line, whole: bool = False) -> dict[str, Any]:
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
        rows: Sequence[Line],
        companies: dict[int, Company],
        changes: dict[int, Written],
    ) -> None:
        """Store facts, sites and representatives of companies."""
        facts: list[tuple[Any, ...]] = []
        sites: list[tuple[Any, ...]] = []
        legal: list[tuple[int, str, str]] = []
        fact_of, site_of = [], []
        known = _Refs(rows)
        for row in rows:
            company = companies[row.number]
            invented = company.training
            for key, (value, ref) in self._wanted(row, changes[row.number]).items():
                part, _, about = key.partition(":")
                if part == "fact":
                    fact = known.facts.get(ref)
                    if fact is not None:
                        self._restate(fact, about, value, changes[row.number])
                    else:
                        facts.append((company.pk, about, *self._said(about, value), invented))  # fmt: skip
                        fact_of.append(row.number)
                elif part == "site":
                    site = known.sites.get(ref)
                    if site is not None:
                        self._move(site, value, changes[row.number])
                    else:
                        sites.append((company.pk, about, value[:300], value, invented))
                        site_of.append(row.number)
                elif part == "post":
                    legal.append((row.number, str(value), ref))
        numbers = self._into(
            Fact, ("company_id", "field", "text_en", "text_zh", "value", "unit", "year", "training"),
            facts, basis="reported",
        )  # fmt: skip
        for number, pk, row_ in zip(fact_of, numbers, facts, strict=True):
            value = row_[3] if row_[4] is None else row_[4]
            name = "text_zh" if row_[4] is None else "value"
            changes[number].changes[f"fact:{pk}"] = {"field": ["", row_[1]], name: ["", value]}  # fmt: skip
        numbers = self._into(
            Site, ("company_id", "use", "name_zh", "address_zh", "training"),
            sites, basis="reported",
        )  # fmt: skip
        for number, pk, row_ in zip(site_of, numbers, sites, strict=True):
            changes[number].changes[f"site:{pk}"] = {"use": ["", row_[1]], "address_zh": ["", row_[3]]}  # fmt: skip
        update_many(Fact, ["text_en", "text_zh", "value", "source_on", "version", "changed_at"], self._facts)  # fmt: skip
        update_many(Site, ["name_zh", "address_zh", "source_on", "version", "changed_at"], self._sites)  # fmt: skip
        self._facts, self._sites = [], []
        self._legal(legal, companies, changes, known)

    def _wanted(self, row: Line, change: Written) -> dict[str, tuple[Any, str]]:
        """Return what a row says of facts, sites and people, and what held it before."""
        if change.made or not row.changes:
            return {k: (v, "") for k, v in row.values.items() if ":" in k}
        taken = self._taken(row)
        return {
            # Numbers that disagree stand beside each other; a person decides.
            key: (new, ref)
            for key, (_old, new, ref) in row.changes.items()
            if ":" in key and (key in taken or key.startswith("fact:"))
        }

    def _into(
        self,
        model: Any,
        names: Sequence[str],
        rows: Sequence[tuple[Any, ...]],
        **alike: Any,
    ) -> list[int]:
        inserter = Inserter(
            model, names, office=self.act.office, made_by=self.act.by,
            source=self.batch.source, source_on=self.batch.source_on, **alike,
        )  # fmt: skip
        return inserter.insert(rows)

    def _said(self, about: str, value: Any) -> tuple[Any, ...]:
        """Return text in both languages, number, unit and year of a fact."""
        if about not in NUMERIC:
            return "", str(value), None, "", None
        key = (about, float(value))
        if key not in self._sentences:
            fact = Fact(field=about, value=float(value), unit=UNITS.get(about, ""), year=self.kind.year_of(about))  # fmt: skip
            write_sentence(fact)
            self._sentences[key] = (fact.text_en, fact.text_zh, fact.value, fact.unit, fact.year)  # fmt: skip
        return self._sentences[key]

    def _restate(self, fact: Fact, about: str, value: Any, change: Written) -> None:
        """Let a fact that an earlier import of the source wrote say what it says now."""
        name = "value" if about in NUMERIC else "text_zh"
        old = getattr(fact, name)
        fact.text_en, fact.text_zh, fact.value, *_ = self._said(about, value)
        fact.source_on = self.batch.source_on
        fact.version += 1
        fact.changed_at = timezone.now()
        self._facts.append(fact)
        change.changes[fact.ref] = {name: [old, getattr(fact, name)]}

    def _move(self, site: Site, address: str, change: Written) -> None:
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
        changes: dict[int, Written],
        known: _Refs,
    ) -> None:
        """Enter representatives as people with their post; an earlier one ends."""
        people = [
            Person(
                office=self.act.office, made_by=self.act.by, side=THEIRS, name_zh=name,
                search=searched(name), sort=fold(name)[:300],
                training=companies[number].training,
            )
            for number, name, _ref in wanted
        ]  # fmt: skip
        names = ("name_zh", "search", "sort", "training")
        numbers = self._into(
            Person, names, [tuple(getattr(p, n) for n in names) for p in people],
            side=THEIRS,
        )  # fmt: skip
        posts, ended = [], []
        for (number, name, ref), person, pk in zip(wanted, people, numbers, strict=True):  # fmt: skip
            person.pk = pk
            changes[number].changes[person.ref] = {"name_zh": ["", name]}
            posts.append((pk, companies[number].pk, companies[number].training))
            before = known.posts.get(ref)
            if before is not None:
                before.until = max(self.batch.source_on, before.since or self.batch.source_on)  # fmt: skip
                before.version += 1
                before.changed_at = timezone.now()
                changes[number].changes[before.ref] = {"until": [None, before.until.isoformat()]}  # fmt: skip
                ended.append(before)
        stored.send(sender=Person, records=people)
        numbers = self._into(
            Post, ("person_id", "company_id", "training"), posts, title_en=LEGAL[0],
            title_zh=LEGAL[1], basis="reported",
        )  # fmt: skip
        for (number, *_), pk in zip(wanted, numbers, strict=True):
            changes[number].changes[f"post:{pk}"] = {"title_zh": ["", LEGAL[1]]}
        update_many(Post, ["until", "version", "changed_at"], ended)


class _Refs:
    """Facts, sites and posts that rows change, as they are now."""

    def __init__(self, rows: Sequence[Line]) -> None:
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
        return list(
            model.objects.select_for_update(no_key=True).filter(pk__in=pks).live()
        )


def codes_of(search: str) -> list[str]:
    """Return codes that only the tables know from what a company is found by."""
    return [p for p in search.split("|") if p.isalnum() and any(c.isdigit() for c in p)]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
