"""What a member chooses to be told, the norms of the office, and the calendar address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping

from django.utils import timezone

from yanlian.errors import Finding
from yanlian.progress.reminders import contact_norms, kinds
from yanlian.progress.stages import stage
from yanlian.text import N_, say
from yanlian_web.desk.acting import acting, refuse, wrong
from yanlian_web.handover.models import Feed, Norms, Wish
from yanlian_web.handover.models.wishes import BUSY, LANGUAGES, OMIT
from yanlian_web.offices.models import Member

MOST_DAYS = 1000


def wish_set(*, by: Member, wanted: Iterable[str], mail: bool, lang: str) -> Wish:
    """Choose of what one is reminded, whether by e-mail too, and in which language."""
    with acting(by, "handover.wish.set", right="see") as act:
        found = []
        wanted = set(wanted)
        if lang not in dict(LANGUAGES):
            text = say(N_("Choose one of the two languages."))
            found.append(wrong("lang", text, "wish.lang"))
        if mail and not by.user.email:
            text = say(
                N_(
                    "No e-mail address of yours is on file. Ask the administrator to "
                    "enter it."
                )
            )
            found.append(wrong("mail", text, "wish.mail"))
        refuse(*found)
        wish, _ = Wish.objects.get_or_create(member=by)
        wish.off = [code for code in kinds() if code not in wanted]
        wish.mail, wish.lang = mail, lang
        wish.save()
        act.note(member=by.pk, off=wish.off, mail=mail)
        return wish


def norms_set(
    *,
    by: Member,
    contact: Mapping[str, str],
    ahead: Mapping[str, str],
    version: int,
) -> Norms:
    """Set after how many days without contact, and how far ahead, one is reminded.

    Parameters
    ----------
    contact, ahead : mapping of str to str
        Days by stage and by kind, as typed.
    version : int
        Of the norms that were read; 0 when there were none.
    """
    with acting(by, "handover.norms.set", right="decide") as act:
        norms = Norms.objects.select_for_update().filter(office=act.office).first()
        found: list[Finding] = []
        if (norms.version if norms else 0) != version:
            text = say(
                N_(
                    "Somebody else has set the norms meanwhile. See them below and send "
                    "yours again if they still hold."
                )
            )
            found.append(wrong("", text, "norms.changed"))
        days = {key: _days(f"contact_{key}", contact.get(key, ""), found) for key in contact_norms()}  # fmt: skip
        early = {key: _days(f"ahead_{key}", ahead.get(key, ""), found) for key in kinds()}  # fmt: skip
        refuse(*found)
        norms = norms or Norms(office=act.office, version=0)
        old = {"contact": norms.contact, "ahead": norms.ahead}
        norms.contact = {k: v for k, v in days.items() if v != contact_norms()[k]}
        norms.ahead = {k: v for k, v in early.items() if v != kinds()[k].ahead_days}
        norms.version += 1
        norms.save()
        act.note(old=old, contact=norms.contact, ahead=norms.ahead)
        return norms


def _days(where: str, text: str, found: list[Finding]) -> int:
    """Return a number of days; say so when it is none."""
    text = text.strip()
    # Full-width digits are digits too.
    if text.isdecimal() and len(text) <= 4 and int(text) <= MOST_DAYS:
        return int(text)
    code = where.partition("_")[2]
    named = stage(code).name if where.startswith("contact") else kinds()[code].name
    shown = say(
        N_(
            "%(name)s: found %(value)s. Expected a whole number of days from 0 to %(most)s."
        ),
        name=named,
        value=repr(text[:20]),
        most=MOST_DAYS,
    )
    found.append(wrong(where, shown, "norms.days"))
    return 0


def hashed(secret: str) -> str:
    """Return by what a secret of a calendar address is known."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_renew(*, by: Member, private: str, lang: str) -> tuple[Feed, str]:
    """Make a calendar address, or a new one: the old one answers no more.

    Returns
    -------
    feed : Feed
    secret : str
        Shown this once; only what it hashes to is kept.
    """
    with acting(by, "handover.feed.renewed", right="see") as act:
        refuse(*_feed_wrong(private, lang))
        feed, _ = Feed.objects.get_or_create(member=by)
        secret = secrets.token_urlsafe(32)
        feed.secret, feed.made_at = hashed(secret), timezone.now()
        feed.private, feed.lang = private, lang
        feed.save()
        act.note(member=by.pk)
        return feed, secret


def feed_change(*, by: Member, private: str, lang: str) -> Feed:
    """Change what the calendar says; its address stays."""
    with acting(by, "handover.feed.changed", right="see") as act:
        refuse(*_feed_wrong(private, lang))
        feed, _ = Feed.objects.get_or_create(member=by)
        feed.private, feed.lang = private, lang
        feed.save()
        act.note(member=by.pk, private=private)
        return feed


def feed_revoke(*, by: Member) -> None:
    """Take the calendar address back; it answers no more."""
    with acting(by, "handover.feed.revoked", right="see") as act:
        Feed.objects.filter(member=by).update(secret="", made_at=None)
        act.note(member=by.pk)


def _feed_wrong(private: str, lang: str) -> list[Finding]:
    found = []
    if private not in {BUSY, OMIT}:
        text = say(N_("Choose how confidential items are shown."))
        found.append(wrong("private", text, "feed.private"))
    if lang not in dict(LANGUAGES):
        text = say(N_("Choose one of the two languages."))
        found.append(wrong("lang", text, "feed.lang"))
    return found
