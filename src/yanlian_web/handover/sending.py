"""Reminders by e-mail: one message for each member and day, never twice."""

from __future__ import annotations

import datetime
import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from yanlian.progress.reminders import LATE, TODAY, kinds
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import today
from yanlian_web.handover.actions.handovers import name_of
from yanlian_web.handover.calendars import LANGUAGES
from yanlian_web.handover.models import Digest, Wish
from yanlian_web.handover.models.wishes import FAILED, SENDING, SENT
from yanlian_web.handover.queries.dues import Told, reminders_of
from yanlian_web.offices.actions import log
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import called, name, reader

# Rows of a message; the page has the rest.
MOST = 60
# What a mail server, or the way to it, can answer with.
TROUBLE = (OSError, BadHeaderError, UnicodeError, ValueError)
# These speak of the server; others, of one message, after which the rest may pass.
DOWN = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
)


def mail_on() -> bool:
    """Tell whether a mail server is named; without one nothing is sent."""
    return bool(settings.YANLIAN_MAIL)


@dataclass(frozen=True)
class Sent:
    """What came of the messages of a day.

    Attributes
    ----------
    sent, already, nothing : int
        Sent now; sent before; members with nothing to be reminded of.
    failed : tuple of Say
        What went wrong, with what happens next.
    """

    sent: int = 0
    already: int = 0
    nothing: int = 0
    failed: tuple[Say, ...] = ()


def wanting(office: Office) -> list[tuple[Member, Wish]]:
    """Return the members who want their reminders by e-mail and may have them."""
    wishes = (
        Wish.objects.filter(member__office=office, mail=True)
        .select_related("member__user", "member__office")
        .order_by("member")
    )
    return [
        (wish.member, wish)
        for wish in wishes
        if wish.member.user.is_active
        and wish.member.user.email
        and may(wish.member, "see")
    ]


def digests_send(office: Office, day: datetime.date | None = None) -> Sent:
    """Send the reminders of a day to every member who wants them by e-mail.

    A message is claimed before it is sent, so that another run on the same day, or one
    at the same time, does not send it again. One that the server did not take is kept
    as not sent, and the next run tries again. Of one whose sending was cut off nobody
    knows whether it arrived: it is not sent again on that day, and what is still due
    stands in the message of the next.
    """
    day = day or today()
    sent = already = nothing = 0
    failed: list[Say] = []
    connection = get_connection()
    down: Exception | None = None
    try:
        for member, wish in wanting(office):
            told = reminders_of(member, day, wish=wish)
            if not told:
                nothing += 1
                continue
            digest = _claimed(member, day, len(told))
            if digest is None:
                already += 1
                continue
            error = down
            try:
                if not down:
                    connection.open()
                    message_of(member, wish, told, day, connection).send()
            except TROUBLE as found:
                error = found
                down = found if _of_server(found) else None
            _settle(digest, error)
            if error:
                failed.append(_said(member, error))
            else:
                sent += 1
    finally:
        _close(connection)
    if sent or failed:
        log(
            office,
            "handover.digests.sent",
            day=day.isoformat(),
            sent=sent,
            failed=len(failed),
        )
    return Sent(sent, already, nothing, tuple(failed))


def _of_server(error: Exception) -> bool:
    """Tell whether an error speaks of the server, so that the others need no try."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, DOWN)
    return isinstance(error, OSError)


def _hung(error: Exception) -> bool:
    """Tell whether the server did not answer in time; smtplib hides that in words."""
    return isinstance(error, TimeoutError) or "timed out" in str(error)


def _close(connection: Any) -> None:
    try:
        connection.close()
    except OSError:
        # What was sent was sent; a server that does not say good-bye changes nothing.
        return


def _claimed(member: Member, day: datetime.date, count: int) -> Digest | None:
    """Return the message of a day to send now; None when it was sent or is being sent."""
    values = {"state": SENDING, "at": timezone.now(), "count": count, "error": ""}
    try:
        with transaction.atomic():
            return Digest.objects.create(member=member, on=day, **values)
    except IntegrityError:
        known = Digest.objects.filter(member=member, on=day, state=FAILED)
        if not known.update(**values):
            return None
        return Digest.objects.get(member=member, on=day)


def _settle(digest: Digest, error: Exception | None) -> None:
    digest.state = FAILED if error else SENT
    digest.at = timezone.now()
    digest.error = _reason(error)[:500] if error else ""
    digest.save()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _said(member: Member, error: Exception) -> Say:
    """Return what went wrong, and that nothing is lost."""
    if _hung(error):
        why = say(
            N_("the mail server did not answer within %(n)s seconds"),
            n=settings.EMAIL_TIMEOUT,
        )
    else:
        why = Say(_reason(error), _reason(error))
    return say(
        N_(
            "Not sent to %(name)s: %(why)s. Nothing is lost: the reminders stand on the "
            "page, and the next run sends them."
        ),
        name=name_of(member),
        why=why,
    )


def message_of(
    member: Member,
    wish: Wish,
    told: list[Told],
    day: datetime.date,
    connection: Any = None,
) -> EmailMessage:
    """Return the message of a day, in the language the member has chosen.

    What is confidential is counted and not named: an e-mail leaves the program.
    """
    with override(LANGUAGES[wish.lang]):
        late = sum(item.reminder.state == LATE for item in told)
        now = sum(item.reminder.state == TODAY for item in told)
        subject = gettext(
            "Yanlian reminders of %(day)s: %(late)s late, %(now)s today, %(soon)s soon"
        ) % {
            "day": day.isoformat(),
            "late": late,
            "now": now,
            "soon": len(told) - late - now,
        }
        return EmailMessage(
            subject,
            "\n".join(_lines(told)),
            settings.DEFAULT_FROM_EMAIL,
            [member.user.email],
            connection=connection,
        )


def _lines(told: list[Told]) -> list[str]:
    lines: list[str] = []
    for code, kind in kinds().items():
        mine = [item for item in told if item.duty.kind == code]
        if not mine:
            continue
        lines += ["", kind.name.text(reader())]
        named = [item for item in mine if not item.duty.internal]
        lines += [f"- {line_of(item)}" for item in named[:MOST]]
        rest = len(mine) - len(named[:MOST])
        if rest:
            lines.append(
                "- " + gettext("%(n)s more, shown on the page only") % {"n": rest}
            )
    place = settings.YANLIAN_ADDRESS.rstrip("/")
    if place:
        lines += [
            "",
            gettext("All of them: %(address)s")
            % {"address": place + reverse("reminders")},
        ]
    lines += [
        "",
        gettext("You chose to be told by e-mail; change it on the page of reminders."),
    ]
    return lines[1:]


def line_of(item: Told) -> str:
    """Return a reminder in one line."""
    firm = name(item.duty.company) if item.duty.company else ""
    what = called(item.duty.record)
    text = f"{firm}: {what}" if firm and reader() == "en" else f"{firm} {what}".strip()
    mark = f" [{gettext('training data')}]" if item.duty.record.training else ""
    return f"{when_of(item)} {text}{mark}"


def when_of(item: Told) -> str:
    """Return how the day of a reminder stands to today."""
    days = abs(item.reminder.days)
    if item.reminder.state == LATE:
        return gettext("%(n)s days late") % {"n": days}
    if item.reminder.state == TODAY:
        return gettext("today")
    return item.duty.on.isoformat()
