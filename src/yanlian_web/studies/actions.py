"""Actions on studies: a person runs one again with other parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yanlian import job
from yanlian.store import Run
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import Member


def study_run(*, by: Member, key: str, changes: Mapping[str, Any]) -> Run:
    """Run the main job up to a study with changed parameters; store and log it.

    Officers and heads may do this. Runs that are stored are read, not made again.
    """
    workspace = job.open_workspace(by.office.folder)
    made = job.run_to(workspace, key, changes={key: changes})[key]
    log(
        by.office,
        "studies.run.made",
        by=by.user,
        subject=made.id,
        study=key,
        params={
            k: v if not isinstance(v, tuple) else list(v) for k, v in changes.items()
        },
    )
    return made
