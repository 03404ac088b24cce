"""How the sign-in library behaves here: lockout, log, secrets, who is let in."""

from __future__ import annotations

import base64
import datetime
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yanlian_web.accounts import links, sessions
from yanlian_web.accounts.limits import name_key, network, opens_at
from yanlian_web.accounts.middleware import ENROL
from yanlian_web.accounts.noting import note
from yanlian_web.accounts.policy import has_factor, must


def locked(request: HttpRequest, key: str) -> ValidationError:
    """Return that an account is closed for a while, and when it opens."""
    moment = opens_at(request, key) or timezone.now()
    # Up to the next full minute: an earlier try would be refused.
    local = timezone.localtime(moment) + datetime.timedelta(seconds=59)
    return ValidationError(
        gettext(
            "Too many failed attempts. Signing in is closed until %(time)s. Wait until "
            "then, or ask the head of your office for a link."
        )
        % {"time": f"{local:%H:%M}"},
        code="locked",
    )


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody registers; who fails is written down and has to wait."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "Name and password do not fit together. Type them again."
        ),
        "incorrect_password": _("This is not your password. Type it again."),
        "incorrect_code": _(
            "This code does not fit or was used before. Wait for the next one and type "
            "it again."
        ),
        "rate_limited": _("Too many attempts. Wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers by themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the caller; behind a socket there is none."""
        try:
            return str(super().get_client_ip(request))
        except Exception:
            return "0.0.0.0"

    def _get_login_attempts_cache_key(
        self, request: HttpRequest, **credentials: Any
    ) -> str:
        # Not by the host named in the request, which the caller chooses.
        return name_key(str(credentials.get("username", "")))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let no attempt through while the account is closed."""
        key = self._get_login_attempts_cache_key(request, **credentials)
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise locked(request, key) from error

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write the failure down, and that the account is closed from now on."""
        name = str(credentials.get("username", ""))
        user = get_user_model().objects.filter(username=name).first()
        where = network(request)
        note(user, "accounts.sign_in.failed", network=where, what="password")
        until = opens_at(request, name_key(name))
        if until is not None:
            note(
                user,
                "accounts.sign_in.locked",
                network=where,
                until=until.isoformat(timespec="seconds"),
            )

    def post_login(
        self, request: HttpRequest, user: Any, **kwargs: Any
    ) -> HttpResponse:
        """Write the sign-in down, bind the session, ask for a second factor."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        records = get_authentication_records(request, user)
        ways = [str(record.get("method", "")) for record in records]
        sessions.begin(request)
        sessions.keep_most(request)
        note(
            user,
            "accounts.sign_in.done",
            by=user,
            ways=list(dict.fromkeys(ways)),
            network=network(request),
        )
        if must(getattr(user, "member", None)) and not has_factor(user):
            request.session[ENROL] = True
            if "password" in ways:
                # It was typed a moment ago; setting the factor up need not ask again.
                reauthenticate_by_password(request)
        return answer

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages show what was done."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: a closed network has no mail."""

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the account."""
        return reverse("account")


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted in the database; who must have a factor keeps it."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _(
            "Your office asks for a second factor. It cannot be removed; add a new one "
            "in its place by asking the head of your office."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret that was stored."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Tell whether a factor may go."""
        return not must(getattr(authenticator.user, "member", None))


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Single sign-on lets in members, and whoever holds an invitation."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody becomes a member by an identity alone."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Return to the account."""
        return reverse("account")

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find whose identity this is; a stranger gets a page that says so."""
        if sociallogin.state.get("process") == "connect":
            return
        if sociallogin.is_existing:
            user = sociallogin.user
            if user.is_active and getattr(user, "member", None):
                return
        elif self._by_invitation(request, sociallogin) or self._by_mail(
            request, sociallogin
        ):
            return
        note(None, "accounts.sign_in.stranger", network=network(request))
        raise ImmediateHttpResponse(
            render(request, "accounts/stranger.html", status=403)
        )

    def _by_invitation(self, request: HttpRequest, sociallogin: Any) -> bool:
        token = request.session.pop(links.IN_SESSION, "")
        link = links.link_use(token) if token else None
        if link is None:
            return False
        sociallogin.connect(request, link.user)
        note(link.user, "accounts.identity.connected", by=link.user)
        return True

    def _by_mail(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Find a member by an address that the identity provider has verified."""
        mails = {
            address.email.lower()
            for address in sociallogin.email_addresses
            if address.verified is True
        }
        if not mails:
            return False
        found = [
            user
            for user in get_user_model().objects.filter(
                is_active=True, member__isnull=False
            )
            if user.email and user.email.lower() in mails
        ]
        if len(found) != 1:
            return False
        sociallogin.connect(request, found[0])
        note(found[0], "accounts.identity.connected", by=found[0])
        return True

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, **kwargs: Any
    ) -> None:
        """Say plainly that it did not work, and nothing about why."""
        note(
            None,
            "accounts.sign_in.failed",
            network=network(request),
            what="single sign-on",
        )
        raise ImmediateHttpResponse(
            render(request, "accounts/sso_failed.html", status=403)
        )
