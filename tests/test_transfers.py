"""An order that is paid by bank transfer says how, wherever its shopper or staff look."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import StaffFactory
from orders.cancellation import cancel_order
from orders.models import Fulfillment, Order
from orders.presentation import instructions_for
from orders.tests.factories import make_order
from payments.models import Payment
from payments.settlement import record_manual_payment
from pricing.models import PaymentMethod
from shop.core.actors import GUEST, SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return make_order(payment_method="transfer", at=timezone.now())


def read(order: Order) -> Any:
    headers = {"X-Order-Token": order.token}
    return APIClient().get(f"/api/orders/{order.number}", headers=headers).json()["data"]


def test_the_api_says_where_to_send_what_under_which_reference(order: Order):
    data = read(order)

    assert data["to_pay"] == "24.90"
    assert data["payment"] == {
        "provider": "manual",
        "method": "transfer",
        "status": "pending",
        "instructions": "Account DE00 0000",
        "reference": order.number,
    }


def test_a_method_without_instructions_names_the_shops_own_account(order: Order, settings: Any):
    settings.SHOP_BANK = "Harbour Bank, IBAN DE11 1111"
    PaymentMethod.objects.filter(code="transfer").update(instructions="")

    page = Client().get(
        reverse("orders:status", args=[order.number]), {"token": order.token}, follow=True
    )

    assert read(order)["payment"]["instructions"] == "Harbour Bank, IBAN DE11 1111"
    html = page.content.decode()
    assert "Harbour Bank, IBAN DE11 1111" in html
    assert order.number in html.split("Reference")[1]


def test_nothing_is_asked_for_once_it_is_paid_canceled_or_paid_at_the_door(order: Order):
    cash = make_order(payment_method="cash", at=timezone.now())
    dropped = make_order(payment_method="transfer", at=timezone.now())
    dropped = cancel_order(dropped, reason="No", actor=GUEST, at=timezone.now())
    record_manual_payment(order, actor=SYSTEM, at=timezone.now())
    order.refresh_from_db()

    assert [instructions_for(each) for each in (order, cash, dropped)] == ["", "", ""]
    assert "instructions" not in read(order)["payment"]


def test_what_is_left_after_a_part_is_asked_for(order: Order):
    record_manual_payment(order, amount_minor=1000, actor=SYSTEM, at=timezone.now())

    data = read(order)

    assert (data["to_pay"], data["payment"]["instructions"]) == ("14.90", "Account DE00 0000")


def test_it_is_not_paid_online(order: Order):
    headers = {"X-Order-Token": order.token, "Idempotency-Key": "once"}

    answer = APIClient().post(f"/api/orders/{order.number}/pay", {}, "json", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_paid_online")
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("method", "status"), [("transfer", "pending"), ("cash", "confirmed")])
def test_a_client_of_the_api_can_change_to_a_method_that_is_not_paid_online(
    method: str, status: str
):
    order = make_order(at=timezone.now())
    headers = {"X-Order-Token": order.token, "Idempotency-Key": "once"}

    answers = [
        APIClient().post(
            f"/api/orders/{order.number}/pay", {"payment_method": method}, "json", headers=headers
        )
        for _twice in range(2)
    ]

    order.refresh_from_db()
    assert [(each.status_code, each.json()["data"]) for each in answers] == [
        (200, {"next_url": ""}),
        (200, {"next_url": ""}),
    ]
    assert (order.payment_method_code, order.status) == (method, status)
    assert not Payment.objects.exists()


def test_shipping_it_too_early_says_what_to_do_first(order: Order):
    packer = APIClient()
    packer.force_authenticate(StaffFactory(groups=["fulfillment"]))

    answer = packer.post(f"/api/orders/{order.number}/fulfillments", {}, "json")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_shippable")
    assert answer.json()["error"] == (
        "This order is not paid yet. Record the payment first, then ship it."
    )
    assert not Fulfillment.objects.exists()


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ("finance", "choose More → Mark as paid"),
        ("fulfillment", "a colleague who has permission to mark orders as paid can record it"),
    ],
)
def test_the_back_office_says_what_it_waits_for(order: Order, group: str, told: str, settings: Any):
    settings.BACKOFFICE_REQUIRE_MFA = False
    client = Client()
    client.force_login(StaffFactory(groups=[group]))
    url = reverse("admin:orders_order_change", args=[order.pk])

    waiting = client.get(url).content.decode()
    record_manual_payment(order, actor=SYSTEM, at=timezone.now())
    paid = client.get(url).content.decode()

    assert "Waiting for a bank transfer" in waiting
    assert f"transfer €24.90 with the reference {order.number}" in waiting
    assert "Account DE00 0000" in waiting
    assert told in waiting
    assert "Waiting for a bank transfer" not in paid
