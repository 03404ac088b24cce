"""Progress: stages and gates, promises, money, landing, fair competition and KPIs.

Pure rules over plain data; the desk keeps the records.
"""

from yanlian.progress.measure import (
    ProgressParams,
    compare_sets,
    compute,
    default_definitions,
    definitions_of,
    differences,
    measure_progress,
    open_log,
    read_definitions,
    rule_text,
)

__all__ = [
    "ProgressParams",
    "compare_sets",
    "compute",
    "default_definitions",
    "definitions_of",
    "differences",
    "measure_progress",
    "open_log",
    "read_definitions",
    "rule_text",
]
