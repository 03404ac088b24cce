"""Incentives: checked against the rules whenever one is stored, cleared by a review."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied

from yanlian.errors import Finding
from yanlian.progress.competition import (
    QUESTIONS,
    Check,
    Rule,
    check_incentive,
    default_rules,
    read_rules,
)
from yanlian.progress.data import words
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, acting, checks, follows, refuse, wrong
from yanlian_web.desk.actions.deals import handles
from yanlian_web.desk.models import CompetitionRule, Deal, Incentive
from yanlian_web.desk.models.agreements import incentive_choices
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import may

BATCH = 500
_KEY = re.compile(r"[a-z][a-z0-9_]{1,59}")
FIELDS = frozenset({*QUESTIONS, "legal_basis", "kind"})
# What a review has looked at; when it changes, the review does not hold any more.
REVIEWED = (*QUESTIONS, "legal_basis", "sort_of", "value_cny", "text_en", "text_zh")


def rules_of(office: Office) -> tuple[Rule, ...]:
    """Return the rules of an office: those of the program, its own over them.

    A row of the office takes the place of the program's row of the same key; one that
    is not applied takes it out.
    """
    rows = CompetitionRule.objects.filter(office=office, archived_on=None)
    own = {row.rule: row for row in rows}
    found = [rule for rule in default_rules() if rule.key not in own]
    found += read_rules(_row(row) for row in own.values() if row.level != "off")
    return tuple(found)


def _row(rule: CompetitionRule) -> Mapping[str, str]:
    return {
        "rule": rule.rule,
        "level": rule.level,
        "kinds": rule.kinds,
        "when": rule.when,
        "reason_en": rule.reason_en,
        "reason_zh": rule.reason_zh,
        "basis_en": rule.basis_en,
        "basis_zh": rule.basis_zh,
        "text_seen": "yes" if rule.text_seen else "no",
    }


def check_of(incentive: Incentive, rules: Iterable[Rule]) -> Check:
    """Return what rules say of an incentive."""
    return check_incentive(
        {
            "kind": incentive.sort_of,
            "legal_basis": incentive.legal_basis,
            **{key: getattr(incentive, key) for key in QUESTIONS},
        },
        rules,
    )


@checks("incentive")
def _check(act: Act, incentive: Incentive, old: dict[str, Any]) -> list[Finding]:
    incentive.level = check_of(incentive, rules_of(act.office)).level
    changed = any(old[k] != getattr(incentive, k) for k in REVIEWED) if old else False
    if incentive.level != "amber" or changed:
        incentive.cleared_on = incentive.cleared_by = None
        incentive.cleared_number = ""
    found = []
    agreement = incentive.agreement
    if agreement is not None and agreement.deal_id != incentive.deal_id:
        text = say(
            N_("The agreement belongs to another deal. Choose one of this deal.")
        )
        found.append(wrong("agreement", text, "incentive.agreement"))
    return found


def incentive_clear(
    *, by: Member, pk: int, version: int | None, number: str, on: datetime.date | None
) -> Incentive:
    """Note that the review body has let an incentive pass that the rules left open.

    Somebody does this who does not handle the deal. What the rules call prohibited
    cannot be cleared: the incentive has to change, or its legal basis be named.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    right = "decide" if may(by, "decide") else "verify"
    with acting(by, "desk.incentive.cleared", right=right) as act:
        incentive = act.lock(Incentive, pk, version)
        deal = act.lock(Deal, incentive.deal_id)
        found = []
        if incentive.level == "red":
            text = say(
                N_(
                    "The rules prohibit it, so no review can clear it. Change the "
                    "incentive or name its legal basis."
                )
            )
            found.append(wrong("", text, "incentive.red"))
        elif incentive.level == "green":
            text = say(N_("It is green; nothing has to be cleared."))
            found.append(wrong("", text, "incentive.green"))
        if by.pk == incentive.owner_id or handles(deal, by):
            text = say(
                N_(
                    "You handle this deal, so you cannot clear its incentives. Ask "
                    "somebody else."
                )
            )
            found.append(wrong("", text, "incentive.four_eyes"))
        if not number.strip():
            text = say(N_("Give the number of the review."))
            found.append(wrong("number", text, "incentive.number"))
        day = on or act.day
        if day > act.day:
            text = say(
                N_(
                    "Found %(day)s, which is still to come. Expected a day up to "
                    "%(today)s."
                ),
                day=day.isoformat(),
                today=act.day.isoformat(),
            )
            found.append(wrong("on", text, "incentive.future"))
        refuse(*found)
        incentive.cleared_on, incentive.cleared_by = day, by
        incentive.cleared_number = number.strip()[:100]
        act.save(incentive)
        act.about(incentive)
        act.event("checked", incentive, deal=deal, what="competition", level="verified")
        return incentive


@checks("competition-rule")
def _check_rule(act: Act, rule: CompetitionRule, old: dict[str, Any]) -> list[Finding]:
    found = []
    if not may(act.by, "decide"):
        raise PermissionDenied
    rule.rule = rule.rule.strip()
    if old and rule.rule != old["rule"]:
        text = say(N_("The key of a rule stays; add another row instead."))
        found.append(wrong("rule", text, "rule.key"))
    if not _KEY.fullmatch(rule.rule):
        text = say(
            N_("Found “%(key)s”. Expected small letters, figures and _ only."),
            key=rule.rule,
        )
        found.append(wrong("rule", text, "rule.key"))
    same = CompetitionRule.objects.filter(office=act.office, rule=rule.rule)
    if same.exclude(pk=rule.pk).exists():
        text = say(
            N_("The office has a row “%(key)s” already. Change that one."),
            key=rule.rule,
        )
        found.append(wrong("rule", text, "rule.once"))
    kinds = {code for code, _ in incentive_choices()}
    strange = [word for word in words(rule.kinds) if word not in kinds]
    if strange:
        text = say(
            N_("Found %(found)s. Expected some of: %(kinds)s."),
            found=", ".join(strange),
            kinds=", ".join(sorted(kinds)),
        )
        found.append(wrong("kinds", text, "rule.kinds"))
    return [*found, *_when(rule)]


def _when(rule: CompetitionRule) -> list[Finding]:
    """Return which conditions of a rule cannot be read."""
    found = []
    if not words(rule.when) and rule.level != "off":
        text = say(
            N_("Say when it applies, or it would speak against every incentive.")
        )
        found.append(wrong("when", text, "rule.when"))
    for part in words(rule.when):
        field, sign, value = (piece.strip() for piece in part.partition("="))
        allowed = {"yes", "no", "unknown"} if field in QUESTIONS else {"", "*", value}
        if not sign or field not in FIELDS or value not in allowed:
            text = say(
                N_(
                    "Found %(part)s. Expected one of %(fields)s, then = and a value: "
                    "yes, no or unknown; nothing for empty and * for given with "
                    "legal_basis and kind."
                ),
                part=part,
                fields=", ".join(sorted(FIELDS)),
            )
            found.append(wrong("when", text, "rule.when"))
    return found


@follows("competition-rule")
def _recheck(act: Act, rule: CompetitionRule, old: dict[str, Any]) -> None:
    """Check all incentives of the office against the rules as they are now."""
    rules = rules_of(act.office)
    changed: list[Incentive] = []
    noted: dict[str, list[str]] = {}
    live = Incentive.objects.filter(office=act.office, archived_on=None)
    for incentive in live.select_for_update(of=("self",)).iterator(chunk_size=2000):
        level = check_of(incentive, rules).level
        if level == incentive.level:
            continue
        noted[incentive.ref] = [incentive.level, level]
        incentive.level = level
        incentive.version += 1
        incentive.changed_at = rule.changed_at
        if level != "amber":
            incentive.cleared_on = incentive.cleared_by = None
            incentive.cleared_number = ""
        changed.append(incentive)
    fields = ["level", "version", "changed_at", "cleared_on", "cleared_by", "cleared_number"]  # fmt: skip
    Incentive.objects.bulk_update(changed, fields, batch_size=BATCH)
    act.about(rule)
    act.note(rechecked=noted)
