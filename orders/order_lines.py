"""Writing what a quote says into an order: its items, the reasons of its figures, its trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Variant
from orders.models import Order, OrderAdjustment, OrderItem
from pricing.calculator import Adjustment, Quote, QuoteLine
from pricing.explanation import LINE
from shop.core.errors import Invalid


def variants_by_sku(skus: Iterable[str]) -> dict[str, Variant]:
    """What snapshots and prices are taken from: 2 queries."""
    return {
        variant.sku: variant
        for variant in Variant.objects.filter(sku__in=list(skus))
        .select_related("product__tax_class", "image")
        .prefetch_related("product__images")
    }


def units_by_item(order: Order, wanted: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """SKUs and units as item id → units. Raises `Invalid` for a SKU that is not in the order."""
    ids = {item.product_sku: item.pk for item in order.items.all()}
    quantities: dict[int, int] = {}
    for part in wanted:
        if part["sku"] not in ids:
            raise Invalid(errors={"items": [_("This item is not in the order.")]})
        pk = ids[part["sku"]]
        quantities[pk] = quantities.get(pk, 0) + part["quantity"]
    return quantities


def new_item(
    order: Order,
    variant: Variant,
    line: QuoteLine,
    *,
    position: int,
    greeting: dict[str, str] | None = None,
) -> OrderItem:
    """The snapshot of a variant as it is sold, unsaved; `greeting` says whom a gift card is for."""
    image = variant.shown_image
    return OrderItem(
        order=order,
        variant=variant,
        position=position,
        product_name=variant.product.name,
        product_sku=variant.sku,
        variant_label=variant.label,
        product_slug=variant.product.slug,
        picture=(image.picture.name or "") if image and image.picture else "",
        hue=image.hue if image else 300,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        total_minor=line.total_minor,
        tax_class=line.tax_class,
        tax_percent=line.tax_percent,
        tax_mode=line.tax_mode,
        tax_minor=line.tax_minor,
        weight_g=variant.weight_g,
        is_returnable=variant.product.is_returnable and not variant.product.is_gift_card,
        is_gift_card=variant.product.is_gift_card,
        greeting=greeting or {},
    )


def write_adjustments(
    order: Order, adjustments: Sequence[Adjustment], items: Mapping[str, OrderItem]
) -> None:
    """Write discounts, fees and taxes, each with its reason; `items` maps a
    quote's line key to its item.
    """
    OrderAdjustment.objects.bulk_create(
        OrderAdjustment(
            order=order,
            item=items[part.line_key] if part.line_key else None,
            kind=part.kind,
            label=str(part.label)[:200],
            reason=str(part.reason)[:200],
            source=part.source[:60],
            amount_minor=part.amount_minor,
            base_minor=part.base_minor,
            percent=part.percent,
            is_included=part.is_included,
        )
        for part in adjustments
    )


def trace_of(quote: Quote, before: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Why each figure is what it is, as an order keeps it.

    What the order said of an item in `before`, its trace until now, stays: a change of an order
    keeps the price of its items, and so why it was that price.
    """
    said = {step["sku"]: step["detail"] for step in before if step.get("sku") and step["detail"]}
    skus = {line.key: line.sku for line in quote.lines}
    steps = []
    for line in quote.trace:
        step = {
            "kind": line.kind,
            "label": str(line.label),
            "amount_minor": line.amount_minor,
            "detail": str(line.detail),
        }
        if line.kind == LINE:
            sku = skus[line.ref]
            step |= {"sku": sku, "detail": step["detail"] or said.get(sku, "")}
        steps.append(step)
    return steps
