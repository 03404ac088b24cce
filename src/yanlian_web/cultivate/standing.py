"""Where firms stand on the readiness ladder: the study on the tables and the desk."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yanlian.errors import SourceError, TableError
from yanlian.ladder import LadderParams, assess_ladder, tiers
from yanlian.results import Result
from yanlian.tables import Table, join_list, measures, read_workspace, split_list
from yanlian.tables.files import workspace_files
from yanlian_web.cultivate.models import LadderFact, LadderStanding
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Company, Fact
from yanlian_web.desk.statements import tables_of
from yanlian_web.offices.models import Office

# Facts of the desk that answer a measure of the ladder: nothing is entered twice.
OF_DESK = {
    "revenue_cny": "revenue_cny",
    "employees": "employees_persons",
    "founded": "founded_year",
}
# Rules by which a tier is reached or missed; scored items only add to the points.
BARRING = frozenset({"must", "least", "general"})
OWN_COLUMNS = (
    "name_en", "name_zh", "city_en", "city_zh", "region_id", "products_en",
    "products_zh", "recognitions_en", "recognitions_zh",
)  # fmt: skip


def candidates(office: Office) -> Any:
    """Return the companies whose standing is followed: those that are here.

    Local ones, and any other of which somebody has entered a fact for the ladder.
    """
    facts = LadderFact.objects.filter(office=office).live().values("company")
    live = Company.objects.filter(office=office).live().exclude(status="historical")
    return (live.filter(local=True) | live.filter(pk__in=facts)).distinct()


def tables_for(office: Office, companies: Sequence[Company]) -> dict[str, Table]:
    """Return ``firms`` and ``firm_measures`` of some companies: tables, then desk."""
    codes = {company.pk: company.firm_id for company in companies}
    wanted = set(codes.values())
    tables = tables_of(office)
    known = {row["firm_id"]: row for row in _rows(tables.get("firms"), wanted)}
    titles: dict[int, list[Fact]] = {}
    for fact in _desk_facts(codes, ("recognitions",)):
        titles.setdefault(fact.company_id, []).append(fact)
    firms = []
    for company in companies:
        row = dict(known.get(company.firm_id) or _own_row(company))
        row |= {
            name: getattr(company, name)
            for name in company.set_here
            if name in row and name != "credit_code"
        }
        for lang in ("en", "zh") if company.pk in titles else ():
            said = [getattr(fact, f"text_{lang}") for fact in titles[company.pk]]
            key = f"recognitions_{lang}"
            row[key] = join_list([*split_list(row.get(key) or ""), *filter(None, said)])
        firms.append(row | {"status": row.get("status") or "active"})
    stated = _rows(_measures_of(office), wanted)
    stated += [
        _of_fact(fact, codes[fact.company_id])
        for fact in _desk_facts(codes, OF_DESK)
        if fact.value is not None
    ]
    stated += [
        _of_entered(fact, codes[fact.company_id])
        for fact in LadderFact.objects.filter(company__in=codes).live().order_by("pk")
    ]
    return {
        "firms": Table.of("firms", firms),
        "firm_measures": Table.of("firm_measures", stated),
    }


def _measures_of(office: Office) -> Table | None:
    """Return the table of measures; no study of the main job reads it."""
    try:
        files = workspace_files(office.folder)
        return _measures(tuple((path, path.stat().st_mtime_ns) for path in files))
    except (SourceError, TableError, OSError):
        return None


@functools.lru_cache(maxsize=8)
def _measures(files: tuple[tuple[Path, int], ...]) -> Table | None:
    """Return the table of measures among files as they are now; read once."""
    if not files:
        return None
    return read_workspace(files[0][0].parent).get("firm_measures")


def _rows(table: Table | None, wanted: set[str]) -> list[dict[str, Any]]:
    if table is None or not wanted:
        return []
    mask = [firm_id in wanted for firm_id in table["firm_id"].tolist()]
    return table.take([at for at, found in enumerate(mask) if found]).rows()


def _own_row(company: Company) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(company, name) for name in OWN_COLUMNS}
    row |= {"firm_id": company.firm_id, "status": company.status, "basis": "reported"}
    for name in ("revenue_cny", "revenue_year", "employees"):
        value = getattr(company, name)
        if value is not None:
            row[name] = float(value)
    return row


def _desk_facts(codes: Mapping[int, str], fields: Iterable[str]) -> Iterable[Fact]:
    return (
        Fact.objects.filter(company__in=codes, draft=False, field__in=list(fields))
        .live()
        .order_by("pk")
    )


def _of_fact(fact: Fact, firm_id: str) -> dict[str, Any]:
    year = fact.value if fact.field == "founded" else fact.year
    return {
        "firm_id": firm_id,
        "measure": OF_DESK[fact.field],
        "value": fact.value,
        "year": math.nan if year is None else float(year),
        "source": fact.source,
        "source_url": fact.source_url,
        "date": fact.source_on.isoformat(),
        "basis": fact.basis,
    }


def _of_entered(fact: LadderFact, firm_id: str) -> dict[str, Any]:
    yes = {"yes": 1.0, "no": 0.0}.get(fact.answer, math.nan)
    return {
        "firm_id": firm_id,
        "measure": fact.measure,
        "value": math.nan if fact.value is None else fact.value,
        "answer": yes if measures()[fact.measure].asks_yes else math.nan,
        "year": math.nan if fact.year is None else float(fact.year),
        "source": fact.source,
        "source_url": fact.source_url,
        "date": fact.source_on.isoformat(),
        "basis": fact.basis,
    }


def params_on(day: datetime.date, firms: Iterable[str] = ()) -> LadderParams:
    """Return the parameters of the study on a day: last year is the year before."""
    found: LadderParams = LadderParams.of(
        {"as_of": day.isoformat(), "firms": list(firms)}
    )
    return found


def assess(office: Office, companies: Sequence[Company]) -> Result:
    """Carry the study out for some companies as things stand today."""
    # Named one by one: a firm that is asked for is assessed though it works no more.
    params = params_on(today(), [company.firm_id for company in companies])
    return assess_ladder(tables_for(office, companies), params)


def standings_of(
    office: Office, companies: Sequence[Company], result: Result
) -> list[LadderStanding]:
    """Return how companies stand, from a result of the study; nothing is stored."""
    by_code = {company.firm_id: company for company in companies}
    rules = _by_key(result.tables["ladder_rules"].rows())
    near = _by_key(result.tables["nearest"].rows())
    day = today()
    found: dict[str, list[LadderStanding]] = {}
    for row in result.tables["ladder"].rows():
        company = by_code[row["firm_id"]]
        key = (row["firm_id"], row["tier"])
        barring = [r for r in rules.get(key, ()) if r["kind"] in BARRING]
        total = next((r for r in barring if r["measure"] == "points:total"), None)
        if row["direct"] == "yes":
            # The direct route stands in for the score and the general conditions.
            barring = [r for r in barring if r["kind"] == "must"]
        first = next(iter(near.get(key, ())), None)
        found.setdefault(company.firm_id, []).append(
            LadderStanding(
                office=office, company=company, tier=row["tier"], on=day,
                year=int(row["year"]), passes=row["passes"], must=row["must"],
                direct=row["direct"], points_low=_number(row["points_low"]),
                points_high=_number(row["points_high"]),
                points_of=_number(row["points_of"]),
                points_least=_number(total["threshold"]) if total else None,
                met=int(row["rules_met"]), part=int(row["rules_part"]),
                unmet=int(row["rules_unmet"]), unknown=int(row["rules_unknown"]),
                unseen=int(row["rules_unseen"]),
                bars=sum(r["state"] == "unmet" for r in barring),
                open=sum(r["state"] in {"unknown", "part"} for r in barring),
                held=bool(row["title_en"]),
                near_rule=first["rule_id"] if first else "",
                near_en=first["text_en"] if first else "",
                near_zh=first["text_zh"] if first else "",
                reason_en=row["reason_en"], reason_zh=row["reason_zh"],
                training=company.training,
            )
        )  # fmt: skip
    for listed in found.values():
        _name_next(listed)
    return [standing for listed in found.values() for standing in listed]


def _name_next(listed: list[LadderStanding]) -> None:
    """Mark the lowest tier above the highest title on file as the one to go for."""
    order = list(tiers())
    listed.sort(key=lambda standing: order.index(standing.tier))
    held = max((at for at, s in enumerate(listed) if s.held), default=-1)
    if held + 1 < len(listed):
        listed[held + 1].next = True


def _by_key(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row["firm_id"], row["tier"]), []).append(row)
    return found


def _number(value: float) -> float | None:
    return None if value != value else value


def standings_store(office: Office, companies: Sequence[Company]) -> int:
    """Assess companies and store how they stand; inside the transaction of an action."""
    if not companies:
        return 0
    made = standings_of(office, companies, assess(office, companies))
    LadderStanding.objects.filter(office=office, company__in=companies).delete()
    LadderStanding.objects.bulk_create(made, batch_size=500)
    return len(made)
