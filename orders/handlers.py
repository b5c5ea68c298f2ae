"""What orders do when something happens below."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.events import AccountDeleted, EmailVerified
from accounts.models import Customer, User
from accounts.profile.exports import exports
from inventory.events import ReservationExpired
from orders.cancellation import expire_order
from orders.events import (
    CreditGranted,
    OrderCanceled,
    OrderConfirmed,
    OrderPaid,
    OrderShipped,
)
from orders.fulfillment.services import count_sales
from orders.gift_cards import issue_bought_cards
from orders.guest_orders import claim_guest_orders, renew_tokens
from orders.invoices import settle_invoices
from orders.models import Invoice, Order
from shop.core.events import on
from shop.core.lanes import Lane
from shop.core.money import to_wire


@on(ReservationExpired, lane=Lane.MONEY)
def cancel_unpaid(event: ReservationExpired) -> None:
    """Cancel an order that nobody paid while its stock was held."""
    kind, _colon, number = event.holder.partition(":")
    if kind == "order":
        expire_order(number, at=timezone.now())


@on(EmailVerified)
def claim_orders(event: EmailVerified) -> None:
    """Hand over what was bought as a guest with an address that is now proved."""
    user = User.objects.with_email(event.email).filter(pk=event.user_id).first()
    if user is not None:
        claim_guest_orders(user)


@on(AccountDeleted)
def end_links(event: AccountDeleted) -> None:
    """Let the links in old e-mails lead nowhere once their owner is gone."""
    if event.customer_id is not None:
        renew_tokens(event.customer_id)


@on(OrderPaid, lane=Lane.MONEY)
def issue_gift_cards(event: OrderPaid) -> None:
    """Issue what was bought as a gift card."""
    issue_bought_cards(event.order_id, at=timezone.now())


@on(OrderConfirmed)
def count_as_sold(event: OrderConfirmed) -> None:
    """Let the "popular" sort know."""
    count_sales(event.order_id)


@on(OrderShipped, lane=Lane.MONEY)
def invoice_what_has_left(event: OrderShipped) -> None:
    """Issue the invoice with the first parcel, and one for what was added later
    with the parcel it is in.
    """
    settle_invoices(event.order_id, at=timezone.now())


@on(CreditGranted, lane=Lane.MONEY)
def note_the_credit(event: CreditGranted) -> None:
    """Issue the credit note of what was invoiced before."""
    settle_invoices(event.order_id, at=timezone.now())


@on(OrderCanceled, lane=Lane.MONEY)
def take_the_invoice_back(event: OrderCanceled) -> None:
    """Issue a credit note over all of an order that was invoiced before it left."""
    settle_invoices(event.order_id, at=timezone.now())


@exports("orders")
def orders_of(customer: Customer) -> list[dict[str, Any]]:
    """What a person has bought, oldest first."""
    orders = Order.objects.filter(customer=customer).for_list().order_by("placed_at", "pk")
    return [
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat(),
            "status": order.status,
            "email": order.email,
            "currency": order.currency,
            "total": to_wire(order.total_minor, order.currency),
            "shipping_address": order.shipping_address,
            "billing_address": order.billing_address,
            "note": order.note,
            "items": [
                {
                    "name": item.product_name,
                    "sku": item.product_sku,
                    "quantity": item.quantity,
                    "total": to_wire(item.total_minor, order.currency),
                }
                for item in order.items.all()
            ],
        }
        for order in orders
    ]


@exports("invoices")
def invoices_of(customer: Customer) -> list[dict[str, Any]]:
    """Invoices and credit notes as they were billed, oldest first."""
    documents = Invoice.objects.filter(order__customer=customer).select_related("order")
    return [
        {
            "number": document.number,
            "kind": document.kind,
            "order": document.order.number,
            "issued_at": document.issued_at.isoformat(),
            "currency": document.currency,
            "total": to_wire(document.total_minor, document.currency),
            "buyer": document.buyer,
        }
        for document in documents.order_by("pk")
    ]
