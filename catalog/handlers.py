"""What the catalog does when stock or products change."""

from __future__ import annotations

from django.utils import timezone

from catalog.events import PictureTaken, ProductChanged
from catalog.models import Product
from catalog.search import reindex
from catalog.stored_facts import follow_stock, touch
from catalog.tasks import make_renditions_of
from inventory.events import StockLevelChanged
from shop.core.events import on
from shop.core.lanes import Lane


@on(StockLevelChanged, lane=Lane.MONEY)
def show_availability(event: StockLevelChanged) -> None:
    """Store whether the variant can be had, and show how many are left: events may
    arrive late or twice.
    """
    at = timezone.now()
    follow_stock([event.sku], at=at)
    touch(Product.objects.filter(variants__sku=event.sku).values_list("pk", flat=True), at=at)


@on(ProductChanged)
def bring_the_index_up_to_date(event: ProductChanged) -> None:
    """The search finds what the product says now."""
    reindex([event.product_id])


@on(PictureTaken)
def make_smaller_pictures(event: PictureTaken) -> None:
    """Queue the work that takes seconds."""
    make_renditions_of.enqueue(event.label, event.pk)
