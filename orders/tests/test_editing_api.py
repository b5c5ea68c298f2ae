"""The staff's API of changes: what goes in, what comes out, and that one key is one change."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from accounts.tests.factories import StaffFactory
from orders.models import Order
from orders.payment import record_payment
from orders.tests.factories import NOON, address, make_order, variant
from shop.core.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def support() -> APIClient:
    client = APIClient()
    client.force_authenticate(StaffFactory(groups=["support"]))
    return client


def send(client: APIClient, order: Order, *, path: str = "", key: str = "once", **data: Any) -> Any:
    headers = {} if path else {"Idempotency-Key": key}
    return client.post(f"/api/orders/{order.number}/edits{path}", data, "json", headers=headers)


def test_a_change_is_looked_at_and_made(support: APIClient):
    order = make_order(payment_method="cash")
    variant("LAMP", price_minor=3500)
    items = [{"sku": "MUG", "quantity": 2}, {"sku": "LAMP", "quantity": 1}]

    preview = send(support, order, path="/preview", items=items).json()["data"]
    answer = send(
        support,
        order,
        items=items,
        expected_total=preview["total"],
        version=preview["version"],
        reason="By phone",
    )

    assert (preview["total_before"], preview["total"], preview["difference"]) == (
        "24.90",
        "79.90",
        "55.00",
    )
    assert (preview["due"], preview["goes_back"], preview["is_possible"]) == ("79.90", "0.00", True)
    assert [
        (line["sku"], line["quantity_before"], line["quantity"]) for line in preview["items"]
    ] == [
        ("MUG", 1, 2),
        ("LAMP", 0, 1),
    ]
    data = answer.json()["data"]
    assert (answer.status_code, data["total"], data["to_pay"]) == (200, "79.90", "79.90")
    assert [(item["product_sku"], item["quantity"]) for item in data["items"]] == [
        ("MUG", 2),
        ("LAMP", 1),
    ]
    assert "token" not in data or data["token"] is None


def test_one_key_is_one_change(support: APIClient):
    order = make_order(payment_method="cash")
    data = {"items": [{"sku": "MUG", "quantity": 2}], "expected_total": "44.90"}

    first = send(support, order, **data)
    again = send(support, order, **data)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["data"] == again.json()["data"]
    assert order.events.filter(kind="edited").count() == 1


def test_another_total_or_version_is_a_conflict(support: APIClient):
    order = make_order(payment_method="cash")
    items = [{"sku": "MUG", "quantity": 2}]

    total = send(support, order, items=items, expected_total="44.89")
    version = send(support, order, key="two", items=items, expected_total="44.90", version=99)

    assert (total.status_code, total.json()["code"]) == (409, "price_changed")
    assert (version.status_code, version.json()["code"]) == (409, "version_conflict")
    assert Order.objects.get().total_minor == 2490


def test_problems_are_told_before(support: APIClient):
    order = make_order(payment_method="cash")
    away = address(country="US", postal_code="94103", region="CA").as_dict()

    preview = send(
        support,
        order,
        path="/preview",
        items=[{"sku": "MUG", "quantity": 99}],
        shipping_address=away,
    ).json()["data"]

    assert [problem["code"] for problem in preview["problems"]] == [
        "shipping_method_invalid",
        "insufficient_stock",
    ]
    assert preview["is_possible"] is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": [{"sku": "MUG", "quantity": -1}]}, "items"),
        ({"items": [{"sku": "MUG", "quantity": "2"}]}, "items"),
        ({"items": []}, "items"),
        ({"items": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 2}]}, "items"),
        ({"items": [{"sku": "NOPE", "quantity": 1}]}, "items"),
        ({"shipping_address": {"name": "x"}}, "shipping_address"),
        ({"shipping_method": 3}, "shipping_method"),
        ({"expected_total": "1e3"}, "expected_total"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_names_its_field(support: APIClient, change: dict[str, Any], field: str):
    order = make_order(payment_method="cash")
    data = {"items": [{"sku": "MUG", "quantity": 2}], "expected_total": "44.90", **change}

    answer = send(support, order, **data)

    assert answer.status_code == 400
    assert any(name == field or name.startswith(f"{field}.") for name in answer.json()["errors"])
    assert Order.objects.get().total_minor == 2490


def test_others_may_not(support: APIClient):
    order = make_order(payment_method="cash")
    packer = APIClient()
    packer.force_authenticate(StaffFactory(groups=["fulfillment"]))

    for client, expected in [(packer, 403), (APIClient(), 401)]:
        for path in ["", "/preview"]:
            answer = send(client, order, path=path, items=[{"sku": "MUG", "quantity": 2}])
            assert answer.status_code == expected
    assert Order.objects.get().total_minor == 2490


def test_a_change_that_pays_back_takes_the_right_to_refund():
    order = record_payment(
        make_order(items={"MUG": 2}),
        authorized_minor=0,
        captured_minor=4490,
        refunded_minor=0,
        has_failed=False,
        actor=SYSTEM,
        at=NOON,
    )
    editor = StaffFactory()
    editor.user_permissions.add(Permission.objects.get(codename="edit_order"))
    client = APIClient()
    client.force_authenticate(editor)

    less = send(
        client, order, items=[{"sku": "MUG", "quantity": 1}], expected_total="24.90", key="less"
    )
    more = send(
        client, order, items=[{"sku": "MUG", "quantity": 3}], expected_total="64.90", key="more"
    )

    assert (less.status_code, less.json()["error"]) == (
        403,
        "You need the permission “Can refund orders”. Ask an administrator to grant it.",
    )
    assert more.status_code == 200
    assert Order.objects.get().total_minor == 6490
