"""Addresses of signing in, of one's account and of the members.

The names with an underscore are those by which the sign-in library finds its pages.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from yanlian_web.accounts.views import access, own
from yanlian_web.accounts.views import account as mine
from yanlian_web.accounts.views.join import join
from yanlian_web.accounts.views.signing import sign_in

SSO = "sign-in/sso/<slug:provider_id>/"
either = require_http_methods(["GET", "POST"])

urlpatterns = [
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-in/", sign_in, name="account_login"),
    path("sign-in/code/", either(factor.authenticate), name="mfa_authenticate"),
    path(SSO, require_POST(oidc.login), name="openid_connect_login"),
    path(SSO + "back/", oidc.callback, name="openid_connect_callback"),
    path("sign-out/", mine.sign_out, name="sign-out"),
    path("join/<str:token>/", join, name="join"),
    path("account/", mine.account, name="account"),
    path("account/", mine.account, name="mfa_index"),
    path("account/sessions/end/", mine.end, name="account-sessions-end"),
    path("account/identity/", mine.identity_remove, name="account-identity"),
    path(
        "account/password/",
        own(either(account.password_change)),
        name="account_change_password",
    ),
    path(
        "account/again/",
        own(either(account.reauthenticate)),
        name="account_reauthenticate",
    ),
    path(
        "account/again/code/",
        own(either(factor.reauthenticate)),
        name="mfa_reauthenticate",
    ),
    path(
        "account/second-factor/",
        own(either(totp.activate_totp)),
        name="mfa_activate_totp",
    ),
    path(
        "account/second-factor/remove/",
        own(either(totp.deactivate_totp)),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/recovery/",
        own(either(recovery.view_recovery_codes)),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/recovery/new/",
        own(either(recovery.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path("access/", access.access, name="access"),
    path("access/invite/", access.invite, name="access-invite"),
    path("access/second-factor/", access.policy, name="access-policy"),
    path("access/<int:pk>/", access.change, name="access-change"),
    path("access/<int:pk>/link/", access.link, name="access-link"),
]
