"""Products with their variants, options and attributes."""

from catalog.products.attributes import set_attributes
from catalog.products.services import (
    archive_product,
    change_product,
    create_product,
    create_product_with_options,
    delete_product,
    publish_product,
    unpublish_product,
    update_product,
)
from catalog.products.variants import (
    Value,
    add_variant,
    change_variant,
    remove_variant,
    set_options,
    update_variant,
)

__all__ = [
    "Value",
    "add_variant",
    "archive_product",
    "change_product",
    "change_variant",
    "create_product",
    "create_product_with_options",
    "delete_product",
    "publish_product",
    "remove_variant",
    "set_attributes",
    "set_options",
    "unpublish_product",
    "update_product",
    "update_variant",
]
