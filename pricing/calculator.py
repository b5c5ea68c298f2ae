"""What a cart costs, and why. Pure: facts in, a quote out; no database, no clock, no settings.

All amounts are whole minor units of the quote's currency. The order of work:

1. unit price × quantity of each line;
2. discounts on lines, then discounts on the order, which are spread on the lines by largest remainder, so that
   the parts sum exactly to the whole;
3. shipping, on what the goods cost after discounts;
4. tax of each line and of shipping, on what is left to pay for it, rounded half up once each;
5. total = subtotal − discount + shipping + added tax.

The rules in full, with examples: docs/rounding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from pricing.errors import AmountTooLarge
from pricing.states import CouponKind, TaxMode
from shop.core.money import MAX_MINOR, format_minor

# Shipping is a service of its own; it is taxed at the rate of this class.
SHIPPING_TAX_CLASS = "standard"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of a cart: `quantity` units of `sku` at `unit_price_minor` each."""

    key: str
    sku: str
    name: str
    quantity: int
    unit_price_minor: int
    tax_class: str
    weight_g: int = 0
    category_ids: frozenset[int] = frozenset()
    compare_at_minor: int | None = None
    # It comes by e-mail and is money already: no delivery, no discount, and no part of what a code asks for.
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """A rate in per cent, held in the price or added to it."""

    percent: Decimal
    mode: str


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
class CouponFacts:
    """A coupon as far as this shopper is concerned.

    `amount_minor` and `minimum_minor` are in the quote's currency. `category_ids` None means all goods.
    `problem` is why the coupon does not apply whatever is in the cart (unknown, used up, …).
    """

    code: str
    kind: str = CouponKind.PERCENT_ORDER
    name: str = ""
    percent: Decimal | None = None
    amount_minor: int | None = None
    minimum_minor: int | None = None
    category_ids: frozenset[int] | None = None
    category_name: str = ""
    shipping_method_code: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """Everything besides the lines that a quote depends on.

    `tax_rates` maps a tax class to its rate; a class without one is not taxed. `shipping_method` None takes the
    first option that is possible, as an estimate.
    """

    currency: str
    at: datetime
    country: str = ""
    region: str = ""
    tax_rates: Mapping[str, TaxFacts] = field(default_factory=dict)
    shipping_options: Sequence[ShippingOption] = ()
    shipping_method: str | None = None
    coupon: CouponFacts | None = None


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
class CouponOutcome:
    """What became of the coupon, in words."""

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


@dataclass(frozen=True, slots=True)
class Quote:
    """What the cart costs, figure by figure, with the reasons."""

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
    coupon: CouponOutcome | None
    trace: tuple[TraceLine, ...]
    adjustments: tuple[Adjustment, ...]
    weight_g: int
    needs_shipping: bool = True

    @property
    def goods_minor(self) -> int:
        """What the goods cost after discounts."""
        return self.subtotal_minor - self.discount_minor


def round_half_up(amount: Fraction) -> int:
    """The nearest whole number; halves go away from zero, which is up for the amounts here."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` split in proportion to `weights` by largest remainder; the parts sum to it exactly.

    With `amount` ≤ sum of the weights no part exceeds its weight. Earlier parts win ties.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    left = amount - sum(parts)
    for index in sorted(range(len(weights)), key=lambda index: -remainders[index])[:left]:
        parts[index] += 1
    return parts


def quote(lines: Sequence[LineFacts], context: QuoteContext) -> Quote:
    """The quote for `lines`. Raises `AmountTooLarge` where sums leave what the books can hold."""
    subtotals = [line.unit_price_minor * line.quantity for line in lines]
    subtotal = sum(subtotals)
    if subtotal > MAX_MINOR:
        raise AmountTooLarge
    trace = [
        TraceLine(
            "line", f"{line.quantity} × {line.name}", amount, _sale_note(line, context), line.key
        )
        for line, amount in zip(lines, subtotals, strict=True)
    ]
    outcome, discounts, is_shipping_free = _apply_coupon(lines, subtotals, context)
    adjustments = _discount_adjustments(lines, subtotals, discounts, context.coupon)
    discount = sum(discounts)
    weight = sum(line.weight_g * line.quantity for line in lines)
    to_send = sum(
        amount for line, amount in zip(lines, subtotals, strict=True) if not line.is_gift_card
    )
    needs_shipping = not lines or any(not line.is_gift_card for line in lines)
    methods = (
        _price_shipping(context, to_send - discount, weight, is_shipping_free)
        if needs_shipping
        else []
    )
    chosen = _choose(methods, context.shipping_method) if lines else None
    shipping = chosen.price_minor if chosen else 0
    if outcome and is_shipping_free and chosen and not _is_freed(context, chosen.code):
        reason = _("It pays for another way of delivery.")
        outcome = replace(outcome, applied=False, reason=reason)
    if outcome and discount:
        trace.append(TraceLine("discount", outcome.code, -discount, outcome.reason, outcome.code))
    elif outcome:
        trace.append(TraceLine("coupon", outcome.code, 0, outcome.reason, outcome.code))
    if chosen:
        trace.append(TraceLine("shipping", chosen.name, shipping, chosen.reason, chosen.code))
        adjustments.append(
            Adjustment(
                "shipping",
                chosen.name,
                shipping,
                source=chosen.code,
                base_minor=chosen.list_price_minor,
            )
        )

    quoted = _tax_lines(lines, subtotals, discounts, context)
    taxes = [part for line in quoted if (part := _tax_adjustment(line, context))]
    if shipping_tax := _shipping_tax(shipping, context):
        taxes.append(shipping_tax)
    tax = sum(part.amount_minor for part in taxes)
    tax_added = sum(part.amount_minor for part in taxes if not part.is_included)
    trace += _tax_trace(taxes)
    total = subtotal - discount + shipping + tax_added
    trace.append(TraceLine("total", _("Total"), total))
    return Quote(
        currency=context.currency,
        lines=tuple(quoted),
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping=chosen,
        shipping_minor=shipping,
        tax_minor=tax,
        tax_added_minor=tax_added,
        total_minor=total,
        shipping_methods=tuple(methods),
        coupon=outcome,
        trace=tuple(trace),
        adjustments=(*adjustments, *taxes),
        weight_g=weight,
        needs_shipping=needs_shipping,
    )


def _sale_note(line: LineFacts, context: QuoteContext) -> str:
    if line.compare_at_minor is None or line.compare_at_minor <= line.unit_price_minor:
        return ""
    return _("On sale, was %(price)s each.") % {
        "price": format_minor(line.compare_at_minor, context.currency)
    }


# Coupons --------------------------------------------------------------------------------------


def _apply_coupon(
    lines: Sequence[LineFacts], subtotals: list[int], context: QuoteContext
) -> tuple[CouponOutcome | None, list[int], bool]:
    """(what became of the coupon, the discount of each line, whether it frees shipping)."""
    none = [0] * len(lines)
    coupon = context.coupon
    if coupon is None:
        return None, none, False
    eligible = [
        not line.is_gift_card
        and (coupon.category_ids is None or bool(coupon.category_ids & line.category_ids))
        for line in lines
    ]
    problem = coupon.problem or _coupon_problem(coupon, lines, subtotals, eligible, context)
    if problem:
        return CouponOutcome(coupon.code, coupon.name, applied=False, reason=problem), none, False
    if coupon.kind == CouponKind.FREE_SHIPPING:
        reason = _("Delivery is free.")
        return CouponOutcome(coupon.code, coupon.name, applied=True, reason=reason), none, True
    weights = [
        amount if is_eligible else 0
        for amount, is_eligible in zip(subtotals, eligible, strict=True)
    ]
    discounts = _discounts(coupon, weights)
    outcome = CouponOutcome(
        coupon.code, coupon.name, applied=True, reason=_coupon_reason(coupon, context.currency)
    )
    return outcome, discounts, False


def _discounts(coupon: CouponFacts, weights: list[int]) -> list[int]:
    """The discount of each line, of which `weights` is what the coupon may lower."""
    percent = Fraction(coupon.percent or 0) / 100
    match coupon.kind:
        case CouponKind.PERCENT_LINES:
            return [round_half_up(weight * percent) for weight in weights]
        case CouponKind.PERCENT_ORDER:
            return spread(round_half_up(sum(weights) * percent), weights)
        case _:
            return spread(min(coupon.amount_minor or 0, sum(weights)), weights)


def _coupon_problem(
    coupon: CouponFacts,
    lines: Sequence[LineFacts],
    subtotals: list[int],
    eligible: list[bool],
    context: QuoteContext,
) -> str:
    """Why the coupon does not apply to this cart now; empty if it does."""
    if coupon.starts_at and context.at < coupon.starts_at:
        return _("This code is not valid yet.")
    if coupon.ends_at and context.at >= coupon.ends_at:
        return _("This code has ended.")
    if not any(eligible):
        if not lines:
            return _("The cart is empty.")
        return _("This code is for %(category)s, and nothing of it is in the cart.") % {
            "category": coupon.category_name or _("other things")
        }
    counted = [
        amount for line, amount in zip(lines, subtotals, strict=True) if not line.is_gift_card
    ]
    missing = (coupon.minimum_minor or 0) - sum(counted)
    if missing > 0:
        return _("This code works from %(minimum)s: %(missing)s more.") % {
            "minimum": format_minor(coupon.minimum_minor or 0, context.currency),
            "missing": format_minor(missing, context.currency),
        }
    needs_amount = coupon.kind in {CouponKind.AMOUNT_ORDER, CouponKind.AMOUNT_LINES}
    if needs_amount and not coupon.amount_minor:
        return _("This code does not work in %(currency)s.") % {"currency": context.currency}
    return ""


def _coupon_reason(coupon: CouponFacts, currency: str) -> str:
    if coupon.percent is not None:
        return _("%(percent)s %% off") % {"percent": f"{coupon.percent.normalize():f}"}
    return _("%(amount)s off") % {"amount": format_minor(coupon.amount_minor or 0, currency)}


def _discount_adjustments(
    lines: Sequence[LineFacts],
    subtotals: list[int],
    discounts: list[int],
    coupon: CouponFacts | None,
) -> list[Adjustment]:
    return [
        Adjustment(
            "discount",
            coupon.name or coupon.code,
            -discount,
            line_key=line.key,
            source=f"coupon:{coupon.code}",
            base_minor=subtotal,
            percent=coupon.percent,
        )
        for line, subtotal, discount in zip(lines, subtotals, discounts, strict=True)
        if discount and coupon
    ]


# Shipping -------------------------------------------------------------------------------------


def _is_freed(context: QuoteContext, code: str) -> bool:
    coupon = context.coupon
    return coupon is not None and coupon.shipping_method_code in {"", code}


def _price_shipping(
    context: QuoteContext, goods: int, weight: int, is_shipping_free: bool
) -> list[ShippingQuote]:
    """Every option as this cart would pay for it."""
    methods = []
    for option in context.shipping_options:
        price, reason, problem = option.price_minor, "", ""
        if option.max_weight_g is not None and weight > option.max_weight_g:
            problem = _("Too heavy: %(weight)s kg of at most %(most)s kg.") % {
                "weight": f"{weight / 1000:.1f}",
                "most": f"{option.max_weight_g / 1000:g}",
            }
        if option.free_from_minor is not None and goods >= option.free_from_minor:
            price = 0
            reason = _("Free from %(amount)s.") % {
                "amount": format_minor(option.free_from_minor, context.currency)
            }
        elif is_shipping_free and _is_freed(context, option.code):
            price, reason = 0, _("Free with your code.")
        methods.append(
            ShippingQuote(
                code=option.code,
                name=option.name,
                line=option.line,
                price_minor=price,
                list_price_minor=option.price_minor,
                free_from_minor=option.free_from_minor,
                arrives_from=option.arrives_from,
                arrives_to=option.arrives_to,
                problem=problem,
                reason=reason,
            )
        )
    return methods


def _choose(methods: list[ShippingQuote], code: str | None) -> ShippingQuote | None:
    """The chosen method if it is possible; without a choice the first possible one."""
    for method in methods:
        if not method.problem and code in {None, method.code}:
            return method
    return None


# Tax ------------------------------------------------------------------------------------------


def _tax(amount: int, rate: TaxFacts) -> int:
    """The tax held in `amount`, or to be added to it, half up."""
    percent = Fraction(rate.percent)
    base = percent + 100 if rate.mode == TaxMode.INCLUDED else Fraction(100)
    return round_half_up(amount * percent / base)


def _tax_lines(
    lines: Sequence[LineFacts], subtotals: list[int], discounts: list[int], context: QuoteContext
) -> list[QuoteLine]:
    none = TaxFacts(Decimal(0), TaxMode.INCLUDED)
    quoted = []
    for line, subtotal, discount in zip(lines, subtotals, discounts, strict=True):
        rate = context.tax_rates.get(line.tax_class, none)
        quoted.append(
            QuoteLine(
                key=line.key,
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                subtotal_minor=subtotal,
                discount_minor=discount,
                total_minor=subtotal - discount,
                tax_class=line.tax_class,
                tax_percent=rate.percent,
                tax_mode=rate.mode,
                tax_minor=_tax(subtotal - discount, rate),
            )
        )
    return quoted


def _tax_label(percent: Decimal) -> str:
    return _("Tax %(percent)s %%") % {"percent": f"{percent.normalize():f}"}


def _tax_adjustment(line: QuoteLine, context: QuoteContext) -> Adjustment | None:
    if line.tax_class not in context.tax_rates:
        return None
    return Adjustment(
        "tax",
        _tax_label(line.tax_percent),
        line.tax_minor,
        line_key=line.key,
        source=f"{context.country}:{line.tax_class}",
        base_minor=line.total_minor,
        percent=line.tax_percent,
        is_included=line.tax_mode == TaxMode.INCLUDED,
    )


def _shipping_tax(shipping: int, context: QuoteContext) -> Adjustment | None:
    rate = context.tax_rates.get(SHIPPING_TAX_CLASS)
    if rate is None or not shipping:
        return None
    return Adjustment(
        "tax",
        _tax_label(rate.percent),
        _tax(shipping, rate),
        source=f"{context.country}:{SHIPPING_TAX_CLASS}",
        base_minor=shipping,
        percent=rate.percent,
        is_included=rate.mode == TaxMode.INCLUDED,
    )


def _tax_trace(taxes: Sequence[Adjustment]) -> list[TraceLine]:
    """One line a rate: how much tax there is, and whether the prices hold it."""
    sums: dict[tuple[str, bool], int] = {}
    for part in taxes:
        key = (part.label, part.is_included)
        sums[key] = sums.get(key, 0) + part.amount_minor
    return [
        TraceLine("tax", label, amount, _("held in the prices") if is_included else _("added"))
        for (label, is_included), amount in sums.items()
        if amount
    ]
