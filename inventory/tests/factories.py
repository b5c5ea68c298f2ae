"""The smallest valid stock."""

from __future__ import annotations

import factory
from django.utils import timezone

from inventory.models import Movement, StockItem
from inventory.states import MovementKind


class StockItemFactory(factory.django.DjangoModelFactory):
    """An item with ten units on the shelf, and the movement that brought them."""

    class Meta:
        model = StockItem
        skip_postgeneration_save = True

    sku = factory.Sequence(lambda n: f"SKU-{n}")
    on_hand = 10

    @factory.post_generation
    def movement(self, create: bool, extracted: object, **kwargs: object) -> None:
        """Explain what is on hand, so that the books add up."""
        if create and self.on_hand:
            Movement.objects.create(
                stock_item=self,
                kind=MovementKind.RECEIVED,
                quantity=self.on_hand,
                actor="Linden",
                at=timezone.now(),
            )
