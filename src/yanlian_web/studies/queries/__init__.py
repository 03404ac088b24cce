"""What the pages show of runs: plain data, cached by the run, which never changes."""

from yanlian_web.studies.queries.chain import chain, graph, segment_sheet, step
from yanlian_web.studies.queries.gaps import gap_list, targets_of
from yanlian_web.studies.queries.home import home_page
from yanlian_web.studies.queries.rows import (
    Row,
    by_key,
    grouped,
    inputs_of,
    latest,
    rows,
    run_behind,
    run_of,
    settings_of,
    store_of,
    workspace_tables,
)
from yanlian_web.studies.queries.sources import sources_page
from yanlian_web.studies.queries.trip import trip_page, visits_as_text

__all__ = [
    "Row",
    "by_key",
    "chain",
    "gap_list",
    "graph",
    "grouped",
    "home_page",
    "inputs_of",
    "latest",
    "rows",
    "run_behind",
    "run_of",
    "segment_sheet",
    "settings_of",
    "sources_page",
    "step",
    "store_of",
    "targets_of",
    "trip_page",
    "visits_as_text",
    "workspace_tables",
]
