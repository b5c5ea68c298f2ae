"""The providers that are switched on."""

from __future__ import annotations

from django.conf import settings

from payments.errors import UnknownProvider
from payments.providers.base import Provider
from payments.providers.manual import ManualProvider
from payments.providers.test import TestProvider

_MANUAL = ManualProvider()
_TEST = TestProvider()


def providers() -> dict[str, Provider]:
    """Providers by code. The test provider is among them only where the settings say so."""
    switched_on: dict[str, Provider] = {_MANUAL.code: _MANUAL}
    if settings.PAYMENT_TEST_PROVIDER:
        switched_on[_TEST.code] = _TEST
    return switched_on


def provider(code: str) -> Provider:
    """The provider of this code. Raises `UnknownProvider` if it is not switched on."""
    found = providers().get(code)
    if found is None:
        raise UnknownProvider
    return found
