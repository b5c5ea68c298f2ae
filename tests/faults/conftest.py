"""The companies, started once, and the shop's keys for them."""

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
from django.core.cache.backends.locmem import LocMemCache

from payments.providers import calls, paypal, stripe
from shop.core import breaker
from tests.faults import fake_paypal, fake_stripe
from tests.faults.companies import LocalStripe, PayPalHouse, StripeHouse, TestHouse
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe


@pytest.fixture(autouse=True)
def _breaker_of_its_own(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Tests that run side by side on one Redis would leave each other's companies alone."""
    monkeypatch.setattr(breaker, "cache", LocMemCache(request.node.nodeid, {}))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries without waiting in between."""
    monkeypatch.setattr(calls, "PAUSES", (0.0, 0.0))


def hang_up_on_stripe(base: str) -> None:
    """Close the shop's connection before the company at `base` ends."""
    client = stripe._client_for(fake_stripe.KEY, base)
    client._requestor._client.close()
    stripe._client_for.cache_clear()


@pytest.fixture
def stripe_company(settings: Any) -> Iterator[FakeStripe]:
    """A fake Stripe that the shop is connected to."""
    company = FakeStripe()
    settings.STRIPE_SECRET_KEY = fake_stripe.KEY
    settings.STRIPE_WEBHOOK_SECRETS = [fake_stripe.SECRET, fake_stripe.OLD_SECRET]
    settings.STRIPE_API_BASE = company.base
    settings.STRIPE_CAPTURE = "automatic"
    yield company
    hang_up_on_stripe(company.base)
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


@pytest.fixture(scope="session")
def localstripe_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of localstripe, a Stripe that others wrote, while its process runs."""
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


@pytest.fixture
def localstripe(localstripe_base: str, settings: Any) -> Iterator[LocalStripe]:
    """localstripe, which the shop is connected to and which tells it what happened."""
    settings.STRIPE_SECRET_KEY = fake_stripe.KEY
    settings.STRIPE_WEBHOOK_SECRETS = [fake_stripe.SECRET]
    settings.STRIPE_API_BASE = localstripe_base
    found = LocalStripe(localstripe_base)
    yield found
    found.close()
    hang_up_on_stripe(localstripe_base)


@pytest.fixture(params=["test", "stripe", "paypal"])
def house(request: pytest.FixtureRequest) -> Any:
    """Each provider with a page to pay on in turn, and what a shopper can do there:
    the contract holds for all.
    """
    if request.param == "stripe":
        return StripeHouse(request.getfixturevalue("stripe_company"))
    if request.param == "paypal":
        return PayPalHouse(request.getfixturevalue("paypal_company"))
    if request.param == "localstripe":
        return request.getfixturevalue("localstripe")
    return TestHouse()
