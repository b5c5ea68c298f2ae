"""A second opinion: what localstripe, which others wrote, can do of Stripe (it has no Checkout Sessions)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import CAROL
from payments.models import Payment, Refund
from payments.services import ask_provider, capture_payment, refund_order, void_open_payments
from shop.core.outbox import deliver_due
from tests.faults.companies import House
from tests.faults.fake_stripe import KEY

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address, while its process runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("localstripe"))]
    command += ["--from-scratch", "--port", str(port)]
    folder = tmp_path_factory.mktemp("localstripe")
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _try in range(100):
            try:
                httpx.get(base, timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=10)


class LocalStripe(House):
    """Payments that are one PaymentIntent, as a client with provider-hosted fields opens them."""

    code, method = "stripe", "stripe"

    def __init__(self, base: str) -> None:
        self.api = httpx.Client(base_url=base, auth=(KEY, ""))

    def post(self, path: str, **form: Any) -> dict[str, Any]:
        answer = self.api.post(path, data=form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def opened(self, card: str = "4242424242424242", *, capture: str = "automatic") -> Payment:
        order = self.order()
        payment = Payment.objects.create(
            order=order, provider="stripe", amount_minor=2490, currency="EUR"
        )
        method = self.post(
            "/v1/payment_methods",
            type="card",
            **{
                "card[number]": card,
                "card[exp_month]": "12",
                "card[exp_year]": "2030",
                "card[cvc]": "123",
            },
        )
        intent = self.post(
            "/v1/payment_intents",
            amount="2490",
            currency="eur",
            capture_method=capture,
            payment_method=method["id"],
            confirm="true",
            **{"metadata[linden_payment]": str(payment.pk)},
        )
        payment.external_id = intent["id"]
        payment.save()
        return payment


@pytest.fixture
def house(localstripe: str, settings: Any) -> Iterator[LocalStripe]:
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_API_BASE = localstripe
    found = LocalStripe(localstripe)
    yield found
    found.api.close()


def test_a_payment_is_read_and_refunded_in_parts(house: LocalStripe):
    payment = ask_provider(house.opened(), at=timezone.now())
    for amount in (490, 2000):
        refund_order(payment.order, amount_minor=amount, actor=CAROL, at=timezone.now())
        deliver_due()

    assert payment.state == "captured"
    assert set(Refund.objects.values_list("state", flat=True)) == {"succeeded"}
    assert Order.objects.get().payment_status == "refunded"


def test_an_authorized_payment_is_captured(house: LocalStripe):
    payment = ask_provider(house.opened(capture="manual"), at=timezone.now())
    before = payment.state

    payment = capture_payment(payment, actor=CAROL, at=timezone.now())

    assert (before, payment.state) == ("authorized", "captured")


def test_an_authorized_payment_is_let_go(house: LocalStripe):
    payment = ask_provider(house.opened(capture="manual"), at=timezone.now())

    void_open_payments(payment.order_id, at=timezone.now())

    payment.refresh_from_db()
    assert payment.state == "voided"


def test_the_second_step_is_waited_for(house: LocalStripe):
    payment = ask_provider(house.opened("4000002500003155"), at=timezone.now())

    assert payment.state == "requires_action"
