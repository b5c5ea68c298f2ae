"""Tax of lines and of delivery, each rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from pricing.calculator.facts import LineFacts, QuoteContext, TaxFacts
from pricing.calculator.results import Adjustment, QuoteLine, TraceLine
from pricing.calculator.rounding import round_half_up
from pricing.states import TaxMode

# Shipping is a service of its own; it is taxed at the rate of this class.
SHIPPING_TAX_CLASS = "standard"
NO_TAX = TaxFacts(Decimal(0), TaxMode.INCLUDED)


def tax_of(amount: int, rate: TaxFacts) -> int:
    """The tax held in `amount`, or to be added to it, half up."""
    percent = Fraction(rate.percent)
    base = percent + 100 if rate.mode == TaxMode.INCLUDED else Fraction(100)
    return round_half_up(amount * percent / base)


def added_tax(
    lines: Sequence[LineFacts], left: Sequence[int], shipping: int, context: QuoteContext
) -> int:
    """The tax that comes on top of what the lines and delivery cost."""
    rates = context.tax_rates
    parts = [(rates.get(line.tax_class), amount) for line, amount in zip(lines, left, strict=True)]
    parts.append((rates.get(SHIPPING_TAX_CLASS), shipping))
    return sum(
        tax_of(amount, rate) for rate, amount in parts if rate and rate.mode == TaxMode.ADDED
    )


def tax_line(line: LineFacts, left: int, context: QuoteContext) -> QuoteLine:
    """The line as the quote shows it, of which `left` is to be paid."""
    rate = context.tax_rates.get(line.tax_class, NO_TAX)
    subtotal = line.unit_price_minor * line.quantity
    return QuoteLine(
        key=line.key,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        subtotal_minor=subtotal,
        discount_minor=subtotal - left,
        total_minor=left,
        tax_class=line.tax_class,
        tax_percent=rate.percent,
        tax_mode=rate.mode,
        tax_minor=tax_of(left, rate),
    )


def tax_adjustments(
    lines: Sequence[QuoteLine], shipping: int, context: QuoteContext
) -> list[Adjustment]:
    """The tax of each line that has a rate, and of delivery."""
    parts = [
        _adjustment(line.tax_class, line.total_minor, context, line_key=line.key)
        for line in lines
        if line.tax_class in context.tax_rates
    ]
    if shipping and SHIPPING_TAX_CLASS in context.tax_rates:
        parts.append(_adjustment(SHIPPING_TAX_CLASS, shipping, context))
    return parts


def tax_trace(taxes: Sequence[Adjustment]) -> list[TraceLine]:
    """One line a rate: how much tax there is, and whether the prices hold it."""
    sums: dict[tuple[str, str], int] = {}
    for part in taxes:
        key = (part.label, part.reason)
        sums[key] = sums.get(key, 0) + part.amount_minor
    return [
        TraceLine("tax", label, amount, reason)
        for (label, reason), amount in sums.items()
        if amount
    ]


def _adjustment(
    tax_class: str, amount: int, context: QuoteContext, line_key: str | None = None
) -> Adjustment:
    rate = context.tax_rates[tax_class]
    is_included = rate.mode == TaxMode.INCLUDED
    return Adjustment(
        "tax",
        _("Tax %(percent)s %%") % {"percent": f"{rate.percent.normalize():f}"},
        tax_of(amount, rate),
        line_key=line_key,
        source=f"{context.country}:{tax_class}",
        base_minor=amount,
        percent=rate.percent,
        is_included=is_included,
        reason=_("held in the prices") if is_included else _("added"),
    )
