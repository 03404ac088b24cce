"""What the desk's pages show: plain data."""

from yanlian_web.desk.queries.companies import (
    FIELDS,
    companies_version,
    company_board,
    company_list,
    company_map,
    found,
    gap_named,
    owners_of,
    regions_of,
)
from yanlian_web.desk.queries.company import company_page

__all__ = [
    "FIELDS",
    "companies_version",
    "company_board",
    "company_list",
    "company_map",
    "company_page",
    "found",
    "gap_named",
    "owners_of",
    "regions_of",
]
