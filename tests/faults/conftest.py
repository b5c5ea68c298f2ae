"""The companies, started once, and the shop's keys for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payments.providers import calls, paypal, stripe
from tests.faults import fake_paypal, fake_stripe
from tests.faults.companies import PayPalHouse, StripeHouse, TestHouse
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries without waiting in between."""
    monkeypatch.setattr(calls, "PAUSES", (0.0, 0.0))


@pytest.fixture
def stripe_company(settings: Any) -> Iterator[FakeStripe]:
    """A fake Stripe that the shop is connected to."""
    company = FakeStripe()
    settings.STRIPE_SECRET_KEY = fake_stripe.KEY
    settings.STRIPE_WEBHOOK_SECRETS = [fake_stripe.SECRET, fake_stripe.OLD_SECRET]
    settings.STRIPE_API_BASE = company.base
    settings.STRIPE_CAPTURE = "automatic"
    yield company
    client = stripe._client_for(fake_stripe.KEY, company.base)
    client._requestor._client._client.close()  # a test's company ends, and with it the connection
    stripe._client_for.cache_clear()
    company.stop()


@pytest.fixture
def paypal_company(settings: Any) -> Iterator[FakePayPal]:
    """A fake PayPal that the shop is connected to."""
    company = FakePayPal()
    settings.PAYPAL_CLIENT_ID = fake_paypal.CLIENT_ID
    settings.PAYPAL_SECRET = fake_paypal.SECRET
    settings.PAYPAL_WEBHOOK_ID = fake_paypal.WEBHOOK_ID
    settings.PAYPAL_API_BASE = company.base
    yield company
    paypal._client_for(company.base).close()
    paypal._client_for.cache_clear()
    company.stop()


@pytest.fixture(params=["test", "stripe", "paypal"])
def house(request: pytest.FixtureRequest) -> Any:
    """Each provider in turn, with what a shopper can do there: the contract holds for all."""
    if request.param == "stripe":
        return StripeHouse(request.getfixturevalue("stripe_company"))
    if request.param == "paypal":
        return PayPalHouse(request.getfixturevalue("paypal_company"))
    return TestHouse()
