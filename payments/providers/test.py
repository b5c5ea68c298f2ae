"""The built-in test provider: plays a company with its own page, its own books and
signed callbacks.

Its books are `TestCharge` rows, which the shop's own code never reads: it asks `fetch` and listens
to callbacks, as it would with a real company. Callbacks are signed as Standard Webhooks 1.0.0
describes (https://www.standardwebhooks.com, read 2026-11): HMAC-SHA256 over `id.timestamp.body`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.errors import (
    CallbackInvalid,
    ProviderRefused,
    ProviderUnavailable,
    SignatureInvalid,
)
from payments.models import Payment, TestCharge
from payments.providers.base import Callback, NextStep, Outcome, RefundNews
from payments.providers.reading import read_json
from payments.states import PaymentState, RefundState
from pricing.states import Settlement

DELAY = timedelta(seconds=30)
TOLERANCE = timedelta(seconds=300)


@dataclass(frozen=True, slots=True)
class Card:
    """A test card and how it ends: success, action, declined, delayed or silent."""

    number: str
    result: str
    line: str | Promise
    failure_code: str = ""
    failure_message: str | Promise = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[start : start + 4] for start in range(0, 16, 4))


CARDS = [
    Card("4242424242424242", "success", gettext_lazy("Accepted")),
    Card("4000002500003155", "action", gettext_lazy("Requires confirmation")),
    Card(
        "4000000000000002",
        "declined",
        gettext_lazy("Declined by the bank"),
        "card_declined",
        gettext_lazy("The bank declined this card"),
    ),
    Card(
        "4000000000009995",
        "declined",
        gettext_lazy("Declined: insufficient funds"),
        "insufficient_funds",
        gettext_lazy("The bank declined this card: insufficient funds"),
    ),
    Card(
        "4000000000000069",
        "declined",
        gettext_lazy("Expired"),
        "expired_card",
        gettext_lazy("This card has expired"),
    ),
    Card("4000000000000077", "delayed", gettext_lazy("Processing, result after 30 seconds")),
    Card(
        "4000000000000119",
        "silent",
        gettext_lazy("Provider fails after charging, result after 30 seconds"),
    ),
]


def card_with(number: str) -> Card | None:
    """The test card with this number or these last four digits."""
    digits = "".join(
        character for character in number if character.isascii() and character.isdigit()
    )
    for card in CARDS:
        if digits in {card.number, card.last4}:
            return card
    return None


class TestProvider:
    """The shop's side of the test provider."""

    __test__ = False
    code = "test"
    name = gettext_lazy("Test provider (no real payments)")
    settlements = frozenset({Settlement.ONLINE})

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        return amount_minor > 0

    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        TestCharge.objects.get_or_create(
            reference=payment.pk,
            defaults={
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "title": payment.order.number,
                "return_url": return_url,
            },
        )
        return NextStep(
            url=settings.SITE_URL + reverse("payments:test-page", args=[payment.pk]),
            external_id=f"test_{payment.pk.hex}",
        )

    def fetch(self, payment: Payment) -> Outcome | None:
        charge = TestCharge.objects.filter(pk=payment.pk).first()
        if charge is None:
            return None
        if charge.silent_until and charge.silent_until > timezone.now():
            raise ProviderUnavailable
        return outcome_of(charge)

    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        with transaction.atomic():
            charge = TestCharge.objects.locked().get(pk=payment.pk)
            if charge.state == PaymentState.AUTHORIZED:
                charge.state = PaymentState.CAPTURED
                # What is authorized and not taken is let go with it.
                charge.amount_minor = amount_minor
                charge.charge_id = charge.charge_id or f"ch_{key}"
                charge.save(update_fields=["state", "amount_minor", "charge_id"])
        return outcome_of(charge)

    def void(self, payment: Payment) -> Outcome | None:
        with transaction.atomic():
            charge = TestCharge.objects.locked().filter(pk=payment.pk).first()
            if charge is None:
                return None
            if charge.state not in {PaymentState.CAPTURED, PaymentState.PROCESSING}:
                charge.state = PaymentState.VOIDED
                charge.save(update_fields=["state"])
        return outcome_of(charge)

    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        with transaction.atomic():
            charge = TestCharge.objects.locked().filter(pk=payment.pk).first()
            if charge is None:
                raise ProviderRefused(_("The payment provider did not find this charge."))
            if key not in charge.refunds:
                if sum(charge.refunds.values()) + amount_minor > charge.amount_minor:
                    raise ProviderRefused(
                        _("The provider refused: the amount is more than was charged.")
                    )
                charge.refunds[key] = amount_minor
                charge.save(update_fields=["refunds"])
        return _refund_of(charge, key)

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterator[Outcome | RefundNews]:
        references = [payment.pk for payment in payments]
        for charge in TestCharge.objects.filter(Q(pk__in=references) | Q(created_at__gte=since)):
            yield outcome_of(charge)
            for key in charge.refunds:
                yield _refund_of(charge, key)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        sent = {name.lower(): value for name, value in headers.items()}
        event_id, stamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
        _check_signature(event_id, stamp, sent.get("webhook-signature", ""), body)
        try:
            payload = read_json(body)
            data = payload["data"]
            amount = data["amount_minor"]
            if not isinstance(amount, int) or isinstance(amount, bool):
                raise TypeError("amount_minor")
            outcome = Outcome(
                state=PaymentState(data["state"]),
                amount_minor=amount,
                currency=str(data["currency"]),
                reference=str(data["reference"]),
                external_id=str(data.get("external_id", "")),
                entry_id=str(data.get("entry_id", "")),
                instrument=str(data.get("instrument", ""))[:60],
                failure_code=str(data.get("failure_code", ""))[:60],
                failure_message=str(data.get("failure_message", ""))[:250],
            )
            kind = str(payload["type"])[:80]
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise CallbackInvalid from error
        return Callback(event_id=event_id[:120], type=kind, outcome=outcome, payload=payload)


def outcome_of(charge: TestCharge) -> Outcome:
    """The provider's answer about a charge of its books."""
    return Outcome(
        state=PaymentState(charge.state),
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        reference=str(charge.pk),
        external_id=f"test_{charge.pk.hex}",
        entry_id=charge.charge_id,
        instrument=charge.instrument,
        failure_code=charge.failure_code,
        failure_message=charge.failure_message,
    )


def _refund_of(charge: TestCharge, key: str) -> RefundNews:
    return RefundNews(
        state=RefundState.SUCCEEDED,
        amount_minor=charge.refunds[key],
        currency=charge.currency,
        external_id=f"re_{key}",
        key=key,
        capture_id=charge.charge_id,
    )


# The company's side: what its page and its own clock do ------------------------------------------


@transaction.atomic
def pay_with_card(reference: Any, card: Card, *, at: datetime) -> TestCharge:
    """Play what the bank does when the shopper pays with `card` on the provider's page."""
    charge = TestCharge.objects.locked().get(pk=reference)
    if charge.is_closed:
        return charge
    charge.instrument = f"Visa {card.last4}"
    charge.failure_code, charge.failure_message = "", ""
    if card.result == "action":
        charge.state = PaymentState.REQUIRES_ACTION
    elif card.result == "declined":
        charge.state = PaymentState.FAILED
        charge.charge_id = f"fail_{secrets.token_hex(8)}"
        charge.failure_code = card.failure_code
        charge.failure_message = str(card.failure_message)
        charge.callback_at = at
    elif card.result == "delayed":
        charge.state = PaymentState.PROCESSING
        charge.callback_at = at + DELAY
    else:
        _charge(charge, at=at)
        if card.result == "silent":
            charge.silent_until = charge.callback_at = at + DELAY
    charge.save()
    return charge


@transaction.atomic
def confirm_action(reference: Any, *, accepted: bool, at: datetime) -> TestCharge:
    """Play the shopper's answer to the bank's second step."""
    charge = TestCharge.objects.locked().get(pk=reference)
    if charge.state != PaymentState.REQUIRES_ACTION:
        return charge
    if accepted:
        _charge(charge, at=at)
    else:
        charge.state = PaymentState.FAILED
        charge.charge_id = f"fail_{secrets.token_hex(8)}"
        charge.failure_code = "authentication_failed"
        charge.failure_message = _("You did not confirm the payment")
        charge.callback_at = at
    charge.save()
    return charge


def _charge(charge: TestCharge, *, at: datetime) -> None:
    charge.state = PaymentState.CAPTURED
    charge.charge_id = f"ch_{secrets.token_hex(8)}"
    charge.callback_at = at


@transaction.atomic
def take_due_callbacks(*, at: datetime, limit: int = 100) -> list[tuple[dict[str, str], bytes]]:
    """Callbacks that the provider sends now, each once: signed headers and body."""
    due = TestCharge.objects.locked().filter(Q(callback_at__lte=at))[:limit]
    messages = []
    for charge in due:
        if charge.state == PaymentState.PROCESSING:
            _charge(charge, at=at)
        charge.callback_at = None
        charge.save(update_fields=["state", "charge_id", "callback_at"])
        messages.append(signed_callback(outcome_of(charge), at=at))
    return messages


def signed_callback(
    outcome: Outcome, *, at: datetime, event_id: str = ""
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a callback, as the provider would send them."""
    event_id = event_id or f"evt_{secrets.token_hex(12)}"
    data = {
        "state": outcome.state,
        "amount_minor": outcome.amount_minor,
        "currency": outcome.currency,
        "reference": outcome.reference,
        "external_id": outcome.external_id,
        "entry_id": outcome.entry_id,
        "instrument": outcome.instrument,
        "failure_code": outcome.failure_code,
        "failure_message": outcome.failure_message,
    }
    kind = f"payment.{outcome.state}"
    body = json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data}).encode()
    stamp = str(int(at.timestamp()))
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_signature(event_id, stamp, body)}",
    }
    return headers, body


def _secret() -> bytes:
    if settings.PAYMENT_TEST_SECRET:
        return str(settings.PAYMENT_TEST_SECRET).encode()
    return hmac.digest(settings.SECRET_KEY.encode(), b"payments.providers.test", "sha256")


def _signature(event_id: str, stamp: str, body: bytes) -> str:
    signed = b".".join([event_id.encode(), stamp.encode(), body])
    return base64.b64encode(hmac.new(_secret(), signed, hashlib.sha256).digest()).decode()


def _check_signature(event_id: str, stamp: str, signatures: str, body: bytes) -> None:
    if not event_id or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureInvalid
    if abs(timezone.now().timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise SignatureInvalid
    expected = f"v1,{_signature(event_id, stamp, body)}".encode()
    given = [part.encode(errors="replace") for part in signatures.split()]
    if not any(hmac.compare_digest(part, expected) for part in given):
        raise SignatureInvalid
