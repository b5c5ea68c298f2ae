"""Names, log lines, privacy, origins and health of every request."""

from __future__ import annotations

import errno
import json
import logging

import pytest
from django.db import OperationalError
from django.test import Client

from shop.api.errors import exception_handler
from shop.runtime.logging import LONGEST, JSONFormatter, PlainFormatter, RequestIdFilter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("shop.api.tests.urls")]


# Names and lines ---------------------------------------------------------------------------------


def test_a_request_keeps_the_name_it_came_with(client):
    response = client.get("/healthz", headers={"X-Request-Id": "order-4711-abc"})

    assert response["X-Request-Id"] == "order-4711-abc"


@pytest.mark.parametrize("name", ["short", "x" * 65, "with space", "new\tline0", "<script>12345"])
def test_a_name_that_could_forge_a_line_is_replaced(client, name):
    response = client.get("/healthz", headers={"X-Request-Id": name})

    assert response["X-Request-Id"] != name
    assert len(response["X-Request-Id"]) == 32


def test_each_request_is_one_line_with_its_route(client, caplog):
    caplog.set_level(logging.INFO, "linden.request")

    client.get("/links/very-secret-token/?email=alice@example.com")

    (record,) = [record for record in caplog.records if record.name == "linden.request"]
    assert record.getMessage() == "GET /links/•••/ 200"
    assert record.route == "links/<str:token>/"
    assert record.ms >= 0


def line_of(message, *, formatter=None, **extra):
    record = logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "shop", **extra})
    RequestIdFilter().filter(record)
    return (formatter or JSONFormatter()).format(record)


@pytest.mark.parametrize("formatter", [JSONFormatter(), PlainFormatter()])
def test_nobody_forges_a_line(formatter):
    line = line_of("hello\r\nERROR fake\u2028x\x1b[31m", formatter=formatter, note="a\nb")

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_a_line_is_cut():
    line = json.loads(line_of("x" * 1_000_000, note="y" * 1_000_000))

    assert len(line["message"]) == LONGEST
    assert len(line["note"]) == LONGEST


@pytest.mark.parametrize(
    "message",
    [
        "Authorization: Bearer canary123456",
        "Authorization: canary123456",
        "sent Bearer canary123456",
        '{"password": "canary123456"}',
        "password=canary123456&next=/",
        "access_token=canary123456",
        "client_secret: 'canary123456'",
        "card 4242 4242 4242 4242 canary123456".replace(" canary123456", ""),
        "4242424242424242",
    ],
)
def test_no_secret_gets_into_a_line(message):
    line = line_of(message)

    assert "canary123456" not in line
    assert "4242" not in line


def test_no_secret_gets_in_beside_the_message():
    line = json.loads(line_of("hello", session_token="canary", cookie="canary", amount=7))

    assert (line["session_token"], line["cookie"], line["amount"]) == ("•••", "•••", 7)


def test_an_exception_is_told_without_its_secrets():
    try:
        raise ValueError("password=canary123456")
    except ValueError as error:
        line = line_of("broken", exc_info=(type(error), error, error.__traceback__))

    assert "ValueError" in line
    assert "canary123456" not in line.replace('raise ValueError("password=', "")


# Privacy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/things", "/api/no", "/refusing/conflict/", "/bump/"])
def test_what_is_not_called_public_is_private(client, path):
    assert client.get(path)["Cache-Control"] == "private, no-store"


def test_what_sets_a_cookie_is_never_public(client):
    response = client.get("/session/")

    assert response.cookies
    assert response["Cache-Control"] == "private, no-store"


# Refusals on pages -------------------------------------------------------------------------------


def test_a_refusal_that_a_page_lets_through_has_its_status(client):
    assert client.get("/refusing/missing/").status_code == 404
    assert client.get("/refusing/conflict/").status_code == 409
    assert client.get("/refusing/forbidden/").status_code == 403


@pytest.mark.parametrize(
    ("kind", "title", "reason"),
    [
        ("conflict", "This didn&#x27;t work", "Somebody else was faster."),
        ("forbidden", "You don&#x27;t have permission", "Only finance may do this."),
    ],
)
def test_a_refusal_that_a_page_lets_through_says_why(client, kind, title, reason):
    page = client.get(f"/refusing/{kind}/").content.decode()

    assert reason in page
    assert title in page.replace("'", "&#x27;")


def test_a_page_without_its_database_says_when_to_come_back(client):
    client.raise_request_exception = False

    response = client.get("/refusing/away/")

    assert (response.status_code, response["Retry-After"]) == (503, "5")


# Origins -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Origin": "https://evil.test"}, False),
        ({"Origin": "http://testserver.evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_a_form_without_a_token_is_taken_from_our_own_pages_only(headers, is_taken):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/post-here/", {"sku": "MUG"}, headers=headers)

    assert (response.status_code == 200) is is_taken
    assert (response.text == "taken") is is_taken


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [
        ("/cart/", True),
        ("/p/mug/?size=l#reviews", True),
        ("//evil.test", False),
        ("https:evil.test", False),
        ("https://evil.test/", False),
        ("http://testserver@evil.test/", False),
        ("\\\\evil.test", False),
        ("/\\evil.test", False),
        ("/\t/evil.test", False),
        ("/cart\r\nSet-Cookie: a=b", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_next_leads_to_our_own_pages_only(client, target, is_ours):
    response = client.get("/bump/", {"next": target})

    assert response.text == (target if is_ours else "/")


# Health ------------------------------------------------------------------------------------------


def test_alive_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "alive"}


def test_ready_names_what_it_asked(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "cache": "ok"},
        "outbox_lag_seconds": 0.0,
        "worker": "ok",
    }


def test_without_its_database_it_is_alive_but_not_ready(client, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)

    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["checks"] == {
        "database": "does not answer",
        "migrations": "unknown",
        "cache": "ok",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3", "10.1.2.3:8000", "pod-7.internal", "bad host"])
def test_a_probe_may_name_any_host(client, settings, path, host):
    settings.ALLOWED_HOSTS = ["shop.example"]

    response = client.get(path, headers={"Host": host})

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/healthz/", "/api/products", "/readyz/x"])
def test_no_other_address_answers_a_host_that_is_not_ours(client, settings, path):
    settings.ALLOWED_HOSTS = ["shop.example"]

    assert client.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_a_probe_is_not_sent_on_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_the_request_log_names_the_client(client, settings, caplog):
    settings.TRUSTED_PROXY_COUNT = 1
    caplog.set_level("INFO", logger="linden.request")

    client.get("/page/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})

    assert [record.client for record in caplog.records] == ["198.51.100.7"]


def test_without_its_redis_the_shop_remembers_by_itself(caplog):
    from shop.core.redis_cache import SteadyRedisCache

    options = {"OPTIONS": {"socket_connect_timeout": 0.2}, "KEY_PREFIX": "nobody"}
    cache = SteadyRedisCache("redis://127.0.0.1:1/0", options)

    cache.set("color", "plum", 60)
    cache.add("count", 0, 60)
    cache.incr("count")

    assert (cache.get("color"), cache.get("count"), cache.is_away) == ("plum", 1, True)
    assert len(caplog.records) == 1, "one try, then a pause"


def test_a_disk_without_space_for_an_upload_is_told_as_such(client):
    client.raise_request_exception = False

    response = client.get("/refusing/full/")

    assert response.status_code == 507
    assert "no space left" in response.content.decode()


def test_a_disk_without_space_for_an_upload_is_told_to_programs_as_such():
    answer = exception_handler(OSError(errno.ENOSPC, "No space left on device"), {})

    assert (answer.status_code, answer.data["code"]) == (507, "storage_full")
