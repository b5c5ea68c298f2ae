"""Refusals about prices."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid


class AmountTooLarge(Invalid):
    """A sum leaves what the books can hold."""

    code = "amount_too_large"
    default_message = _("This order is too large for one order. Split it.")


class CouponExhausted(Conflict):
    """The coupon's limit, or the shopper's own, was reached meanwhile."""

    code = "coupon_exhausted"
    default_message = _("This code has been used up. Remove it to go on.")
