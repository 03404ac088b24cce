"""Actions as pages offer them; importing this makes them known."""

from yanlian_web.desk.doings import (
    agreements,
    deals,
    gaps,
    incentives,
    landing,
    meetings,
    people,
    promises,
    services,
)

__all__ = [
    "agreements",
    "deals",
    "gaps",
    "incentives",
    "landing",
    "meetings",
    "people",
    "promises",
    "services",
]
