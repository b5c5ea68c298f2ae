"""What the API takes, and what it refuses to guess at."""

from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from shop.core.models import CacheVersion

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.urls("shop.api.tests.urls"),
]


@pytest.fixture
def api():
    return APIClient()


def send(api, body, content_type="application/json"):
    return api.generic("POST", "/api/things", body, content_type=content_type)


def assert_refused(response, status=400):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["error"] != ""
    assert body["request_id"] != ""
    assert CacheVersion.objects.count() == 0


def test_success_comes_in_the_envelope(api):
    response = api.post("/api/things", {"name": " Mug ", "price": "19.99", "quantity": 3})

    assert response.status_code == 201
    assert response.json() == {
        "message": "Made.",
        "data": {"name": "Mug", "price": 1999, "quantity": 3},
    }


def test_a_slash_at_the_end_is_the_same_address(api):
    assert api.get("/api/things").status_code == 200
    assert api.get("/api/things/").status_code == 200
    assert api.get("/api/things//").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "null",
        '"text"',
        "7",
        "{",
        '{"name": "x", "name": "y"}',
        '{"name": "x", "price": 19.99}',
        '{"name": "x", "number": 1e5}',
        '{"name": "x", "number": NaN}',
        '{"name": "x", "number": Infinity}',
        '{"name": "x", "number": -1e999}',
        '{"name": "x", "number": 9223372036854775808}',
        '{"name": "x", "number": ' + "9" * 5000 + "}",
        '{"name": "\\ud800"}',
        '{"name": ' + "[" * 40 + "]" * 40 + "}",
        "[" * 100_000,
        '{"name": ' * 50_000,
        json.dumps({str(number): 1 for number in range(1001)}),
        b'{"name": "\xff"}',
        '{"name": "x"} {"name": "y"}',
    ],
)
def test_a_body_that_a_lenient_reader_would_guess_at_is_refused(api, body):
    assert_refused(send(api, body))


def test_a_body_over_one_megabyte_is_too_large(api):
    assert_refused(send(api, '{"name": "' + "x" * 1_000_000 + '"}'), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_other_kinds_of_body_are_not_read(api, kind):
    assert_refused(send(api, '{"name": "x"}', kind), 415)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 21),
        ("name", None),
        ("name", 7),
        ("name", ["x"]),
        ("name", {"x": 1}),
        ("name", "a\u0000b"),
        ("name", "a\nb"),
        ("name", "a\u202eb"),
        ("name", "a\u200bb"),
        ("name", "a\u2028b"),
        ("quantity", 0),
        ("quantity", -1),
        ("quantity", 1000),
        ("quantity", "1"),
        ("quantity", True),
        ("quantity", None),
        ("quantity", [1]),
        ("quantity", "١"),
        ("price", 19),
        ("price", "1e5"),
        ("price", "-1.00"),
        ("price", "1,50"),
        ("price", "0.001"),
        ("price", " 9.99"),
        ("price", "٣.٥٠"),
        ("price", "NaN"),
        ("price", "1_0"),
        ("price", "9" * 30),
        ("is_new", "true"),
        ("is_new", 1),
        ("is_staff", True),
    ],
)
def test_a_bad_value_is_refused_with_its_field(api, field, value):
    response = api.post("/api/things", {"name": "Mug", field: value})

    assert_refused(response)
    assert list(response.json()["errors"]) == [field]


def test_every_unknown_field_is_named(api):
    response = api.post("/api/things", {"name": "Mug", "role": "admin", "total": "0.00"})

    assert_refused(response)
    assert response.json()["errors"] == {
        "role": ["Unknown field."],
        "total": ["Unknown field."],
    }


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "number=1&number=2",
        "number=",
        "number=%D9%A1",
        "number=1.0",
        "number=%2B1",
        "number=0x1",
        "is_new=maybe",
        "page=0",
        "page=-1",
        "page=1e9",
        "page=%D9%A1",
        "page=10001",
        "per_page=101",
        "per_page=",
        "number__gt=1",
    ],
)
def test_a_query_that_the_route_does_not_know_is_refused(api, query):
    assert_refused(api.get(f"/api/things?{query}"))


def test_a_query_that_it_knows_is_read(api):
    assert api.get("/api/things?number=7&is_new=true&page=1&per_page=100").status_code == 200


def test_a_page_holds_its_counts(api, django_assert_num_queries):
    for number in range(5):
        CacheVersion.objects.create(name=f"thing {number}")

    with django_assert_num_queries(2):
        response = api.get("/api/things?page=2&per_page=2")

    assert response.json() == {
        "items": [{"name": "thing 2"}, {"name": "thing 3"}],
        "total": 5,
        "pages": 3,
        "current_page": 2,
        "per_page": 2,
    }
    assert api.get("/api/things?page=4&per_page=2").status_code == 404


def test_another_version_of_the_api_is_not_acceptable(api):
    assert api.get("/api/things", HTTP_ACCEPT="application/json; version=1").status_code == 200
    assert_refused(api.get("/api/things", HTTP_ACCEPT="application/json; version=2"), 406)
