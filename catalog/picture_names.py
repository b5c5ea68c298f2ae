"""Names and addresses of pictures and of the smaller ones made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import Storage

# From the smallest thumbnail to the widest stage; a picture is never enlarged.
WIDTHS = (160, 320, 480, 640, 960, 1440)
# Best first: a browser takes the first format it knows.
FORMATS = ("avif", "webp")
QUALITY = {"avif": 50, "webp": 78, "jpeg": 82}
# Mail programs and link previews know no other format.
PLAIN_FORMAT, PLAIN_WIDTH = "jpeg", 960


def hue_class(hue: int) -> str:
    """The CSS class of the nearest of 36 hues: `hue_class(254) == "h25"`."""
    return f"h{round(hue / 10) % 36}"


def rendition_name(original: str, width: int, kind: str) -> str:
    """The name in the storage: `pictures/cup.webp`, 320, "avif" → `pictures/cup-320.avif`."""
    path = PurePosixPath(original)
    extension = "jpg" if kind == "jpeg" else kind
    return str(path.with_name(f"{path.stem}-{width}.{extension}"))


def absolute(address: str) -> str:
    """The address of a file for whoever does not read it from a page of the shop."""
    return f"{settings.SITE_URL}{address}" if address.startswith("/") else address


def absolute_srcset(addresses: str) -> str:
    """The `srcset` with the whole address of each picture."""
    return ", ".join(absolute(each) for each in addresses.split(", ")) if addresses else ""


def srcset(storage: Storage, original: str, kind: str, widths: list[int]) -> str:
    """The `srcset` of one format: `/media/pictures/cup-160.avif 160w, …`."""
    if not widths:
        return ""
    first = rendition_name(original, widths[0], kind)
    address = storage.url(first)
    tail = first.rpartition(f"-{widths[0]}.")[1:]
    if not address.endswith("".join(tail)):  # signed, so each has an address of its own
        return ", ".join(
            f"{storage.url(rendition_name(original, width, kind))} {width}w" for width in widths
        )
    # Making an address costs ten times as much as changing its end, and a list has
    # a hundred of them.
    stem = address.removesuffix("".join(tail))
    return ", ".join(f"{stem}-{width}.{tail[1]} {width}w" for width in widths)


def sources_of(
    storage: Storage, original: str, renditions: Mapping[str, list[int]]
) -> list[tuple[str, str]]:
    """(media type, srcset) of each format there is, best first; empty while none is made."""
    return [
        (f"image/{kind}", srcset(storage, original, kind, sorted(renditions[kind])))
        for kind in FORMATS
        if renditions.get(kind)
    ]
