"""The orders' routes: what goes in, what comes out, and who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.factories import StaffFactory
from cart.models import Cart
from inventory.models import StockItem
from orders.models import Order
from orders.tests.factories import NOON, make_cart, make_order, make_shop, order_input
from payments.models import Payment, ProviderEvent, Refund, TestCharge
from payments.providers.test import outcome_of, signed_callback
from payments.tests.factories import make_paid_order, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return APIClient()


def place(api: APIClient, cart: Cart, key: str = "key-1", **changes: Any) -> Any:
    make_shop()
    headers = {"Idempotency-Key": key, "X-Cart-Token": cart.token}
    return api.post("/api/orders", order_input(**changes), headers=headers)


def test_a_guest_orders_reads_and_cancels_with_the_token(api: APIClient):
    response = place(api, make_cart(MUG=2), expected_total="44.90")

    data = response.json()["data"]
    assert response.status_code == 201
    assert (data["status"], data["total"], data["currency"]) == ("pending", "44.90", "EUR")
    assert [(item["product_sku"], item["quantity"], item["total"]) for item in data["items"]] == [
        ("MUG", 2, "40.00")
    ]
    assert data["payment"]["next_url"].startswith(f"{settings.SITE_URL}/pay/LN-")
    url, token = f"/api/orders/{data['number']}", {"X-Order-Token": data["token"]}
    assert api.get(url).status_code == 404
    assert api.get(url, headers={"X-Order-Token": "x" * 43}).status_code == 404
    assert api.get(url, headers=token).json()["data"]["number"] == data["number"]
    assert api.post(f"{url}/cancel", {"reason": "no"}, headers=token).status_code == 200
    assert Order.objects.get().status == "canceled"
    assert api.post(f"{url}/cancel", {}, headers=token).status_code == 409


def test_an_order_needs_an_idempotency_key(api: APIClient):
    make_shop()
    cart = make_cart(MUG=1)

    response = api.post("/api/orders", order_input(), headers={"X-Cart-Token": cart.token})

    assert response.status_code == 400
    assert response.json()["code"] == "idempotency_key_invalid"
    assert Order.objects.count() == 0


def test_a_network_places_only_so_many_orders(api: APIClient, settings: Any):
    settings.THROTTLES = settings.THROTTLES | {"order": "1/day"}
    first = make_cart(MUG=1)
    second = make_cart(MUG=1)

    placed = [place(api, first), place(api, first)]  # a replay is no second order
    refused = place(api, second, key="key-2")

    assert [response.status_code for response in placed] == [201, 201]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 0
    assert Order.objects.count() == 1


def test_the_same_key_gets_the_same_answer(api: APIClient):
    cart = make_cart(MUG=1)

    first = place(api, cart)
    second = place(api, cart)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(api: APIClient):
    cart = make_cart(MUG=1)
    place(api, cart)

    response = place(api, cart, note="other")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


def test_another_key_for_the_same_cart_is_a_conflict(api: APIClient):
    cart = make_cart(MUG=1)
    place(api, cart)

    response = place(api, cart, key="key-2")

    assert response.status_code == 409
    assert Order.objects.count() == 1


def test_a_changed_total_carries_the_new_quote(api: APIClient):
    response = place(api, make_cart(MUG=1), expected_total="24.89")

    body = response.json()
    assert (response.status_code, body["code"]) == (409, "price_changed")
    assert body["quote"]["total"] == "24.90"
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total": "1.00"}, "total"),
        ({"status": "paid"}, "status"),
        ({"email": "a@x, b@y"}, "email"),
        ({"expected_total": "24,90"}, "expected_total"),
        ({"expected_total": "2e1"}, "expected_total"),
        ({"shipping_address": {"name": "A", "line1": "B", "country": "DE"}}, "shipping_address"),
        ({"shipping_method": "pigeon"}, "shipping_method"),
    ],
)
def test_bad_input_names_its_field(api: APIClient, change: dict[str, Any], field: str):
    response = place(api, make_cart(MUG=1), **change)

    assert response.status_code == 400
    assert any(name.startswith(field) for name in response.json()["errors"])
    assert Order.objects.count() == 0


def test_a_float_is_refused_wherever_it_stands(api: APIClient):
    response = place(api, make_cart(MUG=1), expected_total=24.9)

    assert response.status_code == 400
    assert Order.objects.count() == 0


def test_sold_out_is_a_conflict_with_details(api: APIClient):
    cart = make_cart(MUG=2)
    StockItem.objects.filter(sku="MUG").update(reserved=9)

    response = place(api, cart)

    body = response.json()
    assert (response.status_code, body["code"]) == (409, "insufficient_stock")
    assert (body["sku"], body["available"], body["requested"]) == ("MUG", 1, 2)


def test_customers_see_their_own_orders_only(api: APIClient, alice: User, bob: User, carol: User):
    mine = make_order(customer=alice.customer)
    make_order(customer=bob.customer, email="bob@example.com")
    url = f"/api/orders/{mine.number}"

    assert api.get("/api/orders").status_code == 401
    api.force_authenticate(bob)
    assert api.get(url).status_code == 404
    assert api.post(f"{url}/cancel", {}).status_code == 404
    api.force_authenticate(alice)
    page = api.get("/api/orders").json()
    assert (page["total"], page["items"][0]["number"]) == (1, mine.number)
    assert "token" in api.get(url).json()["data"]
    assert api.get(url).json()["data"]["token"] is None
    api.force_authenticate(carol)
    assert api.get("/api/orders").json()["total"] == 2


def test_staff_ship_by_their_role(api: APIClient, alice: User):
    order = make_order(customer=alice.customer, payment_method="cash", items={"MUG": 2})
    url = f"/api/orders/{order.number}/fulfillments"
    body = {"items": [{"sku": "MUG", "quantity": 1}], "carrier": "DHL"}

    assert api.post(url, body).status_code == 401
    api.force_authenticate(alice)
    assert api.post(url, body).status_code == 403
    api.force_authenticate(StaffFactory(groups=["finance"]))
    assert api.post(url, body).status_code == 403
    api.force_authenticate(StaffFactory(groups=["fulfillment"]))
    assert api.post(url, body).status_code == 201
    order.refresh_from_db()
    assert order.fulfillment_status == "partial"


def test_notes_are_for_staff(api: APIClient, alice: User, carol: User):
    order = make_order(customer=alice.customer)
    url = f"/api/orders/{order.number}/notes"
    api.force_authenticate(alice)
    assert api.post(url, {"message": "hi"}).status_code == 403
    api.force_authenticate(carol)

    assert api.post(url, {"message": "Gift"}).status_code == 201

    api.force_authenticate(alice)
    timeline = api.get(f"/api/orders/{order.number}").json()["data"]["timeline"]
    assert [line["kind"] for line in timeline] == ["placed"]


def test_the_lookup_needs_number_and_email_and_hides_the_address(api: APIClient):
    order = make_order()
    right = {"number": order.number.lower(), "email": "Alice@example.com"}

    found = api.post("/api/orders/lookup", right)
    wrong = api.post("/api/orders/lookup", {**right, "email": "bob@example.com"})
    missing = api.post("/api/orders/lookup", {**right, "number": "LN-00000000"})

    data = found.json()["data"]
    assert data["shipping_address"] == {"city": "Berlin", "country": "DE"}
    assert data["token"] is None
    bodies = [{**answer.json(), "request_id": ""} for answer in (wrong, missing)]
    assert (wrong.status_code, missing.status_code) == (404, 404)
    assert bodies[0] == bodies[1]


def test_the_lookup_is_slow_to_guess(api: APIClient, settings: Any):
    settings.THROTTLES = {**settings.THROTTLES, "login": "3/min"}
    guess = {"number": "LN-00000000", "email": "alice@example.com"}

    answers = [api.post("/api/orders/lookup", guess).status_code for _try in range(5)]

    assert answers == [404, 404, 404, 429, 429]


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_for_one_and_for_many(
    api: APIClient, carol: User, django_assert_num_queries: Any, count: int
):
    for number in range(count):
        make_order(
            email=f"guest{number}@example.com",
            items={"MUG": 1} if number < 5 else {f"S{number}": 1},
        )
    api.force_authenticate(carol)

    with django_assert_num_queries(3):
        assert len(api.get("/api/orders").json()["items"]) == count


@pytest.mark.parametrize("lines", [1, 12])
def test_the_detail_costs_the_same_for_one_line_and_for_many(
    api: APIClient, carol: User, django_assert_num_queries: Any, lines: int
):
    order = make_order(items={f"SKU{number}": 1 for number in range(lines)})
    api.force_authenticate(carol)

    with django_assert_num_queries(5):
        body = api.get(f"/api/orders/{order.number}").json()

    assert len(body["data"]["items"]) == lines


def test_paying_leads_to_the_provider_and_a_replay_to_the_same_page(api: APIClient):
    order = make_order(at=timezone.now())
    url = f"/api/orders/{order.number}/pay"
    headers = {"X-Order-Token": order.token, "Idempotency-Key": "pay-1"}

    first = api.post(url, {}, headers=headers)
    again = api.post(url, {}, headers=headers)

    payment = Payment.objects.get()
    assert first.json()["data"] == {"next_url": f"{settings.SITE_URL}/pay/test/{payment.pk}/"}
    assert again.json()["data"] == first.json()["data"]
    assert api.post(url, {}, headers={"X-Order-Token": order.token}).status_code == 400
    assert api.post(url, {}, headers={"Idempotency-Key": "p"}).status_code == 404


def test_refunds_are_for_staff_and_need_a_key(api: APIClient, carol: User):
    order = make_paid_order()
    url, key = f"/api/orders/{order.number}/refunds", {"Idempotency-Key": "refund-1"}

    assert api.post(url, {"amount": "5.00"}, headers=key).status_code == 401
    api.force_authenticate(StaffFactory(groups=["fulfillment"]))
    assert api.post(url, {"amount": "5.00"}, headers=key).status_code == 403
    api.force_authenticate(carol)
    assert api.post(url, {"amount": "5.00"}).status_code == 400
    first = api.post(url, {"amount": "5.00"}, headers=key)
    again = api.post(url, {"amount": "5.00"}, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert Refund.objects.get().amount_minor == 500
    too_much = api.post(url, {"amount": "20.00"}, headers={"Idempotency-Key": "refund-2"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")


def test_callbacks_come_in_signed_or_not_at_all(api: APIClient):
    make_payment()
    headers, body = signed_callback(outcome_of(TestCharge.objects.get()), at=timezone.now())
    url = "/api/payments/webhooks/test"

    def send(**changes: str) -> Any:
        return api.generic(
            "POST", url, body, content_type="application/json", headers={**headers, **changes}
        )

    assert send(**{"webhook-signature": "v1,AAAA"}).status_code == 400
    assert ProviderEvent.objects.count() == 0
    assert send().status_code == 200
    assert send().json()["data"]["replayed"] is True
    assert ProviderEvent.objects.count() == 1
    assert api.post("/api/payments/webhooks/nobody", {}).status_code == 404


def test_the_ways_to_pay_depend_on_the_country(api: APIClient):
    make_shop()

    answer = api.get("/api/payments/methods?country=DE")

    assert [method["code"] for method in answer.json()["data"]] == ["card", "transfer", "cash"]
    assert api.get("/api/payments/methods?country=Germany").status_code == 400


def test_times_are_utc(api: APIClient, carol: User):
    order = make_order(at=NOON)
    api.force_authenticate(carol)

    data = api.get(f"/api/orders/{order.number}").json()["data"]

    assert data["created_at"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    ("body", "amount"),
    [
        ({"items": [{"sku": "MUG", "quantity": 1}]}, "20.00"),
        ({"items": [{"sku": "MUG", "quantity": 1}], "shipping": True}, "24.90"),
        ({"shipping": True}, "4.90"),
        ({}, "24.90"),
    ],
)
def test_delivery_goes_back_over_the_api_only_where_it_is_asked_for(
    api: APIClient, carol: User, body: dict[str, Any], amount: str
):
    order = make_paid_order(at=timezone.now())
    api.force_authenticate(carol)

    answer = api.post(
        f"/api/orders/{order.number}/refunds", body, headers={"Idempotency-Key": "refund-1"}
    )

    assert answer.status_code == 201
    assert [part["amount"] for part in answer.json()["data"]["refunds"]] == [amount]


@pytest.mark.parametrize("act", ["pay", "refunds", "mark-paid"])
def test_a_condition_locks_payments_before_their_order_as_all_that_moves_money(
    api: APIClient, alice: User, act: str
):
    order = make_order(customer=alice.customer, at=timezone.now())
    make_payment(order)
    api.force_authenticate(StaffFactory(role="admin"))
    headers = {"If-Match": '"stale"', "Idempotency-Key": "once"}

    with CaptureQueriesContext(connection) as asked:
        response = api.post(f"/api/orders/{order.number}/{act}", {}, "json", headers=headers)

    assert response.status_code == 412
    tables = [
        table
        for query in asked.captured_queries
        for table in re.findall(r'^SELECT .*? FROM "(payments_payment|orders_order)"', query["sql"])
    ]
    assert tables[:3] == ["orders_order", "payments_payment", "orders_order"]
