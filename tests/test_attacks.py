"""Bad input, generated over every route of the API: refused with care, and nothing changes.

The routes come from the URL conf and the fields from the API's own description, so a new route is
attacked without anybody remembering to.
"""

from __future__ import annotations

import itertools
import json

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from rest_framework.test import APIClient

from shop.api.docs import _document
from tests.test_permissions import ROWS, key, routes, world  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Bodies no route may take, whatever it does.
MALFORMED = {
    "an array": "[]",
    "null": "null",
    "a text": '"x"',
    "a number": "1",
    "half": "{",
    "two": "{}{}",
    "a member twice": '{"a": 1, "a": 2}',
    "a float": '{"quantity": 1.5}',
    "an exponent": '{"quantity": 1e3}',
    "infinity": '{"quantity": 1e999}',
    "NaN": '{"quantity": NaN}',
    "64 bits and one": '{"quantity": 9223372036854775808}',
    "a long number": '{"quantity": ' + "9" * 5000 + "}",
    "depth": '{"a":' * 40 + "1" + "}" * 40,
    "great depth": "[" * 100_000,
    "many members": json.dumps({str(n): n for n in range(1001)}),
    "half a character": '{"name": "\\ud800"}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "NUL": b'{"name": "\x00"}',
    "a megabyte": '{"name": "' + "x" * 1_000_001 + '"}',
    "no such field": '{"no_such_field": 1}',
    "a privilege": '{"is_staff": true, "role": "admin", "user_id": 1, "customer_id": 1}',
    "a price": '{"total": "0.00", "paid": true, "status": "completed"}',
}
# Values for each field a route describes. Some are right for some fields: those may succeed.
VALUES = [
    None, True, 0, -1, 2**31, 2**63 - 1, "", " ", "x" * 5000, "a\x00b", "a\r\nb: c", "\u202egnp",
    "١٢", "１", "+5", "1_000", "1e5", "-0", "NaN", "0x1f", "' OR 1=1 --", '"; DROP TABLE x; --',
    "%s%n", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "../../etc/passwd",
    "javascript:alert(1)", "http://169.254.169.254/", "a@x.de, b@y.de", "\U0001f333",
    "ﷺ" * 50, [], [1], [[]], [None],
    {}, {"a": 1}, ["x"] * 1000, {"$ne": None}, [{"sku": None}], [{"sku": "MUG", "quantity": -1}],
]  # fmt: skip
PATH_VALUES = [
    "0", "-1", "1e3", "9" * 30, "9" * 5000, "null", "None", "1 or 1=1", "%00", "%0a",
    "..%2f..", "%2e%2e", "١", "a" * 2000, "<script>", "'", "%25s",
    "%F0%9F%8C%B3", "%ff", "MUG;a.css", "MUG%2fa",
    "true", "{}",
]  # fmt: skip
QUERIES = [
    "page=-1", "page=0", "page=1e9", "page=%D9%A1", "page=", "per_page=-1", "per_page=1000000000",
    "per_page[]=1", "page=1&page=2", "ordering=user__password", "sort=%27", "fields=*",
    "filter[a]=1",
    "lang=%27%3B--", "currency=%27", "_connector=OR", "q=%00", "q=" + "x" * 100_000, "format=html",
    "q=" + "word+" * 3000, "category__parent__name=x", "min_price=NaN", "max_price=1e999",
    "in_stock=maybe", "pk__in=1,2", "%00=1", "a=" * 500, "status=%27", "country=%F0%9F%8C%B3",
    "postal_code=" + "9" * 5000,
]  # fmt: skip
WRITES = ("POST", "PUT", "PATCH")
ALL = sorted({(method, key(route)) for method, route in routes()})
FILLED = {
    "number": "LN-00000000",
    "sku": "MUG",
    "pk": 1,
    "provider": "test",
    "slug": "mug",
    "id": 1,
}


@pytest.fixture(autouse=True)
def _no_rates(settings):
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, "off")


@pytest.fixture
def client(carol):
    """An administrator: whom permissions would not save."""
    api = APIClient(raise_request_exception=False)
    api.force_authenticate(carol)
    return api


def path_of(route, values):
    parts = {**FILLED, **values}
    return "/api/" + route.format_map({**dict.fromkeys(_names(route), 1), **parts})


def _names(route):
    return [part[1:-1] for part in route.split("/") if part.startswith("{")]


def census():
    """How many rows each table holds."""
    with connection.cursor() as cursor:
        counts = {}
        for model in apps.get_models():
            if not model._meta.managed:
                continue
            cursor.execute(f'SELECT COUNT(*) FROM "{model._meta.db_table}"')
            counts[model._meta.db_table] = cursor.fetchone()[0]
    return counts


def send(client, method, path, body=b"", kind="application/json", **headers):
    """The answer, with everything undone again. Never a 500, always in the one shape."""
    cache.clear()
    with transaction.atomic():
        response = client.generic(
            method, path, body, content_type=kind, headers={"Idempotency-Key": "attack", **headers}
        )
        transaction.set_rollback(True)
    what = f"{method} {path[:200]} {body[:200]!r} -> {response.status_code}"
    assert response.status_code < 500, what
    if response.status_code >= 400 and response.status_code != 406:
        assert response["Content-Type"] == "application/problem+json", what
        answer = response.json()
        assert answer["status"] == response.status_code, what
        assert "Traceback" not in response.text, what
    return response


@pytest.mark.parametrize(("method", "route"), [row for row in ALL if row[0] in WRITES])
def test_malformed_bodies_are_refused_and_change_nothing(client, world, method, route):  # noqa: F811
    path = path_of(route, world)
    before = census()
    taken = []
    cache.clear()

    for name, body in MALFORMED.items():
        response = client.generic(
            method, path, body, content_type="application/json", headers={"Idempotency-Key": "a"}
        )
        if response.status_code not in {400, 403, 404, 409, 413}:
            taken.append((name, response.status_code))

    assert taken == []
    assert census() == before


# Providers choose the kind of their callbacks; there the signature decides.
JSON_ONLY = [row for row in ALL if row[0] in WRITES and not row[1].startswith("payments/webhooks")]


@pytest.mark.parametrize(("method", "route"), JSON_ONLY)
def test_other_kinds_of_body_are_refused(client, world, method, route):  # noqa: F811
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "junk"]:
        response = send(client, method, path_of(route, world), b"a=1", kind)
        assert response.status_code in {400, 403, 404, 409, 415}, (kind, response.status_code)


def described_fields(method, route):
    """Field names of a route's body, from the API's description."""
    document = _document()
    template = "/api/" + route
    operation = document["paths"].get(template, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return sorted(schema.get("properties", {}))


@pytest.mark.parametrize(("method", "route"), [row for row in ALL if row[0] in WRITES])
def test_no_value_of_any_field_breaks_a_route(client, world, method, route):  # noqa: F811
    path, fields = path_of(route, world), described_fields(method, route)

    for value in VALUES:
        together = send(client, method, path, json.dumps(dict.fromkeys(fields, value)).encode())
        # What was refused at once needs no second look; what was let in is sent alone.
        refused = set()
        if together.status_code == 400:
            refused = {name.partition(".")[0] for name in together.json()["errors"]}
        for field in fields:
            if field not in refused:
                send(client, method, path, json.dumps({field: value}).encode())


@pytest.mark.parametrize(("method", "route"), [row for row in ALL if "{" in row[1]])
def test_no_identifier_breaks_a_route_or_finds_something(client, world, method, route):  # noqa: F811
    for name, value in itertools.product(_names(route), PATH_VALUES):
        response = send(client, method, path_of(route, {**world, name: value}), b"{}")
        assert response.status_code >= 400, (name, value)


@pytest.mark.parametrize(("method", "route"), [row for row in ALL if row[0] == "GET"])
def test_no_query_breaks_a_route(client, world, method, route):  # noqa: F811
    for query in QUERIES:
        send(client, method, f"{path_of(route, world)}?{query}")


@pytest.mark.parametrize(("method", "route"), ALL)
def test_no_header_breaks_a_route(client, world, method, route):  # noqa: F811
    path = path_of(route, world)
    for headers in [
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "x" * 5000},
        {"If-Match": '"' * 100},
        {"If-None-Match": ",,,W/"},
        {"X-Cart-Token": ""},
        {"X-Cart-Token": "x" * 5000},
        {"X-Cart-Token": "' OR 1=1"},
        {"X-Order-Token": ""},
        {"X-Order-Token": "\u00e9"},
        {"Accept": "text/html"},
        {"Accept": "application/json; version=../.."},
        {"Accept-Language": "x" * 1000},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-For": "a, b, " * 100},
        {"Cookie": "currency='; cart=x; theme=<"},
    ]:
        send(client, method, path, b"{}", **headers)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ.",
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJleHAiOjFlMzB9.",
        "é",
        "x" * 10_000,
    ],
)
def test_a_forged_bearer_is_nobody(token):
    response = APIClient().get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "PROPFIND"])
def test_odd_methods_are_not_allowed_anywhere(client, world, method):  # noqa: F811
    for route in sorted({route for _method, route in ALL}):
        assert client.generic(method, path_of(route, world)).status_code == 405, route


def test_the_attacks_know_the_fields():
    assert {"email", "password"} <= set(described_fields("POST", "auth/login"))
    assert {"name", "price", "sku"} <= set(described_fields("POST", "products"))


def test_the_table_and_the_attacks_see_the_same_routes():
    assert {tuple(row[:2]) for row in ROWS} == set(ALL)
