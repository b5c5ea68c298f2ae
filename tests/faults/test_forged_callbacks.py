"""Callbacks that a stranger posts cost the shop nothing and stop no payment; signed ones
count on either database.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from threading import Event
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from payments.errors import ProviderUnavailable, SignatureInvalid
from payments.inbox import receive_event
from payments.models import ProviderEvent
from payments.providers import paypal
from payments.providers.test import _signature as sign_for_test_provider
from shop.core import breaker
from tests.faults.companies import PayPalHouse, StripeHouse
from tests.faults.fake_paypal import FakePayPal
from tests.faults.fake_stripe import FakeStripe, sign
from tests.faults.test_nonsense import signed_bytes
from tests.races.storm import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.once]

VERIFY = "POST /v1/notifications/verify-webhook-signature"
EVENT = {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {}}


def paypal_time(age: timedelta = timedelta()) -> str:
    return (timezone.now() - age).strftime("%Y-%m-%dT%H:%M:%SZ")


def forged(**changes: str) -> dict[str, str]:
    """Headers as PayPal sends them, with a signature that PayPal did not make."""
    headers = {
        "Auth-Algo": "SHA256withRSA",
        "Cert-Url": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42",
        "Transmission-Id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        "Transmission-Sig": "bm90IG1hZGUgYnkgUGF5UGFs" * 10,
        "Transmission-Time": paypal_time(),
    }
    return {f"PayPal-{name}": value for name, value in {**headers, **changes}.items()}


def post(client: Client, provider: str, headers: dict[str, str], body: bytes, **extra: str) -> Any:
    return client.generic(
        "POST",
        f"/api/payments/webhooks/{provider}",
        body,
        content_type="application/json",
        headers=headers,
        **extra,
    )


def verifications(company: FakePayPal) -> int:
    return sum(line.startswith(VERIFY) for line in company.asked)


# PayPal is not asked
# -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Transmission-Time", "2026-11-29T04:00:00"),  # no time zone
        ("Transmission-Time", "yesterday, about four o'clock"),
        ("Transmission-Time", "9999-12-31T23:59:59-23:59"),
        ("Cert-Url", "https://mallory.example/v1/notifications/certs/CERT"),
        ("Cert-Url", "https://paypal.com.mallory.example/certs/CERT"),
        ("Cert-Url", "https://api.paypal.com@mallory.example/certs/CERT"),
        ("Cert-Url", "https://mallory.example/api.paypal.com/certs/CERT"),
        ("Cert-Url", "http://api.paypal.com/v1/notifications/certs/CERT"),
        ("Cert-Url", "https://api.paypal.com:8443/v1/notifications/certs/CERT"),
        ("Auth-Algo", "none"),
        ("Transmission-Id", "x" * 65),
        ("Transmission-Id", ""),
        ("Transmission-Sig", "x"),
        ("Transmission-Sig", "<script>alert(1)</script>"),
    ],
)
def test_what_paypal_cannot_have_sent_is_refused_without_a_call(
    paypal_company: FakePayPal, header: str, value: str
):
    with pytest.raises(SignatureInvalid):
        receive_event(
            "paypal",
            headers=forged(**{header: value}),
            body=json.dumps(EVENT).encode(),
            at=timezone.now(),
        )

    assert paypal_company.asked == []
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize(
    "age", [timedelta(days=4, minutes=1), -timedelta(minutes=6)], ids=["too old", "in the future"]
)
def test_a_callback_of_another_time_is_refused_without_a_call(
    paypal_company: FakePayPal, age: timedelta
):
    headers = forged(**{"Transmission-Time": paypal_time(age)})

    with pytest.raises(SignatureInvalid):
        receive_event("paypal", headers=headers, body=json.dumps(EVENT).encode(), at=timezone.now())

    assert paypal_company.asked == []


@pytest.mark.parametrize("lacking", ["id", "event_type", "resource"])
def test_a_body_that_is_no_event_is_refused_without_a_call(
    paypal_company: FakePayPal, lacking: str
):
    body = json.dumps({name: part for name, part in EVENT.items() if name != lacking}).encode()

    with pytest.raises(SignatureInvalid):
        receive_event("paypal", headers=forged(), body=body, at=timezone.now())

    assert paypal_company.asked == []


def test_a_callback_that_paypal_repeats_for_the_third_day_still_counts(
    paypal_company: FakePayPal, monkeypatch: pytest.MonkeyPatch
):
    house = PayPalHouse(paypal_company)
    payment = house.started()
    house.pay(payment)
    headers, body = house.callbacks()[-1]
    later = timezone.now() + timedelta(days=3)
    monkeypatch.setattr(paypal.timezone, "now", lambda: later)

    received = receive_event("paypal", headers=headers, body=body, at=later)

    assert received.event.state == "ignored"  # an approval, which the return page follows up


# PayPal is asked seldom
# ----------------------------------------------------------------------------


def test_a_network_may_have_paypal_asked_about_few_forged_callbacks(
    paypal_company: FakePayPal, client: Client, settings: Any
):
    settings.THROTTLES = {**settings.THROTTLES, "callback": "3/day"}
    body = json.dumps(EVENT).encode()

    statuses = [post(client, "paypal", forged(), body).status_code for _time in range(8)]
    elsewhere = post(client, "paypal", forged(), body, REMOTE_ADDR="198.51.100.7")

    assert statuses == [400] * 3 + [429] * 5
    assert elsewhere.status_code == 400
    assert verifications(paypal_company) == 4
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("provider", ["test", "stripe"])
def test_forged_callbacks_of_other_providers_are_limited_alike(
    stripe_company: FakeStripe, client: Client, settings: Any, provider: str
):
    settings.THROTTLES = {**settings.THROTTLES, "callback": "3/day"}

    statuses = [post(client, provider, {}, b"{}").status_code for _time in range(5)]

    assert statuses == [400, 400, 400, 429, 429]


def test_a_provider_may_send_any_number_of_signed_callbacks_at_once(
    stripe_company: FakeStripe, client: Client, settings: Any
):
    settings.THROTTLES = {**settings.THROTTLES, "callback": "3/day"}
    house = StripeHouse(stripe_company)
    house.pay(house.started())
    headers, body = house.callbacks()[-1]

    statuses = [post(client, "stripe", headers, body).status_code for _time in range(8)]

    assert statuses == [200] * 8


def test_paypal_is_asked_once_about_a_callback_and_not_three_times(paypal_company: FakePayPal):
    paypal_company.misbehave(VERIFY, "429", times=9)

    with pytest.raises(ProviderUnavailable):
        receive_event(
            "paypal", headers=forged(), body=json.dumps(EVENT).encode(), at=timezone.now()
        )

    assert verifications(paypal_company) == 1


def test_callbacks_that_paypal_will_not_check_never_stop_payments(paypal_company: FakePayPal):
    paypal_company.misbehave(VERIFY, "429", times=99)
    body = json.dumps(EVENT).encode()

    for _time in range(breaker.FAILURES + 2):
        with pytest.raises(ProviderUnavailable):
            receive_event("paypal", headers=forged(), body=body, at=timezone.now())

    assert verifications(paypal_company) == breaker.FAILURES
    assert breaker.resting(["paypal", paypal.SIGNATURE_BREAKER]) == {paypal.SIGNATURE_BREAKER}
    assert PayPalHouse(paypal_company).started().external_id in paypal_company.orders


def test_a_payment_breaker_that_is_open_stops_no_callback(paypal_company: FakePayPal):
    house = PayPalHouse(paypal_company)
    payment = house.started()
    house.pay(payment)
    for _time in range(breaker.FAILURES):
        breaker.note_failure("paypal")

    received = house.receive(house.callbacks()[-1])

    assert received.event.state == "ignored"
    assert breaker.resting(["paypal"]) == {"paypal"}


def test_two_threads_of_a_process_wait_for_paypal_at_most(
    paypal_company: FakePayPal, monkeypatch: pytest.MonkeyPatch
):
    asked: list[int] = []
    turned_away: list[int] = []
    six_are_turned_away = Event()

    def ask(*_arguments: Any, **_options: Any) -> dict[str, str]:
        asked.append(1)
        assert six_are_turned_away.wait(timeout=30)
        return {"verification_status": "FAILURE"}

    monkeypatch.setattr(paypal, "_ask", ask)

    def receive(_number: int) -> str:
        try:
            paypal._check_signature(forged(), json.dumps(EVENT).encode())
        except ProviderUnavailable as refusal:
            turned_away.append(1)
            if len(turned_away) == 6:
                six_are_turned_away.set()
            return refusal.code
        except SignatureInvalid as refusal:
            return refusal.code
        return ""

    codes = at_once(8, receive)

    assert sorted(codes) == ["provider_unavailable"] * 6 + ["signature_invalid"] * 2
    assert len(asked) == 2


# Signed, and odd
# -----------------------------------------------------------------------------------


# What a shopper may have typed: a NUL, and each half of a surrogate pair.
ODD = "a\x00b\ud800c\udfffd"
KEPT = "a\ufffdb\ufffdc\ufffdd"


def test_a_signed_stripe_event_with_half_a_character_counts_on_either_database(
    stripe_company: FakeStripe, client: Client
):
    house = StripeHouse(stripe_company)
    payment = house.started()
    house.pay(payment)
    event = json.loads(json.dumps(stripe_company.events[-1]))
    event["data"]["object"]["metadata"]["note"] = ODD
    headers, body = sign(event)

    answer = post(client, "stripe", headers, body)

    payment.refresh_from_db()
    assert (answer.status_code, answer.json()["data"]["state"]) == (200, "applied")
    assert payment.state == "captured"
    stored = ProviderEvent.objects.get().payload["data"]["object"]["metadata"]["note"]
    assert stored == KEPT


def test_a_signed_paypal_event_with_half_a_character_counts_on_either_database(
    paypal_company: FakePayPal, client: Client
):
    house = PayPalHouse(paypal_company)
    house.pay(house.started())
    event = {**paypal_company.events[-1], "summary": ODD}

    answer = post(client, "paypal", *paypal_company.signed(event))

    assert (answer.status_code, answer.json()["data"]["state"]) == (200, "ignored")
    assert ProviderEvent.objects.get().payload["summary"] == KEPT


def test_a_signed_test_event_with_half_a_character_counts_on_either_database(client: Client):
    data = {"state": "captured", "amount_minor": 1, "currency": "EUR", "reference": "nobody"}
    body = json.dumps({"type": ODD, "data": {**data, "instrument": ODD}}).encode()
    stamp = str(int(time.time()))
    signature = f"v1,{sign_for_test_provider('evt_1', stamp, body)}"
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": stamp,
        "webhook-signature": signature,
    }

    answer = post(client, "test", headers, body)

    assert (answer.status_code, answer.json()["data"]["state"]) == (202, "quarantined")
    assert ProviderEvent.objects.get().type == KEPT


@pytest.mark.parametrize("odd", ["NaN", "1e999", "9" * 30, "[" * 70 + "]" * 70])
def test_signed_values_that_no_database_stores_are_refused_alike(
    stripe_company: FakeStripe, client: Client, odd: str
):
    event = {"id": "evt_1", "type": "refund.created", "data": {"object": {"amount": "ODD"}}}
    body = json.dumps(event).replace('"ODD"', odd).encode()

    answer = post(client, "stripe", signed_bytes(body), body)

    assert (answer.status_code, answer.json()["code"]) == (400, "callback_invalid")
    assert ProviderEvent.objects.count() == 0


def test_an_answer_with_half_a_character_can_be_stored():
    answer = httpx.Response(200, content=json.dumps({ODD: [ODD]}).encode())

    assert paypal._read(answer) == {KEPT: [KEPT]}
