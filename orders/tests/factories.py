"""A shop that can sell, and orders made by its own services."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from accounts.addresses import AddressData
from accounts.models import Customer
from cart.models import Cart
from cart.services import add_to_cart, open_cart
from catalog.models import Variant
from catalog.tests.factories import ProductFactory, TaxClassFactory, VariantFactory
from orders.checkout import CheckoutData, place_order
from orders.models import Order
from pricing.models import PaymentMethod, ShippingMethod, ShippingRate, ShippingZone, TaxRate
from pricing.states import Settlement, TaxMode
from shop.core.actors import GUEST, Actor

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CAROL = Actor("staff", "carol@example.com")


def make_shop() -> None:
    """German taxes, one way to deliver (4.90 EUR, free from 100 EUR), and four ways to pay."""
    tax_class = TaxClassFactory()
    TaxRate.objects.get_or_create(
        country="DE",
        tax_class=tax_class,
        valid_from=date(2020, 1, 1),
        defaults={"percent": "19", "mode": TaxMode.INCLUDED},
    )
    zone, _made = ShippingZone.objects.get_or_create(
        code="eu", defaults={"name": "Europe", "countries": ["DE", "AT", "FR"]}
    )
    method, _made = ShippingMethod.objects.get_or_create(
        zone=zone, code="standard", defaults={"name": "Standard"}
    )
    ShippingRate.objects.get_or_create(
        method=method, currency="EUR", defaults={"price_minor": 490, "free_from_minor": 10000}
    )
    for code, provider, settlement in [
        ("card", "test", Settlement.ONLINE),
        ("transfer", "manual", Settlement.TRANSFER),
        ("cash", "manual", Settlement.ON_DELIVERY),
    ]:
        PaymentMethod.objects.get_or_create(
            code=code,
            defaults={
                "name": code.title(),
                "provider": provider,
                "settlement": settlement,
                "instructions": "Account DE00 0000" if code == "transfer" else "",
            },
        )


def address(**changes: str) -> AddressData:
    """Where Alice lives."""
    fields = {
        "name": "Alice Lind",
        "line1": "Lindenstraße 7",
        "postal_code": "10969",
        "city": "Berlin",
        "country": "DE",
        **changes,
    }
    return AddressData(**fields)


def variant(sku: str, *, price_minor: int = 2000, on_hand: int = 10) -> Variant:
    """The variant of this SKU, made if needed."""
    return Variant.objects.filter(sku=sku).first() or VariantFactory(
        product=ProductFactory(name=sku.title()),
        sku=sku,
        price_minor=price_minor,
        on_hand=on_hand,
    )


def gift_card_variant(sku: str = "GIFT-50", *, price_minor: int = 5000) -> Variant:
    """A gift card of 50.00 EUR that the shop sells, made if needed."""
    return Variant.objects.filter(sku=sku).first() or VariantFactory(
        product=ProductFactory(name="Gift card", is_gift_card=True),
        sku=sku,
        price_minor=price_minor,
        on_hand=0,
        stock_item__is_tracked=False,
    )


def make_cart(*, customer: Customer | None = None, at: datetime = NOON, **units: int) -> Cart:
    """A cart with units by SKU: `make_cart(MUG=2)`."""
    cart = open_cart(customer=customer, at=at)
    for sku, quantity in (units or {"MUG": 1}).items():
        add_to_cart(cart, variant(sku), quantity=quantity, at=at)
    return cart


def make_order(
    *,
    customer: Customer | None = None,
    email: str = "alice@example.com",
    payment_method: str = "card",
    at: datetime = NOON,
    cart: Cart | None = None,
    items: dict[str, int] | None = None,
    actor: Actor = GUEST,
    **options: Any,
) -> Order:
    """An order for a mug at 20.00 EUR and 4.90 EUR for delivery, unless said otherwise."""
    make_shop()
    return place_order(
        cart or make_cart(customer=customer, at=at, **(items or {})),
        checkout_data(email=email, payment_method=payment_method, **options),
        actor=actor,
        at=at,
    )


def checkout_data(**changes: Any) -> CheckoutData:
    """What Alice says: to Berlin by the standard method, paid by card."""
    return CheckoutData(
        **{
            "email": "alice@example.com",
            "shipping_address": address(),
            "shipping_method": "standard",
            "payment_method": "card",
            **changes,
        }
    )


def order_input(**changes: Any) -> dict[str, Any]:
    """A sound checkout as a client of the API sends it."""
    return {
        "email": "alice@example.com",
        "shipping_address": address().as_dict(),
        "shipping_method": "standard",
        "payment_method": "card",
        **changes,
    }
