"""Signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.views.decorators.http import require_http_methods

from yanlian_web.accounts.queries import sso


class SignInView(LoginView):  # type: ignore[misc]
    """Name and password, and single sign-on where there is one."""

    template_name = "ui/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the page shows."""
        page: dict[str, Any] = super().get_context_data(**kwargs)
        page["sso"] = sso()
        page["next"] = self.get_next_url() or ""
        return page


sign_in = require_http_methods(["GET", "POST"])(SignInView.as_view())
