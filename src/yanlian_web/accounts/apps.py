"""Signing in: second factor, single sign-on, sessions, lockout."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Signing in: second factor, single sign-on, sessions, lockout."""

    name = "yanlian_web.accounts"
    label = "accounts"
