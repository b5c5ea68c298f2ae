"""Refusals about stock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, NotFound


class InsufficientStock(Conflict):
    """Fewer units can be sold than were asked for; nothing was reserved.

    Details: `sku`, `available` and `requested` of the first short SKU, and `items` with the same of
    every short one.
    """

    code = "insufficient_stock"
    default_message = _("There are not enough units in stock.")


class StockConflict(Conflict):
    """The change would leave less stock than is already promised, or less than nothing."""

    code = "stock_conflict"
    default_message = _("The stock can't be changed because the units are already reserved.")


class UnknownSku(NotFound):
    """No stock item has this SKU."""

    code = "unknown_sku"
    default_message = _("No stock item has this SKU.")
