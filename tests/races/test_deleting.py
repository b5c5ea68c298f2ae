"""Products that are deleted while shoppers put them into carts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cart.errors import NoSuchVariant
from cart.models import CartItem
from cart.services import add_to_cart, new_guest_cart
from catalog.models import Variant
from catalog.products import delete_product
from catalog.tests.factories import VariantFactory
from shop.core.actors import SYSTEM
from tests.races.storm import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_a_product_is_deleted_or_in_a_cart_never_both():
    variants = [VariantFactory(on_hand=9) for _ in range(40)]

    def act(number: int) -> bool | CartItem:
        variant, at = variants[number // 2], timezone.now()
        if number % 2:
            return delete_product(variant.product, actor=SYSTEM, at=at)
        return add_to_cart(new_guest_cart(currency="EUR", at=at), variant, quantity=1, at=at)

    results = at_once(2 * len(variants), act, refusals=(NoSuchVariant,))

    assert len(results) == 2 * len(variants)
    in_carts = set(CartItem.objects.values_list("variant_id", flat=True))
    assert set(Variant.objects.values_list("pk", flat=True)) == in_carts
    # Each was deleted, and then no cart got it, or was archived because one had it.
    assert results.count(True) == len(variants) - len(in_carts)
    assert results.count(False) == len(in_carts)
