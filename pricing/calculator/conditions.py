"""Why a promotion does not apply to a cart, in words a shopper understands."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pricing.calculator.facts import LineFacts, PromotionFacts, QuoteContext, ShippingOption
from pricing.states import AMOUNT_KINDS, Lane
from shop.core.clock import show_start
from shop.core.money import format_price


def why_not(
    promotion: PromotionFacts,
    lines: Sequence[LineFacts],
    option: ShippingOption | None,
    context: QuoteContext,
) -> str:
    """The first condition that does not hold for this cart, sent with `option`; empty if all do.

    The minimum counts what everything in the cart but gift cards costs before any promotion: no
    promotion takes the ground from under another.
    """
    return (
        promotion.problem
        or _time_problem(promotion, context)
        or _goods_problem(promotion, lines)
        or _minimum_problem(promotion, lines, context)
        or _shipping_problem(promotion, option, context)
    )


def _time_problem(promotion: PromotionFacts, context: QuoteContext) -> str:
    if promotion.starts_at and context.at < promotion.starts_at:
        return _("This code is valid from %(day)s.") % {"day": show_start(promotion.starts_at)}
    if promotion.ends_at and context.at >= promotion.ends_at:
        return _("This code has expired.")
    return ""


def _goods_problem(promotion: PromotionFacts, lines: Sequence[LineFacts]) -> str:
    if not lines:
        return _("The cart is empty.")
    for goods in (promotion.goods, promotion.get_goods):
        if goods and not any(goods.hold(line) for line in lines):
            return _("This code applies to %(goods)s. Your cart has no matching items.") % {
                "goods": goods.name or _("other products")
            }
    units = sum(line.quantity for line in lines if promotion.goods.hold(line))
    needed = promotion.quantity_needed
    if units >= needed:
        return ""
    if promotion.goods.name:
        words = ngettext(
            "This code requires at least %(needed)d of %(goods)s. Add %(missing)d more.",
            "This code requires at least %(needed)d of %(goods)s. Add %(missing)d more.",
            needed - units,
        )
    else:
        words = ngettext(
            "This code requires at least %(needed)d items. Add %(missing)d more.",
            "This code requires at least %(needed)d items. Add %(missing)d more.",
            needed - units,
        )
    return words % {"needed": needed, "missing": needed - units, "goods": promotion.goods.name}


def _minimum_problem(
    promotion: PromotionFacts, lines: Sequence[LineFacts], context: QuoteContext
) -> str:
    subtotal = sum(line.unit_price_minor * line.quantity for line in lines if not line.is_gift_card)
    missing = (promotion.minimum_minor or 0) - subtotal
    if missing > 0:
        return _("This code requires a minimum of %(minimum)s. Add %(missing)s more.") % {
            "minimum": format_price(promotion.minimum_minor or 0, context.currency),
            "missing": format_price(missing, context.currency),
        }
    if promotion.kind in AMOUNT_KINDS and not promotion.amount_minor:
        return _("This code can't be used with %(currency)s.") % {"currency": context.currency}
    return ""


def _shipping_problem(
    promotion: PromotionFacts, option: ShippingOption | None, context: QuoteContext
) -> str:
    wanted = promotion.shipping_method_code
    if not wanted and promotion.lane != Lane.SHIPPING:
        return ""
    if option is None:
        return _("No delivery method is available for this cart.")
    if wanted in {"", option.code}:
        return ""
    names = {option.code: option.name for option in context.shipping_options}
    if wanted in names:
        return _("This code requires the delivery method %(method)s.") % {"method": names[wanted]}
    return _("This code requires a different delivery method.")
