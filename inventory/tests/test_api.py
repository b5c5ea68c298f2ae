"""Stock through the API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from inventory.models import Movement, StockItem
from inventory.tests.factories import StockItemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(carol: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(carol)
    return client


def adjust(client: APIClient, sku: str, body: dict[str, Any], key: str = "k1") -> Any:
    return client.post(f"/api/stock/{sku}/adjust", body, headers={"Idempotency-Key": key})


def test_stock_is_read_and_adjusted(admin):
    StockItemFactory(sku="MUG", on_hand=5)

    answer = adjust(admin, "MUG", {"quantity": -2, "reason": "broken"})

    assert answer.status_code == 200, answer.json()
    data = answer.json()["data"]
    assert (data["sku"], data["on_hand"], data["reserved"], data["available"]) == ("MUG", 3, 0, 3)
    moves = admin.get("/api/stock/MUG/movements").json()
    assert [each["quantity"] for each in moves["items"]] == [-2, 5]
    assert moves["items"][0]["cause"] == "broken"
    assert (
        adjust(admin, "MUG", {"set_to": 9, "reason": "counted"}, "k2").json()["data"]["on_hand"]
        == 9
    )


def test_an_adjustment_needs_a_key_and_runs_once(admin):
    StockItemFactory(sku="MUG", on_hand=5)
    body = {"quantity": 1, "reason": "found"}

    without = admin.post("/api/stock/MUG/adjust", body)
    adjust(admin, "MUG", body)
    again = adjust(admin, "MUG", body)
    other = adjust(admin, "MUG", {"quantity": 2, "reason": "found"})

    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_invalid")
    assert again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
    assert StockItem.objects.get().on_hand == 6
    assert Movement.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {"quantity": 1},
        {"reason": "x"},
        {"quantity": 1, "set_to": 1, "reason": "x"},
        {"quantity": "1", "reason": "x"},
        {"set_to": -1, "reason": "x"},
        {"quantity": 1, "reason": "x", "kind": "shipped"},
        {"quantity": 0, "reason": "x"},
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(admin, body):
    StockItemFactory(sku="MUG", on_hand=5)

    assert adjust(admin, "MUG", body).status_code == 400
    assert StockItem.objects.get().on_hand == 5


def test_more_than_there_is_cannot_go(admin):
    StockItemFactory(sku="MUG", on_hand=5)

    answer = adjust(admin, "MUG", {"quantity": -6, "reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (409, "stock_conflict")
    assert StockItem.objects.get().on_hand == 5


def test_stock_is_for_administrators(alice):
    StockItemFactory(sku="MUG")
    anyone, shopper = APIClient(), APIClient()
    shopper.force_authenticate(alice)

    for url in ("/api/stock", "/api/stock/MUG", "/api/stock/MUG/movements"):
        assert anyone.get(url).status_code == 401
        assert shopper.get(url).status_code == 403
    assert adjust(shopper, "MUG", {"quantity": 1, "reason": "x"}).status_code == 403
    assert StockItem.objects.get().on_hand == 10


def test_unknown_skus_are_404(admin):
    assert admin.get("/api/stock/GHOST").status_code == 404
    assert admin.get("/api/stock/GHOST/movements").status_code == 404
    assert adjust(admin, "GHOST", {"quantity": 1, "reason": "x"}).status_code == 404


def test_a_list_costs_the_same_for_one_and_for_many(admin, django_assert_num_queries):
    StockItemFactory(sku="A", on_hand=0)
    with django_assert_num_queries(2):
        assert admin.get("/api/stock").json()["total"] == 1
    for number in range(5):
        StockItemFactory(sku=f"B{number}")

    with django_assert_num_queries(2):
        assert admin.get("/api/stock").json()["total"] == 6
    assert admin.get("/api/stock", {"sold_out": "true"}).json()["total"] == 1
    assert admin.get("/api/stock", {"q": "B"}).json()["total"] == 5
