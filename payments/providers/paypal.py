"""PayPal: Orders v2 over plain HTTP. The shopper approves on PayPal's page, we
capture when they are back.

Orders 2.13, Payments 2.5 and Webhooks 1.11 of https://developer.paypal.com/docs/api (read 2026-11).
An order is captured once: PayPal itself refuses a second capture, whatever key it carries.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from payments.errors import (
    CallbackInvalid,
    ProviderRefused,
    ProviderUnavailable,
    SignatureInvalid,
)
from payments.models import Payment
from payments.providers.base import Alarm, Callback, DisputeNews, NextStep, Outcome, RefundNews
from payments.providers.calls import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    TryAgain,
    call,
    known_id,
    understood,
)
from payments.providers.reading import read_json
from payments.states import EntryKind, PaymentState, RefundState
from pricing.states import Settlement
from shop.core.money import exponent, format_minor

if TYPE_CHECKING:
    import httpx

# https://developer.paypal.com/api/rest/reference/currency-codes (read 2026-11)
_WHOLE_ONLY = frozenset({"HUF", "JPY", "TWD"})
CURRENCIES = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")
_CAPTURE_STATES = {
    "COMPLETED": PaymentState.CAPTURED,
    "PARTIALLY_REFUNDED": PaymentState.CAPTURED,
    "REFUNDED": PaymentState.CAPTURED,
    "PENDING": PaymentState.PROCESSING,
    "DECLINED": PaymentState.FAILED,
    "FAILED": PaymentState.FAILED,
}
_REFUND_STATES = {
    "COMPLETED": RefundState.SUCCEEDED,
    "PENDING": RefundState.PENDING,
    "FAILED": RefundState.FAILED,
    "CANCELLED": RefundState.FAILED,
}
# https://developer.paypal.com/api/customer-disputes/v1/definitions/dispute_outcome (read 2026-11).
# With a payout PayPal pays the shopper itself.
_WON = frozenset({"RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED"})
_LOST = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})
# Money may be taken while we still wait for it; not for a payment that we have closed.
_TAKES_MONEY = {
    PaymentState.STARTED,
    PaymentState.REQUIRES_ACTION,
    PaymentState.PROCESSING,
    PaymentState.FAILED,
}
# Header and form of each part of a signature.
# https://developer.paypal.com/api/rest/webhooks/rest/#link-eventheaders (read 2026-11)
_SIGNED_HEADERS = {
    "auth_algo": ("paypal-auth-algo", re.compile(r"SHA[0-9]{3}with[A-Z]{2,10}")),
    "cert_url": (
        "paypal-cert-url",
        re.compile(r"https://([a-z0-9-]+\.){1,4}paypal\.com/[A-Za-z0-9_/.-]{1,200}"),
    ),
    "transmission_id": ("paypal-transmission-id", re.compile(r"[A-Za-z0-9_-]{1,64}")),
    "transmission_sig": ("paypal-transmission-sig", re.compile(r"[A-Za-z0-9+/]{16,1024}={0,2}")),
    "transmission_time": ("paypal-transmission-time", re.compile(r"[0-9TZ:.+-]{20,40}")),
}
# PayPal repeats a callback for three days and keeps the time of its first try.
OLDEST_TRANSMISSION = timedelta(days=4)
CLOCK_TOLERANCE = timedelta(minutes=5)
# Forged callbacks make PayPal refuse us: that must not stop payments, which have
# the breaker `paypal`.
SIGNATURE_BREAKER = "paypal-signatures"
# How many callbacks of one process PayPal is asked about at the same time; the rest come again.
_signature_checks = threading.BoundedSemaphore(2)

Data = dict[str, Any]


def to_paypal(minor: int, currency: str) -> str:
    """Our minor units as PayPal's decimal text: two decimals, none for HUF, JPY and TWD.

    Raises `ProviderRefused` for a currency or a fraction that PayPal cannot take.
    """
    if not _fits(minor, currency):
        text = format_minor(minor, currency)
        raise ProviderRefused(_("PayPal can't be used for %(amount)s.") % {"amount": text})
    return f"{_major(minor, currency):.{_places(currency)}f}"


def _fits(minor: int, currency: str) -> bool:
    amount = _major(minor, currency)
    return currency in CURRENCIES and amount == round(amount, _places(currency))


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def _places(currency: str) -> int:
    return 0 if currency in _WHOLE_ONLY else 2


def from_paypal(value: Any, currency: str) -> int:
    """PayPal's decimal text in our minor units. Raises `ValueError` for anything else."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError("an amount is a decimal text")
    scaled = Decimal(value).scaleb(exponent(currency))
    if scaled != int(scaled):
        raise ValueError(f"{currency} has no such fraction")
    return int(scaled)


class PayPalProvider:
    """Pays through PayPal's own page. Switched on by PAYPAL_CLIENT_ID and PAYPAL_SECRET."""

    code = "paypal"
    name = "PayPal"
    settlements = frozenset({Settlement.ONLINE})

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        return amount_minor > 0 and _fits(amount_minor, currency)

    @understood("paypal")
    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        if payment.external_id:
            order = _order(payment)
        else:
            order = _post(
                "open an order",
                "/v2/checkout/orders",
                _order_parameters(payment, return_url),
                key=f"pay-{payment.pk}",
            )
        links = {link["rel"]: link["href"] for link in order.get("links", [])}
        page = links.get("payer-action") or links.get("approve")
        return NextStep(url=page or return_url, external_id=known_id(order["id"]))

    @understood("paypal")
    def fetch(self, payment: Payment) -> Outcome | None:
        """What PayPal's books say; an order that the shopper has approved is captured first."""
        if not payment.external_id:
            return None
        try:
            order = _order(payment)
        except ProviderRefused:
            return _nothing_taken(payment)  # PayPal forgets orders that nobody approved
        if order["status"] == "APPROVED" and payment.state in _TAKES_MONEY:
            return self._capture(payment)
        return _order_outcome(order)

    def _capture(self, payment: Payment) -> Outcome:
        # After a refusal the shopper chooses another way to pay for the same
        # order, which is a new try.
        number = payment.entries.filter(kind=EntryKind.FAILED).count()
        try:
            order = _post(
                "capture",
                f"/v2/checkout/orders/{payment.external_id}/capture",
                {},
                key=f"capture-{payment.pk}-{number}",
            )
        except PayPalRefused as refusal:
            if refusal.issue == "ORDER_ALREADY_CAPTURED":
                return _order_outcome(_order(payment))
            if refusal.issue == "ORDER_NOT_APPROVED":
                return _outcome_from(payment, PaymentState.STARTED)
            return _outcome_from(
                payment,
                PaymentState.FAILED,
                entry_id=f"{payment.external_id}:{number}",
                failure_code=refusal.issue.lower()[:60],
                failure_message=_("PayPal could not process the payment with this method."),
            )
        return _order_outcome(order)

    @understood("paypal")
    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        return self._capture(payment)

    @understood("paypal")
    def void(self, payment: Payment) -> Outcome | None:
        """Nothing is taken from an order that we do not capture: it needs no call
        to end it, only a look.
        """
        if not payment.external_id:
            return _nothing_taken(payment)
        try:
            outcome = _order_outcome(_order(payment))
        except ProviderRefused:
            return _nothing_taken(payment)
        taken = {PaymentState.CAPTURED, PaymentState.PROCESSING}
        return outcome if outcome.state in taken else _nothing_taken(payment)

    @understood("paypal")
    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        captures = _parts(_order(payment), "captures") if payment.external_id else []
        taken = [part for part in captures if part["status"] not in {"DECLINED", "FAILED"}]
        if not taken:
            raise ProviderRefused(_("The payment provider did not find this charge."))
        value = to_paypal(amount_minor, payment.currency)
        refund = _post(
            "refund",
            f"/v2/payments/captures/{taken[0]['id']}/refund",
            {"amount": {"currency_code": payment.currency, "value": value}, "custom_id": key},
            key=f"refund-{key}",
        )
        return _refund_news(refund, key=key, capture_id=taken[0]["id"])

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        _check_signature(headers, body)
        try:
            event = read_json(body)
            return Callback(
                event_id=str(event["id"])[:120],
                type=str(event["event_type"])[:80],
                outcome=_news_of(event),
                payload=event,
            )
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise CallbackInvalid from error

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterator[Outcome | RefundNews]:
        """Order by order: PayPal's own list comes hours late and needs a permission of its own."""
        with understood("paypal"):
            for payment in payments:
                if not payment.external_id:
                    continue
                try:
                    order = _order(payment)
                except ProviderRefused:
                    yield _nothing_taken(payment)
                    continue
                yield _order_outcome(order)
                for refund in _parts(order, "refunds"):
                    yield _refund_news(refund)


# Asking
# --------------------------------------------------------------------------------------------


class PayPalRefused(ProviderRefused):
    """A definite no. `issue` is PayPal's own word for the reason."""

    def __init__(self, issue: str) -> None:
        super().__init__()
        self.issue = issue


class _Token:
    """The bearer token of the app, asked for when there is none or it is about to end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, str], tuple[str, float]] = {}

    def get(self, *, renew: bool = False) -> str:
        """The token in use; with `renew` another one, as PayPal does not take that any more."""
        account = (settings.PAYPAL_API_BASE, settings.PAYPAL_CLIENT_ID, settings.PAYPAL_SECRET)
        with self._lock:
            token, until = self._known.get(account, ("", 0.0))
            if renew or time.monotonic() >= until:
                answer = _send(
                    "POST",
                    "/v1/oauth2/token",
                    data={"grant_type": "client_credentials"},
                    auth=(settings.PAYPAL_CLIENT_ID, settings.PAYPAL_SECRET),
                )
                if answer.status_code != 200:
                    raise ProviderUnavailable
                granted = _read(answer)
                token = str(granted["access_token"])
                until = time.monotonic() + int(granted.get("expires_in", 300)) - 60
                self._known[account] = (token, until)
            return token


_token = _Token()


@lru_cache(maxsize=4)
def _client_for(base: str) -> httpx.Client:
    import httpx  # noqa: PLC0415 - not loaded by a shop without PayPal

    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(base_url=base, timeout=timeout, follow_redirects=False)


def _send(method: str, path: str, **options: Any) -> httpx.Response:
    """One request. Raises `TryAgain` if there is no answer, or one of trouble on their side."""
    import httpx  # noqa: PLC0415 - not loaded by a shop without PayPal

    try:
        response = _client_for(settings.PAYPAL_API_BASE).request(method, path, **options)
    except httpx.HTTPError as error:
        raise TryAgain(type(error).__name__) from error
    if response.status_code == 429 or response.status_code >= 500:
        raise TryAgain(f"status {response.status_code}")
    return response


def _read(response: httpx.Response) -> Data:
    try:
        answer = read_json(response.content)
    except ValueError as error:
        raise TryAgain("no JSON") from error
    if not isinstance(answer, dict):
        raise TryAgain("no JSON object")
    return answer


def _ask(
    act: str,
    method: str,
    path: str,
    *,
    key: str = "",
    content: bytes | None = None,
    **how: Any,
) -> Data:
    """PayPal's answer to one request. `how` goes on to `call`."""
    headers = {"Content-Type": "application/json", "Prefer": "return=representation"}
    if key:
        headers["PayPal-Request-Id"] = key[:108]

    def once() -> Data:
        sent = {**headers, "Authorization": f"Bearer {_token.get()}"}
        response = _send(method, path, headers=sent, content=content)
        if response.status_code == 401:
            sent["Authorization"] = f"Bearer {_token.get(renew=True)}"
            response = _send(method, path, headers=sent, content=content)
        if response.status_code in {401, 403}:
            raise ProviderUnavailable
        answer = _read(response)
        if response.status_code >= 400:
            details = answer.get("details") or [{}]
            issue = str(details[0].get("issue") or answer.get("name") or response.status_code)
            if response.status_code == 409:
                raise TryAgain("the first try is still under way")
            raise PayPalRefused(issue)
        return answer

    return call("paypal", act, once, **how)


def _post(act: str, path: str, body: Data, *, key: str) -> Data:
    return _ask(act, "POST", path, key=key, content=json.dumps(body).encode())


def _order(payment: Payment) -> Data:
    return _ask("read an order", "GET", f"/v2/checkout/orders/{payment.external_id}")


def _order_parameters(payment: Payment, return_url: str) -> Data:
    value = to_paypal(payment.amount_minor, payment.currency)
    return {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "reference_id": "default",
                "custom_id": str(payment.pk),
                "invoice_id": f"{payment.order.number}-{payment.pk.hex[:8]}",
                "description": _("Order %(number)s") % {"number": payment.order.number},
                "amount": {"currency_code": payment.currency, "value": value},
            }
        ],
        "payment_source": {
            "paypal": {
                "experience_context": {
                    "return_url": return_url,
                    "cancel_url": return_url,
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                    "brand_name": settings.SHOP_NAME[:127],
                }
            }
        },
    }


# Reading
# -------------------------------------------------------------------------------------------


def _news_of(event: Data) -> Outcome | RefundNews | DisputeNews | Alarm | None:
    about, subject = str(event["event_type"]), event["resource"]
    if about in {"PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.PENDING", "PAYMENT.REFUND.FAILED"}:
        return _refund_news(subject)
    if about == "PAYMENT.CAPTURE.REVERSED":
        return _reversal_news(subject)
    if about.startswith("CUSTOMER.DISPUTE."):
        return _dispute_news(about, subject)
    if about.startswith("PAYMENT.CAPTURE."):
        return _capture_outcome(subject)
    return None  # an approval is followed up by the return page, or by the poller


def _parts(order: Data, kind: str) -> list[Data]:
    units = order.get("purchase_units") or [{}]
    return list((units[0].get("payments") or {}).get(kind) or [])


def _order_outcome(order: Data) -> Outcome:
    unit = (order.get("purchase_units") or [{}])[0]
    external_id = known_id(order["id"])
    captures = _parts(order, "captures")
    if captures:
        known = {"custom_id": unit.get("custom_id"), **captures[-1]}
        return _capture_outcome(known, external_id=external_id)
    states = {"VOIDED": PaymentState.VOIDED, "COMPLETED": PaymentState.PROCESSING}
    amount_minor, currency, faults = _amount(unit.get("amount"))
    return Outcome(
        state=states.get(str(order["status"]), PaymentState.STARTED),
        amount_minor=amount_minor,
        currency=currency,
        reference=str(unit.get("custom_id") or ""),
        external_id=external_id,
        faults=faults,
    )


def _capture_outcome(capture: Data, *, external_id: str = "") -> Outcome:
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    state = _CAPTURE_STATES[str(capture["status"])]
    amount_minor, currency, faults = _amount(capture.get("amount"))
    failed = state == PaymentState.FAILED
    reason = str((capture.get("status_details") or {}).get("reason") or "declined")
    return Outcome(
        state=state,
        amount_minor=amount_minor,
        currency=currency,
        reference=str(capture.get("custom_id") or ""),
        external_id=external_id or str(related.get("order_id") or ""),
        entry_id=known_id(capture["id"]),
        instrument="PayPal",
        failure_code=reason.lower()[:60] if failed else "",
        failure_message=_("PayPal could not process the payment with this method.")
        if failed
        else "",
        faults=faults,
    )


def _amount(amount: Any) -> tuple[int, str, tuple[str, ...]]:
    currency = str(amount["currency_code"])
    try:
        return from_paypal(amount["value"], currency), currency, ()
    except ValueError:
        return 0, currency, ("amount",)


def _refund_news(refund: Data, *, key: str = "", capture_id: str = "") -> RefundNews:
    amount_minor, currency, faults = _amount(refund.get("amount"))
    up = [link["href"] for link in refund.get("links") or [] if link.get("rel") == "up"]
    reason = str((refund.get("status_details") or {}).get("reason") or "")
    return RefundNews(
        state=_REFUND_STATES[str(refund["status"])],
        amount_minor=amount_minor,
        currency=currency,
        external_id=known_id(refund["id"]),
        key=key or str(refund.get("custom_id") or ""),
        capture_id=capture_id or (up[0].rstrip("/").rpartition("/")[2] if up else ""),
        failure_message=reason.replace("_", " ").lower()
        or _("The payment provider refused the request."),
        faults=faults,
    )


def _reversal_news(reversal: Data) -> DisputeNews:
    """PayPal has taken money back. It tells this like a refund: the capture is one link up."""
    told = _refund_news(reversal)
    amount = format_minor(told.amount_minor, told.currency)
    return DisputeNews(
        key=_dispute_key(told.capture_id),
        capture_id=told.capture_id,
        amount_minor=told.amount_minor,
        currency=told.currency,
        text=_("PayPal reversed %(amount)s: %(id)s") % {"amount": amount, "id": told.external_id},
        is_withdrawn=True,
        is_alarm=True,
        faults=told.faults,
    )


def _dispute_news(about: str, dispute: Data) -> DisputeNews | Alarm | None:
    """A dispute opens, moves on, or ends. A case moves no money by itself: PayPal tells
    that as a reversal or refund.

    Of a case that the shop wins or the shopper closes, what was reversed comes back.
    """
    number = str(dispute["dispute_id"])
    text = _("PayPal reports a %(event)s: %(id)s") % {
        "event": about.replace(".", " ").lower(),
        "id": number,
    }
    outcome = str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "")
    if about != "CUSTOMER.DISPUTE.RESOLVED" or not outcome:
        return Alarm(text)
    [transaction] = dispute["disputed_transactions"][:1]
    capture_id = str(transaction["seller_transaction_id"])
    refunded = dispute["dispute_outcome"].get("amount_refunded")
    amount_minor, currency, faults = _amount(refunded or dispute["dispute_amount"])
    is_won = outcome in _WON
    return DisputeNews(
        key=_dispute_key(capture_id),
        capture_id=capture_id,
        amount_minor=amount_minor,
        currency=currency,
        text=f"{text} ({outcome.replace('_', ' ').lower()})",
        is_returned=is_won,
        is_lost=outcome in _LOST,
        is_alarm=not is_won,
        faults=faults,
    )


def _dispute_key(capture_id: str) -> str:
    # A reversal does not name its case. A capture has one dispute, which may go
    # through several hands.
    return f"dispute of {capture_id}"


def _outcome_from(payment: Payment, state: PaymentState, **rest: Any) -> Outcome:
    return Outcome(
        state=state,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reference=str(payment.pk),
        external_id=payment.external_id,
        **rest,
    )


def _nothing_taken(payment: Payment) -> Outcome:
    return _outcome_from(payment, PaymentState.VOIDED)


def _check_signature(headers: Mapping[str, str], body: bytes) -> None:
    """Have PayPal itself say whether it sent this.

    Anybody can post a callback, and only PayPal can tell a forged one: what PayPal cannot have sent
    is refused before it is asked, and few are asked about at the same time. Raises
    `ProviderUnavailable` if PayPal does not answer.
    """
    proof = _proof_in(headers)
    try:
        event = read_json(body)
    except ValueError as error:
        raise SignatureInvalid from error
    if not isinstance(event, dict) or not {"id", "event_type", "resource"} <= event.keys():
        raise SignatureInvalid
    head = json.dumps({**proof, "webhook_id": settings.PAYPAL_WEBHOOK_ID})
    # The event goes back byte for byte: PayPal's signature covers it as it was sent.
    content = head[:-1].encode() + b', "webhook_event": ' + body + b"}"
    if not _signature_checks.acquire(blocking=False):
        raise ProviderUnavailable
    try:
        answer = _ask(
            "check a callback",
            "POST",
            "/v1/notifications/verify-webhook-signature",
            content=content,
            breaker_name=SIGNATURE_BREAKER,
            pauses=(),
        )
    except ProviderRefused as refusal:
        raise SignatureInvalid from refusal
    finally:
        _signature_checks.release()
    if answer.get("verification_status") != "SUCCESS":
        raise SignatureInvalid


def _proof_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The signed headers. Raises `SignatureInvalid` if PayPal cannot have sent them."""
    sent = {name.lower(): value for name, value in headers.items()}
    proof = {name: sent.get(header, "") for name, (header, _shape) in _SIGNED_HEADERS.items()}
    if not settings.PAYPAL_WEBHOOK_ID:
        raise SignatureInvalid
    for name, (_header, shape) in _SIGNED_HEADERS.items():
        if not shape.fullmatch(proof[name]):
            raise SignatureInvalid
    try:
        sent_at = datetime.fromisoformat(proof["transmission_time"])
        age = timezone.now() - sent_at
    except (ValueError, TypeError, OverflowError) as error:
        raise SignatureInvalid from error
    if not -CLOCK_TOLERANCE <= age <= OLDEST_TRANSMISSION:
        raise SignatureInvalid
    return proof
