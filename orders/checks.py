"""System checks for invoices: missing details of the seller, and prefixes that
would make numbers ambiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from orders.models import InvoiceSeries

# Directive 2006/112/EC, article 226, points 3 and 5.
_NEEDED = {
    "SHOP_LEGAL_NAME": ("orders.W001", "the seller's full name"),
    "SHOP_ADDRESS": ("orders.W002", "the seller's address"),
    "SHOP_VAT_ID": ("orders.W003", "the seller's VAT number"),
}
_PREFIXES = ("INVOICE_PREFIX", "CREDIT_NOTE_PREFIX")


@register(deploy=True)
def seller_is_known(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Invoices cannot be corrected, only credited: their seller must be right from the first."""
    return [
        checks.Warning(f"Invoices will not show {what}.", hint=f"Set {name}.", id=code)
        for name, (code, what) in _NEEDED.items()
        if not getattr(settings, name).strip(" |")
    ]


@register()
def series_are_told_apart(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each kind and each year has numbers of its own."""
    room = InvoiceSeries._meta.get_field("prefix").max_length or 0
    found: list[CheckMessage] = []
    for name in _PREFIXES:
        prefix = getattr(settings, name)
        if "{year}" not in prefix:
            text = f"{name} must contain {{year}}, because numbering restarts at 1 each year."
            found.append(Error(text, id="orders.E001"))
        if len(prefix.replace("{year}", "2026")) > room or not prefix.isprintable():
            text = f"{name} must have at most {room} printable characters."
            found.append(Error(text, id="orders.E002"))
    if settings.INVOICE_PREFIX == settings.CREDIT_NOTE_PREFIX:
        text = "INVOICE_PREFIX and CREDIT_NOTE_PREFIX must be different."
        found.append(Error(text, hint="Set CREDIT_NOTE_PREFIX.", id="orders.E003"))
    return found
