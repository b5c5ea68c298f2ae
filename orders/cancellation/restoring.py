"""Taking the items of an unpaid order back into the cart."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cart.models import Cart, CartItem
from cart.services import put_back
from orders.cancellation.services import cancel_locked
from orders.errors import OrderNotCancelable
from orders.models import Order
from orders.permissions import possible_acts
from orders.states import Act, OrderStatus
from shop.core.actors import Actor


@transaction.atomic
def cancel_and_restore(order: Order, cart: Cart, *, actor: Actor, at: datetime) -> list[str]:
    """Cancel an unpaid order and put its items into `cart`, beside what is there;
    a new cart is written.

    Codes and gift cards come along. Returns in words what could not come back whole.
    Raises `OrderNotCancelable`, and changes nothing, once the order is paid or a payment is being
    checked. Publishes `OrderCanceled`.
    """
    if cart.pk is not None:
        # Before the order and its stock, as where an order is placed: two orders
        # of locks make a deadlock.
        Cart.objects.locked().filter(pk=cart.pk).first()
    order = Order.objects.locked().select_related("cart").get(pk=order.pk)
    is_unpaid = order.status == OrderStatus.PENDING and not order.amount_authorized_minor
    if Act.CANCEL not in possible_acts(order) or not is_unpaid or order.has_payment_under_way:
        raise OrderNotCancelable(order_status=order.status)
    cancel_locked(order, reason=_("Items moved back to cart"), actor=actor, at=at)
    # Read after the stock is free again: the cart takes what can be sold now.
    items = order.items.select_related("variant__product", "variant__stock_item").order_by("pk")
    notices = [
        _("%(name)s was not added because it is no longer available.") % {"name": item.product_name}
        for item in items
        if item.variant is None
    ]
    back = [
        CartItem(
            variant=item.variant,
            quantity=item.quantity,
            greeting=item.greeting,
            seen_price_minor=item.unit_price_minor,
            seen_currency=order.currency,
            added_at=at,
        )
        for item in items
        if item.variant is not None
    ]
    cards = order.cart.gift_card_ids if order.cart else []
    return notices + put_back(cart, back, codes=order.coupon_codes, gift_card_ids=cards, at=at)
