"""Actions on companies."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from yanlian import job
from yanlian.identity import fold, search_text
from yanlian.tables import Table
from yanlian_web.desk.models import Company
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import LogLine, Office
from yanlian_web.studies import queries as studies

BATCH = 2000
# What a company takes over from its row of the tables.
FROM_TABLES = [
    "name_en", "name_zh", "city_en", "city_zh", "region_id", "products_en",
    "products_zh", "recognitions_en", "recognitions_zh", "lat", "lon", "revenue_cny",
    "revenue_year", "employees", "status", "local", "credit_code", "aliases", "search",
    "sort", "in_tables",
]  # fmt: skip


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
    made = [_company(office, row) for row in firms.rows()]
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
    for row in studies.rows(office, run_id, "targets") if run_id else ():
        if row["value"] == row["value"]:
            best[row["firm_id"]] = max(best.get(row["firm_id"], 0.0), row["value"])
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


def _company(office: Office, row: dict[str, Any]) -> Company:
    return Company(
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
        search=search_text(
            row["name_en"],
            row["name_zh"],
            *row["aliases"].split(";"),
            row["city_en"],
            row["city_zh"],
            row["stock_code"],
            row["credit_code"],
        ),
        sort=fold(row["name_en"] or row["name_zh"])[:300],
    )
