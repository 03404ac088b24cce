"""The audit: every line of the log is sealed, and what was done can be proved.

Lines of the desk's actions are sealed by the actions themselves. Whatever else has to be
written down - signing in, an export, that masked contact data were read - is written with
:func:`noted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from yanlian_web.offices import sealing
from yanlian_web.offices.models import Chain, LogLine, Office, Redaction, Seal

# What other apps write with a line, by line: given the numbers of lines. The app that
# writes it makes it known here, so that it is read again when the chain is verified.
Parts = Callable[[list[int]], dict[int, list[dict[str, Any]]]]
PARTS: list[Parts] = []
# Lines that speak of other lines: training data went, personal data were taken out.
REMOVED, REDACTED = "desk.training.removed", "offices.audit.redacted"


def noted(
    office: Office,
    user: Any,
    code: str,
    subject: str = "",
    *,
    training: bool = False,
    **data: Any,
) -> LogLine:
    """Write a line outside of the desk's actions, sealed like every other one.

    Parameters
    ----------
    office : Office
    user : User or None
        Who did it; None for the program itself.
    code : str
        What was done, in the past tense: ``accounts.signed.in``.
    subject : str
        What it is about; a record as ``person:12``.
    training : bool
        Whether it speaks of invented training data and goes with them.
    **data
        What else is to be known; only what JSON can hold. Never a masked value itself.

    Returns
    -------
    LogLine
    """
    with transaction.atomic():
        line = LogLine.objects.create(
            office=office,
            by=user,
            code=code,
            subject=subject,
            data=data,
            training=training,
        )
        seal(line)
    return line


def seal(line: LogLine, parts: Iterable[dict[str, Any]] = ()) -> None:
    """Seal a line that was just stored; part of the transaction that stored it.

    The chain of an office has one end, so its head is locked until the transaction is
    over: call this as its last step.

    Parameters
    ----------
    line : LogLine
    parts : iterable of dict
        What was written with it; see :data:`PARTS`.
    """
    digest, hints = sealing.digest(content_of(line, parts))
    office = line.office_id
    # Past the models: three statements by the key, a few hundredths of a millisecond.
    with connection.cursor() as cursor:
        count, before = _head(cursor, office)
        hash_ = sealing.link(before, count + 1, digest, hints, line.training)
        cursor.execute(
            "INSERT INTO offices_seal "
            "(office_id, number, line_id, digest, hints, hash, training) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [office, count + 1, line.pk, digest, hints, hash_, line.training],
        )
        cursor.execute(
            "UPDATE offices_chain SET count = %s, hash = %s WHERE office_id = %s",
            [count + 1, hash_, office],
        )


def _head(cursor: Any, office: int) -> tuple[int, str]:
    """Return the head of an office's chain, locked; made on first sight."""
    ask = "SELECT count, hash FROM offices_chain WHERE office_id = %s"
    if connection.vendor == "postgresql":
        ask += " FOR UPDATE"
    cursor.execute(ask, [office])
    found = cursor.fetchone()
    if found is None:
        cursor.execute(
            "INSERT INTO offices_chain (office_id, count, hash) VALUES (%s, 0, %s) "
            "ON CONFLICT DO NOTHING",
            [office, sealing.FIRST],
        )
        cursor.execute(ask, [office])
        found = cursor.fetchone()
    return found[0], found[1]


def content_of(line: LogLine, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what is sealed of a line."""
    return sealing.content(
        at=line.at,
        by=line.by.get_username() if line.by else "",
        code=line.code,
        subject=line.subject,
        data=line.data,
        training=line.training,
        parts=parts,
    )


def head(office: Office) -> tuple[int, str]:
    """Return how many lines are sealed, and the hash of the newest seal."""
    found = Chain.objects.filter(office=office).first()
    return (found.count, found.hash) if found else (0, sealing.FIRST)


def seal_rest(office: Office, size: int = 2000) -> int:
    """Seal the lines of an office that have no seal, in their order.

    For what was written before there were seals, and for rows made in bulk by the
    measuring scripts. Nothing else calls this: a line without a seal is what
    verifying reports.
    """
    done = 0
    with transaction.atomic():
        while True:
            lines = list(
                LogLine.objects.filter(office=office)
                .exclude(pk__in=Seal.objects.filter(office=office).values("line_id"))
                .select_related("by")
                .order_by("pk")[:size]
            )
            if not lines:
                return done
            parts = parts_of([line.pk for line in lines])
            with connection.cursor() as cursor:
                count, before = _head(cursor, office.pk)
            made = []
            for line in lines:
                digest, hints = sealing.digest(content_of(line, parts.get(line.pk, ())))
                count += 1
                before = sealing.link(before, count, digest, hints, line.training)
                made.append(
                    Seal(
                        office=office, number=count, line_id=line.pk, digest=digest,
                        hints=hints, hash=before, training=line.training,
                    )
                )  # fmt: skip
            Seal.objects.bulk_create(made)
            Chain.objects.filter(office=office).update(count=count, hash=before)
            done += len(made)


def parts_of(lines: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return what was written with each of some lines."""
    found: dict[int, list[dict[str, Any]]] = {}
    for ask in PARTS:
        for line, parts in ask(lines).items():
            found.setdefault(line, []).extend(parts)
    return found


def redact(
    office: Office, user: Any, lines: dict[int, dict[str, Any]], *, why: str
) -> int:
    """Take personal data out of lines of the log, as erasing a person has to.

    The lines stay and so do their seals. One more line, sealed like every other, says
    which of them were emptied, why, and what their digest is now: whoever verifies the
    chain sees that it was done by this and not behind the back.

    Parameters
    ----------
    office : Office
    user : User
        Who does it; the caller checks the right.
    lines : dict of int to dict
        Number of a line: what its ``data`` shall be.
    why : str

    Returns
    -------
    int
        Number of lines that were emptied.
    """
    with transaction.atomic():
        found = LogLine.objects.filter(office=office, pk__in=lines).select_related("by")
        numbers = dict(
            Seal.objects.filter(line_id__in=lines).values_list("line_id", "number")
        )
        parts = parts_of(list(lines))
        told = {}
        for line in found.order_by("pk"):
            Redaction.objects.get_or_create(line_id=line.pk, office=office)
            line.data = lines[line.pk]
            LogLine.objects.filter(pk=line.pk).update(data=line.data)
            digest, _ = sealing.digest(content_of(line, parts.get(line.pk, ())))
            told[str(numbers[line.pk])] = digest
        if told:
            noted(office, user, REDACTED, lines=told, why=why)
        return len(told)
