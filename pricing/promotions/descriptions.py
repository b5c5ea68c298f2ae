"""A promotion in one sentence, for staff."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pricing.calculator.benefits import words_of
from pricing.calculator.facts import GoodsFacts, PromotionFacts
from pricing.models import Promotion
from pricing.states import BenefitKind
from shop.core.clock import show_end
from shop.core.money import format_price


def summary(promotion: Promotion) -> str:
    """ "15 % off Wardrobe, from €30.00, until 4 May 2026".

    No query where steps, goods and group are loaded.
    """
    return ", ".join([_benefit(promotion), *_conditions(promotion)])


def _benefit(promotion: Promotion) -> str:
    goods = ", ".join(
        str(part) for part in (promotion.category, promotion.collection) if part is not None
    )
    if promotion.kind == BenefitKind.TIERED:
        steps = ", ".join(
            _("from %(count)d: %(percent)s %%")
            % {"count": tier.min_quantity, "percent": f"{tier.percent.normalize():f}"}
            for tier in promotion.tiers.all()
        )
        return f"{goods}: {steps}" if goods else steps
    own = settings.DEFAULT_CURRENCY
    currency, amount = next(
        iter(sorted(promotion.amounts_minor.items(), key=lambda pair: pair[0] != own)), (own, None)
    )
    facts = PromotionFacts(
        id=promotion.pk,
        kind=promotion.kind,
        percent=promotion.percent,
        amount_minor=amount,
        take=promotion.take_quantity or 0,
        pay=promotion.pay_quantity or 0,
        buy=promotion.buy_quantity or 0,
        get=promotion.get_quantity or 0,
        goods=GoodsFacts(goods),
    )
    words = words_of(facts, (), currency).rstrip(".")
    if goods and goods not in words:
        return f"{goods}: {words}"
    return words


def _conditions(promotion: Promotion) -> list[str]:
    parts = []
    if promotion.minimum_minor:
        amount = format_price(promotion.minimum_minor, settings.DEFAULT_CURRENCY)
        parts.append(_("from %(amount)s") % {"amount": amount})
    if promotion.min_quantity:
        words = ngettext("from %(count)d item", "from %(count)d items", promotion.min_quantity)
        parts.append(words % {"count": promotion.min_quantity})
    if promotion.is_first_order_only:
        parts.append(_("first order"))
    if promotion.customer_group is not None:
        parts.append(_("for %(group)s") % {"group": promotion.customer_group})
    if promotion.shipping_method_code:
        parts.append(_("with delivery %(code)s") % {"code": promotion.shipping_method_code})
    if promotion.ends_at:
        parts.append(_("until %(day)s") % {"day": show_end(promotion.ends_at)})
    return parts
