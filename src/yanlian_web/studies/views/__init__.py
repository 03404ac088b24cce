"""Pages made of runs."""

from yanlian_web.studies.views.chain import chain, chain_graph
from yanlian_web.studies.views.gaps import gaps, gaps_run
from yanlian_web.studies.views.runs import run, run_table, runs, study_new
from yanlian_web.studies.views.sources import data, sources
from yanlian_web.studies.views.trips import trip, trip_paper, trip_replan, trips

__all__ = [
    "chain",
    "chain_graph",
    "data",
    "gaps",
    "gaps_run",
    "run",
    "run_table",
    "runs",
    "sources",
    "study_new",
    "trip",
    "trip_paper",
    "trip_replan",
    "trips",
]
