"""Settings of the workbench; values come from the environment, wrong ones stop the start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
# Behind HTTPS the operator sets YANLIAN_HTTPS=yes; on loopback there is none.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = (
    _choice("YANLIAN_HTTPS", "no", ("yes", "no")) == "yes"
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

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
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "\u4e2d\u6587"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Requests of one token or member to the interface within a minute.
API_PER_MINUTE = env.int("YANLIAN_API_PER_MINUTE", 600)

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
