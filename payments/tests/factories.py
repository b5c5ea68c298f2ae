"""Payments as the shop makes them: an order, and what its shopper does at the test provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from orders.models import Order
from orders.tests.factories import make_order
from payments.checkout import start_payment
from payments.models import Payment
from payments.providers.test import card_with, pay_with_card
from payments.settlement import ask_provider

GOOD, ASKS, DECLINED, POOR, DELAYED, SILENT = "4242", "3155", "0002", "9995", "0077", "0119"


def make_payment(
    order: Order | None = None, *, at: datetime | None = None, **options: Any
) -> Payment:
    """A payment that is started at the test provider; nothing is paid yet."""
    at = at or timezone.now()
    order = order or make_order(at=at, **options)
    start_payment(order, at=at)
    return Payment.objects.of_order(order.pk).exclude(provider="gift_card").latest("created_at")


def use_card(payment: Payment, card: str = GOOD, *, at: datetime | None = None) -> Payment:
    """The shopper pays on the provider's page and comes back."""
    at = at or timezone.now()
    found = card_with(card)
    assert found is not None
    pay_with_card(payment.pk, found, at=at)
    return ask_provider(payment, at=at)


def make_paid_order(**options: Any) -> Order:
    """An order that is paid by card."""
    payment = use_card(make_payment(**options))
    return Order.objects.get(pk=payment.order_id)
