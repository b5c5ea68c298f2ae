"""Refusals about prices, codes and gift cards."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid


class AmountTooLarge(Invalid):
    """A sum leaves what the books can hold."""

    code = "amount_too_large"
    default_message = _("This order is too large. Split it into several orders.")


class TaxRateMissing(Conflict):
    """Something would be sold to a country whose tax nobody has said: it has no rate and
    is not marked as untaxed.
    """

    code = "tax_rate_missing"
    default_message = _("Tax is not set up for this country yet, so we can't deliver there.")


class TaxRateUsed(Conflict):
    """A tax rate that orders were sold with cannot be deleted or changed: it ends,
    and another one follows.
    """

    code = "tax_rate_used"
    default_message = _(
        "This tax rate was used in orders. Set its end date and add a new rate from that date."
    )


class CouponExhausted(Conflict):
    """The coupon's limit, or the shopper's own, was reached meanwhile."""

    code = "coupon_exhausted"
    default_message = _("This code has reached its usage limit. Remove it to continue.")


class PromotionExhausted(CouponExhausted):
    """The limit of a promotion that needs no code was reached meanwhile."""

    code = "promotion_exhausted"
    default_message = _("A promotion has reached its usage limit. Review the new total.")


class GiftCardShort(Conflict):
    """A card holds less than is to be taken from it, or may not be spent any more."""

    code = "gift_card_short"
    default_message = _("A gift card balance has changed. Review the new total.")


class GiftCardSpent(Conflict):
    """A card that was sold has been spent, in whole or in part: its purchase cannot be undone."""

    code = "gift_card_spent"
    default_message = _("This gift card has already been used. Its purchase can't be refunded.")


class PromotionNeedsNoCode(Conflict):
    """A code was to be made for a promotion that applies by itself."""

    code = "promotion_needs_no_code"
    default_message = _("This promotion applies automatically. It doesn't need a code.")


class GiftCardVoided(Conflict):
    """The card's purchase was undone: it stays empty."""

    code = "gift_card_voided"
    default_message = _("The purchase of this gift card was refunded, so it can't be topped up.")
