"""Refusals of the catalog."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid


class UnknownCurrency(Invalid):
    """The shop knows no rate for this currency."""

    code = "unknown_currency"
    default_message = _("The shop does not sell in this currency.")


class SlugTaken(Conflict):
    """Something else has this address."""

    code = "slug_taken"
    default_message = _("Another one has this address already.")


class SkuTaken(Conflict):
    """Another variant or stock item has this SKU."""

    code = "sku_taken"
    default_message = _("Another variant has this SKU already.")


class CategoryNotEmpty(Conflict):
    """A category goes only once nothing is in it."""

    code = "category_not_empty"
    default_message = _("There are products or categories in it.")


class CategoryLoop(Conflict):
    """A category cannot stand below itself."""

    code = "category_loop"
    default_message = _("A category cannot stand below itself.")


class NotSellable(Conflict):
    """What would go on sale lacks something."""

    code = "not_sellable"
    default_message = _("A product needs a variant that is sold before it can be shown.")


class PictureRefused(Invalid):
    """The file is no picture the shop takes."""

    code = "picture_refused"
    default_message = _("Send a JPEG, PNG, WebP or AVIF picture.")
