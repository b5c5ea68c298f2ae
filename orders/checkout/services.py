"""Placing an order: a cart becomes an order in one transaction, or nothing happens at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.addresses import AddressData
from accounts.identity import clean_email
from accounts.people import person_of
from cart.gift_cards import CardUse, card_uses, coverable_minor
from cart.models import Cart, CartItem
from cart.services import close_cart, facts_of, items_to_order
from catalog.prices.lookup import exchange_rate
from inventory.services import reserve_or_fall
from orders.cancellation.services import hold_until
from orders.checkout.guests import guest_customer
from orders.errors import (
    AmountNotAccepted,
    CartClosed,
    CartEmpty,
    CodeNotApplied,
    PaymentMethodInvalid,
    PriceChanged,
    ShippingMethodInvalid,
)
from orders.events import OrderConfirmed, OrderPlaced
from orders.models import Order, OrderEvent, OrderItem, new_number
from orders.order_lines import new_item, trace_of, write_adjustments
from orders.quotes import quote_wire
from orders.states import EventKind, OrderStatus
from orders.tenders import FREE, GIFT_CARD, take_cards
from pricing.calculator import LineFacts, Quote, ShippingQuote
from pricing.errors import GiftCardShort
from pricing.models import PaymentMethod
from pricing.price_book import PriceBook
from pricing.promotions import note_tax_rates, use_promotions
from pricing.quotes import Shopper, payment_methods, quote_for, require_taxed
from pricing.states import Settlement
from shop.core.actors import Actor
from shop.core.events import publish
from shop.core.money import format_minor
from shop.core.prepared import Prepared, keep_loaded

NUMBER_TRIES = 5
_LOCKED = Prepared(lambda pk: Cart.objects.locked().select_related("customer").filter(pk=pk))


def place_order(
    cart: Cart,
    *,
    email: str,
    shipping_address: AddressData,
    billing_address: AddressData | None = None,
    shipping_method: str = "",
    payment_method: str = "",
    expected_total_minor: int | None = None,
    expected_due_minor: int | None = None,
    note: str = "",
    actor: Actor,
    at: datetime,
    channel: str = "web",
) -> Order:
    """Order what is in the cart: prices are reckoned anew, stock is held, promotions
    counted, the cart closed.

    The cart's gift cards pay what they hold. `expected_total_minor` is the total the shopper saw,
    and `expected_due_minor` what the cards left to pay of it. An order without a total, wholly
    paid by gift cards (then `payment_method` may be empty, as it may without a total), or paid on
    delivery, is confirmed at once; the others wait for their payment as long as their stock is
    held. Raises `Invalid` for an e-mail that is none, `CartClosed`, `CartEmpty`,
    `TaxRateMissing`, `ShippingMethodInvalid`, `PaymentMethodInvalid`, `AmountNotAccepted`,
    `PriceChanged`, `InsufficientStock`, `CouponExhausted`, `GiftCardShort`; nothing is written
    then. Publishes `OrderPlaced`, and `OrderConfirmed` if it needs no payment. The order comes
    back with its items and timeline loaded.
    """
    email = clean_email(email)
    for attempt in range(NUMBER_TRIES):
        number = new_number()
        try:
            with transaction.atomic():
                return _place(
                    cart,
                    number=number,
                    email=email,
                    shipping_address=shipping_address,
                    billing_address=billing_address or shipping_address,
                    shipping_method=shipping_method,
                    payment_method=payment_method,
                    expected_total_minor=expected_total_minor,
                    expected_due_minor=expected_due_minor,
                    note=note,
                    actor=actor,
                    at=at,
                    channel=channel,
                )
        except IntegrityError:
            taken = Order.objects.filter(number=number).exists()
            if not taken or attempt == NUMBER_TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _place(
    cart: Cart,
    *,
    number: str,
    email: str,
    shipping_address: AddressData,
    billing_address: AddressData,
    shipping_method: str,
    payment_method: str,
    expected_total_minor: int | None,
    expected_due_minor: int | None,
    note: str,
    actor: Actor,
    at: datetime,
    channel: str,
) -> Order:
    cart = _lock_cart(cart)
    to_order = items_to_order(cart, at=at)
    lines = facts_of(to_order, cart.currency, at=at)
    if not lines:
        raise CartEmpty
    book = PriceBook()
    person = cache(lambda: person_of(email=email, customer=cart.customer))
    customer = cart.customer or guest_customer(
        email=email, name=shipping_address.name, phone=shipping_address.phone, at=at
    )
    quote = quote_for(
        lines,
        currency=cart.currency,
        country=shipping_address.country,
        region=shipping_address.region,
        postal_code=shipping_address.postal_code,
        shipping_method=shipping_method or None,
        codes=cart.coupon_codes,
        shopper=Shopper(
            person=person,
            customer_id=cart.customer_id,
            is_first_order=lambda: not Order.objects.of_person(person()).exists(),
        ),
        at=at,
        book=book,
    )
    uses = card_uses(cart, coverable_minor(quote, to_order), at=at)
    due_minor = quote.total_minor - sum(use.used_minor for use in uses)
    _require_as_seen(quote, due_minor, expected_total_minor, expected_due_minor)
    _require_usable(uses)
    shipping = _chosen_shipping(quote, shipping_method)
    require_taxed(quote)
    method = (
        _chosen_payment(
            payment_method,
            due_minor=due_minor,
            currency=quote.currency,
            country=shipping_address.country,
            book=book,
        )
        if due_minor
        else _nothing_to_choose(quote)
    )
    until = hold_until(method.settlement, at) if quote.total_minor else None
    reserve_or_fall(_demand(lines), holder=f"order:{number}", expires_at=until, at=at)
    # Stock before promotions, as where an order is canceled: two orders of locks make a deadlock.
    note_tax_rates(quote)
    if quote.promotions:
        use_promotions(quote, order_number=number, person=person(), at=at)

    is_confirmed = quote.total_minor == 0 or method.settlement == Settlement.ON_DELIVERY
    order = Order(
        number=number,
        cart=cart,
        customer=customer,
        email=email,
        language=get_language() or settings.LANGUAGE_CODE,
        channel=channel,
        status=OrderStatus.CONFIRMED if is_confirmed else OrderStatus.PENDING,
        currency=quote.currency,
        exchange_rate=exchange_rate(quote.currency),
        subtotal_minor=quote.subtotal_minor,
        discount_minor=quote.discount_minor,
        shipping_minor=quote.shipping_minor,
        tax_minor=quote.tax_minor,
        tax_added_minor=quote.tax_added_minor,
        total_minor=quote.total_minor,
        is_export=quote.is_export,
        delivery_tax=settings.DELIVERY_TAX,
        shipping_address=shipping_address.as_dict(),
        billing_address=billing_address.as_dict(),
        shipping_country=shipping_address.country,
        shipping_method_code=shipping.code,
        shipping_method_name=shipping.name,
        arrives_from=shipping.arrives_from,
        arrives_to=shipping.arrives_to,
        payment_method_code=method.code,
        payment_method_name=method.name,
        payment_provider=method.provider,
        coupon_code=", ".join(quote.codes_used),
        gift_cards=[
            {"last4": use.card.last4, "amount_minor": use.used_minor}
            for use in uses
            if use.used_minor
        ],
        trace=trace_of(quote),
        note=note.strip()[:1000],
        placed_at=at,
        confirmed_at=at if is_confirmed else None,
        hold_expires_at=None if is_confirmed else until,
    )
    order.derive_statuses(ordered=sum(line.quantity for line in quote.lines), shipped=0)
    order.save(force_insert=True)
    items = _write_items(order, quote, to_order)
    by_sku = {item.product_sku: item for item in items}
    write_adjustments(
        order, quote.adjustments, {line.key: by_sku[line.sku] for line in quote.lines}
    )
    events = _write_events(order, actor=actor, at=at)
    # As `for_detail` would load it again.
    keep_loaded(order, "items", items)
    keep_loaded(order, "events", events)
    keep_loaded(order, "fulfillments", [])
    keep_loaded(order, "returns", [])
    close_cart(cart, at=at)
    publish(OrderPlaced(order_id=order.pk))
    if is_confirmed:
        publish(OrderConfirmed(order_id=order.pk))
    if order.gift_cards:
        take_cards(order, [use for use in uses if use.used_minor], actor=actor, at=at)
        return Order.objects.for_detail().get(pk=order.pk)
    return order


def _require_as_seen(
    quote: Quote, due_minor: int, expected_total_minor: int | None, expected_due_minor: int | None
) -> None:
    """Refuse an order that would cost, or leave to pay, something else than the shopper saw.

    A client that says no total has seen the code accepted; without it the order
    costs more than it thinks.
    """
    wire = quote_wire(quote, due_minor=due_minor)
    lost = [code for code in quote.coupons if not code.applied]
    if lost and expected_total_minor is None:
        raise CodeNotApplied(quote=wire, code=lost[0].code, reason=lost[0].reason)
    if expected_total_minor not in {None, quote.total_minor}:
        raise PriceChanged(quote=wire)
    if expected_due_minor not in {None, due_minor}:
        raise GiftCardShort(
            _("The gift card amount has changed. Review the remaining amount and try again."),
            quote=wire,
        )


def _require_usable(uses: Sequence[CardUse]) -> None:
    """Refuse a card that cannot pay any more, so that nobody pays otherwise
    without having been told.
    """
    for use in uses:
        if use.problem:
            raise GiftCardShort(f"{use.label}: {use.problem}", last4=use.card.last4)


def _lock_cart(cart: Cart) -> Cart:
    locked = _LOCKED.first(pk=cart.pk)
    if locked is None:
        raise CartEmpty
    if locked.closed_at is not None:
        raise CartClosed
    return locked


def _demand(lines: Sequence[LineFacts]) -> dict[str, int]:
    demand: dict[str, int] = {}
    for line in lines:
        demand[line.sku] = demand.get(line.sku, 0) + line.quantity
    return demand


def _by_email() -> ShippingQuote:
    """How an order comes that has only gift cards in it."""
    return ShippingQuote(
        code="",
        name=_("By e-mail"),
        line="",
        price_minor=0,
        list_price_minor=0,
        free_from_minor=None,
        arrives_from=None,
        arrives_to=None,
    )


def _chosen_shipping(quote: Quote, code: str) -> ShippingQuote:
    if not quote.needs_shipping:
        return _by_email()
    for method in quote.shipping_methods:
        if method.code == code and not method.problem:
            return method
    raise ShippingMethodInvalid(
        errors={"shipping_method": [str(ShippingMethodInvalid.default_message)]}
    )


def _chosen_payment(
    code: str, *, due_minor: int, currency: str, country: str, book: PriceBook
) -> PaymentMethod:
    possible = payment_methods(
        country=country, amount_minor=due_minor, currency=currency, book=book
    )
    for method in possible:
        if method.code == code:
            return method
    for method in payment_methods(country=country, book=book):
        if method.code == code:
            raise AmountNotAccepted(
                method=method.name,
                amount=format_minor(due_minor, currency),
                payment_methods=[each.code for each in possible],
            )
    raise PaymentMethodInvalid(
        errors={"payment_method": [str(PaymentMethodInvalid.default_message)]}
    )


def _nothing_to_choose(quote: Quote) -> PaymentMethod:
    """What an order names that needs no payment method: gift cards pay all of it,
    or it costs nothing.
    """
    code, name = (
        (GIFT_CARD, _("Gift card")) if quote.total_minor else (FREE, _("No payment required"))
    )
    return PaymentMethod(code=code, name=name, provider=code, settlement=Settlement.ONLINE)


def _write_items(order: Order, quote: Quote, sold: Sequence[CartItem]) -> list[OrderItem]:
    """Snapshots of what is sold; two lines of one SKU become one item."""
    by_sku = {item.variant.sku: item for item in sold}
    items: dict[str, OrderItem] = {}
    for line in quote.lines:
        item = items.get(line.sku)
        if item is not None:
            item.quantity += line.quantity
            item.discount_minor += line.discount_minor
            item.total_minor += line.total_minor
            item.tax_minor += line.tax_minor
            continue
        items[line.sku] = new_item(
            order,
            by_sku[line.sku].variant,
            line,
            position=len(items) + 1,
            greeting=by_sku[line.sku].greeting,
        )
    return OrderItem.objects.bulk_create(items.values())


def _write_events(order: Order, *, actor: Actor, at: datetime) -> list[OrderEvent]:
    moves = [(EventKind.PLACED, "", OrderStatus.PENDING)]
    if order.status == OrderStatus.CONFIRMED:
        moves.append((EventKind.CONFIRMED, OrderStatus.PENDING, OrderStatus.CONFIRMED))
    return OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            sequence=sequence,
            kind=kind,
            from_status=before,
            to_status=after,
            actor_kind=actor.kind,
            actor_label=actor.label[:200],
            at=at,
        )
        for sequence, (kind, before, after) in enumerate(moves, start=1)
    )
