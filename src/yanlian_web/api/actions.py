"""Actions on tokens and webhooks; each with its line in the log."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.api import targets, tokens
from yanlian_web.api.models import (
    DROPPED,
    READ,
    SENT,
    WAITING,
    WRITE,
    Delivery,
    Token,
    Webhook,
)
from yanlian_web.desk.acting import acting, hidden, refuse, wrong
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

# Days a token may hold; tokens and webhooks one may have at a time.
LONGEST, MOST_TOKENS, MOST_WEBHOOKS = 366, 20, 20


def _named(text: str) -> list[Finding]:
    name = text.strip()
    if not name:
        return [
            wrong("name", say(N_("Give it a name by which you know it.")), "api.name")
        ]
    return hidden("name", name)


def token_make(
    *, by: Member, name: str, scope: str, expires_on: datetime.date
) -> tuple[Token, str]:
    """Make a personal token.

    Returns
    -------
    Token
    str
        What is shown once; only its hash is stored.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "api.token.made", right="see") as act:
        found = _named(name)
        if scope not in {READ, WRITE}:
            found.append(wrong("scope", say(N_("Choose what it may do.")), "api.scope"))
        if scope == WRITE and not may(by, "write"):
            text = say(N_("Your role does not write, so neither does your token."))
            found.append(wrong("scope", text, "api.scope"))
        last = act.day + datetime.timedelta(days=LONGEST)
        if not act.day < expires_on <= last:
            text = say(
                N_("Found %(day)s. Expected a day after today and up to %(last)s."),
                day=expires_on.isoformat(),
                last=last.isoformat(),
            )
            found.append(wrong("expires_on", text, "api.expires"))
        kept = Token.objects.filter(
            member=by, revoked_at=None, expires_on__gte=act.day
        ).count()
        if kept >= MOST_TOKENS:
            text = say(
                N_("You have %(count)s tokens that hold. Revoke one you do not use."),
                count=kept,
            )
            found.append(wrong("", text, "api.most"))
        refuse(*found)
        secret = tokens.new_secret()
        made = Token.objects.create(
            member=by,
            name=name.strip()[:100],
            scope=scope,
            hash=tokens.hashed(secret),
            start=secret[:8],
            expires_on=expires_on,
        )
        _about(act, made)
        act.note(name=made.name, scope=scope, expires_on=expires_on.isoformat())
        return made, secret


def token_revoke(*, by: Member, pk: int) -> Token:
    """End a token: its owner, or whoever holds the right ``admin``.

    Raises
    ------
    PermissionDenied
    """
    with acting(by, "api.token.revoked", right="see") as act:
        token = (
            Token.objects.select_for_update(of=("self",))
            .filter(pk=pk, member__office_id=by.office_id)
            .first()
        )
        if token is None or (token.member_id != by.pk and not may(by, "admin")):
            raise PermissionDenied
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
        _about(act, token)
        act.note(name=token.name, of=token.member_id)
        return token


def _about(act: Any, thing: Token | Webhook) -> None:
    """Let the log line speak of what is no record of the desk."""
    act.about(thing)


def secret_of(webhook: Webhook) -> str:
    """Return the secret of a webhook; it is reckoned and stands nowhere."""
    made = hmac.new(
        settings.SECRET_KEY.encode(), f"webhook:{webhook.key}".encode(), hashlib.sha256
    )
    return f"whsec_{made.hexdigest()}"


def _checked(name: str, url: str, kinds: Iterable[str]) -> list[Finding]:
    found = _named(name)
    found += targets.findings(url)
    bad = [kind for kind in kinds if not targets.KIND.fullmatch(kind)]
    if bad:
        text = say(
            N_(
                "Found %(found)s. Expected beginnings of actions, such as desk.deal. "
                "or desk.promise.kept."
            ),
            found=", ".join(bad)[:200],
        )
        found.append(wrong("kinds", text, "api.kinds"))
    return found


def webhook_add(*, by: Member, name: str, url: str, kinds: list[str]) -> Webhook:
    """Have an address told what happens.

    Raises
    ------
    PermissionDenied, Refused
    """
    with acting(by, "api.webhook.added", right="admin") as act:
        found = _checked(name, url, kinds)
        if (
            Webhook.objects.filter(office=by.office, removed_at=None).count()
            >= MOST_WEBHOOKS
        ):
            text = say(
                N_("There are %(count)s already. Remove one first."),
                count=MOST_WEBHOOKS,
            )
            found.append(wrong("", text, "api.most"))
        refuse(*found)
        made = Webhook.objects.create(
            office=by.office,
            name=name.strip()[:100],
            url=url.strip(),
            kinds=kinds,
            key=secrets.token_hex(16),
            made_by=by,
        )
        _about(act, made)
        act.note(name=made.name, url=made.url, kinds=kinds)
        return made


def _locked(by: Member, pk: int) -> Webhook:
    found = (
        Webhook.objects.select_for_update(of=("self",))
        .filter(pk=pk, office_id=by.office_id, removed_at=None)
        .first()
    )
    if found is None:
        raise PermissionDenied
    return found


def webhook_change(
    *, by: Member, pk: int, name: str, url: str, kinds: list[str]
) -> Webhook:
    """Change name, address or kinds of a webhook."""
    with acting(by, "api.webhook.changed", right="admin") as act:
        webhook = _locked(by, pk)
        refuse(*_checked(name, url, kinds))
        webhook.name, webhook.url, webhook.kinds = (
            name.strip()[:100],
            url.strip(),
            kinds,
        )
        webhook.save(update_fields=["name", "url", "kinds"])
        _about(act, webhook)
        act.note(name=webhook.name, url=webhook.url, kinds=kinds)
        return webhook


def webhook_secret(*, by: Member, pk: int) -> Webhook:
    """Give a webhook a new secret; the old one signs nothing any more."""
    with acting(by, "api.webhook.secret", right="admin") as act:
        webhook = _locked(by, pk)
        webhook.key = secrets.token_hex(16)
        webhook.save(update_fields=["key"])
        _about(act, webhook)
        act.note(name=webhook.name)
        return webhook


def webhook_stop(*, by: Member, pk: int, why: str = "") -> Webhook:
    """Stop a webhook; what waits for it stays and goes out when it is started again."""
    with acting(by, "api.webhook.stopped", right="admin") as act:
        webhook = _locked(by, pk)
        if webhook.stopped_at is None:
            webhook.stopped_at = timezone.now()
            webhook.stopped_why = why[:500]
            webhook.save(update_fields=["stopped_at", "stopped_why"])
        _about(act, webhook)
        act.note(name=webhook.name, why=why[:500])
        return webhook


def webhook_start(*, by: Member, pk: int) -> Webhook:
    """Start a webhook again; what waits goes out at once."""
    with acting(by, "api.webhook.started", right="admin") as act:
        webhook = _locked(by, pk)
        refuse(*targets.findings(webhook.url))
        webhook.stopped_at, webhook.stopped_why = None, ""
        webhook.failures, webhook.paused_until = 0, None
        webhook.save(
            update_fields=["stopped_at", "stopped_why", "failures", "paused_until"]
        )
        Delivery.objects.filter(webhook=webhook, state=WAITING).update(
            next_at=timezone.now()
        )
        _about(act, webhook)
        act.note(name=webhook.name)
        return webhook


def webhook_remove(*, by: Member, pk: int) -> Webhook:
    """Remove a webhook; its deliveries stay to be read, and nothing more is sent."""
    with acting(by, "api.webhook.removed", right="admin") as act:
        webhook = _locked(by, pk)
        webhook.removed_at = timezone.now()
        webhook.save(update_fields=["removed_at"])
        Delivery.objects.filter(webhook=webhook).exclude(state=SENT).update(
            state=DROPPED
        )
        _about(act, webhook)
        act.note(name=webhook.name, url=webhook.url)
        return webhook


def delivery_again(*, by: Member, pk: int, delivery: int) -> Delivery:
    """Send a delivery once more, with the number it has."""
    with acting(by, "api.delivery.again", right="admin") as act:
        webhook = _locked(by, pk)
        found = Delivery.objects.filter(webhook=webhook, pk=delivery).first()
        if found is None:
            raise PermissionDenied
        found.state, found.next_at = WAITING, timezone.now()
        found.wrong = found.note = ""
        found.save(update_fields=["state", "next_at", "wrong", "note"])
        webhook.paused_until = None
        webhook.save(update_fields=["paused_until"])
        _about(act, webhook)
        act.note(name=webhook.name, delivery=str(found.number), line=found.line_id)
        return found
