"""Tags of the catalog: the frame around every page."""

from __future__ import annotations

from django import template

from catalog.frame import Frame, current_frame

register = template.Library()


@register.simple_tag
def chrome() -> Frame:
    """The navigation, facts and pages around every page, see `catalog.frame.Frame`."""
    return current_frame()
