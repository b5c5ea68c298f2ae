"""Why an order costs what it costs, from what was written down when it was sold or changed."""

from __future__ import annotations

from dataclasses import replace

from orders.models import Order, OrderAdjustment
from pricing.explanation import LINE, Reason, label_of, line_reason, total_reason


def explain_order(order: Order) -> list[Reason]:
    """As `explain_quote` for the cart it came from, from items and adjustments: 1
    query beside the loaded items.
    """
    notes = _notes(order)
    parts = list(OrderAdjustment.objects.filter(order=order).order_by("pk"))
    rows: list[Reason] = []
    for item in order.items.all():
        line = line_reason(
            item.product_sku, item.product_name, item.quantity, item.unit_price_minor
        )
        said = notes.get(item.product_sku) or notes.get((line.label, line.amount_minor), "")
        rows.append(replace(line, reason=said))
        rows += (_part(part, item.product_sku) for part in parts if part.item_id == item.pk)
    rows += (_part(part, None) for part in parts if part.item_id is None)
    return [*rows, total_reason(order.total_minor)]


def _notes(order: Order) -> dict[object, str]:
    """What was said of a line when it was sold, by its SKU; by label and amount where an
    earlier release wrote it.
    """
    return {
        step.get("sku") or (step["label"], step["amount_minor"]): step["detail"]
        for step in order.trace
        if step["kind"] == LINE and step["detail"]
    }


def _part(part: OrderAdjustment, sku: str | None) -> Reason:
    return Reason(
        part.kind,
        label_of(part.label, part.source),
        part.amount_minor,
        base_minor=part.base_minor,
        percent=part.percent,
        reason=part.reason,
        line=sku,
        is_included=part.is_included,
    )
