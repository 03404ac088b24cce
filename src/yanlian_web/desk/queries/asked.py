"""What the office does not know of companies, as questions to ask at a visit."""

from __future__ import annotations

from collections.abc import Iterable

from yanlian.text import N_, Say, say
from yanlian_web.desk.merged import moved_firms
from yanlian_web.desk.models import Company, Fact
from yanlian_web.offices.models import Office
from yanlian_web.studies import queries as studies

# Head of the dossier: what to ask when nothing is on file under it.
HEADS = {
    "history": N_("When was it founded, and who controls it today?"),
    "market_position": N_("Who are its main customers, and what is its share?"),
    "operation": N_("What were revenue, output and headcount of the last full year?"),
    "strategy": N_("Which capacity is planned in the next three years, and where?"),
}
STAFF = N_("How many people work there, and where?")
CODE = N_("What is its unified social credit code?")


def questions_of(office: Office, companies: Iterable[Company]) -> dict[str, list[Say]]:
    """Return the open questions about companies by their ``firm_id``.

    A head of the dossier with a fact in the tables or at the desk is not asked about.
    """
    listed = list(companies)
    wanted = {item.firm_id for item in listed}
    known: set[tuple[str, str]] = set()
    tables = studies.workspace_tables(office)
    if "facts" in tables:
        moved = moved_firms(office)
        stated = (
            (moved.get(row["firm_id"], row["firm_id"]), row["head"])
            for row in tables["facts"].rows()
        )
        known |= {item for item in stated if item[0] in wanted}
    learned = Fact.objects.filter(
        office=office, company__in=listed, draft=False, archived_on=None
    )
    known |= set(learned.values_list("company__firm_id", "field"))
    found: dict[str, list[Say]] = {}
    for item in listed:
        asked = [
            question
            for head, question in HEADS.items()
            if (item.firm_id, head) not in known
        ]
        if item.employees is None and (item.firm_id, "employees") not in known:
            asked.append(STAFF)
        if not item.credit_code:
            asked.append(CODE)
        found[item.firm_id] = [say(question) for question in asked]
    return found
