"""How the API answers: failures, versions, keys, rates, origins."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from accounts.tests.factories import AdminFactory, StaffFactory
from shop.core.models import CacheVersion

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.urls("shop.api.tests.urls"),
]


@pytest.fixture
def api():
    return APIClient()


# Failures ----------------------------------------------------------------------------------------


def test_a_surprise_says_nothing_of_its_inside(api, caplog):
    response = api.get("/api/breaking")

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "hunter2" not in response.text
    assert response.json()["code"] == "server_error"
    told = [record for record in caplog.records if record.name == "shop.api.errors"]
    assert [record.levelno for record in told] == [logging.ERROR]


def test_a_silent_database_is_a_reason_to_come_back(api):
    response = api.post("/api/breaking")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "SELECT" not in response.text


def test_a_broken_constraint_is_a_conflict(api):
    response = api.put("/api/breaking")

    assert response.status_code == 409
    assert "unique" not in response.text.lower()


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_an_unknown_address_is_answered_in_the_same_shape(method):
    response = getattr(APIClient(enforce_csrf_checks=True), method)("/api/no/such/thing")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_the_route_lacks_is_not_allowed(api, method):
    response = api.generic(method, "/api/things")

    assert response.status_code == 405
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/api/things%00", "/api/things%0a", "/links/%1b/"])
def test_an_address_with_a_control_character_is_malformed(api, path):
    response = api.get(path)

    assert response.status_code == 400
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src" in response["Content-Security-Policy"]


def test_without_sign_in_the_answer_is_401_and_says_how(api):
    response = api.get("/api/closed")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_session_writes_only_with_its_token(alice):
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(alice)

    assert api.get("/api/closed").status_code == 200
    assert api.post("/api/closed").status_code == 403


def test_a_route_asks_for_the_act_of_its_method(api, alice):
    staff, viewer, admin = StaffFactory(), StaffFactory(), AdminFactory()
    viewer.user_permissions.add(Permission.objects.get(codename="view_outboxdelivery"))
    alice.user_permissions.add(Permission.objects.get(codename="view_outboxdelivery"))
    expected = {
        None: (200, 401, 401, 401),
        alice: (200, 403, 403, 403),
        staff: (200, 403, 403, 403),
        viewer: (200, 403, 200, 200),
        admin: (200, 200, 200, 200),
    }

    for user, statuses in expected.items():
        api.force_authenticate(user)
        found = (
            api.get("/api/staff-write").status_code,
            api.post("/api/staff-write").status_code,
            api.get("/api/staff-read").status_code,
            api.head("/api/staff-read").status_code,
        )
        assert found == statuses, user


def test_a_method_without_an_act_is_open_to_read_and_closed_to_write(api, carol):
    api.force_authenticate(carol)

    assert api.get("/api/staff-write").status_code == 200
    assert api.post("/api/staff-read").status_code == 403


def test_a_refusal_names_the_permission_that_is_missing(api):
    api.force_authenticate(StaffFactory())

    refusal = api.get("/api/staff-read").json()

    assert (refusal["status"], refusal["code"]) == (403, "forbidden")
    assert refusal["error"] == (
        "You need the permission “Can view: event delivery”. Ask an administrator to grant it."
    )


# Versions ----------------------------------------------------------------------------------------


@pytest.fixture
def tag(api):
    """The ETag of what `/api/versioned` shows at first."""
    CacheVersion.objects.create(name="shown", version=7)
    return api.get("/api/versioned")["ETag"]


def test_a_reader_who_has_the_version_gets_no_body(api, tag):
    known = api.get("/api/versioned", HTTP_IF_NONE_MATCH=f"W/{tag}")
    api.put("/api/versioned")

    assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
    changed = api.get("/api/versioned", HTTP_IF_NONE_MATCH=tag)
    assert (changed.status_code, changed.json()["data"]) == (200, {"version": 8})


@pytest.mark.parametrize(
    ("header", "status", "version"),
    [
        (None, 200, 8),
        ("{tag}", 200, 8),
        ('"other", {tag}', 200, 8),
        ("*", 200, 8),
        ('"other"', 412, 7),
        ("W/{tag}", 412, 7),
        ("", 412, 7),
    ],
)
def test_a_write_against_another_version_is_refused(api, tag, header, status, version):
    headers = {} if header is None else {"If-Match": header.format(tag=tag)}

    response = api.put("/api/versioned", headers=headers)

    assert response.status_code == status
    assert CacheVersion.objects.get(name="shown").version == version
    if status == 412:
        assert response["Content-Type"] == "application/problem+json"
        assert (response.json()["code"], response.json()["current"]) == ("version_mismatch", tag)


def test_what_is_not_there_has_no_version(api):
    assert api.put("/api/versioned", headers={"If-Match": "*"}).status_code == 404


def test_a_condition_that_a_route_does_not_look_at_is_refused(api):
    response = api.post("/api/things", {"name": "one"}, headers={"If-Match": "*"})

    assert (response.status_code, list(response.json()["errors"])) == (400, ["If-Match"])
    assert not CacheVersion.objects.exists()


# Keys --------------------------------------------------------------------------------------------


def paid(api, name="one", key="key-1"):
    headers = {"Idempotency-Key": key} if key is not None else {}
    return api.post("/api/paid", {"name": name}, headers=headers)


def test_a_key_has_one_effect_and_one_answer(api):
    first, second = paid(api), paid(api, key='"key-1"')

    assert first.json() == second.json() == {"message": "OK.", "data": {"name": "one"}}
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert CacheVersion.objects.count() == 1


def test_a_key_belongs_to_its_caller(api, alice, bob):
    api.force_authenticate(alice)
    paid(api, "one")
    api.force_authenticate(bob)

    assert paid(api, "two").json()["data"] == {"name": "two"}


def test_a_key_is_not_used_for_something_else(api):
    paid(api)

    response = paid(api, "two")

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_key_reused"
    assert CacheVersion.objects.count() == 1


def test_a_refusal_frees_its_key(api):
    assert paid(api, "refused").status_code == 409
    assert CacheVersion.objects.count() == 0
    assert paid(api, "one").status_code == 200


@pytest.mark.parametrize("key", [None, "", " ", "x" * 256, "é", "a b"])
def test_a_required_key_must_be_there_and_plain(api, key):
    assert paid(api, key=key).status_code == 400
    assert CacheVersion.objects.count() == 0


# Rates -------------------------------------------------------------------------------------------


@pytest.fixture
def rates(settings):
    settings.THROTTLES = {"anon": "2/min", "user": "3/hour", "login": "1/min"}


def test_a_caller_is_told_where_it_stands(api, rates):
    response = api.get("/api/things")

    assert response["RateLimit-Policy"] == '"anon";q=2;w=60'
    assert response["RateLimit"].startswith('"anon";r=1;t=')


def test_one_request_too_many_waits(api, rates):
    statuses = [api.get("/api/things").status_code for _ in range(3)]
    refused = api.get("/api/things")

    assert statuses == [200, 200, 429]
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "too_many_requests"


def test_refused_requests_count_too(api, rates):
    assert [api.get("/api/closed").status_code for _ in range(3)] == [401, 401, 429]


def test_callers_do_not_share_their_rate(api, rates, alice, bob):
    for user in (alice, bob):
        api.force_authenticate(user)
        assert [api.get("/api/closed").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_made_up_forwarded_address_changes_nothing(api, rates):
    statuses = [
        api.post("/api/sign-in", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").status_code
        for number in range(2)
    ]

    assert statuses == [200, 429]


def test_behind_a_proxy_of_ours_the_address_it_saw_counts(api, rates, settings):
    settings.TRUSTED_PROXY_COUNT = 1

    def sign_in(chain):
        return api.post("/api/sign-in", HTTP_X_FORWARDED_FOR=chain).status_code

    assert sign_in("1.1.1.1, 10.0.0.1") == 200
    assert sign_in("2.2.2.2, 10.0.0.1") == 429
    assert sign_in("1.1.1.1, 10.0.0.2") == 200


def test_an_ipv6_network_counts_as_one_caller(api, rates, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    addresses = ["2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"]

    statuses = [
        api.post("/api/sign-in", HTTP_X_FORWARDED_FOR=address).status_code for address in addresses
    ]

    assert statuses == [200, 429, 200]


def test_a_rate_may_be_off(api, settings):
    settings.THROTTLES = {"anon": "off", "user": "off", "login": "off"}

    assert "RateLimit" not in api.get("/api/things")


# Other origins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://app.example", True),
        ("https://app.example.evil.test", False),
        ("http://app.example", False),
        ("https://evil.test", False),
        ("null", False),
    ],
)
def test_only_listed_origins_may_read(api, settings, origin, is_allowed):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    response = api.get("/api/things", HTTP_ORIGIN=origin)

    assert response.get("Access-Control-Allow-Origin") == (origin if is_allowed else None)
    assert "Access-Control-Allow-Credentials" not in response


def test_pages_are_not_shared_with_other_origins(api, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    response = api.get("/page/", HTTP_ORIGIN="https://app.example")

    assert "Access-Control-Allow-Origin" not in response


def test_a_preflight_names_what_may_be_sent(api, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    response = api.options(
        "/api/things", HTTP_ORIGIN="https://app.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST"
    )

    assert response.status_code == 200
    assert "idempotency-key" in response["Access-Control-Allow-Headers"]
