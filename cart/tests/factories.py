"""The smallest valid carts."""

from __future__ import annotations

import factory

from cart.models import Cart, CartItem
from catalog.tests.factories import VariantFactory


class CartFactory(factory.django.DjangoModelFactory):
    """A guest's empty cart; `customer=` makes it a customer's."""

    class Meta:
        model = Cart

    currency = "EUR"


class CartItemFactory(factory.django.DjangoModelFactory):
    """One unit of a new variant, at the price the shopper saw."""

    class Meta:
        model = CartItem

    cart = factory.SubFactory(CartFactory)
    variant = factory.SubFactory(VariantFactory)
    quantity = 1
    seen_price_minor = factory.SelfAttribute("variant.price_minor")
    seen_currency = factory.SelfAttribute("variant.currency")
