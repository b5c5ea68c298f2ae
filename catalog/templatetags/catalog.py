"""Tags of the catalog: the frame around every page."""

from __future__ import annotations

from django import template
from django.http import HttpRequest

from catalog.frame import Frame, current_frame
from shop.core import pages

register = template.Library()


@register.simple_tag
def chrome() -> Frame:
    """The navigation, facts and pages around every page, see `catalog.frame.Frame`."""
    return current_frame()


@register.filter
def entry_at(frame: Frame, path: object) -> str:
    """`path` where an entry of the navigation leads there, else nothing: all that the header asks of it."""
    return next((each.url for each in (*frame.before, *frame.after) if each.url == path), "")


@register.filter
def page_currency(request: HttpRequest | str | None) -> str:
    """The currency of this page; the shop's own where there is no request."""
    return pages.page_currency(request) if isinstance(request, HttpRequest) else ""
