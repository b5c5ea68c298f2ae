"""Settings are checked by value when the shop starts: one line for each that cannot work."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import environ
import pytest
from django.conf import settings

from shop.core.environment import Environment, as_mailbox

SETTINGS = str(Path(settings.BASE_DIR) / "shop" / "settings.py")
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "only-for-this-test-7Qm2vX9pLr4tYw8zBn3kHd6sJf1gCa5eUo0iTxRq",
    "ALLOWED_HOSTS": "shop.example",
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://shop:password@db.example/linden",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "LOG_TO_FILE": "off",
}
NO_FOLDER = "/dev/null/folder"
WRONG = [
    ("ENVIRONMENT", "prod"),
    ("DEBUG", "maybe"),
    ("SECURE_SSL_REDIRECT", "2"),
    ("COLLECTED_STATIC", "enabled"),
    ("SERVE_MEDIA", "none"),
    ("LOG_TO_FILE", "stdout"),
    ("PAYMENT_TEST_PROVIDER", "oui"),
    ("BACKOFFICE_REQUIRE_MFA", "later"),
    ("PORT", "http"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "8_000"),
    ("WEB_CONCURRENCY", "auto"),
    ("WEB_CONCURRENCY", "0"),
    ("WEB_THREADS", "-1"),
    ("ALLOWED_HOSTS", "https://shop.example"),
    ("ALLOWED_HOSTS", "shop.example:8000"),
    ("ALLOWED_HOSTS", "shop.example/de"),
    ("SITE_URL", "shop.example"),
    ("SITE_URL", "https://shop.example/shop"),
    ("SITE_URL", "https://shop.example:port"),
    ("SITE_URL", "https://user@shop.example"),
    ("CSRF_TRUSTED_ORIGINS", "shop.example"),
    ("CORS_ALLOWED_ORIGINS", "app.example"),
    ("CORS_ALLOWED_ORIGINS", "https://app.example/path"),
    ("CORS_ALLOWED_ORIGINS", "*"),
    ("CORS_ALLOWED_ORIGINS", "https://*.app.example"),
    ("TRUSTED_PROXY_COUNT", "abc"),
    ("TRUSTED_PROXY_COUNT", "-1"),
    ("SHOP_NAME", "Lin\nden"),
    ("SHOP_NAME", "Lin\udcffden"),
    ("SHOP_EMAIL", "hello"),
    ("SHOP_COUNTRY", "Germany"),
    ("SHOP_COUNTRY", "de"),
    ("SHOP_COUNTRY", "UK"),
    ("SHOP_COUNTRY", "EU"),
    ("DEFAULT_CURRENCY", "XXX"),
    ("DEFAULT_CURRENCY", "eur"),
    ("DEFAULT_CURRENCY", "DEM"),
    ("CURRENCIES", "EUR,XYZ"),
    ("CURRENCIES", "USD,GBP"),
    ("SHOP_TIME_ZONE", "Mars/Phobos"),
    ("SHOP_TIME_ZONE", "Europe"),
    ("SHOP_TIME_ZONE", "../etc/passwd"),
    ("CHECKOUT_HOLD_MINUTES", "-5"),
    ("CHECKOUT_HOLD_MINUTES", "0"),
    ("CHECKOUT_HOLD_MINUTES", "1.5"),
    ("BANK_TRANSFER_HOLD_DAYS", "week"),
    ("RETURN_DAYS", "-1"),
    ("RETURN_DAYS", "٣٠"),
    ("RETURN_DAYS_BY_COUNTRY", "CH"),
    ("RETURN_DAYS_BY_COUNTRY", "CH=many"),
    ("RETURN_DAYS_BY_COUNTRY", "Swiss=30"),
    ("STRIPE_SECRET_KEY", "pk_live_1234"),
    ("STRIPE_WEBHOOK_SECRETS", "secret"),
    ("DELIVERY_TAX", "maybe"),
    ("DEFAULT_LANGUAGE", "EN"),
    ("LANGUAGES", "en,tlh"),
    ("STRIPE_CAPTURE", "maybe"),
    ("STRIPE_API_BASE", "api.stripe.com"),
    ("PAYPAL_API_BASE", "ftp://api-m.paypal.com"),
    ("DATABASE_URL", "linden.db"),
    ("DATABASE_URL", "mysql://user@db.example/linden"),
    ("DATABASE_URL", "postgres://user:password@db.example"),
    ("DATABASE_URL", "postgres://user:password@db.example:port/linden"),
    ("DATABASE_URL", "sqlite://var/linden.db"),
    ("DATABASE_URL", f"sqlite:///{NO_FOLDER}/linden.db"),
    ("DATABASE_POOL_SIZE", "many"),
    ("REDIS_URL", "localhost:6379"),
    ("REDIS_URL", "http://localhost:6379"),
    ("REDIS_URL", "redis://localhost:6379/cache"),
    ("REDIS_URL", "redis://localhost:port/0"),
    ("REDIS_URL", "redis:///0"),
    ("REDIS_URL", "unix:///run/redis.sock?db=first"),
    ("MEDIA_ROOT", NO_FOLDER),
    ("EMAIL_URL", "mail:587"),
    ("EMAIL_URL", "mail.example"),
    ("EMAIL_URL", "smtp+tls://user:password@:587"),
    ("EMAIL_URL", "smtp://mail.example:smtp"),
    ("DEFAULT_FROM_EMAIL", "Linden"),
    ("DEFAULT_FROM_EMAIL", "Linden <hello>"),
    ("DEFAULT_FROM_EMAIL", "Linden, Inc. <hello@shop.example>"),
    ("THROTTLE_ANON", "300/minutes"),
    ("THROTTLE_USER", "600"),
    ("THROTTLE_LOGIN", "0/min"),
    ("THROTTLE_ORDER", "sixty/hour"),
    ("LOG_LEVEL", "VERBOSE"),
    ("LOG_LEVEL", "info"),
    ("LOG_DIR", NO_FOLDER),
]


def start(variables: dict[str, str]) -> dict[str, Any]:
    """What a shop with these variables and no others starts with.

    Raises `SystemExit` if it does not.
    """
    with (
        mock.patch.dict(os.environ, variables, clear=True),
        mock.patch.object(environ.Env, "read_env"),
    ):
        return runpy.run_path(SETTINGS)


def refusal(variables: dict[str, str]) -> list[str]:
    """The lines with which a shop does not start; empty if it does."""
    with contextlib.redirect_stderr(io.StringIO()) as told, contextlib.suppress(SystemExit):
        start(variables)
    return told.getvalue().splitlines()


def test_a_production_shop_with_all_it_needs_starts():
    assert refusal(PRODUCTION) == []


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{n}={v!a}" for n, v in WRONG])
def test_a_wrong_value_is_one_clear_line_at_start(name, value):
    variables = {**PRODUCTION, "LOG_TO_FILE": "on", "LOG_DIR": "/tmp"} | {name: value}

    lines = refusal(variables)

    assert len(lines) == 1
    assert lines[0].startswith(f"Linden cannot start: {name} ")
    assert lines[0].endswith(".")


@pytest.mark.parametrize("place", ["development", "test", "production"])
def test_every_environment_checks_values(place):
    variables = PRODUCTION | {"ENVIRONMENT": place, "THROTTLE_ANON": "300/minutes"}

    lines = refusal(variables)

    assert len(lines) == 1
    assert (
        "THROTTLE_ANON is '300/minutes': use a number followed by /sec, /min, /hour or /day"
        in lines[0]
    )


def test_one_start_names_all_that_is_wrong():
    lines = refusal(PRODUCTION | {"PORT": "x", "REDIS_URL": "x", "SITE_URL": "x"})

    assert [line.split()[3] for line in lines] == ["PORT", "SITE_URL", "REDIS_URL"]


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL", "STRIPE_SECRET_KEY", "STRIPE_API_BASE"]
)
def test_what_may_hold_a_secret_is_not_repeated(name):
    lines = refusal(PRODUCTION | {name: "odd://user:hush@host:x/y"})

    assert len(lines) == 1
    assert "hush" not in lines[0]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PAYPAL_CLIENT_ID": "abc"}, "PAYPAL_SECRET"),
        ({"PAYPAL_SECRET": "abc"}, "PAYPAL_CLIENT_ID"),
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_abc"}, "STRIPE_SECRET_KEY"),
    ],
)
def test_half_of_a_provider_is_a_fault(variables, named):
    lines = refusal(PRODUCTION | variables)

    assert len(lines) == 1
    assert named in lines[0]


@pytest.mark.parametrize(
    "variables",
    [
        {"DEBUG": "", "PORT": "", "THROTTLE_ANON": " ", "SHOP_TIME_ZONE": "", "LOG_LEVEL": ""},
        {"DATABASE_URL": "postgresql:///linden?host=/var/run/postgresql"},
        {"DATABASE_URL": "postgres://shop@db1:5432,db2:5433/linden"},
        {"DATABASE_URL": "postgres://shop:p%40ss@[::1]:5432/linden?sslmode=require"},
        {"REDIS_URL": "rediss://user:password@redis.example:6380/2"},
        {"REDIS_URL": "unix:///run/redis.sock?db=1"},
        {"ALLOWED_HOSTS": ".shop.example, 127.0.0.1 ,[::1],*.other.example"},
        {"CSRF_TRUSTED_ORIGINS": "https://*.shop.example,https://shop.example:8443"},
        {"CORS_ALLOWED_ORIGINS": "https://app.example,http://localhost:3000"},
        {"CURRENCIES": "EUR, USD,EUR"},
        {"SHOP_NAME": "Bücher & Söhne, Inc."},
        {"DEFAULT_FROM_EMAIL": '"Linden, Inc." <hello@shop.example>'},
        {"DEFAULT_FROM_EMAIL": "hello@shop.example"},
        {"SECRET_KEY": "$only-for-this-test-7Qm2vX9pLr4tYw8zBn3kHd6sJf1gCa5eUo0iTx"},
        {"RETURN_DAYS_BY_COUNTRY": "CH=30, GB=14"},
        {"CHECKOUT_HOLD_MINUTES": "1440", "RETURN_DAYS": "0"},
        {"SHOP_TIME_ZONE": "America/Argentina/Buenos_Aires", "SHOP_COUNTRY": "XK"},
        {"MEDIA_ROOT": "/tmp/linden/media/that/is/not/there/yet"},
    ],
)
def test_right_values_start(variables):
    assert refusal(PRODUCTION | variables) == []


def test_an_empty_variable_counts_as_not_set():
    found = start(PRODUCTION | {"PORT": "", "SECURE_SSL_REDIRECT": "", "WEB_THREADS": " "})

    assert (found["PORT"], found["SECURE_SSL_REDIRECT"], found["WEB_THREADS"]) == (8000, True, 8)


@pytest.mark.parametrize(
    ("name", "mailbox"),
    [
        ("Linden", "Linden <hello@shop.example>"),
        ("Linden, Inc.", '"Linden, Inc." <hello@shop.example>'),
        ('The "Shop"', '"The \\"Shop\\"" <hello@shop.example>'),
    ],
)
def test_a_name_with_marks_that_mail_reads_is_quoted(name, mailbox):
    assert as_mailbox(name, "hello@shop.example") == mailbox


@pytest.mark.parametrize(("asked", "preload"), [({}, False), ({"SECURE_HSTS_PRELOAD": "on"}, True)])
def test_only_who_asks_for_it_is_put_into_the_lists_of_browsers(asked, preload):
    assert start(PRODUCTION | asked)["SECURE_HSTS_PRELOAD"] is preload


@pytest.mark.parametrize(
    ("url", "processes"),
    [("postgres://shop@db.example/linden", 3), ("sqlite:///:memory:", 1)],
)
def test_gunicorn_alone_runs_as_serve_does(url, processes):
    found = start(PRODUCTION | {"DATABASE_URL": url, "WEB_CONCURRENCY": "3", "WEB_THREADS": "5"})

    with mock.patch("django.conf.settings", SimpleNamespace(**found)):
        conf = runpy.run_path(str(Path(settings.BASE_DIR) / "gunicorn.conf.py"))

    assert conf["worker_class"] == "shop.runtime.web_worker.HealthFirstWorker"
    assert (conf["workers"], conf["threads"], conf["bind"]) == (processes, 5, "127.0.0.1:8000")
    assert 0 < conf["graceful_timeout"] < conf["timeout"] <= 60
    assert conf["preload_app"] is True


@pytest.mark.parametrize(
    ("asked", "is_prepared"), [({}, True), ({"DATABASE_PREPARED_STATEMENTS": "off"}, False)]
)
def test_statements_are_prepared_unless_a_pooler_cannot_bear_it(asked, is_prepared):
    options = start(PRODUCTION | asked)["DATABASES"]["default"]["OPTIONS"]

    assert options.get("server_side_binding", False) is is_prepared
    assert ("prepare_threshold" in options) is is_prepared


def test_numbers_say_their_range():
    env = Environment({"HOURS": "25"})

    number = env.number("HOURS", 8, least=1, most=24)

    assert number == 8
    assert env.faults == ["HOURS is '25': use a number from 1 to 24."]


def test_a_command_prints_the_lines_and_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "ENVIRONMENT": "development", "LOG_DIR": NO_FOLDER, "LOG_TO_FILE": "on"}
        | {"DJANGO_SETTINGS_MODULE": "shop.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        f"Linden cannot start: LOG_DIR is '{NO_FOLDER}': "
        "the folder cannot be created (Not a directory).\n"
    )


def test_tasks_have_a_redis_database_of_their_own():
    cases = {
        "redis://redis.example": "redis://redis.example/1",
        "rediss://user:password@redis.example:6380/2": "rediss://user:password@redis.example:6380/3",
        "redis://redis.example/15": "redis://redis.example/14",
        "unix:///run/redis.sock?db=1": "unix:///run/redis.sock?db=2",
    }

    chosen = {url: start(PRODUCTION | {"REDIS_URL": url})["REDIS_QUEUE_URL"] for url in cases}

    assert chosen == cases


@pytest.mark.parametrize(
    ("cache", "queue"),
    [
        ("redis://redis.example:6379/1", "redis://redis.example/1"),
        ("redis://redis.example", "redis://other@REDIS.example/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=0"),
        ("", "redis://redis.example/1"),
        ("redis://redis.example", "redis://redis.example/tasks"),
    ],
)
def test_tasks_never_share_the_cache_s_database(cache, queue):
    lines = refusal(PRODUCTION | {"REDIS_URL": cache, "REDIS_QUEUE_URL": queue})

    assert len(lines) == 1
    assert lines[0].startswith("Linden cannot start: REDIS_QUEUE_URL ")
