"""Tags of the catalog: the frame around every page."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from catalog.pages.facets import FacetValue
from catalog.pages.layout import Frame, current_frame
from catalog.prices import lookup as prices
from shop.web.templatetags.shop import number

register = template.Library()


@register.simple_tag
def chrome() -> Frame:
    """The navigation, facts and pages around every page, see `catalog.pages.layout.Frame`."""
    return current_frame()


@register.filter
def entry_at(frame: Frame, path: object) -> str:
    """`path` where an entry of the navigation leads there, else nothing: all that
    the header asks of it.
    """
    return next((each.url for each in (*frame.before, *frame.after) if each.url == path), "")


@register.filter
def page_currency(request: HttpRequest | str | None) -> str:
    """The currency of this page; the shop's own where there is no request."""
    return prices.page_currency(request) if isinstance(request, HttpRequest) else ""


@register.simple_tag
def tick_boxes(name: str, values: Sequence[FacetValue], prefix: str, after: int = 0) -> SafeString:
    """The values of a facet as items of a list, two hundred on a page; `after` so
    many others of the facet.
    """
    return format_html_join(
        "",
        '<li><label><input class="check" type="checkbox" name="{}" value="{}" id="{}-{}-{}"{}>'
        "{}<span>{}</span></label></li>",
        (
            (
                name,
                value.value,
                prefix,
                name,
                place,
                _state(value),
                value.label,
                number(value.count),
            )
            for place, value in enumerate(values, start=after + 1)
        ),
    )


def _state(value: FacetValue) -> SafeString:
    if value.is_checked:
        return mark_safe(" checked")
    return mark_safe(" disabled") if not value.count else mark_safe("")
