"""Settings of the workbench; values come from the environment, wrong ones stop the start."""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured

BASE = Path(__file__).parent
env = environ.Env()


def _choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = str(env.str(name, default))
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name} is {value!r}. Expected one of {', '.join(allowed)}. "
            "Correct it or remove it from the environment."
        )
    return value


def _count(name: str, default: int, low: int, high: int) -> int:
    text = str(env.str(name, str(default))).strip()
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ImproperlyConfigured(
            f"{name} is {text!r}. Expected a whole number from {low} to {high}. "
            "Correct it or remove it from the environment."
        )
    return int(text)


def _hosts(name: str) -> list[str]:
    found = [str(word).strip() for word in env.list(name, default=[])]
    for word in found:
        if "/" in word:
            try:
                ipaddress.ip_network(word)
            except ValueError as error:
                raise ImproperlyConfigured(
                    f"{name} holds {word!r}. Expected hosts and networks such as "
                    "10.0.0.0/8, parted by commas. Correct it or remove it."
                ) from error
    return [word for word in found if word]


def _secret(folder: Path) -> str:
    """Return the secret of this installation; made once and kept beside the database."""
    given = str(env.str("YANLIAN_SECRET_KEY", ""))
    if given:
        return given
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret.txt"
    if not path.is_file():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


# Folder of the database and the secret.
DATA_FOLDER = Path(
    env.str("YANLIAN_DATA", str(Path.home() / ".local" / "share" / "yanlian"))
)
# Processes that answer; each keeps what it has read of a long log for itself.
WORKERS = _count("YANLIAN_WORKERS", min(2, os.cpu_count() or 1), 1, 64)
DEBUG = _choice("YANLIAN_DEBUG", "no", ("yes", "no")) == "yes"
SECRET_KEY = _secret(DATA_FOLDER)
ALLOWED_HOSTS = env.list(
    "YANLIAN_HOSTS", default=["127.0.0.1", "localhost", "testserver"]
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    # The pages of the interface then come from here, not from elsewhere.
    "ninja",
    "yanlian_web.offices",
    "yanlian_web.accounts",
    "yanlian_web.ui",
    # After our own apps, whose templates come before theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "yanlian_web.studies",
    "yanlian_web.desk",
    "yanlian_web.intake",
    "yanlian_web.merging",
    "yanlian_web.finding",
    "yanlian_web.cultivate",
    "yanlian_web.handover",
    "yanlian_web.archive",
    "yanlian_web.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "yanlian_web.api.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "yanlian_web.offices.middleware.LookingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yanlian_web.accounts.middleware.SessionGuard",
    "yanlian_web.finding.middleware.FirstView",
    "yanlian_web.ui.middleware.ErrorMiddleware",
]
ROOT_URLCONF = "yanlian_web.urls"
WSGI_APPLICATION = "yanlian_web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["yanlian_web.ui.templatetags.yl", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yanlian_web.offices.context.shell",
                "yanlian_web.desk.context.rail",
                "yanlian_web.finding.context.lists",
            ],
        },
    }
]

if env.str("DATABASE_URL", ""):
    DATABASES = {"default": env.db("DATABASE_URL")}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_FOLDER / "yanlian.sqlite3",
            "OPTIONS": {
                # One writer at a time, readers never wait.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
# A session ends after so long, whatever is done in it; sooner when nothing is done.
SESSION_HOURS = _count("YANLIAN_SESSION_HOURS", 12, 1, 24 * 30)
SESSION_IDLE_MINUTES = _count("YANLIAN_IDLE_MINUTES", 120, 5, 24 * 60)
SESSIONS_MOST = _count("YANLIAN_SESSIONS_MOST", 5, 1, 100)
# Whether a session that turns up in another network or browser signs in again.
SESSION_BOUND = _choice("YANLIAN_SESSION_BOUND", "yes", ("yes", "no")) == "yes"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_COOKIE_SAMESITE = "Lax"
# Behind HTTPS the operator sets YANLIAN_HTTPS=yes; on loopback there is none.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = (
    _choice("YANLIAN_HTTPS", "no", ("yes", "no")) == "yes"
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Signing in. Who must have a second factor, at least; an office may ask for more.
SECOND_FACTOR = _choice("YANLIAN_SECOND_FACTOR", "off", ("off", "leaders", "all"))
SIGN_IN_TRIES = _count("YANLIAN_SIGN_IN_TRIES", 5, 3, 50)
SIGN_IN_WAIT_MINUTES = _count("YANLIAN_SIGN_IN_WAIT_MINUTES", 15, 1, 24 * 60)
LINK_HOURS = _count("YANLIAN_LINK_HOURS", 72, 1, 24 * 30)
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ACCOUNT_ADAPTER = "yanlian_web.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {"login": "yanlian_web.accounts.forms.SignInForm"}
# Attempts from one address are counted apart: a whole office may share one.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": (
        f"{SIGN_IN_TRIES * 6}/{SIGN_IN_WAIT_MINUTES}m/ip,"
        f"{SIGN_IN_TRIES}/{SIGN_IN_WAIT_MINUTES}m/key"
    ),
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "link": "20/m/ip",
}
# How many proxies of our own stand before the workbench and name the caller.
ALLAUTH_TRUSTED_PROXY_COUNT = _count("YANLIAN_PROXIES", 0, 0, 5)
MFA_ADAPTER = "yanlian_web.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Yanlian"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
MFA_FORMS = {
    "authenticate": "yanlian_web.accounts.forms.CodeForm",
    "reauthenticate": "yanlian_web.accounts.forms.CodeAgainForm",
    "activate_totp": "yanlian_web.accounts.forms.FirstCodeForm",
}
# What is counted must be counted by all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counted",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}


def _single_sign_on() -> dict[str, Any]:
    """Return the identity provider of the environment; off when none is named."""
    names = ("YANLIAN_OIDC_ISSUER", "YANLIAN_OIDC_CLIENT_ID", "YANLIAN_OIDC_SECRET")
    issuer, client, secret = (str(env.str(name, "")).strip() for name in names)
    if not any((issuer, client, secret)):
        return {}
    missing = [n for n, v in zip(names, (issuer, client, secret), strict=True) if not v]
    if missing:
        raise ImproperlyConfigured(
            f"{', '.join(missing)} is empty. Single sign-on needs issuer, client and "
            "secret; set all three or none."
        )
    parts = urlsplit(issuer)
    local = parts.hostname in {"127.0.0.1", "localhost"}
    if not parts.hostname or parts.scheme not in (
        {"https", "http"} if local else {"https"}
    ):
        raise ImproperlyConfigured(
            f"YANLIAN_OIDC_ISSUER is {issuer!r}. Expected an address that begins with "
            "https://. Correct it or remove it from the environment."
        )
    app = {
        "provider_id": "sso",
        "name": str(env.str("YANLIAN_OIDC_NAME", "SSO")),
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}


def _places(issuer: str) -> list[str]:
    parts = urlsplit(issuer)
    return [f"{parts.scheme}://{parts.netloc}"] if SINGLE_SIGN_ON else []


SOCIALACCOUNT_PROVIDERS = _single_sign_on()
SINGLE_SIGN_ON = bool(SOCIALACCOUNT_PROVIDERS)
SOCIALACCOUNT_ADAPTER = "yanlian_web.accounts.adapters.IdentityAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        # A browser follows a form to where it is sent on to, and asks here first.
        "form-action": [SELF, *_places(str(env.str("YANLIAN_OIDC_ISSUER", "")))],
        "frame-ancestors": ["'none'"],
    }
}

# E-mail is off until a server is named.
EMAIL_HOST = str(env.str("YANLIAN_SMTP_HOST", ""))
YANLIAN_MAIL = bool(EMAIL_HOST)
EMAIL_BACKEND = "django.core.mail.backends." + (
    "smtp.EmailBackend" if YANLIAN_MAIL else "dummy.EmailBackend"
)
EMAIL_PORT = _count("YANLIAN_SMTP_PORT", 25, 1, 65535)
EMAIL_HOST_USER = str(env.str("YANLIAN_SMTP_USER", ""))
EMAIL_HOST_PASSWORD = str(env.str("YANLIAN_SMTP_PASSWORD", ""))
_TLS = _choice("YANLIAN_SMTP_TLS", "no", ("no", "starttls", "tls"))
EMAIL_USE_TLS, EMAIL_USE_SSL = _TLS == "starttls", _TLS == "tls"
# A server that hangs is given up after so many seconds.
EMAIL_TIMEOUT = _count("YANLIAN_SMTP_TIMEOUT", 10, 1, 120)
DEFAULT_FROM_EMAIL = str(env.str("YANLIAN_MAIL_FROM", "yanlian@localhost"))
# Where members open the workbench; for links in e-mails.
YANLIAN_ADDRESS = str(env.str("YANLIAN_ADDRESS", ""))

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "\u4e2d\u6587"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Requests of one token or member to the interface within a minute.
API_PER_MINUTE = env.int("YANLIAN_API_PER_MINUTE", 600)
# Hosts and networks of our own to which webhooks may lead; none by default.
WEBHOOK_HOSTS = _hosts("YANLIAN_WEBHOOK_HOSTS")

STATIC_URL = "static/"
STATIC_ROOT = DATA_FOLDER / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
