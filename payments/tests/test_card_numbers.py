"""A card number in the wrong field is refused before anything is written, stored or logged."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.factories import StaffFactory
from cart.models import Cart
from orders.models import Order, OrderEvent
from orders.tests.factories import make_cart, make_order, make_shop, order_input
from payments.tests.test_pages import checkout_fields, open_checkout, shopper
from shop.core.models import AuditEntry, IdempotencyRecord, OutboxEvent

__all__ = ["shopper"]
pytestmark = pytest.mark.django_db

CARD = "4242 4242 4242 4242"


@pytest.fixture(autouse=True)
def said(caplog: pytest.LogCaptureFixture) -> Any:
    """All that is logged, as it was before our formatters took secrets out."""
    caplog.set_level(logging.DEBUG)
    return caplog


def assert_nothing_is_kept(said: Any) -> None:
    assert "4242" not in said.text
    for model in [Order, OrderEvent, OutboxEvent, IdempotencyRecord, AuditEntry]:
        assert model.objects.count() == 0
    for model in [Cart, apps.get_model("accounts", "Customer")]:
        assert not [row for row in model.objects.values() if "4242" in str(row)]
    assert not [row for row in Session.objects.all() if "4242" in str(row.get_decoded())]


@pytest.mark.parametrize("changes", [{"note": CARD}, {"email": "4242424242424242@example.com"}])
def test_the_api_refuses_an_order_with_a_card_number(said, changes):
    make_shop()
    headers = {"Idempotency-Key": "key-1", "X-Cart-Token": make_cart(MUG=1).token}

    answer = APIClient().post("/api/orders", {**order_input(), **changes}, headers=headers)

    [member] = changes
    assert (answer.status_code, answer.json()["code"]) == (400, "card_number")
    assert "card number" in str(answer.json()["errors"][member])
    assert "4242" not in answer.content.decode()
    assert_nothing_is_kept(said)


@pytest.mark.parametrize("field", ["name", "line1", "city", "note"])
def test_the_checkout_says_it_beside_the_field(shopper: Client, said, field):
    page = open_checkout(shopper)

    answer = shopper.post("/checkout/", checkout_fields(page, **{field: CARD}), follow=True)

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert "looks like a card number" in answer.content.decode()
    assert_nothing_is_kept(said)


def test_a_gift_card_field_is_no_place_for_it_either(shopper: Client, said):
    answer = shopper.post("/cart/gift-cards/balance/", {"code": CARD})

    assert answer.status_code == 422
    assert "looks like a card number" in answer.content.decode()
    assert_nothing_is_kept(said)


def test_a_phone_number_may_look_like_one(shopper: Client):
    page = open_checkout(shopper)

    answer = shopper.post("/checkout/", checkout_fields(page, phone="+49 30 123456"))

    assert answer.status_code == 307


def test_staff_do_not_note_it_down(settings):
    settings.BACKOFFICE_REQUIRE_MFA = False
    client, order = Client(), make_order(at=timezone.now())
    client.force_login(StaffFactory(groups=["support"]))
    before = OrderEvent.objects.count()

    client.post(f"/admin/orders/order/{order.pk}/note/", {"note": f"Paid with {CARD}"})

    assert OrderEvent.objects.count() == before
