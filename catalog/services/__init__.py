"""What the catalog does. Every change raises versions, so that no cached page outlives it."""

from catalog.services.attributes import set_attributes
from catalog.services.facts import follow_stock, refresh_counts, refresh_facts, show_due, touch
from catalog.services.pictures import (
    add_image,
    make_renditions,
    remove_image,
    set_picture,
    update_image,
)
from catalog.services.prices import remove_price, set_exchange_rate, set_price
from catalog.services.products import (
    archive_product,
    change_product,
    create_product,
    create_product_with_options,
    delete_product,
    publish_product,
    unpublish_product,
    update_product,
)
from catalog.services.slugs import free_slug
from catalog.services.tree import (
    create_category,
    delete_category,
    lock_tree,
    misplaced_categories,
    move_category,
    repair_tree,
    update_category,
)
from catalog.services.variants import (
    Value,
    add_variant,
    change_variant,
    remove_variant,
    set_options,
    update_variant,
)

__all__ = [
    "Value",
    "add_image",
    "add_variant",
    "archive_product",
    "change_product",
    "change_variant",
    "create_category",
    "create_product",
    "create_product_with_options",
    "delete_category",
    "delete_product",
    "follow_stock",
    "free_slug",
    "make_renditions",
    "lock_tree",
    "misplaced_categories",
    "move_category",
    "publish_product",
    "refresh_counts",
    "refresh_facts",
    "remove_image",
    "remove_price",
    "remove_variant",
    "repair_tree",
    "set_attributes",
    "set_exchange_rate",
    "set_options",
    "set_picture",
    "set_price",
    "show_due",
    "touch",
    "unpublish_product",
    "update_category",
    "update_image",
    "update_product",
    "update_variant",
]
