"""Returns over the API: shoppers and guests ask and cancel, staff answer and receive."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.registration import customer_for
from accounts.tests.factories import StaffFactory
from inventory.models import StockItem
from orders.fulfillment import fulfill_order, mark_delivered
from orders.models import Credit, Order, Return, ReturnReceipt
from orders.tests.factories import CAROL, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return APIClient()


def sent(**options: Any) -> Order:
    order = make_order(payment_method="cash", at=timezone.now(), items={"MUG": 3}, **options)
    fulfill_order(order, actor=CAROL, at=timezone.now())
    mark_delivered(order, actor=CAROL, at=timezone.now())
    return Order.objects.get(pk=order.pk)


def ask(api: APIClient, order: Order, units: int = 2, **changes: Any) -> Any:
    body = {"items": [{"sku": "MUG", "quantity": units, "reason": "faulty"}], **changes}
    headers = {"X-Order-Token": order.token}
    return api.post(f"/api/orders/{order.number}/returns", body, headers=headers)


def staff(*groups: str) -> APIClient:
    api = APIClient()
    api.force_authenticate(StaffFactory(groups=list(groups)))
    return api


def act(api: APIClient, claim: str, name: str, body: dict[str, Any], *, key: str = "one") -> Any:
    order = claim.rpartition("-")[0]
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(f"/api/orders/{order}/returns/{claim}/{name}", body, headers=headers)


def test_a_guest_asks_by_the_orders_token(api: APIClient):
    order = sent()

    answer = ask(api, order, note="Both dripped.")

    assert answer.status_code == 201
    assert answer.json()["data"] == {
        "number": f"{order.number}-R1",
        "kind": "return",
        "status": "requested",
        "items": [
            {
                "product_name": "Mug",
                "product_sku": "MUG",
                "quantity": 2,
                "approved_quantity": 0,
                "received_quantity": 0,
                "reason": "faulty",
                "replacement_sku": None,
            }
        ],
        "note": "Both dripped.",
        "answer": "",
        "credited": "0.00",
        "requested_at": answer.json()["data"]["requested_at"],
        "answered_at": None,
        "closed_at": None,
    }


def test_the_order_tells_of_its_returns(api: APIClient):
    order = sent()
    ask(api, order)

    body = api.get(f"/api/orders/{order.number}", headers={"X-Order-Token": order.token}).json()

    assert [row["number"] for row in body["data"]["returns"]] == [f"{order.number}-R1"]
    assert body["data"]["allowed_acts"] == ["request_return"]


def test_an_order_with_many_returns_costs_no_more_than_with_one(
    api: APIClient, django_assert_num_queries: Any
):
    order = sent()
    headers = {"X-Order-Token": order.token}
    for _return in range(3):
        ask(api, order, 1)

    with django_assert_num_queries(9):
        body = api.get(f"/api/orders/{order.number}", headers=headers).json()

    assert len(body["data"]["returns"]) == 3


def test_the_same_key_asks_once(api: APIClient):
    order = sent()
    headers = {"X-Order-Token": order.token, "Idempotency-Key": "ask"}
    body = {"items": [{"sku": "MUG", "quantity": 1}]}

    answers = [
        api.post(f"/api/orders/{order.number}/returns", body, headers=headers) for _try in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Return.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{"sku": "MUG", "quantity": 0}]},
        {"items": [{"sku": "MUG", "quantity": "1"}]},
        {"items": [{"sku": "LAMP", "quantity": 1}]},
        {"items": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 1}]},
        {"items": [{"sku": "MUG", "quantity": 1, "reason": "because"}]},
        {"items": [{"sku": "MUG", "quantity": 1}], "kind": "exchange"},
        {"items": [{"sku": "MUG", "quantity": 1}], "status": "approved"},
    ],
)
def test_bad_input_asks_for_nothing(api: APIClient, body: dict[str, Any]):
    order = sent()

    answer = api.post(
        f"/api/orders/{order.number}/returns", body, headers={"X-Order-Token": order.token}
    )

    assert answer.status_code == 400
    assert Return.objects.count() == 0


def test_more_than_was_sent_is_a_conflict(api: APIClient):
    order = sent()

    answer = ask(api, order, 4)

    assert (answer.status_code, answer.json()["code"]) == (409, "quantity_not_returnable")
    assert Return.objects.count() == 0


def test_others_see_no_order_to_return(api: APIClient, alice: User, bob: User):
    order = sent(customer=customer_for(alice))
    url = f"/api/orders/{order.number}/returns"
    api.force_authenticate(bob)

    answer = api.post(url, {"items": [{"sku": "MUG", "quantity": 1}]})
    api.force_authenticate(alice)
    own = api.post(url, {"items": [{"sku": "MUG", "quantity": 1}]})
    api.force_authenticate(bob)
    cancel = api.post(f"{url}/{order.number}-R1/cancel", {})

    assert (answer.status_code, own.status_code, cancel.status_code) == (404, 201, 404)
    assert Return.objects.get().status == "requested"


def test_a_return_is_found_with_its_own_order_only(api: APIClient):
    order, other = sent(), sent(email="bob@example.com")
    number = ask(api, order).json()["data"]["number"]

    answer = api.post(
        f"/api/orders/{other.number}/returns/{number}/cancel",
        {},
        headers={"X-Order-Token": other.token},
    )

    assert answer.status_code == 404
    assert Return.objects.get().status == "requested"


def test_a_shopper_cancels(api: APIClient):
    order = sent()
    number = ask(api, order).json()["data"]["number"]

    answer = api.post(
        f"/api/orders/{order.number}/returns/{number}/cancel",
        {},
        headers={"X-Order-Token": order.token},
    )

    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "canceled")


def test_support_approves_and_fulfillment_receives(api: APIClient):
    order = sent()
    number = ask(api, order).json()["data"]["number"]
    support, packer = staff("support"), staff("fulfillment")

    approved = act(
        support, number, "approve", {"items": [{"sku": "MUG", "quantity": 2}], "message": "Send."}
    )
    parcel = {
        "items": [{"sku": "MUG", "restock": 1, "write_off": 1}],
        "deduction": "5.00",
        "message": "One was broken.",
    }
    received = act(packer, number, "receive", parcel)
    again = act(packer, number, "receive", parcel)

    assert (approved.status_code, approved.json()["data"]["status"]) == (200, "approved")
    assert (received.status_code, received.json()["data"]["status"]) == (200, "closed")
    assert received.json()["data"]["credited"] == "35.00"
    assert again.json()["data"] == received.json()["data"]
    assert ReturnReceipt.objects.count() == 1
    assert StockItem.objects.get(sku="MUG").on_hand == 8


def test_receiving_needs_a_key(api: APIClient):
    order = sent()
    number = ask(api, order, kind="withdrawal").json()["data"]["number"]

    answer = act(
        staff("fulfillment"),
        number,
        "receive",
        {"items": [{"sku": "MUG", "restock": 1}]},
        key="",
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert ReturnReceipt.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": [{"sku": "MUG"}]},
        {"items": [{"sku": "LAMP", "restock": 1}]},
        {"items": [{"sku": "MUG", "restock": -1}]},
        {"items": [{"sku": "MUG", "restock": 1}], "deduction": 5.0},
        {"items": [{"sku": "MUG", "restock": 1}], "deduction": "-1.00"},
        {"items": [{"sku": "MUG", "restock": 1}], "deduction": "20.01"},
    ],
)
def test_a_bad_parcel_moves_nothing(api: APIClient, body: dict[str, Any]):
    order = sent()
    number = ask(api, order, kind="withdrawal").json()["data"]["number"]

    answer = act(staff("fulfillment"), number, "receive", body)

    assert answer.status_code == 400
    assert (ReturnReceipt.objects.count(), Credit.objects.count()) == (0, 0)
    assert StockItem.objects.get(sku="MUG").on_hand == 7


@pytest.mark.parametrize(
    ("group", "name", "body"),
    [
        ("fulfillment", "approve", {}),
        ("fulfillment", "decline", {"message": "No."}),
        ("finance", "approve", {}),
        ("support", "receive", {"items": [{"sku": "MUG", "restock": 1}]}),
        ("catalog", "close", {}),
    ],
)
def test_each_group_has_its_part(api: APIClient, group: str, name: str, body: dict[str, Any]):
    number = ask(api, sent()).json()["data"]["number"]

    answer = act(staff(group), number, name, body)

    assert answer.status_code == 403
    assert Return.objects.get().status == "requested"


def test_support_declines_with_a_reason(api: APIClient):
    number = ask(api, sent()).json()["data"]["number"]
    support = staff("support")

    silent = act(support, number, "decline", {})
    answer = act(support, number, "decline", {"message": "It was used."}, key="two")
    late = act(support, number, "approve", {}, key="three")

    assert (silent.status_code, answer.status_code, late.status_code) == (400, 200, 409)
    assert answer.json()["data"]["answer"] == "It was used."


def test_support_closes_what_never_came(api: APIClient):
    number = ask(api, sent(), kind="withdrawal").json()["data"]["number"]

    answer = act(staff("support"), number, "close", {"message": "Lost"})

    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "closed")
