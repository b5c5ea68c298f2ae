"""Where a shopper goes after paying: an address that the client chose, of this
shop or of a site it allows.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from payments.models import Payment
from shop.core.errors import Invalid

_SIGNER = "payments.checkout.return_urls"


def clean_return_url(text: str) -> str:
    """Return the address, with this shop's own host where it is only a path; empty stays empty.

    Raises `Invalid` for another site than the shop's own and those of `PAYMENT_RETURN_ORIGINS`.
    """
    if not text:
        return ""
    url = settings.SITE_URL + text if text.startswith("/") else text
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>')
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
        # A path that begins with two slashes names another host once its own is taken off.
        is_plain = is_plain and not parts.path.startswith("//")
    except ValueError:
        is_plain, origin = False, ""
    if not is_plain or origin not in {settings.SITE_URL.lower(), *_allowed()}:
        raise Invalid(
            errors={
                "return_url": [
                    _("Use an address of this shop or of a site in PAYMENT_RETURN_ORIGINS.")
                ]
            }
        )
    return url


def _allowed() -> set[str]:
    return {origin.lower().rstrip("/") for origin in settings.PAYMENT_RETURN_ORIGINS}


def return_key(payment: Payment) -> str:
    """Return what proves to the return page that the browser comes from paying this payment.

    Only the provider is told it. It never changes, for a provider refuses a second
    start with another address.
    """
    return Signer(salt=_SIGNER).signature(str(payment.pk))


def is_return_key(payment: Payment, key: str) -> bool:
    """Return whether `key` is the payment's."""
    return constant_time_compare(key, return_key(payment))
