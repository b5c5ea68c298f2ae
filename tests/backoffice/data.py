"""Orders for the back office's tests, with books that add up: stock, reservations,
ledger, timeline.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Customer
from catalog.models import Category, Product, TaxClass, Variant
from inventory.models import Movement, Reservation, StockItem
from inventory.states import MovementKind, ReservationState
from orders.models import Order, OrderEvent, OrderItem
from orders.states import EventKind, OrderStatus, PaymentStatus
from payments.models import Payment, PaymentEntry
from payments.states import EntryKind, PaymentState

ADDRESS = {
    "name": "Alice Lind",
    "company": "",
    "line1": "Lindenstraße 7",
    "line2": "",
    "postal_code": "10969",
    "city": "Berlin",
    "region": "",
    "country": "DE",
    "phone": "+49 30 123456",
}


def variant(sku: str, *, price_minor: int = 1900, on_hand: int = 10, reserved: int = 0) -> Variant:
    """A product with one variant and stock."""
    at = timezone.now()
    tax_class, _new = TaxClass.objects.get_or_create(code="standard", defaults={"name": "Standard"})
    category = Category.objects.filter(slug="tea").first() or Category.objects.create(
        name="Tea", slug="tea"
    )
    item = StockItem.objects.create(sku=sku, on_hand=on_hand, reserved=reserved)
    if on_hand:
        Movement.objects.create(
            stock_item=item,
            kind=MovementKind.RECEIVED,
            quantity=on_hand,
            actor="Linden",
            at=at,
        )
    product = Product.objects.create(
        name=f"Teapot {sku}",
        slug=f"teapot-{sku.lower()}",
        category=category,
        tax_class=tax_class,
        status="active",
        published_at=at,
    )
    return Variant.objects.create(
        product=product, stock_item=item, sku=sku, price_minor=price_minor, currency="EUR"
    )


def order(
    *skus: str,
    quantity: int = 2,
    is_paid: bool = True,
    placed_at: datetime | None = None,
    **fields: Any,
) -> Order:
    """An order of `quantity` units of each SKU at 19.00 EUR: paid and confirmed, or pending."""
    at = placed_at or timezone.now()
    names = skus or ("POT",)
    total = 1900 * quantity * len(names)
    customer, _new = Customer.objects.get_or_create(
        email="alice@example.com", user=None, defaults={"name": "Alice Lind"}
    )
    made = Order.objects.create(
        customer=customer,
        email="alice@example.com",
        currency="EUR",
        subtotal_minor=total,
        total_minor=total,
        amount_paid_minor=total if is_paid else 0,
        status=OrderStatus.CONFIRMED if is_paid else OrderStatus.PENDING,
        payment_status=PaymentStatus.PAID if is_paid else PaymentStatus.PENDING,
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        shipping_country="DE",
        shipping_method_code="standard",
        shipping_method_name="Standard",
        payment_method_code="transfer",
        payment_method_name="Bank transfer",
        payment_provider="manual",
        placed_at=at,
        hold_expires_at=None if is_paid else at + timedelta(days=7),
        **fields,
    )
    for position, sku in enumerate(names):
        sold = Variant.objects.filter(sku=sku).select_related("stock_item", "product").first()
        sold = sold or variant(sku, on_hand=10)
        StockItem.objects.filter(sku=sku).update(reserved=sold.stock_item.reserved + quantity)
        Reservation.objects.create(
            stock_item=sold.stock_item,
            holder=made.holder,
            quantity=quantity,
            state=ReservationState.ALLOCATED if is_paid else ReservationState.HELD,
            expires_at=None if is_paid else at + timedelta(days=7),
        )
        OrderItem.objects.create(
            order=made,
            variant=sold,
            position=position,
            product_name=sold.product.name,
            product_sku=sku,
            quantity=quantity,
            unit_price_minor=1900,
            total_minor=1900 * quantity,
            tax_class="standard",
        )
    OrderEvent.objects.create(
        order=made,
        sequence=1,
        kind=EventKind.PLACED,
        actor_kind="guest",
        actor_label="Alice Lind",
        at=at,
    )
    if is_paid:
        payment = Payment.objects.create(
            order=made,
            provider="manual",
            state=PaymentState.CAPTURED,
            amount_minor=total,
            currency="EUR",
            external_id=f"bank-{made.number}",
        )
        PaymentEntry.objects.create(
            payment=payment,
            kind=EntryKind.CAPTURED,
            amount_minor=total,
            currency="EUR",
            external_id=f"capture-{made.number}",
            actor="Linden",
            at=at,
        )
    return made
