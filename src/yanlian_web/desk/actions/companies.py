"""Actions on companies: loaded from the tables, entered at the desk, checked."""

from __future__ import annotations

import datetime
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q

from yanlian import job
from yanlian.errors import Finding
from yanlian.identity import credit_code_ok, fold, search_text
from yanlian.tables import Table
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, acting, checks, follows, may_see, wrong
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import Company, CompanyLink, Site
from yanlian_web.desk.statements import tables_of
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import LogLine, Member, Office
from yanlian_web.studies import queries as studies

BATCH = 2000
# What a company takes over from its row of the tables.
FROM_TABLES = [
    "name_en", "name_zh", "city_en", "city_zh", "region_id", "products_en",
    "products_zh", "recognitions_en", "recognitions_zh", "lat", "lon", "revenue_cny",
    "revenue_year", "employees", "status", "local", "credit_code", "aliases", "search",
    "sort", "in_tables",
]  # fmt: skip
# Of these, what a person may set at the desk; it then stays whatever the tables say.
SET_HERE = (
    "name_en", "name_zh", "city_en", "city_zh", "products_en", "products_zh",
    "credit_code", "aliases",
)  # fmt: skip
# Above these a number is a typing error: no company is older, larger or richer.
MOST_EMPLOYEES, MOST_REVENUE_CNY = 5_000_000, 1e13
# Bytes; an entry of an index of PostgreSQL holds 2,704.
MOST_SEARCHED = 2400
# Shares of one company add up to one; sources round.
WHOLE = 1.005


def _number(value: float) -> float | None:
    return None if value != value else value


def _whole(value: float) -> int | None:
    return None if value != value else int(value)


def companies_load(
    *, office: Office, by: Any = None, table: Table | None = None
) -> int:
    """Load the companies of an office's workspace; unchanged tables are not read again.

    Anybody who may start the workbench may do this, in one transaction. What the tables
    say is taken over. What the desk has added to a company stays, and so does a company
    that has left the tables when the desk knows anything of it.

    Returns
    -------
    int
        Number of companies.
    """
    if table is None:
        table = job.open_workspace(office.folder).tables.get("firms")
    firms = table if table is not None else Table.of("firms", [])
    last = LogLine.objects.filter(office=office, code="desk.companies.loaded").first()
    if last and last.data.get("hash") == firms.hash:
        return len(firms)
    here = {
        company.firm_id: company
        for company in Company.objects.filter(office=office, version__gt=1)
    }
    made = [_company(office, row, here.get(row["firm_id"])) for row in firms.rows()]
    with transaction.atomic():
        Company.objects.filter(office=office, in_tables=True).update(in_tables=False)
        Company.objects.bulk_create(
            made,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["office", "firm_id"],
            update_fields=FROM_TABLES,
        )
        _forget(office)
        log(
            office,
            "desk.companies.loaded",
            by=by,
            count=len(made),
            hash=firms.hash,
        )
    return len(made)


def _forget(office: Office) -> None:
    """Take out copies of rows that left the tables and that nothing at the desk uses."""
    gone = Company.objects.filter(
        office=office, in_tables=False, version=1, made_by=None, owner=None
    )
    for relation in Company._meta.related_objects:
        name = relation.field.attname
        known = relation.related_model._base_manager.exclude(**{name: None})
        # A null among them would make the whole comparison unknown.
        gone = gone.exclude(pk__in=known.values(name))
    gone.delete()


def companies_value(*, office: Office) -> int:
    """Note the best value of a visit to each company, from the newest run of targets.

    The list of companies calls this before it is shown; it does something only when
    there is a run it has not seen, or companies were loaded since.

    Returns
    -------
    int
        Number of companies that are targets.
    """
    run_id = studies.latest(office, "targets") or ""
    codes = ("desk.companies.loaded", "desk.companies.valued")
    last = LogLine.objects.filter(office=office, code__in=codes).first()
    if last and last.code == codes[1] and last.subject == run_id:
        return int(last.data["count"])
    best: dict[str, float] = {}
    moved = moved_firms(office)
    for row in studies.rows(office, run_id, "targets") if run_id else ():
        if row["value"] == row["value"]:
            told = str(row["firm_id"])
            firm_id = moved.get(told, told)
            best[firm_id] = max(best.get(firm_id, 0.0), row["value"])
    with transaction.atomic():
        Company.objects.filter(office=office).exclude(visit_value=-1).update(
            visit_value=-1
        )
        for start in range(0, len(best), BATCH):
            chosen = list(best)[start : start + BATCH]
            some = list(Company.objects.filter(office=office, firm_id__in=chosen))
            for company in some:
                company.visit_value = best[company.firm_id]
            Company.objects.bulk_update(some, ["visit_value"], batch_size=500)
        log(office, codes[1], subject=run_id, count=len(best))
    return len(best)


def _company(
    office: Office, row: dict[str, Any], here: Company | None = None
) -> Company:
    """Return a company as its row says, but for what was set at the desk."""
    company = Company(
        office=office,
        firm_id=row["firm_id"],
        name_en=row["name_en"],
        name_zh=row["name_zh"],
        city_en=row["city_en"],
        city_zh=row["city_zh"],
        region_id=row["region_id"],
        products_en=row["products_en"],
        products_zh=row["products_zh"],
        recognitions_en=row["recognitions_en"],
        recognitions_zh=row["recognitions_zh"],
        lat=_number(row["lat"]),
        lon=_number(row["lon"]),
        revenue_cny=_number(row["revenue_cny"]),
        revenue_year=_whole(row["revenue_year"]),
        employees=_whole(row["employees"]),
        status=row["status"],
        credit_code=row["credit_code"],
        aliases=row["aliases"],
        local=bool(office.region_id) and row["region_id"] == office.region_id,
    )
    if here is not None:
        company.former_names = here.former_names
        for name in here.set_here:
            setattr(company, name, getattr(here, name))
    fill_search(company, row["stock_code"])
    return company


def searched(*names: str) -> str:
    """Return what a record is found by, as long as an index of PostgreSQL can hold it.

    What does not fit are the last of very many names, so the important ones go first.
    """
    return shortened(search_text(*names))


def shortened(text: str) -> str:
    """Return as many whole names of a search text as an index can hold."""
    if len(text.encode()) <= MOST_SEARCHED:
        return text
    cut = text.encode()[:MOST_SEARCHED].decode(errors="ignore")
    return cut.rpartition("|")[0] or cut


def fill_search(company: Company, *codes: str) -> None:
    """Fill in what a company is found and sorted by."""
    company.search = searched(
        company.name_en,
        company.name_zh,
        *codes,
        company.credit_code,
        company.city_en,
        company.city_zh,
        *company.former_names.split(";"),
        *company.aliases.split(";"),
    )
    company.sort = fold(company.name_en or company.name_zh)[:300]


@checks("company")
def _check_company(act: Act, company: Company, old: dict[str, Any]) -> list[Finding]:
    company.credit_code = (
        unicodedata.normalize("NFKC", company.credit_code).replace(" ", "").upper()
    )
    company.aliases = _listed(company.aliases)
    company.former_names = _listed(company.former_names)
    if old and company.in_tables:
        changed = [n for n in SET_HERE if getattr(company, n) != old[n]]
        company.set_here = list(dict.fromkeys([*company.set_here, *changed]))
    found = [] if old else _check_new(act, company)
    found += _check_merged(company)
    found += _check_code(act, company, old)
    found += _check_site_address(company)
    found += _check_numbers(company)
    place = ("city_en", "city_zh")
    if not company.in_tables and (
        not old or any(getattr(company, n) != old[n] for n in place)
    ):
        fill_region(act.office, company, regions_by_name(act.office))
    before = old.get("search", "") if company.in_tables else ""
    fill_search(company)
    # Codes that only the tables know stay among what the company is found by.
    both = (company.search + "|" + before).split("|")
    company.search = shortened("|".join(dict.fromkeys(part for part in both if part)))
    return found


def _listed(text: str) -> str:
    """Return names parted by semicolons, of either width, without spaces around."""
    parts = text.replace("\uff1b", ";").split(";")
    return "; ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _check_new(act: Act, company: Company) -> list[Finding]:
    company.in_tables = False
    known = Company.objects.filter(office=act.office)
    if company.firm_id:
        other = known.filter(firm_id=company.firm_id).first()
        if other is None:
            return []
        text = say(
            N_(
                "The number %(code)s is that of %(name)s. Leave it empty for a new one."
            ),
            code=company.firm_id,
            name=str(other),
        )
        return [wrong("firm_id", text, "company.firm_id")]
    while not company.firm_id or known.filter(firm_id=company.firm_id).exists():
        company.firm_id = f"D{secrets.randbelow(10**8):08d}"
    return []


def _check_code(act: Act, company: Company, old: dict[str, Any]) -> list[Finding]:
    code = company.credit_code
    if not code or code == old.get("credit_code"):
        return []
    if not credit_code_ok(code):
        text = say(
            N_(
                "Found %(code)s. Expected 18 digits and letters whose last one agrees "
                "with the others; a digit is mistyped or two are exchanged. Copy it "
                "from the licence."
            ),
            code=code,
        )
        return [wrong("credit_code", text, "company.code")]
    # One that was merged keeps its code, which belongs to the company it turned out to be.
    other = (
        Company.objects.filter(office=act.office, credit_code=code, merged_into=None)
        .exclude(pk=company.pk)
        .first()
    )
    if other is None:
        return []
    if not may_see(act.by, other):
        # That it exists, and whom to ask; nothing of what it says.
        text = say(
            N_(
                "A company with this credit code exists at another owner, %(who)s. One "
                "company is entered once: ask them to share it, or correct the code."
            ),
            who=str(other.owner or other.made_by or "\u2013"),
        )
        return [wrong("credit_code", text, "company.code_hidden")]
    text = say(
        N_(
            "%(name)s (%(firm)s) has this code already. One company is entered once: "
            "open that one, or correct the code."
        ),
        name=str(other),
        firm=other.firm_id,
    )
    return [wrong("credit_code", text, "company.code_twice")]


def _check_merged(company: Company) -> list[Finding]:
    if company.merged_into_id is None or company.archived_on is not None:
        return []
    text = say(
        N_(
            "This company was merged into %(name)s. To bring it back, take that merge "
            "apart."
        ),
        name=str(company.merged_into),
    )
    return [wrong("", text, "company.merged")]


def _check_site_address(company: Company) -> list[Finding]:
    company.website = company.website.strip()
    if not company.website:
        return []
    if "://" not in company.website:
        company.website = f"https://{company.website}"
    try:
        URLValidator(schemes=["http", "https"])(company.website)
    except ValidationError:
        text = say(
            N_("Found %(text)s. Expected an address such as www.example.cn."),
            text=company.website[:100],
        )
        return [wrong("website", text, "company.website")]
    return []


def _check_numbers(company: Company) -> list[Finding]:
    found = []
    for name, most in (
        ("employees", MOST_EMPLOYEES),
        ("revenue_cny", MOST_REVENUE_CNY),
    ):
        value = getattr(company, name)
        if value is not None and not 0 <= value <= most:
            found.append(wrong(name, out_of_range(value, 0, most), "company.number"))
    return found


def out_of_range(value: float, least: float, most: float) -> Say:
    """Return the sentence about a number that cannot be right."""
    return say(
        N_("Found %(value)s. Expected a number from %(least)s to %(most)s."),
        value=f"{value:,.10g}",
        least=f"{least:,.10g}",
        most=f"{most:,.10g}",
    )


def regions_by_name(office: Office) -> dict[str, str]:
    """Return the region of each name, folded; of two alike the first."""
    regions = tables_of(office).get("regions")
    found: dict[str, str] = {}
    for row in regions.rows() if regions is not None else ():
        for name in (row["name_en"], row["name_zh"]):
            if fold(name):
                found.setdefault(fold(name), row["region_id"])
    return found


def fill_region(office: Office, company: Company, regions: dict[str, str]) -> None:
    """Fill in the region whose name is that of the city; empty when none is."""
    names = (fold(name) for name in (company.city_en, company.city_zh) if name.strip())
    company.region_id = next((regions[n] for n in names if n in regions), "")
    company.local = bool(office.region_id) and company.region_id == office.region_id


@follows("company")
def _follow_company(act: Act, company: Company, old: dict[str, Any]) -> None:
    if not old:
        act.event("filed", company, company=company)


def company_checked(*, by: Member, pk: int, version: int | None = None) -> Company:
    """Note that somebody has looked through the record of a company and it is right."""
    with acting(by, "desk.company.checked") as act:
        company = act.lock(Company, pk)
        act.about(company)
        act.event("checked", company, company=company)
        return company


def _overlap(link: CompanyLink, others: Iterable[CompanyLink]) -> list[CompanyLink]:
    """Return the relations that are true on some day on which another is."""
    first, last = datetime.date.min, datetime.date.max
    return [
        other
        for other in others
        if (other.since or first) <= (link.until or last)
        and (link.since or first) <= (other.until or last)
    ]


@checks("company-link")
def _check_link(act: Act, link: CompanyLink, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, link)
    if not link.parent_id or not link.child_id:
        return found
    if link.parent_id == link.child_id:
        text = say(N_("A company is not its own parent. Choose another one."))
        return [*found, wrong("child", text, "link.self")]
    live = CompanyLink.objects.filter(office=act.office).live().exclude(pk=link.pk)
    beside = _overlap(link, live.filter(child=link.child_id))
    if any(
        o.parent_id == link.parent_id and o.relation == link.relation for o in beside
    ):
        text = say(N_("This relation is on file for the same time. Change that one."))
        found.append(wrong("parent", text, "link.twice"))
    if link.share is not None and link.relation == "owns":
        total = link.share + sum(
            o.share or 0 for o in beside if o.relation == "owns" and _on(o, link.since)
        )
        if total > WHOLE:
            text = say(
                N_(
                    "All shares together would be %(total)s %%. Expected at most 100 %%; "
                    "end an older relation first."
                ),
                total=f"{100 * total:.1f}",
            )
            found.append(wrong("share", text, "link.share"))
    if _above(act, link):
        text = say(
            N_(
                "%(child)s stands above %(parent)s in the group already, so it cannot "
                "stand below. Exchange the two or end the other relation."
            ),
            child=str(link.child),
            parent=str(link.parent),
        )
        found.append(wrong("child", text, "link.circle"))
    return found


def _on(link: CompanyLink, day: datetime.date | None) -> bool:
    """Tell whether a relation was true on a day; always at the very beginning."""
    if day is None:
        return link.since is None
    return (link.since or day) <= day <= (link.until or day)


def _above(act: Act, link: CompanyLink) -> bool:
    """Tell whether the child is an ancestor of the parent at some time of the link."""
    if link.relation == "partner":
        return False
    seen, level = {link.parent_id}, [link.parent_id]
    while level:
        above = CompanyLink.objects.filter(office=act.office, child__in=level).live()
        above = above.exclude(pk=link.pk).exclude(relation="partner")
        level = [o.parent_id for o in _overlap(link, above) if o.parent_id not in seen]
        seen.update(level)
        if link.child_id in level:
            return True
    return False


@checks("site")
def _check_site(act: Act, site: Site, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, site)
    if not site.name_en and not site.name_zh:
        site.name_en, site.name_zh = site.address_en[:300], site.address_zh[:300]
    if (site.lat is None) != (site.lon is None):
        text = say(N_("Give both latitude and longitude, or neither."))
        found.append(wrong("lat" if site.lat is None else "lon", text, "site.place"))
    twice = Site.objects.filter(
        Q(name_en=site.name_en, name_zh=site.name_zh),
        company=site.company_id,
        use=site.use,
        until=None,
        archived_on=None,
    ).exclude(pk=site.pk)
    if site.company_id and site.until is None and twice.exists():
        text = say(N_("This site is on file. Change that one, or end it first."))
        found.append(wrong("name_en", text, "site.twice"))
    return found


def check_source(act: Act, record: Any) -> list[Finding]:
    """Return a finding when a source is of a day to come."""
    if record.source_on is None or record.source_on <= act.day:
        return []
    text = say(
        N_("Found %(day)s. A source is of today, %(today)s, or before."),
        day=record.source_on.isoformat(),
        today=act.day.isoformat(),
    )
    return [wrong("source_on", text, "desk.source_on")]
