"""What a shopper, and the company itself, can do at each provider, in the same words for all."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import httpx
from django.test import override_settings
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import make_order, make_shop
from payments.checkout import start_payment
from payments.inbox import receive_event
from payments.inbox.services import Received
from payments.models import Payment, TestCharge
from payments.providers.test import (
    card_with,
    outcome_of,
    pay_with_card,
    signed_callback,
)
from payments.tests.factories import ASKS, DECLINED, GOOD
from pricing.models import PaymentMethod
from pricing.states import Settlement
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import KEY, SECRET, FakeStripe
from tests.faults.server import Answer, Ask, FakeCompany


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

    def authorized(self) -> Payment:
        """A payment that the company holds the money of, and that the shop does
        not know about yet.
        """
        raise NotImplementedError

    def second_step(self) -> Payment:
        """A payment that the bank wants a confirmation of."""
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

    def authorized(self) -> Payment:
        payment = self.started()
        TestCharge.objects.filter(pk=payment.pk).update(state="authorized", charge_id="auth_1")
        return payment

    def second_step(self) -> Payment:
        payment = self.started()
        card = card_with(ASKS)
        assert card is not None
        pay_with_card(payment.pk, card, at=timezone.now())
        return payment

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
    """Open a hosted page and press a button, like a browser; where it leads
    back is not followed.
    """
    assert httpx.get(url).status_code == 200
    return httpx.post(url, data={"choice": choice})


class StripeHouse(House):
    """The fake Stripe."""

    code, method = "stripe", "stripe"

    def __init__(self, company: FakeStripe) -> None:
        self.company = company

    def pay(self, payment: Payment, choice: str = "good") -> None:
        choose(self.company.sessions[payment.external_id]["url"], choice)

    def authorized(self) -> Payment:
        with override_settings(STRIPE_CAPTURE="manual"):
            payment = self.started()
        self.pay(payment)
        return payment

    def second_step(self) -> Payment:
        payment = self.started()
        self.pay(payment, "action")
        return payment

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        return [self.company.signed(event) for event in self.company.events]

    def charged_minor(self) -> int:
        return sum(intent["amount_received"] for intent in self.company.intents.values())

    def refunded_minor(self) -> int:
        good = [one for one in self.company.refunds.values() if one["status"] != "failed"]
        return sum(refund["amount"] for refund in good)


class LocalStripe(House):
    """localstripe has no Checkout: a payment is one PaymentIntent, as a client
    with hosted fields opens it.
    """

    code, method = "stripe", "stripe"
    CARDS = {"good": "4242424242424242", "declined": "4000000000000341"}
    NEEDS_SECOND_STEP = "4000002500003155"

    def __init__(self, base: str) -> None:
        self.api = httpx.Client(base_url=base, auth=(KEY, ""))
        self.post_box = PostBox()
        hook = {"url": self.post_box.base, "secret": SECRET}
        self.api.post("/_config/webhooks/shop", json=hook).raise_for_status()

    def close(self) -> None:
        """Hang up."""
        self.api.close()
        self.post_box.stop()

    def started(self, order: Order | None = None, **options: Any) -> Payment:
        return self._opened(order or self.order(**options))

    def pay(self, payment: Payment, choice: str = "good") -> None:
        path = f"/v1/payment_intents/{payment.external_id}"
        self._post(path, payment_method=self._card(self.CARDS[choice]))
        self.api.post(f"{path}/confirm")

    def authorized(self) -> Payment:
        payment = self._opened(self.order(), capture_method="manual")
        self.pay(payment)
        return payment

    def second_step(self) -> Payment:
        payment = self._opened(self.order(), card=self.NEEDS_SECOND_STEP)
        self._post(f"/v1/payment_intents/{payment.external_id}/confirm")
        return payment

    def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        # They come a second after the fact, so those of the test before come here, too.
        ours = [key.encode() for key in Payment.objects.values_list("external_id", flat=True)]
        for _try in range(200):
            messages = [one for one in self.post_box.messages if any(key in one[1] for key in ours)]
            if messages:
                return messages
            time.sleep(0.05)
        raise AssertionError("localstripe has sent no callback")

    def charged_minor(self) -> int:
        return sum(
            charge["amount"]
            for charge in self._charges()
            if charge["captured"] and charge["status"] == "succeeded"
        )

    def refunded_minor(self) -> int:
        return sum(charge["amount_refunded"] for charge in self._charges())

    def _charges(self) -> list[dict[str, Any]]:
        found = [
            self.api.get(f"/v1/payment_intents/{key}").json()["latest_charge"]
            for key in Payment.objects.values_list("external_id", flat=True)
        ]
        return [charge for charge in found if charge]

    def _opened(self, order: Order, *, card: str = CARDS["good"], **options: str) -> Payment:
        payment = Payment.objects.create(
            order=order, provider="stripe", amount_minor=order.to_pay_minor, currency="EUR"
        )
        intent = self._post(
            "/v1/payment_intents",
            amount=str(payment.amount_minor),
            currency="eur",
            payment_method=self._card(card),
            **{"metadata[linden_payment]": str(payment.pk)},
            **options,
        )
        payment.external_id = intent["id"]
        payment.save()
        return payment

    def _card(self, number: str) -> str:
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        fields = {f"card[{name}]": value for name, value in card.items()}
        return str(self._post("/v1/payment_methods", type="card", **fields)["id"])

    def _post(self, path: str, **form: Any) -> dict[str, Any]:
        answer = self.api.post(path, data=form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class PostBox(FakeCompany):
    """Where callbacks of a company that is not ours arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[dict[str, str], bytes]] = []

    def handle(self, ask: Ask) -> Answer:
        self.messages.append((ask.headers, ask.body))
        return Answer({})


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
