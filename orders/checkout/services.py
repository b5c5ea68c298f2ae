"""Placing an order: a cart becomes an order in one transaction, or nothing happens at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.addresses import AddressData
from accounts.identity import clean_email
from accounts.models import Customer
from accounts.people import Person, person_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutData:
    """What a shopper says to order a cart; amounts in minor units of the cart's currency.

    `expected_total_minor` is the total the shopper saw, and `expected_due_minor` what gift cards
    left to pay of it: an order that would cost something else is refused. `payment_method` may be
    empty where nothing is left to pay, `shipping_method` where nothing is delivered. Without a
    `billing_address` it is the shipping address.
    """

    email: str
    shipping_address: AddressData
    billing_address: AddressData | None = None
    shipping_method: str = ""
    payment_method: str = ""
    expected_total_minor: int | None = None
    expected_due_minor: int | None = None
    note: str = ""
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class _Sale:
    """What is sold, to whom and how, once nothing stands against it but stock and limits."""

    items: Sequence[CartItem]
    lines: Sequence[LineFacts]
    customer: Customer
    person: Callable[[], Person]
    quote: Quote
    uses: Sequence[CardUse]
    shipping: ShippingQuote
    payment: PaymentMethod

    @property
    def is_confirmed(self) -> bool:
        """Whether the order waits for no payment."""
        return not self.quote.total_minor or self.payment.settlement == Settlement.ON_DELIVERY

    @property
    def cards_used(self) -> list[CardUse]:
        """The gift cards that pay something of it."""
        return [use for use in self.uses if use.used_minor]


def place_order(cart: Cart, data: CheckoutData, *, actor: Actor, at: datetime) -> Order:
    """Order what is in the cart: prices are calculated again, stock is reserved, promotions
    counted, the cart closed.

    The cart's gift cards pay what they hold. An order without a total, wholly paid by gift cards,
    or paid on delivery, is confirmed at once; the others wait for their payment as long as their
    stock is reserved. Raises `Invalid` for an e-mail that is none, `CartClosed`, `CartEmpty`,
    `TaxRateMissing`, `ShippingMethodInvalid`, `PaymentMethodInvalid`, `AmountNotAccepted`,
    `CodeNotApplied`, `PriceChanged`, `InsufficientStock`, `CouponExhausted`, `GiftCardShort`;
    nothing is written then. Publishes `OrderPlaced`, and `OrderConfirmed` if it needs no payment.
    The order comes back with its items and timeline loaded.
    """
    data = replace(data, email=clean_email(data.email))
    for attempt in range(NUMBER_TRIES):
        number = new_number()
        try:
            with transaction.atomic():
                return _place(cart, data, number=number, actor=actor, at=at)
        except IntegrityError:
            taken = Order.objects.filter(number=number).exists()
            if not taken or attempt == NUMBER_TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _place(cart: Cart, data: CheckoutData, *, number: str, actor: Actor, at: datetime) -> Order:
    cart = _lock_cart(cart)
    sale = _sale_of(cart, data, at=at)
    quote = sale.quote
    until = hold_until(sale.payment.settlement, at) if quote.total_minor else None
    reserve_or_fall(_demand(sale.lines), holder=f"order:{number}", expires_at=until, at=at)
    # Stock before promotions, as where an order is canceled: two orders of locks make a deadlock.
    note_tax_rates(quote)
    if quote.promotions:
        use_promotions(quote, order_number=number, person=sale.person(), at=at)

    order = _new_order(cart, data, sale, number=number, until=until, at=at)
    order.derive_statuses(ordered=sum(line.quantity for line in quote.lines), shipped=0)
    order.save(force_insert=True)
    items = _write_items(order, quote, sale.items)
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
    if sale.is_confirmed:
        publish(OrderConfirmed(order_id=order.pk))
    if sale.cards_used:
        take_cards(order, sale.cards_used, actor=actor, at=at)
        return Order.objects.for_detail().get(pk=order.pk)
    return order


def _sale_of(cart: Cart, data: CheckoutData, *, at: datetime) -> _Sale:
    """The sale as the shopper saw it, or why it cannot be."""
    to_order = items_to_order(cart, at=at)
    lines = facts_of(to_order, cart.currency, at=at)
    if not lines:
        raise CartEmpty
    book = PriceBook()
    address = data.shipping_address
    person = cache(lambda: person_of(email=data.email, customer=cart.customer))
    customer = cart.customer or guest_customer(
        email=data.email, name=address.name, phone=address.phone, at=at
    )
    quote = quote_for(
        lines,
        currency=cart.currency,
        country=address.country,
        region=address.region,
        postal_code=address.postal_code,
        shipping_method=data.shipping_method or None,
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
    _require_as_seen(quote, due_minor, data)
    _require_usable(uses)
    shipping = _chosen_shipping(quote, data.shipping_method)
    require_taxed(quote)
    payment = (
        _chosen_payment(
            data.payment_method,
            due_minor=due_minor,
            currency=quote.currency,
            country=address.country,
            book=book,
        )
        if due_minor
        else _nothing_to_choose(quote)
    )
    return _Sale(to_order, lines, customer, person, quote, uses, shipping, payment)


def _new_order(
    cart: Cart,
    data: CheckoutData,
    sale: _Sale,
    *,
    number: str,
    until: datetime | None,
    at: datetime,
) -> Order:
    quote = sale.quote
    return Order(
        number=number,
        cart=cart,
        customer=sale.customer,
        email=data.email,
        language=get_language() or settings.LANGUAGE_CODE,
        channel=data.channel,
        status=OrderStatus.CONFIRMED if sale.is_confirmed else OrderStatus.PENDING,
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
        shipping_address=data.shipping_address.as_dict(),
        billing_address=(data.billing_address or data.shipping_address).as_dict(),
        shipping_country=data.shipping_address.country,
        shipping_method_code=sale.shipping.code,
        shipping_method_name=sale.shipping.name,
        arrives_from=sale.shipping.arrives_from,
        arrives_to=sale.shipping.arrives_to,
        payment_method_code=sale.payment.code,
        payment_method_name=sale.payment.name,
        payment_provider=sale.payment.provider,
        coupon_codes=list(quote.codes_used),
        coupon_code=", ".join(quote.codes_used),
        gift_cards=[
            {"last4": use.card.last4, "amount_minor": use.used_minor} for use in sale.cards_used
        ],
        trace=trace_of(quote),
        note=data.note.strip()[:1000],
        placed_at=at,
        confirmed_at=at if sale.is_confirmed else None,
        hold_expires_at=None if sale.is_confirmed else until,
    )


def _require_as_seen(quote: Quote, due_minor: int, data: CheckoutData) -> None:
    """Refuse an order that would cost, or leave to pay, something else than the shopper saw.

    A client that says no total has seen the code accepted; without it the order
    costs more than it thinks.
    """
    wire = quote_wire(quote, due_minor=due_minor)
    lost = [code for code in quote.coupons if not code.applied]
    if lost and data.expected_total_minor is None:
        raise CodeNotApplied(quote=wire, code=lost[0].code, reason=lost[0].reason)
    if data.expected_total_minor not in {None, quote.total_minor}:
        raise PriceChanged(quote=wire)
    if data.expected_due_minor not in {None, due_minor}:
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
