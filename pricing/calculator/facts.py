"""What a quote is made from: lines, rates, ways to deliver, promotions and codes. Plain facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from pricing.states import LANES, BenefitKind, Combination, DeliveryTax, Lane


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """A rate in percent, held in the price or added to it.

    `note_id` is the id of a rate that no order was sold with yet: whoever sells with it notes that.
    """

    percent: Decimal
    mode: str
    note_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of a cart: `quantity` units of `sku` at `unit_price_minor` each.

    `low_minor` is the lowest price of the 30 days before a reduction, where the price is reduced,
    and `percent_off` the whole percent that it is below that. A gift card comes by e-mail and is
    money already: nothing lowers it, and it counts towards no minimum. `tax` is the rate that an
    order was sold with; None asks the rates of the context.
    """

    key: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    tax_class: str
    weight_g: int = 0
    category_ids: frozenset[int] = frozenset()
    compare_at_minor: int | None = None
    product_id: int | None = None
    low_minor: int | None = None
    percent_off: int = 0
    is_gift_card: bool = False
    tax: TaxFacts | None = None
    # Not all units are in stock; `back_on` is when they come, None where nobody knows.
    is_waiting: bool = False
    back_on: date | None = None


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to deliver, with its price in the quote's currency; free from a value of goods."""

    code: str
    name: str
    price_minor: int
    line: str = ""
    free_from_minor: int | None = None
    max_weight_g: int | None = None
    arrives_from: date | None = None
    arrives_to: date | None = None


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """Which goods a promotion is about: in one of the categories and one of the
    products; None means all.
    """

    name: str = ""
    category_ids: frozenset[int] | None = None
    product_ids: frozenset[int] | None = None

    def hold(self, line: LineFacts) -> bool:
        """Whether the line is of these goods; gift cards never are."""
        if line.is_gift_card:
            return False
        is_of_category = self.category_ids is None or bool(self.category_ids & line.category_ids)
        return is_of_category and (self.product_ids is None or line.product_id in self.product_ids)


ALL_GOODS = GoodsFacts()


@dataclass(frozen=True, slots=True)
class PromotionFacts:
    """A promotion as far as this shopper is concerned.

    `amount_minor` and `minimum_minor` are in the quote's currency. `tiers` are pairs of a
    quantity and the percent from it on. `problem` is why it does not apply whatever is
    in the cart (used up, …).
    """

    id: int
    kind: str
    name: str = ""
    percent: Decimal | None = None
    amount_minor: int | None = None
    take: int = 0
    pay: int = 0
    buy: int = 0
    get: int = 0
    tiers: tuple[tuple[int, Decimal], ...] = ()
    goods: GoodsFacts = ALL_GOODS
    get_goods: GoodsFacts | None = None
    minimum_minor: int | None = None
    min_quantity: int = 0
    shipping_method_code: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    combination: str = Combination.LANE
    position: int = 0
    is_limited: bool = False
    problem: str = ""

    @property
    def lane(self) -> Lane:
        """Where in a quote it works."""
        return LANES[self.kind]

    @property
    def quantity_needed(self) -> int:
        """How many units of its goods must be in the cart."""
        least = {
            BenefitKind.N_FOR_M: self.take,
            BenefitKind.BUY_GET: self.buy + (self.get_goods is None),
            BenefitKind.TIERED: min((quantity for quantity, _percent in self.tiers), default=0),
        }.get(BenefitKind(self.kind), 0)
        return max(self.min_quantity, least)


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A code and what it unlocks; `problem` is why it unlocks nothing (unknown, used up)."""

    code: str
    promotion: PromotionFacts | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """Everything besides the lines that a quote depends on.

    `tax_rates` maps a tax class to its rate. A class without one is a gap, which the quote names
    and nobody may order with, unless the destination `is_export`: nothing is taxed there.
    `delivery_tax` says how delivery is taxed, `delivery_rate` at which standard rate an order was
    sold, if it was. `shipping_method` None takes the first option that is possible, as an estimate.
    `promotions` apply by themselves, `codes` unlock others.
    """

    currency: str
    at: datetime
    country: str = ""
    region: str = ""
    tax_rates: Mapping[str, TaxFacts] = field(default_factory=dict)
    is_export: bool = False
    delivery_tax: str = DeliveryTax.GOODS
    delivery_rate: TaxFacts | None = None
    shipping_options: Sequence[ShippingOption] = ()
    shipping_method: str | None = None
    promotions: Sequence[PromotionFacts] = ()
    codes: Sequence[CodeFacts] = ()
