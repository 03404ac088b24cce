"""The register of incentives, and the table of rules they are checked against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.identity import fold
from yanlian.progress.competition import LEVELS, QUESTIONS, Rule, default_rules
from yanlian.text import N_
from yanlian_web.desk.actions.incentives import check_of, rules_of
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import CompetitionRule, Incentive
from yanlian_web.desk.models.agreements import incentive_choices
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.queries.money import unseen_deals
from yanlian_web.offices.models import Member, Office
from yanlian_web.ui.templatetags.yl import called, name

LEVEL_SAID = {"green": N_("green"), "amber": N_("amber"), "red": N_("red")}
QUESTION_SAID = {
    "one_firm": N_("For one firm only"),
    "tied_to_tax": N_("Measured by taxes paid"),
    "forces_seat": N_("Makes a seat here a condition"),
    "local_purchase": N_("Prescribes local purchases"),
    "published": N_("Policy is published"),
}
assert tuple(QUESTION_SAID) == QUESTIONS
# What may be made public: no firm, no deal, no owner.
PUBLIC_COLUMNS = (
    Column(N_("Kind"), "kind"),
    Column(N_("Incentive"), "text"),
    Column(N_("Legal basis"), "legal_basis"),
    Column(N_("Result of the check"), "level"),
    Column(N_("Review, number"), "number"),
    Column(N_("Review, day"), "cleared_on"),
)


def incentives_found(member: Member, query: QueryDict) -> QuerySet[Incentive]:
    """Return the incentives that fit the filters of an address and may be seen."""
    listed: QuerySet[Incentive] = Incentive.objects.seen_by(member).live()
    listed = listed.exclude(deal__in=unseen_deals(member).values("pk"))
    level = query.get("level")
    if level in LEVELS:
        listed = listed.filter(level=level)
    elif level == "open":
        listed = listed.filter(level="amber", cleared_on=None)
    if query.get("kind") in dict(incentive_choices()):
        listed = listed.filter(sort_of=query["kind"])
    if query.get("basis") == "none":
        listed = listed.filter(legal_basis="")
    for word in fold(query.get("q", "")).split():
        listed = listed.filter(deal__company__search__contains=word)
    return listed


def level_counts(listed: QuerySet[Incentive]) -> dict[str, int]:
    """Return how many stand at which level; asks once."""
    rows = listed.order_by().values_list("level").annotate(n=Count("pk"))
    return dict(rows)


def incentive_rows(rows: Iterable[Incentive], office: Office) -> list[dict[str, Any]]:
    """Return the rows of the register with the reasons of their levels."""
    rules = rules_of(office)
    return [
        {
            "record": row,
            "label": LEVEL_SAID[row.level],
            "reasons": [reason(rule) for rule in check_of(row, rules).rules],
        }
        for row in rows
    ]


def reason(rule: Rule) -> dict[str, Any]:
    """Return what a rule says, for a page."""
    return {
        "level": rule.level,
        "reason": spoken(rule.reason),
        "basis": spoken(rule.basis),
        "seen": rule.text_seen,
    }


def public_rows(listed: QuerySet[Incentive]) -> Iterator[dict[str, Any]]:
    """Return what may be made public: what is offered, and on which basis."""
    kinds = dict(incentive_choices())
    passed = Q(level="green") | Q(level="amber", cleared_on__isnull=False)
    for row in listed.filter(passed).order_by("sort_of", "pk"):
        yield {
            "kind": kinds[row.sort_of],
            "text": called(row),
            "legal_basis": row.legal_basis,
            "level": gettext(LEVEL_SAID[row.level]),
            "number": row.cleared_number,
            "cleared_on": row.cleared_on,
            "training": row.training,
        }


def rules_page(office: Office) -> dict[str, Any]:
    """Return the table of rules: those of the program, and the office's own over them."""
    own = {
        row.rule: row
        for row in CompetitionRule.objects.filter(office=office, archived_on=None)
    }
    rows = [
        {"rule": rule, "own": own.pop(rule.key, None), **_said(rule)}
        for rule in default_rules()
    ]
    return {"rows": rows, "added": [_own(row) for row in own.values()]}


def _said(rule: Rule) -> dict[str, Any]:
    kinds = dict(incentive_choices())
    return {
        "key": rule.key,
        "level": rule.level,
        "kinds": [kinds.get(code, code) for code in rule.kinds],
        "when": ";".join(f"{field}={value}" for field, value in rule.when),
        "reason": spoken(rule.reason),
        "basis": spoken(rule.basis),
        "seen": rule.text_seen,
        "prefilled": urlencode(
            {
                "rule": rule.key,
                "level": rule.level,
                "kinds": ";".join(rule.kinds),
                "when": ";".join(f"{field}={value}" for field, value in rule.when),
                "reason_en": rule.reason.en,
                "reason_zh": rule.reason.zh,
                "basis_en": rule.basis.en,
                "basis_zh": rule.basis.zh,
            }
        ),
    }


def _own(row: CompetitionRule) -> dict[str, Any]:
    kinds = dict(incentive_choices())
    return {
        "record": row,
        "kinds": [
            kinds.get(code.strip(), code)
            for code in row.kinds.split(";")
            if code.strip()
        ],
        "reason": name(row, "reason"),
        "basis": name(row, "basis"),
    }
