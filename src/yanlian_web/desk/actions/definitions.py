"""Sets of indicator definitions that an office brings: checked whole, then stored."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yanlian.errors import Finding, YanlianError
from yanlian.progress import default_definitions, read_definitions
from yanlian.tables import Table, read_table
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.models import DefinitionSet
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

MOST_BYTES = 1_000_000


@checks("definition-set")
def _check(act: Act, found: DefinitionSet, old: Mapping[str, Any]) -> list[Finding]:
    # Whichever action it is – archiving is open to officers – definitions are decided.
    if may(act.by, "decide"):
        return []
    text = say(N_("Definitions of indicators are decided by the head of the office."))
    return [wrong("", text, "definitions.right")]


def table_of(text: str) -> Table:
    """Return a text as a checked table of definitions.

    Raises
    ------
    YanlianError
        Holds every finding.
    """
    with tempfile.TemporaryDirectory(prefix="yanlian-") as folder:
        path = Path(folder) / "kpi_definitions.csv"
        path.write_text(text, encoding="utf-8")
        return read_table(path, "kpi_definitions")


def definitions_put(
    *, by: Member, data: bytes, name_en: str = "", name_zh: str = ""
) -> DefinitionSet:
    """Store a set of definitions from a CSV file; a set of the same code is replaced.

    Raises
    ------
    PermissionDenied
    Refused
        With everything that is wrong in the file.
    """
    with acting(by, "desk.definitions.stored", right="decide") as act:
        text = _text(data)
        try:
            table = table_of(text)
            read_definitions(table)
        except YanlianError as error:
            found = error.findings or [Finding("", error.say)]
            refuse(
                *(wrong("file", _placed(item), "definitions.table") for item in found)
            )
        sets = sorted(set(table["set"].tolist()))
        own = set(default_definitions()["set"].tolist())
        if len(sets) != 1 or sets[0] in own:
            message = say(
                N_(
                    "Found sets %(found)s. Expected one set of a name of its own; "
                    "%(own)s belong to the program."
                ),
                found=", ".join(sets) or "–",
                own=", ".join(sorted(own)),
            )
            refuse(wrong("file", message, "definitions.set"))
        there = DefinitionSet.objects.filter(office=act.office, code=sets[0]).first()
        record = (
            act.lock_archived(DefinitionSet, there.pk)
            if there
            else DefinitionSet(code=sets[0], owner=by)
        )
        record.text, record.count = text, len(table)
        record.name_en = name_en.strip() or record.name_en or sets[0]
        record.name_zh = name_zh.strip() or record.name_zh
        record.archived_on, record.archived_why = None, ""
        if there:
            act.save(record)
        else:
            act.add(record)
        act.about(record)
        return record


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        text = say(N_("The file is larger than 1 MB. Definitions are a short table."))
        refuse(wrong("file", text, "definitions.size"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = say(N_("The file is not UTF-8 text. Store it as CSV in UTF-8."))
        refuse(wrong("file", text, "definitions.text"))
        raise


def _placed(found: Finding) -> Any:
    """Return what is wrong with the place of it in front."""
    if not found.where:
        return found.say
    return say("%(where)s: %(text)s", where=found.where, text=found.say)
