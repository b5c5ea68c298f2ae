"""The providers that are switched on."""

from __future__ import annotations

from django.conf import settings

from payments.errors import UnknownProvider
from payments.providers.base import Provider
from payments.providers.gift_card import GiftCardProvider
from payments.providers.manual import ManualProvider
from payments.providers.paypal import PayPalProvider
from payments.providers.stripe import StripeProvider
from payments.providers.test import TestProvider

_GIFT_CARD = GiftCardProvider()
_MANUAL = ManualProvider()
_TEST = TestProvider()
_STRIPE = StripeProvider()
_PAYPAL = PayPalProvider()


def providers() -> dict[str, Provider]:
    """Providers by code: our own books, those whose keys are set, and the test provider
    where the settings say so.
    """
    switched_on: dict[str, Provider] = {_MANUAL.code: _MANUAL, _GIFT_CARD.code: _GIFT_CARD}
    if settings.PAYMENT_TEST_PROVIDER:
        switched_on[_TEST.code] = _TEST
    if settings.STRIPE_SECRET_KEY:
        switched_on[_STRIPE.code] = _STRIPE
    if settings.PAYPAL_CLIENT_ID and settings.PAYPAL_SECRET:
        switched_on[_PAYPAL.code] = _PAYPAL
    return switched_on


def choosable() -> dict[str, Provider]:
    """Providers that a payment method may name.

    Gift cards pay with the order itself and are none.
    """
    return {code: one for code, one in providers().items() if code != _GIFT_CARD.code}


def provider(code: str) -> Provider:
    """The provider of this code. Raises `UnknownProvider` if it is not switched on."""
    found = providers().get(code)
    if found is None:
        raise UnknownProvider
    return found
