"""Progress: stages and gates, promises, money, landing, fair competition and KPIs.

Pure rules over plain data; the desk keeps the records.
"""

from yanlian.progress.measure import (
    ProgressParams,
    compare_sets,
    definitions_of,
    differences,
    measure_progress,
    rule_text,
)

__all__ = [
    "ProgressParams",
    "compare_sets",
    "definitions_of",
    "differences",
    "measure_progress",
    "rule_text",
]
