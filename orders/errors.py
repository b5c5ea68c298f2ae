"""Refusals of the orders app."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Forbidden, Invalid


class CartEmpty(Conflict):
    """There is nothing in the cart that could be ordered."""

    code = "cart_empty"
    default_message = _("The cart is empty.")


class CartClosed(Conflict):
    """The cart has become an order already."""

    code = "cart_closed"
    default_message = _("This cart has already been ordered.")


class PriceChanged(Conflict):
    """The total is not the one the shopper saw.

    `quote` in the details is the new one, on the wire's terms.
    """

    code = "price_changed"
    default_message = _("The total has changed. Review it before you place the order.")

    def __init__(self, *, quote: dict[str, Any]) -> None:
        super().__init__(quote=quote)


class CodeNotApplied(PriceChanged):
    """A code in the cart does not lower the order, and the client did not say
    which total it agrees to.
    """

    def __init__(self, *, quote: dict[str, Any], code: str, reason: str) -> None:
        super().__init__(quote=quote)
        self.message = gettext(
            "%(code)s: %(reason)s Review the new total before you place the order."
        ) % {
            "code": code,
            "reason": reason,
        }
        self.details["coupon"] = {"code": code, "reason": reason}


class ShippingMethodInvalid(Invalid):
    """The shipping method does not exist for this address or this parcel."""

    code = "shipping_method_invalid"
    default_message = _("Choose a delivery method.")


class PaymentMethodInvalid(Invalid):
    """The payment method is not offered for this address."""

    code = "payment_method_invalid"
    default_message = _("Choose a payment method.")


class AmountNotAccepted(Conflict):
    """The payment method is offered, and cannot take this amount in this currency.

    `payment_methods` in the details are the codes of those that can.
    """

    code = "amount_not_accepted"

    def __init__(self, *, method: str, amount: str, payment_methods: list[str]) -> None:
        message = gettext(
            "%(method)s can't be used for %(amount)s. Choose another payment method."
        ) % {
            "method": method,
            "amount": amount,
        }
        super().__init__(
            message, errors={"payment_method": [message]}, payment_methods=payment_methods
        )


class OrderNotCancelable(Conflict):
    """The order has been shipped, in whole or in part, or is closed."""

    code = "order_not_cancelable"
    default_message = _("This order can no longer be canceled.")


class OrderNotShippable(Conflict):
    """The order is not confirmed, or has nothing left to ship."""

    code = "order_not_shippable"
    default_message = _("This order has nothing left to ship.")


class QuantityNotOpen(Conflict):
    """More units than the order has left to ship."""

    code = "quantity_not_open"
    default_message = _("The quantity is more than what is left to ship.")


class OrderNotEditable(Conflict):
    """The order is closed, has been shipped in part, or a payment for it is under way."""

    code = "order_not_editable"
    default_message = _("This order can no longer be changed.")


class OrderChangedMeanwhile(Conflict):
    """The order is not the one that the change was made for.

    `version` in the details is the present one.
    """

    code = "version_conflict"
    default_message = _("Someone else changed this order. Reload it and try again.")


class EditedTotalChanged(Conflict):
    """The change costs something else than its preview said. `preview` holds the new figures."""

    code = "price_changed"
    default_message = _("The total has changed. Review the new total and try again.")


class CreditedAlready(Conflict):
    """The change would take away what the shopper was credited for already."""

    code = "credited_already"
    default_message = _("Part of this has already been credited and can't be reduced further.")


class NothingToInvoice(Conflict):
    """All of the order is invoiced, or it is not confirmed."""

    code = "nothing_to_invoice"
    default_message = _("This order has nothing to invoice.")


class CreditTooLarge(Conflict):
    """More than what the order costs and has not been credited yet."""

    code = "credit_too_large"
    default_message = _("The amount is more than what can still be credited.")


class ReturnNotPossible(Conflict):
    """The order, or the period, does not allow a return; `until` in the details is the last day."""

    code = "return_not_possible"
    default_message = _("No items in this order can be returned right now.")


class ItemNotReturnable(Conflict):
    """An item was sold as one that is not taken back."""

    code = "item_not_returnable"
    default_message = _("This item can't be returned.")


class QuantityNotReturnable(Conflict):
    """More units than were sent and are not on their way back or credited."""

    code = "quantity_not_returnable"
    default_message = _("The quantity is more than what can still be returned.")


class ReturnClosed(Conflict):
    """The return's status does not allow this act."""

    code = "return_closed"
    default_message = _("This is no longer possible for this return.")


class QuantityNotExpected(Conflict):
    """More units than were approved and have not arrived."""

    code = "quantity_not_expected"
    default_message = _("The quantity is more than what this return expects.")


class ActNotAllowed(Forbidden):
    """The caller's role does not include this act."""

    code = "act_not_allowed"
