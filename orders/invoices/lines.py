"""What an invoice or a credit note says, line by line. Pure: loaded rows in, figures out.

Nothing is recalculated: a line is what the order's item holds less what earlier documents
hold of it, or what a credit takes of it. Prices, discounts and totals are those the
shopper saw; net = total − tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from orders.delivery import Delivery, DeliveryPart, charged_delivery
from orders.models import CreditItem, Order, OrderAdjustment, OrderItem
from pricing.calculator import round_half_up
from pricing.explanation import label_of

# An item's id, or delivery as far as it is taxed at one rate.
Key = int | Delivery


@dataclass(frozen=True, slots=True)
class Sums:
    """What documents hold of an item or of delivery: minor units with tax, the tax,
    the discount, and units.
    """

    total_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0
    quantity: int = 0


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to be written. `unit_price_minor` None: an amount, whatever the units."""

    key: Key
    quantity: int
    total_minor: int
    tax_minor: int
    tax_percent: Decimal
    unit_price_minor: int | None = None
    unit_net_minor: int | None = None
    discount_minor: int = 0
    discounts: tuple[dict[str, Any], ...] = ()

    @property
    def net_minor(self) -> int:
        """The line without its tax."""
        return self.total_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class RateSums:
    """The row of the table of rates: what is taxed at `percent`, and with how much."""

    percent: Decimal
    net_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """Base and tax."""
        return self.net_minor + self.tax_minor


def open_entries(
    order: Order,
    items: Sequence[OrderItem],
    adjustments: Sequence[OrderAdjustment],
    invoiced: Mapping[Key, Sums],
) -> list[Entry]:
    """What the order holds and no invoice does: its items in their order, then delivery
    by rate, unless it is free.
    """
    entries = []
    for item in items:
        before = invoiced.get(item.pk, NOTHING)
        quantity = item.quantity - before.quantity
        total = item.paid_minor - before.total_minor
        if not quantity and not total:
            continue
        discount = item.discount_minor - before.discount_minor
        entries.append(
            Entry(
                item.pk,
                quantity,
                total,
                item.tax_minor - before.tax_minor,
                item.tax_percent,
                unit_price_minor=item.unit_price_minor,
                unit_net_minor=_net_of_unit(item),
                discount_minor=discount,
                discounts=_discounts(item, discount, adjustments),
            )
        )
    for part in charged_delivery(order, items, adjustments):
        before = invoiced.get(Delivery(part.percent), NOTHING)
        total = part.amount_minor - before.total_minor
        tax = part.tax_minor - before.tax_minor
        if total:
            entries.append(
                Entry(
                    Delivery(part.percent),
                    1,
                    total,
                    tax,
                    part.percent,
                    unit_price_minor=part.price_minor,
                    unit_net_minor=total - tax,
                )
            )
    return entries


def _net_of_unit(item: OrderItem) -> int:
    """The unit price without tax, half up: for the eye only, totals do not come from it."""
    if item.tax_mode == "added":
        return item.unit_price_minor
    return round_half_up(Fraction(item.unit_price_minor * 100) / (Fraction(item.tax_percent) + 100))


def _discounts(
    item: OrderItem, discount: int, adjustments: Sequence[OrderAdjustment]
) -> tuple[dict[str, Any], ...]:
    """Why the line costs less; without reasons where they tell of more units than the line has."""
    reasons = [
        (label_of(part.label, part.source), -part.amount_minor)
        for part in adjustments
        if part.item_id == item.pk and part.kind == OrderAdjustment.Kind.DISCOUNT
    ]
    if not discount or sum(amount for _label, amount in reasons) != discount:
        return ()
    return tuple({"label": label, "amount_minor": amount} for label, amount in reasons)


def credit_entries(
    parts: Iterable[CreditItem],
    deliveries: Iterable[DeliveryPart],
    percents: Mapping[int, Decimal],
) -> list[Entry]:
    """What a credit takes off each item and off delivery."""
    entries = [
        Entry(
            part.order_item_id,
            part.quantity,
            part.amount_minor,
            part.tax_minor,
            percents[part.order_item_id],
        )
        for part in parts
        if part.amount_minor or part.quantity
    ]
    entries += (
        Entry(Delivery(part.percent), 0, part.amount_minor, part.tax_minor, part.percent)
        for part in deliveries
    )
    return entries


def remaining_entries(
    invoiced: Mapping[Key, Sums], noted: Mapping[Key, Sums], percents: Mapping[int, Decimal]
) -> list[Entry]:
    """All that invoices ask for and credit notes have not taken off yet."""
    entries = []
    for key, sums in invoiced.items():
        taken = noted.get(key, NOTHING)
        total = sums.total_minor - taken.total_minor
        quantity = max(sums.quantity - taken.quantity, 0)
        if total or (not isinstance(key, Delivery) and quantity):
            tax = sums.tax_minor - taken.tax_minor
            percent = key.percent if isinstance(key, Delivery) else percents[key]
            entries.append(Entry(key, quantity, total, tax, percent))
    return entries


def is_covered(
    entries: Iterable[Entry], invoiced: Mapping[Key, Sums], noted: Mapping[Key, Sums]
) -> bool:
    """Whether invoices ask for all that these entries would take off."""
    return all(
        noted.get(entry.key, NOTHING).total_minor + entry.total_minor
        <= invoiced.get(entry.key, NOTHING).total_minor
        for entry in entries
    )


def rates(entries: Iterable[Entry]) -> list[RateSums]:
    """The table of rates, the highest first: the sums of the lines, so that it adds up to them."""
    sums: dict[Decimal, tuple[int, int]] = {}
    for entry in entries:
        net, tax = sums.get(entry.tax_percent, (0, 0))
        sums[entry.tax_percent] = (net + entry.net_minor, tax + entry.tax_minor)
    return [RateSums(percent, *sums[percent]) for percent in sorted(sums, reverse=True)]
