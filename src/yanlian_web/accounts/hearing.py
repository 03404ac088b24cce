"""Writing down what the sign-in library tells: factors, passwords, identities."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.dispatch import receiver

from yanlian_web.accounts import sessions
from yanlian_web.accounts.limits import code_key, network, opens_at
from yanlian_web.accounts.noting import note


@receiver(mfa.authenticator_added)
def _added(user: Any, authenticator: Any, **_: Any) -> None:
    note(user, "accounts.factor.added", by=user, kind=authenticator.type)


@receiver(mfa.authenticator_removed)
def _removed(user: Any, authenticator: Any, **_: Any) -> None:
    note(user, "accounts.factor.removed", by=user, kind=authenticator.type)


@receiver(mfa.authenticator_reset)
def _renewed(user: Any, authenticator: Any, **_: Any) -> None:
    note(user, "accounts.factor.renewed", by=user, kind=authenticator.type)


@receiver(mfa.authentication_failed)
def _failed(request: Any, user: Any, **_: Any) -> None:
    where = network(request)
    note(user, "accounts.sign_in.failed", network=where, what="code")
    until = opens_at(request, code_key(user.pk))
    if until is not None:
        moment = until.isoformat(timespec="seconds")
        note(user, "accounts.sign_in.locked", network=where, until=moment)


@receiver(account.password_changed)
def _changed(request: Any, user: Any, **_: Any) -> None:
    note(user, "accounts.password.changed", by=user)
    sessions.end_all(user, why="password", by=user, but=request.session.session_key)


@receiver(social.social_account_added)
def _connected(sociallogin: Any, **_: Any) -> None:
    note(sociallogin.user, "accounts.identity.connected", by=sociallogin.user)


@receiver(social.social_account_removed)
def _disconnected(socialaccount: Any, **_: Any) -> None:
    user = socialaccount.user
    note(user, "accounts.identity.removed", by=user)
