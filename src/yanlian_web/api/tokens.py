"""Recognising personal tokens; guessing them is slowed."""

from __future__ import annotations

import hashlib
import secrets
import time

from django.core.cache import cache
from django.utils import timezone

from yanlian.text import N_, say
from yanlian_web.api.models import Token
from yanlian_web.api.v1.problems import Problem

START = "yl_"
# So many unknown tokens may come from an address until it has to wait, and how long:
# each further one doubles the pause.
MOST_WRONG = 10
FIRST_WAIT, LONGEST_WAIT = 30, 900
REMEMBERED = 3600
# The last use is noted at most so often, so that reading stays reading.
NOTED_EVERY = 60


def new_secret() -> str:
    """Return a token nobody can guess."""
    return START + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is stored of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def recognise(secret: str, address: str) -> Token:
    """Return a token that holds.

    Parameters
    ----------
    secret : str
        As it was sent.
    address : str
        From where it came.

    Raises
    ------
    Problem
        401 when it is unknown, expired or revoked; 429 when too many unknown ones have
        come from the address. A token that was used from there before still passes.
    """
    found = (
        Token.objects.filter(hash=hashed(secret))
        .select_related("member__office", "member__user")
        .first()
    )
    wait = _waiting(address)
    if wait and (found is None or found.last_from != address):
        raise Problem(
            429,
            say(
                N_(
                    "Too many unknown tokens came from your address. Wait "
                    "%(seconds)s seconds."
                ),
                seconds=wait,
            ),
            code="token_guessed",
            wait=wait,
        )
    if found is None:
        _count_wrong(address)
        raise Problem(
            401,
            say(
                N_(
                    "This token is not known. Copy it again, or make a new one in the "
                    "menu of your account."
                )
            ),
            code="token_unknown",
        )
    now = timezone.now()
    if found.revoked_at is not None:
        raise Problem(
            401,
            say(
                N_("This token was revoked on %(day)s. Make a new one."),
                day=timezone.localdate(found.revoked_at).isoformat(),
            ),
            code="token_revoked",
        )
    if found.expires_on < timezone.localdate():
        raise Problem(
            401,
            say(
                N_("This token expired on %(day)s. Make a new one."),
                day=found.expires_on.isoformat(),
            ),
            code="token_expired",
        )
    if not found.member.user.is_active:
        raise Problem(
            401, say(N_("The account of this token is closed.")), code="token_closed"
        )
    last = found.last_used_at
    if (
        last is None
        or found.last_from != address
        or (now - last).total_seconds() > NOTED_EVERY
    ):
        Token.objects.filter(pk=found.pk).update(
            last_used_at=now, last_from=address[:45]
        )
    return found


def _key(address: str) -> str:
    return "api-wrong-" + hashlib.sha256(address.encode()).hexdigest()[:32]


def _waiting(address: str) -> int:
    """Return for how many seconds an address has to wait."""
    _, until = cache.get(_key(address), (0, 0.0))
    return max(int(until - time.time() + 0.999), 0)


def _count_wrong(address: str) -> None:
    wrong, _ = cache.get(_key(address), (0, 0.0))
    wrong += 1
    over = wrong - MOST_WRONG
    pause = min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else 0
    cache.set(_key(address), (wrong, time.time() + pause), REMEMBERED)
