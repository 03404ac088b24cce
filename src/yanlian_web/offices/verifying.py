"""Verifying the chain of an office: what was changed, put in or taken out.

Everything is reckoned anew from what the database holds: the digest of each line and its
events, the hash of each seal, and whether the chain ends where its head says. Numbers and
hashes of earlier verifications, kept outside of the database, show a chain that was
forged as a whole or put back to an older state.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from yanlian.text import N_, Say, say
from yanlian_web.offices import sealing
from yanlian_web.offices.audit import REDACTED, REMOVED, content_of, head, parts_of
from yanlian_web.offices.models import LogLine, Office, Seal

BATCH = 2000
# What the fields of a line are called in a finding.
CALLED = {
    "at": N_("when"),
    "by": N_("who"),
    "code": N_("the action"),
    "subject": N_("what it is about"),
    "data": N_("what was changed"),
    "training": N_("whether it is training data"),
    "parts": N_("what happened, its events"),
}


@dataclass
class Verified:
    """What verifying found.

    Attributes
    ----------
    lines : int
        Lines that are as they were sealed.
    gone : int
        Lines of training data that were removed; their seals hold.
    redacted : int
        Lines from which personal data were taken out, as a later line says.
    broken : int or None
        Number of the first seal that does not hold; 0 when it is none of them.
    findings : list of Say
        What does not hold, the first one first.
    count : int
        Seals of the chain, the last of them with the hash ``hash``.
    """

    lines: int = 0
    gone: int = 0
    redacted: int = 0
    broken: int | None = None
    findings: list[Say] = field(default_factory=list)
    count: int = 0
    hash: str = sealing.FIRST

    @property
    def intact(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings

    def found(self, number: int, text: Say) -> None:
        """Note what does not hold; only the first number is kept as such."""
        if self.broken is None or number < self.broken:
            self.broken = number
            self.findings.insert(0, text)
        else:
            self.findings.append(text)


def verify(office: Office, *, last: int | None = None, most: int = 20) -> Verified:
    """Verify the chain of an office.

    Parameters
    ----------
    office : Office
    last : int or None
        Only so many of the newest seals; None for all.
    most : int
        Findings after which it stops.

    Returns
    -------
    Verified
    """
    result = Verified()
    count, newest = head(office)
    first = max(count - last, 0) if last is not None else 0
    seals = Seal.objects.filter(office=office, number__gt=first).order_by("number")
    before = sealing.FIRST
    if first:
        kept = Seal.objects.filter(office=office, number=first).first()
        before = kept.hash if kept else before
    number = first
    waiting: dict[int, tuple[str, Say]] = {}
    gone: list[int] = []
    removed = 0
    for seal, line, parts in _sealed(seals):
        if seal.number != number + 1:
            result.found(
                number + 1,
                say(
                    N_(
                        "Seals %(first)s to %(last)s are missing. Somebody took them "
                        "out of the database."
                    ),
                    first=number + 1,
                    last=seal.number - 1,
                ),
            )
            before = ""
        number = seal.number
        made = sealing.link(
            before or seal.hash, number, seal.digest, seal.hints, seal.training
        )
        if before and made != seal.hash:
            result.found(number, _unlinked(number))
        before = seal.hash
        if line is None:
            if seal.training:
                gone.append(number)
            else:
                text = N_(
                    "Line %(number)s was removed. Its seal is there, and the line is not."
                )
                result.found(number, say(text, number=number))
        else:
            digest, hints = sealing.digest(content_of(line, parts))
            if digest == seal.digest and line.training == seal.training:
                result.lines += 1
            else:
                fields = sealing.differing(seal.hints, hints)
                waiting[number] = (digest, _changed(number, line, fields))
            if line.code == REMOVED:
                removed = number
            elif line.code == REDACTED:
                for told, after in line.data.get("lines", {}).items():
                    if waiting.get(int(told), ("",))[0] == after:
                        del waiting[int(told)]
                        result.redacted += 1
        if len(result.findings) >= most:
            break
    for told, (_, changed) in sorted(waiting.items()):
        result.found(told, changed)
    result.gone = len(gone)
    stray = [told for told in gone if told > removed]
    if stray and last is None:
        text = N_(
            "Line %(number)s of the training data is missing, and no line says that the "
            "training data were removed."
        )
        result.found(stray[0], say(text, number=stray[0]))
    result.count, result.hash = number, before or sealing.FIRST
    if len(result.findings) < most:
        _ends(result, office, count, newest, whole=last is None)
    return result


def _ends(
    result: Verified, office: Office, count: int, newest: str, *, whole: bool
) -> None:
    """Check that the chain ends where its head says, and that each line has a seal."""
    if result.count < count:
        text = N_(
            "The chain ends at line %(number)s, and its head says %(count)s. Somebody "
            "cut off its end."
        )
        result.found(result.count + 1, say(text, number=result.count, count=count))
    elif result.count > count or (result.intact and result.hash != newest):
        text = N_(
            "The head of the chain says %(count)s lines and %(hash)s, and the newest "
            "seal is %(number)s with %(last)s. Somebody changed one of them."
        )
        result.found(
            result.count,
            say(
                text,
                count=count,
                hash=newest[:12],
                number=result.count,
                last=result.hash[:12],
            ),
        )
    if not whole:
        return
    bare = LogLine.objects.filter(office=office).exclude(
        pk__in=Seal.objects.filter(office=office).values("line_id")
    )
    found = bare.order_by("pk").first()
    if found is not None:
        text = N_(
            "%(count)s lines have no seal, the first of %(when)s: %(code)s. They were "
            "not written by this program."
        )
        result.found(
            result.count + 1,
            say(
                text,
                count=bare.count(),
                when=f"{timezone.localtime(found.at):%Y-%m-%d %H:%M:%S}",
                code=found.code,
            ),
        )


def _sealed(
    seals: QuerySet[Seal],
) -> Iterator[tuple[Seal, LogLine | None, list[dict[str, Any]]]]:
    """Yield seals in their order with their lines and what was written with these."""
    last = 0
    while True:
        found = list(seals.filter(number__gt=last)[:BATCH])
        if not found:
            return
        last = found[-1].number
        pks = [seal.line_id for seal in found]
        lines = LogLine.objects.select_related("by").in_bulk(pks)
        parts = parts_of(pks)
        for seal in found:
            line = lines.get(seal.line_id)
            # A line that was moved to another office is not there either.
            if line is not None and line.office_id != seal.office_id:
                line = None
            yield seal, line, parts.get(seal.line_id, [])


def _unlinked(number: int) -> Say:
    text = N_(
        "Seal %(number)s does not follow from the one before it: one of the two was "
        "changed or exchanged."
    )
    return say(text, number=number)


def _changed(number: int, line: LogLine, fields: list[str]) -> Say:
    names = [say(CALLED[name]) for name in fields]
    text = N_(
        "Line %(number)s, %(code)s of %(when)s, is not what was sealed. Changed was: "
        "%(fields)s."
    )
    values = {
        "number": number,
        "code": line.code,
        "when": f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}",
    }
    said = say(text, **values, fields="%(fields)s")
    return Say(
        said.en.replace("%(fields)s", ", ".join(n.en for n in names) or "\u2013"),
        said.zh.replace("%(fields)s", "\u3001".join(n.zh for n in names) or "\u2013"),
    )


@dataclass(frozen=True)
class Head:
    """What an earlier verification found to be the end of the chain."""

    office: str
    count: int
    hash: str
    at: str


def heads(path: Path, office: Office) -> list[Head]:
    """Return what earlier verifications noted of an office; none without the file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Head(row["office"], int(row["count"]), row["hash"], row["at"])
            for row in csv.DictReader(file)
            if row["office"] == office.slug and row["count"].isdigit()
        ]


def compare(result: Verified, office: Office, noted: list[Head]) -> None:
    """Add what does not agree with earlier verifications to a result."""
    for told in noted:
        if not told.count:
            continue
        seal = Seal.objects.filter(office=office, number=told.count).first()
        if seal is None:
            text = N_(
                "On %(at)s there were %(count)s lines, now there are fewer: the end was "
                "cut off, or the database was put back from an older copy."
            )
        elif seal.hash != told.hash:
            text = N_(
                "On %(at)s line %(count)s had another seal. What lies before it was "
                "written anew since."
            )
        else:
            continue
        result.found(told.count, say(text, at=told.at, count=told.count))
        return


def keep(path: Path, office: Office, result: Verified) -> None:
    """Note the end of the chain for later verifications."""
    new = not path.is_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(["office", "count", "hash", "at"])
        at = f"{timezone.localtime():%Y-%m-%d %H:%M}"
        writer.writerow([office.slug, result.count, result.hash, at])
