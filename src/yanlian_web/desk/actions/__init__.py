"""What people do at the desk; importing it makes the rules of all records known."""

from yanlian_web.desk.actions import (
    agreements,
    deals,
    definitions,
    facts,
    gaps,
    incentives,
    landing,
    meetings,
    people,
    promises,
    services,
    trips,
)
from yanlian_web.desk.actions.companies import companies_load, companies_value
from yanlian_web.desk.actions.deals import pipelines_ensure

__all__ = [
    "agreements",
    "companies_load",
    "companies_value",
    "deals",
    "definitions",
    "facts",
    "gaps",
    "incentives",
    "landing",
    "meetings",
    "people",
    "pipelines_ensure",
    "promises",
    "services",
    "trips",
]
