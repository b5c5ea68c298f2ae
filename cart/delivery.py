"""What delivery of one item would cost, and when it would arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cart.models import CartItem
from cart.services import facts_of
from catalog.models import Variant
from pricing.quotes import quote_for


@dataclass(frozen=True, slots=True)
class Delivery:
    """The first way to deliver that is possible; amounts in minor units of `currency`."""

    price_minor: int
    free_from_minor: int | None
    arrives_to: date | None
    currency: str


def delivery_of(sku: str, *, currency: str, country: str, at: datetime) -> Delivery | None:
    """Delivery of one unit of `sku` to `country`; None if it is not sold or
    cannot be sent there.
    """
    variant = (
        Variant.objects.sold(at=at)
        .select_related("product__tax_class", "stock_item")
        .filter(sku=sku)
        .first()
    )
    if variant is None:
        return None
    line = facts_of([CartItem(variant=variant, quantity=1)], currency)
    quote = quote_for(line, currency=currency, country=country, at=at)
    shipping = quote.shipping
    if shipping is None or quote.missing_rates:
        return None
    # What is sold out leaves on no day, also where it is said when more comes.
    arrives_to = shipping.arrives_to if variant.stock_item.sellable else None
    return Delivery(shipping.price_minor, shipping.free_from_minor, arrives_to, currency)
