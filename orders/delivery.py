"""What delivery costs at each rate of tax, and what credits have taken of that. Pure:
loaded rows in, figures out.

The rows of an order's tax that belong to no item say how the price of delivery was shared over
rates when it was sold. Without such a row it was not taxed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from orders.models import Credit, Order, OrderAdjustment, OrderItem
from pricing.calculator import Quote, round_half_up, spread

UNTAXED = Decimal(0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The key of delivery in documents, as far as it is taxed at `percent`."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class DeliveryPart:
    """What delivery costs at one rate: minor units with tax, and the tax in them.

    `price_minor` is what was shown: without the tax where that is added.
    """

    percent: Decimal
    amount_minor: int
    tax_minor: int
    price_minor: int = 0


def charged_delivery(
    order: Order, items: Iterable[OrderItem], adjustments: Iterable[OrderAdjustment]
) -> list[DeliveryPart]:
    """What an order asks for delivery, by rate, the highest first; nothing where it is free."""
    amount, tax = order.total_minor, order.tax_minor
    for item in items:
        amount -= item.paid_minor
        tax -= item.tax_minor
    return _by_rate(
        amount,
        tax,
        (
            (part.percent or UNTAXED, part.base_minor, part.amount_minor, part.is_included)
            for part in adjustments
            if part.item_id is None and part.kind == OrderAdjustment.Kind.TAX
        ),
    )


def quoted_delivery(quote: Quote) -> list[DeliveryPart]:
    """What a quote asks for delivery, by rate."""
    goods = sum(line.total_minor for line in quote.lines)
    added = sum(line.tax_minor for line in quote.lines if line.tax_mode == "added")
    return _by_rate(
        quote.total_minor - goods - added,
        quote.tax_minor - sum(line.tax_minor for line in quote.lines),
        (
            (part.percent or UNTAXED, part.base_minor, part.amount_minor, part.is_included)
            for part in quote.adjustments
            if part.line_key is None and part.kind == "tax"
        ),
    )


def _by_rate(
    amount: int, tax: int, rows: Iterable[tuple[Decimal, int, int, bool]]
) -> list[DeliveryPart]:
    """The rows of tax summed by rate; what they leave of `amount` is not taxed."""
    sums: dict[Decimal, tuple[int, int, int]] = {}

    def add(percent: Decimal, *figures: int) -> None:
        before = sums.get(percent, (0, 0, 0))
        sums[percent] = (before[0] + figures[0], before[1] + figures[1], before[2] + figures[2])

    for percent, base, held, is_included in rows:
        paid = base if is_included else base + held
        add(percent, paid, held, base)
        amount, tax = amount - paid, tax - held
    if amount or tax:
        add(UNTAXED, amount, tax, amount)
    return [DeliveryPart(percent, *sums[percent]) for percent in sorted(sums, reverse=True)]


def split_delivery(left: Sequence[DeliveryPart], amount: int) -> list[DeliveryPart]:
    """`amount` taken off delivery, spread on what is left at each rate; the last of
    a rate takes all its tax.
    """
    amounts = spread(amount, [part.amount_minor for part in left])
    return [
        DeliveryPart(
            part.percent,
            taken,
            round_half_up(Fraction(part.tax_minor * taken, part.amount_minor)),
        )
        for part, taken in zip(left, amounts, strict=True)
        if taken
    ]


def after_credits(
    charged: Sequence[DeliveryPart], granted: Iterable[Credit]
) -> tuple[list[DeliveryPart], dict[int, list[DeliveryPart]]]:
    """What credits leave of delivery at each rate, and what each of them took, by its id.

    `granted` come in the order in which they were granted, with their `deliveries`
    loaded. One without any that lowers delivery was written by an earlier release, and is
    split as it would be now.
    """
    left = {part.percent: part for part in charged}
    taken: dict[int, list[DeliveryPart]] = {}
    for credit in granted:
        parts = [
            DeliveryPart(row.percent, row.amount_minor, row.tax_minor)
            for row in credit.deliveries.all()
        ] or split_delivery(list(left.values()), credit.shipping_minor)
        taken[credit.pk] = parts
        for part in parts:
            before = left.get(part.percent, DeliveryPart(part.percent, 0, 0))
            left[part.percent] = DeliveryPart(
                part.percent,
                before.amount_minor - part.amount_minor,
                before.tax_minor - part.tax_minor,
            )
    return list(left.values()), taken
