"""Signing in: second factor, single sign-on, sessions, lockout."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Signing in: second factor, single sign-on, sessions, lockout."""

    name = "yanlian_web.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the sign-in library."""
        from yanlian_web.accounts import hearing  # noqa: F401
