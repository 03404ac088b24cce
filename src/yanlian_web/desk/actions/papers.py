"""Papers that prove something: looked at, known when used again, kept once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from yanlian.errors import Finding
from yanlian.progress import landing
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, Refused, checks, may_see, refuse, wrong
from yanlian_web.desk.actions.files import Looked, file_keep, file_look
from yanlian_web.desk.models import Deal, Evidence
from yanlian_web.desk.models.promises import WHATS
from yanlian_web.offices.models import Member


@dataclass(frozen=True)
class Given:
    """A paper as it is handed in.

    Attributes
    ----------
    kind : str
        Code of its kind; empty when none was chosen.
    number : str
    on : date or None
        Date of the paper.
    file : uploaded file or None
    note : str
    """

    kind: str = ""
    number: str = ""
    on: datetime.date | None = None
    file: Any = None
    note: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing was handed in."""
        return not (self.kind or self.number.strip() or self.file)


@dataclass(frozen=True)
class Seen:
    """A paper that was looked at: what the rules reckon with, and its bytes."""

    given: Given
    paper: landing.Paper
    looked: Looked | None


def look(
    act: Act, given: Iterable[Given], suffix: str = ""
) -> tuple[list[Seen], list[Finding]]:
    """Look at papers; return them with what is wrong with each by itself.

    Parameters
    ----------
    act : Act
    given : iterable of Given
        Empty ones are passed over.
    suffix : str
        What follows the names of the fields of the first: ``_1`` for ``kind_1``; those
        of the second end in ``_2``. Empty when there is one paper only.
    """
    seen, found = [], []
    for number, item in enumerate(given, 1):
        if item.empty:
            continue
        tail = suffix and f"_{number}"
        if not item.kind:
            text = say(N_("Say which kind of paper it is."))
            found.append(wrong(f"kind{tail}", text, "paper.kind"))
        if item.on is None:
            text = say(N_("Give the date of the paper."))
            found.append(wrong(f"dated{tail}", text, "paper.day"))
        elif item.on > act.day:
            text = say(
                N_(
                    "Found %(day)s, which is still to come. Expected a day up to "
                    "%(today)s."
                ),
                day=item.on.isoformat(),
                today=act.day.isoformat(),
            )
            found.append(wrong(f"dated{tail}", text, "paper.future"))
        if not item.number.strip() and item.file is None:
            text = say(
                N_(
                    "Give the number of the paper or its file, best both; otherwise it "
                    "is not known when it is used again."
                )
            )
            found.append(wrong(f"number{tail}", text, "paper.nothing"))
        looked: Looked | None = None
        if item.file is not None:
            try:
                looked = file_look(item.file, field=f"file{tail}")
            except Refused as error:
                found += error.findings
        paper = landing.Paper(
            item.kind, looked.sha256 if looked else "", item.number.strip()
        )
        seen.append(Seen(item, paper, looked))
    return seen, found


def used(member: Member, papers: Iterable[landing.Paper]) -> Mapping[str, Say]:
    """Return what papers prove already, by the marks by which they are known.

    A paper that keeps promises alone is not among them: one hand-over sheet may keep
    several. The name of a deal that the member may not see is not told.
    """
    marks = {mark for paper in papers for mark in landing.marks(paper)}
    digests = [mark.removeprefix("sha256:") for mark in marks if "sha256:" in mark]
    if not marks:
        return {}
    rows = (
        Evidence.objects.filter(office=member.office, promise=None, archived_on=None)
        .filter(Q(mark__in=marks) | Q(file__sha256__in=digests))
        .select_related("file", "milestone__deal", "payment__deal", "measure__deal")
    )
    found: dict[str, Say] = {}
    for row in rows:
        text = proves(member, row)
        if row.mark:
            found[row.mark] = text
        if row.file:
            found[f"sha256:{row.file.sha256}"] = text
    return found


def proves(member: Member, row: Evidence) -> Say:
    """Return what a paper proves, in words."""
    deal: Deal
    if row.milestone is not None:
        deal = row.milestone.deal
        what = landing.milestones()[row.milestone.code].name
    elif row.payment is not None:
        deal = row.payment.deal
        what = say(
            N_("the payment of %(value)s yuan on %(day)s"),
            value=f"{row.payment.value_cny or 0:,.0f}",
            day=row.payment.on.isoformat(),
        )
    else:
        assert row.measure is not None
        deal = row.measure.deal
        what = say(
            N_("the count of %(what)s as of %(day)s"),
            what=say(WHAT_SAID[row.measure.what]),
            day=row.measure.on.isoformat(),
        )
    if not may_see(member, deal):
        return what
    return say(
        N_("%(what)s of “%(deal)s”"),
        what=what,
        deal=Say(deal.title_en or deal.title_zh, deal.title_zh or deal.title_en),
    )


WHAT_SAID = {
    "investment": N_("investment"),
    "jobs": N_("jobs"),
    "output": N_("output a year"),
    "research": N_("people in research"),
    "tax": N_("tax a year"),
}
assert WHAT_SAID.keys() == dict(WHATS).keys()


@checks("evidence")
def _check(act: Act, evidence: Evidence, old: dict[str, Any]) -> list[Finding]:
    """Refuse to part a paper from what it proves."""
    if not act.code.startswith("desk.evidence.") or evidence.promise_id:
        return []
    text = say(
        N_(
            "A paper stands with what it proves. Send the claim back, or take off the "
            "payment or count, with the reason."
        )
    )
    return [wrong("", text, "paper.alone")]


def put(act: Act, seen: Iterable[Seen], **target: Any) -> list[Evidence]:
    """Keep papers with their files as evidence of one thing.

    The database refuses a paper that somebody else has used at the same moment; that is
    told like any other use.

    Raises
    ------
    Refused
    """
    made = []
    for item in seen:
        assert item.given.on is not None  # looked at before
        file = file_keep(act, item.looked) if item.looked else None
        number = item.given.number.strip()
        evidence = Evidence(
            owner=act.by,
            sort_of=item.given.kind,
            number=number,
            mark=f"{item.given.kind}:{number.lower()}" if number else None,
            on=item.given.on,
            note=item.given.note.strip(),
            file=file,
            **target,
        )
        try:
            with transaction.atomic():
                made.append(act.add(evidence))
        except IntegrityError:
            known = used(act.by, [item.paper])
            what = next(iter(known.values()), say(N_("something else")))
            text = say(
                N_(
                    "This paper already proves %(what)s. One paper proves one thing; "
                    "give another."
                ),
                what=what,
            )
            refuse(wrong("evidence", text, "landing.reused"))
    return made


def free(act: Act, why: str, rows: Iterable[Evidence]) -> None:
    """Archive papers, so that they may prove something else."""
    for row in rows:
        record = act.lock(Evidence, row.pk)
        record.archived_on, record.archived_why = act.day, why[:500]
        act.save(record)
