"""Facts entered at the desk, and deciding between sources that disagree."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override

from yanlian.errors import Finding
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, acting, checks, refuse, wrong
from yanlian_web.desk.actions.companies import (
    MOST_EMPLOYEES,
    MOST_REVENUE_CNY,
    check_source,
    out_of_range,
)
from yanlian_web.desk.models import Company, Decision, Fact
from yanlian_web.desk.models.companies import NUMERIC
from yanlian_web.desk.models.meetings import FINAL
from yanlian_web.desk.statements import (
    TIMELESS,
    Disagreement,
    disagreements,
    texts_of,
    value_text,
    year_of,
)
from yanlian_web.offices.models import Member

# The unit in which a field is kept, so that two sources can be compared.
UNITS = {
    "revenue_cny": "CNY",
    "capital_cny": "CNY",
    "employees": "people",
    "founded": "year",
    "share": "%",
}
RANGES: dict[str, tuple[float, float]] = {
    "revenue_cny": (0, MOST_REVENUE_CNY),
    "capital_cny": (0, MOST_REVENUE_CNY),
    "employees": (0, MOST_EMPLOYEES),
    "share": (0, 100),
    "output": (0, 1e15),
}
FIRST_YEAR = 1000
LABELS = {
    "founded": N_("Founded"),
    "employees": N_("Employees"),
    "revenue_cny": N_("Revenue"),
    "capital_cny": N_("Registered capital"),
    "output": N_("Output"),
    "share": N_("Market share"),
}


@checks("fact")
def _check_fact(act: Act, fact: Fact, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, fact)
    fact.unit = fact.unit.strip()
    if fact.field in TIMELESS:
        fact.year = None
    if fact.value is not None:
        found += _check_number(act, fact)
    elif fact.unit:
        text = say(N_("There is a unit without a number. Give both or neither."))
        found.append(wrong("value", text, "fact.value"))
    if fact.year is not None and fact.year > act.day.year + 1:
        text = say(
            N_("Found %(year)s. A fact is true of a year that has begun; what is "
               "planned belongs under Strategy, in words."),
            year=fact.year,
        )  # fmt: skip
        found.append(wrong("year", text, "fact.year"))
    bare = not fact.text_en and not fact.text_zh
    if fact.value is not None and fact.field in LABELS and bare:
        write_sentence(fact)
    meeting = fact.meeting
    if meeting is not None:
        if meeting.company_id != fact.company_id:
            text = say(N_("The meeting was with another company."))
            found.append(wrong("company", text, "fact.meeting"))
        if not old:
            fact.draft = meeting.state != FINAL
    return found


def _check_number(act: Act, fact: Fact) -> list[Finding]:
    assert fact.value is not None
    found = []
    if fact.field not in NUMERIC:
        text = say(
            N_("Numbers belong to: %(fields)s. Choose one of these, or write a sentence."),
            fields=Say(
                ", ".join(LABELS.values()),
                "\u3001".join(say(label).zh for label in LABELS.values()),
            ),
        )  # fmt: skip
        return [wrong("value", text, "fact.number")]
    unit = UNITS.get(fact.field, "")
    fact.unit = fact.unit or unit
    if not fact.unit:
        text = say(N_("Say in which unit the number is, such as t a year."))
        found.append(wrong("unit", text, "fact.unit"))
    elif unit and fact.unit != unit:
        text = say(
            N_("Found %(unit)s. Expected %(wanted)s; convert the number."),
            unit=fact.unit,
            wanted=unit,
        )
        found.append(wrong("unit", text, "fact.unit"))
    if fact.field not in TIMELESS and fact.year is None:
        text = say(N_("Say of which year the number is true."))
        found.append(wrong("year", text, "fact.year"))
    least, most = RANGES.get(fact.field, (FIRST_YEAR, act.day.year))
    if not least <= fact.value <= most:
        found.append(wrong("value", out_of_range(fact.value, least, most), "fact.range"))  # fmt: skip
    return found


def write_sentence(fact: Fact) -> None:
    """Write the sentence of a number that was given without one, in both languages."""
    texts = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            texts.append(value_text(fact.field, fact.value, fact.unit))
    label, value = say(LABELS[fact.field]), Say(*texts)
    if fact.year is None:
        text = say(N_("%(label)s: %(value)s."), label=label, value=value)
    else:
        text = say(
            N_("%(label)s of %(year)s: %(value)s."),
            label=label,
            year=fact.year,
            value=value,
        )
    fact.text_en, fact.text_zh = text.en, text.zh


@checks("decision")
def _check_decision(act: Act, decision: Decision, old: dict[str, Any]) -> list[Finding]:
    others = Decision.objects.filter(
        company=decision.company_id, field=decision.field, year=decision.year
    ).live()
    if decision.archived_on is None and others.exclude(pk=decision.pk).exists():
        text = say(N_("A later decision holds. Take that one back first."))
        return [wrong("", text, "decision.twice")]
    return []


def fact_decide(
    *,
    by: Member,
    company_pk: int,
    field: str,
    year: int | None,
    taken: str,
    why: str,
) -> Decision:
    """Say which of several disagreeing statements is taken; the others are kept.

    The decision notes what stood side by side: a new statement opens it again. An
    earlier one on the same thing is archived.

    Parameters
    ----------
    by : Member
    company_pk : int
    field : str
    year : int or None
        None for what is true of every year.
    taken : str
        Key of the statement, such as ``fact:12`` or ``row:F0012``.
    why : str

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "desk.decision.made") as act:
        company = act.lock(Company, company_pk)
        key = (company.firm_id, field, year_of(field, year))
        known = disagreements(act.office).by_key.get(key)
        found = []
        if known is None:
            text = say(N_("The sources do not disagree on this any more."))
            refuse(wrong("", text, "decision.none"))
            raise AssertionError  # refuse has raised
        values = dict(known.statements)
        if taken not in values:
            text = say(N_("Choose one of the statements."))
            found.append(wrong("taken", text, "decision.taken"))
        if not why.strip():
            found.append(wrong("why", say(N_("Say why.")), "decision.why"))
        if len(why) > 2000:
            text = say(N_("Shorten it to 2,000 characters; attach the rest."))
            found.append(wrong("why", text, "decision.long"))
        refuse(*found)
        earlier = Decision.objects.filter(
            company=company, field=field, year=known.year
        ).live()
        for one in earlier:
            kept = act.lock(Decision, one.pk)
            kept.archived_on = act.day
            kept.archived_why = say(N_("Decided anew.")).text("en")
            act.save(kept)
        decision = act.add(_decision(act, company, known, taken, why.strip()))
        act.about(decision)
        return decision


def _decision(
    act: Act, company: Company, known: Disagreement, taken: str, why: str
) -> Decision:
    text = texts_of(act.office, [known]).get(taken, {})
    return Decision(
        company=company,
        field=known.field,
        year=known.year,
        taken=taken,
        value=dict(known.statements)[taken],
        text_en=text.get("text_en", ""),
        text_zh=text.get("text_zh", ""),
        why=why,
        seen=[list(item) for item in known.statements],
        owner=act.by,
    )


def fact_undecide(
    *, by: Member, pk: int, version: int | None = None, why: str = ""
) -> Decision:
    """Take a decision back; the statements stand side by side again."""
    with acting(by, "desk.decision.undone") as act:
        decision = act.lock(Decision, pk, version)
        if not why.strip():
            refuse(wrong("why", say(N_("Say why.")), "decision.why"))
        decision.archived_on, decision.archived_why = act.day, why.strip()[:500]
        act.save(decision)
        return decision
