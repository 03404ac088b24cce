"""Small logs written in the test itself, and what they give."""

from yanlian.progress import ProgressParams, measure_progress
from yanlian.tables import Table


def log(*events):
    """Return a log; an event is ``(kind, subject, day, {more})``."""
    rows = []
    for number, (kind, subject, on, *more) in enumerate(events):
        row = {"event_id": f"e{number}", "kind": kind, "subject": subject, "on": on}
        if kind in {"stage", "status", "forecast"}:
            row |= {"deal": subject, "company": f"firm of {subject}"}
        rows.append(row | (more[0] if more else {}))
    return Table.of("progress_events", rows)


def stage(deal, code, on, **more):
    return "stage", deal, on, {"what": code, **more}


def kpis(table, definitions=None, **params):
    """Return the figures by code, or by code and part."""
    tables = {"progress_events": table}
    if definitions is not None:
        tables["kpi_definitions"] = definitions
    values = {"window_from": "2025-01-01", "window_to": "2025-12-31", **params}
    result = measure_progress(tables, ProgressParams(**values))
    return {
        f"{row['code']} {row['part']}".strip(): row
        for row in result.tables["kpis"].rows()
    }


def rows_of(table, code, **params):
    """Return subject and role of the records behind an indicator."""
    values = {"window_from": "2025-01-01", "window_to": "2025-12-31", **params}
    result = measure_progress({"progress_events": table}, ProgressParams(**values))
    return {
        row["subject"]: row["role"]
        for row in result.tables["kpi_rows"].rows()
        if row["code"] == code
    }
