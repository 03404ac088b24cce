"""Companies of a file: found on file, compared field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from yanlian.identity import fold, match_names
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import may_see, refuse, wrong
from yanlian_web.desk.actions.companies import SET_HERE
from yanlian_web.desk.models import Company, Fact, Post, Site
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.desk.statements import TIMELESS, differ
from yanlian_web.intake.cleaning import check_code
from yanlian_web.intake.fields import NEEDED
from yanlian_web.intake.kinds.base import (
    PUT_AWAY,
    QUESTION,
    Diff,
    Kind,
    Parsed,
    closing,
    origins,
    same,
)
from yanlian_web.intake.models import COMPANY, NEW, SKIPPED, UPDATE, WRONG, Row

# Title under which a legal representative is entered and found.
LEGAL = ("Legal representative", "\u6cd5\u5b9a\u4ee3\u8868\u4eba")
# Rows compared by likeness of names at most: it is no lookup, it weighs each pair.
MOST_BY_NAMES = 5000
# What an import writes into the row of a company itself.
COLUMNS = (
    "credit_code", "name_zh", "name_en", "aliases", "former_names", "city_zh",
    "city_en", "products_zh", "products_en", "website", "status", "team", "note_zh",
    "note_en",
)  # fmt: skip
# Beside these a fact may stand that says something else.
BESIDE = {"products_zh": "products", "products_en": "products"}
NAMED = frozenset({"name_zh", "name_en"})
LISTED = frozenset({"aliases", "former_names"})


class Companies(Kind):
    """Import of companies."""

    what = COMPANY

    def keys(self, row: Parsed) -> list[str]:
        """Return by what a row may be the same as another one of the file."""
        found = []
        for name in ("credit_code", "firm_id"):
            if row.values.get(name):
                found.append(f"{name}:{row.values[name]}")
        if not row.values.get("credit_code"):
            for name in ("name_zh", "name_en"):
                if row.values.get(name):
                    found.append(f"name:{fold(row.values[name])}")
                    break
        return found

    def check(self, row: Parsed) -> None:
        """Note what is wrong with a row by itself."""
        code = row.values.get("credit_code")
        found = check_code(code) if code else None
        if found is not None:
            row.note("credit_code", found, wrong=True)
        if not any(row.values.get(name) for name in NEEDED[COMPANY]) and not row.wrong:
            text = say(N_("There is neither a name nor a code in this row."))
            row.note("name_zh", text, wrong=True)

    def begin(self, rows: Sequence[Parsed]) -> None:
        """Read codes and names of all companies of the office."""
        self.codes: dict[str, int] = {}
        self.firm_ids: dict[str, int] = {}
        self.names: dict[str, list[int]] = {}
        columns = ("pk", "firm_id", "credit_code", "name_zh", "name_en", "former_names")
        listed = Company.objects.filter(office=self.office).order_by("pk")
        for pk, firm_id, code, zh, en, former in listed.values_list(
            *columns
        ).iterator():
            self.firm_ids[firm_id] = pk
            if code:
                self.codes.setdefault(code, pk)
            for name in (zh, en, *(former.split(";") if former else ())):
                folded = fold(name) if name else ""
                if folded:
                    self.names.setdefault(folded, []).append(pk)
        self.likely: dict[int, tuple[int, float, str]] = {}
        if self.batch.by_names:
            self._weigh([row for row in rows if not row.wrong])

    def _weigh(self, rows: Sequence[Parsed]) -> None:
        """Compare the names of rows that nothing else finds with all on file."""
        lost = [row for row in rows if self._find(row)[0] is None]
        lost = [row for row in lost if _name(row)]
        if len(lost) > MOST_BY_NAMES:
            text = say(
                N_(
                    "%(count)s rows are not on file by their key. Names are compared "
                    "for at most %(most)s; import without it first, or split the file."
                ),
                count=f"{len(lost):,}",
                most=f"{MOST_BY_NAMES:,}",
            )
            refuse(wrong("by_names", text, "intake.names"))
        folded = list(self.names)
        found = match_names([_name(row) for row in lost], folded, most=1)
        for left, right, score, verdict in zip(
            found.left, found.right, found.score, found.verdict, strict=True
        ):
            pk = self.names[folded[int(right)]][0]
            self.likely[lost[int(left)].number] = (pk, float(score), str(verdict))

    def _find(self, row: Parsed) -> tuple[int | None, Say | None, bool]:
        """Return the company of a row, what is to be said, and whether that is wrong."""
        values, key = row.values, self.batch.key
        code = values.get("credit_code", "")
        if key == "firm_id" and values.get("firm_id"):
            return self.firm_ids.get(values["firm_id"]), None, False
        if key == "credit_code" and code in self.codes:
            return self.codes[code], None, False
        folded = [fold(values[n]) for n in ("name_zh", "name_en") if values.get(n)]
        pks = list(dict.fromkeys(p for n in folded for p in self.names.get(n, ())))
        if len(pks) > 1:
            text = say(
                N_(
                    "%(count)s companies on file bear this name. Give the credit code, "
                    "or merge them first."
                ),
                count=len(pks),
            )
            return None, text, True
        if not pks:
            return None, None, False
        if key == "name":
            return pks[0], None, False
        return pks[0], say(N_("Found on file by its exact name.")), False

    def plan(self, rows: Sequence[Parsed]) -> list[Row]:
        """Compare rows with what is on file."""
        matched: dict[int, int] = {}
        for row in rows:
            if row.wrong or row.repeats:
                continue
            pk, text, bad = self._find(row)
            if text is not None:
                row.note("", text, wrong=bad)
            likely = self.likely.get(row.number)
            if pk is None and likely is not None and not bad:
                pk = likely[0]
            if pk is not None:
                matched[row.number] = pk
        on_file = _OnFile(self, matched.values())
        return [
            self._row(row, on_file.companies.get(matched.get(row.number, 0)), on_file)
            for row in rows
        ]

    def _row(self, row: Parsed, company: Company | None, on_file: _OnFile) -> Row:
        made = Row(
            batch=self.batch,
            number=row.number,
            name=_name(row)[:300] or str(row.values.get("credit_code", "")),
            values=row.values,
            reasons=row.reasons,
        )
        likely = self.likely.get(row.number)
        if company is not None and not (row.wrong or row.repeats):
            self._refuse(row, company, bool(likely))
        if row.wrong or row.repeats:
            made.state = WRONG if row.wrong else SKIPPED
            made.values = {}
            return made
        if company is None:
            if self.batch.mode != UPDATE and not any(
                row.values.get(n) for n in ("name_zh", "name_en")
            ):
                row.note(
                    "name_zh",
                    say(
                        N_("It is not on file, and a new company needs a name."),
                    ),
                )
                made.state, made.values = WRONG, {}
                return made
            return closing(made, self.batch.mode, False)
        made.record, made.version = company.pk, company.version
        if company.archived_on:
            # The undo of an import put it away; another import brings it back.
            made.state = SKIPPED if self.batch.mode == UPDATE else NEW
            return made
        diff = self.diff(row, company, on_file)
        made.changes, made.clash = diff.changes, diff.clash
        if likely is not None and likely[0] == company.pk:
            score = f"{likely[1]:.0%}"
            if likely[2] == "same":
                text = say(
                    N_("Taken for %(name)s by its name (%(score)s)."),
                    name=str(company),
                    score=score,
                )
            else:
                made.clash.insert(0, QUESTION)
                text = say(
                    N_(
                        "It may be %(name)s (%(score)s); say whether it is. Until then "
                        "the row is left out."
                    ),
                    name=str(company),
                    score=score,
                )
            made.reasons.append(["", text.en, text.zh])
        return closing(made, self.batch.mode, True)

    def _refuse(self, row: Parsed, company: Company, likely: bool) -> None:
        """Note why a company on file cannot take what a row says."""
        if not may_see(self.by, company):
            text = say(
                N_(
                    "It is on file, and only its owner and the head may see it. Ask the "
                    "head of your office."
                )
            )
            row.note("", text, wrong=True)
        elif company.archived_on and not self.put_away(company):
            text = say(
                N_(
                    "This record was archived on %(day)s. Bring it back before you "
                    "change it."
                ),
                day=company.archived_on.isoformat(),
            )
            row.note("", text, wrong=True)
        code = row.values.get("credit_code", "")
        other = company.credit_code
        if code and other and other != code and not likely and not row.wrong:
            if self.codes.get(code) not in {None, company.pk}:
                text = say(N_("Another company on file has this code already."))
                row.note("credit_code", text, wrong=True)
            elif self.batch.key == "credit_code":
                text = say(
                    N_(
                        "A company of the same name is on file with the code %(code)s. "
                        "Correct the code in the file or on file."
                    ),
                    code=other,
                )
                row.note("credit_code", text, wrong=True)

    def put_away(self, company: Company) -> bool:
        """Tell whether the undo of an import archived a company."""
        return company.archived_why.startswith(PUT_AWAY)

    def diff(self, row: Parsed, company: Company, on_file: _OnFile) -> Diff:
        """Compare a row with its company."""
        diff = Diff()
        origin = on_file.origins.get(company.ref, {})
        for name in COLUMNS:
            if name in row.values:
                self._column(row, company, name, origin, diff)
        for name, value in row.values.items():
            part, _, about = name.partition(":")
            if part == "fact":
                self._fact(diff, name, about, value, on_file.facts[company.pk])
            elif part == "site":
                self._site(diff, name, about, value, on_file.sites[company.pk])
            elif part == "post":
                self._legal(diff, name, value, on_file.posts[company.pk])
        return diff

    def _column(
        self,
        row: Parsed,
        company: Company,
        name: str,
        origin: dict[str, tuple[str, Any]],
        diff: Diff,
    ) -> None:
        old, new = getattr(company, name), row.values[name]
        if name in LISTED:
            new = _joined(old, new)
        if same(old, new):
            return
        if name in NAMED and fold(new) in {
            fold(n) for n in company.former_names.split(";") if n
        }:
            row.note(name, say(N_("%(name)s is a former name on file."), name=new))
            return
        if not old or name in LISTED:
            diff.add(name, old, new)
            return
        source, written = origin.get(name, ("", None))
        clash = source != self.source or written != old
        if clash:
            row.note(name, self._whence(company, name, source, written, old))
        diff.add(name, old, new, clash=clash)

    def _whence(
        self, company: Company, name: str, source: str, written: Any, old: Any
    ) -> Say:
        """Return where a stored value comes from; the tables among others."""
        of_tables = company.in_tables and name in (*SET_HERE, "status")
        if of_tables and not source and name not in company.set_here:
            return say(N_("What is stored comes from the tables."))
        return self.whence(source, written, old)

    def year_of(self, about: str) -> int | None:
        """Return the year a number of the file is true of."""
        if about not in NUMERIC or about in TIMELESS:
            return None
        if about == "capital_cny":
            return int(self.batch.source_on.year)
        return int(self.batch.year or self.batch.source_on.year - 1)

    def _fact(
        self, diff: Diff, name: str, about: str, value: Any, facts: list[Fact]
    ) -> None:
        year = self.year_of(about)
        if about not in NUMERIC:
            known = [f for f in facts if f.field == about]
            if any(same(f.text_zh, value) or same(f.text_en, value) for f in known):
                return
            own = next((f for f in known if f.source == self.source), None)
            if own is not None and own.version == 1:
                diff.add(name, own.text_zh, value, ref=own.ref)
            else:
                diff.add(name, known[-1].text_zh if known else "", value)
            return
        known = [f for f in facts if f.field == about and f.year == year]
        values = [f.value for f in known if f.value is not None]
        if any(not differ(about, [v, value]) for v in values):
            return
        own = next((f for f in known if f.source == self.source), None)
        if own is not None and own.version == 1:
            diff.add(name, own.value, value, ref=own.ref)
        else:
            diff.add(name, values[-1] if values else None, value, clash=bool(values))

    def _site(
        self, diff: Diff, name: str, about: str, value: str, sites: list[Site]
    ) -> None:
        known = [s for s in sites if s.use == about]
        if any(same(s.address_zh, value) or same(s.address_en, value) for s in known):
            return
        own = next((s for s in known if s.source == self.source), None)
        if own is not None and own.version == 1:
            diff.add(name, own.address_zh, value, ref=own.ref)
            return
        old = (known[-1].address_zh or known[-1].address_en) if known else ""
        diff.add(name, old, value, clash=bool(known) and about == "seat")

    def _legal(self, diff: Diff, name: str, value: str, posts: list[Post]) -> None:
        if any(
            same(p.person.name_zh, value) or same(p.person.name_en, value)
            for p in posts
        ):
            return
        own = next((p for p in posts if p.source == self.source), None)
        last = own or (posts[-1] if posts else None)
        old = (last.person.name_zh or last.person.name_en) if last else ""
        diff.add(name, old, value, ref=last.ref if last else "", clash=bool(last) and own is None)  # fmt: skip


class _OnFile:
    """What the desk has on some companies, read in a few questions."""

    def __init__(self, kind: Companies, pks: Iterable[int]) -> None:
        wanted = list(dict.fromkeys(pks))
        self.companies = {
            c.pk: c for c in Company.objects.filter(pk__in=wanted, office=kind.office)
        }
        self.facts: dict[int, list[Fact]] = defaultdict(list)
        self.sites: dict[int, list[Site]] = defaultdict(list)
        self.posts: dict[int, list[Post]] = defaultdict(list)
        chosen = set(kind.batch.mapping)
        self.origins = origins(kind.batch, (c.ref for c in self.companies.values()))
        fields = [key[5:] for key in chosen if key.startswith("fact:")]
        if fields:
            facts = Fact.objects.filter(company__in=wanted, field__in=fields).live()
            for fact in facts.filter(draft=False).order_by("pk"):
                self.facts[fact.company_id].append(fact)
        uses = [key[5:] for key in chosen if key.startswith("site:")]
        if uses:
            sites = Site.objects.filter(company__in=wanted, use__in=uses).live()
            for site in sites.filter(until=None).order_by("pk"):
                self.sites[site.company_id].append(site)
        if "post:legal" in chosen:
            posts = legal_posts(wanted).select_related("person").order_by("pk")
            for post in posts:
                assert post.company_id is not None
                self.posts[post.company_id].append(post)


def legal_posts(companies: Iterable[int]) -> Any:
    """Return who represents companies now."""
    titled = Q(title_zh=LEGAL[1]) | Q(title_en__iexact=LEGAL[0])
    posts = Post.objects.filter(titled, company__in=list(companies), until=None)
    return posts.live()


def _name(row: Parsed) -> str:
    return str(row.values.get("name_zh") or row.values.get("name_en") or "")


def _joined(old: str, new: str) -> str:
    """Return names on file with those of the file that are not among them."""
    known = [part.strip() for part in old.split(";") if part.strip()]
    folded = {fold(part) for part in known}
    more = [p.strip() for p in new.split(";") if p.strip() and fold(p) not in folded]
    return "; ".join([*known, *more])
