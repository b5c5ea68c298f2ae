"""What a quote says: figures, and the reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.states import Lane


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line with its share of every discount. total = subtotal − discount."""

    key: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    subtotal_minor: int
    discount_minor: int
    total_minor: int
    tax_class: str
    tax_percent: Decimal
    tax_mode: str
    tax_minor: int


@dataclass(frozen=True, slots=True)
class ShippingQuote:
    """A way to deliver as this cart would pay for it; `problem` says why it is not possible."""

    code: str
    name: str
    line: str
    price_minor: int
    list_price_minor: int
    free_from_minor: int | None
    arrives_from: date | None
    arrives_to: date | None
    problem: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AppliedPromotion:
    """A promotion that lowers this quote by `amount_minor`; `code` unlocked it,
    if it needed one.
    """

    id: int
    name: str
    code: str
    lane: Lane
    amount_minor: int
    reason: str
    is_limited: bool

    @property
    def source(self) -> str:
        """What adjustments name it by."""
        return f"coupon:{self.code}" if self.code else f"promotion:{self.id}"


@dataclass(frozen=True, slots=True)
class CouponOutcome:
    """What became of a code, in words."""

    code: str
    name: str
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TraceLine:
    """Why a figure is what it is."""

    kind: str
    label: str
    amount_minor: int
    detail: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A discount (negative), fee or tax of one line, or of shipping where `line_key` is None."""

    kind: str
    label: str
    amount_minor: int
    line_key: str | None = None
    source: str = ""
    base_minor: int = 0
    percent: Decimal | None = None
    is_included: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What the cart costs, figure by figure, with the reasons.

    `missing_rates` are tax classes for which the destination has no rate although it is
    taxed: with any, the tax is not known and nobody may order. `rates_to_note` are the rates
    that no order was sold with yet.
    """

    currency: str
    lines: tuple[QuoteLine, ...]
    subtotal_minor: int
    discount_minor: int
    shipping: ShippingQuote | None
    shipping_minor: int
    tax_minor: int
    tax_added_minor: int
    total_minor: int
    shipping_methods: tuple[ShippingQuote, ...]
    promotions: tuple[AppliedPromotion, ...]
    coupons: tuple[CouponOutcome, ...]
    trace: tuple[TraceLine, ...]
    adjustments: tuple[Adjustment, ...]
    weight_g: int
    needs_shipping: bool = True
    is_export: bool = False
    country: str = ""
    missing_rates: tuple[str, ...] = ()
    rates_to_note: tuple[int, ...] = ()

    @property
    def goods_minor(self) -> int:
        """What the goods cost after discounts."""
        return self.subtotal_minor - self.discount_minor

    @property
    def discounts(self) -> list[AppliedPromotion]:
        """What lowers the goods; what lowers delivery stands in its price."""
        return [one for one in self.promotions if one.lane != Lane.SHIPPING]

    @property
    def coupon(self) -> CouponOutcome | None:
        """The first code that works, else the first there is."""
        return next((code for code in self.coupons if code.applied), None) or next(
            iter(self.coupons), None
        )

    @property
    def codes_used(self) -> tuple[str, ...]:
        """The codes that lower this quote."""
        return tuple(code.code for code in self.coupons if code.applied)
