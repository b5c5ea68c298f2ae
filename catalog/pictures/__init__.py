"""Pictures of products, categories and collections."""

from catalog.pictures.services import (
    add_image,
    make_renditions,
    remove_image,
    set_picture,
    update_image,
)

__all__ = [
    "add_image",
    "make_renditions",
    "remove_image",
    "set_picture",
    "update_image",
]
