"""Tax of lines and of delivery, each rounded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from pricing.calculator.facts import LineFacts, QuoteContext, TaxFacts
from pricing.calculator.results import Adjustment, QuoteLine, TraceLine
from pricing.calculator.rounding import spread
from pricing.states import DeliveryTax, TaxMode

# The class at whose rate delivery is taxed where it does not follow the goods.
STANDARD_CLASS = "standard"
NO_TAX = TaxFacts(Decimal(0), TaxMode.INCLUDED)


@dataclass(frozen=True, slots=True)
class DeliveryShare:
    """The part of the price of delivery that is taxed at one rate; None where there is no rate."""

    rate: TaxFacts | None
    tax_classes: tuple[str, ...]
    amount: int


def rate_of(line: LineFacts, context: QuoteContext) -> TaxFacts | None:
    """The rate of a line: the one it was sold with, else that of its class."""
    return line.tax or context.tax_rates.get(line.tax_class)


def tax_of(amount: int, rate: TaxFacts) -> int:
    """The tax held in `amount`, or to be added to it, half up."""
    # Whole numbers throughout: a quote comes here once for each line, share and plan.
    part, whole = rate.percent.as_integer_ratio()
    base = part + 100 * whole if rate.mode == TaxMode.INCLUDED else 100 * whole
    return (2 * amount * part + base) // (2 * base)


def delivery_shares(
    lines: Sequence[LineFacts], left: Sequence[int], shipping: int, context: QuoteContext
) -> list[DeliveryShare]:
    """The price of delivery by rates: in the proportion of the goods, or all of it
    at the standard rate.

    The units that largest remainder leaves go to the higher rate first.
    """
    if not shipping:
        return []
    if context.delivery_tax == DeliveryTax.STANDARD:
        rate = context.delivery_rate or context.tax_rates.get(STANDARD_CLASS)
        return [DeliveryShare(rate, (STANDARD_CLASS,), shipping)]
    goods = [
        (line, amount) for line, amount in zip(lines, left, strict=True) if not line.is_gift_card
    ]
    rates = {line.key: rate_of(line, context) for line, _amount in goods}
    first = next(iter(rates.values()), None)
    if all(rate is first for rate in rates.values()):
        return [DeliveryShare(first, _classes(line for line, _amount in goods), shipping)]
    weights: dict[TaxFacts | None, int] = {}
    for (line, _amount), weight in zip(goods, _weights(goods), strict=True):
        rate = rates[line.key]
        weights[rate] = weights.get(rate, 0) + weight
    ordered = sorted(weights, key=_higher_first)
    amounts = spread(shipping, [weights[rate] for rate in ordered])
    return [
        DeliveryShare(
            rate, _classes(line for line, _amount in goods if rates[line.key] == rate), amount
        )
        for rate, amount in zip(ordered, amounts, strict=True)
        if amount
    ]


def _classes(lines: Iterable[LineFacts]) -> tuple[str, ...]:
    return tuple(sorted({line.tax_class for line in lines}))


def _weights(goods: Sequence[tuple[LineFacts, int]]) -> list[int]:
    """What the goods cost after discounts; if that is nothing, before them; if that is
    nothing too, their units.
    """
    weights = [amount for _line, amount in goods]
    if not any(weights):
        weights = [line.unit_price_minor * line.quantity for line, _amount in goods]
    if not any(weights):
        weights = [line.quantity for line, _amount in goods]
    return weights


def _higher_first(rate: TaxFacts | None) -> tuple[Decimal, str]:
    return (-rate.percent, rate.mode) if rate else (Decimal(1), "")


def added_tax(
    lines: Sequence[LineFacts], left: Sequence[int], shipping: int, context: QuoteContext
) -> int:
    """The tax that comes on top of what the lines and delivery cost."""
    rates = [rate_of(line, context) for line in lines]
    parts = [
        (rate, amount)
        for rate, amount in zip(rates, left, strict=True)
        if rate is not None and rate.mode == TaxMode.ADDED
    ]
    # The standard rate is no line's own where delivery does not follow the goods.
    if parts or context.delivery_tax == DeliveryTax.STANDARD:
        parts += [
            (share.rate, share.amount)
            for share in delivery_shares(lines, left, shipping, context)
            if share.rate is not None and share.rate.mode == TaxMode.ADDED
        ]
    return sum(tax_of(amount, rate) for rate, amount in parts)


def tax_line(line: LineFacts, left: int, rate: TaxFacts) -> QuoteLine:
    """The line as the quote shows it, of which `left` is to be paid."""
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
    lines: Sequence[QuoteLine],
    rates: Mapping[str, TaxFacts | None],
    shares: Sequence[DeliveryShare],
    context: QuoteContext,
) -> list[Adjustment]:
    """The tax of each line that has a rate (by its key), and of each share of delivery."""
    parts = [
        _adjustment(line.tax_class, line.total_minor, rate, context, line_key=line.key)
        for line in lines
        if (rate := rates[line.key])
    ]
    parts += [
        _adjustment("+".join(share.tax_classes), share.amount, share.rate, context)
        for share in shares
        if share.rate
    ]
    return parts


def missing_rates(
    lines: Sequence[LineFacts],
    rates: Mapping[str, TaxFacts | None],
    shares: Iterable[DeliveryShare],
    context: QuoteContext,
) -> tuple[str, ...]:
    """Tax classes in the quote for which its destination has no rate, although it is taxed."""
    if context.is_export:
        return ()
    missing = [line.tax_class for line in lines if not (rates[line.key] or line.is_gift_card)]
    for share in shares:
        if share.rate is None:
            missing += share.tax_classes
    return tuple(sorted(set(missing))) if missing else ()


def rates_to_note(
    rates: Mapping[str, TaxFacts | None], shares: Iterable[DeliveryShare]
) -> tuple[int, ...]:
    """Ids of the rates in the quote with which no order was sold yet."""
    used = [*rates.values(), *(share.rate for share in shares)]
    fresh = {rate.note_id for rate in used if rate is not None and rate.note_id is not None}
    return tuple(sorted(fresh)) if fresh else ()


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
    tax_class: str,
    amount: int,
    rate: TaxFacts,
    context: QuoteContext,
    line_key: str | None = None,
) -> Adjustment:
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
        reason=_("included in prices") if is_included else _("added"),
    )
