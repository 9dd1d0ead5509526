"""Settings of the service: everything that differs from place to place comes from the environment.

CAUCE_HOME       folder of the database, keys and mail of a demonstration; `results/web` if not given
CAUCE_OPERATOR   file that says who operates this; without it everything is a demonstration
CAUCE_SECRET     secret of sessions and forms; CAUCE_KEYS keys that wrap people's keys; CAUCE_INDEX_KEY of look-ups;
                 CAUCE_SIGNING_KEY of authorisations and checkpoints.  A demonstration makes its own.
CAUCE_BORDER, CAUCE_PROGRAMME   what is served; the border's own programme if not given
CAUCE_SHOWN_ON   the day on which a demonstration began to live, kept from its first start on
CAUCE_HOSTS      host names served, by commas, needed in operation; a demonstration serves this machine too;
                 CAUCE_PROXIES how many proxies stand before them
CAUCE_STAFF_HOSTS   host names of the staff's pages alone, by commas; those of the public are then served under
                 CAUCE_HOSTS alone, whose first name stands in links.  Without it both share their names.
CAUCE_RECYCLE_EXPIRED   `yes` returns the places of papers that ran out unused to the pool
CAUCE_MAIL       server of the messages, starttls://user:word@host:port (or smtps, or smtp without a password); needed
                 in operation, while a demonstration keeps them as files; CAUCE_MAIL_FROM their sender, the
                 operator's contact if not given
CAUCE_TEXT_GATEWAY   host of a gateway that takes mail to NUMBER@host; without it no message reaches a telephone
DATABASE_URL     postgresql://user:word@host/name; SQLite in CAUCE_HOME if not given
"""

from __future__ import annotations

import os
from pathlib import Path

import django.conf.locale
from csp.constants import NONE, SELF

from cauce.web.keyring import Keyring, database, hosts, lag, mail, operator

WEB = Path(__file__).parent
HOME = Path(os.environ.get("CAUCE_HOME", "results/web")).absolute()
BORDER = os.environ.get("CAUCE_BORDER", "us_mexico")
PROGRAMME = os.environ.get("CAUCE_PROGRAMME", "")

OPERATOR = operator(os.environ.get("CAUCE_OPERATOR"))
DEMONSTRATION = OPERATOR is None
KEYRING = Keyring.of(os.environ, HOME, demonstration=DEMONSTRATION)
SECRET_KEY = KEYRING.secret
CLOCK_LAG = lag(os.environ.get("CAUCE_SHOWN_ON"), HOME, demonstration=DEMONSTRATION)
"""How far behind the true time a demonstration lives."""
DEBUG = False
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]  # the last is how Django's own client asks
PUBLIC_HOSTS, STAFF_HOSTS = hosts(os.environ.get("CAUCE_HOSTS"), os.environ.get("CAUCE_STAFF_HOSTS"))
ALLOWED_HOSTS = [*(LOCAL_HOSTS if DEMONSTRATION else ()), *PUBLIC_HOSTS, *STAFF_HOSTS]
PROXIES = int(os.environ.get("CAUCE_PROXIES", "0"))
"""How many proxies of the operator stand before the service, each adding to X-Forwarded-For."""
SECURE = not DEMONSTRATION
"""Behind TLS; a demonstration on this machine has none."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "cauce.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cauce.web.interfaces.middleware.uncached",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cauce.web.interfaces.middleware.Guard",
]
ROOT_URLCONF = "cauce.web.urls"
WSGI_APPLICATION = "cauce.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {
                "acts": "cauce.web.interfaces.acts",
                "board": "cauce.web.interfaces.stages",
                "details": "cauce.web.views.casework.details",
            },
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cauce.web.interfaces.context.frame",
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL"), HOME)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # with Django's 300, who signs in often enough makes it forget
    }
}  # fmt: skip
"""Shared by all processes: a code of a second factor serves once, and limits of signing in hold, whoever answers."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
django.conf.locale.LANG_INFO["ht"] = {  # which Django 5.2 does not know
    "bidi": False,
    "code": "ht",
    "name": "Haitian Creole",
    "name_local": "Kreyòl ayisyen",
}
LANGUAGES = [("en", "English"), ("es", "Español"), ("ht", "Kreyòl ayisyen"), ("pt", "Português")]
UNREVIEWED = ("es", "ht", "pt")
"""Languages whose words no native speaker has yet gone over; every page in them says so."""
LOCALE_PATHS = [WEB / "locale"]
FORMAT_MODULE_PATH = ["cauce.web.formats"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"

STATIC_URL = "static/"
STATICFILES_DIRS = [WEB / "static"]
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if SECURE
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = True
MAIL = mail(os.environ.get("CAUCE_MAIL"), os.environ.get("CAUCE_MAIL_FROM"), OPERATOR)
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if DEMONSTRATION else 'smtp'}.EmailBackend"
EMAIL_FILE_PATH = HOME / "mail"
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.word
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.way == "starttls", MAIL.way == "smtps"
EMAIL_TIMEOUT = 20  # within the lease of a message, so that no other worker sends it again
DEFAULT_FROM_EMAIL = MAIL.sender
RECYCLE_EXPIRED = os.environ.get("CAUCE_RECYCLE_EXPIRED", "") == "yes"
"""Whether places of papers that ran out unused return to the pool: a choice of policy, no by default."""
TEXT_GATEWAY = os.environ.get("CAUCE_TEXT_GATEWAY", "text.invalid")
"""Where a message to a telephone goes: a gateway takes mail to NUMBER@host."""

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "staff-home"
ACCOUNT_ADAPTER = "cauce.web.interfaces.accounts.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "cauce.web.interfaces.devices.Sealed"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "cauce"

SESSION_ENGINE = "cauce.web.interfaces.sessions"
SESSION_COOKIE_AGE = 20 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_FAILURE_VIEW = "cauce.web.views.faults.forged"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_SSL_REDIRECT = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the marks of form fields in the base style sheet
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"placeless": {"()": "cauce.web.interfaces.logs.Placeless"}},
    "handlers": {"standard-error": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["standard-error"], "level": "WARNING"},
    "loggers": {
        "django.request": {"filters": ["placeless"]},
        "django.security.csrf": {"filters": ["placeless"]},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "psycopg.pool": {"level": "CRITICAL"},  # each try after an outage; whoever asked says it once
    },
}
