"""Addresses of what is sold: unique, readable, and never a number."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from catalog.errors import SlugTaken
from catalog.models.slugs import HAS_LETTER
from catalog.spelling import slug_of
from shop.core.errors import Invalid

# Words that are routes beside the slugs of the API.
_ROUTES = frozenset({"suggest"})


def free_slug(model: type[Model], slug: str, name: str) -> str:
    """The slug asked for, or a free one made of the name.

    Raises `Invalid` for a number, `SlugTaken`.
    """
    if slug and slug.strip().isdigit():
        raise Invalid(errors={"slug": [str(HAS_LETTER.message)]})
    # Room is left for the number of a twin.
    field: Any = model._meta.get_field("slug")
    most = field.max_length - 10
    wanted = slug_of(slug or name, otherwise=str(model._meta.model_name), most=most)
    if _is_free(model, wanted):
        return wanted
    if slug:
        raise SlugTaken(slug=wanted)
    number = 2
    while not _is_free(model, f"{wanted}-{number}"):
        number += 1
    return f"{wanted}-{number}"


def _is_free(model: type[Model], slug: str) -> bool:
    return slug not in _ROUTES and not model._default_manager.filter(slug=slug).exists()
