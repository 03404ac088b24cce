"""Papers of a trip: brief (PDF, DOCX), tables (XLSX) and itinerary (ICS)."""

from yanlian.reports.brief import Brief, compose
from yanlian.reports.papers import write_papers

__all__ = ["Brief", "compose", "write_papers"]
