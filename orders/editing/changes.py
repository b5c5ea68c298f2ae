"""What a change of an order is, what it comes to, and how that is said.

Shapes and words; no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.addresses import AddressData
from pricing.calculator import ShippingQuote
from shop.core.errors import DomainError
from shop.core.money import format_minor


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What is to be different. `quantities` maps a SKU to its units: 0 takes it
    out, a new one is added.

    SKUs that are not named stay; an address or a method of None stays too.
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    shipping_address: AddressData | None = None
    shipping_method: str | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after: units, what they cost after discounts, and the tax of that.

    Minor units.
    """

    sku: str
    name: str
    label: str
    unit_price_minor: int
    quantity_before: int
    quantity: int
    discount_before_minor: int
    discount_minor: int
    total_before_minor: int
    total_minor: int
    tax_before_minor: int
    tax_minor: int

    @property
    def is_new(self) -> bool:
        return not self.quantity_before

    @property
    def is_gone(self) -> bool:
        return not self.quantity


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of the order before and after, and why.

    `key` is subtotal, discount, shipping, tax or total.
    """

    key: str
    label: str
    before_minor: int
    after_minor: int
    reason: str = ""

    @property
    def is_other(self) -> bool:
        return self.before_minor != self.after_minor


@dataclass(frozen=True, slots=True)
class EditPreview:
    """What a change would come to. Nothing is written.

    `due_minor` is what the shopper would have to pay then, `back_minor` what would go back.
    `notices` tell which discounts start or stop and what is kept; `problems` are the refusals that
    `edit_order` would raise.
    """

    version: int
    currency: str
    lines: tuple[LineChange, ...]
    figures: tuple[FigureChange, ...]
    total_before_minor: int
    total_minor: int
    due_minor: int
    back_minor: int
    notices: tuple[str, ...]
    problems: tuple[DomainError, ...]
    shipping_methods: tuple[ShippingQuote, ...]
    is_change: bool

    @property
    def difference_minor(self) -> int:
        """By how much the order becomes more expensive, or cheaper."""
        return self.total_minor - self.total_before_minor

    @property
    def is_possible(self) -> bool:
        """Whether it can be saved."""
        return self.is_change and not self.problems


def words_of(
    lines: Sequence[LineChange],
    *,
    currency: str,
    total: tuple[int, int],
    has_new_address: bool = False,
    method: str = "",
) -> str:
    """A change in one sentence for the timeline: "2 × Mug instead of 1.

    Total 44.90 € instead of 24.90 €.".
    """
    parts = []
    for line in lines:
        words: dict[str, Any] = {
            "name": line.name,
            "before": line.quantity_before,
            "after": line.quantity,
        }
        if line.quantity == line.quantity_before:
            continue
        if line.is_new:
            parts.append(_("Added %(after)d × %(name)s.") % words)
        elif line.is_gone:
            parts.append(_("Removed %(before)d × %(name)s.") % words)
        else:
            parts.append(_("Changed %(name)s from %(before)d to %(after)d.") % words)
    if has_new_address:
        parts.append(_("Delivery address changed."))
    if method:
        parts.append(_("Delivery method: %(method)s.") % {"method": method})
    before, after = total
    if before != after:
        parts.append(
            _("Total changed from %(before)s to %(after)s.")
            % {
                "after": format_minor(after, currency),
                "before": format_minor(before, currency),
            }
        )
    return " ".join(parts)
