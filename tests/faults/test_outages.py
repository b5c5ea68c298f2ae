"""Companies that fail: timeouts after charging, garbage, 500 and 429, lost and late
callbacks (X12, X13, X14).
"""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from orders.tests.factories import CAROL
from payments.checkout import start_payment
from payments.checkout.page_inventory import differences, released
from payments.errors import ProviderUnavailable
from payments.models import Payment, PaymentEntry, ProviderEvent, Refund
from payments.providers import calls, paypal, stripe
from payments.reconciliation import reconcile
from payments.refunds import refund_order
from payments.settlement import ask_provider, settle_unsettled
from payments.tasks import reconcile_open_payments
from shop.core.integrity import check
from shop.core.models import OutboxDelivery
from shop.core.outbox import deliver_due
from tests.faults.companies import House, PayPalHouse, StripeHouse
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CAPTURE = "POST /v2/checkout/orders/PP"
REFUND = {"stripe": "POST /v1/refunds", "paypal": "POST /v2/payments/captures"}
READ = {"stripe": "GET /v1/checkout/sessions/", "paypal": "GET /v2/checkout/orders/"}
OPEN = {"stripe": "POST /v1/checkout/sessions", "paypal": "POST /v2/checkout/orders"}


@pytest.fixture(params=["stripe", "paypal"])
def company_house(request: pytest.FixtureRequest) -> House:
    """Each outside company in turn."""
    company = request.getfixturevalue(f"{request.param}_company")
    return StripeHouse(company) if request.param == "stripe" else PayPalHouse(company)


def assert_books_are_clean() -> None:
    assert [str(row) for row in check(at=timezone.now()) if row[1]] == []


def reconciled(*options: str) -> tuple[dict[str, Any], int]:
    """What the command prints as JSON, and its exit code."""
    said = StringIO()
    try:
        call_command("reconcile_payments", "--json", *options, stdout=said)
    except SystemExit as end:
        return json.loads(said.getvalue()), int(end.code or 0)
    return json.loads(said.getvalue()), 0


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "500", "429", "garbage"])
def test_a_payment_is_opened_once_whatever_goes_wrong_on_the_way(company_house: House, kind: str):
    company_house.company.misbehave(OPEN[company_house.code], kind, times=2)

    company_house.started()

    books = company_house.company
    opened = books.sessions if company_house.code == "stripe" else books.orders
    assert len(opened) == 1


@pytest.mark.parametrize("kind", ["drop_after", "500", "garbage"])
def test_money_goes_back_once_whatever_goes_wrong_on_the_way(company_house: House, kind: str):
    payment = company_house.started()
    company_house.pay(payment)
    ask_provider(payment, at=timezone.now())
    company_house.company.misbehave(REFUND[company_house.code], kind, times=4)

    refund_order(payment.order, amount_minor=490, actor=CAROL, at=timezone.now())
    deliver_due()
    waiting = Refund.objects.get().state
    OutboxDelivery.objects.filter(status="pending").update(due_at=timezone.now())
    deliver_due()

    assert (waiting, Refund.objects.get().state) == ("pending", "succeeded")
    assert company_house.refunded_minor() == 490
    assert_books_are_clean()


def test_x12_a_timeout_after_charging_is_settled_and_never_charged_twice(
    paypal_company: FakePayPal, monkeypatch: pytest.MonkeyPatch
):
    house = PayPalHouse(paypal_company)
    monkeypatch.setattr(calls, "ANSWER_SECONDS", 8.0)
    payment = house.started()
    house.pay(payment)
    paypal_company.misbehave(CAPTURE, "drop_after", times=3)

    payment = ask_provider(payment, at=timezone.now())
    unknown = (payment.state, Order.objects.get().status, house.charged_minor())
    settle_unsettled(at=timezone.now() + timedelta(seconds=30))

    payment.refresh_from_db()
    assert unknown == ("processing", "pending", 2490)
    assert payment.state == "captured"
    assert PaymentEntry.objects.filter(kind="captured").count() == 1
    assert house.charged_minor() == 2490
    assert_books_are_clean()


def test_a_company_that_hangs_is_not_waited_for(
    paypal_company: FakePayPal, monkeypatch: pytest.MonkeyPatch
):
    house = PayPalHouse(paypal_company)
    payment = house.started()
    client = paypal._client_for(paypal_company.base)
    monkeypatch.setattr(client, "timeout", 0.2)
    paypal_company.misbehave(READ["paypal"], "hang_after", times=3)

    payment = ask_provider(payment, at=timezone.now())

    assert payment.state == "processing"


def test_a_shopper_is_told_when_the_company_is_down(company_house: House, client: Any):
    company_house.company.misbehave(OPEN[company_house.code], "500", times=3)

    with pytest.raises(ProviderUnavailable):
        start_payment(company_house.order(), at=timezone.now())

    assert company_house.company.asked.count(OPEN[company_house.code]) == 3
    assert Payment.objects.get().state == "started"


def test_who_did_not_pay_may_try_again_once_the_company_answers(company_house: House):
    payment = company_house.started()
    company_house.company.misbehave(READ[company_house.code], "500", times=3)
    payment = ask_provider(payment, at=timezone.now())
    unknown = payment.state

    payment = ask_provider(payment, at=timezone.now())

    assert (unknown, payment.state) == ("processing", "started")
    assert start_payment(payment.order, at=timezone.now()).url != ""


def test_a_token_that_ends_early_is_asked_for_again(paypal_company: FakePayPal):
    house = PayPalHouse(paypal_company)
    payment = house.started()
    paypal_company.tokens.clear()

    assert ask_provider(payment, at=timezone.now()).state == "started"


def test_x14_lost_callbacks_are_settled_before_they_come(company_house: House):
    payments = [company_house.started(email=f"{name}@example.com") for name in ("ann", "ben")]
    for payment in payments:
        company_house.pay(payment)
    Payment.objects.update(state="failed")  # the poller does not ask about a refused try
    if company_house.code == "paypal":
        for payment in payments:
            paypal_outcome = paypal.PayPalProvider().fetch(payment)
            assert paypal_outcome is not None

    settled = reconcile_open_payments()
    before = list(PaymentEntry.objects.values_list("kind", "amount_minor"))
    states = {company_house.receive(one).event.state for one in company_house.callbacks() * 2}

    assert (settled, before) == (2, [("captured", 2490), ("captured", 2490)])
    assert list(PaymentEntry.objects.values_list("kind", "amount_minor")) == before
    assert states <= {"applied", "ignored"}
    assert set(Order.objects.values_list("payment_status", flat=True)) == {"paid"}
    assert reconciled("--since", "2026-01-01") == ({"ok": True, "differences": []}, 0)
    assert_books_are_clean()


def test_a_dry_run_names_the_differences_and_writes_nothing(stripe_company: FakeStripe):
    house = StripeHouse(stripe_company)
    payment = house.started()
    house.pay(payment)

    report, code = reconciled("--dry-run")

    [difference] = report["differences"]
    assert (code, difference["kind"], difference["is_settled"]) == (1, "state", False)
    assert (difference["ours"], difference["theirs"]) == ("started €24.90", "captured €24.90")
    assert PaymentEntry.objects.count() == 0


def test_reconciling_brings_a_lost_refund_into_the_books(company_house: House):
    payment = company_house.started()
    company_house.pay(payment)
    payment = ask_provider(payment, at=timezone.now())
    if isinstance(company_house, StripeHouse):
        session = company_house.company.sessions[payment.external_id]
        company_house.company.refund_at_dashboard(session["payment_intent"], 1000)
    else:
        company_house.company.refund_at_dashboard(payment.external_id, "10.00")

    report, code = reconciled()

    assert (code, [row["kind"] for row in report["differences"]]) == (0, ["unknown_refund"])
    assert Order.objects.get().amount_refunded_minor == 1000
    assert reconciled() == ({"ok": True, "differences": []}, 0)
    assert_books_are_clean()


def test_reconciling_names_money_that_only_one_side_knows(stripe_company: FakeStripe):
    house = StripeHouse(stripe_company)
    payment = house.started()
    house.pay(payment)
    ask_provider(payment, at=timezone.now())
    session = stripe_company.sessions[payment.external_id]
    stranger = {**session, "id": "cs_test_stranger", "client_reference_id": "not ours"}
    stranger["metadata"] = {"linden_payment": "not ours"}
    stranger["payment_intent"] = None
    stripe_company.sessions["cs_test_stranger"] = stranger

    found = reconcile(since=timezone.now() - timedelta(hours=1), at=timezone.now())

    assert [(one.kind, one.reference, one.is_settled) for one in found] == [
        ("unknown_payment", "not ours", False)
    ]


def test_a_wrong_amount_is_quarantined_by_reconciling_too(stripe_company: FakeStripe):
    house = StripeHouse(stripe_company)
    payment = house.started()
    house.pay(payment)
    intent = stripe_company.intents[stripe_company.sessions[payment.external_id]["payment_intent"]]
    intent["amount_received"] = 1

    report, code = reconciled()

    assert (code, [row["kind"] for row in report["differences"]]) == (1, ["state"])
    assert ProviderEvent.objects.get().state == "quarantined"
    assert Order.objects.get().status == "pending"


def test_a_company_that_does_not_answer_is_a_difference(stripe_company: FakeStripe):
    stripe_company.misbehave("GET /v1/checkout/sessions", "500", times=3)

    report, code = reconciled()

    assert (code, [row["kind"] for row in report["differences"]]) == (1, ["unreachable"])


def test_secrets_and_amounts_of_others_are_never_logged(
    company_house: House, caplog: pytest.LogCaptureFixture, settings: Any
):
    caplog.set_level("DEBUG")
    company_house.company.misbehave(OPEN[company_house.code], "500", times=1)
    payment = company_house.started()
    company_house.pay(payment)
    ask_provider(payment, at=timezone.now())

    said = caplog.text
    ours = [settings.STRIPE_SECRET_KEY, settings.PAYPAL_SECRET, *settings.STRIPE_WEBHOOK_SECRETS]
    ours += getattr(company_house.company, "tokens", [])
    assert [secret for secret in ours if secret and secret in said] == []
    assert f"{company_house.code}: open" in said


def test_the_pay_page_leads_to_the_company_without_an_exception_in_the_policy(
    company_house: House, client: Any
):
    order = company_house.order()
    address = reverse("payments:pay", args=[order.number])

    client.get(f"{address}?token={order.token}")
    response = client.post(address, follow=True)

    url = response["Refresh"].removeprefix("0; url=")
    assert response.status_code == 200
    assert url.startswith(company_house.company.base)
    assert url.replace("&", "&amp;") in response.content.decode()
    assert "form-action 'self';" in response["Content-Security-Policy"]
    assert stripe.PAYMENT_KEY not in response.content.decode()


def test_the_page_that_leads_on_is_as_the_payment_pages_inventory_says(
    stripe_company: FakeStripe, client: Any
):
    order = StripeHouse(stripe_company).order()
    address = reverse("payments:pay", args=[order.number])
    client.get(f"{address}?token={order.token}")

    leaving = client.post(address, follow=True)

    found = differences(
        leaving.content.decode(),
        leaving.headers,
        lambda file: released(file.removeprefix("/static/")),
    )
    # Stricter than elsewhere: the company does not learn which page the shopper comes from.
    assert [one.partition(":")[0] for one in found] == ["header Referrer-Policy"]
    assert leaving["Referrer-Policy"] == "no-referrer"
