"""Landing: milestones claimed only with evidence, slips, and funds counted once."""

from __future__ import annotations

import datetime
import functools
import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from yanlian.errors import Finding
from yanlian.progress.data import both, rule_table, words
from yanlian.progress.stages import list_of
from yanlian.text import N_, Say, say


@dataclass(frozen=True)
class Milestone:
    """A milestone of a project.

    Attributes
    ----------
    code : str
    after : str
        Milestone it cannot precede, or empty.
    stage : str
        Stage of the deal whose gate asks for it.
    name, help : Say
    evidence : tuple of tuple of str
        Ways to prove it; each is a set of kinds that have to be there together.
    """

    code: str
    after: str
    stage: str
    name: Say
    help: Say
    evidence: tuple[tuple[str, ...], ...]

    def proven_by(self, kinds: Collection[str]) -> bool:
        """Tell whether papers of these kinds prove the milestone."""
        return any(set(way) <= set(kinds) for way in self.evidence)


@dataclass(frozen=True)
class EvidenceKind:
    """A kind of paper.

    Attributes
    ----------
    code : str
    name : Say
    money : bool
        Whether it proves that money was paid.
    """

    code: str
    name: Say
    money: bool


@functools.cache
def milestones() -> dict[str, Milestone]:
    """Return the milestones by code, in order."""
    return {
        row["code"]: Milestone(
            row["code"],
            row["after"],
            row["stage"],
            both(row, "name"),
            both(row, "help"),
            tuple(tuple(way.split("+")) for way in words(row["evidence"])),
        )
        for row in rule_table("milestones")
    }


@functools.cache
def evidence_kinds() -> dict[str, EvidenceKind]:
    """Return the kinds of papers by code."""
    return {
        row["code"]: EvidenceKind(row["code"], both(row, "name"), row["money"] == "yes")
        for row in rule_table("evidence")
    }


@dataclass(frozen=True)
class Paper:
    """A piece of evidence.

    Attributes
    ----------
    kind : str
        Code of its kind.
    sha256 : str
        Fingerprint of the file; empty for a paper that is only described.
    number : str
        Number of the paper, such as that of an invoice.
    """

    kind: str
    sha256: str = ""
    number: str = ""


def check_claim(
    code: str,
    day: datetime.date,
    papers: Sequence[Paper],
    *,
    reached: Mapping[str, datetime.date],
    used: Mapping[str, Say],
    today: datetime.date,
) -> list[Finding]:
    """Return what speaks against claiming a milestone; empty when nothing does.

    Parameters
    ----------
    code : str
        Milestone.
    day : date
        Day on which it is said to have been reached.
    papers : sequence of Paper
    reached : mapping of str to date
        Days of the other milestones of the project.
    used : mapping of str to Say
        What a paper proves already, by fingerprint and by kind and number.
    today : date
    """
    wanted = milestones()[code]
    found: list[Finding] = []
    if day > today:
        text = say(
            N_(
                "Found %(day)s, which is still to come. Expected a day up to today, "
                "%(today)s; plan it instead."
            ),
            day=day,
            today=today,
        )
        found.append(Finding("on", text, code="landing.future"))
    found += _order(code, day, reached)
    names = evidence_kinds()
    unknown = [paper.kind for paper in papers if paper.kind not in names]
    if unknown:
        found.append(_strange(unknown))
        papers = [paper for paper in papers if paper.kind in names]
    if not wanted.proven_by([paper.kind for paper in papers]):
        ways = Say(
            " or ".join(
                " with ".join(names[k].name.en for k in way) for way in wanted.evidence
            ),
            "\uff1b".join(
                "\uff0b".join(names[k].name.zh for k in way) for way in wanted.evidence
            ),
        )
        got = list_of(names[paper.kind].name for paper in papers)
        text = say(
            N_("Found %(found)s. Expected evidence of %(milestone)s: %(ways)s."),
            found=got if papers else say(N_("no paper")),
            milestone=wanted.name,
            ways=ways,
        )
        found.append(Finding("evidence", text, code="landing.evidence"))
    proven = dict(used)
    for paper in papers:
        keys = marks(paper)
        what = next((proven[key] for key in keys if key in proven), None)
        proven |= dict.fromkeys(keys, wanted.name)
        if what is not None:
            text = say(
                N_(
                    "This paper already proves %(what)s. One paper proves one thing; "
                    "give another."
                ),
                what=what,
            )
            found.append(Finding("evidence", text, code="landing.reused"))
    return found


def _strange(kinds: Sequence[str]) -> Finding:
    text = say(
        N_("Found papers of kind %(found)s. Expected one of: %(kinds)s."),
        found=", ".join(dict.fromkeys(kinds)),
        kinds=", ".join(evidence_kinds()),
    )
    return Finding("evidence", text, code="landing.kind")


def _order(
    code: str, day: datetime.date, reached: Mapping[str, datetime.date]
) -> list[Finding]:
    """Return which milestones would stand in the wrong order."""
    known = milestones()
    found = []
    before = known[code].after
    while before:
        if before in reached and reached[before] > day:
            text = say(
                N_(
                    "Found %(name)s on %(day)s, before %(other)s on %(when)s. Expected "
                    "it on that day or later; correct one of the two."
                ),
                name=known[code].name,
                day=day,
                other=known[before].name,
                when=reached[before],
            )
            found.append(Finding("on", text, code="landing.order"))
        before = known[before].after
    for other, when in reached.items():
        if other != code and code in _chain(other) and when < day:
            text = say(
                N_(
                    "Found %(name)s on %(day)s, after %(other)s on %(when)s. Expected "
                    "it on that day or earlier; correct one of the two."
                ),
                name=known[code].name,
                day=day,
                other=known[other].name,
                when=when,
            )
            found.append(Finding("on", text, code="landing.order"))
    return found


def _chain(code: str) -> list[str]:
    """Return the milestones that have to come before one."""
    found = []
    before = milestones()[code].after
    while before:
        found.append(before)
        before = milestones()[before].after
    return found


def marks(paper: Paper) -> tuple[str, ...]:
    """Return by what a paper is recognised when it is used again."""
    found = []
    if paper.sha256:
        found.append(f"sha256:{paper.sha256}")
    if paper.number:
        found.append(f"{paper.kind}:{paper.number.strip().lower()}")
    return tuple(found)


@dataclass(frozen=True)
class Payment:
    """Money that an investor has put in place.

    Attributes
    ----------
    on : date
    value_cny : float
    paper : Paper
    verified : bool
    """

    on: datetime.date
    value_cny: float
    paper: Paper
    verified: bool = False


def check_payment(
    payment: Payment, *, used: Mapping[str, Say], today: datetime.date
) -> list[Finding]:
    """Return what speaks against counting a payment.

    Parameters
    ----------
    payment : Payment
    used : mapping of str to Say
        What a paper proves already.
    today : date
    """
    found = []
    if not 0 < payment.value_cny < math.inf:
        text = say(
            N_("Found %(value)s yuan. Expected an amount above zero."),
            value=f"{payment.value_cny:g}",
        )
        found.append(Finding("value_cny", text, code="landing.amount"))
    if payment.on > today:
        text = say(
            N_(
                "Found %(day)s, which is still to come. Expected a day up to %(today)s."
            ),
            day=payment.on,
            today=today,
        )
        found.append(Finding("on", text, code="landing.future"))
    kind = evidence_kinds().get(payment.paper.kind)
    if kind is None:
        found.append(_strange([payment.paper.kind]))
    elif not kind.money:
        money = list_of(k.name for k in evidence_kinds().values() if k.money)
        text = say(
            N_(
                "Found %(kind)s, which does not prove a payment. Expected one of: "
                "%(kinds)s."
            ),
            kind=kind.name,
            kinds=money,
        )
        found.append(Finding("evidence", text, code="landing.evidence"))
    for key in marks(payment.paper):
        if key in used:
            text = say(
                N_(
                    "This paper already proves %(what)s. The same money is not counted "
                    "twice; give another paper."
                ),
                what=used[key],
            )
            found.append(Finding("evidence", text, code="landing.reused"))
            break
    return found


@dataclass(frozen=True)
class Slip:
    """How the planned day of a milestone has moved.

    Attributes
    ----------
    first, last : date
        Day planned at first, and now.
    times : int
        How often it was moved.
    days : int
        Days from the first plan to the actual day, or to the last plan.
    """

    first: datetime.date
    last: datetime.date
    times: int
    days: int


def slip(
    planned: Iterable[datetime.date], actual: datetime.date | None = None
) -> Slip | None:
    """Return how a plan slipped; None when nothing was planned.

    Parameters
    ----------
    planned : iterable of date
        Days planned, in the order in which they were.
    actual : date, optional
    """
    days = list(planned)
    if not days:
        return None
    moved = sum(a != b for a, b in itertools.pairwise(days))
    return Slip(days[0], days[-1], moved, ((actual or days[-1]) - days[0]).days)
