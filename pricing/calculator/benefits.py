"""What each kind of promotion takes off, and how it says so."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from pricing.calculator.facts import LineFacts, PromotionFacts
from pricing.calculator.rounding import round_half_up, share, spread
from pricing.states import BenefitKind
from shop.core.money import format_price

WHOLE = Decimal(100)


def take_off(
    promotion: PromotionFacts, lines: Sequence[LineFacts], left: Sequence[int]
) -> list[int]:
    """What the promotion takes off each part of `left`, never more than is there.

    `left` is what the lines cost after the lane before, or the price of delivery alone. Where units
    cost the same, those of the first line count as cheaper.
    """
    match promotion.kind:
        case BenefitKind.FREE_SHIPPING:
            return list(left)
        case BenefitKind.PERCENT_SHIPPING:
            return [share(amount, _percent(promotion)) for amount in left]
        case BenefitKind.AMOUNT_SHIPPING:
            return spread(min(promotion.amount_minor or 0, sum(left)), left)
    weights = [
        amount if promotion.goods.hold(line) else 0
        for line, amount in zip(lines, left, strict=True)
    ]
    match promotion.kind:
        case BenefitKind.PERCENT_LINES:
            return [share(weight, _percent(promotion)) for weight in weights]
        case BenefitKind.PERCENT_ORDER:
            return spread(share(sum(weights), _percent(promotion)), weights)
        case BenefitKind.TIERED:
            percent = tier_of(promotion, lines)
            return [share(weight, percent) for weight in weights]
        case BenefitKind.N_FOR_M:
            count = _units(promotion, lines) // promotion.take * (promotion.take - promotion.pay)
            return _off_units(_cheapest(promotion, lines, left), count, lines, left, WHOLE)
        case BenefitKind.BUY_GET:
            order = _cheapest(promotion, lines, left)
            count = _units_to_get(promotion, lines, order)
            return _off_units(order, count, lines, left, _percent(promotion))
        case _:
            return spread(min(promotion.amount_minor or 0, sum(weights)), weights)


def tier_of(promotion: PromotionFacts, lines: Sequence[LineFacts]) -> Decimal:
    """The percent of the highest step that the units of its goods reach; 0 below the first."""
    units = _units(promotion, lines)
    reached = [tier for tier in promotion.tiers if tier[0] <= units]
    return max(reached)[1] if reached else Decimal(0)


def percent_of(promotion: PromotionFacts, lines: Sequence[LineFacts]) -> Decimal | None:
    """The percent that an adjustment names; None where the discount is no part
    of the whole line.
    """
    if promotion.kind == BenefitKind.TIERED:
        return tier_of(promotion, lines)
    if promotion.kind in {
        BenefitKind.PERCENT_LINES,
        BenefitKind.PERCENT_ORDER,
        BenefitKind.PERCENT_SHIPPING,
    }:
        return promotion.percent
    return None


def words_of(promotion: PromotionFacts, lines: Sequence[LineFacts], currency: str) -> str:
    """The benefit in words: "15 % off Wardrobe", "Take 3, pay 2"."""
    match promotion.kind:
        case BenefitKind.FREE_SHIPPING:
            return _("Delivery is free.")
        case BenefitKind.PERCENT_SHIPPING:
            return _("%(percent)s %% off delivery") % {"percent": _plain(_percent(promotion))}
        case BenefitKind.AMOUNT_SHIPPING:
            return _("%(amount)s off delivery") % {
                "amount": format_price(promotion.amount_minor or 0, currency)
            }
        case BenefitKind.N_FOR_M:
            return _("Buy %(take)d for the price of %(pay)d") % {
                "take": promotion.take,
                "pay": promotion.pay,
            }
        case BenefitKind.BUY_GET if promotion.percent == WHOLE:
            return _("Buy %(buy)d, get %(get)d free") % {
                "buy": promotion.buy,
                "get": promotion.get,
            }
        case BenefitKind.BUY_GET:
            return _("Buy %(buy)d, get %(get)d at %(percent)s %% off") % {
                "buy": promotion.buy,
                "get": promotion.get,
                "percent": _plain(_percent(promotion)),
            }
        case BenefitKind.AMOUNT_LINES | BenefitKind.AMOUNT_ORDER:
            off = _("%(amount)s off") % {
                "amount": format_price(promotion.amount_minor or 0, currency)
            }
        case _:
            percent = percent_of(promotion, lines) or Decimal(0)
            off = _("%(percent)s %% off") % {"percent": _plain(percent)}
    if promotion.goods.name:
        return _("%(off)s %(goods)s") % {"off": off, "goods": promotion.goods.name}
    return off


def _percent(promotion: PromotionFacts) -> Decimal:
    return promotion.percent or Decimal(0)


def _plain(percent: Decimal) -> str:
    return f"{percent.normalize():f}"


def _units(promotion: PromotionFacts, lines: Sequence[LineFacts]) -> int:
    return sum(line.quantity for line in lines if promotion.goods.hold(line))


def _cheapest(
    promotion: PromotionFacts, lines: Sequence[LineFacts], left: Sequence[int]
) -> list[int]:
    """The lines whose units may be lowered, those with the cheapest units first."""
    goods = promotion.get_goods or promotion.goods
    held = [index for index, line in enumerate(lines) if goods.hold(line)]
    return sorted(held, key=lambda index: (Fraction(left[index], lines[index].quantity), index))


def _units_to_get(
    promotion: PromotionFacts, lines: Sequence[LineFacts], order: Sequence[int]
) -> int:
    """How many of the cheapest units may be lowered, so that enough others are bought in full.

    A unit is either bought or got, never both: lowering one more leaves one fewer to have been
    bought, so the number is found by halving.
    """
    most = sum(lines[index].quantity for index in order)
    bought = _units(promotion, lines)
    least = 0
    while least < most:
        count = (least + most + 1) // 2
        spent = sum(
            units
            for index, units in _first(order, count, lines)
            if promotion.goods.hold(lines[index])
        )
        if count <= (bought - spent) // promotion.buy * promotion.get:
            least = count
        else:
            most = count - 1
    return least


def _first(order: Sequence[int], count: int, lines: Sequence[LineFacts]) -> list[tuple[int, int]]:
    """The first `count` units in `order`, as pairs of a line and its units."""
    pairs = []
    for index in order:
        units = min(count, lines[index].quantity)
        if not units:
            break
        pairs.append((index, units))
        count -= units
    return pairs


def _off_units(
    order: Sequence[int],
    count: int,
    lines: Sequence[LineFacts],
    left: Sequence[int],
    percent: Decimal,
) -> list[int]:
    """`percent` off the first `count` units in `order`, rounded once a line."""
    off = [0] * len(left)
    for index, units in _first(order, count, lines):
        part = Fraction(left[index] * units, lines[index].quantity)
        off[index] = round_half_up(part * Fraction(percent) / 100)
    return off
