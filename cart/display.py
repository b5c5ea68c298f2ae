"""A cart as pages and the API show it: lines, notices, and the quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cart.gift_cards import CardUse, card_uses, coverable_minor, greeting_line
from cart.models import Cart, CartItem
from cart.services import facts_of, items_of, shopper_of
from catalog.models import ProductImage
from catalog.prices.lookup import is_available, price_before
from pricing.calculator import LineFacts, Quote
from pricing.explanation import Group, explain_quote, grouped
from pricing.price_book import PriceBook
from pricing.quotes import quote_for, tax_problem
from shop.core.money import format_price


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that changed since the shopper looked last, in words."""

    kind: str
    text: str
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line of a cart.

    `available` is how many units can be sold; `changed` says what is new about it.
    """

    item: CartItem
    unit_price_minor: int
    # The price that a reduction is announced against; None without one.
    before_minor: int | None
    total_minor: int
    available: int
    is_sold: bool
    changed: str

    @property
    def name(self) -> str:
        return self.item.variant.product.name

    @property
    def greeting_line(self) -> str:
        """Whom a gift card is for; empty for everything else."""
        return greeting_line(self.item.greeting)

    @property
    def was_total_minor(self) -> int | None:
        """What the line cost before a reduction; None without one."""
        return self.before_minor * self.item.quantity if self.before_minor else None

    @property
    def image(self) -> ProductImage | None:
        """The variant's picture, else the product's first."""
        return self.item.variant.shown_image

    @property
    def is_in_stock(self) -> bool:
        """Whether all units are here, so that nothing has to come first."""
        return self.item.variant.stock_item.holds(self.item.quantity)

    @property
    def is_orderable(self) -> bool:
        """Whether it could be ordered as it stands."""
        return self.is_sold and self.item.quantity <= self.available


@dataclass(frozen=True, slots=True)
class CartView:
    """Everything about a cart at one moment."""

    cart: Cart
    lines: list[CartLine]
    saved: list[CartLine]
    quote: Quote
    notices: list[Notice]
    country: str
    cards: list[CardUse]

    @property
    def due_minor(self) -> int:
        """What gift cards leave to pay."""
        return self.quote.total_minor - sum(use.used_minor for use in self.cards)

    @property
    def explanation(self) -> list[Group]:
        """Why each line, and delivery, costs what it costs."""
        return grouped(explain_quote(self.quote))

    @property
    def page_notices(self) -> list[Notice]:
        """What a page says first; what became of a code stands beside the code."""
        return [notice for notice in self.notices if notice.kind != "coupon"]

    @property
    def count(self) -> int:
        """Units in the cart."""
        return sum(line.item.quantity for line in self.lines)

    @property
    def is_orderable(self) -> bool:
        """Whether every line could be ordered as it stands."""
        return bool(self.lines) and all(line.is_orderable for line in self.lines)

    @property
    def has_changed(self) -> bool:
        """Whether a price, or what it is in, is not what the shopper saw last."""
        return any(notice.kind in {"price", "currency"} for notice in self.notices)

    @property
    def free_shipping_missing_minor(self) -> int | None:
        """What is missing for free delivery; 0 if it is free, None if this way of
        delivery never is.
        """
        shipping = self.quote.shipping
        if shipping is None or shipping.free_from_minor is None:
            return None
        return max(shipping.free_from_minor - self.quote.goods_minor, 0)

    @property
    def free_shipping_from_minor(self) -> int:
        """From which value of goods delivery is free; 0 if it never is."""
        return (self.quote.shipping.free_from_minor or 0) if self.quote.shipping else 0


def view_cart(
    cart: Cart,
    *,
    country: str,
    region: str = "",
    postal_code: str = "",
    shipping_method: str | None = None,
    customer_key: str = "",
    at: datetime,
    has_pictures: bool = True,
    book: PriceBook | None = None,
) -> CartView:
    """The cart with its quote: at most 7 queries in the shop's own currency, 10 with a coupon; one
    more with gift cards, and one with reduced prices; one less without pictures.

    And one less with an open `book`.
    """
    # A cart that nobody has put anything into yet is no row.
    items = items_of(cart, has_pictures=has_pictures) if cart.pk else []
    facts = {fact.key: fact for fact in facts_of(items, cart.currency, at=at)}
    lines, saved, notices = _lines_of(items, facts, cart.currency, at=at)
    dead = {item.seen_currency for item in items if not is_available(item.seen_currency)}
    if dead:
        text = _("The shop no longer sells in %(was)s. Prices are now in %(now)s.")
        names = {"was": ", ".join(sorted(dead)), "now": cart.currency}
        notices.insert(0, Notice("currency", text % names))
    quote = quote_for(
        [facts[str(line.item.pk)] for line in lines if line.is_sold],
        currency=cart.currency,
        country=country,
        region=region,
        postal_code=postal_code,
        shipping_method=shipping_method,
        codes=cart.coupon_codes,
        shopper=shopper_of(cart, customer_key),
        at=at,
        book=book,
    )
    if lines:
        notices += [
            Notice("coupon", f"{code.code}: {code.reason}")
            for code in quote.coupons
            if not code.applied
        ]
    if problem := tax_problem(quote):
        notices.append(Notice("tax", str(problem.message)))
    coverable = coverable_minor(quote, items)
    cards = card_uses(cart, coverable, at=at)
    if cards and coverable < quote.total_minor:
        notices.append(Notice("gift_card", _("Gift cards can't be used to buy other gift cards.")))
    notices += [Notice("gift_card", f"{use.label}: {use.problem}") for use in cards if use.problem]
    return CartView(cart, lines, saved, quote, notices, country, cards)


def _lines_of(
    items: Iterable[CartItem], facts: Mapping[str, LineFacts], currency: str, *, at: datetime
) -> tuple[list[CartLine], list[CartLine], list[Notice]]:
    """The lines to order, those saved for later, and what changed about the former."""
    notices: list[Notice] = []
    lines: list[CartLine] = []
    saved: list[CartLine] = []
    for item in items:
        fact = facts[str(item.pk)]
        is_sold = item.is_sold(at=at)
        changes = _changes(item, fact.unit_price_minor, currency, is_sold=is_sold)
        line = CartLine(
            item=item,
            unit_price_minor=fact.unit_price_minor,
            before_minor=price_before(fact.unit_price_minor, fact.compare_at_minor, fact.low_minor),
            total_minor=fact.unit_price_minor * item.quantity,
            available=item.variant.stock_item.sellable,
            is_sold=is_sold,
            changed=" ".join(notice.text for notice in changes),
        )
        (saved if item.is_saved else lines).append(line)
        if not item.is_saved:
            notices += [
                Notice(notice.kind, f"{line.name}: {notice.text}", item.pk) for notice in changes
            ]
    return lines, saved, notices


def _changes(item: CartItem, price_minor: int, currency: str, *, is_sold: bool) -> list[Notice]:
    """What differs from what the shopper saw: no longer sold, fewer in stock, another price."""
    if not is_sold:
        return [Notice("gone", _("This item is no longer available. Remove it to continue."))]
    changes = []
    left = item.variant.stock_item.sellable
    if left == 0:
        changes.append(Notice("stock", _("This item has sold out.")))
    elif left < item.quantity:
        text = _("Only %(count)d left.")
        changes.append(Notice("stock", text % {"count": left}))
    if item.seen_currency == currency and item.seen_price_minor != price_minor:
        was = format_price(item.seen_price_minor, currency)
        now = format_price(price_minor, currency)
        text = (
            _("The price dropped from %(was)s to %(now)s.")
            if price_minor < item.seen_price_minor
            else _("The price increased from %(was)s to %(now)s.")
        )
        changes.append(Notice("price", text % {"was": was, "now": now}))
    return changes
