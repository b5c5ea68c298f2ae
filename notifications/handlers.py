"""Which events cause which e-mails, and the handler that sends them."""

from __future__ import annotations

import hashlib
import json

from django.utils import timezone

from accounts.events import AccountMail
from notifications.events import MailQueued
from notifications.services import (
    send_mail,
    write_order_mail,
    write_return_mail,
    write_withdrawal_mail,
)
from notifications.services.accounts import write_account_mail
from notifications.services.gift_cards import write_gift_card_mail
from orders.events import (
    OrderCanceled,
    OrderConfirmed,
    OrderEdited,
    OrderPaymentFailed,
    OrderPlaced,
    OrderShipped,
    PaymentMethodChanged,
    ReturnApproved,
    ReturnDeclined,
    ReturnReceived,
    ReturnRequested,
    TrackingChanged,
    WithdrawalReceived,
)
from orders.models import Fulfillment, Order
from orders.states import OrderStatus
from payments.events import RefundSucceeded
from pricing.events import GiftCardIssued
from pricing.models import PaymentMethod
from pricing.states import Settlement
from shop.core.events import on
from shop.core.lanes import Lane

# With the pauses of the outbox: a mail server may be away for a whole day.
MAIL_ATTEMPTS = 17


@on(OrderPlaced)
def tell_how_to_pay(event: OrderPlaced) -> None:
    """Send the bank's details. Who pays online hears from us once the payment is through."""
    order = Order.objects.get(pk=event.order_id)
    method = PaymentMethod.objects.filter(code=order.payment_method_code).first()
    if order.status == OrderStatus.PENDING and method and method.settlement == Settlement.TRANSFER:
        write_order_mail("received", order.pk, at=timezone.now())


@on(PaymentMethodChanged)
def tell_how_to_pay_now(event: PaymentMethodChanged) -> None:
    """Send the bank's details to whoever chose a transfer later."""
    tell_how_to_pay(OrderPlaced(order_id=event.order_id))


@on(OrderConfirmed)
def confirm(event: OrderConfirmed) -> None:
    """Send the confirmation."""
    write_order_mail("confirmed", event.order_id, at=timezone.now())


@on(OrderPaymentFailed)
def tell_of_failure(event: OrderPaymentFailed) -> None:
    """Say once a try that it did not work, unless another one has meanwhile."""
    order = Order.objects.get(pk=event.order_id)
    if order.to_pay_minor:
        write_order_mail(
            "payment_failed",
            order.pk,
            key=f"order_payment_failed:{event.payment}",
            payment=event.payment,
            at=timezone.now(),
        )


@on(OrderEdited)
def tell_of_change(event: OrderEdited) -> None:
    """Send the order as it is now, and how to pay what it costs more."""
    write_order_mail(
        "edited",
        event.order_id,
        key=f"order_edited:{event.order_id}:{event.sequence}",
        sequence=event.sequence,
        at=timezone.now(),
    )


@on(OrderShipped)
def tell_of_parcel(event: OrderShipped) -> None:
    """Send the tracking link."""
    write_order_mail(
        "shipped",
        event.order_id,
        key=f"order_shipped:{event.fulfillment_id}",
        fulfillment_id=event.fulfillment_id,
        at=timezone.now(),
    )


@on(TrackingChanged)
def tell_of_tracking(event: TrackingChanged) -> None:
    """Send the new tracking link of a parcel that has not arrived."""
    parcel = Fulfillment.objects.get(pk=event.fulfillment_id)
    if parcel.delivered_at is None:
        write_order_mail(
            "tracking",
            event.order_id,
            key=f"order_tracking:{event.order_id}:{event.sequence}",
            fulfillment_id=event.fulfillment_id,
            at=timezone.now(),
        )


@on(OrderCanceled)
def tell_of_cancellation(event: OrderCanceled) -> None:
    """Confirm that an order is canceled."""
    write_order_mail("canceled", event.order_id, reason=event.reason, at=timezone.now())


@on(RefundSucceeded)
def tell_of_refund(event: RefundSucceeded) -> None:
    """Say that money is on its way back."""
    write_order_mail(
        "refunded",
        event.order_id,
        key=f"order_refunded:{event.refund_id}",
        refund_id=event.refund_id,
        at=timezone.now(),
    )


@on(ReturnRequested)
def confirm_return(event: ReturnRequested) -> None:
    """Say that a return was asked for, and when the answer comes."""
    write_return_mail("requested", event.return_id, at=timezone.now())


@on(ReturnApproved)
def send_instructions(event: ReturnApproved) -> None:
    """Send the instructions for a return."""
    write_return_mail("approved", event.return_id, at=timezone.now())


@on(ReturnDeclined)
def tell_of_refusal(event: ReturnDeclined) -> None:
    """Say why a return was declined."""
    write_return_mail("declined", event.return_id, at=timezone.now())


@on(ReturnReceived)
def tell_of_receipt(event: ReturnReceived) -> None:
    """Say what arrived and what is credited for it."""
    write_return_mail("received", event.return_id, receipt_id=event.receipt_id, at=timezone.now())


@on(WithdrawalReceived)
def acknowledge_withdrawal(event: WithdrawalReceived) -> None:
    """Confirm a notice of withdrawal with its content, date and time."""
    write_withdrawal_mail(event.withdrawal_id, at=timezone.now())


@on(GiftCardIssued)
def send_gift_card(event: GiftCardIssued) -> None:
    """Send a card to whom it is for."""
    write_gift_card_mail(event.card_id, at=timezone.now())


@on(AccountMail)
def write_about_account(event: AccountMail) -> None:
    """Write the e-mails that accounts ask for; each link and each change is a cause of its own."""
    now = timezone.now()
    # E-mails that anybody can cause with somebody's address go out once an hour at most.
    hour = f"{now:%Y%m%d%H}" if event.kind in {"account_exists", "reset_unknown"} else ""
    cause = json.dumps([event.kind, event.email, event.context, hour], sort_keys=True)
    digest = hashlib.sha256(cause.encode()).hexdigest()[:40]
    write_account_mail(
        event.kind,
        email=event.email,
        context=event.context,
        language=event.language,
        key=f"account_{event.kind}:{digest}",
        at=now,
    )


@on(MailQueued, outside=True, max_attempts=MAIL_ATTEMPTS, lane=Lane.MAIL)
def send(event: MailQueued) -> None:
    """Send a written e-mail."""
    send_mail(event.mail_id)
