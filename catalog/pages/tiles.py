"""Editorial tiles among a category's products."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from catalog.models import HomeBlock


def tile_for(category_id: int | None) -> SafeString | None:
    """The tile staff wrote for a category, as markup; None where there is none."""
    if category_id is None:
        return None
    tile = HomeBlock.objects.filter(
        kind=HomeBlock.Kind.TILE, is_active=True, category_id=category_id
    ).first()
    if tile is None:
        return None
    return render_to_string("catalog/_tile.html", {"block": tile})
