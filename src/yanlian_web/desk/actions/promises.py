"""Promises of both sides: made, kept, moved, broken or withdrawn."""

from __future__ import annotations

from typing import Any

from yanlian.errors import Finding
from yanlian_web.desk.acting import Act, checks
from yanlian_web.desk.models import Promise


@checks("promise")
def _check(act: Act, promise: Promise, old: dict[str, Any]) -> list[Finding]:
    if not old:
        promise.due_first = promise.due_on
    return []
