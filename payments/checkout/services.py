"""Starting to pay: one open payment an order, so that nobody is charged twice."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from orders.cancellation import extend_hold
from orders.errors import AmountNotAccepted
from orders.models import Order
from orders.payment import other_payment_methods
from orders.permissions import possible_acts
from orders.states import Act
from payments.checkout.return_urls import return_key
from payments.errors import (
    NothingToPay,
    PaymentNotStarted,
    PaymentUnderWay,
    ProviderRefused,
)
from payments.ledger.locks import lock_payments
from payments.models import Payment, PaymentEntry
from payments.providers import provider
from payments.providers.base import NextStep
from payments.states import EntryKind, PaymentState
from pricing.providers import can_take
from shop.core.errors import TooManyRequests
from shop.core.money import format_minor

logger = logging.getLogger(__name__)

# Stolen card numbers are tried out on shops: after this many refusals an order rests for an hour.
MOST_REFUSALS = 10
_AGAIN = {PaymentState.STARTED, PaymentState.REQUIRES_ACTION, PaymentState.FAILED}


def start_payment(order: Order, *, at: datetime) -> NextStep:
    """Open a payment for what is to pay, or find the open one, and tell where the shopper pays.

    The stock is held a little longer while the shopper pays. An empty `url` means that there is
    nothing to do online (a bank transfer). Afterwards the shopper returns to the shop, wherever an
    earlier start would have led. Calls the provider: do not call it inside a transaction that
    matters. Raises `NothingToPay`, `PaymentUnderWay`, `AmountNotAccepted`, `TooManyRequests`,
    `ProviderUnavailable`, `PaymentNotStarted`.
    """
    return begin_payment(open_payment(order, return_url="", at=at))


def begin_payment(payment: Payment) -> NextStep:
    """Open the payment at its provider and tell where the shopper pays; a second
    call finds it again.

    Calls the provider: do not call it inside a transaction that matters. Raises
    `PaymentNotStarted`.
    """
    path = reverse("payments:return", args=[payment.pk])
    return_url = f"{settings.SITE_URL}{path}?key={return_key(payment)}"
    try:
        step = provider(payment.provider).start(payment, return_url=return_url)
    except ProviderRefused as refusal:
        logger.warning("Payment %s was not opened: %s", payment.pk, refusal.message)
        raise PaymentNotStarted from refusal
    if step.external_id and step.external_id != payment.external_id:
        Payment.objects.filter(pk=payment.pk).update(external_id=step.external_id)
    return step


@transaction.atomic
def open_payment(order: Order, *, return_url: str | None = None, at: datetime) -> Payment:
    """The open payment of an order, made if there is none. See `start_payment`.

    `return_url` is where the shopper goes afterwards: empty leads to the order, None
    keeps what was said before.
    """
    lock_payments(order.pk)
    order = Order.objects.locked().get(pk=order.pk)
    # Read again: while we waited for the order, a twin may have opened the first payment.
    payments = list(Payment.objects.of_order(order.pk))
    if Act.PAY not in possible_acts(order):
        raise NothingToPay(order_status=order.status)
    if any(payment.state == PaymentState.PROCESSING for payment in payments):
        raise PaymentUnderWay
    _require_accepted(order)
    refusals = PaymentEntry.objects.filter(
        payment__order_id=order.pk, kind=EntryKind.FAILED, at__gt=at - timedelta(hours=1)
    ).count()
    if refusals >= MOST_REFUSALS:
        raise TooManyRequests(retry_after=3600)
    until = at + timedelta(minutes=settings.CHECKOUT_HOLD_MINUTES)
    extend_hold(order, until=until, at=at)
    for payment in payments:
        if (
            payment.state in _AGAIN
            and payment.provider == order.payment_provider
            and payment.amount_minor == order.to_pay_minor
        ):
            if return_url is not None and return_url != payment.return_url:
                payment.return_url = return_url
                payment.save(update_fields=["return_url"])
            return payment
    return Payment.objects.create(
        order=order,
        provider=order.payment_provider,
        amount_minor=order.to_pay_minor,
        currency=order.currency,
        return_url=return_url or "",
        created_at=at,
        updated_at=at,
    )


def _require_accepted(order: Order) -> None:
    """Raise `AmountNotAccepted` before the provider has to refuse, naming the methods
    that can take the amount.
    """
    if can_take(
        order.payment_provider,
        order.to_pay_minor,
        currency=order.currency,
        country=order.shipping_country,
    ):
        return
    raise AmountNotAccepted(
        method=order.payment_method_name,
        amount=format_minor(order.to_pay_minor, order.currency),
        payment_methods=[method.code for method in other_payment_methods(order)],
    )
