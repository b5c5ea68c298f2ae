"""The rows of an order's totals: page, e-mail and back office show the same.

Reads what `for_page` has loaded.
"""

from __future__ import annotations

from orders.models import Order
from pricing.summary import SummaryRow, summary_rows


def order_rows(order: Order) -> list[SummaryRow]:
    """Goods, discounts, delivery and added tax, as the checkout showed them."""
    return summary_rows(
        units=order.units,
        subtotal_minor=order.subtotal_minor,
        discounts=[(label, minor, "") for label, minor in order.discounts]
        if order.discount_minor
        else [],
        # Gift cards alone have no delivery method.
        is_sent=bool(order.shipping_method_code),
        shipping_minor=order.shipping_minor,
        shipping_note=order.shipping_method_name,
        tax_added_minor=order.tax_added_minor,
    )
