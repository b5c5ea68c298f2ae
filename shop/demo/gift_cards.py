"""The demo's gift cards: the product with its pictures and amounts, and some that
were bought, spent and lost.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from cart.models import Cart
from cart.services import add_to_cart, apply_gift_card, clear_cart, open_cart
from catalog.models import Variant
from orders.checkout import CheckoutData, place_order
from orders.gift_cards import issue_bought_cards
from orders.models import Order
from pricing.gift_cards import Greeting, adjust_card, issue_card, switch_card
from pricing.models import GiftCard
from pricing.states import Settlement
from shop.core.actors import Actor
from shop.core.models import OutboxDelivery
from shop.core.money import exponent
from shop.demo.logins import SHOPPER
from shop.demo.orders import Shopper, catch_up, find_shoppers, method_for
from shop.demo.stories import CLERK, HELPER, STORIES, pay

Row = dict[str, Any]

SLUG = "gift-card"
_TEXTS: Row = {
    "slug": SLUG,
    "name": "Gift card",
    "category": "books",
    "kind": "By e-mail, spent in one go or in parts",
    "lead": (
        "For when you know who, and not what. It comes by e-mail with your words, the minute it "
        "is paid."
    ),
    "headline": "Never too small, never the wrong color",
    "body": (
        "Choose a picture and an amount, and say whom it is for; without a name it comes to you. "
        "Whoever has the code types it in the cart. What is not spent stays on the card, which "
        "never runs out.\n\nA gift card pays for everything in the shop but other gift cards. One "
        "that nobody has spent can be given back."
    ),
    "care": "",
    "safety": "",
    "origin": "",
    "tags": ["gift"],
    "maker": "",
    "type": "",
    "tax_class": "standard",
    "guarantee_months": 0,
    "attributes": {},
    "impossible": [],
    "goes_with": [],
    "published_days_ago": 200,
    "is_returnable": False,
    "is_gift_card": True,
}


def gift_card_row(pricing: Row) -> Row:
    """The gift card as `products.json` would write it: each picture in each amount."""
    designs, amounts = pricing["gift_card_designs"], pricing["gift_card_amounts_minor"]
    own = settings.DEFAULT_CURRENCY if settings.DEFAULT_CURRENCY in amounts else "EUR"
    whole = 10 ** exponent(own)
    names = [str(minor // whole) for minor in amounts[own]]
    return _TEXTS | {
        "options": [
            {
                "name": "Picture",
                "values": [
                    {"value": each["name"], "code": each["code"].upper()} for each in designs
                ],
            },
            {"name": "Amount", "values": [{"value": name, "code": name} for name in names]},
        ],
        "pictures": [
            {
                "key": each["picture"],
                "alt": f"{each['name']}. {each['line']}",
                "hue": each["hue"],
                "cutout": True,
                "option": {"Picture": each["name"]},
            }
            for each in designs
        ],
        "variants": [
            {
                "sku": f"LN-GIFT-{design['code'][:4].upper()}-{name}",
                "barcode": "",
                "options": {"Picture": design["name"], "Amount": name},
                "currency": own,
                "price_minor": amounts[own][place],
                "prices_minor": {code: row[place] for code, row in amounts.items() if code != own},
                "compare_at_minor": None,
                "cost_minor": None,
                "weight_g": 0,
                "picture": design["picture"],
                "unit_quantity": None,
                "stock": {"on_hand": 0, "low_at": 0, "backorder_limit": 0, "backorder_days": None},
            }
            for design in designs
            for place, name in enumerate(names)
        ],
    }


def make_gift_cards(*, at: datetime) -> None:
    """Make a gift card that was bought, one that staff issued and that paid in
    part, and one that was lost.

    They are older than all other orders, so that invoices are numbered as time went. Does nothing
    once there are any, or without the demo's shopper.
    """
    ines = next((one for one in find_shoppers() if one.customer.email == SHOPPER), None)
    if ines is None or GiftCard.objects.exists():
        return
    before = OutboxDelivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _buy(ines, at=at - timedelta(days=159))
    sorry = _issue(
        2000,
        "The parcel came a week late.",
        Greeting(ines.customer.name, SHOPPER, "Linden", "Sorry for the wait."),
        at=at - timedelta(days=157),
    )
    _spend(ines, sorry, at=at - timedelta(days=156), now=at)
    lost = _issue(
        5000,
        "Prize of the spring draw.",
        Greeting("Jonas Feld", "jonas@linden.example"),
        at=at - timedelta(days=154),
    )
    adjust_card(
        lost,
        amount_minor=2500,
        reason="Second prize, on the same card.",
        reference="demo",
        actor=CLERK,
        at=at - timedelta(days=153),
    )
    switch_card(lost, is_active=False, reason="The e-mail was read by somebody else.", actor=HELPER)
    catch_up(before)


def _buy(shopper: Shopper, *, at: datetime) -> None:
    """A card for a friend, paid by card and issued at once."""
    variant = Variant.objects.select_related("product").get(sku="LN-GIFT-YOYO-50")
    cart = open_cart(customer=shopper.customer, at=at)
    clear_cart(cart, at=at)
    greeting = {
        "recipient_name": "Jonas Feld",
        "recipient_email": "jonas@linden.example",
        "sender_name": shopper.customer.name,
        "message": "Happy birthday! Find something that flies.",
    }
    add_to_cart(cart, variant, quantity=1, greeting=greeting, at=at)
    order = pay(_order(shopper, cart, at=at), at)
    issue_bought_cards(order.pk, at=at + timedelta(minutes=3))


def _issue(amount_minor: int, reason: str, greeting: Greeting, *, at: datetime) -> GiftCard:
    return issue_card(
        amount_minor=amount_minor,
        currency=settings.DEFAULT_CURRENCY,
        greeting=greeting,
        reason=reason,
        actor=CLERK,
        at=at,
    )


def _spend(shopper: Shopper, card: GiftCard, *, at: datetime, now: datetime) -> None:
    """An order that the card pays in part, and that arrives."""
    variant = Variant.objects.sold(at=at).filter(
        product__is_gift_card=False,
        price_minor__gte=3000,
        weight_g__lte=2000,
        stock_item__on_hand__gte=F("stock_item__reserved") + 1,
    )
    cart = open_cart(customer=shopper.customer, at=at)
    clear_cart(cart, at=at)
    add_to_cart(cart, variant.order_by("sku")[0], quantity=1, at=at)
    apply_gift_card(cart, card.code, at=at)
    order = _order(shopper, cart, shipping="standard", at=at)
    dice = random.Random(7)  # noqa: S311 - it plays, it guards nothing
    STORIES["completed"](order, at, now, dice)


def _order(shopper: Shopper, cart: Cart, *, shipping: str = "", at: datetime) -> Order:
    cart.refresh_from_db()
    customer = shopper.customer
    return place_order(
        cart,
        CheckoutData(
            email=customer.email,
            shipping_address=shopper.address,
            shipping_method=shipping,
            payment_method=method_for(shopper.address.country, Settlement.ONLINE).code,
        ),
        actor=Actor("customer", customer.email, customer.user_id),
        at=at,
    )
