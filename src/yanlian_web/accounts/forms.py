"""Forms of signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yanlian_web.accounts.adapters import locked
from yanlian_web.accounts.limits import code_key, opens_at
from yanlian_web.accounts.models import FACTORS
from yanlian_web.offices.rights import ROLES

# A code is good for three half minutes; it is remembered longer than that.
REMEMBERED_SECONDS = 150


class SignInForm(LoginForm):  # type: ignore[misc]
    """Name and password."""

    def add_prefix(self, field_name: str) -> str:
        """Call the field of the name what browsers call it."""
        return "username" if field_name == "login" else field_name


def _once(user: Any, code: str) -> None:
    """Refuse a code that was used a moment ago."""
    place = f"accounts.code:{user.pk}:{normalize_user_code(code)}"
    if not cache.add(place, 1, timeout=REMEMBERED_SECONDS):
        raise get_adapter().validation_error("incorrect_code")


class _Code:
    """A code that works once, and is counted when it does not fit."""

    user: Any

    def clean_code(self) -> str:
        try:
            code = str(super().clean_code())  # type: ignore[misc]
        except ValidationError as error:
            key = code_key(self.user.pk)
            if error.code in {"too_many_login_attempts", "rate_limited"} or (
                opens_at(context.request, key)
            ):
                raise locked(context.request, key) from error
            raise
        _once(self.user, code)
        return code


class CodeForm(_Code, AuthenticateForm):  # type: ignore[misc]
    """The second factor while signing in."""


class CodeAgainForm(_Code, ReauthenticateForm):  # type: ignore[misc]
    """The second factor before something that matters."""


class FirstCodeForm(_Code, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new second factor."""


def _chosen_password(data: dict[str, Any], user: Any) -> str:
    password = str(data.get("password1") or "")
    if password != data.get("password2"):
        raise ValidationError(
            {"password2": gettext("The two are not the same. Type both again.")}
        )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password1": error.messages}) from error
    return password


class JoinForm(forms.Form):
    """A password for whoever holds a link."""

    password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Check both fields together."""
        data = super().clean() or {}
        if "password1" in data and "password2" in data:
            _chosen_password(data, self.user)
        return data


class InviteForm(forms.Form):
    """A new member."""

    username = forms.CharField(label=_("Sign-in name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=[(r, _(r)) for r in ROLES])
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100, required=False)
    email = forms.EmailField(
        label=_("E-mail for single sign-on"), max_length=200, required=False
    )


class PolicyForm(forms.Form):
    """Who must have a second factor."""

    second_factor = forms.ChoiceField(label=_("Second factor"), choices=FACTORS)
