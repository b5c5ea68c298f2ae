"""Figures in words, the same in cart, checkout, orders and e-mails."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.core.money import format_price


def item_count(count: int) -> str:
    """Return "4 items" in the current language."""
    return ngettext("%(count)d item", "%(count)d items", count) % {"count": count}


def included_tax(tax_minor: int, tax_added_minor: int, currency: str) -> str:
    """What a total holds: "96.12 € VAT included"; empty where all tax was added
    or there is none.
    """
    included = tax_minor - tax_added_minor
    if not included:
        return ""
    return _("%(amount)s VAT included") % {"amount": format_price(included, currency)}
