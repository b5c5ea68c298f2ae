"""All settings, read from the environment (`.env.example` names every variable).

Development starts with nothing set. No shop starts with a value that cannot work, and production
waits until what it needs is there: one line for each that is wrong or missing.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import environ
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from shop import __version__
from shop.core.environment import LOG_LEVELS, Environment, as_mailbox

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

if os.environ.get("ENVIRONMENT") != "test":  # the suite is the same on every machine
    environ.Env.read_env(BASE_DIR / ".env", overwrite=False)
env = Environment(os.environ)

ENVIRONMENT = env.choice("ENVIRONMENT", "development", ["development", "test", "production"])
IS_PRODUCTION = ENVIRONMENT == "production"
IS_TEST = ENVIRONMENT == "test"
# Error pages with details, and templates reloaded on each request: for development only.
DEBUG = env.flag("DEBUG", False)

# Secrets and hosts -----------------------------------------------------------------------------
DEVELOPMENT_KEY = "development-only-key-never-used-in-production-0123456789"
SECRET_KEY = env.text("SECRET_KEY", "" if IS_PRODUCTION else DEVELOPMENT_KEY)
SECRET_KEY_FALLBACKS = env.texts("SECRET_KEY_FALLBACKS")
JWT_SIGNING_KEY = env.text("JWT_SIGNING_KEY", SECRET_KEY)
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", [] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)
# Where `manage.py serve` and gunicorn listen, and with how many processes and threads.
HOST = env.text("HOST") or "127.0.0.1"
PORT = env.number("PORT", 8000, least=1, most=65535)
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2, least=1, most=512)
WEB_THREADS = env.number("WEB_THREADS", 8, least=1, most=512)
# The address in e-mails and canonical links; never taken from a request's Host header.
SITE_URL = env.origin("SITE_URL", "" if IS_PRODUCTION else f"http://127.0.0.1:{PORT}")
CSRF_TRUSTED_ORIGINS = env.origins(
    "CSRF_TRUSTED_ORIGINS", [SITE_URL] if SITE_URL else [], wildcard=True
)
# How many proxies of ours stand in front: only that many X-Forwarded-For entries are believed.
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, least=0, most=20)

# The shop --------------------------------------------------------------------------------------
SHOP_NAME = env.text("SHOP_NAME", "Linden")
SHOP_EMAIL = env.email("SHOP_EMAIL", "shop@example.com")
SHOP_COUNTRY = env.country("SHOP_COUNTRY", "DE")
# What the law wants to read on invoices (Directive 2006/112/EC, article 226).
SHOP_LEGAL_NAME = env.text("SHOP_LEGAL_NAME")
SHOP_ADDRESS = env.text("SHOP_ADDRESS")
SHOP_VAT_ID = env.text("SHOP_VAT_ID")
SHOP_REGISTER = env.text("SHOP_REGISTER")
SHOP_BANK = env.text("SHOP_BANK")
SHOP_PHONE = env.text("SHOP_PHONE")
# In development, the demo's made-up seller for what is left out above; `serve` sets it
# for a shop with the demo.
DEMO_SELLER = env.flag("DEMO_SELLER", False) and not IS_PRODUCTION
# How numbers begin; {year} is the year of issue, with which they start from 1 again.
INVOICE_PREFIX = env.text("INVOICE_PREFIX", "{year}-")
CREDIT_NOTE_PREFIX = env.text("CREDIT_NOTE_PREFIX", "C{year}-")
DEFAULT_CURRENCY = env.currency("DEFAULT_CURRENCY", "EUR")
# At which rate delivery is taxed: "goods" shares its price on the rates of the goods,
# "standard" takes one rate.
DELIVERY_TAX = env.choice("DELIVERY_TAX", "goods", ["goods", "standard"])
# What shoppers may choose; each but the default needs an exchange rate or prices of its own.
CURRENCIES = env.currencies(
    "CURRENCIES", first=DEFAULT_CURRENCY, others=["USD", "GBP", "JPY", "KWD"]
)
CHECKOUT_HOLD_MINUTES = env.number("CHECKOUT_HOLD_MINUTES", 15, least=1, most=1440)
BANK_TRANSFER_HOLD_DAYS = env.number("BANK_TRANSFER_HOLD_DAYS", 7, least=1, most=365)
# Days after delivery in which a shopper may send things back, and by country where it differs.
RETURN_DAYS = env.number("RETURN_DAYS", 60, least=0, most=3650)
RETURN_DAYS_BY_COUNTRY = env.days_by_country("RETURN_DAYS_BY_COUNTRY")
# Where shoppers send things back to, on one line.
RETURN_ADDRESS = env.text(
    "RETURN_ADDRESS", ", ".join([SHOP_NAME, *filter(None, SHOP_ADDRESS.split("|"))])
)
# The built-in provider that moves no money. Never on by itself in production.
PAYMENT_TEST_PROVIDER = env.flag("PAYMENT_TEST_PROVIDER", not IS_PRODUCTION)
# What its callbacks are signed with; derived from SECRET_KEY where nothing is set.
PAYMENT_TEST_SECRET = env.text("PAYMENT_TEST_SECRET", "")
# Other sites to which a client of the API may have its shoppers led after the
# payment; this shop is always one.
PAYMENT_RETURN_ORIGINS = env.origins("PAYMENT_RETURN_ORIGINS")
# Each provider is switched on by its keys alone (docs/money.md).
STRIPE_SECRET_KEY = env.secret("STRIPE_SECRET_KEY", prefixes=("sk_", "rk_"))
STRIPE_WEBHOOK_SECRETS = env.secrets("STRIPE_WEBHOOK_SECRETS", prefixes=("whsec_",))
STRIPE_CAPTURE = env.choice("STRIPE_CAPTURE", "automatic", ["automatic", "manual"])
STRIPE_API_BASE = env.url("STRIPE_API_BASE", "https://api.stripe.com")
PAYPAL_CLIENT_ID = env.text("PAYPAL_CLIENT_ID", "")
PAYPAL_SECRET = env.text("PAYPAL_SECRET", "")
PAYPAL_WEBHOOK_ID = env.text("PAYPAL_WEBHOOK_ID", "")
PAYPAL_API_BASE = env.url("PAYPAL_API_BASE", "https://api-m.paypal.com")
BACKOFFICE_REQUIRE_MFA = env.flag("BACKOFFICE_REQUIRE_MFA", IS_PRODUCTION)

# Applications, in the order of the layers, top first -------------------------------------------
INSTALLED_APPS = [
    "shop.demo",
    "reports",
    "notifications",
    "payments",
    "orders",
    "cart",
    "pricing",
    "catalog",
    "inventory",
    "accounts",
    "shop.runtime",
    "shop.core",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "shop.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "corsheaders",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "mptt",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "shop.web.middleware.RequestLogMiddleware",
    "shop.web.middleware.SecurityHeadersMiddleware",
    "shop.runtime.health.HealthMiddleware",
    "shop.web.middleware.HeadMiddleware",
    # Before any page is written: a thread keeps the language of its last request.
    "shop.web.middleware.LanguageMiddleware",
    "shop.web.middleware.CleanPathMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.web.middleware.PrivateByDefaultMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    # Answers pure catalog pages from the cache before session and sign-in are touched.
    "shop.web.pages.PurePageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "shop.web.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
ASGI_APPLICATION = "shop.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "shop.web.templatetags.shop",
            ],
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data ------------------------------------------------------------------------------------------
REDIS_URL = env.redis("REDIS_URL")
# Tasks have a database of their own, so that emptying the cache loses none of them.
REDIS_QUEUE_URL = env.redis_queue("REDIS_QUEUE_URL", cache="REDIS_URL", cache_url=REDIS_URL)
DATABASES = {
    "default": env.database(
        "DATABASE_URL", "" if IS_PRODUCTION else f"sqlite:///{VAR_DIR}/linden.db"
    )
}
_database = DATABASES["default"]
_options = _database.setdefault("OPTIONS", {}) if _database else {}
if _database.get("ENGINE") == "django.db.backends.sqlite3":
    # Opening the file costs 2 ms of CPU, more than most pages ask of it: each thread keeps its own.
    _database["CONN_MAX_AGE"] = None
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, so that a
    # transaction never fails half way because it has to upgrade from reading to writing.
    _options.update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command=(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;"
        ),
    )
elif _database:
    # Django's own, with connections that do not wait for a server that is gone or frozen.
    _database["ENGINE"] = "shop.core.postgres"
    _pool_size = env.number("DATABASE_POOL_SIZE", 8, least=0, most=500)
    # `manage.py` asks for no limit where a command may take its time.
    _statement_seconds = env.number("DATABASE_STATEMENT_SECONDS", 15, least=0, most=86400)
    _options.setdefault(
        "options",
        f"-c statement_timeout={_statement_seconds * 1000} -c lock_timeout=8000 -c TimeZone=UTC",
    )
    # What notices a machine that is gone; a frozen server is noticed by shop.core.postgres.
    for _name, _value in {
        "connect_timeout": 2,
        "tcp_user_timeout": 3000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }.items():
        _options.setdefault(_name, _value)
    # Statements are parsed and planned once in each connection.
    if env.flag("DATABASE_PREPARED_STATEMENTS", True):
        _options.update(server_side_binding=True, prepare_threshold=2)
    if _pool_size and not IS_TEST:
        # Lost connections are opened again each second, instead of ever more rarely.
        _options["pool"] = {
            "min_size": 1,
            "max_size": _pool_size,
            "timeout": 2,
            "reconnect_timeout": 1,
        }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A cache that does not answer at once is passed over.
_redis_options = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "serializer": "shop.core.redis_cache.PlainSerializer",
}


def _cache(name: str, *, entries: int) -> dict[str, object]:
    """Redis where there is one, else the memory of each process."""
    if REDIS_URL:
        return {
            "BACKEND": "shop.core.redis_cache.SteadyRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": name,
            # Releases that cannot read each other's entries, side by side for a
            # while, need a number each.
            "VERSION": 2,
            "OPTIONS": _redis_options,
        }
    return {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": name,
        "OPTIONS": {"MAX_ENTRIES": entries},
    }


CACHES = {
    "default": _cache("linden", entries=5000),
    # Whole pure pages, compressed; few enough to stay small in each process.
    "pages": _cache("pages", entries=400),
}

# Background work: django-tasks on the database, or on Redis through RQ where there is one.
TASKS = {
    "default": (
        {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default"]}
        if REDIS_URL
        else {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}
    )
}
if REDIS_URL:
    INSTALLED_APPS += ["django_rq", "django_tasks_rq"]
    RQ_QUEUES = {"default": {"URL": REDIS_QUEUE_URL, "DEFAULT_TIMEOUT": 600}}
    RQ = {"JOB_CLASS": "django_tasks_rq.Job"}

# People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.backends.LoginBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
    if IS_TEST
    else "django.contrib.auth.hashers.PBKDF2PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.password_rules.MaximumLengthValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "accounts:overview"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None  # the shopper chooses
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.links.ResetTokens"  # noqa: S105  a class
PASSWORD_RESET_TIMEOUT = 60 * 60 * 3
ACCOUNT_LOGOUT_REDIRECT_URL = "catalog:home"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
}
USERSESSIONS_TRACK_ACTIVITY = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
MFA_TOTP_ISSUER = SHOP_NAME

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "shop.web.views.csrf_failure"
if IS_PRODUCTION:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # For good and for every subdomain, in the lists of browsers: only where somebody asks for it.
    SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", False)
    if TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Headers ---------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'"
)
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-cart-token",
    "x-order-token",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "etag",
    "idempotent-replayed",
    "location",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-cart-token",
    "x-request-id",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# API -------------------------------------------------------------------------------------------
THROTTLES = {
    "anon": env.rate("THROTTLE_ANON", "300/min"),
    "user": env.rate("THROTTLE_USER", "600/min"),
    "login": env.rate("THROTTLE_LOGIN", "10/min"),
    "order": env.rate("THROTTLE_ORDER", "60/hour"),
    "callback": env.rate("THROTTLE_CALLBACK", "30/min"),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.sign_in.authentication.FamilyJWTAuthentication",
        "accounts.sign_in.authentication.StrictSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["shop.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["shop.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "shop.api.pagination.PagePagination",
    "DEFAULT_SCHEMA_CLASS": "shop.api.schema.ShopSchema",
    "DEFAULT_THROTTLE_CLASSES": ["shop.api.throttling.CallerThrottle"],
    "DEFAULT_VERSIONING_CLASS": "shop.api.versioning.AcceptVersion",
    "DEFAULT_VERSION": "1",
    "ALLOWED_VERSIONS": ["1"],
    # OPTIONS tells nothing: CORS is answered before, and the description is at /api/schema.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "shop.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.MultiPartRenderer",
    ],
}
SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "linden",
    "AUDIENCE": "linden-api",
    "LEEWAY": 10,
    "USER_ID_FIELD": "pk",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SHOP_NAME} API",
    "VERSION": __version__,
    "DESCRIPTION": "The shop's API. Amounts are decimal text beside their currency.",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "This shop."}],
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.states.OrderStatus",
        "PaymentStatus": "orders.states.PaymentStatus",
        "FulfillmentStatus": "orders.states.FulfillmentStatus",
        "ProductStatus": "catalog.states.ProductStatus",
        "InvoiceKind": "orders.states.InvoiceKind",
    },
    "SCHEMA_PATH_PREFIX": r"/api/",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shop.api.schema.add_components",
    ],
}

# Words -----------------------------------------------------------------------------------------
# What the shop's own texts are written in. The back office offers all of them.
TRANSLATIONS = {"en": _("English")}
LANGUAGE_CODE = env.choice("DEFAULT_LANGUAGE", "en", TRANSLATIONS)
# What shoppers may choose: /de/cart/; the default language has no prefix.
LANGUAGES = [
    (code, TRANSLATIONS[code])
    for code in env.choices("LANGUAGES", TRANSLATIONS, first=LANGUAGE_CODE)
]
# Staff keep theirs here; a shopper's is in the path.
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_PATH = "/admin/"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IS_PRODUCTION
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["shop.formats"]
USE_TZ = True
# The shop's own days and clock: templates, forms and the back office follow it. The database
# keeps UTC, the API writes it.
SHOP_TIME_ZONE = env.time_zone("SHOP_TIME_ZONE", "Europe/Berlin")
TIME_ZONE = SHOP_TIME_ZONE

# Repeated questions keep their SQL (shop/core/prepared.py), on the Django whose internals it knows.
PREPARED_QUERIES = env.flag("PREPARED_QUERIES", django.VERSION[:2] == (5, 2))

# Files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Whether `manage.py collectstatic` has gathered, joined and compressed the files that are served.
COLLECTED_STATIC = env.flag("COLLECTED_STATIC", IS_PRODUCTION)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "shop.web.assets.BundleFinder",
]
# One style sheet a page type where `collectstatic` has run.
CSS_BUNDLES = COLLECTED_STATIC
CSS_BUNDLE_DIR = VAR_DIR / "bundles"
MEDIA_URL = "/media/"
MEDIA_ROOT = env.folder("MEDIA_ROOT", VAR_DIR / "media")
# Off where a proxy or a bucket serves the uploaded files.
SERVE_MEDIA = env.flag("SERVE_MEDIA", True)
STORAGES = {
    "default": {"BACKEND": "shop.core.storage.WholeFileStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if COLLECTED_STATIC
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
WHITENOISE_AUTOREFRESH = not (COLLECTED_STATIC or IS_TEST)
FILE_UPLOAD_PERMISSIONS = 0o644

# Mail ------------------------------------------------------------------------------------------
_mail = env.mail("EMAIL_URL", "" if IS_PRODUCTION else f"filemail:///{VAR_DIR}/mail")
globals().update(_mail)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.mailbox("DEFAULT_FROM_EMAIL", as_mailbox(SHOP_NAME, SHOP_EMAIL))
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Logs ------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO" if not IS_TEST else "WARNING", LOG_LEVELS)
LOG_TO_FILE = env.flag("LOG_TO_FILE", not IS_TEST)
LOG_DIR = env.folder("LOG_DIR", VAR_DIR / "logs", create=True) if LOG_TO_FILE else None
_handlers = ["console", "file"] if LOG_TO_FILE else ["console"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "shop.runtime.logging.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "shop.runtime.logging.JSONFormatter"},
        "plain": {"()": "shop.runtime.logging.PlainFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "json" if IS_PRODUCTION else "plain",
        },
        **(
            {
                "file": {
                    # Web, worker and commands write to one file: this one takes turns.
                    "class": "concurrent_log_handler.ConcurrentRotatingFileHandler",
                    "filename": str(LOG_DIR / "linden.log"),
                    "maxBytes": 10_000_000,
                    "backupCount": 10,
                    "delay": True,
                    "filters": ["request_id"],
                    "formatter": "json",
                }
            }
            if LOG_DIR
            else {}
        ),
    },
    "root": {"handlers": _handlers, "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

# Back office -----------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": SHOP_NAME,
    "SITE_HEADER": SHOP_NAME.lower(),
    "SITE_ICON": lambda request: static("admin_theme/mark.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("admin_theme/mark.svg"),
        }
    ],
    "SITE_URL": "/",
    "SHOW_BACK_BUTTON": False,
    "SHOW_LANGUAGES": len(TRANSLATIONS) > 1,
    "LANGUAGES": {"navigation": [get_language_info(code) for code in TRANSLATIONS]},
    "STYLES": [lambda request: static("admin_theme/admin.css")],
    "SCRIPTS": [lambda request: static("admin_theme/backoffice.js")],
    "COMMAND": {
        "search_models": False,
        "show_history": True,
        "search_callback": "shop.admin.palette.palette",
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "shop.admin.navigation.sidebar",
    },
    "TABS": "shop.admin.navigation.tabs",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Two-step verification"), "link": reverse_lazy("mfa_index")},
            {"title": _("Signed-in devices"), "link": reverse_lazy("usersessions_list")},
        ]
    },
}

SILENCED_SYSTEM_CHECKS = [
    # Unique regardless of case, by a constraint on LOWER(email).
    "auth.W004",
    # The lists that browsers are delivered with are a merchant's own choice (SECURE_HSTS_PRELOAD).
    "security.W021",
    # SecurityHeadersMiddleware sends X-Frame-Options with the other headers.
    "security.W002",
]


def _faults() -> list[str]:
    """What keeps the shop from starting, one sentence each."""
    faults = [*env.faults]
    if bool(PAYPAL_CLIENT_ID) != bool(PAYPAL_SECRET):
        faults.append("PayPal needs both PAYPAL_CLIENT_ID and PAYPAL_SECRET, or neither.")
    if STRIPE_WEBHOOK_SECRETS and not STRIPE_SECRET_KEY:
        faults.append("STRIPE_WEBHOOK_SECRETS is set, but STRIPE_SECRET_KEY is not.")
    if not IS_PRODUCTION:
        return faults
    missing = {
        "SECRET_KEY is missing or shorter than 50 characters.": (
            SECRET_KEY == DEVELOPMENT_KEY or len(SECRET_KEY) < 50
        ),
        "JWT_SIGNING_KEY is shorter than 32 characters.": len(JWT_SIGNING_KEY) < 32,
        "ALLOWED_HOSTS must list the shop's host names, without *.": (
            not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS
        ),
        "SITE_URL must be the shop's https address, such as https://shop.example.": (
            urlsplit(SITE_URL).scheme != "https"
        ),
        "DATABASE_URL is missing. Set it, for example to postgres://user:password@host/linden.": (
            not _database
        ),
        "EMAIL_URL is missing. Set it, for example to smtp+tls://user:password@host:587.": (
            not _mail
        ),
    }
    for sentence, is_missing in missing.items():
        if is_missing and not env.is_wrong(sentence.partition(" ")[0]):
            faults.append(sentence)
    if DEBUG:
        faults.append("DEBUG must be off in production.")
    if any(rate == "off" for rate in THROTTLES.values()):
        faults.append(
            "THROTTLE_ANON, THROTTLE_USER, THROTTLE_LOGIN, THROTTLE_ORDER and THROTTLE_CALLBACK "
            "must not be off."
        )
    return faults


if _found := _faults():
    sys.stderr.write("".join(f"Linden cannot start: {fault}\n" for fault in _found))
    sys.exit(2)
