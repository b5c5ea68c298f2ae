"""Refusals about prices, codes and gift cards."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid


class AmountTooLarge(Invalid):
    """A sum leaves what the books can hold."""

    code = "amount_too_large"
    default_message = _("This order is too large for one order. Split it.")


class TaxRateMissing(Conflict):
    """Something would be sold to a country whose tax nobody has said: it has no rate and is not marked as untaxed."""

    code = "tax_rate_missing"
    default_message = _("The tax for this country is not set up yet. Orders cannot be sent there.")


class TaxRateUsed(Conflict):
    """A tax rate that orders were sold with cannot be deleted or changed: it ends, and another one follows."""

    code = "tax_rate_used"
    default_message = _(
        "Orders were sold with this tax rate. Set the day on which it ends, and add a new rate from that day."
    )


class CouponExhausted(Conflict):
    """The coupon's limit, or the shopper's own, was reached meanwhile."""

    code = "coupon_exhausted"
    default_message = _("This code has been used up. Remove it to go on.")


class PromotionExhausted(CouponExhausted):
    """The limit of a promotion that needs no code was reached meanwhile."""

    code = "promotion_exhausted"
    default_message = _("An offer has been used up meanwhile. Look at the new total.")


class GiftCardShort(Conflict):
    """A card holds less than is to be taken from it, or may not be spent any more."""

    code = "gift_card_short"
    default_message = _("A gift card holds less than before. Look at the new total.")


class GiftCardSpent(Conflict):
    """A card that was sold has been spent, in whole or in part: its purchase cannot be undone."""

    code = "gift_card_spent"
    default_message = _("The gift card has been spent already. Its purchase cannot be refunded.")


class PromotionNeedsNoCode(Conflict):
    """A code was to be made for a promotion that applies by itself."""

    code = "promotion_needs_no_code"
    default_message = _("This promotion applies by itself. It needs no code.")


class GiftCardVoided(Conflict):
    """The card's purchase was undone: it stays empty."""

    code = "gift_card_voided"
    default_message = _("The purchase of this gift card was refunded: it stays empty.")
