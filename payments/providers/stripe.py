"""Stripe: its hosted Checkout page, where the shopper types the card and confirms it to the bank.

Written for API version 2026-10-28.endive with the official SDK. A payment is one Checkout
Session with one PaymentIntent; both carry the payment's id. See
https://docs.stripe.com/payments/checkout (read 2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.utils.translation import gettext as _

from payments.errors import (
    CallbackInvalid,
    ProviderRefused,
    ProviderUnavailable,
    SignatureInvalid,
)
from payments.models import Payment
from payments.providers.base import Callback, DisputeNews, NextStep, Outcome, RefundNews
from payments.providers.calls import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    TryAgain,
    call,
    known_id,
    understood,
)
from payments.providers.reading import read_json, storable
from payments.refusals import refusal_text
from payments.states import PaymentState, RefundState
from pricing.states import Settlement
from shop.core.money import exponent, format_minor

if TYPE_CHECKING:
    from stripe import StripeClient

TOLERANCE_SECONDS = 300
PAGE = 100
# Under these names a session, an intent and a refund carry our ids.
PAYMENT_KEY, REFUND_KEY = "linden_payment", "linden_refund"

# https://docs.stripe.com/currencies (read 2026-11). ISK and UGX have no minor unit and yet are sent
# times 100, so that they are not in this list.
_ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - as Stripe lists them
)
_THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
CURRENCIES = frozenset(
    [
        "AED",
        "AFN",
        "ALL",
        "AMD",
        "ANG",
        "AOA",
        "ARS",
        "AUD",
        "AWG",
        "AZN",
        "BAM",
        "BBD",
        "BDT",
        "BGN",
        "BHD",
        "BIF",
        "BMD",
        "BND",
        "BOB",
        "BRL",
        "BSD",
        "BWP",
        "BYN",
        "BZD",
        "CAD",
        "CDF",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CVE",
        "CZK",
        "DJF",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ETB",
        "EUR",
        "FJD",
        "FKP",
        "GBP",
        "GEL",
        "GIP",
        "GMD",
        "GNF",
        "GTQ",
        "GYD",
        "HKD",
        "HNL",
        "HTG",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KGS",
        "KHR",
        "KMF",
        "KRW",
        "KWD",
        "KYD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "LRD",
        "LSL",
        "MAD",
        "MDL",
        "MGA",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MUR",
        "MVR",
        "MWK",
        "MXN",
        "MYR",
        "MZN",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PAB",
        "PEN",
        "PGK",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SBD",
        "SCR",
        "SEK",
        "SGD",
        "SHP",
        "SLE",
        "SOS",
        "SRD",
        "STD",
        "SZL",
        "THB",
        "TJS",
        "TND",
        "TOP",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VND",
        "VUV",
        "WST",
        "XAF",
        "XCD",
        "XOF",
        "XPF",
        "YER",
        "ZAR",
        "ZMW",
    ]
)
# The last digit of three decimals must be 0. ISK and UGX take whole units only, sent times 100. HUF
# and TWD have decimals when they are charged; only payouts are whole.
_GRAINS = dict.fromkeys(_THREE_DECIMAL, 10) | {"ISK": 100, "UGX": 100}
# What Stripe takes at least, as the whole number it wants. In currencies that are not listed
# it converts the minimum of the account's own currency, which we do not know: there the
# session has the last word.
_LEAST = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
# How many digits an amount may have, where that is not 8.
_DIGITS = {"COP": 10, "HUF": 10, "IDR": 12, "INR": 9, "JPY": 10, "LBP": 10}

_INTENT_STATES = {
    "succeeded": PaymentState.CAPTURED,
    "requires_capture": PaymentState.AUTHORIZED,
    "processing": PaymentState.PROCESSING,
    "requires_action": PaymentState.REQUIRES_ACTION,
    "requires_payment_method": PaymentState.STARTED,
    "requires_confirmation": PaymentState.STARTED,
    "canceled": PaymentState.VOIDED,
}
_REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}

T = TypeVar("T")
Data = dict[str, Any]


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as the whole number Stripe wants.

    Raises `ProviderRefused` for an amount that Stripe cannot take, such as 1.234 KWD: the last of
    three decimals must be 0 there.
    """
    if not _fits(minor, currency):
        amount = format_minor(minor, currency)
        raise ProviderRefused(_("Stripe can't be used for %(amount)s.") % {"amount": amount})
    return _scaled(minor, currency)[0]


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's whole number in our minor units. Raises `ValueError` for a fraction of one."""
    shift = _places(currency) - exponent(currency)
    minor, rest = _shifted(amount, -shift)
    if rest:
        raise ValueError(f"{amount} is no whole number of minor units of {currency}")
    return minor


def _fits(minor: int, currency: str) -> bool:
    scaled, rest = _scaled(minor, currency)
    return not rest and scaled % _GRAINS.get(currency, 1) == 0


def _scaled(minor: int, currency: str) -> tuple[int, int]:
    return _shifted(minor, _places(currency) - exponent(currency))


def _shifted(number: int, places: int) -> tuple[int, int]:
    factor: int = 10 ** abs(places)
    return (number * factor, 0) if places >= 0 else divmod(number, factor)


def _places(currency: str) -> int:
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


class StripeProvider:
    """Pays through Stripe's own page. Switched on by STRIPE_SECRET_KEY."""

    code = "stripe"
    name = "Stripe"
    settlements = frozenset({Settlement.ONLINE})

    def accepts(self, amount_minor: int, currency: str, country: str) -> bool:
        if currency not in CURRENCIES or not _fits(amount_minor, currency):
            return False
        amount, _rest = _scaled(amount_minor, currency)
        limit: int = 10 ** _DIGITS.get(currency, 8)
        return _LEAST.get(currency, 1) <= amount < limit

    @understood("stripe")
    def start(self, payment: Payment, *, return_url: str) -> NextStep:
        if payment.external_id:
            session = _session(payment)
        else:
            session = _ask(
                "open a session",
                lambda: _client().v1.checkout.sessions.create(
                    cast(Any, _session_parameters(payment, return_url)),
                    {"idempotency_key": f"pay-{payment.pk}"},
                ),
            )
        # A session that is through or has ended has no page: coming back tells us
        # what became of it.
        return NextStep(url=session.get("url") or return_url, external_id=known_id(session["id"]))

    @understood("stripe")
    def fetch(self, payment: Payment) -> Outcome | None:
        if not payment.external_id:
            return None
        if payment.external_id.startswith("pi_"):
            return _intent_outcome(_intent(payment))
        return _session_outcome(_session(payment))

    @understood("stripe")
    def capture(self, payment: Payment, *, amount_minor: int, key: str) -> Outcome:
        intent_id = _intent(payment)["id"]
        amount = to_stripe(amount_minor, payment.currency)
        try:
            intent = _ask(
                "capture",
                lambda: _client().v1.payment_intents.capture(
                    intent_id, {"amount_to_capture": amount}, {"idempotency_key": key}
                ),
            )
        except ProviderRefused:
            # Captured already, by somebody at Stripe's own pages perhaps: their books tell.
            intent = _intent(payment)
            if intent["status"] != "succeeded":
                raise
        return _intent_outcome(intent)

    @understood("stripe")
    def void(self, payment: Payment) -> Outcome | None:
        if not payment.external_id:
            return _nothing_taken(payment)
        is_session = payment.external_id.startswith("cs_")
        if is_session and _session(payment)["status"] == "open":
            self._end(
                "end the session",
                lambda: _client().v1.checkout.sessions.expire(payment.external_id),
            )
        outcome = self.fetch(payment)
        open_states = {PaymentState.AUTHORIZED, PaymentState.REQUIRES_ACTION, PaymentState.STARTED}
        if outcome is not None and (
            outcome.state == PaymentState.AUTHORIZED
            or (not is_session and outcome.state in open_states)
        ):
            intent_id = _intent(payment)["id"]
            self._end("cancel the payment", lambda: _client().v1.payment_intents.cancel(intent_id))
            outcome = self.fetch(payment)
        return outcome

    @staticmethod
    def _end(act: str, once: Callable[[], Any]) -> None:
        try:
            _ask(act, once)
        except ProviderRefused:
            return  # the shopper was faster; what is true now is asked next

    @understood("stripe")
    def refund(self, payment: Payment, *, amount_minor: int, key: str) -> RefundNews:
        intent_id = _intent(payment)["id"]
        parameters = {
            "payment_intent": intent_id,
            "amount": to_stripe(amount_minor, payment.currency),
            "metadata": {PAYMENT_KEY: str(payment.pk), REFUND_KEY: key},
        }
        refund = _ask(
            "refund",
            lambda: _client().v1.refunds.create(
                cast(Any, parameters), {"idempotency_key": f"refund-{key}"}
            ),
        )
        return _refund_news({**refund, "payment_intent": intent_id}, key=key)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        _check_signature(headers, body)
        try:
            event = read_json(body)
            return Callback(
                event_id=str(event["id"])[:120],
                type=str(event["type"])[:80],
                outcome=_news_of(event),
                payload=event,
            )
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise CallbackInvalid from error

    def statement(
        self, payments: Sequence[Payment], *, since: datetime
    ) -> Iterator[Outcome | RefundNews | DisputeNews]:
        with understood("stripe"):
            told = set()
            created = {"gte": int(since.timestamp())}
            sessions = {"created": created, "expand": ["data.payment_intent.latest_charge"]}
            for session in _pages("list sessions", _client().v1.checkout.sessions.list, sessions):
                if PAYMENT_KEY in (session.get("metadata") or {}):
                    told.add(session["id"])
                    yield _session_outcome(session)
            for payment in payments:
                if payment.external_id and payment.external_id not in told:
                    outcome = self.fetch(payment)
                    if outcome is not None:
                        yield outcome
            for refund in _pages("list refunds", _client().v1.refunds.list, {"created": created}):
                yield _refund_news(refund)
            for dispute in _pages(
                "list disputes", _client().v1.disputes.list, {"created": created}
            ):
                yield _dispute_news(dispute)


# Asking
# --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> StripeClient:
    import httpx  # noqa: PLC0415 - neither is loaded by a shop without Stripe
    import stripe  # noqa: PLC0415

    timeout: Any = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=0,  # `call` counts the tries
        http_client=stripe.HTTPXClient(timeout=timeout, allow_sync_methods=True),
    )


def _client() -> StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


def _ask(act: str, once: Callable[[], Any]) -> Data:
    import stripe  # noqa: PLC0415 - not loaded by a shop without Stripe

    def attempt() -> Data:
        try:
            answer = once().to_dict()
        except (stripe.APIConnectionError, stripe.RateLimitError) as error:
            raise TryAgain(type(error).__name__) from error
        except stripe.CardError as error:
            raise ProviderRefused(storable(error.user_message or str(error.code))) from error
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
            if error.http_status == 409:
                raise TryAgain("the first try is still under way") from error
            raise ProviderRefused(
                storable(error.user_message or _("The payment provider refused the request."))
            ) from error
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise ProviderUnavailable from error
        except (stripe.StripeError, AttributeError) as error:
            # Their fault, or an answer that is none of theirs.
            raise TryAgain(f"{type(error).__name__} {getattr(error, 'http_status', '')}") from error
        try:
            return cast(Data, storable(answer))
        except ValueError as error:
            raise TryAgain("nested too deeply") from error

    return call("stripe", act, attempt)


def _session(payment: Payment) -> Data:
    expand = cast(Any, {"expand": ["payment_intent.latest_charge"]})
    return _ask(
        "read a session",
        lambda: _client().v1.checkout.sessions.retrieve(payment.external_id, expand),
    )


def _intent(payment: Payment) -> Data:
    """The PaymentIntent of a payment. Raises `ProviderRefused` if nobody has tried to pay."""
    if payment.external_id.startswith("pi_"):
        expand = cast(Any, {"expand": ["latest_charge"]})
        return _ask(
            "read a payment",
            lambda: _client().v1.payment_intents.retrieve(payment.external_id, expand),
        )
    intent = _session(payment).get("payment_intent") if payment.external_id else None
    if not isinstance(intent, dict):
        raise ProviderRefused(_("The payment provider did not find this charge."))
    return intent


def _pages(act: str, once: Callable[[Any], Any], parameters: Data) -> Iterator[Data]:
    after: Data = {}
    while True:
        page = {**parameters, **after, "limit": PAGE}
        answer = _ask(act, lambda page=page: once(page))  # type: ignore[misc]  # a bound loop variable
        yield from answer["data"]
        if not answer.get("has_more") or not answer["data"]:
            return
        after = {"starting_after": answer["data"][-1]["id"]}


def _session_parameters(payment: Payment, return_url: str) -> Data:
    """The same for every try: Stripe refuses a key that comes back with other parameters."""
    order = payment.order
    title = _("Order %(number)s") % {"number": order.number}
    metadata = {PAYMENT_KEY: str(payment.pk), "order": order.number}
    return {
        "mode": "payment",
        "client_reference_id": str(payment.pk),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency.lower(),
                    "unit_amount": to_stripe(payment.amount_minor, payment.currency),
                    "product_data": {"name": title},
                },
            }
        ],
        "metadata": metadata,
        "payment_intent_data": {
            "metadata": metadata,
            "description": title,
            "capture_method": "manual" if settings.STRIPE_CAPTURE == "manual" else "automatic",
        },
        "success_url": return_url,
        "cancel_url": return_url,
    }


# Reading
# -------------------------------------------------------------------------------------------


def _news_of(event: Data) -> Outcome | RefundNews | DisputeNews | None:
    subject, about = event["data"]["object"], str(event["type"])
    faults = ("account",) if event.get("account") else ()
    if about.startswith(("refund.", "charge.refund.")):
        return _refund_news(subject, faults=faults)
    if about.startswith("charge.dispute."):
        return _dispute_news(subject, about=about, faults=faults)
    if PAYMENT_KEY not in (subject.get("metadata") or {}):
        return None  # something else that the merchant does with this account
    if about.startswith("checkout.session."):
        return _session_outcome(subject, faults=faults)
    if about.startswith("payment_intent."):
        return _intent_outcome(subject, faults=faults)
    return None


def _session_outcome(session: Data, *, faults: tuple[str, ...] = ()) -> Outcome:
    """What a session says; its PaymentIntent says more, where it comes along."""
    intent = session.get("payment_intent")
    reference = str(session.get("client_reference_id") or "")
    if isinstance(intent, dict) and session["status"] != "expired":
        outcome = _intent_outcome(intent, external_id=known_id(session["id"]), faults=faults)
        return outcome if outcome.reference == reference else _with_fault(outcome, "reference")
    if session["status"] == "expired":
        state = PaymentState.VOIDED
    elif session["status"] == "complete":
        paid = session.get("payment_status") == "paid"
        state = PaymentState.CAPTURED if paid else PaymentState.PROCESSING
    else:
        state = PaymentState.STARTED
    return _outcome(
        session,
        state,
        amount=session.get("amount_total"),
        reference=reference,
        external_id=known_id(session["id"]),
        entry_id=str(intent or ""),
        faults=faults,
    )


def _intent_outcome(
    intent: Data, *, external_id: str = "", faults: tuple[str, ...] = ()
) -> Outcome:
    state = _INTENT_STATES[intent["status"]]
    error = intent.get("last_payment_error") or {}
    entry_id = known_id(intent["id"])
    reason = str(error.get("decline_code") or error.get("code") or "")
    if state == PaymentState.STARTED and error:
        state = PaymentState.FAILED
        entry_id = str(error.get("charge") or f"{intent['id']}:{error.get('code')}")
    taken = state == PaymentState.CAPTURED
    return _outcome(
        intent,
        state,
        amount=_received(intent) if taken else intent["amount"],
        reference=str((intent.get("metadata") or {}).get(PAYMENT_KEY, "")),
        external_id=external_id,
        entry_id=entry_id,
        instrument=_instrument(intent),
        failure_code=reason if state == PaymentState.FAILED else "",
        failure_message=refusal_text(reason) if state == PaymentState.FAILED else "",
        faults=faults,
    )


def _received(intent: Data) -> Any:
    """What was really taken; old versions of the API say it on the charge only."""
    if "amount_received" in intent:
        return intent["amount_received"]
    charge = intent.get("latest_charge")
    return charge.get("amount") if isinstance(charge, dict) else None


def _outcome(
    subject: Data, state: PaymentState, *, amount: Any, faults: tuple[str, ...], **rest: str
) -> Outcome:
    currency = str(subject["currency"]).upper()
    if bool(subject.get("livemode")) != ("_live_" in settings.STRIPE_SECRET_KEY):
        faults = (*faults, "mode")
    try:
        amount_minor = from_stripe(_whole(amount), currency)
    except ValueError:
        amount_minor, faults = 0, (*faults, "amount")
    for name, length in [("instrument", 60), ("failure_code", 60), ("failure_message", 250)]:
        rest[name] = rest.get(name, "")[:length]
    return Outcome(
        state=state, amount_minor=amount_minor, currency=currency, faults=faults, **cast(Any, rest)
    )


def _with_fault(outcome: Outcome, fault: str) -> Outcome:
    return replace(outcome, faults=(*outcome.faults, fault))


def _whole(amount: Any) -> int:
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TypeError("an amount is a whole number")
    return amount


def _instrument(intent: Data) -> str:
    charge = intent.get("latest_charge")
    details = (charge.get("payment_method_details") or {}) if isinstance(charge, dict) else {}
    card = details.get("card")
    if card:
        return f"{str(card.get('brand') or '').title()} {card.get('last4') or ''}".strip()
    return str(details.get("type") or "").replace("_", " ").title()


def _refund_news(refund: Data, *, key: str = "", faults: tuple[str, ...] = ()) -> RefundNews:
    currency = str(refund["currency"]).upper()
    try:
        amount_minor = from_stripe(_whole(refund["amount"]), currency)
    except ValueError:
        amount_minor, faults = 0, (*faults, "amount")
    reason = str(refund.get("failure_reason") or "").replace("_", " ")
    return RefundNews(
        state=_REFUND_STATES[refund.get("status") or "succeeded"],
        amount_minor=amount_minor,
        currency=currency,
        external_id=known_id(refund["id"]),
        key=key or str((refund.get("metadata") or {}).get(REFUND_KEY, "")),
        capture_id=str(refund.get("payment_intent") or refund.get("charge") or ""),
        failure_message=reason or _("The payment provider refused the request."),
        faults=faults,
    )


def _dispute_news(dispute: Data, *, about: str = "", faults: tuple[str, ...] = ()) -> DisputeNews:
    """How far a dispute is.

    Its balance transactions say what moved; old events come before they are there.
    """
    currency = str(dispute["currency"]).upper()
    try:
        amount_minor = from_stripe(_whole(dispute["amount"]), currency)
    except ValueError:
        amount_minor, faults = 0, (*faults, "amount")
    moves = [move for move in dispute.get("balance_transactions") or [] if isinstance(move, dict)]
    status = str(dispute.get("status") or "")
    is_lost = status == "lost"
    is_returned = about.endswith(".funds_reinstated") or any(
        _whole(move["amount"]) > 0 for move in moves
    )
    return DisputeNews(
        key=known_id(dispute["id"]),
        capture_id=str(dispute.get("payment_intent") or dispute.get("charge") or ""),
        amount_minor=amount_minor,
        currency=currency,
        text=_dispute_text(dispute, amount_minor, currency)[:250],
        is_withdrawn=is_lost
        or is_returned
        or about.endswith(".funds_withdrawn")
        or any(_whole(move["amount"]) < 0 for move in moves),
        is_returned=is_returned,
        is_lost=is_lost,
        is_alarm=about.endswith(".created") or (about.endswith(".closed") and is_lost),
        fee_minor=_fee(moves, currency),
        faults=faults,
    )


def _fee(moves: list[Data], currency: str) -> int:
    """What the dispute costs, if Stripe settles in the payment's currency."""
    fees = [
        from_stripe(_whole(move.get("fee") or 0), currency)
        for move in moves
        if str(move.get("currency")).upper() == currency
    ]
    return max(sum(fees), 0)


def _dispute_text(dispute: Data, amount_minor: int, currency: str) -> str:
    amount = format_minor(amount_minor, currency)
    return _("The customer disputes %(amount)s (%(reason)s, %(status)s) at Stripe: %(id)s") % {
        "amount": amount,
        "reason": str(dispute.get("reason") or "").replace("_", " "),
        "status": str(dispute.get("status") or "").replace("_", " "),
        "id": dispute["id"],
    }


def _nothing_taken(payment: Payment) -> Outcome:
    """The end of a payment whose page nobody was ever shown."""
    return Outcome(
        state=PaymentState.VOIDED,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reference=str(payment.pk),
    )


def _check_signature(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse what no secret of ours signed within the last five minutes.

    Several secrets: one is on its way out.
    """
    import stripe  # noqa: PLC0415 - not loaded by a shop without Stripe

    header = {name.lower(): value for name, value in headers.items()}.get("stripe-signature", "")
    stamp = dict(part.partition("=")[::2] for part in header.split(",")).get("t", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureInvalid
    if abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureInvalid
    for secret in filter(None, settings.STRIPE_WEBHOOK_SECRETS):
        try:
            stripe.WebhookSignature.verify_header(body.decode(), header, secret)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return
    raise SignatureInvalid
