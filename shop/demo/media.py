"""The demo's pictures: originals, and small ones ready-made, because encoding
them takes minutes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
RENDITIONS = HERE / "renditions"
FOLDER = "pictures"
SIDE = 1000


def copy_pictures() -> int:
    """Put every file into the media storage that is not there yet; returns how
    many were missing.
    """
    count = 0
    for source in [*sorted(PICTURES.glob("*.webp")), *sorted(RENDITIONS.glob("*-*.*"))]:
        name = f"{FOLDER}/{source.name}"
        if not default_storage.exists(name):
            with source.open("rb") as file:
                default_storage.save(name, File(file))
            count += 1
    return count


def picture_fields(key: str) -> dict[str, Any]:
    """The columns of a row that shows the picture `key`; all of the demo's are cut out."""
    return {
        "picture": f"{FOLDER}/{key}.webp",
        "picture_width": SIDE,
        "picture_height": SIDE,
        "is_cutout": True,
        "renditions": renditions_of(key),
    }


def renditions_of(key: str) -> dict[str, list[int]]:
    """The ready-made widths of each format."""
    return _shipped().get(key, {})


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    for path in RENDITIONS.glob("*-*.*"):
        key, _dash, width = path.stem.rpartition("-")
        found.setdefault(key, {}).setdefault(path.suffix[1:], []).append(int(width))
    return {
        key: {kind: sorted(widths) for kind, widths in sorted(kinds.items())}
        for key, kinds in found.items()
    }
