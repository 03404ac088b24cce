"""Facts for the ladder, and the study carried out for all firms that are here."""

from __future__ import annotations

from typing import Any

from yanlian.errors import Finding
from yanlian.ladder.wording import amount
from yanlian.tables import measures
from yanlian.text import N_, say
from yanlian_web.cultivate.models import LadderFact, LadderStanding
from yanlian_web.cultivate.standing import candidates, standings_store
from yanlian_web.desk.acting import Act, acting, checks, follows, wrong
from yanlian_web.desk.actions.companies import check_source
from yanlian_web.offices.models import Member

# Assessed together: memory does not grow with the number of firms.
BATCH = 500


@checks("ladder-fact")
def _check(act: Act, fact: LadderFact, old: dict[str, Any]) -> list[Finding]:
    found = check_source(act, fact)
    measure = measures().get(fact.measure)
    if measure is None:
        return found
    label = measure.label
    if measure.asks_yes:
        if not fact.answer:
            text = say(N_("%(measure)s asks yes or no. Choose one."), measure=label)
            found.append(wrong("answer", text, "ladder.answer"))
        if fact.value is not None:
            text = say(N_("%(measure)s has no number; leave it empty."), measure=label)
            found.append(wrong("value", text, "ladder.number"))
    else:
        if fact.answer:
            text = say(N_("%(measure)s asks a number, not yes or no."), measure=label)
            found.append(wrong("answer", text, "ladder.answer"))
        if fact.value is None:
            text = say(N_("%(measure)s asks a number. Give it."), measure=label)
            found.append(wrong("value", text, "ladder.number"))
        elif not measure.low <= fact.value <= measure.high:
            text = say(
                N_(
                    "Found %(value)s. Expected %(measure)s from %(low)s to %(high)s; a "
                    "share of 5 per cent is 0.05, money is yuan in full."
                ),
                value=f"{fact.value:,.10g}",
                measure=label,
                low=amount(measure.low, measure.unit),
                high=amount(measure.high, measure.unit),
            )
            found.append(wrong("value", text, "ladder.range"))
    if measure.span != "lasting" and fact.year is None:
        text = say(
            N_("%(measure)s counts for a year only. Say for which."), measure=label
        )
        found.append(wrong("year", text, "ladder.year"))
    if fact.year and fact.year > act.day.year:
        text = say(
            N_("Found %(year)s. Expected a year up to this one, %(now)s."),
            year=fact.year,
            now=act.day.year,
        )
        found.append(wrong("year", text, "ladder.ahead"))
    if fact.company_id and not fact.archived_on:
        found += _twice(act, fact)
    return found


def _twice(act: Act, fact: LadderFact) -> list[Finding]:
    same = LadderFact.objects.filter(
        office=act.office,
        company=fact.company_id,
        measure=fact.measure,
        year=fact.year,
        source=fact.source,
        value=fact.value,
        answer=fact.answer,
    ).live()
    if not same.exclude(pk=fact.pk).exists():
        return []
    text = say(N_("The same is on file from this source already."))
    return [wrong("measure", text, "ladder.twice")]


@follows("ladder-fact")
def _follow(act: Act, fact: LadderFact, old: dict[str, Any]) -> None:
    """Assess the firm again: the list shows at once what the fact changes."""
    standings_store(act.office, [fact.company])


def ladder_run(*, by: Member) -> int:
    """Assess all firms that are here again, as things stand today.

    Returns
    -------
    int
        How many firms were assessed.

    Raises
    ------
    PermissionDenied
    """
    with acting(by, "cultivate.ladder.run", right="run") as act:
        firms = list(candidates(act.office).order_by("pk"))
        for start in range(0, len(firms), BATCH):
            standings_store(act.office, firms[start : start + BATCH])
        # Who left the office's own list is not on the ladder any more.
        LadderStanding.objects.filter(office=act.office).exclude(
            company__in=candidates(act.office)
        ).delete()
        act.note(count=len(firms))
        return len(firms)
