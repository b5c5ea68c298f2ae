"""H7, X13: answers and callbacks that make no sense are typed failures, book nothing,
and heal when asked again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import CAROL
from payments.checkout import start_payment
from payments.errors import CallbackInvalid, ProviderUnavailable, SignatureInvalid
from payments.inbox import receive_event
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import ask_provider, settle_unsettled
from shop.core import breaker
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due
from tests.faults.companies import House, PayPalHouse, StripeHouse
from tests.faults.fake_stripe import OLD_SECRET, SECRET, FakeStripe, sign
from tests.faults.server import NONSENSE
from tests.faults.test_outages import OPEN, READ, REFUND

pytestmark = [pytest.mark.django_db, pytest.mark.once]

kinds = pytest.mark.parametrize("kind", sorted(NONSENSE))
# What is only read is not told apart by its id: we have asked for it by that.
kinds_of_reading = pytest.mark.parametrize("kind", sorted({*NONSENSE} - {"long_ids"}))


@pytest.fixture(params=["stripe", "paypal"])
def company_house(request: pytest.FixtureRequest) -> House:
    company = request.getfixturevalue(f"{request.param}_company")
    return StripeHouse(company) if request.param == "stripe" else PayPalHouse(company)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The breaker has tests of its own."""
    monkeypatch.setattr(breaker, "FAILURES", 1000)


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


@kinds
def test_opening_a_payment_fails_in_words_and_then_works(company_house: House, kind: str):
    order = company_house.order()
    company_house.company.misbehave(OPEN[company_house.code], kind, times=3)

    with pytest.raises(ProviderUnavailable):
        start_payment(order, at=timezone.now())
    before = list(Payment.objects.values_list("state", "external_id"))
    company_house.company.faults.clear()

    assert before == [("started", "")]
    assert start_payment(order, at=timezone.now()).url != ""
    assert Payment.objects.count() == 1


@kinds_of_reading
def test_coming_back_to_an_answer_without_sense_is_no_error_page(
    company_house: House, kind: str, client: Any
):
    payment = company_house.started()
    company_house.pay(payment)
    company_house.company.misbehave(READ[company_house.code], kind, times=50)

    page = client.get(reverse("payments:return", args=[payment.pk]))
    payment.refresh_from_db()
    before = (page.status_code, payment.state, PaymentEntry.objects.count())
    company_house.company.faults.clear()
    settle_unsettled(at=timezone.now() + timedelta(seconds=30))

    payment.refresh_from_db()
    assert before == (302, "processing", 0)
    assert (payment.state, company_house.charged_minor()) == ("captured", 2490)
    assert_books_are_clean()


@kinds
def test_a_refund_waits_until_the_answer_makes_sense(company_house: House, kind: str):
    payment = company_house.started()
    company_house.pay(payment)
    ask_provider(payment, at=timezone.now())
    company_house.company.misbehave(REFUND[company_house.code], kind, times=50)

    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()
    waiting = Refund.objects.get().state
    company_house.company.faults.clear()
    OutboxDelivery.objects.filter(status="pending").update(due_at=timezone.now())
    deliver_due()

    assert (waiting, Refund.objects.get().state) == ("pending", "succeeded")
    assert company_house.refunded_minor() == 490
    assert_books_are_clean()


@kinds_of_reading
def test_books_that_cannot_be_read_are_a_difference(company_house: House, kind: str):
    since = timezone.now() - timedelta(minutes=1)
    payment = company_house.started()
    company_house.pay(payment)
    company_house.company.misbehave("GET ", kind, times=50)

    found = reconcile(since=since, at=timezone.now())
    entries = PaymentEntry.objects.count()
    company_house.company.faults.clear()

    assert ([one.kind for one in found], entries) == (["unreachable"], 0)
    assert all(one.is_settled for one in reconcile(since=since, at=timezone.now()))


# Callbacks
# -----------------------------------------------------------------------------------------


def mutations(value: Any) -> Iterator[Any]:
    """The same data with one member gone, or of another type; each in turn."""
    if not isinstance(value, dict):
        return
    for name, part in value.items():
        yield {key: old for key, old in value.items() if key != name}
        for other in (None, [], {}, 7, -1, 1.5, True, "x", "\u0000", "x" * 5000):
            if type(other) is not type(part) or isinstance(part, str):
                yield {**value, name: other}
        for deeper in mutations(part):
            yield {**value, name: deeper}


@pytest.mark.parametrize(
    "kind", ["payment_intent.succeeded", "checkout.session.completed", "refund.created"]
)
def test_no_signed_event_breaks_the_inbox_whatever_it_lacks(stripe_company: FakeStripe, kind: str):
    house = StripeHouse(stripe_company)
    payment = house.started()
    house.pay(payment)
    intent = str(stripe_company.sessions[payment.external_id]["payment_intent"])
    stripe_company.refund_at_dashboard(intent, 490)
    event = next(one for one in stripe_company.events if one["type"] == kind)

    for number, changed in enumerate(mutations(event["data"]["object"])):
        headers, body = sign({**event, "id": f"evt_{number}", "data": {"object": changed}})
        try:
            received = receive_event("stripe", headers=headers, body=body, at=timezone.now())
        except CallbackInvalid:
            continue
        assert received.event.state in {"applied", "ignored", "quarantined", "received"}

    # What remained whole is what Stripe has, and counted once.
    assert PaymentEntry.objects.filter(kind="captured").count() <= 1
    assert Order.objects.get().amount_paid_minor in {0, 2490}
    assert Order.objects.get().amount_refunded_minor in {0, 490}
    assert_books_are_clean()


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"7", b"{", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 200_000]
)
def test_a_body_without_sense_is_refused_before_and_after_its_signature(
    paypal_company: Any, stripe_company: FakeStripe, body: bytes
):
    proof = {f"PayPal-{name}": "x" for name in ("Auth-Algo", "Cert-Url", "Transmission-Id")}
    proof |= {f"PayPal-{name}": "x" for name in ("Transmission-Sig", "Transmission-Time")}

    with pytest.raises(SignatureInvalid):
        receive_event("paypal", headers=proof, body=body, at=timezone.now())
    with pytest.raises((SignatureInvalid, CallbackInvalid)):
        receive_event("stripe", headers=signed_bytes(body), body=body, at=timezone.now())

    assert ProviderEvent.objects.count() == 0


def signed_bytes(body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={digest}"}


def test_a_callback_of_more_than_a_megabyte_is_refused(client: Any, stripe_company: FakeStripe):
    body = json.dumps({"id": "evt_1", "type": "x", "padding": "x" * 1_100_000}).encode()

    answer = client.post(
        "/api/payments/webhooks/stripe",
        body,
        content_type="application/json",
        headers=signed_bytes(body),
    )

    assert answer.status_code == 413
    assert ProviderEvent.objects.count() == 0


# Rotation of secrets
# -------------------------------------------------------------------------------


@pytest.fixture
def event(stripe_company: FakeStripe) -> dict[str, Any]:
    house = StripeHouse(stripe_company)
    house.pay(house.started())
    return stripe_company.events[-1]


def test_while_a_secret_is_rolled_one_good_signature_of_several_is_enough(event, settings):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    headers, body = sign(event)
    unknown = sign(event, secret="whsec_of_tomorrow")[0]["Stripe-Signature"].partition(",")[2]
    both = {"Stripe-Signature": f"{headers['Stripe-Signature']},{unknown}"}
    turned = headers["Stripe-Signature"].partition(",")

    received = receive_event("stripe", headers=both, body=body, at=timezone.now())
    again = {"Stripe-Signature": f"{turned[0]},{unknown},{turned[2]}"}

    assert received.event.state == "applied"
    assert receive_event("stripe", headers=again, body=body, at=timezone.now()).is_replay


def test_a_secret_that_was_taken_out_is_good_no_more(event, settings):
    headers, body = sign(event, secret=OLD_SECRET)
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]

    with pytest.raises(SignatureInvalid):
        receive_event("stripe", headers=headers, body=body, at=timezone.now())

    settings.STRIPE_WEBHOOK_SECRETS = [OLD_SECRET, SECRET]
    assert (
        receive_event("stripe", headers=headers, body=body, at=timezone.now()).event.state
        == "applied"
    )


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_an_empty_secret_signs_nothing(event, settings, secrets):
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    headers, body = sign(event, secret="")

    with pytest.raises(SignatureInvalid):
        receive_event("stripe", headers=headers, body=body, at=timezone.now())
