"""Refusals of the payments app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid, NotFound, Unavailable


class NothingToPay(Conflict):
    """The order is paid, canceled, or is paid on delivery."""

    code = "nothing_to_pay"
    default_message = _("This order has nothing left to pay.")


class NotPaidOnline(Conflict):
    """The order is paid by bank transfer or on delivery, and something is still to pay."""

    code = "not_paid_online"
    default_message = _(
        "This order is not paid online. See `payment` for how to transfer the amount due."
    )


class PaymentUnderWay(Conflict):
    """A payment has been made and its outcome is not known yet; a second one could charge twice."""

    code = "payment_under_way"
    default_message = _("Your payment is being processed. This takes a few minutes at most.")


class NothingToRefund(Conflict):
    """Nothing was paid, or all of it has been paid back or is on its way."""

    code = "nothing_to_refund"
    default_message = _("This order has nothing left to refund.")


class RefundTooLarge(Conflict):
    """More than what was paid and has not been refunded."""

    code = "refund_too_large"
    default_message = _("The amount is more than what can still be refunded.")


class AmountTooLarge(Conflict):
    """More than what is still due, or than a payment holds."""

    code = "amount_too_large"
    default_message = _("The amount is more than what is still due for this order.")


class CaptureUnderWay(Conflict):
    """Another amount has been asked for, and nobody knows whether it was taken."""

    code = "capture_under_way"


class UnknownProvider(NotFound):
    """No provider of this name is switched on."""

    code = "unknown_provider"


class SignatureInvalid(Invalid):
    """A callback that the provider did not sign, or signed too long ago."""

    code = "signature_invalid"
    default_message = _("The signature is not valid.")


class CallbackInvalid(Invalid):
    """A callback that is signed but cannot be read."""

    code = "callback_invalid"
    default_message = _("The callback could not be read.")


class ProviderUnavailable(Unavailable):
    """The provider did not answer; whether it did what was asked is not known."""

    code = "provider_unavailable"
    default_message = _("The payment provider is not responding. Try again in a few minutes.")


class ProviderRefused(Conflict):
    """The provider said no, for good."""

    code = "provider_refused"
    default_message = _("The payment provider refused the request.")


class PaymentNotStarted(Conflict):
    """The provider refused to open the payment. Its own words are in the log, not in the answer."""

    code = "provider_refused"
    default_message = _("This payment method can't be used for this payment. Choose another one.")


class OutcomeMismatch(Conflict):
    """A provider's answer does not fit our books: amount, currency or order differ."""

    code = "outcome_mismatch"
    default_message = _("The provider's response does not match the order.")
