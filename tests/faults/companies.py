"""What a shopper, and the company itself, can do at each provider, in the same words for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import make_order, make_shop
from payments.models import Payment, TestCharge
from payments.providers.test import (
    card_with,
    outcome_of,
    pay_with_card,
    signed_callback,
)
from payments.services import receive_event, start_payment
from payments.services.inbox import Received
from payments.tests.factories import DECLINED, GOOD
from pricing.models import PaymentMethod
from pricing.states import Settlement
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe
from tests.faults.server import FakeCompany


class House:
    """One provider."""

    code = ""
    method = ""
    company: FakeCompany

    def offer(self) -> None:
        """Make it a way to pay at the checkout."""
        PaymentMethod.objects.get_or_create(
            code=self.method,
            defaults={
                "name": self.code.title(),
                "provider": self.code,
                "settlement": Settlement.ONLINE,
            },
        )

    def order(self, *, at: datetime | None = None, **options: Any) -> Order:
        """An order to be paid here."""
        make_shop()
        self.offer()
        return make_order(payment_method=self.method, at=at or timezone.now(), **options)

    def started(self, order: Order | None = None, **options: Any) -> Payment:
        """A payment whose page is open."""
        order = order or self.order(**options)
        start_payment(order, at=timezone.now())
        return Payment.objects.get(order=order)

    def pay(self, payment: Payment, choice: str = "good") -> None:
        """The shopper does something on the hosted page and comes back."""
        raise NotImplementedError

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        """All callbacks so far, in order."""
        raise NotImplementedError

    def charged_minor(self) -> int:
        """What the company's own books say was taken."""
        raise NotImplementedError

    def refunded_minor(self) -> int:
        """What the company's own books say was paid back."""
        raise NotImplementedError

    def receive(self, callback: tuple[dict[str, str], bytes]) -> Received:
        """Deliver a callback to the shop."""
        headers, body = callback
        return receive_event(self.code, headers=headers, body=body, at=timezone.now())


class TestHouse(House):
    """The built-in one."""

    __test__ = False
    code, method = "test", "card"

    def pay(self, payment: Payment, choice: str = "good") -> None:
        card = card_with({"good": GOOD, "declined": DECLINED}[choice])
        assert card is not None
        pay_with_card(payment.pk, card, at=timezone.now())

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        return [
            signed_callback(outcome_of(charge), at=timezone.now(), event_id=f"evt_{charge.pk.hex}")
            for charge in TestCharge.objects.exclude(charge_id="")
        ]

    def charged_minor(self) -> int:
        return sum(charge.amount_minor for charge in TestCharge.objects.filter(state="captured"))

    def refunded_minor(self) -> int:
        return sum(sum(charge.refunds.values()) for charge in TestCharge.objects.all())


def choose(url: str, choice: str) -> httpx.Response:
    """Open a hosted page and press a button, like a browser; where it leads back is not followed."""
    assert httpx.get(url).status_code == 200
    return httpx.post(url, data={"choice": choice})


class StripeHouse(House):
    """The fake Stripe."""

    code, method = "stripe", "stripe"

    def __init__(self, company: FakeStripe) -> None:
        self.company = company

    def pay(self, payment: Payment, choice: str = "good") -> None:
        choose(self.company.sessions[payment.external_id]["url"], choice)

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        return [self.company.signed(event) for event in self.company.events]

    def charged_minor(self) -> int:
        return sum(intent["amount_received"] for intent in self.company.intents.values())

    def refunded_minor(self) -> int:
        good = [one for one in self.company.refunds.values() if one["status"] != "failed"]
        return sum(refund["amount"] for refund in good)


class PayPalHouse(House):
    """The fake PayPal."""

    code, method = "paypal", "paypal"

    def __init__(self, company: FakePayPal) -> None:
        self.company = company

    def pay(self, payment: Payment, choice: str = "good") -> None:
        choose(f"{self.company.base}/checkoutnow?token={payment.external_id}", choice)

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        return [self.company.signed(event) for event in self.company.events]

    def charged_minor(self) -> int:
        return self._sum("captures")

    def refunded_minor(self) -> int:
        return self._sum("refunds")

    def _sum(self, kind: str) -> int:
        parts = [
            part
            for order in self.company.orders.values()
            for part in order["purchase_units"][0]["payments"].get(kind, [])
        ]
        return round(sum(float(part["amount"]["value"]) * 100 for part in parts))
