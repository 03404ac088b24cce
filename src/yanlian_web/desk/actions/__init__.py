"""What people do at the desk; importing it makes the rules of all records known."""

from yanlian_web.desk.actions import deals, promises
from yanlian_web.desk.actions.companies import companies_load, companies_value

__all__ = ["companies_load", "companies_value", "deals", "promises"]
