"""A line of an order in an e-mail, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from catalog.models import ProductImage
from catalog.picture_names import rendition_name


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order: texts ready to read."""

    name: str
    details: Sequence[str]
    price: str
    picture_url: str


def picture_url(image: ProductImage | None) -> str:
    """Return the address of a small picture; empty until the worker has made one."""
    name = image.picture.name if image and image.picture else None
    widths = image.renditions.get("webp", []) if image else []
    if image is None or not name or not widths:
        return ""
    url = image.picture.storage.url(rendition_name(name, min(widths), "webp"))
    return url if "://" in url else settings.SITE_URL + url
