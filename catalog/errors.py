"""Refusals of the catalog."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop.core.errors import Conflict, Invalid


class UnknownCurrency(Invalid):
    """The shop knows no rate for this currency."""

    code = "unknown_currency"
    default_message = _("This currency is not available in this shop.")


class SlugTaken(Conflict):
    """Something else has this address."""

    code = "slug_taken"
    default_message = _("This slug is already in use.")


class SkuTaken(Conflict):
    """Another variant or stock item has this SKU."""

    code = "sku_taken"
    default_message = _("Another variant already has this SKU.")


class CategoryNotEmpty(Conflict):
    """A category goes only once nothing is in it."""

    code = "category_not_empty"
    default_message = _(
        "This category still contains products or subcategories. Move or delete them first."
    )


class CategoryLoop(Conflict):
    """A category can't be moved below itself."""

    code = "category_loop"
    default_message = _("A category can't be moved below itself.")


class NotSellable(Conflict):
    """What would go on sale lacks something."""

    code = "not_sellable"
    default_message = _("A product needs at least one variant for sale before it can be published.")


class PictureRefused(Invalid):
    """The file is no picture the shop takes."""

    code = "picture_refused"
    default_message = _("Upload a JPEG, PNG, WebP or AVIF image.")
