"""Everything is read from the environment. `.env.example` lists the variables."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import bootstrap_wrapper
from celery.schedules import crontab

from collections_crm import environment as env
from collections_crm import services

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL = services.LOCAL

TESTING = "PYTEST_VERSION" in os.environ
DEBUG = env.flag("DEBUG", default=TESTING)
WEB = env.flag("WEB", default=False)

# --- secrets and servers

if DEBUG:
    _development = env.development_secrets(LOCAL)
    SECRET_KEY = env.text("SECRET_KEY", _development["SECRET_KEY"])
    FIELD_ENCRYPTION_KEY = env.text("FIELD_ENCRYPTION_KEY", _development["FIELD_ENCRYPTION_KEY"])
    _embedded = not (env.text("DATABASE_URL") and env.text("REDIS_URL"))
    if _embedded and env.text("EMBEDDED_SERVICES") != "manual":
        services.ensure()
    DATABASE_URL = env.text("DATABASE_URL") or services.database_url()
    REDIS_URL = env.text("REDIS_URL") or services.redis_url()
else:
    SECRET_KEY = env.required("SECRET_KEY", "the key that signs sessions and tokens")
    FIELD_ENCRYPTION_KEY = env.required(
        "FIELD_ENCRYPTION_KEY", "32 random bytes in base64 for encrypted fields"
    )
    DATABASE_URL = env.required("DATABASE_URL", "the address of the PostgreSQL server")
    REDIS_URL = env.required("REDIS_URL", "the address of the Redis server")

# 127.0.0.1 is how the container's own health check asks.
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS", ["localhost", "[::1]"] if DEBUG else []), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])

# --- applications

ROOMS = [
    "core",
    "users",
    "debtors",
    "accounts",
    "compliance",
    "contacts",
    "payments",
    "escalations",
    "worklists",
    "strategies",
    "exchange",
    "reporting",
    "console",
    "portal",
    "api",
]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "django_celery_beat",
    "django_htmx",
    "django_filters",
    "drf_spectacular",
    "pghistory",
    "pgtrigger",
    "axes",
    "collections_crm",
    *ROOMS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.audit.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.access.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "collections_crm.urls"
WSGI_APPLICATION = "collections_crm.wsgi.application"
ASGI_APPLICATION = "collections_crm.asgi.application"

_CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
# Our own templates have an engine to themselves, in which the tests make an undefined variable fail; the templates
# that packages bring were not written to that rule.
TEMPLATES: list[dict[str, Any]] = [
    {
        "NAME": "ours",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": _CONTEXT_PROCESSORS,
            **({} if DEBUG and not TESTING else {"loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])
            ]}),
        },
    },
    {
        "NAME": "packages",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT_PROCESSORS},
    },
]  # fmt: skip

# --- database

_database = env.database(DATABASE_URL)
_database["OPTIONS"].setdefault("application_name", "web" if WEB else "collections")
# Triggers look this up for every row; not to find it is an error that they catch, dearer the more rows wait for the commit.
_session = "-c pgtrigger.ignore={}"
if WEB:
    _session += " -c statement_timeout=10000 -c lock_timeout=5000"
elif TESTING:
    _session += " -c synchronous_commit=off"
_database["OPTIONS"]["options"] = _session
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 600 if WEB else 0,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.text("TEST_DATABASE_NAME", "test_collections")},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- people signing in

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "users.views.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["password"]

SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = env.flag("SECURE_COOKIES", default=not DEBUG)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 0 if DEBUG else 31536000)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if env.flag("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- time, language

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
BUSINESS_TIME_ZONE = env.text("BUSINESS_TIME_ZONE", "America/New_York")

# --- files

STATIC_URL = "static/"
STATIC_ROOT = LOCAL / "static" if DEBUG else BASE_DIR / "staticfiles"
if DEBUG:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [
    *([BASE_DIR / "static"] if (BASE_DIR / "static").exists() else []),
    ("bootstrap", Path(bootstrap_wrapper.__file__).resolve().parent.parent / "bootstrap"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG and not TESTING
MEDIA_ROOT = (
    env.text("MEDIA_ROOT", str(LOCAL / "media"))
    if DEBUG
    else env.required("MEDIA_ROOT", "the folder that keeps uploaded and produced files")
)
MEDIA_URL = "media/"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- e-mail

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1") if DEBUG else env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 1025 if DEBUG else 25)
EMAIL_HOST_USER = env.text("EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.told(
    "DEFAULT_FROM_EMAIL", "the sender of our e-mails", DEBUG and "collections@example.com"
)

# --- who we are to debtors

PUBLIC_URL = env.told(
    "PUBLIC_URL",
    "where debtors reach us, such as https://pay.example.com; links in e-mails begin with it",
    DEBUG and f"http://127.0.0.1:{env.text('PORT', '8000')}",
)
AGENCY = {
    "name": env.told("AGENCY_NAME", "our name on letters and e-mails", DEBUG and "Harbor Point Recovery"),
    "lines": env.told(
        "AGENCY_ADDRESS",
        "our postal address, its lines parted by |",
        DEBUG and "400 Example Plaza, Suite 12|Albany, NY 12207",
    ).replace("|", "\n"),
    "phone": env.told("AGENCY_PHONE", "our telephone number", DEBUG and "(518) 555-0100"),
    "hours": env.told(
        "AGENCY_HOURS", "when we answer it", DEBUG and "Monday to Friday, 8 a.m. to 6 p.m. Eastern time"
    ),
    "business_name": env.text("AGENCY_BUSINESS_NAME", "Harbor Point" if DEBUG else ""),
    "dispute_url": env.text("AGENCY_DISPUTE_URL", ""),
}

# --- background work

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = env.text("CELERY_QUEUE", "collections")
CELERY_TIMEZONE = BUSINESS_TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "interest that holds forgive": {
        "task": "compliance.limit_interest",
        "schedule": crontab(hour="0", minute="5"),
    },
    "interest": {"task": "accounts.accrue_interest", "schedule": crontab(hour="0", minute="15")},
    "judge promises": {"task": "payments.judge_promises", "schedule": crontab(hour="1", minute="0")},
    "call about broken promises": {
        "task": "worklists.queue_broken",
        "schedule": crontab(hour="1", minute="30"),
    },
    "withdraw moot questions": {
        "task": "escalations.withdraw_moot",
        "schedule": crontab(hour="1", minute="15"),
    },
    "compliance report": {"task": "reporting.compliance_report", "schedule": crontab(hour="0", minute="30")},
    "silent attorneys": {
        "task": "compliance.end_silent_attorneys",
        "schedule": crontab(hour="0", minute="45"),
    },
    "claims in bankruptcy": {"task": "worklists.ask_for_claims", "schedule": crontab(hour="0", minute="50")},
    "nightly pass": {"task": "strategies.nightly_pass", "schedule": crontab(hour="2", minute="0")},
    "purge placement files": {"task": "exchange.purge_uploads", "schedule": crontab(hour="3", minute="30")},
    "send what is due": {"task": "contacts.send_due", "schedule": 60.0},
    "print letters": {"task": "contacts.render_letters", "schedule": 15 * 60.0},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A task may run long; the broker must not hand it to a second worker meanwhile.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 60 * 60}

# --- REST

REST_FRAMEWORK: dict[str, Any] = {}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Collections CRM",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],  # choices stand where they are used; no shared names to collide
}
if (BASE_DIR / "api" / "authentication.py").exists():
    REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "api.authentication.ApiTokenAuthentication",
            "rest_framework.authentication.SessionAuthentication",
        ],
        "DEFAULT_PERMISSION_CLASSES": ["api.permissions.DeclaredPermission"],
        "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPagination",
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
        "EXCEPTION_HANDLER": "api.problems.exception_handler",
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
    }

# --- admin, audit, logs

UNFOLD = {
    "SITE_TITLE": "Collections CRM",
    "SITE_HEADER": "Collections CRM",
    "SITE_SYMBOL": "account_balance",
    "DASHBOARD_CALLBACK": "collections_crm.admin_menu.front_page",
    "SIDEBAR": {"show_search": True, "navigation": "collections_crm.admin_menu.navigation"},
    "COLORS": {  # the console's teal
        "primary": {
            "50": "#effaf9", "100": "#d7f1ef", "200": "#b3e3e0", "300": "#80cdc9", "400": "#48afab", "500": "#2d9390",
            "600": "#1c7674", "700": "#105e60", "800": "#124c4e", "900": "#133f41", "950": "#042426",
        }
    },
}  # fmt: skip
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}
    },
    "root": {"handlers": ["stdout"], "level": env.text("LOG_LEVEL", "WARNING" if TESTING else "INFO")},
    "loggers": {"django.server": {"handlers": ["stdout"], "propagate": False}},
}
