"""Actions as pages offer them; importing this makes them known."""

from yanlian_web.desk.doings import deals, gaps, people, services

__all__ = ["deals", "gaps", "people", "services"]
