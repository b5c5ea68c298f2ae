"""What visitors do with carts.

Every change locks the cart, so that two clicks at once count as two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.people import person_of
from cart.errors import (
    AnotherGreeting,
    CartFull,
    CouponNotApplicable,
    GiftCardNotUsable,
    ItemNotSold,
    NoSuchVariant,
    VariantNotChosen,
)
from cart.gift_cards import card_problem
from cart.models import Cart, CartItem
from catalog.models import Product, ProductImage, Variant
from catalog.prices.lookup import Price, is_available, percent_off, prices_for, thirty_day_lows
from inventory.errors import InsufficientStock
from pricing.calculator import LineFacts
from pricing.gift_card_codes import clean_code
from pricing.models import Coupon, GiftCard
from pricing.quotes import Shopper, quote_for
from shop.core.errors import Invalid, NotFound
from shop.core.prepared import Prepared, keep_loaded

MAX_LINES = 100
MAX_QUANTITY = 999
MAX_CODES = 5
MAX_GIFT_CARDS = 5
# A class that no country has a rate for.
NO_TAX = "none"

_OPEN_LOCKED = Prepared(lambda pk: Cart.objects.locked().open().filter(pk=pk))
_SOLD = Prepared(
    lambda sku, at: (
        Variant.objects.sold(at=at)
        .filter(sku=sku)
        .select_related("product", "stock_item")
        .order_by()
    )
)
_IN_CART = Prepared(lambda cart, variant: CartItem.objects.filter(cart=cart, variant=variant))
_LINES = Prepared(lambda cart: CartItem.objects.filter(cart=cart).for_pricing())
_PICTURED_LINES = Prepared(
    lambda cart: CartItem.objects.filter(cart=cart).for_pricing().select_related("variant__image")
)
_PICTURES = Prepared(lambda products: ProductImage.objects.filter(product__in=products))


def new_guest_cart(*, currency: str, at: datetime) -> Cart:
    """A cart that is written with its first item."""
    return Cart(currency=currency, created_at=at, updated_at=at)


def open_cart(*, customer: Customer | None, currency: str = "", at: datetime) -> Cart:
    """The customer's open cart, made if needed; for a guest always a new one."""
    if customer is not None:
        found = Cart.objects.open().filter(customer=customer).first()
        if found is not None:
            return found
    try:
        with transaction.atomic():
            return Cart.objects.create(
                customer=customer,
                currency=currency or settings.DEFAULT_CURRENCY,
                created_at=at,
                updated_at=at,
            )
    except IntegrityError:
        # Somebody made it a moment ago; there is one for each customer.
        return Cart.objects.open().get(customer=customer)


def find_variant(
    *, sku: str = "", variant_id: int | None = None, product_id: int | None = None, at: datetime
) -> Variant:
    """The variant a client names by SKU, by id, or by a product that has only one.

    Raises `NoSuchVariant`, `VariantNotChosen`.
    """
    variants = Variant.objects.sold(at=at).select_related("product", "stock_item")
    if sku:
        found = _SOLD(sku=sku, at=at)
    elif variant_id is not None:
        found = list(variants.filter(pk=variant_id))
    elif product_id is not None:
        found = list(variants.filter(product_id=product_id)[:2])
    else:
        found = []
    if not found:
        raise NoSuchVariant
    if len(found) > 1:
        raise VariantNotChosen
    return found[0]


def add_to_cart(
    cart: Cart,
    variant: Variant,
    *,
    quantity: int,
    greeting: dict[str, str] | None = None,
    at: datetime,
) -> CartItem:
    """Put `quantity` more units into the cart, and write the cart if it is new. The
    item's `cart` is the fresh one.

    `greeting` is for gift cards: whom they are for (see `cart.gift_cards.GREETING`); more units of
    one go to the same person. Raises `InsufficientStock` if the cart would then ask for more than
    can be sold, `CartFull`, `AnotherGreeting`, `Invalid` for a greeting on something else,
    `NoSuchVariant` for what was deleted meanwhile.
    """
    try:
        return _add(cart, variant, quantity=quantity, greeting=greeting or {}, at=at)
    except IntegrityError:
        # Looking before the commit would not see a deletion that has not committed yet.
        if Variant.objects.filter(pk=variant.pk).exists():
            raise
        raise NoSuchVariant from None


@transaction.atomic
def _add(
    cart: Cart, variant: Variant, *, quantity: int, greeting: dict[str, str], at: datetime
) -> CartItem:
    greeting = {name: text for name, text in greeting.items() if text}
    if greeting and not variant.product.is_gift_card:
        raise Invalid(errors={"gift_card": [_("Only gift cards can have a recipient.")]})
    is_new = cart.pk is None
    if is_new:
        # Nobody else knows it yet: there is nothing to lock, to count or to look for.
        cart.save(force_insert=True)
        item = None
    else:
        cart = _locked(cart)
        item = _IN_CART.first(cart=cart.pk, variant=variant.pk)
    if item and greeting and item.greeting and item.greeting != greeting:
        raise AnotherGreeting
    wanted = quantity + (item.quantity if item and not item.is_saved else 0)
    _require_stock(variant, wanted)
    price = prices_for([variant], cart.currency)[variant.pk]
    if item is None:
        if not is_new and CartItem.objects.filter(cart=cart).count() >= MAX_LINES:
            raise CartFull
        item = CartItem(cart=cart, variant=variant, added_at=at)
    item.cart = cart
    item.greeting = greeting or item.greeting
    item.quantity = wanted
    item.is_saved = False
    item.seen_price_minor, item.seen_currency = price.price_minor, price.currency
    item.save()
    if not is_new:
        _touch(cart, at)
    return item


@transaction.atomic
def change_quantity(cart: Cart, item_id: int, *, quantity: int, at: datetime) -> CartItem | None:
    """Set the units of an item; 0 removes it and returns None.

    Raises `NotFound` for an item of another cart, `InsufficientStock`, `CartFull`.
    """
    cart = _locked(cart)
    item = _item_of(cart, item_id)
    if quantity == 0:
        item.delete()
        _touch(cart, at)
        return None
    # Fewer is always allowed, even if that is still more than there is.
    if quantity > item.quantity:
        _require_stock(item.variant, quantity)
    item.quantity = quantity
    price = prices_for([item.variant], cart.currency)[item.variant_id]
    item.seen_price_minor, item.seen_currency = price.price_minor, price.currency
    item.save(update_fields=["quantity", "seen_price_minor", "seen_currency"])
    _touch(cart, at)
    return item


@transaction.atomic
def change_quantities(cart: Cart, wanted: Mapping[int, int], *, at: datetime) -> None:
    """Set the units of several items, all or none; those that are not in the cart
    any more are left alone.

    Raises `InsufficientStock`, `CartFull`, `NotFound` for a cart that is gone.
    """
    cart = _locked(cart)
    held = dict(CartItem.objects.filter(cart=cart).values_list("pk", "quantity"))
    for pk in sorted(wanted.keys() & held.keys()):
        if wanted[pk] != held[pk]:
            change_quantity(cart, pk, quantity=wanted[pk], at=at)


@transaction.atomic
def remove_item(cart: Cart, item_id: int, *, at: datetime) -> CartItem:
    """Take an item out and return what it was, so that it can be put back. Raises `NotFound`."""
    cart = _locked(cart)
    item = _item_of(cart, item_id)
    CartItem.objects.filter(pk=item.pk).delete()
    _touch(cart, at)
    return item


@transaction.atomic
def save_for_later(cart: Cart, item_id: int, *, is_saved: bool, at: datetime) -> CartItem:
    """Lay an item aside, or take it back into the cart. Raises `NotFound`, `InsufficientStock`."""
    cart = _locked(cart)
    item = _item_of(cart, item_id)
    if not is_saved:
        _require_stock(item.variant, item.quantity)
    item.is_saved = is_saved
    item.save(update_fields=["is_saved"])
    _touch(cart, at)
    return item


@transaction.atomic
def clear_cart(cart: Cart, *, at: datetime) -> None:
    """Take everything out, codes and gift cards too. What was saved for later stays."""
    cart = _locked(cart)
    CartItem.objects.filter(cart=cart).to_buy().delete()
    cart.coupon_codes, cart.gift_card_ids = [], []
    cart.save(update_fields=["coupon_codes", "gift_card_ids"])
    _touch(cart, at)


@transaction.atomic
def apply_coupon(
    cart: Cart, code: str, *, country: str, customer_key: str = "", at: datetime
) -> Cart:
    """Remember the code if it works for what is in the cart, beside those that are there.

    One that cannot be combined takes the place of others where that is better for the shopper;
    these stay in the cart and say so. Raises `CouponNotApplicable` with the reason in words; the
    cart keeps the codes it had.
    """
    cart = _locked(cart)
    others = _other_codes(cart, code)
    if len(others) >= MAX_CODES:
        raise CouponNotApplicable(_("You can use up to five codes. Remove one to add another."))
    quote = quote_for(
        cart_lines(cart, at=at),
        currency=cart.currency,
        country=country,
        codes=[*others, code],
        shopper=shopper_of(cart, customer_key),
        at=at,
    )
    outcome = quote.coupons[-1]
    if not outcome.applied:
        raise CouponNotApplicable(outcome.reason)
    cart.coupon_codes = [*others, outcome.code]
    cart.save(update_fields=["coupon_codes"])
    _touch(cart, at)
    return cart


@transaction.atomic
def remove_coupon(cart: Cart, code: str = "", *, at: datetime) -> Cart:
    """Forget a code, or all of them."""
    cart = _locked(cart)
    cart.coupon_codes = _other_codes(cart, code) if code else []
    cart.save(update_fields=["coupon_codes"])
    _touch(cart, at)
    return cart


def find_gift_card(code: str) -> GiftCard:
    """The card with this code.

    Raises `GiftCardNotUsable` if there is none or it was switched off.
    """
    card = GiftCard.objects.with_code(code).filter(is_active=True).first()
    if card is None:
        raise GiftCardNotUsable
    return card


@transaction.atomic
def apply_gift_card(cart: Cart, code: str, *, at: datetime) -> Cart:
    """Have a gift card pay for the cart, as far as it goes. One that does so
    already changes nothing.

    Raises `GiftCardNotUsable` with the reason in words.
    """
    cart = _locked(cart)
    card = find_gift_card(code)
    if card.pk in cart.gift_card_ids:
        return cart
    if problem := card_problem(card, cart.currency, at=at):
        raise GiftCardNotUsable(problem)
    if len(cart.gift_card_ids) >= MAX_GIFT_CARDS:
        raise GiftCardNotUsable(
            _("You can use up to %(count)d gift cards per order.") % {"count": MAX_GIFT_CARDS}
        )
    cart.gift_card_ids = [*cart.gift_card_ids, card.pk]
    cart.save(update_fields=["gift_card_ids"])
    _touch(cart, at)
    return cart


def apply_code(
    cart: Cart, code: str, *, country: str, customer_key: str = "", at: datetime
) -> Cart:
    """Use a code that may be a coupon's or a gift card's: a card's is long, and no
    coupon is called like it.

    Raises `GiftCardNotUsable` or `CouponNotApplicable`.
    """
    if clean_code(code) and not Coupon.objects.with_codes([code]).exists():
        return apply_gift_card(cart, code, at=at)
    return apply_coupon(cart, code, country=country, customer_key=customer_key, at=at)


@transaction.atomic
def remove_gift_cards(cart: Cart, *, last4: str = "", at: datetime) -> Cart:
    """Take the gift cards that end in `last4` out of the cart, or all of them."""
    cart = _locked(cart)
    cards = GiftCard.objects.filter(pk__in=cart.gift_card_ids)
    if last4:
        cards = cards.filter(last4=last4)
    gone = set(cards.values_list("pk", flat=True))
    cart.gift_card_ids = [pk for pk in cart.gift_card_ids if pk not in gone]
    cart.save(update_fields=["gift_card_ids"])
    _touch(cart, at)
    return cart


def change_currency(cart: Cart, currency: str, *, at: datetime) -> Cart:
    """Price the cart in another currency of the shop; an unknown one changes nothing."""
    # Every look at the cart asks this: a transaction, which SQLite grants to one at a
    # time, is for changes only.
    if currency == cart.currency or not is_available(currency):
        return cart
    return _change_currency(cart, currency, at=at)


def in_sold_currency(cart: Cart, *, at: datetime) -> Cart:
    """The cart, priced in the shop's own currency where its own has no rate any more."""
    if is_available(cart.currency):
        return cart
    return _change_currency(cart, settings.DEFAULT_CURRENCY, at=at)


@transaction.atomic
def _change_currency(cart: Cart, currency: str, *, at: datetime) -> Cart:
    cart = _locked(cart)
    cart.currency = currency
    cart.save(update_fields=["currency"])
    _touch(cart, at)
    return cart


@transaction.atomic
def merge_carts(guest: Cart, customer: Customer, *, at: datetime) -> list[str]:
    """Move a guest's cart into the customer's and return in words what could not
    be taken over whole.

    Quantities are added up, to what can be sold. A cart that is merged or ordered
    already changes nothing.
    """
    target = open_cart(customer=customer, currency=guest.currency, at=at)
    carts = {cart.pk: cart for cart in Cart.objects.locked().filter(pk__in=[guest.pk, target.pk])}
    source, own = carts.get(guest.pk), carts[target.pk]
    if source is None or source.customer_id is not None or source.closed_at or source == own:
        return []
    mine = {item.variant_id: item for item in own.items.all()}
    notices: list[str] = []
    for item in source.items.select_related("variant__product", "variant__stock_item"):
        _merge_item(own, item, mine, notices, at=at)
    codes = dict.fromkeys([*own.coupon_codes, *source.coupon_codes])
    own.coupon_codes = list(codes)[:MAX_CODES]
    cards = dict.fromkeys([*own.gift_card_ids, *source.gift_card_ids])
    own.gift_card_ids = list(cards)[:MAX_GIFT_CARDS]
    own.save(update_fields=["coupon_codes", "gift_card_ids"])
    source.delete()
    _touch(own, at)
    return notices


@transaction.atomic
def put_back(
    cart: Cart,
    items: Sequence[CartItem],
    *,
    codes: Sequence[str],
    gift_card_ids: Sequence[int],
    at: datetime,
) -> list[str]:
    """Put unsaved `items` of a canceled order into the cart, beside what is there;
    a new cart is written.

    Returns in words what could not be taken whole. Raises `NotFound` for a cart
    that was ordered meanwhile.
    """
    is_new = cart.pk is None
    if is_new:
        cart.save(force_insert=True)
    target = cart if is_new else _locked(cart)
    mine = {item.variant_id: item for item in target.items.all()}
    notices: list[str] = []
    for item in items:
        _merge_item(target, item, mine, notices, at=at)
    target.coupon_codes = list(dict.fromkeys([*target.coupon_codes, *codes]))[:MAX_CODES]
    cards = dict.fromkeys([*target.gift_card_ids, *gift_card_ids])
    target.gift_card_ids = list(cards)[:MAX_GIFT_CARDS]
    target.save(update_fields=["coupon_codes", "gift_card_ids"])
    _touch(target, at)
    return notices


def _merge_item(
    own: Cart, item: CartItem, mine: dict[int, CartItem], notices: list[str], *, at: datetime
) -> None:
    name = item.variant.product.name
    present = mine.get(item.variant_id)
    if present is None and len(mine) >= MAX_LINES:
        notices.append(_("%(name)s was not added because the cart is full.") % {"name": name})
        return
    if not item.is_sold(at=at):
        notices.append(_("%(name)s is no longer available.") % {"name": name})
    if present is not None and item.is_saved:
        # What is in the cart, or saved there already, is not laid aside by what a guest had saved.
        return
    if present is not None and present.greeting != item.greeting:
        notices.append(f"{name}: {AnotherGreeting.default_message}")
        return
    before = present.quantity if present and not present.is_saved else 0
    wanted = before + item.quantity
    left = item.variant.stock_item.sellable
    # What was in the cart stays, even where stock has gone meanwhile: the cart's
    # notices tell of that.
    taken = wanted if item.is_saved else min(wanted, max(left, before, 1), MAX_QUANTITY)
    if taken < wanted and left:
        notices.append(_merge_notice(name, taken))
    if present is None:
        present = CartItem(cart=own, variant=item.variant, added_at=item.added_at)
        mine[item.variant_id] = present
    present.quantity = taken
    present.is_saved = item.is_saved
    present.greeting = item.greeting
    present.seen_price_minor = item.seen_price_minor
    present.seen_currency = item.seen_currency
    present.save()


def _merge_notice(name: str, taken: int) -> str:
    message = _("Not enough stock of %(name)s for both carts. Your cart now has %(count)d.")
    return message % {"count": taken, "name": name}


@transaction.atomic
def mark_seen(cart: Cart, *, at: datetime) -> None:
    """Remember the present prices as the ones the shopper has seen."""
    cart = _locked(cart)
    items = list(cart.items.select_related("variant"))
    prices = prices_for([item.variant for item in items], cart.currency)
    for item in items:
        price = prices[item.variant_id]
        item.seen_price_minor, item.seen_currency = price.price_minor, price.currency
    CartItem.objects.bulk_update(items, ["seen_price_minor", "seen_currency"])


def cart_lines(cart: Cart, *, at: datetime) -> list[LineFacts]:
    """What is to be bought, for the calculator; `key` is the item's id. Raises `ItemNotSold`."""
    return facts_of(items_to_order(cart, at=at), cart.currency, at=at)


def items_to_order(cart: Cart, *, at: datetime) -> list[CartItem]:
    """What is to be bought, with its pictures: at most 2 queries. Raises `ItemNotSold`."""
    items = [item for item in items_of(cart) if not item.is_saved]
    for item in items:
        if not item.is_sold(at=at):
            raise ItemNotSold(sku=item.variant.sku)
    return items


def items_of(cart: Cart, *, has_pictures: bool = True) -> list[CartItem]:
    """All items, those saved for later too, with all that a line shows: 1 query,
    and 1 for pictures.
    """
    if not has_pictures:
        return _LINES(cart=cart.pk)
    items = _PICTURED_LINES(cart=cart.pk)
    # A variant with a picture of its own shows no other.
    plain = {item.variant.product_id for item in items if item.variant.image_id is None}
    pictures: dict[int, list[ProductImage]] = {}
    for picture in _PICTURES(products=sorted(plain)) if plain else ():
        pictures.setdefault(picture.product_id, []).append(picture)
    for item in items:
        if item.variant.product_id in plain:
            product = item.variant.product
            keep_loaded(product, "images", pictures.get(product.pk, []))
    return items


def facts_of(
    items: Sequence[CartItem], currency: str, *, at: datetime | None = None
) -> list[LineFacts]:
    """The calculator's view of cart items: no query in the shop's own currency, at most two else.

    With `at` reduced prices know the lowest of the 30 days before them: 1 query
    more if there are any.
    """
    prices = prices_for([item.variant for item in items], currency)
    reduced = [item.variant for item in items if prices[item.variant_id].is_reduced]
    lows = thirty_day_lows(reduced, currency, at) if at and reduced else {}
    return [_facts_of(item, prices[item.variant_id], lows.get(item.variant_id)) for item in items]


def _facts_of(item: CartItem, price: Price, low_minor: int | None) -> LineFacts:
    variant = item.variant
    return LineFacts(
        key=str(item.pk),
        sku=variant.sku,
        name=variant.product.name,
        quantity=item.quantity,
        unit_price_minor=price.price_minor,
        compare_at_minor=price.compare_at_minor,
        low_minor=low_minor,
        percent_off=percent_off(price.price_minor, price.compare_at_minor, low_minor),
        tax_class=tax_class_of(variant.product),
        weight_g=variant.weight_g,
        category_ids=frozenset({variant.product.category_id}),
        product_id=variant.product_id,
        is_gift_card=variant.product.is_gift_card,
        is_waiting=not variant.stock_item.holds(item.quantity),
        back_on=variant.stock_item.backorder_until,
    )


def tax_class_of(product: Product) -> str:
    """The code of a product's tax class.

    A gift card that can be spent on anything is taxed when it is spent (Directive
    2006/112/EC, art. 30b).
    """
    return NO_TAX if product.is_gift_card else product.tax_class.code


def close_cart(cart: Cart, *, at: datetime) -> None:
    """Close a cart that an order came from; what was saved for later moves to a new one."""
    Cart.objects.filter(pk=cart.pk, closed_at__isnull=True).update(
        closed_at=at, updated_at=at, version=F("version") + 1
    )
    saved = CartItem.objects.filter(cart=cart, is_saved=True)
    if cart.customer_id is not None and saved.exists():
        saved.update(cart=open_cart(customer=cart.customer, currency=cart.currency, at=at))


def shopper_of(cart: Cart, email: str) -> Shopper:
    """Whose cart it is, as far as it is known. Only who has signed in gets what is for a group."""
    is_known = bool(email) or cart.customer_id is not None
    return Shopper(
        person=cache(lambda: person_of(email=email, customer=cart.customer)) if is_known else None,
        customer_id=cart.customer_id,
    )


def _other_codes(cart: Cart, code: str) -> list[str]:
    return [other for other in cart.coupon_codes if other.upper() != code.strip().upper()]


def _locked(cart: Cart) -> Cart:
    """The open cart, locked. Raises `NotFound` for one that was ordered or merged meanwhile."""
    locked = _OPEN_LOCKED.first(pk=cart.pk)
    if locked is None:
        raise NotFound(_("This cart is no longer available. Start a new one."))
    return locked


def _item_of(cart: Cart, item_id: int) -> CartItem:
    item = (
        CartItem.objects.filter(cart=cart, pk=item_id)
        .select_related("variant__product", "variant__stock_item")
        .first()
    )
    if item is None:
        raise NotFound
    return item


def _require_stock(variant: Variant, wanted: int) -> None:
    if wanted > MAX_QUANTITY:
        raise CartFull
    left = variant.stock_item.sellable
    if wanted <= left:
        return
    message = _("Only %(count)d of %(name)s left.") if left else _("%(name)s is sold out.")
    raise InsufficientStock(
        message % {"count": left, "name": variant.product.name},
        sku=variant.sku,
        available=left,
        requested=wanted,
        items=[{"sku": variant.sku, "available": left, "requested": wanted}],
    )


def _touch(cart: Cart, at: datetime) -> None:
    Cart.objects.filter(pk=cart.pk).update(updated_at=at, version=F("version") + 1)
