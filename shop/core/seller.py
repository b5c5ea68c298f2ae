"""Who sells: the one source of what invoices, the imprint and other pages say about the shop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _


def seller() -> dict[str, Any]:
    """Return the seller as the settings name it now; invoices keep this at the time of issue."""
    return {
        "name": settings.SHOP_LEGAL_NAME or settings.SHOP_NAME,
        "lines": [line.strip() for line in settings.SHOP_ADDRESS.split("|") if line.strip()],
        "vat_id": settings.SHOP_VAT_ID,
        "register": settings.SHOP_REGISTER,
        "bank": settings.SHOP_BANK,
        "phone": settings.SHOP_PHONE,
        "email": settings.SHOP_EMAIL,
    }


def fill_placeholders(text: str) -> str:
    """Put the seller's facts into a text of a page, where it asks for them.

    `{shop}`, `{email}`, `{phone}`, `{return_address}`; `{seller}` is the seller's name,
    address, register and VAT number, a line each, as an imprint needs them. Anything else
    in braces stays as it is.
    """
    if "{" not in text:
        return text
    facts = seller()
    vat = f"{_('VAT number')} {facts['vat_id']}" if facts["vat_id"] else ""
    lines = [facts["name"], *facts["lines"], facts["register"], vat]
    known = {
        "{shop}": settings.SHOP_NAME,
        "{email}": facts["email"],
        "{phone}": facts["phone"],
        "{return_address}": settings.RETURN_ADDRESS,
        "{seller}": "\n".join(line for line in lines if line),
    }
    for name, value in known.items():
        text = text.replace(name, value)
    return text
