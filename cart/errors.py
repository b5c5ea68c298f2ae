"""Refusals about carts."""

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, NotFound


class CartFull(Conflict):
    """The cart holds as many different items, or as many units of one, as a cart may."""

    code = "cart_full"
    default_message = _("A cart can hold up to 100 different items and 999 of each.")


class ItemNotSold(Conflict):
    """The variant exists but is not for sale (any more)."""

    code = "not_sold"
    default_message = _("This item is no longer available. Remove it to continue.")


class NoSuchVariant(NotFound):
    """No variant has this SKU or id, or it is hidden."""

    code = "variant_not_found"
    default_message = _("Product not found.")


class VariantNotChosen(Conflict):
    """A product with several variants was put in the cart without saying which."""

    code = "variant_required"
    default_message = _("Choose a variant.")


class CouponNotApplicable(Conflict):
    """The code does not work for this cart; the message says why."""

    code = "coupon_not_applicable"
    default_message = _("This code is not valid, or it is not available for this account.")


class AnotherGreeting(Conflict):
    """The same gift card is in the cart for somebody else: one line has one greeting."""

    code = "another_greeting"
    default_message = _(
        "This gift card is already in your cart for another recipient. Choose a "
        "different amount or design, or check out first."
    )


class GiftCardNotUsable(Conflict):
    """The card cannot pay for this cart; an unknown and a switched-off one get the same answer."""

    code = "gift_card_not_usable"
    default_message = _("Gift card not found. Check the code and try again.")
