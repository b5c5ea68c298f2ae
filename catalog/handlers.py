"""What the catalog does when stock or products change."""

from __future__ import annotations

from django.utils import timezone

from catalog.events import PictureTaken, ProductChanged
from catalog.models import Variant
from catalog.search import reindex
from catalog.services import refresh_facts, touch
from catalog.tasks import make_renditions_of
from inventory.events import StockLevelChanged
from inventory.models import StockItem
from shop.core.events import on


@on(StockLevelChanged)
def show_availability(event: StockLevelChanged) -> None:
    """Store whether the variant can be had, as stock says now: events may arrive late or twice."""
    item = StockItem.objects.filter(sku=event.sku).first()
    if item is None:
        return
    Variant.objects.filter(stock_item=item).update(in_stock=item.sellable > 0)
    ids = list(Variant.objects.filter(stock_item=item).values_list("product_id", flat=True))
    at = timezone.now()
    refresh_facts(ids, at=at)
    touch(ids, at=at)


@on(ProductChanged)
def bring_the_index_up_to_date(event: ProductChanged) -> None:
    """The search finds what the product says now."""
    reindex([event.product_id])


@on(PictureTaken)
def make_smaller_pictures(event: PictureTaken) -> None:
    """Queue the work that takes seconds."""
    make_renditions_of.enqueue(event.label, event.pk)
