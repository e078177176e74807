"""Settings of Image Console, all from the environment (docs/deploy.md lists them); the defaults are the embedded mode.

Safe by default: without a strong SECRET_KEY nothing starts, and cookies want HTTPS unless HTTPS=false says otherwise.
"""

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from marshmallow.validate import Range

from console import cookies, no_mail, traces
from console.csp import content_security_policy
from console.env import (
    audit_keys,
    check_change_of_site_key,
    credential_keys,
    env,
    is_demonstration,
    secret,
    secret_key,
    token,
    words,
)
from console.logs import FORMATTERS, for_machines
from console.openid import openid_connect
from console.static_packages import package_data
from console.version import VERSION

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# Read by prometheus_client when it is first imported: the processes of a machine count together in these files.
METRICS_DIR = Path(env.str("METRICS_DIR", str(VAR_DIR / "metrics")))
METRICS_DIR.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)
#: Who may read /metrics: whoever sends it as a bearer token. Without one nobody.
METRICS_TOKEN = token("METRICS_TOKEN")
#: Workers on machines without a web process serve their figures themselves on this port; 0: they do not.
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", 0)

# --- security -------------------------------------------------------------------------------------------------------
SECRET_KEY = secret_key(VAR_DIR / "secret-key")
SECRET_KEY_FALLBACKS = [key for key in secret("SECRET_KEY_FALLBACKS").split(",") if key]
check_change_of_site_key(SECRET_KEY_FALLBACKS)
CREDENTIAL_KEYS = credential_keys([SECRET_KEY, *SECRET_KEY_FALLBACKS])
AUDIT_KEYS = audit_keys([SECRET_KEY, *SECRET_KEY_FALLBACKS])
#: Nobody has set a key yet: the embedded mode made one for itself.
DEMONSTRATION = is_demonstration(VAR_DIR / "secret-key")
DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", not DEBUG)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = cookies.named("sessionid", secure=HTTPS)
CSRF_COOKIE_NAME = cookies.named("csrftoken", secure=HTTPS)
MESSAGE_STORAGE = "console.cookies.Messages"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _BEHIND_PROXY else None
#: How many proxies of ours stand in front: so many entries at the end of X-Forwarded-For can be trusted.
PROXY_COUNT = env.int("PROXY_COUNT", 1) if _BEHIND_PROXY else 0
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "images.system.views.errors.csrf_refused"
OIDC = openid_connect()
CONTENT_SECURITY_POLICY = content_security_policy(*OIDC.origins)

# --- applications ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "console.statics.UsedStaticFiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "heroicons",
    "template_partials.apps.SimpleAppConfig",
    "images",
]
MIDDLEWARE = [
    "console.middleware.RequestIdMiddleware",
    "console.middleware.ClientAddressMiddleware",
    "console.middleware.MetricsMiddleware",
    "console.middleware.NulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.ProbesMiddleware",  # before anything that looks at the Host header
    "console.statics.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "console.no_store.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "console.session_limits.SessionLimitsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.SessionEndedMiddleware",
    "console.middleware.ReaderTimeZoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "console.second_factor.RequireSecondFactorMiddleware",
]
#: Spans for a collector; on where OTEL_EXPORTER_OTLP_ENDPOINT says where it is.
TRACES = traces.wanted()
if TRACES:
    MIDDLEWARE.insert(1, "console.spans.SpanMiddleware")  # it needs the id of the request
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"

_SOURCES = ["console.templates.Loader", "django.template.loaders.app_directories.Loader"]
_LOADERS = _SOURCES if DEBUG else [("django.template.loaders.cached.Loader", _SOURCES)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", _LOADERS)],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "heroicons.templatetags.heroicons",
                "images.templatetags.console",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "images.system.context.console",
            ],
        },
    },
    {
        # Only for *.jinja, the fragments that repeat hundreds of times on a page (docs/adr/0002-jinja-for-hot-rows.md)
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "console.jinja.environment", "auto_reload": DEBUG},
    },
]

# --- data -----------------------------------------------------------------------------------------------------------
_SQLITE_OPTIONS = {
    # WAL: readers never wait for the writer. IMMEDIATE: a transaction that will write says so at once, so that two
    # of them queue up (timeout) instead of failing half-way with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;"
    ),
}
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'console.sqlite3'}", conn_max_age=600)}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"].setdefault("OPTIONS", {}).update(_SQLITE_OPTIONS)
elif env.bool("DATABASE_PREPARE", True):
    # Only statements that ask for it are prepared (core/statements.py): Django's own never are.
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 2
CACHES = {"default": env.dj_cache_url("CACHE_URL", "locmem://")}
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    # Tries to sign in are counted here; with Django's 300 a flood of names would wash the counters out.
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 20_000)

# --- background work ------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = secret("BROKER_URL", "filesystem://")
if urlsplit(CELERY_BROKER_URL).scheme not in {"filesystem", "redis", "rediss", "amqp", "amqps", "memory"}:
    raise ImproperlyConfigured("BROKER_URL must begin with redis://, rediss://, amqp://, amqps:// or filesystem://")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int] = {"folder": str(VAR_DIR / "broker")}
else:
    # Who rings does not wait for a broker that is away (6 s with kombu's own values); workers keep trying all the same.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# For ever: Celery's own hundred tries end every worker and the scheduler after fifty minutes without a broker.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
#: Each message is measured before Celery sees it (console/broker), and nobody steers workers by messages.
CELERY_WORKER_CONSUMER = "console.broker.consumer:Consumer"
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 3300
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
#: Seconds between incremental synchronisations of a project, and between the full ones that notice deletions.
SYNC_INTERVAL = env.int("SYNC_INTERVAL", 60)
SYNC_FULL_INTERVAL = env.int("SYNC_FULL_INTERVAL", 1800)
# Between two readings of whom an image is shared with, when everybody has answered; offers that wait are read sooner.
MEMBERS_INTERVAL = env.int("MEMBERS_INTERVAL", 3600)
# Between two looks at how many images a project has of its quota; acts of the console that make or delete images bring
# the next look forward.
QUOTA_INTERVAL = env.int("QUOTA_INTERVAL", 900)
# An offer that nobody has answered for so long is pointed out.
SHARE_STALE_DAYS = env.int("SHARE_STALE_DAYS", 14)
#: Projects (and public lists) of one cloud that are synchronised at once, so that one which hardly answers leaves
#: workers to the others; of a cloud that failed the last time, one.
SYNC_PER_CLOUD = env.int("SYNC_PER_CLOUD", 2, validate=Range(min=1))
#: Calls at once to one project, and in a second; seconds that one carrier works before it makes room for another.
OPERATION_PARALLEL = env.int("OPERATION_PARALLEL", 8)
OPERATION_RATE = env.int("OPERATION_RATE", 200)
CARRY_SECONDS = env.float("CARRY_SECONDS", 300.0)
#: Seconds after which a job of IMS that has not ended counts as overdue.
JOB_DEADLINE = env.int("JOB_DEADLINE", 6 * 3600)
#: Where files wait that browsers have sent: web processes and workers need the same folder. Bytes of a piece in which
#: scripts send them, bytes that all of them may have together, seconds that one waits for its rest or for another try.
UPLOAD_DIR = Path(env.str("UPLOAD_DIR", str(VAR_DIR / "uploads")))
UPLOAD_CHUNK = env.int("UPLOAD_CHUNK", 8 * 2**20, validate=Range(min=1024, max=256 * 2**20))
UPLOAD_TOTAL = env.int("UPLOAD_TOTAL", 20 * 2**30, validate=Range(min=0))
UPLOAD_KEEP = env.int("UPLOAD_KEEP", 24 * 3600, validate=Range(min=60))
#: Percent of UPLOAD_TOTAL that the files of one person may take when they have more than one; seconds without a piece
#: after which an upload keeps room for no more than what has come of it.
UPLOAD_SHARE = env.int("UPLOAD_SHARE", 50, validate=Range(min=1, max=100))
UPLOAD_IDLE = env.int("UPLOAD_IDLE", 900, validate=Range(min=10))
#: What it rings for, how often and in which queue the tasks themselves say (images/core/registries/schedule.py).
CELERY_BEAT_SCHEDULER = "console.heartbeat.Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- sign-in --------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "images:home"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets mail from here because a stranger typed their address
ACCOUNT_ADAPTER = "images.signin.services.adapter.InvitedOnlyAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
#: Seconds that a session lives without anybody doing something, and at most (console/session_limits.py). A working day
#: with its meetings; a week.
SESSION_IDLE = 60 * env.int("SESSION_IDLE_MINUTES", 480, validate=Range(min=1))
SESSION_COOKIE_AGE = 3600 * env.int("SESSION_LIFETIME_HOURS", 168, validate=Range(min=1))
#: Seconds for which a proof of who sits there counts, before what gives somebody power
#: (images/signin/services/confirming.py).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * env.int("CONFIRM_MINUTES", 15, validate=Range(min=1))
ACCOUNT_REAUTHENTICATION_REQUIRED = SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "login": "images.signin.forms.LoginForm",
    "change_password": "images.signin.forms.ChangePasswordForm",
    "set_password": "images.signin.forms.SetPasswordForm",
    "reset_password": "images.signin.forms.ResetPasswordForm",
    "reset_password_from_key": "images.signin.forms.ResetPasswordKeyForm",
    "reauthenticate": "images.signin.forms.ReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_COUNT
SOCIALACCOUNT_ADAPTER = "images.signin.services.openid.ElsewhereAdapter"
SOCIALACCOUNT_PROVIDERS = OIDC.providers
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_REQUIRED = False  # without a verified one an account has none; nobody is asked to type one
#: Whom a second factor is asked of: "none", "staff" (administrators of the console), "everybody".
#: The embedded mode, a demonstration, says "none".
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", "staff")
if REQUIRE_SECOND_FACTOR not in {"none", "staff", "everybody"}:
    raise ImproperlyConfigured("REQUIRE_SECOND_FACTOR must be none, staff or everybody")
MFA_ADAPTER = "images.signin.services.second_factors.EncryptedAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # administrators enter the addresses
MFA_TOTP_ISSUER = "Image Console"
MFA_FORMS = {
    "authenticate": "images.signin.forms.SecondStepForm",
    "reauthenticate": "images.signin.forms.SecondReauthenticateForm",
    "activate_totp": "images.signin.forms.ActivateAppForm",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "console.passwords.CommonPartsValidator"},
    {"NAME": "console.passwords.WordsValidator"},
]
EMAIL_CONFIG = env.dj_email_url("EMAIL_URL", "dummy:")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"] if env.str("EMAIL_URL", "") else no_mail.BACKEND
if EMAIL_BACKEND.endswith("console.EmailBackend") and not DEBUG:
    raise ImproperlyConfigured("EMAIL_URL=console: writes links for choosing a password into the log; only with DEBUG")
EMAIL_FILE_PATH = EMAIL_CONFIG["EMAIL_FILE_PATH"] or None
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"] or "localhost"
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_USER"] or "", EMAIL_CONFIG["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_CONFIG["EMAIL_USE_TLS"], EMAIL_CONFIG["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = EMAIL_CONFIG.get("EMAIL_TIMEOUT") or 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "image-console@localhost")

# --- notices --------------------------------------------------------------------------------------------------------
#: The address of this console for links in mails and webhooks.
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")
#: Hosts, addresses and networks on private or local addresses that webhooks may reach all the same.
WEBHOOK_ALLOWED = [one.strip().lower() for one in words("WEBHOOK_ALLOWED") if one.strip()]
#: So many minutes a project may fail to synchronise before people are told.
NOTICE_SYNC_MINUTES = env.int("NOTICE_SYNC_MINUTES", 15, validate=Range(min=1))

# --- limits -----------------------------------------------------------------------------------------------------------
#: How often in a minute one person may ask for what is expensive, by images.core.rate_limits.Kind; how much of it may
#: be under way at once: fewer than a web process has threads, so that one person never takes all of them. 0: no
#: limit.
LIMITS = {
    "looks": env.int("LIMIT_LOOKS", 300, validate=Range(min=0)),
    "files": env.int("LIMIT_FILES", 60, validate=Range(min=0)),
    "cloud": env.int("LIMIT_CLOUD", 60, validate=Range(min=0)),
}
LIMIT_AT_ONCE = env.int("LIMIT_AT_ONCE", 4, validate=Range(min=0))

# --- words, times, files --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "images" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
#: Where they are collected: a proxy in front may hand them out from there, so that it may lie outside of VAR_DIR.
STATIC_ROOT = Path(env.str("STATIC_DIR", str(VAR_DIR / "static")))
#: In VAR_DIR as private as all that lies there (console/private.py); elsewhere for the proxy to read.
_OTHERS_READ = not STATIC_ROOT.is_relative_to(VAR_DIR)
FILE_UPLOAD_PERMISSIONS = 0o644 if _OTHERS_READ else 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755 if _OTHERS_READ else 0o700
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", package_data("xstatic.pkg.bootstrap"))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "console.statics.ReleaseStorage"
    },
}

# --- the clouds -----------------------------------------------------------------------------------------------------
#: Seconds to connect and to wait for an answer, for each call to a cloud.
IMS_TIMEOUT = (env.float("IMS_CONNECT_TIMEOUT", 5.0), env.float("IMS_READ_TIMEOUT", 60.0))
#: The same while a person waits for the test of an account.
IMS_TEST_TIMEOUT = (min(5.0, IMS_TIMEOUT[0]), min(20.0, IMS_TIMEOUT[1]))
#: Hosts that may be spoken to without TLS, beside this machine; "*" for all (docs/adr/0005-outgoing-addresses.md).
PLAIN_HTTP_HOSTS = [host.lower() for host in words("PLAIN_HTTP_HOSTS")]
USER_AGENT = f"image-console/{VERSION}"

# --- logs -----------------------------------------------------------------------------------------------------------
#: "line" for people, "json" for machines: one object a line.
LOG_FORMAT = env.str("LOG_FORMAT", "line")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT is line or json")
if LOG_FORMAT == "json":
    for_machines()
LOGGING: dict[str, Any] = {  # as logging.config wants it
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "console.logs.RequestIdFilter"},
        "secret_paths": {"()": "console.logs.SecretPathFilter"},
    },
    "formatters": FORMATTERS,
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id", "secret_paths"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env.log_level("LOG_LEVEL", logging.INFO)},
    "loggers": {
        "urllib3": {"level": "WARNING"},
        "keystoneauth": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
if TRACES:
    LOGGING["filters"]["trace_id"] = {"()": "console.logs.TraceIdFilter"}
    LOGGING["handlers"]["stderr"]["filters"].append("trace_id")
