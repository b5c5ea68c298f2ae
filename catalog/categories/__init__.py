"""The category tree."""

from catalog.categories.services import (
    create_category,
    delete_category,
    lock_tree,
    misplaced_categories,
    move_category,
    repair_tree,
    update_category,
)

__all__ = [
    "create_category",
    "delete_category",
    "lock_tree",
    "misplaced_categories",
    "move_category",
    "repair_tree",
    "update_category",
]
